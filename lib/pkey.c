/*
 * pkey.c - see pkey.h.
 */
#include <openssl/core_names.h>
#include <openssl/param_build.h>

#include <string.h>

#include "pkey.h"

static BIGNUM *number(const unsigned char *, size_t);
static EVP_PKEY *make(const char *type, OSSL_PARAM *);

EVP_PKEY *
pkey_of_point(const unsigned char *x, const unsigned char *y)
{
	unsigned char point[1 + 2 * PKEY_COORDINATE] = { 4 }; /* uncompressed */
	char group[] = "P-256";
	OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME,
		    group, 0),
		OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY,
		    point, sizeof(point)),
		OSSL_PARAM_construct_end(),
	};

	memcpy(point + 1, x, PKEY_COORDINATE);
	memcpy(point + 1 + PKEY_COORDINATE, y, PKEY_COORDINATE);
	return make("EC", params);
}

EVP_PKEY *
pkey_of_modulus(const unsigned char *n, size_t n_len, const unsigned char *e,
    size_t e_len)
{
	OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
	BIGNUM *modulus = number(n, n_len), *exponent = number(e, e_len);
	OSSL_PARAM *params = NULL;
	EVP_PKEY *pkey = NULL;

	if (build != NULL && modulus != NULL && exponent != NULL &&
	    OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_N, modulus) ==
		1 &&
	    OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_E, exponent) == 1)
		params = OSSL_PARAM_BLD_to_param(build);
	if (params != NULL)
		pkey = make("RSA", params);
	OSSL_PARAM_free(params);
	OSSL_PARAM_BLD_free(build);
	BN_free(modulus);
	BN_free(exponent);
	return pkey;
}

static BIGNUM *
number(const unsigned char *octets, size_t len)
{
	if (len == 0 || len > PKEY_NUMBER_MAX)
		return NULL;
	return BN_bin2bn(octets, (int)len, NULL);
}

static EVP_PKEY *
make(const char *type, OSSL_PARAM *params)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
	EVP_PKEY *pkey = NULL;

	if (ctx == NULL || EVP_PKEY_fromdata_init(ctx) != 1 ||
	    EVP_PKEY_fromdata(ctx, &pkey, EVP_PKEY_PUBLIC_KEY, params) != 1)
		pkey = NULL;
	EVP_PKEY_CTX_free(ctx);
	return pkey;
}
