/*
 * test_isolated_harm.c - whatever becomes of a module's process, calls end
 * and the next one works.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <unistd.h>

#include "module/result.h"
#include "support/sabotage.h"
#include "support/scratch.h"

static struct sabotage *t;

static void
a_death_while_it_opens_is_a_finding(void **state)
{
	char arm_setting[600], why[DIAG_TEXT_MAX];
	const char *const settings[] = { arm_setting, "at=open", "deed=crash",
		NULL };

	(void)state;
	sabotage_arm();
	(void)snprintf(arm_setting, sizeof(arm_setting), "arm=%s",
	    scratch_path("arm"));
	assert_null(isolation_open(t->loader, "saboteur", settings,
	    SABOTAGE_LONG_MS, 0, why));
	assert_non_null(strstr(why, "signal 11"));
}

/* What a policy or auth call comes to at each deed, and that the next one
 * works; how many hosts it took. */
static void
harm_is_an_error_and_then_over(void **state)
{
	static const struct {
		const char *deed;
		bool survives;
		uint64_t died, late, garbled;
	} rows[] = {
		{ "crash", false, 1, 0, 0 },
		{ "hang", false, 0, 1, 0 },
		{ "exit", false, 1, 0, 0 },
		{ "garbage", false, 0, 0, 1 },
		{ "flood", false, 0, 0, 1 },
		{ "close-all", false, 1, 0, 0 },
		{ "chatter", false, 0, 1, 0 },
		{ "print", true, 0, 0, 0 },
	};
	struct host_status status;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		sabotage_begin("begin", rows[i].deed,
		    rows[i].late > 0 ? SABOTAGE_SHORT_MS : SABOTAGE_LONG_MS,
		    TILL_POLICY);
		sabotage_arm();
		if (instance_policy(t->it, t->ctx) !=
		    (rows[i].survives ? TILL_ALLOW : TILL_ERROR))
			fail_msg("%s: wrong result", rows[i].deed);
		if (!rows[i].survives)
			assert_string_equal(t->ctx->code, "module-error");
		ASSERT_RESULT(instance_policy(t->it, t->ctx), TILL_ALLOW);
		status = isolation_status(t->it);
		if (status.died != rows[i].died ||
		    status.late != rows[i].late ||
		    status.garbled != rows[i].garbled ||
		    status.started != (rows[i].survives ? 1 : 2))
			fail_msg("%s: died %d late %d garbled %d started %d",
			    rows[i].deed, (int)status.died, (int)status.late,
			    (int)status.garbled, (int)status.started);
		sabotage_close();
	}
}

/* A reply was there: it is not the next call's. */
static void
harm_in_auth_never_grants(void **state)
{
	static const char *const deeds[] = { "crash", "hang", "exit", "garbage",
		"flood", "close-all" };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(deeds) / sizeof(deeds[0]); i++) {
		sabotage_begin("after", deeds[i],
		    strcmp(deeds[i], "hang") == 0 ? SABOTAGE_SHORT_MS
						  : SABOTAGE_LONG_MS,
		    TILL_AUTH);
		ASSERT_RESULT(instance_auth(t->it, t->ctx), TILL_NEED_INPUT);
		reply(t->ctx, "word", "sesame");
		sabotage_arm();
		ASSERT_RESULT(instance_auth(t->it, t->ctx), TILL_ERROR);
		assert_int_equal(t->ctx->level, 0);
		ASSERT_RESULT(instance_auth(t->it, t->ctx), TILL_NEED_INPUT);
		reply(t->ctx, "word", "sesame");
		ASSERT_RESULT(instance_auth(t->it, t->ctx), TILL_GRANT);
		sabotage_close();
	}
}

static void
a_host_that_was_killed_between_calls_is_not_noticed(void **state)
{
	pid_t pid;
	int i;

	(void)state;
	sabotage_begin("begin", "crash", SABOTAGE_LONG_MS, TILL_SETTLE);
	for (i = 0; i < 5; i++) {
		ASSERT_RESULT(sabotage_settle(TILL_CHARGE, (unsigned char)i),
		    TILL_COMMITTED);
		pid = isolation_pid(t->it);
		assert_int_equal(kill(pid, SIGKILL), 0);
		assert_true(scratch_is_gone(pid));
	}
	ASSERT_RESULT(sabotage_settle(TILL_QUERY, 2), TILL_COMMITTED);
	ASSERT_RESULT(sabotage_settle(TILL_QUERY, 99), TILL_NOT_FOUND);
	assert_int_equal(scratch_lines("bank"), 5);
}

