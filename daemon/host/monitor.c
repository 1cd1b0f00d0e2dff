/*
 * monitor.c - the thread that hears of what comes without a call.
 *
 * It alone gives hosts up, so it may let go of the lock while it looks at
 * one after the other.
 */
#define _GNU_SOURCE
#include <sys/epoll.h>
#include <sys/wait.h>

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "host/isolated.h"
#include "host/spawner.h"
#include "link/socket.h"
#include "log/log.h"

#define EVENTS_MAX 32
#define TICK_MS 100 /* between looks at hosts that are to end */
#define LATE_AT_ONCE 256 /* completions of one host in a row */

/* What an event is about: a host's number, doubled for its two. */
#define ABOUT_SPAWNER UINT64_MAX
#define ABOUT_WAKE (UINT64_MAX - 1)

static int watch(struct hosts *, int, uint64_t, struct till_error *);
static void *run(void *);
static void hear(struct hosts *, uint64_t);
static struct host *find(struct hosts *, uint64_t);
static void hear_spawner(struct hosts *);
static void told(struct hosts *, struct wire_reader *);
static void has_ended(struct host *, int);
static void spawner_lost(struct hosts *);
static void hear_late(struct host *);
static void late_ends(struct host *, enum host_fault);
static void hear_printed(struct host *);
static void print(struct host *, char);
static bool look_all(struct hosts *);
static bool look(struct host *, int64_t);
static void say_ended(const struct host *);

int
monitor_start(struct hosts *hosts, struct till_error *err)
{
	if ((!hosts->lost &&
		watch(hosts, hosts->spawner_fd, ABOUT_SPAWNER, err) == -1) ||
	    watch(hosts, hosts->wake_fd, ABOUT_WAKE, err) == -1 ||
	    thread_start(&hosts->monitor, run, hosts, err) == -1)
		return -1;
	hosts->has_monitor = true;
	return 0;
}

void
monitor_stop(struct hosts *hosts)
{
	hosts_wake(hosts);
	(void)pthread_join(hosts->monitor, NULL);
	hosts->has_monitor = false;
}

int
monitor_watch(struct host *host, struct till_error *err)
{
	if (watch(host->hosts, host->late_fd, 2 * host->number, err) == -1)
		return -1;
	return watch(host->hosts, host->out_fd, 2 * host->number + 1, err);
}

static int
watch(struct hosts *hosts, int fd, uint64_t about, struct till_error *err)
{
	struct epoll_event event = { .events = EPOLLIN, .data.u64 = about };

	if (epoll_ctl(hosts->epoll_fd, EPOLL_CTL_ADD, fd, &event) == -1)
		return till_fail(err, "epoll: %s", strerror(errno));
	return 0;
}

static void *
run(void *arg)
{
	struct epoll_event events[EVENTS_MAX];
	struct hosts *hosts = arg;
	bool ending = false;
	int i, n;

	for (;;) {
		n = epoll_wait(hosts->epoll_fd, events, EVENTS_MAX,
		    ending ? TICK_MS : -1);
		for (i = 0; i < n; i++)
			hear(hosts, events[i].data.u64);
		(void)pthread_mutex_lock(&hosts->lock);
		ending = look_all(hosts);
		if (hosts->stopping)
			break;
		(void)pthread_mutex_unlock(&hosts->lock);
	}
	(void)pthread_mutex_unlock(&hosts->lock);
	return NULL;
}

static void
hear(struct hosts *hosts, uint64_t about)
{
	struct host *host;
	uint64_t count;

	if (about == ABOUT_SPAWNER) {
		hear_spawner(hosts);
		return;
	}
	if (about == ABOUT_WAKE) {
		(void)!read(hosts->wake_fd, &count, sizeof(count));
		return;
	}
	(void)pthread_mutex_lock(&hosts->lock);
	host = find(hosts, about / 2);
	(void)pthread_mutex_unlock(&hosts->lock);
	if (host == NULL)
		return;
	if (about % 2 == 0)
		hear_late(host);
	else
		hear_printed(host);
}

static struct host *
find(struct hosts *hosts, uint64_t number)
{
	struct host *host = hosts->first;

	while (host != NULL && host->number != number)
		host = host->next;
	return host;
}

static void
hear_spawner(struct hosts *hosts)
{
	unsigned char buf[512];
	struct wire_reader reader;
	size_t len;

	for (;;) {
		switch (
		    channel_look(hosts->spawner_fd, buf, sizeof(buf), &len)) {
		case CHANNEL_TICK:
			return;
		case CHANNEL_ERROR:
		case CHANNEL_CUT:
			spawner_lost(hosts);
			return;
		case CHANNEL_DONE:
			break;
		}
		wire_read(&reader, buf, len);
		(void)pthread_mutex_lock(&hosts->lock);
		told(hosts, &reader);
		(void)pthread_mutex_unlock(&hosts->lock);
	}
}

static void
told(struct hosts *hosts, struct wire_reader *reader)
{
	const uint32_t kind = wire_get_u32(reader);
	struct host *host = find(hosts, wire_get_u64(reader));
	const char *text;

	if (host == NULL)
		return;
	if (kind == SPAWNER_STARTED) {
		host->pid = (pid_t)wire_get_i64(reader);
	} else if (kind == SPAWNER_ENDED) {
		has_ended(host, (int)wire_get_i64(reader));
	} else if (kind == SPAWNER_REFUSED) {
		text = wire_get_text(reader);
		host->ended = true;
		host_break(host, FAULT_UNFIT,
		    text != NULL ? text : "it was not started");
	}
	if (host->isolated != NULL)
		(void)pthread_cond_broadcast(&host->isolated->changed);
}

