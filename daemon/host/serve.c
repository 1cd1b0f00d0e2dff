/*
 * serve.c - the services that a host asks for while a call is in it.
 *
 * They are those of context_host, which check what they are given: a host
 * is believed as much as the module that it runs.  What is here checks
 * that a request is one, and that there is an end of them.
 */
#include <string.h>

#include "host/isolated.h"

/* A call while it is served. */
struct serving {
	int fd;
	struct till_context *ctx;
	const struct till_host *host;
	int64_t until_ms;
	unsigned char out[HOST_REQUEST_MAX / 4]; /* answers but their data */
	bool unsent; /* an answer could not be sent */
};

typedef void service_fn(struct serving *, struct wire_reader *);

static service_fn serve_log, serve_fail, serve_prompt, serve_reply,
    serve_state_put, serve_state_get, serve_method, serve_list, serve_get,
    serve_put, serve_remove, serve_failures, serve_failed, serve_succeeded,
    serve_alert, serve_limit, serve_step_up, serve_retry_after,
    serve_failures_here;
static void give_failures(struct serving *, struct wire_reader *,
    int (*)(struct till_context *, struct till_failures *));
static bool once(struct serving *, struct wire_reader *);
static int list_one(void *, const struct till_credential *);
static void answer(struct serving *, int64_t);
static void send_answer(struct serving *, const struct wire_writer *,
    const void *, size_t);

static service_fn *const services[] = {
	[MESSAGE_LOG] = serve_log,
	[MESSAGE_FAIL] = serve_fail,
	[MESSAGE_PROMPT] = serve_prompt,
	[MESSAGE_REPLY] = serve_reply,
	[MESSAGE_STATE_PUT] = serve_state_put,
	[MESSAGE_STATE_GET] = serve_state_get,
	[MESSAGE_METHOD] = serve_method,
	[MESSAGE_CREDENTIAL_LIST] = serve_list,
	[MESSAGE_CREDENTIAL_GET] = serve_get,
	[MESSAGE_CREDENTIAL_PUT] = serve_put,
	[MESSAGE_CREDENTIAL_REMOVE] = serve_remove,
	[MESSAGE_FAILURES] = serve_failures,
	[MESSAGE_FAILED] = serve_failed,
	[MESSAGE_SUCCEEDED] = serve_succeeded,
	[MESSAGE_ALERT] = serve_alert,
	[MESSAGE_LIMIT] = serve_limit,
	[MESSAGE_STEP_UP] = serve_step_up,
	[MESSAGE_RETRY_AFTER] = serve_retry_after,
	[MESSAGE_FAILURES_HERE] = serve_failures_here,
};

#define SERVICES (sizeof(services) / sizeof(services[0]))

int
host_serve(int fd, struct till_context *ctx, int64_t until_ms,
    unsigned char *buf, struct wire_reader *reader_r, enum host_fault *fault_r,
    struct till_error *err)
{
	struct serving serving = { .fd = fd,
		.ctx = ctx,
		.host = context_host(),
		.until_ms = until_ms };
	unsigned int asked = 0;
	size_t len;

	*fault_r = FAULT_GARBLED;
	for (;;) {
		switch (channel_recv(fd, buf, HOST_REQUEST_MAX, &len)) {
		case CHANNEL_ERROR:
			*fault_r = FAULT_DIED;
			return till_fail(err, "its host ended in the call");
		case CHANNEL_CUT:
			return till_fail(err, "its host said too much");
		case CHANNEL_TICK:
			if (hosts_now_ms() < until_ms)
				continue;
			goto late;
		case CHANNEL_DONE:
			break;
		}
		wire_read(reader_r, buf, len);
		if (once(&serving, reader_r))
			return 0;
		if (reader_r->failed || ++asked > HOST_REQUESTS_MAX)
			return till_fail(err, "its host cannot be understood");
		if (serving.unsent)
			return till_fail(err, "its host does not listen");
		/* Who keeps asking is not in time either. */
		if (hosts_now_ms() >= until_ms)
			goto late;
	}
late:
	*fault_r = FAULT_LATE;
	return till_fail(err, "it did not answer in time");
}

