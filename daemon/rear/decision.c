/*
 * decision.c - which rules decided, as one line for the log and the order.
 *
 *	conf 0123456789abcdef; policy 1 caps=allow; auth 1 pin=grant/session;
 *	settle 1 wallet=committed
 *
 * The number is that of the line within its stack, in the stacks with this
 * digest.  Lines that were not for this ticket are left out.
 */
#include <stdio.h>
#include <string.h>

#include "module/result.h"
#include "rear/run.h"

struct line_text {
	char *buf;
	size_t size, len;
};

static void add_walk(struct line_text *, const struct order_run *,
    const struct walk *, const char *);
static void add_line(struct line_text *, const struct order_run *,
    const struct walk *, size_t);
static void add(struct line_text *, const char *, ...)
    __attribute__((format(printf, 2, 3)));

void
decision_print(const struct order_run *run, char *buf, size_t size)
{
	struct line_text text = { .buf = buf, .size = size };

	buf[0] = '\0';
	/* Nothing was asked where an order ended before. */
	if (run->policy.stack != NULL)
		add(&text, "conf %s", run->purchase->generation->digest);
	add_walk(&text, run, &run->policy, "policy");
	add_walk(&text, run, &run->auth, "auth");
	if (run->settling)
		add_walk(&text, run, &run->settle, "settle");
}

static void
add_walk(struct line_text *text, const struct order_run *run,
    const struct walk *walk, const char *name)
{
	size_t i;

	if (walk->stack == NULL)
		return;
	add(text, "%s%s", text->len > 0 ? "; " : "", name);
	for (i = 0; i < walk->stack->len; i++)
		add_line(text, run, walk, i);
}

static void
add_line(struct line_text *text, const struct order_run *run,
    const struct walk *walk, size_t i)
{
	const struct conf_rule *rule = &walk->stack->rules[i];
	const struct walk_line *line = &walk->lines[i];
	const char *name = "refuse", *result = result_name(line->result);

	switch (line->effect) {
	case LINE_NONE:
	case LINE_UNMATCHED:
	case LINE_SKIPPED:
		return;
	case LINE_ASKED:
		/* What is being written is what makes it true. */
		result = walk == &run->settle ? "committed" : "asked";
		if (walk == &run->settle && run->lost)
			result = result_name(TILL_LOST);
		break;
	case LINE_GRANTED:
	case LINE_FAILED:
	case LINE_ENDED:
	case LINE_IGNORED:
		if (walk == &run->settle && run->failed[i])
			result = result_name(TILL_ERROR);
		break;
	}
	if (rule->instance != NULL)
		name = rule->instance->name;
	else
		result = "refuse";
	add(text, " %zu %s=%s%s", i + 1, name, result,
	    walk == &run->auth && run->purchase->lines[i].remembered
		? "/session"
		: "");
}

static void
add(struct line_text *text, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(text->buf + text->len, text->size - text->len, fmt, ap);
	va_end(ap);
	if (n < 0)
		return;
	text->len += (size_t)n;
	if (text->len >= text->size)
		text->len = text->size - 1;
}
