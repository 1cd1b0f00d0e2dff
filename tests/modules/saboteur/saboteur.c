/*
 * saboteur - a module that does harm once, at the point that it is told
 * to; for the tests of module hosts.
 *
 *	module bank saboteur journal=/tmp/bank arm=/tmp/arm at=after deed=hang
 *
 * It harms when the file "arm" is there, which it removes before, so that
 * the next call finds a module that works.  As a settle module it is a
 * bank: a payment is made when its key stands in the journal, durably,
 * and a key that stands there is not made again.
 */
#include <sys/socket.h>

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <till/module.h>

#define KEY_TEXT (2 * TILL_KEY_SIZE + 1) /* a key as text, with its newline */
#define FDS_MAX 64
#define JUNK_MAX 200000 /* octets: more than any message has */

enum point {
	AT_OPEN = 0,
	AT_BEGIN, /* before the call is looked at */
	AT_BEFORE, /* before the money is moved */
	AT_AFTER, /* before the answer that it was */
	AT_PENDING, /* after the answer that it is pending */
	AT_QUERY,
	AT_CLOSE
};

enum deed { CRASH = 0, HANG, EXIT, GARBAGE, FLOOD, PRINT, CLOSE_ALL, CHATTER };

struct saboteur {
	const char *journal, *arm;
	int at, deed, async, lose, mute;
	int64_t delay_ms, open_delay_ms;
	const struct till_host *host;
};

/* A payment that is completed by a thread. */
struct later {
	const struct saboteur *s;
	struct till_op *op;
};

static int saboteur_open(const struct till_host *, struct till_instance *,
    void *, int, struct till_error *);
static void saboteur_close(void *);
static enum till_result saboteur_policy(const struct till_host *,
    struct till_context *, const void *);
static enum till_result saboteur_auth(const struct till_host *,
    struct till_context *, const void *);
static enum till_result saboteur_settle(const struct till_host *,
    struct till_context *, const void *, const struct till_settlement *,
    struct till_outcome *, struct till_op *);
static enum till_result saboteur_notify(const struct till_host *,
    struct till_context *, const void *, const struct till_event *);
static int saboteur_health(const struct till_host *, const void *,
    struct till_error *);
static enum till_result pay(const struct saboteur *,
    const struct till_settlement *, struct till_op *);
static void *complete(void *);
static void harm(const struct saboteur *, enum point);
static void chatter(const struct saboteur *, const struct till_host *,
    struct till_context *);
static void crash(void);
static void garble(size_t);
static void print(void);
static void close_all(void);
static void key_text(const struct till_settlement *, char[KEY_TEXT]);
static int is_made(const struct saboteur *, const char[KEY_TEXT]);
static int make(const struct saboteur *, const char[KEY_TEXT]);

static const char *const points[] = { "open", "begin", "before", "after",
	"pending", "query", "close", NULL };
static const char *const deeds[] = { "crash", "hang", "exit", "garbage",
	"flood", "print", "close-all", "chatter", NULL };

static const struct till_setting settings[] = {
	{ "journal", TILL_SET_PATH, 0, offsetof(struct saboteur, journal), NULL,
	    0, 0, NULL, "where payments are written" },
	{ "arm", TILL_SET_PATH, 0, offsetof(struct saboteur, arm), NULL, 0, 0,
	    NULL, "do harm when this file is there" },
	{ "at", TILL_SET_ENUM, 0, offsetof(struct saboteur, at), "begin", 0, 0,
	    points, "when" },
	{ "deed", TILL_SET_ENUM, 0, offsetof(struct saboteur, deed), "crash", 0,
	    0, deeds, "what" },
	{ "async", TILL_SET_BOOL, 0, offsetof(struct saboteur, async), "no", 0,
	    0, NULL, "answer later, from a thread" },
	{ "lose", TILL_SET_BOOL, 0, offsetof(struct saboteur, lose), "no", 0, 0,
	    NULL, "lose the answers to payments" },
	{ "mute", TILL_SET_BOOL, 0, offsetof(struct saboteur, mute), "no", 0, 0,
	    NULL, "do not tell what became of payments" },
	{ "delay", TILL_SET_DURATION, 0, offsetof(struct saboteur, delay_ms),
	    "20ms", 0, 60000, NULL, "how much later" },
	{ "open-delay", TILL_SET_DURATION, 0,
	    offsetof(struct saboteur, open_delay_ms), "0s", 0, 60000, NULL,
	    "how long it takes to open" },
	TILL_SETTING_END
};

