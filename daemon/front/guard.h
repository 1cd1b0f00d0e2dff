/*
 * guard.h - is this the head of a request that we want to know more of?
 *
 * Pure functions of texts.  What the guard lets pass can be read in one
 * way only: by us and by whatever proxy stands before us.
 */
#ifndef FRONT_GUARD_H
#define FRONT_GUARD_H

#include <stdbool.h>
#include <stddef.h>

#include "front/http.h"

/* A header field as received, without the blanks before its value. */
struct guard_field {
	const char *name, *value;
	size_t name_len, value_len;
};

struct guard_head {
	const char *method, *target, *version;
	const struct guard_field *fields;
	size_t fields_len; /* HTTP_FIELDS_MAX + 1 stands for more */
	size_t size; /* octets of the whole head; 0: not known */
	const char *hosts[2]; /* ours; both NULL: any */
	size_t body_max;
};

/*
 * 0, or the status to refuse it with (400, 413, 414, 421, 431, 501) and
 * in *why_r a sentence for the answer.  *body_r says whether a body
 * follows.  RFC 9110 and 9112.
 */
unsigned int guard_check(const struct guard_head *, bool *body_r,
    const char **why_r);

#endif
