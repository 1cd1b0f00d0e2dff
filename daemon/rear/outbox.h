/*
 * outbox.h - telling what "must" lines are owed, until they have taken it.
 *
 * What is owed lies in the ledger, put there by the transaction that made
 * it true, and goes when its line has acknowledged it; here is only who
 * works on what at this moment.  A line is told by threads of its own, so
 * that one which hangs holds up no other; and within a line each merchant
 * (the server itself is one) is told one event after the other in the
 * order of their numbers, so that one which does not take its events
 * holds up only its own.
 *
 * An event that was not taken is told again after OUTBOX_FIRST_MS, then
 * after twice as long each time up to OUTBOX_LAST_MS, or when the module
 * asked for a longer pause, up to OUTBOX_ASKED_MAX_MS.  Attempts and the
 * time of the next outlive a restart.  Acknowledgements are gathered for
 * OUTBOX_ACK_MS: who is killed in that time tells them again.
 *
 * Lines go by the names of their instances, and always by the newest
 * configuration.  What is owed to a line that is gone stays until there is
 * one of that name again, or the operator lets it go.
 */
#ifndef REAR_OUTBOX_H
#define REAR_OUTBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <till/error.h>

#include "ledger/ledger.h"

#define OUTBOX_TELLERS 8 /* threads of a line that is THREADSAFE */
#define OUTBOX_SLOW 4 /* of these at work on those who failed or were slow */
#define OUTBOX_SLOW_MS 1000 /* who takes longer to answer is slow */
#define OUTBOX_FIRST_MS 1000
#define OUTBOX_LAST_MS 300000
#define OUTBOX_ASKED_MAX_MS 3600000
#define OUTBOX_ACK_MS 20
#define OUTBOX_ACKS_MAX 4096 /* at one time on their way to the ledger */
#define OUTBOX_EVENTS_MAX 8192 /* of those that stand for themselves */

struct outbox;
struct rear;

int outbox_start(struct rear *, struct outbox **outbox_r,
    struct till_error *err);
/* Ends the calls at work, writes what was acknowledged, and stops; the
 * rest waits in the ledger.  NULL is fine. */
void outbox_stop(struct outbox *);

/* Another configuration is at work. */
void outbox_reload(struct outbox *);
/* This event was recorded: its lines have something to tell. */
void outbox_wake(struct outbox *, const struct ledger_event *);
/* The operator wants it told again, now. */
void outbox_again(struct outbox *, const char *line, const char *merchant,
    uint64_t sequence);
/* Record an event that stands for itself, soon, and wake its lines.  What
 * finds no room is lost, with a line in the log. */
void outbox_record(struct outbox *, const struct ledger_event *);

/* A line at this moment; what waits for it is in the ledger. */
struct outbox_line {
	char name[LEDGER_WORD_MAX];
	size_t merchants; /* with something to tell */
	size_t failing; /* of these, did not take it the last time */
	size_t at_work; /* calls */
	uint64_t delivered, dropped, failed; /* since the start */
	char error[160]; /* of the last that failed, or "" */
};
void outbox_each(struct outbox *,
    void (*each)(void *arg, const struct outbox_line *), void *arg);

#endif
