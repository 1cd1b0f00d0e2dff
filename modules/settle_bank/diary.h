/*
 * diary.h - lines for the operator, from a thread that may not call the
 * host's log: those that the host did not take otherwise wait here for a
 * call that may, and the last ones stay to be shown.
 */
#ifndef SETTLE_BANK_DIARY_H
#define SETTLE_BANK_DIARY_H

#include <stdbool.h>

#include <till/module.h>

#define DIARY_LINES 64 /* kept; of more that wait the oldest are lost */
#define DIARY_LINE_MAX 224 /* octets, with the NUL */

struct diary;

struct diary *diary_new(void); /* NULL: out of memory */
void diary_free(struct diary *); /* NULL is fine */

/* Any thread; the text is masked already. */
void diary_add(struct diary *, int64_t time_s, enum till_log_level, bool logged,
    const char *text);
/* To the host's log, during a call. */
void diary_log(struct diary *, const struct till_host *, struct till_context *);
/* The last ones, oldest first, as far as they fit behind len octets; how
 * many octets there are then. */
size_t diary_show(struct diary *, char *text, size_t len, size_t size);

#endif
