/*
 * late.c - settlements that a host may complete later.
 *
 * The module holds a number, never an address: what it says of a number
 * that is free, or free again, is late and changes nothing.
 */
#include <stdlib.h>
#include <string.h>

#include "host/isolated.h"
#include "module/op.h"

#define KEPT_MS 60000 /* a slot stays the module's after the deadline */

static bool completed(struct host *, struct wire_reader *);
static struct late *slot_free(struct host *);
static struct late *slot_of(const struct host *, uintptr_t);
static void tell(struct host *, struct till_op *, enum till_result,
    const struct till_outcome *);

uintptr_t
late_add(struct host *host, struct till_op *op, int64_t deadline_ms)
{
	struct late *late;

	if (host->late == NULL)
		return 0;
	late = slot_free(host);
	if (late == NULL)
		return 0;
	host->late_round++;
	*late = (struct late){
		.number = host->late_round * HOSTS_PENDING_MAX +
		    (uintptr_t)(late - host->late),
		.op = op,
		.deadline_ms = deadline_ms,
	};
	host->late_len++;
	return late->number;
}

void
late_answered(struct host *host, uintptr_t number, bool pending)
{
	struct late *late = slot_of(host, number);

	if (late == NULL)
		return;
	late->pending = pending;
	if (!pending) {
		late->number = 0;
		host->late_len--;
	} else if (host->state == HOST_BROKEN) {
		hosts_wake(host->hosts);
	}
}

size_t
late_waiting(const struct host *host, int64_t now_ms)
{
	size_t n = 0, i;

	if (host->late_len == 0)
		return 0;
	for (i = 0; i < HOSTS_PENDING_MAX; i++)
		if (host->late[i].number != 0 &&
		    host->late[i].deadline_ms > now_ms)
			n++;
	return n;
}

void
late_forget(struct host *host)
{
	size_t i;

	for (i = 0; i < HOSTS_PENDING_MAX && host->late_len > 0; i++)
		host->late[i].number = 0;
	host->late_len = 0;
}

bool
late_told(struct host *host, const unsigned char *data, size_t len)
{
	struct wire_reader reader;
	uint32_t kind;

	wire_read(&reader, data, len);
	kind = wire_get_u32(&reader);
	if (kind == MESSAGE_COMPLETE)
		return completed(host, &reader);
	return kind == MESSAGE_LATE && teller_hear(host, &reader);
}

void
late_fail(struct host *host)
{
	struct till_outcome outcome;
	struct late *late;
	size_t i;

	memset(&outcome, 0, sizeof(outcome));
	outcome.size = sizeof(outcome);
	(void)snprintf(outcome.text, sizeof(outcome.text),
	    "the module's host ended before it was completed");
	(void)pthread_mutex_lock(&host->hosts->lock);
	for (i = 0; i < HOSTS_PENDING_MAX && host->late_len > 0; i++) {
		late = &host->late[i];
		if (late->number == 0 || !late->pending)
			continue;
		late->number = 0;
		host->late_len--;
		if (host->isolated != NULL)
			tell(host, late->op, TILL_UNKNOWN, &outcome);
	}
	(void)pthread_mutex_unlock(&host->hosts->lock);
}

static bool
completed(struct host *host, struct wire_reader *reader)
{
	struct till_outcome outcome;
	struct till_op *op = NULL;
	enum till_result result;
	struct late *late;
	uintptr_t number;

	number = (uintptr_t)wire_get_u64(reader);
	result = (enum till_result)wire_get_u32(reader);
	message_get_outcome(reader, &outcome);
	if (!wire_done(reader))
		return false;
	(void)pthread_mutex_lock(&host->hosts->lock);
	late = slot_of(host, number);
	if (late != NULL && host->isolated != NULL) {
		op = late->op;
		late->number = 0;
		host->late_len--;
		tell(host, op, result, &outcome);
	} else if (host->isolated != NULL) {
		atomic_fetch_add(&host->isolated->instance->ops.late, 1);
	}
	(void)pthread_mutex_unlock(&host->hosts->lock);
	return true;
}

/* One whose deadline is long over is nobody's any more: with its number
 * the module gives up the operation. */
static struct late *
slot_free(struct host *host)
{
	const int64_t now_ms = hosts_now_ms();
	struct late *late;
	size_t i;

	for (i = 0; i < HOSTS_PENDING_MAX; i++) {
		late = &host->late[host->late_next];
		host->late_next = (host->late_next + 1) % HOSTS_PENDING_MAX;
		if (late->number == 0)
			return late;
		if (late->pending && late->deadline_ms + KEPT_MS < now_ms) {
			op_given_up(late->op);
			host->late_len--;
			return late;
		}
	}
	return NULL;
}

static struct late *
slot_of(const struct host *host, uintptr_t number)
{
	struct late *late;

	if (number == 0 || host->late == NULL)
		return NULL;
	late = &host->late[number % HOSTS_PENDING_MAX];
	return late->number == number ? late : NULL;
}

/* Without the lock, as what follows is the owner's; the operation lasts
 * as it is held, the list that it is in as long as completing counts. */
static void
tell(struct host *host, struct till_op *op, enum till_result result,
    const struct till_outcome *outcome)
{
	struct isolated *isolated = host->isolated;
	struct hosts *hosts = host->hosts;

	op_hold(op);
	isolated->completing++;
	(void)pthread_mutex_unlock(&hosts->lock);
	op_complete(op, result, outcome);
	op_let_go(op);
	(void)pthread_mutex_lock(&hosts->lock);
	isolated->completing--;
	(void)pthread_cond_broadcast(&isolated->changed);
}
