/*
 * http.h - HTTP/1.1 as the front unit sees it.
 *
 * Everything of libmicrohttpd is behind this interface (http_*.c), so
 * that another edge can take its place.  A server has threads of its
 * own.  It gives a request to its handler once the whole request is
 * there and has passed the guard.  The handler answers with http_reply,
 * or says http_wait, and then some thread says http_wake, whereupon the
 * handler runs again for this request on the server's own thread.
 */
#ifndef FRONT_HTTP_H
#define FRONT_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <till/error.h>

#define HTTP_TARGET_MAX 4608 /* octets of a request's target */
#define HTTP_FIELDS_MAX 64 /* header fields of one request */
#define HTTP_HEAD_MAX 8192 /* octets of a whole head */
#define HTTP_BODY_MAX 65536 /* octets of a body */
#define HTTP_ADDRESS_MAX 64 /* a network address as text, with its NUL */
#define HTTP_PROXIES_MAX 16

/* Deadlines for the whole of a thing, not for its next octet. */
#define HTTP_HEAD_S 10 /* a request's head */
#define HTTP_BODY_S 20 /* its body, after the head */
#define HTTP_REPLY_S 20 /* for the client to take the reply */
#define HTTP_IDLE_S 75 /* until the next head's first line is there */

enum http_method { HTTP_NONE = 0, HTTP_GET, HTTP_HEAD, HTTP_POST };

struct http_request;
struct http_server;

struct http_options {
	const char *listen; /* "127.0.0.1:8080", "[::1]:0", "unix:/path" */
	const char *hosts[2]; /* "pay.example" or "127.0.0.1:8080": values
		of Host that are ours; both NULL: any */
	const char *tls_certificate, *tls_key; /* PEM texts, or NULL */
	const char *const *proxies; /* addresses and "unix:", see front.h */
	size_t proxies_len;
	unsigned int threads; /* at least 1 */
	unsigned int connections_max; /* at least threads */
	unsigned int connections_per_address;
	/* A whole request, and again after http_wake.  It must answer or
	 * wait before it returns. */
	void (*request)(void *arg, struct http_request *);
	/* The request is over, answered or not; its data may be freed.  Not
	 * while it waits.  May be NULL. */
	void (*done)(void *arg, struct http_request *);
	void *arg;
};

/* Numbers since the start, but open and active, which are now. */
struct http_stats {
	uint64_t connections, requests, refused, overdue, crowded;
	uint64_t open, active;
	uint64_t replies[6]; /* by the status' first digit */
};

/* One header field of a reply; a list ends with a NULL name. */
struct http_field {
	const char *name, *value;
};

int http_start(const struct http_options *, struct http_server **server_r,
    struct till_error *err);
/* The TCP port that it listens on; 0 for a unix socket. */
unsigned int http_port(const struct http_server *);
/* Nothing new is accepted; connections end after their reply. */
void http_drain(struct http_server *);
/* Requests that are being worked on, waiting ones included. */
size_t http_active(const struct http_server *);
/* No request may be waiting any more.  NULL is fine. */
void http_stop(struct http_server *);
void http_stats(const struct http_server *, struct http_stats *stats_r);
/* Is the listening address one that the whole network can reach? */
bool http_is_public(const char *listen);
/* Can it be listened on, as far as its text says?  -1: err says why not. */
int http_check_listen(const char *listen, struct till_error *err);
/* An address of which proxies may be, or "unix:". */
bool http_is_proxy(const char *text);
/* libmicrohttpd's version, for the log; is it one that may face the
 * public network alone (1.0.10 or later)? */
const char *http_library(bool *public_r);

/* What was asked.  Pointers live as long as the request. */
enum http_method http_method(const struct http_request *);
const char *http_path(const struct http_request *); /* as sent, no query */
char *http_query(struct http_request *); /* "" if none; may be written in */
/* The (only, or first) field of a name, or NULL.  Blanks behind it stay. */
const char *http_field(struct http_request *, const char *name);
/* One cookie's value, copied; false if there is none or it is longer. */
bool http_cookie(struct http_request *, const char *name, char *value_r,
    size_t size);
/* The body: secure memory, NUL terminated, the handler may write in it;
 * wiped at the end.  Never NULL. */
char *http_body(struct http_request *, size_t *len_r);
/* The client's address, from a trusted proxy if it came through one. */
const char *http_address(struct http_request *);

/* The handler's own pointer, NULL at first. */
void http_set_data(struct http_request *, void *data);
void *http_data(const struct http_request *);

/* On the server's thread, from the handler only: do not answer yet. */
void http_wait(struct http_request *);
/* Any thread, once for each http_wait, after it. */
void http_wake(struct http_request *);

/*
 * Answer.  body is freed (and wiped) by the server, NULL if empty; the
 * fields are copied.  From the handler only, once.  If there is no
 * memory for it the connection is closed.
 */
void http_reply(struct http_request *, unsigned int status,
    const struct http_field *fields, char *body, size_t len);

#endif
