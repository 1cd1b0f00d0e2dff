/*
 * liar - its note says that it is no mock, its descriptor that it is one.
 */
#include <till/module.h>

static enum till_result liar_policy(const struct till_host *,
    struct till_context *, const void *);

TILL_MODULE("liar", "1.0", TILL_POLICY, 0){
	TILL_MODULE_HEAD("liar", "1.0", TILL_POLICY, TILL_CAP_MOCK),
	.policy = liar_policy,
};

static enum till_result
liar_policy(const struct till_host *host, struct till_context *ctx,
    const void *self)
{
	(void)host;
	(void)ctx;
	(void)self;
	return TILL_ALLOW;
}
