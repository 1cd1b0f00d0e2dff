/*
 * test_instance.c - an answer that breaks the contract never grants and
 * never settles.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "module/result.h"
#include "support/owner.h"

static struct loader *loader;
static struct owner owner;
static struct instance *it;
static struct till_context *ctx;

static void
probe(const char *deed, enum till_facility facility)
{
	char setting[64];
	const char *const settings[] = { setting, NULL };

	(void)snprintf(setting, sizeof(setting), "deed=%s", deed);
	owner_init(&owner);
	it = module_must_open(loader, "probe", settings);
	ctx = owner_context(&owner, "it", facility);
}

static void
close_all(void)
{
	context_free(ctx);
	instance_close(it);
}

static void
logged(const char *text)
{
	if (strstr(owner.log, text) == NULL)
		fail_msg("the log does not say '%s' but '%s'", text, owner.log);
}

static void
test_good_answers_come_through(void **state)
{
	struct till_event event = { .size = sizeof(event) };

	(void)state;
	probe("nothing", TILL_POLICY);
	assert_string_equal(instance_name(it), "it");
	assert_string_equal(instance_module(it)->name, "probe");
	ASSERT_RESULT(instance_policy(it, ctx), TILL_ALLOW);
	ctx->facility = TILL_AUTH;
	ASSERT_RESULT(instance_auth(it, ctx), TILL_ABSTAIN);
	ctx->facility = TILL_NOTIFY;
	ASSERT_RESULT(instance_notify(it, ctx, &event), TILL_DELIVERED);
	assert_string_equal(owner.log, "");
	close_all();
}

static void
test_foreign_results_refuse(void **state)
{
	struct till_event event = { .size = sizeof(event) };

	(void)state;
	probe("foreign", TILL_POLICY);
	ASSERT_RESULT(instance_policy(it, ctx), TILL_ERROR);
	assert_string_equal(ctx->code, "module-error");
	logged("answered outside of its facility");
	ctx->facility = TILL_AUTH;
	ASSERT_RESULT(instance_auth(it, ctx), TILL_ERROR);
	ctx->facility = TILL_NOTIFY;
	ASSERT_RESULT(instance_notify(it, ctx, &event), TILL_ERROR);
	close_all();
}

static void
test_half_answers_refuse(void **state)
{
	(void)state;
	probe("step-up-nowhere", TILL_POLICY);
	ASSERT_RESULT(instance_policy(it, ctx), TILL_ERROR);
	close_all();
	probe("ask-nothing", TILL_AUTH);
	ASSERT_RESULT(instance_auth(it, ctx), TILL_ERROR);
	close_all();
	probe("tell-only", TILL_AUTH);
	ASSERT_RESULT(instance_auth(it, ctx), TILL_ERROR);
	logged("needs input but asked for nothing");
	close_all();
	probe("level-and-deny", TILL_AUTH);
	ASSERT_RESULT(instance_auth(it, ctx), TILL_DENY);
	assert_int_equal(ctx->level, 0);
	assert_int_equal(ctx->amr_len, 0);
	close_all();
}

static void
test_other_facilities_services_fail(void **state)
{
	struct till_event event = { .size = sizeof(event) };

	(void)state;
	probe("all-services", TILL_NOTIFY);
	ASSERT_RESULT(instance_notify(it, ctx, &event), TILL_DELIVERED);
	close_all();
}

static void
test_module_without_enrol_says_so(void **state)
{
	(void)state;
	probe("nothing", TILL_AUTH);
	ASSERT_RESULT(instance_enrol(it, ctx, TILL_ENROL_ADD), TILL_ERROR);
	assert_string_equal(ctx->code, "unsupported");
	close_all();
}

static enum till_result
settle(enum till_verb verb, struct till_outcome *outcome)
{
	const struct till_settlement s = { .size = sizeof(s),
		.verb = verb,
		.attempt = 1,
		.amount = { 5000000, "EUR" },
		.payer = "alice",
		.payee = "press-1",
		.original = "",
		.reason = "" };

	return instance_settle(it, ctx, &s, outcome, NULL);
}

static void
test_broken_settlements_are_unknown(void **state)
{
	static const struct {
		const char *deed, *why;
	} cases[] = {
		{ "wrong-verb", "does not fit what it was asked" },
		{ "say-pending", "has no ASYNC" },
		{ "foreign", "outside of its facility" },
	};
	struct till_outcome outcome;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		probe(cases[i].deed, TILL_SETTLE);
		ASSERT_RESULT(settle(TILL_CHARGE, &outcome), TILL_UNKNOWN);
		assert_int_equal(outcome.postings_len, 0);
		logged(cases[i].why);
		close_all();
	}
	probe("wrong-verb", TILL_SETTLE);
	ASSERT_RESULT(settle(TILL_REVERSE, &outcome), TILL_UNKNOWN);
	close_all();
}

/* The money has moved, however it was posted. */
static void
test_broken_postings_are_dropped(void **state)
{
	static const struct {
		const char *deed, *why;
	} cases[] = {
		{ "unbalanced", "do not add up to zero" },
		{ "strange-account", "an account that cannot be" },
		{ "too-many", "too many postings" },
		{ "no-condition", "a condition that is none" },
	};
	struct till_outcome outcome;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		probe(cases[i].deed, TILL_SETTLE);
		ASSERT_RESULT(settle(TILL_CHARGE, &outcome), TILL_COMMITTED);
		assert_int_equal(outcome.postings_len, 0);
		logged(cases[i].why);
		close_all();
	}
}

