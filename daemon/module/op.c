/*
 * op.c - an answer that comes later: exactly one, from any thread.
 *
 * Three hold an operation: its owner, the module, and the list of the
 * instance.  done runs without the lock held, so that it may release the
 * operation; everybody else who would end it waits until done has
 * returned, so that the owner may free what arg points to.
 */
#include <assert.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "module/instance.h"
#include "module/op.h"
#include "module/outcome.h"

#define LOOK_MAX 16 /* operations looked at to forget one */

enum op_state {
	OP_OPEN = 1,
	OP_RUNNING, /* done is being run by runner */
	OP_ENDED
};

struct till_op {
	pthread_mutex_t lock;
	pthread_cond_t ended;
	enum op_state state;
	pthread_t runner;
	unsigned int refs;
	bool module_holds;
	struct op_list *list;
	struct till_op *prev, *next; /* under the list's lock */
	enum till_verb verb;
	uint32_t caps;
	void (*done)(void *arg, enum till_result, const struct till_outcome *);
	void *arg;
};

static void end(struct till_op *, enum till_result,
    const struct till_outcome *);
static void wait_ended(struct till_op *);
static void ref(struct till_op *);
static void unref(struct till_op *);
static void module_through(struct till_op *);
static void append(struct op_list *, struct till_op *);
static void take_out(struct op_list *, struct till_op *);
static void forget_one(struct op_list *);
static bool is_held(struct till_op *);

struct till_op *
op_new(void (*done)(void *arg, enum till_result, const struct till_outcome *),
    void *arg)
{
	struct till_op *op;

	op = calloc(1, sizeof(*op));
	if (op == NULL)
		return NULL;
	if (pthread_mutex_init(&op->lock, NULL) != 0) {
		free(op);
		return NULL;
	}
	if (pthread_cond_init(&op->ended, NULL) != 0) {
		(void)pthread_mutex_destroy(&op->lock);
		free(op);
		return NULL;
	}
	op->state = OP_OPEN;
	op->refs = 1;
	op->done = done;
	op->arg = arg;
	return op;
}

void
op_expire(struct till_op *op)
{
	struct till_outcome outcome;

	memset(&outcome, 0, sizeof(outcome));
	outcome.size = sizeof(outcome);
	(void)snprintf(outcome.text, sizeof(outcome.text),
	    "no answer before the deadline");
	ref(op);
	if (op->state == OP_OPEN)
		end(op, TILL_UNKNOWN, &outcome);
	else
		wait_ended(op);
	unref(op);
}

void
op_release(struct till_op *op)
{
	if (op == NULL)
		return;
	(void)pthread_mutex_lock(&op->lock);
	if (op->state == OP_OPEN)
		op->state = OP_ENDED;
	else
		wait_ended(op);
	unref(op);
}

int
op_list_init(struct op_list *list)
{
	memset(list, 0, sizeof(*list));
	return pthread_mutex_init(&list->lock, NULL) == 0 ? 0 : -1;
}

void
op_list_close(struct op_list *list)
{
	struct till_op *op;

	for (op = list->first; op != NULL; op = list->first) {
		assert(op->prev == NULL);
		take_out(list, op);
		(void)pthread_mutex_lock(&op->lock);
		op->list = NULL;
		module_through(op);
		unref(op);
	}
	(void)pthread_mutex_destroy(&list->lock);
}

void
op_hand_out(struct till_op *op, struct op_list *list, enum till_verb verb,
    uint32_t caps)
{
	(void)pthread_mutex_lock(&op->lock);
	assert(op->list == NULL && op->state == OP_OPEN);
	op->list = list;
	op->verb = verb;
	op->caps = caps;
	op->module_holds = true;
	op->refs += 2; /* the module's and the list's */
	(void)pthread_mutex_unlock(&op->lock);

	(void)pthread_mutex_lock(&list->lock);
	append(list, op);
	(void)pthread_mutex_unlock(&list->lock);
	/* Two for each one that comes, so that a heap grows smaller. */
	forget_one(list);
	forget_one(list);
}

