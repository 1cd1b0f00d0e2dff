/*
 * epc.c - see epc.h.
 */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "creditor.h"
#include "front/epc.h"
#include "front/utf8.h"
#include "iban.h"

#define AMOUNT_SIZE 48

static bool is_line(const char *, size_t max);

int
epc_make(const struct epc *epc, char text_r[EPC_MAX])
{
	char amount[AMOUNT_SIZE] = "";
	int len;

	if (epc->name[0] == '\0' || !is_line(epc->name, EPC_NAME_MAX) ||
	    epc->iban[0] == '\0' || !is_line(epc->iban, IBAN_MAX - 1) ||
	    epc->reference[0] == '\0' ||
	    !is_line(epc->reference, CREDITOR_MAX - 1) ||
	    (epc->bic[0] != '\0' && !bic_ok(epc->bic)) || epc->cents < 0 ||
	    epc->cents > EPC_CENTS_MAX)
		return -1;
	if (epc->cents > 0)
		(void)snprintf(amount, sizeof(amount),
		    "EUR%" PRId64 ".%02" PRId64, epc->cents / 100,
		    epc->cents % 100);
	/* Version, UTF-8, the scheme; behind the amount no purpose. */
	len =
	    snprintf(text_r, EPC_MAX, "BCD\n002\n1\nSCT\n%s\n%s\n%s\n%s\n\n%s",
		epc->bic, epc->name, epc->iban, amount, epc->reference);
	return len > 0 && len < EPC_MAX ? 0 : -1;
}

static bool
is_line(const char *text, size_t max)
{
	return utf8_ok(text, strlen(text)) &&
	    text[utf8_prefix(text, max)] == '\0' &&
	    strpbrk(text, "\r\n") == NULL;
}
