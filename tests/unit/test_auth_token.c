/*
 * test_auth_token.c - a token pays within its caps, and nobody by
 * guessing one.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "auth_token/token.h"
#include "module/result.h"
#include "support/owner.h"

#define NOW INT64_C(1795564800) /* 2026-11-25T00:00:00Z */

static struct loader *loader;
static struct owner owner;
static struct instance *it;
static struct till_context *ctx;
static char token[TOKEN_LEN + 1], id[TOKEN_ID_MAX];

/* What an enrolment answers; NULL: as if not asked. */
struct answers {
	const char *label, *each, *day, *count, *merchants, *channel, *expires;
};

static const struct answers usual = {
	.label = "robot",
	.each = "5.00 EUR",
	.day = "20.00 EUR",
};

static void
open_with(const char *const *settings)
{
	owner_init(&owner);
	owner.order.channel = "api";
	it = module_must_open(loader, "auth_token", settings);
	instance_set_time(it, NOW);
	ctx = owner_context(&owner, "it", TILL_AUTH);
}

static void
close_all(void)
{
	context_free(ctx);
	instance_close(it);
}

static void
answer(struct till_context *enrol, const char *which, const char *text)
{
	if (text != NULL)
		reply(enrol, which, text);
}

/* Enrol; the token and its id are kept.  *why_r says why not. */
static enum till_result
enrol(const struct answers *a, char why_r[TILL_ERROR_MAX])
{
	struct till_context *e = owner_context(&owner, "it", TILL_AUTH);
	enum till_result result;

	ASSERT_RESULT(instance_enrol(it, e, TILL_ENROL_ADD), TILL_NEED_INPUT);
	answer(e, "label", a->label);
	answer(e, "each", a->each);
	answer(e, "day", a->day);
	answer(e, "count", a->count);
	answer(e, "merchants", a->merchants);
	answer(e, "channel", a->channel);
	answer(e, "expires", a->expires);
	result = instance_enrol(it, e, TILL_ENROL_ADD);
	(void)snprintf(why_r, TILL_ERROR_MAX, "%s", e->why.text);
	if (result == TILL_GRANT) {
		assert_int_equal(e->prompts_len, 1);
		assert_string_equal(e->prompts[0].id, "new-token");
		assert_int_equal(e->prompts[0].kind, TILL_TELL_INFO);
		assert_int_equal(strlen(e->prompts[0].text), TOKEN_LEN);
		memcpy(token, e->prompts[0].text, sizeof(token));
		memcpy(id, token + 5, TOKEN_ID_MAX - 1);
	}
	context_free(e);
	return result;
}

static void
make(const struct answers *a)
{
	char why[TILL_ERROR_MAX];

	if (enrol(a, why) != TILL_GRANT)
		fail_msg("the enrolment: %s", why);
}

static enum till_result
try(const char *text)
{
	context_free(ctx);
	ctx = owner_context(&owner, "it", TILL_AUTH);
	ASSERT_RESULT(instance_auth(it, ctx), TILL_NEED_INPUT);
	assert_int_equal(ctx->prompts_len, 1);
	assert_string_equal(ctx->prompts[0].id, "token");
	assert_int_equal(ctx->prompts[0].kind, TILL_ASK_SECRET);
	reply(ctx, "token", text);
	return instance_auth(it, ctx);
}

static void
denied(const char *text, const char *code)
{
	ASSERT_RESULT(try(text), TILL_DENY);
	assert_string_equal(ctx->code, code);
	assert_int_equal(ctx->level, 0);
	assert_int_equal(ctx->limits_len, 0);
}

