/*
 * jwk.c - a public key in PEM as a JWK (RFC 7517, RFC 7518 6.2, RFC 8037).
 */
#include <stdlib.h>
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include "base64url.h"
#include "ctl/jwk.h"

#define COORDINATE 32 /* octets of one of P-256, or of an Ed25519 key */
#define TEXT_MAX BASE64URL_SIZE(COORDINATE)

static json_t *ec_jwk(const EVP_PKEY *, struct till_error *);
static json_t *ed25519_jwk(const EVP_PKEY *, struct till_error *);
static int set_octets(json_t *, const char *, const unsigned char *);

json_t *
jwk_from_pem(const char *pem, struct till_error *err)
{
	json_t *jwk = NULL, *text = NULL;
	EVP_PKEY *key = NULL;
	char *dumped = NULL;
	BIO *bio;

	if (strstr(pem, "PRIVATE KEY") != NULL) {
		till_fail(err,
		    "this is a private key, which only its owner "
		    "should have; a public one is wanted");
		return NULL;
	}
	bio = BIO_new_mem_buf(pem, -1);
	if (bio != NULL)
		key = PEM_read_bio_PUBKEY(bio, NULL, NULL, NULL);
	if (key == NULL)
		till_fail(err, "this is no public key in PEM");
	else if (EVP_PKEY_is_a(key, "EC") == 1)
		jwk = ec_jwk(key, err);
	else if (EVP_PKEY_is_a(key, "ED25519") == 1)
		jwk = ed25519_jwk(key, err);
	else
		till_fail(err, "only P-256 and Ed25519 keys can be used");
	if (jwk != NULL) {
		dumped = json_dumps(jwk, JSON_COMPACT);
		text = dumped == NULL ? NULL : json_string(dumped);
		if (text == NULL)
			till_fail(err, "out of memory");
	}
	free(dumped);
	json_decref(jwk);
	EVP_PKEY_free(key);
	(void)BIO_free(bio);
	return text;
}

static json_t *
ec_jwk(const EVP_PKEY *key, struct till_error *err)
{
	unsigned char point[2 * COORDINATE + 1];
	char group[32];
	size_t len;
	json_t *jwk;

	if (EVP_PKEY_get_utf8_string_param(key, OSSL_PKEY_PARAM_GROUP_NAME,
		group, sizeof(group), &len) != 1 ||
	    strcmp(group, "prime256v1") != 0 ||
	    EVP_PKEY_get_octet_string_param(key,
		OSSL_PKEY_PARAM_ENCODED_PUBLIC_KEY, point, sizeof(point),
		&len) != 1 ||
	    len != sizeof(point) || point[0] != 4) {
		till_fail(err, "only P-256 and Ed25519 keys can be used");
		return NULL;
	}
	jwk = json_pack("{s:s, s:s}", "kty", "EC", "crv", "P-256");
	if (set_octets(jwk, "x", point + 1) == -1 ||
	    set_octets(jwk, "y", point + 1 + COORDINATE) == -1) {
		json_decref(jwk);
		till_fail(err, "out of memory");
		return NULL;
	}
	return jwk;
}

static json_t *
ed25519_jwk(const EVP_PKEY *key, struct till_error *err)
{
	unsigned char octets[COORDINATE];
	size_t len = sizeof(octets);
	json_t *jwk;

	if (EVP_PKEY_get_raw_public_key(key, octets, &len) != 1 ||
	    len != sizeof(octets)) {
		till_fail(err, "the key cannot be read");
		return NULL;
	}
	jwk = json_pack("{s:s, s:s}", "kty", "OKP", "crv", "Ed25519");
	if (set_octets(jwk, "x", octets) == -1) {
		json_decref(jwk);
		till_fail(err, "out of memory");
		return NULL;
	}
	return jwk;
}

static int
set_octets(json_t *jwk, const char *name, const unsigned char *octets)
{
	char text[TEXT_MAX];

	(void)base64url_encode(octets, COORDINATE, text);
	return json_object_set_new(jwk, name, json_string(text));
}
