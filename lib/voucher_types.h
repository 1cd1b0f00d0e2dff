/*
 * voucher_types.h - the typ that each kind of answer bears.
 */
#ifndef VOUCHER_TYPES_H
#define VOUCHER_TYPES_H

#include <till/voucher.h>

/* All three types, and NULL: at type - 1 stands the one of type. */
extern const char *const voucher_types[];

/*
 * Everything in till_voucher_check but what tells a voucher from a
 * refusal: that this answer is from iss, for this ticket, and now.
 */
int voucher_answers(const struct till_voucher *voucher,
    const struct till_ticket *ticket, const char *iss, int64_t now,
    struct till_error *err);

#endif
