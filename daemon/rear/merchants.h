/*
 * merchants.h - the merchants in memory, found by the name of a key.
 *
 * All are read when the unit starts, and one again when its record has
 * changed.  A key has one owner: where two records bear the same one it
 * is the record that has had it longer.
 */
#ifndef REAR_MERCHANTS_H
#define REAR_MERCHANTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <till/error.h>
#include <till/key.h>

#include "ledger/ledger.h"

#define MERCHANTS_MAX 65536

struct merchant_key {
	char kid[TILL_KID_MAX];
	const char *jwk;
	bool active;
	int64_t added_ms;
	struct till_key *key; /* atomic; made when first used */
};

/* A record as it was at one moment; immutable (but for key) and counted. */
struct merchant {
	char mid[TILL_ID_MAX];
	char country[3];
	bool active;
	const char *name;
	const char *webhook; /* "": none */
	const char *urls[LEDGER_URLS_MAX];
	size_t urls_len;
	struct merchant_key keys[LEDGER_KEYS_MAX];
	size_t keys_len;
	unsigned int refs; /* atomic */
	char text[]; /* behind name, webhook, urls and jwk */
};

struct merchants;

struct merchants *merchants_new(void); /* NULL: out of memory */
void merchants_free(struct merchants *); /* NULL is fine */

/* Take in a record, in place of an older one of the same merchant. */
int merchants_put(struct merchants *, const struct ledger_merchant *,
    struct till_error *err);
void merchants_remove(struct merchants *, const char *mid);

/* By id, or by the name of one of its keys, active or not; counted, or
 * NULL. */
struct merchant *merchants_get(struct merchants *, const char *mid);
struct merchant *merchants_of_key(struct merchants *, const char *kid);
void merchant_unref(struct merchant *); /* NULL is fine */

/* Whose active key has signed: a till_key_find.  The merchant is counted,
 * and the caller's when the search is over. */
struct merchant_search {
	struct merchants *merchants;
	struct merchant *merchant; /* NULL at first */
};
const struct till_key *merchants_find_key(void *search, const char *kid);

/* The key of this name, made at the first use; NULL if it has none. */
const struct till_key *merchant_key(struct merchant *, const char *kid,
    bool *active_r);
/* Is this one of the merchant's return addresses, octet by octet? */
bool merchant_has_url(const struct merchant *, const char *url);

#endif
