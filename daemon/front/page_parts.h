/*
 * page_parts.h - parts that several pages have.
 */
#ifndef FRONT_PAGE_PARTS_H
#define FRONT_PAGE_PARTS_H

#include "front/pages.h"

#define FOREIGN_MAX 200 /* characters of one text from a merchant */

/* Rows of a list of facts. */
void put_payee(struct page *, const struct till_ticket *,
    const struct answer *);
void put_goods(struct page *, const struct till_ticket *);
void put_total(struct page *, const struct till_ticket *);
void put_money(struct page *, int64_t micro, const char *currency);
void put_time(struct page *, int64_t time_s);

/* A region in which it is said that so many seconds are nearly over, by
 * announce.js and the words KIND.minute, KIND.moment and KIND.over; it stays
 * empty until then, and without script. */
void put_left(struct page *, uint64_t left_s, const char *kind);

/* The heading of a page, with a sign of how it stands above it. */
enum page_mark { MARK_NONE = 0, MARK_GOOD, MARK_STOP, MARK_NOTE, MARK_WAIT };
void put_state(struct page *, enum page_mark, const char *key);

/* What it is paid from, in the reader's words; the way itself where the
 * catalogue has none. */
const char *page_way(const struct page *, const char *way);

/* This visit's own address, with ?lang= if it was said, and more; for an
 * attribute. */
void put_here(struct page *, const char *more);

/* Within a form: a field that says what the page knows already. */
void put_hidden(struct page *, const char *name, const char *value);

/* Within a form: what is open of an answer's prompts. */
void put_prompts(struct page *, const struct answer *);
/* Did the latest try bring an error; and which, each as a paragraph. */
bool said_error(const struct answer *said);
void put_errors(struct page *, const struct answer *said);

/* Where a customer allows payments again, if he has stopped them himself and
 * that is why. */
void put_thaw(struct page *, const struct answer *);

/* A prompt of kind AUDIO, within a form. */
void put_audio(struct page *, const struct answer_prompt *);

/* One of kind SIGNATURE, within a form; of an answer that names the customer
 * whose passkeys are asked for.  A passkey to be used ("webauthn") is used by
 * the form's buttons, but for those with formnovalidate; one to be made
 * ("webauthn-create") has a button of its own. */
void put_signature(struct page *, const struct answer *,
    const struct answer_prompt *);

/* page_web_eid.c: one for an ID card, which the page offers where the browser
 * has what it takes, by a button of its own. */
bool is_web_eid(const struct answer_prompt *);
void put_web_eid(struct page *, const struct answer_prompt *,
    const char *customer);
/* Does an allowance cover it, has the customer come from the merchant, and
 * pressed nothing yet, so that the page pays by itself?  Under the visit's
 * lock. */
bool page_goes_on(const struct work *, const struct answer *);
/* Within a form: that it is so, and the script that sends it; and on a
 * receipt, that it was. */
void put_unasked(struct page *, const struct till_ticket *,
    const struct answer *);
void put_was_unasked(struct page *, const char *payee);

/* The payee's name: the registered one, or else the id. */
const char *page_payee(const struct answer *, const struct till_ticket *);

#endif
