/*
 * policy_even - allow only amounts that are a whole even number of
 * units; an example of a module that is built outside of till.
 */
#include <till/module.h>

static enum till_result
even_policy(const struct till_host *host, struct till_context *ctx,
    const void *self)
{
	const int64_t two_units = 2 * TILL_MICRO;

	(void)self;
	if (host->order(ctx)->amount.micro % two_units == 0)
		return TILL_ALLOW;
	return host->fail(ctx, TILL_REFUSE, "odd",
	    "only even amounts are paid");
}

TILL_MODULE("policy_even", "1.0", TILL_POLICY,
    TILL_CAP_THREADSAFE | TILL_CAP_PURE){
	TILL_MODULE_HEAD("policy_even", "1.0", TILL_POLICY,
	    TILL_CAP_THREADSAFE | TILL_CAP_PURE),
	.policy = even_policy,
};
