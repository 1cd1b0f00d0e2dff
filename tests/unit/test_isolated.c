/*
 * test_isolated.c - a module in a process of its own does what it does in
 * ours.
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

#define THREADS 6
#define ROUNDS 200

static struct sabotage *t;

static void
the_module_is_not_in_this_process(void **state)
{
	char line[1024];
	FILE *maps;

	(void)state;
	sabotage_begin("begin", "crash", SABOTAGE_LONG_MS, TILL_POLICY);
	ASSERT_RESULT(instance_policy(t->it, t->ctx), TILL_ALLOW);
	assert_true(instance_is_isolated(t->it));
	assert_true(isolation_pid(t->it) > 0);
	assert_int_not_equal(isolation_pid(t->it), getpid());
	maps = fopen("/proc/self/maps", "re");
	assert_non_null(maps);
	while (fgets(line, sizeof(line), maps) != NULL)
		assert_null(strstr(line, "saboteur"));
	(void)fclose(maps);
}

static void
a_conversation_goes_over_the_socket(void **state)
{
	(void)state;
	sabotage_begin("begin", "crash", SABOTAGE_LONG_MS, TILL_AUTH);
	ASSERT_RESULT(instance_auth(t->it, t->ctx), TILL_NEED_INPUT);
	assert_int_equal(t->ctx->prompts_len, 1);
	assert_string_equal(t->ctx->prompts[0].id, "word");
	assert_string_equal(t->ctx->prompts[0].text, "The word?");
	assert_int_equal(t->ctx->prompts[0].kind, TILL_ASK_SECRET);
	assert_int_equal(t->ctx->prompts[0].max_len, 64);
	reply(t->ctx, "word", "open");
	ASSERT_RESULT(instance_auth(t->it, t->ctx), TILL_DENY);
	assert_string_equal(t->ctx->code, "wrong-word");
	assert_string_equal(t->ctx->why.text, "that is not it");
	ASSERT_RESULT(instance_auth(t->it, t->ctx), TILL_NEED_INPUT);
	reply(t->ctx, "word", "sesame");
	ASSERT_RESULT(instance_auth(t->it, t->ctx), TILL_GRANT);
	assert_int_equal(t->ctx->level, 1);
	assert_string_equal(t->ctx->amr[0], "pwd");
}

/* Enrolment, credentials, failures: the module of passwords. */
static void
passwords_are_kept_and_checked(void **state)
{
	const char *const settings[] = { "cost=1", "max-tries=3", "delay=1ms",
		NULL };

	(void)state;
	sabotage_open("auth_password", settings, SABOTAGE_LONG_MS, TILL_AUTH);
	ASSERT_RESULT(instance_enrol(t->it, t->ctx, TILL_ENROL_ADD),
	    TILL_NEED_INPUT);
	reply(t->ctx, "new-password", "correct horse");
	ASSERT_RESULT(instance_enrol(t->it, t->ctx, TILL_ENROL_ADD),
	    TILL_GRANT);
	assert_int_equal(t->owner.records_len, 1);
	ASSERT_RESULT(instance_auth(t->it, t->ctx), TILL_NEED_INPUT);
	reply(t->ctx, "password", "wrong horse");
	assert_int_not_equal(instance_auth(t->it, t->ctx), TILL_GRANT);
	assert_int_equal(t->owner.failures.count, 1);
	t->owner.now_ms += 60000;
	t->owner.here.last_ms = 0;
	ASSERT_RESULT(instance_auth(t->it, t->ctx), TILL_NEED_INPUT);
	reply(t->ctx, "password", "correct horse");
	ASSERT_RESULT(instance_auth(t->it, t->ctx), TILL_GRANT);
	assert_int_equal(t->owner.failures.count, 0);
}

static void
limits_are_asked_of_the_server(void **state)
{
	const char *const settings[] = { "per-ticket=500.00 EUR",
		"per-day=10.00 EUR", NULL };

	(void)state;
	sabotage_open("policy_limits", settings, SABOTAGE_LONG_MS, TILL_POLICY);
	ASSERT_RESULT(instance_policy(t->it, t->ctx), TILL_ALLOW);
	assert_int_equal(t->owner.limits_len, 1);
	assert_int_equal(t->ctx->limits_len, 1);
	assert_int_equal(t->ctx->limits[0].max_micro, 10000000);
	t->owner.limit = 1;
	t->owner.limits_len = 0;
	ASSERT_RESULT(instance_policy(t->it, t->ctx), TILL_REFUSE);
	assert_string_equal(t->ctx->code, "limit");
}

static void
postings_come_back(void **state)
{
	(void)state;
	sabotage_open("settle_wallet", NULL, SABOTAGE_LONG_MS, TILL_SETTLE);
	ASSERT_RESULT(sabotage_settle(TILL_CHARGE, 1), TILL_COMMITTED);
	assert_int_equal(t->outcome.postings_len, 2);
	assert_string_equal(t->outcome.postings[0].account, "wallet:alice");
	assert_int_equal(t->outcome.postings[0].micro, -5000000);
	assert_int_equal(t->outcome.postings[0].condition, TILL_IF_COVERED);
}

