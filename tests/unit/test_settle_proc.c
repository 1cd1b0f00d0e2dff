/*
 * test_settle_proc.c - what a program says of a settlement, and what is
 * made of it when it says nothing or nonsense.
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
#include "support/scratch.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static struct loader *loader;
static struct owner owner;
static struct instance *it;
static struct till_context *ctx;
static struct till_outcome outcome;

static int64_t
clock_ms(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void
open_with(const char *a, const char *b, const char *c)
{
	char program[SCRATCH_PATH_MAX + 16];
	const char *const settings[] = { program, a, b, c, NULL };

	(void)snprintf(program, sizeof(program), "program=%s",
	    scratch_path("program"));
	owner_init(&owner);
	it = module_must_open(loader, "settle_proc", settings);
	ctx = owner_context(&owner, "it", TILL_SETTLE);
}

static void
close_all(void)
{
	context_free(ctx);
	instance_close(it);
}

static struct till_settlement
settlement(enum till_verb verb, unsigned char key)
{
	struct till_settlement s = {
		.size = sizeof(s),
		.verb = verb,
		.attempt = 1,
		.deadline_ms = clock_ms() + 60000,
		.amount = { 5000000, "EUR" },
		.payer = "alice",
		.payee = "press-1",
		.original = "",
		.reason = "",
	};

	memset(s.key, key, sizeof(s.key));
	memset(s.digest, key, sizeof(s.digest));
	return s;
}

static enum till_result
settle(enum till_verb verb, unsigned char key)
{
	const struct till_settlement s = settlement(verb, key);

	return instance_settle(it, ctx, &s, &outcome, NULL);
}

#define GREET "read -r hello; echo '{\"id\":0,\"protocol\":1}'\n"
#define READ "read -r request\n"
#define SAY(text) "echo '{\"id\":1," text "}'\nread -r more"

/* To a charge of 5.00 EUR. */
static const struct {
	const char *about, *lines;
	enum till_result want;
} cases[] = {
	{ "yes", GREET READ SAY("\"result\":\"committed\""), TILL_COMMITTED },
	{ "no",
	    GREET READ SAY("\"result\":\"declined\",\"code\":\"funds\","
			   "\"text\":\"there is none\""),
	    TILL_DECLINED },
	{ "not tried", GREET READ SAY("\"result\":\"not-attempted\""),
	    TILL_NOT_ATTEMPTED },
	{ "unknown", GREET READ SAY("\"result\":\"unknown\""), TILL_UNKNOWN },
	{ "error", GREET READ SAY("\"result\":\"error\""), TILL_ERROR },
	{ "an answer to another question",
	    GREET READ SAY("\"result\":\"reversed\""), TILL_UNKNOWN },
	{ "a word that is none", GREET READ SAY("\"result\":\"yes\""),
	    TILL_UNKNOWN },
	{ "a word of another facility", GREET READ SAY("\"result\":\"grant\""),
	    TILL_UNKNOWN },
	{ "no result", GREET READ SAY("\"code\":\"x\""), TILL_UNKNOWN },
	{ "a result that is no text", GREET READ SAY("\"result\":1"),
	    TILL_UNKNOWN },
	{ "two results",
	    GREET READ SAY("\"result\":\"declined\","
			   "\"result\":\"committed\""),
	    TILL_UNKNOWN },
	{ "another id", GREET READ "echo '{\"id\":2,\"result\":\"declined\"}'",
	    TILL_UNKNOWN },
	{ "no id", GREET READ "echo '{\"result\":\"declined\"}'",
	    TILL_UNKNOWN },
	{ "no object", GREET READ "echo '[1]'", TILL_UNKNOWN },
	{ "no JSON", GREET READ "echo hello", TILL_UNKNOWN },
	{ "no text", GREET READ "printf '\\0\\377\\n'", TILL_UNKNOWN },
	{ "nothing", GREET READ "exec sleep 1000", TILL_UNKNOWN },
	{ "half of it", GREET READ "printf '{\"id\":1,\"res'; exec sleep 1000",
	    TILL_UNKNOWN },
	{ "the end", GREET READ "exit 0", TILL_UNKNOWN },
	{ "a crash", GREET READ "kill -SEGV $$", TILL_UNKNOWN },
	{ "more than was asked",
	    GREET READ "printf '{\"id\":1,\"result\":\"declined\"}\\nx'",
	    TILL_UNKNOWN },
	{ "without end", GREET READ "exec yes x | tr -d '\\n'", TILL_UNKNOWN },
	{ "a reference that is too long",
	    GREET READ SAY("\"result\":\"committed\",\"reference\":"
			   "\"012345678901234567890123456789012345678901234567"
			   "8901234567890123\""),
	    TILL_UNKNOWN },
	{ "another amount in the outcome",
	    GREET READ SAY("\"result\":\"committed\",\"moved\":"
			   "{\"amount\":5,\"currency\":\"EUR\"}"),
	    TILL_UNKNOWN },
	{ "an outcome that is none",
	    GREET READ SAY("\"result\":\"committed\",\"postings\":"
			   "[{\"account\":\"fees\"}]"),
	    TILL_UNKNOWN },
	{ "postings that do not add up: they are left out",
	    GREET READ SAY("\"result\":\"committed\",\"postings\":"
			   "[{\"account\":\"fees\",\"amount\":\"1.00\"}]"),
	    TILL_COMMITTED },
	{ "no greeting", "exec sleep 1000", TILL_NOT_ATTEMPTED },
	{ "the end at once", "exit 1", TILL_NOT_ATTEMPTED },
	{ "another protocol", "read -r x; echo '{\"id\":0,\"protocol\":2}'",
	    TILL_NOT_ATTEMPTED },
	{ "words before the greeting",
	    "echo hello; read -r x; echo '{\"id\":0,\"protocol\":1}'",
	    TILL_NOT_ATTEMPTED },
};

