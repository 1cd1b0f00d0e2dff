/*
 * reach.h - lines that no ticket comes to, guards that never hold.
 */
#ifndef CONFIG_REACH_H
#define CONFIG_REACH_H

#include "config/conf.h"

/* Part of coverage_check. */
void reach_check(const struct conf *, struct diag *);

#endif
