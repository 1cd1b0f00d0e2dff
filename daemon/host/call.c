/*
 * call.c - a call into a module that runs in a host.
 *
 * A call becomes a message, and its result comes back, in time or as that
 * of a broken host; what it means is said in instance.h.
 */
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>

#include "host/isolated.h"

/* One call under way. */
struct calling {
	struct isolated *isolated;
	struct till_context *ctx;
	const struct instance_call *call;
	int64_t until_ms;
	unsigned char *buf; /* HOST_REQUEST_MAX octets, secure */
	unsigned char *big; /* HOST_MESSAGE_MAX octets, of an event; or NULL */
	struct host *host;
	size_t channel;
	uintptr_t late; /* number of its operation; 0: none */
	bool sent;
	struct foreseen foreseen; /* of policy */
	struct till_error err;
};

static bool try_twice(struct calling *, enum till_result *);
static int calling_init(struct calling *);
static bool is_over(struct calling *);
static void calling_free(struct calling *);
static int64_t patience_ms(const struct calling *);
static bool try_call(struct calling *, enum till_result *);
static bool add_late(struct calling *);
static int send_call(struct calling *);
static int make_call(const struct calling *, struct wire_writer *);
static enum till_result take_result(struct calling *);
static enum till_result result_kept(struct calling *, enum till_result,
    uint32_t used);
static enum till_result failed(struct calling *, enum till_result);
static enum till_result not_made(const struct calling *);
static enum till_result not_known(const struct calling *);
static void broken(struct calling *, enum host_fault);

enum till_result
host_call(struct instance *instance, struct till_context *ctx,
    const struct instance_call *call)
{
	struct calling calling = {
		.isolated = instance->isolated,
		.ctx = ctx,
		.call = call,
	};
	enum till_result result = TILL_ERROR;

	calling.until_ms = hosts_now_ms() + patience_ms(&calling);
	if (calling_init(&calling) == -1 || is_over(&calling))
		result = failed(&calling, not_made(&calling));
	else if (!try_twice(&calling, &result))
		result = failed(&calling, not_made(&calling));
	calling_free(&calling);
	return result;
}

/* A host that is told to end between its choice and the call makes none. */
static bool
try_twice(struct calling *calling, enum till_result *result)
{
	int i;

	for (i = 0; i < 2; i++) {
		if (try_call(calling, result))
			return true;
	}
	return false;
}

static int
calling_init(struct calling *calling)
{
	calling->buf = OPENSSL_secure_malloc(HOST_REQUEST_MAX);
	if (calling->call->facility == TILL_NOTIFY)
		calling->big = malloc(HOST_MESSAGE_MAX);
	if (calling->buf != NULL &&
	    (calling->call->facility != TILL_NOTIFY || calling->big != NULL))
		return 0;
	return till_fail(&calling->err, "out of memory");
}

/* It has waited until its deadline; only a question is worth a try. */
static bool
is_over(struct calling *calling)
{
	const struct till_settlement *s = calling->call->settlement;

	if (s == NULL || s->verb == TILL_QUERY || s->deadline_ms <= 0 ||
	    s->deadline_ms > context_now_ms(calling->ctx))
		return false;
	return till_fail(&calling->err, "its deadline has passed") == -1;
}

static void
calling_free(struct calling *calling)
{
	OPENSSL_secure_clear_free(calling->buf, HOST_REQUEST_MAX);
	free(calling->big);
}

/* At a settlement's own deadline the module may give up by itself. */
static int64_t
patience_ms(const struct calling *calling)
{
	const struct till_settlement *settlement = calling->call->settlement;
	int64_t ms = calling->isolated->timeout_ms;
	int64_t left_ms;

	if (ms <= 0)
		ms = HOSTS_CALL_MS;
	if (settlement == NULL || settlement->deadline_ms <= 0)
		return ms;
	left_ms = settlement->deadline_ms - context_now_ms(calling->ctx);
	return (left_ms > 0 ? left_ms : 0) + HOSTS_GRACE_MS;
}

/* False: nothing of the call has left, so that it can be made again. */
static bool
try_call(struct calling *calling, enum till_result *result_r)
{
	struct isolated *isolated = calling->isolated;
	bool answered = false;

	calling->host =
	    host_take(isolated, calling->call->facility == TILL_SETTLE,
		calling->until_ms, &calling->channel, &calling->err);
	if (calling->host == NULL) {
		*result_r = failed(calling, not_made(calling));
		return true;
	}
	calling->sent = false;
	if (add_late(calling) && send_call(calling) == 0) {
		*result_r = take_result(calling);
		answered = calling->err.text[0] == '\0';
	} else if (calling->err.text[0] != '\0') {
		*result_r = failed(calling, not_made(calling));
		calling->sent = true;
	}
	(void)pthread_mutex_lock(&isolated->hosts->lock);
	late_answered(calling->host, calling->late,
	    answered && *result_r == TILL_PENDING);
	(void)pthread_mutex_unlock(&isolated->hosts->lock);
	host_give_back(isolated, calling->host, calling->channel, answered);
	return calling->sent;
}

/* A number for the operation that the module may complete later. */
static bool
add_late(struct calling *calling)
{
	const struct instance_call *call = calling->call;
	struct hosts *hosts = calling->isolated->hosts;

	calling->late = 0;
	calling->err.text[0] = '\0';
	if (call->op == NULL ||
	    (calling->isolated->module.caps & TILL_CAP_ASYNC) == 0)
		return true;
	(void)pthread_mutex_lock(&hosts->lock);
	calling->late = late_add(calling->host, call->op,
	    call->settlement->deadline_ms + HOSTS_GRACE_MS);
	(void)pthread_mutex_unlock(&hosts->lock);
	if (calling->late == 0)
		till_fail(&calling->err,
		    "too many settlements wait in its host");
	return calling->late != 0;
}

