/*
 * apply_event.c - events, and the lines that are owed them.
 *
 * An event is never a reason to refuse what it tells of: once a request
 * is well formed, recording its event cannot fail.  Where too many wait
 * for a line already the event is recorded all the same, but does not
 * wait for that line.
 */
#include <inttypes.h>
#include <string.h>

#include "ledger/internal.h"

#define SAY_MISSED_EVERY 1000 /* so many are one line of the log */

static uint64_t next_sequence(struct plan *, const char *);
static uint64_t newest_sequence(struct plan *, const char *);
static void owe(struct plan *, struct ledger_event *, uint32_t);
static uint64_t share_of(uint64_t);
static void miss(struct plan *, const char *, const char *, struct line *);
static void count_one(struct plan *, const char *, const char *, bool);
static uint64_t tally_load(struct plan *, const char *, const char *,
    const struct line *);
static void tally_store(struct plan *, const char *, const char *,
    const struct line *, uint64_t);
static void line_load(struct plan *, const char *, struct line *);
static void line_store(struct plan *, const char *, const struct line *);
static void forget(struct plan *, const char *, uint64_t);
static bool is_owed(struct plan *, const struct ledger_event *);
static bool event_load(struct plan *, const char *, uint64_t,
    struct ledger_event *);
static void set_end(struct plan *, struct ledger_event *, const char *,
    enum ledger_end);
static enum ledger_result check_told(struct ledger_request *);
static enum ledger_result postpone(struct plan *, const struct key *,
    const struct ledger_told *);
static void wait_again(struct plan *, struct ledger_event *, const char *);

enum ledger_result
check_event(struct ledger_request *request)
{
	const struct ledger_event *event = request->event;
	uint32_t i;

	if (event == NULL)
		return LEDGER_DONE;
	if (!text_ends(event->merchant, sizeof(event->merchant)) ||
	    !text_ends(event->id, sizeof(event->id)) ||
	    !text_ends(event->type, sizeof(event->type)) ||
	    !text_ends(event->jti, sizeof(event->jti)) ||
	    !text_ends(event->th, sizeof(event->th)) ||
	    !text_ends(event->customer, sizeof(event->customer)) ||
	    !text_ends(event->channel, sizeof(event->channel)) ||
	    !text_ends(event->instance, sizeof(event->instance)) ||
	    !text_ends(event->code, sizeof(event->code)) ||
	    !text_ends(event->text, sizeof(event->text)) ||
	    !text_ends(event->via, sizeof(event->via)) ||
	    !text_ends(event->refund, sizeof(event->refund)) ||
	    !text_ends(event->amount.currency, TILL_CURRENCY_MAX) ||
	    event->lines_len > LEDGER_LINES_MAX || event->id[0] == '\0' ||
	    event->type[0] == '\0' ||
	    (event->merchant[0] != '\0' && !till_id_ok(event->merchant)))
		return refuse(request, LEDGER_INVALID,
		    "the event is not well formed");
	for (i = 0; i < event->lines_len; i++) {
		if (!text_ends(event->lines[i], LEDGER_WORD_MAX) ||
		    !word_ok(event->lines[i]))
			return refuse(request, LEDGER_INVALID,
			    "the event is owed to nobody");
	}
	return LEDGER_DONE;
}

enum ledger_result
apply_event(struct plan *plan, struct ledger_request *request)
{
	if (request->event == NULL)
		return refuse(request, LEDGER_INVALID, "there is no event");
	if (check_event(request) != LEDGER_DONE)
		return LEDGER_INVALID;
	put_event(plan, request);
	return LEDGER_DONE;
}

void
put_event(struct plan *plan, struct ledger_request *request)
{
	struct ledger_event *event = request->event;
	unsigned char buf[RECORD_MAX];
	struct record_out out;
	struct key key;
	uint32_t i;

	if (event == NULL)
		return;
	event->sequence = next_sequence(plan, event->merchant);
	event->time_ms = plan->time_ms;
	for (i = 0; i < event->lines_len; i++)
		owe(plan, event, i);
	event_write(&out, buf, event);
	key_event(&key, event->merchant, event->sequence);
	add_record(plan, TABLE_EVENTS, &key, &out);
	if (event->sequence > plan->ledger->events_kept)
		forget(plan, event->merchant,
		    event->sequence - plan->ledger->events_kept);
}

