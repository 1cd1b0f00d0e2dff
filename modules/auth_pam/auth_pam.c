/*
 * auth_pam - let PAM judge a password or a one-time code.
 *
 *	module unix auth_pam service=till user-prefix=till-
 *	module code auth_pam service=till-otp ask=code map=alice:al
 *
 * PAM's modules run in helper processes, of which a few are kept; see
 * helper/till-pam-helper.c.  A customer's id is never a user's name: it
 * is mapped to one, by a prefix or by name.  For a customer whom the
 * server does not know, and for one who is mapped to nobody, PAM is asked
 * about a user who cannot exist, so that the answer comes as late.
 */
#include <sys/socket.h>

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include <till/module.h>
#include <till/ticket.h>

#include "auth_pam/protocol.h"
#include "common/pool.h"
#include "common/safe.h"
#include "common/tries.h"
#include "config.h"

#define HELPER TILL_HELPERDIR "/till-pam-helper"
/* No customer can be mapped to it, see user_ok. */
#define NOBODY "till~nobody"
#define CALLS_MAX 500 /* then a new helper: PAM's modules leak */

struct pam {
	const char *helper, *service, *confdir, *user_prefix;
	const char *const *map;
	int64_t pool_size, deadline_ms, max_tries, delay_ms, level;
	int ask;
	const char *args[4];
	struct pool *pool;
	struct tries tries;
};

/* What is asked for. */
struct kind {
	const char *id; /* of the prompt */
	const char *label, *text;
	const char *wrong_id, *wrong_label, *wrong_text;
	const char *wrong_code;
	const char *amr; /* RFC 8176 */
};

static int pam_open(const struct till_host *, struct till_instance *, void *,
    int, struct till_error *);
static int service_check(const struct pam *, struct till_error *);
static int map_check(const struct pam *, struct till_error *);
static int entry_check(const char *, struct till_error *);
static bool user_ok(const char *);
static void pam_close(void *);
static enum till_result pam_auth(const struct till_host *,
    struct till_context *, const void *);
static bool secret_get(const struct till_host *, struct till_context *,
    const struct kind *, char secret[PAM_HELPER_SECRET_MAX]);
static enum till_result ask(const struct till_host *, struct till_context *,
    const struct kind *);
static enum till_result judge(const struct till_host *, struct till_context *,
    const struct pam *, const char *secret);
static bool user_of(const struct pam *, const char *customer,
    char user[PAM_HELPER_USER_MAX]);
static char question(const struct pam *, const char *user, const char *secret,
    struct till_error *why);
static char talk(const struct pam *, struct worker *, const char *message,
    size_t len, int64_t until_ms, struct till_error *why);
static enum till_result granted(const struct till_host *, struct till_context *,
    const struct pam *);
static enum till_result wrong(const struct till_host *, struct till_context *,
    const struct pam *, const struct tries_count *);

enum { ASK_PASSWORD, ASK_CODE };

static const char *const ask_names[] = { "password", "code", NULL };

static const struct kind kinds[] = {
	[ASK_PASSWORD] = {
		.id = "password",
		.label = "auth.password",
		.text = "Password",
		.wrong_id = "wrong-password",
		.wrong_label = "auth.wrong-password",
		.wrong_text = "The password is wrong.",
		.wrong_code = "wrong-password",
		.amr = "pwd",
	},
	[ASK_CODE] = {
		.id = "code",
		.label = "auth.code",
		.text = "One-time code",
		.wrong_id = "wrong-code",
		.wrong_label = "auth.wrong-code",
		.wrong_text = "The code is wrong.",
		.wrong_code = "wrong-code",
		.amr = "otp",
	},
};

