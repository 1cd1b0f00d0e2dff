/*
 * test_walk_all.c - whatever the lines and whatever the modules answer, a
 * walk does what the rules of the controls say: every stack of one to
 * four lines of auth and policy, and of one to three lines of settle,
 * over all results.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "stack/walk.h"

#define LINES_MAX 4
#define SETTLE_LINES_MAX 3
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* A stack and the answer that each of its lines will get. */
struct trial {
	enum till_facility facility;
	size_t len;
	struct conf_rule rules[LINES_MAX];
	enum till_result results[LINES_MAX];
};

/* What came of it. */
struct ran {
	enum verdict verdict;
	bool asked[LINES_MAX];
};

static const enum conf_control auth_controls[] = { CONTROL_REQUIRED,
	CONTROL_REQUISITE, CONTROL_SUFFICIENT, CONTROL_VETO, CONTROL_OPTIONAL };

/* From the best answer to the worst. */
static const enum till_result auth_results[] = { TILL_GRANT, TILL_ABSTAIN,
	TILL_UNAVAILABLE, TILL_ERROR, TILL_DENY, TILL_LOCKED };

static const enum conf_control policy_controls[] = { CONTROL_REQUIRED,
	CONTROL_VETO, CONTROL_OPTIONAL };

static const enum till_result policy_results[] = { TILL_ALLOW, TILL_NO_OPINION,
	TILL_STEP_UP, TILL_UNAVAILABLE, TILL_ERROR, TILL_REFUSE };

static const struct conf_rule settle_rules[] = {
	{ .control = CONTROL_ROUTE },
	{ .control = CONTROL_ROUTE, .on = CONF_ON_DECLINED_NEXT },
	{ .control = CONTROL_ROUTE, .on = CONF_ON_NOT_ATTEMPTED_REFUSE },
	{ .control = CONTROL_ROUTE,
	    .on = CONF_ON_DECLINED_NEXT | CONF_ON_NOT_ATTEMPTED_REFUSE },
	{ .control = CONTROL_FALLBACK },
	{ .control = CONTROL_FALLBACK, .on = CONF_ON_DECLINED_NEXT },
	{ .control = CONTROL_FALLBACK, .on = CONF_ON_NOT_ATTEMPTED_REFUSE },
	{ .control = CONTROL_FALLBACK,
	    .on = CONF_ON_DECLINED_NEXT | CONF_ON_NOT_ATTEMPTED_REFUSE },
	{ .control = CONTROL_REFUSE, .text = "no" },
};

/* Those of settle, those that no charge should get, and one that belongs
 * to auth. */
static const enum till_result settle_results[] = { TILL_COMMITTED, TILL_HELD,
	TILL_PENDING, TILL_UNKNOWN, TILL_DECLINED, TILL_NOT_ATTEMPTED,
	TILL_UNAVAILABLE, TILL_ERROR, TILL_RELEASED, TILL_REVERSED,
	TILL_NOT_FOUND, TILL_GRANT };

static const struct guard never = { .op = GUARD_AUTH_LEVEL,
	.cmp = CMP_GT,
	.number = 1000 };

static const struct facts facts = { .merchant = "m",
	.customer = "c",
	.kind = "single",
	.channel = "browser" };

static struct ran
run(struct trial *trial)
{
	const struct conf_stack stack = { .rules = trial->rules,
		.len = trial->len };
	struct ran ran = { 0 };
	const struct conf_rule *rule;
	struct walk walk;
	size_t i;

	walk_begin(&walk, &stack, trial->facility, &facts);
	while (walk_next(&walk, &rule)) {
		i = (size_t)(rule - trial->rules);
		ran.asked[i] = true;
		walk_answer(&walk, trial->results[i]);
	}
	ran.verdict = walk_verdict(&walk);
	return ran;
}

/* The digits of a number, which are the choices of one trial. */
static void
digits(size_t number, size_t base, size_t len, size_t *digits_r)
{
	size_t i;

	for (i = 0; i < len; i++) {
		digits_r[i] = number % base;
		number /= base;
	}
}

static size_t
power(size_t base, size_t exponent)
{
	size_t n = 1;

	while (exponent-- > 0)
		n *= base;
	return n;
}

/* An oracle for auth, from the words of the manual and not from the
 * walk's tables: which lines count, and what they come to together. */
