/*
 * passkey_text.c - a passkey as it is kept: five words.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "auth_smartcard/passkey.h"
#include "base64url.h"

#define FIRST "passkey"
#define WORDS 5
#define COUNT_SIZE 11 /* ten digits and a NUL */

static int split(const struct till_bytes *, char text[PASSKEY_TEXT_MAX],
    char *words[WORDS]);
static int count_read(const char *, uint32_t *);

int
passkey_read(const struct till_bytes *data, struct webauthn_passkey *passkey_r,
    struct till_error *err)
{
	unsigned char spki[KEY_SPKI_MAX];
	char text[PASSKEY_TEXT_MAX], *words[WORDS];
	enum key_alg alg;
	size_t len;

	memset(passkey_r, 0, sizeof(*passkey_r));
	if (split(data, text, words) == -1)
		return till_fail(err, "the credential is no passkey");
	alg = key_alg_of(words[1]);
	if (alg == KEY_NONE ||
	    base64url_decode(words[2], strlen(words[2]), spki, sizeof(spki),
		&len) == -1 ||
	    base64url_decode(words[3], strlen(words[3]), passkey_r->id,
		sizeof(passkey_r->id), &passkey_r->id_len) == -1 ||
	    count_read(words[4], &passkey_r->count) == -1)
		return till_fail(err, "the credential is no passkey");
	return key_from_spki(spki, len, alg, &passkey_r->key, err);
}

int
passkey_write(const struct webauthn_passkey *passkey,
    char text_r[PASSKEY_TEXT_MAX])
{
	char key[CREDENTIAL_TEXT_MAX], id[PASSKEY_ID_TEXT];
	int len;

	if (card_key_write(&passkey->key, key) == -1)
		return -1;
	(void)base64url_encode(passkey->id, passkey->id_len, id);
	len = snprintf(text_r, PASSKEY_TEXT_MAX, "%s %s %s %" PRIu32, FIRST,
	    key, id, passkey->count);
	return len > 0 && (size_t)len < PASSKEY_TEXT_MAX ? 0 : -1;
}

int
passkey_name(const unsigned char *id, size_t len, char id_r[CERTIFICATE_ID_MAX])
{
	unsigned char digest[SHA256_SIZE];

	if (sha256(id, len, digest) == -1)
		return -1;
	memcpy(id_r, PASSKEY_PREFIX, sizeof(PASSKEY_PREFIX));
	(void)base64url_encode(digest, sizeof(digest),
	    id_r + sizeof(PASSKEY_PREFIX) - 1);
	return 0;
}

bool
passkey_id_text(const struct till_bytes *data, char text_r[PASSKEY_ID_TEXT])
{
	char text[PASSKEY_TEXT_MAX], *words[WORDS];

	if (split(data, text, words) == -1 ||
	    strlen(words[3]) >= PASSKEY_ID_TEXT)
		return false;
	(void)snprintf(text_r, PASSKEY_ID_TEXT, "%s", words[3]);
	return true;
}

/* Words with one blank between, the first of which is ours. */
static int
split(const struct till_bytes *data, char text[PASSKEY_TEXT_MAX],
    char *words[WORDS])
{
	char *at = text;
	size_t i;

	if (data->len == 0 || data->len >= PASSKEY_TEXT_MAX ||
	    memchr(data->data, '\0', data->len) != NULL)
		return -1;
	memcpy(text, data->data, data->len);
	text[data->len] = '\0';
	for (i = 0; i < WORDS && at != NULL; i++) {
		words[i] = at;
		if (at[0] == '\0' || at[0] == ' ')
			return -1;
		at = strchr(at, ' ');
		if (at != NULL)
			*at++ = '\0';
	}
	if (i < WORDS || at != NULL)
		return -1;
	return strcmp(words[0], FIRST) == 0 ? 0 : -1;
}

static int
count_read(const char *text, uint32_t *count_r)
{
	const size_t len = strspn(text, "0123456789");
	uint64_t n;

	if (len == 0 || len >= COUNT_SIZE || text[len] != '\0')
		return -1;
	n = strtoull(text, NULL, 10);
	*count_r = (uint32_t)n;
	return n <= UINT32_MAX ? 0 : -1;
}