/* True for the RESULT.  A request that is none fails the reader. */
static bool
once(struct serving *serving, struct wire_reader *reader)
{
	const uint32_t kind = wire_get_u32(reader);

	if (kind == MESSAGE_RESULT)
		return true;
	if (reader->failed || kind >= SERVICES || services[kind] == NULL)
		reader->failed = true;
	else
		services[kind](serving, reader);
	return false;
}

static void
serve_log(struct serving *serving, struct wire_reader *reader)
{
	const enum till_log_level level =
	    (enum till_log_level)wire_get_u32(reader);
	const char *text = wire_get_text(reader);

	if (!wire_done(reader) || text == NULL || level < TILL_LOG_DEBUG ||
	    level > TILL_LOG_ERROR)
		reader->failed = true;
	else
		serving->host->log(serving->ctx, level, "%s", text);
}

/* The result itself comes with RESULT. */
static void
serve_fail(struct serving *serving, struct wire_reader *reader)
{
	const char *code = wire_get_text(reader);
	const char *text = wire_get_text(reader);

	if (!wire_done(reader) || text == NULL)
		reader->failed = true;
	else
		(void)serving->host->fail(serving->ctx, TILL_ERROR, code, "%s",
		    text);
}

static void
serve_prompt(struct serving *serving, struct wire_reader *reader)
{
	const char *choices[MESSAGE_CHOICES_MAX + 1];
	struct till_prompt prompt;

	message_get_prompt(reader, &prompt, choices);
	if (wire_done(reader))
		answer(serving, serving->host->prompt(serving->ctx, &prompt));
	else
		reader->failed = true;
}

static void
serve_reply(struct serving *serving, struct wire_reader *reader)
{
	const char *id = wire_get_text(reader);
	struct wire_writer writer;
	struct till_reply reply;

	if (!wire_done(reader) || id == NULL) {
		reader->failed = true;
	} else if (serving->host->reply(serving->ctx, id, &reply) == 0) {
		message_begin(&writer, serving->out, sizeof(serving->out),
		    MESSAGE_ANSWER);
		wire_put_i64(&writer, 0);
		message_put_reply(&writer, &reply);
		send_answer(serving, &writer, reply.data.data, reply.data.len);
	} else {
		answer(serving, -1);
	}
}

static void
serve_state_put(struct serving *serving, struct wire_reader *reader)
{
	struct till_bytes state;

	state.data = wire_get_bytes(reader, &state.len);
	if (wire_done(reader))
		answer(serving, serving->host->state_put(serving->ctx, state));
	else
		reader->failed = true;
}

static void
serve_state_get(struct serving *serving, struct wire_reader *reader)
{
	struct wire_writer writer;
	struct till_bytes state;

	if (!wire_done(reader)) {
		reader->failed = true;
	} else if (serving->host->state_get(serving->ctx, &state) == 0) {
		message_begin(&writer, serving->out, sizeof(serving->out),
		    MESSAGE_ANSWER);
		wire_put_i64(&writer, 0);
		wire_put_bytes_head(&writer, state.len);
		send_answer(serving, &writer, state.data, state.len);
	} else {
		answer(serving, -1);
	}
}

static void
serve_method(struct serving *serving, struct wire_reader *reader)
{
	const char *amr = wire_get_text(reader);
	const uint32_t level = wire_get_u32(reader);

	if (wire_done(reader))
		answer(serving,
		    serving->host->method(serving->ctx, amr, level));
	else
		reader->failed = true;
}

static void
serve_list(struct serving *serving, struct wire_reader *reader)
{
	if (!wire_done(reader))
		reader->failed = true;
	else
		answer(serving,
		    serving->host->credential_list(serving->ctx, list_one,
			serving));
}

static int
list_one(void *arg, const struct till_credential *credential)
{
	struct serving *serving = arg;
	struct wire_writer writer;

	message_begin(&writer, serving->out, sizeof(serving->out),
	    MESSAGE_ITEM);
	message_put_credential(&writer, credential);
	send_answer(serving, &writer, credential->data.data,
	    credential->data.len);
	return serving->unsent ? -1 : 0;
}

