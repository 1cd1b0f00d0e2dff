/*
 * take.c - a host for a call: one that is there, or a new one.
 *
 * Who finds none starts it, and the others wait; nobody waits for one
 * that dies again and again, as its instance rests then.
 */
#include "host/isolated.h"
#include "log/log.h"

static struct host *take_channel(struct isolated *, size_t *);
static int64_t stuck_at_ms(const struct isolated *);
static int begin(struct isolated *, struct till_error *);
static void *start(void *);

struct host *
host_take(struct isolated *isolated, bool patient, int64_t until_ms,
    size_t *channel_r, struct till_error *err)
{
	struct hosts *hosts = isolated->hosts;
	struct host *host = NULL;
	int64_t now_ms, stuck_ms;
	unsigned int failed;

	(void)pthread_mutex_lock(&hosts->lock);
	failed = isolated->failed;
	for (;;) {
		now_ms = hosts_now_ms();
		host = take_channel(isolated, channel_r);
		if (host != NULL)
			break;
		if (isolated->failed != failed) {
			till_fail(err, "%s", isolated->why.text);
			break;
		}
		if (isolated->current == NULL && !isolated->starting) {
			if (now_ms < isolated->start_at_ms) {
				till_fail(err,
				    "its hosts have died %u times; the "
				    "next is not started yet",
				    isolated->deaths);
				break;
			}
			if (begin(isolated, err) == -1)
				break;
		}
		/* Also who came before it was stuck: too many are. */
		stuck_ms = patient ? INT64_MAX : stuck_at_ms(isolated);
		if (now_ms >= until_ms ||
		    (now_ms >= stuck_ms &&
			isolated->waiting >= HOSTS_WAITING_MAX)) {
			till_fail(err,
			    isolated->current == NULL
				? "no host of it has started in time"
				: "its host was busy for too long");
			break;
		}
		if (stuck_ms <= now_ms || stuck_ms > until_ms)
			stuck_ms = until_ms;
		isolated->waiting++;
		hosts_wait(hosts, &isolated->changed, stuck_ms);
		isolated->waiting--;
	}
	if (host == NULL)
		host_rest(isolated);
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
	host_rest(isolated);
	(void)pthread_cond_signal(&isolated->changed);
	(void)pthread_mutex_unlock(&hosts->lock);
}

/* Its settlements have deadlines: they are its end. */
void
host_rest(struct isolated *isolated)
{
	struct host *host = isolated->current;

	if (isolated->retired && isolated->waiting == 0 && host != NULL &&
	    host->users == 0)
		host_drain(host, INT64_MAX);
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

/* From then on it is not busy for a moment only: a start, or a call on each
 * of its channels, has taken so long, or two before were not answered. */
static int64_t
stuck_at_ms(const struct isolated *isolated)
{
	const struct host *host = isolated->current;
	int64_t since_ms = isolated->starting_since_ms;
	size_t i;

	if (isolated->deaths > 1)
		return 0;
	for (i = 0; host != NULL && i < host->calls_len; i++)
		if (i == 0 || host->busy_since_ms[i] > since_ms)
			since_ms = host->busy_since_ms[i];
	return since_ms + HOSTS_STUCK_MS;
}

/* By a thread of its own: who asks for a host may have less time than it
 * takes to open one. */
static int
begin(struct isolated *isolated, struct till_error *err)
{
	pthread_attr_t attr;
	pthread_t thread;
	int r;

	if (pthread_attr_init(&attr) != 0)
		return till_fail(err, "out of memory");
	(void)pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	isolated->starting = true;
	isolated->starting_since_ms = hosts_now_ms();
	r = pthread_create(&thread, &attr, start, isolated);
	(void)pthread_attr_destroy(&attr);
	if (r == 0)
		return 0;
	isolated->starting = false;
	return till_fail(err, "no thread can be started");
}

/* The instance is not closed before this is through. */
static void *
start(void *arg)
{
	struct isolated *isolated = arg;
	struct hosts *hosts = isolated->hosts;
	struct till_error err;
	int r;

	r = host_begin(isolated, NULL, NULL, hosts_now_ms() + HOSTS_START_MS,
	    &err);
	(void)pthread_mutex_lock(&hosts->lock);
	/* One that is being closed needs none any more. */
	if (r == -1 && !isolated->closing)
		log_line(TILL_LOG_ERROR, "host.could-not-start", "instance",
		    isolated->instance->name, "why", err.text, NULL);
	if (r == -1) {
		isolated->failed++;
		isolated->why = err;
	}
	isolated->starting = false;
	host_rest(isolated);
	(void)pthread_cond_broadcast(&isolated->changed);
	(void)pthread_mutex_unlock(&hosts->lock);
	return NULL;
}
