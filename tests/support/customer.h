/*
 * customer.h - a customer with passkeys, before auth_smartcard.
 */
#ifndef SUPPORT_CUSTOMER_H
#define SUPPORT_CUSTOMER_H

#include "support/authenticator.h"
#include "support/holder.h"

/* Made anew by customer_open: of P-256, which counts from 1, and of RSA,
 * which does not count. */
extern struct authenticator customer_key, customer_rsa;

/* As holder_open, with an origin and one setting more (or NULL). */
void customer_open(const char *more);

/* Register as the account page does; why it was refused is in the log. */
enum till_result customer_enrol(const struct authenticator *,
    struct authenticator_wish);
void customer_enrolled(const struct authenticator *); /* it must be taken */

/* The challenge of the open prompt, or of the one that is then asked. */
void customer_asked(char challenge[44]);
/* Reply and free the text. */
enum till_result customer_sends(char *text);
/* The wish has no challenge: the prompt's. */
enum till_result customer_pays(const struct authenticator *,
    struct authenticator_wish);
/* It must have been a grant; another conversation begins. */
void customer_paid(enum till_result);

#endif