static void
test_answers_to_a_charge(void **state)
{
	enum till_result result;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		scratch_program("program", cases[i].lines);
		open_with(strstr(cases[i].lines, "sleep") != NULL
			? "deadline=2s"
			: "deadline=60s",
		    NULL, NULL);
		result = settle(TILL_CHARGE, 1);
		if (result != cases[i].want)
			fail_msg("%s: %s (%s)", cases[i].about,
			    result_name(result), ctx->why.text);
		if (result != TILL_COMMITTED ||
		    strstr(cases[i].about, "left out") != NULL)
			assert_int_equal(outcome.postings_len, 0);
		close_all();
	}
}

/* A query that got no answer says nothing of the payment. */
static void
test_answers_to_a_query(void **state)
{
	(void)state;
	scratch_program("program", "exit 1");
	open_with(NULL, NULL, NULL);
	ASSERT_RESULT(settle(TILL_QUERY, 1), TILL_UNAVAILABLE);
	close_all();
	scratch_program("program", GREET READ "exit 1");
	open_with(NULL, NULL, NULL);
	ASSERT_RESULT(settle(TILL_QUERY, 1), TILL_UNKNOWN);
	close_all();
	scratch_program("program", GREET READ SAY("\"result\":\"not-found\""));
	open_with(NULL, NULL, NULL);
	ASSERT_RESULT(settle(TILL_QUERY, 1), TILL_NOT_FOUND);
	close_all();
}

static void
test_verbs_that_a_program_has_not(void **state)
{
	static const enum till_verb verbs[] = { TILL_HOLD, TILL_COMMIT,
		TILL_RELEASE };
	size_t i;

	(void)state;
	scratch_program("program", "touch ${0%program}ran");
	open_with(NULL, NULL, NULL);
	for (i = 0; i < COUNT(verbs); i++)
		ASSERT_RESULT(settle(verbs[i], 1), TILL_NOT_ATTEMPTED);
	assert_int_equal(scratch_lines("ran"), 0);
	close_all();
}

