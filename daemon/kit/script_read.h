/*
 * script_read.h - what the parts of the reader of scripts share; nobody
 * else includes it.
 */
#ifndef KIT_SCRIPT_READ_H
#define KIT_SCRIPT_READ_H

#include <till/module.h>

#include "config/lex.h"
#include "kit/grammar.h"
#include "kit/script.h"

#define SCRIPT_WORDS_MAX 64 /* for "did you mean" */

struct script_reader {
	struct script *script;
	struct diag *diag;
	struct lexer lexer;
	enum till_facility last; /* of the call that results are of; 0: none */
};

/* A word or a string, one of words if those are given (NULL: any); -1
 * after a finding. */
int script_word(struct script_reader *, const char *what,
    const char *const *words, const char **word_r);
/* KEY=VALUE ... up to the end of the line. */
int script_args(struct script_reader *, const struct grammar_key *,
    struct script_step *);
/* A whole number that a line has as a word. */
int script_number_check(struct script_reader *, const struct script_step *,
    const char *);
/* What follows "expect"; in script_expect.c. */
int script_expect(struct script_reader *, struct script_step *);

#endif
