/*
 * message_late.c - what a module tells late, and what it reports, as
 * messages.
 */
#include <string.h>

#include "host/message.h"

void
message_put_late(struct wire_writer *writer, const struct till_late *late)
{
	const size_t begin = wire_struct_begin(writer);

	wire_put_u32(writer, (uint32_t)late->kind);
	wire_put_bytes(writer, late->key, sizeof(late->key));
	wire_put_i64(writer, late->amount.micro);
	wire_put_array(writer, late->amount.currency,
	    sizeof(late->amount.currency));
	wire_put_text(writer, late->id);
	wire_put_text(writer, late->code);
	wire_put_text(writer, late->text);
	wire_struct_end(writer, begin);
}

void
message_get_late(struct wire_reader *reader, struct till_late *late)
{
	const unsigned char *key;
	struct wire_reader in;
	size_t len;

	memset(late, 0, sizeof(*late));
	late->size = sizeof(*late);
	wire_enter(reader, &in);
	late->kind = (enum till_late_kind)wire_get_u32(&in);
	key = wire_get_bytes(&in, &len);
	if (key != NULL && len == sizeof(late->key))
		memcpy(late->key, key, len);
	else
		in.failed = true;
	late->amount.micro = wire_get_i64(&in);
	wire_get_array(&in, late->amount.currency,
	    sizeof(late->amount.currency));
	late->id = wire_get_text(&in);
	late->code = wire_get_text(&in);
	late->text = wire_get_text(&in);
	wire_leave(reader, &in);
}

void
message_put_said(struct wire_writer *writer, const struct message_said *said,
    const char text[TILL_REPORT_MAX])
{
	wire_put_u32(writer, said->failed);
	wire_put_array(writer, said->err.text, sizeof(said->err.text));
	if (text != NULL)
		wire_put_array(writer, text, TILL_REPORT_MAX);
}

void
message_get_said(struct wire_reader *reader, struct message_said *said,
    char text_r[TILL_REPORT_MAX])
{
	said->failed = wire_get_u32(reader);
	wire_get_array(reader, said->err.text, sizeof(said->err.text));
	if (text_r != NULL)
		wire_get_array(reader, text_r, TILL_REPORT_MAX);
}
