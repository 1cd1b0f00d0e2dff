/*
 * http_listen.c - listening sockets and network addresses.
 *
 * Addresses are compared as IPv6, with IPv4 mapped into it (RFC 4291,
 * 2.5.5.2).
 */
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "front/http_priv.h"

#define BACKLOG 1024
#define WHERE_MAX 128 /* octets of "address:port", with NUL */

#define SUN_PATH_SIZE sizeof(((struct sockaddr_un *)0)->sun_path)

static int listen_unix(const char *, int *, struct till_error *);
static int listen_tcp(const char *, int *, unsigned int *, struct till_error *);
static int resolve(const char *, struct addrinfo **, struct till_error *);
static unsigned int bound_port(int);

int
listen_open(const char *where, int *fd_r, unsigned int *port_r,
    struct till_error *err)
{
	*port_r = 0;
	if (strncmp(where, "unix:", 5) == 0)
		return listen_unix(where + 5, fd_r, err);
	return listen_tcp(where, fd_r, port_r, err);
}

bool
http_is_public(const char *listen)
{
	unsigned char address[ADDRESS_SIZE];
	struct addrinfo *info = NULL;
	struct till_error err;

	if (strncmp(listen, "unix:", 5) == 0)
		return false;
	if (resolve(listen, &info, &err) == -1)
		return true;
	address_from(info->ai_addr, address);
	freeaddrinfo(info);
	return !address_is_loopback(address);
}

int
http_check_listen(const char *where, struct till_error *err)
{
	struct addrinfo *info = NULL;

	if (strncmp(where, "unix:", 5) == 0) {
		if (where[5] == '\0' || strlen(where + 5) >= SUN_PATH_SIZE)
			return till_fail(err, "'%s' names no socket", where);
		return 0;
	}
	if (resolve(where, &info, err) == -1)
		return -1;
	freeaddrinfo(info);
	return 0;
}

bool
http_is_proxy(const char *text)
{
	unsigned char address[ADDRESS_SIZE];

	return strcmp(text, "unix:") == 0 || address_parse(text, address) == 0;
}

int
address_parse(const char *text, unsigned char address_r[ADDRESS_SIZE])
{
	struct in_addr v4;

	if (inet_pton(AF_INET, text, &v4) == 1) {
		memset(address_r, 0, 10);
		memset(address_r + 10, 0xff, 2);
		memcpy(address_r + 12, &v4, 4);
		return 0;
	}
	return inet_pton(AF_INET6, text, address_r) == 1 ? 0 : -1;
}

/* All zeros for what is no internet address: a unix socket's peer. */
void
address_from(const struct sockaddr *sa, unsigned char r[ADDRESS_SIZE])
{
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;

	memset(r, 0, ADDRESS_SIZE);
	if (sa->sa_family == AF_INET) {
		memcpy(&v4, sa, sizeof(v4));
		memset(r + 10, 0xff, 2);
		memcpy(r + 12, &v4.sin_addr, 4);
	} else if (sa->sa_family == AF_INET6) {
		memcpy(&v6, sa, sizeof(v6));
		memcpy(r, &v6.sin6_addr, ADDRESS_SIZE);
	}
}

void
address_print(const unsigned char address[ADDRESS_SIZE],
    char text_r[HTTP_ADDRESS_MAX])
{
	static const unsigned char mapped[12] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
		0xff, 0xff };
	static const unsigned char none[ADDRESS_SIZE] = { 0 };
	const char *text;

	if (memcmp(address, none, sizeof(none)) == 0)
		text = "unix";
	else if (memcmp(address, mapped, sizeof(mapped)) == 0)
		text =
		    inet_ntop(AF_INET, address + 12, text_r, HTTP_ADDRESS_MAX);
	else
		text = inet_ntop(AF_INET6, address, text_r, HTTP_ADDRESS_MAX);
	if (text != text_r)
		(void)snprintf(text_r, HTTP_ADDRESS_MAX, "%s",
		    text == NULL ? "" : text);
}

