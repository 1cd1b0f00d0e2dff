/*
 * parse.c - reading till.conf: the whole, and the smallest steps.
 */
#include <stdlib.h>
#include <string.h>

#include "config/parse.h"

#define CURRENCIES_MAX 300 /* ISO 4217 has fewer */

static struct parser *begin(const char *file, struct diag *);
static struct conf *conf_new(void);
static int finish(struct parser *, struct conf **conf_r);
static void load_zone(struct parser *);
static void describe(const struct token *, char *buf, size_t size);

int
conf_parse(const char *path, struct diag *diag, struct conf **conf_r)
{
	struct conf *conf;

	if (conf_read(path, diag, &conf) == -1) {
		conf_free(conf);
		return -1;
	}
	*conf_r = conf;
	return 0;
}

int
conf_read(const char *path, struct diag *diag, struct conf **conf_r)
{
	struct parser *parser;

	*conf_r = NULL;

	parser = begin(strcmp(path, "-") == 0 ? "stdin" : path, diag);
	if (parser == NULL)
		return -1;
	(void)parse_path(parser, path);
	return finish(parser, conf_r);
}

int
conf_parse_text(const char *name, const char *text, size_t len,
    struct diag *diag, struct conf **conf_r)
{
	struct parser *parser;
	struct conf *conf;

	parser = begin(name, diag);
	if (parser == NULL)
		return -1;
	parser->in_memory = true;
	(void)parse_text(parser, name, text, len);
	if (finish(parser, &conf) == -1) {
		conf_free(conf);
		return -1;
	}
	*conf_r = conf;
	return 0;
}

void
conf_free(struct conf *conf)
{
	if (conf == NULL)
		return;
	zone_free(conf->zone);
	/* The conf lies in its own arena. */
	arena_free(conf->mem);
}

const struct token *
look(const struct parser *parser)
{
	return &parser->lexer->token;
}

void
advance(struct parser *parser)
{
	lex_next(parser->lexer);
}

bool
accept_word(struct parser *parser, const char *word)
{
	if (!token_is(look(parser), TOKEN_WORD, word))
		return false;
	advance(parser);
	return true;
}

bool
accept_mark(struct parser *parser, const char *mark)
{
	if (!token_is(look(parser), TOKEN_MARK, mark))
		return false;
	advance(parser);
	return true;
}

int
unexpected(struct parser *parser, const char *what)
{
	const struct token *token = look(parser);
	char found[96];

	/* What cannot be read has its finding already. */
	if (token->kind == TOKEN_BAD)
		return -1;
	describe(token, found, sizeof(found));
	diag_error(parser->diag, &token->place, "expected %s, found %s", what,
	    found);
	return -1;
}

int
expect_word(struct parser *parser, const char *what, struct token *token_r)
{
	if (look(parser)->kind != TOKEN_WORD)
		return unexpected(parser, what);
	*token_r = *look(parser);
	advance(parser);
	return 0;
}

int
expect_text(struct parser *parser, const char *what, struct token *token_r)
{
	if (look(parser)->kind != TOKEN_WORD &&
	    look(parser)->kind != TOKEN_STRING)
		return unexpected(parser, what);
	*token_r = *look(parser);
	advance(parser);
	return 0;
}

int
expect_mark(struct parser *parser, const char *mark, const char *what)
{
	if (!accept_mark(parser, mark))
		return unexpected(parser, what);
	return 0;
}

void
unknown(struct parser *parser, const struct token *token, const char *what,
    const char *const *words)
{
	diag_error(parser->diag, &token->place, "unknown %s '%s'", what,
	    token->text);
	diag_suggest(parser->diag, token->text, words);
}

void
unknown_currency(struct parser *parser, const struct token *token)
{
	const char *codes[CURRENCIES_MAX + 1] = { NULL };
	unsigned int i;

	for (i = 0; i < CURRENCIES_MAX && till_currency_at(i) != NULL; i++)
		codes[i] = till_currency_at(i);
	unknown(parser, token, "currency", codes);
}