static bool
auth_against(enum conf_control control, enum till_result result)
{
	const bool denied = result == TILL_DENY || result == TILL_LOCKED;

	return (control == CONTROL_REQUIRED && result != TILL_GRANT) ||
	    (control == CONTROL_SUFFICIENT && denied) ||
	    (control == CONTROL_VETO && result != TILL_GRANT &&
		result != TILL_ABSTAIN);
}

static bool
auth_grants(const struct trial *trial, size_t *asked_r)
{
	bool against = false, granted = false;
	enum conf_control control;
	size_t i;

	for (i = 0; i < trial->len; i++) {
		*asked_r = i + 1;
		control = trial->rules[i].control;
		if (control == CONTROL_REQUISITE &&
		    trial->results[i] != TILL_GRANT)
			return false;
		if (auth_against(control, trial->results[i]))
			against = true;
		if (trial->results[i] != TILL_GRANT)
			continue;
		if (control == CONTROL_SUFFICIENT && !against)
			return true;
		if (control == CONTROL_REQUIRED || control == CONTROL_REQUISITE)
			granted = true;
	}
	return granted && !against;
}

/* What "check" lets pass: it can grant, and nothing can be skipped. */
static bool
auth_passes_check(const struct trial *trial)
{
	struct conf_rule rules[LINES_MAX];
	struct conf conf = { .file = "test",
		.auth = { .rules = rules, .len = trial->len },
		.broken = TILL_SETTLE,
		.open_end = TILL_SETTLE };
	struct diag *diag = diag_new();
	bool passes;

	memcpy(rules, trial->rules, sizeof(rules));
	assert_non_null(diag);
	conf_check(&conf, diag);
	passes = diag_errors(diag) == 0;
	diag_free(diag);
	return passes;
}

static void
assert_auth_sound(const struct trial *trial, const struct ran *ran)
{
	bool granted = false;
	size_t i;

	if (ran->verdict != VERDICT_ALLOW)
		return;
	for (i = 0; i < trial->len; i++) {
		switch (trial->rules[i].control) {
		case CONTROL_REQUIRED:
		case CONTROL_REQUISITE:
			/* None is unmet, and none was passed over. */
			assert_true(ran->asked[i]);
			assert_int_equal(trial->results[i], TILL_GRANT);
			granted = true;
			break;
		case CONTROL_SUFFICIENT:
			granted = granted ||
			    (ran->asked[i] && trial->results[i] == TILL_GRANT);
			break;
		default:
			break;
		}
	}
	assert_true(granted);
}

/* Over all answers to one stack; returns how many granted. */
static size_t
try_auth_answers(struct trial *trial, bool passes)
{
	static enum verdict verdicts[1296]; /* 6 results on 4 lines */
	const size_t n = power(COUNT(auth_results), trial->len);
	size_t choice[LINES_MAX], i, line, better, granted = 0, asked = 0;
	struct ran ran;

	assert_true(n <= COUNT(verdicts));
	for (i = 0; i < n; i++) {
		digits(i, COUNT(auth_results), trial->len, choice);
		for (line = 0; line < trial->len; line++)
			trial->results[line] = auth_results[choice[line]];
		ran = run(trial);
		verdicts[i] = ran.verdict;
		assert_int_equal(ran.verdict,
		    auth_grants(trial, &asked) ? VERDICT_ALLOW
					       : VERDICT_REFUSE);
		for (line = 0; line < trial->len; line++)
			assert_int_equal(ran.asked[line], line < asked);
		if (passes)
			assert_auth_sound(trial, &ran);
		granted += ran.verdict == VERDICT_ALLOW;
		/* A better answer on any one line grants, too. */
		for (line = 0; line < trial->len; line++) {
			if (ran.verdict != VERDICT_ALLOW || choice[line] == 0)
				continue;
			better = i - power(COUNT(auth_results), line);
			assert_int_equal(verdicts[better], VERDICT_ALLOW);
		}
	}
	return granted;
}

