/*
 * ed25519.c - is this a point that a key may be?
 *
 * OpenSSL takes any 32 octets for an Ed25519 public key and finds out
 * only when it verifies.  Here a key is looked at once, when it comes.
 */
#include <openssl/bn.h>

#include <stdbool.h>
#include <string.h>

#include "seal.h"

/* p = 2^255 - 19, and the curve's d, both most significant digit first. */
#define P                                                                      \
	"7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF"                                     \
	"FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFED"
#define D                                                                      \
	"52036CEE2B6FFE738CC740797779E898"                                     \
	"00700A4D4141D8AB75EB4DCA135978A3"

static bool small_order(const BIGNUM *, const BIGNUM *);
static bool on_curve(const BIGNUM *, const BIGNUM *, const BIGNUM *, BN_CTX *);

/* The y of the points whose order is 8; those of order 1, 2 and 4 have
 * y = 1, -1 and 0. */
static const char *const order_8[] = {
	"05FC536D880238B13933C6D305ACDFD5F098EFF289F4C345B027B2C28F95E826",
	"7A03AC9277FDC74EC6CC392CFA53202A0F67100D760B3CBA4FD84D3D706A17C7",
};

bool
ed25519_point_ok(const unsigned char point[SEAL_POINT])
{
	unsigned char octets[SEAL_POINT];
	BN_CTX *ctx = BN_CTX_new();
	BIGNUM *p = NULL, *d = NULL, *y = NULL;
	bool ok = false;

	memcpy(octets, point, sizeof(octets));
	octets[SEAL_POINT - 1] &= 0x7f;
	y = BN_lebin2bn(octets, sizeof(octets), NULL);
	if (ctx == NULL || y == NULL || BN_hex2bn(&p, P) == 0 ||
	    BN_hex2bn(&d, D) == 0)
		goto out;
	ok = BN_cmp(y, p) < 0 && !small_order(y, p) && on_curve(y, p, d, ctx);
out:
	BN_free(y);
	BN_free(d);
	BN_free(p);
	BN_CTX_free(ctx);
	return ok;
}

/* Also true when memory runs out: then nothing is known, and refused. */
static bool
small_order(const BIGNUM *y, const BIGNUM *p)
{
	BIGNUM *other = BN_dup(p);
	bool small = true;
	size_t i;

	if (other == NULL || BN_sub_word(other, 1) != 1)
		goto out;
	if (BN_is_zero(y) || BN_is_one(y) || BN_cmp(y, other) == 0)
		goto out;
	for (i = 0; i < sizeof(order_8) / sizeof(order_8[0]); i++) {
		if (BN_hex2bn(&other, order_8[i]) == 0 || BN_cmp(y, other) == 0)
			goto out;
	}
	small = false;
out:
	BN_free(other);
	return small;
}

/*
 * RFC 8032, 5.1.3: x^2 = u / v = (y^2 - 1) / (d y^2 + 1) must have a
 * root.  By Euler u / v is a square other than zero if (u v)^((p - 1) /
 * 2) is 1.  Only points of small order have an x of zero, so the rule
 * about its sign is kept by refusing those.
 */
static bool
on_curve(const BIGNUM *y, const BIGNUM *p, const BIGNUM *d, BN_CTX *ctx)
{
	BIGNUM *u, *v, *e;
	bool ok = false;

	BN_CTX_start(ctx);
	u = BN_CTX_get(ctx);
	v = BN_CTX_get(ctx);
	e = BN_CTX_get(ctx);
	if (e == NULL || BN_mod_sqr(u, y, p, ctx) != 1 ||
	    BN_mod_mul(v, u, d, p, ctx) != 1 || BN_add_word(v, 1) != 1 ||
	    BN_sub_word(u, 1) != 1 || BN_mod_mul(u, u, v, p, ctx) != 1 ||
	    BN_rshift1(e, p) != 1 || BN_mod_exp(u, u, e, p, ctx) != 1)
		goto out;
	ok = BN_is_one(u);
out:
	BN_CTX_end(ctx);
	return ok;
}
