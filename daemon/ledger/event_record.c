/*
 * event_record.c - events, and what waits for whom.
 */
#include <string.h>

#include "ledger/internal.h"

static uint8_t version_of(const void *, size_t);

#define EVENT_VERSION 3
#define EVENT_WITHOUT_ENDS 1 /* of format 3 */
#define EVENT_WITHOUT_REFUND 2
#define WAITING_VERSION 1
#define LINE_VERSION 2
#define LINE_VERSION_UNTALLIED 1 /* of format 2 */

void
event_write(struct record_out *out, void *buf, const struct ledger_event *event)
{
	uint32_t i;

	record_write(out, buf, RECORD_MAX, EVENT_VERSION);
	record_put_i64(out, event->time_ms);
	record_put_text(out, event->id);
	record_put_text(out, event->type);
	record_put_text(out, event->jti);
	record_put_text(out, event->th);
	record_put_text(out, event->customer);
	record_put_text(out, event->channel);
	record_put_text(out, event->instance);
	record_put_text(out, event->code);
	record_put_text(out, event->text);
	record_put_text(out, event->via);
	record_put_u8(out, (uint8_t)event->kind);
	record_put_u8(out, (uint8_t)event->reason);
	record_put_money(out, &event->amount);
	record_put_u64(out, event->txn);
	record_put_i64(out, event->auth_level);
	record_put_u8(out, (uint8_t)event->lines_len);
	for (i = 0; i < event->lines_len; i++) {
		record_put_text(out, event->lines[i]);
		record_put_u8(out, (uint8_t)event->ends[i]);
	}
	record_put_text(out, event->refund);
}

int
event_read(const void *data, size_t len, struct ledger_event *event)
{
	const uint8_t version = version_of(data, len);
	const bool ends = version != EVENT_WITHOUT_ENDS;
	struct record_in in;
	uint32_t i;

	memset(event, 0, sizeof(*event));
	record_read(&in, data, len, version);
	event->time_ms = record_get_i64(&in);
	record_get_text(&in, event->id, sizeof(event->id));
	record_get_text(&in, event->type, sizeof(event->type));
	record_get_text(&in, event->jti, sizeof(event->jti));
	record_get_text(&in, event->th, sizeof(event->th));
	record_get_text(&in, event->customer, sizeof(event->customer));
	record_get_text(&in, event->channel, sizeof(event->channel));
	record_get_text(&in, event->instance, sizeof(event->instance));
	record_get_text(&in, event->code, sizeof(event->code));
	record_get_text(&in, event->text, sizeof(event->text));
	record_get_text(&in, event->via, sizeof(event->via));
	event->kind =
	    (enum till_kind)record_get_enum(&in, 0, TILL_KIND_IDENTITY);
	event->reason = (enum till_reason)record_get_enum(&in, TILL_REASON_NONE,
	    TILL_REASON_CURRENCY);
	record_get_money(&in, &event->amount);
	event->txn = record_get_u64(&in);
	event->auth_level = record_get_i64(&in);
	event->lines_len = record_get_enum(&in, 0, LEDGER_LINES_MAX);
	for (i = 0; i < event->lines_len; i++) {
		record_get_text(&in, event->lines[i], sizeof(event->lines[i]));
		event->ends[i] = LEDGER_END_UNSAID;
		if (ends)
			event->ends[i] = (enum ledger_end)record_get_enum(&in,
			    LEDGER_END_NONE, LEDGER_END_UNSAID);
	}
	if (version == EVENT_VERSION)
		record_get_text(&in, event->refund, sizeof(event->refund));
	return record_end(&in) ? 0 : -1;
}

void
waiting_write(struct record_out *out, void *buf, const struct waiting *waiting)
{
	record_write(out, buf, RECORD_MAX, WAITING_VERSION);
	record_put_u32(out, waiting->attempts);
	record_put_i64(out, waiting->next_ms);
}

int
waiting_read(const void *data, size_t len, struct waiting *waiting)
{
	struct record_in in;

	record_read(&in, data, len, WAITING_VERSION);
	waiting->attempts = record_get_u32(&in);
	waiting->next_ms = record_get_i64(&in);
	return record_end(&in) ? 0 : -1;
}

void
line_write(struct record_out *out, void *buf, const struct line *line)
{
	record_write(out, buf, RECORD_MAX,
	    line->untallied ? LINE_VERSION_UNTALLIED : LINE_VERSION);
	record_put_u64(out, line->waiting);
	record_put_u64(out, line->missed);
	record_put_i64(out, line->missed_ms);
}

int
line_read(const void *data, size_t len, struct line *line)
{
	struct record_in in;
	const bool untallied =
	    len > 0 && *(const unsigned char *)data == LINE_VERSION_UNTALLIED;

	record_read(&in, data, len,
	    untallied ? LINE_VERSION_UNTALLIED : LINE_VERSION);
	line->waiting = record_get_u64(&in);
	line->missed = record_get_u64(&in);
	line->missed_ms = record_get_i64(&in);
	line->untallied = untallied && line->waiting > 0;
	return record_end(&in) ? 0 : -1;
}

/* Of those that are read; else that which is written. */
static uint8_t
version_of(const void *data, size_t len)
{
	const uint8_t version =
	    len == 0 ? EVENT_VERSION : *(const unsigned char *)data;

	return version == EVENT_WITHOUT_ENDS || version == EVENT_WITHOUT_REFUND
	    ? version
	    : EVENT_VERSION;
}
