/*
 * policy_bad - a sound policy module that breaks the contract in the one
 * way that it is told to; for the tests of the conformance suite.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <till/module.h>

#define LEAK 8192 /* octets lost in each open */

struct bad {
	int fault;
	int64_t count, level;
	atomic_uint *calls; /* behind a pointer: self is read-only */
};

enum fault {
	NONE,
	MUTE_OPEN,
	WRITES_ON_CHECK,
	THREAD_ON_CHECK,
	LEAKS_FILES,
	LEAKS_MEMORY,
	WRITES_SELF,
	SLOW_HEALTH,
	MUTE_HEALTH,
	RACY,
	READS_BEYOND,
	FIXED_SIZE,
	ERROR,
	FOREIGN,
	NO_LEVEL,
	MUTE,
	WRITES_FILES,
	FICKLE,
	IGNORES_LIMIT,
	FAILS_OPEN,
	CRASHES,
	HANGS,
	EXITS,
	PRINTS,
	LEAVES_PROGRAM,
	LEAKS_FILE,
	OPENS_LATE
};

static const char *const faults[] = { "none", "mute-open", "writes-on-check",
	"thread-on-check", "leaks-files", "leaks-memory", "writes-self",
	"slow-health", "mute-health", "racy", "reads-beyond", "fixed-size",
	"error", "foreign", "no-level", "mute", "writes-files", "fickle",
	"ignores-limit", "fails-open", "crashes", "hangs", "exits", "prints",
	"leaves-program", "leaks-file", "opens-late", NULL };

static int bad_open(const struct till_host *, struct till_instance *, void *,
    int, struct till_error *);
static void bad_close(void *);
static enum till_result bad_policy(const struct till_host *,
    struct till_context *, const void *);
static int bad_health(const struct till_host *, const void *,
    struct till_error *);
static enum till_result misbehave(const struct till_host *,
    struct till_context *, const struct bad *);
static enum till_result judge(const struct till_host *, struct till_context *,
    const struct bad *);
static void *idle(void *);
static void wait_ms(long);
static void write_self(const struct bad *);
static void leave_program(void);

static const struct till_setting settings[] = {
	{ "fault", TILL_SET_ENUM, 0, offsetof(struct bad, fault), NULL, 0, 0,
	    faults, "what it does wrong" },
	{ "count", TILL_SET_INT, 0, offsetof(struct bad, count), "10", 1, 100,
	    NULL, "payments of a day" },
	{ "level", TILL_SET_INT, 0, offsetof(struct bad, level), "2", 1, 10,
	    NULL, "for more than 100.00 EUR" },
	TILL_SETTING_END
};

#define CAPS (TILL_CAP_THREADSAFE | TILL_CAP_PURE)

TILL_MODULE("policy_bad", "1.0", TILL_POLICY, CAPS){
	TILL_MODULE_HEAD("policy_bad", "1.0", TILL_POLICY, CAPS),
	.settings = settings,
	.instance_size = sizeof(struct bad),
	.open = bad_open,
	.close = bad_close,
	.policy = bad_policy,
	.health = bad_health,
};

