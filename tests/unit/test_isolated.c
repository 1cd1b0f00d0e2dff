/*
 * test_isolated.c - a module in a process of its own does what it does in
 * ours; and whatever becomes of that process, calls end and the next one
 * works.
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
#include <time.h>
#include <unistd.h>

#include "module/result.h"
#include "support/isolation.h"
#include "support/scratch.h"

#define PATIENCE_MS 20000
#define SHORT_MS 400 /* deadline of calls that miss it */
#define LONG_MS 20000 /* of those that must not */
#define THREADS 6
#define ROUNDS 200

static struct hosts *hosts;
static struct loader *loader;
static struct owner owner;
static struct instance *it;
static struct till_context *ctx;
static struct till_settlement settlement;
static struct till_outcome outcome;

static int
setup(void **state)
{
	if (scratch_make(state) == -1)
		return -1;
	hosts = isolation_begin();
	loader = isolation_loader(hosts);
	owner_init(&owner);
	ctx = NULL;
	it = NULL;
	return 0;
}

static void
close_it(void)
{
	context_free(ctx);
	ctx = NULL;
	instance_close(it);
	it = NULL;
}

static int
teardown(void **state)
{
	close_it();
	loader_free(loader);
	hosts_free(hosts);
	assert_int_equal(isolation_processes(), 0);
	return scratch_remove(state);
}

