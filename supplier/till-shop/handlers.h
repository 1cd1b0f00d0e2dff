/*
 * handlers.h - what each address of the shop does.
 */
#ifndef HANDLERS_H
#define HANDLERS_H

#include "web.h"

/* Answer a request that web.c has let through. */
void handle(struct request *);

#endif
