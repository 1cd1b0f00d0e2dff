/*
 * idle - what connections cost that do nothing.
 *
 * Opens N keep-alive connections, makes one request on each, waits for
 * all answers, and reads the resident memory of the server's processes.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "support/processes.h"

#define CONNECTIONS_MAX 16384

static _Noreturn void
die(const char *what)
{
	fprintf(stderr, "idle: %s: %s\n", what, strerror(errno));
	exit(1);
}

static int
dial(uint16_t port)
{
	struct sockaddr_in address = { .sin_family = AF_INET };
	int fd;

	address.sin_port = htons(port);
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd == -1 ||
	    connect(fd, (const struct sockaddr *)&address, sizeof(address)) ==
		-1)
		die("connect");
	return fd;
}

static void
ask(int fd, const char *host)
{
	char out[256], in[8192];
	int len;

	len = snprintf(out, sizeof(out),
	    "GET /.well-known/jwks.json HTTP/1.1\r\nHost: %s\r\n\r\n", host);
	if (send(fd, out, (size_t)len, MSG_NOSIGNAL) != len)
		die("send");
	if (recv(fd, in, sizeof(in), 0) <= 0)
		die("no answer");
}

int
main(int argc, char **argv)
{
	static int fds[CONNECTIONS_MAX];
	int64_t before, after;
	long n, port, pid;
	long i;

	if (argc != 5) {
		fputs("usage: idle PORT HOST SUPERVISOR CONNECTIONS\n", stderr);
		return 1;
	}
	port = strtol(argv[1], NULL, 10);
	pid = strtol(argv[3], NULL, 10);
	n = strtol(argv[4], NULL, 10);
	if (port < 1 || port > 65535 || pid < 1 || n < 1 || n > CONNECTIONS_MAX)
		die("usage");
	before = processes_resident_kb((pid_t)pid);
	for (i = 0; i < n; i++) {
		fds[i] = dial((uint16_t)port);
		ask(fds[i], argv[2]);
	}
	after = processes_resident_kb((pid_t)pid);
	printf("idle_kb %" PRId64 "\nconnections %ld\n", before, n);
	printf("resident_kb %" PRId64 "\n", after);
	printf("per_connection_bytes %" PRId64 "\n",
	    (after - before) * 1024 / n);
	for (i = 0; i < n; i++)
		(void)close(fds[i]);
	return 0;
}
