/*
 * opened.c - from a signed token to what it says, in one block of memory.
 */
#include <stdlib.h>

#include "opened.h"

static int read_payload(const struct jws *, char *, opened_read *, void *,
    struct till_error *);

int
opened_new(const char *token, size_t len, const char *const *types,
    till_key_find *find, void *arg, size_t size, opened_read *read,
    void **block_r, struct till_error *err)
{
	struct jws jws;
	char *block;

	if (jws_open(token, len, types, find, arg, &jws, err) == -1)
		return -1;
	block = calloc(1, size + jws.payload_len);
	if (block == NULL)
		return till_fail(err, "out of memory");
	if (read_payload(&jws, block + size, read, block, err) == -1) {
		free(block);
		return -1;
	}
	*block_r = block;
	return 0;
}

static int
read_payload(const struct jws *jws, char *text, opened_read *read, void *block,
    struct till_error *err)
{
	struct claims claims = { .within = "",
		.text = text,
		.left = jws->payload_len };
	json_t *object = NULL;
	int r;

	if (claims_load(jws->payload, jws->payload_len, "the payload", &object,
		err) == -1)
		return -1;
	claims.object = object;
	r = read(jws, &claims, block, err);
	json_decref(object);
	return r;
}
