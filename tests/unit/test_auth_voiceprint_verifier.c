/*
 * test_auth_voiceprint_verifier.c - whatever the verifier says, or does not
 * say, nobody is let in by it.
 */
#include "voiceprint_alone.h"

#define NOBODY 65534
#define GARBAGE 2000 /* answers by chance */

static void
test_customers_and_strangers_are_asked_alike(void **state)
{
	(void)state;
	open_verified("recordings=1", "deadline=5s");
	voices_begin(geteuid());
	owner.order.customer = "nobody";
	ASSERT_RESULT(verify(), TILL_ABSTAIN);
	owner.order.customer = "alice";
	ASSERT_RESULT(verify(), TILL_ABSTAIN);
	/* Neither has enrolled: the voices were given to nobody. */
	assert_int_equal(voices_count(), 0);
	enrolled();
	ASSERT_RESULT(verify(), TILL_ABSTAIN);
	assert_int_equal(voices_count(), 1);
	voices_end();
	close_all();
}

static void
test_question_is_framed_as_written(void **state)
{
	const unsigned char *question;
	char phrase[8];
	size_t len;

	(void)state;
	open_verified("recordings=1", "deadline=10s");
	voices_begin(geteuid());
	enrolled();
	ASSERT_RESULT(instance_auth(it, ctx), TILL_NEED_INPUT);
	assert_string_equal(find_prompt(TILL_TELL_INFO)->label, "voice.given");
	memcpy(phrase, find_prompt(TILL_ASK_AUDIO)->challenge, 5);
	say(voices_tone(LONGEST), LONGEST);
	ASSERT_RESULT(instance_auth(it, ctx), TILL_ABSTAIN);
	question = voices_question(&len);
	assert_int_equal(len, HEAD + 5 + LONGEST);
	assert_memory_equal(question, "TVP1v\5\0\0\0\0\xbb\x80", 12);
	assert_memory_equal(question + 12, "0123456789abcde", 16);
	assert_memory_equal(question + HEAD, phrase, 5);
	assert_memory_equal(question + HEAD + 5, voices_tone(LONGEST), LONGEST);
	/* Who gives no usable recording is not past the verifier. */
	begin_anew();
	voices_say(VOICES_ANSWERS, "TVP1vd\0\0", 8);
	ASSERT_RESULT(instance_auth(it, ctx), TILL_NEED_INPUT);
	say(voices_tone(7), 7);
	ASSERT_RESULT(instance_auth(it, ctx), TILL_DENY);
	question = voices_question(&len);
	assert_int_equal(len, HEAD + 5);
	assert_memory_equal(question, "TVP1v\5\0\0\0\0\0\0", 12);
	voices_end();
	close_all();
}

static void
test_verifier_may_only_object(void **state)
{
	static const struct {
		const char *answer;
		uint32_t level;
		enum till_result want;
		const char *code;
	} cases[] = {
		{ "TVP1vn\x03\xe8", 0, TILL_ABSTAIN, "not-evaluated" },
		{ "TVP1vd\x00\x01", 0, TILL_DENY, "voice" },
		{ "TVP1vd\xff\xff", 9, TILL_DENY, "voice" },
		{ "TVP1vs\x01\xf4", 0, TILL_DENY, "voice-step-up" },
		{ "TVP1vs\x01\xf4", 2, TILL_DENY, "voice-step-up" },
		{ "TVP1vs\x01\xf4", 3, TILL_ABSTAIN, "not-evaluated" },
	};
	size_t i;

	(void)state;
	open_verified("step-up-level=3", "deadline=10s");
	voices_begin(geteuid());
	enrolled();
	for (i = 0; i < COUNT(cases); i++) {
		voices_say(VOICES_ANSWERS, cases[i].answer, 8);
		owner.order.auth_level = cases[i].level;
		if (verify() != cases[i].want ||
		    strcmp(ctx->code, cases[i].code) != 0)
			fail_msg("case %zu: %s", i, ctx->code);
		assert_non_null(strstr(owner.log, "the verifier says"));
	}
	voices_end();
	close_all();
}

