/*
 * settle_mock.h - the parts of settle_mock.
 */
#ifndef SETTLE_MOCK_H
#define SETTLE_MOCK_H

#include <pthread.h>

#include "mock.h"

#define BANK_ENTRIES_MAX 65536 /* settlements remembered */
#define BANK_BUCKETS 4096

/*
 * bank.c: what the mock's bank remembers, for ever if it has a journal:
 * each key with what was asked under it and what came of it.
 */
struct bank_entry {
	struct bank_entry *next;
	unsigned char key[TILL_KEY_SIZE];
	unsigned char digest[32];
	enum till_verb verb;
	enum till_result result;
	struct till_money amount;
	char reference[TILL_REF_MAX]; /* "mock-1", "mock-2" ... */
	char code[32];
	int ended; /* committed, released or reversed since */
};

struct bank {
	pthread_mutex_t lock;
	struct bank_entry *buckets[BANK_BUCKETS];
	unsigned int len;
};

struct bank *bank_new(void); /* NULL: out of memory */
void bank_free(struct bank *); /* NULL is fine */
/* Take in what an earlier life of this mock wrote; no file is fine. */
int bank_restore(struct bank *, const char *journal, struct till_error *err);
/* With the lock held: the entry of a key, or of a reference; NULL. */
struct bank_entry *bank_find(struct bank *, const unsigned char *key);
struct bank_entry *bank_by_reference(struct bank *, const char *reference);
/* A new entry with a reference of its own; NULL: there is no room. */
struct bank_entry *bank_add(struct bank *, const struct till_settlement *,
    enum till_result);
/* One line of the journal: "done KEY DIGEST VERB MICRO CURRENCY RESULT
 * REFERENCE CODE ORIGINAL". */
int bank_note(const struct mock *, const struct bank_entry *,
    const char *original);

/*
 * later.c: answers that come later, from a thread of their own.
 */
struct later;
struct later *later_new(const struct till_host *, struct till_instance *,
    struct till_error *err);
/* Stops the thread; what is pending is never answered. */
void later_free(struct later *); /* NULL is fine */
/* Complete op in delay_ms, as often as times says. */
int later_add(struct later *, struct till_op *, enum till_result,
    const struct till_outcome *, int64_t delay_ms, unsigned int times);

#endif
