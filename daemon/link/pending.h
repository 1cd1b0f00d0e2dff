/*
 * pending.h - requests that wait for their replies, found by their ids.
 *
 * An id is the number of a slot together with how often the slot was
 * used, so an answer that comes too late is that of nobody.  The owner
 * holds its own lock around all calls.
 */
#ifndef LINK_PENDING_H
#define LINK_PENDING_H

#include "link/link.h"

struct pending_request {
	uint64_t id; /* 0: the slot is free */
	enum frame_kind kind;
	int64_t deadline_ms;
	link_reply *reply;
	void *arg;
	uint32_t uses, next_free;
};

struct pending {
	struct pending_request slots[LINK_IN_FLIGHT_MAX];
	uint32_t free; /* LINK_IN_FLIGHT_MAX: none */
	size_t len;
	int64_t earliest_ms; /* no deadline is before it */
};

void pending_init(struct pending *);
/* The id for the request, or 0 if there are too many. */
uint64_t pending_add(struct pending *, enum frame_kind, int64_t deadline_ms,
    link_reply *, void *arg);
/* Take out the request of this id, if its answer is of this kind.  -1:
 * no answer to it can have this kind.  1: nobody waits for it. */
int pending_take(struct pending *, uint64_t id, enum frame_kind,
    struct pending_request *request_r);
/* Take out one request whose deadline has passed; false: there is none. */
bool pending_expire(struct pending *, int64_t now_ms,
    struct pending_request *request_r);
/* Take out any; false: there is none. */
bool pending_any(struct pending *, struct pending_request *request_r);

#endif
