/*
 * serve_server.c - the server itself: status, configuration, seal keys.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "ctl/call.h"
#include "host/hosts.h"

static int add_key(void *, const struct till_key *, enum seal_state);
static const char *state_name(enum seal_state);
static void put_ledger(struct call *);
static void put_hosts(struct call *);
static void put_findings(struct call *, const struct diag *);
static char *printed(const struct diag *,
    void (*)(const struct diag *, FILE *));

int
serve_server_status(struct call *call)
{
	int64_t now_ms = call_time_ms();
	struct rear_stats stats = { 0 };

	rear_stats(call->rear, &stats);
	doc_text(call->reply, "version", TILL_VERSION);
	doc_number(call->reply, "pid", (uint64_t)getpid());
	doc_time_ms(call->reply, "started", stats.started_ms);
	doc_number(call->reply, "uptime_s",
	    now_ms < stats.started_ms
		? 0
		: (uint64_t)(now_ms - stats.started_ms) / 1000);
	doc_number(call->reply, "generation", stats.generation);
	doc_number(call->reply, "orders_paid", stats.orders_paid);
	doc_number(call->reply, "orders_refused", stats.orders_refused);
	doc_number(call->reply, "orders_open", stats.orders_open);
	doc_number(call->reply, "conversations", stats.conversations);
	doc_number(call->reply, "sessions", stats.sessions);
	doc_number(call->reply, "in_flight", stats.in_flight);
	doc_number(call->reply, "busy", stats.busy);
	put_ledger(call);
	put_hosts(call);
	serve_outbox(call);
	return EX_OK;
}

int
serve_server_reload(struct call *call)
{
	struct rear_stats stats = { 0 };
	struct diag *diag;
	int status = EX_OK;

	diag = diag_new();
	if (diag == NULL)
		return call_fail(call, EX_OSERR, "out of memory");
	if (rear_reload(call->rear, diag) == -1)
		status = call_fail(call, EX_CONFIG,
		    "the configuration has %zu error%s; the old one is kept",
		    diag_errors(diag), diag_errors(diag) == 1 ? "" : "s");
	put_findings(call, diag);
	diag_free(diag);
	rear_stats(call->rear, &stats);
	doc_number(call->reply, "generation", stats.generation);
	if (status == EX_OK)
		status = call_record(call, "reload, generation %llu",
		    (unsigned long long)stats.generation);
	return status;
}

int
serve_key_list(struct call *call)
{
	json_t *list = json_array();

	(void)json_object_set_new(call->reply, "keys", list);
	return rear_key_each(call->rear, add_key, list) == 0 ? EX_OK
							     : EX_SOFTWARE;
}

int
serve_key_rotate(struct call *call)
{
	int status;

	if (rear_key_rotate(call->rear, &call->err) == -1)
		return EX_SOFTWARE;
	status = call_record(call, "key rotate");
	return status == EX_OK ? serve_key_list(call) : status;
}

static int
add_key(void *arg, const struct till_key *key, enum seal_state state)
{
	json_t *item = json_object();

	doc_text(item, "kid", till_key_id(key));
	doc_text(item, "alg", till_alg_name(till_key_alg(key)));
	doc_text(item, "state", state_name(state));
	(void)json_array_append_new(arg, item);
	return 0;
}

static const char *
state_name(enum seal_state state)
{
	switch (state) {
	case SEAL_NEXT:
		return "next";
	case SEAL_CURRENT:
		return "current";
	case SEAL_PAST:
		return "past";
	}
	return "unknown";
}

static void
put_ledger(struct call *call)
{
	struct ledger_health health = { 0 };
	json_t *object = json_object();

	ledger_health(rear_ledger(call->rear), &health);
	doc_flag(object, "writable", health.writable);
	doc_number(object, "disk_free", health.disk_free);
	doc_number(object, "serial", health.serial);
	doc_number(object, "batches", health.batches);
	doc_number(object, "requests", health.requests);
	doc_number(object, "queued", health.queued);
	doc_number(object, "last_sync_us",
	    health.last_sync_us < 0 ? 0 : (uint64_t)health.last_sync_us);
	(void)json_object_set_new(call->reply, "ledger", object);
}

/* Instances with processes of their own. */
static void
put_hosts(struct call *call)
{
	struct generation *generation = rear_generation(call->rear);
	json_t *list = json_array(), *item;
	struct host_status status;
	size_t i;

	for (i = 0; i < generation->conf->instances_len; i++) {
		if (generation->instances[i] == NULL ||
		    !host_status(generation->instances[i], &status))
			continue;
		item = json_object();
		doc_text(item, "instance", status.instance);
		doc_text(item, "module", status.module);
		doc_text(item, "state",
		    status.pid > 0       ? "serves"
			: status.resting ? "rests"
					 : "ended");
		doc_number(item, "pid",
		    status.pid > 0 ? (uint64_t)status.pid : 0);
		doc_number(item, "calls", status.calls);
		doc_number(item, "pending", status.pending);
		doc_number(item, "started", status.started);
		doc_number(item, "died", status.died);
		doc_number(item, "late", status.late);
		doc_number(item, "garbled", status.garbled);
		doc_number(item, "recycled", status.recycled);
		(void)json_array_append_new(list, item);
	}
	generation_unref(generation);
	(void)json_object_set_new(call->reply, "hosts", list);
}

/* As a list, for programs, and as text, for people. */
static void
put_findings(struct call *call, const struct diag *diag)
{
	char *json = printed(diag, diag_print_json);
	char *text = printed(diag, diag_print);

	if (json != NULL && strlen(json) < CALL_LIST_OCTETS / 2)
		(void)json_object_set_new(call->reply, "findings",
		    json_loads(json, 0, NULL));
	if (text != NULL && strlen(text) < CALL_LIST_OCTETS / 2)
		doc_text(call->reply, "text", text);
	free(json);
	free(text);
}

static char *
printed(const struct diag *diag, void (*print)(const struct diag *, FILE *))
{
	char *text = NULL;
	size_t len = 0;
	FILE *file;

	file = open_memstream(&text, &len);
	if (file == NULL)
		return NULL;
	print(diag, file);
	if (fclose(file) != 0) {
		free(text);
		return NULL;
	}
	return text;
}
