/*
 * creditor.h - creditor references (ISO 11649): what a customer gives his
 * bank, so that his transfer is known here as his.
 *
 * "RF", two check digits, and up to 21 capital letters and digits.  A
 * customer's is made of his id alone, and always the same.  Its first
 * character behind the check digits says how:
 *
 *	C	the id itself in capital letters, where it has no hyphen
 *		and at most 20 characters: alice is RF07CALICE
 *	D	the id as a number, where it has a hyphen and at most 19
 *		characters: "-", "0" to "9", "a" to "z" are the digits 1 to
 *		37 of a number to the base 37, without a zero; it is
 *		written to the base 36, with the digits 0 to 9, A to Z
 *	H	of any other id, the SHA-256 of "till-creditor-1", a NUL
 *		and the id: the last 20 digits, to the base 36, of the
 *		number that its first 16 octets are
 *
 * With C and D an id can be read back, so no two customers have the same.
 * With H they have not but by a chance of one in 2^103 for any two: who
 * books by references must book nothing by one that two customers have.
 */
#ifndef CREDITOR_H
#define CREDITOR_H

#include <till/error.h>

#define CREDITOR_BODY_MAX 21 /* characters behind the check digits */
#define CREDITOR_MAX (4 + CREDITOR_BODY_MAX + 1) /* with its NUL */

/* The reference of a customer's id (till_id_ok); -1: it is none, or
 * SHA-256 failed. */
int creditor_of(const char *customer, char reference_r[CREDITOR_MAX],
    struct till_error *err);

/* The reference with this body: 1 to CREDITOR_BODY_MAX capital letters
 * and digits.  -1: it is none. */
int creditor_seal(const char *body, char reference_r[CREDITOR_MAX],
    struct till_error *err);

#endif
