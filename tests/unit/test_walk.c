/*
 * test_walk.c - a walk says what became of each line and which one
 * decided.
 */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "stack/walk.h"

#define LINES_MAX 8
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const char head[] = "module a auth_a\n"
			   "module b auth_b\n"
			   "module c auth_c\n";

/* What check wants beside the stack that a story is about. */
static const char auth_end[] = "auth required a\n";
static const char settle_end[] = "settle refuse \"end\"\n";

/* A stack under test: its lines (in settle the end above follows), and the
 * answers of those lines that are asked, in their order. */
struct story {
	const char *name;
	enum till_facility facility;
	const char *lines;
	enum till_result answers[LINES_MAX];
	enum verdict verdict;
	int decided_by; /* number of the line; -1: none */
	enum line_effect effects[LINES_MAX];
};

static const struct story stories[] = {
	{ "a sufficient line that grants ends the walk", TILL_AUTH,
	    "auth sufficient a\nauth optional b\n", { TILL_GRANT },
	    VERDICT_ALLOW, 0, { LINE_ENDED, LINE_NONE } },
	{ "a requisite line that fails ends the walk", TILL_AUTH,
	    "auth requisite a\nauth required b\n", { TILL_ABSTAIN },
	    VERDICT_REFUSE, 0, { LINE_ENDED, LINE_NONE } },
	{ "a failed required line lets the others be asked", TILL_AUTH,
	    "auth required a\nauth required b\n", { TILL_DENY, TILL_GRANT },
	    VERDICT_REFUSE, 0, { LINE_FAILED, LINE_GRANTED } },
	{ "the first line that failed remains the reason", TILL_AUTH,
	    "auth required a\nauth requisite b\n", { TILL_LOCKED, TILL_DENY },
	    VERDICT_REFUSE, 0, { LINE_FAILED, LINE_ENDED } },
	{ "what an optional line says is not heard", TILL_AUTH,
	    "auth optional b\nauth required a\n", { TILL_DENY, TILL_GRANT },
	    VERDICT_ALLOW, 1, { LINE_IGNORED, LINE_GRANTED } },
	{ "the last line that grants has decided", TILL_AUTH,
	    "auth required b\nauth required a\n", { TILL_GRANT, TILL_GRANT },
	    VERDICT_ALLOW, 1, { LINE_GRANTED, LINE_GRANTED } },
	{ "a guard that does not hold passes its line by", TILL_AUTH,
	    "auth requisite b when amount > 50.00 EUR\n"
	    "auth required a\n",
	    { TILL_GRANT }, VERDICT_ALLOW, 1,
	    { LINE_UNMATCHED, LINE_GRANTED } },
	{ "behind a failure a sufficient line grants nothing", TILL_AUTH,
	    "auth required a\nauth sufficient b\nauth optional c\n",
	    { TILL_DENY, TILL_GRANT, TILL_GRANT }, VERDICT_REFUSE, 0,
	    { LINE_FAILED, LINE_IGNORED, LINE_IGNORED } },
	{ "a result of another facility is an error", TILL_AUTH,
	    "auth required a\n", { TILL_COMMITTED }, VERDICT_REFUSE, 0,
	    { LINE_FAILED } },
	{ "every line of policy runs", TILL_POLICY,
	    "policy veto a\npolicy optional b\npolicy required c\n",
	    { TILL_REFUSE, TILL_STEP_UP, TILL_ALLOW }, VERDICT_REFUSE, 0,
	    { LINE_FAILED, LINE_FAILED, LINE_GRANTED } },
	{ "a refusal weighs more than an earlier wish for more", TILL_POLICY,
	    "policy veto a\npolicy veto b\n", { TILL_STEP_UP, TILL_REFUSE },
	    VERDICT_REFUSE, 1, { LINE_FAILED, LINE_FAILED } },
	{ "a wish for more weighs more than an allowance", TILL_POLICY,
	    "policy veto a\npolicy required b\n", { TILL_STEP_UP, TILL_ALLOW },
	    VERDICT_STEP_UP, 0, { LINE_FAILED, LINE_GRANTED } },
	{ "an optional policy that is out of order refuses nobody", TILL_POLICY,
	    "policy optional a\n", { TILL_UNAVAILABLE }, VERDICT_ALLOW, -1,
	    { LINE_IGNORED } },
	{ "the first route that matches is the route", TILL_SETTLE,
	    "settle route a when amount > 50.00 EUR\n"
	    "settle route b when amount > 20.00 EUR\n"
	    "settle route c when amount > 10.00 EUR\n",
	    { TILL_COMMITTED }, VERDICT_ALLOW, 1,
	    { LINE_UNMATCHED, LINE_ENDED, LINE_NONE } },
	{ "a fallback follows a route that was not attempted", TILL_SETTLE,
	    "settle route a when amount > 50.00 EUR\n"
	    "settle fallback a\n"
	    "settle route b when amount > 20.00 EUR\n"
	    "settle route c when amount > 10.00 EUR\n"
	    "settle fallback a when amount > 50.00 EUR\n"
	    "settle fallback a\n",
	    { TILL_NOT_ATTEMPTED, TILL_COMMITTED }, VERDICT_ALLOW, 5,
	    { LINE_UNMATCHED, LINE_SKIPPED, LINE_FAILED, LINE_SKIPPED,
		LINE_UNMATCHED, LINE_ENDED } },
	{ "a declined route ends the walk", TILL_SETTLE,
	    "settle route a\nsettle fallback b\n", { TILL_DECLINED },
	    VERDICT_REFUSE, 0, { LINE_ENDED, LINE_NONE } },
	{ "a declined route goes on where the line says so", TILL_SETTLE,
	    "settle route a on declined=next\nsettle fallback b\n",
	    { TILL_DECLINED, TILL_DECLINED }, VERDICT_REFUSE, 1,
	    { LINE_FAILED, LINE_ENDED, LINE_NONE } },
	{ "a route that was not attempted can end the walk", TILL_SETTLE,
	    "settle route a on not-attempted=refuse, declined=next\n"
	    "settle fallback b\n",
	    { TILL_NOT_ATTEMPTED }, VERDICT_REFUSE, 0,
	    { LINE_ENDED, LINE_NONE } },
	{ "behind a route the refuse line is not the reason", TILL_SETTLE,
	    "settle route a\n", { TILL_NOT_ATTEMPTED }, VERDICT_REFUSE, 0,
	    { LINE_FAILED, LINE_ENDED } },
	{ "without a route the refuse line is the reason", TILL_SETTLE,
	    "settle route a when amount > 50.00 EUR\n"
	    "settle refuse \"closed\" when merchant == press-1\n",
	    { 0 }, VERDICT_REFUSE, 1,
	    { LINE_UNMATCHED, LINE_ENDED, LINE_NONE } },
	{ "what is unavailable may have moved money", TILL_SETTLE,
	    "settle route a\nsettle fallback b\n", { TILL_UNAVAILABLE },
	    VERDICT_UNKNOWN, 0, { LINE_ENDED, LINE_NONE } },
	{ "a pending answer is waited for", TILL_SETTLE,
	    "settle route a on declined=next\nsettle fallback b\n",
	    { TILL_PENDING }, VERDICT_PENDING, 0, { LINE_ENDED, LINE_NONE } },
	{ "money that is held ends the walk", TILL_SETTLE, "settle route a\n",
	    { TILL_HELD }, VERDICT_HELD, 0, { LINE_ENDED, LINE_NONE } },
	{ "every line of notify runs and none decides", TILL_NOTIFY,
	    "notify must a\nnotify try b\n", { TILL_RETRY_LATER, TILL_DROP },
	    VERDICT_ALLOW, -1, { LINE_IGNORED, LINE_IGNORED } },
};

