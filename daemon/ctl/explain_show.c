/*
 * explain_show.c - what would become of a ticket, for people and as JSON.
 */
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "config/parse.h"
#include "ctl/explain_args.h"
#include "module/result.h"
#include "stack/why.h"

#define CELL_MAX 128

static void show_stack(const struct explain *, unsigned int);
static void show_line(const struct explain *, unsigned int, size_t);
static const char *effect_of(const struct walk *, size_t);
static const char *place_of(const struct explain *, const struct conf_rule *,
    char *);
static const char *rule_of(const struct conf_rule *, char *);
static const char *answer_of(const struct explain *, unsigned int, size_t,
    char *);
static const char *word_of(const struct explain *, unsigned int, size_t);
static const char *why_of(const struct explain *, unsigned int, size_t, char *);
static void show_end(const struct explain *);
static json_t *json_of(const struct explain *, unsigned int);

static const char *const stack_names[EXPLAIN_STACKS] = { "policy", "auth",
	"settle", "notify" };

void
explain_show(const struct explain *explain)
{
	const struct facts *facts = &explain->facts;
	char amount[TILL_MONEY_MAX];
	unsigned int i;

	(void)printf("%s %s, %s, %s", till_money_print(&facts->amount, amount),
	    facts->amount.currency, facts->kind, facts->channel);
	if (facts->merchant[0] != '\0')
		(void)printf(", merchant %s", facts->merchant);
	if (facts->customer[0] != '\0')
		(void)printf(", customer %s", facts->customer);
	(void)printf(", %s %02u:%02u %s\n", conf_weekday_words[facts->weekday],
	    facts->minute / 60, facts->minute % 60,
	    explain->generation->conf->timezone);
	for (i = 0; i < EXPLAIN_STACKS; i++)
		show_stack(explain, i);
	show_end(explain);
}

int
explain_show_json(const struct explain *explain)
{
	const struct facts *facts = &explain->facts;
	char amount[TILL_MONEY_MAX];
	json_t *root, *stacks = json_array();
	unsigned int i;
	int r;

	for (i = 0; i < EXPLAIN_STACKS; i++)
		(void)json_array_append_new(stacks, json_of(explain, i));
	root = json_pack("{s:{s:s,s:s,s:s,s:s,s:s,s:s},s:o,s:s,s:s*}", "ticket",
	    "amount", till_money_print(&facts->amount, amount), "currency",
	    facts->amount.currency, "merchant", facts->merchant, "customer",
	    facts->customer, "kind", facts->kind, "channel", facts->channel,
	    "stacks", stacks, "verdict", explain_end_name(explain->end),
	    "instance",
	    explain->by != NULL && explain->by->instance != NULL
		? explain->by->instance->name
		: NULL);
	r = root == NULL ? -1 : json_dumpf(root, stdout, JSON_COMPACT);
	(void)puts("");
	json_decref(root);
	return r == -1 ? EX_IOERR : EX_OK;
}

static void
show_stack(const struct explain *explain, unsigned int stack)
{
	const struct walk *walk = &explain->walks[stack];
	size_t i;

	if (walk->stack->len == 0)
		return;
	(void)printf("\n%s", stack_names[stack]);
	if (walk->verdict == VERDICT_NONE)
		(void)printf(": not walked\n");
	else if (walk->facility == TILL_NOTIFY)
		(void)printf("\n");
	else
		(void)printf(": %s\n", walk_verdict_name(walk->verdict));
	for (i = 0; i < walk->stack->len; i++)
		show_line(explain, stack, i);
}

static void
show_line(const struct explain *explain, unsigned int stack, size_t i)
{
	const struct walk *walk = &explain->walks[stack];
	const struct conf_rule *rule = &walk->stack->rules[i];
	char place[CELL_MAX], name[CELL_MAX], answer[CELL_MAX], why[WHY_MAX];

	(void)printf("  %4s  %-22s %-24s %s\n", place_of(explain, rule, place),
	    rule_of(rule, name), answer_of(explain, stack, i, answer),
	    effect_of(walk, i));
	(void)why_of(explain, stack, i, why);
	if (why[0] != '\0')
		(void)printf("        when %s\n", why);
}

