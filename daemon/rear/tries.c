/*
 * tries.c - a table in which eight places share each bucket.
 *
 * Places are known by a hash that nobody outside can compute, so nobody
 * can choose who shares a bucket with whom.
 */
#include <arpa/inet.h>
#include <openssl/rand.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <till/ticket.h>

#include "config/conf.h"
#include "rear/tries.h"
#include "sha256.h"

#define WAYS 8
#define IPV6_NETWORK 7 /* octets */
#define SUCCESS_WORTH 4 /* failures */
#define SEED_SIZE 32
#define TEXT_SIZE (CONF_NAME_MAX + TILL_ID_MAX + TRIES_PLACE_MAX)
#define ANY_NAME "" /* no customer has it */

struct tried {
	uint64_t place, customer; /* hashes; place 0: free */
	struct till_failures failures;
	bool succeeded; /* the customer, there */
	uint32_t at_work; /* tries over all names that are not over yet */
};

struct tries {
	pthread_mutex_t lock;
	unsigned char seed[SEED_SIZE];
	size_t buckets;
	struct tried all[];
};

static uint64_t hash_of(const struct tries *, const char *, const char *,
    const char *);
static uint64_t hash_customer(const struct tries *, const char *);
static struct tried *find(struct tries *, uint64_t);
static struct tried *take(struct tries *, uint64_t, const char *, int64_t);
static struct tried *room(struct tries *, uint64_t);
static uint32_t worth(const struct tried *);
static void forgive(struct till_failures *, int64_t);
static int64_t delay_of(const struct tried *);

struct tries *
tries_new(size_t max)
{
	const size_t buckets = max / WAYS == 0 ? 1 : max / WAYS;
	struct tries *tries;

	tries =
	    calloc(1, sizeof(*tries) + buckets * WAYS * sizeof(tries->all[0]));
	if (tries == NULL)
		return NULL;
	if (RAND_bytes(tries->seed, sizeof(tries->seed)) != 1) {
		free(tries);
		return NULL;
	}
	tries->buckets = buckets;
	(void)pthread_mutex_init(&tries->lock, NULL);
	return tries;
}

void
tries_free(struct tries *tries)
{
	if (tries == NULL)
		return;
	(void)pthread_mutex_destroy(&tries->lock);
	free(tries);
}

void
tries_get(struct tries *tries, const char *instance, const char *cid,
    const char *place, struct till_failures *failures_r)
{
	const uint64_t hash = hash_of(tries, instance, cid, place);
	const struct tried *tried;

	*failures_r = (struct till_failures){ .size = sizeof(*failures_r) };
	(void)pthread_mutex_lock(&tries->lock);
	tried = find(tries, hash);
	if (tried != NULL)
		*failures_r = tried->failures;
	(void)pthread_mutex_unlock(&tries->lock);
}

void
tries_failed(struct tries *tries, const char *instance, const char *cid,
    const char *place, int64_t now_ms)
{
	const uint64_t hash = hash_of(tries, instance, cid, place);
	struct tried *tried;

	(void)pthread_mutex_lock(&tries->lock);
	tried = take(tries, hash, cid, now_ms);
	if (tried->failures.count == 0 ||
	    (strcmp(place, TRIES_ALL) == 0 &&
		now_ms - tried->failures.first_ms >= TRIES_ALL_MS)) {
		tried->failures.count = 0;
		tried->failures.first_ms = now_ms;
	}
	if (tried->failures.count < UINT32_MAX)
		tried->failures.count++;
	tried->failures.last_ms = now_ms;
	(void)pthread_mutex_unlock(&tries->lock);
}

void
tries_back(struct tries *tries, const char *instance, const char *cid,
    const char *place)
{
	const uint64_t hash = hash_of(tries, instance, cid, place);
	struct tried *tried;

	(void)pthread_mutex_lock(&tries->lock);
	tried = find(tries, hash);
	if (tried != NULL && tried->failures.count > 0)
		tried->failures.count--;
	(void)pthread_mutex_unlock(&tries->lock);
}

