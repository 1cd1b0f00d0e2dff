/*
 * journal_line.c - see journal_line.h.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "settle_bank/journal_line.h"
#include "sha256.h"

#define SUM_LEN 16
#define WORDS_NEW 20
#define WORDS_NOW 7
#define HEX_KEY (2 * TILL_KEY_SIZE)
#define WORD_SIZE 16 /* longer than any text of an entry */

static int sum(const char *, size_t, char[SUM_LEN + 1]);
static void hex_write(const unsigned char *, char *);
static int hex_read(const char *, unsigned char *);
static unsigned int hex_digit(char);
static void word(const char *, char[WORD_SIZE]);
static int split(char *, char **words, size_t n);
static int text_read(const char *word, char *to, size_t size);
static int number_read(const char *, int64_t low, int64_t high, int64_t *);
static int new_read(char **, struct journal_entry *);
static int now_read(char **, struct journal_entry *);

size_t
journal_line_write(const struct journal_entry *e, bool is_new, char *text)
{
	char key[HEX_KEY + 1], digest[HEX_KEY + 1], original[HEX_KEY + 1];
	char w[7][WORD_SIZE];
	int len;

	hex_write(e->key, key);
	hex_write(e->digest, digest);
	hex_write(e->original, original);
	word(e->currency, w[0]);
	word(e->local_time, w[1]);
	word(e->local_date, w[2]);
	word(e->rrn, w[3]);
	word(e->code, w[4]);
	word(e->authorisation, w[5]);
	word(e->settled, w[6]);
	if (is_new)
		len = snprintf(text, JOURNAL_LINE_MAX,
		    "new %s %s %d %s %u %s %s %s %s %s %s %s %s %s %d %s %s "
		    "%s %" PRId64 "\n",
		    key, digest, (int)e->verb, original, e->link, e->mti,
		    e->processing, e->amount, w[0], e->stan, e->sent, w[1],
		    w[2], w[3], (int)e->state, w[4], w[5], w[6], e->time_s);
	else
		len = snprintf(text, JOURNAL_LINE_MAX,
		    "now %s %d %s %s %s %" PRId64 "\n", key, (int)e->state,
		    w[4], w[5], w[6], e->time_s);
	return len > 0 && len < JOURNAL_LINE_MAX ? (size_t)len : 0;
}

size_t
journal_line_old(int64_t time_s, char *text)
{
	const int n =
	    snprintf(text, JOURNAL_LINE_MAX, "old %" PRId64 "\n", time_s);

	return n > 0 && n < JOURNAL_LINE_MAX ? (size_t)n : 0;
}

size_t
journal_line_end(uint64_t number, const char *batch, size_t len, char *text)
{
	char check[SUM_LEN + 1];
	int n;

	if (sum(batch, len, check) == -1)
		return 0;
	n = snprintf(text, JOURNAL_LINE_MAX, "end %" PRIu64 " %s\n", number,
	    check);
	return n > 0 && n < JOURNAL_LINE_MAX ? (size_t)n : 0;
}

int
journal_line_read(char *text, struct journal_entry *entry, bool *is_new_r)
{
	char *words[WORDS_NEW];

	memset(entry, 0, sizeof(*entry));
	*is_new_r = strncmp(text, "new ", 4) == 0;
	if (*is_new_r)
		return split(text, words, WORDS_NEW) == -1
		    ? -1
		    : new_read(words, entry);
	if (strncmp(text, "now ", 4) != 0 ||
	    split(text, words, WORDS_NOW) == -1)
		return -1;
	return now_read(words, entry);
}

int
journal_line_read_old(const char *text, int64_t *time_s_r)
{
	return strncmp(text, "old ", 4) == 0
	    ? number_read(text + 4, 0, INT64_MAX, time_s_r)
	    : -1;
}

int
journal_line_read_end(const char *text, const char *batch, size_t len,
    uint64_t *number_r, bool *fits_r)
{
	char check[SUM_LEN + 1], *end;

	if (strncmp(text, "end ", 4) != 0 || text[4] < '0' || text[4] > '9')
		return -1;
	*number_r = strtoull(text + 4, &end, 10);
	*fits_r = *end == ' ' && sum(batch, len, check) == 0 &&
	    strcmp(end + 1, check) == 0;
	return 0;
}

void
journal_line_change(struct journal_entry *entry, const struct journal_entry *by)
{
	entry->state = by->state;
	memcpy(entry->code, by->code, sizeof(entry->code));
	memcpy(entry->authorisation, by->authorisation,
	    sizeof(entry->authorisation));
	memcpy(entry->settled, by->settled, sizeof(entry->settled));
	entry->time_s = by->time_s;
}