static void
test_outcome_is_taken_over(void **state)
{
	char request[4096];

	(void)state;
	scratch_program("program",
	    GREET READ "echo \"$request\" >${0%program}request\n" SAY(
		"\"result\":\"committed\",\"reference\":\"A-1\","
		"\"code\":\"00\",\"text\":\"approved\",\"value_date\":1234,"
		"\"moved\":{\"amount\":\"5.00\",\"currency\":\"EUR\"},"
		"\"postings\":[{\"account\":\"bank:clearing\","
		"\"amount\":\"-5.00\"},{\"account\":\"fees\","
		"\"amount\":\"0.10\"},{\"account\":\"till:press-1\","
		"\"amount\":\"4.90\",\"if\":\"within\",\"limit\":\"-1\"}]"));
	open_with(NULL, NULL, NULL);
	ASSERT_RESULT(settle(TILL_CHARGE, 0xab), TILL_COMMITTED);
	assert_string_equal(outcome.reference, "A-1");
	assert_string_equal(outcome.code, "00");
	assert_string_equal(outcome.text, "approved");
	assert_int_equal(outcome.value_date_s, 1234);
	assert_int_equal(outcome.moved.micro, 5000000);
	assert_int_equal(outcome.postings_len, 3);
	assert_int_equal(outcome.postings[0].micro, -5000000);
	assert_int_equal(outcome.postings[1].micro, 100000);
	assert_string_equal(outcome.postings[2].account, "till:press-1");
	assert_int_equal(outcome.postings[2].condition, TILL_IF_WITHIN);
	assert_int_equal(outcome.postings[2].limit_micro, -1000000);
	(void)scratch_read("request", request, sizeof(request));
	assert_non_null(strstr(request,
	    "{\"id\":1,\"call\":\"settle\",\"verb\":\"charge\","
	    "\"key\":\"abababab"));
	assert_non_null(strstr(request,
	    "\"amount\":\"5.00\",\"currency\":"
	    "\"EUR\",\"payer\":\"alice\","
	    "\"payee\":\"press-1\""));
	assert_non_null(strstr(request, "\"order\":{\"ticket\":\"0123"));
	close_all();
}

/* The server's deadline counts where it is earlier than ours. */
static void
test_server_deadline_is_kept(void **state)
{
	struct till_settlement s;
	int64_t began;

	(void)state;
	scratch_program("program", GREET READ "exec sleep 1000");
	open_with("deadline=10m", NULL, NULL);
	began = clock_ms();
	owner.now_ms = began;
	s = settlement(TILL_CHARGE, 1);
	s.deadline_ms = began + 1500;
	ASSERT_RESULT(instance_settle(it, ctx, &s, &outcome, NULL),
	    TILL_UNKNOWN);
	assert_true(clock_ms() - began < 20000);
	s.deadline_ms = clock_ms();
	ASSERT_RESULT(instance_settle(it, ctx, &s, &outcome, NULL),
	    TILL_NOT_ATTEMPTED);
	assert_string_equal(ctx->code, "deadline");
	close_all();
}

/* The same process answers until it fails; then there is another one. */
static void
test_program_is_kept_and_started_anew(void **state)
{
	char text[256];
	long pids[8];
	int n;

	(void)state;
	scratch_program("program",
	    "echo $$ >>${0%program}pids\n" GREET
	    "id=0\nwhile read -r request; do id=$((id + 1))\n"
	    "[ $id -lt 3 ] || { sleep 1000 & wait; }\n"
	    "echo '{\"id\":'$id',\"result\":\"declined\"}'; done");
	open_with("deadline=3s", NULL, NULL);
	assert_int_equal(scratch_lines("pids"), 0);
	ASSERT_RESULT(settle(TILL_CHARGE, 1), TILL_DECLINED);
	ASSERT_RESULT(settle(TILL_CHARGE, 2), TILL_DECLINED);
	assert_int_equal(scratch_lines("pids"), 1);
	ASSERT_RESULT(settle(TILL_CHARGE, 3), TILL_UNKNOWN);
	ASSERT_RESULT(settle(TILL_CHARGE, 4), TILL_DECLINED);
	assert_int_equal(scratch_lines("pids"), 2);
	close_all();
	(void)scratch_read("pids", text, sizeof(text));
	n = sscanf(text, "%ld %ld", &pids[0], &pids[1]);
	assert_int_equal(n, 2);
	assert_true(scratch_is_gone((pid_t)pids[0]));
	assert_true(scratch_is_gone((pid_t)pids[1]));
}

/* One that cannot begin is not begun with for each payment. */
static void
test_program_that_fails_has_a_pause(void **state)
{
	int i;

	(void)state;
	scratch_program("program", "echo x >>${0%program}starts; exit 1");
	open_with(NULL, NULL, NULL);
	for (i = 0; i < 200; i++)
		ASSERT_RESULT(settle(TILL_CHARGE, 1), TILL_NOT_ATTEMPTED);
	assert_true(scratch_lines("starts") >= 1);
	assert_true(scratch_lines("starts") <= 20);
	close_all();
}