static const struct till_setting settings[] = {
	{ "service", TILL_SET_STRING, 0, offsetof(struct pam, service), "till",
	    0, 32, NULL, "PAM's service: a file of this name in /etc/pam.d" },
	{ "user-prefix", TILL_SET_STRING, 0, offsetof(struct pam, user_prefix),
	    NULL, 0, 24, NULL, "customer CID is user PREFIXCID" },
	{ "map", TILL_SET_LIST, TILL_SETTING_REPEATABLE,
	    offsetof(struct pam, map), NULL, 0, 0, NULL,
	    "CID:USER, that customer is this user" },
	{ "ask", TILL_SET_ENUM, 0, offsetof(struct pam, ask), "password", 0, 0,
	    ask_names, "what the customer is asked for" },
	{ "level", TILL_SET_INT, 0, offsetof(struct pam, level), "1", 0, 10,
	    NULL, "the auth.level that a right answer adds" },
	{ "max-tries", TILL_SET_INT, 0, offsetof(struct pam, max_tries), "5", 1,
	    100, NULL, "wrong answers before the customer has to wait" },
	{ "delay", TILL_SET_DURATION, 0, offsetof(struct pam, delay_ms), "2s",
	    1, TRIES_DELAY_CAP_MS, NULL,
	    "first wait; doubles with every failure" },
	{ "pool", TILL_SET_INT, 0, offsetof(struct pam, pool_size), "2", 1,
	    POOL_MAX, NULL, "helper processes" },
	{ "deadline", TILL_SET_DURATION, 0, offsetof(struct pam, deadline_ms),
	    "5s", 10, 600000, NULL, "then the helper is killed" },
	{ "helper", TILL_SET_PATH, 0, offsetof(struct pam, helper), HELPER, 0,
	    0, NULL, "the program that talks to PAM" },
	{ "confdir", TILL_SET_PATH, 0, offsetof(struct pam, confdir), NULL, 0,
	    0, NULL, "where the service's file is, if not in /etc/pam.d" },
	TILL_SETTING_END
};

#define CAPS (TILL_CAP_THREADSAFE | TILL_CAP_SLOW | TILL_CAP_SESSION)

TILL_MODULE("auth_pam", "1.0", TILL_AUTH, CAPS){
	TILL_MODULE_HEAD("auth_pam", "1.0", TILL_AUTH, CAPS),
	.settings = settings,
	.instance_size = sizeof(struct pam),
	.open = pam_open,
	.close = pam_close,
	.auth = pam_auth,
};

static int
pam_open(const struct till_host *host, struct till_instance *instance,
    void *self, int check_only, struct till_error *err)
{
	struct pam *pam = self;
	struct pool_options options = { .socket_type = SOCK_SEQPACKET,
		.calls_max = CALLS_MAX };
	size_t n = 0;

	(void)host;
	(void)check_only; /* a helper starts when the first one is needed */
	if (service_check(pam, err) == -1 || map_check(pam, err) == -1 ||
	    safe_program(pam->helper, err) == -1)
		return -1;
	if (pam->confdir != NULL) {
		pam->args[n++] = "-c";
		pam->args[n++] = pam->confdir;
	}
	pam->args[n++] = pam->service;
	pam->tries = (struct tries){ pam->max_tries, pam->delay_ms, instance };
	options.program = pam->helper;
	options.args = pam->args;
	options.size = (size_t)pam->pool_size;
	pam->pool = pool_new(&options);
	return pam->pool == NULL ? till_fail(err, "out of memory") : 0;
}

/* The name becomes part of a path, and PAM would take that of a file
 * that is not there for the service "other". */
static int
service_check(const struct pam *pam, struct till_error *err)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789-_";
	const char *folder = pam->confdir;
	char path[TILL_ERROR_MAX];

	if (pam->service[0] == '\0' ||
	    pam->service[strspn(pam->service, letters)] != '\0')
		return till_fail(err,
		    "service=%s: a service is named by a-z, "
		    "0-9, '-' and '_'",
		    pam->service);
	if (folder == NULL)
		folder = "/etc/pam.d";
	if ((size_t)snprintf(path, sizeof(path), "%s/%s", folder,
		pam->service) >= sizeof(path))
		return till_fail(err, "confdir is too long");
	return safe_file(path, err);
}

/* A customer's id alone is never a user's name. */
static int
map_check(const struct pam *pam, struct till_error *err)
{
	size_t i;

	if (pam->user_prefix == NULL && pam->map[0] == NULL)
		return till_fail(err,
		    "no customer is mapped to a user: set "
		    "user-prefix= or map=CID:USER");
	if (pam->user_prefix != NULL && !user_ok(pam->user_prefix))
		return till_fail(err,
		    "user-prefix=%s is not the beginning of "
		    "a user's name",
		    pam->user_prefix);
	for (i = 0; pam->map[i] != NULL; i++) {
		if (entry_check(pam->map[i], err) == -1)
			return -1;
	}
	return 0;
}

