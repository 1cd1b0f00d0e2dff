/*
 * trial.h - open modules in a process that may be lost.
 *
 * A module that crashes, hangs or exits while it is loaded and opened
 * takes only that process with it.  Then another one is made, in which
 * this module has an error at its line and is passed over, so that one run
 * still tells of all mistakes.
 */
#ifndef CTL_TRIAL_H
#define CTL_TRIAL_H

#include "stack/generation.h"

#define TRIAL_MS 5000 /* that one module may take to open */

/* Call run in a process of its own, with the watch to build by.  It
 * returns an exit status after it has called trial_output and written its
 * findings to standard output.  Returns that status, or one of sysexits.h. */
int trial_run(int (*run)(void *arg, const struct generation_watch *),
    void *arg);

/* From here on standard output is what it was; before, what a module
 * prints there comes out of standard error. */
void trial_output(const struct generation_watch *);

#endif
