/*
 * conf_set_amounts.c - a value of "set" that is an amount of each of some
 * currencies, as "0.50 EUR 0.60 USD", or "none".
 */
#include <stdio.h>
#include <string.h>

#include "config/parse.h"

#define NONE "none"
#define AMOUNTS_TEXT_MAX 512 /* octets of all of them */

static int parse_amount(struct parser *, char text[AMOUNTS_TEXT_MAX]);
static int add_amount(struct parser *, const struct token *,
    const struct token *, char text[AMOUNTS_TEXT_MAX]);
static const char *next_amount(const char *, struct till_money *);

int
parse_set_amounts(struct parser *parser, struct token *value_r)
{
	char text[AMOUNTS_TEXT_MAX] = "";

	*value_r = *look(parser);
	if (accept_word(parser, NONE)) {
		(void)snprintf(text, sizeof(text), NONE);
	} else {
		do {
			if (parse_amount(parser, text) == -1)
				return -1;
		} while (!token_is_end(look(parser)));
	}
	value_r->text = arena_string(parser->arena, text, strlen(text));
	return value_r->text == NULL ? out_of_memory(parser) : 0;
}

bool
conf_set_amount(const struct conf *conf, const char *key, const char *currency,
    int64_t *micro_r)
{
	struct till_money money;
	size_t i;

	for (i = 0; conf_set_amount_at(conf, key, i, &money); i++) {
		if (strcmp(money.currency, currency) == 0) {
			*micro_r = money.micro;
			return true;
		}
	}
	return false;
}

bool
conf_set_amount_at(const struct conf *conf, const char *key, size_t i,
    struct till_money *money_r)
{
	const char *text = conf_set(conf, key);

	while (text != NULL && *text != '\0') {
		text = next_amount(text, money_r);
		if (text != NULL && i-- == 0)
			return true;
	}
	return false;
}

static int
parse_amount(struct parser *parser, char text[AMOUNTS_TEXT_MAX])
{
	struct token amount, currency;

	if (look(parser)->kind == TOKEN_STRING) {
		diag_error(parser->diag, &look(parser)->place,
		    "an amount stands here without quotes");
		return -1;
	}
	if (expect_word(parser, "an amount as 0.50 EUR, or none", &amount) ==
	    -1)
		return -1;
	currency = *look(parser);
	if (token_is(&currency, TOKEN_MARK, ",")) {
		diag_error(parser->diag, &currency.place,
		    "decimals are written behind a point, as in 0.50 EUR");
		return -1;
	}
	if (currency.kind != TOKEN_WORD) {
		diag_error(parser->diag, &amount.place,
		    "an amount needs its currency, e.g. '0.50 EUR'");
		return -1;
	}
	advance(parser);
	if (till_currency_exponent(currency.text) == -1) {
		unknown_currency(parser, &currency);
		return -1;
	}
	return add_amount(parser, &amount, &currency, text);
}

static int
add_amount(struct parser *parser, const struct token *amount,
    const struct token *currency, char text[AMOUNTS_TEXT_MAX])
{
	const size_t len = strlen(text);
	struct till_money money;
	struct till_error err;
	int n;

	if (strstr(text, currency->text) != NULL) {
		diag_error(parser->diag, &currency->place, "'%s' is here twice",
		    currency->text);
		return -1;
	}
	if (till_money_parse(amount->text, currency->text, &money, &err) ==
	    -1) {
		diag_error(parser->diag, &amount->place, "'%s': %s",
		    amount->text, err.text);
		return -1;
	}
	if (money.micro == 0) {
		diag_error(parser->diag, &amount->place,
		    "to allow nothing, write none");
		return -1;
	}
	n = snprintf(text + len, AMOUNTS_TEXT_MAX - len, "%s%s %s",
	    len > 0 ? " " : "", amount->text, currency->text);
	if (n < 0 || (size_t)n >= AMOUNTS_TEXT_MAX - len) {
		diag_error(parser->diag, &amount->place,
		    "these are more than %d octets", AMOUNTS_TEXT_MAX);
		return -1;
	}
	return 0;
}

/* What is behind it; NULL where there is none ("none"). */
static const char *
next_amount(const char *text, struct till_money *money)
{
	const size_t amount = strcspn(text, " ");
	char number[TILL_MONEY_MAX], currency[TILL_CURRENCY_MAX];
	struct till_error err;
	size_t code;

	if (amount >= sizeof(number) || text[amount] != ' ')
		return NULL;
	memcpy(number, text, amount);
	number[amount] = '\0';
	text += amount + 1;
	code = strcspn(text, " ");
	if (code >= sizeof(currency))
		return NULL;
	memcpy(currency, text, code);
	currency[code] = '\0';
	if (till_money_parse(number, currency, money, &err) == -1)
		return NULL;
	return text + code + strspn(text + code, " ");
}