void
unread(struct parser *parser, unsigned int facilities)
{
	struct conf *conf = parser->conf;

	conf->broken |= facilities;
	conf->open_end |= facilities;
	conf->unread++;
}

int
out_of_memory(struct parser *parser)
{
	const struct diag_place place = { .file = parser->conf->file };

	diag_error(parser->diag,
	    parser->lexer == NULL ? &place : &look(parser)->place,
	    "out of memory");
	return -1;
}

static struct parser *
begin(const char *file, struct diag *diag)
{
	const struct diag_place place = { .file = file };
	struct conf *conf;
	struct parser *parser;

	parser = calloc(1, sizeof(*parser));
	conf = conf_new();
	if (conf != NULL)
		conf->file = arena_string(conf->mem, file, strlen(file));
	if (parser == NULL || conf == NULL || conf->file == NULL) {
		conf_free(conf);
		free(parser);
		diag_error(diag, &place, "out of memory");
		return NULL;
	}
	parser->diag = diag;
	parser->conf = conf;
	parser->arena = conf->mem;
	parser->pending_end = &parser->pending;
	parser->errors_before = diag_errors(diag);
	return parser;
}

static struct conf *
conf_new(void)
{
	struct conf_stack *stacks[4];
	struct arena *arena;
	struct conf *conf;
	bool complete;
	size_t i;

	arena = arena_new();
	if (arena == NULL)
		return NULL;
	conf = arena_alloc(arena, sizeof(*conf));
	if (conf == NULL)
		goto out;
	conf->mem = arena;
	conf->timezone = "UTC";
	conf->instances =
	    arena_alloc(arena, CONF_INSTANCES_MAX * sizeof(*conf->instances));
	conf->lists = arena_alloc(arena, CONF_LISTS_MAX * sizeof(*conf->lists));
	conf->sets = arena_alloc(arena, CONF_SETS_MAX * sizeof(*conf->sets));
	complete = conf->instances != NULL && conf->lists != NULL &&
	    conf->sets != NULL;
	stacks[0] = &conf->policy;
	stacks[1] = &conf->auth;
	stacks[2] = &conf->settle;
	stacks[3] = &conf->notify;
	for (i = 0; i < 4; i++) {
		stacks[i]->rules = arena_alloc(arena,
		    CONF_RULES_MAX * sizeof(*stacks[i]->rules));
		complete = complete && stacks[i]->rules != NULL;
	}
	if (complete)
		return conf;
out:
	arena_free(arena);
	return NULL;
}

static int
finish(struct parser *parser, struct conf **conf_r)
{
	int r;

	resolve(parser);
	load_zone(parser);
	conf_check(parser->conf, parser->diag);
	r = diag_errors(parser->diag) == parser->errors_before ? 0 : -1;
	*conf_r = parser->conf;
	free(parser);
	return r;
}

static void
load_zone(struct parser *parser)
{
	struct conf *conf = parser->conf;
	struct diag_place place = { .file = conf->file };
	struct till_error err;
	size_t i;

	for (i = 0; i < conf->sets_len; i++)
		if (strcmp(conf->sets[i].key, "timezone") == 0)
			place = conf->sets[i].value_place;
	conf->timezone = conf_set(conf, "timezone");
	if (zone_load(conf->timezone, &conf->zone, &err) == -1)
		diag_error(parser->diag, &place, "%s", err.text);
}

static void
describe(const struct token *token, char *buf, size_t size)
{
	switch (token->kind) {
	case TOKEN_END_OF_FILE:
	case TOKEN_END_OF_LINE:
		(void)snprintf(buf, size, "the end of the line");
		break;
	case TOKEN_STRING:
		(void)snprintf(buf, size, "the text \"%s\"", token->text);
		break;
	case TOKEN_WORD:
	case TOKEN_MARK:
	case TOKEN_BAD:
		(void)snprintf(buf, size, "'%s'", token->text);
		break;
	}
}
