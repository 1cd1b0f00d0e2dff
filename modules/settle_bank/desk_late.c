/*
 * desk_late.c - what the host has to hear of a settlement that it has the
 * outcome of already.
 *
 * The journal keeps it until the host has it for good, so that it is told
 * again after a crash, and now and then if the host cannot take it.
 */
#include <string.h>

#include "settle_bank/desk_job.h"

#define TELL_AGAIN_MS 5000
#define LINES_MAX 64 /* for the log in a row; then one each so often */
#define LINE_MS 100
#define TELL_MAX 64 /* at one time; then the links have their turn */

struct untold {
	struct desk *desk;
	size_t len;
	struct journal_entry list[TELL_MAX];
};

static bool is_due(int64_t *due_ms);
static size_t waiting(const struct desk *);
static int collect(void *, const struct journal_entry *);
static bool can_tell(const struct desk *);
static int tell(struct desk *, const struct journal_entry *);

void
desk_tell(struct desk *desk, int64_t now_ms)
{
	struct untold untold = { .desk = desk };
	struct journal_entry *entry;
	struct till_error err;
	size_t i;

	if (now_ms < desk_tell_due_ms(desk))
		return;
	(void)journal_each(desk->journal, collect, &untold);
	desk->tell_ms = now_ms + (untold.len == TELL_MAX ? 0 : TELL_AGAIN_MS);
	for (i = 0; i < untold.len; i++) {
		entry = &untold.list[i];
		if (tell(desk, entry) == -1) {
			desk->tell_ms = now_ms + TELL_AGAIN_MS;
			break;
		}
		entry->state = entry->state == JOURNAL_LATE
		    ? JOURNAL_LATE_TOLD
		    : JOURNAL_TAKEN_TOLD;
		desk_change(desk, entry);
	}
	/* What is not written is told twice, which changes nothing. */
	if (journal_sync(desk->journal, &err) == -1)
		return;
}

int64_t
desk_tell_due_ms(const struct desk *desk)
{
	return waiting(desk) > 0 && can_tell(desk) ? desk->tell_ms : INT64_MAX;
}

bool
desk_tell_line(struct desk *desk, const char *level, const char *text)
{
	const struct till_late late = { .size = sizeof(late),
		.kind = TILL_LATE_LINE,
		.id = "line",
		.code = level,
		.text = text };
	int r = -1;

	if (!can_tell(desk))
		return false;
	(void)pthread_mutex_lock(&desk->owner);
	if (is_due(&desk->line_ms[strcmp(level, "alarm") == 0]))
		r = desk->options.host->late(desk->options.instance, &late);
	(void)pthread_mutex_unlock(&desk->owner);
	return r == 0;
}

/* A bank that sends nonsense does not fill the log. */
static bool
is_due(int64_t *due_ms)
{
	const int64_t now_ms = net_clock_ms();

	if (*due_ms > now_ms)
		return false;
	if (*due_ms < now_ms - (LINES_MAX - 1) * LINE_MS)
		*due_ms = now_ms - (LINES_MAX - 1) * LINE_MS;
	*due_ms += LINE_MS;
	return true;
}

static size_t
waiting(const struct desk *desk)
{
	return journal_count(desk->journal, JOURNAL_LATE) +
	    journal_count(desk->journal, JOURNAL_TAKEN);
}

static int
collect(void *arg, const struct journal_entry *entry)
{
	struct untold *untold = arg;

	if (entry->state == JOURNAL_LATE || entry->state == JOURNAL_TAKEN)
		untold->list[untold->len++] = *entry;
	return untold->len == TELL_MAX;
}

/* A host of before 1.2 cannot be told. */
static bool
can_tell(const struct desk *desk)
{
	const struct till_host *host = desk->options.host;

	return host->size >=
	    offsetof(struct till_host, late) + sizeof(host->late) &&
	    host->late != NULL;
}

static int
tell(struct desk *desk, const struct journal_entry *entry)
{
	const bool taken = entry->state == JOURNAL_TAKEN;
	char id[TILL_REF_MAX];
	struct till_late late = { .size = sizeof(late),
		.kind = taken ? TILL_LATE_TAKEN_BACK : TILL_LATE_MOVED,
		.id = id,
		.code = entry->code,
		.text = taken ? "the bank has taken it back"
			      : "the bank has approved it too late" };
	int r;

	memcpy(late.key, taken ? entry->original : entry->key,
	    sizeof(late.key));
	(void)snprintf(id, sizeof(id), "%s-%s-%s", entry->mti, entry->stan,
	    entry->sent);
	if (message_amount(entry, &late.amount) == -1 || late.amount.micro <= 0)
		return 0;
	(void)pthread_mutex_lock(&desk->owner);
	r = desk->options.host->late(desk->options.instance, &late);
	(void)pthread_mutex_unlock(&desk->owner);
	return r == 0 ? 0 : -1;
}
