/*
 * sessions.c - a table by hash, and a list from the longest idle on.
 */
#include <assert.h>
#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base64url.h"
#include "rear/hash.h"
#include "rear/sessions.h"
#include "sha256.h"

#define BUCKETS 4096 /* a power of two */
#define EPOCHS 4096 /* likewise; customers with the same hash share one */
#define SECRET_OCTETS 32

struct entry {
	struct entry *next; /* in the bucket */
	struct entry *older, *newer; /* by last use */
	unsigned char name[SESSION_NAME_SIZE];
	int64_t used_ms;
	struct session session;
};

struct session_table {
	pthread_mutex_t lock;
	size_t len, max;
	struct entry *oldest, *newest;
	struct entry *buckets[BUCKETS];
	uint64_t epochs[EPOCHS];
};

static struct entry **at_name(struct session_table *, const unsigned char *);
static uint64_t *epoch_of(struct session_table *, const char *);
static bool is_good(const struct entry *, int64_t, int64_t, int64_t);
static void use(struct session_table *, struct entry *, int64_t);
static void unlist(struct session_table *, struct entry *);
static void drop(struct session_table *, struct entry **);

struct session_table *
session_table_new(size_t max)
{
	struct session_table *sessions = calloc(1, sizeof(*sessions));

	assert(max > 0);
	if (sessions == NULL)
		return NULL;
	(void)pthread_mutex_init(&sessions->lock, NULL);
	sessions->max = max;
	return sessions;
}

void
session_table_free(struct session_table *sessions)
{
	if (sessions == NULL)
		return;
	while (sessions->oldest != NULL)
		drop(sessions, at_name(sessions, sessions->oldest->name));
	(void)pthread_mutex_destroy(&sessions->lock);
	free(sessions);
}

int
session_name(const char *secret, unsigned char name_r[SESSION_NAME_SIZE])
{
	return sha256(secret, strlen(secret), name_r);
}

int
session_table_open(struct session_table *sessions,
    const struct session *session, int64_t now_ms,
    char secret_r[SESSION_SECRET_MAX])
{
	unsigned char octets[SECRET_OCTETS];
	struct entry *entry, **at;

	if (RAND_bytes(octets, sizeof(octets)) != 1)
		return -1;
	(void)base64url_encode(octets, sizeof(octets), secret_r);
	OPENSSL_cleanse(octets, sizeof(octets));
	entry = calloc(1, sizeof(*entry));
	if (entry == NULL || session_name(secret_r, entry->name) == -1) {
		free(entry);
		return -1;
	}
	entry->session = *session;
	(void)pthread_mutex_lock(&sessions->lock);
	if (*epoch_of(sessions, session->cid) != session->epoch) {
		(void)pthread_mutex_unlock(&sessions->lock);
		OPENSSL_cleanse(secret_r, SESSION_SECRET_MAX);
		free(entry);
		return -1;
	}
	if (sessions->len == sessions->max)
		drop(sessions, at_name(sessions, sessions->oldest->name));
	at = at_name(sessions, entry->name);
	*at = entry;
	sessions->len++;
	use(sessions, entry, now_ms);
	(void)pthread_mutex_unlock(&sessions->lock);
	return 0;
}

bool
session_table_find(struct session_table *sessions, const unsigned char *name,
    int64_t now_ms, int64_t idle_ms, int64_t max_ms, struct session *session_r)
{
	struct entry **at, *entry;
	bool found = false;

	(void)pthread_mutex_lock(&sessions->lock);
	at = at_name(sessions, name);
	entry = *at;
	if (entry != NULL) {
		found = is_good(entry, now_ms, idle_ms, max_ms);
		if (found) {
			unlist(sessions, entry);
			use(sessions, entry, now_ms);
			*session_r = entry->session;
			session_r->epoch = *epoch_of(sessions, session_r->cid);
		} else {
			drop(sessions, at);
		}
	}
	(void)pthread_mutex_unlock(&sessions->lock);
	return found;
}

