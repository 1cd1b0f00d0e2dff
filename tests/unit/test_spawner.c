/*
 * test_spawner.c - who holds the socket of the process that starts module
 * hosts gets module hosts of it, and nothing else.
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
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host/channel.h"
#include "host/message.h"
#include "host/spawner.h"
#include "support/isolation.h"
#include "support/sabotage.h"
#include "support/scratch.h"

#define OTHER_UID 65534

static int spawner_fd;
static pid_t spawner_pid;
static unsigned char buf[HOST_REQUEST_MAX];
static struct wire_reader reader;

/* The next message of a socket; false at its end. */
static bool
hear(int fd, uint32_t *kind_r)
{
	int64_t until = sabotage_now_ms() + SABOTAGE_PATIENCE_MS;
	enum channel_result r = CHANNEL_TICK;
	size_t len = 0;

	while (r == CHANNEL_TICK) {
		assert_true(sabotage_now_ms() < until);
		r = channel_recv(fd, buf, sizeof(buf), &len);
	}
	if (r != CHANNEL_DONE)
		return false;
	wire_read(&reader, buf, len);
	*kind_r = wire_get_u32(&reader);
	return true;
}

static int
setup_as(void **state, const struct spawner_user *user)
{
	char program[512];
	struct till_error err;
	uint32_t kind;

	if (scratch_make(state) == -1)
		return -1;
	(void)snprintf(program, sizeof(program), "%s/tilld", build_dir());
	assert_int_equal(spawner_start(program, user, &spawner_fd, &err), 0);
	assert_true(hear(spawner_fd, &kind));
	assert_int_equal(kind, SPAWNER_STARTED);
	assert_int_equal(wire_get_u64(&reader), 0);
	spawner_pid = (pid_t)wire_get_i64(&reader);
	return 0;
}

static int
setup(void **state)
{
	const struct spawner_user same = { .other = false };

	return setup_as(state, &same);
}

static int
setup_without_user(void **state)
{
	const struct spawner_user nobody = { .other = true, .missing = true };

	return setup_as(state, &nobody);
}

static int
teardown(void **state)
{
	(void)close(spawner_fd);
	(void)waitpid(spawner_pid, NULL, 0);
	assert_int_equal(isolation_processes(), 0);
	return scratch_remove(state);
}

/* Ask for a host of this file; our ends of its sockets. */
static void
start(uint64_t number, const char *path, int *late_r, int *call_r)
{
	int late[2], call[2], out[2], fds[4];
	struct wire_writer writer;
	struct till_error err;

	assert_int_equal(channel_pair(late, &err), 0);
	assert_int_equal(channel_pair(call, &err), 0);
	assert_int_equal(pipe(out), 0);
	fds[0] = open(path, O_RDONLY | O_CLOEXEC);
	assert_int_not_equal(fds[0], -1);
	fds[1] = out[1];
	fds[2] = late[1];
	fds[3] = call[1];
	wire_begin(&writer, buf, sizeof(buf));
	wire_put_u32(&writer, SPAWNER_START);
	wire_put_u64(&writer, number);
	assert_int_equal(channel_send_fds(spawner_fd, &writer, fds, 4),
	    CHANNEL_DONE);
	(void)close(fds[0]);
	(void)close(out[0]);
	(void)close(out[1]);
	(void)close(late[1]);
	(void)close(call[1]);
	*late_r = late[0];
	*call_r = call[0];
}

static void
says(uint32_t kind, uint64_t number)
{
	uint32_t said;

	assert_true(hear(spawner_fd, &said));
	assert_int_equal(said, kind);
	assert_int_equal(wire_get_u64(&reader), number);
}

static void
ends(int late, int call)
{
	uint32_t kind;

	assert_false(hear(call, &kind));
	assert_false(hear(late, &kind));
	(void)close(late);
	(void)close(call);
}

