/*
 * notify_mock - take events, or not, as told; for tests and drills.
 *
 *	module n notify_mock script="voucher.issued:retry-later,delivered"
 *
 * Scripts go by the event's type or by the merchant's id.
 */
#include "mock.h"

struct notify_mock {
	struct mock mock;
};

static int notify_mock_open(const struct till_host *, struct till_instance *,
    void *, int, struct till_error *);
static void notify_mock_close(void *);
static enum till_result notify_mock_notify(const struct till_host *,
    struct till_context *, const void *, const struct till_event *);

static const char *const words[] = { "delivered", "retry-later", "drop",
	"error", "unavailable", NULL };
static const enum till_result results[] = { TILL_DELIVERED, TILL_RETRY_LATER,
	TILL_DROP, TILL_ERROR, TILL_UNAVAILABLE };

static const struct till_setting settings[] = {
	MOCK_SETTINGS(struct notify_mock, words), TILL_SETTING_END
};

TILL_MODULE("notify_mock", "1.0", TILL_NOTIFY,
    TILL_CAP_THREADSAFE | TILL_CAP_MOCK){
	TILL_MODULE_HEAD("notify_mock", "1.0", TILL_NOTIFY,
	    TILL_CAP_THREADSAFE | TILL_CAP_MOCK),
	.settings = settings,
	.instance_size = sizeof(struct notify_mock),
	.open = notify_mock_open,
	.close = notify_mock_close,
	.notify = notify_mock_notify,
};

static int
notify_mock_open(const struct till_host *host, struct till_instance *instance,
    void *self, int check_only, struct till_error *err)
{
	struct notify_mock *n = self;

	(void)host;
	(void)instance;
	return mock_open(&n->mock, words, check_only, err);
}

static void
notify_mock_close(void *self)
{
	struct notify_mock *n = self;

	mock_close(&n->mock);
}

static enum till_result
notify_mock_notify(const struct till_host *host, struct till_context *ctx,
    const void *self, const struct till_event *event)
{
	const struct notify_mock *n = self;
	const char *const keys[] = { event->type, event->merchant, NULL };
	const int answer = mock_answer(&n->mock, words, keys);

	(void)mock_note(&n->mock, "notify %s %s %s %u %s", event->type,
	    event->id, event->merchant, (unsigned int)event->attempt,
	    words[answer]);
	mock_wait(n->mock.delay_ms);
	switch (mock_misbehave(&n->mock)) {
	case MOCK_GARBAGE:
		return (enum till_result)0x7f7f7f;
	case MOCK_FOREIGN:
		return TILL_COMMITTED;
	case MOCK_NONE:
	case MOCK_CRASH:
	case MOCK_HANG:
	case MOCK_EXIT:
	case MOCK_STDOUT:
		break;
	}
	if (answer == 0)
		return results[0];
	return host->fail(ctx, results[answer], "mock", "told to answer %s",
	    words[answer]);
}
