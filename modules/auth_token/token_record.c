/*
 * token_record.c - a token's credential: one line of words.
 *
 *	1 HASH CURRENCY EACH DAY COUNT CHANNEL EXPIRES MERCHANTS
 *
 * Amounts are millionths; a count of "-" is no bound, merchants of "*"
 * are all.  The first word is the format's number.  What is not written
 * exactly so is no record, and nobody is let in by it.
 */
#include <stdio.h>
#include <string.h>

#include "token.h"

#define WORDS 9
#define FORMAT "1"

struct word {
	const char *at;
	size_t len;
};

static int split(const char *, size_t, struct word[WORDS]);
static bool is(const struct word *, const char *);
static int read_money(const struct word *currency, const struct word *micro,
    struct till_money *);
static int read_count(const struct word *, struct token_caps *);
static int read_channel(const struct word *, struct token_caps *);

int
token_record_print(const struct token_record *record,
    char text[TOKEN_RECORD_MAX])
{
	const struct token_caps *caps = &record->caps;
	char hash[2 * TOKEN_HASH_SIZE + 1], count[24] = "-";
	size_t len, i;
	int n;

	token_hex(record->hash, sizeof(record->hash), hash);
	if (caps->count >= 0)
		(void)snprintf(count, sizeof(count), "%lld",
		    (long long)caps->count);
	n = snprintf(text, TOKEN_RECORD_MAX,
	    FORMAT " %s %s %lld %lld %s %s %lld ", hash, caps->each.currency,
	    (long long)caps->each.micro, (long long)caps->day.micro, count,
	    token_channel_name(caps->channel), (long long)caps->expires_s);
	if (n < 0 || n >= TOKEN_RECORD_MAX)
		return -1;
	len = (size_t)n;
	for (i = 0; i < caps->merchants_len || i == 0; i++) {
		n = snprintf(text + len, TOKEN_RECORD_MAX - len, "%s%s",
		    i == 0 ? "" : ",",
		    caps->merchants_len == 0 ? "*" : caps->merchants[i]);
		if (n < 0 || (size_t)n >= TOKEN_RECORD_MAX - len)
			return -1;
		len += (size_t)n;
	}
	return 0;
}

int
token_record_read(const unsigned char *data, size_t len,
    struct token_record *record)
{
	struct token_caps *caps = &record->caps;
	char merchants[TOKEN_RECORD_MAX];
	struct word words[WORDS];
	struct till_error err;

	memset(record, 0, sizeof(*record));
	if (len >= TOKEN_RECORD_MAX ||
	    split((const char *)data, len, words) == -1)
		return -1;
	if (!is(&words[0], FORMAT) || words[1].len != 2 * TOKEN_HASH_SIZE ||
	    !token_unhex(words[1].at, words[1].len, record->hash) ||
	    read_money(&words[2], &words[3], &caps->each) == -1 ||
	    read_money(&words[2], &words[4], &caps->day) == -1 ||
	    read_count(&words[5], caps) == -1 ||
	    read_channel(&words[6], caps) == -1 ||
	    token_number(words[7].at, words[7].len, INT64_MAX,
		&caps->expires_s) == -1)
		return -1;
	if (is(&words[8], "*"))
		return 0;
	memcpy(merchants, words[8].at, words[8].len);
	merchants[words[8].len] = '\0';
	return token_caps_merchants(merchants, caps, &err);
}

/* Each word has something in it, and one blank behind it but the last. */
static int
split(const char *text, size_t len, struct word words[WORDS])
{
	const char *end = text + len, *blank;
	size_t i;

	if (memchr(text, '\0', len) != NULL)
		return -1;
	for (i = 0; i < WORDS; i++) {
		blank = memchr(text, ' ', (size_t)(end - text));
		if ((blank == NULL) != (i == WORDS - 1))
			return -1;
		words[i].at = text;
		words[i].len = (size_t)((blank == NULL ? end : blank) - text);
		if (words[i].len == 0)
			return -1;
		text = blank == NULL ? end : blank + 1;
	}
	return 0;
}

static bool
is(const struct word *word, const char *text)
{
	return strlen(text) == word->len &&
	    memcmp(text, word->at, word->len) == 0;
}

static int
read_money(const struct word *currency, const struct word *micro,
    struct till_money *money)
{
	if (currency->len >= sizeof(money->currency))
		return -1;
	memcpy(money->currency, currency->at, currency->len);
	money->currency[currency->len] = '\0';
	return token_number(micro->at, micro->len, INT64_MAX, &money->micro);
}

static int
read_count(const struct word *word, struct token_caps *caps)
{
	caps->count = -1;
	if (is(word, "-"))
		return 0;
	return token_number(word->at, word->len, TOKEN_COUNT_MAX, &caps->count);
}

static int
read_channel(const struct word *word, struct token_caps *caps)
{
	enum token_channel channel;

	for (channel = TOKEN_API; channel <= TOKEN_ANY; channel++)
		if (is(word, token_channel_name(channel)))
			caps->channel = channel;
	return caps->channel == 0 ? -1 : 0;
}
