/*
 * process_late.c - what a module in a host tells late.
 *
 * It is no part of a call, so it has the second socket, where one is told
 * at a time.  Who has waited for an answer for too long is told -1, and the
 * answer, which may still come, is not the next one's.
 */
#define _GNU_SOURCE /* pthread_cond_clockwait */
#include <poll.h>
#include <time.h>

#include "host/channel.h"
#include "host/process.h"
#include "host/spawner.h"
#include "module/host.h"
#include "module/late.h"

static int tell(struct process_late *, const struct till_late *, int64_t);
static void say(const struct till_late *);
static bool hear(int64_t until_ms, int *answer_r);
static bool take(struct process_late *, int64_t until_ms);
static void give_back(struct process_late *);

int
process_late_init(struct process_late *way)
{
	return pthread_mutex_init(&way->lock, NULL) == 0 &&
		pthread_cond_init(&way->free, NULL) == 0
	    ? 0
	    : -1;
}

int
process_late(struct till_instance *instance, const struct till_late *late)
{
	const int64_t until_ms = host_now_ms(instance) + PROCESS_LATE_MS;
	struct process *process = (void *)instance;
	struct late_copy copy;
	int r;

	if (process == NULL ||
	    (process->module.facilities & TILL_SETTLE) == 0 ||
	    late_copy(&copy, late) == -1 || !take(&process->late, until_ms))
		return -1;
	r = tell(&process->late, &copy.late, until_ms);
	give_back(&process->late);
	return r;
}

/* The one thread that has the way. */
static int
tell(struct process_late *way, const struct till_late *late, int64_t until_ms)
{
	int answer = -1;

	if (way->unanswered && !hear(until_ms, &answer))
		return -1;
	say(late);
	way->unanswered = !hear(until_ms, &answer);
	return !way->unanswered && answer == 0 ? 0 : -1;
}

static void
say(const struct till_late *late)
{
	unsigned char buf[HOST_REQUEST_MAX];
	struct wire_writer writer;

	message_begin(&writer, buf, sizeof(buf), MESSAGE_LATE);
	message_put_late(&writer, late);
	if (channel_send(HOST_FD_LATE, &writer, NULL, 0) != CHANNEL_DONE)
		process_lost();
}

/* False: none until then. */
static bool
hear(int64_t until_ms, int *answer_r)
{
	struct pollfd fd = { .fd = HOST_FD_LATE, .events = POLLIN };
	enum channel_result r = CHANNEL_TICK;
	struct wire_reader reader;
	unsigned char buf[64];
	int64_t left_ms;
	size_t len;

	while (r == CHANNEL_TICK) {
		left_ms = until_ms - host_now_ms(NULL);
		if (left_ms <= 0)
			return false;
		(void)poll(&fd, 1, (int)left_ms);
		r = channel_look(HOST_FD_LATE, buf, sizeof(buf), &len);
	}
	if (r != CHANNEL_DONE)
		process_lost();
	wire_read(&reader, buf, len);
	if (wire_get_u32(&reader) != MESSAGE_ANSWER)
		process_lost();
	*answer_r = wire_get_i64(&reader) == 0 ? 0 : -1;
	if (!wire_done(&reader))
		process_lost();
	return true;
}

static bool
take(struct process_late *way, int64_t until_ms)
{
	const struct timespec until = {
		.tv_sec = (time_t)(until_ms / 1000),
		.tv_nsec = (long)(until_ms % 1000) * 1000000,
	};
	bool taken;

	(void)pthread_mutex_lock(&way->lock);
	while (way->taken && host_now_ms(NULL) < until_ms)
		(void)pthread_cond_clockwait(&way->free, &way->lock,
		    CLOCK_MONOTONIC, &until);
	taken = !way->taken;
	if (taken)
		way->taken = true;
	(void)pthread_mutex_unlock(&way->lock);
	return taken;
}

static void
give_back(struct process_late *way)
{
	(void)pthread_mutex_lock(&way->lock);
	way->taken = false;
	(void)pthread_cond_signal(&way->free);
	(void)pthread_mutex_unlock(&way->lock);
}
