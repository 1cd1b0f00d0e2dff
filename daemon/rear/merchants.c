/*
 * merchants.c - two hash tables over the same records.
 */
#include <assert.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "rear/hash.h"
#include "rear/merchants.h"

#define BUCKETS 4096 /* a power of two */

struct node {
	struct node *next;
	struct merchant *merchant;
};

/* A key's name; its owner is looked up by id when it is asked for. */
struct name {
	struct name *next;
	int64_t added_ms;
	char kid[TILL_KID_MAX];
	char mid[TILL_ID_MAX];
};

struct merchants {
	pthread_rwlock_t lock;
	size_t len;
	struct node *by_id[BUCKETS];
	struct name *by_key[BUCKETS];
};

static struct merchant *merchant_new(const struct ledger_merchant *);
static const char *keep(char **, const char *);
static struct node **node_of(struct merchants *, const char *);
static struct name **name_of(struct merchants *, const char *);
static int names_put(struct merchants *, const struct merchant *);
static void names_remove(struct merchants *, const struct merchant *);
static struct merchant *ref(struct merchant *);

struct merchants *
merchants_new(void)
{
	struct merchants *merchants = calloc(1, sizeof(*merchants));

	if (merchants != NULL)
		(void)pthread_rwlock_init(&merchants->lock, NULL);
	return merchants;
}

void
merchants_free(struct merchants *merchants)
{
	struct node *node;
	size_t i;

	if (merchants == NULL)
		return;
	for (i = 0; i < BUCKETS; i++) {
		while (merchants->by_id[i] != NULL) {
			node = merchants->by_id[i];
			merchants->by_id[i] = node->next;
			names_remove(merchants, node->merchant);
			merchant_unref(node->merchant);
			free(node);
		}
	}
	(void)pthread_rwlock_destroy(&merchants->lock);
	free(merchants);
}

int
merchants_put(struct merchants *merchants, const struct ledger_merchant *record,
    struct till_error *err)
{
	struct merchant *merchant = merchant_new(record);
	struct merchant *old = NULL;
	struct node *node = calloc(1, sizeof(*node));
	struct node **at;
	int r = -1;

	if (merchant == NULL || node == NULL) {
		merchant_unref(merchant);
		free(node);
		return till_fail(err, "out of memory");
	}
	(void)pthread_rwlock_wrlock(&merchants->lock);
	at = node_of(merchants, record->mid);
	if (*at == NULL && merchants->len == MERCHANTS_MAX) {
		(void)till_fail(err, "more than %d merchants", MERCHANTS_MAX);
		goto out;
	}
	if (*at == NULL) {
		*at = node;
		node = NULL;
		merchants->len++;
	} else {
		old = (*at)->merchant;
		names_remove(merchants, old);
	}
	(*at)->merchant = ref(merchant);
	r = names_put(merchants, merchant);
	if (r == -1)
		(void)till_fail(err, "out of memory");
out:
	(void)pthread_rwlock_unlock(&merchants->lock);
	merchant_unref(old);
	merchant_unref(merchant);
	free(node);
	return r;
}

void
merchants_remove(struct merchants *merchants, const char *mid)
{
	struct node **at, *node;

	(void)pthread_rwlock_wrlock(&merchants->lock);
	at = node_of(merchants, mid);
	node = *at;
	if (node != NULL) {
		*at = node->next;
		merchants->len--;
		names_remove(merchants, node->merchant);
	}
	(void)pthread_rwlock_unlock(&merchants->lock);
	if (node != NULL)
		merchant_unref(node->merchant);
	free(node);
}

struct merchant *
merchants_get(struct merchants *merchants, const char *mid)
{
	struct merchant *merchant = NULL;
	const struct node *node;

	(void)pthread_rwlock_rdlock(&merchants->lock);
	node = *node_of(merchants, mid);
	if (node != NULL)
		merchant = ref(node->merchant);
	(void)pthread_rwlock_unlock(&merchants->lock);
	return merchant;
}

struct merchant *
merchants_of_key(struct merchants *merchants, const char *kid)
{
	struct merchant *merchant = NULL;
	const struct name *name;
	const struct node *node;

	(void)pthread_rwlock_rdlock(&merchants->lock);
	name = *name_of(merchants, kid);
	node = name == NULL ? NULL : *node_of(merchants, name->mid);
	if (node != NULL)
		merchant = ref(node->merchant);
	(void)pthread_rwlock_unlock(&merchants->lock);
	return merchant;
}

const struct till_key *
merchants_find_key(void *arg, const char *kid)
{
	struct merchant_search *search = arg;
	const struct till_key *key;
	bool active = false;

	merchant_unref(search->merchant);
	search->merchant = merchants_of_key(search->merchants, kid);
	if (search->merchant == NULL)
		return NULL;
	key = merchant_key(search->merchant, kid, &active);
	return active ? key : NULL;
}

