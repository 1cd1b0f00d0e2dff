/*
 * till/voucher.h - what the payment server answers: voucher or refusal.
 *
 * A voucher ("till-voucher+jwt", "till-id-voucher+jwt") says that a
 * ticket was settled; a refusal ("till-refusal+jwt") that it was not and
 * never will be.  Only the rear unit signs them, only for orders that it
 * has committed.
 */
#ifndef TILL_VOUCHER_H
#define TILL_VOUCHER_H

#include <stddef.h>
#include <stdint.h>

#include <till/error.h>
#include <till/key.h>
#include <till/money.h>
#include <till/ticket.h>

#ifdef __cplusplus
extern "C" {
#endif

#define TILL_VOUCHER_LIFETIME 60 /* seconds by default */
#define TILL_AMR_MAX 8 /* authentication methods in one voucher */

enum till_voucher_type {
	TILL_VOUCHER_NONE = 0,
	TILL_VOUCHER_PAID,
	TILL_VOUCHER_IDENTITY,
	TILL_VOUCHER_REFUSAL
};

/* The coarse word that a merchant gets; the customer sees more. */
enum till_reason {
	TILL_REASON_NONE = 0,
	TILL_REASON_CANCELLED,
	TILL_REASON_EXPIRED,
	TILL_REASON_FUNDS,
	TILL_REASON_LIMIT,
	TILL_REASON_AUTH,
	TILL_REASON_POLICY,
	TILL_REASON_BANK,
	TILL_REASON_CURRENCY
};

/* As struct till_ticket: filled in by the caller to sign, one block with
 * all it points to when opened. */
struct till_voucher {
	enum till_voucher_type type;
	const char *iss; /* the payment server's issuer URL */
	const char *aud; /* merchant id */
	const char *jti; /* this voucher's own id */
	int64_t iat, exp;
	uint64_t txn; /* serial number in the register; 0 in a refusal */
	const char *tjti; /* the ticket's jti */
	const char *th; /* the ticket's hash */
	const char *oid;
	enum till_kind kind;
	struct till_money amount; /* not in a refusal */
	const struct till_vat *vat;
	size_t vat_len;
	const char *sub; /* the customer, pairwise for this merchant */
	const char *cid; /* only if the ticket bore it, or NULL */
	const char *via; /* "wallet", "bank" ...; NULL for an identity */
	const char *amr[TILL_AMR_MAX]; /* RFC 8176 methods */
	size_t amr_len;
	int64_t auth_time; /* seconds; 0 if unknown */
	const char *chk; /* hash of the newest register checkpoint or NULL */
	enum till_reason reason; /* in a refusal only */
};

const char *till_reason_name(enum till_reason reason); /* NULL: none */
enum till_reason till_reason_from_name(const char *name);

/* Check the claims and sign them; *token_r is freed with free. */
int till_voucher_sign(const struct till_voucher *voucher,
    const struct till_key *key, char **token_r, struct till_error *err);

/* Verify the signature, then read.  Freed with till_voucher_free. */
int till_voucher_open(const char *token, size_t len, till_key_find *find,
    void *arg, struct till_voucher **voucher_r, struct till_error *err);

/*
 * What a merchant must compare before it delivers, beside the browser
 * session and the unique txn that only it can know: type, issuer (iss,
 * the payment server), audience, time (now, seconds), the ticket's jti
 * and hash, goods, kind, amount and currency.  A refusal never passes.
 * -1 with the first thing that is wrong in *err.
 */
int till_voucher_check(const struct till_voucher *voucher,
    const struct till_ticket *ticket, const char *iss, int64_t now,
    struct till_error *err);

void till_voucher_free(struct till_voucher *voucher); /* NULL is fine */

#ifdef __cplusplus
}
#endif

#endif
