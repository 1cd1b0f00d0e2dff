/*
 * parse_guard.c - "when amount > 50.00 EUR and not merchant in trusted".
 *
 * One function a level: or, and, atom.  "and" and "or" are taken from the
 * left, so that a chain of any length needs no depth.
 */
#include <string.h>

#include <till/ticket.h>

#include "config/parse.h"
#include "config/value.h"

#define LEVEL_MAX 1000
#define COUNT_MAX 1000000

/* What a field is compared with. */
enum operand {
	OPERAND_MONEY = 1,
	OPERAND_NUMBER,
	OPERAND_CURRENCY,
	OPERAND_ID,
	OPERAND_HOURS,
	OPERAND_WEEKDAY,
	OPERAND_KIND,
	OPERAND_CHANNEL
};

struct field {
	const char *name;
	enum operand operand;
	enum guard_op op; /* with a comparison */
	enum guard_op op_in; /* with "in"; 0: not possible */
	int64_t max;
};

static int parse_or(struct parser *, unsigned int depth, struct guard **);
static int parse_and(struct parser *, unsigned int depth, struct guard **);
static int parse_atom(struct parser *, unsigned int depth, struct guard **);
static int parse_field(struct parser *, struct guard **);
static const struct field *find_field(struct parser *, const struct token *);
static int parse_in(struct parser *, const struct field *, struct guard *);
static int parse_hours(struct parser *, struct guard *);
static int parse_minutes(struct parser *, int64_t *minutes_r);
static int parse_cmp(struct parser *, const struct field *, struct guard *);
static void say_comparisons(struct parser *, const struct field *);
static int parse_operand(struct parser *, const struct field *, struct guard *);
static int parse_money(struct parser *, struct guard *);
static int needs_currency(struct parser *, const struct token *amount);
static int parse_word(struct parser *, const struct field *, struct guard *);
static int index_of(const char *, const char *const *words);
static int combine(struct parser *, enum guard_op, struct guard *left,
    struct guard *right, struct guard **);
static struct guard *node(struct parser *, const struct diag_place *);

static const struct field fields[] = {
	{ "amount", OPERAND_MONEY, GUARD_AMOUNT, 0, 0 },
	{ "currency", OPERAND_CURRENCY, GUARD_CURRENCY, GUARD_CURRENCY_IN, 0 },
	{ "merchant", OPERAND_ID, GUARD_MERCHANT, GUARD_MERCHANT_IN, 0 },
	{ "customer", OPERAND_ID, GUARD_CUSTOMER, GUARD_CUSTOMER_IN, 0 },
	{ "hour", OPERAND_HOURS, 0, GUARD_HOUR_IN, 0 },
	{ "weekday", OPERAND_WEEKDAY, GUARD_WEEKDAY, 0, 0 },
	{ "kind", OPERAND_KIND, GUARD_KIND, 0, 0 },
	{ "channel", OPERAND_CHANNEL, GUARD_CHANNEL, 0, 0 },
	{ "auth.level", OPERAND_NUMBER, GUARD_AUTH_LEVEL, 0, LEVEL_MAX },
	{ "since-strong.amount", OPERAND_MONEY, GUARD_STRONG_AMOUNT, 0, 0 },
	{ "since-strong.count", OPERAND_NUMBER, GUARD_STRONG_COUNT, 0,
	    COUNT_MAX },
};

#define FIELDS (sizeof(fields) / sizeof(fields[0]))

static const char *const kinds[] = { "single", "basket", "identity", "enrol",
	NULL };
static const char *const channels[] = { "browser", "api", NULL };

const char *const conf_weekday_words[] = { "sunday", "monday", "tuesday",
	"wednesday", "thursday", "friday", "saturday", NULL };

const char *const conf_cmp_words[] = { "<", "<=", ">", ">=", "==", "!=", NULL };

const char *
conf_field_name(enum guard_op op)
{
	size_t i;

	for (i = 0; i < FIELDS; i++)
		if (fields[i].op == op || fields[i].op_in == op)
			return fields[i].name;
	return NULL;
}

int
parse_guard(struct parser *parser, const struct guard **guard_r)
{
	struct guard *guard;

	parser->guard_nodes = 0;
	if (parse_or(parser, 0, &guard) == -1)
		return -1;
	*guard_r = guard;
	return 0;
}

static int
parse_or(struct parser *parser, unsigned int depth, struct guard **guard_r)
{
	struct guard *right;

	if (parse_and(parser, depth, guard_r) == -1)
		return -1;
	while (accept_word(parser, "or")) {
		if (parse_and(parser, depth, &right) == -1 ||
		    combine(parser, GUARD_OR, *guard_r, right, guard_r) == -1)
			return -1;
	}
	return 0;
}

static int
parse_and(struct parser *parser, unsigned int depth, struct guard **guard_r)
{
	struct guard *right;

	if (parse_atom(parser, depth, guard_r) == -1)
		return -1;
	while (accept_word(parser, "and")) {
		if (parse_atom(parser, depth, &right) == -1 ||
		    combine(parser, GUARD_AND, *guard_r, right, guard_r) == -1)
			return -1;
	}
	return 0;
}

