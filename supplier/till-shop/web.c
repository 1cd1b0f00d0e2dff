/*
 * web.c - the shop over HTTP: requests to handlers, pages to answers.
 *
 * A POST that does something answers 303 to a page of the shop's own, so that
 * reloading never repeats it; one that is refused does nothing, and answers a
 * page that says why.  What leads elsewhere is a page with a Refresh header (a
 * browser may block a form that ends at another site).
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <microhttpd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "handlers.h"
#include "web.h"

#define THREADS_MORE 2 /* than the payment servers may keep waiting */
#define BODY_MAX 8192 /* octets of a form */
#define TIMEOUT_S 20 /* and the patience, as waiting counts */
#define CONNECTIONS_MAX 512

struct web {
	struct shop *shop;
	struct MHD_Daemon *daemon;
	unsigned int port;
};

static enum MHD_Result access_cb(void *, struct MHD_Connection *, const char *,
    const char *, const char *, const char *, size_t *, void **);
static void done_cb(void *, struct MHD_Connection *, void **,
    enum MHD_RequestTerminationCode);
static enum MHD_Result field_cb(void *, enum MHD_ValueKind, const char *,
    const char *, const char *, const char *, const char *, uint64_t, size_t);
static struct request *request_new(struct web *, struct MHD_Connection *,
    const char *, const char *);
static bool same_origin(const struct request *);
static enum MHD_Result answer(struct request *);
static enum MHD_Result answer_event(struct request *);
static int listen_address(const char *, struct sockaddr_storage *,
    struct till_error *);
static int open_listener(struct web *, struct till_error *);
static void own_url(struct web *);

int
web_start(struct shop *shop, struct web **web_r, struct till_error *err)
{
	const size_t threads =
	    shop->catalogue->servers_len * SHOP_WAITS_MAX + THREADS_MORE;
	struct web *web = calloc(1, sizeof(*web));
	int fd;

	if (web == NULL)
		return till_fail(err, "out of memory");
	web->shop = shop;
	fd = open_listener(web, err);
	if (fd == -1) {
		free(web);
		return -1;
	}
	/* Before there are threads that read it. */
	if (shop->catalogue->url[0] == '\0')
		own_url(web);
	web->daemon = MHD_start_daemon(MHD_USE_EPOLL_INTERNAL_THREAD, 0, NULL,
	    NULL, access_cb, web, MHD_OPTION_LISTEN_SOCKET, fd,
	    MHD_OPTION_THREAD_POOL_SIZE, (unsigned int)threads,
	    MHD_OPTION_CONNECTION_LIMIT, (unsigned int)CONNECTIONS_MAX,
	    MHD_OPTION_CONNECTION_TIMEOUT,
	    (unsigned int)(TIMEOUT_S + shop->catalogue->patience_s),
	    MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_NOTIFY_COMPLETED,
	    done_cb, web, MHD_OPTION_END);
	if (web->daemon == NULL) {
		free(web);
		return till_fail(err, "cannot serve on %s: %s",
		    shop->catalogue->listen, strerror(errno));
	}
	*web_r = web;
	return 0;
}

void
web_stop(struct web *web)
{
	if (web == NULL)
		return;
	MHD_stop_daemon(web->daemon);
	free(web);
}

unsigned int
web_port(const struct web *web)
{
	return web->port;
}

const char *
request_field(const struct request *request, const char *name)
{
	const char *value;
	size_t i;

	for (i = 0; i < request->fields_len; i++)
		if (strcmp(request->fields[i].name, name) == 0)
			return request->fields[i].value;
	value = MHD_lookup_connection_value(request->connection,
	    MHD_GET_ARGUMENT_KIND, name);
	return request->is_post || value == NULL ? "" : value;
}

void
answer_redirect(struct request *request, const char *before, const char *id,
    const char *after)
{
	request->status = MHD_HTTP_SEE_OTHER;
	(void)snprintf(request->location, sizeof(request->location), "%s%s%s",
	    before, id, after);
}

static enum MHD_Result
access_cb(void *arg, struct MHD_Connection *connection, const char *url,
    const char *method, const char *version, const char *data, size_t *size,
    void **request_r)
{
	struct web *web = arg;
	struct request *request = *request_r;

	(void)version;
	if (request == NULL) {
		request = request_new(web, connection, url, method);
		*request_r = request;
		return request == NULL ? MHD_NO : MHD_YES;
	}
	if (*size > 0) {
		request->body += *size;
		if (request->body <= BODY_MAX && request->form != NULL)
			(void)MHD_post_process(request->form, data, *size);
		if (request->body <= BODY_MAX && request->token != NULL)
			memcpy(request->token + request->body - *size, data,
			    *size);
		*size = 0;
		return MHD_YES;
	}
	if (request->form != NULL) {
		(void)MHD_destroy_post_processor(request->form);
		request->form = NULL;
	}
	return request->token != NULL ? answer_event(request) : answer(request);
}

