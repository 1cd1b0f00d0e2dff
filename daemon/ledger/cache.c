/*
 * cache.c - rows of accounts, counters, sequences and lines that the writer
 * has used.
 *
 * Only the writer changes them, so what it wrote last is what is stored,
 * and it need not look.  Every key has one place; who comes later takes
 * it.  Rows or keys that are long are not kept.
 */
#include <stdlib.h>
#include <string.h>

#include "ledger/batch.h"

#define KEPT_KEY 64
#define KEPT_VALUE 72 /* an account of two currencies */
#define SHARE 16 /* of the memory for pages, as much again for rows */
#define PLACES_MIN 64

struct place {
	enum table table;
	uint8_t key_len, len;
	bool used;
	unsigned char key[KEPT_KEY];
	unsigned char value[KEPT_VALUE];
};

struct cache {
	size_t places; /* a power of two */
	struct place place[];
};

static bool is_kept(enum table);

struct cache *
cache_new(size_t size)
{
	size_t places = PLACES_MIN;
	struct cache *cache;

	while (2 * places * sizeof(struct place) <= size / SHARE)
		places *= 2;
	cache = calloc(1, sizeof(*cache) + places * sizeof(struct place));
	if (cache != NULL)
		cache->places = places;
	return cache;
}

void
cache_free(struct cache *cache)
{
	free(cache);
}

bool
cache_get(const struct cache *cache, enum table table, uint32_t hash,
    const struct key *key, struct till_bytes *value_r)
{
	const struct place *place = &cache->place[hash & (cache->places - 1)];

	if (!place->used || place->table != table ||
	    place->key_len != key->len ||
	    memcmp(place->key, key->data, key->len) != 0)
		return false;
	value_r->data = place->value;
	value_r->len = place->len;
	return true;
}

void
cache_put(struct cache *cache, const struct effect *effect)
{
	struct place *place = &cache->place[effect->hash & (cache->places - 1)];
	bool same;

	if (!is_kept(effect->table) || effect->key_len > KEPT_KEY)
		return;
	same = place->used && place->table == effect->table &&
	    place->key_len == effect->key_len &&
	    memcmp(place->key, effect->key, effect->key_len) == 0;
	if (!effect->present || effect->len > KEPT_VALUE) {
		if (same)
			place->used = false;
		return;
	}
	place->used = true;
	place->table = effect->table;
	place->key_len = (uint8_t)effect->key_len;
	place->len = (uint8_t)effect->len;
	memcpy(place->key, effect->key, effect->key_len);
	memcpy(place->value, effect->value, effect->len);
}

static bool
is_kept(enum table table)
{
	return table == TABLE_ACCOUNTS || table == TABLE_COUNTERS ||
	    table == TABLE_SEQUENCES || table == TABLE_LINES;
}
