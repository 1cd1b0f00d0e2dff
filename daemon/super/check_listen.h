/*
 * check_listen.h - is the front unit left alone with a public network?
 */
#ifndef SUPER_CHECK_LISTEN_H
#define SUPER_CHECK_LISTEN_H

#include "config/conf.h"

/* Warn, at the line of "set listen", where the configuration has the
 * front unit listen on a public address, with no proxy before it and a
 * libmicrohttpd that should not face one: what the front unit itself
 * says when it starts. */
void check_listen(const struct conf *, struct diag *);

#endif
