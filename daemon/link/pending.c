/*
 * pending.c - requests that wait for their replies.
 */
#include <string.h>

#include "link/pending.h"

static void take_out(struct pending *, struct pending_request *,
    struct pending_request *);

void
pending_init(struct pending *pending)
{
	uint32_t i;

	memset(pending, 0, sizeof(*pending));
	for (i = 0; i < LINK_IN_FLIGHT_MAX; i++)
		pending->slots[i].next_free = i + 1;
	pending->earliest_ms = INT64_MAX;
}

uint64_t
pending_add(struct pending *pending, enum frame_kind kind, int64_t deadline_ms,
    link_reply *reply, void *arg)
{
	struct pending_request *request;

	if (pending->free == LINK_IN_FLIGHT_MAX)
		return 0;
	request = &pending->slots[pending->free];
	/* 0 is no id: the first use is number one. */
	request->uses++;
	request->id =
	    (uint64_t)request->uses * LINK_IN_FLIGHT_MAX + pending->free;
	request->kind = kind;
	request->deadline_ms = deadline_ms;
	request->reply = reply;
	request->arg = arg;
	pending->free = request->next_free;
	pending->len++;
	if (deadline_ms < pending->earliest_ms)
		pending->earliest_ms = deadline_ms;
	return request->id;
}

int
pending_take(struct pending *pending, uint64_t id, enum frame_kind kind,
    struct pending_request *request_r)
{
	struct pending_request *request;

	request = &pending->slots[id % LINK_IN_FLIGHT_MAX];
	if (id == 0 || request->id != id)
		return 1;
	if (kind != FRAME_REFUSED &&
	    (unsigned)kind != (unsigned)request->kind + 1)
		return -1;
	take_out(pending, request, request_r);
	return 0;
}

bool
pending_expire(struct pending *pending, int64_t now_ms,
    struct pending_request *request_r)
{
	int64_t earliest_ms = INT64_MAX;
	struct pending_request *request;
	size_t i;

	if (pending->len == 0 || now_ms < pending->earliest_ms)
		return false;
	for (i = 0; i < LINK_IN_FLIGHT_MAX; i++) {
		request = &pending->slots[i];
		if (request->id == 0)
			continue;
		if (request->deadline_ms <= now_ms) {
			take_out(pending, request, request_r);
			return true;
		}
		if (request->deadline_ms < earliest_ms)
			earliest_ms = request->deadline_ms;
	}
	pending->earliest_ms = earliest_ms;
	return false;
}

bool
pending_any(struct pending *pending, struct pending_request *request_r)
{
	size_t i;

	for (i = 0; i < LINK_IN_FLIGHT_MAX && pending->len > 0; i++) {
		if (pending->slots[i].id == 0)
			continue;
		take_out(pending, &pending->slots[i], request_r);
		return true;
	}
	return false;
}

static void
take_out(struct pending *pending, struct pending_request *request,
    struct pending_request *request_r)
{
	*request_r = *request;
	request->id = 0;
	request->next_free = pending->free;
	pending->free = (uint32_t)(request - pending->slots);
	pending->len--;
}
