/*
 * process_services.c - struct till_host in a module host.
 *
 * Each service is a question to the rear unit, where the same functions
 * serve and check it that serve a module in its own process.  What is
 * needed here is only what reads the module's memory safely: whether a
 * struct is as large as what is read of it.
 */
#define _GNU_SOURCE
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "host/channel.h"
#include "host/process.h"
#include "host/spawner.h"
#include "module/host.h"
#include "module/outcome.h"

#define LINE_MAX_OCTETS 512 /* of one line of a log */

static void service_log(struct till_context *, enum till_log_level,
    const char *, ...) __attribute__((format(printf, 3, 4)));
static enum till_result service_fail(struct till_context *, enum till_result,
    const char *, const char *, ...) __attribute__((format(printf, 4, 5)));
static const struct till_order *service_order(struct till_context *);
static int service_prompt(struct till_context *, const struct till_prompt *);
static int service_reply(struct till_context *, const char *,
    struct till_reply *);
static int service_state_put(struct till_context *, struct till_bytes);
static int service_state_get(struct till_context *, struct till_bytes *);
static int service_method(struct till_context *, const char *, uint32_t);
static int service_credential_list(struct till_context *,
    int (*)(void *, const struct till_credential *), void *);
static int service_credential_get(struct till_context *, const char *,
    struct till_credential *);
static int service_credential_put(struct till_context *,
    const struct till_credential *);
static int service_credential_remove(struct till_context *, const char *);
static int service_failures(struct till_context *, struct till_failures *);
static int service_failures_here(struct till_context *, struct till_failures *);
static int ask_failures(struct till_context *, enum message_kind,
    struct till_failures *);
static int service_failed(struct till_context *);
static int service_succeeded(struct till_context *);
static int service_alert(struct till_context *, const char *, const char *);
static int service_limit(struct till_context *, const struct till_limit *);
static int service_step_up(struct till_context *, uint32_t);
static void service_complete(struct till_op *, enum till_result,
    const struct till_outcome *);
static int64_t service_time_s(struct till_instance *);
static int service_retry_after(struct till_context *, uint32_t);
static struct asker *asker_of(struct till_context *);
static int kept_credential(struct asker *, struct wire_reader *,
    struct till_credential *);
static int kept_text(struct asker *, const char **);

static const struct till_host host = {
	.size = sizeof(struct till_host),
	.abi_major = TILL_ABI_MAJOR,
	.abi_minor = TILL_ABI_MINOR,
	.log = service_log,
	.fail = service_fail,
	.order = service_order,
	.prompt = service_prompt,
	.reply = service_reply,
	.state_put = service_state_put,
	.state_get = service_state_get,
	.method = service_method,
	.credential_list = service_credential_list,
	.credential_get = service_credential_get,
	.credential_put = service_credential_put,
	.credential_remove = service_credential_remove,
	.failures = service_failures,
	.failed = service_failed,
	.succeeded = service_succeeded,
	.alert = service_alert,
	.limit = service_limit,
	.step_up = service_step_up,
	.complete = service_complete,
	.now_ms = host_now_ms,
	.time_s = service_time_s,
	.random = host_random,
	.retry_after = service_retry_after,
	.failures_here = service_failures_here,
	.late = process_late,
};

const struct till_host *
process_host(void)
{
	return &host;
}

static void
service_log(struct till_context *ctx, enum till_log_level level,
    const char *fmt, ...)
{
	struct asker *asker = asker_of(ctx);
	char line[LINE_MAX_OCTETS];
	struct wire_writer writer;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	if (n < 0)
		return;
	process_ask(asker, &writer, MESSAGE_LOG);
	wire_put_u32(&writer, (uint32_t)level);
	wire_put_text(&writer, line);
	process_tell(asker, &writer);
	explicit_bzero(line, sizeof(line));
}

static enum till_result
service_fail(struct till_context *ctx, enum till_result result,
    const char *code, const char *fmt, ...)
{
	struct asker *asker = asker_of(ctx);
	struct till_error why = { .text = "" };
	struct wire_writer writer;
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(why.text, sizeof(why.text), fmt, ap);
	va_end(ap);
	process_ask(asker, &writer, MESSAGE_FAIL);
	wire_put_text(&writer, code);
	wire_put_text(&writer, why.text);
	process_tell(asker, &writer);
	return result;
}

static const struct till_order *
service_order(struct till_context *ctx)
{
	struct asker *asker = asker_of(ctx);

	return asker->has_order ? &asker->order : NULL;
}

/* The choices of what is no choice are not looked at, nor is what an older
 * module's prompt has not. */
