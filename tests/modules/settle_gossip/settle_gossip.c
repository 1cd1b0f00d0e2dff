/*
 * settle_gossip - a module that tells late and reports whatever it is asked
 * to by the word of a report; for the tests of module hosts.
 *
 * With first=ID a thread of its own tells that until it is known.
 */
#include <sys/socket.h>

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <till/module.h>

#define FD_LATE 4 /* of a module host */
#define CROWD_MAX 8
#define RAW_MAX 8192

struct gossip {
	const char *first;
	const struct till_host *host;
	struct till_instance *instance;
	pthread_t *thread;
};

/* One of several that tell at the same time. */
struct one {
	const struct gossip *gossip;
	pthread_t thread;
	int answer;
};

static int gossip_open(const struct till_host *, struct till_instance *, void *,
    int, struct till_error *);
static void gossip_close(void *);
static enum till_result gossip_settle(const struct till_host *,
    struct till_context *, const void *, const struct till_settlement *,
    struct till_outcome *, struct till_op *);
static int gossip_report(const struct till_host *, const void *, const char *,
    char[TILL_REPORT_MAX], struct till_error *);
static void *tell_first(void *);
static int tell(const struct gossip *, const char *id);
static int tell_many(const struct gossip *, int);
static int tell_together(const struct gossip *);
static void *tell_one(void *);
static int send_raw(const char *);
static int digit(char);

static const struct till_setting settings[] = {
	{ "first", TILL_SET_STRING, 0, offsetof(struct gossip, first), NULL, 0,
	    0, NULL, "what a thread tells" },
	TILL_SETTING_END
};

#define CAPS (TILL_CAP_THREADSAFE | TILL_CAP_QUERY | TILL_CAP_IDEMPOTENT)

TILL_MODULE("settle_gossip", "1.0", TILL_SETTLE, CAPS){
	TILL_MODULE_HEAD("settle_gossip", "1.0", TILL_SETTLE, CAPS),
	.settings = settings,
	.instance_size = sizeof(struct gossip),
	.open = gossip_open,
	.close = gossip_close,
	.settle = gossip_settle,
	.report = gossip_report,
};

static int
gossip_open(const struct till_host *host, struct till_instance *instance,
    void *self, int check_only, struct till_error *err)
{
	struct gossip *gossip = self;

	gossip->host = host;
	gossip->instance = instance;
	if (check_only || gossip->first == NULL)
		return 0;
	gossip->thread = malloc(sizeof(*gossip->thread));
	if (gossip->thread == NULL)
		return till_fail(err, "out of memory");
	if (pthread_create(gossip->thread, NULL, tell_first, gossip) == 0)
		return 0;
	free(gossip->thread);
	return till_fail(err, "no thread can be started");
}

static void
gossip_close(void *self)
{
	struct gossip *gossip = self;

	if (gossip->thread == NULL)
		return;
	(void)pthread_join(*gossip->thread, NULL);
	free(gossip->thread);
}

static enum till_result
gossip_settle(const struct till_host *host, struct till_context *ctx,
    const void *self, const struct till_settlement *settlement,
    struct till_outcome *outcome_r, struct till_op *op)
{
	(void)host;
	(void)ctx;
	(void)self;
	(void)outcome_r;
	(void)op;
	return settlement->verb == TILL_QUERY ? TILL_NOT_FOUND : TILL_DECLINED;
}

static int
gossip_report(const struct till_host *host, const void *self, const char *word,
    char text[TILL_REPORT_MAX], struct till_error *err)
{
	const struct gossip *gossip = self;
	int n = 0;

	(void)host;
	if (strcmp(word, "status") == 0)
		(void)snprintf(text, TILL_REPORT_MAX, "all is well\nit is\n");
	else if (strcmp(word, "full") == 0)
		memset(text, 'x', TILL_REPORT_MAX); /* no NUL */
	else if (strcmp(word, "mute") == 0)
		return -1;
	else if (strcmp(word, "exit") == 0)
		_exit(0);
	else if (strcmp(word, "hang") == 0)
		for (;;)
			(void)pause();
	else if (strncmp(word, "tell ", 5) == 0)
		n = tell(gossip, word + 5);
	else if (strcmp(word, "many") == 0)
		n = tell_many(gossip, 100);
	else if (strcmp(word, "together") == 0)
		n = tell_together(gossip);
	else if (strncmp(word, "raw ", 4) == 0)
		n = send_raw(word + 4);
	else
		return till_fail(err, "knows nothing of %s", word);
	if (text[0] == '\0')
		(void)snprintf(text, TILL_REPORT_MAX, "%d", n);
	return 0;
}

static void *
tell_first(void *arg)
{
	const struct gossip *gossip = arg;

	while (tell(gossip, gossip->first) == -1)
		(void)usleep(1000);
	return NULL;
}

static int
tell(const struct gossip *gossip, const char *id)
{
	struct till_late late = {
		.size = sizeof(late),
		.kind = TILL_LATE_MOVED,
		.amount = { 5 * TILL_MICRO, "EUR" },
		.id = id,
		.code = "00",
		.text = "approved too late",
	};

	memset(late.key, 7, sizeof(late.key));
	return gossip->host->late(gossip->instance, &late);
}

/* How many of them are known. */
static int
tell_many(const struct gossip *gossip, int n)
{
	int known = 0;

	while (n-- > 0)
		known += tell(gossip, "many") == 0;
	return known;
}

static int
tell_together(const struct gossip *gossip)
{
	struct one ones[CROWD_MAX];
	int known = 0, i;

	for (i = 0; i < CROWD_MAX; i++) {
		ones[i].gossip = gossip;
		if (pthread_create(&ones[i].thread, NULL, tell_one, &ones[i]) !=
		    0)
			abort();
	}
	for (i = 0; i < CROWD_MAX; i++) {
		(void)pthread_join(ones[i].thread, NULL);
		known += ones[i].answer == 0;
	}
	return known;
}

static void *
tell_one(void *arg)
{
	struct one *one = arg;

	one->answer = tell(one->gossip, "together");
	return NULL;
}

/* Octets in hexadecimal, as a message of their own; how many went. */
static int
send_raw(const char *hex)
{
	unsigned char octets[RAW_MAX];
	size_t len = 0;

	while (hex[0] != '\0' && hex[1] != '\0' && len < sizeof(octets)) {
		octets[len++] =
		    (unsigned char)(16 * digit(hex[0]) + digit(hex[1]));
		hex += 2;
	}
	return (int)send(FD_LATE, octets, len, MSG_NOSIGNAL);
}

static int
digit(char c)
{
	return c <= '9' ? c - '0' : c - 'a' + 10;
}
