/*
 * body.h - what a request's body says, read in place.
 *
 * A body may hold a password.  So it is not given to a general JSON
 * library, which would spread copies over the heap: it is read in the
 * very buffer that it came in, which lies in secure memory and is wiped.
 * Two forms: a JSON object (RFC 8259) whose members are strings, true,
 * false or objects of such strings; and an HTML form, where a name
 * "answers.pin" stands for the member "pin" of the object "answers".
 * A query string is read as a form.
 */
#ifndef FRONT_BODY_H
#define FRONT_BODY_H

#include <stdbool.h>
#include <stddef.h>

#include <till/error.h>

#define BODY_MEMBERS_MAX 32

enum body_type { BODY_STRING = 1, BODY_TRUE, BODY_FALSE, BODY_NULL };

struct body_member {
	const char *group; /* the object it is in; "" for the outermost */
	const char *name;
	enum body_type type;
	char *value; /* BODY_STRING: NUL terminated, no NUL before */
	size_t len;
};

/* Points into the buffer that was read. */
struct body {
	struct body_member members[BODY_MEMBERS_MAX];
	size_t len;
};

/*
 * Both write into text, which is NUL terminated behind len octets, and
 * fail for what is not such a body, for a name that comes twice, for
 * more than BODY_MEMBERS_MAX members, for text that is not UTF-8 and for
 * a NUL in it.  *err never quotes a value.
 */
int body_json(char *text, size_t len, struct body *body_r,
    struct till_error *err);
int body_form(char *text, size_t len, struct body *body_r,
    struct till_error *err);

/*
 * What is not text comes as base64url (RFC 4648, 5, without padding) in a
 * group of its own: make of each member of that group the octets that it
 * stands for, in place, as if it had come in the group "as", where a NUL is
 * an octet like any other.  Fails where it is something else, or the other
 * group has a member of that name.
 */
int body_octets(struct body *, const char *group, const char *as,
    struct till_error *err);

/* The string of that name, or NULL. */
const char *body_text(const struct body *, const char *group, const char *name);
bool body_true(const struct body *, const char *group, const char *name);
/* The name of a member that is not in the list "a b answers.", or NULL: a
 * word with a point at its end is a group of any names. */
const char *body_unknown(const struct body *, const char *const *known);

#endif