/* Does a denial stand behind this answer, and nothing else? */
static void
assert_means(const unsigned char *answer, size_t len)
{
	const bool framed = len == 8 && memcmp(answer, "TVP1v", 5) == 0 &&
	    ((answer[6] << 8 | answer[7]) <= 1000 ||
		(answer[6] == 0xff && answer[7] == 0xff));
	const bool denies = framed && (answer[5] == 'd' || answer[5] == 's');
	const bool silent = !framed || (!denies && answer[5] != 'n');
	enum till_result result;

	voices_say(VOICES_ANSWERS, answer, len);
	result = verify();
	if (result != (denies ? TILL_DENY : TILL_ABSTAIN))
		fail_msg("%zu octets, '%c', '%c': %s", len, answer[4],
		    answer[5], result_name(result));
	if ((strstr(owner.log, "the verifier: ") != NULL) != silent)
		fail_msg("the log: %s", owner.log);
	assert_int_equal(ctx->amr_len, 0);
	assert_int_equal(ctx->level, 0);
}

static void
test_no_answer_ever_grants(void **state)
{
	unsigned char answer[VOICES_ANSWER_MAX] = "TVP1v";
	unsigned int at, value, i;
	uint32_t chance = 1;

	(void)state;
	open_verified("deadline=10s", "recordings=1");
	voices_begin(geteuid());
	enrolled();
	/* Each octet of right answers with each value it can have. */
	for (at = 0; at < 8; at++) {
		for (value = 0; value < 256; value++) {
			memcpy(answer,
			    value % 2 == 0 ? "TVP1vd\0\0" : "TVP1vn\xff\xff",
			    8);
			answer[at] = (unsigned char)value;
			assert_means(answer, 8);
		}
	}
	/* Right ones of each other length. */
	memcpy(answer, "TVP1vd\0\0", 8);
	for (i = 0; i <= VOICES_ANSWER_MAX; i++)
		assert_means(answer, i);
	for (i = 0; i < GARBAGE; i++) {
		for (at = 0; at < sizeof(answer); at++) {
			chance = chance * 1664525 + 1013904223;
			answer[at] = (unsigned char)(chance >> 24);
		}
		assert_means(answer, i % 2 == 0 ? 8 : chance % sizeof(answer));
	}
	voices_end();
	close_all();
}

static void
test_no_answer_in_time_is_none(void **state)
{
	static const struct {
		enum voices_way way;
		const char *why;
	} cases[] = {
		{ VOICES_HANGS_UP, "the verifier: " },
		{ VOICES_SAYS_NOTHING, "the verifier: it takes too long" },
		{ VOICES_IS_DEAF, "the verifier: it takes too long" },
		{ VOICES_DOES_NOT_END, "the verifier: it takes too long" },
		{ VOICES_IS_SLOW, "the verifier: it takes too long" },
	};
	size_t i;

	(void)state;
	open_verified("deadline=200ms", "recordings=1");
	enrolled();
	ASSERT_RESULT(verify(), TILL_ABSTAIN);
	assert_non_null(
	    strstr(owner.log, "the verifier: No such file or directory"));
	voices_begin(geteuid());
	for (i = 0; i < COUNT(cases); i++) {
		voices_say(cases[i].way, "TVP1vd\0\0", 8);
		ASSERT_RESULT(verify(), TILL_ABSTAIN);
		if (strstr(owner.log, cases[i].why) == NULL)
			fail_msg("case %zu: %s", i, owner.log);
	}
	voices_end();
	ASSERT_RESULT(verify(), TILL_ABSTAIN);
	close_all();
}

static void
test_voices_are_for_the_verifier_only(void **state)
{
	(void)state;
	if (geteuid() != 0)
		skip();
	open_verified("deadline=10s", "recordings=1");
	voices_begin(NOBODY);
	enrolled();
	voices_say(VOICES_ANSWERS, "TVP1vd\0\0", 8);
	ASSERT_RESULT(verify(), TILL_ABSTAIN);
	assert_non_null(strstr(owner.log, "it is user 65534 who listens"));
	close_all();
	open_verified("verifier-user=nobody", "recordings=1");
	enrolled();
	ASSERT_RESULT(verify(), TILL_DENY);
	voices_end();
	close_all();
}

