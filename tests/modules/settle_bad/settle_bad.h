/*
 * settle_bad.h - the parts of settle_bad.
 */
#ifndef SETTLE_BAD_H
#define SETTLE_BAD_H

#include <pthread.h>

#include <till/module.h>

#define ENTRIES_MAX 512
#define REFERENCE_MAX 16

enum fault {
	NONE,
	DECLINES,
	UNBALANCED,
	MOVES_MORE,
	FORGETS,
	IGNORES_DIGEST,
	DENIES,
	QUERY_LEAVES_TRACE,
	ROUNDS,
	LATE,
	NEVER_COMPLETES,
	COMPLETES_TWICE,
	REVERSES_TWICE,
	REVERSES_NOTHING,
	COMMITS_MORE,
	COMMITS_TWICE,
	RESTARTS_EMPTY,
	EFFECT_FIRST,
	RACY,
	TAKES_WALLET,
	TAKES_TILL,
	LEAKS_FILE,
	HOLDS_WALLET,
	COMMITS_TILL,
	RELEASES_TILL,
	REVERSES_TILL
};

struct entry {
	unsigned char key[TILL_KEY_SIZE], digest[32];
	enum till_verb verb;
	enum till_result result;
	int64_t micro;
	char reference[REFERENCE_MAX];
	int ended; /* committed, released or reversed since */
};

/* What changes: behind a pointer, for the instance is read-only. */
struct book {
	pthread_mutex_t lock;
	struct entry entries[ENTRIES_MAX];
	size_t len;
	int fd; /* of the journal; -1: none */
};

/* book.c: the memory of the bank, which a journal keeps. */
int book_open(struct book *, const char *journal, int restore,
    struct till_error *err);
struct entry *book_find(struct book *, const unsigned char *key);
struct entry *book_by_reference(struct book *, const char *reference);
/* The entry, durable; effect_first: the money moves before that. */
struct entry *book_add(struct book *, const struct till_settlement *,
    enum till_result, int effect_first);

#endif
