/*
 * test_context.c - prompts and replies keep to their bounds.
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
test_only_notify_says_when_to_be_told_again(void **state)
{
	struct till_context *told;

	(void)state;
	assert_int_equal(host->retry_after(ctx, 1000), -1);
	told = context_new("n", TILL_NOTIFY, NULL, NULL);
	assert_non_null(told);
	assert_int_equal(host->retry_after(told, 1000), 0);
	assert_int_equal(told->retry_after_ms, 1000);
	context_begin(told);
	assert_int_equal(told->retry_after_ms, 0);
	context_free(told);
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
test_signature_may_have_data(void **state)
{
	static char data[TILL_PROMPT_DATA_MAX + 1];
	struct till_prompt prompt = text_prompt("key");

	(void)state;
	prompt.kind = TILL_ASK_SIGNATURE;
	assert_int_equal(host->prompt(ctx, &prompt), 0);
	assert_string_equal(ctx->prompts[0].data, "");
	memset(data, 'x', TILL_PROMPT_DATA_MAX - 1);
	prompt.data = data;
	assert_int_equal(host->prompt(ctx, &prompt), 0);
	assert_string_equal(ctx->prompts[0].data, data);
	data[TILL_PROMPT_DATA_MAX - 1] = 'x';
	assert_int_equal(host->prompt(ctx, &prompt), -1);
	prompt.data = "{\"a\n\":1}";
	assert_int_equal(host->prompt(ctx, &prompt), -1);
	/* A module of before there was any, and one that asks for text. */
	prompt.data = "no pointer at all";
	prompt.size = offsetof(struct till_prompt, data);
	assert_int_equal(host->prompt(ctx, &prompt), 0);
	assert_string_equal(ctx->prompts[0].data, "");
	prompt.size = sizeof(prompt);
	prompt.kind = TILL_ASK_TEXT;
	assert_int_equal(host->prompt(ctx, &prompt), 0);
	assert_string_equal(ctx->prompts[0].data, "");
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

int
main(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		CASE(test_host_says_its_version),
		CASE(test_only_notify_says_when_to_be_told_again),
		CASE(test_reply_comes_to_who_asked),
		CASE(test_later_reply_replaces_the_earlier),
		CASE(test_replies_keep_to_length_and_time),
		CASE(test_choice_must_be_offered),
		CASE(test_signature_may_have_data),
		CASE(test_told_texts_have_no_reply),
		CASE(test_prompt_of_the_same_id_is_replaced),
		CASE(test_bad_prompts_are_refused),
		CASE(test_large_replies_are_held),
		CASE(test_owner_may_give_what_nobody_asked),
		CASE(test_state_stays_between_calls),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
