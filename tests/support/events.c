/*
 * events.c - events of a ledger, for tests.
 */
#include <string.h>

#include "support/events.h"

static int keep_line(void *, const struct ledger_line *);

void
events_make(struct ledger_event *event, const char *mid, const char *line)
{
	memset(event, 0, sizeof(*event));
	set_text(event->merchant, sizeof(event->merchant), mid);
	set_text(event->id, sizeof(event->id), "some-id");
	set_text(event->type, sizeof(event->type), "voucher.issued");
	if (line == NULL)
		return;
	event->lines_len = 1;
	set_text(event->lines[0], sizeof(event->lines[0]), line);
}

enum ledger_result
events_happen(struct ledger *ledger, const char *mid, const char *line,
    uint64_t *sequence_r)
{
	struct ledger_request request = { .op = LEDGER_EVENT, .actor = "" };
	struct ledger_event event;

	events_make(&event, mid, line);
	request.event = &event;
	(void)ledger_apply(ledger, &request);
	if (sequence_r != NULL)
		*sequence_r = event.sequence;
	return request.result;
}

enum ledger_result
events_told(struct ledger *ledger, const char *line, const char *mid,
    uint64_t sequence, bool done)
{
	struct ledger_request request = {
		.op = LEDGER_TOLD,
		.told = { .line = line,
		    .merchant = mid,
		    .sequence = sequence,
		    .done = done,
		    .attempts = 7,
		    .next_ms = 12345 },
	};

	return ledger_apply(ledger, &request);
}

enum ledger_result
events_tell(struct ledger *ledger, const char *mid, uint64_t sequence)
{
	struct ledger_request request = {
		.op = LEDGER_TELL,
		.told = { .merchant = mid, .sequence = sequence },
	};

	return ledger_apply(ledger, &request);
}

enum ledger_result
events_pay(struct ledger *ledger, const char *jti, int64_t micro,
    struct ledger_event *event)
{
	struct deal deal;

	deal_pay(&deal, "merchant-0", jti, "customer-0", micro);
	events_make(event, "merchant-0", "hook");
	deal.request.event = event;
	return ledger_apply(ledger, &deal.request);
}

struct ledger_line
events_line(struct ledger *ledger, const char *name)
{
	struct ledger_line line = { .waiting = 0 };
	struct till_error err;

	set_text(line.name, sizeof(line.name), name);
	if (ledger_line_each(ledger, keep_line, &line, &err) != 0)
		line.waiting = UINT64_MAX;
	return line;
}

static int
keep_line(void *arg, const struct ledger_line *line)
{
	struct ledger_line *kept = arg;

	if (strcmp(line->name, kept->name) == 0)
		*kept = *line;
	return 0;
}
