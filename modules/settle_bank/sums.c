/*
 * sums.c - what the journal adds up to, and the results that are kept.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "settle_bank/durable.h"
#include "settle_bank/sums.h"

#define FILE_MAX 131072
#define LINE_WORDS (8 + 4 * SUMS_ROWS)
#define DAYS_MAX SUMS_MAX
#define YEAR 366

struct adding {
	struct sums *sums;
	const struct journal *journal;
	int64_t since_s;
	bool (*approved)(void *arg, const char *code);
	void *arg;
};

struct days {
	size_t len;
	struct sums_day list[DAYS_MAX];
};

static int load(struct sums_book *, char *text, struct till_error *);
static int read_line(char *line, struct sums *);
static int read_number(char **rest, int64_t *);
static int read_word(char **rest, char *, size_t);
static size_t write_line(const struct sums *, char *, size_t);
static int ordinal(const char *day);
static int note_day(void *, const struct journal_entry *);
static int add(void *, const struct journal_entry *);
static int row_of(const struct adding *, const struct journal_entry *);
static bool has_moved(const struct adding *, const struct journal_entry *);
static bool in_doubt(const struct adding *, const struct journal_entry *);

struct sums_book *
sums_open(const char *path, struct till_error *err)
{
	struct sums_book *book = calloc(1, sizeof(*book));
	char *text = malloc(FILE_MAX + 1);
	size_t len = 0;
	int r = -1;

	if (book == NULL || text == NULL) {
		till_error_set(err, "out of memory");
	} else {
		book->path = path;
		(void)pthread_mutex_init(&book->lock, NULL);
		r = durable_read(path, text, FILE_MAX, &len, err);
		if (r == 1) {
			r = 0;
			len = 0;
		}
		text[len] = '\0';
		if (r == 0)
			r = load(book, text, err);
	}
	free(text);
	if (r == 0)
		return book;
	sums_free(book);
	return NULL;
}

void
sums_free(struct sums_book *book)
{
	if (book == NULL)
		return;
	(void)pthread_mutex_destroy(&book->lock);
	free(book);
}

int
sums_save(struct sums_book *book, struct till_error *err)
{
	char *text = malloc(FILE_MAX);
	size_t i, len = 0;
	int r;

	if (text == NULL)
		return till_fail(err, "out of memory");
	for (i = 0; i < book->len; i++)
		len += write_line(&book->list[i], text + len, FILE_MAX - len);
	r = durable_replace(book->path, text, len, err);
	free(text);
	return r;
}

const struct sums *
sums_find(const struct sums_book *book, const char *day, const char *currency)
{
	size_t i;

	for (i = 0; i < book->len; i++) {
		if (strcmp(book->list[i].day, day) == 0 &&
		    strcmp(book->list[i].currency, currency) == 0)
			return &book->list[i];
	}
	return NULL;
}

struct sums *
sums_of(struct sums_book *book, const char *day, const char *currency)
{
	struct sums *sums =
	    (struct sums *)(uintptr_t)sums_find(book, day, currency);

	if (sums != NULL)
		return sums;
	if (book->len == SUMS_MAX) {
		book->len--;
		memmove(&book->list[0], &book->list[1],
		    book->len * sizeof(book->list[0]));
	}
	sums = &book->list[book->len++];
	memset(sums, 0, sizeof(*sums));
	(void)snprintf(sums->day, sizeof(sums->day), "%s", day);
	(void)snprintf(sums->currency, sizeof(sums->currency), "%s", currency);
	sums->state = SUMS_ASKED;
	return sums;
}

bool
sums_day_is_whole(const char *day, int64_t now_s)
{
	const time_t now = (time_t)now_s;
	char today[5];
	struct tm utc;
	int ago;

	if (gmtime_r(&now, &utc) == NULL ||
	    strftime(today, sizeof(today), "%m%d", &utc) == 0)
		return false;
	ago = (ordinal(today) - ordinal(day) + YEAR) % YEAR;
	return ago <= SUMS_DAYS_MAX || ago > YEAR / 2;
}

int
sums_each_day(const struct journal *journal,
    void (*each)(void *arg, const struct sums_day *), void *arg)
{
	struct days *days = calloc(1, sizeof(*days));
	size_t i;

	if (days == NULL)
		return -1;
	(void)journal_each(journal, note_day, days);
	for (i = 0; i < days->len; i++)
		each(arg, &days->list[i]);
	free(days);
	return 0;
}

void
sums_add_up(struct sums *sums, const struct sums_book *book,
    const struct journal *journal,
    bool (*approved)(void *arg, const char *code), void *arg)
{
	struct adding adding = { .sums = sums,
		.journal = journal,
		.approved = approved,
		.arg = arg };
	size_t i;

	/* What was in doubt before was told of with an earlier day. */
	for (i = 0; i < book->len; i++) {
		if (&book->list[i] != sums &&
		    book->list[i].state != SUMS_ASKED &&
		    strcmp(book->list[i].currency, sums->currency) == 0 &&
		    book->list[i].time_s > adding.since_s)
			adding.since_s = book->list[i].time_s;
	}
	memset(&sums->ours, 0, sizeof(sums->ours));
	sums->seen = sums->doubts = sums->doubts_amount = 0;
	sums->doubt_stans[0] = '\0';
	(void)journal_each(journal, add, &adding);
}

