/*
 * op.h - the module's side of pending settlements; see instance.h for
 * the owner's.
 *
 * A module may keep an operation's pointer for longer than it should and
 * complete it twice.  So an instance keeps every operation that it has
 * handed out for a while after both sides are through: a completion that
 * comes then is seen as late, not as a write into freed memory.
 */
#ifndef MODULE_OP_H
#define MODULE_OP_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <till/module.h>

#define OP_KEPT_MAX 1024 /* operations kept after they are through */

/* The operations that one instance has handed to its module. */
struct op_list {
	pthread_mutex_t lock;
	struct till_op *first, *last; /* the oldest first */
	size_t len;
	atomic_uint late; /* completions that were refused */
	atomic_uint unsound; /* whose postings were dropped */
};

int op_list_init(struct op_list *); /* -1: out of memory */
/* The module is gone: it will complete nothing any more. */
void op_list_close(struct op_list *);

/* Hand an operation to the module, for one settlement. */
void op_hand_out(struct till_op *, struct op_list *, enum till_verb,
    uint32_t caps);

/*
 * The module has answered the call itself.  If it has also completed the
 * operation, that came first and holds: false, and nothing is changed.
 * Otherwise true, and later completions are refused.
 */
bool op_answered(struct till_op *);

/* The module cannot name the operation any more, though it has neither
 * answered nor completed it.  It must hold it still. */
void op_given_up(struct till_op *);

/* Keep an operation that the module holds from going, and let it go. */
void op_hold(struct till_op *);
void op_let_go(struct till_op *);

/* host->complete. */
void op_complete(struct till_op *, enum till_result,
    const struct till_outcome *);

#endif
