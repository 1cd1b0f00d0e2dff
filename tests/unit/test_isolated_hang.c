/*
 * test_isolated_hang.c - a settle module that hangs holds up its own orders
 * and no others: neither the looks into those in doubt at another module, nor
 * what other modules are asked meanwhile.
 *
 * Whoever hangs does so for longer than this test has patience, until it is
 * ended here.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include "host/hosts.h"
#include "rear/clock.h"
#include "rear/keeper.h"
#include "rear/unit.h"
#include "support/isolation.h"
#include "support/rears.h"

#define DOUBTS (2 * KEEPER_THREADS) /* orders in doubt at one that hangs */
#define OTHERS 5
#define STUCK (REAR_ASKERS + 2) /* orders at a wallet that hangs */

static struct rears rears;
static struct said said;

static const char *const stacks = "policy veto caps\n"
				  "policy veto third\n"
				  "auth requisite pin\n"
				  "settle route one when amount <= 2.00 EUR\n"
				  "settle route two when currency == EUR\n"
				  "settle refuse \"not handled\"\n";

static void
write_conf(const char *one, const char *two, char conf[1024])
{
	(void)snprintf(conf, 1024,
	    "module third saboteur\n"
	    "module one %s timeout=120s\n"
	    "module two %s\n"
	    "%s",
	    one, two, stacks);
}

static void
begin(const char *one, const char *two)
{
	char conf[1024];

	write_conf(one, two, conf);
	rears_begin_hosted(&rears, conf);
}

static void
reload(const char *one, const char *two)
{
	struct diag *diag = diag_new();
	char conf[1024];

	assert_non_null(diag);
	write_conf(one, two, conf);
	rears_configure(&rears, conf);
	assert_int_equal(rear_reload(rears.rear, diag), 0);
	diag_free(diag);
}

static struct host_status
status_of(const char *name)
{
	struct generation *generation = rear_generation(rears.rear);
	struct host_status status;
	bool found = false;
	size_t i;

	for (i = 0; !found && i < generation->conf->instances_len; i++)
		if (strcmp(generation->conf->instances[i].name, name) == 0)
			found = host_status(generation->instances[i], &status);
	generation_unref(generation);
	assert_true(found);
	return status;
}

/* Its spawner may say it after its first answer. */
static pid_t
pid_of(const char *name)
{
	const int64_t until_ms = clock_ms() + REARS_PATIENCE_MS;
	pid_t pid;

	while ((pid = status_of(name).pid) == 0) {
		assert_true(clock_ms() < until_ms);
		(void)usleep(1000);
	}
	return pid;
}

static enum order_status
pay(const char *jti, int64_t micro)
{
	char *token = rears_token(&rears, jti, micro);
	struct asked asked = rears_pay(token, "alice", REARS_PASSWORD);

	rears_ask(&rears, &asked, &said);
	free(token);
	return said.status;
}

static void
wait_paid(const char *jti)
{
	int64_t until = clock_ms() + REARS_PATIENCE_MS;

	while (rears_order(&rears, jti).state != ORDER_PAID) {
		if (clock_ms() >= until)
			fail_msg("%s is still in doubt", jti);
		(void)usleep(10000);
	}
}

static void
touch(const char *name)
{
	char path[256];
	int fd;

	(void)snprintf(path, sizeof(path), "%s/%s", rears.dir, name);
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	assert_int_not_equal(fd, -1);
	(void)close(fd);
}

/* Until a call hangs in its host and another one waits. */
static void
wait_hanging(const char *name)
{
	int64_t until = clock_ms() + REARS_PATIENCE_MS;

	while (status_of(name).waiting == 0) {
		assert_true(clock_ms() < until);
		(void)usleep(10000);
	}
}

static void
doubts_at_one_that_hangs_hold_up_no_others(void **state)
{
	static const char two[] = "saboteur journal=@DIR@/two lose=yes";
	char jti[TILL_JTI_MAX];
	int i;

	(void)state;
	begin("saboteur journal=@DIR@/one lose=yes mute=yes", two);
	for (i = 0; i < DOUBTS; i++) {
		(void)snprintf(jti, sizeof(jti), "one-%d", i);
		assert_int_equal(pay(jti, 1000000), STATUS_PENDING);
	}
	touch("arm");
	reload("saboteur journal=@DIR@/one arm=@DIR@/arm at=query deed=hang",
	    two);
	wait_hanging("one");
	/* Their first looks take half a second each, so that all that is in
	 * doubt at the other is looked into meanwhile, too. */
	for (i = 0; i < OTHERS; i++) {
		(void)snprintf(jti, sizeof(jti), "two-%d", i);
		assert_int_equal(pay(jti, 3000000), STATUS_PENDING);
		wait_paid(jti);
	}
	assert_true(status_of("one").waiting > 0);
	assert_int_equal(kill(pid_of("one"), SIGKILL), 0);
	for (i = 0; i < DOUBTS; i++) {
		(void)snprintf(jti, sizeof(jti), "one-%d", i);
		wait_paid(jti);
	}
	rears_verify(&rears);
	rears_end(&rears);
}

struct crowd {
	pthread_t thread;
	struct asked asked[STUCK];
	struct said said[STUCK];
};

static void *
ask_all(void *arg)
{
	struct crowd *crowd = arg;

	rears_ask_all(&rears, crowd->asked, crowd->said, STUCK);
	return NULL;
}

/* A module of the ledger's is asked by the threads that ask all hosts. */
static void
calls_of_a_wallet_that_hangs_hold_up_no_others(void **state)
{
	static struct crowd crowd;
	char jti[TILL_JTI_MAX];
	pid_t pid;
	int i;

	(void)state;
	begin("settle_wallet isolate=process", "saboteur journal=@DIR@/two");
	assert_int_equal(pay("before", 1000000), STATUS_PAID);
	pid = pid_of("one");
	assert_int_equal(kill(pid, SIGSTOP), 0);
	for (i = 0; i < STUCK; i++) {
		(void)snprintf(jti, sizeof(jti), "one-%d", i);
		crowd.asked[i] = rears_pay(rears_token(&rears, jti, 1000000),
		    "alice", REARS_PASSWORD);
	}
	assert_int_equal(pthread_create(&crowd.thread, NULL, ask_all, &crowd),
	    0);
	/* Each has passed the policy by then. */
	while (status_of("third").calls < STUCK + 1)
		(void)usleep(10000);
	for (i = 0; i < OTHERS; i++) {
		(void)snprintf(jti, sizeof(jti), "two-%d", i);
		assert_int_equal(pay(jti, 3000000), STATUS_PAID);
	}
	assert_int_equal(status_of("one").pid, pid);
	assert_int_equal(kill(pid, SIGCONT), 0);
	assert_int_equal(pthread_join(crowd.thread, NULL), 0);
	for (i = 0; i < STUCK; i++) {
		assert_int_equal(crowd.said[i].status, STATUS_PAID);
		free((char *)(uintptr_t)crowd.asked[i].ticket);
	}
	rears_verify(&rears);
	rears_end(&rears);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(doubts_at_one_that_hangs_hold_up_no_others),
		cmocka_unit_test(
		    calls_of_a_wallet_that_hangs_hold_up_no_others),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
