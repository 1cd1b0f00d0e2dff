/*
 * explain.h - what would become of a ticket, line by line.
 *
 * The walks of the daemon decide, with answers of modules that are
 * supplied, or asked for where asking has no effect (TILL_CAP_PURE policy
 * modules, with counters that know no earlier payment), or else assumed
 * to be the good one: allow, grant, committed, delivered.
 */
#ifndef STACK_EXPLAIN_H
#define STACK_EXPLAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <till/error.h>

#include "stack/generation.h"
#include "stack/walk.h"

#define EXPLAIN_ANSWERS_MAX 64
#define EXPLAIN_LEVEL 1 /* auth.level that an assumed grant adds */
#define EXPLAIN_STRONG 2 /* that an assumed step-up asks for */
#define EXPLAIN_STACKS 4
#define EXPLAIN_CODE_MAX 32

/* "INSTANCE=RESULT" or "INSTANCE=RESULT/LEVEL". */
struct explain_answer {
	char instance[CONF_NAME_MAX];
	char result[32];
	int64_t level; /* -1: none was said */
};

enum explain_source {
	EXPLAIN_NOBODY = 0, /* the line was not asked */
	EXPLAIN_SUPPLIED,
	EXPLAIN_ASKED,
	EXPLAIN_ASSUMED
};

struct explain_line {
	enum explain_source source;
	int64_t level; /* added by a grant; or asked for by a step-up */
	int64_t auth_level; /* before this line */
	char code[EXPLAIN_CODE_MAX]; /* of a module that was asked */
	bool failed; /* an error that the walk takes for a decline, as the
			module moves nothing itself */
};

enum explain_end {
	EXPLAIN_NONE = 0,
	EXPLAIN_PAID,
	EXPLAIN_IDENTIFIED,
	EXPLAIN_HELD,
	EXPLAIN_PENDING,
	EXPLAIN_UNKNOWN,
	EXPLAIN_NO_AUTH, /* refused by the auth stack */
	EXPLAIN_NO_POLICY,
	EXPLAIN_NO_LEVEL, /* policy asks for a higher auth.level */
	EXPLAIN_NO_ROUTE, /* no route took it */
	EXPLAIN_DECLINED /* those that did could not settle it */
};

struct explain {
	/* The question. */
	const struct generation *generation;
	struct facts facts;
	struct till_order order;
	struct explain_answer answers[EXPLAIN_ANSWERS_MAX];
	size_t answers_len;
	/* Called before a module is asked, and with NULL when it has
	 * answered; or NULL. */
	void (*asks)(void *arg, const struct conf_instance *);
	void *arg; /* of asks */

	/* The answer; stacks in the order policy, auth, settle, notify. */
	struct walk walks[EXPLAIN_STACKS];
	struct explain_line lines[EXPLAIN_STACKS][CONF_RULES_MAX];
	int64_t level_needed;
	enum explain_end end;
	const struct conf_rule *by; /* the line that decided, or NULL */
};

/* Read one answer and keep it; names and words must be of the conf, and what
 * a charge may be answered. */
int explain_answer(struct explain *, const char *text, struct till_error *err);

/* Walk all stacks.  facts and order must be filled. */
void explain_run(struct explain *);

const char *explain_end_name(enum explain_end);
const char *explain_source_name(enum explain_source);

#endif
