/*
 * hosts.c - all module hosts of the rear unit.
 */
#define _GNU_SOURCE
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/wait.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "host/isolated.h"
#include "host/spawner.h"
#include "log/log.h"

static int make(struct hosts *, struct till_error *);
static void greet(struct hosts *);
static void stop_spawner(struct hosts *);

int
hosts_new(const struct hosts_options *options, struct hosts **hosts_r,
    struct till_error *err)
{
	struct hosts *hosts = calloc(1, sizeof(*hosts));

	if (hosts == NULL)
		return till_fail(err, "out of memory");
	hosts->spawner_fd = options->spawner_fd;
	hosts->on_lost = options->lost;
	hosts->arg = options->arg;
	hosts->epoll_fd = hosts->wake_fd = -1;
	if (make(hosts, err) == -1) {
		hosts_free(hosts);
		return -1;
	}
	*hosts_r = hosts;
	return 0;
}

void
hosts_free(struct hosts *hosts)
{
	const int64_t until_ms = hosts_now_ms() + HOSTS_CLOSE_MS;

	if (hosts == NULL)
		return;
	(void)pthread_mutex_lock(&hosts->lock);
	while (hosts->len > 0 && hosts_now_ms() < until_ms)
		hosts_wait(hosts, &hosts->gone, until_ms);
	hosts->stopping = true;
	(void)pthread_mutex_unlock(&hosts->lock);
	if (hosts->has_monitor)
		monitor_stop(hosts);
	if (hosts->has_teller)
		teller_stop(hosts);
	stop_spawner(hosts);
	while (hosts->first != NULL)
		host_free(hosts->first);
	if (hosts->epoll_fd != -1)
		(void)close(hosts->epoll_fd);
	if (hosts->wake_fd != -1)
		(void)close(hosts->wake_fd);
	(void)pthread_cond_destroy(&hosts->told);
	(void)pthread_cond_destroy(&hosts->gone);
	(void)pthread_mutex_destroy(&hosts->lock);
	free(hosts);
}

int64_t
hosts_now_ms(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void
hosts_wait(struct hosts *hosts, pthread_cond_t *cond, int64_t until_ms)
{
	const struct timespec until = {
		.tv_sec = (time_t)(until_ms / 1000),
		.tv_nsec = (long)(until_ms % 1000) * 1000000,
	};

	(void)pthread_cond_clockwait(cond, &hosts->lock, CLOCK_MONOTONIC,
	    &until);
}

void
hosts_wake(struct hosts *hosts)
{
	const uint64_t one = 1;

	(void)!write(hosts->wake_fd, &one, sizeof(one));
}

static int
make(struct hosts *hosts, struct till_error *err)
{
	if (pthread_mutex_init(&hosts->lock, NULL) != 0 ||
	    pthread_cond_init(&hosts->gone, NULL) != 0 ||
	    pthread_cond_init(&hosts->told, NULL) != 0)
		return till_fail(err, "out of memory");
	hosts->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	hosts->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (hosts->epoll_fd == -1 || hosts->wake_fd == -1)
		return till_fail(err, "epoll: %s", strerror(errno));
	greet(hosts);
	return teller_start(hosts, err) == -1 ? -1 : monitor_start(hosts, err);
}

/* Without a spawner no instance can be isolated, but all others can be. */
static void
greet(struct hosts *hosts)
{
	const int64_t until_ms = hosts_now_ms() + HOSTS_SPAWNER_MS;
	enum channel_result r = CHANNEL_TICK;
	struct wire_reader reader;
	unsigned char buf[512];
	const char *no_copy;
	size_t len = 0;

	while (r == CHANNEL_TICK && hosts_now_ms() < until_ms)
		r = channel_recv(hosts->spawner_fd, buf, sizeof(buf), &len);
	wire_read(&reader, buf, r == CHANNEL_DONE ? len : 0);
	if (wire_get_u32(&reader) != SPAWNER_STARTED ||
	    wire_get_u64(&reader) != 0)
		reader.failed = true;
	hosts->spawner_pid = (pid_t)wire_get_i64(&reader);
	no_copy = wire_get_text(&reader);
	hosts->lost = !wire_done(&reader) || no_copy == NULL;
	if (hosts->lost)
		log_line(TILL_LOG_WARNING, "host.no-spawner", NULL);
	else if (no_copy[0] != '\0')
		log_line(TILL_LOG_WARNING, "host.no-copy", "why", no_copy,
		    NULL);
}

/* It kills what is left of its hosts.  It is our child, unless somebody
 * else started it. */
static void
stop_spawner(struct hosts *hosts)
{
	(void)close(hosts->spawner_fd);
	if (hosts->spawner_pid <= 0)
		return;
	while (waitpid(hosts->spawner_pid, NULL, 0) == -1 && errno == EINTR)
		;
}
