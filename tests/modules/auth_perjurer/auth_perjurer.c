/*
 * auth_perjurer - declares that it never grants, and grants; for the tests
 * of the conformance suite.
 */
#include <till/module.h>

static enum till_result
perjurer_auth(const struct till_host *host, struct till_context *ctx,
    const void *self)
{
	(void)self;
	return host->method(ctx, "pwd", 1) == 0 ? TILL_GRANT : TILL_ERROR;
}

TILL_MODULE("auth_perjurer", "1.0", TILL_AUTH, TILL_CAP_ABSTAINS){
	TILL_MODULE_HEAD("auth_perjurer", "1.0", TILL_AUTH, TILL_CAP_ABSTAINS),
	.auth = perjurer_auth,
};
