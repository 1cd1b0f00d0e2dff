/*
 * visits.h - the customers who are at the payment page, each for one
 * ticket.
 *
 * A visit is known by its handle, 128 random bits in the page's address;
 * so the ticket does not stay there.  It keeps the rear unit's name of
 * the conversation, what the customer was told last, and a copy of the
 * voucher (seed: 70).  All of it is memory: if it is lost, the merchant
 * sends the customer again, and the rear unit knows what was paid.
 */
#ifndef FRONT_VISITS_H
#define FRONT_VISITS_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <till/error.h>
#include <till/ticket.h>

#include "front/answer.h"

#define VISITS_MAX 16384 /* beyond it the one idle longest goes */
#define VISIT_TTL_S 3600 /* since it was last seen */
#define VISIT_PUSHED_S 300 /* for one that nobody has opened yet */
#define VISIT_HANDLE_SIZE 23 /* base64url of 128 bits, with its NUL */
#define VISIT_SECRET_SIZE 32
#define VISIT_FOLLOWERS_MAX 256
#define VISIT_CONVERSATION_SIZE 129

struct visits;
struct work;

struct visit {
	/* Of the table. */
	struct visit *newer, *older, *next;
	int64_t expires_ms;
	atomic_uint refs;
	/* Never changes. */
	char handle[VISIT_HANDLE_SIZE];
	unsigned char secret[VISIT_SECRET_SIZE]; /* for its forms */
	char *token;
	struct till_ticket *ticket; /* as it says, not yet verified */
	/* Under lock. */
	pthread_mutex_t lock;
	/* What the rear has learned in a conversation, who the customer is
	 * among it, is that of one browser: another one begins its own. */
	char conversation[VISIT_CONVERSATION_SIZE];
	char owner[VISIT_HANDLE_SIZE]; /* the browser's secret */
	struct answer *said; /* to its latest step, or NULL */
	struct answer *end; /* how it ended, or NULL */
	bool confirmed; /* the rear was asked to pay, with whatever result */
	char sent[VISIT_HANDLE_SIZE]; /* who came from the merchant, or "" */
	bool stepped; /* somebody pressed a button: no page goes on by itself */
	char browser[VISIT_HANDLE_SIZE]; /* whose step ended it */
	/* Who presses the button again before there is an answer waits for
	 * it: a wrong password that was sent twice counts once. */
	char stepping[VISIT_HANDLE_SIZE]; /* the browser of a step, or "" */
	struct work *followers;
	size_t followers_len;
};

int visits_start(struct visits **visits_r, struct till_error *err);
void visits_stop(struct visits *); /* NULL is fine */
size_t visits_open(struct visits *);

/* A new one, counted, for ttl_s seconds.  Takes ticket; copies token. */
int visit_new(struct visits *, const char *token, struct till_ticket *,
    int64_t ttl_s, struct visit **visit_r, struct till_error *err);
/* By its handle, counted, and seen now; NULL if there is none. */
struct visit *visit_find(struct visits *, const char *handle);
void visit_unref(struct visit *); /* NULL is fine */

#endif