#define FACILITIES (TILL_POLICY | TILL_AUTH | TILL_SETTLE | TILL_NOTIFY)
#define CAPS (TILL_CAP_ASYNC | TILL_CAP_QUERY | TILL_CAP_IDEMPOTENT)

TILL_MODULE("saboteur", "1.0", FACILITIES, CAPS){
	TILL_MODULE_HEAD("saboteur", "1.0", FACILITIES, CAPS),
	.settings = settings,
	.instance_size = sizeof(struct saboteur),
	.open = saboteur_open,
	.close = saboteur_close,
	.policy = saboteur_policy,
	.auth = saboteur_auth,
	.settle = saboteur_settle,
	.notify = saboteur_notify,
	.health = saboteur_health,
};

static int
saboteur_open(const struct till_host *host, struct till_instance *instance,
    void *self, int check_only, struct till_error *err)
{
	struct saboteur *s = self;

	(void)instance;
	(void)err;
	s->host = host;
	(void)usleep((useconds_t)s->open_delay_ms * 1000);
	if (!check_only)
		harm(s, AT_OPEN);
	return 0;
}

/* That it was called shows in the journal. */
static void
saboteur_close(void *self)
{
	struct saboteur *s = self;
	char line[KEY_TEXT];

	harm(s, AT_CLOSE);
	memset(line, '-', sizeof(line));
	line[KEY_TEXT - 1] = '\n';
	(void)make(s, line);
}

static enum till_result
saboteur_policy(const struct till_host *host, struct till_context *ctx,
    const void *self)
{
	chatter(self, host, ctx);
	harm(self, AT_BEGIN);
	return TILL_ALLOW;
}

static enum till_result
saboteur_auth(const struct till_host *host, struct till_context *ctx,
    const void *self)
{
	const struct till_prompt prompt = {
		.size = sizeof(prompt),
		.kind = TILL_ASK_SECRET,
		.id = "word",
		.label = "word",
		.text = "The word?",
		.min_len = 1,
		.max_len = 64,
	};
	struct till_reply reply = { .size = sizeof(reply) };

	harm(self, AT_BEGIN);
	if (host->reply(ctx, "word", &reply) == -1)
		return host->prompt(ctx, &prompt) == 0 ? TILL_NEED_INPUT
						       : TILL_ERROR;
	harm(self, AT_AFTER);
	if (reply.data.len != 6 || memcmp(reply.data.data, "sesame", 6) != 0)
		return host->fail(ctx, TILL_DENY, "wrong-word",
		    "that is not it");
	return host->method(ctx, "pwd", 1) == 0 ? TILL_GRANT : TILL_ERROR;
}

static enum till_result
saboteur_settle(const struct till_host *host, struct till_context *ctx,
    const void *self, const struct till_settlement *settlement,
    struct till_outcome *outcome_r, struct till_op *op)
{
	const struct saboteur *s = self;
	char key[KEY_TEXT];

	(void)host;
	(void)ctx;
	(void)outcome_r;
	if (settlement->verb == TILL_QUERY) {
		harm(s, AT_QUERY);
		if (s->mute)
			return TILL_UNAVAILABLE;
		key_text(settlement, key);
		return is_made(s, key) ? TILL_COMMITTED : TILL_NOT_FOUND;
	}
	harm(s, AT_BEGIN);
	return settlement->verb == TILL_CHARGE ? pay(s, settlement, op)
					       : TILL_NOT_ATTEMPTED;
}

static enum till_result
saboteur_notify(const struct till_host *host, struct till_context *ctx,
    const void *self, const struct till_event *event)
{
	harm(self, AT_BEGIN);
	host->log(ctx, TILL_LOG_INFO, "heard of %s", event->type);
	return TILL_DELIVERED;
}

static int
saboteur_health(const struct till_host *host, const void *self,
    struct till_error *err)
{
	(void)host;
	(void)err;
	harm(self, AT_BEGIN);
	return 0;
}

static enum till_result
pay(const struct saboteur *s, const struct till_settlement *settlement,
    struct till_op *op)
{
	char key[KEY_TEXT];
	struct later *later;
	pthread_t thread;

