/*
 * http_server.c - start and stop libmicrohttpd.
 *
 * One listening socket, one thread with an epoll set of its own per
 * core, and one more thread that looks after the deadlines.
 */
#include <sys/socket.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "front/http_priv.h"

/* Of one connection: a head, the records that the library makes of its
 * fields, and the head of a reply with a voucher in it. */
#define CONNECTION_MEMORY 18432
#define TIMER_MS 250
#define PUBLIC_VERSION 10010 /* 1.0.10, as version_number makes it */

static struct http_server *server_new(const struct http_options *);
static int server_proxies(struct http_server *, struct till_error *);
static int server_listen(struct http_server *, struct till_error *);
static int server_timer(struct http_server *, struct till_error *);
static void *timer_main(void *);
static size_t leave_escapes(void *, struct MHD_Connection *, char *);
static unsigned int version_number(const char *);

int
http_start(const struct http_options *options, struct http_server **server_r,
    struct till_error *err)
{
	struct http_server *server = server_new(options);

	if (server == NULL)
		return till_fail(err, "out of memory");
	if (server_proxies(server, err) == -1 ||
	    listen_open(options->listen, &server->listen_fd, &server->port,
		err) == -1 ||
	    server_timer(server, err) == -1 ||
	    server_listen(server, err) == -1) {
		http_stop(server);
		return -1;
	}
	*server_r = server;
	return 0;
}

unsigned int
http_port(const struct http_server *server)
{
	return server->port;
}

void
http_drain(struct http_server *server)
{
	atomic_store(&server->draining, true);
	/* The library gives the socket back; until then it is its. */
	if (server->daemon != NULL)
		(void)MHD_quiesce_daemon(server->daemon);
	if (server->listen_fd != -1)
		(void)close(server->listen_fd);
	server->listen_fd = -1;
}

size_t
http_active(const struct http_server *server)
{
	return atomic_load(&server->counters.active);
}

void
http_stop(struct http_server *server)
{
	if (server == NULL)
		return;
	if (server->daemon != NULL) {
		http_drain(server);
		MHD_stop_daemon(server->daemon);
	}
	if (server->timer_runs) {
		(void)pthread_mutex_lock(&server->timer_lock);
		server->timer_stop = true;
		(void)pthread_cond_signal(&server->timer_wake);
		(void)pthread_mutex_unlock(&server->timer_lock);
		(void)pthread_join(server->timer, NULL);
	}
	if (server->listen_fd != -1)
		(void)close(server->listen_fd);
	(void)pthread_mutex_destroy(&server->conns.lock);
	(void)pthread_mutex_destroy(&server->timer_lock);
	(void)pthread_cond_destroy(&server->timer_wake);
	free(server);
}

void
http_stats(const struct http_server *server, struct http_stats *stats_r)
{
	const struct http_counters *c = &server->counters;
	size_t i;

	*stats_r = (struct http_stats){
		.connections = atomic_load(&c->connections),
		.requests = atomic_load(&c->requests),
		.refused = atomic_load(&c->refused),
		.overdue = atomic_load(&c->overdue),
		.crowded = atomic_load(&c->crowded),
		.open = atomic_load(&server->conns.open),
		.active = atomic_load(&c->active),
	};
	for (i = 0; i < sizeof(c->replies) / sizeof(c->replies[0]); i++)
		stats_r->replies[i] = atomic_load(&c->replies[i]);
}

const char *
http_library(bool *public_r)
{
	const char *version = MHD_get_version();

	*public_r = version_number(version) >= PUBLIC_VERSION;
	return version;
}

static struct http_server *
server_new(const struct http_options *options)
{
	struct http_server *server;
	pthread_condattr_t attr;

	server = calloc(1, sizeof(*server));
	if (server == NULL)
		return NULL;
	server->options = *options;
	server->listen_fd = -1;
	(void)pthread_mutex_init(&server->conns.lock, NULL);
	(void)pthread_mutex_init(&server->timer_lock, NULL);
	(void)pthread_condattr_init(&attr);
	(void)pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	(void)pthread_cond_init(&server->timer_wake, &attr);
	(void)pthread_condattr_destroy(&attr);
	return server;
}

