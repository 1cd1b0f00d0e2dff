/*
 * till/ticket.h - the payment ticket that a merchant issues.
 *
 * A ticket is a compact JWS (RFC 7515) of type "till-ticket+jwt", or
 * "till-id-ticket+jwt" for an identity ticket, signed with a key of the
 * merchant.  Everything that is read here has passed the bounds and the
 * string rules of doc/protocol.md.
 */
#ifndef TILL_TICKET_H
#define TILL_TICKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <till/error.h>
#include <till/key.h>
#include <till/money.h>

#ifdef __cplusplus
extern "C" {
#endif

#define TILL_TOKEN_MAX 8192 /* octets of one token */
#define TILL_TOKEN_URL_MAX 4096 /* of one that travels in a URL */
#define TILL_ID_MAX 33 /* a customer's or merchant's id, with NUL */
#define TILL_JTI_MAX 65 /* with NUL */
#define TILL_TEXT_MAX 257 /* any other string of a token, with NUL */
#define TILL_URL_MAX 1025 /* a return or cancel address, with NUL */
#define TILL_TH_MAX 44 /* base64url of SHA-256, with NUL */
#define TILL_ITEMS_MAX 64 /* lines of one basket */
#define TILL_VAT_MAX 8 /* VAT rates of one ticket */
#define TILL_QTY_MAX 1000000
#define TILL_LIFETIME_MAX 3600 /* seconds from iat to exp */
#define TILL_CLOCK_SKEW 10 /* seconds that clocks may differ */

enum till_kind {
	TILL_KIND_NONE = 0,
	TILL_KIND_SINGLE,
	TILL_KIND_BASKET, /* several goods under one id, "items" */
	TILL_KIND_IDENTITY /* price zero: who is the customer? */
};

struct till_vat {
	int64_t rate_micro; /* millionths of a percent: 5500000 is 5.5 % */
	int64_t amount_micro; /* in the ticket's currency */
};

struct till_item {
	const char *oid;
	const char *desc;
	const char *url; /* or NULL; never fetched */
	uint32_t qty; /* 1..TILL_QTY_MAX */
	int64_t price_micro; /* of one piece, in the ticket's currency */
};

/*
 * A ticket's claims.  To make one, fill it in (what the pointers point
 * to stays the caller's); to read one, call till_ticket_open, which
 * returns it together with all that it points to as one block.
 */
struct till_ticket {
	const char *iss; /* merchant id: [a-z0-9-]{1,32} */
	const char *aud; /* the payment server's issuer URL */
	const char *jti; /* [A-Za-z0-9._-]{1,64}, unique per merchant */
	int64_t iat, exp; /* seconds since 1970 UTC */
	enum till_kind kind;
	const char *oid, *desc; /* the goods or the basket */
	const char *cid; /* the customer's id, or NULL: says so there */
	struct till_money amount; /* zero for TILL_KIND_IDENTITY only */
	const struct till_vat *vat;
	size_t vat_len;
	const struct till_item *items; /* TILL_KIND_BASKET: 1..64, else 0 */
	size_t items_len;
	const char *ret; /* where the voucher goes */
	const char *cancel; /* where a cancellation goes, or NULL: ret */
	const char *lang; /* language of the pages (RFC 5646), or NULL */
	const char *ship; /* delivery text shown to the customer, or NULL */
	char th[TILL_TH_MAX]; /* set by _open and _sign: names the ticket */
};

/* "single", "basket", "identity"; NULL else.  And back. */
const char *till_kind_name(enum till_kind kind);
enum till_kind till_kind_from_name(const char *name);

/*
 * Check the claims and sign them.  *token_r is NUL terminated and freed
 * with free; ticket->th is set.  Fails for claims that till_ticket_open
 * would refuse, with the claim's name first in *err.
 */
int till_ticket_sign(struct till_ticket *ticket, const struct till_key *key,
    char **token_r, struct till_error *err);

/*
 * Verify the signature of a token of len octets, then read it.  The
 * payload is parsed only after the signature holds.  The key's owner is
 * not checked here: the caller compares ticket->iss with the merchant
 * whose key find returned.  Audience and time: till_ticket_valid.
 * Freed with till_ticket_free.
 */
int till_ticket_open(const char *token, size_t len, till_key_find *find,
    void *arg, struct till_ticket **ticket_r, struct till_error *err);

/* Is this the server the ticket is addressed to, and is it within its
 * validity at now (seconds), give or take TILL_CLOCK_SKEW? */
enum till_validity {
	TILL_VALIDITY_NONE = 0,
	TILL_VALID,
	TILL_WRONG_AUDIENCE,
	TILL_NOT_YET,
	TILL_EXPIRED,
	TILL_TOO_LONG /* exp - iat is more than lifetime_max */
};
enum till_validity till_ticket_valid(const struct till_ticket *ticket,
    const char *aud, int64_t now, int64_t lifetime_max);

/*
 * What can be said of a token without any key: three base64url parts, a
 * header of exactly alg, kid and typ with one of the two ticket types.
 * The front unit's first look; it proves nothing.
 */
int till_ticket_form(const char *token, size_t len, struct till_error *err);

void till_ticket_free(struct till_ticket *ticket); /* NULL is fine */

/*
 * The rules for ids and strings, for all who accept one from outside.
 * text: UTF-8, 1..max octets, no control, bidirectional override,
 * zero-width or non-character.
 */
bool till_id_ok(const char *id); /* [a-z0-9-]{1,32} */
bool till_jti_ok(const char *jti); /* [A-Za-z0-9._-]{1,64} */
bool till_text_ok(const char *text, size_t max);
/* An absolute https URL without user, fragment or odd octets; plain http
 * only for a loopback host (127.0.0.1, [::1], localhost, *.localhost). */
bool till_url_ok(const char *url);

#ifdef __cplusplus
}
#endif

#endif
