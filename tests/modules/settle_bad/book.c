/*
 * book.c - the memory of settle_bad: a line of one length for each
 * settlement.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "settle_bad.h"

#define HEX (2 * TILL_KEY_SIZE)
#define LINE_SIZE (2 * HEX + 2 + 4 + 20 + REFERENCE_MAX + 10)

static void restore_line(struct book *, const char *);
static void end_original(struct book *, const char *reference);
static void hex_print(const unsigned char *, char *);
static void hex_read(const char *, unsigned char *);

int
book_open(struct book *book, const char *journal, int restore,
    struct till_error *err)
{
	char line[LINE_SIZE + 1];

	(void)pthread_mutex_init(&book->lock, NULL);
	book->fd = -1;
	if (journal == NULL)
		return 0;
	book->fd = open(journal, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	if (book->fd == -1)
		return till_fail(err, "%s: %s", journal, strerror(errno));
	while (restore && read(book->fd, line, LINE_SIZE) == LINE_SIZE) {
		line[LINE_SIZE] = '\0';
		restore_line(book, line);
	}
	return 0;
}

struct entry *
book_find(struct book *book, const unsigned char *key)
{
	size_t i;

	for (i = 0; i < book->len; i++)
		if (memcmp(book->entries[i].key, key, TILL_KEY_SIZE) == 0)
			return &book->entries[i];
	return NULL;
}

struct entry *
book_by_reference(struct book *book, const char *reference)
{
	size_t i;

	for (i = 0; i < book->len; i++)
		if (strcmp(book->entries[i].reference, reference) == 0)
			return &book->entries[i];
	return NULL;
}

struct entry *
book_add(struct book *book, const struct till_settlement *s,
    enum till_result result, int effect_first)
{
	char line[LINE_SIZE + 1], key[HEX + 1], digest[HEX + 1];
	struct entry *entry = &book->entries[book->len];

	if (book->len == ENTRIES_MAX)
		return NULL;
	book->len++;
	memcpy(entry->key, s->key, sizeof(entry->key));
	memcpy(entry->digest, s->digest, sizeof(entry->digest));
	entry->verb = s->verb;
	entry->result = result;
	entry->micro = s->amount.micro;
	(void)snprintf(entry->reference, sizeof(entry->reference), "bad-%zu",
	    book->len);
	hex_print(entry->key, key);
	hex_print(entry->digest, digest);
	(void)snprintf(line, sizeof(line), "%s%s%2d%4d%20lld%-16s%s", key,
	    digest, (int)s->verb, (int)result, (long long)entry->micro,
	    entry->reference, effect_first ? "recorded!\n" : "moved it!\n");
	if (effect_first && book->fd != -1 &&
	    write(book->fd, "moved it!\n", 10) == -1)
		return NULL;
	if (book->fd != -1 && write(book->fd, line, LINE_SIZE) == -1)
		return NULL;
	if (s->original != NULL && result != TILL_DECLINED)
		end_original(book, s->original);
	return entry;
}

static void
restore_line(struct book *book, const char *line)
{
	struct entry *entry = &book->entries[book->len];
	char number[21];

	if (book->len == ENTRIES_MAX)
		return;
	book->len++;
	hex_read(line, entry->key);
	hex_read(line + HEX, entry->digest);
	line += 2 * HEX;
	(void)snprintf(number, sizeof(number), "%.2s", line);
	entry->verb = (enum till_verb)strtol(number, NULL, 10);
	(void)snprintf(number, sizeof(number), "%.4s", line + 2);
	entry->result = (enum till_result)strtol(number, NULL, 10);
	(void)snprintf(number, sizeof(number), "%.20s", line + 6);
	entry->micro = strtoll(number, NULL, 10);
	(void)snprintf(entry->reference, sizeof(entry->reference), "bad-%zu",
	    book->len);
}

static void
end_original(struct book *book, const char *reference)
{
	struct entry *entry = book_by_reference(book, reference);

	if (entry != NULL)
		entry->ended = 1;
}

static void
hex_print(const unsigned char *octets, char *text)
{
	size_t i;

	for (i = 0; i < TILL_KEY_SIZE; i++)
		(void)snprintf(text + 2 * i, 3, "%02x", octets[i]);
}

static void
hex_read(const char *text, unsigned char *octets)
{
	char pair[3] = "";
	size_t i;

	for (i = 0; i < TILL_KEY_SIZE; i++) {
		memcpy(pair, text + 2 * i, 2);
		octets[i] = (unsigned char)strtol(pair, NULL, 16);
	}
}
