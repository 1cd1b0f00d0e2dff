/*
 * test_auth_password.c - a password lets in whose it is, and nobody by
 * trying.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "module/result.h"
#include "support/owner.h"

static struct loader *loader;
static struct owner owner;
static struct instance *it;
static struct till_context *ctx;

static void
open_with(const char *const *settings)
{
	owner_init(&owner);
	it = module_must_open(loader, "auth_password", settings);
	ctx = owner_context(&owner, "it", TILL_AUTH);
}

static void
close_all(void)
{
	context_free(ctx);
	instance_close(it);
}

static void
set_password(const char *password)
{
	struct till_context *enrol = owner_context(&owner, "it", TILL_AUTH);

	ASSERT_RESULT(instance_enrol(it, enrol, TILL_ENROL_ADD),
	    TILL_NEED_INPUT);
	reply(enrol, "new-password", password);
	ASSERT_RESULT(instance_enrol(it, enrol, TILL_ENROL_ADD), TILL_GRANT);
	context_free(enrol);
}

static enum till_result
try(const char *password)
{
	enum till_result result = instance_auth(it, ctx);

	if (result != TILL_NEED_INPUT)
		return result;
	reply(ctx, "password", password);
	return instance_auth(it, ctx);
}

static void
test_right_password_grants(void **state)
{
	(void)state;
	open_with(NULL);
	set_password("correct horse");
	assert_int_equal(owner.records_len, 1);
	assert_memory_equal(owner.records[0].data, "$y$j9T$", 7);
	assert_int_equal(owner.records[0].secret, 1);
	ASSERT_RESULT(instance_auth(it, ctx), TILL_NEED_INPUT);
	assert_int_equal(ctx->prompts_len, 1);
	assert_string_equal(ctx->prompts[0].id, "password");
	assert_int_equal(ctx->prompts[0].kind, TILL_ASK_SECRET);
	reply(ctx, "password", "correct horse");
	ASSERT_RESULT(instance_auth(it, ctx), TILL_GRANT);
	assert_string_equal(ctx->amr[0], "pwd");
	assert_int_equal(ctx->amr_len, 1);
	assert_int_equal(ctx->level, 1);
	assert_int_equal(owner.failures.count, 0);
	assert_int_equal(ctx->replies_len, 0);
	close_all();
}

static void
test_wrong_password_asks_again_then_denies(void **state)
{
	const char *const settings[] = { "max-tries=3", NULL };

	(void)state;
	open_with(settings);
	set_password("correct horse");
	ASSERT_RESULT(try("battery"), TILL_NEED_INPUT);
	assert_string_equal(ctx->prompts[0].id, "wrong-password");
	assert_string_equal(ctx->prompts[1].id, "password");
	reply(ctx, "password", "staple");
	ASSERT_RESULT(instance_auth(it, ctx), TILL_NEED_INPUT);
	assert_int_equal(owner.alerts_len, 0);
	reply(ctx, "password", "correct horse ");
	ASSERT_RESULT(instance_auth(it, ctx), TILL_DENY);
	assert_string_equal(ctx->code, "wrong-password");
	assert_int_equal(ctx->level, 0);
	assert_int_equal(owner.failures.count, 3);
	assert_int_equal(owner.alerts_len, 1);
	assert_non_null(strstr(owner.alerts, "auth.alert: "));
	close_all();
}

static void
test_success_forgets_earlier_failures(void **state)
{
	(void)state;
	open_with(NULL);
	set_password("correct horse");
	ASSERT_RESULT(try("wrong"), TILL_NEED_INPUT);
	assert_int_equal(owner.failures.count, 1);
	reply(ctx, "password", "correct horse");
	ASSERT_RESULT(instance_auth(it, ctx), TILL_GRANT);
	assert_int_equal(owner.failures.count, 0);
	close_all();
}

/* The delay doubles: 2 s at max-tries, 4 s for one more, 15 min at most. */
static void
test_surveillance_delays(void **state)
{
	static const struct {
		unsigned int count;
		int64_t ago_s;
		enum till_result want;
	} cases[] = {
		{ 4, 0, TILL_NEED_INPUT },
		{ 5, 0, TILL_LOCKED },
		{ 5, 60, TILL_NEED_INPUT },
		{ 9, 28, TILL_LOCKED },
		{ 9, 33, TILL_NEED_INPUT },
		{ 40, 800, TILL_LOCKED },
		{ 40, 901, TILL_NEED_INPUT },
		{ UINT32_MAX, 901, TILL_NEED_INPUT },
		{ 5, -3600, TILL_LOCKED },
	};
	size_t i;

	(void)state;
	open_with(NULL);
	set_password("correct horse");
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		owner.here.count = cases[i].count;
		owner.here.last_ms =
		    ((int64_t)time(NULL) - cases[i].ago_s) * 1000;
		ASSERT_RESULT(instance_auth(it, ctx), cases[i].want);
	}
	close_all();
}

