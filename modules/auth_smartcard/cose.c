/*
 * cose.c - public keys as authenticators write them (RFC 9052, 7; RFC
 * 9053, 7; RFC 8230, 4): maps whose members come in one order only.
 */
#include <string.h>

#include "auth_smartcard/authenticator.h"
#include "pkey.h"

/* RFC 9052, table 4, and RFC 9053, tables 18 and 19. */
enum { LABEL_KTY = 1, LABEL_ALG = 3 };
enum { KTY_EC2 = 2, KTY_RSA = 3 };
enum { ALG_ES256 = -7, ALG_RS256 = -257 };
enum { EC2_CRV = -1, EC2_X = -2, EC2_Y = -3, CRV_P256 = 1 };
enum { RSA_N = -1, RSA_E = -2 };

#define EC2_MEMBERS 5
#define RSA_MEMBERS 4
#define COORDINATE PKEY_COORDINATE

static EVP_PKEY *ec2(struct cbor *);
static EVP_PKEY *rsa(struct cbor *);
static int64_t labelled(struct cbor *, int64_t label);
static const unsigned char *octets(struct cbor *, int64_t label, size_t *len_r);

int
key_from_cose(struct cbor *cbor, struct key *key_r, struct till_error *err)
{
	const uint64_t members = cbor_map(cbor);
	const int64_t kty = labelled(cbor, LABEL_KTY);
	const int64_t alg = labelled(cbor, LABEL_ALG);
	EVP_PKEY *pkey = NULL;

	memset(key_r, 0, sizeof(*key_r));
	if (cbor->failed)
		return till_fail(err, "the COSE key is none");
	if (kty == KTY_EC2 && alg == ALG_ES256 && members == EC2_MEMBERS)
		pkey = ec2(cbor);
	else if (kty == KTY_RSA && alg == ALG_RS256 && members == RSA_MEMBERS)
		pkey = rsa(cbor);
	else
		return till_fail(err,
		    "the COSE key is neither for ES256 nor for RS256");
	if (pkey == NULL)
		return till_fail(err, "the COSE key's numbers are no key");
	return key_take(pkey, alg == ALG_ES256 ? KEY_ES256 : KEY_RS256, key_r,
	    err);
}

static EVP_PKEY *
ec2(struct cbor *cbor)
{
	const int64_t crv = labelled(cbor, EC2_CRV);
	size_t x_len, y_len;
	const unsigned char *x = octets(cbor, EC2_X, &x_len);
	const unsigned char *y = octets(cbor, EC2_Y, &y_len);

	if (crv != CRV_P256 || x == NULL || y == NULL || x_len != COORDINATE ||
	    y_len != COORDINATE)
		return NULL;
	return pkey_of_point(x, y);
}

static EVP_PKEY *
rsa(struct cbor *cbor)
{
	size_t n_len, e_len;
	const unsigned char *n = octets(cbor, RSA_N, &n_len);
	const unsigned char *e = octets(cbor, RSA_E, &e_len);

	if (n == NULL || e == NULL)
		return NULL;
	return key_of_modulus(n, n_len, e, e_len);
}

static int64_t
labelled(struct cbor *cbor, int64_t label)
{
	if (cbor_int(cbor) != label)
		cbor->failed = true;
	return cbor_int(cbor);
}

static const unsigned char *
octets(struct cbor *cbor, int64_t label, size_t *len_r)
{
	if (cbor_int(cbor) != label)
		cbor->failed = true;
	return cbor_bytes(cbor, len_r);
}
