/*
 * test_context.c - prompts and replies keep to their bounds, and each
 * facility gets its own services only.
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

static int
put(const char *id, const char *text)
{
	return context_reply_put(ctx, id, text, strlen(text), "", &err);
}

static void
test_host_says_its_version(void **state)
{
	(void)state;
	assert_int_equal(host->size, sizeof(struct till_host));
	assert_int_equal(host->abi_major, TILL_ABI_MAJOR);
	assert_int_equal(host->abi_minor, TILL_ABI_MINOR);
}

static void
test_reply_comes_to_who_asked(void **state)
{
	struct till_prompt prompt = text_prompt("name");
	struct till_reply reply;

	(void)state;
	assert_int_equal(put("name", "alice"), -1);
	assert_int_equal(host->prompt(ctx, &prompt), 0);
	assert_int_equal(host->reply(ctx, "name", &reply), -1);
	owner.now_ms += 300;
	assert_int_equal(put("name", "alice"), 0);
	assert_int_equal(put("other", "alice"), -1);
	owner.now_ms += 100;
	context_begin(ctx);
	assert_int_equal(ctx->prompts_len, 0);
	assert_int_equal(host->reply(ctx, "name", &reply), 0);
	assert_int_equal(reply.data.len, 5);
	assert_memory_equal(reply.data.data, "alice", 5);
	assert_string_equal(reply.format, "");
	assert_int_equal(reply.age_ms, 400);
	context_replies_clear(ctx);
	assert_int_equal(host->reply(ctx, "name", &reply), -1);
	assert_int_equal(put("name", "alice"), -1);
}

static void
test_later_reply_replaces_the_earlier(void **state)
{
	struct till_prompt prompt = text_prompt("name");
	struct till_reply reply;

	(void)state;
	assert_int_equal(host->prompt(ctx, &prompt), 0);
	assert_int_equal(put("name", "alice"), 0);
	assert_int_equal(put("name", "bob"), 0);
	assert_int_equal(host->reply(ctx, "name", &reply), 0);
	assert_int_equal(reply.data.len, 3);
}

static void
test_replies_keep_to_length_and_time(void **state)
{
	struct till_prompt prompt = text_prompt("name");

	(void)state;
	assert_int_equal(host->prompt(ctx, &prompt), 0);
	assert_int_equal(put("name", "a"), -1);
	assert_string_equal(err.text, "the reply is shorter than 2 octets");
	assert_int_equal(put("name", "ab"), 0);
	assert_int_equal(put("name", "abcdefgh"), 0);
	assert_int_equal(put("name", "abcdefghi"), -1);
	assert_string_equal(err.text, "the reply is longer than 8 octets");
	owner.now_ms += 500;
	assert_int_equal(put("name", "abc"), 0);
	owner.now_ms += 1;
	assert_int_equal(put("name", "abc"), -1);
	assert_string_equal(err.text, "the time to reply has passed");
}

static void
test_choice_must_be_offered(void **state)
{
	const char *const choices[] = { "red", "blue", NULL };
	const char *const none[] = { NULL };
	const char *const many[] = { "1", "2", "3", "4", "5", "6", "7", "8",
		"9", NULL };
	struct till_prompt prompt = text_prompt("colour");

	(void)state;
	prompt.kind = TILL_ASK_CHOICE;
	assert_int_equal(host->prompt(ctx, &prompt), -1);
	prompt.choices = none;
	assert_int_equal(host->prompt(ctx, &prompt), -1);
	prompt.choices = many;
	assert_int_equal(host->prompt(ctx, &prompt), -1);
	prompt.choices = choices;
	assert_int_equal(host->prompt(ctx, &prompt), 0);
	assert_int_equal(ctx->prompts[0].choices_len, 2);
	assert_int_equal(put("colour", "green"), -1);
	assert_int_equal(put("colour", "re"), -1);
	assert_int_equal(put("colour", "blue"), 0);
}

static void
test_told_texts_have_no_reply(void **state)
{
	struct till_prompt prompt = text_prompt("note");

	(void)state;
	prompt.kind = TILL_TELL_INFO;
	prompt.max_len = 0;
	assert_int_equal(host->prompt(ctx, &prompt), 0);
	assert_int_equal(put("note", "hello"), -1);
}

static void
test_prompt_of_the_same_id_is_replaced(void **state)
{
	struct till_prompt prompt = text_prompt("name");
	char id[8];
	int i;

	(void)state;
	assert_int_equal(host->prompt(ctx, &prompt), 0);
	prompt.max_len = 4;
	assert_int_equal(host->prompt(ctx, &prompt), 0);
	assert_int_equal(ctx->prompts_len, 1);
	assert_int_equal(ctx->prompts[0].max_len, 4);
	for (i = 1; i < TILL_PROMPT_MAX; i++) {
		(void)snprintf(id, sizeof(id), "p%d", i);
		prompt.id = id;
		assert_int_equal(host->prompt(ctx, &prompt), 0);
	}
	prompt.id = "one-more";
	assert_int_equal(host->prompt(ctx, &prompt), -1);
	assert_int_equal(ctx->prompts_len, TILL_PROMPT_MAX);
}

static void
test_bad_prompts_are_refused(void **state)
{
	char long_text[TILL_TEXT_MAX + 1];
	const struct till_prompt good = text_prompt("name");
	struct till_prompt p;

	(void)state;
	memset(long_text, 'x', sizeof(long_text));
	long_text[TILL_TEXT_MAX] = '\0';
#define BAD(change)                                                            \
	do {                                                                   \
		p = good;                                                      \
		change;                                                        \
		assert_int_equal(host->prompt(ctx, &p), -1);                   \
	} while (0)
	BAD(p.size = 8);
	BAD(p.kind = (enum till_prompt_kind)0);
	BAD(p.kind = (enum till_prompt_kind)99);
	BAD(p.id = NULL);
	BAD(p.id = "");
	BAD(p.id = "Name");
	BAD(p.id = "12345678901234567890123456789012");
	BAD(p.max_len = 0);
	BAD(p.max_len = TILL_REPLY_MAX + 1);
	BAD(p.min_len = 9);
	BAD(p.text = long_text);
	BAD(p.text = "a\nb");
	BAD(p.label = long_text);
	BAD(p.format = long_text);
	BAD(p.challenge.len = 257);
	assert_int_equal(ctx->prompts_len, 0);
	assert_int_equal(host->prompt(ctx, &good), 0);
}

static void
test_large_replies_are_held(void **state)
{
	struct till_prompt prompt = text_prompt("voice");
	struct till_reply reply;
	char *pcm;

	(void)state;
	prompt.kind = TILL_ASK_AUDIO;
	prompt.max_len = TILL_REPLY_MAX;
	assert_int_equal(host->prompt(ctx, &prompt), 0);
	pcm = calloc(1, TILL_REPLY_MAX);
	assert_non_null(pcm);
	pcm[TILL_REPLY_MAX - 1] = 7;
	assert_int_equal(context_reply_put(ctx, "voice", pcm, TILL_REPLY_MAX,
			     "pcm16", &err),
	    0);
	assert_int_equal(host->reply(ctx, "voice", &reply), 0);
	assert_int_equal(reply.data.len, TILL_REPLY_MAX);
	assert_memory_equal(reply.data.data, pcm, TILL_REPLY_MAX);
	assert_string_equal(reply.format, "pcm16");
	free(pcm);
}

/* The owner's own: "tillctl customer" says which credential to remove. */
static void
test_owner_may_give_what_nobody_asked(void **state)
{
	struct till_reply reply;

	(void)state;
	assert_int_equal(context_reply_give(ctx, "credential", "key-1", 5,
			     &err),
	    0);
	assert_int_equal(host->reply(ctx, "credential", &reply), 0);
	assert_memory_equal(reply.data.data, "key-1", 5);
}

