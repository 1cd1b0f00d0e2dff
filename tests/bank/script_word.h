/*
 * script_word.h - words of one line of a script; for its reader only.
 */
#ifndef BANK_SCRIPT_WORD_H
#define BANK_SCRIPT_WORD_H

#include "bank/script.h"

/* Where a word is, for what is said about it. */
struct word {
	const char *file;
	size_t line, column; /* from 1 */
	char *text;
};

/* Cut a line into words, at most SCRIPT_WORDS_MAX + 1. */
size_t bank_word_split(const char *file, size_t number, char *line,
    struct word *);

/* Each returns -1 with FILE:LINE:COLUMN in front of what is wrong. */
int bank_word_complain(const struct word *, const char *, struct till_error *);
int bank_word_digits(const struct word *, size_t len, char *to,
    struct till_error *);
int bank_word_number(const struct word *, int64_t max, int64_t *,
    struct till_error *);
int bank_word_range(const struct word *, int64_t max, struct script_range *,
    struct till_error *);
int bank_word_name(const struct word *, char *to, struct till_error *);

/* when MATCH... do ACTION... */
int bank_script_rule_take(struct script *, const struct word *, size_t,
    struct till_error *);

#endif
