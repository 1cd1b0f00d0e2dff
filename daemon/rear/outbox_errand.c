/*
 * outbox_errand.c - what is on its way to the ledger: answers of lines, and
 * events that stand for themselves.
 */
#include <stdlib.h>
#include <string.h>

#include "log/log.h"
#include "rear/outbox_priv.h"

static struct errand *errand_new(struct outbox *, enum ledger_op);
static void errand_queue(struct outbox *, struct errand *);
static void errand_done(struct ledger_request *, void *);

void
outbox_record(struct outbox *outbox, const struct ledger_event *event)
{
	struct errand *errand = NULL;
	bool room;

	(void)pthread_mutex_lock(&outbox->lock);
	room = outbox->under_way < OUTBOX_ACKS_MAX + OUTBOX_EVENTS_MAX;
	(void)pthread_mutex_unlock(&outbox->lock);
	if (room)
		errand = errand_new(outbox, LEDGER_EVENT);
	if (errand == NULL) {
		log_line(TILL_LOG_ERROR, "notify.lost", "type", event->type,
		    "id", event->id, NULL);
		return;
	}
	errand->event = *event;
	errand->request.event = &errand->event;
	errand_queue(outbox, errand);
}

void
outbox_answer(struct outbox *outbox, const char *line, const char *merchant,
    uint64_t sequence, enum ledger_end end, uint32_t attempts, int64_t next_ms)
{
	struct errand *errand = errand_new(outbox, LEDGER_TOLD);
	struct ledger_told *told;

	/* It will be told once more after the next start. */
	if (errand == NULL)
		return;
	memcpy(errand->line, line, strlen(line) + 1);
	memcpy(errand->merchant, merchant, strlen(merchant) + 1);
	told = &errand->request.told;
	told->line = errand->line;
	told->merchant = errand->merchant;
	told->sequence = sequence;
	told->done = next_ms == 0;
	told->end = end;
	told->attempts = attempts;
	told->next_ms = next_ms;
	errand_queue(outbox, errand);
}

static struct errand *
errand_new(struct outbox *outbox, enum ledger_op op)
{
	struct errand *errand = calloc(1, sizeof(*errand));

	if (errand == NULL)
		return NULL;
	errand->outbox = outbox;
	errand->request.op = op;
	errand->request.actor = "";
	errand->request.done = errand_done;
	errand->request.arg = errand;
	return errand;
}

/* Tellers wait while too many are under way; what happened does not. */
static void
errand_queue(struct outbox *outbox, struct errand *errand)
{
	(void)pthread_mutex_lock(&outbox->lock);
	while (errand->request.op == LEDGER_TOLD && !outbox->stop &&
	    outbox->under_way >= OUTBOX_ACKS_MAX)
		(void)pthread_cond_wait(&outbox->room, &outbox->lock);
	if (outbox->errands == NULL)
		(void)pthread_cond_signal(&outbox->wake);
	*outbox->errands_last = errand;
	outbox->errands_last = &errand->next;
	outbox->under_way++;
	(void)pthread_mutex_unlock(&outbox->lock);
}

/* On the writer's thread.  The outbox may be gone as soon as the lock is
 * released. */
static void
errand_done(struct ledger_request *request, void *arg)
{
	struct errand *errand = arg;
	struct outbox *outbox = errand->outbox;
	bool done =
	    request->result == LEDGER_DONE || request->result == LEDGER_REPEAT;

	if (done && request->op == LEDGER_EVENT)
		outbox_wake(outbox, &errand->event);
	if (request->result == LEDGER_INVALID) {
		log_line(TILL_LOG_ERROR, "notify.lost", "type",
		    errand->event.type, "error", request->err.text, NULL);
		done = true;
	}
	(void)pthread_mutex_lock(&outbox->lock);
	if (done) {
		outbox->under_way--;
		(void)pthread_cond_broadcast(&outbox->room);
	} else {
		errand->next = outbox->refused;
		outbox->refused = errand;
	}
	(void)pthread_mutex_unlock(&outbox->lock);
	if (done)
		free(errand);
}