static void
test_state_stays_between_calls(void **state)
{
	static const unsigned char octets[TILL_STATE_MAX + 1] = { 1, 2, 3 };
	struct till_bytes got;

	(void)state;
	assert_int_equal(host->state_get(ctx, &got), -1);
	assert_int_equal(host->state_put(ctx,
			     (struct till_bytes){ octets, TILL_STATE_MAX + 1 }),
	    -1);
	assert_int_equal(host->state_put(ctx,
			     (struct till_bytes){ octets, TILL_STATE_MAX }),
	    0);
	context_begin(ctx);
	assert_int_equal(host->state_get(ctx, &got), 0);
	assert_int_equal(got.len, TILL_STATE_MAX);
	assert_memory_equal(got.data, octets, TILL_STATE_MAX);
	assert_int_equal(host->state_put(ctx, (struct till_bytes){ NULL, 0 }),
	    0);
	assert_int_equal(host->state_get(ctx, &got), -1);
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
	assert_int_equal(host->limit(ctx, &limit), -1); /* not auth's */
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
	assert_int_equal(put("name", "alice"), 0);
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
		CASE(test_host_says_its_version),
		CASE(test_reply_comes_to_who_asked),
		CASE(test_later_reply_replaces_the_earlier),
		CASE(test_replies_keep_to_length_and_time),
		CASE(test_choice_must_be_offered),
		CASE(test_told_texts_have_no_reply),
		CASE(test_prompt_of_the_same_id_is_replaced),
		CASE(test_bad_prompts_are_refused),
		CASE(test_large_replies_are_held),
		CASE(test_owner_may_give_what_nobody_asked),
		CASE(test_state_stays_between_calls),
		CASE(test_methods_are_counted_once),
		CASE(test_reason_is_kept),
		CASE(test_credentials_are_the_customers),
		CASE(test_alerts_are_bounded_and_auths_own),
		CASE(test_limits_are_kept_for_the_transaction),
		CASE(test_services_belong_to_their_facility),
		CASE(test_owner_without_services_breaks_nothing),
		CASE(test_log_lines_are_single_and_bounded),
		CASE(test_randomness_and_clocks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
