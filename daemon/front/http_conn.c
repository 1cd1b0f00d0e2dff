/*
 * http_conn.c - which connections there are, how many of one address,
 * and until when each of them may take.
 *
 * The library times inactivity only, so a client that sends an octet now
 * and then could stay for ever.  Here every connection has a deadline
 * for the whole of what it is doing; a thread shuts down the sockets of
 * those that are past it.  The library closes a descriptor only after it
 * has told conn_notify, which takes the connection out of the table
 * under the lock; so no other file's descriptor can be hit.
 */
#include <sys/socket.h>

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "front/http_priv.h"

static bool limited(const struct http_server *, const unsigned char *);
static bool trusted(const struct http_server *, const unsigned char *);
static size_t bucket_of(const unsigned char *);
static void conn_open(struct http_server *, struct MHD_Connection *, void **);
static void conn_close(struct http_server *, void **);
static int expire_bucket(struct http_server *, struct conn *, int64_t);

int64_t
http_clock_ms(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC_COARSE, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* Called before a connection is accepted; MHD_NO closes it. */
enum MHD_Result
conn_admit(void *arg, const struct sockaddr *sa, socklen_t len)
{
	struct http_server *server = arg;
	unsigned char address[ADDRESS_SIZE];
	const struct conn *conn;
	unsigned int n = 0;

	(void)len;
	address_from(sa, address);
	if (!limited(server, address))
		return MHD_YES;
	(void)pthread_mutex_lock(&server->conns.lock);
	for (conn = server->conns.buckets[bucket_of(address)]; conn != NULL;
	     conn = conn->next)
		if (conn->counted &&
		    memcmp(conn->address, address, sizeof(address)) == 0)
			n++;
	(void)pthread_mutex_unlock(&server->conns.lock);
	if (n < server->options.connections_per_address)
		return MHD_YES;
	atomic_fetch_add(&server->counters.crowded, 1);
	return MHD_NO;
}

void
conn_notify(void *arg, struct MHD_Connection *connection, void **context,
    enum MHD_ConnectionNotificationCode code)
{
	struct http_server *server = arg;

	switch (code) {
	case MHD_CONNECTION_NOTIFY_STARTED:
		conn_open(server, connection, context);
		break;
	case MHD_CONNECTION_NOTIFY_CLOSED:
		conn_close(server, context);
		break;
	}
}

struct conn *
conn_of(struct MHD_Connection *connection)
{
	const union MHD_ConnectionInfo *info;

	info = MHD_get_connection_info(connection,
	    MHD_CONNECTION_INFO_SOCKET_CONTEXT);
	return info == NULL ? NULL : info->socket_context;
}

void
conn_deadline(struct conn *conn, int seconds)
{
	int64_t deadline = 0;

	if (seconds > 0)
		deadline = http_clock_ms() + (int64_t)seconds * 1000;
	atomic_store_explicit(&conn->deadline_ms, deadline,
	    memory_order_relaxed);
}

uint64_t
conns_expire(struct http_server *server, int64_t now_ms)
{
	uint64_t overdue = 0;
	size_t i;

	if (atomic_load(&server->conns.open) == 0)
		return 0;
	(void)pthread_mutex_lock(&server->conns.lock);
	for (i = 0; i < CONN_BUCKETS; i++)
		overdue += (uint64_t)expire_bucket(server,
		    server->conns.buckets[i], now_ms);
	(void)pthread_mutex_unlock(&server->conns.lock);
	if (overdue > 0)
		atomic_fetch_add(&server->counters.overdue, overdue);
	return atomic_load(&server->conns.open);
}

/* Does the limit per address concern this one?  A proxy speaks for many,
 * and whoever is on this machine is not the network. */
static bool
limited(const struct http_server *server, const unsigned char *address)
{
	static const unsigned char none[ADDRESS_SIZE] = { 0 };

	return memcmp(address, none, sizeof(none)) != 0 &&
	    !address_is_loopback(address) && !trusted(server, address);
}

static bool
trusted(const struct http_server *server, const unsigned char *address)
{
	static const unsigned char none[ADDRESS_SIZE] = { 0 };
	size_t i;

	if (memcmp(address, none, sizeof(none)) == 0)
		return server->unix_proxy;
	for (i = 0; i < server->proxies_len; i++)
		if (memcmp(server->proxies[i], address, ADDRESS_SIZE) == 0)
			return true;
	return false;
}

/* FNV-1a.  Whoever chooses his addresses well may fill one bucket; its
 * length is bounded by connections_max. */
static size_t
bucket_of(const unsigned char *address)
{
	uint32_t hash = 2166136261u;
	size_t i;

	for (i = 0; i < ADDRESS_SIZE; i++)
		hash = (hash ^ address[i]) * 16777619u;
	return hash & (CONN_BUCKETS - 1);
}

static void
conn_open(struct http_server *server, struct MHD_Connection *connection,
    void **context)
{
	const union MHD_ConnectionInfo *addr, *fd;
	struct conn *conn, **bucket;

	*context = NULL;
	addr = MHD_get_connection_info(connection,
	    MHD_CONNECTION_INFO_CLIENT_ADDRESS);
	fd = MHD_get_connection_info(connection,
	    MHD_CONNECTION_INFO_CONNECTION_FD);
	conn = calloc(1, sizeof(*conn));
	if (conn == NULL || addr == NULL || fd == NULL) {
		/* Without its entry no request of it will be heard. */
		free(conn);
		return;
	}
	address_from(addr->client_addr, conn->address);
	conn->fd = fd->connect_fd;
	conn->counted = limited(server, conn->address);
	conn->proxy = trusted(server, conn->address);
	conn_deadline(conn, HTTP_HEAD_S);
	bucket = &server->conns.buckets[bucket_of(conn->address)];
	(void)pthread_mutex_lock(&server->conns.lock);
	conn->next = *bucket;
	conn->prev = bucket;
	if (conn->next != NULL)
		conn->next->prev = &conn->next;
	*bucket = conn;
	(void)pthread_mutex_unlock(&server->conns.lock);
	atomic_fetch_add(&server->conns.open, 1);
	atomic_fetch_add(&server->counters.connections, 1);
	*context = conn;
}

static void
conn_close(struct http_server *server, void **context)
{
	struct conn *conn = *context;

	if (conn == NULL)
		return;
	/* After some of its own errors the library does not say that the
	 * request is over (seen when cookies exhaust its memory). */
	request_free(conn->request);
	(void)pthread_mutex_lock(&server->conns.lock);
	*conn->prev = conn->next;
	if (conn->next != NULL)
		conn->next->prev = conn->prev;
	(void)pthread_mutex_unlock(&server->conns.lock);
	atomic_fetch_sub(&server->conns.open, 1);
	*context = NULL;
	free(conn);
}

static int
expire_bucket(struct http_server *server, struct conn *conn, int64_t now_ms)
{
	int64_t deadline;
	int n = 0;

	(void)server;
	for (; conn != NULL; conn = conn->next) {
		deadline = atomic_load_explicit(&conn->deadline_ms,
		    memory_order_relaxed);
		if (deadline == 0 || deadline > now_ms)
			continue;
		(void)shutdown(conn->fd, SHUT_RDWR);
		atomic_store_explicit(&conn->deadline_ms, 0,
		    memory_order_relaxed);
		n++;
	}
	return n;
}