	key_text(settlement, key);
	harm(s, AT_BEFORE);
	if (!is_made(s, key) && make(s, key) == -1)
		return TILL_UNKNOWN;
	harm(s, AT_AFTER);
	if (s->lose)
		return TILL_UNKNOWN;
	if (!s->async || op == NULL)
		return TILL_COMMITTED;
	later = malloc(sizeof(*later));
	if (later == NULL)
		return TILL_UNKNOWN;
	*later = (struct later){ s, op };
	if (pthread_create(&thread, NULL, complete, later) != 0) {
		free(later);
		return TILL_UNKNOWN;
	}
	(void)pthread_detach(thread);
	return TILL_PENDING;
}

static void *
complete(void *arg)
{
	struct later *later = arg;
	const struct saboteur *s = later->s;
	struct till_op *op = later->op;
	struct till_outcome outcome = { .size = sizeof(outcome) };

	free(later);
	(void)usleep((useconds_t)s->delay_ms * 1000);
	harm(s, AT_PENDING);
	s->host->complete(op, TILL_COMMITTED, &outcome);
	return NULL;
}

/* The file is gone before anything happens: once is enough. */
static void
harm(const struct saboteur *s, enum point at)
{
	if (s->at != (int)at || s->arm == NULL || unlink(s->arm) == -1)
		return;
	switch ((enum deed)s->deed) {
	case CRASH:
		crash();
		break;
	case HANG:
		for (;;)
			(void)pause();
	case EXIT:
		_exit(0);
	case GARBAGE:
		garble(100);
		break;
	case FLOOD:
		garble(JUNK_MAX);
		break;
	case PRINT:
		print();
		break;
	case CLOSE_ALL:
		close_all();
		break;
	case CHATTER:
		break; /* it needs a call */
	}
}

/* Hang, but never be silent. */
static void
chatter(const struct saboteur *s, const struct till_host *host,
    struct till_context *ctx)
{
	if (s->deed != CHATTER || s->arm == NULL || unlink(s->arm) == -1)
		return;
	for (;;) {
		(void)usleep(10000);
		host->log(ctx, TILL_LOG_DEBUG, "still at it");
	}
}

/* Past the handlers of sanitizers, which would only exit. */
static void
crash(void)
{
	(void)signal(SIGSEGV, SIG_DFL);
	(void)raise(SIGSEGV);
}

/* To every socket that there is. */
static void
garble(size_t len)
{
	char *junk = malloc(len);
	socklen_t size;
	int fd, type;

	if (junk == NULL)
		return;
	memset(junk, 0xa5, len);
	for (fd = 3; fd < FDS_MAX; fd++) {
		size = sizeof(type);
		if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) == 0)
			(void)send(fd, junk, len, MSG_NOSIGNAL | MSG_DONTWAIT);
	}
	free(junk);
}

static void
print(void)
{
	static const char text[] =
	    "\x05\x00\x00\x00{\"event\":\"order.paid\"} to be read by nobody\n";
	int i;

	for (i = 0; i < 200; i++) {
		(void)!write(STDOUT_FILENO, text, sizeof(text) - 1);
		(void)!write(STDERR_FILENO, text, sizeof(text) - 1);
	}
}

static void
close_all(void)
{
	int fd;

	for (fd = 0; fd < FDS_MAX; fd++)
		(void)close(fd);
}

static void
key_text(const struct till_settlement *settlement, char text[KEY_TEXT])
{
	static const char digits[] = "0123456789abcdef";
	size_t i;

	for (i = 0; i < TILL_KEY_SIZE; i++) {
		text[2 * i] = digits[settlement->key[i] >> 4];
		text[2 * i + 1] = digits[settlement->key[i] & 15];
	}
	text[KEY_TEXT - 1] = '\n';
}

static int
is_made(const struct saboteur *s, const char key[KEY_TEXT])
{
	char line[KEY_TEXT];
	int fd, found = 0;

	if (s->journal == NULL)
		return 0;
	fd = open(s->journal, O_RDONLY | O_CLOEXEC);
	if (fd == -1)
		return 0;
	while (!found && read(fd, line, sizeof(line)) == sizeof(line))
		found = memcmp(line, key, sizeof(line)) == 0;
	(void)close(fd);
	return found;
}

static int
make(const struct saboteur *s, const char key[KEY_TEXT])
{
	int fd, r = -1;

	if (s->journal == NULL)
		return 0;
	fd = open(s->journal, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	if (fd == -1)
		return -1;
	if (write(fd, key, KEY_TEXT) == KEY_TEXT && fdatasync(fd) == 0)
		r = 0;
	(void)close(fd);
	return r;
}
