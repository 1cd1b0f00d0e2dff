/*
 * super.c - the supervisor's loop.
 *
 * Signals come as octets of a descriptor, so that everything happens in
 * one place and one after the other: signals, words of the units, time.
 */
#include "config.h"

#include <sys/signalfd.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "link/link.h"
#include "log/log.h"
#include "super/address.h"
#include "super/child.h"
#include "super/notify.h"
#include "super/super.h"

#define URL_MAX 256

struct super {
	const struct settings *settings;
	struct child rear, front;
	struct spawner_user module_user;
	int signal_fd;
	bool announced; /* READY was said */
	bool stopping;
	int status; /* to exit with */
};

static int super_open(struct super *, struct till_error *);
static void rear_args(struct super *);
static void front_args(struct super *);
static int pid_file(const char *, struct till_error *);
static void wait_for_something(struct super *);
static int64_t next_ms(const struct super *, int64_t);
static void take_signals(struct super *);
static void reap(struct super *);
static void ended(struct super *, struct child *, int);
static void unit_serves(struct super *, struct child *);
static bool step(struct super *);
static void start_due(struct super *, struct child *, int64_t);
static bool stop_step(struct child *, int64_t, int64_t);
static void complain(const struct child *, const char *, int);

int
supervise(const struct settings *settings)
{
	struct super super = { .settings = settings, .signal_fd = -1 };
	struct till_error err;

	if (super_open(&super, &err) == -1) {
		fprintf(stderr, "tilld: %s\n", err.text);
		return EX_CONFIG;
	}
	while (step(&super))
		wait_for_something(&super);
	if (settings->pid_file != NULL)
		(void)unlink(settings->pid_file);
	(void)close(super.signal_fd);
	log_line(TILL_LOG_INFO, "stopped", NULL);
	return super.status;
}

static int
super_open(struct super *super, struct till_error *err)
{
	const struct settings *settings = super->settings;
	struct user rear, front;
	sigset_t signals;

	if (user_find(settings, settings->rear_user, &rear, err) == -1 ||
	    user_find(settings, settings->front_user, &front, err) == -1 ||
	    user_add_group(&rear, settings->admin_group, err) == -1 ||
	    user_run_dir(settings->run_dir, &rear, err) == -1 ||
	    pid_file(settings->pid_file, err) == -1)
		return -1;
	(void)sigemptyset(&signals);
	(void)sigaddset(&signals, SIGTERM);
	(void)sigaddset(&signals, SIGINT);
	(void)sigaddset(&signals, SIGHUP);
	(void)sigaddset(&signals, SIGCHLD);
	(void)sigprocmask(SIG_BLOCK, &signals, NULL);
	super->signal_fd = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
	if (super->signal_fd == -1)
		return till_fail(err, "signalfd: %s", strerror(errno));
	child_init(&super->rear, "rear", &rear);
	child_init(&super->front, "front", &front);
	user_of_hosts(settings, &super->module_user);
	child_give_hosts(&super->rear, &super->module_user);
	rear_args(super);
	front_args(super);
	return 0;
}

static void
rear_args(struct super *super)
{
	const struct settings *settings = super->settings;
	struct child *rear = &super->rear;
	size_t i;

	child_arg(rear, "-f", settings->conf_path);
	child_arg(rear, "-d", settings->state_dir);
	child_arg(rear, "-r", settings->run_dir);
	for (i = 0; i < settings->modules.dirs_len; i++)
		child_arg(rear, "-m", settings->modules.dirs[i]);
	child_arg(rear, "-l", settings->listen);
	child_arg(rear, "--issuer", settings->issuer);
	child_arg(rear, "--front-user", settings->front_user);
	child_arg(rear, "--admin-group", settings->admin_group);
	if (settings->modules.allow_mock)
		child_arg(rear, "--allow-mock", NULL);
	if (settings->same_user)
		child_arg(rear, "--no-privsep", NULL);
	if (settings->debug)
		child_arg(rear, "--debug", NULL);
}

/* No -f: it is told all. */
static void
front_args(struct super *super)
{
	const struct settings *settings = super->settings;
	struct child *front = &super->front;

	child_arg(front, "-r", settings->run_dir);
	child_arg(front, "-p", settings->pages_dir);
	child_arg(front, "-l", settings->listen);
	child_arg(front, "--issuer", settings->issuer);
	child_arg(front, "--proxies", settings->proxies);
	if (settings->admin_listen != NULL)
		child_arg(front, "--admin-listen", settings->admin_listen);
	if (settings->tls_key != NULL) {
		child_arg(front, "--tls-certificate",
		    settings->tls_certificate);
		child_arg(front, "--tls-key", settings->tls_key);
	}
	if (settings->same_user)
		child_arg(front, "--no-privsep", NULL);
	if (settings->debug)
		child_arg(front, "--debug", NULL);
}

static int
pid_file(const char *path, struct till_error *err)
{
	char text[LOG_NUMBER_MAX + 1];
	size_t len;
	int fd, r = 0;

	if (path == NULL)
		return 0;
	(void)log_number(getpid(), text);
	len = strlen(text);
	text[len++] = '\n';
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC,
	    0644);
	if (fd == -1)
		return till_fail(err, "%s: %s", path, strerror(errno));
	if (write(fd, text, len) != (ssize_t)len)
		r = till_fail(err, "%s: %s", path, strerror(errno));
	(void)close(fd);
	return r;
}