static const struct facts facts = {
	.amount = { .micro = 30 * TILL_MICRO, .currency = "EUR" },
	.merchant = "press-1",
	.customer = "alice",
	.kind = "single",
	.channel = "browser",
};

static struct conf *
conf_of(const struct story *story)
{
	char text[1024];
	struct diag *diag;
	struct conf *conf = NULL;

	diag = diag_new();
	assert_non_null(diag);
	(void)snprintf(text, sizeof(text), "%s%s%s%s", head, story->lines,
	    story->facility == TILL_AUTH ? "" : auth_end, settle_end);
	if (conf_parse_text("story", text, strlen(text), diag, &conf) == -1)
		diag_print(diag, stderr);
	diag_free(diag);
	assert_non_null(conf);
	return conf;
}

static const struct conf_stack *
stack_of(const struct conf *conf, enum till_facility facility)
{
	switch (facility) {
	case TILL_POLICY:
		return &conf->policy;
	case TILL_AUTH:
		return &conf->auth;
	case TILL_SETTLE:
		return &conf->settle;
	case TILL_NOTIFY:
		return &conf->notify;
	}
	return NULL;
}

static void
tell(const struct story *story)
{
	const struct conf_stack *stack;
	const struct conf_rule *rule;
	struct conf *conf;
	struct walk walk;
	size_t i, asked = 0;

	conf = conf_of(story);
	stack = stack_of(conf, story->facility);
	walk_begin(&walk, stack, story->facility, &facts);
	while (walk_next(&walk, &rule)) {
		assert_int_equal(walk_verdict(&walk), VERDICT_NONE);
		assert_int_equal(walk.lines[rule->number].effect, LINE_ASKED);
		walk_answer(&walk, story->answers[asked++]);
	}
	assert_int_equal(walk_verdict(&walk), story->verdict);
	for (i = 0; i < stack->len; i++)
		assert_string_equal(walk_effect_name(walk.lines[i].effect),
		    walk_effect_name(story->effects[i]));
	if (story->decided_by == -1)
		assert_null(walk.decided_by);
	else
		assert_ptr_equal(walk.decided_by,
		    &stack->rules[story->decided_by]);
	conf_free(conf);
}

