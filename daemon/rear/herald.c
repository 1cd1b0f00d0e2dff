/*
 * herald.c - what happened, to those who are owed it and those who may
 * hear it.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "log/log.h"
#include "rear/clock.h"
#include "rear/event.h"
#include "rear/herald.h"

/* For "try" lines: what happened, under which configuration.  Without one
 * it is still to be raised. */
struct news {
	struct news *next;
	struct generation *generation; /* counted; or NULL */
	struct ledger_event event;
};

struct herald {
	struct rear *rear;
	struct outbox *outbox;
	pthread_mutex_t lock;
	pthread_cond_t work;
	struct news *first, **last;
	size_t len;
	bool stop, running;
	pthread_t thread;
};

static const char *type_of(enum ledger_op, const struct ledger_order *);
static void fill_order(const struct order_run *, struct ledger_event *);
static bool was_recorded(const struct order_run *);
static bool begin(struct ledger_event *, const char *);
static void happened(struct rear *, struct generation *, struct ledger_event *,
    bool);
static void put(struct herald *, struct generation *,
    const struct ledger_event *);
static void queue(struct herald *, struct news *);
static void lose(const struct ledger_event *);
static void news_free(struct news *);
static void *herald_thread(void *);
static void raise_event(struct rear *, const struct ledger_event *);
static struct news *take(struct herald *);
static void tell(const struct news *);
static void tell_line(struct instance *, const struct till_event *);
static void write_log(void *, const char *, enum till_log_level, const char *);

static const struct context_ops services = { .log = write_log };

int
herald_start(struct rear *rear, struct herald **herald_r,
    struct till_error *err)
{
	struct herald *herald = calloc(1, sizeof(*herald));

	if (herald == NULL)
		return till_fail(err, "out of memory");
	herald->rear = rear;
	herald->last = &herald->first;
	(void)pthread_mutex_init(&herald->lock, NULL);
	clock_cond_init(&herald->work);
	if (outbox_start(rear, &herald->outbox, err) == -1)
		goto fail;
	if (pthread_create(&herald->thread, NULL, herald_thread, herald) != 0) {
		(void)till_fail(err, "no thread can be started");
		goto fail;
	}
	herald->running = true;
	*herald_r = herald;
	return 0;
fail:
	herald_stop(herald);
	return -1;
}

void
herald_stop(struct herald *herald)
{
	if (herald == NULL)
		return;
	(void)pthread_mutex_lock(&herald->lock);
	herald->stop = true;
	(void)pthread_cond_signal(&herald->work);
	(void)pthread_mutex_unlock(&herald->lock);
	if (herald->running)
		(void)pthread_join(herald->thread, NULL);
	outbox_stop(herald->outbox); /* which the thread may have used */
	(void)pthread_cond_destroy(&herald->work);
	(void)pthread_mutex_destroy(&herald->lock);
	free(herald);
}

void
herald_reload(struct herald *herald)
{
	outbox_reload(herald->outbox);
}

struct outbox *
herald_outbox(struct herald *herald)
{
	return herald->outbox;
}

struct ledger_event *
herald_owe_order(struct order_run *run, enum ledger_op op)
{
	const struct generation *generation = run->purchase->generation;

	if (!event_has_line(generation, CONTROL_MUST) ||
	    !begin(&run->event, type_of(op, &run->stored)))
		return NULL;
	fill_order(run, &run->event);
	return event_owe(&run->event, generation) ? &run->event : NULL;
}

void
herald_order(const struct order_run *run)
{
	struct generation *generation;
	struct ledger_event event;

	if (!run->newly && !run->in_doubt)
		return;
	generation = run->purchase->generation;
	if (was_recorded(run)) {
		event = run->event;
		happened(run->rear, generation, &event, true);
		return;
	}
	if (generation->conf->notify.len == 0 ||
	    !begin(&event,
		run->in_doubt ? "settle.unknown"
			      : type_of(run->ledger.op, &run->stored)))
		return;
	fill_order(run, &event);
	if (run->in_doubt)
		event.reason = TILL_REASON_NONE;
	/* What is new but was not recorded is owed to nobody. */
	if (run->newly)
		put(run->rear->herald, generation, &event);
	else
		happened(run->rear, generation, &event, false);
}