static void
test_sound_settlement_keeps_its_postings(void **state)
{
	struct till_outcome outcome;

	(void)state;
	probe("nothing", TILL_SETTLE);
	ASSERT_RESULT(settle(TILL_CHARGE, &outcome), TILL_COMMITTED);
	assert_int_equal(outcome.postings_len, 2);
	assert_int_equal(outcome.postings[0].micro, -5000000);
	assert_int_equal(strlen(outcome.text), sizeof(outcome.text) - 1);
	close_all();
}

/* The write must be a fault, not an effect. */
static void
test_instance_is_read_only(void **state)
{
	const struct rlimit no_core = { 0, 0 };
	int status = 0;
	pid_t pid;

	(void)state;
	probe("write-self", TILL_POLICY);
	(void)fflush(NULL);
	pid = fork();
	assert_true(pid != -1);
	if (pid == 0) {
		(void)setrlimit(RLIMIT_CORE, &no_core);
		/* cmocka would catch it and go on with its tests. */
		(void)signal(SIGSEGV, SIG_DFL);
		_exit(instance_policy(it, ctx) == TILL_ALLOW ? 42 : 43);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGSEGV);
	close_all();
}

static void
test_what_cannot_open_is_not_there(void **state)
{
	const char *const settings[] = { "deed=refuse-open", NULL };
	const char *const unknown[] = { "deed=dance", NULL };
	char why[DIAG_TEXT_MAX];

	(void)state;
	assert_null(module_open(loader, "probe", settings, why));
	assert_string_equal(why, "it: will not open");
	assert_null(module_open(loader, "probe", unknown, why));
	assert_non_null(strstr(why, "'dance' is not one of its words"));
	assert_null(module_open(loader, "probes", NULL, why));
	assert_string_equal(why, "there is no module 'probes'");
}

static void
test_isolation_that_cannot_be_is_refused(void **state)
{
	const char *const settings[] = { "isolate=process", NULL };
	char why[DIAG_TEXT_MAX];

	(void)state;
	assert_null(module_open(loader, "probe", settings, why));
	assert_non_null(strstr(why, "isolate=process"));
}

static void
test_health_is_asked(void **state)
{
	struct till_error err;

	(void)state;
	probe("nothing", TILL_POLICY);
	assert_int_equal(instance_health(it, &err), 0);
	close_all();
	probe("unhealthy", TILL_POLICY);
	assert_int_equal(instance_health(it, &err), -1);
	assert_string_equal(err.text, "is not well");
	close_all();
}

/* Two instances of one module, many threads: the module's own globals
 * are shared by its instances, so the lock must be too. */
#define THREADS 4
#define CALLS 200

struct caller {
	struct instance *instance;
	struct owner owner;
	unsigned int refused;
};

static void *
call_often(void *arg)
{
	struct caller *caller = arg;
	struct till_context *own;
	int i;

	owner_init(&caller->owner);
	own = context_new("it", TILL_POLICY, &owner_ops, &caller->owner);
	own->order = &caller->owner.order;
	for (i = 0; i < CALLS; i++)
		caller->refused +=
		    instance_policy(caller->instance, own) != TILL_ALLOW;
	context_free(own);
	return NULL;
}

static void
test_one_thread_at_a_time(void **state)
{
	static struct caller callers[THREADS];
	pthread_t threads[THREADS];
	size_t i;

	(void)state;
	probe("nothing", TILL_POLICY);
	for (i = 0; i < THREADS; i++) {
		callers[i].instance = it;
		assert_int_equal(pthread_create(&threads[i], NULL, call_often,
				     &callers[i]),
		    0);
	}
	for (i = 0; i < THREADS; i++) {
		assert_int_equal(pthread_join(threads[i], NULL), 0);
		assert_int_equal(callers[i].refused, 0);
	}
	close_all();
}

static void
test_ranges_of_results(void **state)
{
	static const enum till_facility facilities[] = { TILL_POLICY, TILL_AUTH,
		TILL_SETTLE, TILL_NOTIFY };
	unsigned int f, named = 0;
	int r;

	(void)state;
	for (f = 0; f < 4; f++) {
		for (r = -1; r < 0x1000; r++) {
			const enum till_result given = (enum till_result)r;
			const enum till_result sane =
			    result_sane(facilities[f], given);

			if (sane == given) {
				named++;
				assert_int_equal(result_from_name(facilities[f],
						     result_name(given)),
				    given);
			} else {
				assert_int_equal(sane,
				    facilities[f] == TILL_SETTLE ? TILL_UNKNOWN
								 : TILL_ERROR);
			}
		}
	}
	/* ERROR and UNAVAILABLE four times, PENDING, and their own. */
	assert_int_equal(named, 4 * 2 + 1 + 4 + 5 + 9 + 3);
	assert_int_equal(result_from_name(TILL_AUTH, "allow"), -1);
	assert_int_equal(result_from_name(TILL_AUTH, "error"), TILL_ERROR);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good_answers_come_through),
		cmocka_unit_test(test_foreign_results_refuse),
		cmocka_unit_test(test_half_answers_refuse),
		cmocka_unit_test(test_other_facilities_services_fail),
		cmocka_unit_test(test_module_without_enrol_says_so),
		cmocka_unit_test(test_broken_settlements_are_unknown),
		cmocka_unit_test(test_broken_postings_are_dropped),
		cmocka_unit_test(test_sound_settlement_keeps_its_postings),
		cmocka_unit_test(test_instance_is_read_only),
		cmocka_unit_test(test_what_cannot_open_is_not_there),
		cmocka_unit_test(test_isolation_that_cannot_be_is_refused),
		cmocka_unit_test(test_health_is_asked),
		cmocka_unit_test(test_one_thread_at_a_time),
		cmocka_unit_test(test_ranges_of_results),
	};
	int failed;

	loader = build_loader();
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	loader_free(loader);
	return failed;
}
