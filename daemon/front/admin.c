/*
 * admin.c - what watches the server asks on the separate listener.
 */
#include <string.h>

#include "front/unit.h"
#include "front/visits.h"

static void ready_then(struct work *);
static void metric(struct text *, const char *, const char *, const char *,
    uint64_t);
static void http_metrics(struct work *, struct text *);
static void order_metrics(struct work *, struct text *);

void
admin_live(struct work *work)
{
	struct text text = { 0 };

	text_add(&text, "live\n");
	reply_text(work, 200, "text/plain", &text);
}

/* Ready is who could settle an order now, so the rear is asked. */
void
admin_ready(struct work *work)
{
	work->question.kind = FRAME_HEALTH;
	work_ask(work, ready_then);
}

void
admin_metrics(struct work *work)
{
	struct text text = { 0 };

	http_metrics(work, &text);
	order_metrics(work, &text);
	reply_text(work, 200, "text/plain; version=0.0.4", &text);
}

static void
ready_then(struct work *work)
{
	struct text text = { 0 };
	const char *json = NULL, *why = "the rear unit does not answer";

	if (work->asked == ASKED_ANSWERED) {
		why = answer_text(work->answer, TAG_ERROR);
		json = answer_text(work->answer, TAG_JSON);
	}
	if (why != NULL) {
		reply_problem(work, 503, "not-ready", NULL, why);
		return;
	}
	text_add(&text, json == NULL ? "{}" : json);
	reply_text(work, 200, NULL, &text);
}

/* The text format of Prometheus, version 0.0.4. */
static void
metric(struct text *text, const char *name, const char *type,
    const char *labels, uint64_t value)
{
	if (type != NULL) {
		text_add(text, "# TYPE ");
		text_add(text, name);
		text_add(text, " ");
		text_add(text, type);
		text_add(text, "\n");
	}
	text_add(text, name);
	text_add(text, labels);
	text_add(text, " ");
	text_number(text, value);
	text_add(text, "\n");
}

static void
http_metrics(struct work *work, struct text *text)
{
	char class[] = "{class=\"0xx\"}";
	struct http_stats stats;
	unsigned int i;

	http_stats(work->front->server, &stats);
	metric(text, "till_http_connections_open", "gauge", "", stats.open);
	metric(text, "till_http_connections_total", "counter", "",
	    stats.connections);
	metric(text, "till_http_requests_active", "gauge", "", stats.active);
	metric(text, "till_http_requests_total", "counter", "", stats.requests);
	metric(text, "till_http_refused_total", "counter", "{why=\"guard\"}",
	    stats.refused);
	metric(text, "till_http_refused_total", NULL, "{why=\"overdue\"}",
	    stats.overdue);
	metric(text, "till_http_refused_total", NULL, "{why=\"crowded\"}",
	    stats.crowded);
	for (i = 2; i <= 5; i++) {
		class[8] = (char)('0' + i);
		metric(text, "till_http_replies_total",
		    i == 2 ? "counter" : NULL, class, stats.replies[i]);
	}
}

static void
order_metrics(struct work *work, struct text *text)
{
	const struct front *front = work->front;
	const struct front_counters *c = &front->counters;
	const struct {
		const char *labels;
		uint64_t value;
	} orders[] = {
		{ "{result=\"paid\"}", atomic_load(&c->paid) },
		{ "{result=\"refused\"}", atomic_load(&c->refused) },
		{ "{result=\"cancelled\"}", atomic_load(&c->cancelled) },
		{ "{result=\"declined\"}", atomic_load(&c->declined) },
		{ "{result=\"busy\"}", atomic_load(&c->busy) },
		{ "{result=\"lost\"}", atomic_load(&c->lost) },
	};
	size_t i;

	for (i = 0; i < sizeof(orders) / sizeof(orders[0]); i++)
		metric(text, "till_orders_total", i == 0 ? "counter" : NULL,
		    orders[i].labels, orders[i].value);
	metric(text, "till_link_up", "gauge", "",
	    asks_link_up(front->asks) ? 1 : 0);
	metric(text, "till_link_resent_total", "counter", "",
	    atomic_load(&c->resent));
	metric(text, "till_forged_posts_total", "counter", "",
	    atomic_load(&c->forged));
	metric(text, "till_visits_open", "gauge", "",
	    visits_open(front->visits));
}
