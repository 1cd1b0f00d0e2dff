/*
 * script.c - read a test script of a module.
 *
 * Every mistake is a finding with its place; a line with a mistake is
 * passed over, so that one run tells of all of them.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "config/value.h"
#include "ctl/file.h"
#include "kit/script_read.h"

static void read_line(struct script_reader *);
static const struct grammar_line *line_find(const char *);
static void suggest_lines(struct script_reader *, const char *);
static int place_check(struct script_reader *, const struct grammar_line *,
    const struct diag_place *);
static int words_read(struct script_reader *, const struct grammar_line *,
    struct script_step *);
static int arg_read(struct script_reader *, const struct grammar_key *,
    struct script_step *);
static int value_check(struct script_reader *, const struct grammar_key *,
    const struct script_arg *);
static int line_check(struct script_reader *, const struct script_step *);
static enum till_facility facility_of(enum script_verb);
static const char *shown(const struct token *);

struct script *
script_parse(const char *file, const char *text, size_t len, struct diag *diag)
{
	const struct diag_place place = { .file = file };
	const size_t errors = diag_errors(diag);
	struct script_reader reader = { .diag = diag };
	struct script *script = calloc(1, sizeof(*script));
	const char *copy = NULL;

	if (script != NULL)
		script->arena = arena_new();
	if (script != NULL && script->arena != NULL) {
		script->file = arena_string(script->arena, file, strlen(file));
		copy = arena_string(script->arena, text, len);
		script->steps = arena_alloc(script->arena,
		    SCRIPT_STEPS_MAX * sizeof(script->steps[0]));
	}
	if (copy == NULL || script->file == NULL || script->steps == NULL ||
	    diag_source(diag, script->file, copy, len) == NULL) {
		diag_error(diag, &place, "out of memory");
		script_free(script);
		return NULL;
	}
	reader.script = script;
	lex_begin(&reader.lexer, script->file, copy, len, script->arena, diag);
	while (reader.lexer.token.kind != TOKEN_END_OF_FILE) {
		read_line(&reader);
		lex_skip_line(&reader.lexer);
	}
	if (diag_errors(diag) == errors)
		return script;
	script_free(script);
	return NULL;
}

struct script *
script_read(const char *path, struct diag *diag)
{
	const struct diag_place place = { .file = path };
	char *text = malloc(SCRIPT_FILE_MAX);
	struct script *script = NULL;
	struct till_error err;

	if (text == NULL)
		diag_error(diag, &place, "out of memory");
	else if (file_read_text(path, text, SCRIPT_FILE_MAX, &err) == -1)
		diag_error(diag, &place, "%s", err.text);
	else
		script = script_parse(path, text, strlen(text), diag);
	free(text);
	return script;
}

void
script_free(struct script *script)
{
	if (script == NULL)
		return;
	arena_free(script->arena);
	free(script);
}

const char *
script_value(const struct script_step *step, const char *key)
{
	size_t i;

	for (i = 0; i < step->args_len; i++)
		if (strcmp(step->args[i].key, key) == 0)
			return step->args[i].value;
	return NULL;
}

int64_t
script_number(const struct script_step *step, const char *key,
    int64_t otherwise)
{
	const char *value = script_value(step, key);
	int64_t number;

	if (value == NULL)
		return otherwise;
	if (value_number(value, INT64_MAX / 2, &number) == 0)
		return number;
	return value_duration(value, &number) == 0 ? number : otherwise;
}

static void
read_line(struct script_reader *reader)
{
	struct token token = reader->lexer.token;
	struct script_step step = { .verb = SCRIPT_NOTHING };
	const struct grammar_line *line;

	if (token_is_end(&token) || token.kind == TOKEN_BAD)
		return;
	line = token.kind == TOKEN_WORD ? line_find(token.text) : NULL;
	if (line == NULL) {
		diag_error(reader->diag, &token.place,
		    "'%s' begins no line of a test script", shown(&token));
		suggest_lines(reader, token.text);
		return;
	}
	step.verb = line->verb;
	step.place = token.place;
	lex_next(&reader->lexer);
	if (place_check(reader, line, &token.place) == -1)
		return;
	if (line->verb == SCRIPT_EXPECT) {
		if (script_expect(reader, &step) == -1)
			return;
	} else if (words_read(reader, line, &step) == -1 ||
	    script_args(reader, line->keys, &step) == -1 ||
	    line_check(reader, &step) == -1) {
		return;
	}
	if (facility_of(step.verb) != 0)
		reader->last = facility_of(step.verb);
	if (reader->script->len == SCRIPT_STEPS_MAX)
		diag_error(reader->diag, &token.place,
		    "a script has at most %d lines", SCRIPT_STEPS_MAX);
	else
		reader->script->steps[reader->script->len++] = step;
}

static const struct grammar_line *
line_find(const char *name)
{
	const struct grammar_line *line;

	for (line = grammar_lines; line->name != NULL; line++)
		if (strcmp(line->name, name) == 0)
			return line;
	return NULL;
}

static void
suggest_lines(struct script_reader *reader, const char *written)
{
	const char *names[SCRIPT_WORDS_MAX];
	size_t n;

	for (n = 0; grammar_lines[n].name != NULL; n++) {
		assert(n + 1 < SCRIPT_WORDS_MAX);
		names[n] = grammar_lines[n].name;
	}
	names[n] = NULL;
	diag_suggest(reader->diag, written, names);
}

/* A script is for the suite from its first line on, or not at all. */
static int
place_check(struct script_reader *reader, const struct grammar_line *line,
    const struct diag_place *place)
{
	struct script *script = reader->script;

	if (line->verb == SCRIPT_SUITE) {
		if (script->len == 0) {
			script->is_suite = true;
			return 0;
		}
		diag_error(reader->diag, place,
		    "'suite' stands at the head of a script");
		return -1;
	}
	if (line->only_suite && !script->is_suite) {
		diag_error(reader->diag, place,
		    "'%s' is for a script that begins with 'suite'",
		    line->name);
		return -1;
	}
	if (!line->in_suite && script->is_suite) {
		diag_error(reader->diag, place,
		    "a script for the suite only says what there is; '%s' "
		    "belongs into a script of its own",
		    line->name);
		return -1;
	}
	return 0;
}

