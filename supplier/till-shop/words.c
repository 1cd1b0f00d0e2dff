/*
 * words.c - find a language, and write numbers and times in it.
 */
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "words.h"

#define RANGES_MAX 16 /* of one Accept-Language that are read */
#define QUALITY_FULL 1000
#define NBSP "\302\240"

static const struct language *find(const char *, size_t);
static unsigned int quality_of(const char *, size_t);
static void append(char *, const char *, size_t);

static const struct language *const languages[] = { &language_en,
	&language_fr };

#define LANGUAGES (sizeof(languages) / sizeof(languages[0]))

static const struct {
	const char *name;
	enum word word;
} reasons[] = {
	{ "auth", W_REASON_AUTH },
	{ "bank", W_REASON_BANK },
	{ "cancelled", W_REASON_CANCELLED },
	{ "currency", W_REASON_CURRENCY },
	{ "expired", W_REASON_EXPIRED },
	{ "funds", W_REASON_FUNDS },
	{ "limit", W_REASON_LIMIT },
	{ "policy", W_REASON_POLICY },
};

const struct language *
language_at(size_t i)
{
	return i < LANGUAGES ? languages[i] : NULL;
}

const struct language *
language_find(const char *tag)
{
	return find(tag, strnlen(tag, LANGUAGE_TAG_MAX));
}

const struct language *
language_accept(const char *accept)
{
	const struct language *best = languages[0], *found;
	unsigned int best_quality = 0, quality;
	size_t len, n;

	if (accept == NULL)
		return best;
	for (n = 0; n < RANGES_MAX && *accept != '\0'; n++) {
		accept += strspn(accept, " \t,");
		len = strcspn(accept, " \t,;");
		quality = quality_of(accept, strcspn(accept, ","));
		found = len == 1 && *accept == '*' ? languages[0]
						   : find(accept, len);
		if (found != NULL && quality > best_quality) {
			best = found;
			best_quality = quality;
		}
		accept += strcspn(accept, ",");
	}
	return best;
}

const char *
language_money(const struct language *language, const struct till_money *money,
    char buf[LANGUAGE_TEXT_MAX])
{
	char decimal[TILL_MONEY_MAX];

	(void)language_decimal(language, till_money_print(money, decimal), buf);
	append(buf, NBSP, strlen(NBSP));
	append(buf, money->currency, strlen(money->currency));
	return buf;
}

const char *
language_decimal(const struct language *language, const char *decimal,
    char buf[LANGUAGE_TEXT_MAX])
{
	size_t whole = strcspn(decimal, "."), i;

	buf[0] = '\0';
	for (i = 0; i < whole; i++) {
		append(buf, decimal + i, 1);
		if (i + 1 < whole && (whole - i - 1) % 3 == 0 &&
		    decimal[i] != '-')
			append(buf, language->group, strlen(language->group));
	}
	if (decimal[whole] == '.') {
		append(buf, language->point, strlen(language->point));
		append(buf, decimal + whole + 1, strlen(decimal + whole + 1));
	}
	return buf;
}

const char *
language_time(const struct language *language, int64_t time_s,
    char buf[LANGUAGE_TEXT_MAX])
{
	const time_t when = (time_t)time_s;
	struct tm tm;

	if (gmtime_r(&when, &tm) == NULL)
		memset(&tm, 0, sizeof(tm));
	(void)snprintf(buf, LANGUAGE_TEXT_MAX, "%d %s %d, %02d:%02d" NBSP "UTC",
	    tm.tm_mday, language->months[tm.tm_mon], tm.tm_year + 1900,
	    tm.tm_hour, tm.tm_min);
	return buf;
}

enum word
word_of_reason(const char *reason)
{
	size_t i;

	for (i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
		if (strcmp(reasons[i].name, reason) == 0)
			return reasons[i].word;
	return W_NONE;
}

/* "fr-CA" is "fr" here. */
static const struct language *
find(const char *tag, size_t len)
{
	size_t n = 0, i;

	while (n < len && tag[n] != '-')
		n++;
	for (i = 0; i < LANGUAGES; i++)
		if (strlen(languages[i]->tag) == n &&
		    strncasecmp(languages[i]->tag, tag, n) == 0)
			return languages[i];
	return NULL;
}

/* "fr;q=0.8" is 800; what has no or a strange q counts in full. */
static unsigned int
quality_of(const char *range, size_t len)
{
	const char *q = memchr(range, ';', len), *end = range + len;
	unsigned int quality = 0, digit = QUALITY_FULL / 10;

	if (q == NULL)
		return QUALITY_FULL;
	for (q++; q < end && (*q == ' ' || *q == '\t');)
		q++;
	if (end - q < 3 || (q[0] | 32) != 'q' || q[1] != '=' || q[2] != '0')
		return QUALITY_FULL;
	q += end - q > 3 && q[3] == '.' ? 4 : 3;
	for (; q < end && digit > 0 && *q >= '0' && *q <= '9'; q++) {
		quality += digit * (unsigned int)(*q - '0');
		digit /= 10;
	}
	return quality;
}

/* The sizes have room for any amount; what does not fit is left out. */
static void
append(char *buf, const char *text, size_t len)
{
	size_t at = strlen(buf);

	if (at + len >= LANGUAGE_TEXT_MAX)
		return;
	memcpy(buf + at, text, len);
	buf[at + len] = '\0';
}