void
tries_succeeded(struct tries *tries, const char *instance, const char *cid,
    const char *place, int64_t now_ms)
{
	const uint64_t hash = hash_of(tries, instance, cid, place);
	struct tried *tried;

	(void)pthread_mutex_lock(&tries->lock);
	tried = take(tries, hash, cid, now_ms);
	tried->failures.count = 0;
	tried->failures.last_ms = now_ms;
	tried->succeeded = true;
	(void)pthread_mutex_unlock(&tries->lock);
}

bool
tries_known(struct tries *tries, const char *instance, const char *cid,
    const char *place)
{
	const uint64_t hash = hash_of(tries, instance, cid, place);
	bool known;

	(void)pthread_mutex_lock(&tries->lock);
	known = find(tries, hash) != NULL;
	(void)pthread_mutex_unlock(&tries->lock);
	return known;
}

void
tries_forget(struct tries *tries, const char *cid)
{
	const uint64_t customer = hash_customer(tries, cid);
	size_t i;

	(void)pthread_mutex_lock(&tries->lock);
	for (i = 0; i < tries->buckets * WAYS; i++)
		if (tries->all[i].customer == customer)
			memset(&tries->all[i], 0, sizeof(tries->all[i]));
	(void)pthread_mutex_unlock(&tries->lock);
}

/* Where all goes well any number may try at one time: what fails of that is
 * counted afterwards, and forgiven no faster. */
int64_t
tries_enter(struct tries *tries, const char *instance, const char *place,
    int64_t now_ms, bool *busy_r)
{
	const uint64_t hash = hash_of(tries, instance, ANY_NAME, place);
	int64_t wait_ms = 0;
	struct tried *tried;

	(void)pthread_mutex_lock(&tries->lock);
	tried = take(tries, hash, ANY_NAME, now_ms);
	forgive(&tried->failures, now_ms);
	if (tried->failures.count >= TRIES_NETWORK_FREE) {
		wait_ms = tried->failures.last_ms + delay_of(tried) - now_ms;
		if (wait_ms <= 0)
			wait_ms =
			    tried->at_work > 0 ? TRIES_NETWORK_DELAY_MS : 0;
	}
	*busy_r = tried->failures.count > 0 || tried->at_work > 0;
	if (wait_ms == 0)
		tried->at_work++;
	(void)pthread_mutex_unlock(&tries->lock);
	return wait_ms;
}

uint32_t
tries_leave(struct tries *tries, const char *instance, const char *place,
    bool failed, int64_t now_ms)
{
	const uint64_t hash = hash_of(tries, instance, ANY_NAME, place);
	struct tried *tried;
	uint32_t count;

	(void)pthread_mutex_lock(&tries->lock);
	tried = take(tries, hash, ANY_NAME, now_ms);
	/* It may have made room meanwhile. */
	if (tried->at_work > 0)
		tried->at_work--;
	forgive(&tried->failures, now_ms);
	if (failed) {
		if (tried->failures.count < UINT32_MAX)
			tried->failures.count++;
		tried->failures.last_ms = now_ms;
	}
	count = tried->failures.count;
	(void)pthread_mutex_unlock(&tries->lock);
	return count;
}

void
tries_network(const char *address, char place_r[TRIES_PLACE_MAX])
{
	unsigned char octets[sizeof(struct in6_addr)];
	size_t i, n = 0;

	if (inet_pton(AF_INET, address, octets) == 1) {
		(void)snprintf(place_r, TRIES_PLACE_MAX, "net %u.%u.%u",
		    octets[0], octets[1], octets[2]);
		return;
	}
	if (inet_pton(AF_INET6, address, octets) != 1) {
		(void)snprintf(place_r, TRIES_PLACE_MAX, "net %s", address);
		return;
	}
	n = (size_t)snprintf(place_r, TRIES_PLACE_MAX, "net ");
	for (i = 0; i < IPV6_NETWORK; i++)
		n += (size_t)snprintf(place_r + n, TRIES_PLACE_MAX - n, "%02x",
		    octets[i]);
}

