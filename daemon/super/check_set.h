/*
 * check_set.h - "set" lines that tilld would refuse at its start.
 */
#ifndef SUPER_CHECK_SET_H
#define SUPER_CHECK_SET_H

#include "config/conf.h"
#include "super/settings.h"

/* Errors, at the values' places, for addresses, the issuer, proxies, TLS
 * files and folders, by the parsers of tilld.  What settings, which may be
 * NULL, say by options is not looked for in the conf.  Nothing is listened
 * on; users and groups are not looked for, for the server may be another
 * machine. */
void check_set(const struct conf *, const struct settings *, struct diag *);

#endif
