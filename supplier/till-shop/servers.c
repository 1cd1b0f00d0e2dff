/*
 * servers.c - the payment servers that the shop trusts, and their keys.
 *
 * A voucher is only ever checked with the keys of the server that its
 * ticket went to.  Keys come from a file or from the server's
 * /.well-known/jwks.json; a token with an unknown key makes the shop look
 * again, but not before FETCH_PAUSE_S seconds have passed since it last did,
 * and nobody whose key is known waits for that.  Anybody can send tokens: what
 * is wrong in another way fetches nothing, and a server that hangs holds up a
 * few of those who need it, and nobody else.
 *
 * Three things wait for a server: a fetch of its keys, the question whether it
 * answers, and the push of a ticket.  The lock of struct servers is held over
 * none of them, nor is any other: it guards what stands in here about each.
 */
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <till/merchant.h>

#include "reach.h"
#include "shop.h"

#define KEYS_PATH "/.well-known/jwks.json"
#define FETCH_PAUSE_S 5
#define WAITERS_MAX 2 /* customers, for one fetch of another's */
#define PUSHES_MAX 4 /* of tickets, to one server */
#define DOWN_PAUSE_S 3

struct server {
	const char *issuer;
	const char *keys_path; /* "": fetched */
	const char *keys_url; /* "": below issuer */
	struct till_keyset *keys; /* or NULL: none known yet */
	bool fetching, failed; /* now; the last one */
	int64_t fetch_at_s; /* not before; as seconds() counts */
	uint64_t fetches; /* that have ended ... */
	uint64_t renewals; /* ... and brought keys */
	unsigned int waiters; /* for the one that is going on */
	unsigned int pushes; /* of tickets, that are going on */
	bool asking; /* whether it answers */
	int64_t ask_at_s; /* not before: it did not answer */
};

/* One fetches, WAITERS_MAX wait for that, one asks. */
_Static_assert(1 + WAITERS_MAX + 1 + PUSHES_MAX <= SHOP_WAITS_MAX,
    "SHOP_WAITS_MAX");

/* What came of a look for newer keys. */
enum renewal {
	RENEWAL_NONE = 0,
	RENEWAL_MADE, /* there are others: look again */
	RENEWAL_LATELY, /* they were fetched a moment ago */
	RENEWAL_LATE /* they are not to be had now */
};

struct servers {
	pthread_mutex_t lock; /* of keys and fetches; not held over one */
	pthread_cond_t fetched;
	struct server list[SHOP_SERVERS_MAX];
	size_t len;
	long patience_s;
};

/* A token to be opened: one of the two results is not NULL. */
struct sealed {
	const char *token;
	size_t len;
	struct till_voucher **voucher_r;
	struct till_notice **notice_r;
};

/* A search for a key. */
struct look {
	struct till_keyset *keys; /* or NULL */
	bool unknown; /* it was not among them */
	uint64_t renewals; /* of the server's keys, until then */
};

static int push(struct servers *, struct server *, const char *,
    struct reached *, struct till_error *);
static int open_sealed(struct servers *, size_t, const struct sealed *, bool *,
    struct till_error *);
static int open_once(struct servers *, struct server *, const struct sealed *,
    struct look *, struct till_error *);
static const struct till_key *find_key(void *, const char *);
static enum renewal renew(struct servers *, struct server *,
    const struct look *, bool, struct till_error *);
static void await_fetch(struct servers *, struct server *);
static void fetch(struct servers *, struct server *, struct till_error *);
static int load_keys(const struct server *, struct till_keyset **,
    struct till_error *);
static int read_file(const char *path, struct reached *, struct till_error *);
static int64_t seconds(void);

int
servers_open(const struct catalogue *catalogue, struct servers **servers_r,
    struct till_error *err)
{
	struct servers *s;

	if (reach_start(err) == -1)
		return -1;
	s = calloc(1, sizeof(*s));
	if (s == NULL) {
		reach_stop();
		return till_fail(err, "out of memory");
	}
	s->patience_s = catalogue->patience_s;
	(void)pthread_mutex_init(&s->lock, NULL);
	(void)pthread_cond_init(&s->fetched, NULL);
	for (; s->len < catalogue->servers_len; s->len++) {
		s->list[s->len].issuer = catalogue->servers[s->len].issuer;
		s->list[s->len].keys_path =
		    catalogue->servers[s->len].keys_path;
		s->list[s->len].keys_url = catalogue->servers[s->len].keys_url;
	}
	*servers_r = s;
	return 0;
}

void
servers_close(struct servers *s)
{
	size_t i;

	if (s == NULL)
		return;
	for (i = 0; i < s->len; i++)
		till_keyset_free(s->list[i].keys);
	(void)pthread_cond_destroy(&s->fetched);
	(void)pthread_mutex_destroy(&s->lock);
	free(s);
	reach_stop();
}

int
servers_voucher(struct servers *s, size_t at, const char *token,
    struct till_voucher **voucher_r, bool *later_r, struct till_error *err)
{
	const struct sealed sealed = { .token = token,
		.len = strlen(token),
		.voucher_r = voucher_r };

