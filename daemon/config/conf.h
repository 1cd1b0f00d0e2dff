/*
 * conf.h - till.conf as it was written: the syntax tree.
 *
 * conf_parse reads a file and what it includes.  It knows the grammar
 * (doc/till.conf.5) but no module: which settings an instance may have
 * is for module/settings.h to say.  A conf is immutable once parsed.
 */
#ifndef CONF_H
#define CONF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <till/error.h>
#include <till/module.h>
#include <till/money.h>

#include "config/diag.h"
#include "config/zone.h"

#define CONF_FILE_MAX (1024 * 1024) /* octets of one file */
#define CONF_FILES_MAX 64 /* files read in all */
#define CONF_DEPTH_MAX 8 /* includes within includes */
#define CONF_NAME_MAX 33 /* an instance's or list's name, with NUL */
#define CONF_INSTANCES_MAX 64
#define CONF_SETTINGS_MAX 64 /* of one instance */
#define CONF_RULES_MAX 64 /* of one facility */
#define CONF_MUST_MAX 8 /* instances on "must" lines */
#define CONF_LISTS_MAX 64
#define CONF_LIST_MAX 4096 /* members of one list */
#define CONF_GUARD_MAX 64 /* nodes of one guard */
#define CONF_SETS_MAX 64 /* keys of set */
#define CONF_IN_FLIGHT_MAX 8192 /* orders at work at one time */

struct conf_setting {
	struct diag_place place; /* of KEY=VALUE */
	struct diag_place value_place;
	const char *key;
	const char *value; /* unquoted */
};

/* module NAME MODULE { KEY = VALUE } */
struct conf_instance {
	struct diag_place place; /* of NAME */
	struct diag_place module_place;
	const char *name;
	const char *module; /* "": what was written is no module's name */
	struct conf_setting *settings; /* the core's own included */
	size_t settings_len;
	/* Settings of every instance, which the core keeps to itself. */
	bool isolate; /* isolate=process */
	bool isolate_set; /* it was written */
	int64_t timeout_ms; /* timeout=; 0: none written */
	int64_t recycle; /* recycle=: calls of one host; 0: no end */
};

/* list NAME MEMBER ... */
struct conf_list {
	struct diag_place place;
	const char *name;
	const char **members; /* sorted by strcmp */
	size_t members_len;
};

enum guard_op {
	GUARD_AND = 1, /* left, right */
	GUARD_OR,
	GUARD_NOT, /* left */
	GUARD_AMOUNT, /* cmp, money */
	GUARD_CURRENCY, /* cmp (== !=), word */
	GUARD_CURRENCY_IN, /* list */
	GUARD_MERCHANT, /* cmp, word */
	GUARD_MERCHANT_IN,
	GUARD_CUSTOMER,
	GUARD_CUSTOMER_IN,
	GUARD_HOUR_IN, /* from, to: minutes of the day, to exclusive;
			  from > to goes over midnight */
	GUARD_WEEKDAY, /* cmp, number: 0 Sunday .. 6 Saturday */
	GUARD_KIND, /* cmp, word */
	GUARD_CHANNEL, /* cmp, word */
	GUARD_AUTH_LEVEL, /* cmp, number */
	GUARD_STRONG_AMOUNT, /* cmp, money */
	GUARD_STRONG_COUNT /* cmp, number */
};

enum guard_cmp { CMP_LT = 1, CMP_LE, CMP_GT, CMP_GE, CMP_EQ, CMP_NE };

struct guard {
	enum guard_op op;
	enum guard_cmp cmp;
	struct diag_place place;
	const struct guard *left, *right;
	const struct conf_list *list;
	const char *word;
	struct till_money money;
	int64_t number, from, to;
};

enum conf_control {
	CONTROL_NONE = 0,
	CONTROL_REQUIRED,
	CONTROL_REQUISITE,
	CONTROL_SUFFICIENT,
	CONTROL_VETO,
	CONTROL_OPTIONAL,
	CONTROL_ROUTE,
	CONTROL_FALLBACK,
	CONTROL_REFUSE,
	CONTROL_MUST,
	CONTROL_TRY
};

/* "on declined=next": the results and actions that a line may name are a
 * closed set per facility; only what is sound is accepted. */
#define CONF_ON_DECLINED_NEXT 1u
#define CONF_ON_NOT_ATTEMPTED_REFUSE 2u

