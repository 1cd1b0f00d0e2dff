/*
 * lex.h - the words of a configuration file.
 *
 * A line ends at its newline; "\" right before the newline continues it,
 * "#" begins a comment that nothing continues.  A word is what stands
 * between blanks and the marks ( ) , = == != < <= > >= and, between two
 * times of day, "..".  What holds any of these is written in quotes, in
 * which \" and \\ are a quote and a backslash.
 */
#ifndef CONFIG_LEX_H
#define CONFIG_LEX_H

#include <stdbool.h>
#include <stddef.h>

#include "config/arena.h"
#include "config/diag.h"

#define LEX_TEXT_MAX 1024 /* octets of one word or string */

enum token_kind {
	TOKEN_END_OF_FILE = 0,
	TOKEN_END_OF_LINE,
	TOKEN_WORD,
	TOKEN_STRING,
	TOKEN_MARK, /* its text is the mark */
	TOKEN_BAD /* a finding has been made */
};

struct token {
	enum token_kind kind;
	const char *text; /* in the arena; a string without its quotes */
	struct diag_place place; /* of an end: right behind the last word */
};

struct lexer {
	const char *file, *text;
	size_t len, at;
	unsigned int line;
	size_t line_start;
	struct arena *arena;
	struct diag *diag;
	struct token token; /* the one to look at */
	struct diag_place end; /* behind the last word of this line */
	bool at_newline; /* it is to be passed before the next token */
};

/* Begin with a text, which has a NUL behind its len octets; the first
 * token is ready then. */
void lex_begin(struct lexer *, const char *file, const char *text, size_t len,
    struct arena *, struct diag *);

/* Go on to the next token.  The ends are never passed. */
void lex_next(struct lexer *);

/* Go on past the end of this line, over whatever it holds. */
void lex_skip_line(struct lexer *);

bool token_is(const struct token *, enum token_kind, const char *text);
bool token_is_end(const struct token *); /* of the line or the file */

#endif
