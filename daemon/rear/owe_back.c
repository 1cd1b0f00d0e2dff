/*
 * owe_back.c - a settlement whose order was ended before its answer came.
 *
 * An order ends once.  Where the operator has ended it while the network was
 * still at work, the answer changes nothing about that any more, so that
 * what the network moved has to go back.
 */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base64url.h"
#include "log/log.h"
#include "rear/clock.h"
#include "rear/owe_back.h"
#include "rear/reverser.h"

#define TRIES_MAX 10 /* at a ledger that is busy */
#define PAUSE_NS 100000000 /* between two of them */

static bool is_kept(const struct ledger_order *,
    const struct ledger_reversal *);
static enum ledger_result enter(struct rear *, struct ledger_request *);
static void say(enum till_log_level, const char *, const struct ledger_order *,
    const struct ledger_reversal *, const char *);

bool
owe_back(struct rear *rear, const struct ledger_order *stored,
    struct ledger_reversal *reversal)
{
	struct ledger_request request = { .op = LEDGER_REVERSE,
		.reversal = reversal,
		.actor = "" };

	if (is_kept(stored, reversal))
		return false;
	/* What is known to have moved goes back at once. */
	if (strcmp(reversal->reason, "late") == 0)
		reversal->next_ms = wall_ms();
	memcpy(reversal->id, reversal->original, sizeof(reversal->id));
	switch (enter(rear, &request)) {
	case LEDGER_DONE:
		reversal_watch(rear, reversal);
		say(TILL_LOG_WARNING, "reversal.late", stored, reversal, "");
		return true;
	case LEDGER_REPEAT:
		return true;
	default:
		say(TILL_LOG_ERROR, "late.not-recorded", stored, reversal,
		    request.err.text);
		return false;
	}
}

/* The order is paid with this money, or whoever settles it hears of it. */
static bool
is_kept(const struct ledger_order *stored,
    const struct ledger_reversal *reversal)
{
	char key[TILL_REF_MAX];

	_Static_assert(sizeof(reversal->original) == sizeof(key) &&
		sizeof(reversal->id) == sizeof(key),
	    "a key in base64url is a reference");
	if (stored->state == ORDER_INTENT || stored->state == ORDER_UNKNOWN)
		return true;
	if (stored->state != ORDER_PAID && stored->state != ORDER_REFUNDED)
		return false;
	(void)base64url_encode(stored->key, sizeof(stored->key), key);
	return strcmp(key, reversal->original) == 0;
}

/* Nobody would tell it again. */
static enum ledger_result
enter(struct rear *rear, struct ledger_request *request)
{
	const struct timespec pause = { .tv_nsec = PAUSE_NS };
	enum ledger_result result = LEDGER_BUSY;
	int i;

	for (i = 0; i < TRIES_MAX && result == LEDGER_BUSY; i++) {
		if (i > 0)
			(void)nanosleep(&pause, NULL);
		result = ledger_apply(rear->ledger, request);
	}
	return result;
}

static void
say(enum till_log_level level, const char *event,
    const struct ledger_order *stored, const struct ledger_reversal *reversal,
    const char *text)
{
	log_line(level, event, "instance", reversal->instance, "key",
	    reversal->original, "reason", reversal->reason, "merchant",
	    reversal->merchant, "jti", reversal->jti, "order",
	    order_state_name(stored->state), "text", text, NULL);
}
