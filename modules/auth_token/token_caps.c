/*
 * token_caps.c - the caps of a token, as people write and read them.
 */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "token.h"

#define DAY_S 86400
#define DATE_LEN 10 /* "2027-01-31" */
#define TIME_LEN 20 /* "2027-01-31T18:00:00Z" */
#define YEAR_MAX 9999

static int one_money(const char *what, const char *text, struct till_money *,
    struct till_error *);
static int add_merchant(const char *, size_t, struct token_caps *,
    struct till_error *);
static int read_time(const char *, int64_t *);
static int part(const char *, size_t, int64_t low, int64_t high, int *);

int
token_caps_money(const char *each, const char *day, struct token_caps *caps,
    struct till_error *err)
{
	if (one_money("each", each, &caps->each, err) == -1 ||
	    one_money("day", day, &caps->day, err) == -1)
		return -1;
	if (!till_money_same_currency(&caps->each, &caps->day))
		return till_fail(err, "a token pays in one currency");
	if (!till_money_at_most(&caps->each, &caps->day))
		return till_fail(err,
		    "a payment cannot be more than those of a day");
	return 0;
}

int
token_caps_count(const char *text, struct token_caps *caps,
    struct till_error *err)
{
	caps->count = -1;
	if (text[0] == '\0')
		return 0;
	if (token_number(text, strlen(text), TOKEN_COUNT_MAX, &caps->count) ==
		-1 ||
	    caps->count == 0)
		return till_fail(err,
		    "count: payments of a day are 1 to %d, or no bound is said",
		    TOKEN_COUNT_MAX);
	return 0;
}

int
token_caps_merchants(const char *text, struct token_caps *caps,
    struct till_error *err)
{
	size_t len;

	caps->merchants_len = 0;
	if (text[0] == '\0')
		return 0;
	for (;; text += len + 1) {
		len = strcspn(text, ",");
		if (add_merchant(text, len, caps, err) == -1)
			return -1;
		if (text[len] == '\0')
			return 0;
	}
}

int
token_caps_channel(const char *text, struct token_caps *caps,
    struct till_error *err)
{
	enum token_channel channel;

	caps->channel = TOKEN_API;
	if (text[0] == '\0')
		return 0;
	for (channel = TOKEN_API; channel <= TOKEN_ANY; channel++) {
		caps->channel = channel;
		if (strcmp(text, token_channel_name(channel)) == 0)
			return 0;
	}
	return till_fail(err, "channel: api, browser or any");
}

int
token_caps_expires(const char *text, int64_t now_s, int64_t lifetime_s,
    struct token_caps *caps, struct till_error *err)
{
	caps->expires_s = now_s + lifetime_s;
	if (text[0] == '\0')
		return 0;
	if (read_time(text, &caps->expires_s) == -1)
		return till_fail(err,
		    "expires: a day, 2027-01-31, or a moment, "
		    "2027-01-31T18:00:00Z");
	if (caps->expires_s <= now_s)
		return till_fail(err, "expires: that is over");
	if (caps->expires_s - now_s > lifetime_s)
		return till_fail(err, "expires: a token lives %lld days here",
		    (long long)(lifetime_s / DAY_S));
	return 0;
}

const char *
token_channel_name(enum token_channel channel)
{
	switch (channel) {
	case TOKEN_API:
		return "api";
	case TOKEN_BROWSER:
		return "browser";
	case TOKEN_ANY:
		return "any";
	}
	return "";
}

