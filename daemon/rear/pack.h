/*
 * pack.h - what must be kept of a context between two steps.
 *
 * A context has room for all that a module may ever say, some 15 kB; of
 * thousands of conversations that wait for people only the open prompts
 * and the module's state are kept.
 */
#ifndef REAR_PACK_H
#define REAR_PACK_H

#include "module/context.h"

struct packed;

struct packed *context_pack(const struct till_context *); /* NULL: no memory */
/* Put it back into a new context, and free it. */
void context_unpack(struct till_context *, struct packed *);
void packed_free(struct packed *); /* wipes; NULL is fine */

#endif
