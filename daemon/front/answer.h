/*
 * answer.h - what the rear unit answered, kept until it is told.
 */
#ifndef FRONT_ANSWER_H
#define FRONT_ANSWER_H

#include <till/module.h>

#include "link/frame.h"
#include "rear/order.h"

/* A frame and the octets that its fields point to, in one block. */
struct answer {
	size_t size; /* of the block */
	struct frame frame;
	unsigned char octets[];
};

/* One question to the customer; pointers live as long as the answer. */
struct answer_prompt {
	enum till_prompt_kind kind;
	const char *id, *label, *text, *format, *data;
	uint64_t min, max;
	const struct frame_field *challenge; /* or NULL */
	const char *choices[FRAME_FIELDS_MAX / TILL_PROMPT_MAX];
	size_t choices_len;
};

struct answer *answer_copy(const struct frame *); /* NULL: no memory */
void answer_free(struct answer *); /* wipes; NULL is fine */

/* The text of a tag or NULL; the number or 0. */
const char *answer_text(const struct answer *, enum frame_tag);
uint64_t answer_number(const struct answer *, enum frame_tag);
/* STATUS_NONE for an answer that is an error. */
enum order_status answer_status(const struct answer *);
/* The prompt that begins at or behind field *at, which moves behind it;
 * false if there is none. */
bool answer_prompt(const struct answer *, size_t *at,
    struct answer_prompt *prompt_r);

#endif
