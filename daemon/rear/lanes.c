/*
 * lanes.c - lanes in a table by merchant, and in queues by what is next.
 */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rear/lanes.h"

#define BUCKETS 4096 /* a power of two */

struct queue {
	struct lane *first, **last;
};

struct lanes {
	struct lane *buckets[BUCKETS];
	struct queue good, slow; /* ready */
	struct lane *asleep;
	size_t len, busy_len, asleep_len, slow_len, failed_len, taken_len;
	unsigned int slow_max, slow_taken;
	bool turn; /* of the slow ones */
};

static struct lane **place(struct lanes *, const char *);
static struct lane *get(struct lanes *, const char *);
static void start(struct lanes *, struct lane *);
static void go_back(struct lane *);
static void push(struct lanes *, struct lane *);
static struct lane *pop(struct queue *);
static void give_back(struct lanes *, struct lane *);
static void mark(struct lanes *, struct lane *, bool, bool);

struct lanes *
lanes_new(unsigned int slow_max)
{
	struct lanes *lanes = calloc(1, sizeof(*lanes));

	if (lanes == NULL)
		return NULL;
	lanes->good.last = &lanes->good.first;
	lanes->slow.last = &lanes->slow.first;
	lanes->slow_max = slow_max;
	return lanes;
}

void
lanes_free(struct lanes *lanes)
{
	struct lane *lane;
	size_t i;

	if (lanes == NULL)
		return;
	for (i = 0; i < BUCKETS; i++) {
		while (lanes->buckets[i] != NULL) {
			lane = lanes->buckets[i];
			lanes->buckets[i] = lane->chain;
			free(lane);
		}
	}
	free(lanes);
}

bool
lanes_wake(struct lanes *lanes, const char *merchant)
{
	struct lane *lane = get(lanes, merchant);

	if (lane == NULL)
		return false;
	if (lane->state == LANE_TAKEN)
		lane->more = true;
	else if (lane->state == LANE_IDLE)
		start(lanes, lane);
	return true;
}

bool
lanes_again(struct lanes *lanes, const char *merchant, uint64_t sequence)
{
	struct lane *lane = get(lanes, merchant);

	if (lane == NULL)
		return false;
	if (lane->state == LANE_TAKEN) {
		if (lane->back == 0 || sequence < lane->back)
			lane->back = sequence;
		lane->more = true;
		return true;
	}
	if (sequence < lane->at)
		lane->at = sequence;
	if (lane->state == LANE_IDLE)
		start(lanes, lane);
	lane->due_ms = 0;
	return true;
}

size_t
lanes_tick(struct lanes *lanes, int64_t now_ms)
{
	struct lane **at = &lanes->asleep, *lane;
	size_t n = 0;

	while (*at != NULL) {
		lane = *at;
		if (lane->due_ms > now_ms) {
			at = &lane->link;
			continue;
		}
		*at = lane->link;
		lanes->asleep_len--;
		push(lanes, lane);
		n++;
	}
	return n;
}

/* The good and the slow in turns, so that neither holds up the other. */
struct lane *
lanes_take(struct lanes *lanes)
{
	bool slow_ok =
	    lanes->slow.first != NULL && lanes->slow_taken < lanes->slow_max;
	struct lane *lane;

	if (lanes->good.first == NULL && !slow_ok)
		return NULL;
	if (slow_ok && (lanes->turn || lanes->good.first == NULL))
		lane = pop(&lanes->slow);
	else
		lane = pop(&lanes->good);
	lanes->turn = !lanes->turn;
	lane->state = LANE_TAKEN;
	lane->more = false;
	lanes->taken_len++;
	if (lane->slow)
		lanes->slow_taken++;
	return lane;
}

void
lanes_told(struct lanes *lanes, struct lane *lane, uint64_t next, bool slow)
{
	give_back(lanes, lane);
	mark(lanes, lane, slow, false);
	lane->at = next;
	go_back(lane);
	push(lanes, lane);
}

void
lanes_sleep(struct lanes *lanes, struct lane *lane, int64_t due_ms, bool failed)
{
	give_back(lanes, lane);
	mark(lanes, lane, failed, failed);
	lane->due_ms = lane->back != 0 ? 0 : due_ms;
	go_back(lane);
	lane->state = LANE_ASLEEP;
	lane->link = lanes->asleep;
	lanes->asleep = lane;
	lanes->asleep_len++;
}

void
lanes_idle(struct lanes *lanes, struct lane *lane)
{
	give_back(lanes, lane);
	go_back(lane);
	/* Who was long about the last one will be about the next one. */
	mark(lanes, lane, lane->slow && !lane->failed, false);
	if (lane->more) {
		push(lanes, lane);
		return;
	}
	lane->state = LANE_IDLE;
	lanes->busy_len--;
}

void
lanes_stats(const struct lanes *lanes, struct lanes_stats *stats)
{
	stats->busy = lanes->busy_len;
	stats->asleep = lanes->asleep_len;
	stats->slow = lanes->slow_len;
	stats->failed = lanes->failed_len;
	stats->taken = lanes->taken_len;
}

/* Where the merchant's lane is, or would be put. */
static struct lane **
place(struct lanes *lanes, const char *merchant)
{
	uint32_t h = 2166136261u;
	struct lane **at;
	const char *c;

	for (c = merchant; *c != '\0'; c++)
		h = (h ^ (unsigned char)*c) * 16777619u;
	at = &lanes->buckets[h & (BUCKETS - 1)];
	while (*at != NULL && strcmp((*at)->merchant, merchant) != 0)
		at = &(*at)->chain;
	return at;
}

/* The merchant's lane, made if there is none. */
static struct lane *
get(struct lanes *lanes, const char *merchant)
{
	struct lane **at = place(lanes, merchant);

	if (*at != NULL || lanes->len == LANES_MAX)
		return *at;
	*at = calloc(1, sizeof(**at));
	if (*at == NULL)
		return NULL;
	(void)snprintf((*at)->merchant, sizeof((*at)->merchant), "%s",
	    merchant);
	lanes->len++;
	return *at;
}

static void
start(struct lanes *lanes, struct lane *lane)
{
	lanes->busy_len++;
	push(lanes, lane);
}

static void
go_back(struct lane *lane)
{
	if (lane->back != 0 && lane->back < lane->at)
		lane->at = lane->back;
	lane->back = 0;
}

static void
push(struct lanes *lanes, struct lane *lane)
{
	struct queue *queue = lane->slow ? &lanes->slow : &lanes->good;

	lane->state = LANE_READY;
	lane->link = NULL;
	*queue->last = lane;
	queue->last = &lane->link;
}

static struct lane *
pop(struct queue *queue)
{
	struct lane *lane = queue->first;

	queue->first = lane->link;
	if (queue->first == NULL)
		queue->last = &queue->first;
	lane->link = NULL;
	return lane;
}

static void
give_back(struct lanes *lanes, struct lane *lane)
{
	assert(lane->state == LANE_TAKEN);
	lanes->taken_len--;
	if (lane->slow)
		lanes->slow_taken--;
}

static void
mark(struct lanes *lanes, struct lane *lane, bool slow, bool failed)
{
	lanes->slow_len -= lane->slow ? 1 : 0;
	lanes->failed_len -= lane->failed ? 1 : 0;
	lane->slow = slow;
	lane->failed = failed;
	lanes->slow_len += slow ? 1 : 0;
	lanes->failed_len += failed ? 1 : 0;
}
