/*
 * attack.c - make the token that a line of tests/tokens/attacks.txt
 * describes.
 */
#include <openssl/bn.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base64url.h"
#include "seal.h"
#include "support/attack.h"
#include "support/token.h"

#define CLAIMS_MAX 32
#define COLUMN " | "
#define ORDER "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551"
#define HONEST_HEADER                                                          \
	"{\"alg\":\"ES256\",\"kid\":\"@KID@\",\"typ\":\"till-ticket+jwt\"}"

/* The parts of one token, each in base64url. */
struct parts {
	struct attack_text header, payload, seal;
};

struct claim {
	char name[32];
	struct attack_text value;
};

static const struct {
	const char *name, *value;
} honest[] = {
	{ "iss", "\"shop\"" },
	{ "aud", "\"https://pay.example\"" },
	{ "jti", "\"2026-000001\"" },
	{ "iat", "1795000090" },
	{ "exp", "1795000990" },
	{ "kind", "\"single\"" },
	{ "oid", "\"song-17\"" },
	{ "desc", "\"One song\"" },
	{ "amount", "\"0.05\"" },
	{ "currency", "\"EUR\"" },
	{ "ret", "\"https://shop.example/voucher\"" },
};

static void put(struct attack_text *, const void *, size_t);
static void expand(struct attack_text *, const char *,
    const struct attack_keys *);
static const char *expand_octets(struct attack_text *, const char *);
static const char *expand_name(struct attack_text *, const char *,
    const struct attack_keys *);
static void make_payload(struct attack_text *, const char *,
    const struct attack_keys *);
static void change_claim(struct claim *, size_t *, char *, struct attack_text *,
    const struct attack_keys *);
static void encode(struct attack_text *, const struct attack_text *);
static void make_seal(struct parts *, const char *, const struct attack_keys *);
static size_t special_seal(const struct parts *, const char *,
    const struct attack_keys *, unsigned char *);
static size_t sign(const struct till_key *, const struct parts *,
    unsigned char *);
static void negate(unsigned char *);
static size_t mac(const EVP_MD *, const struct till_key *, bool,
    const struct parts *, unsigned char *);
static void assemble(struct attack_text *, const struct parts *, const char *,
    const struct attack_keys *);
static void put_spare_bit(struct attack_text *, const struct attack_text *);

struct attack *
attack_split(char *line, struct attack *attack)
{
	char **columns[] = { &attack->name, &attack->seal, &attack->header,
		&attack->payload, &attack->token, &attack->outcome };
	size_t i;

	line[strcspn(line, "\n")] = '\0';
	for (i = 0; i < 6; i++) {
		if (line == NULL)
			return NULL;
		*columns[i] = line;
		line = strstr(line, COLUMN);
		if (line != NULL) {
			*line = '\0';
			line += strlen(COLUMN);
		}
	}
	return line == NULL ? attack : NULL;
}

void
attack_make(const struct attack *attack, const struct attack_keys *keys,
    struct attack_text *token_r)
{
	struct attack_text *text = calloc(1, sizeof(*text));
	struct parts *parts = calloc(1, sizeof(*parts));

	assert(text != NULL && parts != NULL);
	expand(text,
	    strcmp(attack->header, "=") == 0 ? HONEST_HEADER : attack->header,
	    keys);
	encode(&parts->header, text);
	make_payload(text, attack->payload, keys);
	encode(&parts->payload, text);
	make_seal(parts, attack->seal, keys);
	assemble(token_r, parts, attack->token, keys);
	free(parts);
	free(text);
}

static void
put(struct attack_text *out, const void *octets, size_t len)
{
	assert(len < sizeof(out->data) - out->len);
	memcpy(out->data + out->len, octets, len);
	out->len += len;
}

/* Append text, with <XX*N> and @NAME@ put in. */
static void
expand(struct attack_text *out, const char *text,
    const struct attack_keys *keys)
{
	while (*text != '\0') {
		if (*text == '<')
			text = expand_octets(out, text);
		else if (*text == '@' && strchr("KEOS", text[1]) != NULL)
			text = expand_name(out, text, keys);
		else
			put(out, text++, 1);
	}
}

static const char *
expand_octets(struct attack_text *out, const char *text)
{
	char *end;
	unsigned char octet = (unsigned char)strtoul(text + 1, &end, 16);
	unsigned long n = 1;

	assert(end == text + 3);
	if (*end == '*')
		n = strtoul(end + 1, &end, 10);
	assert(*end == '>');
	for (; n > 0; n--)
		put(out, &octet, 1);
	return end + 1;
}

