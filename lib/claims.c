/*
 * claims.c - read the members of a JSON object, each by its own rule.
 */
#include <assert.h>
#include <stdbool.h>
#include <string.h>

#include "claims.h"

static bool too_deep(const char *, size_t);
static int copy_text(struct claims *, const json_t *, const char *,
    const char **, struct till_error *);

int
claims_load(const char *json, size_t len, const char *what, json_t **object_r,
    struct till_error *err)
{
	json_error_t error;
	json_t *object;

	if (too_deep(json, len))
		return till_fail(err, "%s is nested deeper than %d", what,
		    CLAIMS_DEPTH_MAX);
	object = json_loadb(json, len, JSON_REJECT_DUPLICATES, &error);
	if (object == NULL) {
		switch (json_error_code(&error)) {
		case json_error_duplicate_key:
			return till_fail(err, "%s has a name twice", what);
		case json_error_out_of_memory:
			return till_fail(err, "out of memory");
		default:
			return till_fail(err, "%s is not JSON", what);
		}
	}
	if (!json_is_object(object)) {
		json_decref(object);
		return till_fail(err, "%s is no JSON object", what);
	}
	*object_r = object;
	return 0;
}

int
claims_text(struct claims *claims, const char *name, const char **text_r,
    struct till_error *err)
{
	if (claims_text_opt(claims, name, text_r, err) == -1)
		return -1;
	if (*text_r == NULL)
		return till_fail(err, "%s%s: is missing", claims->within, name);
	return 0;
}

int
claims_text_opt(struct claims *claims, const char *name, const char **text_r,
    struct till_error *err)
{
	const json_t *value = json_object_get(claims->object, name);

	*text_r = NULL;
	if (value == NULL)
		return 0;
	return copy_text(claims, value, name, text_r, err);
}

int
claims_int(const struct claims *claims, const char *name, int64_t *int_r,
    struct till_error *err)
{
	const json_t *value = json_object_get(claims->object, name);
	json_int_t number;

	if (value == NULL)
		return till_fail(err, "%s%s: is missing", claims->within, name);
	if (!json_is_integer(value))
		return till_fail(err, "%s%s: must be a whole number",
		    claims->within, name);
	number = json_integer_value(value);
	if (number < 0 || number > CLAIMS_INT_MAX)
		return till_fail(err, "%s%s: must be from 0 to 2^53 - 1",
		    claims->within, name);
	*int_r = number;
	return 0;
}

int
claims_list_opt(const struct claims *claims, const char *name, size_t max,
    const json_t **list_r, struct till_error *err)
{
	const json_t *list = json_object_get(claims->object, name);

	*list_r = list;
	if (list == NULL)
		return 0;
	if (!json_is_array(list))
		return till_fail(err, "%s: must be a list", name);
	if (json_array_size(list) < 1 || json_array_size(list) > max)
		return till_fail(err, "%s: must be a list of 1 to %zu", name,
		    max);
	return 0;
}

int
claims_element(struct claims *claims, const json_t *element, const char *name,
    const char **text_r, struct till_error *err)
{
	return copy_text(claims, element, name, text_r, err);
}

int
claims_enter(struct claims *claims, const json_t *element, const char *within,
    struct claims *inner_r, struct till_error *err)
{
	if (!json_is_object(element))
		return till_fail(err, "%smust be a list of objects", within);
	*inner_r = *claims;
	inner_r->within = within;
	inner_r->object = element;
	return 0;
}

void
claims_leave(struct claims *claims, const struct claims *inner)
{
	claims->text = inner->text;
	claims->left = inner->left;
}

/*
 * The parser calls itself for each level, on a stack whose size the
 * sender of a token must not choose.  So levels are counted first; for a
 * text that is no JSON the count may be off, but never too small where
 * the parser still goes on.
 */
static bool
too_deep(const char *json, size_t len)
{
	size_t i;
	int depth = 0;
	bool quoted = false;

	for (i = 0; i < len; i++) {
		if (quoted) {
			if (json[i] == '\\')
				i++;
			else if (json[i] == '"')
				quoted = false;
		} else if (json[i] == '"') {
			quoted = true;
		} else if (json[i] == '{' || json[i] == '[') {
			if (++depth > CLAIMS_DEPTH_MAX)
				return true;
		} else if (json[i] == '}' || json[i] == ']') {
			depth--;
		}
	}
	return false;
}

static int
copy_text(struct claims *claims, const json_t *value, const char *name,
    const char **text_r, struct till_error *err)
{
	size_t len = json_string_length(value);

	if (!json_is_string(value))
		return till_fail(err, "%s%s: must be a string", claims->within,
		    name);
	assert(len < claims->left);
	memcpy(claims->text, json_string_value(value), len + 1);
	*text_r = claims->text;
	claims->text += len + 1;
	claims->left -= len + 1;
	return 0;
}