static void
reverse(unsigned char key, const char *original, enum till_result want)
{
	struct till_settlement s = settlement(TILL_REVERSE, key);

	s.original = original;
	s.reason = "refund";
	ASSERT_RESULT(instance_settle(it, ctx, &s, &outcome, NULL), want);
}

/* The example of the manual, killed in the middle of its life. */
static void
test_python_bank(void **state)
{
	char journal[SCRATCH_PATH_MAX + 8], reference[TILL_REF_MAX];
	struct till_settlement s;

	(void)state;
	scratch_copy("program", "tests/thirdparty/settle_python/bank.py");
	(void)snprintf(journal, sizeof(journal), "arg=%s",
	    scratch_path("journal"));
	open_with(journal, "arg=5.00", "deadline=30s");
	ASSERT_RESULT(settle(TILL_QUERY, 1), TILL_NOT_FOUND);
	ASSERT_RESULT(settle(TILL_CHARGE, 1), TILL_COMMITTED);
	assert_int_equal(outcome.moved.micro, 5000000);
	(void)snprintf(reference, sizeof(reference), "%s", outcome.reference);
	ASSERT_RESULT(settle(TILL_CHARGE, 1), TILL_COMMITTED);
	assert_string_equal(outcome.reference, reference);
	s = settlement(TILL_CHARGE, 1);
	s.digest[0] ^= 1;
	ASSERT_RESULT(instance_settle(it, ctx, &s, &outcome, NULL), TILL_ERROR);
	s = settlement(TILL_CHARGE, 2);
	s.amount.micro = 5000001;
	ASSERT_RESULT(instance_settle(it, ctx, &s, &outcome, NULL),
	    TILL_DECLINED);
	assert_string_equal(outcome.code, "limit");
	close_all();

	/* Another life. */
	open_with(journal, "arg=5.00", "deadline=30s");
	ASSERT_RESULT(settle(TILL_QUERY, 1), TILL_COMMITTED);
	assert_string_equal(outcome.reference, reference);
	reverse(3, reference, TILL_REVERSED);
	reverse(3, reference, TILL_REVERSED);
	reverse(4, reference, TILL_DECLINED);
	reverse(5, "py-77", TILL_DECLINED);
	close_all();
}

static void
test_python_bank_after_a_kill(void **state)
{
	char journal[SCRATCH_PATH_MAX + 8];
	FILE *file;

	(void)state;
	scratch_copy("program", "tests/thirdparty/settle_python/bank.py");
	(void)snprintf(journal, sizeof(journal), "arg=%s",
	    scratch_path("journal"));
	open_with(journal, "deadline=30s", NULL);
	ASSERT_RESULT(settle(TILL_CHARGE, 1), TILL_COMMITTED);
	close_all();
	file = fopen(scratch_path("journal"), "a");
	assert_non_null(file);
	assert_true(fputs("{\"key\": \"0202", file) >= 0);
	assert_int_equal(fclose(file), 0);
	open_with(journal, "deadline=30s", NULL);
	ASSERT_RESULT(settle(TILL_QUERY, 2), TILL_NOT_FOUND);
	ASSERT_RESULT(settle(TILL_CHARGE, 2), TILL_COMMITTED);
	close_all();
	open_with(journal, "deadline=30s", NULL);
	ASSERT_RESULT(settle(TILL_QUERY, 1), TILL_COMMITTED);
	ASSERT_RESULT(settle(TILL_QUERY, 2), TILL_COMMITTED);
	close_all();
}

#define IN_SCRATCH(test)                                                       \
	cmocka_unit_test_setup_teardown(test, scratch_make, scratch_remove)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		IN_SCRATCH(test_answers_to_a_charge),
		IN_SCRATCH(test_answers_to_a_query),
		IN_SCRATCH(test_verbs_that_a_program_has_not),
		IN_SCRATCH(test_outcome_is_taken_over),
		IN_SCRATCH(test_server_deadline_is_kept),
		IN_SCRATCH(test_program_is_kept_and_started_anew),
		IN_SCRATCH(test_program_that_fails_has_a_pause),
		IN_SCRATCH(test_python_bank),
		IN_SCRATCH(test_python_bank_after_a_kill),
	};
	int failed;

	loader = build_loader();
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	loader_free(loader);
	return failed;
}
