/*
 * decoy.c - what is shown of who has no passkey.
 *
 * Whoever asks for a customer's passkeys, before he has said who he is,
 * must not learn whether there is such a customer, nor whether that one
 * has any.  So everybody has some: made by HMAC (RFC 2104) of the name,
 * of a length that authenticators use.
 */
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <stdio.h>
#include <string.h>

#include "auth_smartcard/passkey.h"
#include "base64url.h"

#define TEXT_MAX 128

int
decoy_octets(const struct smartcard *card, const char *use,
    const char *customer, unsigned char octets_r[SHA256_SIZE])
{
	char text[TEXT_MAX];
	const int len =
	    snprintf(text, sizeof(text), "till %s %s", use, customer);
	unsigned int made = 0;

	if (len < 0 || (size_t)len >= sizeof(text) ||
	    HMAC(EVP_sha256(), card->decoys, (int)strlen(card->decoys),
		(const unsigned char *)text, (size_t)len, octets_r,
		&made) == NULL)
		return -1;
	return made == SHA256_SIZE ? 0 : -1;
}

/* One of four has two. */
int
decoy_ids(const struct smartcard *card, const char *customer,
    struct passkey_ids *ids_r)
{
	static const size_t lengths[] = { 16, 20, 32, 32, 32, 48, 64, 16 };
	static const char *const uses[][2] = { { "id-1", "id-2" },
		{ "id-3", "id-4" } };
	unsigned char how[SHA256_SIZE], id[2 * SHA256_SIZE];
	size_t i;

	ids_r->len = 0;
	if (decoy_octets(card, "ids", customer, how) == -1)
		return -1;
	for (i = 0; i < (how[0] < 64 ? 2 : 1); i++) {
		if (decoy_octets(card, uses[i][0], customer, id) == -1 ||
		    decoy_octets(card, uses[i][1], customer,
			id + SHA256_SIZE) == -1)
			return -1;
		(void)base64url_encode(id, lengths[how[i + 1] % 8],
		    ids_r->text[ids_r->len++]);
	}
	return 0;
}