static int
parse_atom(struct parser *parser, unsigned int depth, struct guard **guard_r)
{
	struct guard *inner;

	if (depth == CONF_GUARD_MAX) {
		diag_error(parser->diag, &look(parser)->place,
		    "this guard is nested too deeply");
		return -1;
	}
	if (accept_mark(parser, "(")) {
		if (parse_or(parser, depth + 1, guard_r) == -1)
			return -1;
		return expect_mark(parser, ")", "'and', 'or' or ')'");
	}
	if (accept_word(parser, "not")) {
		if (parse_atom(parser, depth + 1, &inner) == -1)
			return -1;
		return combine(parser, GUARD_NOT, inner, NULL, guard_r);
	}
	return parse_field(parser, guard_r);
}

static int
parse_field(struct parser *parser, struct guard **guard_r)
{
	const struct field *field;
	struct token word;
	struct guard *guard;

	if (expect_word(parser, "what is to be compared", &word) == -1)
		return -1;
	field = find_field(parser, &word);
	if (field == NULL)
		return -1;
	guard = node(parser, &word.place);
	if (guard == NULL)
		return -1;
	*guard_r = guard;
	if (accept_word(parser, "in"))
		return parse_in(parser, field, guard);
	if (parse_cmp(parser, field, guard) == -1)
		return -1;
	guard->op = field->op;
	return parse_operand(parser, field, guard);
}

static const struct field *
find_field(struct parser *parser, const struct token *word)
{
	const char *names[FIELDS + 1];
	size_t i;

	for (i = 0; i < FIELDS; i++) {
		if (strcmp(fields[i].name, word->text) == 0)
			return &fields[i];
		names[i] = fields[i].name;
	}
	names[FIELDS] = NULL;
	unknown(parser, word, "field", names);
	return NULL;
}

static int
parse_in(struct parser *parser, const struct field *field, struct guard *guard)
{
	struct token name;

	if (field->op_in == 0) {
		diag_error(parser->diag, &guard->place,
		    "'%s' cannot be used with 'in'", field->name);
		say_comparisons(parser, field);
		return -1;
	}
	guard->op = field->op_in;
	if (field->operand == OPERAND_HOURS)
		return parse_hours(parser, guard);
	if (expect_word(parser, "the name of a list", &name) == -1)
		return -1;
	return pending_list(parser, &name, guard);
}

static int
parse_hours(struct parser *parser, struct guard *guard)
{
	struct diag_place place = look(parser)->place;

	if (parse_minutes(parser, &guard->from) == -1 ||
	    expect_mark(parser, "..", "'..' and a second time") == -1 ||
	    parse_minutes(parser, &guard->to) == -1)
		return -1;
	if (guard->from == guard->to || guard->from == 24 * 60) {
		diag_error(parser->diag, &place, "these hours are empty");
		diag_note(parser->diag,
		    "the second time is not part of them; the whole day is "
		    "00:00..24:00");
		return -1;
	}
	return 0;
}

static int
parse_minutes(struct parser *parser, int64_t *minutes_r)
{
	struct token time;

	if (expect_word(parser, "a time as in 08:00..18:30", &time) == -1)
		return -1;
	if (value_time_of_day(time.text, minutes_r) == 0)
		return 0;
	diag_error(parser->diag, &time.place,
	    "'%s' is no time of day from 00:00 to 24:00", time.text);
	return -1;
}

static int
parse_cmp(struct parser *parser, const struct field *field, struct guard *guard)
{
	const struct token mark = *look(parser);
	int i = -1;

	if (token_is(&mark, TOKEN_MARK, "=")) {
		diag_error(parser->diag, &mark.place,
		    "'=' gives a setting its value; to compare write '=='");
		diag_note(parser->diag, "did you mean '=='?");
		return -1;
	}
	if (token_is(&mark, TOKEN_WORD, "not")) {
		diag_error(parser->diag, &mark.place,
		    "'not' stands before what it turns round");
		diag_note(parser->diag, "did you mean 'not %s ...'?",
		    field->name);
		return -1;
	}
	if (mark.kind == TOKEN_MARK)
		i = index_of(mark.text, conf_cmp_words);
	if (i == -1) {
		if (unexpected(parser, "a comparison") == -1 &&
		    mark.kind != TOKEN_BAD)
			say_comparisons(parser, field);
		return -1;
	}
	guard->cmp = (enum guard_cmp)(CMP_LT + i);
	if (field->op == 0 ||
	    (field->operand != OPERAND_MONEY &&
		field->operand != OPERAND_NUMBER && guard->cmp < CMP_EQ)) {
		diag_error(parser->diag, &mark.place,
		    "'%s' cannot be compared by '%s'", field->name, mark.text);
		say_comparisons(parser, field);
		return -1;
	}
	advance(parser);
	return 0;
}

