/*
 * greeting.c - keep the newest greeting of the rear unit.
 */
#include <stdlib.h>

#include "front/greeting.h"

#define CONVERSATION_TTL_S 900 /* if the rear does not say */

void
greetings_init(struct greetings *greetings)
{
	greetings->newest = NULL;
	(void)pthread_mutex_init(&greetings->lock, NULL);
}

void
greetings_clear(struct greetings *greetings)
{
	greeting_unref(greetings->newest);
	greetings->newest = NULL;
	(void)pthread_mutex_destroy(&greetings->lock);
}

void
greetings_take(struct greetings *greetings, const struct frame *frame)
{
	struct greeting *greeting, *old;
	struct answer *answer = answer_copy(frame);

	if (answer == NULL)
		return;
	greeting = calloc(1, sizeof(*greeting));
	if (greeting == NULL) {
		answer_free(answer);
		return;
	}
	atomic_init(&greeting->refs, 1);
	greeting->answer = answer;
	greeting->issuer = answer_text(answer, TAG_ISSUER);
	greeting->operator_name = answer_text(answer, TAG_OPERATOR);
	greeting->jwks = answer_text(answer, TAG_JWKS);
	greeting->well_known = answer_text(answer, TAG_WELL_KNOWN);
	greeting->session_idle_s = answer_number(answer, TAG_SESSION_IDLE_S);
	greeting->session_max_s = answer_number(answer, TAG_SESSION_MAX_S);
	greeting->conversation_ttl_s = frame_get_number(&answer->frame,
	    TAG_CONVERSATION_TTL_S, CONVERSATION_TTL_S);
	(void)pthread_mutex_lock(&greetings->lock);
	old = greetings->newest;
	greetings->newest = greeting;
	(void)pthread_mutex_unlock(&greetings->lock);
	greeting_unref(old);
}

struct greeting *
greeting_ref(struct greetings *greetings)
{
	struct greeting *greeting;

	(void)pthread_mutex_lock(&greetings->lock);
	greeting = greetings->newest;
	if (greeting != NULL)
		atomic_fetch_add(&greeting->refs, 1);
	(void)pthread_mutex_unlock(&greetings->lock);
	return greeting;
}

void
greeting_unref(struct greeting *greeting)
{
	if (greeting == NULL || atomic_fetch_sub(&greeting->refs, 1) != 1)
		return;
	answer_free(greeting->answer);
	free(greeting);
}