/*
 * What was told, or given up, waits no more.  What does not wait is a
 * repeat, so that an answer that was lost can be given again.
 */
enum ledger_result
apply_told(struct plan *plan, struct ledger_request *request)
{
	const struct ledger_told *told = &request->told;
	struct ledger_event event;
	struct till_bytes value;
	uint64_t newest;
	struct key key;

	if (check_told(request) != LEDGER_DONE || told->line == NULL ||
	    !word_ok(told->line) || told->end > LEDGER_END_FORGOTTEN)
		return refuse(request, LEDGER_INVALID, "no line was told");
	key_waiting(&key, told->line, told->merchant, told->sequence);
	if (!batch_get(plan->batch, TABLE_OUTBOX, &key, &value))
		return refuse(request, LEDGER_REPEAT, "it waits no more");
	if (!told->done)
		return postpone(plan, &key, told);
	count_one(plan, told->line, told->merchant, false);
	batch_remove(plan->batch, TABLE_OUTBOX, &key);
	/* What is delivered, as nearly all is, leaves the event as it is. */
	if (told->end != LEDGER_END_NONE &&
	    event_load(plan, told->merchant, told->sequence, &event))
		set_end(plan, &event, told->line, told->end);
	newest = newest_sequence(plan, told->merchant);
	if (newest > plan->ledger->events_kept &&
	    told->sequence <= newest - plan->ledger->events_kept)
		forget(plan, told->merchant, told->sequence);
	return LEDGER_DONE;
}

enum ledger_result
apply_tell(struct plan *plan, struct ledger_request *request)
{
	const struct ledger_told *told = &request->told;
	struct ledger_event event;
	struct till_bytes value;
	struct key key;
	uint32_t i;

	if (check_told(request) != LEDGER_DONE ||
	    (told->line != NULL && !word_ok(told->line)))
		return refuse(request, LEDGER_INVALID, "no event was named");
	key_event(&key, told->merchant, told->sequence);
	if (!batch_get(plan->batch, TABLE_EVENTS, &key, &value))
		return refuse(request, LEDGER_INVALID,
		    "event %" PRIu64 " of '%s' is not kept", told->sequence,
		    told->merchant);
	if (event_read(value.data, value.len, &event) == -1) {
		(void)damaged(&request->err, TABLE_EVENTS, &key);
		return LEDGER_INVALID;
	}
	memcpy(event.merchant, told->merchant, strlen(told->merchant) + 1);
	event.sequence = told->sequence;
	if (told->line != NULL)
		wait_again(plan, &event, told->line);
	for (i = 0; told->line == NULL && i < event.lines_len; i++)
		wait_again(plan, &event, event.lines[i]);
	return LEDGER_DONE;
}

static uint64_t
next_sequence(struct plan *plan, const char *mid)
{
	uint64_t sequence = newest_sequence(plan, mid) + 1;
	unsigned char buf[RECORD_MAX];
	struct record_out out;
	struct key key;

	key_text(&key, mid);
	number_write(&out, buf, (int64_t)sequence);
	put_record(plan, TABLE_SEQUENCES, &key, &out);
	return sequence;
}

static uint64_t
newest_sequence(struct plan *plan, const char *mid)
{
	struct till_bytes value;
	int64_t newest = 0;
	struct key key;

	key_text(&key, mid);
	if (batch_get(plan->batch, TABLE_SEQUENCES, &key, &value) &&
	    number_read(value.data, value.len, &newest) == -1)
		ledger_die(plan->ledger, "a sequence", "it is damaged");
	return (uint64_t)newest;
}

/* The event is new, so nothing of it waits yet.  One merchant has a share
 * of the line's room only: whoever does not answer must not make others
 * miss what is theirs. */
