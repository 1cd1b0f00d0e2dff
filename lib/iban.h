/*
 * iban.h - numbers of bank accounts (ISO 13616), and of banks (ISO 9362).
 */
#ifndef IBAN_H
#define IBAN_H

#include <stdbool.h>
#include <stddef.h>

#include <till/error.h>

#define IBAN_MAX 35 /* the longest, with its NUL */

/* Where an account is, as to transfers in euros. */
enum iban_area {
	IBAN_NOWHERE = 0, /* no country that has IBANs */
	IBAN_ELSEWHERE, /* no SEPA transfer goes there */
	IBAN_SEPA, /* one does, and needs the bank's BIC */
	IBAN_EEA /* one does, without a BIC as well */
};

/*
 * Read an IBAN as people write it, with blanks between its characters: a
 * country that has IBANs, the length of that country's, capital letters
 * and digits, right check digits.  iban_r has it without the blanks.
 */
int iban_read(const char *text, char iban_r[IBAN_MAX], struct till_error *err);

/* Of one that was read; the areas are those of EPC409-09. */
enum iban_area iban_area(const char *iban);

/* Eight or eleven characters: of a bank, a country, a place, perhaps a
 * branch. */
bool bic_ok(const char *bic);

#endif