	return open_sealed(s, at, &sealed, later_r, err);
}

int
servers_notice(struct servers *s, size_t at, const char *token, size_t len,
    struct till_notice **notice_r, struct till_error *err)
{
	const struct sealed sealed = { .token = token,
		.len = len,
		.notice_r = notice_r };
	bool later;

	return open_sealed(s, at, &sealed, &later, err);
}

/* Nothing is believed of it: its seal is checked afterwards. */
int
servers_of(const struct servers *s, const char *token, size_t len, size_t *at_r,
    struct till_error *err)
{
	char issuer[TILL_URL_MAX];
	size_t at;

	if (till_token_issuer(token, len, issuer, err) == -1)
		return -1;
	for (at = 0; at < s->len; at++)
		if (strcmp(s->list[at].issuer, issuer) == 0)
			break;
	*at_r = at;
	return 0;
}

bool
servers_is_up(struct servers *s, size_t at)
{
	char url[TILL_URL_MAX + sizeof(KEYS_PATH)];
	struct server *server;
	bool up, ask;

	if (at >= s->len)
		return false;
	server = &s->list[at];
	if (server->keys_path[0] != '\0')
		return true;
	(void)pthread_mutex_lock(&s->lock);
	up = seconds() >= server->ask_at_s;
	ask = up && !server->asking;
	server->asking = server->asking || ask;
	(void)pthread_mutex_unlock(&s->lock);
	if (!ask)
		return up;
	(void)snprintf(url, sizeof(url), "%s" KEYS_PATH, server->issuer);
	up = reach_is_up(url, s->patience_s);
	(void)pthread_mutex_lock(&s->lock);
	server->asking = false;
	if (!up)
		server->ask_at_s = seconds() + DOWN_PAUSE_S;
	(void)pthread_mutex_unlock(&s->lock);
	return up;
}

int
servers_pay_url(struct servers *s, size_t at, const char *token, char *url,
    size_t size, struct till_error *err)
{
	struct reached answer = { NULL, 0 };
	json_t *json = NULL;
	const char *where;
	int n, r = -1;

	if (at >= s->len)
		return till_fail(err, "no such payment server");
	if (strlen(token) <= TILL_TOKEN_URL_MAX) {
		n = snprintf(url, size, "%s/pay?t=%s", s->list[at].issuer,
		    token);
		return n > 0 && (size_t)n < size
		    ? 0
		    : till_fail(err, "the address is too long");
	}
	if (push(s, &s->list[at], token, &answer, err) == -1)
		goto out;
	json =
	    json_loadb(answer.data, answer.len, JSON_REJECT_DUPLICATES, NULL);
	where = json_string_value(json_object_get(json, "url"));
	/* The customer is only ever sent to that server itself. */
	if (where == NULL || !till_url_ok(where) ||
	    strncmp(where, s->list[at].issuer, strlen(s->list[at].issuer)) !=
		0 ||
	    where[strlen(s->list[at].issuer)] != '/') {
		till_fail(err, "%s did not answer with an address of its own",
		    s->list[at].issuer);
		goto out;
	}
	n = snprintf(url, size, "%s", where);
	r = n > 0 && (size_t)n < size
	    ? 0
	    : till_fail(err, "the address is too long");
out:
	json_decref(json);
	free(answer.data);
	return r;
}

int
servers_refund(struct servers *s, size_t at, const char *token,
    const struct till_refund *refund, struct till_refund_answer *answer_r,
    struct till_error *err)
{
	char url[TILL_URL_MAX + sizeof(TILL_REFUND_PATH)];
	struct reached answer = { NULL, 0 };
	long status = 0;
	int r;

	memset(answer_r, 0, sizeof(*answer_r));
	answer_r->end = TILL_REFUND_AGAIN;
	if (at >= s->len)
		return till_fail(err, "no such payment server");
	(void)snprintf(url, sizeof(url), "%s%s", s->list[at].issuer,
	    TILL_REFUND_PATH);
	r = reach(url, token, &answer, &status, err);
	if (r == 0)
		r = till_refund_answer_read(refund, (unsigned int)status,
		    answer.data, answer.len, answer_r, err);
	free(answer.data);
	return r;
}

static int
push(struct servers *s, struct server *server, const char *token,
    struct reached *answer, struct till_error *err)
{
	char url[TILL_URL_MAX + sizeof("/tickets")];
	bool full;
	int r;

	(void)pthread_mutex_lock(&s->lock);
	full = server->pushes == PUSHES_MAX;
	server->pushes += !full;
	(void)pthread_mutex_unlock(&s->lock);
	if (full)
		return till_fail(err, "%s has %d tickets to take already",
		    server->issuer, PUSHES_MAX);
	(void)snprintf(url, sizeof(url), "%s/tickets", server->issuer);
	r = reach_text(url, token, answer, err);
	(void)pthread_mutex_lock(&s->lock);
	server->pushes--;
	(void)pthread_mutex_unlock(&s->lock);
	return r;
}

/* With the keys that are known; and where its key is not one of them, once
 * more with those that the server has now. */
