/*
 * task.c - messages on their slow way, in or out: a heap, the one that is
 * due first on top.
 */
#include <stdlib.h>
#include <string.h>

#include "bank/server.h"

static bool is_before(const struct bank_task *, const struct bank_task *);
static void swap(struct bank_task *, struct bank_task *);
static struct bank_task take_first(struct bank_server *);
static int in_order(const void *, const void *);

/* Takes the delivery; NULL, or one too many, is a message lost. */
void
bank_task_add(struct bank_server *server, int64_t due_ms, uint64_t conn,
    struct bank_delivery *delivery)
{
	struct bank_task *heap = server->tasks;
	size_t at = server->tasks_len;

	if (delivery == NULL || at == BANK_TASKS_MAX) {
		bank_say(server, NULL, "too much is under way: one lost");
		free(delivery);
		return;
	}
	heap[at] =
	    (struct bank_task){ due_ms, server->tasks_made++, conn, delivery };
	server->tasks_len++;
	for (; at > 0 && is_before(&heap[at], &heap[(at - 1) / 2]);
	     at = (at - 1) / 2)
		swap(&heap[at], &heap[(at - 1) / 2]);
}

void
bank_tasks_run(struct bank_server *server, int64_t now_ms)
{
	struct bank_task task;
	struct bank_conn *conn;

	while (server->tasks_len > 0 && server->tasks[0].due_ms <= now_ms) {
		task = take_first(server);
		conn = bank_conn(server, task.conn);
		if (conn == NULL && server->settings.roams)
			conn = bank_signed_on(server);
		if (!task.delivery->is_answer)
			bank_arrived(server, conn, task.delivery);
		else if (conn != NULL)
			bank_depart(server, conn, task.delivery);
		else
			bank_say(server, NULL,
			    "a late answer finds no connection");
		iso_wipe(&task.delivery->message);
		free(task.delivery);
	}
}

size_t
bank_tasks_release(struct bank_server *server)
{
	const int64_t now_ms = bank_now_ms();
	size_t i, n = 0;

	for (i = 0; i < server->tasks_len; i++) {
		if (server->tasks[i].due_ms != BANK_HELD_MS)
			continue;
		server->tasks[i].due_ms = now_ms;
		n++;
	}
	/* What is sorted is a heap. */
	qsort(server->tasks, server->tasks_len, sizeof(server->tasks[0]),
	    in_order);
	return n;
}

static bool
is_before(const struct bank_task *a, const struct bank_task *b)
{
	return a->due_ms != b->due_ms ? a->due_ms < b->due_ms
				      : a->order < b->order;
}

static void
swap(struct bank_task *a, struct bank_task *b)
{
	const struct bank_task task = *a;

	*a = *b;
	*b = task;
}

static struct bank_task
take_first(struct bank_server *server)
{
	struct bank_task *heap = server->tasks;
	const struct bank_task first = heap[0];
	size_t at = 0, child;

	heap[0] = heap[--server->tasks_len];
	for (child = 1; child < server->tasks_len; child = 2 * at + 1) {
		if (child + 1 < server->tasks_len &&
		    is_before(&heap[child + 1], &heap[child]))
			child++;
		if (!is_before(&heap[child], &heap[at]))
			break;
		swap(&heap[at], &heap[child]);
		at = child;
	}
	return first;
}

static int
in_order(const void *a, const void *b)
{
	return is_before(a, b) ? -1 : 1;
}