bool
op_answered(struct till_op *op)
{
	bool first;

	ref(op);
	first = op->state == OP_OPEN;
	if (first)
		op->state = OP_ENDED;
	module_through(op);
	unref(op);
	return first;
}

void
op_given_up(struct till_op *op)
{
	ref(op);
	assert(op->module_holds);
	module_through(op);
	unref(op);
}

void
op_hold(struct till_op *op)
{
	ref(op);
	(void)pthread_mutex_unlock(&op->lock);
}

void
op_let_go(struct till_op *op)
{
	(void)pthread_mutex_lock(&op->lock);
	unref(op);
}

void
op_complete(struct till_op *op, enum till_result result,
    const struct till_outcome *outcome)
{
	struct till_outcome copy;
	enum till_result given = result;
	const char *why;

	outcome_copy(&copy, outcome);
	ref(op);
	if (op->state == OP_OPEN) {
		result = outcome_check(op->verb, op->caps, given, &copy, &why);
		if (why != NULL && result == given && op->list != NULL)
			atomic_fetch_add(&op->list->unsound, 1);
		if (result == TILL_PENDING)
			result = TILL_UNKNOWN; /* this was the late answer */
		end(op, result, &copy);
	} else if (op->list != NULL) {
		atomic_fetch_add(&op->list->late, 1);
	}
	module_through(op);
	unref(op);
}

/* Run done; the lock is held before and after, not meanwhile. */
static void
end(struct till_op *op, enum till_result result,
    const struct till_outcome *outcome)
{
	op->state = OP_RUNNING;
	op->runner = pthread_self();
	(void)pthread_mutex_unlock(&op->lock);
	op->done(op->arg, result, outcome);
	(void)pthread_mutex_lock(&op->lock);
	op->state = OP_ENDED;
	(void)pthread_cond_broadcast(&op->ended);
}

static void
wait_ended(struct till_op *op)
{
	while (op->state == OP_RUNNING &&
	    !pthread_equal(op->runner, pthread_self()))
		(void)pthread_cond_wait(&op->ended, &op->lock);
}

/* Lock it, and see to it that it lasts until unref. */
static void
ref(struct till_op *op)
{
	(void)pthread_mutex_lock(&op->lock);
	assert(op->refs > 0);
	op->refs++;
}

/* Unlock it, for one who holds it no longer. */
static void
unref(struct till_op *op)
{
	const bool last = --op->refs == 0;

	(void)pthread_mutex_unlock(&op->lock);
	if (!last)
		return;
	(void)pthread_cond_destroy(&op->ended);
	(void)pthread_mutex_destroy(&op->lock);
	free(op);
}

static void
module_through(struct till_op *op)
{
	if (!op->module_holds)
		return;
	op->module_holds = false;
	op->refs--;
	assert(op->refs > 0);
}

static void
append(struct op_list *list, struct till_op *op)
{
	op->prev = list->last;
	op->next = NULL;
	if (list->last != NULL)
		list->last->next = op;
	else
		list->first = op;
	list->last = op;
	list->len++;
}

static void
take_out(struct op_list *list, struct till_op *op)
{
	if (op->prev != NULL)
		op->prev->next = op->next;
	else
		list->first = op->next;
	if (op->next != NULL)
		op->next->prev = op->prev;
	else
		list->last = op->prev;
	list->len--;
}

/* If there are too many, let go of the oldest with which the module is
 * through; those with which it is not count as young again. */
static void
forget_one(struct op_list *list)
{
	struct till_op *op = NULL;
	int i;

	(void)pthread_mutex_lock(&list->lock);
	for (i = 0; i < LOOK_MAX && list->len > OP_KEPT_MAX; i++) {
		op = list->first;
		take_out(list, op);
		if (!is_held(op))
			break;
		append(list, op);
		op = NULL;
	}
	(void)pthread_mutex_unlock(&list->lock);
	if (op == NULL)
		return;
	(void)pthread_mutex_lock(&op->lock);
	op->list = NULL;
	unref(op);
}

static bool
is_held(struct till_op *op)
{
	bool held;

	(void)pthread_mutex_lock(&op->lock);
	held = op->module_holds;
	(void)pthread_mutex_unlock(&op->lock);
	return held;
}