static void
a_token_is_told_once_and_its_secret_kept_nowhere(void **state)
{
	char first[sizeof(token)];

	(void)state;
	open_with(NULL);
	make(&usual);
	assert_memory_equal(token, "till_", 5);
	assert_int_equal(token[5 + 16], '_');
	assert_int_equal(strspn(token + 22, "0123456789abcdef"), 64);
	assert_int_equal(owner.records_len, 1);
	assert_string_equal(owner.records[0].id, id);
	assert_int_equal(owner.records[0].secret, 1);
	owner.records[0].data[owner.records[0].len] = '\0';
	assert_null(strstr((char *)owner.records[0].data, token + 22));
	assert_string_equal((char *)owner.records[0].data + 2 + 64,
	    " EUR 5000000 20000000 - api 1827100800 *");
	assert_string_equal(owner.log, "");
	memcpy(first, token, sizeof(first));
	make(&usual);
	assert_string_not_equal(first, token);
	close_all();
}

static void
the_right_token_grants_and_states_its_day(void **state)
{
	const struct answers a = { .each = "5.00 EUR",
		.day = "20.00 EUR",
		.count = "7",
		.merchants = "shop-2,press-1",
		.expires = "2026-11-25" };
	char name[32];

	(void)state;
	open_with(NULL);
	make(&a);
	ASSERT_RESULT(try(token), TILL_GRANT);
	assert_int_equal(ctx->level, 1);
	assert_int_equal(ctx->amr_len, 1);
	assert_string_equal(ctx->amr[0], "pwd");
	assert_int_equal(ctx->limits_len, 1);
	(void)snprintf(name, sizeof(name), "day-%s", id);
	assert_string_equal(ctx->limits[0].name, name);
	assert_int_equal(ctx->limits[0].scope, TILL_SCOPE_CUSTOMER);
	assert_int_equal(ctx->limits[0].window, TILL_WINDOW_DAY);
	assert_int_equal(ctx->limits[0].max_micro, 20000000);
	assert_int_equal(ctx->limits[0].max_count, 7);
	/* What is full already is for the server to say. */
	owner.limit = 1;
	ASSERT_RESULT(try(token), TILL_GRANT);
	close_all();
}

static void
each_cap_refuses_who_has_the_secret_with_its_word(void **state)
{
	const struct answers a = { .each = "5.00 EUR",
		.day = "20.00 EUR",
		.merchants = "press-1",
		.expires = "2026-11-25T00:00:10Z" };

	(void)state;
	open_with(NULL);
	make(&a);
	ASSERT_RESULT(try(token), TILL_GRANT);
	owner.order.amount.micro = 5000001;
	denied(token, "limit");
	owner.order.amount = (struct till_money){ 1, "USD" };
	denied(token, "limit");
	owner.order.amount = (struct till_money){ 5000000, "EUR" };
	owner.order.merchant = "press-2";
	denied(token, "limit-merchant");
	owner.order.merchant = "press-1";
	owner.order.channel = "browser";
	denied(token, "limit-channel");
	owner.order.channel = "api";
	owner.order.kind = "identity";
	denied(token, "limit-kind");
	owner.order.kind = "single";
	ASSERT_RESULT(try(token), TILL_GRANT);
	instance_set_time(it, NOW + 9);
	ASSERT_RESULT(try(token), TILL_GRANT);
	/* What it has paid is still to be had, so it grants, with no room. */
	instance_set_time(it, NOW + 10);
	ASSERT_RESULT(try(token), TILL_GRANT);
	assert_string_equal(ctx->code, "limit-expired");
	assert_int_equal(ctx->limits[ctx->limits_len - 1].max_count, 0);
	close_all();
}

static void
a_channel_is_programs_unless_it_is_said(void **state)
{
	struct answers a = usual;

	(void)state;
	open_with(NULL);
	a.channel = "any";
	make(&a);
	ASSERT_RESULT(try(token), TILL_GRANT);
	owner.order.channel = "browser";
	ASSERT_RESULT(try(token), TILL_GRANT);
	a.channel = "browser";
	make(&a);
	ASSERT_RESULT(try(token), TILL_GRANT);
	owner.order.channel = "api";
	denied(token, "limit-channel");
	close_all();
}

