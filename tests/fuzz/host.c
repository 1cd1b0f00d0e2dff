/*
 * host.c - any octets that a module host sends are a message or are
 * broken, and what is read lies within them.
 */
#include <assert.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "host/message.h"
#include "module/late.h"
#include "support/unhex.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);
static void look(const unsigned char *, size_t);
static void said(struct wire_reader);
static void texts(const char *const *, const unsigned char *, size_t);
static void within(const void *, size_t, const unsigned char *, size_t);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t len;
	unsigned char *octets = unhex(data, size, &len);

	look(octets, len);
	free(octets);
	return 0;
}

/* The kind says which struct follows, as the rear unit reads it. */
static void
look(const unsigned char *octets, size_t len)
{
	const char *words[MESSAGE_WORDS_MAX + 1] = { NULL };
	struct till_credential credential;
	struct till_outcome outcome;
	struct late_copy copy;
	struct till_late late;
	struct till_setting setting;
	struct till_prompt prompt;
	struct wire_reader reader;
	struct till_limit limit;

	wire_read(&reader, octets, len);
	switch (wire_get_u32(&reader)) {
	case MESSAGE_PROMPT:
		message_get_prompt(&reader, &prompt, words);
		within(prompt.challenge.data, prompt.challenge.len, octets,
		    len);
		break;
	case MESSAGE_CREDENTIAL_PUT:
		message_get_credential(&reader, &credential);
		within(credential.data.data, credential.data.len, octets, len);
		break;
	case MESSAGE_LIMIT:
		message_get_limit(&reader, &limit);
		break;
	case MESSAGE_DECLARE:
		message_get_setting(&reader, &setting, words);
		break;
	case MESSAGE_LATE:
		message_get_late(&reader, &late);
		if (wire_done(&reader) && late_copy(&copy, &late) == 0)
			assert(strlen(copy.id) < TILL_REF_MAX);
		break;
	case MESSAGE_RESULT:
	case MESSAGE_COMPLETE:
		said(reader);
		message_get_outcome(&reader, &outcome);
		assert(
		    memchr(outcome.text, '\0', sizeof(outcome.text)) != NULL);
		assert(memchr(outcome.reference, '\0',
			   sizeof(outcome.reference)) != NULL);
		break;
	default:
		(void)wire_get_text(&reader);
		(void)wire_get_i64(&reader);
		break;
	}
	texts(words, octets, len);
	if (reader.failed)
		assert(!wire_done(&reader));
}

/* The same kind is the answer to HEALTH and REPORT. */
static void
said(struct wire_reader reader)
{
	struct wire_reader again = reader;
	struct message_said is;
	char text[TILL_REPORT_MAX];

	message_get_said(&reader, &is, NULL);
	message_get_said(&again, &is, text);
	assert(memchr(is.err.text, '\0', sizeof(is.err.text)) != NULL);
	assert(memchr(text, '\0', sizeof(text)) != NULL);
}

static void
texts(const char *const *words, const unsigned char *octets, size_t len)
{
	size_t i;

	for (i = 0; words[i] != NULL; i++) {
		assert(i < MESSAGE_WORDS_MAX);
		within(words[i], strlen(words[i]) + 1, octets, len);
	}
}

static void
within(const void *data, size_t n, const unsigned char *octets, size_t len)
{
	const unsigned char *at = data;

	if (at != NULL)
		assert(at >= octets && at + n <= octets + len);
}
