/*
 * child_guard.h - the child's side of child.c; nobody else includes it.
 */
#ifndef KIT_CHILD_GUARD_H
#define KIT_CHILD_GUARD_H

#include "kit/child.h"

/* Handlers for what must not happen; with trace the marks stop. */
void guard_begin(struct kit_child_life *, bool trace);
void guard_end(void);

#endif
