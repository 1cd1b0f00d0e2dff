/*
 * vat.h - the list of VAT rates in a ticket and in its voucher.
 */
#ifndef VAT_H
#define VAT_H

#include <till/error.h>
#include <till/ticket.h>

#include "claims.h"
#include "emit.h"

/* Each rate is 0..100 percent, each amount 0..TILL_MICRO_LIMIT, and there
 * are at most TILL_VAT_MAX. */
int vat_check(const struct till_vat *vat, size_t len, struct till_error *err);

/* Write the claim, or nothing for an empty list. */
void vat_emit(struct emit *out, const struct till_vat *vat, size_t len,
    const char *currency);

/* Read the claim if it is there: *len_r is 0 if not. */
int vat_read(struct claims *claims, struct till_vat vat[TILL_VAT_MAX],
    size_t *len_r, struct till_error *err);

#endif
