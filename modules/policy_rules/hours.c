/*
 * hours.c - when payments are taken.
 *
 * The windows are laid out over the minutes of a week once, so that to
 * ask is to look at one bit.  What the clock shows is what counts, on
 * the days too on which it is put forward or back.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "policy_rules/policy_rules.h"
#include "tzif.h"

#define ZONE_DIR "/usr/share/zoneinfo"
#define ZONE_PATH_MAX 128
#define DAYS 7
#define MINUTES (24 * 60)
#define WEEK (DAYS * MINUTES)

struct hours {
	struct zone *zone;
	const char *zone_name; /* the setting's */
	unsigned char open[WEEK]; /* minute 0 is Sunday's first */
	char text[HOURS_TEXT_MAX]; /* the windows, for the refusal */
};

/* One window of the settings. */
struct window {
	bool days[DAYS];
	unsigned int from, to; /* minutes; to <= from: over midnight */
};

static int zone_open(const char *, struct zone **, struct till_error *);
static int zone_read(const char *, unsigned char *, size_t *);
static int window_read(const char *, struct window *);
static int days_read(const char *, size_t, struct window *);
static int day_read(const char *);
static int minutes_read(const char *, unsigned int *);
static void lay_out(struct hours *, const struct window *);

static const char *const day_names[DAYS] = { "sun", "mon", "tue", "wed", "thu",
	"fri", "sat" };

int
hours_open(const char *const *windows, const char *zone, struct hours **hours_r,
    struct till_error *err)
{
	struct window window;
	struct hours *hours;
	size_t i, len = 0;

	*hours_r = NULL;
	hours = calloc(1, sizeof(*hours));
	if (hours == NULL)
		return till_fail(err, "out of memory");
	hours->zone_name = zone;
	if (zone_open(zone, &hours->zone, err) == -1)
		goto fail;
	for (i = 0; windows[i] != NULL; i++) {
		if (window_read(windows[i], &window) == -1) {
			till_fail(err,
			    "hours=\"%.60s\" is no window like \"mon-fri "
			    "09:00-18:00\", \"sat,sun 10:00-24:00\" or "
			    "\"daily 22:00-02:00\"",
			    windows[i]);
			goto fail;
		}
		lay_out(hours, &window);
		if (len < sizeof(hours->text))
			len += (size_t)snprintf(hours->text + len,
			    sizeof(hours->text) - len, "%s%s",
			    i > 0 ? ", " : "", windows[i]);
	}
	/* The zone is looked at even so: a slip in it is one. */
	if (i == 0) {
		hours_free(hours);
		return 0;
	}
	*hours_r = hours;
	return 0;
fail:
	hours_free(hours);
	return -1;
}

void
hours_free(struct hours *hours)
{
	if (hours == NULL)
		return;
	zone_free(hours->zone);
	free(hours);
}

enum till_result
hours_check(const struct hours *hours, const struct till_host *host,
    struct till_context *ctx, int64_t time_s)
{
	int64_t minute;

	if (hours == NULL)
		return TILL_NO_OPINION;
	/* Day 0 was a Thursday. */
	minute = time_s + zone_offset(hours->zone, time_s) + 4 * MINUTES * 60;
	minute = (minute % (WEEK * 60) + WEEK * 60) % (WEEK * 60) / 60;
	if (hours->open[minute] != 0)
		return TILL_ALLOW;
	return host->fail(ctx, TILL_REFUSE, "closed",
	    "it is %s %02d:%02d in %s, and payments are taken %s",
	    day_names[minute / MINUTES], (int)(minute % MINUTES / 60),
	    (int)(minute % 60), hours->zone_name, hours->text);
}

