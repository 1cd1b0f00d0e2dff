/*
 * form.h - is this POST a form of our own page, in the browser that the page
 * was made for?
 */
#ifndef FRONT_FORM_H
#define FRONT_FORM_H

#include <stdbool.h>

#define CSRF_SIZE 44 /* base64url of 256 bits, with its NUL */

struct work;

bool form_same_origin(struct work *);

/* Read the body as a form; it replaces the query in work->body.  False if it
 * is none. */
bool form_parse(struct work *);
/* Is the member "csrf" of work->body the one that is wanted? */
bool form_token_ok(const struct work *, const char wanted[CSRF_SIZE]);
/* Both of them. */
bool form_read(struct work *, const char wanted[CSRF_SIZE]);

/* The token of a form of this purpose, for who has this secret (of a cookie):
 * HMAC-SHA-256 of the purpose under it.  -1 if the library fails. */
int form_token(const char *purpose, const char *secret, char csrf_r[CSRF_SIZE]);

#endif
