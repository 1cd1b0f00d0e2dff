/*
 * serve_event.c - events: list, show, send again, give up.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "ctl/call.h"
#include "rear/event.h"
#include "rear/herald.h"

#define SEEN_MAX 5000 /* events looked at for one answer */

/* Events that are looked for, by "MID/NUMBER" on from one of them. */
struct looking {
	struct call *call;
	struct call_list list;
	int (*found)(struct looking *, const struct ledger_event *);
	char from_mid[TILL_ID_MAX];
	uint64_t from; /* of that one merchant */
	const char *merchant, *id, *line;
	uint64_t since;
	int64_t since_ms;
	unsigned int seen, told;
	bool server, dry_run, any;
};

static int check_line(struct call *, const char *, bool *);
static bool is_configured(struct call *, const char *);
static int is_line(void *, const struct ledger_line *);
static int begin(struct call *, struct looking *);
static int read_name(const char *, char *, uint64_t *);
static int look(struct looking *);
static int look_at_merchant(void *, const char *, uint64_t);
static bool is_wanted(const struct looking *, const struct ledger_event *);
static int go_on(struct looking *, const struct ledger_event *);
static int list_one(struct looking *, const struct ledger_event *);
static int replay_one(struct looking *, const struct ledger_event *);
static int tell(struct looking *, const struct ledger_event *, const char *);
static json_t *summary(struct call *, const struct ledger_event *);
static json_t *lines_json(struct call *, const struct ledger_event *);
static const char *end_name(enum ledger_end);
static int find(struct call *, struct ledger_event *);
static int keep_one(struct looking *, const struct ledger_event *);

int
serve_event_list(struct call *call)
{
	struct looking looking = { .found = list_one };
	int status = begin(call, &looking);

	return status == EX_OK ? look(&looking) : status;
}

/* By name, "MID/NUMBER" or "/NUMBER" for one of the server's, or by id. */
int
serve_event_show(struct call *call)
{
	struct ledger_event event;
	char *json;
	int status;

	status = find(call, &event);
	if (status != EX_OK)
		return status;
	(void)json_object_update_new(call->reply, summary(call, &event));
	doc_if(call->reply, "ticket", event.th);
	doc_if(call->reply, "kind", till_kind_name(event.kind));
	doc_if(call->reply, "channel", event.channel);
	doc_if(call->reply, "via", event.via);
	doc_if(call->reply, "code", event.code);
	doc_if(call->reply, "instance", event.instance);
	doc_if(call->reply, "text", event.text);
	json = event_json(&event);
	if (json != NULL)
		(void)json_object_set_new(call->reply, "told",
		    json_loads(json, 0, NULL));
	free(json);
	return EX_OK;
}

int
serve_event_replay(struct call *call)
{
	struct looking looking = { .found = replay_one,
		.line = call_text(call, "line"),
		.dry_run = call_flag(call, "dry-run") };
	int status = begin(call, &looking);
	bool configured;

	if (status == EX_OK && looking.line != NULL)
		status = check_line(call, looking.line, &configured);
	if (status == EX_OK && !looking.any)
		status = call_fail(call, EX_USAGE,
		    "say which: an event, a merchant, or since when");
	if (status == EX_OK)
		status = look(&looking);
	doc_flag(call->reply, "dry_run", looking.dry_run);
	if (status == EX_OK && looking.told > 0 && !looking.dry_run)
		status =
		    call_record(call, "event replay, %u events", looking.told);
	return status;
}

/* All that waits for a line is given up.  Of a line that
 * is at work that is a loss, which must be meant. */
int
serve_event_forget(struct call *call)
{
	struct ledger *ledger = rear_ledger(call->rear);
	struct ledger_request request = { .op = LEDGER_TOLD,
		.actor = call->actor };
	struct ledger_waiting waiting;
	const char *line = call_text(call, "line");
	bool configured = false;
	uint64_t n = 0;
	int r, status;

	status = check_line(call, line, &configured);
	if (status == EX_OK && configured && !call_flag(call, "force"))
		return call_fail(call, EX_DATAERR,
		    "the line '%.40s' is at work: what waits for it is lost "
		    "with --force only",
		    line);
	while (status == EX_OK) {
		r = ledger_waiting_after(ledger, line, NULL, &waiting,
		    &call->err);
		if (r == -1)
			return EX_SOFTWARE;
		if (r == 1)
			break;
		request.told = (struct ledger_told){ .line = line,
			.merchant = waiting.merchant,
			.sequence = waiting.sequence,
			.done = true,
			.end = LEDGER_END_FORGOTTEN };
		status = call_apply(call, &request);
		n++;
	}
	doc_text(call->reply, "line", line);
	doc_number(call->reply, "given_up", n);
	if (status == EX_OK && n > 0)
		status = call_record(call,
		    "event forget %s, %" PRIu64 " events", line, n);
	return status;
}

/* A line is one of the configuration at work, or one that is gone and has
 * left something behind. */
