/*
 * address.c - where the front unit listens, as text.
 */
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/types.h>

#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "super/address.h"

#define HOST_MAX 64
#define PORT_MAX 6 /* octets of one, with its NUL */
#define PORT_LAST 65535

static int split(const char *, char *, char *, struct till_error *);
static int lookup(const char *, const char *, struct sockaddr_storage *,
    socklen_t *, struct till_error *);
static int free_port(struct sockaddr_storage *, socklen_t, struct till_error *);
static bool is_loopback(const struct sockaddr_storage *);
static unsigned int port_of(const struct sockaddr_storage *);
static bool is_any(const struct sockaddr_storage *);
static bool is_same_host(const struct sockaddr_storage *,
    const struct sockaddr_storage *);

int
address_resolve(const char *address, char *text, size_t size,
    struct till_error *err)
{
	char host[HOST_MAX], port[PORT_MAX];
	struct sockaddr_storage addr;
	socklen_t len;
	int n;

	if (strncmp(address, "unix:/", 6) == 0) {
		n = snprintf(text, size, "%s", address);
		if (n < 0 || (size_t)n >= size)
			return till_fail(err, "%s is too long", address);
		return 0;
	}
	if (split(address, host, port, err) == -1 ||
	    lookup(host, port, &addr, &len, err) == -1)
		return -1;
	if (strcmp(port, "0") == 0 && free_port(&addr, len, err) == -1)
		return -1;
	if (getnameinfo((struct sockaddr *)&addr, len, host, sizeof(host), port,
		sizeof(port), NI_NUMERICHOST | NI_NUMERICSERV) != 0)
		return till_fail(err, "%s is no address", address);
	n = snprintf(text, size,
	    addr.ss_family == AF_INET6 ? "[%s]:%s" : "%s:%s", host, port);
	if (n < 0 || (size_t)n >= size)
		return till_fail(err, "%s is too long", address);
	return 0;
}

bool
address_is_same(const char *a, const char *b)
{
	char host[HOST_MAX], port[PORT_MAX];
	struct sockaddr_storage one, other;
	struct till_error err;
	socklen_t len;

	if (strncmp(a, "unix:", 5) == 0 || strncmp(b, "unix:", 5) == 0)
		return strcmp(a, b) == 0;
	if (split(a, host, port, &err) == -1 ||
	    lookup(host, port, &one, &len, &err) == -1 ||
	    split(b, host, port, &err) == -1 ||
	    lookup(host, port, &other, &len, &err) == -1)
		return false;
	/* Port 0 is another one each time. */
	return port_of(&one) != 0 && port_of(&one) == port_of(&other) &&
	    is_same_host(&one, &other);
}

int
address_issuer(const char *listen, bool tls, char *url, size_t size,
    struct till_error *err)
{
	if (address_url(listen, tls, url, size) == 0)
		return 0;
	return till_fail(err,
	    "'set issuer' is missing: the URL by which customers reach this "
	    "server");
}

int
address_url(const char *address, bool tls, char *url, size_t size)
{
	char host[HOST_MAX], port[PORT_MAX];
	struct sockaddr_storage addr;
	struct till_error err;
	socklen_t len;
	int n;

	if (strncmp(address, "unix:", 5) == 0 ||
	    split(address, host, port, &err) == -1 ||
	    lookup(host, port, &addr, &len, &err) == -1 || !is_loopback(&addr))
		return -1;
	n = snprintf(url, size, "%s://%s", tls ? "https" : "http", address);
	return n < 0 || (size_t)n >= size ? -1 : 0;
}

static int
split(const char *address, char *host, char *port, struct till_error *err)
{
	const char *colon = strrchr(address, ':');
	const char *from = address;
	size_t len;

	if (colon == NULL)
		return till_fail(err,
		    "'%.100s' is not ADDRESS:PORT or "
		    "unix:/PATH",
		    address);
	len = (size_t)(colon - address);
	if (len >= 2 && from[0] == '[' && from[len - 1] == ']') {
		from++;
		len -= 2;
	}
	if (len == 0 || len >= HOST_MAX || strlen(colon + 1) >= PORT_MAX ||
	    strlen(colon + 1) == 0 ||
	    strspn(colon + 1, "0123456789") != strlen(colon + 1) ||
	    strtol(colon + 1, NULL, 10) > PORT_LAST)
		return till_fail(err,
		    "'%.100s' is not ADDRESS:PORT or "
		    "unix:/PATH",
		    address);
	memcpy(host, from, len);
	host[len] = '\0';
	memcpy(port, colon + 1, strlen(colon + 1) + 1);
	return 0;
}

