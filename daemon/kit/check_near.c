/*
 * check_near.c - replies that are nearly right.
 *
 * A module that compares too little of a reply, too much of it, or without
 * regard to case lets in whoever comes close.  Replies that are wrong in
 * every octet do not show that, so these are made of the right one.
 */
#include <ctype.h>
#include <string.h>

#include "kit/check_auth.h"

#define SPOTS 8 /* from the first octets on, and at the end */

/* Variants of one reply, in the order of their numbers. */
enum {
	NEAR_SHORTER = 1,
	NEAR_CHANGED = NEAR_SHORTER + SPOTS,
	NEAR_LONGER = NEAR_CHANGED + SPOTS,
	NEAR_CASE,
	NEAR_END
};

static void near_prompt(struct kit_case *, const char *id);
static bool altered(unsigned int variant, unsigned char *data, size_t *len);
static bool case_swap(unsigned char *data, size_t len);
static size_t spot(unsigned int number, size_t len);
static const char *what_of(unsigned int variant);

void
kit_near_replies(struct kit_case *c)
{
	const struct script_step *step;
	size_t i, k;

	for (i = 0; c->script != NULL && i < c->script->len; i++) {
		step = &c->script->steps[i];
		for (k = 0; step->verb == SCRIPT_RIGHT && k < step->args_len;
		     k++)
			near_prompt(c, step->args[k].key);
	}
	/* That not all is known to be right is not what this was about. */
	if (c->shared->verdict == KIT_SKIP)
		c->shared->verdict = KIT_NONE;
}

bool
kit_near_alter(struct kit_case *c, const struct prompt *prompt,
    unsigned char *data, size_t *len)
{
	if (c->near.id == NULL || strcmp(c->near.id, prompt->id) != 0)
		return false;
	if (prompt->kind != TILL_ASK_SECRET && prompt->kind != TILL_ASK_TEXT)
		return false;
	/* What is asked for openly may well be taken in either case. */
	if (c->near.variant == NEAR_CASE && prompt->kind != TILL_ASK_SECRET)
		return false;
	if (!altered(c->near.variant, data, len))
		return false;
	c->near.applied = true;
	return true;
}

void
kit_uncount(struct kit_case *c)
{
	struct kit_owner_customer *customer =
	    kit_owner_customer(c->session.owner, c->session.order.customer);

	if (customer != NULL)
		memset(&customer->failures, 0, sizeof(customer->failures));
}

/* One prompt is replied to nearly right, all others right. */
static void
near_prompt(struct kit_case *c, const char *id)
{
	unsigned int variant;

	for (variant = NEAR_SHORTER; variant < NEAR_END && !kit_failed(c);
	     variant++) {
		kit_uncount(c);
		c->near.id = id;
		c->near.variant = variant;
		c->near.applied = false;
		if (kit_converse(c, SCRIPT_RIGHT, KIT_STEPS_MAX) ==
			TILL_GRANT &&
		    c->near.applied)
			kit_fail(c, "%s to the prompt %s is let in",
			    what_of(variant), id);
		kit_sound(c, "a reply that is nearly right");
	}
	c->near.id = NULL;
}

/* False if this reply has no such variant. */
static bool
altered(unsigned int variant, unsigned char *data, size_t *len)
{
	size_t at;

	if (variant == NEAR_CASE)
		return case_swap(data, *len);
	if (variant == NEAR_LONGER) {
		if (*len == 0 || *len >= TILL_REPLY_MAX)
			return false;
		data[*len] = isdigit(data[*len - 1]) ? '7' : 'Q';
		(*len)++;
		return true;
	}
	if (variant < NEAR_CHANGED) {
		at = spot(variant - NEAR_SHORTER, *len);
		if (at == 0 || at >= *len)
			return false;
		*len = at;
		return true;
	}
	at = spot(variant - NEAR_CHANGED, *len);
	if (at >= *len)
		return false;
	/* Half the digits on: no neighbour in time or in a count. */
	if (isdigit(data[at]) != 0)
		data[at] = (unsigned char)('0' + (data[at] - '0' + 5) % 10);
	else
		data[at] = data[at] == 'q' ? 'x' : 'q';
	return true;
}

static bool
case_swap(unsigned char *data, size_t len)
{
	bool differs = false;
	size_t i;

	for (i = 0; i < len; i++) {
		if (data[i] >= 0x80 || !isalpha(data[i]))
			continue;
		data[i] = (unsigned char)(data[i] ^ 0x20);
		differs = true;
	}
	return differs;
}

static size_t
spot(unsigned int number, size_t len)
{
	return number < SPOTS - 1 || len == 0 ? number : len - 1;
}

static const char *
what_of(unsigned int variant)
{
	if (variant == NEAR_CASE)
		return "the right reply in the other case";
	if (variant == NEAR_LONGER)
		return "the right reply with an octet more";
	if (variant < NEAR_CHANGED)
		return "the mere beginning of the right reply";
	return "the right reply with one octet changed";
}
