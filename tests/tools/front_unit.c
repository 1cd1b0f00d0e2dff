/*
 * front_unit - a front unit alone, for tests of its edge.
 *
 * usage: front_unit [-u SOCKET] [-i ISSUER] [-a ADMIN] [-c CERT -k KEY]
 *            [-n CONNECTIONS] [-t THREADS] LINK PAGES
 *
 * Listens on a free port of 127.0.0.1, or on a unix socket, and prints
 * its URL once it serves.  It ends at SIGTERM.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "front/front.h"
#include "log/log.h"

static int
free_port(void)
{
	struct sockaddr_in sin = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(sin);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (fd == -1 ||
	    bind(fd, (const struct sockaddr *)&sin, sizeof(sin)) == -1 ||
	    getsockname(fd, (struct sockaddr *)&sin, &len) == -1) {
		perror("front_unit");
		exit(1);
	}
	(void)close(fd);
	return ntohs(sin.sin_port);
}

static unsigned int
number(const char *text)
{
	return (unsigned int)strtoul(text, NULL, 10);
}

int
main(int argc, char **argv)
{
	struct front_options options = { .ready_fd = STDOUT_FILENO };
	char listen[128], issuer[128];
	struct till_error err;
	const char *path = NULL;
	int c, port = 0;

	issuer[0] = '\0';
	while ((c = getopt(argc, argv, "u:i:a:c:k:n:t:")) != -1) {
		if (c == 'u')
			path = optarg;
		else if (c == 'i')
			(void)snprintf(issuer, sizeof(issuer), "%s", optarg);
		else if (c == 'a')
			options.admin_listen = optarg;
		else if (c == 'c')
			options.tls_certificate = optarg;
		else if (c == 'k')
			options.tls_key = optarg;
		else if (c == 'n')
			options.connections_max = number(optarg);
		else if (c == 't')
			options.threads = number(optarg);
		else
			return 64;
	}
	if (argc - optind != 2)
		return 64;
	options.link_path = argv[optind];
	options.pages_dir = argv[optind + 1];
	if (path != NULL) {
		(void)snprintf(listen, sizeof(listen), "unix:%s", path);
		options.proxies[options.proxies_len++] = "unix:";
	} else {
		port = free_port();
		(void)snprintf(listen, sizeof(listen), "127.0.0.1:%d", port);
	}
	if (issuer[0] == '\0')
		(void)snprintf(issuer, sizeof(issuer), "%s://127.0.0.1:%d",
		    options.tls_certificate != NULL ? "https" : "http", port);
	options.listen = listen;
	options.issuer = issuer;
	log_open("front");
	if (front_run(&options, &err) == -1) {
		fprintf(stderr, "front_unit: %s\n", err.text);
		return 1;
	}
	return 0;
}
