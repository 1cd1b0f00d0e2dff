/*
 * started.h - the settings that the server was started with.
 *
 * Some are read only then: sockets, users, threads, memory.  A reload
 * takes another value of these as right, but it does nothing; whoever
 * reloads is told so.
 */
#ifndef REAR_STARTED_H
#define REAR_STARTED_H

#include "config/conf.h"

struct started;

/* A copy of these settings of a conf.  NULL: out of memory. */
struct started *started_new(const struct conf *);
void started_free(struct started *); /* NULL is fine */

/* A warning for each that has another value now, at its line or, where
 * there is none any more, for the file as a whole. */
void started_compare(const struct started *, const struct conf *,
    struct diag *);

#endif
