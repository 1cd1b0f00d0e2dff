/*
 * sessions.c - a table by hash, and a list from the longest idle on; and each
 * is found by its customer, and by the name of the session it has replaced.
 */
#include <assert.h>
#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base64url.h"
#include "rear/sessions.h"
#include "sha256.h"

#define BUCKETS 4096 /* a power of two */
#define EPOCHS 4096 /* likewise; customers with the same hash share one */
#define SECRET_OCTETS 32
#define SEED_SIZE 32

struct entry {
	struct entry *next; /* in the bucket */
	struct entry *next_his; /* in that of its customer */
	struct entry *next_heir; /* in that of the name replaced */
	struct entry *older, *newer; /* by last use */
	unsigned char name[SESSION_NAME_SIZE];
	/* It came in the place of this one of the same customer's. */
	bool is_heir;
	unsigned char replaced[SESSION_NAME_SIZE];
	int64_t used_ms;
	struct session session;
};

struct session_table {
	pthread_mutex_t lock;
	unsigned char seed[SEED_SIZE]; /* of the places of customers */
	size_t len, max;
	struct entry *oldest, *newest;
	struct entry *buckets[BUCKETS], *his[BUCKETS], *heirs[BUCKETS];
	uint64_t epochs[EPOCHS];
};

static int put(struct session_table *, const unsigned char *,
    const struct session *, int64_t, char[SESSION_SECRET_MAX]);
static int make(const struct session *, char[SESSION_SECRET_MAX],
    struct entry **);
static bool may_enter(struct session_table *, struct entry *,
    const unsigned char *);
static void make_room(struct session_table *, const char *);
static int by_use(const void *, const void *);
static void enter(struct session_table *, struct entry *);
static size_t bucket_of(const unsigned char *);
static struct entry **at_name(struct session_table *, const unsigned char *);
static struct entry *heir_of(struct session_table *, const unsigned char *);
static size_t place_of(const struct session_table *, const char *);
static struct entry **at_customer(struct session_table *, const char *);
static uint64_t *epoch_of(struct session_table *, const char *);
static bool is_good(const struct entry *, int64_t, int64_t, int64_t);
static void use(struct session_table *, struct entry *, int64_t);
static void unlist(struct session_table *, struct entry *);
static void drop(struct session_table *, struct entry *);

struct session_table *
session_table_new(size_t max)
{
	struct session_table *sessions = calloc(1, sizeof(*sessions));

	assert(max > 0);
	if (sessions == NULL ||
	    RAND_bytes(sessions->seed, sizeof(sessions->seed)) != 1) {
		free(sessions);
		return NULL;
	}
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
		drop(sessions, sessions->oldest);
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
	return put(sessions, NULL, session, now_ms, secret_r);
}

int
session_table_replace(struct session_table *sessions, const unsigned char *name,
    const struct session *session, int64_t now_ms,
    char secret_r[SESSION_SECRET_MAX])
{
	return put(sessions, name, session, now_ms, secret_r);
}

bool
session_table_find(struct session_table *sessions, const unsigned char *name,
    int64_t now_ms, int64_t idle_ms, int64_t max_ms, struct session *session_r)
{
	struct entry *entry;
	bool found = false;

	(void)pthread_mutex_lock(&sessions->lock);
	entry = *at_name(sessions, name);
	if (entry != NULL) {
		found = is_good(entry, now_ms, idle_ms, max_ms);
		if (found) {
			unlist(sessions, entry);
			use(sessions, entry, now_ms);
			*session_r = entry->session;
			session_r->epoch = *epoch_of(sessions, session_r->cid);
		} else if (now_ms - entry->session.created_ms >= max_ms) {
			drop(sessions, entry);
		}
	}
	(void)pthread_mutex_unlock(&sessions->lock);
	return found;
}

bool
session_table_has(struct session_table *sessions, const unsigned char *name)
{
	bool found;

	(void)pthread_mutex_lock(&sessions->lock);
	found =
	    *at_name(sessions, name) != NULL || heir_of(sessions, name) != NULL;
	(void)pthread_mutex_unlock(&sessions->lock);
	return found;
}

