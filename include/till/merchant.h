/*
 * till/merchant.h - what a merchant's server links: libtill.
 *
 *	ticket = { goods, price, return address };
 *	till_merchant_ticket(...)	fill in the rest and sign
 *	till_merchant_pay_url(...)	where to send the customer
 *	till_merchant_check(...)	what came back
 *	till_merchant_event(...)	what the server tells on its own
 *	till_merchant_refund(...)	to give back what was paid
 *	till_merchants_of(...)		which of several payment servers
 *
 * Nothing here opens a file or a connection or looks at a clock.  Link
 * with "pkg-config --libs libtill".
 */
#ifndef TILL_MERCHANT_H
#define TILL_MERCHANT_H

#include <stddef.h>
#include <stdint.h>

#include <till/error.h>
#include <till/key.h>
#include <till/notice.h>
#include <till/refund.h>
#include <till/ticket.h>
#include <till/voucher.h>

#ifdef __cplusplus
extern "C" {
#endif

#define TILL_MERCHANT_LIFETIME 900 /* seconds of a ticket, by default */

/*
 * A merchant at one payment server.  It is only read after it was
 * opened, so that any number of threads may use it.  When the server's
 * keys or the merchant's own key change, open another one.
 */
struct till_merchant;

/* What it is made of; all of it is copied. */
struct till_merchant_options {
	const char *issuer; /* the payment server's issuer URL, exactly */
	const char *id; /* the merchant's id there */
	const char *key; /* the merchant's private key, PEM (till/key.h) */
	size_t key_len;
	const char *keyset; /* the server's jwks.json */
	size_t keyset_len;
};

/* Freed with till_merchant_free. */
int till_merchant_open(const struct till_merchant_options *options,
    struct till_merchant **merchant_r, struct till_error *err);

void till_merchant_free(struct till_merchant *merchant); /* NULL is fine */

/* The payment server's issuer URL; as long as the merchant lives. */
const char *till_merchant_issuer(const struct till_merchant *merchant);

/* The key that signs, for instance to tell its public part. */
const struct till_key *till_merchant_key(const struct till_merchant *merchant);

/*
 * Complete a ticket and sign it.  The caller sets kind, oid, desc,
 * amount, ret, and what else there is; here are set: iss, aud, iat (now,
 * seconds since 1970), exp (now + TILL_MERCHANT_LIFETIME if it was 0),
 * th, and jti.  If jti is an empty string a random one is put there,
 * otherwise it is the merchant's own serial number of the sale, never
 * used before; ticket->jti points to it.
 *
 * *token_r is freed with free.  Remember it with the order: the voucher
 * is checked against it.
 */
int till_merchant_ticket(const struct till_merchant *merchant,
    struct till_ticket *ticket, int64_t now, char jti[TILL_JTI_MAX],
    char **token_r, struct till_error *err);

/*
 * The address to send the customer to: ISSUER/pay?t=TOKEN.  *url_r is
 * freed with free.  Fails for a token of more than TILL_TOKEN_URL_MAX
 * octets: push that one to ISSUER/tickets and take the address which
 * that answers.
 */
int till_merchant_pay_url(const struct till_merchant *merchant,
    const char *token, char **url_r, struct till_error *err);

enum till_merchant_answer {
	TILL_MERCHANT_NONE = 0,
	TILL_MERCHANT_PAID, /* deliver, if txn is new */
	TILL_MERCHANT_IDENTIFIED, /* voucher->sub is who asked */
	TILL_MERCHANT_REFUSED, /* voucher->reason; this ticket is over */
	TILL_MERCHANT_BAD /* forged, too old, or another ticket's */
};

/*
 * Judge what the customer's station brought back, against the remembered
 * ticket, both as tokens.  Checked is all that the payment server's keys
 * and the ticket tell: seal, type, issuer, audience, time, jti and hash
 * of the ticket, goods, kind, amount, currency, and customer if the
 * ticket named one.
 *
 * Two things are left to the caller, who alone can know them: that this
 * browser session is the one which got the ticket, and that
 * voucher->txn was not delivered for before; put it into a unique index
 * in the transaction that delivers.
 *
 * *voucher_r is set for each answer but _BAD and _NONE, and freed with
 * till_voucher_free; for _BAD *err says what is wrong.
 */
enum till_merchant_answer till_merchant_check(const struct till_merchant
						  *merchant,
    const char *ticket_token, const char *voucher_token, int64_t now,
    struct till_voucher **voucher_r, struct till_error *err);

/*
 * Judge an event that came to the merchant's own address.  last is the
 * highest number that was worked off, 0 before the first.  The server
 * sends a merchant's events in order, each until it is acknowledged, so
 * _GAP means that some were lost on the way to this address: work this
 * one off, and ask the operator for a replay since last + 1.
 *
 * _AGAIN is no error, but must be acknowledged like any other.  Only the
 * caller can know whether it has worked that very event off; where what
 * an event does can be done twice without harm it need not know.
 *
 * Nothing here says what was paid for: compare tjti, th, amount and
 * currency with what is remembered of the ticket, as with a voucher; and
 * put txn into the same unique index before delivering.
 *
 * *notice_r is set for each answer but _BAD and _NONE, and freed with
 * till_notice_free; for _BAD *err says what is wrong.
 */
enum till_event_answer till_merchant_event(const struct till_merchant *merchant,
    const char *token, size_t len, uint64_t last, int64_t now,
    struct till_notice **notice_r, struct till_error *err);

/*
 * Complete a request for a refund and sign it.  The caller sets tjti (the
 * ticket's jti), amount (currency "": all that is left) and desc; here are
 * set: iss, aud, iat (now), exp, and jti.  If jti is an empty string a random
 * one is put there; otherwise it is the merchant's own, unique to the ticket.
 *
 * Remember jti and amount before the token is sent: who has no answer asks
 * again with the same ones, and the refund is made once.  *token_r is freed
 * with free; it is POSTed as application/jose to *url_r, likewise, and what
 * comes back is for till_refund_answer_read.
 */
int till_merchant_refund(const struct till_merchant *merchant,
    struct till_refund *refund, int64_t now, char **token_r, char **url_r,
    struct till_error *err);

/*
 * Several payment servers, of which the customer chooses one.  Each has an
 * issuer URL, keys, and a name for the merchant of its own; a token is only
 * ever checked with the keys of the one that it says it is of, so that none
 * can speak for another.  Like a till_merchant it is only read after it was
 * opened.
 *
 *	till_merchants_find(all, chosen)  ->  till_merchant_ticket(...)
 *	till_merchants_of(all, voucher)   ->  till_merchant_check(...)
 *	till_merchants_of(all, event)     ->  till_merchant_event(...)
 *
 * A voucher of one for a ticket that is addressed to another is _BAD.
 * Serial numbers (voucher->txn) and those of events count for each server
 * by itself.
 */
struct till_merchants;

#define TILL_MERCHANTS_MAX 64 /* payment servers of one merchant */

/* len of them, 1 to TILL_MERCHANTS_MAX, with distinct issuers; all of it
 * is copied.  Freed with till_merchants_free. */
int till_merchants_open(const struct till_merchant_options *options, size_t len,
    struct till_merchants **merchants_r, struct till_error *err);

void till_merchants_free(struct till_merchants *merchants); /* NULL is fine */

/* By issuer, exactly; NULL: none of them.  As long as merchants lives. */
const struct till_merchant *till_merchants_find(const struct till_merchants
						    *merchants,
    const char *issuer);

/* Whose a voucher or event says that it is; nothing of it was checked.  -1
 * if it is no such token, or of none of them. */
int till_merchants_of(const struct till_merchants *merchants, const char *token,
    size_t len, const struct till_merchant **merchant_r,
    struct till_error *err);

/* The issuer that a voucher, refusal or event names.  Nothing was checked:
 * it only tells with whose keys to open it. */
int till_token_issuer(const char *token, size_t len, char issuer[TILL_URL_MAX],
    struct till_error *err);

#ifdef __cplusplus
}
#endif

#endif
