/*
 * lex.c - the words of a configuration file.
 */
#include <assert.h>
#include <string.h>

#include "config/lex.h"
#include "config/printable.h"

static bool at_continuation(const struct lexer *, size_t *len_r);
static void skip_blanks(struct lexer *);
static void newline(struct lexer *, size_t len);
static void read_end(struct lexer *);
static void read_token(struct lexer *);
static bool read_mark(struct lexer *);
static size_t dots_len(const struct lexer *, size_t at, size_t start);
static size_t word_len(const struct lexer *);
static void read_string(struct lexer *);
static size_t string_char(struct lexer *, size_t start, char *out, size_t *n_r);
static void bad(struct lexer *, size_t at, size_t width, const char *text);
static void bad_character(struct lexer *);
static void set(struct lexer *, enum token_kind, const char *, size_t width);
static struct diag_place place_at(const struct lexer *, size_t at, size_t);
static char peek(const struct lexer *, size_t at);
static bool is_word_char(char);

void
lex_begin(struct lexer *lexer, const char *file, const char *text, size_t len,
    struct arena *arena, struct diag *diag)
{
	*lexer = (struct lexer){ .file = file,
		.text = text,
		.len = len,
		.line = 1,
		.arena = arena,
		.diag = diag };
	lex_next(lexer);
}

void
lex_next(struct lexer *lexer)
{
	if (lexer->at_newline) {
		newline(lexer, 1);
		lexer->at_newline = false;
		lexer->end.line = 0;
	}
	skip_blanks(lexer);
	if (lexer->at < lexer->len && peek(lexer, lexer->at) != '\n')
		read_token(lexer);
	else
		read_end(lexer);
	if (lexer->token.text == NULL) {
		diag_error(lexer->diag, &lexer->token.place, "out of memory");
		lexer->at = lexer->len;
		lexer->at_newline = false;
		read_end(lexer);
	}
}

void
lex_skip_line(struct lexer *lexer)
{
	while (!token_is_end(&lexer->token))
		lex_next(lexer);
	if (lexer->token.kind == TOKEN_END_OF_LINE)
		lex_next(lexer);
}

bool
token_is(const struct token *token, enum token_kind kind, const char *text)
{
	return token->kind == kind && strcmp(token->text, text) == 0;
}

bool
token_is_end(const struct token *token)
{
	return token->kind == TOKEN_END_OF_LINE ||
	    token->kind == TOKEN_END_OF_FILE;
}

/* A backslash with nothing but the newline behind it; a file from another
 * system may have a carriage return there. */
static bool
at_continuation(const struct lexer *lexer, size_t *len_r)
{
	size_t at = lexer->at;

	if (peek(lexer, at) != '\\')
		return false;
	at++;
	if (peek(lexer, at) == '\r')
		at++;
	if (peek(lexer, at) != '\n')
		return false;
	*len_r = at + 1 - lexer->at;
	return true;
}

static void
skip_blanks(struct lexer *lexer)
{
	const char *end;
	size_t len;
	char c;

	while (lexer->at < lexer->len) {
		c = peek(lexer, lexer->at);
		if (c == ' ' || c == '\t') {
			lexer->at++;
		} else if (c == '\r' && peek(lexer, lexer->at + 1) == '\n') {
			lexer->at++;
		} else if (at_continuation(lexer, &len)) {
			newline(lexer, len);
		} else if (c == '#') {
			end = memchr(lexer->text + lexer->at, '\n',
			    lexer->len - lexer->at);
			lexer->at = end == NULL ? lexer->len
						: (size_t)(end - lexer->text);
		} else {
			break;
		}
	}
}

static void
newline(struct lexer *lexer, size_t len)
{
	assert(lexer->len - lexer->at >= len);
	lexer->at += len;
	lexer->line_start = lexer->at;
	lexer->line++;
}

/* What is missing at the end of a line is missing behind its last word,
 * not behind its comment. */
static void
read_end(struct lexer *lexer)
{
	lexer->at_newline = lexer->at < lexer->len;
	set(lexer, lexer->at_newline ? TOKEN_END_OF_LINE : TOKEN_END_OF_FILE,
	    "", 0);
	if (lexer->end.line > 0)
		lexer->token.place = lexer->end;
}

static void
read_token(struct lexer *lexer)
{
	size_t len;

	if (peek(lexer, lexer->at) == '"') {
		read_string(lexer);
		return;
	}
	if (read_mark(lexer))
		return;
	len = word_len(lexer);
	if (len == 0)
		bad_character(lexer);
	else if (len > LEX_TEXT_MAX)
		bad(lexer, lexer->at, len, "this word is too long");
	else
		set(lexer, TOKEN_WORD,
		    arena_string(lexer->arena, lexer->text + lexer->at, len),
		    len);
}

