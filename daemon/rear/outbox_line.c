/*
 * outbox_line.c - the threads that tell one line.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "log/log.h"
#include "module/context.h"
#include "rear/clock.h"
#include "rear/outbox_priv.h"

/* The code of a module that drops what there is nobody to send to. */
#define NOBODY "no-address"

static void *teller_thread(void *);
static struct lane *take(struct line *);
static void work(struct line *, struct lane *, struct telling *);
static void asleep(struct line *, struct lane *, int64_t, bool);
static void tell(struct line *, struct lane *, const struct ledger_waiting *,
    struct telling *);
static void took(struct line *, struct lane *, const struct ledger_event *,
    uint32_t, const struct telling *);
static void failed(struct line *, struct lane *, const struct ledger_event *,
    uint32_t, const struct telling *);
static int64_t pause_of(uint32_t, uint32_t);
static void say(enum till_log_level, const char *, const struct line *,
    const struct ledger_event *, uint32_t, const struct telling *);

struct line *
line_new(struct outbox *outbox, const char *name, unsigned int tellers)
{
	struct line *line = calloc(1, sizeof(*line));

	if (line == NULL)
		return NULL;
	line->outbox = outbox;
	line->tellers = tellers;
	line->wanted = true;
	line->rescan = true;
	(void)snprintf(line->name, sizeof(line->name), "%s", name);
	(void)snprintf(line->stats.name, sizeof(line->stats.name), "%s", name);
	(void)pthread_mutex_init(&line->lock, NULL);
	clock_cond_init(&line->work);
	line->lanes = lanes_new(tellers > OUTBOX_SLOW ? OUTBOX_SLOW : tellers);
	while (line->lanes != NULL && line->started < tellers &&
	    pthread_create(&line->threads[line->started], NULL, teller_thread,
		line) == 0) {
		(void)pthread_mutex_lock(&line->lock);
		line->alive++;
		(void)pthread_mutex_unlock(&line->lock);
		line->started++;
	}
	/* With fewer it is slower, with none it is nothing. */
	if (line->started > 0)
		return line;
	line_free(line);
	return NULL;
}

void
line_stop(struct line *line)
{
	(void)pthread_mutex_lock(&line->lock);
	line->stop = true;
	(void)pthread_cond_broadcast(&line->work);
	(void)pthread_mutex_unlock(&line->lock);
}

bool
line_ended(struct line *line)
{
	bool ended;

	(void)pthread_mutex_lock(&line->lock);
	ended = line->stop && line->alive == 0;
	(void)pthread_mutex_unlock(&line->lock);
	return ended;
}

void
line_free(struct line *line)
{
	unsigned int i;

	if (line == NULL)
		return;
	for (i = 0; i < line->started; i++)
		(void)pthread_join(line->threads[i], NULL);
	lanes_free(line->lanes);
	(void)pthread_cond_destroy(&line->work);
	(void)pthread_mutex_destroy(&line->lock);
	free(line);
}

/* Merchant by merchant.  Where there was no room for a lane the walk is
 * made again. */
void
line_scan(struct line *line)
{
	struct ledger *ledger = line->outbox->rear->ledger;
	struct ledger_waiting waiting;
	const char *after = NULL;
	char mid[TILL_ID_MAX];
	struct till_error err;
	bool all = true;
	int r;

	(void)pthread_mutex_lock(&line->lock);
	line->rescan = false;
	(void)pthread_mutex_unlock(&line->lock);
	for (;;) {
		r = ledger_waiting_after(ledger, line->name, after, &waiting,
		    &err);
		if (r != 0)
			break;
		memcpy(mid, waiting.merchant, sizeof(mid));
		after = mid;
		(void)pthread_mutex_lock(&line->lock);
		if (!lanes_wake(line->lanes, mid))
			all = false;
		(void)pthread_cond_signal(&line->work);
		(void)pthread_mutex_unlock(&line->lock);
	}
	if (r == -1)
		log_line(TILL_LOG_ERROR, "notify.unread", "line", line->name,
		    "error", err.text, NULL);
	if (r == 1 && all)
		return;
	(void)pthread_mutex_lock(&line->lock);
	line->rescan = true;
	(void)pthread_mutex_unlock(&line->lock);
}

static void *
teller_thread(void *arg)
{
	struct telling telling = { .context = NULL };
	struct line *line = arg;
	struct lane *lane;

	while ((lane = take(line)) != NULL)
		work(line, lane, &telling);
	context_free(telling.context);
	return NULL;
}

/* NULL when it is over.  The last one to go touches nothing afterwards. */
static struct lane *
take(struct line *line)
{
	struct lane *lane = NULL;

	(void)pthread_mutex_lock(&line->lock);
	while (!line->stop) {
		lane = lanes_take(line->lanes);
		if (lane != NULL)
			break;
		(void)pthread_cond_wait(&line->work, &line->lock);
	}
	if (lane == NULL)
		line->alive--;
	(void)pthread_mutex_unlock(&line->lock);
	return lane;
}

