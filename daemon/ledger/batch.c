/*
 * batch.c - what the requests of one batch read and will have written.
 *
 * Requests are applied here, in memory; each sees what those before it
 * put.  Only at the end everything is written, each record once however
 * often it changed: a merchant to whom all payments of a batch go costs
 * one write.  It also keeps page locks short, and lets a transaction that
 * met a deadlock be written again.
 */
#include <sys/random.h>

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "ledger/batch.h"

#define BLOCK_SIZE ((size_t)1 << 20)
/* What one request may read and put, keys and all: its records are at
 * most two of RECORD_MAX, a ticket, and some thirty short ones; and with
 * an event, two of these and three short ones for each of its lines. */
#define REQUEST_ROOM ((size_t)128 << 10)
#define REQUEST_EFFECTS 128
#define EFFECTS_MIN 1024

struct block {
	struct block *next;
	size_t used;
	unsigned char data[];
};

static int grow(struct batch *, size_t);
static void *take(struct batch *, size_t);
static uint32_t hash_key(const struct batch *, enum table, const struct key *);
static uint32_t *slot_of(const struct batch *, uint32_t, enum table,
    const struct key *);
static struct effect *find(const struct batch *, enum table,
    const struct key *);
static struct effect *load(struct batch *, enum table, const struct key *);
static struct effect *learn(struct batch *, enum table, const struct key *,
    const struct till_bytes *);
static void put(struct batch *, struct effect *, const struct till_bytes *);
static struct effect *change(struct batch *, enum table, const struct key *);

int
batch_new(struct ledger *ledger, struct batch **batch_r, struct till_error *err)
{
	struct batch *batch;
	ssize_t n;

	batch = calloc(1, sizeof(*batch));
	if (batch == NULL)
		return till_fail(err, "out of memory");
	batch->ledger = ledger;
	/* Ids come from outside: nobody shall know how they are hashed. */
	n = getrandom(&batch->seed, sizeof(batch->seed), 0);
	batch->cache = cache_new(ledger->cache_size);
	if (n != (ssize_t)sizeof(batch->seed) || batch->cache == NULL ||
	    grow(batch, EFFECTS_MIN) == -1 || !batch_reserve(batch)) {
		batch_free(batch);
		return till_fail(err, "out of memory");
	}
	*batch_r = batch;
	return 0;
}

void
batch_free(struct batch *batch)
{
	struct block *block;

	if (batch == NULL)
		return;
	while (batch->blocks != NULL) {
		block = batch->blocks;
		batch->blocks = block->next;
		free(block);
	}
	free(batch->effects);
	free(batch->slots);
	free(batch->sorted);
	cache_free(batch->cache);
	free(batch);
}

bool
batch_reserve(struct batch *batch)
{
	struct block *block = batch->blocks;

	if (batch->effects_len + REQUEST_EFFECTS > batch->effects_size &&
	    grow(batch, 2 * batch->effects_size) == -1)
		return false;
	if (block != NULL && BLOCK_SIZE - block->used >= REQUEST_ROOM)
		return true;
	block = malloc(sizeof(*block) + BLOCK_SIZE);
	if (block == NULL)
		return false;
	block->used = 0;
	block->next = batch->blocks;
	batch->blocks = block;
	return true;
}

bool
batch_get(struct batch *batch, enum table table, const struct key *key,
    struct till_bytes *value_r)
{
	struct effect *effect = find(batch, table, key);

	if (effect == NULL)
		effect = load(batch, table, key);
	if (!effect->present)
		return false;
	value_r->data = effect->value;
	value_r->len = effect->len;
	return true;
}

void
batch_put(struct batch *batch, enum table table, const struct key *key,
    const struct till_bytes *value)
{
	put(batch, change(batch, table, key), value);
}

void
batch_add(struct batch *batch, enum table table, const struct key *key,
    const struct till_bytes *value)
{
	static const struct till_bytes none;
	struct effect *effect;

	assert(find(batch, table, key) == NULL);
	effect = learn(batch, table, key, &none);
	effect->dirty = true;
	batch->dirty_len++;
	put(batch, effect, value);
}

void
batch_remove(struct batch *batch, enum table table, const struct key *key)
{
	struct effect *effect = change(batch, table, key);

	effect->present = false;
	effect->len = 0;
}

int
batch_count(struct batch *batch, enum table table, const struct key *prefix,
    size_t *count_r, struct till_error *err)
{
	const struct effect *effect;
	struct till_bytes value;
	struct scan *scan;
	struct key key;
	size_t i, n = 0;
	int r;

	if (scan_new(&scan, batch->ledger, table, prefix, NULL, false, err) ==
	    -1)
		return -1;
	while ((r = scan_next(scan, &key, &value, err)) == 0) {
		if (find(batch, table, &key) == NULL)
			n++;
	}
	scan_free(scan);
	if (r == -1)
		return -1;
	for (i = 0; i < batch->effects_len; i++) {
		effect = &batch->effects[i];
		if (effect->table == table && effect->present &&
		    effect->key_len >= prefix->len &&
		    memcmp(effect->key, prefix->data, prefix->len) == 0)
			n++;
	}
	*count_r = n;
	return 0;
}

bool
batch_is_clean(const struct batch *batch)
{
	return batch->dirty_len == 0;
}