static int
bad_open(const struct till_host *host, struct till_instance *instance,
    void *self, int check_only, struct till_error *err)
{
	struct bad *bad = self;
	pthread_t thread;
	int fd;

	(void)instance;
	if (bad->fault == MUTE_OPEN && bad->count == 100)
		return -1;
	if (bad->fault == FIXED_SIZE && host->size != sizeof(*host))
		return till_fail(err, "another server than was expected");
	if (bad->fault == WRITES_ON_CHECK && check_only) {
		fd = open("checked", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
		if (fd != -1)
			(void)close(fd);
	}
	if (bad->fault == THREAD_ON_CHECK && check_only &&
	    pthread_create(&thread, NULL, idle, NULL) == 0)
		(void)pthread_join(thread, NULL);
	if (bad->fault == LEAKS_FILES)
		(void)open("/dev/null", O_RDONLY | O_CLOEXEC);
	bad->calls = calloc(1, bad->fault == LEAKS_MEMORY ? LEAK : 64);
	return bad->calls != NULL ? 0 : till_fail(err, "out of memory");
}

static void
bad_close(void *self)
{
	struct bad *bad = self;

	if (bad->fault != LEAKS_MEMORY)
		free(bad->calls);
}

static enum till_result
bad_policy(const struct till_host *host, struct till_context *ctx,
    const void *self)
{
	const struct bad *bad = self;
	const enum till_result result = misbehave(host, ctx, bad);

	return result != TILL_PENDING ? result : judge(host, ctx, bad);
}

static int
bad_health(const struct till_host *host, const void *self,
    struct till_error *err)
{
	const struct bad *bad = self;

	(void)host;
	(void)err;
	if (bad->fault == SLOW_HEALTH)
		wait_ms(1500);
	return bad->fault == MUTE_HEALTH ? -1 : 0;
}

/* TILL_PENDING, which no policy has: judge as usual. */
static enum till_result
misbehave(const struct till_host *host, struct till_context *ctx,
    const struct bad *bad)
{
	const struct till_order *order = host->order(ctx);
	const void *const *beyond;
	int fd;

	switch ((enum fault)bad->fault) {
	case WRITES_SELF:
		write_self(bad);
		break;
	case READS_BEYOND:
		beyond = (const void *const *)(const void *)(host + 1);
		return *beyond != NULL ? TILL_ALLOW : TILL_NO_OPINION;
	case ERROR:
		return host->fail(ctx, TILL_ERROR, "error", "always");
	case FOREIGN:
		return TILL_GRANT;
	case NO_LEVEL:
		return order->amount.micro > TILL_MICRO * 1000 ? TILL_STEP_UP
							       : TILL_ALLOW;
	case LEAKS_FILE:
		(void)!dup(STDIN_FILENO);
		break;
	case OPENS_LATE: /* and slowly, but once and for all */
		wait_ms(1200);
		if (atomic_fetch_add(bad->calls, 1) == 5)
			(void)!dup(STDIN_FILENO);
		break;
	case WRITES_FILES:
		fd = open("asked", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
		if (fd != -1)
			(void)close(fd);
		break;
	case RACY:
		wait_ms(1);
		return atomic_fetch_add(bad->calls, 1) % 2 == 0
		    ? TILL_ALLOW
		    : TILL_NO_OPINION;
	case FICKLE:
		return atomic_fetch_add(bad->calls, 1) % 3 == 2
		    ? TILL_NO_OPINION
		    : TILL_ALLOW;
	case CRASHES:
		if (strcmp(order->amount.currency, "JPY") == 0)
			abort();
		break;
	case HANGS:
		for (;;)
			wait_ms(1000);
	case EXITS:
		_exit(0);
	case PRINTS:
		if (write(STDOUT_FILENO, "asked\n", 6) == -1)
			return TILL_ERROR;
		break;
	case LEAVES_PROGRAM:
		leave_program();
		break;
	default:
		break;
	}
	return TILL_PENDING;
}

static enum till_result
judge(const struct till_host *host, struct till_context *ctx,
    const struct bad *bad)
{
	const struct till_order *order = host->order(ctx);
	const struct till_limit limit = { .size = sizeof(limit),
		.name = "per-day",
		.scope = TILL_SCOPE_CUSTOMER,
		.window = TILL_WINDOW_DAY,
		.max_micro = -1,
		.max_count = bad->count };
	const int r = host->limit(ctx, &limit);

	if (r == -1 && bad->fault != FAILS_OPEN)
		return host->fail(ctx, TILL_UNAVAILABLE, "counter",
		    "the limit could not be checked");
	if (r == 1 && bad->fault == MUTE)
		return TILL_REFUSE;
	if (r == 1 && bad->fault != IGNORES_LIMIT)
		return host->fail(ctx, TILL_REFUSE, "limit",
		    "too many payments");
	if (order->amount.micro > 100 * TILL_MICRO)
		return host->step_up(ctx, (uint32_t)bad->level) == 0
		    ? TILL_STEP_UP
		    : TILL_ERROR;
	return TILL_ALLOW;
}

static void *
idle(void *arg)
{
	return arg;
}

static void
wait_ms(long ms)
{
	struct timespec left = { ms / 1000, ms % 1000 * 1000000 };

	while (nanosleep(&left, &left) == -1 && errno == EINTR)
		;
}

static void
write_self(const struct bad *bad)
{
	union {
		const void *is;
		int *was;
	} alias;

	alias.is = &bad->fault;
	*alias.was = NONE;
}

static void
leave_program(void)
{
	if (fork() != 0)
		return;
	(void)close(STDOUT_FILENO);
	for (;;)
		wait_ms(1000);
}
