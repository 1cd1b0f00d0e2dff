/*
 * walk.c - the rules of the controls.
 *
 * The tables below are the whole of it: what a line's control makes of
 * its module's result.  A result that is not in its facility's table
 * counts as TILL_ERROR, so that silence, nonsense and zeroed memory never
 * grant and never let money move twice.
 *
 * Beside the tables these rules hold.  A line whose guard does not hold
 * is as if it were not there.  policy allows unless something spoke
 * against or asked for more; auth refuses unless a line granted and none
 * spoke against; settle refuses unless a line ended otherwise.  In settle
 * the first route that matches is the only one to be asked, a fallback is
 * asked only when the line before said next, and refuse ends.
 */
#include <assert.h>
#include <string.h>

#include "module/result.h"
#include "stack/walk.h"

/* What a result means on a line. */
enum meaning {
	NOTHING = 1,
	FOR, /* it grants; the walk goes on */
	AGAINST, /* no line below can mend it; the walk goes on */
	MORE, /* a higher auth.level is needed; the walk goes on */
	END_FOR, /* it grants and ends, unless something was against */
	END_AGAINST, /* it refuses and ends */
	END_DONE, /* the money has moved */
	END_HELD,
	END_PENDING,
	END_UNKNOWN, /* money may have moved: nobody else is asked */
	NEXT_IF_SAID, /* refuses, unless the line says declined=next */
	NEXT_UNLESS_SAID /* next, unless it says not-attempted=refuse */
};

#define COLUMNS 5

struct row {
	enum till_result result;
	enum meaning meanings[COLUMNS]; /* in the order of the controls */
};

static void at_end(struct walk *);
static bool passed_over(struct walk *, const struct conf_rule *);
static enum meaning look_up(const struct conf_rule *, enum till_result);
static const struct row *rows_of(enum till_facility);
static unsigned int column_of(const struct conf_rule *);
static enum line_effect apply(struct walk *, const struct conf_rule *,
    enum meaning);
static enum line_effect counted(struct walk *, const struct conf_rule *,
    bool *flag, enum line_effect);
static enum line_effect next(struct walk *, const struct conf_rule *, bool);
static enum line_effect ended(struct walk *, const struct conf_rule *,
    enum verdict);

/* Every matching line runs.  A required line must allow; veto and
 * optional lines can refuse or ask for more; where they cannot answer, a
 * veto refuses. */
static const struct row policy_rows[] = {
	/* required, veto, optional */
	{ TILL_ALLOW, { FOR, NOTHING, NOTHING } },
	{ TILL_NO_OPINION, { AGAINST, NOTHING, NOTHING } },
	{ TILL_STEP_UP, { AGAINST, MORE, MORE } },
	{ TILL_REFUSE, { AGAINST, AGAINST, AGAINST } },
	{ TILL_UNAVAILABLE, { AGAINST, AGAINST, NOTHING } },
	{ TILL_ERROR, { AGAINST, AGAINST, NOTHING } },
};

/* As in PAM, but an optional line never grants, to abstain is no
 * success, and to deny counts even on a sufficient line.  A lock is a
 * denial. */
static const struct row auth_rows[] = {
	/* required, requisite, sufficient, veto, optional */
	{ TILL_GRANT, { FOR, FOR, END_FOR, NOTHING, NOTHING } },
	{ TILL_ABSTAIN, { AGAINST, END_AGAINST, NOTHING, NOTHING, NOTHING } },
	{ TILL_DENY, { AGAINST, END_AGAINST, AGAINST, AGAINST, NOTHING } },
	{ TILL_LOCKED, { AGAINST, END_AGAINST, AGAINST, AGAINST, NOTHING } },
	{ TILL_UNAVAILABLE,
	    { AGAINST, END_AGAINST, NOTHING, AGAINST, NOTHING } },
	{ TILL_ERROR, { AGAINST, END_AGAINST, NOTHING, AGAINST, NOTHING } },
};

/* An answer that does not say whether money moved, UNAVAILABLE and ERROR
 * among them, leaves it unknown. */
static const struct row settle_rows[] = {
	/* route, fallback */
	{ TILL_COMMITTED, { END_DONE, END_DONE } },
	{ TILL_HELD, { END_HELD, END_HELD } },
	{ TILL_PENDING, { END_PENDING, END_PENDING } },
	{ TILL_UNKNOWN, { END_UNKNOWN, END_UNKNOWN } },
	{ TILL_DECLINED, { NEXT_IF_SAID, NEXT_IF_SAID } },
	{ TILL_NOT_ATTEMPTED, { NEXT_UNLESS_SAID, NEXT_UNLESS_SAID } },
	{ TILL_UNAVAILABLE, { END_UNKNOWN, END_UNKNOWN } },
	{ TILL_ERROR, { END_UNKNOWN, END_UNKNOWN } },
};

