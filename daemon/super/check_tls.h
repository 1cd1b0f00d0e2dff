/*
 * check_tls.h - are the TLS files a certificate and its key?
 */
#ifndef SUPER_CHECK_TLS_H
#define SUPER_CHECK_TLS_H

#include "config/conf.h"

/* Errors, at the values' places, for files that are not there or do not
 * hold what they should, and for two that do not belong together.  Either
 * may be NULL.  Of a file that this user may not read nothing is said: who
 * checks may not be who may read it. */
void check_tls(const struct conf_setting *certificate,
    const struct conf_setting *key, struct diag *);

#endif
