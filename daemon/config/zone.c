/*
 * zone.c - the time of day somewhere, from the system's tzdata.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config/zone.h"
#include "zone_rule.h"

#define DAY INT64_C(86400)

static int check_name(const char *name, struct till_error *err);
static int read_file(const char *path, unsigned char *buf, size_t *len_r,
    struct till_error *err);
static int64_t floor_div(int64_t a, int64_t b);
static int64_t local_to_time(const struct zone *, int64_t local);

int
zone_load(const char *name, struct zone **zone_r, struct till_error *err)
{
	char path[sizeof(ZONE_DIR) + ZONE_NAME_MAX];
	unsigned char *buf = NULL;
	size_t len;
	int r = -1;

	if (strcmp(name, "UTC") == 0)
		return zone_utc(zone_r, err);
	if (check_name(name, err) == -1)
		return -1;
	(void)snprintf(path, sizeof(path), "%s/%s", ZONE_DIR, name);
	buf = malloc(ZONE_FILE_MAX);
	if (buf == NULL)
		return till_fail(err, "out of memory");
	if (read_file(path, buf, &len, err) == -1) {
		till_fail(err, "unknown time zone '%s'", name);
		goto out;
	}
	r = zone_parse(buf, len, zone_r, err);
out:
	free(buf);
	return r;
}

int64_t
zone_window(const struct zone *zone, enum till_window window, int64_t time_s)
{
	const int64_t local = time_s + zone_offset(zone, time_s);
	const int64_t day = floor_div(local, DAY);
	struct zone_date date;

	switch (window) {
	case TILL_WINDOW_HOUR:
		/* An hour that the clock repeats is two hours. */
		return time_s - (local - floor_div(local, 3600) * 3600);
	case TILL_WINDOW_DAY:
		return local_to_time(zone, day * DAY);
	case TILL_WINDOW_WEEK:
		/* Day 0 was a Thursday. */
		return local_to_time(zone,
		    (floor_div(day + 3, 7) * 7 - 3) * DAY);
	case TILL_WINDOW_MONTH:
		date = zone_date(day);
		return local_to_time(zone,
		    zone_day(date.year, date.month, 1) * DAY);
	}
	return time_s;
}

/* The name becomes part of a path. */
static int
check_name(const char *name, struct till_error *err)
{
	const char *letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
			      "abcdefghijklmnopqrstuvwxyz0123456789/_+-";
	const size_t len = strlen(name);

	if (len > 0 && len < ZONE_NAME_MAX && name[0] != '/' &&
	    strspn(name, letters) == len)
		return 0;
	return till_fail(err, "a time zone has a name like Europe/Paris");
}

static int
read_file(const char *path, unsigned char *buf, size_t *len_r,
    struct till_error *err)
{
	size_t len = 0;
	ssize_t n = 1;
	int fd;

	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd == -1)
		return till_fail(err, "cannot open it");
	while (n > 0 && len < ZONE_FILE_MAX) {
		n = read(fd, buf + len, ZONE_FILE_MAX - len);
		if (n > 0)
			len += (size_t)n;
	}
	(void)close(fd);
	*len_r = len;
	return n == -1 ? till_fail(err, "cannot read it") : 0;
}

static int64_t
floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

/*
 * The first time at which a clock in the zone shows local or, where it
 * leaps over it, more.  It depends on local only, so that all moments of
 * a day agree on when the day began.
 */
static int64_t
local_to_time(const struct zone *zone, int64_t local)
{
	int64_t low, high, middle;
	int32_t before;

	before = zone_offset(zone, local - DAY);
	high = local - before;
	if (zone_offset(zone, high) == before)
		return high;
	low = local - zone_offset(zone, local + DAY);
	if (low + zone_offset(zone, low) == local)
		return low;
	/* The clock leaps behind low, and not behind high. */
	while (high - low > 1) {
		middle = low + (high - low) / 2;
		if (middle + zone_offset(zone, middle) < local)
			low = middle;
		else
			high = middle;
	}
	return high;
}