void
sums_show(struct sums_book *book, char *text, size_t size)
{
	size_t i, len = 0;

	(void)pthread_mutex_lock(&book->lock);
	if (book->len == 0)
		(void)snprintf(text, size, "no day has been reconciled yet\n");
	/* The newest first, as far as there is room. */
	for (i = book->len; i > 0; i--)
		len += sums_line(&book->list[i - 1], text + len, size - len);
	(void)pthread_mutex_unlock(&book->lock);
}

static int
load(struct sums_book *book, char *text, struct till_error *err)
{
	char *line;

	while ((line = strsep(&text, "\n")) != NULL) {
		if (line[0] == '\0')
			continue;
		if (book->len == SUMS_MAX ||
		    read_line(line, &book->list[book->len]) == -1)
			return till_fail(err, "%s:%zu: this is no result",
			    book->path, book->len + 1);
		book->len++;
	}
	return 0;
}

static int
read_line(char *line, struct sums *sums)
{
	int64_t state = 0;
	size_t i;
	int r = 0;

	r |= read_word(&line, sums->day, sizeof(sums->day));
	r |= read_word(&line, sums->currency, sizeof(sums->currency));
	r |= read_number(&line, &sums->time_s);
	r |= read_number(&line, &state);
	r |= read_word(&line, sums->code, sizeof(sums->code));
	for (i = 0; i < SUMS_ROWS; i++) {
		r |= read_number(&line, &sums->ours.count[i]);
		r |= read_number(&line, &sums->ours.amount[i]);
		r |= read_number(&line, &sums->theirs.count[i]);
		r |= read_number(&line, &sums->theirs.amount[i]);
	}
	r |= read_number(&line, &sums->seen);
	r |= read_number(&line, &sums->doubts);
	r |= read_number(&line, &sums->doubts_amount);
	r |= read_word(&line, sums->doubt_stans, sizeof(sums->doubt_stans));
	if (r != 0 || line != NULL || state < SUMS_ASKED ||
	    state > SUMS_NO_ANSWER)
		return -1;
	sums->state = (enum sums_state)state;
	return 0;
}

static int
read_number(char **rest, int64_t *number)
{
	char *word = strsep(rest, " "), *end;

	if (word == NULL || word[0] < '0' || word[0] > '9')
		return -1;
	*number = strtoll(word, &end, 10);
	return *end == '\0' ? 0 : -1;
}

static int
read_word(char **rest, char *to, size_t size)
{
	const char *word = strsep(rest, " ");

	if (word == NULL || word[0] == '\0' || strlen(word) >= size)
		return -1;
	(void)snprintf(to, size, "%s", strcmp(word, "-") == 0 ? "" : word);
	return 0;
}

