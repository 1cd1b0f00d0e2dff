/*
 * desk_job.h - one settlement at work, and the desk from inside.
 */
#ifndef SETTLE_BANK_DESK_JOB_H
#define SETTLE_BANK_DESK_JOB_H

#include <pthread.h>
#include <stdatomic.h>

#include "settle_bank/desk.h"
#include "settle_bank/message.h"
#include "settle_bank/sums.h"

#define DESK_BUCKETS 4096 /* of jobs under way, by trace number */
#define DESK_QUEUE_MAX 10000 /* jobs not looked at yet */
#define MERCHANT_NAME_MAX 129

struct waiter;

/* All but the identity may be anywhere in memory. */
struct job {
	struct job *next; /* in the queue, the bucket, or behind its like */
	struct job *waiters; /* others that want the same key's outcome */
	struct till_op *op;
	struct waiter *waiter; /* instead of op */
	struct till_settlement settlement; /* its texts are those below */
	int64_t issued_s; /* of the ticket */
	char original_text[TILL_REF_MAX];
	bool refund; /* a reversal for the reason "refund" */
	char merchant_name[MERCHANT_NAME_MAX];
	struct identity *identity; /* in secure memory; NULL: it has none */
	char identity_why[64];
	/* Under way. */
	struct journal_entry entry;
	bool again; /* it may have left before */
	unsigned int link; /* it went over; a repeat may take another one */
	int64_t until_ms;
};

/* An answer that the host gets when the journal has it. */
struct ended {
	struct ended *next;
	struct till_op *op;
	struct waiter *waiter;
	enum till_result result;
	struct till_outcome outcome;
};

/* Somebody wants the totals now. */
struct sums_wanted {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	enum {
		WANTED_NOTHING = 0,
		WANTED_NOW,
		WANTED_LOOKED_AT /* len and known are set */
	} state;
	char day[5]; /* or "": all */
	size_t known, len; /* in the journal; asked for then */
};

struct desk {
	struct desk_options options;
	pthread_mutex_t owner; /* of options.instance, and of line_ms */
	int64_t line_ms[2]; /* before which none goes to the log; alarms */
	struct net *net;
	struct journal *journal;
	struct stan stan;
	char journal_path[DESK_PATH_MAX], stan_path[DESK_PATH_MAX],
	    book_path[DESK_PATH_MAX];
	pthread_t thread;
	bool started;
	atomic_bool stop;
	pthread_mutex_t lock; /* of the queue */
	struct job *first, **last;
	size_t queued;
	/* The thread's own. */
	bool sync_failed; /* and the log has it */
	struct job *under_way[DESK_BUCKETS];
	size_t under_way_len, row_len; /* the row is about to be sent */
	struct ended *ended, **ended_last;
	int64_t start_ms; /* links may take until then; 0: it is over */
	int64_t tell_ms; /* the host is told again then */
	unsigned char told[TILL_KEY_SIZE]; /* it was told of this one last */
	struct sums_book *book;
	int64_t sums_ms; /* something of it is due then */
	int64_t cutover_at_s; /* by the clock; 0: not known yet */
	struct sums_wanted wanted;
	/* For whoever asks, of the last turn. */
	atomic_size_t shown_under_way, shown[JOURNAL_STATES];
};

/* desk.c */
void job_free(struct job *); /* wipes; NULL is fine */
/* Complete it, and those that wait with it, when the journal is on disk;
 * frees them. */
void desk_end(struct desk *, struct job *, enum till_result,
    struct till_outcome *);
void desk_end_code(struct desk *, struct job *, enum till_result,
    const char *code, const char *text);
void desk_log(struct desk *, enum till_log_level, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* The same, as an error that is an event, too. */
void desk_alarm(struct desk *, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

int64_t desk_time_s(struct desk *);
/* How a link writes; one that is not configured any more as the first. */
const struct bank_conf *desk_conf(const struct desk *, unsigned int link);
void desk_change(struct desk *, const struct journal_entry *);

/* desk.c: hand a job in; waiter instead of op, or NULL. */
enum till_result desk_hand_in_job(struct desk *, const struct till_settlement *,
    const struct till_order *, struct till_op *, struct waiter *,
    struct till_error *why);
/* desk_wait.c: the answer for who waits. */
void waiter_answer(struct waiter *, enum till_result,
    const struct till_outcome *);

/* desk_show.c: keep what is shown, after a turn. */
void desk_show(struct desk *);

/* desk_late.c: tell the host what it has to know, when it is time. */
void desk_tell(struct desk *, int64_t now_ms);
/* A line for its log; level as till_late has it.  False: not now, or there
 * were too many. */
bool desk_tell_line(struct desk *, const char *level, const char *text);
int64_t desk_tell_due_ms(const struct desk *);

/* desk_sums.c: the days that are over, but not open_day; and what is due. */
void desk_sums_cutover(struct desk *, const char *open_day);
void desk_sums_turn(struct desk *, int64_t now_ms);
/* desk_wanted.c */
void desk_wanted_init(struct sums_wanted *);
void desk_wanted_destroy(struct sums_wanted *);
void desk_wanted_look(struct desk *);
/* desk_sums.c: ask for this day, or for all ("").  How many the journal
 * knows, and how many of them are asked for by that. */
void desk_sums_now(struct desk *, const char *day, size_t *known_r,
    size_t *len_r);
int64_t desk_sums_due_ms(const struct desk *);
void desk_sums_answer(struct desk *, const struct iso_message *);

/* desk_own.c: a message of the bank's own accord. */
void desk_own(struct desk *, unsigned int link, const struct iso_message *,
    const unsigned char *tpdu);

/* desk_send.c: look at jobs in a row; send those that are new. */
void desk_begin(struct desk *, struct job *jobs);

/* desk_answer.c */
void desk_answer(struct desk *, unsigned int link, const struct iso_message *,
    const unsigned char *tpdu);
/* Those whose time is over, or that went over this link. */
void desk_give_up(struct desk *, int64_t now_ms);
void desk_give_up_link(struct desk *, unsigned int link);
int64_t desk_due_ms(const struct desk *);
/* The outcome of an entry that is no longer under way. */
enum till_result desk_outcome(const struct desk *, const struct journal_entry *,
    struct till_outcome *outcome_r);

void desk_add(struct desk *, struct job *); /* it is under way */
struct job *desk_find(struct desk *, const char *stan, const char *sent);
struct job *desk_find_key(struct desk *, const struct journal_entry *);

#endif