static int
zone_open(const char *name, struct zone **zone_r, struct till_error *err)
{
	static const char letters[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "abcdefghijklmnopqrstuvwxyz0123456789/_+-";
	char path[ZONE_PATH_MAX];
	unsigned char *octets;
	struct till_error why;
	size_t len;
	int r = -1;

	if (strcmp(name, "UTC") == 0)
		return zone_utc(zone_r, err);
	/* The name becomes part of a path. */
	if (name[0] == '\0' || name[0] == '/' ||
	    name[strspn(name, letters)] != '\0' ||
	    snprintf(path, sizeof(path), "%s/%s", ZONE_DIR, name) >=
		(int)sizeof(path))
		return till_fail(err,
		    "timezone=%.60s: a time zone has a name like Europe/Paris",
		    name);
	octets = malloc(ZONE_FILE_MAX);
	if (octets == NULL)
		return till_fail(err, "out of memory");
	if (zone_read(path, octets, &len) == 0)
		r = zone_parse(octets, len, zone_r, &why);
	free(octets);
	if (r == -1)
		return till_fail(err, "timezone=%s: unknown time zone", name);
	return 0;
}

static int
zone_read(const char *path, unsigned char *octets, size_t *len_r)
{
	size_t len = 0;
	ssize_t n = 1;
	int fd;

	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd == -1)
		return -1;
	while (n > 0 && len < ZONE_FILE_MAX) {
		n = read(fd, octets + len, ZONE_FILE_MAX - len);
		if (n > 0)
			len += (size_t)n;
	}
	(void)close(fd);
	*len_r = len;
	return n == -1 ? -1 : 0;
}

/* DAYS HH:MM-HH:MM */
static int
window_read(const char *text, struct window *window)
{
	size_t days = strcspn(text, " ");
	const char *at = text + days + strspn(text + days, " ");

	memset(window, 0, sizeof(*window));
	if (days_read(text, days, window) == -1 ||
	    minutes_read(at, &window->from) == -1 || at[5] != '-' ||
	    minutes_read(at + 6, &window->to) == -1 || at[11] != '\0')
		return -1;
	/* A window that ends as it begins could mean all day or never. */
	if (window->from == MINUTES || window->from == window->to)
		return -1;
	return 0;
}

/* "daily", or days and spans of days with commas between them. */
static int
days_read(const char *text, size_t len, struct window *window)
{
	const char *end = text + len;
	int from, to;

	if (len == 5 && strncmp(text, "daily", 5) == 0) {
		memset(window->days, true, sizeof(window->days));
		return 0;
	}
	for (;;) {
		if (end - text < 3)
			return -1;
		from = to = day_read(text);
		text += 3;
		if (end - text >= 4 && *text == '-') {
			to = day_read(text + 1);
			text += 4;
		}
		if (from == -1 || to == -1)
			return -1;
		while (from != to) {
			window->days[from] = true;
			from = (from + 1) % DAYS;
		}
		window->days[to] = true;
		if (text == end)
			return 0;
		if (*text++ != ',')
			return -1;
	}
}

static int
day_read(const char *text)
{
	int i;

	for (i = 0; i < DAYS; i++) {
		if (strncmp(text, day_names[i], 3) == 0)
			return i;
	}
	return -1;
}

static int
minutes_read(const char *text, unsigned int *minutes_r)
{
	static const char digits[] = "0123456789";
	unsigned int hour, minute;

	if (strspn(text, digits) != 2 || text[2] != ':' ||
	    strspn(text + 3, digits) != 2)
		return -1;
	hour =
	    (unsigned int)(text[0] - '0') * 10 + (unsigned int)(text[1] - '0');
	minute =
	    (unsigned int)(text[3] - '0') * 10 + (unsigned int)(text[4] - '0');
	if (minute > 59 || hour > 24 || (hour == 24 && minute != 0))
		return -1;
	*minutes_r = hour * 60 + minute;
	return 0;
}

static void
lay_out(struct hours *hours, const struct window *window)
{
	unsigned int day, minute, end = window->to;

	if (end <= window->from)
		end += MINUTES;
	for (day = 0; day < DAYS; day++) {
		for (minute = window->from; window->days[day] && minute < end;
		     minute++)
			hours->open[(day * MINUTES + minute) % WEEK] = 1;
	}
}