/* -1 without an error: the host has ended before it got it. */
static int
send_call(struct calling *calling)
{
	struct wire_writer writer;
	enum channel_result r;

	if (calling->call->facility == TILL_POLICY)
		foresee(calling->isolated, calling->ctx, &calling->foreseen);
	if (make_call(calling, &writer) == -1 || writer.failed)
		return till_fail(&calling->err, "the call is too long");
	do {
		r = channel_send(calling->host->calls[calling->channel],
		    &writer, NULL, 0);
	} while (r == CHANNEL_TICK && hosts_now_ms() < calling->until_ms);
	calling->sent = r == CHANNEL_DONE;
	if (r == CHANNEL_DONE)
		return 0;
	broken(calling, FAULT_DIED);
	return -1;
}

static int
make_call(const struct calling *calling, struct wire_writer *writer)
{
	const struct instance_call *call = calling->call;
	const struct till_order *order = calling->ctx->order;
	enum message_kind kind = MESSAGE_NONE;

	switch (call->facility) {
	case TILL_POLICY:
		kind = MESSAGE_POLICY;
		break;
	case TILL_AUTH:
		kind = call->enrol != 0 ? MESSAGE_ENROL : MESSAGE_AUTH;
		break;
	case TILL_SETTLE:
		kind = MESSAGE_SETTLE;
		break;
	case TILL_NOTIFY:
		kind = MESSAGE_NOTIFY;
		break;
	}
	if (calling->big != NULL)
		message_begin(writer, calling->big, HOST_MESSAGE_MAX, kind);
	else
		message_begin(writer, calling->buf, HOST_REQUEST_MAX, kind);
	wire_put_i64(writer, calling->isolated->instance->time_s);
	wire_put_u32(writer, order != NULL);
	if (order != NULL)
		message_put_order(writer, order);
	if (kind == MESSAGE_POLICY)
		foresee_put(writer, &calling->foreseen);
	if (kind == MESSAGE_ENROL)
		wire_put_u32(writer, (uint32_t)call->enrol);
	if (kind == MESSAGE_SETTLE) {
		wire_put_u64(writer, calling->late);
		message_put_settlement(writer, call->settlement);
	}
	if (kind == MESSAGE_NOTIFY)
		message_put_event(writer, call->event);
	return kind == MESSAGE_NONE ? -1 : 0;
}

static enum till_result
take_result(struct calling *calling)
{
	struct till_outcome *outcome = calling->call->outcome;
	enum host_fault fault = FAULT_GARBLED;
	struct wire_reader reader;
	enum till_result result;
	uint32_t used = 0;

	calling->err.text[0] = '\0';
	if (host_serve(calling->host->calls[calling->channel], calling->ctx,
		calling->until_ms, calling->buf, &reader, &fault,
		&calling->err) == -1) {
		broken(calling, fault);
		return failed(calling, not_known(calling));
	}
	result = (enum till_result)wire_get_u32(&reader);
	if (outcome != NULL)
		message_get_outcome(&reader, outcome);
	if (calling->call->facility == TILL_POLICY)
		used = wire_get_u32(&reader);
	if (wire_done(&reader))
		return result_kept(calling, result, used);
	till_fail(&calling->err, "its host's answer cannot be understood");
	broken(calling, FAULT_GARBLED);
	return failed(calling, not_known(calling));
}

/* A limit that cannot be stated has no effect, and so the module's answer has
 * none. */
static enum till_result
result_kept(struct calling *calling, enum till_result result, uint32_t used)
{
	if (calling->call->facility != TILL_POLICY ||
	    foresee_keep(calling->isolated, calling->ctx, &calling->foreseen,
		used) == 0)
		return result;
	return context_host()->fail(calling->ctx, TILL_ERROR, "module-error",
	    "a limit cannot be stated");
}

/* The call has no answer of the module: say why. */
static enum till_result
failed(struct calling *calling, enum till_result result)
{
	struct till_outcome *outcome = calling->call->outcome;

	if (outcome != NULL) {
		memset(outcome, 0, sizeof(*outcome));
		outcome->size = sizeof(*outcome);
		(void)snprintf(outcome->text, sizeof(outcome->text), "%.100s",
		    calling->err.text);
	}
	context_log(calling->ctx, TILL_LOG_ERROR, "%s", calling->err.text);
	return context_host()->fail(calling->ctx, result, "module-error", "%s",
	    calling->err.text);
}

/* Nothing has been asked of the module. */
static enum till_result
not_made(const struct calling *calling)
{
	const struct instance_call *call = calling->call;

	if (call->facility != TILL_SETTLE)
		return TILL_ERROR;
	return call->settlement->verb == TILL_QUERY ? TILL_UNAVAILABLE
						    : TILL_NOT_ATTEMPTED;
}

/* It has been, and there is no answer. */
static enum till_result
not_known(const struct calling *calling)
{
	if (calling->call->facility != TILL_SETTLE ||
	    (calling->isolated->module.caps & TILL_CAP_LEDGER) != 0)
		return TILL_ERROR;
	return TILL_UNKNOWN;
}

static void
broken(struct calling *calling, enum host_fault fault)
{
	struct hosts *hosts = calling->isolated->hosts;

	(void)pthread_mutex_lock(&hosts->lock);
	host_break(calling->host, fault,
	    calling->err.text[0] != '\0' ? calling->err.text
					 : "ended before a call");
	(void)pthread_mutex_unlock(&hosts->lock);
}
