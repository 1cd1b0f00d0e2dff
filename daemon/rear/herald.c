/*
 * herald.c - a queue of events and the thread that tells them.
 */
#include <jansson.h>
#include <openssl/rand.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base64url.h"
#include "log/log.h"
#include "rear/clock.h"
#include "rear/herald.h"

#define ID_OCTETS 12
#define ID_MAX BASE64URL_SIZE(ID_OCTETS)
#define AGAIN_FIRST_MS 1000
#define AGAIN_LAST_MS 300000
#define TYPE_MAX 32

/* What happened, with all that guards and modules may ask of it. */
struct event {
	struct event *next;
	struct generation *generation; /* counted */
	char type[TYPE_MAX];
	char id[ID_MAX];
	char merchant[TILL_ID_MAX];
	char jti[TILL_JTI_MAX];
	char th[TILL_TH_MAX];
	char customer[TILL_ID_MAX];
	char channel[ORDER_CHANNEL_MAX];
	char instance[CONF_NAME_MAX];
	char code[ORDER_CODE_MAX];
	char text[TILL_TEXT_MAX];
	char via[LEDGER_WORD_MAX];
	enum till_kind kind;
	enum till_reason reason;
	struct till_money amount;
	uint64_t txn;
	int64_t auth_level, time_ms;
	/* Told again: one line of the stack. */
	size_t line;
	uint32_t attempt;
	int64_t next_ms;
};

struct herald {
	struct rear *rear;
	pthread_mutex_t lock;
	pthread_cond_t work;
	struct event *first, **last;
	size_t len;
	bool stop;
	pthread_t thread;
	/* The thread's own. */
	struct event *kept; /* oldest first */
	size_t kept_len;
};

static struct event *event_new(struct rear *, struct generation *,
    const char *);
static void event_free(struct event *);
static bool is_told(const struct generation *);
static void put(struct herald *, struct event *);
static void *herald_thread(void *);
static struct event *take(struct herald *, bool *);
static void tell(struct herald *, const struct event *);
static void tell_again(struct herald *, int64_t);
static enum till_result tell_line(const struct event *,
    const struct conf_rule *, uint32_t);
static char *describe(const struct event *);
static void keep(struct herald *, const struct event *, size_t);
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
	if (pthread_create(&herald->thread, NULL, herald_thread, herald) != 0) {
		free(herald);
		return till_fail(err, "no thread can be started");
	}
	*herald_r = herald;
	return 0;
}

void
herald_stop(struct herald *herald)
{
	struct event *event;

	if (herald == NULL)
		return;
	(void)pthread_mutex_lock(&herald->lock);
	herald->stop = true;
	(void)pthread_cond_signal(&herald->work);
	(void)pthread_mutex_unlock(&herald->lock);
	(void)pthread_join(herald->thread, NULL);
	while (herald->kept != NULL) {
		event = herald->kept;
		herald->kept = event->next;
		log_line(TILL_LOG_WARNING, "notify.lost", "type", event->type,
		    "id", event->id, NULL);
		event_free(event);
	}
	(void)pthread_cond_destroy(&herald->work);
	(void)pthread_mutex_destroy(&herald->lock);
	free(herald);
}

void
herald_order(const struct order_run *run)
{
	const struct purchase *purchase = run->purchase;
	const struct ledger_order *stored = &run->stored;
	const char *type = "ticket.refused";
	struct event *event;

	if (!run->newly && !run->in_doubt)
		return;
	if (!is_told(purchase->generation))
		return;
	if (run->in_doubt)
		type = "settle.unknown";
	else if (run->settled)
		type = "voucher.issued";
	else if (run->answer.reason == TILL_REASON_AUTH)
		type = "auth.failed";
	event = event_new(run->rear, purchase->generation, type);
	if (event == NULL)
		return;
	memcpy(event->merchant, stored->merchant, sizeof(event->merchant));
	memcpy(event->jti, stored->jti, sizeof(event->jti));
	memcpy(event->th, stored->th, sizeof(event->th));
	memcpy(event->customer, stored->customer, sizeof(event->customer));
	memcpy(event->channel, purchase->channel, sizeof(event->channel));
	memcpy(event->via, stored->via, sizeof(event->via));
	code_set(event->code, stored->code);
	event->kind = stored->kind;
	event->reason = stored->reason;
	event->amount = stored->amount;
	event->txn = stored->serial;
	event->auth_level = run->facts.auth_level;
	put(run->rear->herald, event);
}

