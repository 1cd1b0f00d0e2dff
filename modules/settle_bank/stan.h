/*
 * stan.h - the trace numbers (DE11) of one instance: from 000001 to 999999
 * and round again, never one twice in between, whatever crashes.
 *
 * The file says up to which number they are given away; they are reserved
 * in blocks, so that a number costs no write.  What a crash leaves of a
 * block is skipped.
 */
#ifndef SETTLE_BANK_STAN_H
#define SETTLE_BANK_STAN_H

#include <till/error.h>

#define STAN_BLOCK 100
#define STAN_LEN 6 /* digits */
#define STAN_LAST 999999

struct stan {
	const char *path; /* the caller's */
	unsigned int next, reserved; /* next is free while it is not reserved */
};

/* Where there is no file it begins anywhere, so that what was lost is not
 * counted once more.  Used by one thread at a time. */
int stan_open(struct stan *, const char *path, struct till_error *err);

/* The next number, with a NUL.  -1 if a block cannot be reserved: then
 * none is used. */
int stan_next(struct stan *, char text_r[STAN_LEN + 1], struct till_error *err);

#endif
