/*
 * trial.h - open modules, and ask them, in a process that may be lost.
 *
 * A module that crashes, hangs or exits while it is loaded and opened
 * takes only that process with it.  Then another one is made, in which
 * this module has an error at its line and is passed over, so that one run
 * still tells of all mistakes.  One that does so when it is asked ends the
 * trial.
 */
#ifndef CTL_TRIAL_H
#define CTL_TRIAL_H

#include "stack/generation.h"

#define TRIAL_MS 5000 /* that one module may take to open or to answer */

/* What the caller's run is like. */
struct trial_kind {
	bool input; /* it reads the standard input */
	bool json; /* what goes wrong is said as JSON */
};

/* Call run in a process of its own, with the watch to build by.  It
 * returns an exit status after it has called trial_output and written its
 * findings to standard output.  Returns that status, or one of sysexits.h. */
int trial_run(int (*run)(void *arg, const struct generation_watch *), void *arg,
    const struct trial_kind *);

/* From here on standard output is what it was; before, what a module
 * prints there comes out of standard error.  No module is at work any
 * more. */
void trial_output(const struct generation_watch *);

/* Before a module is asked, and with NULL when it has answered; the arg is
 * the watch's. */
void trial_asks(void *arg, const struct conf_instance *);

#endif