static int
entry_check(const char *entry, struct till_error *err)
{
	const size_t len = strcspn(entry, ":");
	char customer[TILL_ID_MAX];

	if (len < sizeof(customer) && entry[len] == ':') {
		(void)snprintf(customer, sizeof(customer), "%.*s", (int)len,
		    entry);
		if (till_id_ok(customer) && user_ok(entry + len + 1) &&
		    strcmp(entry + len + 1, "root") != 0)
			return 0;
	}
	return till_fail(err,
	    "map=%.80s is not CID:USER with a user other "
	    "than root",
	    entry);
}

/* What useradd(8) takes. */
static bool
user_ok(const char *user)
{
	static const char first[] = "abcdefghijklmnopqrstuvwxyz_";
	static const char rest[] = "abcdefghijklmnopqrstuvwxyz0123456789_.-";

	return user[0] != '\0' && strchr(first, user[0]) != NULL &&
	    user[strspn(user, rest)] == '\0' &&
	    strlen(user) < PAM_HELPER_USER_MAX - TILL_ID_MAX;
}

static void
pam_close(void *self)
{
	struct pam *pam = self;

	pool_free(pam->pool);
}

static enum till_result
pam_auth(const struct till_host *host, struct till_context *ctx,
    const void *self)
{
	const struct pam *pam = self;
	char secret[PAM_HELPER_SECRET_MAX];
	enum till_result result;

	if (tries_wait(&pam->tries, host, ctx))
		return tries_locked(host, ctx);
	if (!secret_get(host, ctx, &kinds[pam->ask], secret))
		return ask(host, ctx, &kinds[pam->ask]);
	result = judge(host, ctx, pam, secret);
	explicit_bzero(secret, sizeof(secret));
	return result;
}

/* A reply with a NUL in it comes out as the empty one. */
static bool
secret_get(const struct till_host *host, struct till_context *ctx,
    const struct kind *kind, char secret[PAM_HELPER_SECRET_MAX])
{
	struct till_reply reply;

	memset(&reply, 0, sizeof(reply));
	reply.size = sizeof(reply);
	if (host->reply(ctx, kind->id, &reply) == -1)
		return false;
	secret[0] = '\0';
	if (reply.data.len >= PAM_HELPER_SECRET_MAX ||
	    memchr(reply.data.data, '\0', reply.data.len) != NULL)
		return true;
	memcpy(secret, reply.data.data, reply.data.len);
	secret[reply.data.len] = '\0';
	return true;
}

static enum till_result
ask(const struct till_host *host, struct till_context *ctx,
    const struct kind *kind)
{
	const struct till_prompt prompt = {
		.size = sizeof(prompt),
		.kind = TILL_ASK_SECRET,
		.id = kind->id,
		.label = kind->label,
		.text = kind->text,
		.min_len = 1,
		.max_len = PAM_HELPER_SECRET_MAX - 1,
	};

	if (host->prompt(ctx, &prompt) == -1)
		return host->fail(ctx, TILL_ERROR, "prompt",
		    "the prompt was not taken");
	return TILL_NEED_INPUT;
}

static enum till_result
judge(const struct till_host *host, struct till_context *ctx,
    const struct pam *pam, const char *secret)
{
	const char *customer = host->order(ctx)->customer;
	char user[PAM_HELPER_USER_MAX];
	struct tries_count count;
	struct till_error why;
	enum till_result result;
	bool mapped;
	char letter;

	result = tries_begin(&pam->tries, host, ctx, &count);
	if (result != TILL_GRANT)
		return result;
	/* An empty secret is never right: some directories take one for a
	 * question that asks nothing. */
	mapped =
	    count.known && secret[0] != '\0' && user_of(pam, customer, user);
	letter = question(pam, mapped ? user : NOBODY, secret, &why);
	if (letter == PAM_HELPER_RIGHT && mapped)
		return granted(host, ctx, pam);
	if (letter == PAM_HELPER_RIGHT || letter == PAM_HELPER_WRONG)
		return wrong(host, ctx, pam, &count);
	if (letter == PAM_HELPER_ACCOUNT)
		return host->fail(ctx, TILL_DENY, "account",
		    "the account may not be used: %.200s", why.text);
	host->log(ctx, TILL_LOG_WARNING, "PAM could not tell: %.200s",
	    why.text);
	return host->fail(ctx, TILL_UNAVAILABLE, "pam", "%.200s", why.text);
}

