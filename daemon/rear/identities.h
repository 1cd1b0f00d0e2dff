/*
 * identities.h - the customers' bank identities: sealed in the ledger,
 * opened for one call.
 *
 * The master key is keys/master of the state folder, or the credential
 * "till-master" that systemd hands over (in $CREDENTIALS_DIRECTORY), 32
 * octets.  The data keys that it seals are in the ledger.
 */
#ifndef REAR_IDENTITIES_H
#define REAR_IDENTITIES_H

#include <till/error.h>

#include "ledger/ledger.h"
#include "vault/identity.h"
#include "vault/vault.h"

#define IDENTITIES_KEPT 8 /* earlier ones of a customer */
#define IDENTITIES_NAME_MAX LEDGER_WORD_MAX

struct identities;

/* Make keys/master in the key folder unless it is there. */
int identities_create(const char *folder, struct till_error *err);

/* -1: there is no master key, or it does not open the keys.  Where the
 * ledger has no keys yet they are made. */
int identities_open(const char *state_dir, struct ledger *,
    struct identities **identities_r, struct till_error *err);
void identities_free(struct identities *); /* NULL is fine */

/*
 * A customer's, as identity.h says, with a NUL, in secure memory of the
 * caller's (IDENTITY_TEXT_MAX), which wipes it.  name is that of one which
 * he had before, or "" for that of today, and then it is set: what is to be
 * undone goes to the identity that it came from, whatever the customer has
 * by then.  0; 1: none, or no more; -1.
 */
int identities_get(struct identities *, const char *cid,
    char name[IDENTITIES_NAME_MAX], char *text_r, struct till_error *err);
/* What may be shown of it; likewise. */
int identities_show(struct identities *, const char *cid, const char *name,
    char label_r[IDENTITY_LABEL_MAX], struct till_error *err);

/* Keep one in the place of what was there; NULL: none any more.  The
 * last IDENTITIES_KEPT that were there before are kept by their names. */
int identities_put(struct identities *, const char *cid, const char *text,
    const char *actor, struct till_error *err);
/* None any more, and no earlier one either: what is sealed is removed.
 * Nothing that was paid with them can be given back to them then. */
int identities_forget(struct identities *, const char *cid, const char *actor,
    struct till_error *err);

/*
 * Seal all of them under a new key, and destroy the old ones.  May be
 * stopped at any moment and begun anew: what is sealed under an old key
 * opens until none is left.  *n_r is how many were sealed anew.
 */
int identities_rekey(struct identities *, const char *actor, uint64_t *n_r,
    struct till_error *err);
/* Key number i, as vault_key_at. */
bool identities_key_at(struct identities *, size_t i, struct vault_key *key_r);

#endif
