/*
 * cmd_server.c - "tillctl status", "tillctl reload" and "tillctl key".
 */
#include "ctl/commands.h"
#include "ctl/show.h"
#include "ctl/sub.h"

#define REKEY_MS INT64_C(3600000) /* as many as there may be */

static void print_status(const json_t *);
static void print_reload(const json_t *);
static void print_keys(const json_t *);
static void print_data_keys(const json_t *);

static const struct sub status[] = {
	{ .call = "status",
	    .usage = "",
	    .help = "Show how the server is.",
	    .print = print_status },
	{ .call = NULL },
};

static const struct sub reload[] = {
	{ .call = "reload",
	    .usage = "",
	    .help = "Put a changed configuration to work; on any error the "
		    "old one keeps serving.",
	    .print = print_reload,
	    .print_failure = true },
	{ .call = NULL },
};

static const struct sub keys[] = {
	{ .name = "list",
	    .call = "key.list",
	    .usage = "",
	    .help = "List the keys that sign vouchers.",
	    .print = print_keys },
	{ .name = "rotate",
	    .call = "key.rotate",
	    .usage = "",
	    .help = "Sign with the next key from now on; it has been published "
		    "since the last rotation.",
	    .print = print_keys },
	{ .name = "rekey",
	    .call = "key.rekey",
	    .usage = "",
	    .help = "Seal all bank identities under a new key, and destroy "
		    "the old ones.",
	    .timeout_ms = REKEY_MS,
	    .print = print_data_keys },
	{ .call = NULL },
};

int
cmd_status(int argc, char **argv)
{
	return sub_main(status, argc, argv);
}

int
cmd_reload(int argc, char **argv)
{
	return sub_main(reload, argc, argv);
}

int
cmd_key(int argc, char **argv)
{
	return sub_main(keys, argc, argv);
}

static void
print_status(const json_t *reply)
{
	static const char *const server[] = { "version", "pid", "started",
		"uptime_s", "generation", "orders_paid", "orders_refused",
		"orders_open", "conversations", "sessions", "in_flight", "busy",
		NULL };
	static const struct column hosts[] = {
		{ "instance", "instance", false },
		{ "module", "module", false },
		{ "state", "state", false },
		{ "pid", "pid", true },
		{ "calls", "calls", true },
		{ "pending", "pending", true },
		{ "started", "started", true },
		{ "died", "died", true },
		{ "late", "late", true },
		{ "garbled", "garbled", true },
		{ "recycled", "recycled", true },
		{ NULL, NULL, false },
	};
	static const char *const ledger[] = { "writable", "serial", "requests",
		"batches", "queued", "last_sync_us", "disk_free", NULL };
	static const struct column outbox[] = {
		{ "must line", "line", false },
		{ "configured", "configured", false },
		{ "waiting", "waiting", true },
		{ "oldest", "oldest", false },
		{ "failing", "failing", true },
		{ "missed", "missed", true },
		{ "delivered", "delivered", true },
		{ "dropped", "dropped", true },
		{ "error", "error", false },
		{ NULL, NULL, false },
	};

	show_fields(reply, server);
	puts("ledger");
	show_fields(json_object_get(reply, "ledger"), ledger);
	if (json_array_size(json_object_get(reply, "hosts")) > 0)
		show_table(json_object_get(reply, "hosts"), hosts);
	if (json_array_size(json_object_get(reply, "outbox")) > 0)
		show_table(json_object_get(reply, "outbox"), outbox);
}

static void
print_reload(const json_t *reply)
{
	char buf[SHOW_CELL_MAX];

	fputs(show_text(reply, "text"), stderr);
	printf("generation %s is at work\n",
	    show_value(json_object_get(reply, "generation"), buf));
}

static void
print_keys(const json_t *reply)
{
	static const struct column columns[] = {
		{ "key", "kid", false },
		{ "algorithm", "alg", false },
		{ "state", "state", false },
		{ NULL, NULL, false },
	};

	show_table(json_object_get(reply, "keys"), columns);
}

static void
print_data_keys(const json_t *reply)
{
	static const struct column columns[] = {
		{ "key", "id", false },
		{ "state", "state", false },
		{ "since", "created", false },
		{ NULL, NULL, false },
	};

	show_table(json_object_get(reply, "keys"), columns);
}
