/*
 * test_auth_voiceprint.c - a phrase is asked for, and what is said is looked
 * at and forgotten.
 */
#include "stack/generation.h"
#include "voiceprint_alone.h"

static void
test_phrase_is_asked_for_and_not_evaluated(void **state)
{
	const struct prompt *prompt;

	(void)state;
	open_with(NULL, NULL, NULL);
	ASSERT_RESULT(instance_auth(it, ctx), TILL_NEED_INPUT);
	prompt = find_prompt(TILL_ASK_AUDIO);
	assert_non_null(prompt);
	assert_string_equal(prompt->id, "voice");
	assert_string_equal(prompt->format, "pcm-s16le-16000");
	assert_int_equal(prompt->challenge_len, 5);
	assert_int_equal(prompt->max_len, TILL_REPLY_MAX);
	assert_memory_equal(prompt->text, "Say: ", 5);
	assert_memory_equal(prompt->text + 5, prompt->challenge, 5);
	assert_string_equal(find_prompt(TILL_TELL_INFO)->label,
	    "voice.unjudged");
	say(voices_tone(LONGEST), LONGEST);
	ASSERT_RESULT(instance_auth(it, ctx), TILL_ABSTAIN);
	assert_string_equal(ctx->code, "not-evaluated");
	assert_string_equal(ctx->why.text, "voiceprint not evaluated");
	assert_int_equal(ctx->amr_len, 0);
	assert_int_equal(owner.records_len, 0);
	assert_int_equal(owner.failures.count, 0);
	close_all();
}

static void
test_phrases_are_digits_by_chance(void **state)
{
	unsigned int i, k, seen[10] = { 0 };
	const struct prompt *prompt;
	const unsigned char *phrase;

	(void)state;
	open_with("digits=4", NULL, NULL);
	for (i = 0; i < 500; i++) {
		begin_anew();
		ASSERT_RESULT(instance_auth(it, ctx), TILL_NEED_INPUT);
		prompt = find_prompt(TILL_ASK_AUDIO);
		phrase = prompt->challenge;
		assert_int_equal(prompt->challenge_len, 7);
		for (k = 0; k < 7; k++)
			assert_true(k % 2 == 0
				? phrase[k] >= '0' && phrase[k] <= '9'
				: phrase[k] == ' ');
		for (k = 0; k < 7; k += 2)
			seen[phrase[k] - '0']++;
		for (k = 2; k < 7; k += 2)
			assert_int_not_equal(phrase[k], phrase[k - 2]);
	}
	/* 200 of each are expected; 100 fewer is seven deviations off. */
	for (i = 0; i < 10; i++)
		assert_in_range(seen[i], 100, 300);
	close_all();
}

/* For each: what is said of it, and that another phrase is asked for. */
static void
test_unusable_recordings_are_told_and_asked_again(void **state)
{
	static unsigned char still[LONGEST], click[SHORTEST], offset[SHORTEST];
	const struct {
		const unsigned char *octets;
		size_t len;
		const char *label;
	} cases[] = {
		{ voices_tone(1), 1, "voice.short" },
		{ voices_tone(1), SHORTEST - 1, "voice.short" },
		{ voices_tone(1), SHORTEST - 2, "voice.short" },
		{ voices_tone(1), SHORTEST + 1, "voice.damaged" },
		{ voices_tone(1), LONGEST - 1, "voice.damaged" },
		{ voices_tone(1), LONGEST + 1, "voice.long" },
		{ voices_tone(1), TILL_REPLY_MAX, "voice.long" },
		{ still, LONGEST, "voice.silent" },
		{ click, SHORTEST, "voice.silent" },
		{ offset, SHORTEST, "voice.silent" },
		{ (const unsigned char *)"RIFF\x24\xbb\x00\x00WAVEfmt ", 16,
		    "voice.wrapped" },
		{ (const unsigned char *)"OggS\0\2", 6, "voice.wrapped" },
		{ (const unsigned char *)"\x1a\x45\xdf\xa3\x9f", 5,
		    "voice.wrapped" },
	};
	const struct prompt *told;
	unsigned char first[8];
	size_t i;

	(void)state;
	(void)voices_tone(TILL_REPLY_MAX);
	memset(click + 4000, 0x7f, 2000); /* of 50 ms or so */
	memset(offset, 0x40, sizeof(offset));
	open_with("recordings=2", NULL, NULL);
	for (i = 0; i < COUNT(cases); i++) {
		begin_anew();
		ASSERT_RESULT(instance_auth(it, ctx), TILL_NEED_INPUT);
		memcpy(first, find_prompt(TILL_ASK_AUDIO)->challenge, 5);
		say(cases[i].octets, cases[i].len);
		ASSERT_RESULT(instance_auth(it, ctx), TILL_NEED_INPUT);
		told = find_prompt(TILL_TELL_ERROR);
		if (told == NULL || strcmp(told->label, cases[i].label) != 0)
			fail_msg("case %zu: %s", i,
			    told == NULL ? "nothing" : told->label);
		assert_int_not_equal(told->text[0], '\0');
		assert_non_null(find_prompt(TILL_ASK_AUDIO));
		/* It does not go on for ever. */
		say(cases[i].octets, cases[i].len);
		ASSERT_RESULT(instance_auth(it, ctx), TILL_ABSTAIN);
	}
	close_all();
}

