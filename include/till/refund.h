/*
 * till/refund.h - a merchant has the payment server give back what one of
 * its tickets was paid with.
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
 *
 * It is POSTed to ISSUER/v1/refunds (doc/protocol.md).  Who has no answer
 * sends the same refund again, with the same id: it is made once.
 */
#ifndef TILL_REFUND_H
#define TILL_REFUND_H

#include <stddef.h>
#include <stdint.h>

#include <till/error.h>
#include <till/key.h>
#include <till/money.h>
#include <till/ticket.h>

#ifdef __cplusplus
extern "C" {
#endif

#define TILL_REFUND_LIFETIME 60 /* seconds from iat to exp, at most */
#define TILL_REFUND_PATH "/v1/refunds" /* behind the issuer */
#define TILL_REFUND_REASON_MAX 32 /* with NUL */

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

/* What the server has made of it.  Zero is no end. */
enum till_refund_end {
	TILL_REFUND_NONE = 0,
	TILL_REFUND_DONE, /* the customer has it */
	TILL_REFUND_PENDING, /* a bank is being asked: an event will tell */
	TILL_REFUND_RETURNED, /* the bank has not made it: it is over */
	/* Nothing was done by this request: see reason.  Of an earlier one
	 * with the same id, which had no answer, "unauthorized" and
	 * "invalid-request" say nothing. */
	TILL_REFUND_REFUSED,
	TILL_REFUND_AGAIN /* it may have been done: send the same again */
};

struct till_refund_answer {
	enum till_refund_end end;
	/* DONE, PENDING, RETURNED: */
	struct till_money amount;
	uint64_t txn; /* serial number of the refund in the register */
	int64_t time_s; /* when it was made, seconds */
	/* REFUSED: "amount", "funds", "disputed", "conflict" ..., and a text
	 * for the merchant, or "". */
	char reason[TILL_REFUND_REASON_MAX];
	char detail[TILL_TEXT_MAX];
};

/*
 * Read the answer to a refund: its HTTP status and its body.  -1, with end
 * TILL_REFUND_AGAIN, if it is none, or that of another refund: as of no
 * answer nothing is known then.
 */
int till_refund_answer_read(const struct till_refund *refund,
    unsigned int status, const char *body, size_t len,
    struct till_refund_answer *answer_r, struct till_error *err);

#ifdef __cplusplus
}
#endif

#endif
