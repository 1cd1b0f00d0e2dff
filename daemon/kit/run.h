/*
 * run.h - run a test script of a module.
 */
#ifndef KIT_RUN_H
#define KIT_RUN_H

#include "kit/script.h"
#include "kit/target.h"

/*
 * Run a script from its first line to its last, each stretch between two
 * kills in a process of its own.  What is not as expected, and a crash or
 * a hang of the module, becomes a finding at its line.  Returns the number
 * of lines that were run, or -1 if no process can be had (a finding says
 * so).
 */
int kit_run(struct kit_target *, const struct script *, struct diag *);

#endif
