/*
 * body.c - what both forms of a body have in common.
 */
#include <string.h>

#include "base64url.h"
#include "front/body.h"
#include "front/body_priv.h"
#include "front/utf8.h"

static const struct body_member *body_find(const struct body *, const char *,
    const char *);

int
body_put(struct body *body, const struct body_member *member,
    struct till_error *err)
{
	if (!utf8_ok(member->name, strlen(member->name)) ||
	    !utf8_ok(member->group, strlen(member->group)))
		return till_fail(err, "a name is not UTF-8");
	if (member->type == BODY_STRING &&
	    (!utf8_ok(member->value, member->len) ||
		memchr(member->value, '\0', member->len) != NULL))
		return till_fail(err, "%.32s: not UTF-8 text", member->name);
	if (body_find(body, member->group, member->name) != NULL)
		return till_fail(err, "%.32s: comes twice", member->name);
	if (body->len == BODY_MEMBERS_MAX)
		return till_fail(err, "more than %d members", BODY_MEMBERS_MAX);
	body->members[body->len++] = *member;
	return 0;
}

const char *
body_text(const struct body *body, const char *group, const char *name)
{
	const struct body_member *member = body_find(body, group, name);

	if (member == NULL || member->type != BODY_STRING)
		return NULL;
	return member->value;
}

bool
body_true(const struct body *body, const char *group, const char *name)
{
	const struct body_member *member = body_find(body, group, name);

	return member != NULL && member->type == BODY_TRUE;
}

const char *
body_unknown(const struct body *body, const char *const *known)
{
	const struct body_member *member;
	const char *const *k;
	size_t i, len;

	for (i = 0; i < body->len; i++) {
		member = &body->members[i];
		for (k = known; *k != NULL; k++) {
			len = strlen(*k);
			if ((*k)[len - 1] == '.') {
				if (strlen(member->group) == len - 1 &&
				    memcmp(member->group, *k, len - 1) == 0)
					break;
			} else if (member->group[0] == '\0' &&
			    strcmp(member->name, *k) == 0) {
				break;
			}
		}
		if (*k == NULL)
			return member->name;
	}
	return NULL;
}

int
body_octets(struct body *body, const char *group, const char *as,
    struct till_error *err)
{
	struct body_member *member;
	size_t i;

	for (i = 0; i < body->len; i++) {
		member = &body->members[i];
		if (strcmp(member->group, group) != 0)
			continue;
		if (body_find(body, as, member->name) != NULL)
			return till_fail(err, "%.32s: comes twice",
			    member->name);
		if (member->type != BODY_STRING ||
		    base64url_decode(member->value, member->len, member->value,
			member->len, &member->len) == -1)
			return till_fail(err, "%.32s: not base64url",
			    member->name);
		member->value[member->len] = '\0';
		member->group = as;
	}
	return 0;
}

static const struct body_member *
body_find(const struct body *body, const char *group, const char *name)
{
	size_t i;

	for (i = 0; i < body->len; i++)
		if (strcmp(body->members[i].name, name) == 0 &&
		    strcmp(body->members[i].group, group) == 0)
			return &body->members[i];
	return NULL;
}