static void
test_auth_does_what_its_controls_say(void **state)
{
	struct trial trial = { .facility = TILL_AUTH };
	size_t choice[LINES_MAX], i, line, cases = 0, granted = 0, passed = 0;
	bool passes;

	(void)state;
	for (trial.len = 1; trial.len <= LINES_MAX; trial.len++) {
		for (i = 0; i < power(COUNT(auth_controls), trial.len); i++) {
			digits(i, COUNT(auth_controls), trial.len, choice);
			for (line = 0; line < trial.len; line++)
				trial.rules[line] =
				    (struct conf_rule){ .facility = TILL_AUTH,
					    .control =
						auth_controls[choice[line]] };
			passes = auth_passes_check(&trial);
			passed += passes;
			granted += try_auth_answers(&trial, passes);
			cases += power(COUNT(auth_results), trial.len);
		}
	}
	print_message("auth: %zu cases, %zu grant; %zu stacks pass check\n",
	    cases, granted, passed);
	assert_int_equal(cases, 837930);
	assert_true(granted > 0 && passed > 0);
}

/* An oracle for policy: the worst that any line said. */
static enum verdict
policy_verdict(const struct trial *trial)
{
	bool refused = false, more = false, silent;
	enum till_result result;
	enum conf_control control;
	size_t i;

	for (i = 0; i < trial->len; i++) {
		control = trial->rules[i].control;
		result = trial->results[i];
		silent = result == TILL_ERROR || result == TILL_UNAVAILABLE;
		refused = refused || result == TILL_REFUSE ||
		    (control == CONTROL_REQUIRED && result != TILL_ALLOW) ||
		    (control == CONTROL_VETO && silent);
		more = more || result == TILL_STEP_UP;
	}
	if (refused)
		return VERDICT_REFUSE;
	return more ? VERDICT_STEP_UP : VERDICT_ALLOW;
}

static void
test_policy_does_what_its_controls_say(void **state)
{
	const size_t kinds = COUNT(policy_controls) * COUNT(policy_results);
	struct trial trial = { .facility = TILL_POLICY };
	size_t choice[LINES_MAX], i, line;
	struct ran ran;

	(void)state;
	for (trial.len = 0; trial.len <= LINES_MAX; trial.len++) {
		for (i = 0; i < power(kinds, trial.len); i++) {
			digits(i, kinds, trial.len, choice);
			for (line = 0; line < trial.len; line++) {
				trial.rules[line] =
				    (struct conf_rule){ .facility = TILL_POLICY,
					    .control =
						policy_controls[choice[line] %
						    COUNT(policy_controls)] };
				trial.results[line] =
				    policy_results[choice[line] /
					COUNT(policy_controls)];
			}
			ran = run(&trial);
			assert_int_equal(ran.verdict, policy_verdict(&trial));
			for (line = 0; line < trial.len; line++)
				assert_true(ran.asked[line]);
		}
	}
}

static bool
answers_clearly(enum till_result result)
{
	return result == TILL_DECLINED || result == TILL_NOT_ATTEMPTED;
}

static bool
says_next(const struct conf_rule *rule, enum till_result result)
{
	if (result == TILL_DECLINED)
		return (rule->on & CONF_ON_DECLINED_NEXT) != 0;
	if (result == TILL_NOT_ATTEMPTED)
		return (rule->on & CONF_ON_NOT_ATTEMPTED_REFUSE) == 0;
	return false;
}

/* An oracle for settle: the route is the first one above any refusal, and
 * from there each line that is asked is the next fallback. */
static enum verdict
settle_verdict(const struct trial *trial)
{
	enum conf_control wanted = CONTROL_ROUTE;
	const struct conf_rule *rule;
	size_t i;

	for (i = 0; i < trial->len; i++) {
		rule = &trial->rules[i];
		if (rule->control == CONTROL_REFUSE)
			return VERDICT_REFUSE;
		if (rule->control != wanted)
			continue;
		if (says_next(rule, trial->results[i])) {
			wanted = CONTROL_FALLBACK;
			continue;
		}
		switch (trial->results[i]) {
		case TILL_COMMITTED:
			return VERDICT_ALLOW;
		case TILL_HELD:
			return VERDICT_HELD;
		case TILL_PENDING:
			return VERDICT_PENDING;
		case TILL_DECLINED:
		case TILL_NOT_ATTEMPTED:
			return VERDICT_REFUSE;
		default:
			return VERDICT_UNKNOWN;
		}
	}
	return VERDICT_REFUSE;
}

