/*
 * sums.h - the totals of a settlement day: what the journal says, what the
 * bank says (0500 and 0510), and the difference.
 *
 * A day is DE15 as it came back with each answer.  Results are kept in the
 * file "reconcile" of the state folder.
 */
#ifndef SETTLE_BANK_SUMS_H
#define SETTLE_BANK_SUMS_H

#include <pthread.h>

#include "settle_bank/conf.h"
#include "settle_bank/journal.h"

#define SUMS_MAX 256 /* results that are kept */
#define SUMS_ROWS 4 /* credits, credits reversed, debits, debits reversed */
#define SUMS_DOUBTS_MAX 8 /* trace numbers that are told of */
#define SUMS_TRIES_MAX 3
#define SUMS_DAYS_MAX 30 /* less than the journal keeps what it has */

enum sums_state {
	SUMS_ASKED = 1, /* or is to be */
	SUMS_EQUAL,
	SUMS_DIFFERENT,
	SUMS_NO_ANSWER /* or a refusal, see code */
};

struct sums_totals {
	int64_t count[SUMS_ROWS], amount[SUMS_ROWS]; /* minor units */
};

struct sums {
	char day[5], currency[4]; /* MMDD, three digits */
	enum sums_state state;
	int64_t time_s;
	char code[3]; /* of the answer, or "" */
	struct sums_totals ours, theirs;
	int64_t seen; /* entries of that day when ours was added up */
	/* May have come about, and is in no total of ours. */
	int64_t doubts, doubts_amount;
	char doubt_stans[SUMS_DOUBTS_MAX * 7 + 1]; /* with commas, or "" */
	/* While it is asked for; not in the file. */
	unsigned int tries, link;
	int64_t until_ms;
	char stan[7], sent[11];
};

struct sums_book {
	const char *path;
	pthread_mutex_t lock; /* of the rest, for who shows it */
	size_t len;
	struct sums list[SUMS_MAX]; /* oldest first */
};

/* NULL: *err. */
struct sums_book *sums_open(const char *path, struct till_error *err);
void sums_free(struct sums_book *); /* NULL is fine */
int sums_save(struct sums_book *, struct till_error *err);

/* That of a day and currency, made anew if there is none; the oldest
 * gives way. */
struct sums *sums_of(struct sums_book *, const char *day, const char *currency);
const struct sums *sums_find(const struct sums_book *, const char *day,
    const char *currency);

struct sums_day {
	char day[5], currency[4];
	int64_t len; /* entries of it */
};
/* Whether the journal has all of a day still: it has ended SUMS_DAYS_MAX days
 * ago at most, or has not. */
bool sums_day_is_whole(const char *day, int64_t now_s);
/* Every day and currency of which the journal has something. */
int sums_each_day(const struct journal *,
    void (*each)(void *arg, const struct sums_day *), void *arg);

/* Add up ours, and what is in doubt; what counts as approved is said by
 * approved(arg, code). */
void sums_add_up(struct sums *, const struct sums_book *,
    const struct journal *, bool (*approved)(void *arg, const char *code),
    void *arg);

/* The 0500 of it, or 0501; and what the 0510 says: then it has a state. */
int sums_request(const struct sums *, const struct bank_conf *,
    struct iso_message *message_r, struct till_error *err);
void sums_answer(struct sums *, const struct iso_message *);

/* In lines for a person; how many octets. */
size_t sums_line(const struct sums *, char *text, size_t size);
void sums_show(struct sums_book *, char *text, size_t size);

#endif
