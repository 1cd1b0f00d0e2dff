/*
 * voucher.c - from an order in the ledger to a signed token.
 */
#include <openssl/rand.h>
#include <stdlib.h>
#include <string.h>

#include "base64url.h"
#include "rear/clock.h"
#include "rear/run.h"

#define JTI_OCTETS 16

static int fill(struct rear *, const struct till_ticket *,
    const struct ledger_order *, int64_t, char *, char *, struct till_voucher *,
    struct till_error *);
static int sign(struct rear *, const struct till_voucher *, struct sealed **,
    struct till_error *);

int
voucher_make(struct rear *rear, const struct till_ticket *ticket,
    const struct ledger_order *order, int64_t lifetime_s,
    struct sealed **sealed_r, struct till_error *err)
{
	char jti[BASE64URL_SIZE(JTI_OCTETS)], sub[MINT_SUB_MAX];
	char chk[BASE64URL_SIZE(LEDGER_HASH_SIZE)];
	unsigned char head[LEDGER_HASH_SIZE];
	struct till_voucher voucher;
	size_t i;

	if (order->state != ORDER_PAID && order->state != ORDER_REFUNDED)
		return till_fail(err, "the order is not paid");
	if (fill(rear, ticket, order, lifetime_s, jti, sub, &voucher, err) ==
	    -1)
		return -1;
	voucher.type = TILL_VOUCHER_PAID;
	if (order->kind == TILL_KIND_IDENTITY)
		voucher.type = TILL_VOUCHER_IDENTITY;
	else
		voucher.via = order->via;
	voucher.txn = order->serial;
	voucher.amount = order->amount;
	voucher.vat = ticket->vat;
	voucher.vat_len = ticket->vat_len;
	for (i = 0; i < order->amr_len; i++)
		voucher.amr[voucher.amr_len++] = order->amr[i];
	voucher.auth_time = order->auth_time_s;
	ledger_head(rear->ledger, head);
	(void)base64url_encode(head, sizeof(head), chk);
	voucher.chk = chk;
	return sign(rear, &voucher, sealed_r, err);
}

int
refusal_make(struct rear *rear, const struct till_ticket *ticket,
    const struct ledger_order *order, int64_t lifetime_s,
    struct sealed **sealed_r, struct till_error *err)
{
	char jti[BASE64URL_SIZE(JTI_OCTETS)], sub[MINT_SUB_MAX];
	struct till_voucher voucher;

	if (order->state != ORDER_REFUSED && order->state != ORDER_CANCELLED &&
	    order->state != ORDER_EXPIRED)
		return till_fail(err, "the order has not ended unpaid");
	if (fill(rear, ticket, order, lifetime_s, jti, sub, &voucher, err) ==
	    -1)
		return -1;
	voucher.type = TILL_VOUCHER_REFUSAL;
	voucher.reason = order->reason;
	return sign(rear, &voucher, sealed_r, err);
}

/* What both have. */
static int
fill(struct rear *rear, const struct till_ticket *ticket,
    const struct ledger_order *order, int64_t lifetime_s, char *jti, char *sub,
    struct till_voucher *voucher, struct till_error *err)
{
	unsigned char octets[JTI_OCTETS];
	int64_t now_s = wall_s();

	if (RAND_bytes(octets, sizeof(octets)) != 1)
		return till_fail(err, "no random numbers");
	(void)base64url_encode(octets, sizeof(octets), jti);
	*voucher = (struct till_voucher){
		.iss = rear->issuer,
		.aud = order->merchant,
		.jti = jti,
		.iat = now_s,
		.exp = now_s + lifetime_s,
		.tjti = order->jti,
		.th = order->th,
		.oid = ticket->oid,
		.kind = order->kind,
		.cid = ticket->cid,
	};
	if (order->customer[0] == '\0')
		return 0;
	if (mint_sub(rear->mint, order->merchant, order->customer, sub) == -1)
		return till_fail(err, "the pairwise id cannot be made");
	voucher->sub = sub;
	return 0;
}

static int
sign(struct rear *rear, const struct till_voucher *voucher,
    struct sealed **sealed_r, struct till_error *err)
{
	struct keyring *ring = keys_ring(rear->keys);
	char *token;
	int r;

	r = till_voucher_sign(voucher, ring->current, &token, err);
	keyring_unref(ring);
	if (r == -1)
		return -1;
	*sealed_r = sealed_new(token);
	free(token);
	return *sealed_r == NULL ? till_fail(err, "out of memory") : 0;
}