static void
an_event_is_delivered(void **state)
{
	struct till_event event = {
		.size = sizeof(event),
		.attempt = 1,
		.type = "voucher.issued",
		.id = "e1",
		.merchant = "press-1",
		.json = "{}",
		.token = "",
		.endpoint = "",
	};

	(void)state;
	sabotage_begin("begin", "crash", SABOTAGE_LONG_MS, TILL_NOTIFY);
	ASSERT_RESULT(instance_notify(t->it, t->ctx, &event), TILL_DELIVERED);
	assert_non_null(strstr(t->owner.log, "heard of voucher.issued"));
}

static void
breaches_are_found_as_in_our_own_process(void **state)
{
	static const struct {
		const char *deed;
		enum till_facility facility;
		enum till_result result;
	} rows[] = {
		{ "deed=foreign", TILL_POLICY, TILL_ERROR },
		{ "deed=step-up-nowhere", TILL_POLICY, TILL_ERROR },
		{ "deed=ask-nothing", TILL_AUTH, TILL_ERROR },
		{ "deed=tell-only", TILL_AUTH, TILL_ERROR },
		{ "deed=unbalanced", TILL_SETTLE, TILL_COMMITTED },
		{ "deed=strange-account", TILL_SETTLE, TILL_COMMITTED },
		{ "deed=too-many", TILL_SETTLE, TILL_COMMITTED },
		{ "deed=no-condition", TILL_SETTLE, TILL_COMMITTED },
		{ "deed=wrong-verb", TILL_SETTLE, TILL_UNKNOWN },
		{ "deed=say-pending", TILL_SETTLE, TILL_UNKNOWN },
		{ "deed=nothing", TILL_SETTLE, TILL_COMMITTED },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *const settings[] = { rows[i].deed, NULL };
		enum till_result result = TILL_ERROR;

		sabotage_open("probe", settings, SABOTAGE_LONG_MS,
		    rows[i].facility);
		if (rows[i].facility == TILL_POLICY)
			result = instance_policy(t->it, t->ctx);
		else if (rows[i].facility == TILL_AUTH)
			result = instance_auth(t->it, t->ctx);
		else
			result = sabotage_settle(TILL_CHARGE, 1);
		if (result != rows[i].result)
			fail_msg("%s: %s", rows[i].deed, result_name(result));
		sabotage_close();
	}
}

static void
a_module_that_does_not_open_says_why(void **state)
{
	const char *const settings[] = { "deed=refuse-open", NULL };
	const char *const bad[] = { "deed=nonsense", NULL };
	char why[DIAG_TEXT_MAX];

	(void)state;
	assert_null(isolation_open(t->loader, "probe", settings,
	    SABOTAGE_LONG_MS, 0, why));
	assert_string_equal(why, "it: will not open");
	assert_null(
	    isolation_open(t->loader, "probe", bad, SABOTAGE_LONG_MS, 0, why));
	assert_non_null(strstr(why, "'nonsense' is not one of its words"));
	assert_null(isolation_open(t->loader, "nowhere", NULL, SABOTAGE_LONG_MS,
	    0, why));
	assert_string_equal(why, "there is no module 'nowhere'");
}

static void
a_host_is_recycled_after_so_many_calls(void **state)
{
	char journal[600];
	const char *const settings[] = { journal, NULL };
	struct host_status status;
	int i;

	(void)state;
	(void)snprintf(journal, sizeof(journal), "journal=%s",
	    scratch_path("bank"));
	t->it = isolation_must_open(t->loader, "saboteur", settings,
	    SABOTAGE_LONG_MS, 3);
	t->ctx = owner_context(&t->owner, "it", TILL_POLICY);
	for (i = 0; i < 10; i++)
		ASSERT_RESULT(instance_policy(t->it, t->ctx), TILL_ALLOW);
	status = isolation_status(t->it);
	assert_int_equal(status.recycled, 3);
	assert_int_equal(status.started, 4);
	assert_int_equal(status.died, 0);
	sabotage_close();
	loader_free(t->loader);
	hosts_free(t->hosts);
	/* Each of them was closed in order. */
	assert_int_equal(scratch_lines("bank"), 4);
	t->hosts = isolation_begin();
	t->loader = isolation_loader(t->hosts);
}

struct caller {
	pthread_t thread;
	struct instance *it;
	atomic_int wrong;
};

static void *
call_often(void *arg)
{
	struct caller *caller = arg;
	struct owner own;
	struct till_context *own_ctx;
	int i;

	owner_init(&own);
	own_ctx = context_new("it", TILL_POLICY, NULL, NULL);
	if (own_ctx == NULL)
		return NULL;
	own_ctx->order = &own.order;
	for (i = 0; i < ROUNDS; i++)
		if (instance_policy(caller->it, own_ctx) != TILL_ALLOW)
			atomic_fetch_add(&caller->wrong, 1);
	context_free(own_ctx);
	return NULL;
}

