/*
 * reverser.h - reversals that are owed, asked for until they are done.
 *
 * The ledger has them; what is here is when to ask next.  A module that
 * answers REVERSED has done it, one that answers DECLINED has it parked for
 * the operator (or, if it is a refund, gives the money back to the
 * merchant), and with any other answer it is asked again, with the same key,
 * for ever: each later than the one before, up to REVERSAL_LAST_MS.  Each has
 * its own time, so none holds up another.  A refund that the network has
 * overtaken, as it took the payment back itself, is parked and not asked for.
 */
#ifndef REAR_REVERSER_H
#define REAR_REVERSER_H

#include "rear/unit.h"

#define REVERSER_THREADS 4
#define REVERSER_ASKS_MAX 512 /* at one time */
#define REVERSER_OWED_MAX 100000 /* in memory; a new start finds the rest */
#define REVERSAL_LAST_MS 600000 /* between two tries, at most */
#define REVERSAL_ALARM 6 /* tries after which the log has an alarm */

struct reverser;

int reverser_start(struct rear *, struct reverser **reverser_r,
    struct till_error *err);
/* Waits for what is asked; to be called while the keeper still ends what
 * is pending.  NULL is fine. */
void reverser_stop(struct reverser *);

/* Say what an order owes: original is the key that was lost.  The first
 * try is due after "set reversal-after". */
void reversal_owe(struct rear *, const struct ledger_order *,
    const unsigned char original[TILL_KEY_SIZE], const char *reason,
    struct ledger_reversal *reversal_r);

/* One more is in the ledger. */
void reverser_add(struct reverser *, const struct ledger_reversal *);
/* The same for the rear's, from any thread.  Before the unit serves, and when
 * it ends, there is none: it finds it in the ledger, or the next start does. */
void reversal_watch(struct rear *, const struct ledger_reversal *);

/* What the operator does with one that has not ended. */
enum reverser_order {
	REVERSER_PARK = 1, /* ask no more, until: */
	REVERSER_RETRY, /* ask at once, whatever the instance is now; not what
		the network took back itself */
	REVERSER_DROP, /* it was settled otherwise; not a refund, which may
		have been made, and what is kept does not tell: a try is
		written down when it is answered */
	REVERSER_DROP_UNMADE /* the same, also of a refund: the network's
		statement says that it was not made; not while it is asked
		for */
};
/* 0; 1: there is no such one, or it has ended; -1: *err. */
int reverser_order(struct reverser *, const char *mid, const char *jti,
    uint32_t number, enum reverser_order, const char *text,
    struct ledger_reversal *reversal_r, struct till_error *err);

/* How many wait to be asked for. */
size_t reverser_owed(struct reverser *);

/* The loader's listener; arg is the rear. */
int reverser_late(void *arg, const char *instance, const struct till_late *);

#endif