static void
test_locked_is_locked_for_the_right_password_too(void **state)
{
	const char *const settings[] = { "on-max=suspend", "max-tries=2",
		NULL };

	(void)state;
	open_with(settings);
	set_password("correct horse");
	owner.failures.count = 2;
	owner.failures.last_ms = 1; /* long ago: only the operator lifts it */
	owner.here = owner.failures;
	ASSERT_RESULT(try("correct horse"), TILL_DENY);
	assert_string_equal(ctx->code, "wrong-password");
	assert_int_equal(ctx->level, 0);
	close_all();
}

/* Failures at one place, of whatever name: in memory alone. */
static struct till_failures here;

static int
failures_here(void *arg, const char *instance, const char *customer,
    struct till_failures *failures_r)
{
	(void)arg;
	(void)instance;
	(void)customer;
	*failures_r = here;
	return 0;
}

static int
failed_here(void *arg, const char *instance, const char *customer)
{
	here.count++;
	here.last_ms = (int64_t)time(NULL) * 1000;
	return owner_ops.failed(arg, instance, customer);
}

/* What is said to him, try by try, after a new start of the server. */
static size_t
told_after_a_start(const char *customer, char told[8][64])
{
	struct context_ops ops = owner_ops;
	enum till_result result;
	size_t n = 0;

	ops.failures_here = failures_here;
	ops.failed = failed_here;
	memset(&here, 0, sizeof(here));
	context_free(ctx);
	owner.order.customer = customer;
	ctx = owner_context(&owner, "it", TILL_AUTH);
	ctx->ops = &ops;
	do {
		result = n < 5 ? try("correct horse") : instance_auth(it, ctx);
		(void)snprintf(told[n++], 64, "%d %s %zu", (int)result,
		    ctx->prompts_len > 0 ? ctx->prompts[0].id : "",
		    ctx->prompts_len);
	} while (n < 8 && result == TILL_NEED_INPUT);
	ASSERT_RESULT(instance_auth(it, ctx), TILL_LOCKED);
	ctx->ops = &owner_ops;
	return n;
}

static void
test_suspended_is_told_what_an_unknown_one_is(void **state)
{
	const char *const settings[] = { "on-max=suspend", "max-tries=3",
		NULL };
	char known[8][64], unknown[8][64];
	size_t i, n;

	(void)state;
	open_with(settings);
	set_password("correct horse");
	owner.failures.count = 3; /* kept, and the rest is gone */
	n = told_after_a_start("alice", known);
	assert_int_equal(owner.failures.count, 6);
	assert_int_equal(told_after_a_start("nobody", unknown), n);
	for (i = 0; i < n; i++)
		assert_string_equal(known[i], unknown[i]);
	close_all();
}

/* The last try that is looked at is that which max-tries names, wherever the
 * others came from. */
