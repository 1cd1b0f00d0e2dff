/*
 * log.h - what the server says about itself: one JSON line per event, on
 * standard error.
 *
 *	{"time":"2026-11-22T15:45:00.123Z","level":"info","unit":"rear",
 *	 "event":"order.paid","ticket":"...","merchant":"press-1"}
 *
 * Secrets, passwords and tokens are never logged; a ticket is named by
 * its hash, under the key "ticket".
 */
#ifndef LOG_H
#define LOG_H

#include <stdbool.h>
#include <stdint.h>

#include <till/module.h>

#define LOG_LINE_MAX 4096 /* octets of one line; longer ones are cut */
#define LOG_NUMBER_MAX 24 /* a number as text, with its NUL */

/* Once, before any other thread: the unit's name, which must live as
 * long as the process. */
void log_open(const char *unit);
/* Whether lines of TILL_LOG_DEBUG are written; not, at first. */
void log_debug(bool on);

/*
 * One line.  After event (a stable word with points, "unit.started") come
 * pairs of a key and its text, then NULL.  A pair whose text is NULL is
 * left out.  Any thread; one write(2), so lines never mix.  Texts may
 * hold anything: controls and what is no UTF-8 are escaped.
 */
void log_line(enum till_log_level level, const char *event, ...)
    __attribute__((sentinel));

/* A number for such a pair; returns buf. */
const char *log_number(int64_t number, char buf[LOG_NUMBER_MAX]);

#endif
