/*
 * body.c - any octets as a request's body: JSON and form.  What is read
 * lies within the body, and is text.
 */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "front/body.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);
static void look(const struct body *, const char *, size_t);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static int (*const readers[])(char *, size_t, struct body *,
	    struct till_error *) = { body_json, body_form };
	struct till_error err;
	struct body body;
	char *text;
	size_t i;

	for (i = 0; i < sizeof(readers) / sizeof(readers[0]); i++) {
		text = malloc(size + 1);
		assert(text != NULL);
		if (size > 0)
			memcpy(text, data, size);
		text[size] = '\0';
		if (readers[i](text, size, &body, &err) == 0)
			look(&body, text, size);
		free(text);
	}
	return 0;
}

static void
look(const struct body *body, const char *text, size_t size)
{
	const struct body_member *member;
	size_t i;

	assert(body->len <= BODY_MEMBERS_MAX);
	for (i = 0; i < body->len; i++) {
		member = &body->members[i];
		assert(member->name >= text && member->name <= text + size);
		if (member->type != BODY_STRING)
			continue;
		assert(member->value >= text &&
		    member->value + member->len <= text + size);
		assert(strlen(member->value) == member->len);
		assert(body_text(body, member->group, member->name) ==
		    member->value);
	}
}