static const char *
expand_name(struct attack_text *out, const char *text,
    const struct attack_keys *keys)
{
	const struct {
		const char *name;
		const struct till_key *key;
	} names[] = {
		{ "@KID@", keys->es256 },
		{ "@EDKID@", keys->ed25519 },
		{ "@OTHERKID@", keys->other },
		{ "@STRANGERKID@", keys->stranger },
	};
	static const char jwk_name[] = "@STRANGERJWK@";
	struct till_error err;
	char *jwk = NULL;
	size_t i;
	int r;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strncmp(text, names[i].name, strlen(names[i].name)) == 0) {
			put(out, till_key_id(names[i].key), TILL_KID_MAX - 1);
			return text + strlen(names[i].name);
		}
	}
	assert(strncmp(text, jwk_name, strlen(jwk_name)) == 0);
	r = till_key_jwk(keys->stranger, &jwk, &err);
	assert(r == 0);
	put(out, jwk, strlen(jwk));
	free(jwk);
	return text + strlen(jwk_name);
}

static void
make_payload(struct attack_text *out, const char *payload,
    const struct attack_keys *keys)
{
	struct claim *claims = calloc(CLAIMS_MAX, sizeof(*claims));
	struct attack_text *extra = calloc(1, sizeof(*extra));
	char *changes = strdup(payload), *change = changes, *next;
	size_t i, len = sizeof(honest) / sizeof(honest[0]);

	assert(claims != NULL && extra != NULL && changes != NULL);
	out->len = 0;
	if (payload[0] == '{' || payload[0] == '[') {
		expand(out, payload, keys);
		goto out;
	}
	for (i = 0; i < len; i++) {
		(void)snprintf(claims[i].name, sizeof(claims[i].name), "%s",
		    honest[i].name);
		expand(&claims[i].value, honest[i].value, keys);
	}
	while (change != NULL && strcmp(payload, "=") != 0) {
		next = strstr(change, " ; ");
		if (next != NULL) {
			*next = '\0';
			next += 3;
		}
		change_claim(claims, &len, change, extra, keys);
		change = next;
	}
	for (i = 0; i < len; i++) {
		put(out, i == 0 ? "{\"" : ",\"", 2);
		put(out, claims[i].name, strlen(claims[i].name));
		put(out, "\":", 2);
		put(out, claims[i].value.data, claims[i].value.len);
	}
	put(out, extra->data, extra->len);
	put(out, "}", 1);
out:
	free(changes);
	free(extra);
	free(claims);
}

/* One of "NAME: JSON", "-NAME" and "+TEXT". */
static void
change_claim(struct claim *claims, size_t *len, char *change,
    struct attack_text *extra, const struct attack_keys *keys)
{
	char *value = strstr(change, ": ");
	const char *name = change;
	size_t i;

	if (change[0] == '+') {
		expand(extra, change + 1, keys);
		return;
	}
	if (change[0] == '-') {
		name = change + 1;
		value = NULL;
	}
	assert((value == NULL) == (change[0] == '-'));
	if (value != NULL)
		*value = '\0';
	for (i = 0; i < *len; i++) {
		if (strcmp(claims[i].name, name) == 0)
			break;
	}
	if (value == NULL) {
		assert(i < *len);
		claims[i] = claims[--*len];
		return;
	}
	if (i == *len)
		(*len)++;
	assert(*len <= CLAIMS_MAX && strlen(name) < sizeof(claims[i].name));
	(void)snprintf(claims[i].name, sizeof(claims[i].name), "%s", name);
	claims[i].value.len = 0;
	expand(&claims[i].value, value + 2, keys);
}

static void
encode(struct attack_text *out, const struct attack_text *text)
{
	assert(BASE64URL_SIZE(text->len) <= sizeof(out->data));
	out->len = base64url_encode(text->data, text->len, out->data);
}

static void
make_seal(struct parts *parts, const char *how, const struct attack_keys *keys)
{
	unsigned char seal[SEAL_SIZE];
	struct attack_text *kept = NULL;
	size_t len;

	if (strcmp(how, "honest") == 0) {
		/* Sign the honest payload under this header. */
		kept = malloc(sizeof(*kept));
		assert(kept != NULL);
		*kept = parts->payload;
		make_payload(&parts->seal, "=", keys);
		encode(&parts->payload, &parts->seal);
		how = "es256";
	}
	len = special_seal(parts, how, keys, seal);
	parts->seal.len = base64url_encode(seal, len, parts->seal.data);
	if (kept != NULL)
		parts->payload = *kept;
	free(kept);
}

