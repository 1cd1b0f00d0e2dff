/*
 * parse_rule.c - facility, control, instance, guard, and what follows on
 * which result.
 */
#include <string.h>

#include <till/ticket.h>

#include "config/parse.h"

static struct conf_stack *stack_of(struct conf *, enum till_facility);
static int parse_target(struct parser *, struct conf_rule *);
static int parse_refusal(struct parser *, struct conf_rule *);
static int parse_tail(struct parser *, struct conf_rule *);
static int parse_on(struct parser *, struct conf_rule *);
static int parse_action(struct parser *, struct conf_rule *,
    unsigned int *seen);
/* What may stand behind "on". */
static const char *const result_words[] = { "declined", "not-attempted", NULL };
static const char *const action_words[] = { "next", "refuse", NULL };

/* After these the money may be on its way. */
static const char *const doubtful[] = { "unknown", "pending", "error",
	"unavailable", NULL };

int
parse_rule(struct parser *parser, enum till_facility facility,
    const struct token *word)
{
	struct conf_stack *stack = stack_of(parser->conf, facility);
	struct conf_rule *rule = &stack->rules[stack->len];
	const size_t errors = diag_errors(parser->diag);
	char what[32];
	struct token control;

	if (stack->len == CONF_RULES_MAX) {
		diag_error(parser->diag, &word->place, "more than %d %s rules",
		    CONF_RULES_MAX, conf_facility_name(facility));
		unread(parser, (unsigned int)facility);
		return -1;
	}
	*rule = (struct conf_rule){ .place = word->place,
		.facility = facility,
		.number = (unsigned int)stack->len,
		.below_unread =
		    (parser->conf->broken & (unsigned int)facility) != 0 };
	if (expect_word(parser, "a control", &control) == -1)
		goto out;
	rule->control_place = control.place;
	rule->control = conf_control_from_name(facility, control.text);
	if (rule->control == CONTROL_NONE) {
		(void)snprintf(what, sizeof(what), "control for %s",
		    conf_facility_name(facility));
		unknown(parser, &control, what, conf_control_words(facility));
	}
	if (parse_target(parser, rule) == -1 || parse_tail(parser, rule) == -1)
		goto out;
	if (rule->control != CONTROL_NONE) {
		rule->unsure = diag_errors(parser->diag) > errors;
		parser->conf->open_end &= ~(unsigned int)facility;
		stack->len++;
		return 0;
	}
out:
	/* What is missing here must not be found missing a second time. */
	unread(parser, (unsigned int)facility);
	pending_forget(parser, &rule->instance);
	return -1;
}

static struct conf_stack *
stack_of(struct conf *conf, enum till_facility facility)
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

static int
parse_target(struct parser *parser, struct conf_rule *rule)
{
	const struct token target = *look(parser);

	rule->target_place = target.place;
	if (rule->control == CONTROL_REFUSE)
		return parse_refusal(parser, rule);
	/* Behind a word that is no control a text may stand, too. */
	if (rule->control == CONTROL_NONE && target.kind == TOKEN_STRING) {
		advance(parser);
		return 0;
	}
	if (target.kind != TOKEN_WORD)
		return unexpected(parser, "the name of a module instance");
	advance(parser);
	rule->target = target.text;
	return pending_instance(parser, &target, &rule->instance);
}

static int
parse_refusal(struct parser *parser, struct conf_rule *rule)
{
	const struct token target = *look(parser);

	if (target.kind != TOKEN_STRING)
		return unexpected(parser, "the reason in quotes");
	advance(parser);
	if (!till_text_ok(target.text, TILL_TEXT_MAX - 1)) {
		diag_error(parser->diag, &target.place,
		    "the reason has 1 to %d octets", TILL_TEXT_MAX - 1);
		return -1;
	}
	rule->text = target.text;
	return 0;
}

static int
parse_tail(struct parser *parser, struct conf_rule *rule)
{
	static const char *const words[] = { "when", "on", NULL };
	const struct token word = *look(parser);

	if (accept_word(parser, "when") &&
	    parse_guard(parser, &rule->when) == -1)
		return -1;
	if (accept_word(parser, "on"))
		return parse_on(parser, rule);
	if (token_is_end(look(parser)))
		return 0;
	if (rule->when != NULL)
		return unexpected(parser,
		    "'and', 'or', 'on' or the end of "
		    "the line");
	(void)unexpected(parser, "'when', 'on' or the end of the line");
	if (word.kind == TOKEN_WORD)
		diag_suggest(parser->diag, word.text, words);
	return -1;
}

static int
parse_on(struct parser *parser, struct conf_rule *rule)
{
	unsigned int seen = 0;

	if (rule->control != CONTROL_ROUTE &&
	    rule->control != CONTROL_FALLBACK &&
	    rule->control != CONTROL_NONE) {
		diag_error(parser->diag, &look(parser)->place,
		    "only a settle route or fallback can say what follows on "
		    "a result");
		return -1;
	}
	do {
		if (parse_action(parser, rule, &seen) == -1)
			return -1;
	} while (accept_mark(parser, ","));
	return 0;
}

static int
parse_action(struct parser *parser, struct conf_rule *rule, unsigned int *seen)
{
	struct token result, action;
	bool next, declined;
	size_t i;

	if (expect_word(parser, "a result", &result) == -1 ||
	    expect_mark(parser, "=", "'=' and an action") == -1 ||
	    expect_word(parser, "an action", &action) == -1)
		return -1;
	next = strcmp(action.text, "next") == 0;
	if (!next && strcmp(action.text, "refuse") != 0)
		unknown(parser, &action, "action", action_words);
	for (i = 0; doubtful[i] != NULL; i++) {
		if (strcmp(result.text, doubtful[i]) != 0)
			continue;
		diag_error(parser->diag, &result.place,
		    "'%s' may already have moved money; it can never %s",
		    result.text,
		    next ? "continue to another route" : "be refused");
		return 0;
	}
	declined = strcmp(result.text, "declined") == 0;
	if (!declined && strcmp(result.text, "not-attempted") != 0) {
		unknown(parser, &result, "result", result_words);
		return 0;
	}
	if ((*seen & (declined ? 1u : 2u)) != 0)
		diag_error(parser->diag, &result.place, "'%s' is here twice",
		    result.text);
	*seen |= declined ? 1u : 2u;
	if (declined && next)
		rule->on |= CONF_ON_DECLINED_NEXT;
	if (!declined && !next)
		rule->on |= CONF_ON_NOT_ATTEMPTED_REFUSE;
	return 0;
}