static void
test_bounds_of_what_is_taken(void **state)
{
	struct till_error err;

	(void)state;
	open_with("recordings=1", NULL, NULL);
	ASSERT_RESULT(instance_auth(it, ctx), TILL_NEED_INPUT);
	assert_int_equal(context_reply_put(ctx, "voice",
			     voices_tone(TILL_REPLY_MAX + 1),
			     TILL_REPLY_MAX + 1, "", &err),
	    -1);
	owner.now_ms += 120001;
	assert_int_equal(context_reply_put(ctx, "voice", voices_tone(SHORTEST),
			     SHORTEST, "", &err),
	    -1);
	/* A new phrase, and the old one's time did not count as a try. */
	ASSERT_RESULT(instance_auth(it, ctx), TILL_NEED_INPUT);
	assert_null(find_prompt(TILL_TELL_ERROR));
	close_all();
}

static void
test_who_has_no_microphone_goes_on(void **state)
{
	(void)state;
	open_with("recordings=10", NULL, NULL);
	ASSERT_RESULT(instance_auth(it, ctx), TILL_NEED_INPUT);
	say("", 0);
	ASSERT_RESULT(instance_auth(it, ctx), TILL_ABSTAIN);
	assert_string_equal(ctx->code, "not-evaluated");
	begin_anew();
	ASSERT_RESULT(instance_enrol(it, ctx, TILL_ENROL_ADD), TILL_NEED_INPUT);
	say("", 0);
	ASSERT_RESULT(instance_enrol(it, ctx, TILL_ENROL_ADD), TILL_DENY);
	close_all();
}

static void
test_enrolment_alone_is_a_number(void **state)
{
	unsigned char first[16];
	struct till_error err;

	(void)state;
	open_with("recordings=2", NULL, NULL);
	ASSERT_RESULT(instance_enrol(it, ctx, TILL_ENROL_ADD), TILL_NEED_INPUT);
	say(voices_tone(SHORTEST), SHORTEST);
	ASSERT_RESULT(instance_enrol(it, ctx, TILL_ENROL_ADD), TILL_GRANT);
	assert_int_equal(owner.records_len, 1);
	assert_int_equal(owner.records[0].len, sizeof(first));
	memcpy(first, owner.records[0].data, sizeof(first));
	/* What is not his is not taken away. */
	assert_int_equal(context_reply_give(ctx, "credential", "voice", 5,
			     &err),
	    0);
	ASSERT_RESULT(instance_enrol(it, ctx, TILL_ENROL_REMOVE), TILL_DENY);
	assert_int_equal(owner.records_len, 1);
	assert_int_equal(context_reply_give(ctx, "credential", "voiceprint", 10,
			     &err),
	    0);
	ASSERT_RESULT(instance_enrol(it, ctx, TILL_ENROL_REMOVE), TILL_GRANT);
	assert_int_equal(owner.records_len, 0);
	/* The next one has another number. */
	begin_anew();
	ASSERT_RESULT(instance_enrol(it, ctx, TILL_ENROL_ADD), TILL_NEED_INPUT);
	say(voices_tone(SHORTEST), SHORTEST);
	ASSERT_RESULT(instance_enrol(it, ctx, TILL_ENROL_ADD), TILL_GRANT);
	assert_memory_not_equal(first, owner.records[0].data, sizeof(first));
	/* Only what is unusable is said, and then nobody has enrolled. */
	owner.records_len = 0;
	begin_anew();
	ASSERT_RESULT(instance_enrol(it, ctx, TILL_ENROL_ADD), TILL_NEED_INPUT);
	say(voices_tone(1), 1);
	ASSERT_RESULT(instance_enrol(it, ctx, TILL_ENROL_ADD), TILL_NEED_INPUT);
	say(voices_tone(1), 1);
	ASSERT_RESULT(instance_enrol(it, ctx, TILL_ENROL_ADD), TILL_DENY);
	assert_string_equal(ctx->code, "recording");
	assert_int_equal(owner.records_len, 0);
	close_all();
}

