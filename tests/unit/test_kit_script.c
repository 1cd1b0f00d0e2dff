/*
 * test_kit_script.c - test scripts of modules: what is read of them, and
 * how their mistakes are shown.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "kit/script.h"

/* A script with one mistake, where it is, and what is said of it. */
static const struct {
	const char *text;
	unsigned int line, col;
	const char *says, *note;
} mistakes[] = {
	{ "polcy", 1, 1, "'polcy' begins no line", "did you mean 'policy'" },
	{ "\n# a comment\n  setle charge", 3, 3, "'setle' begins no line",
	    "did you mean 'settle'" },
	{ "\"policy\"", 1, 1, "begins no line", "" },
	{ "settle chrage", 1, 8, "'settle' knows no 'chrage'",
	    "did you mean 'charge'" },
	{ "settle", 1, 7, "expected a word, found the end of the line",
	    "charge" },
	{ "settle charge amount=5.00", 1, 22,
	    "is not an amount with its currency", "" },
	{ "settle charge amonut=\"5.00 EUR\"", 1, 15, "not for this line",
	    "did you mean 'amount'" },
	{ "settle charge key=a key=b", 1, 21, "'key' is written twice", "" },
	{ "settle charge key", 1, 15, "'key' lacks its =VALUE", "" },
	{ "settle charge twice=yes", 1, 15, "'twice' stands alone", "" },
	{ "settle charge deadline=5", 1, 24, "is not a duration", "" },
	{ "settle charge attempt=one", 1, 23, "is not a whole number", "" },
	{ "settle reverse of=a original=b", 1, 1, "one of the two", "" },
	{ "enrol ad", 1, 7, "'enrol' knows no 'ad'", "did you mean 'add'" },
	{ "expect grant", 1, 8, "nothing has been called yet", "" },
	{ "auth\nexpect grent", 2, 8, "'grent' is no result of this call",
	    "did you mean 'grant'" },
	{ "policy\nexpect grant", 2, 8, "'grant' is no result of this call",
	    "" },
	{ "auth\nexpect grant levl=1", 2, 14, "'levl' is not for this line",
	    "did you mean 'level'" },
	{ "auth\nexpect prompt", 2, 14, "expected a name or a text", "" },
	{ "auth\nexpect prompt word kind=sceret", 2, 25, "is unknown",
	    "did you mean 'secret'" },
	{ "settle charge\nexpect posting fees amount=much", 2, 28,
	    "is not an amount", "" },
	{ "settle charge\nexpect posting fees if=coverd", 2, 24, "is unknown",
	    "did you mean 'covered'" },
	{ "expect failures some", 1, 1, "'some' is not a whole number", "" },
	{ "failures -1", 1, 1, "is not a whole number", "" },
	{ "set", 1, 4, "expected NAME=VALUE", "" },
	{ "set max", 1, 5, "'max' lacks its =VALUE", "" },
	{ "set max=", 1, 9, "expected a value", "" },
	{ "limit per-day=ovr", 1, 15, "a limit cannot be 'ovr'",
	    "did you mean 'over'" },
	{ "services brake", 1, 10, "'services' knows no 'brake'", "" },
	{ "order amount=5", 1, 14, "is not an amount with its currency", "" },
	{ "order custmer=alice", 1, 7, "'custmer' is not for this line",
	    "did you mean 'customer'" },
	{ "policy\nsuite", 2, 1, "stands at the head", "" },
	{ "right code=1", 1, 1, "begins with 'suite'", "" },
	{ "suite\npolicy", 2, 1, "belongs into a script of its own", "" },
	{ "write codes \"alice", 1, 13, "not closed on its line", "" },
	{ "policy twice (", 1, 14, "expected NAME=VALUE, found '('", "" },
};

#define MISTAKES (sizeof(mistakes) / sizeof(mistakes[0]))

static struct script *
parse(const char *text, struct diag *diag)
{
	return script_parse("a.test", text, strlen(text), diag);
}

static void
test_each_mistake_is_shown_where_it_is(void **state)
{
	const struct diag_finding *finding;
	struct diag *diag;
	size_t i;

	(void)state;
	for (i = 0; i < MISTAKES; i++) {
		diag = diag_new();
		assert_non_null(diag);
		if (parse(mistakes[i].text, diag) != NULL)
			fail_msg("taken: %s", mistakes[i].text);
		assert_int_equal(diag_errors(diag), 1);
		finding = diag_at(diag, 0);
		if (finding->place.line != mistakes[i].line ||
		    finding->place.col != mistakes[i].col ||
		    strstr(finding->text, mistakes[i].says) == NULL ||
		    strstr(finding->note, mistakes[i].note) == NULL)
			fail_msg("%s: %u:%u: %s (%s)", mistakes[i].text,
			    finding->place.line, finding->place.col,
			    finding->text, finding->note);
		diag_free(diag);
	}
}