/* A notification that is delivered grants nothing. */
static const char *
effect_of(const struct walk *walk, size_t i)
{
	if (walk->facility == TILL_NOTIFY &&
	    walk->lines[i].effect == LINE_GRANTED)
		return "done";
	return walk_effect_name(walk->lines[i].effect);
}

/* The line in the file that was named, or in one that it includes. */
static const char *
place_of(const struct explain *explain, const struct conf_rule *rule, char *buf)
{
	if (strcmp(rule->place.file, explain->generation->conf->file) == 0)
		(void)snprintf(buf, CELL_MAX, "%u", rule->place.line);
	else
		(void)snprintf(buf, CELL_MAX, "%s:%u", rule->place.file,
		    rule->place.line);
	return buf;
}

static const char *
rule_of(const struct conf_rule *rule, char *buf)
{
	(void)snprintf(buf, CELL_MAX, "%s %s", conf_control_name(rule->control),
	    rule->instance == NULL ? "" : rule->instance->name);
	return buf;
}

static const char *
answer_of(const struct explain *explain, unsigned int stack, size_t i,
    char *buf)
{
	const struct explain_line *line = &explain->lines[stack][i];

	buf[0] = '\0';
	if (line->source == EXPLAIN_NOBODY)
		return buf;
	(void)snprintf(buf, CELL_MAX, "%s %s",
	    explain_source_name(line->source), word_of(explain, stack, i));
	if (line->level > 0)
		(void)snprintf(buf + strlen(buf), CELL_MAX - strlen(buf),
		    "/%lld", (long long)line->level);
	if (line->code[0] != '\0')
		(void)snprintf(buf + strlen(buf), CELL_MAX - strlen(buf),
		    " (%s)", line->code);
	return buf;
}

/* As the order's record says it. */
static const char *
word_of(const struct explain *explain, unsigned int stack, size_t i)
{
	return result_name(explain->lines[stack][i].failed
		? TILL_ERROR
		: explain->walks[stack].lines[i].result);
}

/* Only of lines at whose guard the walk looked. */
static const char *
why_of(const struct explain *explain, unsigned int stack, size_t i, char *buf)
{
	const struct walk *walk = &explain->walks[stack];
	struct facts facts = explain->facts;

	buf[0] = '\0';
	if (walk->lines[i].effect == LINE_NONE ||
	    walk->lines[i].effect == LINE_SKIPPED)
		return buf;
	facts.auth_level = explain->lines[stack][i].auth_level;
	return why_guard(walk->stack->rules[i].when, &facts, buf);
}

static void
show_end(const struct explain *explain)
{
	const struct conf_rule *by = explain->by;
	char place[CELL_MAX];

	(void)printf("\n%s", explain_end_name(explain->end));
	if (by != NULL && by->instance != NULL)
		(void)printf(", by %s in line %s", by->instance->name,
		    place_of(explain, by, place));
	else if (by != NULL)
		(void)printf(", by line %s: %s", place_of(explain, by, place),
		    by->text);
	(void)printf("\n");
}

static json_t *
json_of(const struct explain *explain, unsigned int stack)
{
	const struct walk *walk = &explain->walks[stack];
	json_t *rules = json_array(), *item;
	const struct conf_rule *rule;
	char why[WHY_MAX];
	size_t i;

	for (i = 0; i < walk->stack->len; i++) {
		rule = &walk->stack->rules[i];
		item = json_pack("{s:s,s:i,s:s,s:s,s:s,s:s,s:s}", "file",
		    rule->place.file, "line", (int)rule->place.line, "control",
		    conf_control_name(rule->control), "instance",
		    conf_target(rule), "effect", effect_of(walk, i), "why",
		    why_of(explain, stack, i, why), "source",
		    explain_source_name(explain->lines[stack][i].source));
		if (explain->lines[stack][i].source != EXPLAIN_NOBODY)
			(void)json_object_set_new(item, "result",
			    json_string(word_of(explain, stack, i)));
		if (explain->lines[stack][i].level > 0)
			(void)json_object_set_new(item, "level",
			    json_integer(explain->lines[stack][i].level));
		(void)json_array_append_new(rules, item);
	}
	return json_pack("{s:s,s:s,s:o}", "facility", stack_names[stack],
	    "verdict", walk_verdict_name(walk->verdict), "rules", rules);
}
