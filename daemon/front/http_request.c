/*
 * http_request.c - one request, from its first line to its reply.
 *
 * The library calls request_begin with the target as it was sent, then
 * request_step for the head, for each piece of the body, at the whole
 * request's end and after each wait, then request_end.  All of that is
 * on the thread of the connection.
 */
#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>

#include "front/http_priv.h"
#include "front/text.h"

#define BODY_FIRST 4096
/* What is read and thrown away of a body that is too large, so that its
 * sender may see why; more than that ends the connection. */
#define BODY_DISCARD_MAX (4 * HTTP_BODY_MAX)

struct reply_body {
	char *data;
	size_t len;
};

static enum MHD_Result step_head(struct http_request *, const char *,
    const char *);
static enum MHD_Result step_body(struct http_request *, const char *, size_t);
static bool body_reserve(struct http_request *, size_t);
static enum MHD_Result step_work(struct http_request *);
static void refuse(struct http_request *, unsigned int, const char *);
static int queue(struct http_request *, unsigned int, const struct http_field *,
    char *, size_t);
static struct MHD_Response *wrap(char *, size_t);
static void unwrap(void *);

void *
request_begin(void *arg, const char *target, struct MHD_Connection *connection)
{
	struct http_request *request;
	size_t len = strlen(target);

	request = malloc(sizeof(*request) + len + 2);
	if (request == NULL)
		return NULL;
	*request = (struct http_request){ .server = arg,
		.connection = connection,
		.conn = conn_of(connection),
		.phase = PHASE_HEAD,
		.raw = target,
		.target_len = len };
	memcpy(request->target, target, len + 1);
	request->target[len + 1] = '\0';
	request->query = request->target + len;
	if (request->conn != NULL) {
		request_free(request->conn->request);
		request->conn->request = request;
		conn_deadline(request->conn, HTTP_HEAD_S);
	}
	return request;
}

enum MHD_Result
request_step(void *arg, struct MHD_Connection *connection, const char *url,
    const char *method, const char *version, const char *data, size_t *len,
    void **context)
{
	struct http_request *request = *context;
	enum MHD_Result r;

	(void)arg;
	(void)connection;
	(void)url;
	if (request == NULL || request->conn == NULL)
		return MHD_NO;
	switch (request->phase) {
	case PHASE_HEAD:
		return step_head(request, method, version);
	case PHASE_BODY:
		if (*len == 0)
			return step_work(request);
		r = step_body(request, data, *len);
		/* A password may be in it, and this is the library's own
		 * buffer, which it does not wipe. */
		explicit_bzero((char *)(uintptr_t)data, *len);
		*len = 0;
		return r;
	case PHASE_WAIT:
		return step_work(request);
	case PHASE_REFUSED:
		*len = 0;
		return MHD_YES;
	case PHASE_WORK:
	case PHASE_REPLIED:
		break;
	}
	return MHD_NO;
}

void
request_end(void *arg, struct MHD_Connection *connection, void **context,
    enum MHD_RequestTerminationCode code)
{
	struct http_request *request = *context;

	(void)arg;
	(void)connection;
	(void)code;
	*context = NULL;
	if (request != NULL && request->conn != NULL)
		conn_deadline(request->conn, HTTP_IDLE_S);
	request_free(request);
}

void
request_free(struct http_request *request)
{
	struct http_server *server;

	if (request == NULL)
		return;
	server = request->server;
	if (request->conn != NULL)
		request->conn->request = NULL;
	if (server->options.done != NULL && request->data != NULL)
		server->options.done(server->options.arg, request);
	if (request->phase >= PHASE_WORK && request->phase != PHASE_REFUSED)
		atomic_fetch_sub(&server->counters.active, 1);
	if (request->body != NULL)
		OPENSSL_secure_clear_free(request->body, request->body_size);
	free(request);
}

void
http_wait(struct http_request *request)
{
	request->phase = PHASE_WAIT;
	MHD_suspend_connection(request->connection);
}

void
http_wake(struct http_request *request)
{
	MHD_resume_connection(request->connection);
}

void
http_reply(struct http_request *request, unsigned int status,
    const struct http_field *fields, char *body, size_t len)
{
	if (request->phase == PHASE_WORK &&
	    queue(request, status, fields, body, len) == 0)
		request->phase = PHASE_REPLIED;
}

/* The guard's place: nothing of a body has been read. */
static enum MHD_Result
step_head(struct http_request *request, const char *method, const char *version)
{
	const char *why = "";
	unsigned int status;

	if (request->conn->refused)
		return MHD_NO;
	atomic_fetch_add(&request->server->counters.requests, 1);
	status = head_check(request, method, version, &why);
	if (status != 0) {
		refuse(request, status, why);
		return request->phase == PHASE_REFUSED ? MHD_YES : MHD_NO;
	}
	request->phase = PHASE_BODY;
	if (request->has_body)
		conn_deadline(request->conn, HTTP_BODY_S);
	return MHD_YES;
}

