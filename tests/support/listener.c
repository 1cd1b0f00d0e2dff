/*
 * listener.c - a server that says nothing until it is told to.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <sys/socket.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <unistd.h>

#include <till/ticket.h>

#include "support/listener.h"

int
listener_open(char *url, size_t size)
{
	struct sockaddr_in in = { .sin_family = AF_INET };
	socklen_t len = sizeof(in);
	int fd;

	in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	fd = socket(AF_INET, SOCK_STREAM, 0);
	assert_int_not_equal(fd, -1);
	assert_int_equal(bind(fd, (struct sockaddr *)&in, sizeof(in)), 0);
	assert_int_equal(listen(fd, 8), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&in, &len), 0);
	(void)snprintf(url, size, "http://127.0.0.1:%u", ntohs(in.sin_port));
	return fd;
}

bool
listener_answer(int listener, const char *url)
{
	char buf[16384], body[TILL_URL_MAX + 16], text[TILL_URL_MAX + 128];
	bool sent = false;
	int fd, n;

	fd = accept(listener, NULL, NULL);
	if (fd == -1)
		return false;
	(void)snprintf(body, sizeof(body), "{\"url\":\"%s/t/x\"}", url);
	n = snprintf(text, sizeof(text),
	    "HTTP/1.1 201 Created\r\nContent-Length: %zu\r\n"
	    "Connection: close\r\n\r\n%s",
	    strlen(body), body);
	if (recv(fd, buf, sizeof(buf), 0) > 0)
		sent = send(fd, text, (size_t)n, MSG_NOSIGNAL) == n;
	/* Until the other side has closed. */
	(void)shutdown(fd, SHUT_WR);
	while (recv(fd, buf, sizeof(buf), 0) > 0)
		continue;
	close(fd);
	return sent;
}
