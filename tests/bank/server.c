/*
 * server.c - the bank's loop: listeners, connections, commands and time.
 */
#include <sys/socket.h>

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "bank/server.h"

#define POLLED_MAX (BANK_CONNS_MAX + BANK_CONTROLS_MAX + 2)
#define PATIENCE_MS 60000 /* the longest sleep */

static int prepare(struct bank_server *, struct till_error *);
static int listen_at(const struct bank_settings *, struct till_error *);
static size_t gather(const struct bank_server *, struct pollfd *);
static int sleep_ms(const struct bank_server *);
static void serve(struct bank_server *, const struct pollfd *, size_t);
static struct bank_conn *conn_of(struct bank_server *, int fd);
static void accept_conn(struct bank_server *);
static void serve_conn(struct bank_server *, struct bank_conn *, short);
static bool read_some(struct bank_server *, struct bank_conn *);

struct bank_server *
bank_server_new(const struct bank_settings *settings, struct till_error *err)
{
	struct bank_server *server = calloc(1, sizeof(*server));
	size_t i;

	if (server == NULL) {
		(void)till_fail(err, "out of memory");
		return NULL;
	}
	server->settings = *settings;
	server->listener = server->control = -1;
	for (i = 0; i < BANK_CONTROLS_MAX; i++)
		server->controls[i].in = -1;
	server->stan = (int64_t)time(NULL) % 1000000;
	(void)signal(SIGPIPE, SIG_IGN);
	if (prepare(server, err) == -1) {
		bank_server_free(server);
		return NULL;
	}
	return server;
}

uint16_t
bank_server_port(const struct bank_server *server)
{
	struct sockaddr_in at = { .sin_port = 0 };
	socklen_t len = sizeof(at);

	(void)getsockname(server->listener, (struct sockaddr *)&at, &len);
	return ntohs(at.sin_port);
}

int
bank_server_run(struct bank_server *server, struct till_error *err)
{
	struct pollfd polled[POLLED_MAX];
	size_t n;

	while (!server->quit) {
		n = gather(server, polled);
		if (poll(polled, n, sleep_ms(server)) == -1 && errno != EINTR)
			return till_fail(err, "poll: %s", strerror(errno));
		serve(server, polled, n);
		bank_tasks_run(server, bank_now_ms());
		bank_own_run(server, bank_now_ms());
	}
	return 0;
}

void
bank_server_free(struct bank_server *server)
{
	size_t i;

	if (server == NULL)
		return;
	for (i = 0; i < BANK_CONNS_MAX; i++) {
		bank_wire_free(server->conns[i].wire);
		framing_wipe(&server->conns[i].reader);
	}
	for (i = 0; i < server->tasks_len; i++)
		free(server->tasks[i].delivery);
	for (i = 0; i < BANK_CONTROLS_MAX; i++)
		bank_control_close(&server->controls[i]);
	if (server->listener != -1)
		(void)close(server->listener);
	if (server->control != -1) {
		(void)close(server->control);
		(void)unlink(server->settings.control);
	}
	bank_wire_tls_free(server->tls);
	bank_script_free(server->script);
	bank_ledger_free(server->ledger);
	free(server);
}

int64_t
bank_now_ms(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

struct bank_conn *
bank_conn(struct bank_server *server, uint64_t number)
{
	size_t i;

	for (i = 0; i < BANK_CONNS_MAX; i++) {
		if (server->conns[i].number == number)
			return &server->conns[i];
	}
	return NULL;
}

struct bank_conn *
bank_signed_on(struct bank_server *server)
{
	size_t i;

	for (i = 0; i < BANK_CONNS_MAX; i++) {
		if (server->conns[i].number != 0 && server->conns[i].signed_on)
			return &server->conns[i];
	}
	return NULL;
}

void
bank_close(struct bank_server *server, struct bank_conn *conn, const char *why)
{
	bank_say(server, conn, "closed: %s", why);
	bank_wire_free(conn->wire);
	framing_wipe(&conn->reader);
	conn->wire = NULL;
	conn->number = 0;
	conn->signed_on = false;
}

static int
prepare(struct bank_server *server, struct till_error *err)
{
	const struct bank_settings *settings = &server->settings;

	server->script = bank_script_new(1);
	if (server->script == NULL)
		return till_fail(err, "out of memory");
	if (settings->script != NULL &&
	    bank_script_read(server->script, settings->script, err) == -1)
		return -1;
	server->ledger = bank_ledger_new(&settings->habits, err);
	if (server->ledger == NULL ||
	    bank_ledger_accounts(server->ledger, server->script, err) == -1)
		return -1;
	if (settings->date[0] != '\0')
		bank_ledger_day(server->ledger, settings->date);
	if (settings->journal != NULL &&
	    bank_ledger_journal(server->ledger, settings->journal, err) == -1)
		return -1;
	if (settings->certificate != NULL) {
		server->tls = bank_wire_tls_new(settings->certificate,
		    settings->key, settings->client_ca, err);
		if (server->tls == NULL)
			return -1;
	}
	server->listener = listen_at(settings, err);
	return server->listener == -1 ? -1 : bank_control_open(server, err);
}

static int
listen_at(const struct bank_settings *settings, struct till_error *err)
{
	struct sockaddr_in at = { .sin_family = AF_INET };
	const int on = 1;
	int fd;

	at.sin_port = htons(settings->port);
	if (inet_pton(AF_INET, settings->address, &at.sin_addr) != 1)
		return till_fail(err, "no address: %s", settings->address);
	fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd == -1)
		return till_fail(err, "socket: %s", strerror(errno));
	(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(fd, (struct sockaddr *)&at, sizeof(at)) == -1 ||
	    listen(fd, SOMAXCONN) == -1) {
		(void)till_fail(err, "%s: %s", settings->address,
		    strerror(errno));
		(void)close(fd);
		return -1;
	}
	return fd;
}

