/*
 * judge.h - what an answer of the payment server means for the order, or
 * that there is none; the table is at the head of pay.c.
 *
 * PAY_NONE: the order goes on, by answers to prompts or, if it waits, by
 * asking again.  Any other end has its sentence in *err.
 */
#ifndef JUDGE_H
#define JUDGE_H

#include "pay.h"
#include "post.h"

/* An answer has come: it is that of the report, with order->status. */
enum pay_end judge_heard(struct pay_order *, struct till_error *);

/* None has, by the end and the reason of post_json; the report has none
 * from here on. */
enum pay_end judge_unheard(struct pay_order *, enum post_end,
    const struct till_error *reason, struct till_error *);

/* It was asked for long enough. */
enum pay_end judge_late(const struct pay_order *, struct till_error *);

#endif
