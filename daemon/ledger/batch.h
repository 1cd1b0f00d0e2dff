/*
 * batch.h - the inside of a batch, for the files that fill and write it.
 */
#ifndef LEDGER_BATCH_H
#define LEDGER_BATCH_H

#include "ledger/internal.h"

/* What is known of one key: read from its table, or put by a request. */
struct effect {
	enum table table;
	bool present; /* false: there is no such record (any more) */
	bool dirty; /* differs from the table */
	bool stored; /* the table has a record of this key */
	uint32_t hash;
	size_t key_len, len, size; /* size: room for the value */
	unsigned char *key, *value;
};

struct block;
struct cache;

struct batch {
	struct ledger *ledger;
	uint64_t seed;
	struct block *blocks; /* the newest first */
	struct effect *effects;
	size_t effects_len, effects_size;
	uint32_t *slots; /* index of an effect + 1, or 0 */
	size_t slots_size; /* a power of two, twice effects_size */
	struct effect **sorted; /* scratch of effects_size */
	struct cache *cache;
	size_t dirty_len;
};

/* Write all that is dirty within one transaction: 0 or Berkeley DB's
 * error. */
int batch_write(struct batch *batch, DB_TXN *txn);

/* Rows that were used lately; size is that of the cache of pages. */
struct cache *cache_new(size_t size);
void cache_free(struct cache *cache);
bool cache_get(const struct cache *cache, enum table, uint32_t hash,
    const struct key *key, struct till_bytes *value_r);
void cache_put(struct cache *cache, const struct effect *effect);

#endif