/* 0 if it does not fit. */
static size_t
write_line(const struct sums *s, char *text, size_t size)
{
	size_t i, len;

	len = (size_t)snprintf(text, size, "%s %s %" PRId64 " %d %s", s->day,
	    s->currency, s->time_s, (int)s->state,
	    s->code[0] == '\0' ? "-" : s->code);
	for (i = 0; i < SUMS_ROWS && len < size; i++)
		len += (size_t)snprintf(text + len, size - len,
		    " %" PRId64 " %" PRId64 " %" PRId64 " %" PRId64,
		    s->ours.count[i], s->ours.amount[i], s->theirs.count[i],
		    s->theirs.amount[i]);
	if (len < size)
		len += (size_t)snprintf(text + len, size - len,
		    " %" PRId64 " %" PRId64 " %" PRId64 " %s\n", s->seen,
		    s->doubts, s->doubts_amount,
		    s->doubt_stans[0] == '\0' ? "-" : s->doubt_stans);
	return len < size ? len : 0;
}

/* Of MMDD in a year with a 29th of February. */
static int
ordinal(const char *day)
{
	static const int before[] = { 0, 31, 60, 91, 121, 152, 182, 213, 244,
		274, 305, 335 };
	const long number = strtol(day, NULL, 10);

	return number < 100 || number >= 1300
	    ? 0
	    : before[number / 100 - 1] + (int)(number % 100);
}

static int
note_day(void *arg, const struct journal_entry *entry)
{
	struct days *days = arg;
	struct sums_day *at;
	size_t i;

	if (entry->settled[0] == '\0' || entry->verb == TILL_QUERY)
		return 0;
	for (i = 0; i < days->len; i++) {
		at = &days->list[i];
		if (strcmp(at->day, entry->settled) != 0 ||
		    strcmp(at->currency, entry->currency) != 0)
			continue;
		at->len++;
		return 0;
	}
	if (days->len == DAYS_MAX)
		return 1;
	at = &days->list[days->len++];
	memcpy(at->day, entry->settled, sizeof(entry->settled));
	memcpy(at->currency, entry->currency, sizeof(entry->currency));
	at->len = 1;
	return 0;
}

static int
add(void *arg, const struct journal_entry *entry)
{
	struct adding *adding = arg;
	struct sums *sums = adding->sums;
	const int64_t amount = strtoll(entry->amount, NULL, 10);
	const size_t used = strlen(sums->doubt_stans);
	int row;

	if (strcmp(entry->currency, sums->currency) != 0)
		return 0;
	if (entry->verb != TILL_QUERY && strcmp(entry->settled, sums->day) == 0)
		sums->seen++;
	if (in_doubt(adding, entry)) {
		sums->doubts++;
		sums->doubts_amount += amount;
		if (used + sizeof(entry->stan) < sizeof(sums->doubt_stans))
			(void)snprintf(sums->doubt_stans + used,
			    sizeof(sums->doubt_stans) - used, "%s%s",
			    used == 0 ? "" : ",", entry->stan);
		return 0;
	}
	if (strcmp(entry->settled, sums->day) != 0)
		return 0;
	row = row_of(adding, entry);
	if (row != -1) {
		sums->ours.count[row]++;
		sums->ours.amount[row] += amount;
	}
	return 0;
}

/* -1: it has moved nothing, or a reservation only. */
static int
row_of(const struct adding *adding, const struct journal_entry *entry)
{
	const bool refund = strncmp(entry->processing, "20", 2) == 0;
	const struct journal_entry *of;

	if (!has_moved(adding, entry))
		return -1;
	if (strncmp(entry->mti, "04", 2) != 0)
		return refund ? 0 : 2;
	of = journal_find(adding->journal, entry->original);
	return of != NULL && has_moved(adding, of) ? (refund ? 1 : 3) : -1;
}

static bool
has_moved(const struct adding *adding, const struct journal_entry *entry)
{
	if (entry->verb == TILL_QUERY || entry->verb == TILL_HOLD ||
	    entry->verb == TILL_RELEASE)
		return false;
	if (entry->state != JOURNAL_APPROVED && entry->state != JOURNAL_LATE &&
	    entry->state != JOURNAL_LATE_TOLD)
		return false;
	return adding->approved(adding->arg, entry->code);
}

/* Sent, and whether it came about is not known. */
static bool
in_doubt(const struct adding *adding, const struct journal_entry *entry)
{
	if (entry->verb == TILL_QUERY || entry->verb == TILL_HOLD ||
	    entry->time_s < adding->since_s)
		return false;
	if (entry->state == JOURNAL_SENT || entry->state == JOURNAL_SILENT)
		return true;
	return entry->state == JOURNAL_LATE_TOLD &&
	    !adding->approved(adding->arg, entry->code);
}