static void
wait_for_something(struct super *super)
{
	struct pollfd fds[3] = {
		{ .fd = super->signal_fd, .events = POLLIN },
		{ .fd = super->rear.ready_fd, .events = POLLIN },
		{ .fd = super->front.ready_fd, .events = POLLIN },
	};
	int64_t now_ms = link_now_ms(), next = next_ms(super, now_ms);
	int n;

	/* A descriptor of -1 is passed over. */
	n = poll(fds, 3, next < 0 ? -1 : (int)(next - now_ms));
	if (n <= 0)
		return;
	if (fds[1].revents != 0 && child_says(&super->rear))
		unit_serves(super, &super->rear);
	if (fds[2].revents != 0 && child_says(&super->front))
		unit_serves(super, &super->front);
	if (fds[0].revents != 0)
		take_signals(super);
}

/* When something is due, not before now; -1: nothing is. */
static int64_t
next_ms(const struct super *super, int64_t now_ms)
{
	const struct child *children[] = { &super->rear, &super->front };
	int64_t next = -1, at;
	size_t i;

	for (i = 0; i < 2; i++) {
		if (children[i]->pid == 0)
			at = super->stopping ? -1 : children[i]->start_at_ms;
		else
			at = children[i]->asked ? children[i]->kill_at_ms : -1;
		/* The front waits for the rear, not for a time. */
		if (children[i] == &super->front && !super->rear.was_ready)
			at = -1;
		if (at >= 0 && (next < 0 || at < next))
			next = at;
	}
	return next < 0 || next > now_ms ? next : now_ms;
}

static void
take_signals(struct super *super)
{
	struct signalfd_siginfo info;

	while (read(super->signal_fd, &info, sizeof(info)) ==
	    (ssize_t)sizeof(info)) {
		switch ((int)info.ssi_signo) {
		case SIGTERM:
		case SIGINT:
			if (super->stopping)
				break;
			super->stopping = true;
			log_line(TILL_LOG_INFO, "stopping", NULL);
			notify("STOPPING=1");
			break;
		case SIGHUP:
			if (super->rear.ready)
				(void)kill(super->rear.pid, SIGHUP);
			break;
		default:
			reap(super);
			break;
		}
	}
}

static void
reap(struct super *super)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		if (pid == super->rear.pid)
			ended(super, &super->rear, status);
		else if (pid == super->front.pid)
			ended(super, &super->front, status);
	}
}

static void
ended(struct super *super, struct child *child, int status)
{
	child_ended(child, status, link_now_ms());
	if (super->stopping) {
		if (status == 0)
			return;
		complain(child, "unit.ended-badly", status);
		if (super->status == EX_OK)
			super->status = EX_SOFTWARE;
		return;
	}
	if (child->was_ready) {
		complain(child, "unit.died", status);
		return;
	}
	/* It never served: trying again will not mend what is wrong. */
	complain(child, "unit.could-not-start", status);
	super->status = WIFEXITED(status) && WEXITSTATUS(status) != 0
	    ? WEXITSTATUS(status)
	    : EX_SOFTWARE;
	super->stopping = true;
}

static void
unit_serves(struct super *super, struct child *child)
{
	const struct settings *settings = super->settings;
	char url[URL_MAX];

	log_line(TILL_LOG_INFO, "unit.serves", "name", child->name, NULL);
	if (super->announced || !super->rear.ready || !super->front.ready)
		return;
	super->announced = true;
	log_line(TILL_LOG_INFO, "ready", "address", settings->listen, "issuer",
	    settings->issuer, NULL);
	if (address_url(settings->listen, settings->tls_key != NULL, url,
		sizeof(url)) == 0)
		puts(url);
	else
		puts(settings->listen);
	(void)fflush(stdout);
	notify("READY=1\nSTATUS=Serving");
}

/* Do all that is due; false: all is over. */
static bool
step(struct super *super)
{
	int64_t now_ms = link_now_ms();

	if (super->stopping) {
		if (stop_step(&super->front, now_ms, SUPER_FRONT_STOP_MS))
			return true;
		return stop_step(&super->rear, now_ms, SUPER_REAR_STOP_MS);
	}
	start_due(super, &super->rear, now_ms);
	if (super->rear.was_ready)
		start_due(super, &super->front, now_ms);
	return true;
}

static void
start_due(struct super *super, struct child *child, int64_t now_ms)
{
	char number[LOG_NUMBER_MAX];
	struct till_error err;

	(void)super;
	if (child->pid != 0 || child->start_at_ms > now_ms)
		return;
	if (child_start(child, now_ms, &err) == -1) {
		log_line(TILL_LOG_ERROR, "unit.could-not-start", "name",
		    child->name, "why", err.text, NULL);
		child->start_at_ms = now_ms + CHILD_BACKOFF_MAX_MS;
		return;
	}
	log_line(TILL_LOG_INFO, "unit.started", "name", child->name, "pid",
	    log_number(child->pid, number), NULL);
}

/* True while it still runs. */
static bool
stop_step(struct child *child, int64_t now_ms, int64_t patience_ms)
{
	if (child->pid == 0)
		return false;
	if (!child->asked) {
		child_stop(child, now_ms + patience_ms);
	} else if (now_ms >= child->kill_at_ms) {
		log_line(TILL_LOG_WARNING, "unit.killed", "name", child->name,
		    NULL);
		(void)kill(child->pid, SIGKILL);
		child->kill_at_ms = now_ms + patience_ms;
	}
	return true;
}

static void
complain(const struct child *child, const char *event, int status)
{
	char text[64];

	log_line(TILL_LOG_ERROR, event, "name", child->name, "how",
	    child_status_text(status, text, sizeof(text)), NULL);
}
