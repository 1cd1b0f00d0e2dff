/*
 * notify_bad - a sound notify module that breaks the contract in the one
 * way that it is told to; for the tests of the conformance suite.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <till/module.h>

#define SHORT_MAX 4096

struct bad {
	int fault;
	char *last; /* the id of the event before; memory of open's */
};

enum fault { NONE, ERROR, MUTE, CHOOSY, ONCE, WAITS, SHORT, LEAKS_FILE };

static const char *const faults[] = { "none", "error", "mute", "choosy", "once",
	"waits", "short", "leaks-file", NULL };

static int bad_open(const struct till_host *, struct till_instance *, void *,
    int, struct till_error *);
static void bad_close(void *);
static enum till_result bad_notify(const struct till_host *,
    struct till_context *, const void *, const struct till_event *);

static const struct till_setting settings[] = {
	{ "fault", TILL_SET_ENUM, 0, offsetof(struct bad, fault), NULL, 0, 0,
	    faults, "what it does wrong" },
	TILL_SETTING_END
};

TILL_MODULE("notify_bad", "1.0", TILL_NOTIFY, 0){
	TILL_MODULE_HEAD("notify_bad", "1.0", TILL_NOTIFY, 0),
	.settings = settings,
	.instance_size = sizeof(struct bad),
	.open = bad_open,
	.close = bad_close,
	.notify = bad_notify,
};

static int
bad_open(const struct till_host *host, struct till_instance *instance,
    void *self, int check_only, struct till_error *err)
{
	struct bad *bad = self;

	(void)host;
	(void)instance;
	(void)check_only;
	bad->last = calloc(1, SHORT_MAX);
	return bad->last != NULL ? 0 : till_fail(err, "out of memory");
}

static void
bad_close(void *self)
{
	struct bad *bad = self;

	free(bad->last);
}

static enum till_result
bad_notify(const struct till_host *host, struct till_context *ctx,
    const void *self, const struct till_event *event)
{
	const struct bad *bad = self;
	const int again = strcmp(bad->last, event->id) == 0;
	struct timespec left = { 1000, 0 };

	(void)snprintf(bad->last, SHORT_MAX, "%s", event->id);
	switch ((enum fault)bad->fault) {
	case ERROR:
		return host->fail(ctx, TILL_ERROR, "error", "always");
	case MUTE:
		return TILL_DROP;
	case CHOOSY:
		return strcmp(event->type, "something.new") == 0
		    ? TILL_COMMITTED
		    : TILL_DELIVERED;
	case ONCE:
		return again ? (enum till_result)99 : TILL_DELIVERED;
	case WAITS:
		while (event->attempt > 3 && nanosleep(&left, &left) == -1 &&
		    errno == EINTR)
			;
		break;
	case SHORT:
		if (strlen(event->json) > SHORT_MAX)
			abort();
		break;
	case LEAKS_FILE:
		(void)!dup(STDIN_FILENO);
		break;
	case NONE:
		break;
	}
	return TILL_DELIVERED;
}