bool
session_table_end(struct session_table *sessions, const unsigned char *name)
{
	struct entry **at;
	bool found;

	(void)pthread_mutex_lock(&sessions->lock);
	at = at_name(sessions, name);
	found = *at != NULL;
	if (found)
		drop(sessions, at);
	(void)pthread_mutex_unlock(&sessions->lock);
	return found;
}

uint64_t
session_table_epoch(struct session_table *sessions, const char *cid)
{
	uint64_t epoch;

	(void)pthread_mutex_lock(&sessions->lock);
	epoch = *epoch_of(sessions, cid);
	(void)pthread_mutex_unlock(&sessions->lock);
	return epoch;
}

void
session_table_end_customer(struct session_table *sessions, const char *cid,
    const unsigned char *keep)
{
	struct entry *entry, *newer;

	(void)pthread_mutex_lock(&sessions->lock);
	++*epoch_of(sessions, cid);
	for (entry = sessions->oldest; entry != NULL; entry = newer) {
		newer = entry->newer;
		if (strcmp(entry->session.cid, cid) == 0 &&
		    (keep == NULL ||
			memcmp(entry->name, keep, SESSION_NAME_SIZE) != 0))
			drop(sessions, at_name(sessions, entry->name));
	}
	(void)pthread_mutex_unlock(&sessions->lock);
}

size_t
session_table_list(struct session_table *sessions, const char *cid,
    int64_t now_ms, int64_t idle_ms, int64_t max_ms,
    struct session_seen *list_r, size_t max)
{
	const struct entry *entry;
	struct session_seen *seen;
	size_t len = 0;

	(void)pthread_mutex_lock(&sessions->lock);
	for (entry = sessions->newest; entry != NULL && len < max;
	     entry = entry->older) {
		if (strcmp(entry->session.cid, cid) != 0 ||
		    !is_good(entry, now_ms, idle_ms, max_ms))
			continue;
		seen = &list_r[len++];
		memcpy(seen->name, entry->name, sizeof(seen->name));
		seen->used_ms = entry->used_ms;
		seen->opened_s = entry->session.opened_s;
		seen->signed_in_s = entry->session.signed_in_s;
		memcpy(seen->where, entry->session.where, sizeof(seen->where));
	}
	(void)pthread_mutex_unlock(&sessions->lock);
	return len;
}

size_t
session_table_len(struct session_table *sessions)
{
	size_t len;

	(void)pthread_mutex_lock(&sessions->lock);
	len = sessions->len;
	(void)pthread_mutex_unlock(&sessions->lock);
	return len;
}

static struct entry **
at_name(struct session_table *sessions, const unsigned char *name)
{
	size_t bucket = ((size_t)name[0] << 8 | name[1]) % BUCKETS;
	struct entry **at = &sessions->buckets[bucket];

	while (*at != NULL && memcmp((*at)->name, name, SESSION_NAME_SIZE) != 0)
		at = &(*at)->next;
	return at;
}

static uint64_t *
epoch_of(struct session_table *sessions, const char *cid)
{
	return &sessions->epochs[hash_text(0, cid) % EPOCHS];
}

static bool
is_good(const struct entry *entry, int64_t now_ms, int64_t idle_ms,
    int64_t max_ms)
{
	return now_ms - entry->used_ms < idle_ms &&
	    now_ms - entry->session.created_ms < max_ms;
}

static void
use(struct session_table *sessions, struct entry *entry, int64_t now_ms)
{
	entry->used_ms = now_ms;
	entry->newer = NULL;
	entry->older = sessions->newest;
	if (sessions->newest != NULL)
		sessions->newest->newer = entry;
	else
		sessions->oldest = entry;
	sessions->newest = entry;
}

static void
unlist(struct session_table *sessions, struct entry *entry)
{
	if (entry->older != NULL)
		entry->older->newer = entry->newer;
	else
		sessions->oldest = entry->newer;
	if (entry->newer != NULL)
		entry->newer->older = entry->older;
	else
		sessions->newest = entry->older;
}

static void
drop(struct session_table *sessions, struct entry **at)
{
	struct entry *entry = *at;

	assert(entry != NULL);
	*at = entry->next;
	unlist(sessions, entry);
	sessions->len--;
	free(entry);
}
