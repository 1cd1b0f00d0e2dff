/*
 * queue.c - frames that wait until the other side reads.
 */
#include <sys/socket.h>
#include <sys/types.h>

#include <errno.h>
#include <string.h>

#include <openssl/crypto.h>

#include "link/link.h"
#include "link/queue.h"

struct waiting {
	struct waiting *next;
	size_t len;
	unsigned char data[];
};

/* Zero is no answer. */
enum sent { SENT = 1, SENT_LATER, SENT_NEVER };

static enum sent send_now(int, const void *, size_t);
static void drop_first(struct queue *);

int
queue_send(struct queue *queue, int fd, const void *data, size_t len)
{
	struct waiting *waiting;

	if (queue->first == NULL) {
		switch (send_now(fd, data, len)) {
		case SENT:
			return 0;
		case SENT_LATER:
			break;
		case SENT_NEVER:
			return -1;
		}
	}
	if (len > LINK_QUEUE_MAX - queue->octets)
		return -1;
	waiting = OPENSSL_secure_malloc(sizeof(*waiting) + len);
	if (waiting == NULL)
		return -1;
	waiting->next = NULL;
	waiting->len = len;
	memcpy(waiting->data, data, len);
	if (queue->last == NULL)
		queue->first = waiting;
	else
		queue->last->next = waiting;
	queue->last = waiting;
	queue->octets += len;
	return 0;
}

int
queue_flush(struct queue *queue, int fd)
{
	while (queue->first != NULL) {
		switch (send_now(fd, queue->first->data, queue->first->len)) {
		case SENT:
			drop_first(queue);
			break;
		case SENT_LATER:
			return 0;
		case SENT_NEVER:
			return -1;
		}
	}
	return 0;
}

bool
queue_empty(const struct queue *queue)
{
	return queue->first == NULL;
}

void
queue_clear(struct queue *queue)
{
	while (queue->first != NULL)
		drop_first(queue);
}

static enum sent
send_now(int fd, const void *data, size_t len)
{
	ssize_t n;

	do
		n = send(fd, data, len, MSG_DONTWAIT | MSG_NOSIGNAL);
	while (n == -1 && errno == EINTR);
	if (n != -1)
		return SENT;
	return errno == EAGAIN || errno == EWOULDBLOCK || errno == ENOBUFS
	    ? SENT_LATER
	    : SENT_NEVER;
}

static void
drop_first(struct queue *queue)
{
	struct waiting *first = queue->first;

	queue->first = first->next;
	if (queue->first == NULL)
		queue->last = NULL;
	queue->octets -= first->len;
	OPENSSL_secure_clear_free(first, sizeof(*first) + first->len);
}