void
herald_alert(const struct order_run *run, const char *type,
    const char *instance, const char *text)
{
	const struct purchase *purchase = run->purchase;
	struct ledger_event event;

	if (purchase->generation->conf->notify.len == 0 || !begin(&event, type))
		return;
	memcpy(event.merchant, run->claim.mid, strlen(run->claim.mid) + 1);
	memcpy(event.jti, run->claim.jti, strlen(run->claim.jti) + 1);
	memcpy(event.th, purchase->ticket->th, sizeof(event.th));
	memcpy(purchase->of_merchant ? event.merchant : event.customer,
	    purchase->customer, sizeof(event.customer));
	(void)snprintf(event.channel, sizeof(event.channel), "%s",
	    purchase->channel);
	(void)snprintf(event.instance, sizeof(event.instance), "%s", instance);
	(void)snprintf(event.text, sizeof(event.text), "%s", text);
	event.kind = purchase->ticket->kind;
	event.amount = purchase->ticket->amount;
	happened(run->rear, purchase->generation, &event, false);
}

struct ledger_event *
herald_owe_settle(struct rear *rear, const char *type,
    const struct ledger_order *order, struct ledger_event *event)
{
	struct generation *generation = rear_generation(rear);
	bool owed = false;

	if (event_has_line(generation, CONTROL_MUST) && begin(event, type)) {
		event_order(event, order);
		owed = event_owe(event, generation);
	}
	generation_unref(generation);
	return owed ? event : NULL;
}

/* Orders are resolved before anybody is there to tell; what was recorded
 * then is found when the lines begin. */
void
herald_settle(struct rear *rear, const char *type,
    const struct ledger_order *order, const struct ledger_event *owed)
{
	struct generation *generation;
	struct ledger_event event;

	if (rear->herald == NULL)
		return;
	generation = rear_generation(rear);
	if (owed != NULL) {
		event = *owed;
		happened(rear, generation, &event, true);
	} else if (begin(&event, type)) {
		event_order(&event, order);
		put(rear->herald, generation, &event);
	}
	generation_unref(generation);
}

struct ledger_event *
herald_owe_topup(struct rear *rear, const char *cid,
    const struct till_money *amount, const char *text,
    struct ledger_event *event)
{
	struct generation *generation = rear_generation(rear);
	bool owed = false;

	if (begin(event, "topup.booked")) {
		(void)snprintf(event->customer, sizeof(event->customer), "%s",
		    cid);
		(void)snprintf(event->text, sizeof(event->text), "%s",
		    text == NULL ? "" : text);
		event->amount = *amount;
		owed = event_owe(event, generation);
	}
	generation_unref(generation);
	return owed ? event : NULL;
}

struct ledger_event *
herald_owe_refund(struct rear *rear, bool made,
    const struct ledger_order *order, const char *id,
    const struct till_money *amount, uint64_t txn, struct ledger_event *event)
{
	struct generation *generation = rear_generation(rear);
	bool owed = false;

	if (begin(event, made ? "refund.made" : "refund.failed")) {
		event_order(event, order);
		(void)snprintf(event->refund, sizeof(event->refund), "%s", id);
		event->amount = *amount;
		event->txn = txn;
		owed = event_owe(event, generation);
	}
	generation_unref(generation);
	return owed ? event : NULL;
}

/* With a number it was recorded, also before there is anybody to tell. */
void
herald_booked(struct rear *rear, const struct ledger_event *told)
{
	struct generation *generation = rear_generation(rear);
	struct ledger_event event = *told;

	if (rear->herald != NULL && event.id[0] != '\0') {
		if (event.sequence != 0)
			happened(rear, generation, &event, true);
		else
			put(rear->herald, generation, &event);
	}
	generation_unref(generation);
}

void
herald_unit(struct rear *rear, const char *type, const char *text)
{
	if (rear->herald != NULL)
		herald_alarm(rear, type, "", "", text);
}

void
herald_alarm(struct rear *rear, const char *type, const char *cid,
    const char *instance, const char *text)
{
	struct news *news = calloc(1, sizeof(*news));

	if (news == NULL)
		return;
	(void)snprintf(news->event.type, sizeof(news->event.type), "%s", type);
	(void)snprintf(news->event.customer, sizeof(news->event.customer), "%s",
	    cid);
	(void)snprintf(news->event.instance, sizeof(news->event.instance), "%s",
	    instance);
	(void)snprintf(news->event.text, sizeof(news->event.text), "%s", text);
	queue(rear->herald, news);
}

static const char *
type_of(enum ledger_op op, const struct ledger_order *order)
{
	if (op == LEDGER_PAY)
		return "voucher.issued";
	if (order->state == ORDER_UNKNOWN)
		return "settle.unknown";
	return order->reason == TILL_REASON_AUTH ? "auth.failed"
						 : "ticket.refused";
}

static void
fill_order(const struct order_run *run, struct ledger_event *event)
{
	event_order(event, &run->stored);
	(void)snprintf(event->channel, sizeof(event->channel), "%s",
	    run->purchase->channel);
	event->auth_level = run->facts.auth_level;
}

/* The last request of a run that has ended an order is the one that did
 * it. */
