/*
 * serve_outbox.c - what waits for whom, for "status".
 */
#include <string.h>

#include "ctl/call.h"
#include "rear/herald.h"
#include "rear/unit.h"

#define OLDEST_MAX 1000 /* merchants of a line whose oldest is looked at */

static void add_present(void *, const struct outbox_line *);
static int add_stored(void *, const struct ledger_line *);
static json_t *line_of(json_t *, const char *);
static void put_oldest(struct call *, json_t *, const char *);

void
serve_outbox(struct call *call)
{
	json_t *list = json_array(), *item;
	struct till_error err;
	size_t i;

	(void)json_object_set_new(call->reply, "outbox", list);
	outbox_each(herald_outbox(call->rear->herald), add_present, list);
	(void)ledger_line_each(rear_ledger(call->rear), add_stored, list, &err);
	for (i = 0; i < json_array_size(list); i++) {
		item = json_array_get(list, i);
		if (json_integer_value(json_object_get(item, "waiting")) > 0)
			put_oldest(call, item,
			    json_string_value(json_object_get(item, "line")));
	}
}

static void
add_present(void *list, const struct outbox_line *line)
{
	json_t *item = line_of(list, line->name);

	doc_flag(item, "configured", true);
	doc_number(item, "merchants", line->merchants);
	doc_number(item, "failing", line->failing);
	doc_number(item, "at_work", line->at_work);
	doc_number(item, "delivered", line->delivered);
	doc_number(item, "dropped", line->dropped);
	doc_number(item, "failed", line->failed);
	if (line->error[0] != '\0')
		doc_text(item, "error", line->error);
}

/* One that the configuration does not have any more is here as well. */
static int
add_stored(void *list, const struct ledger_line *line)
{
	json_t *item = line_of(list, line->name);

	doc_number(item, "waiting", line->waiting);
	doc_number(item, "missed", line->missed);
	if (line->missed > 0)
		doc_time_ms(item, "missed_last", line->missed_ms);
	return 0;
}

static json_t *
line_of(json_t *list, const char *name)
{
	json_t *item;
	size_t i;

	for (i = 0; i < json_array_size(list); i++) {
		item = json_array_get(list, i);
		if (strcmp(json_string_value(json_object_get(item, "line")),
			name) == 0)
			return item;
	}
	item = json_object();
	doc_text(item, "line", name);
	doc_flag(item, "configured", false);
	doc_number(item, "waiting", 0);
	doc_number(item, "missed", 0);
	(void)json_array_append_new(list, item);
	return item;
}

/* Each merchant's first; the oldest of these is the oldest of all. */
static void
put_oldest(struct call *call, json_t *item, const char *line)
{
	struct ledger *ledger = rear_ledger(call->rear);
	struct ledger_waiting waiting;
	const char *after = NULL;
	char mid[TILL_ID_MAX];
	struct ledger_event event;
	struct till_error err;
	int64_t oldest_ms = 0;
	unsigned int i;

	for (i = 0; i < OLDEST_MAX &&
	     ledger_waiting_after(ledger, line, after, &waiting, &err) == 0;
	     i++) {
		memcpy(mid, waiting.merchant, sizeof(mid));
		after = mid;
		if (ledger_event_get(ledger, mid, waiting.sequence, &event,
			&err) == 0 &&
		    (oldest_ms == 0 || event.time_ms < oldest_ms))
			oldest_ms = event.time_ms;
	}
	if (oldest_ms != 0)
		doc_time_ms(item, "oldest", oldest_ms);
}
