/*
 * settle_once - moves money in whole minor units and cannot say afterwards
 * whether it did: for tests.
 */
#include <till/module.h>

static enum till_result once_settle(const struct till_host *,
    struct till_context *, const void *, const struct till_settlement *,
    struct till_outcome *, struct till_op *);

TILL_MODULE("settle_once", "1.0", TILL_SETTLE, TILL_CAP_IDEMPOTENT){
	TILL_MODULE_HEAD("settle_once", "1.0", TILL_SETTLE,
	    TILL_CAP_IDEMPOTENT),
	.settle = once_settle,
};

static enum till_result
once_settle(const struct till_host *host, struct till_context *ctx,
    const void *self, const struct till_settlement *settlement,
    struct till_outcome *outcome, struct till_op *op)
{
	(void)host;
	(void)ctx;
	(void)self;
	(void)settlement;
	(void)outcome;
	(void)op;
	return TILL_NOT_ATTEMPTED;
}
