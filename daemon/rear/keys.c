/*
 * keys.c - the key folder, and what is published of it.
 */
#include <sys/stat.h>

#include <errno.h>
#include <jansson.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rear/identities.h"
#include "rear/keyfile.h"
#include "rear/keys.h"
#include "rear/mint.h"
#include "rear/rear.h"

#define CURRENT "current.pem"
#define NEXT "next.pem"
#define COMING "coming.pem" /* the next one's successor, while rotating */
#define PAST_NAME_MAX 32
#define PAST_NUMBER_MAX 100000 /* rotations in all */

struct keys {
	pthread_mutex_t lock; /* of ring */
	pthread_mutex_t rotation; /* one at a time */
	struct keyring *ring;
	char dir[KEYFILE_PATH_MAX];
};

static int make_key(const char *, const char *, enum till_alg,
    struct till_error *);
static int read_key(const char *, const char *, struct till_key **,
    struct till_error *);
static int ring_load(const char *, struct keyring **, struct till_error *);
static int ring_load_past(const char *, struct keyring *, struct till_error *);
static const char *past_name(unsigned int, char[PAST_NAME_MAX]);
static unsigned int past_count(const char *);
static int ring_publish(struct keyring *, struct till_error *);
static int add_jwk(json_t *, const struct till_key *, struct till_error *);
static int move_files(struct keys *, enum till_alg, struct till_error *);

int
keys_create(const char *dir, enum till_alg alg, struct till_error *err)
{
	char folder[KEYFILE_PATH_MAX];

	if (keyfile_folder(dir, folder, err) == -1)
		return -1;
	if (mkdir(folder, 0700) == -1 && errno != EEXIST)
		return till_fail(err, "%s: %s", folder, strerror(errno));
	if (keyfile_exists(folder, CURRENT))
		return till_fail(err, "%s: has keys already", folder);
	/* The current one last: without it nothing starts. */
	if (mint_create(folder, err) == -1 ||
	    identities_create(folder, err) == -1 ||
	    make_key(folder, NEXT, alg, err) == -1 ||
	    make_key(folder, CURRENT, alg, err) == -1)
		return -1;
	return 0;
}

int
keys_open(const char *dir, struct keys **keys_r, struct till_error *err)
{
	struct keys *keys = calloc(1, sizeof(*keys));

	if (keys == NULL)
		return till_fail(err, "out of memory");
	(void)pthread_mutex_init(&keys->lock, NULL);
	(void)pthread_mutex_init(&keys->rotation, NULL);
	if (keyfile_folder(dir, keys->dir, err) == -1 ||
	    ring_load(keys->dir, &keys->ring, err) == -1) {
		keys_free(keys);
		return -1;
	}
	*keys_r = keys;
	return 0;
}

void
keys_free(struct keys *keys)
{
	if (keys == NULL)
		return;
	keyring_unref(keys->ring);
	(void)pthread_mutex_destroy(&keys->lock);
	(void)pthread_mutex_destroy(&keys->rotation);
	free(keys);
}

struct keyring *
keys_ring(struct keys *keys)
{
	struct keyring *ring;

	(void)pthread_mutex_lock(&keys->lock);
	ring = keys->ring;
	(void)__atomic_add_fetch(&ring->refs, 1, __ATOMIC_RELAXED);
	(void)pthread_mutex_unlock(&keys->lock);
	return ring;
}

void
keyring_unref(struct keyring *ring)
{
	size_t i;

	if (ring == NULL ||
	    __atomic_sub_fetch(&ring->refs, 1, __ATOMIC_ACQ_REL) > 0)
		return;
	till_key_free(ring->current);
	till_key_free(ring->next);
	for (i = 0; i < ring->past_len; i++)
		till_key_free(ring->past[i]);
	free(ring->jwks);
	free(ring);
}

int
keys_rotate(struct keys *keys, struct till_error *err)
{
	struct keyring *ring, *old;
	int r = -1;

	(void)pthread_mutex_lock(&keys->rotation);
	ring = keys_ring(keys);
	if (move_files(keys, till_key_alg(ring->next), err) == -1)
		goto out;
	keyring_unref(ring);
	ring = NULL;
	if (ring_load(keys->dir, &ring, err) == -1)
		goto out;
	(void)pthread_mutex_lock(&keys->lock);
	old = keys->ring;
	keys->ring = ring;
	(void)pthread_mutex_unlock(&keys->lock);
	ring = old;
	r = 0;
out:
	keyring_unref(ring);
	(void)pthread_mutex_unlock(&keys->rotation);
	return r;
}

static int
make_key(const char *folder, const char *name, enum till_alg alg,
    struct till_error *err)
{
	struct till_key *key = NULL;
	char *pem = NULL;
	int r = -1;