static bool
was_recorded(const struct order_run *run)
{
	return run->ledger.event != NULL && run->ledger.result == LEDGER_DONE;
}

static bool
begin(struct ledger_event *event, const char *type)
{
	if (event_begin(event, type) == 0)
		return true;
	log_line(TILL_LOG_ERROR, "notify.lost", "type", type, NULL);
	return false;
}

/* To those who are owed it: recorded already, or to be. */
static void
happened(struct rear *rear, struct generation *generation,
    struct ledger_event *event, bool recorded)
{
	struct outbox *outbox = rear->herald->outbox;

	if (recorded)
		outbox_wake(outbox, event);
	else if (event_owe(event, generation))
		outbox_record(outbox, event);
	put(rear->herald, generation, event);
}

static void
put(struct herald *herald, struct generation *generation,
    const struct ledger_event *event)
{
	struct news *news;

	if (!event_has_line(generation, CONTROL_TRY))
		return;
	news = malloc(sizeof(*news));
	if (news == NULL) {
		lose(event);
		return;
	}
	news->next = NULL;
	news->generation = generation_ref(generation);
	news->event = *event;
	queue(herald, news);
}

static void
queue(struct herald *herald, struct news *news)
{
	bool full;

	(void)pthread_mutex_lock(&herald->lock);
	full = herald->len == HERALD_QUEUE_MAX;
	if (!full) {
		*herald->last = news;
		herald->last = &news->next;
		if (herald->len++ == 0)
			(void)pthread_cond_signal(&herald->work);
	}
	(void)pthread_mutex_unlock(&herald->lock);
	if (full) {
		lose(&news->event);
		news_free(news);
	}
}

static void
lose(const struct ledger_event *event)
{
	log_line(TILL_LOG_WARNING, "notify.lost", "type", event->type, "id",
	    event->id, NULL);
}

static void
news_free(struct news *news)
{
	generation_unref(news->generation);
	free(news);
}

static void *
herald_thread(void *arg)
{
	struct herald *herald = arg;
	struct news *news;

	while ((news = take(herald)) != NULL) {
		if (news->generation == NULL)
			raise_event(herald->rear, &news->event);
		else
			tell(news);
		news_free(news);
	}
	return NULL;
}

static void
raise_event(struct rear *rear, const struct ledger_event *alarm)
{
	struct generation *generation = rear_generation(rear);
	struct ledger_event event;

	if (generation->conf->notify.len > 0 && begin(&event, alarm->type)) {
		memcpy(event.customer, alarm->customer, sizeof(event.customer));
		memcpy(event.instance, alarm->instance, sizeof(event.instance));
		memcpy(event.text, alarm->text, sizeof(event.text));
		happened(rear, generation, &event, false);
	}
	generation_unref(generation);
}

/* NULL when it is over. */
static struct news *
take(struct herald *herald)
{
	struct news *news;

	(void)pthread_mutex_lock(&herald->lock);
	while (herald->first == NULL && !herald->stop)
		(void)pthread_cond_wait(&herald->work, &herald->lock);
	news = herald->first;
	if (news != NULL) {
		herald->first = news->next;
		if (herald->first == NULL)
			herald->last = &herald->first;
		herald->len--;
	}
	(void)pthread_mutex_unlock(&herald->lock);
	return news;
}

static void
tell(const struct news *news)
{
	const struct ledger_event *event = &news->event;
	const struct conf *conf = news->generation->conf;
	struct till_event told = {
		.size = sizeof(told),
		.attempt = 1,
		.type = event->type,
		.id = event->id,
		.merchant = event->merchant,
		.sequence = event->sequence,
		.time_ms = event->time_ms,
		.token = "",
		.endpoint = "",
	};
	const struct conf_rule *rule;
	char *json = event_json(event);
	struct facts facts;
	struct walk walk;

	event_facts(event, event->time_ms / 1000, conf, &facts);
	walk_begin(&walk, &conf->notify, TILL_NOTIFY, &facts);
	while (json != NULL && walk_next(&walk, &rule)) {
		told.json = json;
		if (rule->control == CONTROL_TRY)
			tell_line(generation_instance(news->generation, rule),
			    &told);
		walk_answer(&walk, TILL_DELIVERED);
	}
	free(json);
}

static void
tell_line(struct instance *instance, const struct till_event *told)
{
	struct till_context *context = NULL;

	if (instance != NULL)
		context = context_new(instance_name(instance), TILL_NOTIFY,
		    &services, NULL);
	if (context != NULL)
		(void)instance_notify(instance, context, told);
	context_free(context);
}

static void
write_log(void *owner, const char *instance, enum till_log_level level,
    const char *text)
{
	(void)owner;
	log_line(level, "module", "instance", instance, "text", text, NULL);
}
