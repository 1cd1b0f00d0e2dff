/*
 * parse.h - what the parts of the parser share; nobody else includes it.
 *
 * A function that parses returns 0, or -1 after a finding that leaves the
 * rest of the line without meaning.  A mistake that does not is found and
 * passed over, so that one run tells of as many as it can.
 */
#ifndef CONFIG_PARSE_H
#define CONFIG_PARSE_H

#include <sys/types.h>

#include "config/conf.h"
#include "config/lex.h"

#define ALL_FACILITIES (TILL_POLICY | TILL_AUTH | TILL_SETTLE | TILL_NOTIFY)

struct conf_file {
	dev_t dev;
	ino_t ino;
	struct diag_place place; /* of the include line; line 0: none */
	bool open; /* it is being read */
};

/* A name whose meaning is known only when all files are read. */
struct pending {
	struct pending *next;
	const char *name;
	struct diag_place place;
	const struct conf_instance **instance_r; /* either this */
	struct guard *guard; /* or this, for its list */
};

struct parser {
	struct diag *diag;
	struct arena *arena;
	struct conf *conf;
	struct lexer *lexer; /* of the file that is being read */
	bool in_memory; /* there are no files to include */
	struct conf_file files[CONF_FILES_MAX];
	size_t files_len;
	unsigned int depth;
	struct pending *pending, **pending_end;
	const struct conf_instance *nobody;
	size_t guard_nodes; /* of the guard that is being read */
	struct conf_setting settings[CONF_SETTINGS_MAX];
	const char *members[CONF_LIST_MAX];
	size_t errors_before; /* findings that are not of this run */
};

/* Words, as ends with NULL, for findings. */
extern const char *const conf_facility_words[];
extern const char *const conf_weekday_words[]; /* from sunday */
extern const char *const conf_cmp_words[]; /* from CMP_LT */
const char *const *conf_control_words(enum till_facility);
const char *conf_field_name(enum guard_op); /* NULL: none */
enum till_facility conf_facility_from_name(const char *); /* 0: none */
enum conf_control conf_control_from_name(enum till_facility, const char *);

/* parse.c: the token to look at, and what to do with it. */
const struct token *look(const struct parser *);
void advance(struct parser *);
bool accept_word(struct parser *, const char *word);
bool accept_mark(struct parser *, const char *mark);
/* "expected WHAT, found 'x'"; -1. */
int unexpected(struct parser *, const char *what);
int expect_word(struct parser *, const char *what, struct token *token_r);
int expect_mark(struct parser *, const char *mark, const char *what);
/* A word or a string. */
int expect_text(struct parser *, const char *what, struct token *token_r);
/* "unknown WHAT 'x'", with the words of which it could have been one. */
void unknown(struct parser *, const struct token *, const char *what,
    const char *const *words);
void unknown_currency(struct parser *, const struct token *);
int out_of_memory(struct parser *);
/* A line that may have been a rule of one of these facilities. */
void unread(struct parser *, unsigned int facilities);

/* parse_file.c */
int parse_text(struct parser *, const char *file, const char *text, size_t len);
int parse_path(struct parser *, const char *path);
int parse_include(struct parser *);
/* parse_line.c */
void parse_lines(struct parser *);
/* parse_rule.c */
int parse_rule(struct parser *, enum till_facility, const struct token *);
/* parse_guard.c */
int parse_guard(struct parser *, const struct guard **guard_r);
/* conf_set.c */
int parse_set(struct parser *);
/* conf_set_amounts.c: "0.50 EUR 0.60 USD", or "none". */
int parse_set_amounts(struct parser *, struct token *value_r);
/* parse_name.c */
int pending_instance(struct parser *, const struct token *,
    const struct conf_instance **instance_r);
/* The name is still to be known, but not for this rule. */
void pending_forget(struct parser *, const struct conf_instance **instance);
int pending_list(struct parser *, const struct token *, struct guard *);
void resolve(struct parser *);

#endif