static void
who_dies_again_and_again_rests(void **state)
{
	struct host_status status;
	int64_t until;
	int i;

	(void)state;
	sabotage_begin("begin", "exit", SABOTAGE_LONG_MS, TILL_SETTLE);
	for (i = 0; i < 6; i++) {
		sabotage_arm();
		(void)sabotage_settle(TILL_CHARGE, 1);
	}
	status = isolation_status(t->it);
	assert_true(status.resting);
	assert_true(status.died < 6);
	/* Nothing of these has left, and they do not wait for an answer. */
	until = sabotage_now_ms() + SABOTAGE_LONG_MS / 2;
	ASSERT_RESULT(sabotage_settle(TILL_CHARGE, 1), TILL_NOT_ATTEMPTED);
	assert_true(sabotage_now_ms() < until);
	ASSERT_RESULT(sabotage_settle(TILL_QUERY, 1), TILL_UNAVAILABLE);
	(void)unlink(scratch_path("arm"));
	until = sabotage_now_ms() + SABOTAGE_PATIENCE_MS;
	while (sabotage_settle(TILL_CHARGE, 1) != TILL_COMMITTED) {
		assert_true(sabotage_now_ms() < until);
		(void)usleep(10000);
	}
}

static void
pending_settlements_end_with_their_host(void **state)
{
	static const char *const deeds[] = { "crash", "exit", "garbage",
		"flood", "close-all" };
	char journal[600], armed[600], deed[64];
	const char *const settings[] = { journal, armed, "at=pending",
		"async=yes", deed, NULL };
	struct ending ending;
	struct till_op *op;
	size_t i;

	(void)state;
	(void)snprintf(journal, sizeof(journal), "journal=%s",
	    scratch_path("bank"));
	(void)snprintf(armed, sizeof(armed), "arm=%s", scratch_path("arm"));
	for (i = 0; i < sizeof(deeds) / sizeof(deeds[0]); i++) {
		(void)snprintf(deed, sizeof(deed), "deed=%s", deeds[i]);
		sabotage_open("saboteur", settings, SABOTAGE_LONG_MS,
		    TILL_SETTLE);
		sabotage_arm();
		ASSERT_RESULT(sabotage_charge_later((unsigned char)i, &ending,
				  &op),
		    TILL_PENDING);
		ASSERT_RESULT(sabotage_wait(&ending), TILL_UNKNOWN);
		op_release(op);
		ASSERT_RESULT(sabotage_settle(TILL_QUERY, (unsigned char)i),
		    TILL_COMMITTED);
		sabotage_close();
	}
}

static void
what_it_prints_is_no_message(void **state)
{
	int i;

	(void)state;
	sabotage_begin("before", "print", SABOTAGE_LONG_MS, TILL_SETTLE);
	for (i = 0; i < 20; i++) {
		sabotage_arm();
		ASSERT_RESULT(sabotage_settle(TILL_CHARGE, (unsigned char)i),
		    TILL_COMMITTED);
	}
	assert_int_equal(isolation_status(t->it).started, 1);
	assert_int_equal(scratch_lines("bank"), 20);
}

static void
health_is_asked_with_a_deadline(void **state)
{
	int64_t until = sabotage_now_ms() + SABOTAGE_PATIENCE_MS;
	struct till_error err;

	(void)state;
	sabotage_begin("begin", "hang", SABOTAGE_LONG_MS, TILL_POLICY);
	/* One may take longer to start than it may to answer. */
	while (instance_health(t->it, &err) != 0)
		assert_true(sabotage_now_ms() < until);
	sabotage_arm();
	assert_int_equal(instance_health(t->it, &err), -1);
	while (instance_health(t->it, &err) != 0)
		assert_true(sabotage_now_ms() < until);
}

