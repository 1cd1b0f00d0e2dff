/*
 * host.c - one module host: started, drained, closed, killed.
 */
#define _GNU_SOURCE /* pipe2 */
#include <sys/socket.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host/isolated.h"
#include "host/spawner.h"

static int make(struct host *, int *theirs, size_t *theirs_len,
    struct till_error *);
static int pair(int *ours, int *theirs, struct till_error *);
static enum channel_result spawner_say(struct hosts *, enum spawner_kind,
    uint64_t, const int *, size_t);
static void count(struct isolated *, enum host_fault);
static int64_t rest_ms(const struct isolated *);

struct host *
host_start(struct isolated *isolated, struct till_error *err)
{
	int theirs[CHANNEL_FDS_MAX];
	struct hosts *hosts = isolated->hosts;
	struct host *host = calloc(1, sizeof(*host));
	size_t theirs_len = 0, i;
	int r = -1;

	if (host == NULL) {
		till_fail(err, "out of memory");
		return NULL;
	}
	*host = (struct host){
		.hosts = hosts,
		.isolated = isolated,
		.number = ++hosts->numbers,
		.state = HOST_STARTS,
		.users = 1,
		.late_fd = -1,
		.out_fd = -1,
	};
	(void)snprintf(host->instance, sizeof(host->instance), "%s",
	    isolated->instance->name);
	host->next = hosts->first;
	hosts->first = host;
	hosts->len++;
	isolated->status.started++;
	theirs[theirs_len++] = isolated->file.fd;
	if (make(host, theirs, &theirs_len, err) == 0 &&
	    monitor_watch(host, err) == 0) {
		if (spawner_say(hosts, SPAWNER_START, host->number, theirs,
			theirs_len) == CHANNEL_DONE)
			r = 0;
		else
			till_fail(err, "the spawner of hosts is gone");
	}
	for (i = 1; i < theirs_len; i++)
		(void)close(theirs[i]);
	if (r == 0)
		return host;
	host->users = 0;
	host->ended = true;
	host->state = HOST_BROKEN;
	hosts_wake(hosts);
	return NULL;
}

void
host_break(struct host *host, enum host_fault fault, const char *why)
{
	struct isolated *isolated = host->isolated;
	size_t i;

	if (host->state == HOST_BROKEN)
		return;
	host->state = HOST_BROKEN;
	host->fault = fault;
	(void)snprintf(host->why, sizeof(host->why), "%s", why);
	for (i = 0; i < host->calls_len; i++)
		(void)shutdown(host->calls[i], SHUT_RDWR);
	host->unkilled = true;
	host_kill(host);
	hosts_wake(host->hosts);
	if (isolated == NULL)
		return;
	count(isolated, fault);
	if (isolated->current == host)
		isolated->current = NULL;
	isolated->start_at_ms = hosts_now_ms() + rest_ms(isolated);
	isolated->deaths++;
	(void)pthread_cond_broadcast(&isolated->changed);
}

void
host_kill(struct host *host)
{
	if (host->unkilled && !host->ended)
		host->unkilled = spawner_say(host->hosts, SPAWNER_KILL,
				     host->number, NULL, 0) != CHANNEL_DONE;
}

void
host_drain(struct host *host, int64_t until_ms)
{
	if (host->state != HOST_SERVES && host->state != HOST_STARTS)
		return;
	host->state = HOST_DRAINS;
	host->end_at_ms = until_ms;
	if (host->isolated != NULL && host->isolated->current == host)
		host->isolated->current = NULL;
	hosts_wake(host->hosts);
}

void
host_unuse(struct host *host)
{
	host->users--;
	if (host->users == 0 && host->state != HOST_SERVES)
		hosts_wake(host->hosts);
}

