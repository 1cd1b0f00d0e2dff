/*
 * pack.c - prompts and state, one behind the other.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "rear/pack.h"

struct packed {
	size_t size, prompts_len, state_len;
	unsigned char octets[]; /* prompts, behind them the state */
};

static size_t length_of(const struct prompt *);

struct packed *
context_pack(const struct till_context *context)
{
	size_t i, len, size = sizeof(struct packed) + context->state_len;
	struct packed *packed;
	unsigned char *to;

	for (i = 0; i < context->prompts_len; i++)
		size += length_of(&context->prompts[i]);
	packed = malloc(size);
	if (packed == NULL)
		return NULL;
	packed->size = size;
	packed->prompts_len = context->prompts_len;
	packed->state_len = context->state_len;
	to = packed->octets;
	for (i = 0; i < context->prompts_len; i++) {
		len = length_of(&context->prompts[i]);
		memcpy(to, &context->prompts[i], len);
		to += len;
	}
	memcpy(to, context->state, context->state_len);
	return packed;
}

void
context_unpack(struct till_context *context, struct packed *packed)
{
	const unsigned char *from = packed->octets;
	size_t i, head = offsetof(struct prompt, data);
	struct prompt *prompt;

	assert(packed->prompts_len <= TILL_PROMPT_MAX);
	assert(packed->state_len <= TILL_STATE_MAX);
	context->prompts_len = packed->prompts_len;
	context->state_len = packed->state_len;
	for (i = 0; i < packed->prompts_len; i++) {
		prompt = &context->prompts[i];
		memcpy(prompt, from, head);
		memcpy(prompt->data, from + head,
		    strlen((const char *)from + head) + 1);
		from += length_of(prompt);
	}
	memcpy(context->state, from, packed->state_len);
	packed_free(packed);
}

void
packed_free(struct packed *packed)
{
	if (packed == NULL)
		return;
	explicit_bzero(packed, packed->size);
	free(packed);
}

/* Of data, which is last and mostly empty, no more than there is. */
static size_t
length_of(const struct prompt *prompt)
{
	return offsetof(struct prompt, data) + strlen(prompt->data) + 1;
}
