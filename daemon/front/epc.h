/*
 * epc.h - the text of a code that a bank's app makes a transfer of (EPC069-12,
 * version 002: SEPA credit transfers in euros, UTF-8).
 */
#ifndef FRONT_EPC_H
#define FRONT_EPC_H

#include <stdint.h>

#define EPC_MAX 332 /* octets of the text, with its NUL */
#define EPC_NAME_MAX 70 /* characters */
#define EPC_CENTS_MAX INT64_C(99999999999)

struct epc {
	const char *bic; /* "": none, within the EEA */
	const char *name; /* whose account it is */
	const char *iban; /* without blanks */
	const char *reference; /* ISO 11649 */
	int64_t cents; /* 1 to EPC_CENTS_MAX; 0: the payer chooses */
};

/* -1: something is empty, too long, or has a line's end in it. */
int epc_make(const struct epc *, char text_r[EPC_MAX]);

#endif
