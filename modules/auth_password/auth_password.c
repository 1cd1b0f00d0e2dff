/*
 * auth_password - ask for a password; yescrypt (crypt(5), "$y$").
 *
 *	module pin auth_password max-tries=5 delay=2s on-max=surveillance
 *
 * A customer who does not exist, or has no password, is asked the same
 * and costs the same time: a dummy of the same cost is hashed instead.
 * A try is counted before it is looked at, so that tries side by side
 * cannot all pass under the limit.
 *
 * Delays go by the failures at one place, which are in memory alone, for
 * whatever name.  Those that are kept for good, for on-max=suspend, are of
 * known customers only: so they decide that no password is right any more,
 * and what is said then is what is said of a wrong one.
 */
#include <crypt.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <till/module.h>

#define PASSWORD_MAX 256 /* octets; crypt takes 512 */
#define DELAY_CAP_MS (INT64_C(15) * 60 * 1000)
#define SALT_SIZE 32 /* octets of randomness for crypt_gensalt_rn */
#define CREDENTIAL "password" /* id of the credential and of the prompt */
#define NEW_PASSWORD "new-password"

enum on_max { SURVEILLANCE, SUSPEND };

struct password {
	int64_t max_tries, delay_ms, min_length, cost;
	int on_max;
	struct till_instance *instance;
	char dummy[CRYPT_OUTPUT_SIZE]; /* a hash that no password has */
};

static int password_open(const struct till_host *, struct till_instance *,
    void *, int, struct till_error *);
static enum till_result password_auth(const struct till_host *,
    struct till_context *, const void *);
static enum till_result ask(const struct till_host *, struct till_context *);
static enum till_result judge(const struct till_host *, struct till_context *,
    const struct password *, const char *phrase);
static enum till_result granted(const struct till_host *, struct till_context *,
    const struct password *, const char *phrase, const char *hash);
static enum till_result wrong(const struct till_host *, struct till_context *,
    const struct password *, uint32_t here, uint32_t all);
static enum till_result locked(const struct till_host *, struct till_context *);
static bool is_locked(const struct till_host *, const struct password *,
    const struct till_failures *);
static void failures_get(const struct till_host *, struct till_context *,
    struct till_failures *);
static uint32_t failures_kept(const struct till_host *, struct till_context *,
    const struct password *);
static uint32_t tries_add(const struct till_host *, struct till_context *);
static bool hash_get(const struct till_host *, struct till_context *,
    char hash[CRYPT_OUTPUT_SIZE]);
static int reply_get(const struct till_host *, struct till_context *,
    const char *id, char phrase[PASSWORD_MAX + 1]);
static bool matches(const char *phrase, const char *hash);
static int hash_new(const struct till_host *, const struct password *,
    const char *phrase, char hash_r[CRYPT_OUTPUT_SIZE]);
static enum till_result password_enrol(const struct till_host *,
    struct till_context *, const void *, enum till_enrol);
static enum till_result add(const struct till_host *, struct till_context *,
    const struct password *);
static int store(const struct till_host *, struct till_context *,
    const struct password *, const char *phrase);

static const char *const on_max_names[] = { "surveillance", "suspend", NULL };

static const struct till_setting settings[] = {
	{ "max-tries", TILL_SET_INT, 0, offsetof(struct password, max_tries),
	    "5", 1, 100, NULL, "wrong passwords before on-max takes effect" },
	{ "delay", TILL_SET_DURATION, 0, offsetof(struct password, delay_ms),
	    "2s", 1, DELAY_CAP_MS, NULL,
	    "first delay of surveillance; doubles with every failure" },
	{ "on-max", TILL_SET_ENUM, 0, offsetof(struct password, on_max),
	    "surveillance", 0, 0, on_max_names,
	    "growing delay, or locked until the operator lifts it" },
	{ "min-length", TILL_SET_INT, 0, offsetof(struct password, min_length),
	    "8", 1, PASSWORD_MAX, NULL, "octets of a new password" },
	{ "cost", TILL_SET_INT, 0, offsetof(struct password, cost), "5", 1, 11,
	    NULL, "of yescrypt, see crypt(5)" },
	TILL_SETTING_END
};

