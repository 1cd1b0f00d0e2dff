/*
 * dispatch.h - the server of the link, with a part for each request.
 */
#ifndef REAR_DISPATCH_H
#define REAR_DISPATCH_H

#include <till/error.h>

#include "rear/unit.h"

struct dispatch;

/* Listen on the link; sets rear->link, which its owner stops before
 * dispatch_free. */
int dispatch_start(struct rear *, struct dispatch **dispatch_r,
    struct till_error *err);
void dispatch_free(struct dispatch *); /* NULL is fine */

#endif
