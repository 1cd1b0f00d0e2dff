/*
 * credential.c - a customer's key as it is kept.
 */
#include <openssl/x509.h>

#include <stdio.h>
#include <string.h>

#include "auth_smartcard/smartcard.h"
#include "base64url.h"

#define ALG_SIZE 6 /* "ES256" and a NUL */

int
card_key_read(const struct till_bytes *data, struct key *key_r,
    struct till_error *err)
{
	unsigned char spki[KEY_SPKI_MAX];
	char alg[ALG_SIZE];
	size_t len;

	if (data->len <= ALG_SIZE || data->data[ALG_SIZE - 1] != ' ')
		return till_fail(err, "the credential is no key");
	memcpy(alg, data->data, ALG_SIZE - 1);
	alg[ALG_SIZE - 1] = '\0';
	if (key_alg_of(alg) == KEY_NONE ||
	    base64url_decode((const char *)data->data + ALG_SIZE,
		data->len - ALG_SIZE, spki, sizeof(spki), &len) == -1)
		return till_fail(err, "the credential is no key");
	return key_from_spki(spki, len, key_alg_of(alg), key_r, err);
}

int
card_key_write(const struct key *key, char text_r[CREDENTIAL_TEXT_MAX])
{
	unsigned char *spki = NULL;
	const int len = i2d_PUBKEY(key->pkey, &spki);
	int r = -1;

	if (len > 0 && len <= KEY_SPKI_MAX) {
		(void)snprintf(text_r, ALG_SIZE + 1, "%s ",
		    key_alg_name(key->alg));
		(void)base64url_encode(spki, (size_t)len, text_r + ALG_SIZE);
		r = 0;
	}
	OPENSSL_free(spki);
	return r;
}