static void
test_stories(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(stories); i++) {
		print_message("%s\n", stories[i].name);
		tell(&stories[i]);
	}
}

/* What becomes of a line that is alone in its stack: a letter for each
 * answer, Granted, Failed or Ignored. */
static void
assert_effects(enum till_facility facility, enum conf_control control,
    const enum till_result *answers, const char *effects)
{
	struct conf_rule line = { .facility = facility, .control = control };
	const struct conf_stack stack = { .rules = &line, .len = 1 };
	const struct conf_rule *rule;
	struct walk walk;
	size_t i;
	char effect;

	for (i = 0; effects[i] != '\0'; i++) {
		walk_begin(&walk, &stack, facility, &facts);
		assert_true(walk_next(&walk, &rule));
		walk_answer(&walk, answers[i]);
		effect = '?';
		if (walk.lines[0].effect == LINE_GRANTED)
			effect = 'G';
		else if (walk.lines[0].effect == LINE_FAILED)
			effect = 'F';
		else if (walk.lines[0].effect == LINE_IGNORED)
			effect = 'I';
		assert_int_equal(effect, effects[i]);
		assert_ptr_equal(walk.decided_by, effect == 'I' ? NULL : &line);
	}
}

static void
test_a_line_says_what_it_did(void **state)
{
	static const enum till_result policy[] = { TILL_ALLOW, TILL_NO_OPINION,
		TILL_STEP_UP, TILL_REFUSE, TILL_UNAVAILABLE, TILL_ERROR };
	static const enum till_result notify[] = { TILL_DELIVERED,
		TILL_RETRY_LATER, TILL_DROP, TILL_UNAVAILABLE, TILL_ERROR };

	(void)state;
	assert_effects(TILL_POLICY, CONTROL_REQUIRED, policy, "GFFFFF");
	assert_effects(TILL_POLICY, CONTROL_VETO, policy, "IIFFFF");
	assert_effects(TILL_POLICY, CONTROL_OPTIONAL, policy, "IIFFII");
	assert_effects(TILL_NOTIFY, CONTROL_MUST, notify, "GIIII");
	assert_effects(TILL_NOTIFY, CONTROL_TRY, notify, "GIIII");
}

/* Explain and the log print them. */
static void
test_verdicts_and_effects_have_names(void **state)
{
	static const char *const verdicts[] = { "none", "allow", "refuse",
		"step-up", "held", "pending", "unknown" };
	static const char *const effects[] = { "not reached", "not matched",
		"asked", "granted", "failed", "ended", "ignored", "skipped" };
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(verdicts); i++)
		assert_string_equal(walk_verdict_name((enum verdict)i),
		    verdicts[i]);
	assert_null(walk_verdict_name((enum verdict)i));
	for (i = 0; i < COUNT(effects); i++)
		assert_string_equal(walk_effect_name((enum line_effect)i),
		    effects[i]);
	assert_null(walk_effect_name((enum line_effect)i));
}

