/*
 * reverser_late.c - what settle modules tell after they have answered.
 *
 * The order is found by the key of its settlement.  Money that moved for
 * an order that was not paid by it is owed back, once for each such
 * message; what the network took back itself is listed for the operator.
 */
#include <string.h>

#include "base64url.h"
#include "log/log.h"
#include "module/late.h"
#include "rear/clock.h"
#include "rear/herald.h"
#include "rear/reverser.h"
#include "rear/settlement.h"
#include "rear/setup.h"

static int write_line(struct rear *, const char *, const struct till_late *);
static int find(struct rear *, const struct till_late *, struct ledger_order *);
static int owe(struct rear *, const char *, const struct till_late *,
    const struct ledger_order *);
static void setup_of(struct rear *, const char *, struct ledger_reversal *);
static void say(enum till_log_level, const char *, const char *,
    const struct till_late *, const char *, const char *);

int
reverser_late(void *arg, const char *instance, const struct till_late *late)
{
	struct rear *rear = arg;
	struct ledger_order order;
	int r = -1;

	if (late->kind == TILL_LATE_LINE)
		return write_line(rear, instance, late);
	(void)pthread_mutex_lock(&rear->late_lock);
	if (rear->reverser != NULL) {
		r = find(rear, late, &order);
		if (r == 0) {
			r = owe(rear, instance, late, &order);
			ledger_order_clear(&order);
		} else if (r == 1) {
			/* As of a ledger that was restored from before. */
			say(TILL_LOG_ERROR, "late.unknown", instance, late, "",
			    "");
			r = 0;
		}
	}
	(void)pthread_mutex_unlock(&rear->late_lock);
	return r;
}

/* Of the thread of a module, which must not be the one that gives up the
 * last of a generation: the event is another one's. */
static int
write_line(struct rear *rear, const char *instance,
    const struct till_late *late)
{
	log_line(late_level(late->code), "module", "instance", instance, "text",
	    late->text, NULL);
	if (strcmp(late->code, "alarm") != 0)
		return 0;
	(void)pthread_mutex_lock(&rear->late_lock);
	if (rear->reverser != NULL)
		herald_alarm(rear, "settle.alarm", "", instance, late->text);
	(void)pthread_mutex_unlock(&rear->late_lock);
	return 0;
}

/* 0; 1: no order has this key; -1. */
static int
find(struct rear *rear, const struct till_late *late,
    struct ledger_order *order)
{
	char mid[TILL_ID_MAX], jti[TILL_JTI_MAX];
	struct till_error err;
	int r;

	r = ledger_settlement_get(rear->ledger, late->key, mid, jti, &err);
	if (r == 0)
		r = ledger_order_get(rear->ledger, mid, jti, order, &err);
	return r;
}

static int
owe(struct rear *rear, const char *instance, const struct till_late *late,
    const struct ledger_order *order)
{
	const bool taken_back = late->kind == TILL_LATE_TAKEN_BACK;
	const bool is_its_own =
	    memcmp(late->key, order->key, sizeof(order->key)) == 0;
	struct ledger_reversal reversal;
	struct ledger_request request = { .op = LEDGER_REVERSE,
		.reversal = &reversal,
		.actor = "" };

	/* Whoever settles it will hear of it. */
	if (order->state == ORDER_INTENT || order->state == ORDER_UNKNOWN)
		return -1;
	if (!taken_back && is_its_own &&
	    (order->state == ORDER_PAID || order->state == ORDER_REFUNDED))
		return 0;
	reversal_owe(rear, order, late->key, taken_back ? "dispute" : "late",
	    &reversal);
	(void)snprintf(reversal.instance, sizeof(reversal.instance), "%s",
	    instance);
	setup_of(rear, instance, &reversal);
	(void)snprintf(reversal.id, sizeof(reversal.id), "%s", late->id);
	reversal.next_ms = wall_ms();
	if (taken_back) {
		reversal.state = REVERSAL_PARKED;
		reversal.amount = late->amount;
	}
	switch (ledger_apply(rear->ledger, &request)) {
	case LEDGER_DONE:
		reverser_add(rear->reverser, &reversal);
		say(taken_back ? TILL_LOG_ERROR : TILL_LOG_WARNING,
		    taken_back ? "dispute.opened" : "reversal.late", instance,
		    late, order->merchant, order->jti);
		return 0;
	case LEDGER_REPEAT:
		return 0;
	default:
		say(TILL_LOG_ERROR, "late.not-recorded", instance, late,
		    order->merchant, order->jti);
		return -1;
	}
}

/* What is behind the name today; it has just told us.  Under the lock
 * rather than by a reference: the last one to go would close the instance
 * that waits for us. */
static void
setup_of(struct rear *rear, const char *instance,
    struct ledger_reversal *reversal)
{
	const struct conf *conf;
	size_t i;

	(void)pthread_mutex_lock(&rear->lock);
	conf = rear->generation->conf;
	for (i = 0; i < conf->instances_len; i++) {
		if (strcmp(conf->instances[i].name, instance) != 0)
			continue;
		(void)snprintf(reversal->via, sizeof(reversal->via), "%s",
		    settlement_via(conf->instances[i].module));
		setup_digest(&conf->instances[i], reversal->setup);
	}
	(void)pthread_mutex_unlock(&rear->lock);
}

static void
say(enum till_log_level level, const char *event, const char *instance,
    const struct till_late *late, const char *mid, const char *jti)
{
	char key[TILL_REF_MAX];

	(void)base64url_encode(late->key, sizeof(late->key), key);
	log_line(level, event, "instance", instance, "key", key, "id", late->id,
	    "code", late->code, "text", late->text, "merchant", mid, "jti", jti,
	    NULL);
}