/* The order is committed: nothing said here changes it. */
static const struct row notify_rows[] = {
	/* must, try */
	{ TILL_DELIVERED, { FOR, FOR } },
	{ TILL_ERROR, { NOTHING, NOTHING } },
};

void
walk_begin(struct walk *walk, const struct conf_stack *stack,
    enum till_facility facility, const struct facts *facts)
{
	assert(stack->len <= CONF_RULES_MAX);
	memset(walk, 0, sizeof(*walk));
	walk->stack = stack;
	walk->facility = facility;
	walk->facts = facts;
}

bool
walk_next(struct walk *walk, const struct conf_rule **rule_r)
{
	const struct conf_rule *rule;
	struct walk_line *line;

	while (walk->verdict == VERDICT_NONE) {
		if (walk->at == walk->stack->len) {
			at_end(walk);
			break;
		}
		rule = &walk->stack->rules[walk->at];
		line = &walk->lines[walk->at];
		assert(line->effect == LINE_NONE);
		if (passed_over(walk, rule)) {
			line->effect = LINE_SKIPPED;
		} else if (!guard_holds(rule->when, walk->facts)) {
			line->effect = LINE_UNMATCHED;
		} else if (rule->control == CONTROL_REFUSE) {
			/* Behind a route that did not settle, that route
			 * remains the reason. */
			line->effect =
			    ended(walk, walk->routed ? walk->decided_by : rule,
				VERDICT_REFUSE);
		} else {
			line->effect = LINE_ASKED;
			*rule_r = rule;
			return true;
		}
		walk->at++;
	}
	return false;
}

void
walk_answer(struct walk *walk, enum till_result result)
{
	const struct conf_rule *rule = &walk->stack->rules[walk->at];
	struct walk_line *line = &walk->lines[walk->at];

	assert(walk->verdict == VERDICT_NONE);
	assert(walk->at < walk->stack->len && line->effect == LINE_ASKED);
	assert(result != TILL_NEED_INPUT);
	line->result = result_sane(walk->facility, result);
	line->effect = apply(walk, rule, look_up(rule, line->result));
	walk->at++;
}

enum verdict
walk_verdict(const struct walk *walk)
{
	return walk->verdict;
}

enum till_result
walk_ledger_result(enum till_result result)
{
	if (result == TILL_UNAVAILABLE)
		return TILL_NOT_ATTEMPTED;
	if (result == TILL_COMMITTED || result == TILL_HELD ||
	    result == TILL_NOT_ATTEMPTED)
		return result;
	return TILL_DECLINED;
}

const char *
walk_verdict_name(enum verdict verdict)
{
	switch (verdict) {
	case VERDICT_NONE:
		return "none";
	case VERDICT_ALLOW:
		return "allow";
	case VERDICT_REFUSE:
		return "refuse";
	case VERDICT_STEP_UP:
		return "step-up";
	case VERDICT_HELD:
		return "held";
	case VERDICT_PENDING:
		return "pending";
	case VERDICT_UNKNOWN:
		return "unknown";
	}
	return NULL;
}

const char *
walk_effect_name(enum line_effect effect)
{
	switch (effect) {
	case LINE_NONE:
		return "not reached";
	case LINE_UNMATCHED:
		return "not matched";
	case LINE_ASKED:
		return "asked";
	case LINE_GRANTED:
		return "granted";
	case LINE_FAILED:
		return "failed";
	case LINE_ENDED:
		return "ended";
	case LINE_IGNORED:
		return "ignored";
	case LINE_SKIPPED:
		return "skipped";
	}
	return NULL;
}

/* No line is left. */
static void
at_end(struct walk *walk)
{
	bool allowed = false;

	switch (walk->facility) {
	case TILL_POLICY:
		if (!walk->failed && walk->step_up) {
			walk->verdict = VERDICT_STEP_UP;
			return;
		}
		allowed = !walk->failed;
		break;
	case TILL_AUTH:
		allowed = walk->granted && !walk->failed;
		break;
	case TILL_SETTLE:
		break;
	case TILL_NOTIFY:
		allowed = true;
		break;
	}
	walk->verdict = allowed ? VERDICT_ALLOW : VERDICT_REFUSE;
}