/* The daemon would rather die than read beside its tables. */
static void
test_a_line_without_a_control_has_no_answer(void **state)
{
	struct conf_rule line = { .facility = TILL_AUTH };
	const struct conf_stack stack = { .rules = &line, .len = 1 };
	const struct rlimit no_core = { 0 };
	const struct conf_rule *rule;
	struct walk walk;
	int status;
	pid_t pid;

	(void)state;
	pid = fork();
	assert_int_not_equal(pid, -1);
	if (pid == 0) {
		(void)setrlimit(RLIMIT_CORE, &no_core);
		(void)signal(SIGABRT, SIG_DFL);
		(void)fclose(stderr);
		walk_begin(&walk, &stack, TILL_AUTH, &facts);
		if (walk_next(&walk, &rule))
			walk_answer(&walk, TILL_GRANT);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGABRT);
}

static void
test_a_walk_can_be_kept_and_resumed(void **state)
{
	static const struct story story = { .facility = TILL_AUTH,
		.lines = "auth required a\nauth required b\n" };
	const struct conf_rule *rule;
	struct walk walk, kept;
	struct conf *conf;

	(void)state;
	conf = conf_of(&story);
	walk_begin(&walk, &conf->auth, TILL_AUTH, &facts);
	assert_true(walk_next(&walk, &rule));
	walk_answer(&walk, TILL_GRANT);
	assert_true(walk_next(&walk, &rule));
	kept = walk;
	walk_answer(&walk, TILL_GRANT);
	assert_false(walk_next(&walk, &rule));
	assert_int_equal(walk_verdict(&walk), VERDICT_ALLOW);
	walk_answer(&kept, TILL_DENY);
	assert_false(walk_next(&kept, &rule));
	assert_int_equal(walk_verdict(&kept), VERDICT_REFUSE);
	conf_free(conf);
}

static void
test_levels_granted_on_the_way_count_below(void **state)
{
	static const struct story story = { .facility = TILL_AUTH,
		.lines = "auth required a\n"
			 "auth required b when auth.level < 2\n" };
	struct facts changing = facts;
	const struct conf_rule *rule;
	struct walk walk;
	struct conf *conf;

	(void)state;
	conf = conf_of(&story);
	walk_begin(&walk, &conf->auth, TILL_AUTH, &changing);
	assert_true(walk_next(&walk, &rule));
	changing.auth_level = 2;
	walk_answer(&walk, TILL_GRANT);
	assert_false(walk_next(&walk, &rule));
	assert_int_equal(walk_verdict(&walk), VERDICT_ALLOW);
	assert_int_equal(walk.lines[1].effect, LINE_UNMATCHED);
	conf_free(conf);
}

static void
test_what_moves_no_money_leaves_none_in_doubt(void **state)
{
	(void)state;
	assert_int_equal(walk_ledger_result(TILL_COMMITTED), TILL_COMMITTED);
	assert_int_equal(walk_ledger_result(TILL_HELD), TILL_HELD);
	assert_int_equal(walk_ledger_result(TILL_DECLINED), TILL_DECLINED);
	assert_int_equal(walk_ledger_result(TILL_NOT_ATTEMPTED),
	    TILL_NOT_ATTEMPTED);
	assert_int_equal(walk_ledger_result(TILL_UNAVAILABLE),
	    TILL_NOT_ATTEMPTED);
	assert_int_equal(walk_ledger_result(TILL_ERROR), TILL_DECLINED);
	assert_int_equal(walk_ledger_result(TILL_UNKNOWN), TILL_DECLINED);
	assert_int_equal(walk_ledger_result(TILL_PENDING), TILL_DECLINED);
	assert_int_equal(walk_ledger_result(TILL_GRANT), TILL_DECLINED);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_stories),
		cmocka_unit_test(test_a_line_says_what_it_did),
		cmocka_unit_test(test_verdicts_and_effects_have_names),
		cmocka_unit_test(test_a_line_without_a_control_has_no_answer),
		cmocka_unit_test(test_a_walk_can_be_kept_and_resumed),
		cmocka_unit_test(test_levels_granted_on_the_way_count_below),
		cmocka_unit_test(test_what_moves_no_money_leaves_none_in_doubt),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
