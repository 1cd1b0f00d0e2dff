/*
 * queue.h - frames that wait until the other side reads.
 *
 * A frame is sent at once if none waits before it; else it is copied
 * into secure memory and sent when the socket can take it.  The owner
 * holds its own lock around all calls.
 */
#ifndef LINK_QUEUE_H
#define LINK_QUEUE_H

#include <stdbool.h>
#include <stddef.h>

struct waiting;

struct queue {
	struct waiting *first, *last;
	size_t octets; /* of all frames that wait */
};

/* Send or keep; -1 if the socket is broken, memory is short or more than
 * LINK_QUEUE_MAX octets wait. */
int queue_send(struct queue *, int fd, const void *data, size_t len);
/* Send what waits, as far as the socket takes it; -1: it is broken. */
int queue_flush(struct queue *, int fd);
bool queue_empty(const struct queue *);
void queue_clear(struct queue *); /* wipes */

#endif
