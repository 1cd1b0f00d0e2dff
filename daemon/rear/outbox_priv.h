/*
 * outbox_priv.h - what the files of the outbox share.
 */
#ifndef REAR_OUTBOX_PRIV_H
#define REAR_OUTBOX_PRIV_H

#include <pthread.h>

#include "rear/lanes.h"
#include "rear/outbox.h"
#include "rear/unit.h"

/* A line as long as it has threads. */
struct line {
	struct line *next;
	struct outbox *outbox;
	char name[LEDGER_WORD_MAX];
	unsigned int tellers; /* wanted */
	bool wanted; /* the newest configuration has it, with so many */

	pthread_mutex_t lock; /* of what follows */
	pthread_cond_t work;
	bool stop, rescan;
	unsigned int alive; /* tellers that have not ended */
	struct lanes *lanes;
	struct outbox_line stats;

	pthread_t threads[OUTBOX_TELLERS];
	unsigned int started;
};

/* An answer on its way to the ledger, or an event of its own. */
struct errand {
	struct errand *next;
	struct outbox *outbox;
	struct ledger_request request;
	struct ledger_event event;
	char line[LEDGER_WORD_MAX], merchant[TILL_ID_MAX];
};

struct outbox {
	struct rear *rear;
	pthread_t clerk;
	bool running;

	pthread_mutex_t lock; /* of what follows; before a line's */
	pthread_cond_t wake; /* the clerk */
	pthread_cond_t room; /* there are fewer errands */
	struct line *lines;
	bool stop, changed;
	struct errand *errands, **errands_last; /* not submitted yet */
	struct errand *refused; /* to be tried again */
	size_t under_way; /* errands in all */
};

/* outbox_line.c: the tellers of a line. */
struct line *line_new(struct outbox *, const char *name, unsigned int tellers);
void line_stop(struct line *); /* soon; does not wait */
bool line_ended(struct line *); /* all of its threads */
void line_free(struct line *); /* waits for them */
/* Make lanes of all that waits for it in the ledger. */
void line_scan(struct line *);

/* outbox_tell.c: one call.  A line's event, for the so-manieth time. */
struct telling {
	struct till_context *context; /* the teller's own */
	enum till_result result;
	uint32_t retry_after_ms;
	const char *code, *why; /* as long as the context */
	bool slow; /* the call took long */
};
void tell_line(struct rear *, const char *line, const struct ledger_event *,
    uint32_t attempt, struct telling *);

/* outbox_errand.c: say what became of it.  next_ms 0: it is done, and end
 * says how. */
void outbox_answer(struct outbox *, const char *line, const char *merchant,
    uint64_t sequence, enum ledger_end end, uint32_t attempts, int64_t next_ms);

#endif