static int
check_line(struct call *call, const char *line, bool *configured_r)
{
	int r = 0;

	*configured_r = is_configured(call, line);
	if (!*configured_r)
		r = ledger_line_each(rear_ledger(call->rear), is_line,
		    (void *)(uintptr_t)line, &call->err);
	if (r == -1)
		return EX_SOFTWARE;
	if (r == 0 && !*configured_r)
		return call_fail(call, EX_DATAERR,
		    "no notify line is '%.40s', and nothing waits for one",
		    line);
	return EX_OK;
}

static bool
is_configured(struct call *call, const char *line)
{
	struct generation *generation = rear_generation(call->rear);
	const struct conf_stack *notify = &generation->conf->notify;
	bool found = false;
	size_t i;

	for (i = 0; i < notify->len && !found; i++)
		found = notify->rules[i].instance != NULL &&
		    strcmp(notify->rules[i].instance->name, line) == 0;
	generation_unref(generation);
	return found;
}

static int
is_line(void *arg, const struct ledger_line *line)
{
	return strcmp(line->name, arg) == 0;
}

static int
begin(struct call *call, struct looking *looking)
{
	const char *from = call_text(call, "from");
	const char *event = call_text(call, "event");

	looking->call = call;
	looking->merchant = call_text(call, "merchant");
	looking->server = call_flag(call, "server");
	looking->since = (uint64_t)call_number(call, "since", 0);
	looking->since_ms = call_number(call, "since-ms", 0);
	looking->any = looking->merchant != NULL || event != NULL ||
	    looking->since > 0 || looking->since_ms > 0 || looking->server;
	if (looking->server && looking->merchant != NULL)
		return call_fail(call, EX_USAGE,
		    "either a merchant's events or the server's");
	if (looking->server)
		looking->merchant = "";
	if (from != NULL &&
	    read_name(from, looking->from_mid, &looking->from) == -1)
		return call_fail(call, EX_USAGE, "from is MID/NUMBER");
	if (event != NULL)
		looking->id = event;
	call_list_begin(call, &looking->list, "events");
	return EX_OK;
}

static int
read_name(const char *name, char *mid, uint64_t *sequence_r)
{
	const char *slash = strchr(name, '/');
	unsigned long long n;
	char *end;

	if (slash == NULL || (size_t)(slash - name) >= TILL_ID_MAX ||
	    slash[1] < '0' || slash[1] > '9')
		return -1;
	memcpy(mid, name, (size_t)(slash - name));
	mid[slash - name] = '\0';
	n = strtoull(slash + 1, &end, 10);
	if (*end != '\0')
		return -1;
	*sequence_r = (uint64_t)n;
	return 0;
}

static int
look(struct looking *looking)
{
	struct call *call = looking->call;
	struct ledger_event event;
	int r;

	/* A name needs no search. */
	if (looking->id != NULL && strchr(looking->id, '/') != NULL) {
		r = find(call, &event);
		if (r == EX_OK && looking->found(looking, &event) == -1)
			r = EX_SOFTWARE;
		return r;
	}
	if (looking->merchant != NULL)
		r = look_at_merchant(looking, looking->merchant, 0);
	else
		r = ledger_sequence_each(rear_ledger(call->rear),
		    looking->from_mid, look_at_merchant, looking, &call->err);
	return r == -1 ? EX_SOFTWARE : EX_OK;
}

static int
look_at_merchant(void *arg, const char *mid, uint64_t newest)
{
	struct looking *looking = arg;
	struct ledger *ledger = rear_ledger(looking->call->rear);
	uint64_t at = looking->since;
	struct ledger_event event;
	int r = 0, next = 0;

	(void)newest;
	if (strcmp(mid, looking->from_mid) == 0 && looking->from > at)
		at = looking->from;
	while (next == 0) {
		r = ledger_event_next(ledger, mid, at, &event,
		    &looking->call->err);
		if (r != 0)
			break;
		if (looking->seen++ == SEEN_MAX)
			return go_on(looking, &event);
		if (is_wanted(looking, &event))
			next = looking->found(looking, &event);
		at = event.sequence + 1;
	}
	return r == -1 ? -1 : next;
}

static bool
is_wanted(const struct looking *looking, const struct ledger_event *event)
{
	return event->time_ms >= looking->since_ms &&
	    (looking->id == NULL || strcmp(looking->id, event->id) == 0);
}

/* The next answer begins with this one. */
static int
go_on(struct looking *looking, const struct ledger_event *event)
{
	char next[TILL_ID_MAX + 24];

	(void)snprintf(next, sizeof(next), "%s/%" PRIu64, event->merchant,
	    event->sequence);
	call_list_next(looking->call, next);
	return 1;
}

static int
list_one(struct looking *looking, const struct ledger_event *event)
{
	if (call_list_add(&looking->list, summary(looking->call, event)))
		return 0;
	return go_on(looking, event);
}

