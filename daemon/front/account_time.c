/*
 * account_time.c - days in an address, and times in a document.
 *
 * A day is one of UTC, as all times on these pages are.
 */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "front/account_priv.h"

#define DAY_MS INT64_C(86400000)
#define DATE_FORM "dddd-dd-dd"
#define TIME_FORM "dddd-dd-ddTdd:dd:dd"

static int read_day(const struct work *, const char *, char[ACCOUNT_DATE_MAX],
    int64_t *);
static bool has_form(const char *, const char *);
static int number(const char *, size_t);
static int read_time(const char *, bool, int64_t *);

int
account_times(struct work *work)
{
	struct account_job *job = work->account;
	int64_t last_ms = 0;

	if (read_day(work, "since", job->since, &job->since_ms) == -1 ||
	    read_day(work, "until", job->until, &last_ms) == -1)
		job->why = "statement.no-day";
	else if (job->until[0] != '\0' && last_ms < job->since_ms)
		job->why = "statement.backwards";
	/* To the end of that day. */
	job->until_ms = job->until[0] == '\0' ? 0 : last_ms + DAY_MS;
	return job->why == NULL ? 0 : -1;
}

int64_t
doc_time(const json_t *doc, const char *key)
{
	const char *text = doc_get(doc, key);
	int64_t time_s = 0;

	/* Behind the seconds there may be more (RFC 3339, 5.6). */
	return has_form(text, TIME_FORM) && read_time(text, true, &time_s) == 0
	    ? time_s
	    : 0;
}

/* An empty field of the form is none. */
static int
read_day(const struct work *work, const char *name, char day[ACCOUNT_DATE_MAX],
    int64_t *time_ms_r)
{
	const char *text = body_text(&work->body, "", name);

	if (text == NULL || text[0] == '\0')
		return 0;
	if (strlen(text) != ACCOUNT_DATE_MAX - 1 ||
	    !has_form(text, DATE_FORM) ||
	    read_time(text, false, time_ms_r) == -1)
		return -1;
	*time_ms_r *= 1000;
	(void)snprintf(day, ACCOUNT_DATE_MAX, "%s", text);
	return 0;
}

/* Does it begin so, "d" being a digit? */
static bool
has_form(const char *text, const char *form)
{
	for (; *form != '\0'; form++, text++)
		if (*form == 'd' ? *text < '0' || *text > '9' : *text != *form)
			return false;
	return true;
}

static int
number(const char *digits, size_t len)
{
	int n = 0;

	while (len-- > 0)
		n = n * 10 + (*digits++ - '0');
	return n;
}

/* Of digits at their places; -1: there is no such day, or it is not of our
 * time. */
static int
read_time(const char *text, bool clock, int64_t *time_s_r)
{
	struct tm tm = { .tm_year = number(text, 4) - 1900,
		.tm_mon = number(text + 5, 2) - 1,
		.tm_mday = number(text + 8, 2) };
	struct tm same;
	time_t when;

	if (clock) {
		tm.tm_hour = number(text + 11, 2);
		tm.tm_min = number(text + 14, 2);
		tm.tm_sec = number(text + 17, 2);
	}
	same = tm;
	when = timegm(&same);
	if (when < 0 || same.tm_mon != tm.tm_mon || same.tm_mday != tm.tm_mday)
		return -1;
	*time_s_r = (int64_t)when;
	return 0;
}
