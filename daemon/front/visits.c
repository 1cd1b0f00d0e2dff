/*
 * visits.c - the table of visits: by handle, and in the order they were
 * last seen in.
 */
#include <stdlib.h>
#include <string.h>

#include <openssl/rand.h>

#include "base64url.h"
#include "front/http.h"
#include "front/visits.h"
#include "link/link.h"

#define BUCKETS 8192 /* a power of two */
#define HANDLE_OCTETS 16
#define SWEEP_MAX 8 /* expired ones that go with each new one */

struct visits {
	pthread_mutex_t lock;
	struct visit *buckets[BUCKETS];
	struct visit *newest, *oldest;
	size_t len;
};

static size_t bucket_of(const char *);
static void insert(struct visits *, struct visit *);
static void drop(struct visits *, struct visit *);
static void list_push(struct visits *, struct visit *);
static void list_cut(struct visits *, struct visit *);
static struct visit *sweep(struct visits *);

int
visits_start(struct visits **visits_r, struct till_error *err)
{
	struct visits *visits = calloc(1, sizeof(*visits));

	if (visits == NULL)
		return till_fail(err, "out of memory");
	(void)pthread_mutex_init(&visits->lock, NULL);
	*visits_r = visits;
	return 0;
}

void
visits_stop(struct visits *visits)
{
	struct visit *visit;

	if (visits == NULL)
		return;
	while (visits->oldest != NULL) {
		visit = visits->oldest;
		drop(visits, visit);
		visit_unref(visit);
	}
	(void)pthread_mutex_destroy(&visits->lock);
	free(visits);
}

size_t
visits_open(struct visits *visits)
{
	size_t len;

	(void)pthread_mutex_lock(&visits->lock);
	len = visits->len;
	(void)pthread_mutex_unlock(&visits->lock);
	return len;
}

int
visit_new(struct visits *visits, const char *token, struct till_ticket *ticket,
    int64_t ttl_s, struct visit **visit_r, struct till_error *err)
{
	unsigned char handle[HANDLE_OCTETS];
	struct visit *visit = calloc(1, sizeof(*visit)), *gone, *next;

	if (visit == NULL) {
		till_ticket_free(ticket);
		return till_fail(err, "out of memory");
	}
	visit->ticket = ticket;
	(void)pthread_mutex_init(&visit->lock, NULL);
	atomic_init(&visit->refs, 2); /* the table's and the caller's */
	visit->token = strdup(token);
	if (visit->token == NULL || RAND_bytes(handle, sizeof(handle)) != 1 ||
	    RAND_bytes(visit->secret, sizeof(visit->secret)) != 1) {
		atomic_store(&visit->refs, 1);
		visit_unref(visit);
		return till_fail(err, "out of memory or of randomness");
	}
	(void)base64url_encode(handle, sizeof(handle), visit->handle);
	visit->expires_ms = link_now_ms() + ttl_s * 1000;
	(void)pthread_mutex_lock(&visits->lock);
	gone = sweep(visits);
	insert(visits, visit);
	(void)pthread_mutex_unlock(&visits->lock);
	for (; gone != NULL; gone = next) {
		next = gone->next;
		visit_unref(gone);
	}
	*visit_r = visit;
	return 0;
}

struct visit *
visit_find(struct visits *visits, const char *handle)
{
	int64_t now_ms = link_now_ms();
	struct visit *visit, *gone = NULL;

	(void)pthread_mutex_lock(&visits->lock);
	for (visit = visits->buckets[bucket_of(handle)]; visit != NULL;
	     visit = visit->next)
		if (strcmp(visit->handle, handle) == 0)
			break;
	if (visit != NULL && visit->expires_ms <= now_ms) {
		drop(visits, visit);
		gone = visit;
		visit = NULL;
	}
	if (visit != NULL) {
		visit->expires_ms = now_ms + (int64_t)VISIT_TTL_S * 1000;
		atomic_fetch_add(&visit->refs, 1);
		list_cut(visits, visit);
		list_push(visits, visit);
	}
	(void)pthread_mutex_unlock(&visits->lock);
	visit_unref(gone);
	return visit;
}

void
visit_unref(struct visit *visit)
{
	if (visit == NULL || atomic_fetch_sub(&visit->refs, 1) != 1)
		return;
	till_ticket_free(visit->ticket);
	free(visit->token);
	answer_free(visit->said);
	answer_free(visit->end);
	explicit_bzero(visit->secret, sizeof(visit->secret));
	(void)pthread_mutex_destroy(&visit->lock);
	free(visit);
}

/* The handles that exist are random; others find short lists too. */
static size_t
bucket_of(const char *handle)
{
	uint32_t hash = 2166136261u;

	for (; *handle != '\0'; handle++)
		hash = (hash ^ (unsigned char)*handle) * 16777619u;
	return hash & (BUCKETS - 1);
}

static void
insert(struct visits *visits, struct visit *visit)
{
	struct visit **bucket = &visits->buckets[bucket_of(visit->handle)];

	visit->next = *bucket;
	*bucket = visit;
	list_push(visits, visit);
	visits->len++;
}

/* The table's reference is the caller's then. */
static void
drop(struct visits *visits, struct visit *visit)
{
	struct visit **p = &visits->buckets[bucket_of(visit->handle)];

	while (*p != visit)
		p = &(*p)->next;
	*p = visit->next;
	visit->next = NULL;
	list_cut(visits, visit);
	visits->len--;
}

static void
list_push(struct visits *visits, struct visit *visit)
{
	visit->newer = NULL;
	visit->older = visits->newest;
	if (visits->newest != NULL)
		visits->newest->newer = visit;
	else
		visits->oldest = visit;
	visits->newest = visit;
}

static void
list_cut(struct visits *visits, struct visit *visit)
{
	if (visit->newer != NULL)
		visit->newer->older = visit->older;
	else
		visits->newest = visit->older;
	if (visit->older != NULL)
		visit->older->newer = visit->newer;
	else
		visits->oldest = visit->newer;
}

/* Make room: what is expired, and what is one too many.  The dropped
 * ones are linked by next. */
static struct visit *
sweep(struct visits *visits)
{
	int64_t now_ms = link_now_ms();
	struct visit *gone = NULL, *visit;
	int n;

	for (n = 0; n < SWEEP_MAX && visits->oldest != NULL; n++) {
		visit = visits->oldest;
		if (visit->expires_ms > now_ms && visits->len < VISITS_MAX)
			break;
		drop(visits, visit);
		visit->next = gone;
		gone = visit;
	}
	return gone;
}
