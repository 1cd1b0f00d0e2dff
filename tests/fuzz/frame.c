/*
 * frame.c - any octets are a frame or are refused, and what is a frame
 * lies within them.
 */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "link/frame.h"
#include "support/unhex.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);
static void look(const unsigned char *, size_t);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t len;
	unsigned char *octets = unhex(data, size, &len);

	look(octets, len);
	free(octets);
	return 0;
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