static size_t
special_seal(const struct parts *parts, const char *how,
    const struct attack_keys *keys, unsigned char *seal)
{
	size_t i;

	if (strcmp(how, "es256") == 0)
		return sign(keys->es256, parts, seal);
	if (strcmp(how, "ed25519") == 0)
		return sign(keys->ed25519, parts, seal);
	if (strcmp(how, "other") == 0)
		return sign(keys->other, parts, seal);
	if (strcmp(how, "stranger") == 0)
		return sign(keys->stranger, parts, seal);
	if (strcmp(how, "negative") == 0) {
		(void)sign(keys->es256, parts, seal);
		negate(seal + 32);
		return SEAL_SIZE;
	}
	if (strcmp(how, "hs256-jwk") == 0)
		return mac(EVP_sha256(), keys->es256, false, parts, seal);
	if (strcmp(how, "hs256-pem") == 0)
		return mac(EVP_sha256(), keys->es256, true, parts, seal);
	if (strcmp(how, "hs512-jwk") == 0)
		return mac(EVP_sha512(), keys->es256, false, parts, seal);
	for (i = 0; i < SEAL_SIZE; i++) {
		char hex[3] = { ORDER[i % 32 * 2], ORDER[i % 32 * 2 + 1], 0 };

		seal[i] = (unsigned char)strtoul(hex, NULL, 16);
	}
	if (strcmp(how, "zero") == 0)
		memset(seal, 0, SEAL_SIZE);
	else if (strcmp(how, "ones") == 0)
		memset(seal, 0xff, SEAL_SIZE);
	else if (strcmp(how, "none") == 0)
		return 0;
	else
		assert(strcmp(how, "order") == 0);
	return SEAL_SIZE;
}

/* header "." payload, which is what is signed. */
static void
join(struct attack_text *out, const struct parts *parts)
{
	out->len = 0;
	put(out, parts->header.data, parts->header.len);
	put(out, ".", 1);
	put(out, parts->payload.data, parts->payload.len);
}

static size_t
sign(const struct till_key *key, const struct parts *parts, unsigned char *seal)
{
	struct attack_text *text = malloc(sizeof(*text));
	unsigned char digest[SHA256_SIZE];
	int r;

	assert(text != NULL);
	join(text, parts);
	r = seal_digest(key, text->data, text->len, digest);
	assert(r == 0);
	r = seal_sign(key, text->data, text->len, digest, seal);
	assert(r == 0);
	free(text);
	return SEAL_SIZE;
}

/* S becomes n - S, which every verifier of ECDSA takes as well. */
static void
negate(unsigned char *s)
{
	BIGNUM *order = NULL, *number = BN_bin2bn(s, 32, NULL);
	int r;

	r = BN_hex2bn(&order, ORDER);
	assert(r != 0 && number != NULL);
	r = BN_sub(number, order, number);
	assert(r == 1);
	r = BN_bn2binpad(number, s, 32);
	assert(r == 32);
	BN_free(number);
	BN_free(order);
}

static size_t
mac(const EVP_MD *md, const struct till_key *key, bool as_pem,
    const struct parts *parts, unsigned char *seal)
{
	struct attack_text *text = malloc(sizeof(*text));
	struct till_error err;
	char *jwk = NULL, *secret;
	BIO *bio = BIO_new(BIO_s_mem());
	unsigned int len = 0;
	size_t secret_len;
	int r;

	assert(text != NULL && bio != NULL);
	join(text, parts);
	r = till_key_jwk(key, &jwk, &err);
	assert(r == 0);
	r = PEM_write_bio_PUBKEY(bio, key->pkey);
	assert(r == 1);
	secret_len = (size_t)BIO_get_mem_data(bio, &secret);
	if (!as_pem) {
		secret = jwk;
		secret_len = strlen(jwk);
	}
	(void)HMAC(md, secret, (int)secret_len, (unsigned char *)text->data,
	    text->len, seal, &len);
	BIO_free(bio);
	free(jwk);
	free(text);
	return len;
}

static void
assemble(struct attack_text *out, const struct parts *parts, const char *how,
    const struct attack_keys *keys)
{
	char one[2] = "";

	out->len = 0;
	while (*how != '\0') {
		if (how[0] == '{' && how[1] != '\0' && how[2] == '}') {
			if (how[1] == 'H')
				put(out, parts->header.data, parts->header.len);
			else if (how[1] == 'P')
				put(out, parts->payload.data,
				    parts->payload.len);
			else if (how[1] == 'S')
				put(out, parts->seal.data, parts->seal.len);
			else if (how[1] == 'h')
				put_spare_bit(out, &parts->header);
			else if (how[1] == 'p')
				put_spare_bit(out, &parts->payload);
			else
				put_spare_bit(out, &parts->seal);
			how += 3;
		} else if (*how == '<') {
			how = expand_octets(out, how);
		} else {
			one[0] = *how++;
			expand(out, one, keys);
		}
	}
}

/* The last letter carries two or four bits that belong to no octet. */
static void
put_spare_bit(struct attack_text *out, const struct attack_text *part)
{
	static const char letters[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
	const char *last;

	assert(part->len % 4 != 0);
	put(out, part->data, part->len);
	last = strchr(letters, part->data[part->len - 1]);
	out->data[out->len - 1] = letters[(size_t)(last - letters) ^ 1];
}
