/*
 * conversations.c - a table by id, a list from the longest idle on, and one
 * of these for each network.
 *
 * The lists hold those that are not taken, so that what makes room or is
 * swept is never in use.  Networks are kept by how many idle ones they have,
 * so that the one with the most is known at once, however many there are.
 */
#include <assert.h>
#include <openssl/rand.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base64url.h"
#include "rear/conversations.h"
#include "rear/hash.h"

#define BUCKETS 4096 /* a power of two */
#define ID_OCTETS 24
#define SWEEP_MAX 64 /* forgotten in one sweep */

/* There while a conversation is its own. */
struct conversation_network {
	struct conversation_network *next; /* in the bucket */
	struct conversation_network *before, *behind; /* with as many idle */
	struct conversation *first, *last; /* idle ones, the longest first */
	size_t idle, all;
	char name[CONVERSATION_NETWORK_MAX];
};

/* Those with as many idle ones, in the order in which they came to have so
 * many. */
struct rank {
	struct conversation_network *first, *last;
};

struct conversations {
	pthread_mutex_t lock;
	size_t len, max;
	int64_t ttl_ms;
	void (*free_content)(void *);
	struct conversation *oldest, *newest; /* that are not taken */
	struct conversation *buckets[BUCKETS];
	struct conversation_network *networks[BUCKETS];
	size_t most; /* idle ones of one network */
	struct rank ranks[]; /* 0 to max; of none are not kept */
};

static struct conversation **at_id(struct conversations *, const char *);
static void list(struct conversations *, struct conversation *);
static void unlist(struct conversations *, struct conversation *);
static struct conversation *remove_idle(struct conversations *,
    struct conversation *);
static struct conversation_network **at_network(struct conversations *,
    const char *);
static struct conversation_network *join(struct conversations *, const char *);
static void leave(struct conversations *, struct conversation_network *);
static void rank_put(struct conversations *, struct conversation_network *);
static void rank_take(struct conversations *, struct conversation_network *);
static void forget(struct conversations *, struct conversation *);

struct conversations *
conversations_new(size_t max, int64_t ttl_ms, void (*free_content)(void *))
{
	struct conversations *all =
	    calloc(1, sizeof(*all) + (max + 1) * sizeof(all->ranks[0]));

	assert(max > 0);
	if (all == NULL)
		return NULL;
	(void)pthread_mutex_init(&all->lock, NULL);
	all->max = max;
	all->ttl_ms = ttl_ms;
	all->free_content = free_content;
	return all;
}

void
conversations_free(struct conversations *all)
{
	if (all == NULL)
		return;
	while (all->oldest != NULL)
		forget(all, remove_idle(all, all->oldest));
	assert(all->len == 0);
	(void)pthread_mutex_destroy(&all->lock);
	free(all);
}

void
conversations_set_ttl(struct conversations *all, int64_t ttl_ms)
{
	(void)pthread_mutex_lock(&all->lock);
	all->ttl_ms = ttl_ms;
	(void)pthread_mutex_unlock(&all->lock);
}

struct conversation *
conversations_begin(struct conversations *all, void *content,
    const char *network, int64_t now_ms)
{
	struct conversation *new = calloc(1, sizeof(*new)), *old = NULL;
	unsigned char octets[ID_OCTETS];
	bool full;

	_Static_assert(BASE64URL_SIZE(ID_OCTETS) == CONVERSATION_ID_MAX,
	    "an id must fit");
	if (new == NULL || RAND_bytes(octets, sizeof(octets)) != 1) {
		free(new);
		return NULL;
	}
	(void)base64url_encode(octets, sizeof(octets), new->id);
	new->content = content;
	new->used_ms = now_ms;
	new->taken = true;
	new->last = &new->first;
	(void)pthread_mutex_lock(&all->lock);
	full = all->len == all->max && all->oldest == NULL;
	if (!full)
		new->network = join(all, network);
	if (new->network != NULL) {
		if (all->len == all->max)
			old = remove_idle(all,
			    all->ranks[all->most].first->first);
		*at_id(all, new->id) = new;
		all->len++;
	}
	(void)pthread_mutex_unlock(&all->lock);
	forget(all, old);
	if (new->network == NULL) {
		free(new);
		return NULL;
	}
	return new;
}

enum conversation_take
conversations_take(struct conversations *all, const char *id, int64_t now_ms,
    struct conversation_waiter *waiter, struct conversation **conversation_r)
{
	enum conversation_take answer = CONVERSATION_GONE;
	struct conversation *found;

	(void)pthread_mutex_lock(&all->lock);
	found = *at_id(all, id);
	if (found == NULL) {
		answer = CONVERSATION_GONE;
	} else if (!found->taken && now_ms - found->used_ms >= all->ttl_ms) {
		answer = CONVERSATION_GONE; /* a sweep will take it */
	} else if (!found->taken) {
		unlist(all, found);
		found->taken = true;
		*conversation_r = found;
		answer = CONVERSATION_TAKEN;
	} else if (found->parked) {
		answer = CONVERSATION_PARKED;
	} else if (found->waiting == CONVERSATION_WAITERS_MAX) {
		answer = CONVERSATION_CROWDED;
	} else {
		waiter->next = NULL;
		*found->last = waiter;
		found->last = &waiter->next;
		found->waiting++;
		answer = CONVERSATION_WAITS;
	}
	(void)pthread_mutex_unlock(&all->lock);
	return answer;
}

