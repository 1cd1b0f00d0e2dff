/*
 * tries.c - count before looking, and make who fails often wait.
 */
#include <string.h>

#include "common/tries.h"

static int none(void *, const struct till_credential *);
static bool get(const struct till_host *, struct till_context *,
    struct till_failures *);

bool
tries_known(const struct till_host *host, struct till_context *ctx)
{
	return host->credential_list(ctx, none, NULL) != -1;
}

/* A clock that went back counts as no time. */
bool
tries_wait(const struct tries *tries, const struct till_host *host,
    struct till_context *ctx)
{
	int64_t delay_ms = tries->delay_ms;
	struct till_failures failures;
	uint32_t i;

	if (!get(host, ctx, &failures) || failures.count < tries->max_tries)
		return false;
	for (i = (uint32_t)tries->max_tries;
	     i < failures.count && delay_ms < TRIES_DELAY_CAP_MS; i++)
		delay_ms *= 2;
	if (delay_ms > TRIES_DELAY_CAP_MS)
		delay_ms = TRIES_DELAY_CAP_MS;
	return host->time_s(tries->instance) * 1000 <
	    failures.last_ms + delay_ms;
}

enum till_result
tries_begin(const struct tries *tries, const struct till_host *host,
    struct till_context *ctx, struct tries_count *count_r)
{
	struct till_failures before, after;

	*count_r = (struct tries_count){ .known = tries_known(host, ctx) };
	if (!get(host, ctx, &before) || host->failed(ctx) == -1 ||
	    !get(host, ctx, &after))
		return host->fail(ctx, TILL_UNAVAILABLE, "counter",
		    "the failure could not be counted");
	count_r->failures = after.count;
	if (after.count > tries->max_tries && after.count > before.count + 1)
		return tries_locked(host, ctx);
	return TILL_GRANT;
}

bool
tries_wrong(const struct tries *tries, const struct till_host *host,
    struct till_context *ctx, const struct tries_count *count, uint32_t here)
{
	if (count->failures == tries->max_tries)
		(void)host->alert(ctx, "auth.alert",
		    "too many failed tries: the customer is delayed");
	return here < tries->max_tries && count->failures < tries->max_tries;
}

uint32_t
tries_here(const struct till_host *host, struct till_context *ctx)
{
	struct till_bytes state;
	uint32_t tries = 0;

	if (host->state_get(ctx, &state) == 0 && state.len == sizeof(tries))
		memcpy(&tries, state.data, sizeof(tries));
	tries++;
	state.data = (const unsigned char *)&tries;
	state.len = sizeof(tries);
	return host->state_put(ctx, state) == -1 ? UINT32_MAX : tries;
}

enum till_result
tries_locked(const struct till_host *host, struct till_context *ctx)
{
	return host->fail(ctx, TILL_LOCKED, "locked", "too many failed tries");
}

/* One is enough. */
static int
none(void *arg, const struct till_credential *credential)
{
	(void)arg;
	(void)credential;
	return 1;
}

static bool
get(const struct till_host *host, struct till_context *ctx,
    struct till_failures *failures)
{
	memset(failures, 0, sizeof(*failures));
	failures->size = sizeof(*failures);
	if (host->size >= offsetof(struct till_host, failures_here) +
		sizeof(host->failures_here))
		return host->failures_here(ctx, failures) == 0;
	return host->failures(ctx, failures) == 0;
}
