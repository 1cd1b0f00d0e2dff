/*
 * vault.c - data keys and what they seal.
 *
 * A sealed text is a version, the key's id, and what gcm.h makes.  The
 * text of all keys has a line for each: id, state, time, and the key
 * sealed under the master key together with all of that.
 */
#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/rand.h>

#include "base64url.h"
#include "vault/gcm.h"
#include "vault/vault.h"

#define VERSION 1
#define ID_SIZE 8
#define LOOKUP_ID "lookup" /* in the place of an id */
#define WRAPPED_SIZE (GCM_KEY_SIZE + GCM_NONCE_SIZE + GCM_TAG_SIZE)
#define WORDS 4

static_assert(VAULT_OVERHEAD == 1 + ID_SIZE + GCM_NONCE_SIZE + GCM_TAG_SIZE,
    "what sealing adds");

struct key {
	struct vault_key about;
	unsigned char id[ID_SIZE];
	unsigned char octets[GCM_KEY_SIZE];
};

/* In secure memory. */
struct vault {
	unsigned char master[VAULT_MASTER_SIZE];
	unsigned char lookup[GCM_KEY_SIZE];
	struct key keys[VAULT_KEYS_MAX];
	size_t keys_len;
};

static int read_keys(struct vault *, char *text, struct till_error *);
static int read_line(struct vault *, char *line, bool *has_lookup);
static int read_state(const char *, enum vault_state *);
static int unwrap(const struct vault *, const char *about, const char *wrapped,
    unsigned char *octets);
static int wrap(const struct vault *, const char *about,
    const unsigned char *octets, char *wrapped);
static void describe(const struct key *, char *buf, size_t size);
static bool forget_one(struct vault *);
static const struct key *active(const struct vault *);
static const struct key *find(const struct vault *, const unsigned char *id);
static void set_id(struct key *);
static size_t parts_of(const char *purpose, const char *owner,
    const unsigned char *head, struct gcm_part parts[3]);

static const char *const states[] = { "", "active", "decrypt-only",
	"destroyed" };

int
vault_new(const unsigned char master[VAULT_MASTER_SIZE], const char *keys,
    struct vault **vault_r, struct till_error *err)
{
	struct vault *vault = OPENSSL_secure_zalloc(sizeof(*vault));
	char *copy = strdup(keys);
	int r = -1;

	if (vault == NULL || copy == NULL) {
		till_error_set(err, "out of memory");
		goto out;
	}
	memcpy(vault->master, master, sizeof(vault->master));
	if (keys[0] == '\0') {
		if (RAND_bytes(vault->lookup, sizeof(vault->lookup)) != 1) {
			till_error_set(err, "no random numbers");
			goto out;
		}
	} else if (read_keys(vault, copy, err) == -1) {
		goto out;
	}
	*vault_r = vault;
	vault = NULL;
	r = 0;
out:
	free(copy);
	vault_free(vault);
	return r;
}

void
vault_free(struct vault *vault)
{
	if (vault != NULL)
		OPENSSL_secure_clear_free(vault, sizeof(*vault));
}

int
vault_keys(const struct vault *vault, char text[VAULT_TEXT_MAX],
    struct till_error *err)
{
	char about[64], wrapped[BASE64URL_SIZE(WRAPPED_SIZE)];
	size_t i, used;

	if (wrap(vault, LOOKUP_ID, vault->lookup, wrapped) == -1)
		return till_fail(err, "the keys cannot be sealed");
	(void)snprintf(text, VAULT_TEXT_MAX, "%s active 0 %s\n", LOOKUP_ID,
	    wrapped);
	for (i = 0; i < vault->keys_len; i++) {
		const struct key *key = &vault->keys[i];

		describe(key, about, sizeof(about));
		(void)snprintf(wrapped, sizeof(wrapped), "-");
		if (key->about.state != VAULT_DESTROYED &&
		    wrap(vault, about, key->octets, wrapped) == -1)
			return till_fail(err, "the keys cannot be sealed");
		used = strlen(text);
		(void)snprintf(text + used, VAULT_TEXT_MAX - used, "%s %s\n",
		    about, wrapped);
	}
	return 0;
}

int
vault_key_add(struct vault *vault, int64_t now_s, struct till_error *err)
{
	struct key *key;
	size_t i;

	if (vault->keys_len == VAULT_KEYS_MAX && !forget_one(vault))
		return till_fail(err, "there are %d keys already",
		    VAULT_KEYS_MAX);
	key = &vault->keys[vault->keys_len];
	if (RAND_bytes(key->id, sizeof(key->id)) != 1 ||
	    RAND_bytes(key->octets, sizeof(key->octets)) != 1)
		return till_fail(err, "no random numbers");
	set_id(key);
	key->about.created_s = now_s;
	key->about.state = VAULT_ACTIVE;
	for (i = 0; i < vault->keys_len; i++) {
		if (vault->keys[i].about.state == VAULT_ACTIVE)
			vault->keys[i].about.state = VAULT_DECRYPT_ONLY;
	}
	vault->keys_len++;
	return 0;
}

