/*
 * statement.h - a statement on the command line: its times, whether its sums
 * hold, and how it is laid out.
 */
#ifndef CTL_STATEMENT_H
#define CTL_STATEMENT_H

#include <jansson.h>

#include <till/error.h>

#define STATEMENT_TIMEOUT_MS INT64_C(600000)

/* "since" and "until" become numbers: a day, from its beginning to its end,
 * or a time; UTC. */
int statement_prepare(json_t *args, struct till_error *err);

/* Does each line lead from the balance before it to the one after it, and
 * all of them from the opening to the closing balances? */
int statement_check(const json_t *reply, struct till_error *err);

void statement_print(const json_t *reply);

#endif
