/*
 * money.c - any text is an amount or is refused, and what is an amount
 * is printed so that it is read back.
 */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <till/money.h>
#include <till/ticket.h>

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);
static void look(const struct till_money *);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);
	struct till_money money;
	struct till_error err;

	assert(text != NULL);
	if (size > 0)
		memcpy(text, data, size);
	text[size] = '\0';
	if (till_money_parse(text, "EUR", &money, &err) == 0)
		look(&money);
	if (till_money_parse_with_currency(text, &money, &err) == 0)
		look(&money);
	else
		assert(till_text_ok(err.text, TILL_ERROR_MAX));
	(void)till_text_ok(text, TILL_TEXT_MAX);
	(void)till_url_ok(text);
	free(text);
	return 0;
}

static void
look(const struct till_money *money)
{
	char text[TILL_MONEY_MAX];
	struct till_money again;
	struct till_error err;
	int r;

	assert(money->micro >= 0 && money->micro <= TILL_MICRO_LIMIT);
	assert(till_currency_exponent(money->currency) >= 0);
	r = till_money_parse(till_money_print(money, text), money->currency,
	    &again, &err);
	assert(r == 0 && again.micro == money->micro);
}