static int64_t
now_ms(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static void
open_it(const char *module, const char *const *settings, int64_t timeout_ms,
    enum till_facility facility)
{
	it = isolation_must_open(loader, module, settings, timeout_ms, 0);
	owner_init(&owner);
	owner.known[0] = "alice";
	owner.now_ms = 1000;
	ctx = owner_context(&owner, "it", facility);
}

/* A saboteur, not armed yet. */
static void
open_saboteur(const char *at, const char *deed, int64_t timeout_ms,
    enum till_facility facility)
{
	char journal[600], arm[600], point[64], what[64];
	const char *const settings[] = { journal, arm, point, what, NULL };

	(void)snprintf(journal, sizeof(journal), "journal=%s",
	    scratch_path("bank"));
	(void)snprintf(arm, sizeof(arm), "arm=%s", scratch_path("arm"));
	(void)snprintf(point, sizeof(point), "at=%s", at);
	(void)snprintf(what, sizeof(what), "deed=%s", deed);
	open_it("saboteur", settings, timeout_ms, facility);
}

static void
arm(void)
{
	scratch_write("arm", 0600, "");
}

static void
settlement_make(enum till_verb verb, unsigned char key)
{
	memset(&settlement, 0, sizeof(settlement));
	settlement.size = sizeof(settlement);
	settlement.verb = verb;
	memset(settlement.key, key, sizeof(settlement.key));
	memset(settlement.digest, key, sizeof(settlement.digest));
	settlement.attempt = 1;
	settlement.amount = owner.order.amount;
	settlement.payer = "alice";
	settlement.payee = "press-1";
	settlement.original = "";
	settlement.reason = "";
}

static enum till_result
settle(enum till_verb verb, unsigned char key)
{
	settlement_make(verb, key);
	return instance_settle(it, ctx, &settlement, &outcome, NULL);
}

static void
the_module_is_not_in_this_process(void **state)
{
	char line[1024];
	FILE *maps;

	(void)state;
	open_saboteur("begin", "crash", LONG_MS, TILL_POLICY);
	ASSERT_RESULT(instance_policy(it, ctx), TILL_ALLOW);
	assert_true(instance_is_isolated(it));
	assert_true(isolation_status(it).pid > 0);
	assert_int_not_equal(isolation_status(it).pid, getpid());
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
	open_saboteur("begin", "crash", LONG_MS, TILL_AUTH);
	ASSERT_RESULT(instance_auth(it, ctx), TILL_NEED_INPUT);
	assert_int_equal(ctx->prompts_len, 1);
	assert_string_equal(ctx->prompts[0].id, "word");
	assert_string_equal(ctx->prompts[0].text, "The word?");
	assert_int_equal(ctx->prompts[0].kind, TILL_ASK_SECRET);
	assert_int_equal(ctx->prompts[0].max_len, 64);
	reply(ctx, "word", "open");
	ASSERT_RESULT(instance_auth(it, ctx), TILL_DENY);
	assert_string_equal(ctx->code, "wrong-word");
	assert_string_equal(ctx->why.text, "that is not it");
	ASSERT_RESULT(instance_auth(it, ctx), TILL_NEED_INPUT);
	reply(ctx, "word", "sesame");
	ASSERT_RESULT(instance_auth(it, ctx), TILL_GRANT);
	assert_int_equal(ctx->level, 1);
	assert_string_equal(ctx->amr[0], "pwd");
}

/* Enrolment, credentials, failures: the module of passwords. */
static void
passwords_are_kept_and_checked(void **state)
{
	const char *const settings[] = { "cost=1", "max-tries=3", "delay=1ms",
		NULL };

	(void)state;
	open_it("auth_password", settings, LONG_MS, TILL_AUTH);
	ASSERT_RESULT(instance_enrol(it, ctx, TILL_ENROL_ADD), TILL_NEED_INPUT);
	reply(ctx, "new-password", "correct horse");
	ASSERT_RESULT(instance_enrol(it, ctx, TILL_ENROL_ADD), TILL_GRANT);
	assert_int_equal(owner.records_len, 1);
	ASSERT_RESULT(instance_auth(it, ctx), TILL_NEED_INPUT);
	reply(ctx, "password", "wrong horse");
	assert_int_not_equal(instance_auth(it, ctx), TILL_GRANT);
	assert_int_equal(owner.failures.count, 1);
	owner.now_ms += 60000;
	owner.failures.last_ms = 0;
	ASSERT_RESULT(instance_auth(it, ctx), TILL_NEED_INPUT);
	reply(ctx, "password", "correct horse");
	ASSERT_RESULT(instance_auth(it, ctx), TILL_GRANT);
	assert_int_equal(owner.failures.count, 0);
}

static void
limits_are_asked_of_the_server(void **state)
{
	const char *const settings[] = { "per-ticket=500.00 EUR",
		"per-day=10.00 EUR", NULL };

	(void)state;
	open_it("policy_limits", settings, LONG_MS, TILL_POLICY);
	ASSERT_RESULT(instance_policy(it, ctx), TILL_ALLOW);
	assert_int_equal(owner.limits_len, 1);
	assert_int_equal(ctx->limits_len, 1);
	assert_int_equal(ctx->limits[0].max_micro, 10000000);
	owner.limit = 1;
	owner.limits_len = 0;
	ASSERT_RESULT(instance_policy(it, ctx), TILL_REFUSE);
	assert_string_equal(ctx->code, "limit");
}

static void
postings_come_back(void **state)
{
	(void)state;
	open_it("settle_wallet", NULL, LONG_MS, TILL_SETTLE);
	ASSERT_RESULT(settle(TILL_CHARGE, 1), TILL_COMMITTED);
	assert_int_equal(outcome.postings_len, 2);
	assert_string_equal(outcome.postings[0].account, "wallet:alice");
	assert_int_equal(outcome.postings[0].micro, -5000000);
	assert_int_equal(outcome.postings[0].condition, TILL_IF_COVERED);
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
	open_saboteur("begin", "crash", LONG_MS, TILL_NOTIFY);
	ASSERT_RESULT(instance_notify(it, ctx, &event), TILL_DELIVERED);
	assert_non_null(strstr(owner.log, "heard of voucher.issued"));
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
		{ "deed=unbalanced", TILL_SETTLE, TILL_UNKNOWN },
		{ "deed=strange-account", TILL_SETTLE, TILL_UNKNOWN },
		{ "deed=too-many", TILL_SETTLE, TILL_UNKNOWN },
		{ "deed=no-condition", TILL_SETTLE, TILL_UNKNOWN },
		{ "deed=wrong-verb", TILL_SETTLE, TILL_UNKNOWN },
		{ "deed=say-pending", TILL_SETTLE, TILL_UNKNOWN },
		{ "deed=nothing", TILL_SETTLE, TILL_COMMITTED },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *const settings[] = { rows[i].deed, NULL };
		enum till_result result = TILL_ERROR;

		open_it("probe", settings, LONG_MS, rows[i].facility);
		if (rows[i].facility == TILL_POLICY)
			result = instance_policy(it, ctx);
		else if (rows[i].facility == TILL_AUTH)
			result = instance_auth(it, ctx);
		else
			result = settle(TILL_CHARGE, 1);
		if (result != rows[i].result)
			fail_msg("%s: %s", rows[i].deed, result_name(result));
		close_it();
	}
}

static void
a_module_that_does_not_open_says_why(void **state)
{
	const char *const settings[] = { "deed=refuse-open", NULL };
	const char *const bad[] = { "deed=nonsense", NULL };
	char why[DIAG_TEXT_MAX];

	(void)state;
	assert_null(isolation_open(loader, "probe", settings, LONG_MS, 0, why));
	assert_string_equal(why, "it: will not open");
	assert_null(isolation_open(loader, "probe", bad, LONG_MS, 0, why));
	assert_non_null(strstr(why, "'nonsense' is not one of its words"));
	assert_null(isolation_open(loader, "nowhere", NULL, LONG_MS, 0, why));
	assert_string_equal(why, "there is no module 'nowhere'");
}

