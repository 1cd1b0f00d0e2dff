/*
 * gate.h - the module settle_gate, configured with gate=@DIR@/gate and
 * calls=@DIR@/calls.  Failing calls fail the test.
 */
#ifndef SUPPORT_GATE_H
#define SUPPORT_GATE_H

#include "support/rears.h"

/* How often it was called; wait until it was so often. */
int gate_calls(const struct rears *);
void gate_wait_calls(const struct rears *, int n);
/* It settles from now on, also what it was asked before. */
void gate_open(const struct rears *);

#endif