bool
address_is_loopback(const unsigned char address[ADDRESS_SIZE])
{
	static const unsigned char v6[ADDRESS_SIZE] = { 0, 0, 0, 0, 0, 0, 0, 0,
		0, 0, 0, 0, 0, 0, 0, 1 };
	static const unsigned char v4[13] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
		0xff, 0xff, 127 };

	return memcmp(address, v6, sizeof(v6)) == 0 ||
	    memcmp(address, v4, sizeof(v4)) == 0;
}

/* Who may connect is a matter of the folder the socket is in. */
static int
listen_unix(const char *path, int *fd_r, struct till_error *err)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	struct stat st;
	int fd;

	if (strlen(path) >= sizeof(sun.sun_path))
		return till_fail(err, "%s: the name is too long for a socket",
		    path);
	(void)snprintf(sun.sun_path, sizeof(sun.sun_path), "%s", path);
	if (lstat(path, &st) == 0 && S_ISSOCK(st.st_mode) && unlink(path) == -1)
		return till_fail(err, "%s: %s", path, strerror(errno));
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd == -1)
		return till_fail(err, "socket: %s", strerror(errno));
	if (bind(fd, (const struct sockaddr *)&sun, sizeof(sun)) == -1 ||
	    chmod(path, 0666) == -1 || listen(fd, BACKLOG) == -1) {
		till_fail(err, "%s: %s", path, strerror(errno));
		(void)close(fd);
		return -1;
	}
	*fd_r = fd;
	return 0;
}

static int
listen_tcp(const char *where, int *fd_r, unsigned int *port_r,
    struct till_error *err)
{
	struct addrinfo *info = NULL;
	const int on = 1;
	int fd;

	if (resolve(where, &info, err) == -1)
		return -1;
	fd = socket(info->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK,
	    0);
	if (fd == -1) {
		freeaddrinfo(info);
		return till_fail(err, "socket: %s", strerror(errno));
	}
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) == -1 ||
	    bind(fd, info->ai_addr, info->ai_addrlen) == -1 ||
	    listen(fd, BACKLOG) == -1) {
		till_fail(err, "%s: %s", where, strerror(errno));
		freeaddrinfo(info);
		(void)close(fd);
		return -1;
	}
	freeaddrinfo(info);
	*fd_r = fd;
	*port_r = bound_port(fd);
	return 0;
}

/* "127.0.0.1:8080" or "[::1]:8080": numbers only, nothing is looked up. */
static int
resolve(const char *where, struct addrinfo **info_r, struct till_error *err)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_STREAM,
		.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE };
	char host[WHERE_MAX], *name = host;
	char *colon;
	size_t len;

	if (strlen(where) >= sizeof(host))
		return till_fail(err, "'%s' is not an address", where);
	(void)snprintf(host, sizeof(host), "%s", where);
	colon = strrchr(host, ':');
	if (colon == NULL)
		return till_fail(err, "'%s' is not ADDRESS:PORT or unix:PATH",
		    where);
	*colon = '\0';
	len = strlen(host);
	if (len > 2 && host[0] == '[' && host[len - 1] == ']') {
		host[len - 1] = '\0';
		name = host + 1;
	}
	if (getaddrinfo(name, colon + 1, &hints, info_r) != 0)
		return till_fail(err, "'%s' is not ADDRESS:PORT or unix:PATH",
		    where);
	return 0;
}

static unsigned int
bound_port(int fd)
{
	struct sockaddr_storage ss;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
	socklen_t len = sizeof(ss);

	if (getsockname(fd, (struct sockaddr *)&ss, &len) == -1)
		return 0;
	if (ss.ss_family == AF_INET) {
		memcpy(&v4, &ss, sizeof(v4));
		return ntohs(v4.sin_port);
	}
	memcpy(&v6, &ss, sizeof(v6));
	return ntohs(v6.sin6_port);
}
