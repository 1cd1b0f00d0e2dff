/*
 * conn.c - see conn.h.
 *
 * A slow name server or a peer that does not read holds up nothing else.
 */
#include <sys/socket.h>

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/ssl.h>

#include "settle_bank/conn.h"
#include "settle_bank/lookup.h"

struct conn {
	const struct bank_conf *conf;
	SSL_CTX *context;
	enum conn_state state;
	bool was_open;
	struct lookup *lookup;
	const struct addrinfo *next; /* address to try */
	int fd;
	SSL *ssl;
	bool tls_wants_write;
	struct framing_reader reader;
	bool more; /* may have come, for which there was no space */
	unsigned char *out;
	size_t out_len, out_size;
};

static enum conn_state fail(struct conn *, struct till_error *, const char *,
    ...) __attribute__((format(printf, 3, 4)));
static enum conn_state turn_lookup(struct conn *, struct till_error *);
static enum conn_state try_next(struct conn *, struct till_error *,
    const char *why);
static enum conn_state turn_connect(struct conn *, struct till_error *);
static enum conn_state connected(struct conn *, struct till_error *);
static bool name_host(struct conn *);
static enum conn_state turn_handshake(struct conn *, struct till_error *);
static enum conn_state opened(struct conn *);
static enum conn_state turn_open(struct conn *, struct till_error *);
static int push(struct conn *, struct till_error *);
static int pull(struct conn *, struct till_error *);
static enum conn_state hung_up(struct conn *, struct till_error *);
static ssize_t put(struct conn *, const void *, size_t);
static ssize_t take(struct conn *, void *, size_t);
static ssize_t tls_result(struct conn *, int);
static const char *tls_why(const struct conn *);

struct conn *
conn_new(const struct bank_conf *conf, SSL_CTX *context, struct till_error *err)
{
	struct conn *conn = calloc(1, sizeof(*conn));

	if (conn == NULL) {
		till_error_set(err, "out of memory");
		return NULL;
	}
	conn->conf = conf;
	conn->context = context;
	conn->fd = -1;
	conn->state = CONN_RESOLVING;
	framing_begin(&conn->reader, &conf->framing);
	conn->lookup = lookup_begin(conf->host, conf->port, err);
	if (conn->lookup == NULL) {
		free(conn);
		return NULL;
	}
	return conn;
}

void
conn_free(struct conn *conn)
{
	if (conn == NULL)
		return;
	lookup_end(conn->lookup);
	SSL_free(conn->ssl);
	if (conn->fd != -1)
		(void)close(conn->fd);
	framing_wipe(&conn->reader);
	if (conn->out != NULL)
		OPENSSL_cleanse(conn->out, conn->out_size);
	free(conn->out);
	free(conn);
}

enum conn_state
conn_state(const struct conn *conn)
{
	return conn->state;
}

bool
conn_was_open(const struct conn *conn)
{
	return conn->was_open;
}

int
conn_fd(const struct conn *conn)
{
	return conn->fd;
}

short
conn_events(const struct conn *conn)
{
	switch (conn->state) {
	case CONN_CONNECTING:
		return POLLOUT;
	case CONN_HANDSHAKE:
		return conn->tls_wants_write ? POLLOUT : POLLIN;
	case CONN_OPEN:
		return conn->out_len > 0 ? POLLIN | POLLOUT : POLLIN;
	case CONN_RESOLVING:
	case CONN_FAILED:
		break;
	}
	return 0;
}

enum conn_state
conn_turn(struct conn *conn, struct till_error *err)
{
	switch (conn->state) {
	case CONN_RESOLVING:
		return turn_lookup(conn, err);
	case CONN_CONNECTING:
		return turn_connect(conn, err);
	case CONN_HANDSHAKE:
		return turn_handshake(conn, err);
	case CONN_OPEN:
		return turn_open(conn, err);
	case CONN_FAILED:
		break;
	}
	till_error_set(err, "the connection is over");
	return CONN_FAILED;
}

bool
conn_more(const struct conn *conn)
{
	return conn->state == CONN_OPEN && conn->more;
}

enum framing_result
conn_next(struct conn *conn, struct framing_frame *frame,
    struct till_error *err)
{
	return framing_next(&conn->reader, frame, err);
}

void
conn_stuck(const struct conn *conn, struct till_error *why)
{
	framing_stuck(&conn->reader, why);
}

