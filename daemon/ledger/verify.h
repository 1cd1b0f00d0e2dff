/*
 * verify.h - what the files that verify a ledger share.
 */
#ifndef LEDGER_VERIFY_H
#define LEDGER_VERIFY_H

#include "ledger/internal.h"

/* What the register says of an account's part in one currency or, under
 * an account's bare name, where the statement of its owner ends. */
struct node {
	struct node *next; /* of the same slot */
	int64_t micro;
	uint64_t serial; /* of the newest entry */
	bool checked; /* the table says the same */
	size_t len;
	char name[]; /* account NUL currency NUL */
};

struct map {
	struct node **slots;
	size_t slots_len, len;
};

int map_init(struct map *map);
void map_free(struct map *map);
/* The node of this name, made if it is new; NULL out of memory. */
struct node *map_node(struct map *map, const char *account,
    const char *currency);
/* Until it returns non-zero, which is returned. */
int map_each(const struct map *map, int (*each)(void *arg, struct node *node),
    void *arg);
const char *node_currency(const struct node *node);

struct check {
	struct ledger *ledger;
	struct till_error *err;
	uint64_t serial; /* of the newest entry that was looked at */
	unsigned char head[LEDGER_HASH_SIZE];
	int64_t time_ms;
	uint64_t settled, booked; /* entries with an order, with a book id */
	uint64_t orders, events, waiting;
	struct map map;
	struct map refunds; /* by MId and jti: what was given back */
};

/* -1 with a sentence in check->err.  `serial` tells the entry. */
int check_entry(struct check *check, const struct key *key,
    const struct till_bytes *value);
/* The file of the register itself, behind all caches. */
int check_pages(struct check *check);
/* Do the tables say what entries up to check->serial say?  Rows that
 * newer ones have changed are left for check_rest. */
int check_tables(struct check *check);
/* Every row of a table; -1 as soon as one is. */
typedef int row_check(struct check *, const struct key *,
    const struct till_bytes *);
int check_walk(struct check *check, enum table, row_check *row);
/* Do events, and what waits, agree with one another? */
int check_events(struct check *check);
/* Is each reversal of an order, and listed just if it has not ended? */
int check_reversals(struct check *check);
/* What an entry says of refunds, and whether an order's row says the same;
 * rows that do not are left for check_refunds. */
int check_refund_of(struct check *check, const struct entry *entry);
int check_refunded(struct check *check, const struct key *key,
    const struct order_row *row);
/* All orders that are unchecked, and what is pending; nobody may write
 * meanwhile. */
int check_refunds(struct check *check);
/* All that is unchecked; nobody may write meanwhile. */
int check_rest(struct check *check);

#endif
