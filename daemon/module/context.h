/*
 * context.h - one conversation of one instance: what struct till_context
 * is on the server's side.
 *
 * The owner (rear unit, explain, a test) fills in order and ops, calls
 * the instance, and reads what the module left: prompts, why, methods,
 * limits.  Reply memory is locked, owned here and wiped.
 */
#ifndef MODULE_CONTEXT_H
#define MODULE_CONTEXT_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <till/module.h>
#include <till/voucher.h>

#include "config/conf.h"

#define CONTEXT_LIMITS_MAX 8
#define CONTEXT_CODE_MAX 32
#define CONTEXT_ALERTS_MAX 4

/* What the owner does for a module.  NULL members: the service fails. */
struct context_ops {
	int (*credential_list)(void *owner, const char *instance,
	    const char *customer,
	    int (*each)(void *arg, const struct till_credential *), void *arg);
	/* *data_r and what it holds live until the next call or clear */
	int (*credential_get)(void *owner, const char *instance,
	    const char *customer, const char *id,
	    struct till_credential *credential_r);
	int (*credential_put)(void *owner, const char *instance,
	    const char *customer, const struct till_credential *);
	int (*credential_remove)(void *owner, const char *instance,
	    const char *customer, const char *id);
	int (*failures)(void *owner, const char *instance, const char *customer,
	    struct till_failures *);
	/* NULL: there are no places, all failures are from here */
	int (*failures_here)(void *owner, const char *instance,
	    const char *customer, struct till_failures *);
	int (*failed)(void *owner, const char *instance, const char *customer);
	int (*succeeded)(void *owner, const char *instance,
	    const char *customer);
	/* does the order fit in now: 0, 1, -1; what it states is kept.  For
	 * an auth module limit_look takes its place, if there is one: what
	 * it has stated is in the context when the call has granted. */
	int (*limit)(void *owner, const char *instance,
	    const struct till_limit *);
	/* The same in two steps: look changes nothing, keep does not look.
	 * An owner has both or none. */
	int (*limit_look)(void *owner, const char *instance,
	    const struct till_limit *);
	int (*limit_keep)(void *owner, const char *instance,
	    const struct till_limit *);
	void (*log)(void *owner, const char *instance, enum till_log_level,
	    const char *text);
	void (*alert)(void *owner, const char *instance, const char *type,
	    const char *text);
	int64_t (*now_ms)(void *owner); /* NULL: CLOCK_MONOTONIC */
};

/* A prompt as kept: its texts are copies. */
struct prompt {
	enum till_prompt_kind kind;
	char id[TILL_PROMPT_ID_MAX];
	char label[64];
	char text[TILL_TEXT_MAX];
	uint32_t min_len, max_len, ttl_ms;
	int64_t set_ms;
	char format[32];
	unsigned char challenge[256];
	size_t challenge_len;
	char choices[8][64];
	size_t choices_len;
	char data[TILL_PROMPT_DATA_MAX]; /* last: see rear/pack.c */
};

/* A reply as kept: its octets lie in secure memory. */
struct reply {
	char id[TILL_PROMPT_ID_MAX];
	char format[32];
	int64_t set_ms; /* when its prompt was set */
	unsigned char *data;
	size_t len;
};

struct context_limit {
	char name[32];
	enum till_scope scope;
	enum till_window window;
	int64_t max_micro, max_count;
};

struct till_context {
	char instance[CONF_NAME_MAX];
	enum till_facility facility; /* what is being called */
	const struct till_order *order; /* the owner's */
	const struct context_ops *ops;
	void *owner;

	/* What the module left. */
	struct prompt prompts[TILL_PROMPT_MAX];
	size_t prompts_len;
	char code[CONTEXT_CODE_MAX]; /* of host->fail, or "" */
	struct till_error why;
	char amr[TILL_AMR_MAX][16];
	size_t amr_len;
	uint32_t level; /* granted by this call */
	uint32_t step_up;
	uint32_t retry_after_ms; /* asked for by this call, or 0 */
	struct context_limit limits[CONTEXT_LIMITS_MAX];
	size_t limits_len;
	size_t alerts; /* raised in this call */
	unsigned char state[TILL_STATE_MAX];
	size_t state_len;

	/* See context_reply_put. */
	struct reply replies[TILL_PROMPT_MAX];
	size_t replies_len;
};

/* Make one for an instance's calls in one conversation; NULL: out of
 * memory.  The owner may call the same instance again with it. */
struct till_context *context_new(const char *instance, enum till_facility,
    const struct context_ops *, void *owner);
void context_free(struct till_context *); /* wipes; NULL is fine */

/*
 * Take in a reply; the bytes are copied into secure memory.  Refused
 * (-1) if no open prompt has this id, its time to live has passed or a
 * length bound is broken.
 */
int context_reply_put(struct till_context *, const char *id, const void *data,
    size_t len, const char *format, struct till_error *err);
/* The same for what no prompt asks: TILL_ENROL_REMOVE's "credential". */
int context_reply_give(struct till_context *, const char *id, const void *data,
    size_t len, struct till_error *err);
/* The reply to an id; NULL if there is none. */
const struct reply *context_reply(const struct till_context *, const char *id);
/* Wipe the replies; done by the instance_ functions after each call. */
void context_replies_clear(struct till_context *);
/* Forget prompts, why, methods and limits before a new call; replies and
 * state stay.  Done by the instance_ functions before each call. */
void context_begin(struct till_context *);

/*
 * host->limit for a module that is told the answer before it asks: what
 * that would be, -1 where it cannot be known, which changes nothing; and,
 * when the module has asked, that it did, -1 where it may not.
 */
int context_limit_look(struct till_context *, const struct till_limit *);
int context_limit_keep(struct till_context *, const struct till_limit *);

/* On the owner's clock, or CLOCK_MONOTONIC. */
int64_t context_now_ms(const struct till_context *);
/* A line of the owner's log on behalf of the instance. */
void context_log(struct till_context *, enum till_log_level, const char *fmt,
    ...) __attribute__((format(printf, 3, 4)));
void context_vlog(struct till_context *, enum till_log_level, const char *fmt,
    va_list) __attribute__((format(printf, 3, 0)));

/* The table that modules get; one for the whole process. */
const struct till_host *context_host(void);

#endif
