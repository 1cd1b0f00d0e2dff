/*
 * journal_priv.h - the inside of journal.h, for its files.
 */
#ifndef SETTLE_BANK_JOURNAL_PRIV_H
#define SETTLE_BANK_JOURNAL_PRIV_H

#include "settle_bank/journal_line.h"

#define JOURNAL_BUCKETS 65536
#define JOURNAL_PENDING_MAX (1024 * JOURNAL_LINE_MAX) /* octets not synced */

struct journal_node {
	struct journal_node *next_key, *next_stan, *next_original;
	struct journal_node *older, *newer; /* as they were added */
	bool stays; /* while old ones are looked for */
	struct journal_entry entry;
};

struct journal {
	char *path;
	int fd;
	size_t len; /* entries */
	size_t file_len; /* octets on disk */
	int64_t horizon_s, tended_s;
	size_t counts[JOURNAL_STATES];
	struct journal_node *oldest, *newest;
	struct journal_node *by_key[JOURNAL_BUCKETS], *by_stan[JOURNAL_BUCKETS],
	    *by_original[JOURNAL_BUCKETS];
	char *pending;
	size_t pending_len;
	uint64_t batches; /* made durable since the file began */
	bool failed;
};

/* journal.c: the tables in memory. */
struct journal_node *journal_node_find(const struct journal *,
    const unsigned char *key);
int journal_take(struct journal *, const struct journal_entry *, bool is_new,
    struct till_error *);
void journal_forget(struct journal *, struct journal_node *);
bool journal_is_about(const struct journal_entry *);

/* journal_file.c */
int journal_load(struct journal *, struct till_error *);
int journal_append(struct journal *, const struct journal_entry *, bool is_new,
    struct till_error *);

/* journal_tend.c */
int journal_found(struct journal *, int64_t now_s, struct till_error *);
void journal_let_go(struct journal *, int64_t now_s);

#endif