static bool
passed_over(struct walk *walk, const struct conf_rule *rule)
{
	return (rule->control == CONTROL_ROUTE && walk->routed) ||
	    (rule->control == CONTROL_FALLBACK && !walk->next_route);
}

static enum meaning
look_up(const struct conf_rule *rule, enum till_result result)
{
	const struct row *row = rows_of(rule->facility);
	const unsigned int column = column_of(rule);

	/* A line that asks nobody has no answer. */
	assert(column < COLUMNS);
	/* Every table ends with TILL_ERROR. */
	while (row->result != result && row->result != TILL_ERROR)
		row++;
	return row->meanings[column];
}

static const struct row *
rows_of(enum till_facility facility)
{
	switch (facility) {
	case TILL_POLICY:
		return policy_rows;
	case TILL_AUTH:
		return auth_rows;
	case TILL_SETTLE:
		return settle_rows;
	case TILL_NOTIFY:
		return notify_rows;
	}
	return NULL;
}

static unsigned int
column_of(const struct conf_rule *rule)
{
	switch (rule->control) {
	case CONTROL_REQUIRED:
	case CONTROL_ROUTE:
	case CONTROL_MUST:
		return 0;
	case CONTROL_REQUISITE:
	case CONTROL_FALLBACK:
	case CONTROL_TRY:
		return 1;
	case CONTROL_VETO:
		return rule->facility == TILL_POLICY ? 1 : 3;
	case CONTROL_SUFFICIENT:
		return 2;
	case CONTROL_OPTIONAL:
		return rule->facility == TILL_POLICY ? 2 : 4;
	case CONTROL_NONE:
	case CONTROL_REFUSE:
		break;
	}
	return COLUMNS;
}

static enum line_effect
apply(struct walk *walk, const struct conf_rule *rule, enum meaning meaning)
{
	if (walk->facility == TILL_SETTLE) {
		walk->routed = true;
		walk->decided_by = rule;
	}
	switch (meaning) {
	case NOTHING:
		return LINE_IGNORED;
	case FOR:
		return counted(walk, rule, &walk->granted, LINE_GRANTED);
	case AGAINST:
		return counted(walk, rule, &walk->failed, LINE_FAILED);
	case MORE:
		return counted(walk, rule, &walk->step_up, LINE_FAILED);
	case END_FOR:
		if (walk->failed)
			return LINE_IGNORED;
		return ended(walk, rule, VERDICT_ALLOW);
	case END_AGAINST:
		return ended(walk, walk->failed ? walk->decided_by : rule,
		    VERDICT_REFUSE);
	case END_DONE:
		return ended(walk, rule, VERDICT_ALLOW);
	case END_HELD:
		return ended(walk, rule, VERDICT_HELD);
	case END_PENDING:
		return ended(walk, rule, VERDICT_PENDING);
	case END_UNKNOWN:
		return ended(walk, rule, VERDICT_UNKNOWN);
	case NEXT_IF_SAID:
		return next(walk, rule,
		    (rule->on & CONF_ON_DECLINED_NEXT) != 0);
	case NEXT_UNLESS_SAID:
		return next(walk, rule,
		    (rule->on & CONF_ON_NOT_ATTEMPTED_REFUSE) == 0);
	}
	/* A hole in a table is no permission. */
	return ended(walk, rule,
	    walk->facility == TILL_SETTLE ? VERDICT_UNKNOWN : VERDICT_REFUSE);
}

/* Of several lines that speak against, the first one is the reason; it
 * weighs more than a wish for more, and that more than any grant. */
static enum line_effect
counted(struct walk *walk, const struct conf_rule *rule, bool *flag,
    enum line_effect effect)
{
	const bool first = !*flag;

	if (effect == LINE_GRANTED) {
		if (!walk->failed && !walk->step_up)
			walk->decided_by = rule;
	} else if (first && (flag == &walk->failed || !walk->failed)) {
		walk->decided_by = rule;
	}
	*flag = true;
	return effect;
}

static enum line_effect
next(struct walk *walk, const struct conf_rule *rule, bool go_on)
{
	if (!go_on)
		return ended(walk, rule, VERDICT_REFUSE);
	walk->next_route = true;
	return LINE_FAILED;
}

static enum line_effect
ended(struct walk *walk, const struct conf_rule *rule, enum verdict verdict)
{
	walk->decided_by = rule;
	walk->verdict = verdict;
	return LINE_ENDED;
}
