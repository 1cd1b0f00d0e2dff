/*
 * generation.h - one complete configuration at work: the conf, its open
 * instances, its stacks.
 *
 * Orders hold the generation they began with; a reload makes a new one
 * and the old one goes when its last order has.  Counting is atomic.
 */
#ifndef STACK_GENERATION_H
#define STACK_GENERATION_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "config/conf.h"
#include "module/instance.h"

struct generation {
	struct conf *conf;
	struct instance **instances; /* as conf->instances, same order */
	bool needs_strong; /* some guard asks for since-strong counters */
	char digest[CONF_DIGEST_MAX]; /* of its stacks: see conf_digest */
	uint64_t number; /* 1; whoever replaces a generation counts on */
	atomic_uint refs;
};

/* Parse, check, load, open.  All findings go to diag, those of modules
 * and settings even if the file has errors; -1 on any error, with nothing
 * left open.  The loader stays the caller's and must outlive it. */
int generation_build(const char *conf_path, struct loader *, bool check_only,
    struct diag *, struct generation **generation_r);

/*
 * The same, for whoever wants to know which module is about to be loaded
 * and opened, as one may crash or hang in that: before is called with the
 * number of the instance in the conf.  False: pass this one over, about
 * which a finding has been made.  after is called when all has been looked
 * at, also where there were errors, to say what else is wrong.  Either may
 * be NULL.
 */
struct generation_watch {
	bool (*before)(void *arg, const struct conf_instance *, size_t number,
	    struct diag *);
	void *arg; /* of before */
	void (*after)(const void *after_arg, const struct conf *,
	    struct loader *, struct diag *);
	const void *after_arg;
};
int generation_build_watched(const char *conf_path, struct loader *,
    bool check_only, const struct generation_watch *, struct diag *,
    struct generation **generation_r);

struct generation *generation_ref(struct generation *);
void generation_unref(struct generation *); /* NULL is fine */

/* The open instance of a rule; NULL for refuse lines. */
struct instance *generation_instance(const struct generation *,
    const struct conf_rule *);

/* Checks that need both the stacks and the modules: facility fits, a
 * module that can only abstain as the factor that grants, a route with a
 * timeout but without QUERY and IDEMPOTENT, bank routes with amounts
 * finer than the minor unit.  Part of generation_build. */
void generation_check(const struct generation *, struct diag *);

#endif
