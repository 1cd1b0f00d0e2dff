/*
 * sign_in.h - a customer shows who he is, for the pages of his account.
 *
 *	GET  /sign-in	what is asked; "next" is where it leads, "fresh" asks
 *			again whoever is signed in, "for=enrol" whoever is to
 *			make a credential, "as=other" anybody
 *	POST /sign-in	the answers; 303 to "next", with the session
 *
 * /merchant/sign-in is the same for a merchant, who sees his till: see
 * merchant.h.
 *
 * Nothing of it is kept here: the form holds the rear unit's name of the
 * conversation, and its token is made of that name and of the browser's own
 * secret, so that no other browser goes on with it.
 */
#ifndef FRONT_SIGN_IN_H
#define FRONT_SIGN_IN_H

#include <stdbool.h>

struct answer;
struct work;

enum sign_in_kind {
	SIGN_IN_ANY = 0, /* who is signed in may be asked nothing */
	SIGN_IN_FRESH,
	SIGN_IN_TO_ENROL /* a fresh one, as the rear's order.h says */
};

void sign_in_show(struct work *);
void sign_in_step(struct work *);
void sign_in_merchant_show(struct work *);
void sign_in_merchant_step(struct work *);

/* The path of it, for whom this request is. */
const char *sign_in_path(const struct work *);
/* 303 to it, and from there to next, a page of the account or of the till with
 * its query, or for NULL to this request's path. */
void sign_in_first(struct work *, enum sign_in_kind, const char *next);

/* page_sign_in.c: said is what the latest try brought, or NULL; work->said
 * the text of one that had to begin again. */
void page_sign_in(struct work *, const struct answer *answer,
    const struct answer *said, const char *csrf, const char *next);

#endif