static void
has_ended(struct host *host, int status)
{
	char how[HOST_WHY_MAX];

	if (WIFSIGNALED(status))
		(void)snprintf(how, sizeof(how), "signal %d, %s",
		    WTERMSIG(status), strsignal(WTERMSIG(status)));
	else
		(void)snprintf(how, sizeof(how), "exit status %d",
		    WEXITSTATUS(status));
	host->ended = true;
	if (host->state == HOST_CLOSES && status == 0)
		return;
	if (host->state != HOST_BROKEN)
		host_break(host, FAULT_DIED, how);
	else if (host->fault == FAULT_DIED)
		(void)snprintf(host->why, sizeof(host->why), "%s", how);
}

/* Its hosts die with it. */
static void
spawner_lost(struct hosts *hosts)
{
	struct host *host;

	(void)epoll_ctl(hosts->epoll_fd, EPOLL_CTL_DEL, hosts->spawner_fd,
	    NULL);
	(void)pthread_mutex_lock(&hosts->lock);
	hosts->lost = true;
	for (host = hosts->first; host != NULL; host = host->next) {
		host->ended = true;
		host_break(host, FAULT_DIED, "the spawner of hosts is gone");
	}
	(void)pthread_mutex_unlock(&hosts->lock);
	log_line(TILL_LOG_ERROR, "host.spawner-lost", NULL);
	if (hosts->on_lost != NULL)
		hosts->on_lost(hosts->arg);
}

static void
hear_late(struct host *host)
{
	unsigned char buf[HOST_REQUEST_MAX];
	unsigned int n;
	size_t len;

	for (n = 0; n < LATE_AT_ONCE && !host->late_over; n++) {
		switch (channel_look(host->late_fd, buf, sizeof(buf), &len)) {
		case CHANNEL_TICK:
			return;
		case CHANNEL_DONE:
			if (!late_told(host, buf, len))
				late_ends(host, FAULT_GARBLED);
			break;
		case CHANNEL_CUT:
			late_ends(host, FAULT_GARBLED);
			break;
		case CHANNEL_ERROR:
			late_ends(host, FAULT_DIED);
			break;
		}
	}
}

/* Nothing more completes: that is the end of a host, unless it was told
 * to go. */
static void
late_ends(struct host *host, enum host_fault fault)
{
	struct hosts *hosts = host->hosts;

	host->late_over = true;
	(void)epoll_ctl(hosts->epoll_fd, EPOLL_CTL_DEL, host->late_fd, NULL);
	(void)pthread_mutex_lock(&hosts->lock);
	if (host->state != HOST_CLOSES)
		host_break(host, fault,
		    fault == FAULT_DIED ? "it has ended"
					: "completed or told what cannot be");
	(void)pthread_mutex_unlock(&hosts->lock);
}

/* Never the channels: those are other descriptors. */
static void
hear_printed(struct host *host)
{
	char buf[1024];
	ssize_t n, i;

	n = read(host->out_fd, buf, sizeof(buf));
	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		print(host, '\n');
		(void)epoll_ctl(host->hosts->epoll_fd, EPOLL_CTL_DEL,
		    host->out_fd, NULL);
		return;
	}
	for (i = 0; i < n; i++)
		print(host, buf[i]);
}

static void
print(struct host *host, char c)
{
	if (c != '\n' && host->line_len < sizeof(host->line) - 1) {
		host->line[host->line_len++] = c;
		return;
	}
	host->line[host->line_len] = '\0';
	if (host->line_len > 0 && host->lines++ < HOSTS_LINES_MAX)
		log_line(TILL_LOG_WARNING, "host.printed", "instance",
		    host->instance, "text", host->line, NULL);
	host->line_len = 0;
	if (c != '\n')
		host->line[host->line_len++] = c;
}

/* True if some are to end. */
static bool
look_all(struct hosts *hosts)
{
	const int64_t now_ms = hosts_now_ms();
	struct host *host, *next;
	bool ending = false;

	for (host = hosts->first; host != NULL; host = next) {
		next = host->next;
		ending |= look(host, now_ms);
	}
	return ending;
}

/* True unless it serves, or is gone. */
static bool
look(struct host *host, int64_t now_ms)
{
	struct hosts *hosts = host->hosts;

	if (host->state == HOST_SERVES || host->state == HOST_STARTS)
		return false;
	host_close_if_idle(host, now_ms);
	if (host->state == HOST_CLOSES && now_ms >= host->end_at_ms)
		host_break(host, FAULT_LATE, "did not close in time");
	host_kill(host);
	if (host->state == HOST_BROKEN || host->ended) {
		/* What it has completed before it died counts. */
		(void)pthread_mutex_unlock(&hosts->lock);
		hear_late(host);
		late_fail(host);
		(void)pthread_mutex_lock(&hosts->lock);
	}
	if (!host->ended || host->users > 0)
		return true;
	hear_printed(host);
	say_ended(host);
	host_free(host);
	return false;
}

static void
say_ended(const struct host *host)
{
	char pid[LOG_NUMBER_MAX], calls[LOG_NUMBER_MAX];

	(void)log_number(host->pid, pid);
	(void)log_number((int64_t)host->made, calls);
	log_line(host->state == HOST_BROKEN ? TILL_LOG_WARNING : TILL_LOG_INFO,
	    host->state == HOST_BROKEN ? "host.broken" : "host.ended",
	    "instance", host->instance, "pid", pid, "calls", calls, "why",
	    host->why[0] == '\0' ? NULL : host->why, NULL);
}