TILL_MODULE("auth_password", "1.0", TILL_AUTH,
    TILL_CAP_THREADSAFE | TILL_CAP_SLOW | TILL_CAP_SESSION){
	TILL_MODULE_HEAD("auth_password", "1.0", TILL_AUTH,
	    TILL_CAP_THREADSAFE | TILL_CAP_SLOW | TILL_CAP_SESSION),
	.settings = settings,
	.instance_size = sizeof(struct password),
	.open = password_open,
	.auth = password_auth,
	.enrol = password_enrol,
};

static int
password_open(const struct till_host *host, struct till_instance *instance,
    void *self, int check_only, struct till_error *err)
{
	struct password *p = self;
	unsigned char random[SALT_SIZE];
	char phrase[2 * SALT_SIZE + 1];
	size_t i;

	p->instance = instance;
	if (check_only)
		return 0;
	if (host->random(random, sizeof(random)) == -1)
		return till_fail(err, "no randomness");
	for (i = 0; i < sizeof(random); i++)
		(void)snprintf(phrase + 2 * i, 3, "%02x", random[i]);
	if (hash_new(host, p, phrase, p->dummy) == -1)
		return till_fail(err, "crypt has no yescrypt of cost %d",
		    (int)p->cost);
	explicit_bzero(random, sizeof(random));
	explicit_bzero(phrase, sizeof(phrase));
	return 0;
}

static enum till_result
password_auth(const struct till_host *host, struct till_context *ctx,
    const void *self)
{
	const struct password *p = self;
	char phrase[PASSWORD_MAX + 1];
	struct till_failures failures;
	enum till_result result;

	failures_get(host, ctx, &failures);
	if (is_locked(host, p, &failures))
		return locked(host, ctx);
	if (reply_get(host, ctx, CREDENTIAL, phrase) == -1)
		return ask(host, ctx);
	result = judge(host, ctx, p, phrase);
	explicit_bzero(phrase, sizeof(phrase));
	return result;
}

static enum till_result
ask(const struct till_host *host, struct till_context *ctx)
{
	const struct till_prompt prompt = {
		.size = sizeof(prompt),
		.kind = TILL_ASK_SECRET,
		.id = CREDENTIAL,
		.label = "auth.password",
		.text = "Password",
		.min_len = 1,
		.max_len = PASSWORD_MAX,
	};

	if (host->prompt(ctx, &prompt) == -1)
		return host->fail(ctx, TILL_ERROR, "prompt",
		    "the password prompt was not taken");
	return TILL_NEED_INPUT;
}

/* Count the try, then look at it.  A count that others have raised
 * meanwhile past the limit means that they try side by side. */
static enum till_result
judge(const struct till_host *host, struct till_context *ctx,
    const struct password *p, const char *phrase)
{
	struct till_failures before, after;
	char hash[CRYPT_OUTPUT_SIZE];
	const bool known = hash_get(host, ctx, hash);
	enum till_result result;
	uint32_t kept;
	bool right;

	failures_get(host, ctx, &before);
	if (host->failed(ctx) == -1 && known)
		return host->fail(ctx, TILL_UNAVAILABLE, "counter",
		    "the failure could not be counted");
	failures_get(host, ctx, &after);
	kept = failures_kept(host, ctx, p);
	if (after.count > p->max_tries && after.count > before.count + 1)
		return locked(host, ctx);

	right = matches(phrase, known ? hash : p->dummy);
	if (right && known && kept <= p->max_tries)
		result = granted(host, ctx, p, phrase, hash);
	else
		result = wrong(host, ctx, p, after.count,
		    p->on_max == SUSPEND ? kept : after.count);
	explicit_bzero(hash, sizeof(hash));
	return result;
}

/* A hash of another cost than is configured is replaced, so that all
 * passwords cost the same time. */
static enum till_result
granted(const struct till_host *host, struct till_context *ctx,
    const struct password *p, const char *phrase, const char *hash)
{
	const size_t prefix = strcspn(p->dummy + 3, "$") + 3;

	if (host->succeeded(ctx) == -1)
		return host->fail(ctx, TILL_UNAVAILABLE, "counter",
		    "the success could not be recorded");
	if (strncmp(hash, p->dummy, prefix) != 0 &&
	    store(host, ctx, p, phrase) == -1)
		host->log(ctx, TILL_LOG_WARNING,
		    "the password could not be hashed anew");
	if (host->method(ctx, "pwd", 1) == -1)
		return host->fail(ctx, TILL_ERROR, "method",
		    "the method was not taken");
	return TILL_GRANT;
}

