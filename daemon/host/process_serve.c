/*
 * process_serve.c - calls, one after the other, on one channel.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <string.h>

#include "host/channel.h"
#include "host/process.h"

static bool make(struct asker *, enum message_kind, struct wire_reader *);
static void begin(struct asker *, struct wire_reader *);
static void policy(struct asker *, struct wire_reader *);
static enum till_result auth(struct asker *, struct wire_reader *, bool enrol);
static void settle(struct asker *, struct wire_reader *);
static enum till_result notify(struct asker *, struct wire_reader *);
static void health(struct asker *);
static void report(struct asker *, struct wire_reader *);
static void say(struct asker *, const struct message_said *, const char *text);
static void result(struct asker *, enum till_result,
    const struct till_outcome *);
static struct till_context *context_of(struct asker *);

void
process_serve(struct asker *asker)
{
	struct wire_reader reader;
	enum message_kind kind;
	bool more = true;
	size_t len;

	while (more) {
		/* Its end is the end of the rear unit or of this host. */
		if (channel_recv(asker->fd, asker->call, HOST_MESSAGE_MAX,
			&len) != CHANNEL_DONE)
			process_lost();
		wire_read(&reader, asker->call, len);
		kind = (enum message_kind)wire_get_u32(&reader);
		more = make(asker, kind, &reader);
		process_forget(asker);
		explicit_bzero(asker->call, len);
	}
}

/* False after the last one. */
static bool
make(struct asker *asker, enum message_kind kind, struct wire_reader *reader)
{
	if (kind == MESSAGE_CLOSE)
		return false;
	if (kind == MESSAGE_HEALTH) {
		health(asker);
		return true;
	}
	if (kind == MESSAGE_REPORT) {
		report(asker, reader);
		return true;
	}
	begin(asker, reader);
	if (kind == MESSAGE_POLICY)
		policy(asker, reader);
	else if (kind == MESSAGE_AUTH || kind == MESSAGE_ENROL)
		result(asker, auth(asker, reader, kind == MESSAGE_ENROL), NULL);
	else if (kind == MESSAGE_SETTLE)
		settle(asker, reader);
	else if (kind == MESSAGE_NOTIFY)
		result(asker, notify(asker, reader), NULL);
	else
		process_lost();
	return true;
}

/* What every call begins with. */
static void
begin(struct asker *asker, struct wire_reader *reader)
{
	const int64_t time_s = wire_get_i64(reader);

	atomic_store(&asker->process->time_s, time_s);
	asker->foreseen_len = 0;
	asker->has_order = wire_get_u32(reader) != 0;
	if (asker->has_order)
		message_get_order(reader, &asker->order);
}

static void
policy(struct asker *asker, struct wire_reader *reader)
{
	const struct process *process = asker->process;
	enum till_result given;
	struct wire_writer writer;

	process_foreseen(asker, reader);
	if (!wire_done(reader))
		process_lost();
	given = process->module.policy(process_host(), context_of(asker),
	    process->self);
	message_begin(&writer, asker->request, HOST_REQUEST_MAX,
	    MESSAGE_RESULT);
	wire_put_u32(&writer, (uint32_t)given);
	wire_put_u32(&writer, process_foreseen_used(asker));
	if (channel_send(asker->fd, &writer, NULL, 0) != CHANNEL_DONE)
		process_lost();
}

static enum till_result
auth(struct asker *asker, struct wire_reader *reader, bool is_enrol)
{
	const struct process *process = asker->process;
	enum till_enrol what = 0;

	if (is_enrol)
		what = (enum till_enrol)wire_get_u32(reader);
	if (!wire_done(reader))
		process_lost();
	if (is_enrol)
		return process->module.enrol(process_host(), context_of(asker),
		    process->self, what);
	return process->module.auth(process_host(), context_of(asker),
	    process->self);
}

static void
settle(struct asker *asker, struct wire_reader *reader)
{
	const struct process *process = asker->process;
	struct till_settlement settlement;
	struct till_outcome outcome;
	uint64_t op;

	op = wire_get_u64(reader);
	message_get_settlement(reader, &settlement);
	if (!wire_done(reader))
		process_lost();
	memset(&outcome, 0, sizeof(outcome));
	outcome.size = sizeof(outcome);
	result(asker,
	    process->module.settle(process_host(), context_of(asker),
		process->self, &settlement, &outcome,
		(struct till_op *)(uintptr_t)op),
	    &outcome);
}

static enum till_result
notify(struct asker *asker, struct wire_reader *reader)
{
	const struct process *process = asker->process;
	struct till_event event;

	message_get_event(reader, &event);
	if (!wire_done(reader))
		process_lost();
	return process->module.notify(process_host(), context_of(asker),
	    process->self, &event);
}

static void
health(struct asker *asker)
{
	const struct process *process = asker->process;
	struct message_said said = { .err = { "does not say why" } };

	if (process->module.health != NULL &&
	    process->module.health(process_host(), process->self, &said.err) !=
		0)
		said.failed = 1;
	say(asker, &said, NULL);
}

static void
report(struct asker *asker, struct wire_reader *reader)
{
	const struct process *process = asker->process;
	struct message_said said = { .err = { "does not say why" } };
	char text[TILL_REPORT_MAX] = "";
	const char *word = wire_get_text(reader);

	if (!wire_done(reader) || word == NULL ||
	    process->module.report == NULL)
		process_lost();
	if (process->module.report(process_host(), process->self, word, text,
		&said.err) != 0)
		said.failed = 1;
	say(asker, &said, text);
}

/* What is not a call has no result but this. */
static void
say(struct asker *asker, const struct message_said *said, const char *text)
{
	struct wire_writer writer;

	message_begin(&writer, asker->request, HOST_REQUEST_MAX,
	    MESSAGE_RESULT);
	message_put_said(&writer, said, text);
	if (channel_send(asker->fd, &writer, NULL, 0) != CHANNEL_DONE)
		process_lost();
}

static void
result(struct asker *asker, enum till_result given,
    const struct till_outcome *outcome)
{
	struct wire_writer writer;

	message_begin(&writer, asker->request, HOST_REQUEST_MAX,
	    MESSAGE_RESULT);
	wire_put_u32(&writer, (uint32_t)given);
	if (outcome != NULL)
		message_put_outcome(&writer, outcome);
	if (channel_send(asker->fd, &writer, NULL, 0) != CHANNEL_DONE)
		process_lost();
}

/* The module only hands it back. */
static struct till_context *
context_of(struct asker *asker)
{
	return (struct till_context *)(void *)asker;
}
