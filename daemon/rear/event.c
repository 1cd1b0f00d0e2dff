/*
 * event.c - events, from what is known of an order to what is told.
 */
#include <jansson.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <string.h>

#include <till/notice.h>

#include "base64url.h"
#include "config/value.h"
#include "rear/clock.h"
#include "rear/event.h"
#include "rear/unit.h"
#include "stack/walk.h"

#define ID_OCTETS 12
#define QUEUE "queue" /* setting: how many may wait for a line */

_Static_assert(BASE64URL_SIZE(ID_OCTETS) <= LEDGER_EVENT_ID_MAX,
    "an event's id must fit");
_Static_assert(CONF_MUST_MAX <= LEDGER_LINES_MAX,
    "every line that may be owed an event must fit");

static void owe(struct ledger_event *, const struct conf_instance *);
static bool owes(const struct ledger_event *, const char *);
static const char *or_null(const char *);

int
event_begin(struct ledger_event *event, const char *type)
{
	unsigned char octets[ID_OCTETS];

	memset(event, 0, sizeof(*event));
	if (RAND_bytes(octets, sizeof(octets)) != 1)
		return -1;
	/* A letter in front: what begins with "-" is an option to tillctl. */
	octets[0] &= 0x7f;
	(void)base64url_encode(octets, sizeof(octets), event->id);
	(void)snprintf(event->type, sizeof(event->type), "%s", type);
	event->time_ms = wall_ms();
	return 0;
}

void
event_order(struct ledger_event *event, const struct ledger_order *order)
{
	memcpy(event->merchant, order->merchant, sizeof(event->merchant));
	memcpy(event->jti, order->jti, sizeof(event->jti));
	memcpy(event->th, order->th, sizeof(event->th));
	memcpy(event->customer, order->customer, sizeof(event->customer));
	memcpy(event->via, order->via, sizeof(event->via));
	memcpy(event->code, order->code, sizeof(event->code));
	event->kind = order->kind;
	event->reason = order->reason;
	event->amount = order->amount;
	event->txn = order->serial;
}

void
event_facts(const struct ledger_event *event, int64_t time_s,
    const struct conf *conf, struct facts *facts)
{
	const char *kind = till_kind_name(event->kind);

	*facts = (struct facts){
		.amount = event->amount,
		.merchant = event->merchant,
		.customer = event->customer,
		.kind = kind == NULL ? "" : kind,
		.channel = event->channel,
		.auth_level = event->auth_level,
	};
	facts_set_time(facts, time_s, conf->zone);
}

bool
event_owe(struct ledger_event *event, const struct generation *generation)
{
	const struct conf *conf = generation->conf;
	const struct conf_rule *rule;
	struct facts facts;
	struct walk walk;

	event->lines_len = 0;
	if (!event_has_line(generation, CONTROL_MUST))
		return false;
	event_facts(event, event->time_ms / 1000, conf, &facts);
	walk_begin(&walk, &conf->notify, TILL_NOTIFY, &facts);
	while (walk_next(&walk, &rule)) {
		walk_answer(&walk, TILL_DELIVERED);
		if (rule->control == CONTROL_MUST &&
		    !owes(event, rule->instance->name) &&
		    event->lines_len < LEDGER_LINES_MAX)
			owe(event, rule->instance);
	}
	return event->lines_len > 0;
}

bool
event_has_line(const struct generation *generation, enum conf_control control)
{
	const struct conf_stack *stack = &generation->conf->notify;
	size_t i;

	for (i = 0; i < stack->len; i++)
		if (stack->rules[i].control == control)
			return true;
	return false;
}

/* What is not known of an event is left out. */
char *
event_json(const struct ledger_event *event)
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
		{ "refund", event->refund },
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
	if (event->sequence != 0)
		(void)json_object_set_new(json, "seq",
		    json_integer((json_int_t)event->sequence));
	(void)json_object_set_new(json, "time",
	    json_integer(event->time_ms / 1000));
	text = json_dumps(json, JSON_COMPACT);
	json_decref(json);
	return text;
}

/*
 * The merchant's share of it: neither the customer's id, nor the precise
 * word for a refusal, nor what modules have said.  Each attempt is signed
 * anew, by the key of that moment, and says the same.
 */
int
event_sign(struct rear *rear, const struct ledger_event *event, char **token_r,
    struct till_error *err)
{
	struct till_notice notice = {
		.iss = rear->issuer,
		.aud =
		    event->merchant[0] == '\0' ? rear->issuer : event->merchant,
		.jti = event->id,
		.iat = event->time_ms / 1000,
		.seq = event->sequence,
		.type = event->type,
		.tjti = or_null(event->jti),
		.th = or_null(event->th),
		.kind = event->kind,
		.amount = event->amount,
		.txn = event->txn,
		.via = or_null(event->via),
		.reason = event->reason,
		.refund = or_null(event->refund),
	};
	char sub[MINT_SUB_MAX];
	struct keyring *ring;
	int r;

	if (event->merchant[0] != '\0' && event->customer[0] != '\0') {
		if (mint_sub(rear->mint, event->merchant, event->customer,
			sub) == -1)
			return till_fail(err, "out of memory");
		notice.sub = sub;
	}
	ring = keys_ring(rear->keys);
	r = till_notice_sign(&notice, ring->current, token_r, err);
	keyring_unref(ring);
	return r;
}

/* A module that has a setting of this name leaves it to us to keep it. */
static void
owe(struct ledger_event *event, const struct conf_instance *instance)
{
	uint32_t at = event->lines_len++;
	int64_t room = 0;
	size_t i;

	(void)snprintf(event->lines[at], sizeof(event->lines[at]), "%s",
	    instance->name);
	for (i = 0; i < instance->settings_len; i++)
		if (strcmp(instance->settings[i].key, QUEUE) == 0)
			(void)value_number(instance->settings[i].value,
			    LEDGER_OUTBOX_MAX, &room);
	event->room[at] = (uint64_t)room;
}

static bool
owes(const struct ledger_event *event, const char *name)
{
	uint32_t i;

	for (i = 0; i < event->lines_len; i++)
		if (strcmp(event->lines[i], name) == 0)
			return true;
	return false;
}

static const char *
or_null(const char *text)
{
	return text[0] == '\0' ? NULL : text;
}