static int
open_sealed(struct servers *s, size_t at, const struct sealed *sealed,
    bool *later_r, struct till_error *err)
{
	struct till_error why = { "" };
	struct look look;
	int r;

	*later_r = false;
	if (at >= s->len)
		return till_fail(err, "no such payment server");
	r = open_once(s, &s->list[at], sealed, &look, err);
	if (r == 0 || !look.unknown)
		return r;
	switch (
	    renew(s, &s->list[at], &look, sealed->voucher_r != NULL, &why)) {
	case RENEWAL_MADE:
		return open_once(s, &s->list[at], sealed, &look, err);
	case RENEWAL_LATE:
		*later_r = true;
		break;
	case RENEWAL_LATELY:
	case RENEWAL_NONE:
		break;
	}
	if (why.text[0] != '\0')
		(void)till_fail(err, "no keys of %s: %.160s",
		    s->list[at].issuer, why.text);
	return -1;
}

static int
open_once(struct servers *s, struct server *server, const struct sealed *sealed,
    struct look *look, struct till_error *err)
{
	int r;

	(void)pthread_mutex_lock(&s->lock);
	*look = (struct look){ server->keys, false, server->renewals };
	if (sealed->voucher_r != NULL)
		r = till_voucher_open(sealed->token, sealed->len, find_key,
		    look, sealed->voucher_r, err);
	else
		r = till_notice_open(sealed->token, sealed->len, find_key, look,
		    sealed->notice_r, err);
	(void)pthread_mutex_unlock(&s->lock);
	return r;
}

static const struct till_key *
find_key(void *arg, const char *kid)
{
	struct look *look = arg;
	const struct till_key *key = NULL;

	if (look->keys != NULL)
		key = till_keyset_find(look->keys, kid);
	look->unknown = key == NULL;
	return key;
}

/*
 * Whoever comes first fetches.  A few customers with a voucher wait for that,
 * once, whatever comes of it; the others do not, nor do events, which are sent
 * again.
 */
static enum renewal
renew(struct servers *s, struct server *server, const struct look *look,
    bool wait, struct till_error *why)
{
	enum renewal renewal;

	(void)pthread_mutex_lock(&s->lock);
	if (server->renewals == look->renewals) {
		if (server->fetching && wait)
			await_fetch(s, server);
		else if (!server->fetching && seconds() >= server->fetch_at_s)
			fetch(s, server, why);
	}
	if (server->renewals != look->renewals)
		renewal = RENEWAL_MADE;
	else
		renewal = server->fetching || server->failed ? RENEWAL_LATE
							     : RENEWAL_LATELY;
	(void)pthread_mutex_unlock(&s->lock);
	return renewal;
}

/* With the lock held, but while it waits; not at all if enough do. */
static void
await_fetch(struct servers *s, struct server *server)
{
	const uint64_t fetches = server->fetches;

	if (server->waiters == WAITERS_MAX)
		return;
	server->waiters++;
	while (server->fetches == fetches)
		(void)pthread_cond_wait(&s->fetched, &s->lock);
	server->waiters--;
}

/* With the lock held, but while it fetches. */
static void
fetch(struct servers *s, struct server *server, struct till_error *why)
{
	struct till_keyset *keys = NULL;

	server->fetching = true;
	(void)pthread_mutex_unlock(&s->lock);
	(void)load_keys(server, &keys, why);
	(void)pthread_mutex_lock(&s->lock);
	server->fetching = false;
	server->fetches++;
	server->fetch_at_s = seconds() + FETCH_PAUSE_S;
	server->failed = keys == NULL;
	if (keys != NULL) {
		till_keyset_free(server->keys);
		server->keys = keys;
		server->renewals++;
	}
	(void)pthread_cond_broadcast(&s->fetched);
}

static int
load_keys(const struct server *server, struct till_keyset **keys_r,
    struct till_error *err)
{
	char url[TILL_URL_MAX + sizeof(KEYS_PATH)];
	struct reached answer = { NULL, 0 };
	int r;

	if (server->keys_url[0] != '\0')
		(void)snprintf(url, sizeof(url), "%s", server->keys_url);
	else
		(void)snprintf(url, sizeof(url), "%s" KEYS_PATH,
		    server->issuer);
	r = server->keys_path[0] != '\0'
	    ? read_file(server->keys_path, &answer, err)
	    : reach_text(url, NULL, &answer, err);
	if (r == 0)
		r = till_keyset_from_json(answer.data, answer.len, keys_r, err);
	free(answer.data);
	return r;
}

static int
read_file(const char *path, struct reached *answer, struct till_error *err)
{
	FILE *file;

	file = fopen(path, "re");
	if (file == NULL)
		return till_fail(err, "%s: %s", path, strerror(errno));
	answer->data = malloc(REACHED_MAX);
	if (answer->data != NULL)
		answer->len = fread(answer->data, 1, REACHED_MAX, file);
	(void)fclose(file);
	return answer->data == NULL ? till_fail(err, "out of memory") : 0;
}

/* On a clock that nobody sets. */
static int64_t
seconds(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec;
}
