/*
 * greeting.h - what the rear unit told when the link came up, or since.
 *
 * The newest is kept; whoever uses one holds it by count, so it stays
 * what it is while a page is written.
 */
#ifndef FRONT_GREETING_H
#define FRONT_GREETING_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>

#include "front/answer.h"

struct greeting {
	atomic_uint refs;
	struct answer *answer;
	const char *issuer, *operator_name, *jwks, *well_known;
	uint64_t session_idle_s, session_max_s, conversation_ttl_s;
};

struct greetings {
	pthread_mutex_t lock;
	struct greeting *newest; /* NULL: the rear has not been heard yet */
};

void greetings_init(struct greetings *);
void greetings_clear(struct greetings *);
/* A new one came; it is dropped if there is no memory for it. */
void greetings_take(struct greetings *, const struct frame *);
/* The newest, counted, or NULL. */
struct greeting *greeting_ref(struct greetings *);
void greeting_unref(struct greeting *); /* NULL is fine */

#endif