static void
done_cb(void *arg, struct MHD_Connection *connection, void **request_r,
    enum MHD_RequestTerminationCode code)
{
	struct request *request = *request_r;

	(void)arg;
	(void)connection;
	(void)code;
	if (request == NULL)
		return;
	if (request->form != NULL)
		(void)MHD_destroy_post_processor(request->form);
	if (request->fd != -1)
		(void)close(request->fd);
	free(request->page.data);
	free(request->token);
	free(request);
	*request_r = NULL;
}

/* A form's field, maybe in pieces; what is too long is cut and then
 * refused by whoever checks the field. */
static enum MHD_Result
field_cb(void *arg, enum MHD_ValueKind kind, const char *name,
    const char *filename, const char *type, const char *encoding,
    const char *data, uint64_t offset, size_t size)
{
	struct request *request = arg;
	struct field *field;
	size_t i;

	(void)kind;
	(void)filename;
	(void)type;
	(void)encoding;
	for (i = 0; i < request->fields_len; i++)
		if (strcmp(request->fields[i].name, name) == 0)
			break;
	if (i == FIELDS_MAX || strlen(name) >= sizeof(field->name))
		return MHD_NO;
	field = &request->fields[i];
	if (i == request->fields_len) {
		request->fields_len++;
		(void)snprintf(field->name, sizeof(field->name), "%s", name);
	}
	if (offset + size >= sizeof(field->value))
		return MHD_NO;
	memcpy(field->value + offset, data, size);
	field->value[offset + size] = '\0';
	return MHD_YES;
}

static struct request *
request_new(struct web *web, struct MHD_Connection *connection, const char *url,
    const char *method)
{
	struct request *request;

	request = calloc(1, sizeof(*request));
	if (request == NULL)
		return NULL;
	request->shop = web->shop;
	request->connection = connection;
	request->fd = -1;
	request->choose = -1;
	request->status = MHD_HTTP_OK;
	request->is_post = strcmp(method, "POST") == 0;
	request->is_get =
	    strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0;
	(void)snprintf(request->path, sizeof(request->path), "%s", url);
	if (request->is_post && strcmp(url, SHOP_EVENTS_PATH) == 0) {
		request->token = calloc(1, BODY_MAX + 1);
		if (request->token == NULL) {
			free(request);
			return NULL;
		}
	} else if (request->is_post)
		request->form = MHD_create_post_processor(connection, 1024,
		    field_cb, request);
	return request;
}

/* A form of the shop's own pages sends one of these two headers right;
 * other sites cannot. */
static bool
same_origin(const struct request *request)
{
	const char *site, *origin;

	site = MHD_lookup_connection_value(request->connection, MHD_HEADER_KIND,
	    "Sec-Fetch-Site");
	if (site != NULL)
		return strcmp(site, "same-origin") == 0;
	origin = MHD_lookup_connection_value(request->connection,
	    MHD_HEADER_KIND, "Origin");
	return origin != NULL &&
	    strcmp(origin, request->shop->catalogue->url) == 0;
}

static enum MHD_Result
answer(struct request *request)
{
	struct MHD_Response *response;
	struct till_error err;
	const char *cookie;
	enum MHD_Result r;

	cookie = MHD_lookup_connection_value(request->connection,
	    MHD_COOKIE_KIND, COOKIE_VISITOR);
	if (sessions_get(request->shop->sessions, cookie,
		cookie != NULL &&
		    sales_has_session(request->shop->sales, cookie),
		&request->visitor, &err) == -1)
		return MHD_NO;
	reply_language(request);
	if (request->body > BODY_MAX)
		request->status = MHD_HTTP_CONTENT_TOO_LARGE;
	else if (!request->is_get && !request->is_post)
		request->status = MHD_HTTP_METHOD_NOT_ALLOWED;
	else if (request->is_post && !same_origin(request))
		request->status = MHD_HTTP_FORBIDDEN;
	else
		handle(request);
	if (request->page.len == 0 && request->fd == -1 &&
	    request->location[0] == '\0')
		page_message(&request->page, request->shop, W_NOT_POSSIBLE,
		    W_NO_PAGE, NULL);
	response = reply_new(request);
	if (response == NULL)
		return MHD_NO;
	r = MHD_queue_response(request->connection, request->status, response);
	MHD_destroy_response(response);
	return r;
}