void
token_caps_say(const char *label, const struct token_caps *caps,
    char text[TOKEN_SUMMARY_MAX])
{
	char each[TILL_MONEY_MAX], day[TILL_MONEY_MAX], count[40] = "";
	char merchants[TILL_ID_MAX + 32] = "", until[32] = "", whole[512];
	const time_t expires = (time_t)caps->expires_s;
	struct tm tm;

	if (caps->count >= 0)
		(void)snprintf(count, sizeof(count), ", %lld a day",
		    (long long)caps->count);
	if (caps->merchants_len > 0)
		(void)snprintf(merchants, sizeof(merchants), ", at %s",
		    caps->merchants[0]);
	if (caps->merchants_len > 1)
		(void)snprintf(merchants + strlen(merchants), 32,
		    " and %zu more", caps->merchants_len - 1);
	if (gmtime_r(&expires, &tm) != NULL)
		(void)strftime(until, sizeof(until), "%Y-%m-%dT%H:%MZ", &tm);
	(void)snprintf(whole, sizeof(whole),
	    "%.*s%s%s each, %s %s a day%s%s, %s, to %s", TOKEN_LABEL_MAX, label,
	    label[0] == '\0' ? "" : ": ", till_money_print(&caps->each, each),
	    till_money_print(&caps->day, day), caps->day.currency, count,
	    merchants, token_channel_name(caps->channel), until);
	(void)snprintf(text, TOKEN_SUMMARY_MAX, "%.*s", TOKEN_SUMMARY_MAX - 1,
	    whole);
}

int
token_number(const char *text, size_t len, int64_t max, int64_t *number_r)
{
	int64_t number = 0;
	size_t i;

	for (i = 0; i < len; i++) {
		if (text[i] < '0' || text[i] > '9' ||
		    __builtin_mul_overflow(number, 10, &number) ||
		    __builtin_add_overflow(number, text[i] - '0', &number))
			return -1;
	}
	if (len == 0 || number > max)
		return -1;
	*number_r = number;
	return 0;
}

static int
one_money(const char *what, const char *text, struct till_money *money,
    struct till_error *err)
{
	struct till_error why;

	if (till_money_parse_with_currency(text, money, &why) == -1)
		return till_fail(err, "%s: %.200s", what, why.text);
	if (money->micro == 0)
		return till_fail(err, "%s: is nothing", what);
	return 0;
}

static int
add_merchant(const char *id, size_t len, struct token_caps *caps,
    struct till_error *err)
{
	char *place;

	if (caps->merchants_len == TOKEN_MERCHANTS_MAX)
		return till_fail(err, "merchants: more than %d",
		    TOKEN_MERCHANTS_MAX);
	place = caps->merchants[caps->merchants_len];
	if (len < TILL_ID_MAX) {
		memcpy(place, id, len);
		place[len] = '\0';
	}
	if (len >= TILL_ID_MAX || !till_id_ok(place))
		return till_fail(err,
		    "merchants: ids of a-z, 0-9 and -, with commas between");
	caps->merchants_len++;
	return 0;
}

/* A day ends where the next one begins. */
static int
read_time(const char *text, int64_t *time_r)
{
	const size_t len = strlen(text);
	struct tm tm, same;
	time_t at;

	memset(&tm, 0, sizeof(tm));
	if ((len != DATE_LEN && len != TIME_LEN) || text[4] != '-' ||
	    text[7] != '-' ||
	    part(text, 4, 1970, YEAR_MAX, &tm.tm_year) == -1 ||
	    part(text + 5, 2, 1, 12, &tm.tm_mon) == -1 ||
	    part(text + 8, 2, 1, 31, &tm.tm_mday) == -1)
		return -1;
	tm.tm_year -= 1900;
	tm.tm_mon--;
	if (len == TIME_LEN &&
	    (text[10] != 'T' || text[13] != ':' || text[16] != ':' ||
		text[19] != 'Z' ||
		part(text + 11, 2, 0, 23, &tm.tm_hour) == -1 ||
		part(text + 14, 2, 0, 59, &tm.tm_min) == -1 ||
		part(text + 17, 2, 0, 59, &tm.tm_sec) == -1))
		return -1;
	same = tm;
	at = timegm(&same);
	/* The 30th of February would be a day in March. */
	if (at == -1 || same.tm_mday != tm.tm_mday)
		return -1;
	*time_r = (int64_t)at + (len == DATE_LEN ? DAY_S : 0);
	return 0;
}

static int
part(const char *text, size_t len, int64_t low, int64_t high, int *part_r)
{
	int64_t number;

	if (token_number(text, len, high, &number) == -1 || number < low)
		return -1;
	*part_r = (int)number;
	return 0;
}
