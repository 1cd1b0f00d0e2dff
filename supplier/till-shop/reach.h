/*
 * reach.h - what the shop asks payment servers over HTTP.
 */
#ifndef REACH_H
#define REACH_H

#include <stdbool.h>
#include <stddef.h>

#include <till/error.h>

#define REACHED_MAX 65536 /* octets that a server may answer */
#define REACH_TIMEOUT_S 10L

/* An answer; data is freed with free, also after -1. */
struct reached {
	char *data; /* REACHED_MAX octets, of which len count; or NULL */
	size_t len;
};

/* Once, before and after all else. */
int reach_start(struct till_error *err);
void reach_stop(void);
/* GET url, or POST a token to it; whatever its status.  It blocks, for
 * REACH_TIMEOUT_S seconds at most: nobody calls it with a lock held. */
int reach(const char *url, const char *post, struct reached *reached_r,
    long *status_r, struct till_error *err);
/* The same, where only a plain 200 or 201 counts. */
int reach_text(const char *url, const char *post, struct reached *reached_r,
    struct till_error *err);
/* Does anybody answer there, within so many seconds?  Whatever he says, but
 * that what he stands for is not there. */
bool reach_is_up(const char *url, long patience_s);

#endif
