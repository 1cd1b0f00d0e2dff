/*
 * pack.c - prompts and state, one behind the other.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "rear/pack.h"

struct packed {
	size_t size, prompts_len, state_len;
	struct prompt prompts[]; /* behind them the state */
};

struct packed *
context_pack(const struct till_context *context)
{
	size_t prompts = context->prompts_len * sizeof(struct prompt);
	size_t size = sizeof(struct packed) + prompts + context->state_len;
	struct packed *packed = malloc(size);

	if (packed == NULL)
		return NULL;
	packed->size = size;
	packed->prompts_len = context->prompts_len;
	packed->state_len = context->state_len;
	memcpy(packed->prompts, context->prompts, prompts);
	memcpy((unsigned char *)packed->prompts + prompts, context->state,
	    context->state_len);
	return packed;
}

void
context_unpack(struct till_context *context, struct packed *packed)
{
	size_t prompts = packed->prompts_len * sizeof(struct prompt);

	assert(packed->prompts_len <= TILL_PROMPT_MAX);
	assert(packed->state_len <= TILL_STATE_MAX);
	context->prompts_len = packed->prompts_len;
	context->state_len = packed->state_len;
	memcpy(context->prompts, packed->prompts, prompts);
	memcpy(context->state, (const unsigned char *)packed->prompts + prompts,
	    packed->state_len);
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