static size_t
gather(const struct bank_server *server, struct pollfd *polled)
{
	size_t i, n = 0;

	polled[n++] = (struct pollfd){ server->listener, POLLIN, 0 };
	polled[n++] = (struct pollfd){ server->control, POLLIN, 0 };
	for (i = 0; i < BANK_CONTROLS_MAX; i++)
		polled[n++] =
		    (struct pollfd){ server->controls[i].in, POLLIN, 0 };
	for (i = 0; i < BANK_CONNS_MAX; i++) {
		if (server->conns[i].number != 0)
			polled[n++] = (struct pollfd){
				bank_wire_fd(server->conns[i].wire),
				bank_wire_events(server->conns[i].wire), 0
			};
	}
	return n;
}

/* Until the next task or repeat. */
static int
sleep_ms(const struct bank_server *server)
{
	int64_t due_ms = bank_now_ms() + PATIENCE_MS, left;
	size_t i;

	if (server->tasks_len > 0 && server->tasks[0].due_ms < due_ms)
		due_ms = server->tasks[0].due_ms;
	for (i = 0; i < BANK_OWN_MAX; i++) {
		if (server->own[i].used && server->own[i].due_ms < due_ms)
			due_ms = server->own[i].due_ms;
	}
	left = due_ms - bank_now_ms();
	return left < 0 ? 0 : (int)left;
}

static void
serve(struct bank_server *server, const struct pollfd *polled, size_t n)
{
	struct bank_conn *conn;
	size_t i, k;

	for (i = 2; i < n; i++) {
		if (polled[i].revents == 0)
			continue;
		k = i - 2;
		if (k < BANK_CONTROLS_MAX) {
			if (server->controls[k].in == polled[i].fd)
				bank_control_read(server, &server->controls[k]);
			continue;
		}
		conn = conn_of(server, polled[i].fd);
		if (conn != NULL)
			serve_conn(server, conn, polled[i].revents);
	}
	if (polled[0].revents != 0)
		accept_conn(server);
	if (polled[1].revents != 0)
		bank_control_accept(server);
}

static struct bank_conn *
conn_of(struct bank_server *server, int fd)
{
	size_t i;

	for (i = 0; i < BANK_CONNS_MAX; i++) {
		if (server->conns[i].number != 0 &&
		    bank_wire_fd(server->conns[i].wire) == fd)
			return &server->conns[i];
	}
	return NULL;
}

static void
accept_conn(struct bank_server *server)
{
	struct bank_conn *conn = bank_conn(server, 0);
	const int on = 1;
	struct till_error err;
	int fd;

	fd = accept(server->listener, NULL, NULL);
	if (fd == -1)
		return;
	if (conn == NULL) {
		bank_say(server, NULL, "too many connections");
		(void)close(fd);
		return;
	}
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	conn->wire = bank_wire_new(fd, server->tls, &err);
	if (conn->wire == NULL) {
		bank_say(server, NULL, "%s", err.text);
		return;
	}
	conn->number = ++server->conns_made;
	framing_begin(&conn->reader, &server->settings.framing);
	bank_say(server, conn, "connected");
}

static void
serve_conn(struct bank_server *server, struct bank_conn *conn, short events)
{
	struct till_error err;

	if ((events & POLLOUT) != 0 &&
	    bank_wire_flush(conn->wire, &err) == -1) {
		bank_close(server, conn, err.text);
		return;
	}
	while (conn->number != 0 && read_some(server, conn))
		;
}

/* False when there is no more by now. */
static bool
read_some(struct bank_server *server, struct bank_conn *conn)
{
	const uint64_t number = conn->number;
	struct framing_frame frame;
	enum framing_result result;
	struct till_error err;
	unsigned char *space;
	size_t size;
	long n;

	space = framing_space(&conn->reader, &size);
	n = bank_wire_read(conn->wire, space, size, &err);
	if (n <= 0) {
		if (n == -1)
			bank_close(server, conn, err.text);
		return false;
	}
	framing_took(&conn->reader, (size_t)n);
	do {
		result = framing_next(&conn->reader, &frame, &err);
		if (result == FRAMING_MESSAGE)
			bank_take(server, conn, &frame);
	} while (conn->number == number && result != FRAMING_MORE &&
	    result != FRAMING_BAD);
	if (conn->number == number && result == FRAMING_BAD)
		bank_close(server, conn, err.text);
	return conn->number == number;
}