static int
lookup(const char *host, const char *port, struct sockaddr_storage *addr,
    socklen_t *len, struct till_error *err)
{
	const struct addrinfo hints = { .ai_family = AF_UNSPEC,
		.ai_socktype = SOCK_STREAM,
		.ai_flags = AI_PASSIVE | AI_NUMERICHOST | AI_NUMERICSERV };
	struct addrinfo *list;
	int error;

	error = getaddrinfo(strcmp(host, "localhost") == 0 ? "127.0.0.1" : host,
	    port, &hints, &list);
	if (error != 0)
		return till_fail(err, "'%s' is no numeric address: %s", host,
		    gai_strerror(error));
	memset(addr, 0, sizeof(*addr));
	memcpy(addr, list->ai_addr, list->ai_addrlen);
	*len = list->ai_addrlen;
	freeaddrinfo(list);
	return 0;
}

/* Let the kernel choose. */
static int
free_port(struct sockaddr_storage *addr, socklen_t len, struct till_error *err)
{
	int fd, r = 0;

	fd = socket(addr->ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd == -1)
		return till_fail(err, "socket: %s", strerror(errno));
	if (bind(fd, (struct sockaddr *)addr, len) == -1 ||
	    getsockname(fd, (struct sockaddr *)addr, &len) == -1)
		r = till_fail(err, "there is no free port: %s",
		    strerror(errno));
	(void)close(fd);
	return r;
}

static bool
is_loopback(const struct sockaddr_storage *addr)
{
	struct sockaddr_in6 in6;
	struct sockaddr_in in;

	if (addr->ss_family == AF_INET) {
		memcpy(&in, addr, sizeof(in));
		return ntohl(in.sin_addr.s_addr) >> 24 == 127;
	}
	memcpy(&in6, addr, sizeof(in6));
	return addr->ss_family == AF_INET6 &&
	    IN6_IS_ADDR_LOOPBACK(&in6.sin6_addr);
}

static unsigned int
port_of(const struct sockaddr_storage *addr)
{
	struct sockaddr_in6 in6;
	struct sockaddr_in in;

	if (addr->ss_family == AF_INET) {
		memcpy(&in, addr, sizeof(in));
		return ntohs(in.sin_port);
	}
	memcpy(&in6, addr, sizeof(in6));
	return ntohs(in6.sin6_port);
}

static bool
is_any(const struct sockaddr_storage *addr)
{
	struct sockaddr_in6 in6;
	struct sockaddr_in in;

	if (addr->ss_family == AF_INET) {
		memcpy(&in, addr, sizeof(in));
		return in.sin_addr.s_addr == htonl(INADDR_ANY);
	}
	memcpy(&in6, addr, sizeof(in6));
	return IN6_IS_ADDR_UNSPECIFIED(&in6.sin6_addr);
}

/* "[::]" is all addresses of IPv4 as well. */
static bool
is_same_host(const struct sockaddr_storage *a, const struct sockaddr_storage *b)
{
	struct sockaddr_in6 a6, b6;
	struct sockaddr_in a4, b4;

	if (a->ss_family != b->ss_family)
		return (a->ss_family == AF_INET6 && is_any(a)) ||
		    (b->ss_family == AF_INET6 && is_any(b));
	if (is_any(a) || is_any(b))
		return true;
	if (a->ss_family == AF_INET) {
		memcpy(&a4, a, sizeof(a4));
		memcpy(&b4, b, sizeof(b4));
		return a4.sin_addr.s_addr == b4.sin_addr.s_addr;
	}
	memcpy(&a6, a, sizeof(a6));
	memcpy(&b6, b, sizeof(b6));
	return IN6_ARE_ADDR_EQUAL(&a6.sin6_addr, &b6.sin6_addr);
}
