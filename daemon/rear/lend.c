/*
 * lend.c - see lend.h.
 */
#include <string.h>

#include <openssl/crypto.h>

#include "rear/lend.h"

int
lend(struct rear *rear, const struct instance *instance, struct loan *loan,
    struct till_settlement *settlement, struct till_error *err)
{
	int r;

	lend_end(loan, settlement);
	if ((instance_module(instance)->caps & TILL_CAP_BANK) == 0 ||
	    settlement->verb == TILL_QUERY)
		return 0;
	loan->text = OPENSSL_secure_malloc(IDENTITY_TEXT_MAX);
	if (loan->text == NULL)
		return till_fail(err, "out of secure memory");
	r = identities_get(rear->identities, settlement->payer, loan->name,
	    loan->text, err);
	if (r == 0) {
		settlement->payer_bank.data = (const unsigned char *)loan->text;
		settlement->payer_bank.len = strlen(loan->text);
		return 0;
	}
	lend_end(loan, settlement);
	return r == 1 ? 0 : -1;
}

void
lend_end(struct loan *loan, struct till_settlement *settlement)
{
	settlement->payer_bank = (struct till_bytes){ NULL, 0 };
	if (loan->text != NULL)
		OPENSSL_secure_clear_free(loan->text, IDENTITY_TEXT_MAX);
	loan->text = NULL;
}
