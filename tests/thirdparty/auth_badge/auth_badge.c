/*
 * auth_badge - know a customer by the number of a badge.
 *
 *	module badge auth_badge max-tries=3 wait=10m
 *
 * A customer may have several badges, each of which the operator enrols;
 * what is kept of one is a credential, which the server stores.  An
 * example of an auth module that is built outside of till.
 */
#include <string.h>

#include <till/module.h>

#define NUMBER_MIN 6
#define NUMBER_MAX 32
#define PREFIX "badge-" /* of the credentials' ids */

struct badge {
	int64_t max_tries, wait_ms;
	struct till_instance *instance;
};

/* What is looked for among the customer's badges. */
struct search {
	const struct till_bytes *number;
	unsigned int badges;
	int found;
};

static int badge_open(const struct till_host *, struct till_instance *, void *,
    int, struct till_error *);
static enum till_result badge_auth(const struct till_host *,
    struct till_context *, const void *);
static enum till_result ask(const struct till_host *, struct till_context *,
    const char *text);
static enum till_result judge(const struct till_host *, struct till_context *,
    const struct till_reply *);
static int must_wait(const struct till_host *, struct till_context *,
    const struct badge *);
static int compare(void *, const struct till_credential *);
static int same(const struct till_bytes *, const struct till_bytes *);
static enum till_result badge_enrol(const struct till_host *,
    struct till_context *, const void *, enum till_enrol);
static enum till_result add(const struct till_host *, struct till_context *,
    const struct badge *);
static enum till_result take_away(const struct till_host *,
    struct till_context *);
static int id_make(const struct till_host *, char *id, size_t size);

static const struct till_setting settings[] = {
	{ "max-tries", TILL_SET_INT, 0, offsetof(struct badge, max_tries), "3",
	    1, 100, NULL, "unknown badges before the customer has to wait" },
	{ "wait", TILL_SET_DURATION, 0, offsetof(struct badge, wait_ms), "10m",
	    1000, 86400000, NULL, "how long that is" },
	TILL_SETTING_END
};

#define CAPS TILL_CAP_THREADSAFE

TILL_MODULE("auth_badge", "1.0", TILL_AUTH, CAPS){
	TILL_MODULE_HEAD("auth_badge", "1.0", TILL_AUTH, CAPS),
	.settings = settings,
	.instance_size = sizeof(struct badge),
	.open = badge_open,
	.auth = badge_auth,
	.enrol = badge_enrol,
};

static int
badge_open(const struct till_host *host, struct till_instance *instance,
    void *self, int check_only, struct till_error *err)
{
	struct badge *badge = self;

	(void)host;
	(void)check_only;
	(void)err;
	badge->instance = instance;
	return 0;
}

static enum till_result
badge_auth(const struct till_host *host, struct till_context *ctx,
    const void *self)
{
	struct till_reply reply;

	if (must_wait(host, ctx, self))
		return host->fail(ctx, TILL_LOCKED, "locked",
		    "too many unknown badges");
	memset(&reply, 0, sizeof(reply));
	reply.size = sizeof(reply);
	if (host->reply(ctx, "badge", &reply) == -1)
		return ask(host, ctx, "Badge");
	return judge(host, ctx, &reply);
}

static enum till_result
ask(const struct till_host *host, struct till_context *ctx, const char *text)
{
	const struct till_prompt prompt = {
		.size = sizeof(prompt),
		.kind = TILL_ASK_SECRET,
		.id = "badge",
		.text = text,
		.min_len = NUMBER_MIN,
		.max_len = NUMBER_MAX,
	};

	if (host->prompt(ctx, &prompt) == -1)
		return host->fail(ctx, TILL_ERROR, "prompt",
		    "the prompt was not taken");
	return TILL_NEED_INPUT;
}

