/*
 * tilld.c - the payment server: supervisor, front unit or rear unit.
 */
#include <sys/stat.h>

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "front/front.h"
#include "host/process.h"
#include "host/spawner.h"
#include "log/log.h"
#include "rear/rear.h"
#include "super/check.h"
#include "super/harden.h"
#include "super/settings.h"
#include "super/super.h"
#include "super/user.h"

static int run_front(const struct settings *);
static int run_rear(const struct settings *);
static int unit_begin(const struct settings *, const char *user);
static int unit_end(int, const struct till_error *);
static void split_proxies(char *, struct front_options *);

int
main(int argc, char **argv)
{
	struct settings settings;
	int status;

	/* Parts that nobody starts by hand. */
	if (argc > 1 && strcmp(argv[1], "hosts") == 0)
		return spawner_main(argc, argv);
	if (argc > 1 && strcmp(argv[1], "host") == 0)
		return process_main(argc, argv);
	status = super_settings_parse(&settings, argc, argv);
	if (status != -1)
		return status;
	if (settings.check > 0)
		return check_configuration(&settings);
	(void)umask(077);
	(void)signal(SIGPIPE, SIG_IGN);
	status = super_settings_complete(&settings);
	if (status == -1) {
		log_debug(settings.debug);
		harden();
		switch (settings.part) {
		case PART_NONE:
		case PART_ALL:
			log_open("supervisor");
			status = supervise(&settings);
			break;
		case PART_FRONT:
			log_open("front");
			status = run_front(&settings);
			break;
		case PART_REAR:
			log_open("rear");
			status = run_rear(&settings);
			break;
		}
	}
	super_settings_free(&settings);
	return status;
}

static int
run_front(const struct settings *settings)
{
	struct front_options options = {
		.listen = settings->listen,
		.admin_listen = settings->admin_listen,
		.issuer = settings->issuer,
		.tls_certificate = settings->tls_certificate,
		.tls_key = settings->tls_key,
		.link_path = settings->link_path,
		.pages_dir = settings->pages_dir,
		.ready_fd = settings->ready_fd,
	};
	struct till_error err;
	char *proxies;
	int r;

	if (unit_begin(settings, settings->front_user) == -1)
		return EX_NOUSER;
	proxies = strdup(settings->proxies);
	if (proxies == NULL)
		return EX_OSERR;
	split_proxies(proxies, &options);
	r = front_run(&options, &err);
	free(proxies);
	return unit_end(r, &err);
}

static int
run_rear(const struct settings *settings)
{
	struct rear_options options = {
		.conf_path = settings->conf_path,
		.state_dir = settings->state_dir,
		.issuer = settings->issuer,
		.link_path = settings->link_path,
		.ctl_path = settings->ctl_path,
		.modules = settings->modules,
		.front_uid = user_number(settings->front_user),
		.admin_gid = group_number(settings->admin_group),
		.ready_fd = settings->ready_fd,
		.hosts_fd = settings->hosts_fd,
	};
	struct spawner_user user;
	struct till_error err;

	user_of_hosts(settings, &user);
	/* Now, while there is one thread, and who can become another user. */
	if (options.hosts_fd == -1 &&
	    spawner_start("/proc/self/exe", &user, &options.hosts_fd, &err) ==
		-1)
		return unit_end(-1, &err);
	if (unit_begin(settings, settings->rear_user) == -1)
		return EX_NOUSER;
	if (settings->same_user || options.front_uid == (uid_t)-1)
		options.front_uid = geteuid();
	return unit_end(rear_run(&options, &err), &err);
}

/* A unit that was started by hand becomes its user itself. */
static int
unit_begin(const struct settings *settings, const char *name)
{
	struct till_error err;
	struct user user;

	if (user_find(settings, name, &user, &err) == 0 &&
	    (settings->part != PART_REAR ||
		user_add_group(&user, settings->admin_group, &err) == 0) &&
	    user_become(&user, &err) == 0)
		return 0;
	log_line(TILL_LOG_ERROR, "unit.failed", "why", err.text, NULL);
	return -1;
}

static int
unit_end(int r, const struct till_error *err)
{
	if (r == 0)
		return EX_OK;
	log_line(TILL_LOG_ERROR, "unit.failed", "why", err->text, NULL);
	return EX_UNAVAILABLE;
}

/* Words between blanks; those beyond the bound were refused by conf. */
static void
split_proxies(char *text, struct front_options *options)
{
	while (options->proxies_len < FRONT_PROXIES_MAX) {
		text += strspn(text, " ,");
		if (*text == '\0')
			return;
		options->proxies[options->proxies_len++] = text;
		text += strcspn(text, " ,");
		if (*text != '\0')
			*text++ = '\0';
	}
}
