/*
 * ledger.h - the simulated bank's books: accounts, and what every request
 * has moved.
 *
 * A request has a key: its type without the digit of a repeat, DE11, DE7
 * and DE32 in 11 digits, just as DE90 names an original.  A key is booked
 * once; a repeat finds what was booked, and gets the same answer.
 */
#ifndef BANK_LEDGER_H
#define BANK_LEDGER_H

#include <stdio.h>

#include "bank/script.h"

#define BANK_KEY_MAX 32 /* with its NUL */
#define BANK_ENTRIES_MAX 131072
#define BANK_SLOTS (2 * BANK_ENTRIES_MAX) /* of the index; a power of 2 */

enum bank_state {
	BANK_DECLINED = 1, /* nothing has moved */
	BANK_RESERVED,
	BANK_COMPLETED, /* a reservation that an advice has charged */
	BANK_CHARGED,
	BANK_REFUNDED, /* money went to the customer */
	BANK_REVERSED,
	BANK_RETURNED, /* reversed by the bank itself */
	BANK_REVERSAL, /* this request has reversed another */
	BANK_OVERTAKEN, /* a reversal came, the original has not yet */
	BANK_STATES
};

struct bank_entry {
	char key[BANK_KEY_MAX], original[BANK_KEY_MAX];
	char mti[ISO_MTI_LEN + 1], rrn[13], processing[7], currency[4];
	char code[3], auth[7], date[5]; /* answer; settlement day MMDD */
	size_t account; /* from 1; 0: none of ours */
	int64_t amount, taken, left; /* asked, moved, not reversed so far */
	enum bank_state state;
};

struct bank_account {
	struct script_account is; /* balance as it is by now */
	int64_t reserved;
};

/* How the bank treats what it cannot know. */
struct bank_habits {
	bool forgets; /* a reversal that overtook its original */
	bool reverses; /* it: approve and reverse; else refuse */
	char unknown[3]; /* answer to a reversal of the unknown */
};

/* "remembers" (refuses the late original), "reverses" (approves and takes
 * it back at once) or "forgets". */
int bank_habits_set(struct bank_habits *, const char *name,
    struct till_error *err);

/* Counts and sums of one day and currency as of DE74-77 and DE86-89. */
struct bank_totals {
	int64_t count[4], sum[4];
};

struct bank_ledger {
	struct bank_habits habits;
	char date[5]; /* settlement day */
	int64_t auths; /* numbers given so far */
	size_t accounts_len, entries_len, entries_size;
	struct bank_account accounts[SCRIPT_ACCOUNTS_MAX];
	struct bank_entry *entries;
	uint32_t *slots; /* entry + 1 by hash of its key; 0: free */
	struct bank_entry odd; /* an answer that is booked nowhere */
	int journal; /* descriptor or -1 */
};

struct bank_ledger *bank_ledger_new(const struct bank_habits *,
    struct till_error *err);
void bank_ledger_free(struct bank_ledger *);
/* Accounts that are not there yet; those which are keep their balance. */
int bank_ledger_accounts(struct bank_ledger *, const struct script *,
    struct till_error *err);
/* Take what a journal holds, and write to it from here on. */
int bank_ledger_journal(struct bank_ledger *, const char *file,
    struct till_error *err);
void bank_ledger_day(struct bank_ledger *, const char *date);

/*
 * Book a request that must be whole (profile.h) and of type 0100, 0200,
 * 0220, 0400 or 0420.  code and partial are the script's, or "" and 0.
 * Valid until the next call.
 */
const struct bank_entry *bank_ledger_book(struct bank_ledger *,
    const struct iso_message *, const struct script_action *);
/* The bank takes a charge back by itself; NULL if there is none. */
const struct bank_entry *bank_ledger_return(struct bank_ledger *,
    const char *key);
void bank_ledger_totals(const struct bank_ledger *, const char *date,
    const char *currency, struct bank_totals *);
/* A JSON object a line; card numbers masked. */
void bank_ledger_dump(const struct bank_ledger *, FILE *);
const char *bank_state_name(enum bank_state);

/* For the parts of the ledger. */
void bank_key(const struct iso_message *, char key[BANK_KEY_MAX]);
struct bank_entry *bank_ledger_find(struct bank_ledger *, const char *key);
struct bank_entry *bank_ledger_add(struct bank_ledger *,
    const struct bank_entry *);
/* The account of DE102 or DE2 in that currency, from 1; 0 if none. */
size_t bank_ledger_account(const struct bank_ledger *,
    const struct iso_message *, const char *currency);
void bank_ledger_note(struct bank_ledger *, const struct bank_entry *);

#endif
