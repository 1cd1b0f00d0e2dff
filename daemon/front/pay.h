/*
 * pay.h - a customer's way through the payment page.
 */
#ifndef FRONT_PAY_H
#define FRONT_PAY_H

struct work;

void visit_begin(struct work *); /* GET /pay?t=TICKET */
void visit_show(struct work *); /* GET /t/HANDLE */
void visit_step(struct work *); /* POST /t/HANDLE */
void visit_done(struct work *); /* GET /t/HANDLE/done */

#endif
