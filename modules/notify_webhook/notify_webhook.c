/*
 * notify_webhook - send signed events to merchants.
 *
 *	module hook notify_webhook
 *	notify must hook
 *
 * Each event is one POST of a token (typ till-event+jwt) to the address
 * that its merchant wants events at, or, with url=, to one address for
 * all.  What is not acknowledged is told again by the server, so a call
 * is one attempt and nothing is kept here but connections.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <till/ticket.h>

#include "webhook.h"

#define RETRY_AFTER_MAX_S 86400

static int webhook_open(const struct till_host *, struct till_instance *,
    void *, int, struct till_error *);
static void webhook_close(void *);
static enum till_result webhook_notify(const struct till_host *,
    struct till_context *, const void *, const struct till_event *);
static const char *address_of(const struct webhook *,
    const struct till_event *);
static enum till_result answered(const struct till_host *,
    struct till_context *, const struct delivery *);
static enum till_result unanswered(const struct till_host *,
    struct till_context *, const struct delivery *);
static void wait_as_told(const struct till_host *, struct till_context *,
    const struct delivery *);

static const struct till_setting settings[] = {
	{ "url", TILL_SET_STRING, 0, offsetof(struct webhook, url), NULL, 0,
	    TILL_TEXT_MAX - 1, NULL,
	    "all events go here instead of to the merchants" },
	{ "deadline", TILL_SET_DURATION, 0,
	    offsetof(struct webhook, deadline_ms), "10s", 100, 60000, NULL,
	    "for one attempt, from the look at the name to the answer" },
	{ "queue", TILL_SET_INT, 0, offsetof(struct webhook, queue), "100000",
	    1, 100000, NULL, "so many events may wait for this line" },
	{ "allow-private", TILL_SET_LIST, TILL_SETTING_REPEATABLE,
	    offsetof(struct webhook, allow_private), NULL, 0, 0, NULL,
	    "a network that is not public but may be connected to" },
	{ "ca", TILL_SET_PATH, 0, offsetof(struct webhook, ca), NULL, 0, 0,
	    NULL, "certificates to trust, PEM, instead of the system's" },
	TILL_SETTING_END
};

#define CAPS (TILL_CAP_THREADSAFE | TILL_CAP_SLOW | TILL_CAP_SIGNED)

TILL_MODULE("notify_webhook", "1.0", TILL_NOTIFY, CAPS){
	TILL_MODULE_HEAD("notify_webhook", "1.0", TILL_NOTIFY, CAPS),
	.settings = settings,
	.instance_size = sizeof(struct webhook),
	.open = webhook_open,
	.close = webhook_close,
	.notify = webhook_notify,
};

static int
webhook_open(const struct till_host *host, struct till_instance *instance,
    void *self, int check_only, struct till_error *err)
{
	struct webhook *webhook = self;

	(void)instance;
	(void)check_only;
	if (host->abi_minor < 1)
		return till_fail(err, "the server signs no events");
	if (webhook->url != NULL && webhook->url[0] != '\0' &&
	    !till_url_ok(webhook->url))
		return till_fail(err,
		    "url: must be a plain https URL (http only for loopback)");
	if (wires_open(webhook, err) == -1)
		return -1;
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
		wires_close(webhook->wires);
		return till_fail(err, "libcurl cannot be set up");
	}
	return 0;
}

static void
webhook_close(void *self)
{
	struct webhook *webhook = self;

	wires_close(webhook->wires);
	curl_global_cleanup();
}

/* A merchant without an address wants no events: that is no failure, but
 * it is not delivered either. */
static enum till_result
webhook_notify(const struct till_host *host, struct till_context *ctx,
    const void *self, const struct till_event *event)
{
	struct delivery delivery = { .webhook = self, .event = event };

	if (event->size <
		offsetof(struct till_event, endpoint) + sizeof(char *) ||
	    event->token[0] == '\0')
		return host->fail(ctx, TILL_DROP, "unsigned",
		    "the event has no signature");
	delivery.url = address_of(self, event);
	if (delivery.url[0] == '\0')
		return host->fail(ctx, TILL_DROP, "no-address",
		    "the merchant has no address for events");
	if (!till_url_ok(delivery.url))
		return host->fail(ctx, TILL_RETRY_LATER, "address",
		    "the address is no plain https URL");
	if (deliver(&delivery) == -1)
		return unanswered(host, ctx, &delivery);
	return answered(host, ctx, &delivery);
}

static const char *
address_of(const struct webhook *webhook, const struct till_event *event)
{
	if (webhook->url != NULL && webhook->url[0] != '\0')
		return webhook->url;
	return event->endpoint;
}

static enum till_result
answered(const struct till_host *host, struct till_context *ctx,
    const struct delivery *delivery)
{
	const long status = delivery->status;

	if (status >= 200 && status <= 299)
		return TILL_DELIVERED;
	wait_as_told(host, ctx, delivery);
	if (status == 410 || status == 422)
		return host->fail(ctx, TILL_DROP, "refused",
		    "the answer is %ld: it is not wanted", status);
	if (status >= 300 && status <= 399)
		return host->fail(ctx, TILL_RETRY_LATER, "redirect",
		    "the answer is %ld, and redirects are not followed",
		    status);
	return host->fail(ctx, TILL_RETRY_LATER, "http", "the answer is %ld",
	    status);
}

static enum till_result
unanswered(const struct till_host *host, struct till_context *ctx,
    const struct delivery *delivery)
{
	if (delivery->guarded)
		return host->fail(ctx, TILL_RETRY_LATER, "private-address",
		    "the address leads to a network that is not public: %s",
		    delivery->why.text);
	return host->fail(ctx, TILL_RETRY_LATER, "unanswered", "%s",
	    delivery->why.text);
}

static void
wait_as_told(const struct till_host *host, struct till_context *ctx,
    const struct delivery *delivery)
{
	int64_t wait_s = delivery->retry_after_s;

	if (wait_s <= 0)
		return;
	if (wait_s > RETRY_AFTER_MAX_S)
		wait_s = RETRY_AFTER_MAX_S;
	(void)host->retry_after(ctx, (uint32_t)(wait_s * 1000));
}
