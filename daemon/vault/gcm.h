/*
 * gcm.h - AES-256-GCM of a short text (NIST SP 800-38D).
 */
#ifndef VAULT_GCM_H
#define VAULT_GCM_H

#include <stdbool.h>
#include <stddef.h>

#define GCM_KEY_SIZE 32
#define GCM_NONCE_SIZE 12
#define GCM_TAG_SIZE 16

/* Additional data: parts with their lengths, so that no two lists of
 * parts are the same octets. */
struct gcm_part {
	const void *data;
	size_t len;
};

/* to: a random nonce, the text, the tag. */
int gcm_seal(const unsigned char *key, const struct gcm_part *parts,
    size_t parts_len, const void *plain, size_t len, unsigned char *to);
/* -1 if it does not open; then plain_r holds nothing of it. */
int gcm_open(const unsigned char *key, const struct gcm_part *parts,
    size_t parts_len, const unsigned char *sealed, size_t len,
    unsigned char *plain_r, size_t *len_r);

#endif