static void
a_module_is_run(void **state)
{
	char path[600];
	int late, call;
	uint32_t kind;

	(void)state;
	(void)snprintf(path, sizeof(path), "%s/modules/settle_wallet.so",
	    build_dir());
	start(7, path, &late, &call);
	says(SPAWNER_STARTED, 7);
	assert_true(hear(call, &kind));
	assert_int_equal(kind, MESSAGE_HELLO);
	assert_int_equal(wire_get_u32(&reader), TILL_SETTLE);
	(void)close(call);
	(void)close(late);
	says(SPAWNER_ENDED, 7);
}

/* The host starts, looks, and runs nothing of it. */
static void
what_is_no_module_is_not_run(void **state)
{
	char path[600];
	int late, call;
	uint32_t kind;

	(void)state;
	scratch_program("program", "touch \"$0.ran\"\n");
	start(8, scratch_path("program"), &late, &call);
	says(SPAWNER_STARTED, 8);
	assert_true(hear(call, &kind));
	assert_int_equal(kind, MESSAGE_UNFIT);
	ends(late, call);
	says(SPAWNER_ENDED, 8);
	assert_int_equal(access(scratch_path("program.ran"), F_OK), -1);
	(void)snprintf(path, sizeof(path), "%s/tilld", build_dir());
	start(9, path, &late, &call);
	says(SPAWNER_STARTED, 9);
	assert_true(hear(call, &kind));
	assert_int_equal(kind, MESSAGE_UNFIT);
	ends(late, call);
	says(SPAWNER_ENDED, 9);
}

static void
what_others_may_write_is_refused(void **state)
{
	int late, call;

	(void)state;
	scratch_write("loose.so", 0666, "");
	assert_int_equal(chmod(scratch_path("loose.so"), 0666), 0);
	start(1, scratch_path("loose.so"), &late, &call);
	says(SPAWNER_REFUSED, 1);
	ends(late, call);
	start(2, "/dev/null", &late, &call);
	says(SPAWNER_REFUSED, 2);
	ends(late, call);
	if (geteuid() != 0)
		return;
	scratch_write("theirs.so", 0600, "");
	assert_int_equal(chown(scratch_path("theirs.so"), OTHER_UID, 0), 0);
	start(3, scratch_path("theirs.so"), &late, &call);
	says(SPAWNER_REFUSED, 3);
	ends(late, call);
}

static void
without_a_user_there_are_no_hosts(void **state)
{
	char path[600];
	int late, call;

	(void)state;
	(void)snprintf(path, sizeof(path), "%s/modules/settle_wallet.so",
	    build_dir());
	start(1, path, &late, &call);
	says(SPAWNER_REFUSED, 1);
	assert_non_null(strstr(wire_get_text(&reader), "module-user"));
	ends(late, call);
}

static void
nonsense_is_its_end(void **state)
{
	struct wire_writer writer;
	uint32_t kind;
	int status;

	(void)state;
	wire_begin(&writer, buf, sizeof(buf));
	wire_put_text(&writer, "run /bin/sh");
	assert_int_equal(channel_send(spawner_fd, &writer, NULL, 0),
	    CHANNEL_DONE);
	assert_false(hear(spawner_fd, &kind));
	assert_int_equal(waitpid(spawner_pid, &status, 0), spawner_pid);
	assert_true(WIFEXITED(status));
}

static void
hosts_end_with_it(void **state)
{
	char path[600];
	int late[3], call[3];
	uint32_t kind;
	size_t i;

	(void)state;
	(void)snprintf(path, sizeof(path), "%s/modules/settle_wallet.so",
	    build_dir());
	for (i = 0; i < 3; i++) {
		start(i + 1, path, &late[i], &call[i]);
		says(SPAWNER_STARTED, i + 1);
		do
			assert_true(hear(call[i], &kind));
		while (kind != MESSAGE_DECLARED);
	}
	assert_int_equal(kill(spawner_pid, SIGKILL), 0);
	for (i = 0; i < 3; i++)
		ends(late[i], call[i]);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_module_is_run),
		TEST(what_is_no_module_is_not_run),
		TEST(what_others_may_write_is_refused),
		cmocka_unit_test_setup_teardown(
		    without_a_user_there_are_no_hosts, setup_without_user,
		    teardown),
		TEST(nonsense_is_its_end),
		TEST(hosts_end_with_it),
	};

	(void)signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