int
vault_key_destroy(struct vault *vault, const char *id, struct till_error *err)
{
	struct key *key;
	size_t i;

	for (i = 0; i < vault->keys_len; i++) {
		key = &vault->keys[i];
		if (strcmp(key->about.id, id) != 0)
			continue;
		if (key->about.state != VAULT_DECRYPT_ONLY)
			return till_fail(err,
			    "key %s is %s, and only one that is decrypt-only "
			    "can be destroyed",
			    id, vault_state_name(key->about.state));
		OPENSSL_cleanse(key->octets, sizeof(key->octets));
		key->about.state = VAULT_DESTROYED;
		return 0;
	}
	return till_fail(err, "there is no key %.40s", id);
}

void
vault_rewrap(struct vault *vault, const unsigned char master[VAULT_MASTER_SIZE])
{
	memcpy(vault->master, master, sizeof(vault->master));
}

bool
vault_key_at(const struct vault *vault, size_t i, struct vault_key *key_r)
{
	if (i >= vault->keys_len)
		return false;
	*key_r = vault->keys[i].about;
	return true;
}

const char *
vault_state_name(enum vault_state state)
{
	return states[state];
}

int
vault_seal(const struct vault *vault, const char *purpose, const char *owner,
    const void *plain, size_t len, unsigned char *sealed, size_t *len_r,
    struct till_error *err)
{
	const struct key *key = active(vault);
	struct gcm_part parts[3];
	size_t n;

	if (key == NULL)
		return till_fail(err, "the vault has no active key");
	if (len > VAULT_PLAIN_MAX)
		return till_fail(err, "at most %d octets can be sealed",
		    VAULT_PLAIN_MAX);
	sealed[0] = VERSION;
	memcpy(sealed + 1, key->id, ID_SIZE);
	n = parts_of(purpose, owner, sealed, parts);
	if (gcm_seal(key->octets, parts, n, plain, len, sealed + 1 + ID_SIZE) ==
	    -1)
		return till_fail(err, "it cannot be sealed");
	*len_r = len + VAULT_OVERHEAD;
	return 0;
}

int
vault_unseal(const struct vault *vault, const char *purpose, const char *owner,
    const unsigned char *sealed, size_t len, unsigned char *plain,
    size_t *len_r, struct till_error *err)
{
	const struct key *key;
	struct gcm_part parts[3];
	size_t n;

	if (len < VAULT_OVERHEAD || sealed[0] != VERSION)
		return till_fail(err, "that was not sealed here");
	key = find(vault, sealed + 1);
	if (key == NULL || key->about.state == VAULT_DESTROYED)
		return till_fail(err, "the key that sealed it is gone");
	n = parts_of(purpose, owner, sealed, parts);
	if (gcm_open(key->octets, parts, n, sealed + 1 + ID_SIZE,
		len - 1 - ID_SIZE, plain, len_r) == -1)
		return till_fail(err, "it does not open");
	return 0;
}

bool
vault_is_current(const struct vault *vault, const unsigned char *sealed,
    size_t len)
{
	const struct key *key = active(vault);

	return key != NULL && len >= VAULT_OVERHEAD && sealed[0] == VERSION &&
	    memcmp(sealed + 1, key->id, ID_SIZE) == 0;
}

int
vault_lookup(const struct vault *vault, const char *purpose, const void *plain,
    size_t len, unsigned char mac[VAULT_MAC_SIZE])
{
	EVP_MAC *hmac = EVP_MAC_fetch(NULL, "HMAC", NULL);
	EVP_MAC_CTX *ctx = hmac == NULL ? NULL : EVP_MAC_CTX_new(hmac);
	char digest[] = "SHA256";
	const OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest,
		    0),
		OSSL_PARAM_construct_end(),
	};
	size_t mac_len;
	int r = -1;

	if (ctx != NULL &&
	    EVP_MAC_init(ctx, vault->lookup, sizeof(vault->lookup), params) ==
		1 &&
	    EVP_MAC_update(ctx, (const unsigned char *)purpose,
		strlen(purpose) + 1) == 1 &&
	    EVP_MAC_update(ctx, plain, len) == 1 &&
	    EVP_MAC_final(ctx, mac, &mac_len, VAULT_MAC_SIZE) == 1)
		r = 0;
	EVP_MAC_CTX_free(ctx);
	EVP_MAC_free(hmac);
	return r;
}

static int
read_keys(struct vault *vault, char *text, struct till_error *err)
{
	bool has_lookup = false;
	char *line;

	while ((line = strsep(&text, "\n")) != NULL) {
		if (line[0] != '\0' &&
		    read_line(vault, line, &has_lookup) == -1)
			return till_fail(err,
			    "the master key does not open the keys, or they "
			    "were changed");
	}
	return has_lookup ? 0 : till_fail(err, "a key is missing");
}

