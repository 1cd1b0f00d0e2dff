/*
 * answer.c - a frame's copy, and the prompts in it.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "front/answer.h"

static uint64_t number_of(const struct frame_field *);
static void prompt_field(const struct frame_field *, struct answer_prompt *);

struct answer *
answer_copy(const struct frame *frame)
{
	struct answer *answer;
	size_t i, size = 0;

	for (i = 0; i < frame->fields_len; i++)
		size += frame->fields[i].len;
	answer = malloc(sizeof(*answer) + size);
	if (answer == NULL)
		return NULL;
	answer->size = sizeof(*answer) + size;
	answer->frame.kind = frame->kind;
	answer->frame.id = frame->id;
	answer->frame.fields_len = frame->fields_len;
	size = 0;
	for (i = 0; i < frame->fields_len; i++) {
		answer->frame.fields[i] = frame->fields[i];
		answer->frame.fields[i].data = answer->octets + size;
		if (frame->fields[i].len > 0)
			memcpy(answer->octets + size, frame->fields[i].data,
			    frame->fields[i].len);
		size += frame->fields[i].len;
	}
	return answer;
}

void
answer_free(struct answer *answer)
{
	if (answer == NULL)
		return;
	/* A session's secret may be among the octets. */
	explicit_bzero(answer->octets, answer->size - sizeof(*answer));
	free(answer);
}

const char *
answer_text(const struct answer *answer, enum frame_tag tag)
{
	return frame_get_text(&answer->frame, tag);
}

uint64_t
answer_number(const struct answer *answer, enum frame_tag tag)
{
	return frame_get_number(&answer->frame, tag, 0);
}

enum order_status
answer_status(const struct answer *answer)
{
	uint64_t status = answer_number(answer, TAG_STATUS);

	if (answer_text(answer, TAG_ERROR) != NULL && status == 0)
		return STATUS_NONE;
	return status > STATUS_SIGNED_IN ? STATUS_NONE
					 : (enum order_status)status;
}

bool
answer_prompt(const struct answer *answer, size_t *at,
    struct answer_prompt *prompt_r)
{
	const struct frame *frame = &answer->frame;

	while (
	    *at < frame->fields_len && frame->fields[*at].tag != TAG_PROMPT_ID)
		++*at;
	if (*at == frame->fields_len)
		return false;
	*prompt_r = (struct answer_prompt){ 0 };
	do {
		prompt_field(&frame->fields[*at], prompt_r);
		++*at;
	} while (
	    *at < frame->fields_len && frame->fields[*at].tag != TAG_PROMPT_ID);
	return true;
}

static uint64_t
number_of(const struct frame_field *field)
{
	uint64_t number = 0;
	size_t i;

	assert(field->len == 8);
	for (i = 0; i < field->len; i++)
		number = number << 8 | field->data[i];
	return number;
}

/* Fields of no prompt that come behind one change nothing here. */
static void
prompt_field(const struct frame_field *field, struct answer_prompt *prompt)
{
	const char *text = (const char *)field->data;

	if (field->tag == TAG_PROMPT_ID)
		prompt->id = text;
	else if (field->tag == TAG_PROMPT_KIND)
		prompt->kind = (enum till_prompt_kind)number_of(field);
	else if (field->tag == TAG_PROMPT_LABEL)
		prompt->label = text;
	else if (field->tag == TAG_PROMPT_TEXT)
		prompt->text = text;
	else if (field->tag == TAG_PROMPT_FORMAT)
		prompt->format = text;
	else if (field->tag == TAG_PROMPT_MIN)
		prompt->min = number_of(field);
	else if (field->tag == TAG_PROMPT_MAX)
		prompt->max = number_of(field);
	else if (field->tag == TAG_PROMPT_DATA)
		prompt->data = text;
	else if (field->tag == TAG_PROMPT_CHALLENGE)
		prompt->challenge = field;
	else if (field->tag == TAG_PROMPT_CHOICE &&
	    prompt->choices_len <
		sizeof(prompt->choices) / sizeof(prompt->choices[0]))
		prompt->choices[prompt->choices_len++] = text;
}
