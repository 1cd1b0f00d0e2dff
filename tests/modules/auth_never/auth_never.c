/*
 * auth_never - knows nobody and never will: for tests.
 */
#include <till/module.h>

static enum till_result never_auth(const struct till_host *,
    struct till_context *, const void *);

TILL_MODULE("auth_never", "1.0", TILL_AUTH, TILL_CAP_ABSTAINS){
	TILL_MODULE_HEAD("auth_never", "1.0", TILL_AUTH, TILL_CAP_ABSTAINS),
	.auth = never_auth,
};

static enum till_result
never_auth(const struct till_host *host, struct till_context *ctx,
    const void *self)
{
	(void)host;
	(void)ctx;
	(void)self;
	return TILL_ABSTAIN;
}