struct conversation_waiter *
conversations_give(struct conversations *all, struct conversation *given,
    int64_t now_ms)
{
	struct conversation_waiter *waiter;

	(void)pthread_mutex_lock(&all->lock);
	assert(given->taken);
	given->used_ms = now_ms;
	given->parked = false;
	waiter = given->first;
	if (waiter != NULL) {
		given->first = waiter->next;
		if (given->first == NULL)
			given->last = &given->first;
		given->waiting--;
		waiter->next = NULL;
	} else {
		given->taken = false;
		list(all, given);
	}
	(void)pthread_mutex_unlock(&all->lock);
	return waiter;
}

struct conversation_waiter *
conversations_park(struct conversations *all, struct conversation *taken)
{
	struct conversation_waiter *waiters;

	(void)pthread_mutex_lock(&all->lock);
	assert(taken->taken);
	taken->parked = true;
	waiters = taken->first;
	taken->first = NULL;
	taken->last = &taken->first;
	taken->waiting = 0;
	(void)pthread_mutex_unlock(&all->lock);
	return waiters;
}

void
conversations_sweep(struct conversations *all, int64_t now_ms)
{
	struct conversation *old;
	size_t n;

	for (n = 0; n < SWEEP_MAX; n++) {
		(void)pthread_mutex_lock(&all->lock);
		old = all->oldest;
		if (old != NULL && now_ms - old->used_ms >= all->ttl_ms)
			old = remove_idle(all, old);
		else
			old = NULL;
		(void)pthread_mutex_unlock(&all->lock);
		if (old == NULL)
			return;
		forget(all, old);
	}
}

size_t
conversations_len(struct conversations *all)
{
	size_t len;

	(void)pthread_mutex_lock(&all->lock);
	len = all->len;
	(void)pthread_mutex_unlock(&all->lock);
	return len;
}

static struct conversation **
at_id(struct conversations *all, const char *id)
{
	struct conversation **at = &all->buckets[hash_text(0, id) % BUCKETS];

	while (*at != NULL && strcmp((*at)->id, id) != 0)
		at = &(*at)->next;
	return at;
}

static void
list(struct conversations *all, struct conversation *idle)
{
	struct conversation_network *network = idle->network;

	idle->newer = NULL;
	idle->older = all->newest;
	if (all->newest != NULL)
		all->newest->newer = idle;
	else
		all->oldest = idle;
	all->newest = idle;
	idle->later = NULL;
	idle->earlier = network->last;
	if (network->last != NULL)
		network->last->later = idle;
	else
		network->first = idle;
	network->last = idle;
	rank_take(all, network);
	network->idle++;
	rank_put(all, network);
}

static void
unlist(struct conversations *all, struct conversation *idle)
{
	struct conversation_network *network = idle->network;

	if (idle->older != NULL)
		idle->older->newer = idle->newer;
	else
		all->oldest = idle->newer;
	if (idle->newer != NULL)
		idle->newer->older = idle->older;
	else
		all->newest = idle->older;
	if (idle->earlier != NULL)
		idle->earlier->later = idle->later;
	else
		network->first = idle->later;
	if (idle->later != NULL)
		idle->later->earlier = idle->earlier;
	else
		network->last = idle->earlier;
	rank_take(all, network);
	network->idle--;
	rank_put(all, network);
}

static struct conversation *
remove_idle(struct conversations *all, struct conversation *old)
{
	*at_id(all, old->id) = old->next;
	unlist(all, old);
	leave(all, old->network);
	all->len--;
	return old;
}

static struct conversation_network **
at_network(struct conversations *all, const char *name)
{
	struct conversation_network **at =
	    &all->networks[hash_text(0, name) % BUCKETS];

	while (*at != NULL && strcmp((*at)->name, name) != 0)
		at = &(*at)->next;
	return at;
}

/* For one more conversation.  NULL: no memory. */
static struct conversation_network *
join(struct conversations *all, const char *name)
{
	struct conversation_network **at, *network;
	char kept[CONVERSATION_NETWORK_MAX];

	(void)snprintf(kept, sizeof(kept), "%s", name);
	at = at_network(all, kept);
	network = *at;
	if (network == NULL) {
		network = calloc(1, sizeof(*network));
		if (network == NULL)
			return NULL;
		memcpy(network->name, kept, sizeof(kept));
		*at = network;
	}
	network->all++;
	return network;
}

static void
leave(struct conversations *all, struct conversation_network *network)
{
	if (--network->all > 0)
		return;
	assert(network->idle == 0);
	*at_network(all, network->name) = network->next;
	/* The analyzer has it point to nowhere: but join() allocates each. */
	free(network); /* NOLINT(clang-analyzer-unix.Malloc) */
}

static void
rank_put(struct conversations *all, struct conversation_network *network)
{
	struct rank *rank = &all->ranks[network->idle];

	if (network->idle == 0)
		return;
	network->behind = NULL;
	network->before = rank->last;
	if (rank->last != NULL)
		rank->last->behind = network;
	else
		rank->first = network;
	rank->last = network;
	if (network->idle > all->most)
		all->most = network->idle;
}

/* Its number of idle ones is about to change by one. */
static void
rank_take(struct conversations *all, struct conversation_network *network)
{
	struct rank *rank = &all->ranks[network->idle];

	if (network->idle == 0)
		return;
	if (network->before != NULL)
		network->before->behind = network->behind;
	else
		rank->first = network->behind;
	if (network->behind != NULL)
		network->behind->before = network->before;
	else
		rank->last = network->before;
	if (rank->first == NULL && network->idle == all->most)
		all->most--;
}

static void
forget(struct conversations *all, struct conversation *old)
{
	if (old == NULL)
		return;
	all->free_content(old->content);
	free(old);
}