void
host_close_if_idle(struct host *host, int64_t now_ms)
{
	unsigned char buf[sizeof(uint32_t)];
	struct wire_writer writer;

	if (host->state != HOST_DRAINS || host->users > 0 ||
	    (late_waiting(host, now_ms) > 0 && now_ms < host->end_at_ms))
		return;
	host->state = HOST_CLOSES;
	host->end_at_ms = now_ms + HOSTS_CLOSE_MS;
	message_begin(&writer, buf, sizeof(buf), MESSAGE_CLOSE);
	if (channel_send(host->calls[0], &writer, NULL, 0) != CHANNEL_DONE)
		host_break(host, FAULT_DIED, "ended before it was closed");
}

void
host_free(struct host *host)
{
	struct hosts *hosts = host->hosts;
	struct host **at = &hosts->first;
	size_t i;

	while (*at != host)
		at = &(*at)->next;
	*at = host->next;
	hosts->len--;
	for (i = 0; i < host->calls_len; i++)
		(void)close(host->calls[i]);
	if (host->late_fd != -1)
		(void)close(host->late_fd);
	if (host->out_fd != -1)
		(void)close(host->out_fd);
	free(host->late);
	free(host);
	(void)pthread_cond_broadcast(&hosts->gone);
}

/* Their ends follow the module's file, in the order of the spawner. */
static int
make(struct host *host, int *theirs, size_t *theirs_len, struct till_error *err)
{
	const uint32_t caps = host->isolated->file.note.caps;
	size_t n = 1;
	int out[2];

	if ((caps & TILL_CAP_THREADSAFE) != 0)
		n = HOST_CHANNELS_MAX;
	if ((caps & TILL_CAP_ASYNC) != 0) {
		host->late = calloc(HOSTS_PENDING_MAX, sizeof(*host->late));
		if (host->late == NULL)
			return till_fail(err, "out of memory");
	}
	if (pipe2(out, O_CLOEXEC) == -1)
		return till_fail(err, "pipe: %s", strerror(errno));
	host->out_fd = out[0];
	theirs[(*theirs_len)++] = out[1];
	(void)fcntl(out[0], F_SETFL, O_NONBLOCK);
	if (pair(&host->late_fd, &theirs[*theirs_len], err) == -1)
		return -1;
	(*theirs_len)++;
	while (host->calls_len < n) {
		if (pair(&host->calls[host->calls_len], &theirs[*theirs_len],
			err) == -1)
			return -1;
		(*theirs_len)++;
		host->calls_len++;
	}
	return 0;
}

static int
pair(int *ours, int *theirs, struct till_error *err)
{
	int fds[2];

	if (channel_pair(fds, err) == -1)
		return -1;
	*ours = fds[0];
	*theirs = fds[1];
	return 0;
}

static enum channel_result
spawner_say(struct hosts *hosts, enum spawner_kind kind, uint64_t number,
    const int *fds, size_t fds_len)
{
	unsigned char buf[32];
	struct wire_writer writer;

	if (hosts->lost)
		return CHANNEL_ERROR;
	wire_begin(&writer, buf, sizeof(buf));
	wire_put_u32(&writer, (uint32_t)kind);
	wire_put_u64(&writer, number);
	if (fds_len > 0)
		return channel_send_fds(hosts->spawner_fd, &writer, fds,
		    fds_len);
	return channel_send(hosts->spawner_fd, &writer, NULL, 0);
}

static void
count(struct isolated *isolated, enum host_fault fault)
{
	switch (fault) {
	case FAULT_DIED:
		isolated->status.died++;
		break;
	case FAULT_LATE:
		isolated->status.late++;
		break;
	case FAULT_GARBLED:
		isolated->status.garbled++;
		break;
	case FAULT_UNFIT:
		break;
	}
}

/* The first death is followed by a new start at once, further ones after
 * more and more time, until a call is answered. */
static int64_t
rest_ms(const struct isolated *isolated)
{
	int64_t ms = HOSTS_BACKOFF_MS;
	unsigned int i;

	if (isolated->deaths == 0)
		return 0;
	for (i = 1; i < isolated->deaths && ms < HOSTS_BACKOFF_MAX_MS; i++)
		ms *= 2;
	return ms < HOSTS_BACKOFF_MAX_MS ? ms : HOSTS_BACKOFF_MAX_MS;
}