static int
words_read(struct script_reader *reader, const struct grammar_line *line,
    struct script_step *step)
{
	if (line->shape == GRAMMAR_NONE)
		return 0;
	if (script_word(reader, line->words != NULL ? line->name : "a value",
		line->words, &step->word) == -1)
		return -1;
	if (line->shape == GRAMMAR_ONE_AND_NAME)
		return script_word(reader, "a text", NULL, &step->name);
	return 0;
}

int
script_word(struct script_reader *reader, const char *what,
    const char *const *words, const char **word_r)
{
	const struct token *token = &reader->lexer.token;

	if (token->kind == TOKEN_BAD)
		return -1;
	if (token->kind != TOKEN_WORD && token->kind != TOKEN_STRING) {
		diag_error(reader->diag, &token->place,
		    "expected %s, found %s%s%s",
		    words != NULL ? "a word" : what,
		    token_is_end(token) ? "" : "'", shown(token),
		    token_is_end(token) ? "" : "'");
		if (words != NULL)
			diag_suggest(reader->diag, "", words);
		return -1;
	}
	if (words != NULL && grammar_index(words, token->text) == 0) {
		diag_error(reader->diag, &token->place, "'%s' knows no '%s'",
		    what, token->text);
		diag_suggest(reader->diag, token->text, words);
		return -1;
	}
	*word_r = token->text;
	lex_next(&reader->lexer);
	return 0;
}

int
script_args(struct script_reader *reader, const struct grammar_key *keys,
    struct script_step *step)
{
	while (!token_is_end(&reader->lexer.token))
		if (arg_read(reader, keys, step) == -1)
			return -1;
	if (keys == NULL && step->args_len == 0) {
		diag_error(reader->diag, &reader->lexer.token.place,
		    "expected NAME=VALUE, found the end of the line");
		return -1;
	}
	return 0;
}

/* KEY=VALUE, or a flag. */
static int
arg_read(struct script_reader *reader, const struct grammar_key *keys,
    struct script_step *step)
{
	struct script_arg arg = { .value = "" };
	struct token token = reader->lexer.token;