static void
say_comparisons(struct parser *parser, const struct field *field)
{
	const char *words = "==, !=";

	if (field->operand == OPERAND_MONEY || field->operand == OPERAND_NUMBER)
		words = "<, <=, >, >=, ==, !=";
	else if (field->op == 0)
		words = "in HH:MM..HH:MM";
	else if (field->op_in != 0)
		words = "==, !=, in LIST";
	diag_note(parser->diag, "one of: %s", words);
}

static int
parse_operand(struct parser *parser, const struct field *field,
    struct guard *guard)
{
	struct token token;

	if (field->operand == OPERAND_MONEY)
		return parse_money(parser, guard);
	if (field->operand != OPERAND_NUMBER)
		return parse_word(parser, field, guard);
	if (expect_word(parser, "a number", &token) == -1)
		return -1;
	if (value_number(token.text, field->max, &guard->number) == 0)
		return 0;
	diag_error(parser->diag, &token.place,
	    "'%s' is no whole number from 0 to %lld", token.text,
	    (long long)field->max);
	return -1;
}

static int
parse_money(struct parser *parser, struct guard *guard)
{
	struct token amount, currency;
	struct till_error err;

	if (look(parser)->kind == TOKEN_STRING) {
		diag_error(parser->diag, &look(parser)->place,
		    "in a guard an amount stands without quotes");
		return -1;
	}
	if (expect_word(parser, "an amount as 30.00 EUR", &amount) == -1)
		return -1;
	currency = *look(parser);
	if (currency.kind != TOKEN_WORD || strcmp(currency.text, "and") == 0 ||
	    strcmp(currency.text, "or") == 0 ||
	    strcmp(currency.text, "on") == 0)
		return needs_currency(parser, &amount);
	advance(parser);
	if (till_currency_exponent(currency.text) == -1) {
		unknown_currency(parser, &currency);
		return -1;
	}
	if (till_money_parse(amount.text, currency.text, &guard->money, &err) ==
	    0) {
		if (currency.place.line == guard->place.line)
			guard->place.width = currency.place.col +
			    currency.place.width - guard->place.col;
		return 0;
	}
	diag_error(parser->diag, &amount.place, "'%s': %s", amount.text,
	    err.text);
	return -1;
}

/* The commonest mistake of all. */
static int
needs_currency(struct parser *parser, const struct token *amount)
{
	if (token_is(look(parser), TOKEN_MARK, ",")) {
		diag_error(parser->diag, &look(parser)->place,
		    "decimals are written behind a point, as in 30.00 EUR");
		return -1;
	}
	diag_error(parser->diag, &amount->place,
	    "an amount needs its currency, e.g. '30.00 EUR'");
	return -1;
}

static int
parse_word(struct parser *parser, const struct field *field,
    struct guard *guard)
{
	static const struct {
		enum operand operand;
		const char *what;
		const char *const *words; /* NULL: not a closed set */
	} operands[] = {
		{ OPERAND_CURRENCY, "currency", NULL },
		{ OPERAND_ID, "id", NULL },
		{ OPERAND_WEEKDAY, "weekday", conf_weekday_words },
		{ OPERAND_KIND, "kind", kinds },
		{ OPERAND_CHANNEL, "channel", channels },
	};
	struct token token;
	size_t i = 0;

	while (operands[i].operand != field->operand)
		i++;
	if (expect_text(parser, "what to compare it with", &token) == -1)
		return -1;
	guard->word = token.text;
	if (operands[i].words != NULL) {
		guard->number = index_of(token.text, operands[i].words);
		if (guard->number != -1)
			return 0;
		unknown(parser, &token, operands[i].what, operands[i].words);
		return -1;
	}
	if (field->operand == OPERAND_ID) {
		if (till_id_ok(token.text))
			return 0;
		diag_error(parser->diag, &token.place,
		    "'%s' is no id: 1 to %d of a-z, 0-9 and '-'", token.text,
		    TILL_ID_MAX - 1);
		return -1;
	}
	if (till_currency_exponent(token.text) != -1)
		return 0;
	unknown_currency(parser, &token);
	return -1;
}

static int
index_of(const char *word, const char *const *words)
{
	int i;

	for (i = 0; words[i] != NULL; i++)
		if (strcmp(word, words[i]) == 0)
			return i;
	return -1;
}

static int
combine(struct parser *parser, enum guard_op op, struct guard *left,
    struct guard *right, struct guard **guard_r)
{
	struct guard *guard;

	guard = node(parser, &left->place);
	if (guard == NULL)
		return -1;
	guard->op = op;
	guard->left = left;
	guard->right = right;
	*guard_r = guard;
	return 0;
}

static struct guard *
node(struct parser *parser, const struct diag_place *place)
{
	struct guard *guard;

	if (parser->guard_nodes == CONF_GUARD_MAX) {
		diag_error(parser->diag, place,
		    "this guard has more than %d parts", CONF_GUARD_MAX);
		return NULL;
	}
	guard = arena_alloc(parser->arena, sizeof(*guard));
	if (guard == NULL) {
		(void)out_of_memory(parser);
		return NULL;
	}
	parser->guard_nodes++;
	guard->place = *place;
	return guard;
}
