/*
 * test_bank_hub.c - instances of one state folder share one desk; another
 * process is kept out, and so is what cannot be put to work.
 */
#include <sys/stat.h>
#include <sys/wait.h>

#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "settle_bank/hub.h"
#include "support/banks.h"
#include "support/scratch.h"

#define PATIENCE_MS 20000

static int64_t
time_s(struct till_instance *instance)
{
	/* Whoever is asked for must be there still. */
	if (*(const _Atomic int *)(const void *)instance != 1)
		abort();
	return (int64_t)time(NULL);
}

static void
complete(struct till_op *op, enum till_result result,
    const struct till_outcome *outcome)
{
	(void)op;
	(void)result;
	(void)outcome;
}

static const struct till_host host = { .size = sizeof(host),
	.time_s = time_s,
	.complete = complete };

static struct bank_process bank;
static struct hub_setup setup;
static _Atomic int lives[3];

static struct till_instance *
instance(size_t i)
{
	lives[i] = 1;
	return (struct till_instance *)(uintptr_t)&lives[i];
}

static void
set_up(const char *lines)
{
	static const char *const none[] = { NULL };
	struct till_error err;
	char all[256], text[2048];

	if (bank.pid == 0)
		bank_begin(&bank, 0, "account 4000001234567899 978 1000\n",
		    none);
	memset(&setup, 0, sizeof(setup));
	(void)snprintf(all, sizeof(all), "tls=no\n%s", lines);
	(void)snprintf(text, sizeof(text), "%s", bank_link_conf(&bank, all));
	if (bank_conf_parse("link", text, &setup.links[0], &err) == -1)
		fail_msg("%s", err.text);
	setup.links_len = 1;
	setup.cutover_s = -1;
	(void)snprintf(setup.state_dir, sizeof(setup.state_dir), "%s",
	    scratch_path("books"));
	if (mkdir(setup.state_dir, 0700) == -1)
		assert_int_equal(errno, EEXIST);
}

static struct hub_seat *
enter(size_t i)
{
	struct till_error err;
	struct hub_seat *seat = hub_enter(&setup, &host, instance(i), &err);

	if (seat == NULL)
		fail_msg("%s", err.text);
	return seat;
}

static struct desk *
desk_of(struct hub_seat *seat)
{
	struct desk *desk = hub_desk(seat);

	hub_done(seat);
	return desk;
}

static void
await_up(struct hub_seat *seat)
{
	const int64_t end_ms = net_clock_ms() + PATIENCE_MS;
	struct till_error err;

	while (desk_health(desk_of(seat), &err) == -1) {
		if (net_clock_ms() > end_ms)
			fail_msg("%s", err.text);
		(void)poll(NULL, 0, 5);
	}
}

static void
leave(struct hub_seat *seat, size_t i)
{
	hub_leave(seat);
	lives[i] = 0;
}

static void
instances_share_one_desk(void **state)
{
	struct hub_seat *old, *new;

	(void)state;
	set_up("");
	old = enter(0);
	await_up(old);
	new = enter(1);
	assert_ptr_equal(desk_of(old), desk_of(new));
	/* The link is up still, for the one that stays. */
	leave(old, 0);
	await_up(new);
	/* And the other way round: the newer one goes first. */
	old = new;
	new = enter(2);
	leave(new, 2);
	await_up(old);
	leave(old, 1);
}

static void
other_links_take_the_place_of_the_old(void **state)
{
	char text[TILL_REPORT_MAX];
	struct hub_seat *old, *new;

	(void)state;
	set_up("");
	old = enter(0);
	set_up("response=7s\n");
	new = enter(1);
	assert_ptr_equal(desk_of(old), desk_of(new));
	await_up(old);
	desk_status(desk_of(old), text, sizeof(text));
	assert_non_null(strstr(text, "link 1 127.0.0.1:"));
	leave(old, 0);
	leave(new, 1);
}

