/*
 * post.h - questions to a payment server: JSON there, JSON back.
 */
#ifndef POST_H
#define POST_H

#include <jansson.h>

#include <stddef.h>

#include <till/error.h>

#define POST_ANSWER_MAX 65536 /* octets */

enum post_end {
	POST_NONE = 0,
	POST_ANSWERED,
	POST_UNSENT, /* the server cannot have got it */
	POST_LOST /* it may have; the answer did not come */
};

struct post;

/* server is the issuer of the payment server.  One question at a time,
 * each of at most timeout_s seconds.  Freed with post_close. */
int post_open(const char *server, long timeout_s, struct post **post_r,
    struct till_error *);
void post_close(struct post *); /* NULL is fine */

/*
 * POST a JSON text to a path.  *status_r and *answer_r (an object, freed
 * with json_decref) are written for POST_ANSWERED only; what is no JSON
 * object is no answer of a payment server, so it is lost.
 */
enum post_end post_json(struct post *, const char *path, const char *body,
    size_t len, long *status_r, json_t **answer_r, struct till_error *);

#endif
