/*
 * settle_eager - does whatever it is asked for, though it declares none of
 * it; for the tests of the conformance suite.
 */
#include <till/module.h>

static enum till_result
eager_settle(const struct till_host *host, struct till_context *ctx,
    const void *self, const struct till_settlement *s,
    struct till_outcome *outcome_r, struct till_op *op)
{
	(void)host;
	(void)ctx;
	(void)self;
	(void)op;
	(void)snprintf(outcome_r->reference, sizeof(outcome_r->reference),
	    "%02x%02x", s->key[0], s->key[1]);
	switch (s->verb) {
	case TILL_CHARGE:
	case TILL_COMMIT:
		return TILL_COMMITTED;
	case TILL_HOLD:
		return TILL_HELD;
	case TILL_RELEASE:
		return TILL_RELEASED;
	case TILL_REVERSE:
		return TILL_REVERSED;
	case TILL_QUERY:
		break;
	}
	return TILL_NOT_FOUND;
}

TILL_MODULE("settle_eager", "1.0", TILL_SETTLE, 0){
	TILL_MODULE_HEAD("settle_eager", "1.0", TILL_SETTLE, 0),
	.settle = eager_settle,
};
