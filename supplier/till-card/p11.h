/*
 * p11.h - a PKCS #11 module: loading it, its tokens, and what they hold.
 *
 * The names are those of PKCS #11 2.40.  All that is read has a bound;
 * what is larger is passed over.
 */
#ifndef P11_H
#define P11_H

#include <p11-kit/pkcs11.h>

#include <stdbool.h>
#include <stddef.h>

#include "signer.h"

#define P11_TOKENS_MAX 32 /* of one module */
#define P11_OBJECTS_MAX 64 /* of one token and class */
#define P11_ID_MAX 64 /* octets of a key's id */
#define P11_LABEL_MAX 64 /* octets of a label, without NUL */

struct p11 {
	void *library;
	CK_FUNCTION_LIST *f;
	bool initialized; /* by us */
	CK_SESSION_HANDLE session;
	bool has_session;
};

/* A public key or a certificate of a token. */
struct p11_key {
	char label[P11_LABEL_MAX + 1];
	unsigned char id[P11_ID_MAX];
	size_t id_len;
	struct pubkey pub;
	unsigned char certificate[SIGNER_CERTIFICATE_MAX];
	size_t certificate_len; /* 0: it is a bare public key */
};

/* Load a module by its path; *p11 is all zero before.  p11_unload takes
 * it away again, also when this has failed. */
int p11_load(const char *path, struct p11 *, struct till_error *);
void p11_unload(struct p11 *);

/* The slots with a token; *len_r is at most P11_TOKENS_MAX. */
int p11_slots(struct p11 *, CK_SLOT_ID slots[P11_TOKENS_MAX], size_t *len_r,
    struct till_error *);
/* The label of the token, NUL terminated, and its flags. */
int p11_token(struct p11 *, CK_SLOT_ID, char label_r[P11_LABEL_MAX + 1],
    CK_FLAGS *flags_r, struct till_error *);
int p11_session(struct p11 *, CK_SLOT_ID, struct till_error *);
void p11_end_session(struct p11 *);

/* The objects of the session's token that are of this class, and have
 * this id (NULL: any). */
int p11_find(struct p11 *, CK_OBJECT_CLASS, const unsigned char *id,
    size_t id_len, CK_OBJECT_HANDLE found[P11_OBJECTS_MAX], size_t *len_r,
    struct till_error *);

/* Read a certificate or a public key; -1 if it is of a kind that does
 * not sign here.  Emptied with pubkey_clear. */
int p11_key_read(struct p11 *, CK_OBJECT_CLASS, CK_OBJECT_HANDLE,
    struct p11_key *);

/* An attribute that fits in size octets; -1 if there is none. */
int p11_attribute(struct p11 *, CK_OBJECT_HANDLE, CK_ATTRIBUTE_TYPE, void *,
    size_t size, size_t *len_r);

#endif
