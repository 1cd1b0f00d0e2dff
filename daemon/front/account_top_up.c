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
	const size_t len = strlen(text);
	struct till_error err;
	int64_t micro;
	char *comma;

	if (len == 0) {
		*cents_r = 0;
		return 0;
	}
	if (len >= sizeof(number))
		return -1;
	memcpy(number, text, len + 1);
	comma = strchr(number, ',');
	if (comma != NULL)
		*comma = '.';
	if (decimal_parse(number, "an amount", EPC_CENTS_MAX * CENT, &micro,
		&err) == -1 ||
	    micro == 0 || micro % CENT != 0)
		return -1;
	*cents_r = micro / CENT;
	return 0;
}
