/*
 * keeper.h - what must happen in time, whoever has forgotten it.
 *
 * One thread ends pending settlements at their deadline, forgets old
 * conversations, and finds out what became of orders whose outcome is not
 * known.  The calls for that run on threads of their own, which do not
 * wait for what an asynchronous module will answer later.  One instance
 * has its part of those threads (pool.h), and of the orders that are
 * looked into: where it hangs, others are asked all the same.
 */
#ifndef REAR_KEEPER_H
#define REAR_KEEPER_H

#include <till/error.h>

#include "rear/run.h"

#define KEEPER_TICK_MS 50
#define KEEPER_IDLE_MS 1000 /* with nothing that is pending */
#define KEEPER_THREADS 4 /* calls about orders in doubt at one time */
#define KEEPER_LOOKS_MAX 2048 /* orders looked into at one time */
#define KEEPER_LOOKS_OF_ONE 1024 /* of these, at one instance */
#define KEEPER_DOUBTS_MAX 100000
#define RESOLVE_FIRST_MS 500 /* until the first look */
#define RESOLVE_LAST_MS 600000 /* between looks, at most */
#define RESOLVE_START_MS 2000 /* for all looks before the unit serves */

struct asked_one;
struct keeper;

/* What is known of an order in doubt. */
struct doubt {
	struct job job; /* while it is looked into */
	struct doubt *next;
	struct keeper *keeper;
	struct asked_one *asked; /* the instance; NULL: not known yet */
	char mid[TILL_ID_MAX];
	char jti[TILL_JTI_MAX];
	unsigned int tries;
	int64_t next_ms;
};

/*
 * Make a keeper and look once into every order that the ledger has in
 * doubt, before anybody is served; those that stay in doubt are looked
 * into again by and by.
 */
int keeper_start(struct rear *, struct keeper **keeper_r,
    struct till_error *err);
void keeper_stop(struct keeper *); /* NULL is fine */
/* The unit is about to stop: pending settlements end as UNKNOWN at once,
 * and the next start finds out. */
void keeper_hurry(struct keeper *);

/* A pending settlement: op_expire at its deadline, and slow before. */
void keeper_watch(struct keeper *, struct watched *);
/* One that is not watched is fine, if at is NULL. */
void keeper_unwatch(struct keeper *, struct watched *);

/* An order whose outcome must be found out. */
void keeper_resolve(struct keeper *, const char *mid, const char *jti);
size_t keeper_doubts(struct keeper *);

/*
 * A look has found which instance is to be asked.  False: enough of its
 * orders are looked into, and this look was put off; the doubt is not the
 * caller's any more.  Otherwise *group_r is for jobs that call it.
 */
bool keeper_asks(struct doubt *, const char *instance, const void **group_r);

/* A look is over: the order is settled or refused now, or no longer in
 * doubt; or else to be looked into again.  Any of the pool's threads. */
void keeper_looked(struct doubt *, bool done);

/* resolve.c: look into one order, blocking, at most until until_ms.  True
 * if that was the end of it; false: look again later. */
bool resolve_order(struct rear *, const char *mid, const char *jti,
    int64_t until_ms);
/* The same without waiting, on a thread of pool: keeper_looked follows. */
void resolve_doubt(struct rear *, struct pool *, struct doubt *);

#endif
