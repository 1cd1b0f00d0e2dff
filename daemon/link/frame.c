/*
 * frame.c - frames, written and read.
 *
 * What is in a frame is decided in frame_shape.c; here is only how it is
 * laid out.  A writer that was misused stays failed until the next
 * frame_begin, so that nothing half-written can be sent.
 */
#include <assert.h>
#include <string.h>

#include <openssl/crypto.h>

#include "link/frame.h"

#define LENGTH_SIZE 4
#define HEAD_SIZE 14 /* length, kind, id */
#define ID_AT 6
#define FIELD_HEAD_SIZE 6 /* tag, length */

static void put(unsigned char *, size_t, uint64_t);
static uint64_t take(const unsigned char *, size_t);
static unsigned char *field_begin(struct frame_writer *, enum frame_tag,
    size_t);
static int parse_fields(const unsigned char *, size_t, struct frame *,
    struct till_error *);

int
frame_writer_init(struct frame_writer *w, struct till_error *err)
{
	memset(w, 0, sizeof(*w));
	w->data = OPENSSL_secure_malloc(FRAME_MAX);
	if (w->data == NULL)
		return till_fail(err, "out of secure memory");
	return 0;
}

void
frame_writer_free(struct frame_writer *w)
{
	if (w->data != NULL)
		OPENSSL_secure_clear_free(w->data, FRAME_MAX);
	memset(w, 0, sizeof(*w));
}

void
frame_begin(struct frame_writer *w, enum frame_kind kind, uint64_t id)
{
	assert(w->data != NULL && w->len <= FRAME_MAX);
	explicit_bzero(w->data, w->len);
	put(w->data + LENGTH_SIZE, 2, (uint64_t)kind);
	put(w->data + ID_AT, 8, id);
	w->len = HEAD_SIZE;
	w->failed = false;
}

void
frame_text(struct frame_writer *w, enum frame_tag tag, const char *text)
{
	if (text != NULL)
		frame_octets(w, tag, text, strlen(text) + 1);
}

void
frame_number(struct frame_writer *w, enum frame_tag tag, uint64_t number)
{
	unsigned char *to;

	to = field_begin(w, tag, 8);
	if (to != NULL)
		put(to, 8, number);
}

void
frame_octets(struct frame_writer *w, enum frame_tag tag, const void *data,
    size_t len)
{
	unsigned char *to;

	to = field_begin(w, tag, len);
	if (to != NULL && len > 0)
		memcpy(to, data, len);
}

int
frame_end(struct frame_writer *w, struct till_error *err)
{
	struct frame frame;
	int r;

	if (w->failed || w->len < HEAD_SIZE)
		return till_fail(err, "the frame is longer than %d octets",
		    FRAME_MAX);
	put(w->data, LENGTH_SIZE, w->len - LENGTH_SIZE);
	r = frame_parse(w->data, w->len, &frame, err);
	w->failed = r == -1;
	return r;
}

void
frame_set_id(struct frame_writer *w, uint64_t id)
{
	assert(!w->failed && w->len >= HEAD_SIZE);
	put(w->data + ID_AT, 8, id);
}

uint64_t
frame_writer_id(const struct frame_writer *w)
{
	assert(w->len >= HEAD_SIZE);
	return take(w->data + ID_AT, 8);
}

enum frame_kind
frame_writer_kind(const struct frame_writer *w)
{
	assert(w->len >= HEAD_SIZE);
	return (enum frame_kind)take(w->data + LENGTH_SIZE, 2);
}

int
frame_parse(const void *data, size_t len, struct frame *frame,
    struct till_error *err)
{
	const unsigned char *octets = data;

	frame->kind = FRAME_NONE;
	frame->id = 0;
	frame->fields_len = 0;
	if (len < HEAD_SIZE || len > FRAME_MAX)
		return till_fail(err, "a frame cannot have %zu octets", len);
	if (take(octets, LENGTH_SIZE) != len - LENGTH_SIZE)
		return till_fail(err, "the frame's length is wrong");
	/* An unknown kind is refused by frame_check. */
	frame->kind = (enum frame_kind)take(octets + LENGTH_SIZE, 2);
	frame->id = take(octets + ID_AT, 8);
	if (parse_fields(octets + HEAD_SIZE, len - HEAD_SIZE, frame, err) ==
	    -1) {
		frame->kind = FRAME_NONE;
		return -1;
	}
	return frame_check(frame, err);
}

const struct frame_field *
frame_get(const struct frame *frame, enum frame_tag tag)
{
	size_t i;

	for (i = 0; i < frame->fields_len; i++)
		if (frame->fields[i].tag == tag)
			return &frame->fields[i];
	return NULL;
}

const char *
frame_get_text(const struct frame *frame, enum frame_tag tag)
{
	const struct frame_field *field = frame_get(frame, tag);

	return field == NULL ? NULL : (const char *)field->data;
}

uint64_t
frame_get_number(const struct frame *frame, enum frame_tag tag,
    uint64_t fallback)
{
	const struct frame_field *field = frame_get(frame, tag);

	return field == NULL || field->len != 8 ? fallback
						: take(field->data, 8);
}

/* Big endian. */
static void
put(unsigned char *to, size_t size, uint64_t number)
{
	while (size > 0) {
		to[--size] = (unsigned char)(number & 0xff);
		number >>= 8;
	}
}

static uint64_t
take(const unsigned char *from, size_t size)
{
	uint64_t number = 0;
	size_t i;

	for (i = 0; i < size; i++)
		number = number << 8 | from[i];
	return number;
}

/* Where the field's octets go; NULL if it does not fit. */
static unsigned char *
field_begin(struct frame_writer *w, enum frame_tag tag, size_t len)
{
	unsigned char *at;

	assert(w->len >= HEAD_SIZE);
	if (w->failed || len > FRAME_MAX ||
	    FIELD_HEAD_SIZE + len > FRAME_MAX - w->len) {
		w->failed = true;
		return NULL;
	}
	at = w->data + w->len;
	put(at, 2, (uint64_t)tag);
	put(at + 2, 4, len);
	w->len += FIELD_HEAD_SIZE + len;
	return at + FIELD_HEAD_SIZE;
}

static int
parse_fields(const unsigned char *at, size_t left, struct frame *frame,
    struct till_error *err)
{
	struct frame_field *field;

	while (left > 0) {
		if (left < FIELD_HEAD_SIZE)
			return till_fail(err, "a field is cut off");
		if (frame->fields_len == FRAME_FIELDS_MAX)
			return till_fail(err, "more than %d fields",
			    FRAME_FIELDS_MAX);
		field = &frame->fields[frame->fields_len++];
		field->tag = (enum frame_tag)take(at, 2);
		field->len = take(at + 2, 4);
		field->data = at + FIELD_HEAD_SIZE;
		if (field->len > left - FIELD_HEAD_SIZE)
			return till_fail(err, "a field is cut off");
		at += FIELD_HEAD_SIZE + field->len;
		left -= FIELD_HEAD_SIZE + field->len;
	}
	return 0;
}