static void
test_one_run_shows_all_mistakes(void **state)
{
	struct diag *diag = diag_new();

	(void)state;
	assert_null(parse("polcy\nauth\nexpect grent\nset\nauth\n", diag));
	assert_int_equal(diag_errors(diag), 3);
	assert_int_equal(diag_at(diag, 2)->place.line, 4);
	diag_free(diag);
}

static void
test_lines_become_steps(void **state)
{
	static const char text[] =
	    "# comment\n"
	    "set     word=\"blue moon\" max-tries=3 # more\n"
	    "order   amount=\"5.00 EUR\" \\\n"
	    "        customer=bob\n"
	    "settle  charge key=a deadline=2s twice\n"
	    "expect  no committed code=x\n"
	    "expect  posting till:press-1 amount=-4.95 if=covered\n";
	struct diag *diag = diag_new();
	struct script *script = parse(text, diag);

	(void)state;
	assert_non_null(script);
	assert_false(script->is_suite);
	assert_int_equal(script->len, 5);
	assert_int_equal(script->steps[0].verb, SCRIPT_SET);
	assert_string_equal(script_value(&script->steps[0], "word"),
	    "blue moon");
	assert_int_equal(script->steps[1].args_len, 2);
	assert_string_equal(script_value(&script->steps[1], "customer"), "bob");
	assert_string_equal(script->steps[2].word, "charge");
	assert_int_equal(script_number(&script->steps[2], "deadline", 0), 2000);
	assert_int_equal(script_number(&script->steps[2], "attempt", 7), 7);
	assert_non_null(script_value(&script->steps[2], "twice"));
	assert_true(script->steps[3].no);
	assert_string_equal(script->steps[3].word, "committed");
	assert_string_equal(script->steps[4].name, "till:press-1");
	assert_int_equal(script->steps[4].place.line, 7);
	script_free(script);
	diag_free(diag);
}

static void
test_a_suite_says_what_there_is(void **state)
{
	struct diag *diag = diag_new();
	struct script *script;

	(void)state;
	script = parse("suite\nset a=b\nright code=1 pin=2\n"
		       "skip auth-lengths \"too slow\"\n",
	    diag);
	assert_non_null(script);
	assert_true(script->is_suite);
	assert_int_equal(script->len, 4);
	assert_string_equal(script_value(&script->steps[2], "pin"), "2");
	assert_string_equal(script->steps[3].word, "auth-lengths");
	assert_string_equal(script->steps[3].name, "too slow");
	script_free(script);
	diag_free(diag);
}

static void
test_a_file_that_is_not_there_is_a_finding(void **state)
{
	struct diag *diag = diag_new();

	(void)state;
	assert_null(script_read("/nonexistent/a.test", diag));
	assert_int_equal(diag_errors(diag), 1);
	assert_non_null(strstr(diag_at(diag, 0)->text, "No such file"));
	script_free(NULL);
	diag_free(diag);
}

static void
test_a_script_has_a_bound(void **state)
{
	static char text[5 * (SCRIPT_STEPS_MAX + 1) + 1];
	struct diag *diag = diag_new();
	struct script *script;
	size_t i;

	(void)state;
	for (i = 0; i <= SCRIPT_STEPS_MAX; i++)
		memcpy(text + 5 * i, "kill\n", 5);
	assert_null(parse(text, diag));
	assert_int_equal(diag_errors(diag), 1);
	assert_int_equal(diag_at(diag, 0)->place.line, SCRIPT_STEPS_MAX + 1);
	diag_free(diag);
	diag = diag_new();
	text[5 * SCRIPT_STEPS_MAX] = '\0';
	script = parse(text, diag);
	assert_non_null(script);
	assert_int_equal(script->len, SCRIPT_STEPS_MAX);
	script_free(script);
	diag_free(diag);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_mistake_is_shown_where_it_is),
		cmocka_unit_test(test_one_run_shows_all_mistakes),
		cmocka_unit_test(test_lines_become_steps),
		cmocka_unit_test(test_a_suite_says_what_there_is),
		cmocka_unit_test(test_a_file_that_is_not_there_is_a_finding),
		cmocka_unit_test(test_a_script_has_a_bound),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