static void
test_suspended_by_failures_of_other_places(void **state)
{
	const char *const settings[] = { "on-max=suspend", "max-tries=3",
		NULL };
	struct context_ops ops = owner_ops;

	(void)state;
	open_with(settings);
	set_password("correct horse");
	ops.failures_here = failures_here;
	ops.failed = failed_here;
	ctx->ops = &ops;
	memset(&here, 0, sizeof(here));
	owner.failures.count = 2;
	ASSERT_RESULT(try("correct horse"), TILL_GRANT);
	assert_int_equal(owner.failures.count, 0);
	memset(&here, 0, sizeof(here));
	owner.failures.count = 2;
	ASSERT_RESULT(try("wrong"), TILL_NEED_INPUT);
	assert_int_equal(owner.alerts_len, 1);
	memset(&here, 0, sizeof(here));
	reply(ctx, "password", "correct horse");
	ASSERT_RESULT(instance_auth(it, ctx), TILL_NEED_INPUT);
	ctx->ops = &owner_ops;
	close_all();
}

static void
test_unknown_customer_is_asked_the_same(void **state)
{
	const char *const settings[] = { "max-tries=2", NULL };
	struct prompt known;

	(void)state;
	open_with(settings);
	set_password("correct horse");
	ASSERT_RESULT(instance_auth(it, ctx), TILL_NEED_INPUT);
	known = ctx->prompts[0];
	context_free(ctx);
	owner.order.customer = "nobody";
	ctx = owner_context(&owner, "it", TILL_AUTH);
	ASSERT_RESULT(instance_auth(it, ctx), TILL_NEED_INPUT);
	assert_memory_equal(&known, &ctx->prompts[0], sizeof(known));
	reply(ctx, "password", "correct horse");
	ASSERT_RESULT(instance_auth(it, ctx), TILL_NEED_INPUT);
	reply(ctx, "password", "correct horse");
	ASSERT_RESULT(instance_auth(it, ctx), TILL_DENY);
	assert_string_equal(ctx->code, "wrong-password");
	close_all();
}

