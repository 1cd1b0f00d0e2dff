/*
 * http_priv.h - what the files http_*.c share.
 */
#ifndef FRONT_HTTP_PRIV_H
#define FRONT_HTTP_PRIV_H

#include <sys/socket.h>
#include <sys/types.h>

#include <microhttpd.h>
#include <pthread.h>
#include <stdatomic.h>

#include "front/guard.h"
#include "front/http.h"

#define CONN_BUCKETS 1024 /* a power of two */
#define ADDRESS_SIZE 16 /* IPv6, or IPv4 mapped into it */

/* One connection, from accept to close. */
struct conn {
	struct conn *next, **prev; /* in its bucket */
	int fd;
	bool counted; /* against the limit of its address */
	bool proxy; /* may say for whom it speaks */
	bool refused; /* nothing that follows is listened to */
	struct http_request *request; /* that is not over, or NULL */
	unsigned char address[ADDRESS_SIZE];
	_Atomic int64_t deadline_ms; /* monotonic; 0: none */
};

/* Addresses as numbers, and which connections there are. */
struct conns {
	pthread_mutex_t lock;
	struct conn *buckets[CONN_BUCKETS];
	_Atomic uint64_t open;
};

struct http_counters {
	_Atomic uint64_t connections, requests, refused, overdue, crowded,
	    active, replies[6];
};

struct http_server {
	struct http_options options;
	struct MHD_Daemon *daemon;
	int listen_fd;
	unsigned int port;
	bool unix_proxy; /* all who come over our unix socket */
	unsigned char proxies[HTTP_PROXIES_MAX][ADDRESS_SIZE];
	size_t proxies_len;
	struct conns conns;
	struct http_counters counters;
	_Atomic bool draining;
	pthread_t timer; /* shuts down what is overdue */
	pthread_mutex_t timer_lock;
	pthread_cond_t timer_wake;
	bool timer_runs, timer_stop;
};

enum phase {
	PHASE_HEAD = 0, /* the head is coming in */
	PHASE_BODY,
	PHASE_WORK, /* the handler has it */
	PHASE_WAIT, /* the handler waits */
	PHASE_REPLIED,
	PHASE_REFUSED
};

struct http_request {
	struct http_server *server;
	struct MHD_Connection *connection;
	struct conn *conn;
	enum phase phase;
	enum http_method method;
	void *data;
	char *body; /* secure memory */
	size_t body_len, body_size;
	bool has_body;
	char address[HTTP_ADDRESS_MAX];
	const char *raw; /* where the target lies in the library's buffer */
	char *query;
	size_t target_len;
	char target[]; /* path, NUL, query, NUL */
};

/* http_listen.c */
int listen_open(const char *where, int *fd_r, unsigned int *port_r,
    struct till_error *err);
int address_parse(const char *text, unsigned char address_r[ADDRESS_SIZE]);
void address_from(const struct sockaddr *, unsigned char r[ADDRESS_SIZE]);
void address_print(const unsigned char address[ADDRESS_SIZE],
    char text_r[HTTP_ADDRESS_MAX]);
bool address_is_loopback(const unsigned char address[ADDRESS_SIZE]);

/* http_conn.c */
int64_t http_clock_ms(void);
enum MHD_Result conn_admit(void *server, const struct sockaddr *, socklen_t);
void conn_notify(void *server, struct MHD_Connection *, void **context,
    enum MHD_ConnectionNotificationCode);
struct conn *conn_of(struct MHD_Connection *);
void conn_deadline(struct conn *, int seconds); /* 0: none */
/* Shut down what is overdue; returns the number of open connections. */
uint64_t conns_expire(struct http_server *, int64_t now_ms);

/* http_head.c: the guard's view of a head; as guard_check. */
unsigned int head_check(struct http_request *, const char *method,
    const char *version, const char **why_r);

/* http_request.c */
void *request_begin(void *server, const char *target, struct MHD_Connection *);
enum MHD_Result request_step(void *server, struct MHD_Connection *,
    const char *url, const char *method, const char *version, const char *data,
    size_t *len, void **context);
void request_free(struct http_request *);
void request_end(void *server, struct MHD_Connection *, void **context,
    enum MHD_RequestTerminationCode);

#endif
