/*
 * desk_job.h - one settlement at work, and the desk from inside.
 */
#ifndef SETTLE_BANK_DESK_JOB_H
#define SETTLE_BANK_DESK_JOB_H

#include <pthread.h>
#include <stdatomic.h>

#include "settle_bank/desk.h"
#include "settle_bank/message.h"

#define DESK_BUCKETS 4096 /* of jobs under way, by trace number */
#define DESK_QUEUE_MAX 10000 /* jobs not looked at yet */
#define MERCHANT_NAME_MAX 129

/* It may hold a card number: in secure memory, wiped when it is freed. */
struct job {
	struct job *next; /* in the queue, the bucket, or behind its like */
	struct job *waiters; /* others that want the same key's outcome */
	struct till_op *op;
	struct till_settlement settlement; /* its texts are those below */
	int64_t issued_s; /* of the ticket */
	char original_text[TILL_REF_MAX];
	bool refund; /* a reversal for the reason "refund" */
	char merchant_name[MERCHANT_NAME_MAX];
	struct identity identity;
	bool has_identity;
	char identity_why[64]; /* it has none */
	/* Under way. */
	struct journal_entry entry;
	int64_t until_ms;
};

struct desk {
	struct desk_options options;
	struct net *net;
	struct journal *journal;
	struct stan stan;
	char journal_path[DESK_PATH_MAX], stan_path[DESK_PATH_MAX];
	pthread_t thread;
	bool started;
	atomic_bool stop;
	pthread_mutex_t lock; /* of the queue */
	struct job *first, **last;
	size_t queued;
	/* The thread's own. */
	bool sync_failed; /* and the log has it */
	struct job *under_way[DESK_BUCKETS];
	size_t under_way_len;
};

/* desk.c */
void job_free(struct job *); /* wipes; NULL is fine */
/* Complete it, and those that wait with it; frees them. */
void desk_end(struct desk *, struct job *, enum till_result,
    struct till_outcome *);
void desk_end_code(struct desk *, struct job *, enum till_result,
    const char *code, const char *text);
void desk_log(struct desk *, enum till_log_level, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

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