static int64_t
cpu_ns(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* Processor time, so that a busy machine does not matter; the median of
 * some, so that a stray one does not. */
static int
by_value(const void *a, const void *b)
{
	const int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return x < y ? -1 : x > y;
}

static int64_t
cost_of_try(const char *customer)
{
	int64_t cost[7];
	size_t i;

	for (i = 0; i < 7; i++) {
		memset(&owner.here, 0, sizeof(owner.here));
		context_free(ctx);
		owner.order.customer = customer;
		ctx = owner_context(&owner, "it", TILL_AUTH);
		cost[i] = -cpu_ns();
		ASSERT_RESULT(try("wrong"), TILL_NEED_INPUT);
		cost[i] += cpu_ns();
	}
	qsort(cost, 7, sizeof(cost[0]), by_value);
	return cost[3];
}

static void
test_unknown_customer_costs_the_same(void **state)
{
	int64_t known, unknown;

	(void)state;
	open_with(NULL);
	set_password("correct horse");
	known = cost_of_try("alice");
	unknown = cost_of_try("nobody");
	assert_true(known < 2 * unknown);
	assert_true(unknown < 2 * known);
	close_all();
}

static void
test_odd_replies_are_wrong_not_fatal(void **state)
{
	static const char with_nul[] = "correct horse\0battery";
	struct till_error err;
	char text[300];

	(void)state;
	open_with(NULL);
	set_password("correct horse");
	ASSERT_RESULT(instance_auth(it, ctx), TILL_NEED_INPUT);
	assert_int_equal(context_reply_put(ctx, "password", with_nul,
			     sizeof(with_nul) - 1, "", &err),
	    0);
	ASSERT_RESULT(instance_auth(it, ctx), TILL_NEED_INPUT);
	assert_int_equal(owner.failures.count, 1);
	memset(text, 'x', sizeof(text));
	assert_int_equal(context_reply_put(ctx, "password", text, sizeof(text),
			     "", &err),
	    -1);
	assert_int_equal(context_reply_put(ctx, "password", "", 0, "", &err),
	    -1);
	close_all();
}

static void
test_new_passwords_have_a_length(void **state)
{
	struct till_error err;

	(void)state;
	open_with(NULL);
	ASSERT_RESULT(instance_enrol(it, ctx, TILL_ENROL_ADD), TILL_NEED_INPUT);
	assert_int_equal(context_reply_put(ctx, "new-password", "short", 5, "",
			     &err),
	    -1);
	assert_int_equal(context_reply_put(ctx, "new-password", "short\0longer",
			     12, "", &err),
	    0);
	ASSERT_RESULT(instance_enrol(it, ctx, TILL_ENROL_ADD), TILL_DENY);
	assert_string_equal(ctx->code, "too-short");
	assert_int_equal(owner.records_len, 0);
	close_all();
}

static void
test_removed_password_opens_nothing(void **state)
{
	(void)state;
	open_with(NULL);
	set_password("correct horse");
	ASSERT_RESULT(instance_enrol(it, ctx, TILL_ENROL_REMOVE), TILL_GRANT);
	assert_int_equal(owner.records_len, 0);
	ASSERT_RESULT(try("correct horse"), TILL_NEED_INPUT);
	ASSERT_RESULT(instance_enrol(it, ctx, TILL_ENROL_REMOVE), TILL_DENY);
	close_all();
}

/* Without a counter there would be no end to the tries. */
static void
test_uncountable_try_is_not_looked_at(void **state)
{
	struct context_ops ops = owner_ops;

	(void)state;
	open_with(NULL);
	set_password("correct horse");
	ASSERT_RESULT(instance_auth(it, ctx), TILL_NEED_INPUT);
	ops.failed = NULL;
	ctx->ops = &ops;
	reply(ctx, "password", "correct horse");
	ASSERT_RESULT(instance_auth(it, ctx), TILL_UNAVAILABLE);
	ctx->ops = &owner_ops;
	close_all();
}

/* Another try is counted between this one's look and its count. */
static int
failed_twice(void *arg, const char *instance, const char *customer)
{
	(void)owner_ops.failed(arg, instance, customer);
	return owner_ops.failed(arg, instance, customer);
}

static void
test_tries_side_by_side_do_not_pass_the_limit(void **state)
{
	struct context_ops ops = owner_ops;

	(void)state;
	open_with(NULL);
	set_password("correct horse");
	owner.here.count = 4;
	ASSERT_RESULT(instance_auth(it, ctx), TILL_NEED_INPUT);
	ops.failed = failed_twice;
	ctx->ops = &ops;
	reply(ctx, "password", "correct horse");
	ASSERT_RESULT(instance_auth(it, ctx), TILL_LOCKED);
	ctx->ops = &owner_ops;
	close_all();
}

static void
test_other_cost_is_hashed_anew(void **state)
{
	const char *const cheap[] = { "cost=1", NULL };

	(void)state;
	open_with(cheap);
	set_password("correct horse");
	assert_memory_not_equal(owner.records[0].data, "$y$j9T$", 7);
	instance_close(it);
	it = module_must_open(loader, "auth_password", NULL);
	ASSERT_RESULT(try("correct horse"), TILL_GRANT);
	assert_memory_equal(owner.records[0].data, "$y$j9T$", 7);
	ASSERT_RESULT(try("correct horse"), TILL_GRANT);
	close_all();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_right_password_grants),
		cmocka_unit_test(test_wrong_password_asks_again_then_denies),
		cmocka_unit_test(test_success_forgets_earlier_failures),
		cmocka_unit_test(test_surveillance_delays),
		cmocka_unit_test(
		    test_locked_is_locked_for_the_right_password_too),
		cmocka_unit_test(test_suspended_is_told_what_an_unknown_one_is),
		cmocka_unit_test(test_suspended_by_failures_of_other_places),
		cmocka_unit_test(test_unknown_customer_is_asked_the_same),
		cmocka_unit_test(test_unknown_customer_costs_the_same),
		cmocka_unit_test(test_odd_replies_are_wrong_not_fatal),
		cmocka_unit_test(test_new_passwords_have_a_length),
		cmocka_unit_test(test_removed_password_opens_nothing),
		cmocka_unit_test(test_uncountable_try_is_not_looked_at),
		cmocka_unit_test(test_tries_side_by_side_do_not_pass_the_limit),
		cmocka_unit_test(test_other_cost_is_hashed_anew),
	};
	int failed;

	loader = build_loader();
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	loader_free(loader);
	return failed;
}
