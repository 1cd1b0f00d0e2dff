/*
 * settings.c - the command line of tilld, and what it leaves unsaid.
 */
#include "config.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "config/conf.h"
#include "super/address.h"
#include "super/settings.h"

#define CONF_PATH TILL_SYSCONFDIR "/till.conf"
#define STATE_DIR TILL_LOCALSTATEDIR "/lib/till"
#define RUN_DIR TILL_RUNSTATEDIR "/till"
#define PAGES_DIR TILL_DATADIR "/pages"
#define FD_MAX 1023

enum long_option {
	OPTION_ADMIN_LISTEN = 256,
	OPTION_ADMIN_GROUP,
	OPTION_ALLOW_MOCK,
	OPTION_DEBUG,
	OPTION_FRONT_USER,
	OPTION_HOSTS_FD,
	OPTION_ISSUER,
	OPTION_MODULE_USER,
	OPTION_NO_PRIVSEP,
	OPTION_PID_FILE,
	OPTION_PROXIES,
	OPTION_READY_FD,
	OPTION_REAR_USER,
	OPTION_TLS_CERTIFICATE,
	OPTION_TLS_KEY,
	OPTION_VERSION
};

static void usage(FILE *);
static enum part part_of(int *, char ***);
static int take(struct settings *, int, const char *);
static int take_more(struct settings *, int, const char *);
static int take_fd(const char *option, const char *, int *fd_r);
static int read_conf(struct settings *);
static void fill_in(struct settings *);
static void fill(const struct settings *, const char **, const char *,
    const char *);
static int complete_paths(struct settings *, struct till_error *);
static int complete_address(struct settings *, struct till_error *);
static int complete_admin(struct settings *, struct till_error *);

static const struct option long_options[] = {
	{ "admin-group", required_argument, NULL, OPTION_ADMIN_GROUP },
	{ "admin-listen", required_argument, NULL, OPTION_ADMIN_LISTEN },
	{ "allow-mock", no_argument, NULL, OPTION_ALLOW_MOCK },
	{ "debug", no_argument, NULL, OPTION_DEBUG },
	{ "front-user", required_argument, NULL, OPTION_FRONT_USER },
	{ "help", no_argument, NULL, 'h' },
	{ "hosts-fd", required_argument, NULL, OPTION_HOSTS_FD },
	{ "issuer", required_argument, NULL, OPTION_ISSUER },
	{ "listen", required_argument, NULL, 'l' },
	{ "module-user", required_argument, NULL, OPTION_MODULE_USER },
	{ "no-privsep", no_argument, NULL, OPTION_NO_PRIVSEP },
	{ "pid-file", required_argument, NULL, OPTION_PID_FILE },
	{ "proxies", required_argument, NULL, OPTION_PROXIES },
	{ "ready-fd", required_argument, NULL, OPTION_READY_FD },
	{ "rear-user", required_argument, NULL, OPTION_REAR_USER },
	{ "tls-certificate", required_argument, NULL, OPTION_TLS_CERTIFICATE },
	{ "tls-key", required_argument, NULL, OPTION_TLS_KEY },
	{ "version", no_argument, NULL, OPTION_VERSION },
	{ NULL, 0, NULL, 0 },
};

int
super_settings_parse(struct settings *settings, int argc, char **argv)
{
	int c, r = -1;

	memset(settings, 0, sizeof(*settings));
	settings->ready_fd = settings->hosts_fd = -1;
	settings->part = part_of(&argc, &argv);
	while (r == -1 &&
	    (c = getopt_long(argc, argv, "f:d:r:m:p:l:Fnh", long_options,
		 NULL)) != -1)
		r = take(settings, c, optarg);
	if (r != -1)
		return r;
	if (optind < argc) {
		fprintf(stderr,
		    "tilld: '%s' is no option; parts are 'front' "
		    "and 'rear'\n",
		    argv[optind]);
		return EX_USAGE;
	}
	if (settings->conf_path == NULL)
		settings->conf_path = CONF_PATH;
	if (settings->modules.dirs_len == 0)
		settings->modules.dirs[settings->modules.dirs_len++] =
		    TILL_MODULEDIR;
	return -1;
}

int
super_settings_complete(struct settings *settings)
{
	struct till_error err;

	/* The front is told all by its supervisor, and may not be able to
	 * read the configuration. */
	if ((settings->part != PART_FRONT || settings->conf_given) &&
	    read_conf(settings) == -1)
		return EX_CONFIG;
	fill_in(settings);
	if (complete_paths(settings, &err) == -1 ||
	    complete_address(settings, &err) == -1) {
		fprintf(stderr, "tilld: %s\n", err.text);
		return EX_CONFIG;
	}
	return -1;
}