/*
 * The conversation ends when it has used its tries or those of its place are
 * used up: here, counted for whatever name.  all, of those that on-max counts,
 * is for who watches.
 */
static enum till_result
wrong(const struct till_host *host, struct till_context *ctx,
    const struct password *p, uint32_t here, uint32_t all)
{
	const struct till_prompt prompt = {
		.size = sizeof(prompt),
		.kind = TILL_TELL_ERROR,
		.id = "wrong-password",
		.label = "auth.wrong-password",
		.text = "The password is wrong.",
	};
	const uint32_t tries = tries_add(host, ctx);

	if (all == p->max_tries)
		(void)host->alert(ctx, "auth.alert",
		    p->on_max == SUSPEND
			? "too many wrong passwords: the customer is locked"
			: "too many wrong passwords: the customer is delayed");
	if (tries >= p->max_tries || here >= p->max_tries)
		return host->fail(ctx, TILL_DENY, "wrong-password",
		    "the password is wrong, %u tries in this conversation",
		    (unsigned int)tries);
	if (host->prompt(ctx, &prompt) == -1)
		return host->fail(ctx, TILL_ERROR, "prompt",
		    "the error text was not taken");
	return ask(host, ctx);
}

static enum till_result
locked(const struct till_host *host, struct till_context *ctx)
{
	return host->fail(ctx, TILL_LOCKED, "locked",
	    "too many wrong passwords");
}

/* From max-tries on the delay doubles with every failure at the place, up to
 * a quarter of an hour.  A clock that went back counts as no time. */
static bool
is_locked(const struct till_host *host, const struct password *p,
    const struct till_failures *failures)
{
	int64_t delay_ms = p->delay_ms, now_ms;
	uint32_t i;

	if (failures->count < p->max_tries)
		return false;
	for (i = (uint32_t)p->max_tries;
	     i < failures->count && delay_ms < DELAY_CAP_MS; i++)
		delay_ms *= 2;
	if (delay_ms > DELAY_CAP_MS)
		delay_ms = DELAY_CAP_MS;
	now_ms = host->time_s(p->instance) * 1000;
	return now_ms < failures->last_ms + delay_ms;
}

/* Those from where he is, so that whoever guesses elsewhere delays himself.
 * All zero if they cannot be known. */
static void
failures_get(const struct till_host *host, struct till_context *ctx,
    struct till_failures *failures)
{
	memset(failures, 0, sizeof(*failures));
	failures->size = sizeof(*failures);
	if (host->failures_here(ctx, failures) == -1)
		memset(failures, 0, sizeof(*failures));
}

/* suspend: all there are, with this one; too many if they cannot be known.
 * surveillance: none. */
static uint32_t
failures_kept(const struct till_host *host, struct till_context *ctx,
    const struct password *p)
{
	struct till_failures failures = { .size = sizeof(failures) };

	if (p->on_max != SUSPEND)
		return 0;
	if (host->failures(ctx, &failures) == -1)
		return UINT32_MAX;
	return failures.count;
}

/* The conversation's own count, one more. */
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
	if (host->state_put(ctx, state) == -1)
		return UINT32_MAX;
	return tries;
}

static bool
hash_get(const struct till_host *host, struct till_context *ctx,
    char hash[CRYPT_OUTPUT_SIZE])
{
	struct till_credential credential;

	memset(&credential, 0, sizeof(credential));
	credential.size = sizeof(credential);
	if (host->credential_get(ctx, CREDENTIAL, &credential) == -1 ||
	    credential.data.len == 0 ||
	    credential.data.len >= CRYPT_OUTPUT_SIZE)
		return false;
	memcpy(hash, credential.data.data, credential.data.len);
	hash[credential.data.len] = '\0';
	return true;
}

/* A reply with a NUL in it is no password: it comes out as the empty
 * one, which nobody has. */
static int
reply_get(const struct till_host *host, struct till_context *ctx,
    const char *id, char phrase[PASSWORD_MAX + 1])
{
	struct till_reply reply;

	memset(&reply, 0, sizeof(reply));
	reply.size = sizeof(reply);
	if (host->reply(ctx, id, &reply) == -1)
		return -1;
	phrase[0] = '\0';
	if (reply.data.len > PASSWORD_MAX ||
	    memchr(reply.data.data, '\0', reply.data.len) != NULL)
		return 0;
	memcpy(phrase, reply.data.data, reply.data.len);
	phrase[reply.data.len] = '\0';
	return 0;
}