static int
sum(const char *text, size_t len, char check[SUM_LEN + 1])
{
	unsigned char hash[SHA256_SIZE];
	char all[HEX_KEY + 1];

	if (sha256(text, len, hash) == -1)
		return -1;
	hex_write(hash, all);
	memcpy(check, all, SUM_LEN);
	check[SUM_LEN] = '\0';
	return 0;
}

static void
hex_write(const unsigned char *octets, char *text)
{
	static const char digits[] = "0123456789abcdef";
	size_t i;

	for (i = 0; i < TILL_KEY_SIZE; i++) {
		text[2 * i] = digits[octets[i] >> 4];
		text[2 * i + 1] = digits[octets[i] & 0xf];
	}
	text[HEX_KEY] = '\0';
}

static int
hex_read(const char *text, unsigned char *octets)
{
	size_t i;

	if (strlen(text) != HEX_KEY ||
	    strspn(text, "0123456789abcdef") != HEX_KEY)
		return -1;
	for (i = 0; i < TILL_KEY_SIZE; i++)
		octets[i] = (unsigned char)(16 * hex_digit(text[2 * i]) +
		    hex_digit(text[2 * i + 1]));
	return 0;
}

static unsigned int
hex_digit(char c)
{
	return (unsigned int)(c <= '9' ? c - '0' : c - 'a' + 10);
}

static void
word(const char *text, char buf[WORD_SIZE])
{
	char *c;

	(void)snprintf(buf, WORD_SIZE, "%s", text[0] == '\0' ? "-" : text);
	for (c = buf; *c != '\0'; c++) {
		if (*c == ' ')
			*c = '_';
	}
}

/* Just n words, none of them empty. */
static int
split(char *text, char **words, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		words[i] = strsep(&text, " ");
		if (words[i] == NULL || words[i][0] == '\0')
			return -1;
	}
	return text == NULL ? 0 : -1;
}

static int
text_read(const char *from, char *to, size_t size)
{
	char *c;

	if (strcmp(from, "-") == 0)
		from = "";
	if (strlen(from) >= size)
		return -1;
	(void)snprintf(to, size, "%s", from);
	for (c = to; *c != '\0'; c++) {
		if (*c == '_')
			*c = ' ';
	}
	return 0;
}

static int
number_read(const char *text, int64_t low, int64_t high, int64_t *number_r)
{
	char *end;

	*number_r = strtoll(text, &end, 10);
	return text[0] >= '0' && text[0] <= '9' && *end == '\0' &&
		*number_r >= low && *number_r <= high
	    ? 0
	    : -1;
}

static int
new_read(char **words, struct journal_entry *e)
{
	int64_t verb, link;
	char *now[WORDS_NOW] = { words[0], words[1], words[15], words[16],
		words[17], words[18], words[19] };

	if (now_read(now, e) == -1 || hex_read(words[2], e->digest) == -1 ||
	    number_read(words[3], TILL_CHARGE, TILL_QUERY, &verb) == -1 ||
	    hex_read(words[4], e->original) == -1 ||
	    number_read(words[5], 0, UINT16_MAX, &link) == -1 ||
	    text_read(words[6], e->mti, sizeof(e->mti)) == -1 ||
	    text_read(words[7], e->processing, sizeof(e->processing)) == -1 ||
	    text_read(words[8], e->amount, sizeof(e->amount)) == -1 ||
	    text_read(words[9], e->currency, sizeof(e->currency)) == -1 ||
	    text_read(words[10], e->stan, sizeof(e->stan)) == -1 ||
	    text_read(words[11], e->sent, sizeof(e->sent)) == -1 ||
	    text_read(words[12], e->local_time, sizeof(e->local_time)) == -1 ||
	    text_read(words[13], e->local_date, sizeof(e->local_date)) == -1 ||
	    text_read(words[14], e->rrn, sizeof(e->rrn)) == -1)
		return -1;
	e->verb = (enum till_verb)verb;
	e->link = (unsigned int)link;
	return 0;
}

static int
now_read(char **words, struct journal_entry *e)
{
	int64_t state;

	if (hex_read(words[1], e->key) == -1 ||
	    number_read(words[2], JOURNAL_SENT, JOURNAL_TAKEN_TOLD, &state) ==
		-1 ||
	    text_read(words[3], e->code, sizeof(e->code)) == -1 ||
	    text_read(words[4], e->authorisation, sizeof(e->authorisation)) ==
		-1 ||
	    text_read(words[5], e->settled, sizeof(e->settled)) == -1 ||
	    number_read(words[6], 0, INT64_MAX, &e->time_s) == -1)
		return -1;
	e->state = (enum journal_state)state;
	return 0;
}
