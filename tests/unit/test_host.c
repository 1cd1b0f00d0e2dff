/*
 * test_host.c - each facility gets its own services, within their bounds.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "module/result.h"
#include "support/owner.h"

static const struct till_host *host;
static struct owner owner;
static struct till_context *ctx;
static struct till_error err;

static int
setup(void **state)
{
	(void)state;
	host = context_host();
	owner_init(&owner);
	ctx = owner_context(&owner, "it", TILL_AUTH);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	context_free(ctx);
	return 0;
}

static struct till_prompt
text_prompt(const char *id)
{
	return (struct till_prompt){ .size = sizeof(struct till_prompt),
		.kind = TILL_ASK_TEXT,
		.id = id,
		.label = "label",
		.text = "text",
		.min_len = 2,
		.max_len = 8,
		.ttl_ms = 500 };
}

static void
test_methods_are_counted_once(void **state)
{
	(void)state;
	assert_int_equal(host->method(ctx, "pwd", 1), 0);
	assert_int_equal(host->method(ctx, "hwk", 2), 0);
	assert_int_equal(host->method(ctx, "pwd", 1), -1);
	assert_int_equal(host->method(ctx, "sc", 11), -1);
	assert_int_equal(host->method(ctx, "", 1), -1);
	assert_int_equal(host->method(ctx, "A method", 1), -1);
	assert_int_equal(host->method(ctx, "aaaaaaaaaaaaaaaa", 1), -1);
	assert_int_equal(ctx->level, 3);
	assert_int_equal(ctx->amr_len, 2);
	context_begin(ctx);
	assert_int_equal(ctx->level, 0);
	assert_int_equal(ctx->amr_len, 0);
}

static void
test_reason_is_kept(void **state)
{
	(void)state;
	ASSERT_RESULT((*host->fail)(ctx, TILL_DENY, "wrong-password",
			  "%d of %d", 2, 5),
	    TILL_DENY);
	assert_string_equal(ctx->code, "wrong-password");
	assert_string_equal(ctx->why.text, "2 of 5");
	(void)(*host->fail)(ctx, TILL_DENY, "Not A Code", "x");
	assert_string_equal(ctx->code, "unspecified");
	context_begin(ctx);
	assert_string_equal(ctx->code, "");
	assert_string_equal(ctx->why.text, "");
}

static void
test_credentials_are_the_customers(void **state)
{
	struct till_credential c = { .size = sizeof(c),
		.id = "key-1",
		.data = { (const unsigned char *)"data", 4 } };
	struct till_credential got;
	char id[16];
	int i;

	(void)state;
	assert_int_equal(host->credential_put(ctx, &c), 0);
	assert_int_equal(host->credential_get(ctx, "key-1", &got), 0);
	assert_memory_equal(got.data.data, "data", 4);
	assert_int_equal(host->credential_get(ctx, "key-2", &got), -1);
	assert_int_equal(host->credential_get(ctx, "../key-1", &got), -1);
	for (i = 2; i <= TILL_CREDENTIALS_MAX; i++) {
		(void)snprintf(id, sizeof(id), "key-%d", i);
		c.id = id;
		assert_int_equal(host->credential_put(ctx, &c), 0);
	}
	c.id = "key-1";
	assert_int_equal(host->credential_put(ctx, &c), 0);
	c.id = "one-more";
	assert_int_equal(host->credential_put(ctx, &c), -1);
	assert_int_equal(host->credential_remove(ctx, "key-1"), 0);
	assert_int_equal(host->credential_remove(ctx, "key-1"), -1);
	c.id = "bad id";
	assert_int_equal(host->credential_put(ctx, &c), -1);
	c.id = "ok";
	c.data.len = TILL_CREDENTIAL_MAX + 1;
	assert_int_equal(host->credential_put(ctx, &c), -1);
	c.data.len = 4;
	c.size = 8;
	assert_int_equal(host->credential_put(ctx, &c), -1);
	owner.order.customer = "";
	assert_int_equal(host->credential_get(ctx, "key-2", &got), -1);
	ctx->order = NULL;
	assert_int_equal(host->credential_get(ctx, "key-2", &got), -1);
	assert_int_equal(host->failed(ctx), -1);
}

static void
test_alerts_are_bounded_and_auths_own(void **state)
{
	int i;

	(void)state;
	assert_int_equal(host->alert(ctx, "voucher.issued", "x"), -1);
	assert_int_equal(host->alert(ctx, "auth.alert", "a\nb"), -1);
	for (i = 0; i < CONTEXT_ALERTS_MAX; i++)
		assert_int_equal(host->alert(ctx, "auth.alert", "x"), 0);
	assert_int_equal(host->alert(ctx, "auth.alert", "x"), -1);
	assert_int_equal(owner.alerts_len, CONTEXT_ALERTS_MAX);
	context_begin(ctx);
	assert_int_equal(host->alert(ctx, "auth.alert", "x"), 0);
}

static struct till_limit
day_limit(const char *name)
{
	return (struct till_limit){ .size = sizeof(struct till_limit),
		.name = name,
		.scope = TILL_SCOPE_CUSTOMER,
		.window = TILL_WINDOW_DAY,
		.max_micro = 1,
		.max_count = -1 };
}

static void
test_limits_are_kept_for_the_transaction(void **state)
{
	struct till_limit limit = day_limit("per-day");
	char name[8];
	int i;

	(void)state;
	ctx->facility = TILL_NOTIFY;
	assert_int_equal(host->limit(ctx, &limit), -1);
	ctx->facility = TILL_POLICY;
	assert_int_equal(host->limit(ctx, &limit), 0);
	assert_int_equal(host->limit(ctx, &limit), -1); /* said already */
	owner.over = "over";
	limit = day_limit("over");
	assert_int_equal(host->limit(ctx, &limit), 1);
	assert_int_equal(ctx->limits_len, 2);
	assert_string_equal(ctx->limits[1].name, "over");
	owner.broken = true;
	limit = day_limit("third");
	assert_int_equal(host->limit(ctx, &limit), -1);
	owner.broken = false;
	limit.scope = (enum till_scope)0;
	assert_int_equal(host->limit(ctx, &limit), -1);
	limit = day_limit("third");
	limit.window = (enum till_window)9;
	assert_int_equal(host->limit(ctx, &limit), -1);
	limit = day_limit("third");
	limit.max_micro = -2;
	assert_int_equal(host->limit(ctx, &limit), -1);
	limit = day_limit("third");
	limit.size = 16;
	assert_int_equal(host->limit(ctx, &limit), -1);
	for (i = 2; i < CONTEXT_LIMITS_MAX; i++) {
		(void)snprintf(name, sizeof(name), "l%d", i);
		limit = day_limit(name);
		assert_int_equal(host->limit(ctx, &limit), 0);
	}
	limit = day_limit("too-many");
	assert_int_equal(host->limit(ctx, &limit), -1);
}