/* The same word, the same count, nothing but that. */
static void
what_is_wrong_is_not_told(void **state)
{
	char text[2 * TOKEN_LEN + 1];
	size_t i;

	(void)state;
	open_with(NULL);
	make(&usual);
	owner.order.merchant = "press-2";
	for (i = 0; i < TOKEN_LEN; i++) {
		memcpy(text, token, sizeof(token));
		text[i] = text[i] == '0' ? '1' : '0';
		denied(text, "wrong-token");
		assert_string_equal(ctx->why.text, "the token is wrong");
	}
	assert_int_equal(owner.failures.count, TOKEN_LEN);
	for (i = 1; i < TOKEN_LEN; i++) {
		(void)snprintf(text, sizeof(text), "%.*s", (int)i, token);
		denied(text, "wrong-token");
	}
	(void)snprintf(text, sizeof(text), "%s0", token);
	denied(text, "wrong-token");
	(void)snprintf(text, sizeof(text), "%.100s", token + 1);
	denied(text, "wrong-token");
	owner.order.customer = "nobody";
	denied(token, "wrong-token");
	owner.order.customer = "bob";
	denied(token, "wrong-token");
	owner.order.customer = "alice";
	ASSERT_RESULT(try(token), TILL_GRANT);
	assert_int_equal(owner.failures.count, 0);
	close_all();
}

static void
many_wrong_tokens_are_an_alert_and_lock_nobody_out(void **state)
{
	const char *const settings[] = { "alert-after=3", NULL };
	size_t i;

	(void)state;
	open_with(settings);
	make(&usual);
	for (i = 0; i < 20; i++) {
		assert_int_equal(owner.alerts_len, i < 3 ? 0 : 1);
		denied("x", "wrong-token");
	}
	ASSERT_RESULT(try(token), TILL_GRANT);
	close_all();
}

static void
who_has_no_token_leaves_it_to_the_next_line(void **state)
{
	(void)state;
	open_with(NULL);
	make(&usual);
	ASSERT_RESULT(try(""), TILL_ABSTAIN);
	assert_int_equal(owner.failures.count, 0);
	close_all();
}

static void
a_revoked_token_is_as_if_it_had_never_been(void **state)
{
	struct till_context *e;
	struct till_error err;

	(void)state;
	open_with(NULL);
	make(&usual);
	ASSERT_RESULT(try(token), TILL_GRANT);
	e = owner_context(&owner, "it", TILL_AUTH);
	assert_int_equal(context_reply_give(e, "credential", "0123", 4, &err),
	    0);
	ASSERT_RESULT(instance_enrol(it, e, TILL_ENROL_REMOVE), TILL_DENY);
	ASSERT_RESULT(instance_enrol(it, e, TILL_ENROL_REMOVE), TILL_DENY);
	assert_int_equal(owner.records_len, 1);
	assert_int_equal(context_reply_give(e, "credential", id, strlen(id),
			     &err),
	    0);
	ASSERT_RESULT(instance_enrol(it, e, TILL_ENROL_REMOVE), TILL_GRANT);
	assert_int_equal(owner.records_len, 0);
	context_free(e);
	denied(token, "wrong-token");
	close_all();
}

static void
where_nothing_can_be_counted_nobody_is_let_in(void **state)
{
	(void)state;
	open_with(NULL);
	make(&usual);
	owner.broken = true;
	assert_int_not_equal(try(token), TILL_GRANT);
	owner.broken = false;
	owner.limit = -1;
	ASSERT_RESULT(try(token), TILL_UNAVAILABLE);
	close_all();
}

