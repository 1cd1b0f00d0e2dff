/*
 * front.h - the unit that faces the public network (seed: 41).
 *
 * It holds sockets, pages, pending conversations and the memory of
 * issued vouchers.  It has no key, no database and no password hash, and
 * asks the rear unit over the link for every decision.
 */
#ifndef FRONT_H
#define FRONT_H

#include <stdbool.h>
#include <stddef.h>

#include <till/error.h>

#define FRONT_PROXIES_MAX 16

struct front_options {
	const char *listen; /* "127.0.0.1:8080", "[::1]:0", "unix:/path" */
	const char *admin_listen; /* /livez /readyz /metrics; or NULL */
	const char *issuer; /* our own URL: which Host is ours */
	const char *tls_certificate, *tls_key; /* PEM files, or NULL */
	const char *proxies[FRONT_PROXIES_MAX]; /* addresses whose
		X-Forwarded-For is believed; "unix:" for all that come
		over our unix socket */
	size_t proxies_len;
	const char *link_path;
	const char *pages_dir; /* catalogues *.json and style.css */
	unsigned int threads; /* 0: one per core */
	unsigned int connections_max; /* 0: 4096 */
	unsigned int connections_per_address; /* 0: 256; loopback and
		proxies are not counted */
	int ready_fd; /* "PORT\n" is written when listening; -1: none */
};

/* Serve until SIGTERM or SIGINT (0); -1 with *err: could not start. */
int front_run(const struct front_options *, struct till_error *err);

#endif
