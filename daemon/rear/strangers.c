/*
 * strangers.c - one place for each hash; the newest has it.
 */
#include <openssl/rand.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <till/ticket.h>

#include "config/conf.h"
#include "rear/hash.h"
#include "rear/strangers.h"

struct stranger {
	char instance[CONF_NAME_MAX];
	char cid[TILL_ID_MAX];
	struct till_failures failures;
};

struct strangers {
	pthread_mutex_t lock;
	uint64_t seed; /* so that nobody can choose who overwrites whom */
	struct stranger all[STRANGERS_MAX];
};

static struct stranger *place_of(struct strangers *, const char *,
    const char *);
static bool is(const struct stranger *, const char *, const char *);

struct strangers *
strangers_new(void)
{
	struct strangers *strangers = calloc(1, sizeof(*strangers));

	if (strangers == NULL)
		return NULL;
	if (RAND_bytes((unsigned char *)&strangers->seed,
		sizeof(strangers->seed)) != 1) {
		free(strangers);
		return NULL;
	}
	(void)pthread_mutex_init(&strangers->lock, NULL);
	return strangers;
}

void
strangers_free(struct strangers *strangers)
{
	if (strangers == NULL)
		return;
	(void)pthread_mutex_destroy(&strangers->lock);
	free(strangers);
}

void
strangers_get(struct strangers *strangers, const char *instance,
    const char *cid, struct till_failures *failures_r)
{
	const struct stranger *stranger;

	(void)pthread_mutex_lock(&strangers->lock);
	stranger = place_of(strangers, instance, cid);
	if (is(stranger, instance, cid))
		*failures_r = stranger->failures;
	else
		*failures_r =
		    (struct till_failures){ .size = sizeof(*failures_r) };
	(void)pthread_mutex_unlock(&strangers->lock);
}

void
strangers_failed(struct strangers *strangers, const char *instance,
    const char *cid, int64_t now_ms)
{
	struct stranger *stranger;

	(void)pthread_mutex_lock(&strangers->lock);
	stranger = place_of(strangers, instance, cid);
	if (!is(stranger, instance, cid)) {
		memset(stranger, 0, sizeof(*stranger));
		(void)snprintf(stranger->instance, sizeof(stranger->instance),
		    "%s", instance);
		(void)snprintf(stranger->cid, sizeof(stranger->cid), "%s", cid);
		stranger->failures.size = sizeof(stranger->failures);
		stranger->failures.first_ms = now_ms;
	}
	stranger->failures.count++;
	stranger->failures.last_ms = now_ms;
	(void)pthread_mutex_unlock(&strangers->lock);
}

static struct stranger *
place_of(struct strangers *strangers, const char *instance, const char *cid)
{
	uint64_t hash = hash_text(hash_text(strangers->seed, instance), cid);

	return &strangers->all[(hash ^ hash >> 32) % STRANGERS_MAX];
}

static bool
is(const struct stranger *stranger, const char *instance, const char *cid)
{
	return strcmp(stranger->cid, cid) == 0 &&
	    strcmp(stranger->instance, instance) == 0;
}