static void
assert_settle_sound(const struct trial *trial, const struct ran *ran)
{
	size_t i, routes = 0, committed = 0;
	bool unclear = false;

	for (i = 0; i < trial->len; i++) {
		if (!ran->asked[i])
			continue;
		/* Nobody is asked after an answer that is not a clear no. */
		assert_false(unclear);
		assert_int_not_equal(trial->rules[i].control, CONTROL_REFUSE);
		routes += trial->rules[i].control == CONTROL_ROUTE;
		committed += trial->results[i] == TILL_COMMITTED;
		unclear = !answers_clearly(trial->results[i]);
	}
	assert_true(routes <= 1);
	assert_true(committed <= 1);
	assert_int_equal(ran->verdict == VERDICT_ALLOW, committed == 1);
	if (unclear)
		assert_int_not_equal(ran->verdict, VERDICT_REFUSE);
}

static void
test_settle_does_what_its_controls_say(void **state)
{
	/* A refuse line has no answer: one kind instead of twelve. */
	const size_t kinds =
	    (COUNT(settle_rules) - 1) * COUNT(settle_results) + 1;
	struct trial trial = { .facility = TILL_SETTLE };
	size_t choice[LINES_MAX], i, line, cases = 0, allowed = 0;
	struct ran ran;

	(void)state;
	for (trial.len = 0; trial.len <= SETTLE_LINES_MAX; trial.len++) {
		for (i = 0; i < power(kinds, trial.len); i++) {
			digits(i, kinds, trial.len, choice);
			for (line = 0; line < trial.len; line++) {
				trial.rules[line] = settle_rules[choice[line] /
				    COUNT(settle_results)];
				trial.rules[line].facility = TILL_SETTLE;
				trial.results[line] =
				    settle_results[choice[line] %
					COUNT(settle_results)];
			}
			ran = run(&trial);
			assert_int_equal(ran.verdict, settle_verdict(&trial));
			assert_settle_sound(&trial, &ran);
			allowed += ran.verdict == VERDICT_ALLOW;
			cases++;
		}
	}
	print_message("settle: %zu cases, %zu settle\n", cases, allowed);
	assert_int_equal(cases, 922180);
	assert_true(allowed > 0);
}

/* Take away the lines that do not match. */
static struct trial
matching(const struct trial *trial)
{
	struct trial rest = { .facility = trial->facility };
	size_t i;

	for (i = 0; i < trial->len; i++) {
		if (trial->rules[i].when != NULL)
			continue;
		rest.rules[rest.len] = trial->rules[i];
		rest.results[rest.len++] = trial->results[i];
	}
	return rest;
}

static void
test_a_line_that_does_not_match_is_not_there(void **state)
{
	const size_t kinds = COUNT(auth_controls) * COUNT(auth_results) * 2;
	struct trial trial = { .facility = TILL_AUTH, .len = 3 }, rest;
	size_t choice[LINES_MAX], i, line;

	(void)state;
	for (i = 0; i < power(kinds, trial.len); i++) {
		digits(i, kinds, trial.len, choice);
		for (line = 0; line < trial.len; line++) {
			trial.rules[line] = (struct conf_rule){ .facility =
								    TILL_AUTH,
				.control = auth_controls[choice[line] / 2 %
				    COUNT(auth_controls)],
				.when = choice[line] % 2 == 0 ? NULL : &never };
			trial.results[line] = auth_results[choice[line] / 2 /
			    COUNT(auth_controls)];
		}
		rest = matching(&trial);
		assert_int_equal(run(&trial).verdict, run(&rest).verdict);
	}
}

static void
test_an_empty_stack_settles_and_grants_nothing(void **state)
{
	struct trial trial = { 0 };

	(void)state;
	trial.facility = TILL_AUTH;
	assert_int_equal(run(&trial).verdict, VERDICT_REFUSE);
	trial.facility = TILL_SETTLE;
	assert_int_equal(run(&trial).verdict, VERDICT_REFUSE);
	trial.facility = TILL_POLICY;
	assert_int_equal(run(&trial).verdict, VERDICT_ALLOW);
	trial.facility = TILL_NOTIFY;
	assert_int_equal(run(&trial).verdict, VERDICT_ALLOW);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_auth_does_what_its_controls_say),
		cmocka_unit_test(test_policy_does_what_its_controls_say),
		cmocka_unit_test(test_settle_does_what_its_controls_say),
		cmocka_unit_test(test_a_line_that_does_not_match_is_not_there),
		cmocka_unit_test(
		    test_an_empty_stack_settles_and_grants_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
