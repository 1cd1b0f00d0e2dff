/*
 * journal.h - what an instance has sent to the bank, and what it heard.
 *
 * Written before it is sent: after a crash, whatever may have left is
 * known by its key, with all of the message but the card number, which is
 * not in it.  A text file that is appended to; what was made durable
 * together has a checksum, so that what a crash cut short is seen.
 * What is old leaves memory and, in time, the file (journal_tend).
 *
 * Used by one thread at a time.
 */
#ifndef SETTLE_BANK_JOURNAL_H
#define SETTLE_BANK_JOURNAL_H

#include <stdbool.h>
#include <stdint.h>

#include <till/module.h>

#define JOURNAL_ENTRIES_MAX 1000000 /* in memory; more are refused */
#define JOURNAL_DAY_S INT64_C(86400)
/* How long the outcome of a key is known, from its last line; and what has
 * none, and was not undone. */
#define JOURNAL_KEEP_S (40 * JOURNAL_DAY_S)
#define JOURNAL_DOUBT_S (400 * JOURNAL_DAY_S)
#define JOURNAL_TEND_S 3600 /* between two looks at what is old */
#define JOURNAL_FILE_MIN (1024 * 1024) /* octets; a smaller one stays */

enum journal_state {
	JOURNAL_SENT = 1, /* it may have left, and nothing was heard */
	JOURNAL_NEVER, /* it did not leave */
	JOURNAL_APPROVED,
	JOURNAL_REFUSED,
	JOURNAL_SILENT, /* nothing was heard in time: it has been given up */
	JOURNAL_LATE, /* given up, and then approved; the host is to know */
	JOURNAL_LATE_TOLD, /* and knows, or gave it up for that answer */
	/* What the bank asked for of its own accord: it undoes original. */
	JOURNAL_TAKEN, /* the host is to know */
	JOURNAL_TAKEN_TOLD /* it knows, or it changes nothing */
};

#define JOURNAL_STATES (JOURNAL_TAKEN_TOLD + 1)

/* Texts are as the message has them, with a NUL; "" if it has none. */
struct journal_entry {
	unsigned char key[TILL_KEY_SIZE], digest[32];
	enum till_verb verb; /* TILL_QUERY: of the bank's own accord */
	unsigned char original[TILL_KEY_SIZE]; /* that it is about, or zero */
	unsigned int link; /* number of the link whose names it bears */
	char mti[5], processing[7], amount[13], currency[4];
	char stan[7], sent[11]; /* DE11, DE7 */
	char local_time[7], local_date[5], rrn[13]; /* DE12, 13, 37 */
	enum journal_state state;
	char code[3], authorisation[7], settled[5]; /* DE39, 38, 15 */
	int64_t time_s; /* of its last line */
};

struct journal;

/*
 * Read the file, or make it; the next lines are appended to it.  What was
 * never made durable, and so never sent, is taken off its end; damage to
 * anything before that is an error, as it may stand for money.  It is
 * tended at once.
 */
int journal_open(const char *path, int64_t now_s, struct journal **journal_r,
    struct till_error *err);
/* Lets go of what was not synced.  NULL is fine. */
void journal_close(struct journal *);

/* By its key; NULL if there is none. */
const struct journal_entry *journal_find(const struct journal *,
    const unsigned char key[TILL_KEY_SIZE]);
/* The newest of ours with this trace number and time of sending. */
const struct journal_entry *journal_find_sent(const struct journal *,
    const char *stan, const char *sent);
/* The newest with this DE37, whose last six are the trace number. */
const struct journal_entry *journal_find_reference(const struct journal *,
    const char *rrn);
/* How many are in this state. */
size_t journal_count(const struct journal *, enum journal_state);
/* All that are about this one, until each returns not 0. */
int journal_each_of(const struct journal *,
    const unsigned char original[TILL_KEY_SIZE],
    int (*each)(void *arg, const struct journal_entry *), void *arg);
/* Before this time there may have been entries that are gone: the file is no
 * older, or they were let go of.  It never goes back, whatever the clock
 * does. */
int64_t journal_horizon_s(const struct journal *);

/*
 * A new entry, whose key is not known yet, or what has become of one: its
 * state, code, authorisation and settled.  On disk after journal_sync.
 * -1: there is no room, and nothing was changed.
 */
int journal_add(struct journal *, const struct journal_entry *,
    struct till_error *err);
int journal_change(struct journal *, const struct journal_entry *,
    struct till_error *err);

/* All of it on disk.  After -1 nothing may be sent any more. */
int journal_sync(struct journal *, struct till_error *err);

/*
 * Now and then, when all is synced; at once unless JOURNAL_TEND_S have passed
 * since the last time.  Lets go of what is older than JOURNAL_KEEP_S; but
 * what may have come about and was not undone stays for JOURNAL_DOUBT_S, and
 * what the host has to hear of until it has.  A payment and all that is about
 * it leave together, when the last of them is old.  If a quarter of the file
 * is then in vain it is rewritten, which takes about a second for 300,000
 * entries.  -1: that failed; the journal goes on as it was, or journal_sync
 * says that it cannot.
 */
int journal_tend(struct journal *, int64_t now_s, struct till_error *err);

/* Call each for all of them, oldest first, until it returns not 0. */
int journal_each(const struct journal *,
    int (*each)(void *arg, const struct journal_entry *), void *arg);

#endif