static void
owe(struct plan *plan, struct ledger_event *event, uint32_t i)
{
	static const struct waiting fresh;
	const char *name = event->lines[i];
	uint64_t room = plan->ledger->outbox_max;
	unsigned char buf[RECORD_MAX];
	struct record_out out;
	struct line line;
	struct key key;

	if (event->room[i] > 0 && event->room[i] < room)
		room = event->room[i];
	line_load(plan, name, &line);
	event->ends[i] = LEDGER_END_NONE;
	if (line.waiting >= room ||
	    tally_load(plan, name, event->merchant, &line) >= share_of(room)) {
		miss(plan, name, event->merchant, &line);
		event->ends[i] = LEDGER_END_MISSED;
		return;
	}
	count_one(plan, name, event->merchant, true);
	waiting_write(&out, buf, &fresh);
	key_waiting(&key, name, event->merchant, event->sequence);
	add_record(plan, TABLE_OUTBOX, &key, &out);
}

static uint64_t
share_of(uint64_t room)
{
	uint64_t least = LEDGER_OUTBOX_LEAST;

	if (room / LEDGER_OUTBOX_SHARE >= least)
		return room / LEDGER_OUTBOX_SHARE;
	if (least > room / 2)
		least = room / 2;
	return least > 0 ? least : 1;
}

static void
miss(struct plan *plan, const char *name, const char *mid, struct line *line)
{
	if (line->missed++ % SAY_MISSED_EVERY == 0)
		ledger_log(plan->ledger, TILL_LOG_ERROR,
		    "%" PRIu64 " events wait for %s, %" PRIu64 " of '%s', which"
		    " is the bound; it has missed %" PRIu64 " so far",
		    line->waiting, name, tally_load(plan, name, mid, line), mid,
		    line->missed);
	line->missed_ms = plan->time_ms;
	line_store(plan, name, line);
}

/* One more waits, or one less; before that is put, or removed. */
static void
count_one(struct plan *plan, const char *name, const char *mid, bool more)
{
	struct line line;
	uint64_t own;

	line_load(plan, name, &line);
	own = tally_load(plan, name, mid, &line);
	if (more) {
		line.waiting++;
		own++;
	} else {
		line.waiting -= line.waiting > 0 ? 1 : 0;
		own -= own > 0 ? 1 : 0;
	}
	if (line.waiting == 0)
		line.untallied = false;
	line_store(plan, name, &line);
	tally_store(plan, name, mid, &line, own);
}

/* How many of one merchant's wait.  Where a line was untallied when the
 * ledger was raised, whoever has no tally yet is counted. */
static uint64_t
tally_load(struct plan *plan, const char *name, const char *mid,
    const struct line *line)
{
	struct till_bytes value;
	struct till_error err;
	int64_t number = 0;
	struct key key;
	size_t n = 0;

	key_pair(&key, name, mid);
	if (batch_get(plan->batch, TABLE_LINES, &key, &value)) {
		if (number_read(value.data, value.len, &number) == -1)
			ledger_die(plan->ledger, "a line",
			    "its tally is damaged");
		return (uint64_t)number;
	}
	if (!line->untallied)
		return 0;
	key_triple(&key, name, mid, "");
	if (batch_count(plan->batch, TABLE_OUTBOX, &key, &n, &err) == -1)
		ledger_die(plan->ledger, "a line", err.text);
	return n;
}

/* With an untallied line no tally means none yet, so none is kept too. */
static void
tally_store(struct plan *plan, const char *name, const char *mid,
    const struct line *line, uint64_t own)
{
	unsigned char buf[RECORD_MAX];
	struct record_out out;
	struct key key;

	key_pair(&key, name, mid);
	if (own == 0 && !line->untallied) {
		batch_remove(plan->batch, TABLE_LINES, &key);
		return;
	}
	number_write(&out, buf, (int64_t)own);
	put_record(plan, TABLE_LINES, &key, &out);
}

static void
line_load(struct plan *plan, const char *name, struct line *line)
{
	struct till_bytes value;
	struct key key;

	memset(line, 0, sizeof(*line));
	key_text(&key, name);
	if (batch_get(plan->batch, TABLE_LINES, &key, &value) &&
	    line_read(value.data, value.len, line) == -1)
		ledger_die(plan->ledger, "a line", "its record is damaged");
}