static void
a_death_while_it_opens_is_a_finding(void **state)
{
	char arm_setting[600], why[DIAG_TEXT_MAX];
	const char *const settings[] = { arm_setting, "at=open", "deed=crash",
		NULL };

	(void)state;
	arm();
	(void)snprintf(arm_setting, sizeof(arm_setting), "arm=%s",
	    scratch_path("arm"));
	assert_null(
	    isolation_open(loader, "saboteur", settings, LONG_MS, 0, why));
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
		{ "print", true, 0, 0, 0 },
	};
	struct host_status status;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		open_saboteur("begin", rows[i].deed,
		    strcmp(rows[i].deed, "hang") == 0 ? SHORT_MS : LONG_MS,
		    TILL_POLICY);
		arm();
		if (instance_policy(it, ctx) !=
		    (rows[i].survives ? TILL_ALLOW : TILL_ERROR))
			fail_msg("%s: wrong result", rows[i].deed);
		if (!rows[i].survives)
			assert_string_equal(ctx->code, "module-error");
		ASSERT_RESULT(instance_policy(it, ctx), TILL_ALLOW);
		status = isolation_status(it);
		if (status.died != rows[i].died ||
		    status.late != rows[i].late ||
		    status.garbled != rows[i].garbled ||
		    status.started != (rows[i].survives ? 1 : 2))
			fail_msg("%s: died %d late %d garbled %d started %d",
			    rows[i].deed, (int)status.died, (int)status.late,
			    (int)status.garbled, (int)status.started);
		close_it();
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
		open_saboteur("after", deeds[i],
		    strcmp(deeds[i], "hang") == 0 ? SHORT_MS : LONG_MS,
		    TILL_AUTH);
		ASSERT_RESULT(instance_auth(it, ctx), TILL_NEED_INPUT);
		reply(ctx, "word", "sesame");
		arm();
		ASSERT_RESULT(instance_auth(it, ctx), TILL_ERROR);
		assert_int_equal(ctx->level, 0);
		ASSERT_RESULT(instance_auth(it, ctx), TILL_NEED_INPUT);
		reply(ctx, "word", "sesame");
		ASSERT_RESULT(instance_auth(it, ctx), TILL_GRANT);
		close_it();
	}
}

static void
a_host_that_was_killed_between_calls_is_not_noticed(void **state)
{
	pid_t pid;
	int i;

	(void)state;
	open_saboteur("begin", "crash", LONG_MS, TILL_SETTLE);
	for (i = 0; i < 5; i++) {
		ASSERT_RESULT(settle(TILL_CHARGE, (unsigned char)i),
		    TILL_COMMITTED);
		pid = isolation_status(it).pid;
		assert_int_equal(kill(pid, SIGKILL), 0);
		assert_true(scratch_is_gone(pid));
	}
	ASSERT_RESULT(settle(TILL_QUERY, 2), TILL_COMMITTED);
	ASSERT_RESULT(settle(TILL_QUERY, 99), TILL_NOT_FOUND);
	assert_int_equal(scratch_lines("bank"), 5);
}

static void
who_dies_again_and_again_rests(void **state)
{
	struct host_status status;
	int64_t until;
	int i;

	(void)state;
	open_saboteur("begin", "exit", LONG_MS, TILL_SETTLE);
	for (i = 0; i < 6; i++) {
		arm();
		(void)settle(TILL_CHARGE, 1);
	}
	status = isolation_status(it);
	assert_true(status.resting);
	assert_true(status.died < 6);
	/* Nothing of these has left, and they take no time. */
	until = now_ms() + SHORT_MS;
	ASSERT_RESULT(settle(TILL_CHARGE, 1), TILL_NOT_ATTEMPTED);
	assert_true(now_ms() < until);
	ASSERT_RESULT(settle(TILL_QUERY, 1), TILL_UNAVAILABLE);
	(void)unlink(scratch_path("arm"));
	until = now_ms() + PATIENCE_MS;
	while (settle(TILL_CHARGE, 1) != TILL_COMMITTED) {
		assert_true(now_ms() < until);
		(void)usleep(10000);
	}
}

