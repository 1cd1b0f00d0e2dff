/*
 * vault.h - bank identities at rest: sealed with AES-256-GCM under data
 * keys, which are themselves sealed under one master key.
 *
 * The master key is not in the database; what is in the database is of no
 * use without it.  Each sealed text is bound to its purpose and its owner
 * (the additional data of GCM, NIST SP 800-38D), so that one moved to
 * another customer does not open.
 *
 * Keys are active (the one that seals), decrypt-only (what they sealed
 * still opens), or destroyed (their octets are gone, and what they sealed
 * with them).  All key octets lie in secure memory.
 *
 * Not for use by several threads at once but for vault_seal, vault_unseal
 * and vault_lookup among themselves.
 */
#ifndef VAULT_H
#define VAULT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <till/error.h>

#define VAULT_MASTER_SIZE 32
#define VAULT_KEYS_MAX 32
#define VAULT_TEXT_MAX 8192 /* of vault_keys, with its NUL */
#define VAULT_KEY_ID_MAX 17 /* 16 hexadecimal digits and a NUL */
#define VAULT_PLAIN_MAX 256 /* octets of what is sealed */
#define VAULT_OVERHEAD 37 /* octets that sealing adds */
#define VAULT_MAC_SIZE 32

enum vault_state { VAULT_ACTIVE = 1, VAULT_DECRYPT_ONLY, VAULT_DESTROYED };

struct vault;

/*
 * Open with the text that vault_keys gave before, or "" for a new one,
 * which then has a key for looking up and no other; see vault_key_add.
 * -1 if the master key does not open them, or something was changed.
 */
int vault_new(const unsigned char master[VAULT_MASTER_SIZE], const char *keys,
    struct vault **vault_r, struct till_error *err);
void vault_free(struct vault *); /* wipes; NULL is fine */

/* All keys, sealed, as text to be stored; the caller's buffer. */
int vault_keys(const struct vault *, char text_r[VAULT_TEXT_MAX],
    struct till_error *err);

/* A new active key; the one that was is decrypt-only from now on.  Where
 * there is no room, the oldest destroyed one is forgotten. */
int vault_key_add(struct vault *, int64_t now_s, struct till_error *err);
/* Only one that is decrypt-only. */
int vault_key_destroy(struct vault *, const char *id, struct till_error *err);
/* The same keys under another master key, from the next vault_keys on. */
void vault_rewrap(struct vault *,
    const unsigned char master[VAULT_MASTER_SIZE]);

struct vault_key {
	char id[VAULT_KEY_ID_MAX];
	enum vault_state state;
	int64_t created_s;
};
/* Key number i (0, 1 ...), the oldest first; false past the last. */
bool vault_key_at(const struct vault *, size_t i, struct vault_key *key_r);
const char *vault_state_name(enum vault_state);

/*
 * Seal at most VAULT_PLAIN_MAX octets; sealed_r has room for them and
 * VAULT_OVERHEAD.  purpose and owner are texts.  -1: there is no active
 * key, or the library fails.
 */
int vault_seal(const struct vault *, const char *purpose, const char *owner,
    const void *plain, size_t len, unsigned char *sealed_r, size_t *len_r,
    struct till_error *err);

/* plain_r has room for len octets; the caller wipes it.  -1 if it does not
 * open, with no word on what it was. */
int vault_unseal(const struct vault *, const char *purpose, const char *owner,
    const unsigned char *sealed, size_t len, unsigned char *plain_r,
    size_t *len_r, struct till_error *err);

/* Was it sealed under the key that is active now? */
bool vault_is_current(const struct vault *, const unsigned char *sealed,
    size_t len);

/* HMAC-SHA-256 by which an equal text is found without opening any. */
int vault_lookup(const struct vault *, const char *purpose, const void *plain,
    size_t len, unsigned char mac_r[VAULT_MAC_SIZE]);

#endif