static int
read_line(struct vault *vault, char *line, bool *has_lookup)
{
	char *words[WORDS], about[64], *end;
	struct key *key;
	size_t i;

	for (i = 0; i < WORDS; i++) {
		words[i] = strsep(&line, " ");
		if (words[i] == NULL)
			return -1;
	}
	if (line != NULL)
		return -1;
	if (strcmp(words[0], LOOKUP_ID) == 0) {
		*has_lookup = true;
		return unwrap(vault, LOOKUP_ID, words[3], vault->lookup);
	}
	if (vault->keys_len == VAULT_KEYS_MAX ||
	    strlen(words[0]) != 2 * ID_SIZE)
		return -1;
	key = &vault->keys[vault->keys_len];
	for (i = 0; i < ID_SIZE; i++) {
		const char pair[] = { words[0][2 * i], words[0][2 * i + 1],
			'\0' };

		key->id[i] = (unsigned char)strtoul(pair, &end, 16);
		if (*end != '\0')
			return -1;
	}
	set_id(key);
	key->about.created_s = strtoll(words[2], &end, 10);
	if (*end != '\0' || read_state(words[1], &key->about.state) == -1)
		return -1;
	describe(key, about, sizeof(about));
	if (key->about.state != VAULT_DESTROYED &&
	    unwrap(vault, about, words[3], key->octets) == -1)
		return -1;
	vault->keys_len++;
	return 0;
}

static int
read_state(const char *word, enum vault_state *state_r)
{
	size_t i;

	for (i = VAULT_ACTIVE; i <= VAULT_DESTROYED; i++) {
		if (strcmp(states[i], word) == 0) {
			*state_r = (enum vault_state)i;
			return 0;
		}
	}
	return -1;
}

/* What is said of a key is bound to it: a state that was changed by hand
 * does not open. */
static int
unwrap(const struct vault *vault, const char *about, const char *wrapped,
    unsigned char *octets)
{
	const struct gcm_part part = { about, strlen(about) };
	unsigned char sealed[WRAPPED_SIZE];
	size_t len;

	if (base64url_decode(wrapped, strlen(wrapped), sealed, sizeof(sealed),
		&len) == -1 ||
	    len != sizeof(sealed))
		return -1;
	return gcm_open(vault->master, &part, 1, sealed, len, octets, &len);
}

static int
wrap(const struct vault *vault, const char *about, const unsigned char *octets,
    char *wrapped)
{
	const struct gcm_part part = { about, strlen(about) };
	unsigned char sealed[WRAPPED_SIZE];

	if (gcm_seal(vault->master, &part, 1, octets, GCM_KEY_SIZE, sealed) ==
	    -1)
		return -1;
	(void)base64url_encode(sealed, sizeof(sealed), wrapped);
	return 0;
}

static void
describe(const struct key *key, char *buf, size_t size)
{
	(void)snprintf(buf, size, "%s %s %" PRId64, key->about.id,
	    states[key->about.state], key->about.created_s);
}

/* The oldest that is destroyed; false if none is. */
static bool
forget_one(struct vault *vault)
{
	size_t i;

	for (i = 0; i < vault->keys_len; i++) {
		if (vault->keys[i].about.state == VAULT_DESTROYED)
			break;
	}
	if (i == vault->keys_len)
		return false;
	memmove(&vault->keys[i], &vault->keys[i + 1],
	    (vault->keys_len - i - 1) * sizeof(vault->keys[0]));
	vault->keys_len--;
	return true;
}

static const struct key *
active(const struct vault *vault)
{
	size_t i;

	for (i = 0; i < vault->keys_len; i++) {
		if (vault->keys[i].about.state == VAULT_ACTIVE)
			return &vault->keys[i];
	}
	return NULL;
}

static const struct key *
find(const struct vault *vault, const unsigned char *id)
{
	size_t i;

	for (i = 0; i < vault->keys_len; i++) {
		if (memcmp(vault->keys[i].id, id, ID_SIZE) == 0)
			return &vault->keys[i];
	}
	return NULL;
}

static void
set_id(struct key *key)
{
	size_t i;

	for (i = 0; i < ID_SIZE; i++)
		(void)snprintf(key->about.id + 2 * i, 3, "%02x", key->id[i]);
}

/* Version and id of the key are bound, too. */
static size_t
parts_of(const char *purpose, const char *owner, const unsigned char *head,
    struct gcm_part parts[3])
{
	parts[0] = (struct gcm_part){ purpose, strlen(purpose) };
	parts[1] = (struct gcm_part){ owner, strlen(owner) };
	parts[2] = (struct gcm_part){ head, 1 + ID_SIZE };
	return 3;
}