	if (token.kind == TOKEN_BAD)
		return -1;
	if (token.kind != TOKEN_WORD) {
		diag_error(reader->diag, &token.place,
		    "expected NAME=VALUE, found '%s'", shown(&token));
		return -1;
	}
	if (step->args_len == SCRIPT_ARGS_MAX) {
		diag_error(reader->diag, &token.place,
		    "a line has at most %d of these", SCRIPT_ARGS_MAX);
		return -1;
	}
	arg.place = arg.value_place = token.place;
	arg.key = token.text;
	lex_next(&reader->lexer);
	arg.is_flag = !token_is(&reader->lexer.token, TOKEN_MARK, "=");
	if (!arg.is_flag) {
		lex_next(&reader->lexer);
		arg.value_place = reader->lexer.token.place;
		if (script_word(reader, "a value", NULL, &arg.value) == -1)
			return -1;
	}
	if (keys == NULL && arg.is_flag && strcmp(arg.key, "secret") != 0 &&
	    strcmp(arg.key, "refused") != 0) {
		diag_error(reader->diag, &token.place, "'%s' lacks its =VALUE",
		    arg.key);
		return -1;
	}
	if (keys != NULL && value_check(reader, keys, &arg) == -1)
		return -1;
	if (keys != NULL && script_value(step, arg.key) != NULL) {
		diag_error(reader->diag, &arg.place, "'%s' is written twice",
		    arg.key);
		return -1;
	}
	step->args[step->args_len++] = arg;
	return 0;
}

static int
value_check(struct script_reader *reader, const struct grammar_key *keys,
    const struct script_arg *arg)
{
	const char *names[SCRIPT_WORDS_MAX], *const *words;
	const struct grammar_key *key;
	const char *why;
	size_t n;

	for (n = 0; keys[n].name != NULL; n++)
		names[n] = keys[n].name;
	names[n] = NULL;
	for (key = keys; key->name != NULL; key++)
		if (strcmp(key->name, arg->key) == 0)
			break;
	if (key->name == NULL) {
		diag_error(reader->diag, &arg->place,
		    "'%s' is not for this line", arg->key);
		if (n > 0)
			diag_suggest(reader->diag, arg->key, names);
		return -1;
	}
	if (arg->is_flag != (key->type == GRAMMAR_FLAG)) {
		diag_error(reader->diag, &arg->place,
		    !arg->is_flag ? "'%s' stands alone"
				  : "'%s' lacks its =VALUE",
		    arg->key);
		return -1;
	}
	why = grammar_value(key->type, arg->value, &words);
	if (why == NULL)
		return 0;
	diag_error(reader->diag, &arg->value_place, "%s: '%s' %s", arg->key,
	    arg->value, why);
	if (words != NULL)
		diag_suggest(reader->diag, arg->value, words);
	return -1;
}

/* What the table of keys cannot say. */
static int
line_check(struct script_reader *reader, const struct script_step *step)
{
	size_t i;

	if (step->verb == SCRIPT_FAILURES)
		return script_number_check(reader, step, step->word);
	if (step->verb == SCRIPT_SETTLE && script_value(step, "of") != NULL &&
	    script_value(step, "original") != NULL) {
		diag_error(reader->diag, &step->place,
		    "of= names the key whose reference is meant, original= "
		    "the reference itself: one of the two");
		return -1;
	}
	for (i = 0; step->verb == SCRIPT_LIMIT && i < step->args_len; i++) {
		if (grammar_index(grammar_fits, step->args[i].value) != 0)
			continue;
		diag_error(reader->diag, &step->args[i].value_place,
		    "a limit cannot be '%s'", step->args[i].value);
		diag_suggest(reader->diag, step->args[i].value, grammar_fits);
		return -1;
	}
	return 0;
}

static enum till_facility
facility_of(enum script_verb verb)
{
	switch (verb) {
	case SCRIPT_POLICY:
		return TILL_POLICY;
	case SCRIPT_AUTH:
	case SCRIPT_ENROL:
		return TILL_AUTH;
	case SCRIPT_SETTLE:
		return TILL_SETTLE;
	case SCRIPT_NOTIFY:
	case SCRIPT_HEALTH:
		return TILL_NOTIFY;
	default:
		return 0;
	}
}

static const char *
shown(const struct token *token)
{
	return token_is_end(token) ? "the end of the line" : token->text;
}
