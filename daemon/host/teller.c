/*
 * teller.c - the thread that passes on what modules tell late.
 *
 * The owner may wait for the disk, so it is not the monitor that asks it.
 * Each host has one message on its way at a time and they come in turn,
 * each at its own pace: whoever tells more holds up itself.
 */
#include "host/isolated.h"
#include "link/socket.h"

static void *run(void *);
static struct host *next(struct hosts *);
static void pass_on(struct host *);
static int ask_owner(struct host *);
static void answer(struct host *, int);
static int64_t due_ms(int64_t last_ms);

int
teller_start(struct hosts *hosts, struct till_error *err)
{
	if (thread_start(&hosts->teller, run, hosts, err) == -1)
		return -1;
	hosts->has_teller = true;
	return 0;
}

/* stopping is set. */
void
teller_stop(struct hosts *hosts)
{
	(void)pthread_mutex_lock(&hosts->lock);
	(void)pthread_cond_signal(&hosts->told);
	(void)pthread_mutex_unlock(&hosts->lock);
	(void)pthread_join(hosts->teller, NULL);
	hosts->has_teller = false;
}

bool
teller_hear(struct host *host, struct wire_reader *reader)
{
	struct hosts *hosts = host->hosts;
	struct telling *telling = &host->telling;
	struct till_late late;
	bool heard = false;

	message_get_late(reader, &late);
	if (!wire_done(reader))
		return false;
	(void)pthread_mutex_lock(&hosts->lock);
	if (telling->state == TELLING_NONE &&
	    late_copy(&telling->copy, &late) == 0) {
		telling->state = TELLING_WAITS;
		telling->due_ms = due_ms(telling->due_ms);
		(void)pthread_cond_signal(&hosts->told);
		heard = true;
	}
	(void)pthread_mutex_unlock(&hosts->lock);
	return heard;
}

static void *
run(void *arg)
{
	struct hosts *hosts = arg;
	struct host *host;

	(void)pthread_mutex_lock(&hosts->lock);
	while (!hosts->stopping) {
		host = next(hosts);
		if (host == NULL)
			(void)pthread_cond_wait(&hosts->told, &hosts->lock);
		else if (host->telling.due_ms > hosts_now_ms())
			hosts_wait(hosts, &hosts->told, host->telling.due_ms);
		else
			pass_on(host);
	}
	(void)pthread_mutex_unlock(&hosts->lock);
	return NULL;
}

/* Whose turn it is. */
static struct host *
next(struct hosts *hosts)
{
	struct host *host, *first = NULL;

	for (host = hosts->first; host != NULL; host = host->next)
		if (host->telling.state == TELLING_WAITS &&
		    (first == NULL ||
			host->telling.due_ms < first->telling.due_ms))
			first = host;
	return first;
}

/* What a host has told before it died counts, too. */
static void
pass_on(struct host *host)
{
	int r;

	host->users++;
	host->telling.state = TELLING_GOES_ON;
	r = ask_owner(host);
	/* Before the answer: with it comes the next one. */
	host->telling.state = TELLING_NONE;
	answer(host, r);
	host_unuse(host);
	if (host->isolated != NULL)
		host_rest(host->isolated);
}

/* -1 as well for an instance that is closed, or settles nothing. */
static int
ask_owner(struct host *host)
{
	struct isolated *isolated = host->isolated;
	struct hosts *hosts = host->hosts;
	const struct loader *loader;
	int r;

	if (isolated == NULL ||
	    (isolated->file.note.facilities & TILL_SETTLE) == 0)
		return -1;
	loader = isolated->instance->loader;
	isolated->completing++;
	(void)pthread_mutex_unlock(&hosts->lock);
	r = loader_late(loader, host->instance, &host->telling.copy.late);
	(void)pthread_mutex_lock(&hosts->lock);
	isolated->completing--;
	(void)pthread_cond_broadcast(&isolated->changed);
	return r;
}

/* There is room, as it has read all answers before this; but who knows. */
static void
answer(struct host *host, int r)
{
	unsigned char buf[32];
	struct hosts *hosts = host->hosts;
	enum channel_result sent;
	struct wire_writer writer;

	message_begin(&writer, buf, sizeof(buf), MESSAGE_ANSWER);
	wire_put_i64(&writer, r == 0 ? 0 : -1);
	(void)pthread_mutex_unlock(&hosts->lock);
	sent = channel_send(host->late_fd, &writer, NULL, 0);
	(void)pthread_mutex_lock(&hosts->lock);
	if (sent == CHANNEL_TICK)
		host_break(host, FAULT_GARBLED, "does not listen");
}

/* A quiet time is worth HOSTS_LATE_BURST of them, not more. */
static int64_t
due_ms(int64_t last_ms)
{
	const int64_t least_ms = hosts_now_ms() -
	    (int64_t)(HOSTS_LATE_BURST - 1) * HOSTS_LATE_PACE_MS;

	last_ms += HOSTS_LATE_PACE_MS;
	return last_ms > least_ms ? last_ms : least_ms;
}