/* From a payment server, which is no visitor: what makes it believable is
 * its signature alone.  There is nothing to say but the status. */
static enum MHD_Result
answer_event(struct request *request)
{
	unsigned int status = MHD_HTTP_CONTENT_TOO_LARGE;
	enum event_taken taken = EVENT_NONE;
	struct MHD_Response *response;
	struct till_error err = { "" };
	enum MHD_Result r;

	if (request->body <= BODY_MAX)
		taken = events_take(request->shop, request->token,
		    request->body, &err);
	switch (taken) {
	case EVENT_TAKEN:
		status = MHD_HTTP_NO_CONTENT;
		break;
	case EVENT_BAD:
		status = MHD_HTTP_FORBIDDEN;
		break;
	case EVENT_NEVER:
		status = MHD_HTTP_UNPROCESSABLE_CONTENT;
		break;
	case EVENT_LATER:
		status = MHD_HTTP_SERVICE_UNAVAILABLE;
		break;
	case EVENT_NONE:
		break;
	}
	if (err.text[0] != '\0')
		shop_say("event: %s", err.text);
	response = MHD_create_response_from_buffer(0, (void *)(uintptr_t) "",
	    MHD_RESPMEM_PERSISTENT);
	if (response == NULL)
		return MHD_NO;
	r = MHD_queue_response(request->connection, status, response);
	MHD_destroy_response(response);
	return r;
}

/* "127.0.0.1:8081" or "[::1]:8081"; port 0 is any free one. */
static int
listen_address(const char *text, struct sockaddr_storage *address,
    struct till_error *err)
{
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)address;
	struct sockaddr_in *v4 = (struct sockaddr_in *)address;
	const char *colon = strrchr(text, ':');
	char host[64], *end;
	unsigned long port;
	int n;

	memset(address, 0, sizeof(*address));
	if (colon == NULL)
		return till_fail(err, "listen: '%s' has no port", text);
	errno = 0;
	port = strtoul(colon + 1, &end, 10);
	if (errno != 0 || end == colon + 1 || *end != '\0' || port > 65535)
		return till_fail(err, "listen: '%s' is no port", colon + 1);
	n = (int)(colon - text);
	if (text[0] == '[' && n > 2)
		(void)snprintf(host, sizeof(host), "%.*s", n - 2, text + 1);
	else
		(void)snprintf(host, sizeof(host), "%.*s", n, text);
	if (inet_pton(AF_INET, host, &v4->sin_addr) == 1) {
		v4->sin_family = AF_INET;
		v4->sin_port = htons((uint16_t)port);
	} else if (inet_pton(AF_INET6, host, &v6->sin6_addr) == 1) {
		v6->sin6_family = AF_INET6;
		v6->sin6_port = htons((uint16_t)port);
	} else {
		return till_fail(err, "listen: '%s' is no address", host);
	}
	return 0;
}

/* A socket that listens where the catalogue says; its port is the web's. */
static int
open_listener(struct web *web, struct till_error *err)
{
	const char *where = web->shop->catalogue->listen;
	struct sockaddr_storage address;
	socklen_t len = sizeof(address);
	const int on = 1;
	int fd;

	if (listen_address(where, &address, err) == -1)
		return -1;
	fd = socket(address.ss_family,
	    SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd == -1 ||
	    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) == -1 ||
	    bind(fd, (const struct sockaddr *)&address,
		address.ss_family == AF_INET6
		    ? (socklen_t)sizeof(struct sockaddr_in6)
		    : (socklen_t)sizeof(struct sockaddr_in)) == -1 ||
	    listen(fd, SOMAXCONN) == -1 ||
	    getsockname(fd, (struct sockaddr *)&address, &len) == -1) {
		(void)till_fail(err, "cannot listen on %s: %s", where,
		    strerror(errno));
		if (fd != -1)
			(void)close(fd);
		return -1;
	}
	web->port = ntohs(address.ss_family == AF_INET6
		? ((const struct sockaddr_in6 *)(const void *)&address)
		      ->sin6_port
		: ((const struct sockaddr_in *)(const void *)&address)
		      ->sin_port);
	return fd;
}

/* http://ADDRESS:PORT as it is known now that the port is. */
static void
own_url(struct web *web)
{
	struct catalogue *c = web->shop->catalogue;
	int host = (int)(strrchr(c->listen, ':') - c->listen);

	(void)snprintf(c->url, sizeof(c->url), "http://%.*s:%u", host,
	    c->listen, web_port(web));
}
