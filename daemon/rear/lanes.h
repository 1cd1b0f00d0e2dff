/*
 * lanes.h - who is to be told something by one line, and when.
 *
 * A lane is one merchant's events on one line: they are told one after the
 * other, so it is at one place at a time, with one teller or with none.
 * It stays when nothing waits any more, for it knows what was told: the
 * ledger may hear of that a little later.
 * Lanes that failed when they were told last wait for their time.  These,
 * and those who took what they were told but were long about it, are slow:
 * only some of the tellers may be at work on such at one time, the others
 * are for those who answer quickly.
 *
 * Nothing here locks, looks at a clock or reads the ledger; the owner does.
 */
#ifndef REAR_LANES_H
#define REAR_LANES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <till/ticket.h>

#define LANES_MAX 131072 /* of one line: more than there are merchants */

enum lane_state {
	LANE_IDLE = 0, /* nothing waits */
	LANE_READY, /* in the queue of the good or of the slow */
	LANE_ASLEEP, /* until due_ms */
	LANE_TAKEN
};

struct lane {
	struct lane *chain, *link; /* of its bucket, of its queue */
	enum lane_state state;
	bool slow; /* failed, or took long, when it was told last */
	bool failed; /* the former */
	bool more; /* woken while it was taken */
	uint64_t at; /* all below this one are told */
	uint64_t back; /* go back to this one after the call; or 0 */
	int64_t due_ms;
	char merchant[TILL_ID_MAX];
};

struct lanes;

/* slow_max: so many slow ones may be taken at one time.  NULL: out of
 * memory. */
struct lanes *lanes_new(unsigned int slow_max);
void lanes_free(struct lanes *); /* NULL is fine */

/* Something new waits for a merchant.  A lane that sleeps goes on
 * sleeping.  False: out of memory, or too many lanes. */
bool lanes_wake(struct lanes *, const char *merchant);
/* This one is to be told again, now. */
bool lanes_again(struct lanes *, const char *merchant, uint64_t sequence);
/* Those whose time has come are ready; how many. */
size_t lanes_tick(struct lanes *, int64_t now_ms);

/* The next one to work on, or NULL; ends with one of the three below. */
struct lane *lanes_take(struct lanes *);
/* It took what it was told, and was long about it or not: go on from this
 * number. */
void lanes_told(struct lanes *, struct lane *, uint64_t next, bool slow);
/* It did not, or (not failed) it is not its time yet: sleep. */
void lanes_sleep(struct lanes *, struct lane *, int64_t due_ms, bool failed);
/* Nothing waits for it, unless it was woken meanwhile. */
void lanes_idle(struct lanes *, struct lane *);

struct lanes_stats {
	size_t busy, asleep, slow, failed, taken; /* busy: not idle */
};
void lanes_stats(const struct lanes *, struct lanes_stats *stats_r);

#endif
