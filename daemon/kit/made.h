/*
 * made.h - replies that a program makes, for prompts whose right reply is
 * another one each time.
 */
#ifndef KIT_MADE_H
#define KIT_MADE_H

#include "kit/check.h"

/* Is this written "run:PROGRAM"? */
bool kit_is_made(const char *written);

/*
 * Run it, its $tmp and $here filled in, with the prompt's id and challenge
 * (base64url), and the order's ticket, merchant, amount, currency and
 * customer as arguments.  What it writes to standard output is the reply;
 * data_r has TILL_REPLY_MAX octets.  -1: it has failed, and so has the
 * case.
 */
int kit_made(struct kit_case *, const struct prompt *, const char *written,
    unsigned char *data_r, size_t *len_r);

#endif
