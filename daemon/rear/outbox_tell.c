/*
 * outbox_tell.c - one event, one line, one call.
 */
#include <stdlib.h>
#include <string.h>

#include "log/log.h"
#include "module/context.h"
#include "rear/event.h"
#include "rear/outbox_priv.h"

/* An event that cannot be signed so often never will be, and must not
 * hold up those behind it. */
#define SIGN_ATTEMPTS 8

static struct instance *find(const struct generation *, const char *);
static void call(struct rear *, struct instance *, const struct ledger_event *,
    uint32_t, struct telling *);
static void write_log(void *, const char *, enum till_log_level, const char *);

static const struct context_ops services = { .log = write_log };

void
tell_line(struct rear *rear, const char *line, const struct ledger_event *event,
    uint32_t attempt, struct telling *telling)
{
	struct generation *generation = rear_generation(rear);
	struct instance *instance = find(generation, line);

	telling->result = TILL_UNAVAILABLE;
	telling->retry_after_ms = 0;
	telling->code = "unavailable";
	telling->why = "there is no such line";
	if (instance != NULL)
		call(rear, instance, event, attempt, telling);
	generation_unref(generation);
}

static struct instance *
find(const struct generation *generation, const char *line)
{
	const struct conf_stack *stack = &generation->conf->notify;
	size_t i;

	for (i = 0; i < stack->len; i++)
		if (stack->rules[i].control == CONTROL_MUST &&
		    strcmp(stack->rules[i].instance->name, line) == 0)
			return generation_instance(generation,
			    &stack->rules[i]);
	return NULL;
}

static void
call(struct rear *rear, struct instance *instance,
    const struct ledger_event *event, uint32_t attempt, struct telling *telling)
{
	struct merchant *merchant = NULL;
	struct till_event told = {
		.size = sizeof(told),
		.attempt = attempt,
		.type = event->type,
		.id = event->id,
		.merchant = event->merchant,
		.sequence = event->sequence,
		.time_ms = event->time_ms,
		.token = "",
		.endpoint = "",
	};
	struct till_error err = { "out of memory" };
	char *json = event_json(event), *token = NULL;
	int r = json == NULL ? -1 : 0;

	if (r == 0 && (instance_module(instance)->caps & TILL_CAP_SIGNED) != 0)
		r = event_sign(rear, event, &token, &err);
	if (event->merchant[0] != '\0')
		merchant = merchants_get(rear->merchants, event->merchant);
	if (merchant != NULL)
		told.endpoint = merchant->webhook;
	if (token != NULL)
		told.token = token;
	told.json = json;
	if (telling->context == NULL)
		telling->context = context_new(instance_name(instance),
		    TILL_NOTIFY, &services, NULL);
	if (r == 0 && telling->context != NULL) {
		telling->result =
		    instance_notify(instance, telling->context, &told);
		telling->retry_after_ms = telling->context->retry_after_ms;
		telling->code = telling->context->code;
		telling->why = telling->context->why.text;
	} else {
		if (attempt >= SIGN_ATTEMPTS)
			telling->result = TILL_DROP;
		telling->code = "not-signed";
		telling->why = "";
		log_line(TILL_LOG_ERROR, "notify.not-signed", "type",
		    event->type, "id", event->id, "error", err.text, NULL);
	}
	merchant_unref(merchant);
	free(token);
	free(json);
}

static void
write_log(void *owner, const char *instance, enum till_log_level level,
    const char *text)
{
	(void)owner;
	log_line(level, "module", "instance", instance, "text", text, NULL);
}