/* What is logged meanwhile has no error. */
static void
close_quietly(void)
{
	char text[8192];
	FILE *out = fopen(scratch_path("log"), "w+");
	const int old = dup(STDERR_FILENO);

	assert_non_null(out);
	assert_int_not_equal(old, -1);
	assert_int_not_equal(dup2(fileno(out), STDERR_FILENO), -1);
	sabotage_close();
	(void)dup2(old, STDERR_FILENO);
	(void)close(old);
	rewind(out);
	text[fread(text, 1, sizeof(text) - 1, out)] = '\0';
	(void)fclose(out);
	assert_null(strstr(text, "\"error\""));
}

/* It takes longer to open it than a call may take. */
static void
a_start_has_its_own_time(void **state)
{
	const char *const settings[] = { "open-delay=2500ms", NULL };
	int64_t until;

	(void)state;
	sabotage_open("saboteur", settings, SABOTAGE_SHORT_MS, TILL_POLICY);
	ASSERT_RESULT(instance_policy(t->it, t->ctx), TILL_ALLOW);
	assert_int_equal(kill(isolation_pid(t->it), SIGKILL), 0);
	until = sabotage_now_ms() + SABOTAGE_PATIENCE_MS;
	do
		assert_true(sabotage_now_ms() < until);
	while (instance_policy(t->it, t->ctx) != TILL_ALLOW);
	assert_int_equal(isolation_status(t->it).started, 2);
	assert_int_equal(isolation_status(t->it).died, 1);
	assert_non_null(strstr(t->owner.log, "no host of it has started"));
	assert_null(strstr(t->owner.log, "busy"));
	/* To close it while it starts is no harm, and no error either. */
	assert_int_equal(kill(isolation_pid(t->it), SIGKILL), 0);
	t->owner.log[0] = '\0';
	until = sabotage_now_ms() + SABOTAGE_PATIENCE_MS;
	do {
		assert_true(sabotage_now_ms() < until);
		(void)instance_policy(t->it, t->ctx);
	} while (strstr(t->owner.log, "no host of it has started") == NULL);
	close_quietly();
}

struct caller {
	pthread_t thread;
	enum till_result result;
};

#define TOO_MANY 2 /* more than may wait */

static atomic_uint refused;

static void *
call_policy(void *arg)
{
	struct caller *caller = arg;
	struct till_context *own;
	struct owner owner;

	owner_init(&owner);
	own = context_new("it", TILL_POLICY, NULL, NULL);
	if (own == NULL)
		return NULL;
	own->order = &owner.order;
	caller->result = instance_policy(t->it, own);
	if (caller->result == TILL_ERROR)
		(void)atomic_fetch_add(&refused, 1);
	context_free(own);
	return NULL;
}

/* Who would wait for a call that takes long gets an error instead, unless
 * few wait. */
static void
one_that_hangs_holds_up_few(void **state)
{
	static struct caller callers[1 + HOSTS_WAITING_MAX + TOO_MANY];
	const size_t len = sizeof(callers) / sizeof(callers[0]);
	int64_t until = sabotage_now_ms() + SABOTAGE_PATIENCE_MS;
	size_t i;

	(void)state;
	sabotage_begin("begin", "hang", SABOTAGE_LONG_MS, TILL_POLICY);
	ASSERT_RESULT(instance_policy(t->it, t->ctx), TILL_ALLOW);
	sabotage_arm();
	assert_int_equal(pthread_create(&callers[0].thread, NULL, call_policy,
			     &callers[0]),
	    0);
	while (access(scratch_path("arm"), F_OK) == 0) {
		assert_true(sabotage_now_ms() < until);
		(void)usleep(1000);
	}
	/* Not stuck yet: all of them wait at first. */
	for (i = 1; i < len; i++)
		assert_int_equal(pthread_create(&callers[i].thread, NULL,
				     call_policy, &callers[i]),
		    0);
	while (atomic_load(&refused) < TOO_MANY ||
	    isolation_status(t->it).waiting < HOSTS_WAITING_MAX) {
		assert_true(sabotage_now_ms() < until);
		(void)usleep(1000);
	}
	ASSERT_RESULT(instance_policy(t->it, t->ctx), TILL_ERROR);
	assert_int_equal(isolation_status(t->it).waiting, HOSTS_WAITING_MAX);
	assert_int_equal(atomic_load(&refused), TOO_MANY);
	assert_int_equal(kill(isolation_pid(t->it), SIGKILL), 0);
	for (i = 0; i < len; i++)
		assert_int_equal(pthread_join(callers[i].thread, NULL), 0);
	/* And the call that hung. */
	assert_int_equal(atomic_load(&refused), TOO_MANY + 1);
	ASSERT_RESULT(callers[0].result, TILL_ERROR);
}

