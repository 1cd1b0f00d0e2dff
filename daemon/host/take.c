/*
 * take.c - a host for a call: one that is there, or a new one.
 *
 * Who finds none starts it, and the others wait; nobody waits for one
 * that dies again and again, as its instance rests then.
 */
#include "host/isolated.h"
#include "log/log.h"

static struct host *take_channel(struct isolated *, size_t *);
static bool is_stuck(const struct host *, int64_t);
static int start(struct isolated *, int64_t, struct till_error *);
static int64_t earlier(int64_t, int64_t);

struct host *
host_take(struct isolated *isolated, bool patient, int64_t until_ms,
    size_t *channel_r, struct till_error *err)
{
	struct hosts *hosts = isolated->hosts;
	struct host *host = NULL;
	int64_t now_ms;

	(void)pthread_mutex_lock(&hosts->lock);
	for (;;) {
		now_ms = hosts_now_ms();
		host = take_channel(isolated, channel_r);
		if (host != NULL)
			break;
		if (isolated->current == NULL && !isolated->starting) {
			if (now_ms < isolated->start_at_ms) {
				till_fail(err,
				    "its hosts have died %u times; the "
				    "next is not started yet",
				    isolated->deaths);
				break;
			}
			if (start(isolated, until_ms, err) == -1)
				break;
			continue;
		}
		if (now_ms >= until_ms ||
		    (!patient && isolated->waiting >= HOSTS_WAITING_MAX &&
			is_stuck(isolated->current, now_ms))) {
			till_fail(err, "its host was busy for too long");
			break;
		}
		isolated->waiting++;
		hosts_wait(hosts, &isolated->changed, until_ms);
		isolated->waiting--;
	}
	(void)pthread_mutex_unlock(&hosts->lock);
	return host;
}

void
host_give_back(struct isolated *isolated, struct host *host, size_t channel,
    bool answered)
{
	struct hosts *hosts = isolated->hosts;

	(void)pthread_mutex_lock(&hosts->lock);
	host->busy[channel] = false;
	if (answered) {
		host->answered = true;
		isolated->deaths = 0;
		isolated->start_at_ms = 0;
	}
	if (isolated->recycle > 0 && host->state == HOST_SERVES &&
	    host->made >= (uint64_t)isolated->recycle) {
		isolated->status.recycled++;
		host_drain(host, hosts_now_ms() + HOSTS_DRAIN_MS);
	}
	host_unuse(host);
	(void)pthread_cond_signal(&isolated->changed);
	(void)pthread_mutex_unlock(&hosts->lock);
}

static struct host *
take_channel(struct isolated *isolated, size_t *channel_r)
{
	struct host *host = isolated->current;
	size_t i;

	if (host == NULL)
		return NULL;
	for (i = 0; i < host->calls_len; i++) {
		if (host->busy[i])
			continue;
		host->busy[i] = true;
		host->busy_since_ms[i] = hosts_now_ms();
		host->users++;
		host->made++;
		isolated->status.calls++;
		*channel_r = i;
		return host;
	}
	return NULL;
}

/* All of its channels are, and none of them for a moment only. */
static bool
is_stuck(const struct host *host, int64_t now_ms)
{
	size_t i;

	if (host == NULL)
		return false;
	for (i = 0; i < host->calls_len; i++)
		if (!host->busy[i] ||
		    now_ms - host->busy_since_ms[i] < HOSTS_STUCK_MS)
			return false;
	return true;
}

static int
start(struct isolated *isolated, int64_t until_ms, struct till_error *err)
{
	struct hosts *hosts = isolated->hosts;
	int r;

	isolated->starting = true;
	(void)pthread_mutex_unlock(&hosts->lock);
	r = host_begin(isolated, NULL, NULL,
	    earlier(until_ms, hosts_now_ms() + HOSTS_START_MS), err);
	(void)pthread_mutex_lock(&hosts->lock);
	isolated->starting = false;
	(void)pthread_cond_broadcast(&isolated->changed);
	if (r == -1)
		log_line(TILL_LOG_ERROR, "host.could-not-start", "instance",
		    isolated->instance->name, "why", err->text, NULL);
	return r;
}

static int64_t
earlier(int64_t a, int64_t b)
{
	return a < b ? a : b;
}
