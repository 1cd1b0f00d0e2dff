/*
 * settings.h - what tilld was told: by its options, else by "set" lines
 * of the configuration, else by how it was built.
 */
#ifndef SUPER_SETTINGS_H
#define SUPER_SETTINGS_H

#include <stdbool.h>

#include <till/error.h>
#include <till/ticket.h>

#include "module/loader.h"

#define SETTINGS_LISTEN "127.0.0.1:8080" /* where nothing is said */
#define SETTINGS_LISTEN_MAX 160
#define SETTINGS_PATH_MAX 108 /* of a unix socket, with its NUL */

/* Zero is no part. */
enum part { PART_NONE = 0, PART_ALL, PART_FRONT, PART_REAR };

struct settings {
	enum part part;
	const char *conf_path; /* as given, or the built-in one */
	const char *state_dir, *run_dir, *pages_dir, *pid_file;
	const char *listen, *admin_listen, *issuer;
	const char *tls_certificate, *tls_key, *proxies;
	const char *rear_user, *front_user, *admin_group; /* "": none */
	const char *module_user; /* of module hosts; "": the rear unit's */
	struct loader_options modules;
	unsigned int check; /* -n: check only; twice: print it, too */
	bool conf_given; /* -f was there */
	bool same_user; /* --no-privsep */
	bool debug;
	int ready_fd; /* -1: none */
	int hosts_fd; /* a spawner's socket; -1: none was started yet */

	char listen_text[SETTINGS_LISTEN_MAX], admin_text[SETTINGS_LISTEN_MAX];
	char issuer_text[TILL_URL_MAX];
	char link_path[SETTINGS_PATH_MAX], ctl_path[SETTINGS_PATH_MAX];
	struct conf *conf; /* behind the pointers, or NULL */
};

/*
 * Read the command line.  Prints help, version or what is wrong.
 * Returns -1 to go on, else the exit status.
 */
int super_settings_parse(struct settings *, int argc, char **argv);

/*
 * Read the configuration, if this part needs it, and fill in what no
 * option said.  Findings go to standard error.  A listening address with
 * port 0 becomes one with a free port; without an issuer a loopback
 * address becomes it.  Returns -1 to go on, else the exit status.
 */
int super_settings_complete(struct settings *);

void super_settings_free(struct settings *);

#endif
