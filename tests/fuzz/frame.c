/*
 * frame.c - any octets are a frame or are refused, and what is a frame
 * lies within them.
 *
 * An input that begins with "hex " is read as pairs of digits, so that
 * the corpus is text; any other is taken as it is.
 */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "link/frame.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);
static size_t unhex(const uint8_t *, size_t, unsigned char *);
static void look(const unsigned char *, size_t);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	unsigned char *octets = malloc(size + 1);
	size_t len = size;

	assert(octets != NULL);
	if (size >= 4 && memcmp(data, "hex ", 4) == 0)
		len = unhex(data + 4, size - 4, octets);
	else if (size > 0)
		memcpy(octets, data, size);
	/* Exactly as large as the frame, so that a read beyond it shows. */
	octets = realloc(octets, len > 0 ? len : 1);
	assert(octets != NULL);
	look(octets, len);
	free(octets);
	return 0;
}

static size_t
unhex(const uint8_t *text, size_t size, unsigned char *to)
{
	static const char digits[] = "0123456789abcdef";
	const char *digit;
	unsigned int have = 0, value = 0;
	size_t i, len = 0;

	for (i = 0; i < size; i++) {
		digit = text[i] == 0 ? NULL : strchr(digits, text[i]);
		if (digit == NULL)
			continue;
		value = value << 4 | (unsigned int)(digit - digits);
		if (++have == 2) {
			to[len++] = (unsigned char)(value & 0xff);
			have = 0;
		}
	}
	return len;
}

static void
look(const unsigned char *octets, size_t len)
{
	struct till_error err;
	struct frame frame;
	const char *text;
	size_t i;

	if (frame_parse(octets, len, &frame, &err) == -1) {
		assert(strlen(err.text) > 0);
		return;
	}
	assert(frame.fields_len <= FRAME_FIELDS_MAX);
	for (i = 0; i < frame.fields_len; i++) {
		assert(
		    frame.fields[i].data + frame.fields[i].len <= octets + len);
		assert(frame_get(&frame, frame.fields[i].tag) != NULL);
		(void)frame_get_number(&frame, frame.fields[i].tag, 0);
	}
	text = frame_get_text(&frame, TAG_COMMAND);
	assert(text == NULL || strlen(text) < len);
}
