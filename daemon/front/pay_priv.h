/*
 * pay_priv.h - what the files pay*.c share.
 */
#ifndef FRONT_PAY_PRIV_H
#define FRONT_PAY_PRIV_H

#include "front/form.h"
#include "front/unit.h"

/* The visit of the path, language, session cookie.  -1: it was answered. */
int pay_enter(struct work *);
/* Begin the question about the visit; the cookie has been read. */
void pay_question(struct work *, enum order_action);
/* Ask by the ticket, not by a conversation that is gone. */
void pay_forget(struct work *);
/* 303 to the visit's address and what is behind it. */
void pay_redirect(struct work *, const char *behind);
/* The form's token: the browser's secret under the visit's. */
int pay_csrf(struct work *, char csrf_r[CSRF_SIZE]);

/* Keep what was answered in the visit: the conversation's name, how it
 * ended, or (taken) what the latest step brought. */
void pay_keep_conversation(struct work *);
void pay_keep_end(struct work *);
void pay_keep_said(struct work *);
/* The customer of this conversation goes: the next one begins anew. */
void pay_end_conversation(struct work *);
/* Begin a step, or (false) wait for the same browser's that is on its way;
 * then is called when that has ended. */
bool pay_lead(struct work *, void (*then)(struct work *));
/* The step has ended: whoever waits for it goes on. */
void pay_led(struct work *);
/* Note it if the browser has come from a page of the merchant's: by its word
 * for where it comes from (Referer), the origin of the ticket's ret. */
void pay_note_sender(struct work *);
/* Has it?  Under the visit's lock. */
bool pay_was_sent(const struct work *);
/* Is this the browser whose step ended the visit? */
bool pay_is_payer(struct work *);

#endif
