/*
 * process_limit.c - host->limit in a module host: what the rear unit has
 * foreseen is answered here, once, everything else there.
 */
#include <string.h>

#include "host/process.h"

static bool is_same(const struct till_limit *, const struct till_limit *);

void
process_foreseen(struct asker *asker, struct wire_reader *reader)
{
	struct foreseen_limit *foreseen;
	uint32_t i, len = wire_get_u32(reader);

	asker->foreseen_len = 0;
	if (len > MESSAGE_LIMITS_MAX)
		process_lost();
	for (i = 0; i < len; i++) {
		foreseen = &asker->foreseen[asker->foreseen_len++];
		message_get_limit(reader, &foreseen->limit);
		foreseen->answer = (int)wire_get_u32(reader);
		foreseen->state = FORESEEN_NEW;
		if (foreseen->limit.name == NULL)
			process_lost();
	}
}

uint32_t
process_foreseen_used(const struct asker *asker)
{
	uint32_t used = 0, i;

	for (i = 0; i < asker->foreseen_len; i++)
		if (asker->foreseen[i].state == FORESEEN_USED)
			used |= 1u << i;
	return used;
}

/* Two limits of one name are refused, as the rear unit does it. */
bool
process_foresees(struct asker *asker, const struct till_limit *limit,
    int *answer_r)
{
	struct foreseen_limit *foreseen = asker->foreseen;
	uint32_t i;

	if (limit->name == NULL)
		return false;
	for (i = 0; i < asker->foreseen_len; i++, foreseen++) {
		if (strcmp(foreseen->limit.name, limit->name) != 0)
			continue;
		*answer_r = -1;
		if (foreseen->state != FORESEEN_NEW)
			return true;
		foreseen->state = FORESEEN_PASSED;
		if (!is_same(&foreseen->limit, limit))
			return false;
		foreseen->state = FORESEEN_USED;
		*answer_r = foreseen->answer;
		return true;
	}
	return false;
}

static bool
is_same(const struct till_limit *a, const struct till_limit *b)
{
	return a->scope == b->scope && a->window == b->window &&
	    a->max_micro == b->max_micro && a->max_count == b->max_count;
}
