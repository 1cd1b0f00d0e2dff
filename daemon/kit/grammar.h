/*
 * grammar.h - which words a line of a test script may have.
 */
#ifndef KIT_GRAMMAR_H
#define KIT_GRAMMAR_H

#include <stdbool.h>

#include "kit/script.h"

enum grammar_type {
	GRAMMAR_TEXT = 1,
	GRAMMAR_FLAG, /* stands alone, without a value */
	GRAMMAR_NUMBER,
	GRAMMAR_AMOUNT, /* "5.00", "-5.00" */
	GRAMMAR_MONEY, /* "5.00 EUR" */
	GRAMMAR_DURATION, /* "250ms", "15s" */
	GRAMMAR_KIND, /* of a prompt */
	GRAMMAR_CONDITION /* of a posting */
};

struct grammar_key {
	const char *name; /* NULL ends a table */
	enum grammar_type type;
};

/* What stands before the keys: a word out of a list, or any text. */
enum grammar_words {
	GRAMMAR_NONE = 0,
	GRAMMAR_ONE, /* one word, of words if there are any */
	GRAMMAR_ONE_AND_NAME /* and any text */
};

struct grammar_line {
	const char *name;
	enum script_verb verb;
	enum grammar_words shape;
	const char *const *words; /* ends with NULL; NULL: any text */
	const struct grammar_key *keys; /* NULL: any key, at least one */
	bool in_suite; /* may stand in a script for the suite */
	bool only_suite;
};

/* What may be expected: each thing with its keys. */
struct grammar_thing {
	const char *name;
	bool named; /* a name or a text follows */
	bool call; /* looks at a call, not at what is kept */
	const struct grammar_key *keys;
};

extern const struct grammar_line grammar_lines[]; /* ends with no name */
extern const struct grammar_thing grammar_things[]; /* likewise */
/* What may stand behind a result. */
extern const struct grammar_key grammar_result_keys[];

/* NULL if the value is of this type, or what is wrong with it; words for
 * "did you mean" in *words_r, which may be NULL. */
const char *grammar_value(enum grammar_type, const char *value,
    const char *const **words_r);

/* The names of prompt kinds and so on, by number. */
extern const char *const grammar_kinds[]; /* from TILL_ASK_TEXT */
extern const char *const grammar_conditions[]; /* from TILL_ALWAYS */
extern const char *const grammar_verbs[]; /* from TILL_CHARGE */
extern const char *const grammar_fits[]; /* what comes of a limit */
/* The index of a word in such a list plus one; 0 if it is none. */
int grammar_index(const char *const *words, const char *word);

/* "-5.00" in the currency's places, in millionths. */
int grammar_amount(const char *text, int64_t *micro_r);

#endif