/* Never 0.  Where the library fails all are one place. */
static uint64_t
hash_of(const struct tries *tries, const char *instance, const char *cid,
    const char *place)
{
	unsigned char text[SEED_SIZE + TEXT_SIZE], digest[32];
	const char *const parts[] = { instance, cid, place };
	size_t i, size, len = SEED_SIZE;
	uint64_t hash = 0;

	memcpy(text, tries->seed, SEED_SIZE);
	for (i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		size = strlen(parts[i]) + 1;
		if (size > sizeof(text) - len)
			return 1;
		memcpy(text + len, parts[i], size);
		len += size;
	}
	if (sha256(text, len, digest) == 0)
		memcpy(&hash, digest, sizeof(hash));
	return hash == 0 ? 1 : hash;
}

static uint64_t
hash_customer(const struct tries *tries, const char *cid)
{
	return hash_of(tries, "", cid, "");
}

static struct tried *
find(struct tries *tries, uint64_t hash)
{
	struct tried *at = &tries->all[hash % tries->buckets * WAYS];
	size_t i;

	for (i = 0; i < WAYS; i++)
		if (at[i].place == hash)
			return &at[i];
	return NULL;
}

/* The place of this hash, made if there is none. */
static struct tried *
take(struct tries *tries, uint64_t hash, const char *cid, int64_t now_ms)
{
	struct tried *tried = find(tries, hash);

	if (tried != NULL)
		return tried;
	tried = room(tries, hash);
	memset(tried, 0, sizeof(*tried));
	tried->place = hash;
	tried->customer = hash_customer(tries, cid);
	tried->failures.size = sizeof(tried->failures);
	tried->failures.first_ms = now_ms;
	return tried;
}

/* A free one, else that which is worth least, the oldest of these. */
static struct tried *
room(struct tries *tries, uint64_t hash)
{
	struct tried *at = &tries->all[hash % tries->buckets * WAYS];
	struct tried *best = &at[0];
	size_t i;

	for (i = 1; i < WAYS; i++)
		if (worth(&at[i]) < worth(best) ||
		    (worth(&at[i]) == worth(best) &&
			at[i].failures.last_ms < best->failures.last_ms))
			best = &at[i];
	return best;
}

/* Where the customer has been is worth more than a few guesses. */
static uint32_t
worth(const struct tried *tried)
{
	if (tried->at_work > 0)
		return UINT32_MAX;
	return tried->succeeded && tried->failures.count < SUCCESS_WORTH
	    ? SUCCESS_WORTH
	    : tried->failures.count;
}

/* first_ms: until when it was done. */
static void
forgive(struct till_failures *failures, int64_t now_ms)
{
	const int64_t n =
	    (now_ms - failures->first_ms) / TRIES_NETWORK_FORGIVE_MS;

	if (n > 0 && n < failures->count) {
		failures->count -= (uint32_t)n;
		failures->first_ms += n * TRIES_NETWORK_FORGIVE_MS;
	} else if (n > 0) {
		failures->count = 0;
		failures->first_ms = now_ms;
	}
}

static int64_t
delay_of(const struct tried *tried)
{
	int64_t delay_ms = TRIES_NETWORK_DELAY_MS;
	uint32_t i;

	for (i = TRIES_NETWORK_FREE;
	     i < tried->failures.count && delay_ms < TRIES_NETWORK_DELAY_MAX_MS;
	     i++)
		delay_ms *= 2;
	return delay_ms < TRIES_NETWORK_DELAY_MAX_MS
	    ? delay_ms
	    : TRIES_NETWORK_DELAY_MAX_MS;
}