static enum MHD_Result
step_body(struct http_request *request, const char *data, size_t len)
{
	if (request->body_len > HTTP_BODY_MAX ||
	    len > HTTP_BODY_MAX - request->body_len) {
		request->body_len += len;
		return request->body_len > BODY_DISCARD_MAX ? MHD_NO : MHD_YES;
	}
	if (!body_reserve(request, request->body_len + len + 1))
		return MHD_NO;
	memcpy(request->body + request->body_len, data, len);
	request->body_len += len;
	request->body[request->body_len] = '\0';
	return MHD_YES;
}

static bool
body_reserve(struct http_request *request, size_t need)
{
	size_t size = request->body_size == 0 ? BODY_FIRST : request->body_size;
	char *body;

	if (need <= request->body_size)
		return true;
	while (size < need)
		size *= 2;
	body = OPENSSL_secure_malloc(size);
	if (body == NULL)
		return false;
	if (request->body != NULL) {
		memcpy(body, request->body, request->body_len);
		OPENSSL_secure_clear_free(request->body, request->body_size);
	}
	request->body = body;
	request->body_size = size;
	return true;
}

/* The request is whole, or was woken: it is the handler's. */
static enum MHD_Result
step_work(struct http_request *request)
{
	const struct http_options *options = &request->server->options;

	if (request->phase == PHASE_BODY) {
		if (request->body_len > HTTP_BODY_MAX) {
			refuse(request, 413, "the body is too large");
			return request->phase == PHASE_REFUSED ? MHD_YES
							       : MHD_NO;
		}
		atomic_fetch_add(&request->server->counters.active, 1);
		conn_deadline(request->conn, 0);
	}
	request->phase = PHASE_WORK;
	options->request(options->arg, request);
	switch (request->phase) {
	case PHASE_WAIT:
		return MHD_YES;
	case PHASE_REPLIED:
		conn_deadline(request->conn, HTTP_REPLY_S);
		return MHD_YES;
	case PHASE_HEAD:
	case PHASE_BODY:
	case PHASE_WORK:
	case PHASE_REFUSED:
		break;
	}
	return MHD_NO;
}

/* The connection ends with this reply: where the next request would
 * begin is no longer certain. */
static void
refuse(struct http_request *request, unsigned int status, const char *why)
{
	static const struct http_field fields[] = {
		{ "Content-Type", "application/problem+json" },
		{ "Cache-Control", "no-store" }, { "Connection", "close" },
		{ NULL, NULL }
	};
	struct text text = { 0 };
	char *body;
	size_t len;

	request->conn->refused = true;
	atomic_fetch_add(&request->server->counters.refused, 1);
	text_add(&text, "{\"type\":\"about:blank\",\"status\":");
	text_number(&text, status);
	text_add(&text, ",\"title\":");
	text_json(&text, why);
	text_add(&text, "}\n");
	body = text_take(&text, &len);
	if (body == NULL)
		return;
	if (queue(request, status, fields, body, len) == 0) {
		request->phase = PHASE_REFUSED;
		conn_deadline(request->conn, HTTP_REPLY_S);
	}
}

/* Takes body, whatever the outcome. */
static int
queue(struct http_request *request, unsigned int status,
    const struct http_field *fields, char *body, size_t len)
{
	struct MHD_Response *response = wrap(body, len);
	size_t digit = status / 100;
	int r = -1;

	if (response == NULL)
		return -1;
	for (; fields != NULL && fields->name != NULL; fields++)
		if (MHD_add_response_header(response, fields->name,
			fields->value) != MHD_YES)
			goto out;
	if (atomic_load_explicit(&request->server->draining,
		memory_order_relaxed) &&
	    request->phase == PHASE_WORK &&
	    MHD_add_response_header(response, "Connection", "close") != MHD_YES)
		goto out;
	if (MHD_queue_response(request->connection, status, response) !=
	    MHD_YES)
		goto out;
	if (digit < sizeof(request->server->counters.replies) /
		sizeof(request->server->counters.replies[0]))
		atomic_fetch_add(&request->server->counters.replies[digit], 1);
	r = 0;
out:
	MHD_destroy_response(response);
	return r;
}

static struct MHD_Response *
wrap(char *data, size_t len)
{
	struct MHD_Response *response;
	struct reply_body *body;
	static char none[1];

	if (data == NULL)
		return MHD_create_response_from_buffer(0, none,
		    MHD_RESPMEM_PERSISTENT);
	body = malloc(sizeof(*body));
	if (body == NULL) {
		explicit_bzero(data, len);
		free(data);
		return NULL;
	}
	*body = (struct reply_body){ .data = data, .len = len };
	response = MHD_create_response_from_buffer_with_free_callback_cls(len,
	    data, unwrap, body);
	if (response == NULL)
		unwrap(body);
	return response;
}

static void
unwrap(void *arg)
{
	struct reply_body *body = arg;

	explicit_bzero(body->data, body->len);
	free(body->data);
	free(body);
}
