/*
 * check.h - tilld -n.
 */
#ifndef SUPER_CHECK_H
#define SUPER_CHECK_H

#include "super/settings.h"

/* Check the configuration as a start would, modules included; with -nn
 * print it in its canonical form.  Returns the exit status. */
int check_configuration(const struct settings *);

#endif