void
herald_alert(const struct order_run *run, const char *type,
    const char *instance, const char *text)
{
	const struct purchase *purchase = run->purchase;
	struct event *event;

	if (!is_told(purchase->generation))
		return;
	event = event_new(run->rear, purchase->generation, type);
	if (event == NULL)
		return;
	memcpy(event->merchant, run->claim.mid, strlen(run->claim.mid) + 1);
	memcpy(event->jti, run->claim.jti, strlen(run->claim.jti) + 1);
	memcpy(event->th, purchase->ticket->th, sizeof(event->th));
	memcpy(event->customer, purchase->customer, sizeof(event->customer));
	memcpy(event->channel, purchase->channel, sizeof(event->channel));
	(void)snprintf(event->instance, sizeof(event->instance), "%s",
	    instance);
	(void)snprintf(event->text, sizeof(event->text), "%s", text);
	event->kind = purchase->ticket->kind;
	event->amount = purchase->ticket->amount;
	put(run->rear->herald, event);
}

void
herald_settle(struct rear *rear, const char *type,
    const struct ledger_order *order)
{
	struct generation *generation = rear_generation(rear);
	struct event *event = NULL;

	/* Orders are resolved before anybody is there to tell. */
	if (rear->herald != NULL && is_told(generation))
		event = event_new(rear, generation, type);
	generation_unref(generation);
	if (event == NULL)
		return;
	memcpy(event->merchant, order->merchant, sizeof(event->merchant));
	memcpy(event->jti, order->jti, sizeof(event->jti));
	memcpy(event->th, order->th, sizeof(event->th));
	memcpy(event->customer, order->customer, sizeof(event->customer));
	memcpy(event->via, order->via, sizeof(event->via));
	code_set(event->code, order->code);
	event->kind = order->kind;
	event->reason = order->reason;
	event->amount = order->amount;
	event->txn = order->serial;
	put(rear->herald, event);
}

void
herald_unit(struct rear *rear, const char *type, const char *text)
{
	struct generation *generation = rear_generation(rear);
	struct event *event = NULL;

	if (rear->herald != NULL && is_told(generation))
		event = event_new(rear, generation, type);
	generation_unref(generation);
	if (event == NULL)
		return;
	(void)snprintf(event->text, sizeof(event->text), "%s", text);
	put(rear->herald, event);
}

static struct event *
event_new(struct rear *rear, struct generation *generation, const char *type)
{
	unsigned char octets[ID_OCTETS];
	struct event *event = calloc(1, sizeof(*event));

	(void)rear;
	if (event == NULL || RAND_bytes(octets, sizeof(octets)) != 1) {
		log_line(TILL_LOG_ERROR, "notify.lost", "type", type, NULL);
		free(event);
		return NULL;
	}
	(void)base64url_encode(octets, sizeof(octets), event->id);
	event->generation = generation_ref(generation);
	(void)snprintf(event->type, sizeof(event->type), "%s", type);
	event->time_ms = wall_ms();
	return event;
}

static void
event_free(struct event *event)
{
	generation_unref(event->generation);
	free(event);
}

static bool
is_told(const struct generation *generation)
{
	return generation->conf->notify.len > 0;
}

static void
put(struct herald *herald, struct event *event)
{
	bool full;

	(void)pthread_mutex_lock(&herald->lock);
	full = herald->len == HERALD_QUEUE_MAX;
	if (!full) {
		*herald->last = event;
		herald->last = &event->next;
		if (herald->len++ == 0)
			(void)pthread_cond_signal(&herald->work);
	}
	(void)pthread_mutex_unlock(&herald->lock);
	if (full) {
		log_line(TILL_LOG_WARNING, "notify.lost", "type", event->type,
		    "id", event->id, NULL);
		event_free(event);
	}
}

static void *
herald_thread(void *arg)
{
	struct herald *herald = arg;
	struct event *event;
	bool stop = false;

	while (!stop) {
		event = take(herald, &stop);
		if (event != NULL) {
			tell(herald, event);
			event_free(event);
		}
		tell_again(herald, clock_ms());
	}
	return NULL;
}

/* NULL when something is to be told again, or it is over. */
static struct event *
take(struct herald *herald, bool *stop_r)
{
	int64_t until_ms = clock_ms() + AGAIN_FIRST_MS;
	struct event *event;
	int r = 0;

	(void)pthread_mutex_lock(&herald->lock);
	while (herald->first == NULL && !herald->stop && r == 0) {
		if (herald->kept == NULL)
			r = pthread_cond_wait(&herald->work, &herald->lock);
		else
			r = clock_cond_wait(&herald->work, &herald->lock,
			    until_ms);
	}
	event = herald->first;
	if (event != NULL) {
		herald->first = event->next;
		if (herald->first == NULL)
			herald->last = &herald->first;
		herald->len--;
		event->next = NULL;
	}
	*stop_r = event == NULL && herald->stop;
	(void)pthread_mutex_unlock(&herald->lock);
	return event;
}