static void
a_host_is_recycled_after_so_many_calls(void **state)
{
	char journal[600];
	const char *const settings[] = { journal, NULL };
	struct host_status status;
	pid_t pid = 0, before;
	int i, changes = 0;

	(void)state;
	(void)snprintf(journal, sizeof(journal), "journal=%s",
	    scratch_path("bank"));
	it = isolation_must_open(loader, "saboteur", settings, LONG_MS, 3);
	ctx = owner_context(&owner, "it", TILL_POLICY);
	for (i = 0; i < 10; i++) {
		before = pid;
		ASSERT_RESULT(instance_policy(it, ctx), TILL_ALLOW);
		pid = isolation_status(it).pid;
		changes += pid != before && before != 0 && pid != 0;
	}
	status = isolation_status(it);
	assert_int_equal(status.recycled, 3);
	assert_int_equal(status.started, 4);
	assert_int_equal(status.died, 0);
	close_it();
	loader_free(loader);
	hosts_free(hosts);
	/* Each of them was closed in order. */
	assert_int_equal(scratch_lines("bank"), 4);
	hosts = isolation_begin();
	loader = isolation_loader(hosts);
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
		callers[i].it = it;
		atomic_store(&callers[i].wrong, 0);
		assert_int_equal(pthread_create(&callers[i].thread, NULL,
				     call_often, &callers[i]),
		    0);
	}
	for (i = 0; i < THREADS; i++) {
		assert_int_equal(pthread_join(callers[i].thread, NULL), 0);
		assert_int_equal(atomic_load(&callers[i].wrong), 0);
	}
	assert_int_equal(isolation_status(it).calls, THREADS * ROUNDS);
	assert_int_equal(isolation_status(it).started, 1);
}

/* The probe refuses where it finds two calls in itself. */
static void
who_is_not_threadsafe_is_called_by_one_at_a_time(void **state)
{
	(void)state;
	open_it("probe", NULL, LONG_MS, TILL_POLICY);
	many_threads();
}

static void
who_is_threadsafe_is_called_by_many(void **state)
{
	(void)state;
	open_it("policy_mock", NULL, LONG_MS, TILL_POLICY);
	assert_true((instance_module(it)->caps & TILL_CAP_THREADSAFE) != 0);
	many_threads();
}

/* An operation's end. */
struct ending {
	pthread_mutex_t lock;
	enum till_result result;
	int times;
};

static void
ended(void *arg, enum till_result result, const struct till_outcome *o)
{
	struct ending *ending = arg;

	(void)o;
	(void)pthread_mutex_lock(&ending->lock);
	ending->result = result;
	ending->times++;
	(void)pthread_mutex_unlock(&ending->lock);
}

static enum till_result
wait_ending(struct ending *ending)
{
	int64_t until = now_ms() + PATIENCE_MS;
	enum till_result result;
	int times = 0;

	while (times == 0) {
		assert_true(now_ms() < until);
		(void)usleep(1000);
		(void)pthread_mutex_lock(&ending->lock);
		times = ending->times;
		result = ending->result;
		(void)pthread_mutex_unlock(&ending->lock);
	}
	assert_int_equal(times, 1);
	return result;
}

static enum till_result
charge_later(unsigned char key, struct ending *ending, struct till_op **op_r)
{
	memset(ending, 0, sizeof(*ending));
	(void)pthread_mutex_init(&ending->lock, NULL);
	*op_r = op_new(ended, ending);
	assert_non_null(*op_r);
	settlement_make(TILL_CHARGE, key);
	settlement.deadline_ms = context_now_ms(ctx) + LONG_MS;
	return instance_settle(it, ctx, &settlement, &outcome, *op_r);
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
	open_it("saboteur", settings, LONG_MS, TILL_SETTLE);
	for (i = 0; i < 20; i++) {
		ASSERT_RESULT(charge_later(i, &ending, &op), TILL_PENDING);
		ASSERT_RESULT(wait_ending(&ending), TILL_COMMITTED);
		op_release(op);
	}
	assert_int_equal(isolation_status(it).pending, 0);
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
	open_it("settle_mock", settings, LONG_MS, TILL_SETTLE);
	ASSERT_RESULT(charge_later(1, &ending, &op), TILL_PENDING);
	ASSERT_RESULT(wait_ending(&ending), TILL_COMMITTED);
	op_release(op);
	until = now_ms() + PATIENCE_MS;
	while (strstr(owner.log, "were refused") == NULL) {
		assert_true(now_ms() < until);
		(void)usleep(1000);
		(void)settle(TILL_QUERY, 1);
	}
	assert_int_equal(ending.times, 1);
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
		open_it("saboteur", settings, LONG_MS, TILL_SETTLE);
		arm();
		ASSERT_RESULT(charge_later((unsigned char)i, &ending, &op),
		    TILL_PENDING);
		ASSERT_RESULT(wait_ending(&ending), TILL_UNKNOWN);
		op_release(op);
		ASSERT_RESULT(settle(TILL_QUERY, (unsigned char)i),
		    TILL_COMMITTED);
		close_it();
	}
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
	open_it("saboteur", settings, LONG_MS, TILL_SETTLE);
	ASSERT_RESULT(charge_later(1, &ending, &op), TILL_PENDING);
	op_expire(op);
	op_release(op);
	close_it();
	assert_int_equal(ending.times, 1);
	ASSERT_RESULT(ending.result, TILL_UNKNOWN);
}