int
conn_send(struct conn *conn, const unsigned char *tpdu,
    const unsigned char *message, size_t len, struct till_error *err)
{
	size_t size = conn->out_len + FRAMING_PREFIX_MAX + FRAMING_MESSAGE_MAX;
	unsigned char *out;
	size_t written;

	if (conn->state != CONN_OPEN)
		return till_fail(err, "the connection is not open");
	if (size > CONN_OUT_MAX)
		return till_fail(err, "too much waits to be sent");
	if (size > conn->out_size) {
		out = malloc(size);
		if (out == NULL)
			return till_fail(err, "out of memory");
		if (conn->out_len > 0)
			memcpy(out, conn->out, conn->out_len);
		if (conn->out != NULL)
			OPENSSL_cleanse(conn->out, conn->out_size);
		free(conn->out);
		conn->out = out;
		conn->out_size = size;
	}
	if (framing_write(&conn->conf->framing, tpdu, message, len,
		conn->out + conn->out_len, conn->out_size - conn->out_len,
		&written, err) == -1)
		return -1;
	conn->out_len += written;
	return 0;
}

size_t
conn_waiting(const struct conn *conn)
{
	return conn->out_len;
}

static enum conn_state
fail(struct conn *conn, struct till_error *err, const char *fmt, ...)
{
	struct till_error what;
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(what.text, sizeof(what.text), fmt, ap);
	va_end(ap);
	till_error_set(err, "%.60s:%s: %.150s", conn->conf->host,
	    conn->conf->port, what.text);
	ERR_clear_error();
	conn->state = CONN_FAILED;
	return CONN_FAILED;
}

static enum conn_state
turn_lookup(struct conn *conn, struct till_error *err)
{
	struct till_error why;

	switch (lookup_look(conn->lookup, &conn->next, &why)) {
	case 0:
		break;
	case 1:
		return CONN_RESOLVING;
	default:
		return fail(conn, err, "%s", why.text);
	}
	return try_next(conn, err, "has no address");
}

/* Each address in turn; why is that of the one before. */
static enum conn_state
try_next(struct conn *conn, struct till_error *err, const char *why)
{
	const struct addrinfo *at;
	const int on = 1;

	while (conn->next != NULL) {
		at = conn->next;
		conn->next = at->ai_next;
		if (conn->fd != -1)
			(void)close(conn->fd);
		conn->fd = socket(at->ai_family,
		    at->ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC,
		    at->ai_protocol);
		if (conn->fd == -1) {
			why = strerror(errno);
			continue;
		}
		(void)setsockopt(conn->fd, IPPROTO_TCP, TCP_NODELAY, &on,
		    sizeof(on));
		if (connect(conn->fd, at->ai_addr, at->ai_addrlen) == 0)
			return connected(conn, err);
		if (errno == EINPROGRESS) {
			conn->state = CONN_CONNECTING;
			return CONN_CONNECTING;
		}
		why = strerror(errno);
	}
	return fail(conn, err, "%s", why);
}

static enum conn_state
turn_connect(struct conn *conn, struct till_error *err)
{
	struct pollfd ready = { .fd = conn->fd, .events = POLLOUT };
	socklen_t len = sizeof(int);
	int code = 0;

	if (poll(&ready, 1, 0) != 1)
		return CONN_CONNECTING;
	if (getsockopt(conn->fd, SOL_SOCKET, SO_ERROR, &code, &len) == -1)
		code = errno;
	if (code != 0)
		return try_next(conn, err, strerror(code));
	return connected(conn, err);
}

static enum conn_state
connected(struct conn *conn, struct till_error *err)
{
	if (conn->context == NULL) {
		return opened(conn);
	}
	conn->ssl = SSL_new(conn->context);
	if (conn->ssl == NULL || SSL_set_fd(conn->ssl, conn->fd) != 1 ||
	    SSL_set1_host(conn->ssl, conn->conf->tls_name) != 1 ||
	    !name_host(conn))
		return fail(conn, err, "TLS cannot be begun");
	SSL_set_connect_state(conn->ssl);
	conn->state = CONN_HANDSHAKE;
	return turn_handshake(conn, err);
}

/* An address is not named (RFC 6066, section 3).  OpenSSL's own macro drops
 * the const. */