static void
tell(struct herald *herald, const struct event *event)
{
	const struct conf *conf = event->generation->conf;
	const char *kind = till_kind_name(event->kind);
	struct facts facts = {
		.amount = event->amount,
		.merchant = event->merchant,
		.customer = event->customer,
		.kind = kind == NULL ? "" : kind,
		.channel = event->channel,
		.auth_level = event->auth_level,
	};
	const struct conf_rule *rule;
	enum till_result result;
	struct walk walk;

	facts_set_time(&facts, event->time_ms / 1000, conf->zone);
	walk_begin(&walk, &conf->notify, TILL_NOTIFY, &facts);
	while (walk_next(&walk, &rule)) {
		result = tell_line(event, rule, 1);
		walk_answer(&walk, result);
		if (result != TILL_DELIVERED && result != TILL_DROP &&
		    rule->control == CONTROL_MUST)
			keep(herald, event, rule->number);
	}
}

static void
tell_again(struct herald *herald, int64_t now_ms)
{
	struct event **at = &herald->kept, *event;
	enum till_result result;
	int64_t pause = AGAIN_FIRST_MS;
	uint32_t i;

	while (*at != NULL) {
		event = *at;
		if (event->next_ms > now_ms) {
			at = &event->next;
			continue;
		}
		event->attempt++;
		result = tell_line(event,
		    &event->generation->conf->notify.rules[event->line],
		    event->attempt);
		if (result == TILL_DELIVERED || result == TILL_DROP) {
			*at = event->next;
			herald->kept_len--;
			event_free(event);
			continue;
		}
		for (i = 1; i < event->attempt && pause < AGAIN_LAST_MS; i++)
			pause *= 2;
		event->next_ms = now_ms + pause;
		pause = AGAIN_FIRST_MS;
		at = &event->next;
	}
}

static enum till_result
tell_line(const struct event *event, const struct conf_rule *rule,
    uint32_t attempt)
{
	struct instance *instance =
	    generation_instance(event->generation, rule);
	struct till_event told = {
		.size = sizeof(told),
		.attempt = attempt,
		.type = event->type,
		.id = event->id,
		.merchant = event->merchant,
		.time_ms = event->time_ms,
	};
	enum till_result result = TILL_ERROR;
	struct till_context *context = NULL;
	char *json = describe(event);

	if (json != NULL && instance != NULL)
		context = context_new(instance_name(instance), TILL_NOTIFY,
		    &services, NULL);
	if (context != NULL) {
		told.json = json;
		result = instance_notify(instance, context, &told);
	}
	context_free(context);
	free(json);
	return result;
}

/* What is not known of an event is left out. */
static char *
describe(const struct event *event)
{
	json_t *json = json_object();
	char amount[TILL_MONEY_MAX];
	char *text = NULL;
	size_t i;
	const struct {
		const char *name, *value;
	} members[] = {
		{ "type", event->type },
		{ "id", event->id },
		{ "merchant", event->merchant },
		{ "jti", event->jti },
		{ "th", event->th },
		{ "customer", event->customer },
		{ "instance", event->instance },
		{ "code", event->code },
		{ "text", event->text },
		{ "via", event->via },
		{ "reason", till_reason_name(event->reason) },
		{ "currency", event->amount.currency },
	};

	for (i = 0; i < sizeof(members) / sizeof(members[0]); i++)
		if (members[i].value != NULL && members[i].value[0] != '\0')
			(void)json_object_set_new(json, members[i].name,
			    json_string(members[i].value));
	if (event->amount.currency[0] != '\0')
		(void)json_object_set_new(json, "amount",
		    json_string(till_money_print(&event->amount, amount)));
	if (event->txn != 0)
		(void)json_object_set_new(json, "txn",
		    json_integer((json_int_t)event->txn));
	(void)json_object_set_new(json, "time",
	    json_integer(event->time_ms / 1000));
	text = json_dumps(json, JSON_COMPACT);
	json_decref(json);
	return text;
}

static void
keep(struct herald *herald, const struct event *event, size_t line)
{
	struct event *copy, **at = &herald->kept;

	if (herald->kept_len == HERALD_KEPT_MAX) {
		copy = herald->kept;
		herald->kept = copy->next;
		log_line(TILL_LOG_WARNING, "notify.lost", "type", copy->type,
		    "id", copy->id, NULL);
		event_free(copy);
		herald->kept_len--;
	}
	copy = malloc(sizeof(*copy));
	if (copy == NULL) {
		log_line(TILL_LOG_WARNING, "notify.lost", "type", event->type,
		    "id", event->id, NULL);
		return;
	}
	*copy = *event;
	copy->next = NULL;
	copy->line = line;
	copy->attempt = 1;
	copy->next_ms = clock_ms() + AGAIN_FIRST_MS;
	(void)generation_ref(copy->generation);
	while (*at != NULL)
		at = &(*at)->next;
	*at = copy;
	herald->kept_len++;
}

static void
write_log(void *owner, const char *instance, enum till_log_level level,
    const char *text)
{
	(void)owner;
	log_line(level, "module", "instance", instance, "text", text, NULL);
}