static int
replay_one(struct looking *looking, const struct ledger_event *event)
{
	uint32_t i;

	if (!call_list_add(&looking->list, summary(looking->call, event)))
		return go_on(looking, event);
	looking->told++;
	if (looking->dry_run)
		return 0;
	if (looking->line != NULL)
		return tell(looking, event, looking->line);
	for (i = 0; i < event->lines_len; i++)
		if (tell(looking, event, event->lines[i]) == -1)
			return -1;
	return 0;
}

static int
tell(struct looking *looking, const struct ledger_event *event,
    const char *line)
{
	struct ledger_request request = { .op = LEDGER_TELL,
		.actor = looking->call->actor,
		.told = { .line = line,
		    .merchant = event->merchant,
		    .sequence = event->sequence } };
	struct rear *rear = looking->call->rear;

	if (call_apply(looking->call, &request) != EX_OK)
		return -1;
	outbox_again(herald_outbox(rear->herald), line, event->merchant,
	    event->sequence);
	return 0;
}

static json_t *
summary(struct call *call, const struct ledger_event *event)
{
	json_t *item = json_object();
	char name[TILL_ID_MAX + 24];

	(void)snprintf(name, sizeof(name), "%s/%" PRIu64, event->merchant,
	    event->sequence);
	doc_text(item, "event", name);
	doc_text(item, "merchant", event->merchant);
	doc_number(item, "seq", event->sequence);
	doc_time_ms(item, "time", event->time_ms);
	doc_text(item, "type", event->type);
	doc_text(item, "id", event->id);
	doc_if(item, "jti", event->jti);
	doc_if(item, "customer", event->customer);
	if (event->amount.currency[0] != '\0')
		doc_money(item, "amount", &event->amount);
	if (event->txn != 0)
		doc_number(item, "serial", event->txn);
	doc_if(item, "reason", till_reason_name(event->reason));
	(void)json_object_set_new(item, "lines", lines_json(call, event));
	return item;
}

/* Who was owed it, and what became of that. */
static json_t *
lines_json(struct call *call, const struct ledger_event *event)
{
	struct ledger_waiting waiting;
	json_t *list = json_array(), *item;
	struct till_error err;
	uint32_t i;
	int r;

	for (i = 0; i < event->lines_len; i++) {
		r = ledger_waiting_next(rear_ledger(call->rear),
		    event->lines[i], event->merchant, event->sequence, &waiting,
		    &err);
		item = json_object();
		doc_text(item, "line", event->lines[i]);
		if (r == 0 && waiting.sequence == event->sequence) {
			doc_text(item, "state", "waits");
			doc_number(item, "attempts", waiting.attempts);
			if (waiting.next_ms > 0)
				doc_time_ms(item, "next", waiting.next_ms);
		} else {
			doc_text(item, "state", end_name(event->ends[i]));
		}
		(void)json_array_append_new(list, item);
	}
	return list;
}

/* Of what does not wait. */
static const char *
end_name(enum ledger_end end)
{
	switch (end) {
	case LEDGER_END_NONE:
		return "delivered";
	case LEDGER_END_DROPPED:
		return "dropped";
	case LEDGER_END_FORGOTTEN:
		return "forgotten";
	case LEDGER_END_MISSED:
		return "missed";
	case LEDGER_END_UNSAID:
		break;
	}
	return "not recorded";
}

static int
find(struct call *call, struct ledger_event *event)
{
	const char *name = call_text(call, "event");
	struct looking looking = { .found = keep_one,
		.call = call,
		.id = name,
		.merchant = call_text(call, "merchant") };
	char mid[TILL_ID_MAX];
	uint64_t sequence;
	int r = 1;

	memset(event, 0, sizeof(*event));
	if (read_name(name, mid, &sequence) == 0) {
		r = ledger_event_get(rear_ledger(call->rear), mid, sequence,
		    event, &call->err);
	} else {
		/* All that are kept, if it must be. */
		do {
			looking.seen = 0;
			(void)json_object_del(call->reply, "next");
			r = look(&looking) == EX_OK ? 1 : -1;
			name = json_string_value(
			    json_object_get(call->reply, "next"));
			if (name != NULL &&
			    read_name(name, looking.from_mid, &looking.from) ==
				-1)
				break;
		} while (r == 1 && !looking.any && name != NULL);
		(void)json_object_del(call->reply, "next");
		if (looking.any)
			r = ledger_event_get(rear_ledger(call->rear),
			    looking.from_mid, looking.from, event, &call->err);
	}
	if (r == -1)
		return EX_SOFTWARE;
	if (r == 1)
		return call_fail(call, EX_DATAERR,
		    "no such event is kept: '%.80s'", call_text(call, "event"));
	return EX_OK;
}

/* Remember where it is. */
static int
keep_one(struct looking *looking, const struct ledger_event *event)
{
	memcpy(looking->from_mid, event->merchant, sizeof(event->merchant));
	looking->from = event->sequence;
	looking->any = true;
	return 1;
}