static void
nothing_is_left_behind(void **state)
{
	size_t descriptors, processes;
	int64_t until;
	int i;

	(void)state;
	sabotage_begin("begin", "crash", SABOTAGE_LONG_MS, TILL_POLICY);
	ASSERT_RESULT(instance_policy(t->it, t->ctx), TILL_ALLOW);
	sabotage_close();
	until = sabotage_now_ms() + SABOTAGE_PATIENCE_MS;
	while (isolation_processes() != 1) { /* the spawner */
		assert_true(sabotage_now_ms() < until);
		(void)usleep(1000);
	}
	descriptors = isolation_descriptors();
	for (i = 0; i < 25; i++) {
		sabotage_begin("begin", i % 2 == 0 ? "crash" : "exit",
		    SABOTAGE_LONG_MS, TILL_POLICY);
		sabotage_arm();
		ASSERT_RESULT(instance_policy(t->it, t->ctx), TILL_ERROR);
		ASSERT_RESULT(instance_policy(t->it, t->ctx), TILL_ALLOW);
		sabotage_close();
	}
	until = sabotage_now_ms() + SABOTAGE_PATIENCE_MS;
	do {
		assert_true(sabotage_now_ms() < until);
		(void)usleep(1000);
		processes = isolation_processes();
	} while (processes != 1 || isolation_descriptors() > descriptors);
}

static void
a_host_that_does_not_close_is_killed(void **state)
{
	pid_t pid;

	(void)state;
	sabotage_begin("close", "hang", SABOTAGE_LONG_MS, TILL_POLICY);
	ASSERT_RESULT(instance_policy(t->it, t->ctx), TILL_ALLOW);
	pid = isolation_pid(t->it);
	sabotage_arm();
	sabotage_close();
	assert_true(scratch_is_gone(pid));
}

static void
without_its_spawner_nothing_is_called(void **state)
{
	int64_t until = sabotage_now_ms() + SABOTAGE_PATIENCE_MS;
	enum till_result result;

	(void)state;
	sabotage_begin("begin", "crash", SABOTAGE_LONG_MS, TILL_SETTLE);
	ASSERT_RESULT(sabotage_settle(TILL_CHARGE, 1), TILL_COMMITTED);
	isolation_kill_spawner();
	while (isolation_processes() > 0) {
		assert_true(sabotage_now_ms() < until);
		(void)usleep(1000);
	}
	/* What is sent before the death is seen may have arrived. */
	result = sabotage_settle(TILL_CHARGE, 2);
	assert_true(result == TILL_NOT_ATTEMPTED || result == TILL_UNKNOWN);
	ASSERT_RESULT(sabotage_settle(TILL_CHARGE, 3), TILL_NOT_ATTEMPTED);
	assert_int_equal(scratch_lines("bank"), 1);
}

#define TEST(f)                                                                \
	cmocka_unit_test_setup_teardown(f, sabotage_setup, sabotage_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_death_while_it_opens_is_a_finding),
		TEST(harm_is_an_error_and_then_over),
		TEST(harm_in_auth_never_grants),
		TEST(a_host_that_was_killed_between_calls_is_not_noticed),
		TEST(who_dies_again_and_again_rests),
		TEST(pending_settlements_end_with_their_host),
		TEST(what_it_prints_is_no_message),
		TEST(health_is_asked_with_a_deadline),
		TEST(a_start_has_its_own_time),
		TEST(one_that_hangs_holds_up_few),
		TEST(nothing_is_left_behind),
		TEST(a_host_that_does_not_close_is_killed),
		TEST(without_its_spawner_nothing_is_called),
	};

	t = sabotage();
	(void)signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