/* By name, else by the prefix. */
static bool
user_of(const struct pam *pam, const char *customer,
    char user[PAM_HELPER_USER_MAX])
{
	const size_t len = strlen(customer);
	size_t i;

	for (i = 0; pam->map[i] != NULL; i++) {
		if (strncmp(pam->map[i], customer, len) == 0 &&
		    pam->map[i][len] == ':') {
			(void)snprintf(user, PAM_HELPER_USER_MAX, "%s",
			    pam->map[i] + len + 1);
			return true;
		}
	}
	if (pam->user_prefix == NULL || !till_id_ok(customer))
		return false;
	(void)snprintf(user, PAM_HELPER_USER_MAX, "%s%s", pam->user_prefix,
	    customer);
	return true;
}

/* The letter of the helper's answer; FAILED where there is none. */
static char
question(const struct pam *pam, const char *user, const char *secret,
    struct till_error *why)
{
	const int64_t until_ms = child_clock_ms() + pam->deadline_ms;
	const size_t user_len = strlen(user) + 1;
	const size_t secret_len = strlen(secret) + 1;
	char message[PAM_HELPER_ASK_MAX];
	struct worker *worker;
	char letter;

	worker = pool_take(pam->pool, until_ms, why);
	if (worker == NULL)
		return PAM_HELPER_FAILED;
	memcpy(message, user, user_len);
	memcpy(message + user_len, secret, secret_len);
	letter =
	    talk(pam, worker, message, user_len + secret_len, until_ms, why);
	explicit_bzero(message, sizeof(message));
	pool_give(pam->pool, worker,
	    letter == '\0' ? WORKER_BROKEN : WORKER_WELL);
	return letter == '\0' ? PAM_HELPER_FAILED : letter;
}

/* NUL: the helper is not to be used any more. */
static char
talk(const struct pam *pam, struct worker *worker, const char *message,
    size_t len, int64_t until_ms, struct till_error *why)
{
	struct pollfd fd = { .fd = worker->fd, .events = POLLIN };
	char answer[PAM_HELPER_ANSWER_MAX + 1];
	ssize_t n;
	int r;

	if (send(worker->fd, message, len, MSG_NOSIGNAL | MSG_DONTWAIT) == -1) {
		till_fail(why, "the helper cannot be asked: %s",
		    strerror(errno));
		return '\0';
	}
	do {
		r = poll(&fd, 1, child_left_ms(until_ms));
	} while (r == -1 && errno == EINTR);
	if (r != 1) {
		till_fail(why,
		    "the helper gave no answer in %d ms and was "
		    "killed",
		    (int)pam->deadline_ms);
		return '\0';
	}
	n = recv(worker->fd, answer, sizeof(answer), MSG_DONTWAIT);
	if (n < 1 || n > PAM_HELPER_ANSWER_MAX ||
	    strchr("rwaf", answer[0]) == NULL) {
		till_fail(why,
		    n == 0 ? "the helper has ended"
			   : "the helper gave no proper answer");
		return '\0';
	}
	till_fail(why, "%.*s", (int)n - 1, answer + 1);
	return answer[0];
}

static enum till_result
granted(const struct till_host *host, struct till_context *ctx,
    const struct pam *pam)
{
	if (host->succeeded(ctx) == -1)
		return host->fail(ctx, TILL_UNAVAILABLE, "counter",
		    "the success could not be recorded");
	if (host->method(ctx, kinds[pam->ask].amr, (uint32_t)pam->level) == -1)
		return host->fail(ctx, TILL_ERROR, "method",
		    "the method was not taken");
	return TILL_GRANT;
}

static enum till_result
wrong(const struct till_host *host, struct till_context *ctx,
    const struct pam *pam, const struct tries_count *count)
{
	const struct kind *kind = &kinds[pam->ask];
	const struct till_prompt prompt = {
		.size = sizeof(prompt),
		.kind = TILL_TELL_ERROR,
		.id = kind->wrong_id,
		.label = kind->wrong_label,
		.text = kind->wrong_text,
	};
	const uint32_t here = tries_here(host, ctx);

	if (!tries_wrong(&pam->tries, host, ctx, count, here))
		return host->fail(ctx, TILL_DENY, kind->wrong_code,
		    "the %s is wrong, %u tries in this conversation", kind->id,
		    (unsigned int)here);
	if (host->prompt(ctx, &prompt) == -1)
		return host->fail(ctx, TILL_ERROR, "prompt",
		    "the error text was not taken");
	return ask(host, ctx, kind);
}
