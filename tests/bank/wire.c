/*
 * wire.c - descriptors and TLS behind one face.
 */
#include <sys/socket.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/ssl.h>

#include "bank/wire.h"

struct wire_tls {
	SSL_CTX *context;
};

struct wire {
	int fd;
	SSL *ssl; /* or NULL */
	bool wants_write; /* TLS's handshake does */
	unsigned char *out;
	size_t out_len, out_size;
};

static long put(struct wire *, const unsigned char *, size_t,
    struct till_error *);
static long tls_result(struct wire *, int, struct till_error *);
static int tls_fail(const char *, struct till_error *);
static long plain_result(ssize_t, struct till_error *);
static bool make_room(struct wire *, size_t);

struct wire_tls *
bank_wire_tls_new(const char *certificate, const char *key,
    const char *client_ca, struct till_error *err)
{
	struct wire_tls *tls = calloc(1, sizeof(*tls));

	if (tls != NULL)
		tls->context = SSL_CTX_new(TLS_server_method());
	if (tls == NULL || tls->context == NULL) {
		(void)tls_fail("TLS", err);
		goto fail;
	}
	(void)SSL_CTX_set_min_proto_version(tls->context, TLS1_2_VERSION);
	(void)SSL_CTX_set_mode(tls->context,
	    SSL_MODE_ENABLE_PARTIAL_WRITE |
		SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	if (SSL_CTX_use_certificate_chain_file(tls->context, certificate) !=
		1 ||
	    SSL_CTX_use_PrivateKey_file(tls->context, key, SSL_FILETYPE_PEM) !=
		1 ||
	    SSL_CTX_check_private_key(tls->context) != 1) {
		(void)tls_fail(certificate, err);
		goto fail;
	}
	if (client_ca == NULL)
		return tls;
	if (SSL_CTX_load_verify_locations(tls->context, client_ca, NULL) != 1) {
		(void)tls_fail(client_ca, err);
		goto fail;
	}
	SSL_CTX_set_verify(tls->context,
	    SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
	return tls;
fail:
	bank_wire_tls_free(tls);
	return NULL;
}

void
bank_wire_tls_free(struct wire_tls *tls)
{
	if (tls == NULL)
		return;
	SSL_CTX_free(tls->context);
	free(tls);
}

struct wire *
bank_wire_new(int fd, struct wire_tls *tls, struct till_error *err)
{
	struct wire *wire = calloc(1, sizeof(*wire));

	if (wire == NULL) {
		(void)close(fd);
		(void)till_fail(err, "out of memory");
		return NULL;
	}
	wire->fd = fd;
	if (fcntl(fd, F_SETFL, O_NONBLOCK) == -1) {
		(void)till_fail(err, "%s", strerror(errno));
		bank_wire_free(wire);
		return NULL;
	}
	if (tls == NULL)
		return wire;
	wire->ssl = SSL_new(tls->context);
	if (wire->ssl == NULL || SSL_set_fd(wire->ssl, fd) != 1) {
		(void)tls_fail("TLS", err);
		bank_wire_free(wire);
		return NULL;
	}
	SSL_set_accept_state(wire->ssl);
	return wire;
}

void
bank_wire_free(struct wire *wire)
{
	if (wire == NULL)
		return;
	if (wire->ssl != NULL && SSL_is_init_finished(wire->ssl))
		(void)SSL_shutdown(wire->ssl);
	SSL_free(wire->ssl);
	ERR_clear_error();
	(void)close(wire->fd);
	free(wire->out);
	free(wire);
}

int
bank_wire_fd(const struct wire *wire)
{
	return wire->fd;
}

short
bank_wire_events(const struct wire *wire)
{
	return wire->out_len > 0 || wire->wants_write ? POLLIN | POLLOUT
						      : POLLIN;
}

long
bank_wire_read(struct wire *wire, void *buf, size_t size,
    struct till_error *err)
{
	wire->wants_write = false;
	if (wire->ssl != NULL)
		return tls_result(wire, SSL_read(wire->ssl, buf, (int)size),
		    err);
	return plain_result(recv(wire->fd, buf, size, MSG_DONTWAIT), err);
}

int
bank_wire_write(struct wire *wire, const void *octets, size_t len,
    struct till_error *err)
{
	if (wire->out_len + len > WIRE_OUT_MAX)
		return till_fail(err, "the peer does not read");
	if (!make_room(wire, len))
		return till_fail(err, "out of memory");
	memcpy(wire->out + wire->out_len, octets, len);
	wire->out_len += len;
	return bank_wire_flush(wire, err);
}

int
bank_wire_flush(struct wire *wire, struct till_error *err)
{
	size_t done = 0;
	long n = 1;

	while (done < wire->out_len && n > 0) {
		n = put(wire, wire->out + done, wire->out_len - done, err);
		if (n > 0)
			done += (size_t)n;
	}
	wire->out_len -= done;
	if (wire->out_len > 0)
		memmove(wire->out, wire->out + done, wire->out_len);
	return n == -1 ? -1 : 0;
}

static long
put(struct wire *wire, const unsigned char *octets, size_t len,
    struct till_error *err)
{
	if (wire->ssl != NULL)
		return tls_result(wire, SSL_write(wire->ssl, octets, (int)len),
		    err);
	return plain_result(send(wire->fd, octets, len,
				MSG_DONTWAIT | MSG_NOSIGNAL),
	    err);
}

static long
tls_result(struct wire *wire, int n, struct till_error *err)
{
	if (n > 0)
		return n;
	switch (SSL_get_error(wire->ssl, n)) {
	case SSL_ERROR_WANT_READ:
		return 0;
	case SSL_ERROR_WANT_WRITE:
		wire->wants_write = true;
		return 0;
	case SSL_ERROR_ZERO_RETURN:
		return till_fail(err, "the peer has closed");
	default:
		return tls_fail("TLS", err);
	}
}

static int
tls_fail(const char *what, struct till_error *err)
{
	const unsigned long code = ERR_get_error();
	const char *reason = ERR_reason_error_string(code);

	ERR_clear_error();
	return till_fail(err, "%s: %s", what,
	    reason == NULL ? "failed" : reason);
}

static long
plain_result(ssize_t n, struct till_error *err)
{
	if (n > 0)
		return (long)n;
	if (n == 0)
		return till_fail(err, "the peer has closed");
	if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)
		return 0;
	return till_fail(err, "%s", strerror(errno));
}

static bool
make_room(struct wire *wire, size_t len)
{
	size_t size = wire->out_size == 0 ? 4096 : wire->out_size;
	unsigned char *out;

	while (size < wire->out_len + len)
		size *= 2;
	if (size == wire->out_size)
		return true;
	out = realloc(wire->out, size);
	if (out == NULL)
		return false;
	wire->out = out;
	wire->out_size = size;
	return true;
}
