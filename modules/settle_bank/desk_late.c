/*
 * desk_late.c - what the host has to hear of a settlement that it has the
 * outcome of already.
 *
 * The journal keeps it until the host has it for good, so that it is told
 * again after a crash, and now and then if the host cannot take it.  One that
 * it can never take holds up no other: each time goes on behind the last.
 */
#include <string.h>

#include "settle_bank/desk_job.h"

#define TELL_AGAIN_MS 5000
#define LINES_MAX 64 /* for the log in a row; then one each so often */
#define LINE_MS 100
#define TELL_MAX 64 /* at one time; then the links have their turn */
#define TELL_TURN_MS 500 /* which they have also if one fails after that */

struct untold {
	const struct desk *desk;
	bool found; /* that of the last time */
	size_t want, len;
	struct journal_entry list[TELL_MAX];
};

static bool is_due(int64_t *due_ms);
static size_t waiting(const struct desk *);
static void collect(const struct desk *, struct untold *);
static int collect_behind(void *, const struct journal_entry *);
static int collect_before(void *, const struct journal_entry *);
static bool add(struct untold *, const struct journal_entry *);
static bool was_last(const struct desk *, const struct journal_entry *);
static bool can_tell(const struct desk *);
static int tell(struct desk *, const struct journal_entry *);

void
desk_tell(struct desk *desk, int64_t now_ms)
{
	struct journal_entry *entry;
	struct untold untold;
	struct till_error err;
	size_t i, told = 0;

	if (now_ms < desk_tell_due_ms(desk))
		return;
	collect(desk, &untold);
	for (i = 0; i < untold.len; i++) {
		entry = &untold.list[i];
		memcpy(desk->told, entry->key, sizeof(desk->told));
		if (tell(desk, entry) == -1) {
			if (net_clock_ms() - now_ms > TELL_TURN_MS)
				break;
			continue;
		}
		told++;
		entry->state = entry->state == JOURNAL_LATE
		    ? JOURNAL_LATE_TOLD
		    : JOURNAL_TAKEN_TOLD;
		desk_change(desk, entry);
	}
	/* There may be more, and it gets on. */
	desk->tell_ms =
	    now_ms + (i == TELL_MAX && told > 0 ? 0 : TELL_AGAIN_MS);
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

/* Those behind the one of the last time, then from the oldest on. */
static void
collect(const struct desk *desk, struct untold *untold)
{
	untold->desk = desk;
	untold->found = false;
	untold->len = 0;
	untold->want = waiting(desk) < TELL_MAX ? waiting(desk) : TELL_MAX;
	if (journal_each(desk->journal, collect_behind, untold) == 0)
		(void)journal_each(desk->journal, collect_before, untold);
}

static int
collect_behind(void *arg, const struct journal_entry *entry)
{
	struct untold *untold = arg;

	if (untold->found)
		return add(untold, entry);
	untold->found = was_last(untold->desk, entry);
	return 0;
}

static int
collect_before(void *arg, const struct journal_entry *entry)
{
	struct untold *untold = arg;

	return add(untold, entry) || was_last(untold->desk, entry);
}

/* True: there is no more to add. */
static bool
add(struct untold *untold, const struct journal_entry *entry)
{
	if (untold->len < untold->want &&
	    (entry->state == JOURNAL_LATE || entry->state == JOURNAL_TAKEN))
		untold->list[untold->len++] = *entry;
	return untold->len == untold->want;
}

static bool
was_last(const struct desk *desk, const struct journal_entry *entry)
{
	return memcmp(entry->key, desk->told, sizeof(desk->told)) == 0;
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
