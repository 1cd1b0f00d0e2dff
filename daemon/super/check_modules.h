/*
 * check_modules.h - files that bear the names of modules that come with
 * till.
 */
#ifndef SUPER_CHECK_MODULES_H
#define SUPER_CHECK_MODULES_H

#include "config/conf.h"
#include "module/loader.h"

/* By its name alone such a module runs inside the rear unit.  A warning
 * for each instance whose file is not in the folder as installed, nor in
 * one that holds all modules that come with till. */
void check_modules(const struct conf *, struct loader *, struct diag *);

#endif