static void
line_store(struct plan *plan, const char *name, const struct line *line)
{
	unsigned char buf[RECORD_MAX];
	struct record_out out;
	struct key key;

	key_text(&key, name);
	if (line->waiting == 0 && line->missed == 0) {
		batch_remove(plan->batch, TABLE_LINES, &key);
		return;
	}
	line_write(&out, buf, line);
	put_record(plan, TABLE_LINES, &key, &out);
}

/* False if it is not kept any more. */
static bool
event_load(struct plan *plan, const char *mid, uint64_t sequence,
    struct ledger_event *event)
{
	struct till_bytes value;
	struct key key;

	key_event(&key, mid, sequence);
	if (!batch_get(plan->batch, TABLE_EVENTS, &key, &value))
		return false;
	if (event_read(value.data, value.len, event) == -1)
		ledger_die(plan->ledger, "an event", "its record is damaged");
	memcpy(event->merchant, mid, strlen(mid) + 1);
	event->sequence = sequence;
	return true;
}

/* A line that was not owed it when it happened has no end. */
static void
set_end(struct plan *plan, struct ledger_event *event, const char *line,
    enum ledger_end end)
{
	unsigned char buf[RECORD_MAX];
	struct record_out out;
	bool changed = false;
	struct key key;
	uint32_t i;

	for (i = 0; i < event->lines_len; i++) {
		if (strcmp(event->lines[i], line) != 0 || event->ends[i] == end)
			continue;
		event->ends[i] = end;
		changed = true;
	}
	if (!changed)
		return;
	event_write(&out, buf, event);
	key_event(&key, event->merchant, event->sequence);
	put_record(plan, TABLE_EVENTS, &key, &out);
}

/* An event that is too old to be kept, unless it still waits. */
static void
forget(struct plan *plan, const char *mid, uint64_t sequence)
{
	struct ledger_event event;
	struct till_bytes value;
	struct key key;

	key_event(&key, mid, sequence);
	if (!batch_get(plan->batch, TABLE_EVENTS, &key, &value))
		return;
	if (event_read(value.data, value.len, &event) == 0) {
		memcpy(event.merchant, mid, strlen(mid) + 1);
		event.sequence = sequence;
		if (is_owed(plan, &event))
			return;
	}
	batch_remove(plan->batch, TABLE_EVENTS, &key);
}

static bool
is_owed(struct plan *plan, const struct ledger_event *event)
{
	struct till_bytes value;
	struct key key;
	uint32_t i;

	for (i = 0; i < event->lines_len; i++) {
		key_waiting(&key, event->lines[i], event->merchant,
		    event->sequence);
		if (batch_get(plan->batch, TABLE_OUTBOX, &key, &value))
			return true;
	}
	return false;
}

/* Is an event named that could be? */
static enum ledger_result
check_told(struct ledger_request *request)
{
	const struct ledger_told *told = &request->told;

	if (told->merchant == NULL || told->sequence == 0 ||
	    (told->merchant[0] != '\0' && !till_id_ok(told->merchant)))
		return LEDGER_INVALID;
	return LEDGER_DONE;
}

static enum ledger_result
postpone(struct plan *plan, const struct key *key,
    const struct ledger_told *told)
{
	const struct waiting waiting = { told->attempts, told->next_ms };
	unsigned char buf[RECORD_MAX];
	struct record_out out;

	waiting_write(&out, buf, &waiting);
	put_record(plan, TABLE_OUTBOX, key, &out);
	return LEDGER_DONE;
}

/* Once, and at once, whatever became of it before.  It is the operator
 * who asks for it, so there is no bound. */
static void
wait_again(struct plan *plan, struct ledger_event *event, const char *name)
{
	static const struct waiting fresh;
	unsigned char buf[RECORD_MAX];
	struct till_bytes value;
	struct record_out out;
	struct key key;

	key_waiting(&key, name, event->merchant, event->sequence);
	if (!batch_get(plan->batch, TABLE_OUTBOX, &key, &value))
		count_one(plan, name, event->merchant, true);
	waiting_write(&out, buf, &fresh);
	put_record(plan, TABLE_OUTBOX, &key, &out);
	set_end(plan, event, name, LEDGER_END_NONE);
}