static void
test_settings_that_cannot_be(void **state)
{
	static const struct {
		const char *settings[3];
		const char *why;
	} cases[] = {
		{ { "verifier=/run/voices", NULL }, "unix:" },
		{ { "verifier=unix:voices", NULL }, "absolute path" },
		{ { "verifier=tcp:1234", NULL }, "unix:" },
		{ { "verifier-user=root", NULL }, "there is no verifier" },
		{ { "verifier=unix:/x", "verifier-user=no-such", NULL },
		    "there is no user no-such" },
		{ { "digits=1", NULL }, "digits" },
		{ { "digits=5", NULL }, "digits" },
		{ { "deadline=1m", NULL }, "deadline" },
		{ { "recordings=0", NULL }, "recordings" },
		{ { "threshold=0", NULL }, "threshold" },
	};
	char why[DIAG_TEXT_MAX];
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		assert_null(module_open(loader, "auth_voiceprint",
		    cases[i].settings, why));
		if (strstr(why, cases[i].why) == NULL)
			fail_msg("case %zu: %s", i, why);
	}
}

/* The findings about a configuration whose auth lines are these, from
 * line 3 on. */
static char *
findings(const char *auth)
{
	struct generation *generation = NULL;
	struct diag *diag = diag_new();
	char conf[1024], *text = NULL;
	size_t len;
	FILE *file;

	(void)snprintf(conf, sizeof(conf),
	    "module voice auth_voiceprint\n"
	    "module pin   auth_password\n"
	    "%s"
	    "settle refuse \"no\"\n",
	    auth);
	scratch_write("till.conf", 0600, conf);
	assert_non_null(diag);
	(void)generation_build(scratch_path("till.conf"), loader, true, diag,
	    &generation);
	generation_unref(generation);
	file = open_memstream(&text, &len);
	assert_non_null(file);
	diag_print(diag, file);
	assert_int_equal(fclose(file), 0);
	diag_free(diag);
	return text;
}

static void
test_it_is_refused_as_a_factor(void **state)
{
	static const struct {
		const char *auth, *want;
	} cases[] = {
		{ "auth sufficient voice\n",
		    "till.conf:3:17: error: 'voice' can only abstain: on a "
		    "'sufficient' line it never grants\n"
		    "auth sufficient voice\n"
		    "                ^~~~~\n" },
		{ "auth sufficient voice\nauth sufficient pin\n",
		    "till.conf:3:17: error: 'voice' can only abstain: on a "
		    "'sufficient' line it never grants\n" },
		{ "auth required   voice\n",
		    "till.conf:3:17: error: 'voice' can only abstain: on a "
		    "'required' line it refuses everybody\n"
		    "auth required   voice\n"
		    "                ^~~~~\n" },
		{ "auth required   pin\nauth requisite  voice when amount > "
		  "30.00 EUR\n",
		    "till.conf:4:17: error: 'voice' can only abstain: on a "
		    "'requisite' line it refuses everybody\n" },
		{ "auth veto       voice\n", "till.conf:3:1: error: " },
		{ "auth optional   voice\n", "till.conf:3:1: error: " },
	};
	char *text;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		text = findings(cases[i].auth);
		if (strstr(text, cases[i].want) == NULL)
			fail_msg("'%s' is not in:\n%s", cases[i].want, text);
		free(text);
	}
	text = findings("auth requisite  pin\nauth veto       voice\n"
			"auth optional   voice\n");
	assert_null(strstr(text, "error"));
	free(text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_phrase_is_asked_for_and_not_evaluated),
		cmocka_unit_test(test_phrases_are_digits_by_chance),
		cmocka_unit_test(
		    test_unusable_recordings_are_told_and_asked_again),
		cmocka_unit_test(test_bounds_of_what_is_taken),
		cmocka_unit_test(test_who_has_no_microphone_goes_on),
		cmocka_unit_test(test_enrolment_alone_is_a_number),
		cmocka_unit_test(test_settings_that_cannot_be),
		cmocka_unit_test(test_it_is_refused_as_a_factor),
	};
	int failed;

	loader = build_loader();
	failed = cmocka_run_group_tests(tests, scratch_make, scratch_remove);
	loader_free(loader);
	return failed;
}
