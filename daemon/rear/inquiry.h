/*
 * inquiry.h - one look into one order in doubt, for resolve.c, which asks,
 * and resolve_end.c, which acts on the answer.
 */
#ifndef REAR_INQUIRY_H
#define REAR_INQUIRY_H

#include <pthread.h>

#include "rear/keeper.h"
#include "rear/lend.h"

/* One look into one order. */
struct inquiry {
	struct job job;
	struct rear *rear;
	struct pool *pool; /* NULL: it waits for late answers itself */
	struct doubt *doubt;
	struct generation *generation;
	struct instance *instance;
	bool changed; /* its settings are others than when it was asked */
	struct merchant *merchant;
	struct till_ticket *ticket; /* or NULL */
	struct ledger_order order;
	struct till_order view;
	struct till_context *context;
	struct till_settlement settlement;
	struct loan loan;
	struct till_outcome outcome;
	unsigned int tries;
	int64_t timeout_ms, until_ms;
	/* For an answer that comes later. */
	struct till_op *op;
	struct watched watched;
	atomic_uint met; /* the call's return and its completion */
	pthread_mutex_t lock;
	pthread_cond_t answered;
	bool has_answer;
	enum till_result result;
};

/* How a look stands.  Zero is nothing. */
enum look {
	LOOK_NONE = 0,
	LOOK_DONE, /* the order is in doubt no more */
	LOOK_AGAIN, /* later */
	LOOK_ASK, /* the instance is to be asked */
	LOOK_WAITS /* it goes on without us: do not touch it */
};

/* resolve_end.c: the network has made it, as the outcome says. */
enum look inquiry_book(struct inquiry *);
/* It has not, and never will: code says why.  Or (lost) nobody can know,
 * and a reversal is owed. */
enum look inquiry_refuse(struct inquiry *, const char *code, bool lost);
void inquiry_say(const struct inquiry *, const char *event, const char *text);

#endif