static void
many_threads(void)
{
	static struct caller callers[THREADS];
	size_t i;

	for (i = 0; i < THREADS; i++) {
		callers[i].it = t->it;
		atomic_store(&callers[i].wrong, 0);
		assert_int_equal(pthread_create(&callers[i].thread, NULL,
				     call_often, &callers[i]),
		    0);
	}
	for (i = 0; i < THREADS; i++) {
		assert_int_equal(pthread_join(callers[i].thread, NULL), 0);
		assert_int_equal(atomic_load(&callers[i].wrong), 0);
	}
	assert_int_equal(isolation_status(t->it).calls, THREADS * ROUNDS);
	assert_int_equal(isolation_status(t->it).started, 1);
}

/* The probe refuses where it finds two calls in itself. */
static void
who_is_not_threadsafe_is_called_by_one_at_a_time(void **state)
{
	(void)state;
	sabotage_open("probe", NULL, SABOTAGE_LONG_MS, TILL_POLICY);
	many_threads();
}

static void
who_is_threadsafe_is_called_by_many(void **state)
{
	(void)state;
	sabotage_open("policy_mock", NULL, SABOTAGE_LONG_MS, TILL_POLICY);
	assert_true((instance_module(t->it)->caps & TILL_CAP_THREADSAFE) != 0);
	many_threads();
}

static void
a_pending_settlement_completes(void **state)
{
	char journal[600];
	const char *const settings[] = { journal, "async=yes", NULL };
	struct ending ending;
	struct till_op *op;
	unsigned char i;

	(void)state;
	(void)snprintf(journal, sizeof(journal), "journal=%s",
	    scratch_path("bank"));
	sabotage_open("saboteur", settings, SABOTAGE_LONG_MS, TILL_SETTLE);
	for (i = 0; i < 20; i++) {
		ASSERT_RESULT(sabotage_charge_later(i, &ending, &op),
		    TILL_PENDING);
		ASSERT_RESULT(sabotage_wait(&ending), TILL_COMMITTED);
		op_release(op);
	}
	assert_int_equal(isolation_status(t->it).pending, 0);
}

static void
a_second_completion_is_refused(void **state)
{
	const char *const settings[] = { "async=yes", "delay=1ms", "twice=yes",
		NULL };
	struct ending ending;
	struct till_op *op;
	int64_t until;

	(void)state;
	sabotage_open("settle_mock", settings, SABOTAGE_LONG_MS, TILL_SETTLE);
	ASSERT_RESULT(sabotage_charge_later(1, &ending, &op), TILL_PENDING);
	ASSERT_RESULT(sabotage_wait(&ending), TILL_COMMITTED);
	op_release(op);
	until = sabotage_now_ms() + SABOTAGE_PATIENCE_MS;
	while (strstr(t->owner.log, "were refused") == NULL) {
		assert_true(sabotage_now_ms() < until);
		(void)usleep(1000);
		(void)sabotage_settle(TILL_QUERY, 1);
	}
	assert_int_equal(ending.times, 1);
}

/* Nobody waits for what is pending when its instance goes. */
static void
a_closed_instance_forgets_what_was_pending(void **state)
{
	char journal[600];
	const char *const settings[] = { journal, "async=yes", "delay=50ms",
		NULL };
	struct ending ending;
	struct till_op *op;

	(void)state;
	(void)snprintf(journal, sizeof(journal), "journal=%s",
	    scratch_path("bank"));
	sabotage_open("saboteur", settings, SABOTAGE_LONG_MS, TILL_SETTLE);
	ASSERT_RESULT(sabotage_charge_later(1, &ending, &op), TILL_PENDING);
	op_expire(op);
	op_release(op);
	sabotage_close();
	assert_int_equal(ending.times, 1);
	ASSERT_RESULT(ending.result, TILL_UNKNOWN);
}

#define TEST(f)                                                                \
	cmocka_unit_test_setup_teardown(f, sabotage_setup, sabotage_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_module_is_not_in_this_process),
		TEST(a_conversation_goes_over_the_socket),
		TEST(passwords_are_kept_and_checked),
		TEST(limits_are_asked_of_the_server),
		TEST(postings_come_back),
		TEST(an_event_is_delivered),
		TEST(breaches_are_found_as_in_our_own_process),
		TEST(a_module_that_does_not_open_says_why),
		TEST(a_host_is_recycled_after_so_many_calls),
		TEST(who_is_not_threadsafe_is_called_by_one_at_a_time),
		TEST(who_is_threadsafe_is_called_by_many),
		TEST(a_pending_settlement_completes),
		TEST(a_second_completion_is_refused),
		TEST(a_closed_instance_forgets_what_was_pending),
	};

	t = sabotage();
	(void)signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