static bool
matches(const char *phrase, const char *hash)
{
	struct crypt_data *data;
	const char *made;
	unsigned char different = 1;
	size_t i, len = strlen(hash);

	data = calloc(1, sizeof(*data));
	if (data == NULL)
		return false;
	made = crypt_rn(phrase, hash, data, sizeof(*data));
	if (made != NULL && strlen(made) == len) {
		different = 0;
		for (i = 0; i < len; i++)
			different |= (unsigned char)(made[i] ^ hash[i]);
	}
	explicit_bzero(data, sizeof(*data));
	free(data);
	return different == 0 && phrase[0] != '\0';
}

static int
hash_new(const struct till_host *host, const struct password *p,
    const char *phrase, char hash_r[CRYPT_OUTPUT_SIZE])
{
	char salt[CRYPT_GENSALT_OUTPUT_SIZE], random[SALT_SIZE];
	struct crypt_data *data;
	const char *made;
	int r = -1;

	data = calloc(1, sizeof(*data));
	if (data == NULL)
		return -1;
	if (host->random(random, sizeof(random)) == -1 ||
	    crypt_gensalt_rn("$y$", (unsigned long)p->cost, random,
		sizeof(random), salt, sizeof(salt)) == NULL)
		goto out;
	made = crypt_rn(phrase, salt, data, sizeof(*data));
	if (made == NULL)
		goto out;
	(void)snprintf(hash_r, CRYPT_OUTPUT_SIZE, "%s", made);
	r = 0;
out:
	explicit_bzero(data, sizeof(*data));
	free(data);
	return r;
}

static enum till_result
password_enrol(const struct till_host *host, struct till_context *ctx,
    const void *self, enum till_enrol what)
{
	switch (what) {
	case TILL_ENROL_ADD:
		return add(host, ctx, self);
	case TILL_ENROL_REMOVE:
		if (host->credential_remove(ctx, CREDENTIAL) == -1)
			return host->fail(ctx, TILL_DENY, "not-found",
			    "there is no password");
		return TILL_GRANT;
	}
	return TILL_ERROR;
}

static enum till_result
add(const struct till_host *host, struct till_context *ctx,
    const struct password *p)
{
	const struct till_prompt prompt = {
		.size = sizeof(prompt),
		.kind = TILL_ASK_SECRET,
		.id = NEW_PASSWORD,
		.label = "auth.new-password",
		.text = "New password",
		.min_len = (uint32_t)p->min_length,
		.max_len = PASSWORD_MAX,
	};
	char phrase[PASSWORD_MAX + 1];
	enum till_result result = TILL_GRANT;

	if (reply_get(host, ctx, NEW_PASSWORD, phrase) == -1) {
		if (host->prompt(ctx, &prompt) == -1)
			return host->fail(ctx, TILL_ERROR, "prompt",
			    "the password prompt was not taken");
		return TILL_NEED_INPUT;
	}
	if (strlen(phrase) < (size_t)p->min_length)
		result = host->fail(ctx, TILL_DENY, "too-short",
		    "a password has at least %d octets and no zero octet",
		    (int)p->min_length);
	else if (store(host, ctx, p, phrase) == -1)
		result = host->fail(ctx, TILL_UNAVAILABLE, "store",
		    "the password could not be stored");
	explicit_bzero(phrase, sizeof(phrase));
	return result;
}

static int
store(const struct till_host *host, struct till_context *ctx,
    const struct password *p, const char *phrase)
{
	struct till_credential credential;
	char hash[CRYPT_OUTPUT_SIZE];
	int r = -1;

	if (hash_new(host, p, phrase, hash) == 0) {
		memset(&credential, 0, sizeof(credential));
		credential.size = sizeof(credential);
		credential.secret = 1;
		credential.id = CREDENTIAL;
		credential.label = "";
		credential.created_ms = host->time_s(p->instance) * 1000;
		credential.data.data = (const unsigned char *)hash;
		credential.data.len = strlen(hash);
		r = host->credential_put(ctx, &credential);
	}
	explicit_bzero(hash, sizeof(hash));
	return r;
}