static void
caps_that_are_none_make_no_token(void **state)
{
	static const struct {
		struct answers a;
		const char *why;
	} cases[] = {
		{ { .each = "5.00", .day = "20.00 EUR" }, "each: " },
		{ { .each = "5.00 EUR", .day = "x" }, "day: " },
		{ { .each = "0.00 EUR", .day = "1.00 EUR" }, "each: is noth" },
		{ { .each = "5.00 EUR", .day = "20.00 USD" }, "one currency" },
		{ { .each = "5.00 EUR", .day = "4.99 EUR" }, "those of a day" },
		{ { .each = "9.01 EUR", .day = "20.00 EUR" }, "at most 9.00" },
		{ { .each = "9.00 EUR", .day = "90.01 EUR" }, "at most 90.00" },
		{ { .each = "1.00 USD", .day = "1.00 USD" }, "at most 9.00" },
		{ { .count = "0" }, "count: " },
		{ { .count = "1000001" }, "count: " },
		{ { .count = "-1" }, "count: " },
		{ { .count = " 1" }, "count: " },
		{ { .merchants = "press-1," }, "merchants: " },
		{ { .merchants = "press 1" }, "merchants: " },
		{ { .merchants = "Press" }, "merchants: " },
		{ { .merchants = "*" }, "merchants: " },
		{ { .merchants = "a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,"
				 "a,a,a,a,a,a,a,a,a,a,a" },
		    "more than 32" },
		{ { .expires = "2026-11-24" }, "is over" },
		{ { .expires = "2026-11-25T00:00:00Z" }, "is over" },
		{ { .expires = "2027-11-25T00:00:01Z" }, "365 days" },
		{ { .expires = "2027-02-29" }, "expires: a day" },
		{ { .expires = "2027-1-29" }, "expires: a day" },
		{ { .expires = "2027-02-01T24:00:00Z" }, "expires: a day" },
		{ { .expires = "2027-02-01T23:00:00+" }, "expires: a day" },
		{ { .label = "a\nb" }, "label: " },
	};
	const char *const settings[] = { "max-each=9.00 EUR",
		"max-day=90.00 EUR", NULL };
	char why[TILL_ERROR_MAX];
	struct answers a;
	size_t i;

	(void)state;
	open_with(settings);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		a = cases[i].a;
		if (a.each == NULL) {
			a.each = usual.each;
			a.day = usual.day;
		}
		ASSERT_RESULT(enrol(&a, why), TILL_DENY);
		if (strstr(why, cases[i].why) == NULL)
			fail_msg("case %zu: %s", i, why);
	}
	assert_int_equal(owner.records_len, 0);
	close_all();
}

static void
a_customer_has_so_many_tokens_and_no_more(void **state)
{
	char why[TILL_ERROR_MAX];
	int i;

	(void)state;
	open_with(NULL);
	for (i = 0; i < TILL_CREDENTIALS_MAX; i++)
		make(&usual);
	ASSERT_RESULT(enrol(&usual, why), TILL_UNAVAILABLE);
	assert_non_null(strstr(why, "at most 16"));
	assert_int_equal(owner.records_len, TILL_CREDENTIALS_MAX);
	close_all();
}

static void
settings_of_two_currencies_are_refused(void **state)
{
	const char *const settings[] = { "max-each=9.00 EUR",
		"max-day=90.00 USD", NULL };
	char why[DIAG_TEXT_MAX];

	(void)state;
	assert_null(module_open(loader, "auth_token", settings, why));
	assert_non_null(strstr(why, "one currency"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    a_token_is_told_once_and_its_secret_kept_nowhere),
		cmocka_unit_test(the_right_token_grants_and_states_its_day),
		cmocka_unit_test(
		    each_cap_refuses_who_has_the_secret_with_its_word),
		cmocka_unit_test(a_channel_is_programs_unless_it_is_said),
		cmocka_unit_test(what_is_wrong_is_not_told),
		cmocka_unit_test(
		    many_wrong_tokens_are_an_alert_and_lock_nobody_out),
		cmocka_unit_test(who_has_no_token_leaves_it_to_the_next_line),
		cmocka_unit_test(a_revoked_token_is_as_if_it_had_never_been),
		cmocka_unit_test(where_nothing_can_be_counted_nobody_is_let_in),
		cmocka_unit_test(caps_that_are_none_make_no_token),
		cmocka_unit_test(a_customer_has_so_many_tokens_and_no_more),
		cmocka_unit_test(settings_of_two_currencies_are_refused),
	};
	int failed;

	loader = build_loader();
	if (loader == NULL)
		return 1;
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	loader_free(loader);
	return failed;
}
