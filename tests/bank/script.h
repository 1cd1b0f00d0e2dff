/*
 * script.h - what the simulated bank knows and does: accounts, and rules
 * for messages that are not simply answered.  tests/bank/README has the
 * words.
 */
#ifndef BANK_SCRIPT_H
#define BANK_SCRIPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "settle_bank/iso8583.h"

#define SCRIPT_RULES_MAX 256
#define SCRIPT_ACCOUNTS_MAX 4096
#define SCRIPT_SIZE_MAX 1048576 /* octets of a script */
#define SCRIPT_LINE_MAX 512 /* with its NUL */
#define SCRIPT_WORDS_MAX 32 /* of one line */
#define SCRIPT_MS_MAX 3600000 /* the longest delay */
#define SCRIPT_AMOUNT_MAX INT64_C(999999999999) /* what DE4 holds */
#define BANK_NAME_MAX 29 /* of an account, with its NUL: DE102 */

struct script_range {
	int64_t min, max; /* both included */
};

enum script_close { CLOSE_NEVER = 0, CLOSE_BEFORE, CLOSE_AFTER };
enum script_garbage { GARBAGE_NONE = 0, GARBAGE_FRAME, GARBAGE_STREAM };

enum script_wrong {
	WRONG_NOTHING = 0,
	WRONG_STAN,
	WRONG_AMOUNT,
	WRONG_CURRENCY,
	WRONG_RRN,
	WRONG_TYPE
};

/* What is done with a message; all zero: the bank's usual answer. */
struct script_action {
	char code[3]; /* the answer code instead; "": the usual one */
	int64_t partial; /* approve only so much; 0: all */
	struct script_range arrive, delay; /* ms before and after booking */
	struct script_range again; /* ms until the second answer */
	bool twice, drop, lose, no_code;
	bool hold; /* answer when told to */
	enum script_close close;
	enum script_garbage garbage;
	enum script_wrong wrong;
};

struct script_rule {
	char mti[ISO_MTI_LEN + 1]; /* an x is any digit; "": all */
	char card[BANK_NAME_MAX]; /* DE2 or DE102; "": all */
	char currency[4], network[4]; /* DE49, DE70; "": all */
	struct script_range amount, nth; /* max 0: all */
	int64_t every; /* 0: each */
	int64_t chance, of; /* of 0: always */
	int64_t seen; /* messages that it was about so far */
	int64_t done; /* of these, those that it decided */
	struct script_action action;
};

struct script_account {
	char name[BANK_NAME_MAX], currency[4];
	char expiry[5]; /* YYMM, or "" */
	int64_t balance; /* minor units */
};

struct script {
	uint64_t random; /* state of the generator */
	size_t rules_len, accounts_len;
	struct script_rule rules[SCRIPT_RULES_MAX];
	struct script_account accounts[SCRIPT_ACCOUNTS_MAX];
};

/* An empty one, whose generator begins at seed; NULL without memory. */
struct script *bank_script_new(uint64_t seed);
/* The error says FILE:LINE:COLUMN: what was wrong. */
int bank_script_read(struct script *, const char *file, struct till_error *err);
/* The same of a text; name is what errors call it. */
int bank_script_take(struct script *, const char *name, const char *text,
    struct till_error *err);
void bank_script_free(struct script *);

/* What the first rule that fits says; NULL if none does. */
const struct script_action *bank_script_find(struct script *,
    const struct iso_message *);

/* A number of the range, by the script's generator. */
int64_t bank_script_within(struct script *, const struct script_range *);
uint64_t bank_script_random(struct script *);

/* The digits of an element as a number; 0 if it is not there. */
int64_t bank_number(const struct iso_message *, int number);
/* An element as a string; "" if it is not there or does not fit. */
const char *bank_text(const struct iso_message *, int number, char *buf,
    size_t size);

#endif
