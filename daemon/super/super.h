/*
 * super.h - the supervisor: starts the units, watches, starts again.
 *
 * It holds nothing: no ticket, no key, no socket.
 */
#ifndef SUPER_H
#define SUPER_H

#include "super/settings.h"

#define SUPER_FRONT_STOP_MS 15000 /* for a graceful end, then SIGKILL */
#define SUPER_REAR_STOP_MS 30000

/*
 * Start the rear unit, then the front unit; print the address on standard
 * output when both serve; start again what dies; at SIGTERM or SIGINT
 * stop the front, then the rear.  SIGHUP goes to the rear, which reads
 * its configuration again.  Returns the exit status of the process: that
 * of a unit which could not start at all, else EX_OK.
 */
int supervise(const struct settings *);

#endif
