/*
 * desk.h - settlements on their way to the bank and back.
 *
 * One thread has the links, the journal and all that is under way.
 * desk_take hands it a job and returns at once; the answer goes to the
 * host's complete, once, from that thread.
 *
 * Never sent twice: a request whose key is in the journal is answered from
 * there.  Only a reversal is repeated, which the bank takes for the same.
 */
#ifndef SETTLE_BANK_DESK_H
#define SETTLE_BANK_DESK_H

#include "settle_bank/codes.h"
#include "settle_bank/conf.h"
#include "settle_bank/net.h"

#define DESK_PATH_MAX 512
#define DESK_START_MS 2000 /* for links, before payments are refused */
#define DESK_STOP_MS 3000 /* for answers, when it is closed */
#define DESK_ASK_MS 3000 /* for the desk to look at a question */

struct desk_options {
	const struct till_host *host;
	struct till_instance *instance;
	const struct bank_conf *links; /* by priority; they outlive the desk */
	size_t links_len;
	const struct codes *codes;
	const char *state_dir; /* holds "journal", "stan" ...; must be there */
	int64_t cutover_s; /* seconds of the day, UTC; -1: the bank tells */
	/* Hears every line, and whether the host has it in its log already;
	 * NULL: nobody.  Text is masked. */
	void (*log)(void *arg, enum till_log_level, bool logged,
	    const char *text);
	void *log_arg;
};

struct desk;

/* Read journal and trace numbers, and start.  NULL: *err. */
struct desk *desk_new(const struct desk_options *, struct till_error *err);
/* Wait a little for answers, end what is under way as unknown, close. */
void desk_free(struct desk *); /* NULL is fine */

/*
 * Take on one settlement; everything is copied.  TILL_PENDING: op will be
 * completed.  Else the result, with *why: nothing was begun.
 */
enum till_result desk_take(struct desk *, const struct till_settlement *,
    const struct till_order *, struct till_op *, struct till_error *why);

/* The same for who cannot be answered later: it waits, until the deadline
 * at most. */
enum till_result desk_take_now(struct desk *, const struct till_settlement *,
    const struct till_order *, struct till_outcome *outcome_r,
    struct till_error *why);

/* The desk calls the host for this instance from now on, and for the one
 * before no more. */
void desk_set_instance(struct desk *, struct till_instance *);

/* How it stands, in lines; any thread. */
void desk_status(struct desk *, char *text, size_t size);

/* The results of reconciliation.  Any thread. */
void desk_reconciled(struct desk *, char *text, size_t size);

/*
 * Ask the bank for its totals now, of one day (MMDD) or of all that the
 * journal has something of ("").  Any thread; it waits for the desk, not for
 * the bank, DESK_ASK_MS at most.  0: so many were asked for; -1: *err says
 * why none is.
 */
int desk_reconcile(struct desk *, const char *day, size_t *len_r,
    struct till_error *err);

/* Is some link up, so that a payment can be begun? */
int desk_health(struct desk *, struct till_error *err);

#endif
