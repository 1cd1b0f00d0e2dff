/*
 * profile.h - which elements a message of each type must have and may
 * have, and which of a request an answer must bring back.
 *
 * iso8583.h says what a value may be; here is what makes a message whole.
 */
#ifndef SETTLE_BANK_PROFILE_H
#define SETTLE_BANK_PROFILE_H

#include "settle_bank/iso8583.h"

enum profile_way { PROFILE_TO_BANK = 1, PROFILE_FROM_BANK };

/*
 * Is the message whole, with nothing in it that its type has not?  A card
 * number that we send has its check digit; one that comes may have lost
 * it to a network that masks.
 */
int profile_check(const struct iso_message *, enum profile_way,
    struct till_error *err);

/*
 * Is this the answer to that request?  Types that belong together (0210 to
 * 0200 and 0201), DE7 and DE11, and 32, 37 and 41 where both carry them:
 * the key under which an answer finds its request.
 */
bool profile_answers(const struct iso_message *request,
    const struct iso_message *answer);

/*
 * An answer found by its key: does it bring back what it must, so that it
 * is about this payment?  DE3, 4, 37, 49, and others where both have them.
 * -1 names the first that differs; then it is no answer, and least of all
 * an approval.
 */
int profile_echoes(const struct iso_message *request,
    const struct iso_message *answer, struct till_error *err);

/* The type that answers a type: "0210" for "0200" and "0201"; "" if that
 * type has no answer here. */
const char *profile_answer_type(const char *mti);

#endif
