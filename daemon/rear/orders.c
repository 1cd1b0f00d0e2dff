/*
 * orders.c - a table in parts, each with its own lock.
 *
 * A part has a few buckets of orders at work and a ring of vouchers, the
 * newest of which overwrites the oldest.
 */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "rear/hash.h"
#include "rear/orders.h"

#define PARTS 64 /* a power of two */
#define BUCKETS 64 /* of one part; a power of two */

struct slot {
	struct slot *next;
	struct orders_claim *owner;
	struct orders_claim *first, **last; /* who waits */
	size_t waiting;
	bool parked;
};

struct recent {
	char mid[TILL_ID_MAX];
	char jti[TILL_JTI_MAX];
	struct voucher_kept kept;
};

struct part {
	pthread_mutex_t lock;
	size_t len;
	struct slot *buckets[BUCKETS];
	size_t at; /* of recent: where the next one goes */
	struct recent recent[ORDERS_RECENT_MAX];
};

struct orders {
	struct part parts[PARTS];
};

static uint64_t hash_of(const char *, const char *);
static struct part *part_of(struct orders *, uint64_t);
static struct slot **slot_at(struct part *, uint64_t, const char *,
    const char *);
static enum orders_answer join(struct slot *, struct orders_claim *);
static struct orders_claim *take_waiters(struct slot *);
static void keep(struct part *, const char *, const char *,
    const struct voucher_kept *);
static struct recent *recent_of(struct part *, const char *, const char *);

struct sealed *
sealed_new(const char *text)
{
	size_t size = strlen(text) + 1;
	struct sealed *token = malloc(sizeof(*token) + size);

	if (token == NULL)
		return NULL;
	token->refs = 1;
	memcpy(token->text, text, size);
	return token;
}

struct sealed *
sealed_ref(struct sealed *token)
{
	(void)__atomic_add_fetch(&token->refs, 1, __ATOMIC_RELAXED);
	return token;
}

void
sealed_unref(struct sealed *token)
{
	if (token != NULL &&
	    __atomic_sub_fetch(&token->refs, 1, __ATOMIC_ACQ_REL) == 0)
		free(token);
}

struct orders *
orders_new(void)
{
	struct orders *orders = calloc(1, sizeof(*orders));
	size_t i;

	if (orders == NULL)
		return NULL;
	for (i = 0; i < PARTS; i++)
		(void)pthread_mutex_init(&orders->parts[i].lock, NULL);
	return orders;
}

void
orders_free(struct orders *orders)
{
	struct part *part;
	size_t i, k;

	if (orders == NULL)
		return;
	for (i = 0; i < PARTS; i++) {
		part = &orders->parts[i];
		for (k = 0; k < ORDERS_RECENT_MAX; k++)
			sealed_unref(part->recent[k].kept.token);
		(void)pthread_mutex_destroy(&part->lock);
	}
	free(orders);
}

enum orders_answer
orders_claim(struct orders *orders, struct orders_claim *claim)
{
	uint64_t hash = hash_of(claim->mid, claim->jti);
	struct part *part = part_of(orders, hash);
	enum orders_answer answer;
	struct slot **at;

	claim->next = NULL;
	(void)pthread_mutex_lock(&part->lock);
	at = slot_at(part, hash, claim->mid, claim->jti);
	if (*at != NULL) {
		answer = join(*at, claim);
	} else {
		*at = calloc(1, sizeof(**at));
		answer = *at == NULL ? ORDERS_CROWDED : ORDERS_MINE;
	}
	if (answer == ORDERS_MINE) {
		(*at)->owner = claim;
		(*at)->last = &(*at)->first;
		part->len++;
	}
	(void)pthread_mutex_unlock(&part->lock);
	return answer;
}

struct orders_claim *
orders_park(struct orders *orders, struct orders_claim *claim)
{
	uint64_t hash = hash_of(claim->mid, claim->jti);
	struct part *part = part_of(orders, hash);
	struct orders_claim *waiters = NULL;
	struct slot *slot;

	(void)pthread_mutex_lock(&part->lock);
	slot = *slot_at(part, hash, claim->mid, claim->jti);
	if (slot != NULL && slot->owner == claim) {
		slot->parked = true;
		waiters = take_waiters(slot);
	}
	(void)pthread_mutex_unlock(&part->lock);
	return waiters;
}

