/*
 * gcm.c - see gcm.h.
 *
 * Nonces are random: a data key seals far fewer than the 2^32 texts that
 * SP 800-38D, section 8.3, allows for one key.
 */
#include <stdint.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include "vault/gcm.h"

static int add_parts(EVP_CIPHER_CTX *, const struct gcm_part *, size_t);

int
gcm_seal(const unsigned char *key, const struct gcm_part *parts,
    size_t parts_len, const void *plain, size_t len, unsigned char *to)
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	unsigned char *text = to + GCM_NONCE_SIZE;
	int n, r = -1;

	if (ctx != NULL && RAND_bytes(to, GCM_NONCE_SIZE) == 1 &&
	    EVP_EncryptInit_ex2(ctx, EVP_aes_256_gcm(), key, to, NULL) == 1 &&
	    add_parts(ctx, parts, parts_len) == 0 &&
	    EVP_EncryptUpdate(ctx, text, &n, plain, (int)len) == 1 &&
	    EVP_EncryptFinal_ex(ctx, text + len, &n) == 1 &&
	    EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, GCM_TAG_SIZE,
		text + len) == 1)
		r = 0;
	EVP_CIPHER_CTX_free(ctx);
	return r;
}

int
gcm_open(const unsigned char *key, const struct gcm_part *parts,
    size_t parts_len, const unsigned char *sealed, size_t len,
    unsigned char *plain, size_t *len_r)
{
	const size_t around = GCM_NONCE_SIZE + GCM_TAG_SIZE;
	const unsigned char *text = sealed + GCM_NONCE_SIZE;
	unsigned char tag[GCM_TAG_SIZE];
	EVP_CIPHER_CTX *ctx;
	int n, r = -1;

	if (len < around)
		return -1;
	len -= around;
	memcpy(tag, text + len, sizeof(tag));
	ctx = EVP_CIPHER_CTX_new();
	if (ctx != NULL &&
	    EVP_DecryptInit_ex2(ctx, EVP_aes_256_gcm(), key, sealed, NULL) ==
		1 &&
	    add_parts(ctx, parts, parts_len) == 0 &&
	    EVP_DecryptUpdate(ctx, plain, &n, text, (int)len) == 1 &&
	    EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, GCM_TAG_SIZE,
		tag) == 1 &&
	    EVP_DecryptFinal_ex(ctx, plain + len, &n) == 1)
		r = 0;
	EVP_CIPHER_CTX_free(ctx);
	if (r == -1)
		OPENSSL_cleanse(plain, len);
	else
		*len_r = len;
	return r;
}

static int
add_parts(EVP_CIPHER_CTX *ctx, const struct gcm_part *parts, size_t parts_len)
{
	unsigned char length[2];
	size_t i;
	int n;

	for (i = 0; i < parts_len; i++) {
		if (parts[i].len > UINT16_MAX)
			return -1;
		length[0] = (unsigned char)(parts[i].len >> 8);
		length[1] = (unsigned char)parts[i].len;
		if (EVP_CipherUpdate(ctx, NULL, &n, length, sizeof(length)) !=
			1 ||
		    EVP_CipherUpdate(ctx, NULL, &n, parts[i].data,
			(int)parts[i].len) != 1)
			return -1;
	}
	return 0;
}
