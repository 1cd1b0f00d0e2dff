/*
 * process_ask.c - questions of a module host to the rear unit, and what is
 * kept of the answers until the call has ended.
 */
#define _GNU_SOURCE
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include <openssl/crypto.h>

#include "host/channel.h"
#include "host/process.h"

void *
process_keep(struct asker *asker, const void *data, size_t len)
{
	struct kept *kept = &asker->kept[asker->kept_len];

	if (asker->kept_len == PROCESS_KEPT_MAX)
		return NULL;
	kept->data = OPENSSL_secure_malloc(len + 1);
	if (kept->data == NULL)
		return NULL;
	kept->len = len + 1;
	asker->kept_len++;
	if (len > 0)
		memcpy(kept->data, data, len);
	((char *)kept->data)[len] = '\0';
	return kept->data;
}

void
process_forget(struct asker *asker)
{
	struct kept *kept;

	while (asker->kept_len > 0) {
		kept = &asker->kept[--asker->kept_len];
		OPENSSL_secure_clear_free(kept->data, kept->len);
	}
	explicit_bzero(asker->answer, asker->answer_used);
	asker->answer_used = 0;
}

/* Without exit handlers: other threads may be in the module. */
void
process_lost(void)
{
	_exit(EX_SOFTWARE);
}

void
process_ask(struct asker *asker, struct wire_writer *writer,
    enum message_kind kind)
{
	message_begin(writer, asker->request, HOST_REQUEST_MAX, kind);
}

/* What does not fit is not said. */
void
process_tell(struct asker *asker, const struct wire_writer *writer)
{
	if (!writer->failed && writer->len > 0 &&
	    channel_send(asker->fd, writer, NULL, 0) != CHANNEL_DONE)
		process_lost();
	explicit_bzero(asker->request, writer->len);
}

/* The number of the answer; what follows it is left to the reader.  A
 * question that could not be written, or was sent already, is empty. */
int64_t
process_answer(struct asker *asker, const struct wire_writer *writer,
    struct wire_reader *reader)
{
	int64_t number;

	if (writer->failed)
		return -1;
	process_tell(asker, writer);
	process_hear(asker, reader);
	if (wire_get_u32(reader) != MESSAGE_ANSWER)
		process_lost();
	number = wire_get_i64(reader);
	return reader->failed ? -1 : number;
}

void
process_hear(struct asker *asker, struct wire_reader *reader)
{
	size_t len;

	if (channel_recv(asker->fd, asker->answer, HOST_MESSAGE_MAX, &len) !=
	    CHANNEL_DONE)
		process_lost();
	if (len > asker->answer_used)
		asker->answer_used = len;
	wire_read(reader, asker->answer, len);
}

int
process_question(struct asker *asker, const struct wire_writer *writer)
{
	struct wire_reader reader;

	return (int)process_answer(asker, writer, &reader);
}
