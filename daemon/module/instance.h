/*
 * instance.h - a configured module, ready to be called.
 *
 * instance_* calls hold a lock around modules that are not
 * TILL_CAP_THREADSAFE, put the result through result_sane, and wipe the
 * replies.  Modules with isolate=process run behind the same functions.
 */
#ifndef MODULE_INSTANCE_H
#define MODULE_INSTANCE_H

#include "config/conf.h"
#include "module/context.h"
#include "module/loader.h"

struct instance;

/* Load the module, apply its settings, open it.  Findings with their
 * place go to diag; -1 then. */
int instance_open(struct loader *, const struct conf_instance *,
    bool check_only, struct instance **instance_r, struct diag *);
void instance_close(struct instance *); /* NULL is fine */

const char *instance_name(const struct instance *);
const struct till_module *instance_module(const struct instance *);

/* Whether it runs in a process of its own: then a call may take as long
 * as its deadline. */
bool instance_is_isolated(const struct instance *);

/* What this instance has in common with that of the same module and name in
 * other configurations of the loader: compared only. */
const void *instance_group(const struct instance *);

enum till_result instance_policy(struct instance *, struct till_context *);
enum till_result instance_auth(struct instance *, struct till_context *);
/* op is what an asynchronous module hands to host->complete; NULL: it
 * must answer at once.  The settlement may not point into the outcome. */
enum till_result instance_settle(struct instance *, struct till_context *,
    const struct till_settlement *, struct till_outcome *, struct till_op *);
enum till_result instance_notify(struct instance *, struct till_context *,
    const struct till_event *);
enum till_result instance_enrol(struct instance *, struct till_context *,
    enum till_enrol);
int instance_health(struct instance *, struct till_error *err);
/* Printable lines; -1: it has none for this word, or none now. */
int instance_report(struct instance *, const char *word,
    char text_r[TILL_REPORT_MAX], struct till_error *err);

/* Of a module that says what became of a settlement later: check it and
 * hand it to the loader's listener. */
int instance_late(struct instance *, const struct till_late *);

/* Stop the clock that the module is told (time_s), for who asks what
 * would be at another time; 0 lets it go again.  Nobody else may be
 * calling the instance. */
void instance_set_time(struct instance *, int64_t time_s);

/*
 * A pending settlement: the owner makes it, the module completes it from
 * any thread, done runs once, there and then; later completions are
 * refused and logged.  op_expire is the deadline's: done runs with
 * TILL_UNKNOWN unless it has run.  Freed when both sides are through.
 */
struct till_op *op_new(void (*done)(void *arg, enum till_result,
			   const struct till_outcome *),
    void *arg);
void op_expire(struct till_op *);
void op_release(struct till_op *); /* the owner's side is through */

#endif
