/*
 * script.h - a test script of a module, as it was written.
 *
 * A script is lines of words in the manner of till.conf: a verb, and what
 * it needs.  script_parse knows the grammar (doc/writing-a-module.md);
 * what the lines do is for run.c, and what a script that begins with
 * "suite" tells the conformance suite is for suite.c.
 */
#ifndef KIT_SCRIPT_H
#define KIT_SCRIPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/arena.h"
#include "config/diag.h"

#define SCRIPT_FILE_MAX (256 * 1024) /* octets of one script */
#define SCRIPT_STEPS_MAX 2048 /* lines that do something */
#define SCRIPT_ARGS_MAX 16 /* of one line */

enum script_verb {
	SCRIPT_NOTHING = 0,
	/* what there is */
	SCRIPT_SET,
	SCRIPT_CUSTOMER,
	SCRIPT_ORDER,
	SCRIPT_CREDENTIAL,
	SCRIPT_FAILURES,
	SCRIPT_LIMIT,
	SCRIPT_SERVICES,
	SCRIPT_WRITE,
	SCRIPT_COPY,
	SCRIPT_CLOCK,
	/* what is done */
	SCRIPT_OPEN,
	SCRIPT_CLOSE,
	SCRIPT_REPLY,
	SCRIPT_POLICY,
	SCRIPT_AUTH,
	SCRIPT_ENROL,
	SCRIPT_SETTLE,
	SCRIPT_NOTIFY,
	SCRIPT_HEALTH,
	SCRIPT_KILL,
	SCRIPT_FREEZE,
	SCRIPT_THAW,
	/* what comes of it */
	SCRIPT_EXPECT,
	/* for the conformance suite */
	SCRIPT_SUITE,
	SCRIPT_RIGHT,
	SCRIPT_WRONG,
	SCRIPT_ENROLMENT,
	SCRIPT_EFFECTS,
	SCRIPT_SKIP
};

/* One word, or KEY=VALUE. */
struct script_arg {
	struct diag_place place; /* of the word or the key */
	struct diag_place value_place;
	const char *key; /* "": a word of its own */
	const char *value; /* of a flag: "" */
	bool is_flag;
};

struct script_step {
	enum script_verb verb;
	struct diag_place place;
	bool no; /* expect no ... */
	const char *word; /* the first one, or NULL */
	const char *name; /* the second one, or NULL */
	struct script_arg args[SCRIPT_ARGS_MAX];
	size_t args_len;
};

struct script {
	const char *file;
	bool is_suite;
	struct script_step *steps;
	size_t len;
	struct arena *arena; /* behind all pointers */
};

/* Parse a text.  Findings go to diag; NULL if there are errors. */
struct script *script_parse(const char *file, const char *text, size_t len,
    struct diag *);
/* The same for a file; one that cannot be read is a finding, too. */
struct script *script_read(const char *path, struct diag *);
void script_free(struct script *); /* NULL is fine */

/* The value of a key, or of one given as a flag; NULL if it is not
 * there. */
const char *script_value(const struct script_step *, const char *key);
/* A number or a duration (in milliseconds) that the grammar has checked;
 * otherwise where there is none. */
int64_t script_number(const struct script_step *, const char *key,
    int64_t otherwise);

#endif
