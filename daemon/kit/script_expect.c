/*
 * script_expect.c - what a line of a test script expects of a call.
 */
#include <assert.h>
#include <string.h>

#include "config/value.h"
#include "kit/script_read.h"
#include "module/result.h"

#define RESULTS_END 0x500 /* behind the last range of results */

static const struct grammar_thing *thing_find(const char *);
static void suggest_things(struct script_reader *, const char *);

/* [no] THING [NAME] KEY=VALUE ... */
int
script_expect(struct script_reader *reader, struct script_step *step)
{
	const struct grammar_thing *thing;
	struct token token;

	if (token_is(&reader->lexer.token, TOKEN_WORD, "no")) {
		step->no = true;
		lex_next(&reader->lexer);
	}
	token = reader->lexer.token;
	if (script_word(reader, "a result", NULL, &step->word) == -1)
		return -1;
	thing = thing_find(step->word);
	if (reader->last == 0 && (thing == NULL || thing->call)) {
		diag_error(reader->diag, &token.place,
		    "nothing has been called yet, so nothing can be expected");
		return -1;
	}
	if (thing == NULL) {
		if (result_from_name(reader->last, step->word) == -1) {
			diag_error(reader->diag, &token.place,
			    "'%s' is no result of this call, nor a thing that "
			    "can be expected",
			    step->word);
			suggest_things(reader, step->word);
			return -1;
		}
		return script_args(reader, grammar_result_keys, step);
	}
	if (thing->named &&
	    script_word(reader, "a name or a text", NULL, &step->name) == -1)
		return -1;
	if (script_args(reader, thing->keys, step) == -1)
		return -1;
	return strcmp(step->word, "failures") == 0
	    ? script_number_check(reader, step, step->name)
	    : 0;
}

int
script_number_check(struct script_reader *reader,
    const struct script_step *step, const char *text)
{
	int64_t number;

	if (value_number(text, UINT32_MAX, &number) == 0)
		return 0;
	diag_error(reader->diag, &step->place, "'%s' is not a whole number",
	    text);
	return -1;
}

static const struct grammar_thing *
thing_find(const char *name)
{
	const struct grammar_thing *thing;

	for (thing = grammar_things; thing->name != NULL; thing++)
		if (strcmp(thing->name, name) == 0)
			return thing;
	return NULL;
}

/* The results of the last call's facility, and the things. */
static void
suggest_things(struct script_reader *reader, const char *written)
{
	const char *names[SCRIPT_WORDS_MAX];
	size_t i, n = 0;
	int result;

	for (result = 0; result < RESULTS_END; result++) {
		if (result_sane(reader->last, (enum till_result)result) !=
			(enum till_result)result ||
		    strcmp(result_name((enum till_result)result), "none") == 0)
			continue;
		assert(n + 1 < SCRIPT_WORDS_MAX);
		names[n++] = result_name((enum till_result)result);
	}
	for (i = 0; grammar_things[i].name != NULL; i++) {
		assert(n + 1 < SCRIPT_WORDS_MAX);
		names[n++] = grammar_things[i].name;
	}
	names[n] = NULL;
	diag_suggest(reader->diag, written, names);
}
