/*
 * eid.c - see eid.h.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/ecdsa.h>
#include <openssl/rsa.h>

#include "module/result.h"
#include "support/eid.h"
#include "support/scratch.h"

#define DAY 86400L
#define SETTINGS_MAX 8
#define CHALLENGE 32
#define TOKEN_SIZE 32768
#define SIGNATURE_SIZE 512
#define BASE64_SIZE 16384

static const EVP_MD *digest_of(const char *alg);
static size_t sign(const struct eid_wish *, const void *, size_t,
    unsigned char *);
static size_t raw_of(unsigned char *, size_t len, int half);
static void member(char *token, const char *name, const unsigned char *,
    size_t);

EVP_PKEY *
eid_p384(void)
{
	EVP_PKEY *key = EVP_EC_gen("P-384");

	assert_non_null(key);
	return key;
}

char *
eid_token(const struct eid_wish *wish, const unsigned char *challenge)
{
	const char *origin = wish->origin == NULL ? EID_ORIGIN : wish->origin;
	unsigned char text[2 * EVP_MAX_MD_SIZE], signature[SIGNATURE_SIZE];
	unsigned char nonce[64], *der = NULL;
	unsigned int first = 0, second = 0;
	char *token = malloc(TOKEN_SIZE);
	size_t len;
	int n;

	assert_non_null(token);
	(void)EVP_EncodeBlock(nonce, challenge, CHALLENGE);
	if (wish->nonce != NULL)
		(void)snprintf((char *)nonce, sizeof(nonce), "%s", wish->nonce);
	assert_int_equal(EVP_Digest(origin, strlen(origin), text, &first,
			     digest_of(wish->alg), NULL),
	    1);
	assert_int_equal(EVP_Digest(nonce, strlen((char *)nonce), text + first,
			     &second, digest_of(wish->alg), NULL),
	    1);
	len = sign(wish, text, first + second, signature);
	(void)snprintf(token, TOKEN_SIZE,
	    "{\"format\":\"%s\",\"algorithm\":\"%s\",\"appVersion\":"
	    "\"https://web-eid.eu/web-eid-app/releases/2.5.0+0\"%s",
	    wish->format == NULL ? "web-eid:1.0" : wish->format,
	    wish->said == NULL ? wish->alg : wish->said,
	    wish->more == NULL ? "" : wish->more);
	n = i2d_X509(wish->certificate, &der);
	assert_true(n > 0);
	member(token, "unverifiedCertificate", der, (size_t)n);
	OPENSSL_free(der);
	member(token, "signature", signature, len);
	len = strlen(token);
	(void)snprintf(token + len, TOKEN_SIZE - len, "}");
	return token;
}

void
eid_open(const char *crl, const char *more)
{
	char ca[SCRATCH_PATH_MAX + 8], decoys[SCRATCH_PATH_MAX + 8],
	    revoked[SCRATCH_PATH_MAX + 8];
	const char *settings[SETTINGS_MAX] = { "web-eid=yes",
		"origin=" EID_ORIGIN, ca, decoys };
	char *pem = card_certificate_pem(holder.ca);
	size_t n = 4;

	scratch_write("ca.pem", 0600, pem);
	free(pem);
	scratch_write("decoys", 0600,
	    "a secret of more than thirty-two octets\n");
	(void)snprintf(ca, sizeof(ca), "ca=%s", scratch_path("ca.pem"));
	(void)snprintf(decoys, sizeof(decoys), "decoys=%s",
	    scratch_path("decoys"));
	(void)snprintf(revoked, sizeof(revoked), "crl=%s",
	    scratch_path("crl.pem"));
	if (crl != NULL) {
		scratch_write("crl.pem", 0600, crl);
		settings[n++] = revoked;
	}
	if (more != NULL)
		settings[n++] = more;
	holder_open(settings);
}

const struct prompt *
eid_prompt(const char *id)
{
	size_t i;

	for (i = 0; i < holder.ctx->prompts_len; i++)
		if (strcmp(holder.ctx->prompts[i].id, id) == 0)
			return &holder.ctx->prompts[i];
	return NULL;
}

const unsigned char *
eid_asked(void)
{
	const struct prompt *prompt;

	if (holder.ctx->prompts_len == 0)
		ASSERT_RESULT(instance_auth(holder.it, holder.ctx),
		    TILL_NEED_INPUT);
	prompt = eid_prompt("web-eid");
	assert_non_null(prompt);
	assert_string_equal(prompt->format, "web-eid-1");
	assert_int_equal(prompt->challenge_len, 32);
	return prompt->challenge;
}

enum till_result
eid_sends(char *text)
{
	holder.owner.log[0] = '\0';
	reply(holder.ctx, "web-eid", text);
	free(text);
	return instance_auth(holder.it, holder.ctx);
}

enum till_result
eid_pays(struct eid_wish wish)
{
	return eid_sends(eid_token(&wish, eid_asked()));
}

void
eid_paid(enum till_result result)
{
	if (result != TILL_GRANT)
		fail_msg("refused: %s", holder.owner.log);
	assert_string_equal(holder.ctx->amr[0], "sc");
	assert_int_equal(holder.ctx->amr_len, 1);
	assert_int_equal(holder.ctx->level, 2);
	context_free(holder.ctx);
	holder.ctx = owner_context(&holder.owner, "it", TILL_AUTH);
}

X509 *
eid_issued(EVP_PKEY *key, const char *name, long serial)
{
	return card_issue(&(struct card_wish){ .name = name,
			      .serial = serial,
			      .from_s = -DAY,
			      .to_s = DAY,
			      .usage = "critical,digitalSignature",
			      .extended = "clientAuth" },
	    key, holder.ca, holder.ca_key);
}

static const EVP_MD *
digest_of(const char *alg)
{
	return strcmp(alg, "ES384") == 0 ? EVP_sha384() : EVP_sha256();
}

static size_t
sign(const struct eid_wish *wish, const void *text, size_t len,
    unsigned char *signature)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	EVP_PKEY_CTX *how;
	size_t n = SIGNATURE_SIZE;

	assert_non_null(ctx);
	assert_int_equal(EVP_DigestSignInit(ctx, &how, digest_of(wish->alg),
			     NULL, wish->key),
	    1);
	if (strcmp(wish->alg, "PS256") == 0) {
		assert_int_equal(EVP_PKEY_CTX_set_rsa_padding(how,
				     RSA_PKCS1_PSS_PADDING),
		    1);
		assert_int_equal(EVP_PKEY_CTX_set_rsa_pss_saltlen(how,
				     RSA_PSS_SALTLEN_DIGEST),
		    1);
	}
	assert_int_equal(EVP_DigestSign(ctx, signature, &n, text, len), 1);
	EVP_MD_CTX_free(ctx);
	if (EVP_PKEY_is_a(wish->key, "EC") != 1 || wish->der)
		return n;
	return raw_of(signature, n, (EVP_PKEY_get_bits(wish->key) + 7) / 8);
}

/* R and S beside each other, in place. */
static size_t
raw_of(unsigned char *signature, size_t len, int half)
{
	const unsigned char *at = signature;
	ECDSA_SIG *both = d2i_ECDSA_SIG(NULL, &at, (long)len);

	assert_non_null(both);
	(void)BN_bn2binpad(ECDSA_SIG_get0_r(both), signature, half);
	(void)BN_bn2binpad(ECDSA_SIG_get0_s(both), signature + half, half);
	ECDSA_SIG_free(both);
	return (size_t)2 * (size_t)half;
}

static void
member(char *token, const char *name, const unsigned char *octets, size_t len)
{
	char *text = malloc(BASE64_SIZE);
	const size_t at = strlen(token);

	assert_true(text != NULL && len < (size_t)BASE64_SIZE / 2);
	(void)EVP_EncodeBlock((unsigned char *)text, octets, (int)len);
	(void)snprintf(token + at, TOKEN_SIZE - at, ",\"%s\":\"%s\"", name,
	    text);
	free(text);
}
