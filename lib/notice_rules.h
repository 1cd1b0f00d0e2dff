/*
 * notice_rules.h - what holds for the claims of a signed event.
 */
#ifndef NOTICE_RULES_H
#define NOTICE_RULES_H

#include <till/notice.h>

/* The one typ, and NULL. */
extern const char *const notice_types[];

/* When it is signed as when it is read; the first broken rule is told
 * with the claim's name in front. */
int notice_rules(const struct till_notice *notice, struct till_error *err);

#endif
