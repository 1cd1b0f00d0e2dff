/*
 * account_top_up.c - how to fill the wallet: what is asked, and the amount
 * that the customer wishes to have in the code.
 */
#include <string.h>

#include "decimal.h"
#include "front/account_priv.h"
#include "front/epc.h"

#define CENT (TILL_MICRO / 100)

static void top_up_then(struct work *);

void
account_top_up(struct work *work)
{
	if (account_enter(work) == 0)
		account_ask(work, "account.topup", NULL, top_up_then);
}

static void
top_up_then(struct work *work)
{
	const char *text = body_text(&work->body, "", "amount");
	json_t *how = account_doc(work);
	int64_t cents = 0;

	if (how == NULL)
		return;
	if (text == NULL)
		text = "";
	if (account_cents(text, &cents) == -1)
		work->account->why = "top-up.bad-amount";
	page_top_up(work, how, text, cents);
	json_decref(how);
}

int
account_cents(const char *text, int64_t *cents_r)
{
	char number[ACCOUNT_AMOUNT_MAX];
	struct till_error err;
	int64_t micro;

	if (text[0] == '\0') {
		*cents_r = 0;
		return 0;
	}
	if (account_typed(text, number, sizeof(number)) == -1 ||
	    decimal_parse(number, "an amount", EPC_CENTS_MAX * CENT, &micro,
		&err) == -1 ||
	    micro == 0 || micro % CENT != 0)
		return -1;
	*cents_r = micro / CENT;
	return 0;
}

int
account_typed(const char *text, char *number_r, size_t size)
{
	char *comma;

	if (text == NULL || strlen(text) >= size ||
	    text[strspn(text, "0123456789.,")] != '\0')
		return -1;
	memcpy(number_r, text, strlen(text) + 1);
	comma = strchr(number_r, ',');
	if (comma != NULL)
		*comma = '.';
	return 0;
}