static void
test_enrolment_keeps_a_number_and_no_voice(void **state)
{
	const unsigned char *question;
	unsigned char speaker[16];
	size_t len;

	(void)state;
	open_verified("deadline=10s", "recordings=2");
	voices_begin(geteuid());
	voices_say(VOICES_ANSWERS, "TVP1ek\xff\xff", 8);
	ASSERT_RESULT(instance_enrol(it, ctx, TILL_ENROL_ADD), TILL_NEED_INPUT);
	say(voices_tone(5), 5);
	ASSERT_RESULT(instance_enrol(it, ctx, TILL_ENROL_ADD), TILL_NEED_INPUT);
	assert_string_equal(find_prompt(TILL_TELL_ERROR)->label, "voice.short");
	say(voices_tone(SHORTEST), SHORTEST);
	ASSERT_RESULT(instance_enrol(it, ctx, TILL_ENROL_ADD), TILL_GRANT);
	assert_int_equal(owner.records_len, 1);
	assert_string_equal(owner.records[0].id, "voiceprint");
	assert_int_equal(owner.records[0].len, sizeof(speaker));
	memcpy(speaker, owner.records[0].data, sizeof(speaker));
	question = voices_question(&len);
	assert_int_equal(len, HEAD + 5 + SHORTEST);
	assert_int_equal(question[4], 'e');
	assert_memory_equal(question + 12, speaker, sizeof(speaker));
	/* Once more, under the same number. */
	begin_anew();
	ASSERT_RESULT(instance_enrol(it, ctx, TILL_ENROL_ADD), TILL_NEED_INPUT);
	say(voices_tone(SHORTEST), SHORTEST);
	ASSERT_RESULT(instance_enrol(it, ctx, TILL_ENROL_ADD), TILL_GRANT);
	assert_int_equal(owner.records_len, 1);
	assert_memory_equal(owner.records[0].data, speaker, sizeof(speaker));
	voices_say(VOICES_ANSWERS, "TVP1fk\xff\xff", 8);
	ASSERT_RESULT(instance_enrol(it, ctx, TILL_ENROL_REMOVE), TILL_GRANT);
	assert_int_equal(owner.records_len, 0);
	question = voices_question(&len);
	assert_int_equal(len, HEAD);
	assert_memory_equal(question, "TVP1f\0\0\0\0\0\0\0", 12);
	assert_memory_equal(question + 12, speaker, sizeof(speaker));
	assert_string_equal(owner.log, "");
	ASSERT_RESULT(instance_enrol(it, ctx, TILL_ENROL_REMOVE), TILL_DENY);
	voices_end();
	close_all();
}

static void
test_enrolment_needs_the_verifier(void **state)
{
	(void)state;
	open_verified("deadline=10s", "recordings=1");
	ASSERT_RESULT(instance_enrol(it, ctx, TILL_ENROL_ADD), TILL_NEED_INPUT);
	say(voices_tone(SHORTEST), SHORTEST);
	ASSERT_RESULT(instance_enrol(it, ctx, TILL_ENROL_ADD),
	    TILL_UNAVAILABLE);
	voices_begin(geteuid());
	voices_say(VOICES_ANSWERS, "TVP1ex\0\0", 8);
	begin_anew();
	ASSERT_RESULT(instance_enrol(it, ctx, TILL_ENROL_ADD), TILL_NEED_INPUT);
	say(voices_tone(SHORTEST), SHORTEST);
	ASSERT_RESULT(instance_enrol(it, ctx, TILL_ENROL_ADD), TILL_DENY);
	assert_int_equal(owner.records_len, 0);
	/* To be forgotten here needs nobody, but is told. */
	enrolled();
	voices_say(VOICES_ANSWERS, "TVP1fx\0\0", 8);
	ASSERT_RESULT(instance_enrol(it, ctx, TILL_ENROL_REMOVE), TILL_GRANT);
	assert_int_equal(owner.records_len, 0);
	assert_non_null(strstr(owner.log,
	    "the verifier may still know speaker "
	    "30313233343536373839616263646500"));
	voices_end();
	close_all();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_customers_and_strangers_are_asked_alike),
		cmocka_unit_test(test_question_is_framed_as_written),
		cmocka_unit_test(test_verifier_may_only_object),
		cmocka_unit_test(test_no_answer_ever_grants),
		cmocka_unit_test(test_no_answer_in_time_is_none),
		cmocka_unit_test(test_voices_are_for_the_verifier_only),
		cmocka_unit_test(test_enrolment_keeps_a_number_and_no_voice),
		cmocka_unit_test(test_enrolment_needs_the_verifier),
	};
	int failed;

	loader = build_loader();
	failed = cmocka_run_group_tests(tests, scratch_make, scratch_remove);
	loader_free(loader);
	return failed;
}
