/*
 * report.h - what became of a payment, for a person or for a program.
 */
#ifndef REPORT_H
#define REPORT_H

#include <stdio.h>

#include "pay.h"

/* The voucher, a line on out.  -1: it could not be written. */
int report_text(const struct pay_report *, FILE *out);

/* One JSON object on out, of till-card(1); bill is NULL if there is no
 * ticket, text the sentence for a person unless it was paid.  -1: it could not
 * be written. */
int report_json(enum pay_end, const struct bill *, const struct pay_report *,
    const char *text, FILE *out);

#endif