void
merchant_unref(struct merchant *merchant)
{
	size_t i;

	if (merchant == NULL ||
	    __atomic_sub_fetch(&merchant->refs, 1, __ATOMIC_ACQ_REL) > 0)
		return;
	for (i = 0; i < merchant->keys_len; i++)
		till_key_free(merchant->keys[i].key);
	free(merchant);
}

const struct till_key *
merchant_key(struct merchant *merchant, const char *kid, bool *active_r)
{
	struct till_key *made = NULL, *seen;
	struct merchant_key *key;
	struct till_error err;
	size_t i = 0;

	while (
	    i < merchant->keys_len && strcmp(merchant->keys[i].kid, kid) != 0)
		i++;
	if (i == merchant->keys_len)
		return NULL;
	key = &merchant->keys[i];
	*active_r = key->active;
	seen = __atomic_load_n(&key->key, __ATOMIC_ACQUIRE);
	if (seen != NULL)
		return seen;
	if (till_key_from_jwk(key->jwk, strlen(key->jwk), &made, &err) == -1)
		return NULL;
	if (__atomic_compare_exchange_n(&key->key, &seen, made, false,
		__ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
		return made;
	till_key_free(made);
	return seen;
}

bool
merchant_has_url(const struct merchant *merchant, const char *url)
{
	size_t i;

	for (i = 0; i < merchant->urls_len; i++)
		if (strcmp(merchant->urls[i], url) == 0)
			return true;
	return false;
}

static struct merchant *
merchant_new(const struct ledger_merchant *record)
{
	size_t size = strlen(record->name) + strlen(record->webhook) + 2;
	struct merchant *merchant;
	char *at;
	size_t i;

	for (i = 0; i < record->urls_len; i++)
		size += strlen(record->urls[i]) + 1;
	for (i = 0; i < record->keys_len; i++)
		size += strlen(record->keys[i].jwk) + 1;
	merchant = calloc(1, sizeof(*merchant) + size);
	if (merchant == NULL)
		return NULL;
	at = merchant->text;
	merchant->refs = 1;
	memcpy(merchant->mid, record->mid, sizeof(merchant->mid));
	memcpy(merchant->country, record->country, sizeof(merchant->country));
	merchant->active = record->status == LEDGER_ACTIVE;
	merchant->name = keep(&at, record->name);
	merchant->webhook = keep(&at, record->webhook);
	for (i = 0; i < record->urls_len; i++)
		merchant->urls[merchant->urls_len++] =
		    keep(&at, record->urls[i]);
	for (i = 0; i < record->keys_len; i++) {
		memcpy(merchant->keys[i].kid, record->keys[i].kid,
		    TILL_KID_MAX);
		merchant->keys[i].active = record->keys[i].active;
		merchant->keys[i].added_ms = record->keys[i].added_ms;
		merchant->keys[i].jwk = keep(&at, record->keys[i].jwk);
		merchant->keys_len++;
	}
	return merchant;
}

static const char *
keep(char **at, const char *text)
{
	size_t size = strlen(text) + 1;
	char *copy = *at;

	memcpy(copy, text, size);
	*at += size;
	return copy;
}

static struct node **
node_of(struct merchants *merchants, const char *mid)
{
	struct node **at = &merchants->by_id[hash_text(0, mid) % BUCKETS];

	while (*at != NULL && strcmp((*at)->merchant->mid, mid) != 0)
		at = &(*at)->next;
	return at;
}

static struct name **
name_of(struct merchants *merchants, const char *kid)
{
	struct name **at = &merchants->by_key[hash_text(0, kid) % BUCKETS];

	while (*at != NULL && strcmp((*at)->kid, kid) != 0)
		at = &(*at)->next;
	return at;
}

static int
names_put(struct merchants *merchants, const struct merchant *merchant)
{
	const struct merchant_key *key;
	struct name **at;
	size_t i;

	for (i = 0; i < merchant->keys_len; i++) {
		key = &merchant->keys[i];
		at = name_of(merchants, key->kid);
		if (*at != NULL && (*at)->added_ms <= key->added_ms)
			continue;
		if (*at == NULL)
			*at = calloc(1, sizeof(**at));
		if (*at == NULL)
			return -1;
		(*at)->added_ms = key->added_ms;
		memcpy((*at)->kid, key->kid, TILL_KID_MAX);
		memcpy((*at)->mid, merchant->mid, TILL_ID_MAX);
	}
	return 0;
}

static void
names_remove(struct merchants *merchants, const struct merchant *merchant)
{
	struct name **at, *name;
	size_t i;

	for (i = 0; i < merchant->keys_len; i++) {
		at = name_of(merchants, merchant->keys[i].kid);
		name = *at;
		if (name == NULL || strcmp(name->mid, merchant->mid) != 0)
			continue;
		*at = name->next;
		free(name);
	}
}

static struct merchant *
ref(struct merchant *merchant)
{
	(void)__atomic_add_fetch(&merchant->refs, 1, __ATOMIC_RELAXED);
	return merchant;
}