struct orders_claim *
orders_release(struct orders *orders, struct orders_claim *claim,
    const struct voucher_kept *kept)
{
	uint64_t hash = hash_of(claim->mid, claim->jti);
	struct part *part = part_of(orders, hash);
	struct orders_claim *waiters = NULL;
	struct slot **at, *slot;

	(void)pthread_mutex_lock(&part->lock);
	at = slot_at(part, hash, claim->mid, claim->jti);
	slot = *at;
	if (slot != NULL && slot->owner == claim) {
		*at = slot->next;
		part->len--;
		waiters = take_waiters(slot);
		free(slot);
	}
	if (kept != NULL)
		keep(part, claim->mid, claim->jti, kept);
	(void)pthread_mutex_unlock(&part->lock);
	return waiters;
}

bool
orders_recent(struct orders *orders, const char *mid, const char *jti,
    int64_t now_ms, struct voucher_kept *kept_r)
{
	struct part *part = part_of(orders, hash_of(mid, jti));
	const struct recent *recent;
	bool found = false;

	(void)pthread_mutex_lock(&part->lock);
	recent = recent_of(part, mid, jti);
	if (recent != NULL && now_ms < recent->kept.until_ms) {
		*kept_r = recent->kept;
		(void)sealed_ref(kept_r->token);
		found = true;
	}
	(void)pthread_mutex_unlock(&part->lock);
	return found;
}

void
orders_keep(struct orders *orders, const char *mid, const char *jti,
    int64_t now_ms, struct voucher_kept *kept)
{
	struct part *part = part_of(orders, hash_of(mid, jti));
	struct sealed *ours = kept->token;
	const struct recent *recent;

	(void)pthread_mutex_lock(&part->lock);
	recent = recent_of(part, mid, jti);
	if (recent != NULL && now_ms < recent->kept.until_ms &&
	    recent->kept.txn == kept->txn) {
		*kept = recent->kept;
		(void)sealed_ref(kept->token);
	} else {
		keep(part, mid, jti, kept);
		ours = NULL;
	}
	(void)pthread_mutex_unlock(&part->lock);
	sealed_unref(ours);
}

void
orders_forget(struct orders *orders, const char *mid, const char *jti)
{
	struct part *part = part_of(orders, hash_of(mid, jti));
	struct recent *recent;

	(void)pthread_mutex_lock(&part->lock);
	recent = recent_of(part, mid, jti);
	if (recent != NULL)
		recent->kept.until_ms = 0;
	(void)pthread_mutex_unlock(&part->lock);
}

size_t
orders_len(struct orders *orders)
{
	size_t i, len = 0;

	for (i = 0; i < PARTS; i++) {
		(void)pthread_mutex_lock(&orders->parts[i].lock);
		len += orders->parts[i].len;
		(void)pthread_mutex_unlock(&orders->parts[i].lock);
	}
	return len;
}

static uint64_t
hash_of(const char *mid, const char *jti)
{
	return hash_text(hash_text(0, mid), jti);
}

static struct part *
part_of(struct orders *orders, uint64_t hash)
{
	return &orders->parts[(hash >> 32) % PARTS];
}

static struct slot **
slot_at(struct part *part, uint64_t hash, const char *mid, const char *jti)
{
	struct slot **at = &part->buckets[hash % BUCKETS];

	while (*at != NULL &&
	    (strcmp((*at)->owner->jti, jti) != 0 ||
		strcmp((*at)->owner->mid, mid) != 0))
		at = &(*at)->next;
	return at;
}

static enum orders_answer
join(struct slot *slot, struct orders_claim *claim)
{
	if (slot->parked)
		return ORDERS_PARKED;
	if (slot->waiting == ORDERS_WAITERS_MAX)
		return ORDERS_CROWDED;
	*slot->last = claim;
	slot->last = &claim->next;
	slot->waiting++;
	return ORDERS_WAITS;
}

static struct orders_claim *
take_waiters(struct slot *slot)
{
	struct orders_claim *waiters = slot->first;

	slot->first = NULL;
	slot->last = &slot->first;
	slot->waiting = 0;
	return waiters;
}

static void
keep(struct part *part, const char *mid, const char *jti,
    const struct voucher_kept *kept)
{
	struct recent *recent = recent_of(part, mid, jti);

	if (recent == NULL) {
		recent = &part->recent[part->at];
		part->at = (part->at + 1) % ORDERS_RECENT_MAX;
	}
	sealed_unref(recent->kept.token);
	recent->kept = *kept;
	(void)sealed_ref(recent->kept.token);
	memcpy(recent->mid, mid, strlen(mid) + 1);
	memcpy(recent->jti, jti, strlen(jti) + 1);
}

static struct recent *
recent_of(struct part *part, const char *mid, const char *jti)
{
	size_t i;

	for (i = 0; i < ORDERS_RECENT_MAX; i++)
		if (part->recent[i].kept.token != NULL &&
		    strcmp(part->recent[i].jti, jti) == 0 &&
		    strcmp(part->recent[i].mid, mid) == 0)
			return &part->recent[i];
	return NULL;
}