bool
session_table_end(struct session_table *sessions, const unsigned char *name)
{
	struct entry *entry;

	(void)pthread_mutex_lock(&sessions->lock);
	entry = *at_name(sessions, name);
	if (entry == NULL)
		entry = heir_of(sessions, name);
	if (entry != NULL)
		drop(sessions, entry);
	(void)pthread_mutex_unlock(&sessions->lock);
	return entry != NULL;
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
	struct entry *entry, *next;

	(void)pthread_mutex_lock(&sessions->lock);
	++*epoch_of(sessions, cid);
	for (entry = *at_customer(sessions, cid); entry != NULL; entry = next) {
		next = entry->next_his;
		if (strcmp(entry->session.cid, cid) == 0 &&
		    (keep == NULL ||
			memcmp(entry->name, keep, SESSION_NAME_SIZE) != 0))
			drop(sessions, entry);
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
	for (entry = *at_customer(sessions, cid); entry != NULL && len < max;
	     entry = entry->next_his) {
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
	qsort(list_r, len, sizeof(*list_r), by_use);
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

/* The latest first. */
static int
by_use(const void *a, const void *b)
{
	const struct session_seen *x = a, *y = b;

	return (x->used_ms < y->used_ms) - (x->used_ms > y->used_ms);
}

/* In the place of the one named old, unless that is NULL. */
static int
put(struct session_table *sessions, const unsigned char *old,
    const struct session *session, int64_t now_ms,
    char secret_r[SESSION_SECRET_MAX])
{
	struct entry *entry = NULL;
	bool entered;

	if (make(session, secret_r, &entry) == -1)
		return -1;
	(void)pthread_mutex_lock(&sessions->lock);
	entered = may_enter(sessions, entry, old);
	if (entered) {
		if (old != NULL)
			drop(sessions, *at_name(sessions, old));
		make_room(sessions, session->cid);
		enter(sessions, entry);
		use(sessions, entry, now_ms);
	}
	(void)pthread_mutex_unlock(&sessions->lock);
	if (entered)
		return 0;
	OPENSSL_cleanse(secret_r, SESSION_SECRET_MAX);
	free(entry);
	return -1;
}

static int
make(const struct session *session, char secret_r[SESSION_SECRET_MAX],
    struct entry **entry_r)
{
	unsigned char octets[SECRET_OCTETS];
	struct entry *entry;

	if (RAND_bytes(octets, sizeof(octets)) != 1)
		return -1;
	(void)base64url_encode(octets, sizeof(octets), secret_r);
	OPENSSL_cleanse(octets, sizeof(octets));
	entry = calloc(1, sizeof(*entry));
	if (entry == NULL || session_name(secret_r, entry->name) == -1) {
		OPENSSL_cleanse(secret_r, SESSION_SECRET_MAX);
		free(entry);
		return -1;
	}
	entry->session = *session;
	*entry_r = entry;
	return 0;
}

/* Its epoch is that of now, and what it replaces is still there. */
static bool
may_enter(struct session_table *sessions, struct entry *entry,
    const unsigned char *old)
{
	const char *cid = entry->session.cid;
	const struct entry *before;

	if (*epoch_of(sessions, cid) != entry->session.epoch)
		return false;
	if (old == NULL)
		return true;
	before = *at_name(sessions, old);
	if (before == NULL)
		return false;
	entry->is_heir = strcmp(before->session.cid, cid) == 0;
	memcpy(entry->replaced, old, SESSION_NAME_SIZE);
	return true;
}

/* Among his own first: nobody else is to go for them. */
static void
make_room(struct session_table *sessions, const char *cid)
{
	struct entry *entry, *oldest = NULL;
	size_t his = 0;

	for (entry = *at_customer(sessions, cid); entry != NULL;
	     entry = entry->next_his) {
		if (strcmp(entry->session.cid, cid) != 0)
			continue;
		his++;
		if (oldest == NULL || entry->used_ms <= oldest->used_ms)
			oldest = entry;
	}
	if (his >= SESSION_EACH_MAX)
		drop(sessions, oldest);
	else if (sessions->len == sessions->max)
		drop(sessions, sessions->oldest);
}

static void
enter(struct session_table *sessions, struct entry *entry)
{
	struct entry **at = at_name(sessions, entry->name);

	*at = entry;
	at = at_customer(sessions, entry->session.cid);
	entry->next_his = *at;
	*at = entry;
	sessions->len++;
	if (!entry->is_heir)
		return;
	at = &sessions->heirs[bucket_of(entry->replaced)];
	entry->next_heir = *at;
	*at = entry;
}

/* A name is a hash. */
static size_t
bucket_of(const unsigned char *name)
{
	return ((size_t)name[0] << 8 | name[1]) % BUCKETS;
}

static struct entry **
at_name(struct session_table *sessions, const unsigned char *name)
{
	struct entry **at = &sessions->buckets[bucket_of(name)];

	while (*at != NULL && memcmp((*at)->name, name, SESSION_NAME_SIZE) != 0)
		at = &(*at)->next;
	return at;
}

/* NULL: none has come in its place. */
static struct entry *
heir_of(struct session_table *sessions, const unsigned char *name)
{
	struct entry *entry = sessions->heirs[bucket_of(name)];

	while (entry != NULL &&
	    memcmp(entry->replaced, name, SESSION_NAME_SIZE) != 0)
		entry = entry->next_heir;
	return entry;
}

/* Nobody outside can tell who shares one.  Where the library fails all do. */
static size_t
place_of(const struct session_table *sessions, const char *cid)
{
	unsigned char text[SEED_SIZE + TILL_ID_MAX], digest[SHA256_SIZE];
	const size_t len = strnlen(cid, TILL_ID_MAX - 1);
	size_t place = 0;

	memcpy(text, sessions->seed, SEED_SIZE);
	memcpy(text + SEED_SIZE, cid, len);
	if (sha256(text, SEED_SIZE + len, digest) == 0)
		memcpy(&place, digest, sizeof(place));
	return place;
}

static struct entry **
at_customer(struct session_table *sessions, const char *cid)
{
	return &sessions->his[place_of(sessions, cid) % BUCKETS];
}

static uint64_t *
epoch_of(struct session_table *sessions, const char *cid)
{
	return &sessions->epochs[place_of(sessions, cid) % EPOCHS];
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
drop(struct session_table *sessions, struct entry *entry)
{
	struct entry **at = at_name(sessions, entry->name);

	assert(*at == entry);
	*at = entry->next;
	at = at_customer(sessions, entry->session.cid);
	while (*at != entry)
		at = &(*at)->next_his;
	*at = entry->next_his;
	at = &sessions->heirs[bucket_of(entry->replaced)];
	while (entry->is_heir && *at != entry)
		at = &(*at)->next_heir;
	if (entry->is_heir)
		*at = entry->next_heir;
	unlist(sessions, entry);
	sessions->len--;
	free(entry);
}