struct conf_rule {
	struct diag_place place; /* of the facility word */
	struct diag_place control_place, target_place;
	enum till_facility facility;
	enum conf_control control;
	const struct conf_instance *instance; /* NULL for refuse "TEXT" */
	const char *text; /* refuse: the text */
	const char *target; /* the instance's name as written, or NULL */
	const struct guard *when; /* NULL: always */
	unsigned int on; /* CONF_ON_... */
	unsigned int number; /* of the rule in its stack, from 0 */
	bool unsure; /* there is a mistake in it that was passed over */
	bool below_unread; /* its stack may have had a line above it that
			      could not be read */
};

struct conf_stack {
	struct conf_rule *rules;
	size_t len;
};

struct conf {
	struct conf_instance *instances;
	size_t instances_len;
	struct conf_list *lists;
	size_t lists_len;
	struct conf_stack policy, auth, settle, notify;
	unsigned int broken; /* facilities of which a line was in error */
	unsigned int open_end; /* those with such a line below all others */
	bool set_unread; /* a set line was in error */
	size_t unread; /* lines that may have been rules and were in error */
	const char *timezone; /* "UTC" unless set */
	struct zone *zone; /* the same, ready to be used */
	/* Other "set KEY VALUE" lines, already checked: see conf_set. */
	struct conf_setting *sets;
	size_t sets_len;
	const char *file; /* the one that was asked for */
	void *mem; /* the arena behind all pointers */
};

/*
 * Read path (or standard input for "-") with all it includes, and check
 * all that can be known without modules: words, guards, names, order of
 * rules, include loops, files that others may write.  Findings go to
 * diag; *conf_r is set unless there were errors.  include patterns are
 * relative to the including file's folder.  -1 if there were errors.
 */
int conf_parse(const char *path, struct diag *, struct conf **conf_r);

/*
 * The same, but *conf_r is what could be read even if there were errors,
 * so that modules and settings can be looked at in the same run; such a
 * conf is good for nothing else.  NULL: there is nothing.
 */
int conf_read(const char *path, struct diag *, struct conf **conf_r);

/* conf_parse of a text in memory, for tests; includes are refused. */
int conf_parse_text(const char *name, const char *text, size_t len,
    struct diag *, struct conf **conf_r);

/* What is wrong with the stacks as a whole: a required line that can be
 * skipped, a stack without an end, an unused instance, unreachable
 * rules.  Runs at the end of conf_parse; its own file: conf_check.c. */
void conf_check(const struct conf *, struct diag *);
/* Its part about instances and lists: conf_names.c. */
void conf_check_names(const struct conf *, struct diag *);
void conf_check_topup(const struct conf *, struct diag *);

/* Canonical form, each rule with its origin as a comment; conf_parse of
 * it gives the same conf. */
void conf_dump(const struct conf *, FILE *);
/* What the policy, auth and settle stacks come to, wherever their lines
 * stand, in a few hexadecimal digits: where this is the same, a rule is
 * known by its number in its stack.  -1: out of memory. */
#define CONF_DIGEST_MAX 17
int conf_digest(const struct conf *, char digest_r[CONF_DIGEST_MAX]);
/* One guard of it, on one line. */
void conf_dump_guard(const struct guard *, FILE *);

/* The value of "set KEY", or the built-in one; NULL for an unknown key.
 * Keys and their checks are one table in conf_set.c: timezone,
 * ticket-lifetime, voucher-lifetime, session-idle, session-max, ... */
const char *conf_set(const struct conf *, const char *key);
/* Is this word one of the value's, which blanks divide? */
bool conf_set_has(const struct conf *, const char *key, const char *word);
/* Likewise for those that are numbers (durations in milliseconds). */
int64_t conf_set_number(const struct conf *, const char *key);
/* Of one that is an amount of each of some currencies (allowance-each,
 * allowance-day): that of this currency.  False: there is none. */
bool conf_set_amount(const struct conf *, const char *key, const char *currency,
    int64_t *micro_r);
/* Amount number i of it; false behind the last. */
bool conf_set_amount_at(const struct conf *, const char *key, size_t i,
    struct till_money *money_r);
/* Is its value written as several words, which have no quotes? */
bool conf_set_has_words(const char *key);

const char *conf_facility_name(enum till_facility);
const char *conf_control_name(enum conf_control);
/* The name of a rule's instance, "" for a refuse line. */
const char *conf_target(const struct conf_rule *);
/* Key number i of set with its line of help, in the order of the table;
 * NULL behind the last. */
const char *conf_set_key(size_t i, const char **help_r);
/* Is this known key read only when the server starts, so that a reload
 * does not put another value to work? */
bool conf_set_is_for_start(const char *key);
void conf_free(struct conf *);

#endif