/* Whether they bind is known when the call has ended. */
static void
test_limits_of_auth_are_looked_at_and_not_kept_by_the_owner(void **state)
{
	struct till_limit limit = day_limit("per-day");

	(void)state;
	assert_int_equal(host->limit(ctx, &limit), 0);
	owner.over = "over";
	limit = day_limit("over");
	assert_int_equal(host->limit(ctx, &limit), 1);
	assert_int_equal(owner.looks, 2);
	assert_int_equal(owner.asks, 0);
	assert_int_equal(owner.limits_len, 0);
	assert_int_equal(ctx->limits_len, 2);
	assert_string_equal(ctx->limits[1].name, "over");
	assert_int_equal(ctx->limits[1].max_micro, 1);
}

static void
test_services_belong_to_their_facility(void **state)
{
	const struct till_prompt prompt = text_prompt("name");
	struct till_failures failures;
	struct till_bytes bytes = { (const unsigned char *)"x", 1 };

	(void)state;
	assert_int_equal(host->step_up(ctx, 2), -1);
	ctx->facility = TILL_POLICY;
	assert_int_equal(host->step_up(ctx, 0), -1);
	assert_int_equal(host->step_up(ctx, 2), 0);
	assert_int_equal(host->prompt(ctx, &prompt), -1);
	assert_int_equal(host->method(ctx, "pwd", 1), -1);
	assert_int_equal(host->failed(ctx), -1);
	assert_int_equal(host->failures(ctx, &failures), -1);
	assert_int_equal(host->succeeded(ctx), -1);
	assert_int_equal(host->state_put(ctx, bytes), -1);
	assert_int_equal(host->alert(ctx, "auth.alert", "x"), -1);
	assert_int_equal(owner.failures.count, 0);
}

static void
test_owner_without_services_breaks_nothing(void **state)
{
	static const struct context_ops none;
	const struct till_prompt prompt = text_prompt("name");
	struct till_credential c = { .size = sizeof(c),
		.id = "key-1",
		.data = { (const unsigned char *)"data", 4 } };
	struct till_failures failures;

	(void)state;
	ctx->ops = &none;
	host->log(ctx, TILL_LOG_INFO, "into the void");
	assert_int_equal(host->credential_put(ctx, &c), -1);
	assert_int_equal(host->failures(ctx, &failures), -1);
	assert_int_equal(host->failed(ctx), -1);
	assert_int_equal(host->alert(ctx, "auth.alert", "x"), -1);
	assert_int_equal(host->prompt(ctx, &prompt), 0);
	assert_int_equal(context_reply_put(ctx, "name", "alice", 5, "", &err),
	    0);
}

static void
test_log_lines_are_single_and_bounded(void **state)
{
	char text[2000];

	(void)state;
	memset(text, 'y', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	host->log(ctx, TILL_LOG_INFO, "a\nb\x1b[31m%s", "c");
	assert_string_equal(owner.log, "it: a b [31mc\n");
	host->log(ctx, TILL_LOG_INFO, "%s", text);
	assert_true(strlen(owner.log) < 600);
}

static void
test_randomness_and_clocks(void **state)
{
	unsigned char a[600] = { 0 }, b[600] = { 0 };

	(void)state;
	assert_int_equal(host->random(a, sizeof(a)), 0);
	assert_int_equal(host->random(b, sizeof(b)), 0);
	assert_memory_not_equal(a, b, sizeof(a));
	assert_memory_not_equal(a + 560, b + 560, 40);
	assert_true(host->now_ms(NULL) > 0);
	assert_true(host->time_s(NULL) > 1700000000);
}

int
main(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		CASE(test_methods_are_counted_once),
		CASE(test_reason_is_kept),
		CASE(test_credentials_are_the_customers),
		CASE(test_alerts_are_bounded_and_auths_own),
		CASE(test_limits_are_kept_for_the_transaction),
		CASE(
		    test_limits_of_auth_are_looked_at_and_not_kept_by_the_owner),
		CASE(test_services_belong_to_their_facility),
		CASE(test_owner_without_services_breaks_nothing),
		CASE(test_log_lines_are_single_and_bounded),
		CASE(test_randomness_and_clocks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
