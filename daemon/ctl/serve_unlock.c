/*
 * serve_unlock.c - the operator lifts what failed tries have brought about.
 */
#include <sysexits.h>

#include "ctl/call.h"

static int unlock_one(struct call *, const char *cid, const char *instance,
    bool *lifted_r);

int
serve_customer_unlock(struct call *call, const char *cid)
{
	struct generation *generation = rear_generation(call->rear);
	const struct conf_stack *auth = &generation->conf->auth;
	const struct instance *instance;
	bool lifted = false;
	int status = EX_OK;
	size_t i;

	for (i = 0; i < auth->len && status == EX_OK; i++) {
		instance = generation_instance(generation, &auth->rules[i]);
		if (instance != NULL)
			status = unlock_one(call, cid, instance_name(instance),
			    &lifted);
	}
	generation_unref(generation);
	rear_customer_unlocked(call->rear, cid);
	if (status == EX_OK && lifted)
		status = call_record(call, "customer unlock %s", cid);
	return status;
}

int
serve_merchant_unlock(struct call *call, const char *mid)
{
	bool lifted = false;
	int status = unlock_one(call, mid, LEDGER_OF_MERCHANTS, &lifted);

	rear_merchant_unlocked(call->rear, mid);
	if (status == EX_OK && lifted)
		status = call_record(call, "merchant unlock %s", mid);
	return status;
}

static int
unlock_one(struct call *call, const char *cid, const char *instance,
    bool *lifted_r)
{
	struct till_failures failures = { 0 };
	struct ledger_request clear = { .op = LEDGER_FAILURE,
		.instance = instance,
		.cid = cid,
		.failures = &failures,
		.actor = call->actor };

	switch (ledger_failures_get(rear_ledger(call->rear), instance, cid,
	    &failures, &call->err)) {
	case 0:
		break;
	case 1:
		return EX_OK;
	default:
		return EX_SOFTWARE;
	}
	failures.count = 0;
	*lifted_r = true;
	return call_apply(call, &clear);
}
