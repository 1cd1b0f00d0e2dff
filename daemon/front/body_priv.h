/*
 * body_priv.h - what the files body*.c share.
 */
#ifndef FRONT_BODY_PRIV_H
#define FRONT_BODY_PRIV_H

#include "front/body.h"

/* Check a member that was read and add it. */
int body_put(struct body *, const struct body_member *, struct till_error *);

#endif
