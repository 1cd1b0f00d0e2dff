/*
 * foresee.c - limits that a policy module is most likely to ask for.
 *
 * What it asked last is looked up before its next call and sent along, so
 * that it need not ask and wait: half of such a call's time.  The answer says
 * which of them it has asked, and those are stated then, as if it had.  A
 * limit that it asks otherwise goes the usual way.
 */
#include <string.h>

#include "host/isolated.h"

_Static_assert(CONTEXT_LIMITS_MAX <= MESSAGE_LIMITS_MAX, "they are sent");
_Static_assert(MESSAGE_LIMITS_MAX <= 32, "one bit for each");

static struct till_limit limit_of(const struct context_limit *);

void
foresee(struct isolated *isolated, struct till_context *ctx,
    struct foreseen *foreseen_r)
{
	struct context_limit asked[CONTEXT_LIMITS_MAX];
	struct till_limit limit;
	size_t len, i;
	int answer;

	(void)pthread_mutex_lock(&isolated->hosts->lock);
	len = isolated->asked_len;
	memcpy(asked, isolated->asked, sizeof(asked));
	(void)pthread_mutex_unlock(&isolated->hosts->lock);
	foreseen_r->len = 0;
	for (i = 0; i < len; i++) {
		limit = limit_of(&asked[i]);
		answer = context_limit_look(ctx, &limit);
		if (answer == -1)
			continue;
		foreseen_r->limits[foreseen_r->len] = asked[i];
		foreseen_r->answers[foreseen_r->len++] = answer;
	}
}

void
foresee_put(struct wire_writer *writer, const struct foreseen *foreseen)
{
	struct till_limit limit;
	size_t i;

	wire_put_u32(writer, (uint32_t)foreseen->len);
	for (i = 0; i < foreseen->len; i++) {
		limit = limit_of(&foreseen->limits[i]);
		message_put_limit(writer, &limit);
		wire_put_u32(writer, (uint32_t)foreseen->answers[i]);
	}
}

int
foresee_keep(struct isolated *isolated, struct till_context *ctx,
    const struct foreseen *foreseen, uint32_t used)
{
	struct till_limit limit;
	size_t i;

	if (used >> foreseen->len != 0)
		return -1;
	for (i = 0; i < foreseen->len; i++) {
		if ((used >> i & 1) == 0)
			continue;
		limit = limit_of(&foreseen->limits[i]);
		if (context_limit_keep(ctx, &limit) == -1)
			return -1;
	}
	(void)pthread_mutex_lock(&isolated->hosts->lock);
	isolated->asked_len = ctx->limits_len;
	memcpy(isolated->asked, ctx->limits, sizeof(isolated->asked));
	(void)pthread_mutex_unlock(&isolated->hosts->lock);
	return 0;
}

static struct till_limit
limit_of(const struct context_limit *asked)
{
	return (struct till_limit){
		.size = sizeof(struct till_limit),
		.name = asked->name,
		.scope = asked->scope,
		.window = asked->window,
		.max_micro = asked->max_micro,
		.max_count = asked->max_count,
	};
}
