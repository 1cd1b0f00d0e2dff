/*
 * answer.h - the simulated bank's answers, right ones and wrong ones.
 */
#ifndef BANK_ANSWER_H
#define BANK_ANSWER_H

#include "bank/ledger.h"

/* Put an element in, instead of what is there. */
void bank_answer_set(struct iso_message *, int number, const char *value);

/* The answer to a request: its elements that come back, and a code. */
void bank_answer_begin(const struct iso_message *request, const char *code,
    struct iso_message *answer_r);
/* To a payment, as it was booked. */
void bank_answer_entry(const struct iso_message *request,
    const struct bank_entry *, struct iso_message *answer_r);
/* To 0500: our own sums, and whether they are those of the request.  The
 * letter is that of DE97 where debits exceed credits. */
void bank_answer_totals(const struct iso_message *request,
    const struct bank_totals *, char letter, struct iso_message *answer_r);
/* Spoil a right answer. */
void bank_answer_spoil(struct iso_message *, const struct script_action *);

/* A message of the bank's own, at this moment. */
void bank_answer_own(const char *mti, int64_t stan, struct iso_message *);
/* Give a charge back: 0420 or 0422. */
void bank_answer_return(const char *mti, int64_t stan,
    const struct bank_entry *, const char *card, struct iso_message *);

#endif