/* The try is counted before it is looked at. */
static enum till_result
judge(const struct till_host *host, struct till_context *ctx,
    const struct till_reply *reply)
{
	struct search search = { .number = &reply->data };

	if (host->failed(ctx) == -1)
		return host->fail(ctx, TILL_DENY, "unknown-badge",
		    "the server does not know the customer");
	if (host->credential_list(ctx, compare, &search) == -1 || !search.found)
		return host->fail(ctx, TILL_DENY, "unknown-badge",
		    "it is none of the customer's %u badges", search.badges);
	if (host->succeeded(ctx) == -1 || host->method(ctx, "kba", 1) == -1)
		return host->fail(ctx, TILL_UNAVAILABLE, "counter",
		    "the success could not be recorded");
	return TILL_GRANT;
}

static int
must_wait(const struct till_host *host, struct till_context *ctx,
    const struct badge *badge)
{
	struct till_failures failures;

	memset(&failures, 0, sizeof(failures));
	failures.size = sizeof(failures);
	return host->failures(ctx, &failures) == 0 &&
	    failures.count >= badge->max_tries &&
	    host->time_s(badge->instance) * 1000 <
	    failures.last_ms + badge->wait_ms;
}

/* All of them, so that the time does not tell which one it was. */
static int
compare(void *arg, const struct till_credential *credential)
{
	struct search *search = arg;

	search->badges++;
	if (same(search->number, &credential->data))
		search->found = 1;
	return 0;
}

static int
same(const struct till_bytes *a, const struct till_bytes *b)
{
	unsigned char different = 0;
	size_t i;

	if (a->len != b->len)
		return 0;
	for (i = 0; i < a->len; i++)
		different |= (unsigned char)(a->data[i] ^ b->data[i]);
	return different == 0;
}

static enum till_result
badge_enrol(const struct till_host *host, struct till_context *ctx,
    const void *self, enum till_enrol what)
{
	switch (what) {
	case TILL_ENROL_ADD:
		return add(host, ctx, self);
	case TILL_ENROL_REMOVE:
		return take_away(host, ctx);
	}
	return TILL_ERROR;
}

static enum till_result
add(const struct till_host *host, struct till_context *ctx,
    const struct badge *badge)
{
	struct till_credential credential;
	char id[sizeof(PREFIX) + 16];
	struct till_reply reply;

	memset(&reply, 0, sizeof(reply));
	reply.size = sizeof(reply);
	if (host->reply(ctx, "badge", &reply) == -1)
		return ask(host, ctx, "New badge");
	if (id_make(host, id, sizeof(id)) == -1)
		return host->fail(ctx, TILL_UNAVAILABLE, "random",
		    "there is no randomness");
	memset(&credential, 0, sizeof(credential));
	credential.size = sizeof(credential);
	credential.secret = 1;
	credential.id = id;
	credential.label = "badge";
	credential.created_ms = host->time_s(badge->instance) * 1000;
	credential.data = reply.data;
	if (host->credential_put(ctx, &credential) == -1)
		return host->fail(ctx, TILL_UNAVAILABLE, "store",
		    "the badge could not be stored");
	return TILL_GRANT;
}

static enum till_result
take_away(const struct till_host *host, struct till_context *ctx)
{
	char id[sizeof(PREFIX) + 16];
	struct till_reply reply;

	memset(&reply, 0, sizeof(reply));
	reply.size = sizeof(reply);
	if (host->reply(ctx, "credential", &reply) == -1 ||
	    reply.data.len >= sizeof(id))
		return host->fail(ctx, TILL_DENY, "not-found",
		    "a badge is removed by its id");
	memcpy(id, reply.data.data, reply.data.len);
	id[reply.data.len] = '\0';
	if (host->credential_remove(ctx, id) == -1)
		return host->fail(ctx, TILL_DENY, "not-found",
		    "there is no such badge");
	return TILL_GRANT;
}

static int
id_make(const struct till_host *host, char *id, size_t size)
{
	unsigned char random[4];

	if (host->random(random, sizeof(random)) == -1)
		return -1;
	(void)snprintf(id, size, PREFIX "%02x%02x%02x%02x", random[0],
	    random[1], random[2], random[3]);
	return 0;
}
