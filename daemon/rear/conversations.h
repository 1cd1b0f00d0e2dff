/*
 * conversations.h - what is kept between the steps of one order, or of one
 * sign-in.
 *
 * A conversation is named by a random id that only the front which began
 * it (and the customer's browser) knows.  One step at a time has it; a
 * step that comes meanwhile waits its turn.  What has been idle for its
 * time to live is forgotten.  Where there is no room for a new one, the
 * network that has the most idle ones gives up that which is idle longest:
 * so whoever begins many forgets his own.
 */
#ifndef REAR_CONVERSATIONS_H
#define REAR_CONVERSATIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CONVERSATIONS_MAX 16384 /* about orders */
/* Of sign-ins, which anybody may begin without a ticket: they make room for
 * each other and for nothing else. */
#define CONVERSATIONS_SIGN_IN_MAX 4096
#define CONVERSATION_ID_MAX 33 /* base64url of 24 octets, with NUL */
#define CONVERSATION_NETWORK_MAX 80 /* octets of its name, with NUL */
#define CONVERSATION_WAITERS_MAX 256 /* steps waiting for one */

struct conversations;

/* Embedded in what waits for a conversation. */
struct conversation_waiter {
	struct conversation_waiter *next;
};

struct conversation_network;

struct conversation {
	char id[CONVERSATION_ID_MAX];
	void *content; /* its owner's; freed with the conversation */
	/* The table's own. */
	struct conversation *next, *older, *newer;
	struct conversation *earlier, *later; /* of its network */
	struct conversation_network *network;
	int64_t used_ms;
	bool taken, parked;
	struct conversation_waiter *first, **last;
	size_t waiting;
};

/* Zero is no answer. */
enum conversation_take {
	CONVERSATION_NONE = 0,
	CONVERSATION_TAKEN, /* *conversation_r is the caller's */
	CONVERSATION_WAITS, /* the waiter is queued */
	CONVERSATION_PARKED, /* its step waits for an answer that may take
				long: do not wait */
	CONVERSATION_CROWDED, /* too many wait already */
	CONVERSATION_GONE
};

struct conversations *conversations_new(size_t max, int64_t ttl_ms,
    void (*free_content)(void *)); /* NULL: out of memory */
void conversations_free(struct conversations *); /* NULL is fine */
void conversations_set_ttl(struct conversations *, int64_t ttl_ms);

/* Begin one, taken by the caller.  network says where from, as tries_network
 * does; it is compared only, and copied.  NULL: no memory or random numbers,
 * or all of max are taken; content then stays the caller's. */
struct conversation *conversations_begin(struct conversations *, void *content,
    const char *network, int64_t now_ms);

enum conversation_take conversations_take(struct conversations *,
    const char *id, int64_t now_ms, struct conversation_waiter *,
    struct conversation **conversation_r);

/* Give it back.  If a step waits, the conversation is its own now: it is
 * returned. */
struct conversation_waiter *conversations_give(struct conversations *,
    struct conversation *, int64_t now_ms);

/* It stays taken, for long: returns those that wait, linked by next. */
struct conversation_waiter *conversations_park(struct conversations *,
    struct conversation *);

/* Forget what has been idle too long; at most some at one time. */
void conversations_sweep(struct conversations *, int64_t now_ms);
size_t conversations_len(struct conversations *);

#endif
