/*
 * web_eid.c - read a Web eID token, and see what it signs.
 */
#include <string.h>

#include "auth_smartcard/web_eid.h"
#include "base64url.h"
#include "claims.h"

#define FORMAT "web-eid:1"
#define DIGITS "0123456789"
#define MINOR_MAX 3 /* digits of a minor version */
#define BASE64_SIZE(n) (((n) + 2) / 3 * 4 + 1) /* with the NUL */
#define BASE64_MAX BASE64_SIZE(CERTIFICATE_MAX)

static int take(const json_t *, struct web_eid_token *, struct till_error *);
static const char *member(const json_t *, const char *);
static bool is_format(const char *);
static enum key_alg alg_of(const char *);
static int octets(const char *text, unsigned char *, size_t size,
    size_t *len_r);
static void nonce_print(const unsigned char challenge[SHA256_SIZE],
    char text_r[BASE64_SIZE(SHA256_SIZE)]);

int
web_eid_read(const unsigned char *json, size_t len,
    struct web_eid_token *token_r, struct till_error *err)
{
	json_t *object = NULL;
	int r;

	memset(token_r, 0, sizeof(*token_r));
	if (len > WEB_EID_MAX)
		return till_fail(err, "the token is too long");
	if (claims_load((const char *)json, len, "the token", &object, err) ==
	    -1)
		return -1;
	r = take(object, token_r, err);
	json_decref(object);
	return r;
}

int
web_eid_check(const struct web_eid_token *token, const struct key *key,
    const char *origin, const unsigned char challenge[SHA256_SIZE],
    struct till_error *err)
{
	unsigned char text[2 * KEY_DIGEST_MAX];
	char nonce[BASE64_SIZE(SHA256_SIZE)];
	size_t first, second;

	if (token->alg != key->alg)
		return till_fail(err, "the key is for %s, not for %s",
		    key_alg_name(key->alg), key_alg_name(token->alg));
	nonce_print(challenge, nonce);
	first = key_digest(key->alg, origin, strlen(origin), text);
	second = key_digest(key->alg, nonce, strlen(nonce), text + first);
	if (first == 0 || second == 0)
		return till_fail(err, "no digest could be made");
	return key_verify(key, text, first + second, token->signature,
		   token->signature_len)
	    ? 0
	    : till_fail(err,
		  "the signature is wrong, or was made for another challenge "
		  "or at another origin");
}

static int
take(const json_t *object, struct web_eid_token *token, struct till_error *err)
{
	const char *format = member(object, "format");
	const char *alg = member(object, "algorithm");

	if (format == NULL || !is_format(format))
		return till_fail(err, "the token's format is not " FORMAT);
	token->alg = alg == NULL ? KEY_NONE : alg_of(alg);
	if (token->alg == KEY_NONE)
		return till_fail(err, "the token's algorithm is none of ours");
	if (octets(member(object, "unverifiedCertificate"), token->certificate,
		sizeof(token->certificate), &token->certificate_len) == -1)
		return till_fail(err,
		    "the token's certificate is no base64 of up to %d octets",
		    CERTIFICATE_MAX);
	if (octets(member(object, "signature"), token->signature,
		sizeof(token->signature), &token->signature_len) == -1)
		return till_fail(err,
		    "the token's signature is no base64 of up to %d octets",
		    KEY_SIGNATURE_MAX);
	return 0;
}

static const char *
member(const json_t *object, const char *name)
{
	return json_string_value(json_object_get(object, name));
}

/* Another minor version adds what one need not look at. */
static bool
is_format(const char *text)
{
	const size_t len = sizeof(FORMAT) - 1;
	size_t digits;

	if (strncmp(text, FORMAT, len) != 0)
		return false;
	if (text[len] == '\0')
		return true;
	digits = strspn(text + len + 1, DIGITS);
	return text[len] == '.' && digits > 0 && digits <= MINOR_MAX &&
	    text[len + 1 + digits] == '\0';
}

static enum key_alg
alg_of(const char *name)
{
	return strcmp(name, "ES384") == 0 ? KEY_ES384 : key_alg_of(name);
}

/* RFC 4648, 4, with all of its padding: as base64url without any. */
static int
octets(const char *text, unsigned char *octets_r, size_t size, size_t *len_r)
{
	char url[BASE64_MAX];
	size_t i, len = text == NULL ? 0 : strlen(text);

	if (len == 0 || len >= sizeof(url) || len % 4 != 0 ||
	    strpbrk(text, "-_") != NULL)
		return -1;
	for (i = 0; i < len; i++)
		url[i] = text[i];
	for (i = 0; i < 2 && url[len - 1] == '='; i++)
		len--;
	for (i = 0; i < len; i++)
		url[i] = (char)(url[i] == '+' ? '-'
			: url[i] == '/'       ? '_'
					      : url[i]);
	return base64url_decode(url, len, octets_r, size, len_r);
}

static void
nonce_print(const unsigned char challenge[SHA256_SIZE],
    char text_r[BASE64_SIZE(SHA256_SIZE)])
{
	(void)EVP_EncodeBlock((unsigned char *)text_r, challenge, SHA256_SIZE);
}
