/*
 * test_zone.c - the time of day in a zone is what the C library would say,
 * in every year and on both sides of every change of the clock.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "config/zone.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define DAY 86400
#define FROM (-2 * 365 * (int64_t)DAY) /* 1968 */
#define TO (75 * 365 * (int64_t)DAY + 19 * DAY) /* 2045 */
#define STEP (DAY + 7)

/* With and without summer time, in the south, by half and quarter hours,
 * with a summer time that is the normal one, at the edges of the date. */
static const char *const names[] = { "UTC", "Europe/Paris", "Europe/Dublin",
	"America/New_York", "America/St_Johns", "America/Sao_Paulo",
	"America/Santiago", "Australia/Lord_Howe", "Australia/Sydney",
	"Asia/Kathmandu", "Asia/Tokyo", "Asia/Gaza", "Africa/Casablanca",
	"Africa/Cairo", "Pacific/Apia", "Pacific/Chatham", "Pacific/Kiritimati",
	"Antarctica/Troll", "America/Nuuk", "Etc/GMT+12" };

static struct zone *
zone_of(const char *name)
{
	struct till_error err = { 0 };
	struct zone *zone = NULL;

	if (zone_load(name, &zone, &err) == -1)
		fail_msg("%s: %s", name, err.text);
	return zone;
}

static void
use_zone(const char *name)
{
	assert_int_equal(setenv("TZ", name, 1), 0);
	tzset();
}

static struct tm
local(int64_t time_s)
{
	const time_t t = (time_t)time_s;
	struct tm tm;

	assert_non_null(localtime_r(&t, &tm));
	return tm;
}

/* Find the moment in (low, high] at which the offset changes. */
static int64_t
change_between(int64_t low, int64_t high)
{
	const long before = local(low).tm_gmtoff;
	int64_t middle;

	while (high - low > 1) {
		middle = low + (high - low) / 2;
		if (local(middle).tm_gmtoff == before)
			low = middle;
		else
			high = middle;
	}
	return high;
}

static void
test_offsets_are_those_of_the_c_library(void **state)
{
	struct zone *zone;
	int64_t t, change;
	size_t i, changes = 0;

	(void)state;
	for (i = 0; i < COUNT(names); i++) {
		zone = zone_of(names[i]);
		use_zone(names[i]);
		for (t = FROM; t < TO; t += STEP) {
			assert_int_equal(zone_offset(zone, t),
			    local(t).tm_gmtoff);
			if (local(t).tm_gmtoff == local(t + STEP).tm_gmtoff)
				continue;
			change = change_between(t, t + STEP);
			assert_int_equal(zone_offset(zone, change - 1),
			    local(change - 1).tm_gmtoff);
			assert_int_equal(zone_offset(zone, change),
			    local(change).tm_gmtoff);
			changes++;
		}
		zone_free(zone);
	}
	assert_true(changes > 1000);
}

static void
assert_same_window(const char *name, enum till_window window,
    const struct tm *a, const struct tm *b)
{
	bool same = a->tm_year == b->tm_year && a->tm_mon == b->tm_mon;

	if (window != TILL_WINDOW_MONTH)
		same = same && a->tm_mday == b->tm_mday;
	if (window == TILL_WINDOW_HOUR)
		same = same && a->tm_hour == b->tm_hour;
	if (!same)
		fail_msg("%s: window %d is not that of its time", name,
		    (int)window);
}

/* The window begins at or before the time, in the same hour, day or month
 * of the calendar, and one second earlier is another one. */
static void
check_window(const char *name, const struct zone *zone, enum till_window window,
    int64_t t)
{
	const int64_t start = zone_window(zone, window, t);
	struct tm now = local(t), first = local(start), before;

	assert_true(start <= t);
	assert_int_equal(zone_window(zone, window, start), start);
	assert_int_not_equal(zone_window(zone, window, start - 1), start);
	before = local(start - 1);
	if (window == TILL_WINDOW_WEEK) {
		/* From Monday; a day may begin late, but not that late. */
		assert_int_equal(first.tm_wday, 1);
		assert_int_equal(before.tm_wday, 0);
		assert_true(t - start < 7 * DAY + 2 * 3600);
		return;
	}
	assert_same_window(name, window, &now, &first);
	if (window == TILL_WINDOW_DAY)
		assert_int_not_equal(before.tm_mday, first.tm_mday);
	if (window == TILL_WINDOW_MONTH)
		assert_int_not_equal(before.tm_mon, first.tm_mon);
}

static void
test_windows_are_those_of_the_calendar(void **state)
{
	static const char *const zones[] = { "UTC", "Europe/Paris",
		"America/New_York", "America/Santiago", "Asia/Kathmandu",
		"Australia/Sydney" };
	struct zone *zone;
	size_t i;
	int64_t t;

	(void)state;
	for (i = 0; i < COUNT(zones); i++) {
		zone = zone_of(zones[i]);
		use_zone(zones[i]);
		for (t = 1700000000; t < 1900000000; t += STEP) {
			check_window(zones[i], zone, TILL_WINDOW_HOUR, t);
			check_window(zones[i], zone, TILL_WINDOW_DAY, t);
			check_window(zones[i], zone, TILL_WINDOW_WEEK, t);
			check_window(zones[i], zone, TILL_WINDOW_MONTH, t);
		}
		zone_free(zone);
	}
}

static void
test_names_that_are_none_are_refused(void **state)
{
	static const char *const none[] = { "", "Europe/Pariss", "/etc/passwd",
		"../../../etc/passwd", "Europe", "Europe/Paris ", "tzdata.zi",
		"posixrules/x",
		("Europe/Parisssssssssssssssssssssssssssssssssssssssssssssssss"
		 "ssssssssssssssss") };
	struct till_error err;
	struct zone *zone;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(none); i++) {
		err.text[0] = '\0';
		assert_int_equal(zone_load(none[i], &zone, &err), -1);
		assert_string_not_equal(err.text, "");
	}
}

static size_t
read_zone_file(const char *path, unsigned char *buf, size_t size)
{
	size_t len;
	FILE *file;

	file = fopen(path, "re");
	assert_non_null(file);
	len = fread(buf, 1, size, file);
	(void)fclose(file);
	return len;
}

/* Cut short anywhere or with any octet changed, a file is read or refused
 * but never read past its end. */
static void
test_broken_files_do_no_harm(void **state)
{
	unsigned char buf[8192], *copy;
	struct till_error err;
	struct zone *zone;
	size_t len, i, refused = 0;

	(void)state;
	len = read_zone_file(ZONE_DIR "/Europe/Paris", buf, sizeof(buf));
	for (i = 0; i < len; i++) {
		copy = malloc(i + 1);
		assert_non_null(copy);
		memcpy(copy, buf, i);
		assert_int_equal(zone_parse(copy, i, &zone, &err), -1);
		free(copy);
	}
	copy = malloc(len);
	assert_non_null(copy);
	for (i = 0; i < len; i++) {
		memcpy(copy, buf, len);
		copy[i] ^= 0xff;
		if (zone_parse(copy, len, &zone, &err) == -1) {
			refused++;
			continue;
		}
		(void)zone_offset(zone, 1774746000);
		(void)zone_window(zone, TILL_WINDOW_MONTH, INT64_C(1) << 40);
		zone_free(zone);
	}
	free(copy);
	assert_true(refused > 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_offsets_are_those_of_the_c_library),
		cmocka_unit_test(test_windows_are_those_of_the_calendar),
		cmocka_unit_test(test_names_that_are_none_are_refused),
		cmocka_unit_test(test_broken_files_do_no_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
