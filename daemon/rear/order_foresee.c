/*
 * order_foresee.c - what a payment would be taken from, for the page that
 * asks to confirm it.
 *
 * The settle stack's own walk says it, with the facts as they are.  Where
 * they may still change, as whoever asks is not known yet or will have
 * shown more, nothing is said.
 */
#include <string.h>

#include "rear/run.h"
#include "rear/settlement.h"

static bool has_facts(const struct order_run *);
static bool may_change(const struct order_run *);
static void add_way(struct answer *, const char *);

void
order_foresee(struct order_run *run)
{
	const struct conf_rule *rule;
	struct walk walk;
	bool next;

	if ((run->answer.status != STATUS_PROMPTS &&
		run->answer.status != STATUS_READY) ||
	    run->settled || strcmp(run->purchase->channel, "browser") != 0 ||
	    run->purchase->ticket->kind == TILL_KIND_IDENTITY ||
	    !has_facts(run) || may_change(run))
		return;
	walk_begin(&walk, &run->purchase->generation->conf->settle, TILL_SETTLE,
	    &run->facts);
	while (walk_next(&walk, &rule)) {
		add_way(&run->answer, settlement_via(rule->instance->module));
		next = (rule->on & CONF_ON_DECLINED_NEXT) != 0;
		walk_answer(&walk, next ? TILL_DECLINED : TILL_NOT_ATTEMPTED);
	}
}

/* An answer that was given before anything was decided has none. */
static bool
has_facts(const struct order_run *run)
{
	return run->facts.merchant != NULL;
}

static bool
may_change(const struct order_run *run)
{
	const struct conf_stack *settle =
	    &run->purchase->generation->conf->settle;
	size_t i;

	if (run->answer.status == STATUS_READY)
		return false;
	for (i = 0; i < settle->len; i++)
		if (guard_needs_customer(settle->rules[i].when))
			return true;
	return false;
}

/* Each once, with blanks between; what there is no room for is left out. */
static void
add_way(struct answer *answer, const char *way)
{
	size_t len = strlen(answer->via), more = strlen(way);
	const char *p = answer->via;

	while (more > 0 && (p = strstr(p, way)) != NULL) {
		if ((p == answer->via || p[-1] == ' ') &&
		    (p[more] == ' ' || p[more] == '\0'))
			return;
		p += more;
	}
	if (more == 0 || len + 1 + more >= sizeof(answer->via))
		return;
	if (len > 0)
		answer->via[len++] = ' ';
	memcpy(answer->via + len, way, more + 1);
}