static void
what_cannot_work_leaves_what_was(void **state)
{
	struct hub_seat *old;
	struct till_error err;

	(void)state;
	set_up("");
	old = enter(0);
	set_up("response=7s\n");
	setup.links[0].tls = true;
	(void)snprintf(setup.links[0].tls_ca, sizeof(setup.links[0].tls_ca),
	    "/no/such/file");
	assert_null(hub_enter(&setup, &host, instance(1), &err));
	lives[1] = 0;
	await_up(old);
	leave(old, 0);
}

static void
another_process_is_kept_out(void **state)
{
	struct hub_seat *seat;
	struct till_error err;
	pid_t child;
	int status;

	(void)state;
	set_up("");
	child = fork();
	assert_true(child != -1);
	if (child == 0) {
		seat = hub_enter(&setup, &host, instance(0), &err);
		(void)kill(getpid(), SIGSTOP);
		_exit(seat == NULL);
	}
	assert_int_equal(waitpid(child, &status, WUNTRACED), child);
	assert_true(WIFSTOPPED(status));
	assert_null(hub_enter(&setup, &host, instance(1), &err));
	assert_non_null(strstr(err.text, "another process"));
	(void)kill(child, SIGKILL);
	assert_int_equal(waitpid(child, &status, 0), child);
	seat = enter(1);
	leave(seat, 1);
}

/* So long that a child which hangs fails the test. */
static bool
await_desk(struct hub_seat *seat, bool has)
{
	const int64_t end_ms = net_clock_ms() + PATIENCE_MS;
	struct till_error err;
	struct desk *desk;
	bool is_up = !has;

	while (is_up != has && net_clock_ms() < end_ms) {
		(void)poll(NULL, 0, 5);
		desk = hub_desk(seat);
		is_up = has ? desk != NULL && desk_health(desk, &err) == 0
			    : desk != NULL;
		hub_done(seat);
	}
	return is_up == has;
}

/* The first host: it lets the folder go, and has it again when the second
 * one has ended. */
static int
first_host(int tell)
{
	struct till_error err;
	struct hub_seat *seat = hub_enter(&setup, &host, instance(0), &err);

	if (seat == NULL || !await_desk(seat, true) ||
	    write(tell, "1", 1) != 1 || !await_desk(seat, false) ||
	    write(tell, "2", 1) != 1 || !await_desk(seat, true))
		return 1;
	hub_leave(seat);
	return 0;
}

static int
second_host(void)
{
	struct till_error err;
	struct hub_seat *seat = hub_enter(&setup, &host, instance(1), &err);

	if (seat == NULL || !await_desk(seat, true))
		return 1;
	/* It stays for a while: the first one does not come in between. */
	(void)poll(NULL, 0, 3 * HUB_LOOK_MS);
	if (!await_desk(seat, true))
		return 2;
	hub_leave(seat);
	return 0;
}

static void
a_host_follows_another_one(void **state)
{
	int told[2], status;
	pid_t first, second;
	char c;

	(void)state;
	set_up("");
	assert_int_equal(pipe(told), 0);
	first = fork();
	assert_true(first != -1);
	if (first == 0)
		_exit(first_host(told[1]));
	(void)close(told[1]);
	assert_int_equal(read(told[0], &c, 1), 1);
	second = fork();
	assert_true(second != -1);
	if (second == 0)
		_exit(second_host());
	assert_int_equal(read(told[0], &c, 1), 1);
	assert_int_equal(waitpid(second, &status, 0), second);
	assert_int_equal(status, 0);
	assert_int_equal(waitpid(first, &status, 0), first);
	assert_int_equal(status, 0);
	(void)close(told[0]);
}

static int
teardown(void **state)
{
	static const char *const names[] = { "journal", "stan", "lock",
		"wish" };
	char path[DESK_PATH_MAX + 16];
	size_t i;

	bank_end(&bank);
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", setup.state_dir,
		    names[i]);
		(void)unlink(path);
	}
	(void)rmdir(setup.state_dir);
	return scratch_remove(state);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(instances_share_one_desk),
		cmocka_unit_test(other_links_take_the_place_of_the_old),
		cmocka_unit_test(what_cannot_work_leaves_what_was),
		cmocka_unit_test(another_process_is_kept_out),
		cmocka_unit_test(a_host_follows_another_one),
	};

	return cmocka_run_group_tests(tests, scratch_make, teardown);
}