void
batch_forget(struct batch *batch)
{
	struct block *block;
	size_t i;

	for (i = 0; i < batch->effects_len; i++)
		cache_put(batch->cache, &batch->effects[i]);
	memset(batch->slots, 0, batch->slots_size * sizeof(*batch->slots));
	batch->effects_len = 0;
	batch->dirty_len = 0;
	/* One block is enough for most. */
	while (batch->blocks->next != NULL) {
		block = batch->blocks;
		batch->blocks = block->next;
		free(block);
	}
	batch->blocks->used = 0;
}

/* Make room for size effects. */
static int
grow(struct batch *batch, size_t size)
{
	struct effect *effects, **sorted;
	size_t slots_size = 2 * size, i, at;
	uint32_t *slots;

	slots = calloc(slots_size, sizeof(*slots));
	sorted = malloc(size * sizeof(*sorted));
	effects = NULL;
	if (slots != NULL && sorted != NULL)
		effects = realloc(batch->effects, size * sizeof(*effects));
	if (effects == NULL) {
		free(slots);
		free(sorted);
		return -1;
	}
	for (i = 0; i < batch->effects_len; i++) {
		at = effects[i].hash & (slots_size - 1);
		while (slots[at] != 0)
			at = (at + 1) & (slots_size - 1);
		slots[at] = (uint32_t)i + 1;
	}
	free(batch->slots);
	free(batch->sorted);
	batch->effects = effects;
	batch->effects_size = size;
	batch->slots = slots;
	batch->slots_size = slots_size;
	batch->sorted = sorted;
	return 0;
}

/* Octets that live until the batch is forgotten; batch_reserve has seen
 * to it that they are there. */
static void *
take(struct batch *batch, size_t len)
{
	struct block *block = batch->blocks;
	void *data;

	len = (len + 7) & ~(size_t)7;
	assert(len <= BLOCK_SIZE - block->used);
	data = block->data + block->used;
	block->used += len;
	return data;
}

static uint32_t
hash_key(const struct batch *batch, enum table table, const struct key *key)
{
	uint64_t h = batch->seed ^ (uint64_t)table;
	size_t i;

	for (i = 0; i < key->len; i++)
		h = (h ^ key->data[i]) * UINT64_C(0x100000001b3);
	h ^= h >> 29;
	h *= UINT64_C(0xbf58476d1ce4e5b9);
	return (uint32_t)(h >> 32);
}

/* The slot where this key is, or that where it would be put. */
static uint32_t *
slot_of(const struct batch *batch, uint32_t hash, enum table table,
    const struct key *key)
{
	size_t at = hash & (batch->slots_size - 1);
	const struct effect *effect;

	while (batch->slots[at] != 0) {
		effect = &batch->effects[batch->slots[at] - 1];
		if (effect->hash == hash && effect->table == table &&
		    effect->key_len == key->len &&
		    memcmp(effect->key, key->data, key->len) == 0)
			break;
		at = (at + 1) & (batch->slots_size - 1);
	}
	return &batch->slots[at];
}

static struct effect *
find(const struct batch *batch, enum table table, const struct key *key)
{
	uint32_t *slot =
	    slot_of(batch, hash_key(batch, table, key), table, key);

	return *slot == 0 ? NULL : &batch->effects[*slot - 1];
}

/* Ask the table for a key that is not known yet. */
static struct effect *
load(struct batch *batch, enum table table, const struct key *key)
{
	unsigned char buf[RECORD_MAX];
	struct till_bytes value = { buf, 0 };
	struct effect *effect;
	struct till_error err;
	int r = 0;

	if (!cache_get(batch->cache, table, hash_key(batch, table, key), key,
		&value))
		r = table_get(batch->ledger, table, key, buf, &value.len, &err);
	if (r == -1)
		ledger_die(batch->ledger, "reading", err.text);
	effect = learn(batch, table, key, &value);
	effect->present = r == 0;
	effect->stored = r == 0;
	return effect;
}

/* Take down a key that is not known yet, with its value. */
static struct effect *
learn(struct batch *batch, enum table table, const struct key *key,
    const struct till_bytes *value)
{
	struct effect *effect;

	assert(batch->effects != NULL);
	assert(batch->effects_len < batch->effects_size);
	effect = &batch->effects[batch->effects_len++];
	memset(effect, 0, sizeof(*effect));
	effect->table = table;
	effect->hash = hash_key(batch, table, key);
	effect->key = take(batch, key->len);
	memcpy(effect->key, key->data, key->len);
	effect->key_len = key->len;
	*slot_of(batch, effect->hash, table, key) =
	    (uint32_t)batch->effects_len;
	put(batch, effect, value);
	effect->present = false;
	return effect;
}

static void
put(struct batch *batch, struct effect *effect, const struct till_bytes *value)
{
	if (value->len > effect->size) {
		effect->value = take(batch, value->len);
		effect->size = value->len;
	}
	if (value->len > 0)
		memcpy(effect->value, value->data, value->len);
	effect->len = value->len;
	effect->present = true;
}

static struct effect *
change(struct batch *batch, enum table table, const struct key *key)
{
	struct effect *effect = find(batch, table, key);

	if (effect == NULL)
		effect = load(batch, table, key);
	if (!effect->dirty) {
		effect->dirty = true;
		batch->dirty_len++;
	}
	return effect;
}
