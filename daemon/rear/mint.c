/*
 * mint.c - one HMAC key, set up once and copied for every use.
 */
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/rand.h>

#include <stdlib.h>
#include <string.h>

#include "base64url.h"
#include "rear/keyfile.h"
#include "rear/mint.h"

#define SECRET_FILE "secret"
#define SUB_OCTETS 16

struct mint {
	EVP_MAC *mac;
	EVP_MAC_CTX *keyed;
};

static int key_mac(struct mint *, const unsigned char *, struct till_error *);

int
mint_create(const char *folder, struct till_error *err)
{
	unsigned char octets[MINT_SIZE];
	int r;

	if (keyfile_exists(folder, SECRET_FILE))
		return 0;
	if (RAND_bytes(octets, sizeof(octets)) != 1)
		return till_fail(err, "no random numbers");
	r = keyfile_write(folder, SECRET_FILE, octets, sizeof(octets), err);
	OPENSSL_cleanse(octets, sizeof(octets));
	return r;
}

int
mint_open(const char *dir, struct mint **mint_r, struct till_error *err)
{
	struct mint *mint = NULL;
	char folder[KEYFILE_PATH_MAX];
	unsigned char *octets = NULL;
	size_t len;
	int r = -1;

	if (keyfile_folder(dir, folder, err) == -1 ||
	    keyfile_read(folder, SECRET_FILE, &octets, &len, err) == -1)
		return -1;
	if (len != MINT_SIZE) {
		(void)till_fail(err, "%s/%s: has not %d octets", folder,
		    SECRET_FILE, MINT_SIZE);
		goto out;
	}
	mint = calloc(1, sizeof(*mint));
	if (mint == NULL) {
		(void)till_fail(err, "out of memory");
		goto out;
	}
	if (key_mac(mint, octets, err) == -1)
		goto out;
	*mint_r = mint;
	mint = NULL;
	r = 0;
out:
	keyfile_wipe(octets, len);
	mint_free(mint);
	return r;
}

void
mint_free(struct mint *mint)
{
	if (mint == NULL)
		return;
	EVP_MAC_CTX_free(mint->keyed);
	EVP_MAC_free(mint->mac);
	free(mint);
}

int
mint_mac(const struct mint *mint, const char *purpose, const char *const *parts,
    unsigned char mac_r[MINT_SIZE])
{
	EVP_MAC_CTX *ctx = EVP_MAC_CTX_dup(mint->keyed);
	const char *part = purpose;
	size_t len;
	int r = -1;

	if (ctx == NULL)
		return -1;
	for (; part != NULL; part = *parts++)
		if (EVP_MAC_update(ctx, (const unsigned char *)part,
			strlen(part) + 1) != 1)
			goto out;
	if (EVP_MAC_final(ctx, mac_r, &len, MINT_SIZE) == 1 && len == MINT_SIZE)
		r = 0;
out:
	EVP_MAC_CTX_free(ctx);
	return r;
}

int
mint_sub(const struct mint *mint, const char *mid, const char *cid,
    char sub_r[MINT_SUB_MAX])
{
	const char *const parts[] = { mid, cid, NULL };
	unsigned char mac[MINT_SIZE];

	_Static_assert(BASE64URL_SIZE(SUB_OCTETS) <= MINT_SUB_MAX,
	    "a pairwise id must fit");
	if (mint_mac(mint, "sub", parts, mac) == -1)
		return -1;
	(void)base64url_encode(mac, SUB_OCTETS, sub_r);
	return 0;
}

static int
key_mac(struct mint *mint, const unsigned char *octets, struct till_error *err)
{
	char digest[] = "SHA256";
	OSSL_PARAM params[2];

	params[0] =
	    OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0);
	params[1] = OSSL_PARAM_construct_end();
	mint->mac = EVP_MAC_fetch(NULL, "HMAC", NULL);
	if (mint->mac != NULL)
		mint->keyed = EVP_MAC_CTX_new(mint->mac);
	if (mint->keyed == NULL ||
	    EVP_MAC_init(mint->keyed, octets, MINT_SIZE, params) != 1)
		return till_fail(err, "HMAC cannot be set up");
	return 0;
}
