/*
 * refund_request.h - a merchant has the payment server give back what one
 * of its tickets was paid with.
 *
 * A compact JWS of type "till-refund+jwt", signed with one of the merchant's
 * active keys:
 *
 *	iss	its merchant id
 *	aud	the payment server's issuer URL, exactly
 *	iat, exp	at most TILL_REFUND_LIFETIME seconds apart
 *	jti	id of the refund, unique to the ticket: the same one gives
 *		back once
 *	tjti	id of the ticket
 *	amount, currency	as in a ticket; both left out: all that is
 *		left
 *	desc	what for, or left out
 */
#ifndef REFUND_REQUEST_H
#define REFUND_REQUEST_H

#include <stddef.h>
#include <stdint.h>

#include <till/error.h>
#include <till/key.h>
#include <till/money.h>
#include <till/ticket.h>

#define TILL_REFUND_LIFETIME 60 /* seconds from iat to exp, at most */

/* The claims, as a value. */
struct till_refund {
	char iss[TILL_ID_MAX];
	char aud[TILL_URL_MAX];
	int64_t iat, exp; /* seconds since 1970 UTC */
	char jti[TILL_JTI_MAX];
	char tjti[TILL_JTI_MAX];
	struct till_money amount; /* currency "": all that is left */
	char desc[TILL_TEXT_MAX]; /* "": none */
};

/* Check the claims and sign them; *token_r is freed with free. */
int till_refund_sign(const struct till_refund *refund,
    const struct till_key *key, char **token_r, struct till_error *err);

/* Verify the signature, then read.  Whose the key is, audience and time
 * are for the caller to compare. */
int till_refund_open(const char *token, size_t len, till_key_find *find,
    void *arg, struct till_refund *refund_r, struct till_error *err);

/* Is it from owner, for this server and of now, give or take
 * TILL_CLOCK_SKEW? */
int till_refund_check(const struct till_refund *refund, const char *owner,
    const char *aud, int64_t now, struct till_error *err);

#endif
