/*
 * claims.h - reading JSON that comes from outside.
 *
 * The whole text must be one object, no name may stand twice in any
 * object, and nothing may be nested deeper than CLAIMS_DEPTH_MAX.
 */
#ifndef CLAIMS_H
#define CLAIMS_H

#include <jansson.h>

#include <stddef.h>
#include <stdint.h>

#include <till/error.h>

#define CLAIMS_DEPTH_MAX 8
/* RFC 7493, 2.2: the whole numbers that every JSON reader reads alike. */
#define CLAIMS_INT_MAX INT64_C(9007199254740991)

/*
 * An object that is being read.  Its strings are copied one behind the
 * other into text, which has room for the JSON text they came from:
 * there each has two quotation marks, here one NUL.
 */
struct claims {
	const json_t *object;
	const char *within; /* put before names in errors: "", "items: " */
	char *text;
	size_t left;
};

/* *object_r is released with json_decref; what names the text in errors:
 * "the header", "the payload". */
int claims_load(const char *json, size_t len, const char *what,
    json_t **object_r, struct till_error *err);

/*
 * Read a member.  Its name stands first in *err.  The plain one fails if
 * the member is missing, _opt sets NULL; both fail if it is no string.
 */
int claims_text(struct claims *claims, const char *name, const char **text_r,
    struct till_error *err);
int claims_text_opt(struct claims *claims, const char *name,
    const char **text_r, struct till_error *err);

/* A whole number from 0 to CLAIMS_INT_MAX. */
int claims_int(const struct claims *claims, const char *name, int64_t *int_r,
    struct till_error *err);

/* A list of 1 to max values; *list_r is NULL if it is missing. */
int claims_list_opt(const struct claims *claims, const char *name, size_t max,
    const json_t **list_r, struct till_error *err);

/* One element of such a list, which must be a string. */
int claims_element(struct claims *claims, const json_t *element,
    const char *name, const char **text_r, struct till_error *err);

/* The claims of one element of such a list, which shares the room for
 * strings.  Fails if the element is no object. */
int claims_enter(struct claims *claims, const json_t *element,
    const char *within, struct claims *inner_r, struct till_error *err);
void claims_leave(struct claims *claims, const struct claims *inner);

#endif