	if (till_key_generate(alg, &key, err) == 0 &&
	    till_key_pem(key, &pem, err) == 0)
		r = keyfile_write(folder, name, pem, strlen(pem), err);
	till_key_pem_free(pem);
	till_key_free(key);
	return r;
}

static int
read_key(const char *folder, const char *name, struct till_key **key_r,
    struct till_error *err)
{
	unsigned char *pem;
	size_t len;
	int r;

	if (keyfile_read(folder, name, &pem, &len, err) == -1)
		return -1;
	r = till_key_from_pem((const char *)pem, len, key_r, err);
	keyfile_wipe(pem, len);
	return r;
}

static int
ring_load(const char *folder, struct keyring **ring_r, struct till_error *err)
{
	struct keyring *ring = calloc(1, sizeof(*ring));

	if (ring == NULL)
		return till_fail(err, "out of memory");
	ring->refs = 1;
	if (read_key(folder, CURRENT, &ring->current, err) == -1)
		goto fail;
	if (!keyfile_exists(folder, NEXT) &&
	    make_key(folder, NEXT, till_key_alg(ring->current), err) == -1)
		goto fail;
	if (read_key(folder, NEXT, &ring->next, err) == -1 ||
	    ring_load_past(folder, ring, err) == -1 ||
	    ring_publish(ring, err) == -1)
		goto fail;
	*ring_r = ring;
	return 0;
fail:
	keyring_unref(ring);
	return -1;
}

/* The newest past keys; one that is still the current one, as a rotation
 * that was cut short leaves it, is not past. */
static int
ring_load_past(const char *folder, struct keyring *ring, struct till_error *err)
{
	unsigned int number = past_count(folder);
	char name[PAST_NAME_MAX];
	struct till_key *key;

	for (; number > 0 && ring->past_len < KEYS_PAST_MAX; number--) {
		if (!keyfile_exists(folder, past_name(number, name)))
			continue;
		if (read_key(folder, name, &key, err) == -1)
			return -1;
		if (strcmp(till_key_id(key), till_key_id(ring->current)) == 0)
			till_key_free(key);
		else
			ring->past[ring->past_len++] = key;
	}
	return 0;
}

static const char *
past_name(unsigned int number, char name[PAST_NAME_MAX])
{
	(void)snprintf(name, PAST_NAME_MAX, "past-%u.pem", number);
	return name;
}

/* The highest number in use: they are given without gaps. */
static unsigned int
past_count(const char *folder)
{
	char name[PAST_NAME_MAX];
	unsigned int number = 0;

	while (number < PAST_NUMBER_MAX &&
	    keyfile_exists(folder, past_name(number + 1, name)))
		number++;
	return number;
}

static int
ring_publish(struct keyring *ring, struct till_error *err)
{
	json_t *keys = json_array();
	json_t *set = json_pack("{s:o}", "keys", keys);
	size_t i;
	int r = -1;

	if (set == NULL)
		return till_fail(err, "out of memory");
	if (add_jwk(keys, ring->next, err) == -1 ||
	    add_jwk(keys, ring->current, err) == -1)
		goto out;
	for (i = 0; i < ring->past_len; i++)
		if (add_jwk(keys, ring->past[i], err) == -1)
			goto out;
	ring->jwks = json_dumps(set, JSON_COMPACT);
	r = ring->jwks == NULL ? till_fail(err, "out of memory") : 0;
out:
	json_decref(set);
	return r;
}

static int
add_jwk(json_t *keys, const struct till_key *key, struct till_error *err)
{
	json_t *jwk;
	char *text;

	if (till_key_jwk(key, &text, err) == -1)
		return -1;
	jwk = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
	free(text);
	if (jwk == NULL || json_array_append_new(keys, jwk) == -1)
		return till_fail(err, "a key cannot be published");
	return 0;
}

/*
 * Each step leaves a whole set behind it: the successor has a name that
 * nothing reads, the current key gets a second name, then next takes the
 * name of current and the successor that of next.
 */
static int
move_files(struct keys *keys, enum till_alg alg, struct till_error *err)
{
	char name[PAST_NAME_MAX];
	unsigned int number = past_count(keys->dir) + 1;

	if (number > PAST_NUMBER_MAX)
		return till_fail(err, "keys were rotated too often");
	if (make_key(keys->dir, COMING, alg, err) == -1 ||
	    keyfile_link(keys->dir, CURRENT, past_name(number, name), err) ==
		-1 ||
	    keyfile_rename(keys->dir, NEXT, CURRENT, err) == -1 ||
	    keyfile_rename(keys->dir, COMING, NEXT, err) == -1)
		return -1;
	return 0;
}