static void
what_it_prints_is_no_message(void **state)
{
	int i;

	(void)state;
	open_saboteur("before", "print", LONG_MS, TILL_SETTLE);
	for (i = 0; i < 20; i++) {
		arm();
		ASSERT_RESULT(settle(TILL_CHARGE, (unsigned char)i),
		    TILL_COMMITTED);
	}
	assert_int_equal(isolation_status(it).started, 1);
	assert_int_equal(scratch_lines("bank"), 20);
}

static void
health_is_asked_with_a_deadline(void **state)
{
	struct till_error err;

	(void)state;
	open_saboteur("begin", "hang", LONG_MS, TILL_POLICY);
	assert_int_equal(instance_health(it, &err), 0);
	arm();
	assert_int_equal(instance_health(it, &err), -1);
	assert_int_equal(instance_health(it, &err), 0);
}

static void
nothing_is_left_behind(void **state)
{
	size_t descriptors, processes;
	int64_t until;
	int i;

	(void)state;
	open_saboteur("begin", "crash", LONG_MS, TILL_POLICY);
	ASSERT_RESULT(instance_policy(it, ctx), TILL_ALLOW);
	close_it();
	until = now_ms() + PATIENCE_MS;
	while (isolation_processes() != 1) { /* the spawner */
		assert_true(now_ms() < until);
		(void)usleep(1000);
	}
	descriptors = isolation_descriptors();
	for (i = 0; i < 25; i++) {
		open_saboteur("begin", i % 2 == 0 ? "crash" : "exit", LONG_MS,
		    TILL_POLICY);
		arm();
		ASSERT_RESULT(instance_policy(it, ctx), TILL_ERROR);
		ASSERT_RESULT(instance_policy(it, ctx), TILL_ALLOW);
		close_it();
	}
	until = now_ms() + PATIENCE_MS;
	do {
		assert_true(now_ms() < until);
		(void)usleep(1000);
		processes = isolation_processes();
	} while (processes != 1 || isolation_descriptors() > descriptors);
}

static void
a_host_that_does_not_close_is_killed(void **state)
{
	pid_t pid;

	(void)state;
	open_saboteur("close", "hang", LONG_MS, TILL_POLICY);
	ASSERT_RESULT(instance_policy(it, ctx), TILL_ALLOW);
	pid = isolation_status(it).pid;
	arm();
	close_it();
	assert_true(scratch_is_gone(pid));
}

static void
without_its_spawner_nothing_is_called(void **state)
{
	(void)state;
	open_saboteur("begin", "crash", LONG_MS, TILL_SETTLE);
	ASSERT_RESULT(settle(TILL_CHARGE, 1), TILL_COMMITTED);
	isolation_kill_spawner();
	while (isolation_processes() > 0)
		(void)usleep(1000);
	ASSERT_RESULT(settle(TILL_CHARGE, 2), TILL_NOT_ATTEMPTED);
	assert_int_equal(scratch_lines("bank"), 1);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

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
		TEST(a_death_while_it_opens_is_a_finding),
		TEST(harm_is_an_error_and_then_over),
		TEST(harm_in_auth_never_grants),
		TEST(a_host_that_was_killed_between_calls_is_not_noticed),
		TEST(who_dies_again_and_again_rests),
		TEST(a_host_is_recycled_after_so_many_calls),
		TEST(who_is_not_threadsafe_is_called_by_one_at_a_time),
		TEST(who_is_threadsafe_is_called_by_many),
		TEST(a_pending_settlement_completes),
		TEST(a_second_completion_is_refused),
		TEST(pending_settlements_end_with_their_host),
		TEST(a_closed_instance_forgets_what_was_pending),
		TEST(what_it_prints_is_no_message),
		TEST(health_is_asked_with_a_deadline),
		TEST(nothing_is_left_behind),
		TEST(a_host_that_does_not_close_is_killed),
		TEST(without_its_spawner_nothing_is_called),
	};

	(void)signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
