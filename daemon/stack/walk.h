/*
 * walk.h - the rules of the controls, and nothing else.
 *
 * A walk goes down one stack for one ticket.  It says which line to ask
 * next and is told what the line's module answered; whoever drives it
 * does the asking: the rear unit for real, explain with supplied
 * answers, a test with all of them.  The same code decides every time.
 * A walk is a value: it can be copied, kept and dropped.
 *
 *	walk_begin(&walk, stack, facility, &facts);
 *	while (walk_next(&walk, &rule))
 *		walk_answer(&walk, ask(rule));
 *	verdict = walk_verdict(&walk);
 *
 * auth.level in facts may change between steps: the driver sets
 * walk.facts->auth_level as levels are granted.
 */
#ifndef STACK_WALK_H
#define STACK_WALK_H

#include <stdbool.h>
#include <stddef.h>

#include <till/module.h>

#include "config/conf.h"
#include "stack/guard.h"

/* Zero is not a verdict. */
enum verdict {
	VERDICT_NONE = 0, /* the walk is not at its end */
	VERDICT_ALLOW, /* policy: go on; auth: granted; settle: done */
	VERDICT_REFUSE,
	VERDICT_STEP_UP, /* policy: a higher auth.level is needed */
	VERDICT_HELD, /* settle: money is held */
	VERDICT_PENDING, /* settle: an answer will come */
	VERDICT_UNKNOWN /* settle: must be found out */
};

/* What became of one line; explain and the decision log print it. */
enum line_effect {
	LINE_NONE = 0, /* not reached */
	LINE_UNMATCHED, /* its guard did not hold */
	LINE_ASKED, /* waits for its answer */
	LINE_GRANTED, /* counted for */
	LINE_FAILED, /* counted against */
	LINE_ENDED, /* ended the walk */
	LINE_IGNORED, /* answered without effect */
	LINE_SKIPPED /* passed over: nothing to do on this line any more */
};

struct walk_line {
	enum line_effect effect;
	enum till_result result; /* as answered, foreign ones made ERROR */
};

struct walk {
	const struct conf_stack *stack;
	enum till_facility facility;
	const struct facts *facts;
	size_t at; /* line that is being asked, or next to look at */
	enum verdict verdict;
	bool granted, failed, step_up, routed, next_route;
	/* The line that made the verdict; NULL where none did: nothing
	 * spoke against a policy, no line granted, no route matched.
	 * Behind a route that did not settle it is the last one asked, not
	 * the refuse line that followed. */
	const struct conf_rule *decided_by;
	struct walk_line lines[CONF_RULES_MAX];
};

void walk_begin(struct walk *, const struct conf_stack *, enum till_facility,
    const struct facts *);

/*
 * True with the next line to ask in *rule_r.  False at the end; then
 * walk_verdict is not VERDICT_NONE.  An empty stack: policy allows,
 * auth and settle refuse.  Notify lines are all asked and have no
 * verdict but VERDICT_ALLOW.
 */
bool walk_next(struct walk *, const struct conf_rule **rule_r);

/* The answer of the line that walk_next gave.  TILL_NEED_INPUT must not
 * be passed in: the driver keeps the walk and asks the line again. */
void walk_answer(struct walk *, enum till_result);

enum verdict walk_verdict(const struct walk *);

/*
 * What the answer of a settle module with TILL_CAP_LEDGER is to the walk.
 * Its call moves nothing and no posting of it was applied, so it leaves
 * no money in doubt: UNAVAILABLE is NOT_ATTEMPTED, what is otherwise no
 * clear answer is DECLINED.  Whoever drives a walk puts the answers of
 * such modules through this.
 */
enum till_result walk_ledger_result(enum till_result);

const char *walk_verdict_name(enum verdict);
const char *walk_effect_name(enum line_effect);

#endif