static bool
name_host(struct conn *conn)
{
	const char *name = conn->conf->tls_name;

	return lookup_is_number(name) ||
	    SSL_ctrl(conn->ssl, SSL_CTRL_SET_TLSEXT_HOSTNAME,
		TLSEXT_NAMETYPE_host_name, (void *)(uintptr_t)name) == 1;
}

static enum conn_state
turn_handshake(struct conn *conn, struct till_error *err)
{
	const int r = SSL_do_handshake(conn->ssl);

	if (r == 1) {
		(void)opened(conn);
		return turn_open(conn, err);
	}
	switch (SSL_get_error(conn->ssl, r)) {
	case SSL_ERROR_WANT_READ:
		conn->tls_wants_write = false;
		return CONN_HANDSHAKE;
	case SSL_ERROR_WANT_WRITE:
		conn->tls_wants_write = true;
		return CONN_HANDSHAKE;
	default:
		return fail(conn, err, "TLS: %s", tls_why(conn));
	}
}

static enum conn_state
opened(struct conn *conn)
{
	conn->was_open = true;
	conn->state = CONN_OPEN;
	return CONN_OPEN;
}

static enum conn_state
turn_open(struct conn *conn, struct till_error *err)
{
	if (pull(conn, err) == -1 || push(conn, err) == -1)
		return CONN_FAILED;
	return CONN_OPEN;
}

static int
push(struct conn *conn, struct till_error *err)
{
	ssize_t n;

	while (conn->out_len > 0) {
		n = put(conn, conn->out, conn->out_len);
		if (n == 0)
			return 0;
		if (n < 0) {
			(void)fail(conn, err, "nothing can be sent");
			return -1;
		}
		conn->out_len -= (size_t)n;
		memmove(conn->out, conn->out + n, conn->out_len);
		OPENSSL_cleanse(conn->out + conn->out_len, (size_t)n);
	}
	return 0;
}

/* As much as has come and as the reader has space for: the caller takes
 * frames, and comes again if there may be more. */
static int
pull(struct conn *conn, struct till_error *err)
{
	unsigned char *space;
	size_t size;
	ssize_t n;

	space = framing_space(&conn->reader, &size);
	conn->more = true;
	while (size > 0) {
		n = take(conn, space, size);
		if (n == 0) {
			conn->more = false;
			return 0;
		}
		if (n < 0) {
			(void)hung_up(conn, err);
			return -1;
		}
		framing_took(&conn->reader, (size_t)n);
		space = framing_space(&conn->reader, &size);
	}
	return 0;
}

/* With TLS 1.3 the bank says only after the handshake what it thinks of
 * our certificate: its alert is all that tells an operator. */
static enum conn_state
hung_up(struct conn *conn, struct till_error *err)
{
	const char *alert = NULL;

	if (conn->ssl != NULL)
		alert = ERR_reason_error_string(ERR_peek_last_error());
	if (alert != NULL)
		return fail(conn, err, "the bank has hung up: %s", alert);
	return fail(conn, err, "the bank has hung up");
}

/* How many octets; 0: not now; -1: it is over. */
static ssize_t
put(struct conn *conn, const void *data, size_t len)
{
	ssize_t n;

	if (conn->ssl != NULL) {
		ERR_clear_error();
		return tls_result(conn, SSL_write(conn->ssl, data, (int)len));
	}
	n = send(conn->fd, data, len, MSG_NOSIGNAL);
	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return 0;
	return n == 0 ? -1 : n;
}

static ssize_t
take(struct conn *conn, void *data, size_t size)
{
	ssize_t n;

	if (conn->ssl != NULL) {
		ERR_clear_error();
		return tls_result(conn, SSL_read(conn->ssl, data, (int)size));
	}
	n = recv(conn->fd, data, size, 0);
	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return 0;
	return n == 0 ? -1 : n;
}

static ssize_t
tls_result(struct conn *conn, int r)
{
	if (r > 0)
		return r;
	switch (SSL_get_error(conn->ssl, r)) {
	case SSL_ERROR_WANT_READ:
	case SSL_ERROR_WANT_WRITE:
		return 0;
	default:
		return -1;
	}
}

static const char *
tls_why(const struct conn *conn)
{
	const long verify = SSL_get_verify_result(conn->ssl);
	const char *why;

	if (verify != X509_V_OK)
		return X509_verify_cert_error_string(verify);
	why = ERR_reason_error_string(ERR_peek_last_error());
	return why != NULL ? why : "the bank has hung up";
}