static int
service_prompt(struct till_context *ctx, const struct till_prompt *prompt)
{
	struct asker *asker = asker_of(ctx);
	struct wire_writer writer;
	struct till_prompt copy = { .data = NULL };

	if (!HOST_REACHES(prompt, struct till_prompt, choices))
		return -1;
	memcpy(&copy, prompt,
	    HOST_REACHES(prompt, struct till_prompt, data)
		? sizeof(copy)
		: offsetof(struct till_prompt, data));
	if (copy.kind != TILL_ASK_CHOICE)
		copy.choices = NULL;
	if (copy.kind != TILL_ASK_SIGNATURE)
		copy.data = NULL;
	process_ask(asker, &writer, MESSAGE_PROMPT);
	message_put_prompt(&writer, &copy);
	return process_question(asker, &writer);
}

static int
service_reply(struct till_context *ctx, const char *id,
    struct till_reply *reply_r)
{
	struct asker *asker = asker_of(ctx);
	struct till_reply reply;
	struct wire_writer writer;
	struct wire_reader reader;

	process_ask(asker, &writer, MESSAGE_REPLY);
	wire_put_text(&writer, id);
	if (process_answer(asker, &writer, &reader) != 0)
		return -1;
	message_get_reply(&reader, &reply);
	if (!wire_done(&reader))
		process_lost();
	reply.data.data = process_keep(asker, reply.data.data, reply.data.len);
	if (reply.data.data == NULL || kept_text(asker, &reply.format) == -1)
		return -1;
	*reply_r = reply;
	return 0;
}

static int
service_state_put(struct till_context *ctx, struct till_bytes state)
{
	struct asker *asker = asker_of(ctx);
	struct wire_writer writer;

	if (state.len > TILL_STATE_MAX)
		return -1;
	process_ask(asker, &writer, MESSAGE_STATE_PUT);
	wire_put_bytes(&writer, state.data, state.len);
	return process_question(asker, &writer);
}

static int
service_state_get(struct till_context *ctx, struct till_bytes *state_r)
{
	struct asker *asker = asker_of(ctx);
	struct wire_writer writer;
	struct wire_reader reader;
	const unsigned char *data;
	size_t len;

	process_ask(asker, &writer, MESSAGE_STATE_GET);
	if (process_answer(asker, &writer, &reader) != 0)
		return -1;
	data = wire_get_bytes(&reader, &len);
	if (!wire_done(&reader))
		process_lost();
	data = process_keep(asker, data, len);
	if (data == NULL)
		return -1;
	*state_r = (struct till_bytes){ data, len };
	return 0;
}

static int
service_method(struct till_context *ctx, const char *amr, uint32_t level)
{
	struct asker *asker = asker_of(ctx);
	struct wire_writer writer;

	process_ask(asker, &writer, MESSAGE_METHOD);
	wire_put_text(&writer, amr);
	wire_put_u32(&writer, level);
	return process_question(asker, &writer);
}

/* All of them come before the first is given, as each may ask, too. */
static int
service_credential_list(struct till_context *ctx,
    int (*each)(void *arg, const struct till_credential *), void *arg)
{
	struct till_credential list[TILL_CREDENTIALS_MAX];
	struct asker *asker = asker_of(ctx);
	struct wire_writer writer;
	struct wire_reader reader;
	size_t n = 0, i;
	int r = 0;

	process_ask(asker, &writer, MESSAGE_CREDENTIAL_LIST);
	process_tell(asker, &writer);
	for (;;) {
		process_hear(asker, &reader);
		if (wire_get_u32(&reader) != MESSAGE_ITEM)
			break;
		if (n == TILL_CREDENTIALS_MAX ||
		    kept_credential(asker, &reader, &list[n++]) == -1)
			r = -1;
	}
	if (wire_get_i64(&reader) != 0 || !wire_done(&reader))
		r = -1;
	for (i = 0; r == 0 && i < n; i++)
		r = each(arg, &list[i]);
	return r;
}

static int
service_credential_get(struct till_context *ctx, const char *id,
    struct till_credential *credential_r)
{
	struct asker *asker = asker_of(ctx);
	struct wire_writer writer;
	struct wire_reader reader;

	process_ask(asker, &writer, MESSAGE_CREDENTIAL_GET);
	wire_put_text(&writer, id);
	if (process_answer(asker, &writer, &reader) != 0)
		return -1;
	return kept_credential(asker, &reader, credential_r);
}

static int
service_credential_put(struct till_context *ctx,
    const struct till_credential *credential)
{
	struct asker *asker = asker_of(ctx);
	struct wire_writer writer;
	int r;

	if (!HOST_REACHES(credential, struct till_credential, data) ||
	    credential->data.len > TILL_CREDENTIAL_MAX)
		return -1;
	process_ask(asker, &writer, MESSAGE_CREDENTIAL_PUT);
	message_put_credential(&writer, credential);
	if (writer.failed ||
	    channel_send(asker->fd, &writer, credential->data.data,
		credential->data.len) != CHANNEL_DONE)
		return -1;
	wire_begin(&writer, asker->request, 0);
	r = process_question(asker, &writer);
	return r;
}

