/*
 * check_threads.c - a module that says so is safe with several threads.
 */
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "kit/check.h"
#include "module/result.h"

#define THREADS 4
#define CALLS 5 /* of each thread */

/* One thread of a module that is to be safe with several. */
struct caller {
	pthread_mutex_t *gate; /* is opened when all are there */
	struct kit_case *c;
	unsigned int number;
	enum till_facility facility;
	enum till_result results[CALLS];
	char references[CALLS][TILL_REF_MAX];
	bool breach;
	char why[TILL_ERROR_MAX];
};

static void *call_often(void *);
static void compare(struct kit_case *, const struct caller *);

/* The same calls from several threads: nobody may get what a single one
 * would not have got. */
void
kit_threadsafe(struct kit_case *c)
{
	struct caller callers[THREADS];
	pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
	pthread_t threads[THREADS];
	uint32_t facility;
	unsigned int i;

	for (facility = TILL_POLICY; facility <= TILL_NOTIFY; facility <<= 1) {
		if ((c->target->note.facilities & facility) == 0)
			continue;
		/* They begin together, when the last one is there. */
		(void)pthread_mutex_lock(&gate);
		for (i = 0; i < THREADS; i++) {
			callers[i] = (struct caller){ .c = c,
				.gate = &gate,
				.number = i,
				.facility = (enum till_facility)facility };
			if (pthread_create(&threads[i], NULL, call_often,
				&callers[i]) != 0) {
				kit_fail(c, "no thread can be started");
				break;
			}
		}
		(void)pthread_mutex_unlock(&gate);
		while (i > 0)
			(void)pthread_join(threads[--i], NULL);
		if (!kit_failed(c))
			compare(c, callers);
	}
}

/* In a session of the thread's own, on the module that all share. */
static void *
call_often(void *arg)
{
	struct caller *caller = arg;
	struct kit_case c = *caller->c;
	const struct kit_charge charge = { .verb = TILL_CHARGE,
		.key = "shared" };
	const char *why;
	unsigned int i;

	kit_session_share(&c.session, &caller->c->session);
	(void)pthread_mutex_lock(caller->gate);
	(void)pthread_mutex_unlock(caller->gate);
	for (i = 0; i < CALLS; i++) {
		kit_session_forget(&c.session);
		if (caller->facility == TILL_SETTLE)
			caller->results[i] = kit_settle(&c.session, &charge);
		else
			caller->results[i] = kit_plain(&c, caller->facility);
		(void)snprintf(caller->references[i], TILL_REF_MAX, "%s",
		    c.session.outcome.reference);
		if (kit_breach(&c.session, &why) && !caller->breach) {
			caller->breach = true;
			(void)snprintf(caller->why, sizeof(caller->why), "%s",
			    why);
		}
	}
	kit_session_forget(&c.session);
	return NULL;
}

static void
compare(struct kit_case *c, const struct caller *callers)
{
	const struct caller *first = &callers[0];
	unsigned int i, k;

	for (i = 0; i < THREADS; i++) {
		if (callers[i].breach)
			kit_fail(c, "called by %d threads: %s", THREADS,
			    callers[i].why);
		for (k = 0; k < CALLS; k++) {
			if (callers[i].results[k] != first->results[0])
				kit_fail(c,
				    "called by %d threads with the same "
				    "order it answers %s and %s",
				    THREADS, result_name(first->results[0]),
				    result_name(callers[i].results[k]));
			else if (first->facility == TILL_SETTLE &&
			    strcmp(callers[i].references[k],
				first->references[0]) != 0)
				kit_fail(c,
				    "called by %d threads with one key it "
				    "settles twice: '%s' and '%s'",
				    THREADS, first->references[0],
				    callers[i].references[k]);
		}
	}
}
