/*
 * check_settle.h - settlements for the checks; nobody else includes it.
 */
#ifndef KIT_CHECK_SETTLE_H
#define KIT_CHECK_SETTLE_H

#include "kit/check.h"

/* One settlement of 5.00 EUR under a key, of an original or none (NULL).
 * Fails if the answer breaks the contract. */
enum till_result kit_ask(struct kit_case *, enum till_verb, const char *key,
    const char *original);

/* A charge that must be COMMITTED, or the check fails; its reference is
 * copied to reference, which has TILL_REF_MAX octets. */
int kit_charged(struct kit_case *, const char *key, char *reference);

/* Fails unless the last outcome is that of before. */
void kit_as_before(struct kit_case *, const char *what, enum till_result before,
    const struct till_outcome *);

/* Fails unless the last outcome, by which money was moved or held, is of
 * the order's amount and robs nobody: a charge and a hold take from the
 * payer's wallet what it covers and give to the payee's till, what is given
 * back goes the other way, and no one else's is touched. */
void kit_parties(struct kit_case *, enum till_verb, const char *what);

/* The answer is one by which something is known. */
bool kit_definite(enum till_result);

#endif