static int
service_credential_remove(struct till_context *ctx, const char *id)
{
	struct asker *asker = asker_of(ctx);
	struct wire_writer writer;

	process_ask(asker, &writer, MESSAGE_CREDENTIAL_REMOVE);
	wire_put_text(&writer, id);
	return process_question(asker, &writer);
}

static int
service_failures(struct till_context *ctx, struct till_failures *failures_r)
{
	return ask_failures(ctx, MESSAGE_FAILURES, failures_r);
}

static int
service_failures_here(struct till_context *ctx,
    struct till_failures *failures_r)
{
	return ask_failures(ctx, MESSAGE_FAILURES_HERE, failures_r);
}

static int
ask_failures(struct till_context *ctx, enum message_kind kind,
    struct till_failures *failures_r)
{
	struct asker *asker = asker_of(ctx);
	struct wire_writer writer;
	struct wire_reader reader;

	process_ask(asker, &writer, kind);
	if (process_answer(asker, &writer, &reader) != 0)
		return -1;
	message_get_failures(&reader, failures_r);
	return wire_done(&reader) ? 0 : -1;
}

static int
service_failed(struct till_context *ctx)
{
	struct asker *asker = asker_of(ctx);
	struct wire_writer writer;

	process_ask(asker, &writer, MESSAGE_FAILED);
	return process_question(asker, &writer);
}

static int
service_succeeded(struct till_context *ctx)
{
	struct asker *asker = asker_of(ctx);
	struct wire_writer writer;

	process_ask(asker, &writer, MESSAGE_SUCCEEDED);
	return process_question(asker, &writer);
}

static int
service_alert(struct till_context *ctx, const char *type, const char *text)
{
	struct asker *asker = asker_of(ctx);
	struct wire_writer writer;

	process_ask(asker, &writer, MESSAGE_ALERT);
	wire_put_text(&writer, type);
	wire_put_text(&writer, text);
	return process_question(asker, &writer);
}

static int
service_limit(struct till_context *ctx, const struct till_limit *limit)
{
	struct asker *asker = asker_of(ctx);
	struct wire_writer writer;
	int answer;

	if (!HOST_REACHES(limit, struct till_limit, max_count))
		return -1;
	if (process_foresees(asker, limit, &answer))
		return answer;
	process_ask(asker, &writer, MESSAGE_LIMIT);
	message_put_limit(&writer, limit);
	return process_question(asker, &writer);
}

static int
service_step_up(struct till_context *ctx, uint32_t level)
{
	struct asker *asker = asker_of(ctx);
	struct wire_writer writer;

	process_ask(asker, &writer, MESSAGE_STEP_UP);
	wire_put_u32(&writer, level);
	return process_question(asker, &writer);
}

static int
service_retry_after(struct till_context *ctx, uint32_t ms)
{
	struct asker *asker = asker_of(ctx);
	struct wire_writer writer;

	process_ask(asker, &writer, MESSAGE_RETRY_AFTER);
	wire_put_u32(&writer, ms);
	return process_question(asker, &writer);
}

/* An operation is a number here; the rear unit knows what it stands for. */
static void
service_complete(struct till_op *op, enum till_result result,
    const struct till_outcome *outcome)
{
	unsigned char buf[HOST_REQUEST_MAX];
	struct till_outcome copy;
	struct wire_writer writer;

	outcome_copy(&copy, outcome);
	message_begin(&writer, buf, sizeof(buf), MESSAGE_COMPLETE);
	wire_put_u64(&writer, (uint64_t)(uintptr_t)op);
	wire_put_u32(&writer, (uint32_t)result);
	message_put_outcome(&writer, &copy);
	if (channel_send(HOST_FD_LATE, &writer, NULL, 0) != CHANNEL_DONE)
		process_lost();
}

static int64_t
service_time_s(struct till_instance *instance)
{
	struct process *process = (void *)instance;
	int64_t told;

	if (process == NULL)
		return (int64_t)time(NULL);
	told = atomic_load(&process->time_s);
	return told != 0 ? told : (int64_t)time(NULL);
}

/* The module only hands it back. */
static struct asker *
asker_of(struct till_context *ctx)
{
	return (struct asker *)(void *)ctx;
}

static int
kept_credential(struct asker *asker, struct wire_reader *reader,
    struct till_credential *credential)
{
	struct till_bytes *data = &credential->data;

	message_get_credential(reader, credential);
	if (!wire_done(reader))
		process_lost();
	data->data = process_keep(asker, data->data, data->len);
	if (data->data == NULL || kept_text(asker, &credential->id) == -1 ||
	    kept_text(asker, &credential->label) == -1)
		return -1;
	return 0;
}

/* Out of a message, which the next one overwrites. */
static int
kept_text(struct asker *asker, const char **text)
{
	if (*text == NULL)
		return 0;
	*text = process_keep(asker, *text, strlen(*text));
	return *text == NULL ? -1 : 0;
}