static bool
read_mark(struct lexer *lexer)
{
	static const char *const marks[] = { "==", "!=", "<=", ">=", "=>", "=<",
		"<>", "<", ">", "=", "(", ")", ",", NULL };
	const char *mark;
	size_t i, len;

	for (i = 0; marks[i] != NULL; i++) {
		len = strlen(marks[i]);
		if (len <= lexer->len - lexer->at &&
		    memcmp(lexer->text + lexer->at, marks[i], len) == 0)
			break;
	}
	mark = marks[i];
	if (mark == NULL && dots_len(lexer, lexer->at, lexer->at) > 0)
		mark = "..";
	if (mark == NULL)
		return false;
	set(lexer, TOKEN_MARK, mark, strlen(mark));
	return true;
}

/*
 * ".." is a mark of its own where a time of day may end and the next one
 * begin; elsewhere it belongs to a word, as in ../name.
 */
static size_t
dots_len(const struct lexer *lexer, size_t at, size_t start)
{
	char after;

	if (peek(lexer, at) != '.' || peek(lexer, at + 1) != '.')
		return 0;
	for (; start < at; start++)
		if (strchr("0123456789:", lexer->text[start]) == NULL)
			return 0;
	after = peek(lexer, at + 2);
	if ((after >= '0' && after <= '9') || !is_word_char(after))
		return 2;
	return 0;
}

static size_t
word_len(const struct lexer *lexer)
{
	size_t at = lexer->at, len;

	while (at < lexer->len && is_word_char(lexer->text[at])) {
		len = dots_len(lexer, at, lexer->at);
		if (len > 0 && at > lexer->at)
			break;
		at++;
	}
	return at - lexer->at;
}

static void
read_string(struct lexer *lexer)
{
	char out[LEX_TEXT_MAX];
	const size_t start = lexer->at;
	size_t len = 0, n, used;
	char piece[4];
	bool is_long = false;

	lexer->at++;
	while (peek(lexer, lexer->at) != '"') {
		used = string_char(lexer, start, piece, &n);
		if (used == 0)
			return;
		lexer->at += used;
		if (n > sizeof(out) - len)
			is_long = true;
		else
			memcpy(out + len, piece, n);
		len += n;
	}
	lexer->at++;
	n = lexer->at - start;
	lexer->at = start;
	if (is_long)
		bad(lexer, start, n, "this string is too long");
	else
		set(lexer, TOKEN_STRING, arena_string(lexer->arena, out, len),
		    n);
}

/* One character of a string into out; returns how many octets of the
 * text it took, or 0 after a finding. */
static size_t
string_char(struct lexer *lexer, size_t start, char *out, size_t *n_r)
{
	const size_t at = lexer->at;
	size_t n;

	if (at == lexer->len || peek(lexer, at) == '\n' ||
	    peek(lexer, at) == '\r') {
		bad(lexer, start, at - start,
		    "this string is not closed on its line");
		return 0;
	}
	if (peek(lexer, at) == '\\') {
		out[0] = peek(lexer, at + 1);
		*n_r = 1;
		if (out[0] == '"' || out[0] == '\\')
			return 2;
		bad(lexer, at, 1,
		    "in a string a backslash stands before '\"' or '\\' only");
		return 0;
	}
	n = printable_len(lexer->text + at);
	if (n == 0 || n > lexer->len - at) {
		bad_character(lexer);
		return 0;
	}
	memcpy(out, lexer->text + at, n);
	*n_r = n;
	return n;
}

/* What is wrong ends the line: the rest of it is not read. */
static void
bad(struct lexer *lexer, size_t at, size_t width, const char *text)
{
	const struct diag_place place = place_at(lexer, at, width);
	const char *end;

	diag_error(lexer->diag, &place, "%s", text);
	end = memchr(lexer->text + at, '\n', lexer->len - at);
	lexer->at = end == NULL ? lexer->len : (size_t)(end - lexer->text);
	lexer->token =
	    (struct token){ .kind = TOKEN_BAD, .text = "", .place = place };
}

static void
bad_character(struct lexer *lexer)
{
	const char *at = lexer->text + lexer->at;
	size_t n;

	n = printable_len(at);
	if (n == 0)
		bad(lexer, lexer->at, 1,
		    "this octet is no printable UTF-8 character");
	else if (*at == '\\')
		bad(lexer, lexer->at, 1,
		    "a '\\' that continues a line must be the last in it");
	else
		bad(lexer, lexer->at, n,
		    "this character can stand in quotes or a comment only");
}

static void
set(struct lexer *lexer, enum token_kind kind, const char *text, size_t width)
{
	lexer->token = (struct token){ .kind = kind,
		.text = text,
		.place = place_at(lexer, lexer->at, width) };
	lexer->at += width;
	if (width > 0)
		lexer->end = place_at(lexer, lexer->at, 0);
}

static struct diag_place
place_at(const struct lexer *lexer, size_t at, size_t width)
{
	return (struct diag_place){ .file = lexer->file,
		.line = lexer->line,
		.col = (unsigned int)(at - lexer->line_start + 1),
		.width = (unsigned int)width };
}

/* NUL behind the end; a NUL in the text is no character of anything. */
static char
peek(const struct lexer *lexer, size_t at)
{
	return at < lexer->len ? lexer->text[at] : '\0';
}

static bool
is_word_char(char c)
{
	return c > ' ' && c < 0x7f && strchr("\"#=(),<>!\\", c) == NULL;
}
