/*
 * enrol.h - what is said in an enrolment, from both sides.
 */
#ifndef CTL_ENROL_H
#define CTL_ENROL_H

#include <stdbool.h>

#include "ctl/call.h"
#include "module/context.h"

/*
 * Answer all open prompts of an instance: by the call's secret, or by the
 * arguments of the prompts' ids.  EX_OK, or why not; *asks_more_r is set
 * where it asks for another kind of thing.
 */
int enrol_answer(struct call *, const char *instance, bool arguments,
    struct till_context *, bool *asks_more_r);

/* What the module tells beside its GRANT is the call's to tell. */
int enrol_told(struct call *, const struct till_context *);

#endif