static void
serve_get(struct serving *serving, struct wire_reader *reader)
{
	const char *id = wire_get_text(reader);
	struct till_credential credential;
	struct wire_writer writer;

	if (!wire_done(reader)) {
		reader->failed = true;
	} else if (serving->host->credential_get(serving->ctx, id,
		       &credential) == 0) {
		message_begin(&writer, serving->out, sizeof(serving->out),
		    MESSAGE_ANSWER);
		wire_put_i64(&writer, 0);
		message_put_credential(&writer, &credential);
		send_answer(serving, &writer, credential.data.data,
		    credential.data.len);
	} else {
		answer(serving, -1);
	}
}

static void
serve_put(struct serving *serving, struct wire_reader *reader)
{
	struct till_credential credential;

	message_get_credential(reader, &credential);
	if (wire_done(reader))
		answer(serving,
		    serving->host->credential_put(serving->ctx, &credential));
	else
		reader->failed = true;
}

static void
serve_remove(struct serving *serving, struct wire_reader *reader)
{
	const char *id = wire_get_text(reader);

	if (wire_done(reader))
		answer(serving,
		    serving->host->credential_remove(serving->ctx, id));
	else
		reader->failed = true;
}

static void
serve_failures(struct serving *serving, struct wire_reader *reader)
{
	give_failures(serving, reader, serving->host->failures);
}

static void
serve_failures_here(struct serving *serving, struct wire_reader *reader)
{
	give_failures(serving, reader, serving->host->failures_here);
}

static void
give_failures(struct serving *serving, struct wire_reader *reader,
    int (*get)(struct till_context *, struct till_failures *))
{
	struct till_failures failures;
	struct wire_writer writer;

	if (!wire_done(reader)) {
		reader->failed = true;
	} else if (get(serving->ctx, &failures) == 0) {
		message_begin(&writer, serving->out, sizeof(serving->out),
		    MESSAGE_ANSWER);
		wire_put_i64(&writer, 0);
		message_put_failures(&writer, &failures);
		send_answer(serving, &writer, NULL, 0);
	} else {
		answer(serving, -1);
	}
}

static void
serve_failed(struct serving *serving, struct wire_reader *reader)
{
	if (wire_done(reader))
		answer(serving, serving->host->failed(serving->ctx));
	else
		reader->failed = true;
}

static void
serve_succeeded(struct serving *serving, struct wire_reader *reader)
{
	if (wire_done(reader))
		answer(serving, serving->host->succeeded(serving->ctx));
	else
		reader->failed = true;
}

static void
serve_alert(struct serving *serving, struct wire_reader *reader)
{
	const char *type = wire_get_text(reader);
	const char *text = wire_get_text(reader);

	if (!wire_done(reader) || type == NULL || text == NULL)
		reader->failed = true;
	else
		answer(serving, serving->host->alert(serving->ctx, type, text));
}

static void
serve_limit(struct serving *serving, struct wire_reader *reader)
{
	struct till_limit limit;

	message_get_limit(reader, &limit);
	if (wire_done(reader))
		answer(serving, serving->host->limit(serving->ctx, &limit));
	else
		reader->failed = true;
}

static void
serve_step_up(struct serving *serving, struct wire_reader *reader)
{
	const uint32_t level = wire_get_u32(reader);

	if (wire_done(reader))
		answer(serving, serving->host->step_up(serving->ctx, level));
	else
		reader->failed = true;
}

static void
serve_retry_after(struct serving *serving, struct wire_reader *reader)
{
	const uint32_t ms = wire_get_u32(reader);

	if (wire_done(reader))
		answer(serving, serving->host->retry_after(serving->ctx, ms));
	else
		reader->failed = true;
}

static void
answer(struct serving *serving, int64_t number)
{
	struct wire_writer writer;

	message_begin(&writer, serving->out, sizeof(serving->out),
	    MESSAGE_ANSWER);
	wire_put_i64(&writer, number);
	send_answer(serving, &writer, NULL, 0);
}

static void
send_answer(struct serving *serving, const struct wire_writer *writer,
    const void *data, size_t len)
{
	enum channel_result r;

	if (writer->failed) {
		serving->unsent = true;
		return;
	}
	do {
		r = channel_send(serving->fd, writer, data, len);
	} while (r == CHANNEL_TICK && hosts_now_ms() < serving->until_ms);
	serving->unsent |= r != CHANNEL_DONE;
}
