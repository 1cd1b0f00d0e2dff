/*
 * auth_example - ask for the code of the day, as a counter gives it out.
 *
 *	module example auth_example code-file=/etc/till/code max-tries=3
 *
 * A try is counted before it is looked at, so that tries side by side
 * cannot all pass under the limit.
 */
#include <string.h>

#include <till/module.h>

#define CODE_MAX 64 /* octets of a code */

/* The settings, as the table below places them, and what open adds. */
struct example {
	const char *code; /* the content of the file */
	int64_t max_tries, wait_ms;
	struct till_instance *instance; /* for the clock */
};

static int example_open(const struct till_host *, struct till_instance *,
    void *, int, struct till_error *);
static enum till_result example_auth(const struct till_host *,
    struct till_context *, const void *);
static enum till_result ask(const struct till_host *, struct till_context *);
static enum till_result judge(const struct till_host *, struct till_context *,
    const struct example *, const struct till_reply *);
static enum till_result wrong(const struct till_host *, struct till_context *,
    const struct example *);
static int must_wait(const struct till_host *, struct till_context *,
    const struct example *);
static uint32_t tries_add(const struct till_host *, struct till_context *);
static int is_code(const struct example *, const struct till_bytes *);

static const struct till_setting settings[] = {
	{ "code-file", TILL_SET_SECRET_FILE, TILL_SETTING_REQUIRED,
	    offsetof(struct example, code), NULL, 0, 0, NULL,
	    "a file with the code, which only the server may read" },
	{ "max-tries", TILL_SET_INT, 0, offsetof(struct example, max_tries),
	    "3", 1, 100, NULL, "wrong codes before the customer has to wait" },
	{ "wait", TILL_SET_DURATION, 0, offsetof(struct example, wait_ms),
	    "10m", 1000, 86400000, NULL, "how long that is" },
	TILL_SETTING_END
};

#define CAPS TILL_CAP_THREADSAFE

TILL_MODULE("auth_example", "0.1", TILL_AUTH, CAPS){
	TILL_MODULE_HEAD("auth_example", "0.1", TILL_AUTH, CAPS),
	.settings = settings,
	.instance_size = sizeof(struct example),
	.open = example_open,
	.auth = example_auth,
};

/* The settings have been checked by their table; here is the rest.  With
 * check_only the content of a secret file is not there yet. */
static int
example_open(const struct till_host *host, struct till_instance *instance,
    void *self, int check_only, struct till_error *err)
{
	struct example *example = self;

	(void)host;
	example->instance = instance;
	if (!check_only && strlen(example->code) > CODE_MAX)
		return till_fail(err, "a code has at most %d octets", CODE_MAX);
	return 0;
}

/* Called without a reply first, and again with each one. */
static enum till_result
example_auth(const struct till_host *host, struct till_context *ctx,
    const void *self)
{
	struct till_reply reply;

	if (must_wait(host, ctx, self))
		return host->fail(ctx, TILL_LOCKED, "locked",
		    "too many wrong codes");
	memset(&reply, 0, sizeof(reply));
	reply.size = sizeof(reply);
	if (host->reply(ctx, "code", &reply) == -1)
		return ask(host, ctx);
	return judge(host, ctx, self, &reply);
}

static enum till_result
ask(const struct till_host *host, struct till_context *ctx)
{
	const struct till_prompt prompt = {
		.size = sizeof(prompt),
		.kind = TILL_ASK_SECRET,
		.id = "code",
		.label = "auth.code",
		.text = "Code of the day",
		.min_len = 1,
		.max_len = CODE_MAX,
	};

	if (host->prompt(ctx, &prompt) == -1)
		return host->fail(ctx, TILL_ERROR, "prompt",
		    "the prompt was not taken");
	return TILL_NEED_INPUT;
}

/* For a customer whom the server does not know nothing is counted, and
 * nothing granted. */
static enum till_result
judge(const struct till_host *host, struct till_context *ctx,
    const struct example *example, const struct till_reply *reply)
{
	const int known = host->failed(ctx) == 0;

	if (!is_code(example, &reply->data) || !known)
		return wrong(host, ctx, example);
	if (host->succeeded(ctx) == -1 || host->method(ctx, "otp", 1) == -1)
		return host->fail(ctx, TILL_UNAVAILABLE, "counter",
		    "the success could not be recorded");
	return TILL_GRANT;
}

static enum till_result
wrong(const struct till_host *host, struct till_context *ctx,
    const struct example *example)
{
	const struct till_prompt prompt = {
		.size = sizeof(prompt),
		.kind = TILL_TELL_ERROR,
		.id = "wrong-code",
		.label = "auth.wrong-code",
		.text = "The code is wrong.",
	};

	if (tries_add(host, ctx) >= example->max_tries ||
	    must_wait(host, ctx, example))
		return host->fail(ctx, TILL_DENY, "wrong-code",
		    "the code was wrong too often");
	(void)host->prompt(ctx, &prompt);
	return ask(host, ctx);
}

static int
must_wait(const struct till_host *host, struct till_context *ctx,
    const struct example *example)
{
	struct till_failures failures;

	memset(&failures, 0, sizeof(failures));
	failures.size = sizeof(failures);
	return host->failures(ctx, &failures) == 0 &&
	    failures.count >= example->max_tries &&
	    host->time_s(example->instance) * 1000 <
	    failures.last_ms + example->wait_ms;
}

/* How often this conversation has tried: what is to be known in its next
 * call is kept by the server. */
static uint32_t
tries_add(const struct till_host *host, struct till_context *ctx)
{
	struct till_bytes state;
	uint32_t tries = 0;

	if (host->state_get(ctx, &state) == 0 && state.len == sizeof(tries))
		memcpy(&tries, state.data, sizeof(tries));
	tries++;
	state.data = (const unsigned char *)&tries;
	state.len = sizeof(tries);
	return host->state_put(ctx, state) == 0 ? tries : UINT32_MAX;
}

/* In the same time, wherever they differ; a code's length is no secret. */
static int
is_code(const struct example *example, const struct till_bytes *reply)
{
	const size_t len = strlen(example->code);
	unsigned char different = 0;
	size_t i;

	if (reply->len != len || len == 0)
		return 0;
	for (i = 0; i < len; i++)
		different |= (unsigned char)(reply->data[i] ^
		    (unsigned char)example->code[i]);
	return different == 0;
}