void
super_settings_free(struct settings *settings)
{
	conf_free(settings->conf);
	settings->conf = NULL;
}

static void
usage(FILE *file)
{
	fputs("usage: tilld [front | rear] [option ...]\n"
	      "The payment server: without a part named, its supervisor, "
	      "which starts both.\n\n"
	      "  -f FILE               configuration [" CONF_PATH "]\n"
	      "  -d DIR                ledger and keys [" STATE_DIR "]\n"
	      "  -r DIR                sockets [" RUN_DIR "]\n"
	      "  -m DIR                modules; may be repeated "
	      "[" TILL_MODULEDIR "]\n"
	      "  -p DIR                page catalogues [" PAGES_DIR "]\n"
	      "  -l, --listen ADDRESS  ADDRESS:PORT or unix:PATH; port 0: "
	      "any\n"
	      "  -F                    stay in the foreground, as always\n"
	      "  -n                    check the configuration and exit; "
	      "-nn: print it, too\n"
	      "  --issuer URL          this server's own URL\n"
	      "  --admin-listen ADDRESS   /livez, /readyz and /metrics\n"
	      "  --tls-certificate FILE, --tls-key FILE\n"
	      "  --proxies ADDRESSES   whose X-Forwarded headers are believed\n"
	      "  --rear-user NAME, --front-user NAME, --module-user NAME,\n"
	      "  --admin-group NAME\n"
	      "  --no-privsep          as root, run the units as root, too\n"
	      "  --allow-mock          load modules that are made for tests\n"
	      "  --pid-file FILE       write the supervisor's number there\n"
	      "  --debug               log more\n"
	      "  -h, --help            this text\n"
	      "  --version             the version\n",
	    file);
}

/* "tilld rear ..." has the part in the place of the first option. */
static enum part
part_of(int *argc, char ***argv)
{
	enum part part = PART_NONE;

	if (*argc > 1 && strcmp((*argv)[1], "front") == 0)
		part = PART_FRONT;
	else if (*argc > 1 && strcmp((*argv)[1], "rear") == 0)
		part = PART_REAR;
	if (part == PART_NONE)
		return PART_ALL;
	(*argc)--;
	(*argv)++;
	return part;
}

static int
take(struct settings *settings, int c, const char *arg)
{
	switch (c) {
	case 'f':
		settings->conf_path = arg;
		settings->conf_given = true;
		return -1;
	case 'd':
		settings->state_dir = arg;
		return -1;
	case 'r':
		settings->run_dir = arg;
		return -1;
	case 'm':
		if (settings->modules.dirs_len == LOADER_DIRS_MAX) {
			fprintf(stderr,
			    "tilld: more than %d folders of "
			    "modules\n",
			    LOADER_DIRS_MAX);
			return EX_USAGE;
		}
		settings->modules.dirs[settings->modules.dirs_len++] = arg;
		return -1;
	case 'p':
		settings->pages_dir = arg;
		return -1;
	case 'l':
		settings->listen = arg;
		return -1;
	case 'F':
		return -1;
	case 'n':
		settings->check++;
		return -1;
	case 'h':
		usage(stdout);
		return EX_OK;
	default:
		return take_more(settings, c, arg);
	}
}

static int
take_more(struct settings *settings, int c, const char *arg)
{
	switch (c) {
	case OPTION_ADMIN_LISTEN:
		settings->admin_listen = arg;
		return -1;
	case OPTION_ADMIN_GROUP:
		settings->admin_group = arg;
		return -1;
	case OPTION_ALLOW_MOCK:
		settings->modules.allow_mock = true;
		return -1;
	case OPTION_DEBUG:
		settings->debug = true;
		return -1;
	case OPTION_FRONT_USER:
		settings->front_user = arg;
		return -1;
	case OPTION_HOSTS_FD:
		return take_fd("hosts-fd", arg, &settings->hosts_fd);
	case OPTION_MODULE_USER:
		settings->module_user = arg;
		return -1;
	case OPTION_ISSUER:
		settings->issuer = arg;
		return -1;
	case OPTION_NO_PRIVSEP:
		settings->same_user = true;
		return -1;
	case OPTION_PID_FILE:
		settings->pid_file = arg;
		return -1;
	case OPTION_PROXIES:
		settings->proxies = arg;
		return -1;
	case OPTION_READY_FD:
		return take_fd("ready-fd", arg, &settings->ready_fd);
	case OPTION_REAR_USER:
		settings->rear_user = arg;
		return -1;
	case OPTION_TLS_CERTIFICATE:
		settings->tls_certificate = arg;
		return -1;
	case OPTION_TLS_KEY:
		settings->tls_key = arg;
		return -1;
	case OPTION_VERSION:
		puts("tilld " TILL_VERSION);
		return EX_OK;
	default:
		usage(stderr);
		return EX_USAGE;
	}
}

