/*
 * till/notice.h - what the payment server tells a merchant on its own.
 *
 * A notice is a signed event (typ "till-event+jwt"): that a voucher was
 * issued, a ticket refused, a settlement in doubt resolved, a refund made.  It
 * reaches the merchant whether or not the customer's station ever comes back.
 * Only the rear unit signs notices, only of what its ledger holds.
 *
 * Delivery is at least once: the same event may come again, with the same
 * id and number.  A notice has no end of validity, as it may be long in
 * coming; what keeps an old one from being taken for a new one is seq.
 */
#ifndef TILL_NOTICE_H
#define TILL_NOTICE_H

#include <stddef.h>
#include <stdint.h>

#include <till/error.h>
#include <till/key.h>
#include <till/money.h>
#include <till/ticket.h>
#include <till/voucher.h>

#ifdef __cplusplus
extern "C" {
#endif

/* As struct till_voucher: filled in by the caller to sign, one block with
 * all it points to when opened.  What an event does not say is NULL or
 * zero. */
struct till_notice {
	const char *iss; /* the payment server's issuer URL */
	const char *aud; /* merchant id; iss again: the server's own */
	const char *jti; /* the event's id, the same each time it is sent */
	int64_t iat; /* when it happened, seconds */
	uint64_t seq; /* 1, 2 ... of the events of this aud */
	/* voucher.issued, ticket.refused, auth.failed, settle.unknown,
	 * settle.resolved, refund.made, refund.failed ...; there may be new
	 * ones, so what a merchant does not know it passes over. */
	const char *type;
	const char *tjti, *th; /* of the ticket that it is about */
	enum till_kind kind; /* likewise; 0: about no ticket */
	struct till_money amount; /* currency "": none */
	/* Of the entry in the register: it is paid; of refund.*: of the
	 * refund's, and nothing is paid. */
	uint64_t txn;
	const char *via; /* "wallet", "bank" ... */
	enum till_reason reason; /* it is refused */
	const char *sub; /* the customer, pairwise for this merchant */
	const char *refund; /* id of the refund that it is about */
};

/* Check the claims and sign them; *token_r is freed with free. */
int till_notice_sign(const struct till_notice *notice,
    const struct till_key *key, char **token_r, struct till_error *err);

/* Verify the signature, then read.  Freed with till_notice_free. */
int till_notice_open(const char *token, size_t len, till_key_find *find,
    void *arg, struct till_notice **notice_r, struct till_error *err);

/* What a number says, against the highest that was worked off (last, 0
 * before the first). */
enum till_event_answer {
	TILL_EVENT_NONE = 0,
	TILL_EVENT_NEXT, /* number last + 1 */
	TILL_EVENT_AGAIN, /* last or lower: it came before */
	TILL_EVENT_GAP, /* higher: what lies between has not come (yet) */
	TILL_EVENT_BAD /* forged, or not for this merchant */
};

/*
 * For merchants: is it from iss, for aud, and not of the future (now,
 * seconds)?  For _BAD the first thing that is wrong is in *err.  See also
 * till_merchant_event in till/merchant.h.
 */
enum till_event_answer till_notice_check(const struct till_notice *notice,
    const char *iss, const char *aud, uint64_t last, int64_t now,
    struct till_error *err);

void till_notice_free(struct till_notice *notice); /* NULL is fine */

#ifdef __cplusplus
}
#endif

#endif
