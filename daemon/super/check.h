/*
 * check.h - tilld -n, and what tillctl check says beside the stacks.
 */
#ifndef SUPER_CHECK_H
#define SUPER_CHECK_H

#include "config/conf.h"
#include "super/settings.h"

/* Check the configuration as a start would, modules included; with -nn
 * print it in its canonical form.  Returns the exit status. */
int check_configuration(const struct settings *);

/* What concerns the server as a whole: "set" lines that a start would
 * refuse, a public address, files that bear the names of till's modules.
 * settings are what tilld's options say, before they were completed; or
 * NULL if that is not known.  The conf may be one with errors; is the after
 * of a generation_watch. */
void check_server(const void *settings, const struct conf *, struct loader *,
    struct diag *);

#endif