/* The merchant of a lane stays as it is while the lane is taken. */
static void
work(struct line *line, struct lane *lane, struct telling *telling)
{
	struct ledger_waiting waiting;
	struct till_error err;
	int64_t wait_ms;
	int r;

	r = ledger_waiting_next(line->outbox->rear->ledger, line->name,
	    lane->merchant, lane->at, &waiting, &err);
	if (r == 1) {
		(void)pthread_mutex_lock(&line->lock);
		lanes_idle(line->lanes, lane);
		(void)pthread_mutex_unlock(&line->lock);
		return;
	}
	if (r == -1) {
		log_line(TILL_LOG_ERROR, "notify.unread", "line", line->name,
		    "error", err.text, NULL);
		asleep(line, lane, OUTBOX_LAST_MS, true);
		return;
	}
	wait_ms = waiting.next_ms - wall_ms();
	if (wait_ms > 0) {
		/* A clock that was set back must not make it wait on. */
		if (wait_ms > OUTBOX_ASKED_MAX_MS)
			wait_ms = OUTBOX_ASKED_MAX_MS;
		asleep(line, lane, wait_ms, true);
		return;
	}
	tell(line, lane, &waiting, telling);
}

static void
asleep(struct line *line, struct lane *lane, int64_t wait_ms, bool slow)
{
	(void)pthread_mutex_lock(&line->lock);
	lanes_sleep(line->lanes, lane, clock_ms() + wait_ms, slow);
	(void)pthread_mutex_unlock(&line->lock);
	/* The clerk looks after those who sleep. */
	(void)pthread_mutex_lock(&line->outbox->lock);
	(void)pthread_cond_signal(&line->outbox->wake);
	(void)pthread_mutex_unlock(&line->outbox->lock);
}

static void
tell(struct line *line, struct lane *lane, const struct ledger_waiting *waiting,
    struct telling *telling)
{
	const uint32_t attempt = waiting->attempts + 1;
	struct ledger_event event;
	struct till_error err;
	int64_t begun_ms;
	int r;

	r = ledger_event_get(line->outbox->rear->ledger, waiting->merchant,
	    waiting->sequence, &event, &err);
	if (r != 0) {
		log_line(TILL_LOG_ERROR, "notify.unread", "line", line->name,
		    "merchant", waiting->merchant, "error",
		    r == 1 ? "the event is gone" : err.text, NULL);
		asleep(line, lane, OUTBOX_LAST_MS, true);
		return;
	}
	begun_ms = clock_ms();
	tell_line(line->outbox->rear, line->name, &event, attempt, telling);
	telling->slow = clock_ms() - begun_ms > OUTBOX_SLOW_MS;
	if (telling->result == TILL_DELIVERED || telling->result == TILL_DROP)
		took(line, lane, &event, attempt, telling);
	else
		failed(line, lane, &event, attempt, telling);
}

static void
took(struct line *line, struct lane *lane, const struct ledger_event *event,
    uint32_t attempt, const struct telling *telling)
{
	const bool dropped = telling->result == TILL_DROP;

	/* Of a merchant without an address that is true of every event. */
	if (dropped)
		say(strcmp(telling->code, NOBODY) == 0 ? TILL_LOG_DEBUG
						       : TILL_LOG_WARNING,
		    "notify.dropped", line, event, attempt, telling);
	outbox_answer(line->outbox, line->name, event->merchant,
	    event->sequence, dropped ? LEDGER_END_DROPPED : LEDGER_END_NONE,
	    attempt, 0);
	(void)pthread_mutex_lock(&line->lock);
	if (dropped)
		line->stats.dropped++;
	else
		line->stats.delivered++;
	lanes_told(line->lanes, lane, event->sequence + 1, telling->slow);
	(void)pthread_mutex_unlock(&line->lock);
}

static void
failed(struct line *line, struct lane *lane, const struct ledger_event *event,
    uint32_t attempt, const struct telling *telling)
{
	int64_t wait_ms = pause_of(attempt, telling->retry_after_ms);

	say(TILL_LOG_WARNING, "notify.failed", line, event, attempt, telling);
	outbox_answer(line->outbox, line->name, event->merchant,
	    event->sequence, LEDGER_END_NONE, attempt, wall_ms() + wait_ms);
	(void)pthread_mutex_lock(&line->lock);
	line->stats.failed++;
	(void)snprintf(line->stats.error, sizeof(line->stats.error),
	    "%s: %.120s", telling->code[0] == '\0' ? "error" : telling->code,
	    telling->why);
	(void)pthread_mutex_unlock(&line->lock);
	asleep(line, lane, wait_ms, true);
}

static int64_t
pause_of(uint32_t attempt, uint32_t asked_ms)
{
	int64_t pause_ms = OUTBOX_FIRST_MS;
	uint32_t i;

	for (i = 1; i < attempt && pause_ms < OUTBOX_LAST_MS; i++)
		pause_ms *= 2;
	if (pause_ms > OUTBOX_LAST_MS)
		pause_ms = OUTBOX_LAST_MS;
	if (asked_ms > OUTBOX_ASKED_MAX_MS)
		asked_ms = OUTBOX_ASKED_MAX_MS;
	return asked_ms > pause_ms ? (int64_t)asked_ms : pause_ms;
}

static void
say(enum till_log_level level, const char *what, const struct line *line,
    const struct ledger_event *event, uint32_t attempt,
    const struct telling *telling)
{
	char number[LOG_NUMBER_MAX], sequence[LOG_NUMBER_MAX];

	log_line(level, what, "line", line->name, "type", event->type, "id",
	    event->id, "merchant",
	    event->merchant[0] == '\0' ? NULL : event->merchant, "seq",
	    log_number((int64_t)event->sequence, sequence), "attempt",
	    log_number((int64_t)attempt, number), "code",
	    telling->code[0] == '\0' ? NULL : telling->code, "text",
	    telling->why[0] == '\0' ? NULL : telling->why, NULL);
}