static int
server_proxies(struct http_server *server, struct till_error *err)
{
	const struct http_options *options = &server->options;
	size_t i;

	for (i = 0; i < options->proxies_len; i++) {
		if (strcmp(options->proxies[i], "unix:") == 0) {
			server->unix_proxy = true;
			continue;
		}
		if (server->proxies_len == HTTP_PROXIES_MAX)
			return till_fail(err, "more than %d proxies",
			    HTTP_PROXIES_MAX);
		if (address_parse(options->proxies[i],
			server->proxies[server->proxies_len]) == -1)
			return till_fail(err, "'%s' is not a proxy's address",
			    options->proxies[i]);
		server->proxies_len++;
	}
	return 0;
}

static int
server_listen(struct http_server *server, struct till_error *err)
{
	const struct http_options *options = &server->options;
	unsigned int flags =
	    MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME;
	struct MHD_OptionItem tls[] = {
		{ MHD_OPTION_HTTPS_MEM_CERT, 0,
		    (char *)(uintptr_t)options->tls_certificate },
		{ MHD_OPTION_HTTPS_MEM_KEY, 0,
		    (char *)(uintptr_t)options->tls_key },
		{ MHD_OPTION_HTTPS_PRIORITIES, 0,
		    (char *)(uintptr_t) "NORMAL:-VERS-ALL:+VERS-TLS1.3:"
					"+VERS-TLS1.2" },
		{ MHD_OPTION_END, 0, NULL }
	};

	if (options->tls_certificate != NULL)
		flags |= MHD_USE_TLS;
	else
		tls[0].option = MHD_OPTION_END;
	server->daemon = MHD_start_daemon(flags, 0, conn_admit, server,
	    request_step, server, MHD_OPTION_LISTEN_SOCKET, server->listen_fd,
	    MHD_OPTION_THREAD_POOL_SIZE, options->threads,
	    MHD_OPTION_CONNECTION_LIMIT, options->connections_max,
	    MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_MEMORY,
	    MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_SIGPIPE_HANDLED_BY_APP,
	    1, MHD_OPTION_URI_LOG_CALLBACK, request_begin, server,
	    MHD_OPTION_UNESCAPE_CALLBACK, leave_escapes, NULL,
	    MHD_OPTION_NOTIFY_CONNECTION, conn_notify, server,
	    MHD_OPTION_NOTIFY_COMPLETED, request_end, server, MHD_OPTION_ARRAY,
	    tls, MHD_OPTION_END);
	if (server->daemon == NULL)
		return till_fail(err, "%s: the HTTP server does not start%s",
		    options->listen,
		    options->tls_certificate == NULL
			? ""
			: ": are certificate and key a pair?");
	return 0;
}

static int
server_timer(struct http_server *server, struct till_error *err)
{
	int error;

	error = pthread_create(&server->timer, NULL, timer_main, server);
	if (error != 0)
		return till_fail(err, "a thread: %s", strerror(error));
	server->timer_runs = true;
	return 0;
}

static void *
timer_main(void *arg)
{
	struct http_server *server = arg;
	struct timespec ts;

	(void)pthread_mutex_lock(&server->timer_lock);
	while (!server->timer_stop) {
		(void)clock_gettime(CLOCK_MONOTONIC, &ts);
		ts.tv_nsec += TIMER_MS * 1000000;
		if (ts.tv_nsec >= 1000000000) {
			ts.tv_sec++;
			ts.tv_nsec -= 1000000000;
		}
		(void)pthread_cond_timedwait(&server->timer_wake,
		    &server->timer_lock, &ts);
		(void)conns_expire(server, http_clock_ms());
	}
	(void)pthread_mutex_unlock(&server->timer_lock);
	return NULL;
}

/* Paths and queries stay as they were sent; whoever reads them decodes. */
static size_t
leave_escapes(void *arg, struct MHD_Connection *connection, char *text)
{
	(void)arg;
	(void)connection;
	return strlen(text);
}

/* "1.0.10" is 10010. */
static unsigned int
version_number(const char *version)
{
	unsigned int part[3] = { 0 };
	size_t i = 0;

	for (; *version != '\0' && i < 3; version++) {
		if (*version >= '0' && *version <= '9')
			part[i] = part[i] * 10 + (unsigned int)(*version - '0');
		else
			i++;
	}
	return part[0] * 10000 + part[1] * 1000 + part[2];
}
