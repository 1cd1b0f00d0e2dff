/*
 * check_notify.c - what a notify module owes.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "kit/check.h"
#include "module/result.h"

#define JSON_MAX (64 * 1024) /* octets of a long event */
#define CALL_MS 15000 /* that telling one event may take */
#define ATTEMPTS 20

static void answers(struct kit_case *);
static void types(struct kit_case *);
static void again(struct kit_case *);
static void attempts(struct kit_case *);
static void long_json(struct kit_case *);
static void tell(struct kit_case *, const struct till_event *,
    const char *what);

static const char *const event_types[] = { "voucher.issued", "ticket.refused",
	"auth.failed", "auth.alert", "settle.unknown", "settle.resolved",
	"settle.reversed", "settle.alarm", "refund.made", "refund.failed",
	"payout.made", "topup.booked", "config.reloaded" };

#define TYPES (sizeof(event_types) / sizeof(event_types[0]))

static const struct till_event plain = {
	.size = sizeof(plain),
	.attempt = 1,
	.type = "voucher.issued",
	.id = "event-1",
	.merchant = "press-1",
	.json = "{\"type\":\"voucher.issued\"}",
	.sequence = 1,
	.token = "",
	.endpoint = "",
};

const struct kit_check kit_checks_notify[] = {
	{ .name = "notify-answers",
	    .facility = TILL_NOTIFY,
	    .run = answers,
	    .rule = "An event is DELIVERED, to be told again (RETRY_LATER), or "
		    "never (DROP); what is not DELIVERED says why." },
	{ .name = "notify-types",
	    .facility = TILL_NOTIFY,
	    .run = types,
	    .rule = "Every type of event has an answer, also one without a "
		    "merchant and without a sequence, and one of a type to "
		    "come." },
	{ .name = "notify-twice",
	    .facility = TILL_NOTIFY,
	    .run = again,
	    .rule = "The same event may come again, with the same id: the "
		    "answer to it can be lost on its way." },
	{ .name = "notify-attempts",
	    .facility = TILL_NOTIFY,
	    .run = attempts,
	    .rule = "Each attempt comes to its end within its own bounds: a "
		    "module never waits for a receiver by itself, the "
		    "server calls again." },
	{ .name = "notify-long",
	    .facility = TILL_NOTIFY,
	    .run = long_json,
	    .rule = "Events may be long and hold any text: nothing is cut in "
		    "the middle of a character, and nothing overflows." },
	{ .name = NULL },
};

static void
answers(struct kit_case *c)
{
	tell(c, &plain, "a voucher");
	if (c->session.result == TILL_ERROR)
		kit_fail(c, "it answers error: %s", c->session.last->why.text);
	else if (c->session.result != TILL_DELIVERED)
		kit_says_why(c, "a voucher");
}

static void
types(struct kit_case *c)
{
	struct till_event event = plain;
	size_t i;

	for (i = 0; i < TYPES; i++) {
		event.type = event_types[i];
		event.sequence = i;
		tell(c, &event, event_types[i]);
	}
	event.type = "something.new";
	event.merchant = "";
	event.sequence = 0;
	tell(c, &event, "an event of no merchant");
}

static void
again(struct kit_case *c)
{
	struct till_event event = plain;

	tell(c, &event, "an event");
	tell(c, &event, "the same event");
	event.attempt = 2;
	tell(c, &event, "its second attempt");
}

static void
attempts(struct kit_case *c)
{
	struct till_event event = plain;
	unsigned int i;

	for (i = 1; i <= ATTEMPTS && !kit_failed(c); i++) {
		event.attempt = i;
		tell(c, &event, "an attempt");
		if (c->session.took_ms > CALL_MS)
			kit_fail(c, "attempt %u took %" PRId64 " ms", i,
			    c->session.took_ms);
	}
}

static void
long_json(struct kit_case *c)
{
	static const char head[] = "{\"text\":\"", tail[] = "\"}";
	static const char part[] = "\xc3\xa9\\u0000\\n'$(id)`%s%n ";
	struct till_event event = plain;
	char *json = malloc(JSON_MAX);
	size_t len = sizeof(head) - 1;

	if (json == NULL) {
		kit_fail(c, "out of memory");
		return;
	}
	memcpy(json, head, len);
	while (len + sizeof(part) + sizeof(tail) < JSON_MAX) {
		memcpy(json + len, part, sizeof(part) - 1);
		len += sizeof(part) - 1;
	}
	memcpy(json + len, tail, sizeof(tail));
	event.json = json;
	tell(c, &event, "a long event");
	free(json);
}

static void
tell(struct kit_case *c, const struct till_event *event, const char *what)
{
	kit_session_forget(&c->session);
	(void)kit_notify(&c->session, event);
	kit_sound(c, what);
}