static int
take_fd(const char *option, const char *arg, int *fd_r)
{
	int n = 0;

	for (; *arg >= '0' && *arg <= '9' && n <= FD_MAX; arg++)
		n = 10 * n + (*arg - '0');
	if (*arg != '\0' || n > FD_MAX) {
		fprintf(stderr, "tilld: --%s is the number of a descriptor\n",
		    option);
		return EX_USAGE;
	}
	*fd_r = n;
	return -1;
}

static int
read_conf(struct settings *settings)
{
	struct diag *diag;
	int r;

	diag = diag_new();
	if (diag == NULL)
		return -1;
	r = conf_parse(settings->conf_path, diag, &settings->conf);
	/* Warnings are for those who check; the modules are not looked at
	 * here. */
	if (r == -1)
		diag_print(diag, stderr);
	diag_free(diag);
	return r;
}

static void
fill_in(struct settings *settings)
{
	fill(settings, &settings->state_dir, "state-dir", STATE_DIR);
	fill(settings, &settings->run_dir, "run-dir", RUN_DIR);
	fill(settings, &settings->pages_dir, NULL, PAGES_DIR);
	fill(settings, &settings->listen, "listen", SETTINGS_LISTEN);
	fill(settings, &settings->admin_listen, "admin-listen", NULL);
	fill(settings, &settings->issuer, "issuer", NULL);
	fill(settings, &settings->tls_certificate, "tls-certificate", NULL);
	fill(settings, &settings->tls_key, "tls-key", NULL);
	fill(settings, &settings->proxies, "proxies", "");
	fill(settings, &settings->rear_user, "rear-user", "");
	fill(settings, &settings->front_user, "front-user", "");
	fill(settings, &settings->module_user, "module-user", "");
	fill(settings, &settings->admin_group, "admin-group", "");
}

/* What no option said, the configuration says; an empty value is none. */
static void
fill(const struct settings *settings, const char **value, const char *key,
    const char *otherwise)
{
	if (*value != NULL)
		return;
	if (settings->conf != NULL && key != NULL)
		*value = conf_set(settings->conf, key);
	if (*value == NULL || (*value)[0] == '\0')
		*value = otherwise;
}

static int
complete_paths(struct settings *settings, struct till_error *err)
{
	int n, m;

	n = snprintf(settings->link_path, sizeof(settings->link_path),
	    "%s/link", settings->run_dir);
	m = snprintf(settings->ctl_path, sizeof(settings->ctl_path), "%s/ctl",
	    settings->run_dir);
	if (n < 0 || (size_t)n >= sizeof(settings->link_path) || m < 0 ||
	    (size_t)m >= sizeof(settings->ctl_path))
		return till_fail(err, "%s: the path is too long for sockets",
		    settings->run_dir);
	return 0;
}

static int
complete_address(struct settings *settings, struct till_error *err)
{
	if ((settings->tls_certificate == NULL) != (settings->tls_key == NULL))
		return till_fail(err,
		    "tls-certificate and tls-key belong "
		    "together");
	if (complete_admin(settings, err) == -1)
		return -1;
	if (address_resolve(settings->listen, settings->listen_text,
		sizeof(settings->listen_text), err) == -1)
		return -1;
	settings->listen = settings->listen_text;
	if (settings->issuer == NULL) {
		if (address_issuer(settings->listen, settings->tls_key != NULL,
			settings->issuer_text, sizeof(settings->issuer_text),
			err) == -1)
			return -1;
		settings->issuer = settings->issuer_text;
	}
	if (!till_url_ok(settings->issuer))
		return till_fail(err,
		    "the issuer is an https URL (http for "
		    "loopback only), not '%.100s'",
		    settings->issuer);
	return 0;
}

static int
complete_admin(struct settings *settings, struct till_error *err)
{
	if (settings->admin_listen == NULL)
		return 0;
	if (address_is_same(settings->listen, settings->admin_listen))
		return till_fail(err,
		    "listen and admin-listen are the same address, %.100s",
		    settings->listen);
	if (address_resolve(settings->admin_listen, settings->admin_text,
		sizeof(settings->admin_text), err) == -1)
		return -1;
	settings->admin_listen = settings->admin_text;
	return 0;
}
