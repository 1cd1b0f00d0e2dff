/*
 * cmd_event.c - "tillctl event".
 */
#include <stdlib.h>
#include <string.h>

#include "config/zone.h"
#include "ctl/commands.h"
#include "ctl/explain_args.h"
#include "ctl/show.h"
#include "ctl/sub.h"

#define REPLAY_TIMEOUT_MS INT64_C(600000)

static int prepare_since(json_t *, struct till_error *);
static void print_list(const json_t *);
static void print_one(const json_t *);
static void print_replayed(const json_t *);
static void print_forgotten(const json_t *);

#define WHICH                                                                  \
	{ "merchant", NULL, SUB_TEXT, true },                                  \
	    { "server", NULL, SUB_FLAG, true },                                \
	    { "since", NULL, SUB_TEXT, true },                                 \
	{                                                                      \
		"limit", NULL, SUB_NUMBER, true                                \
	}

static const struct sub subs[] = {
	{ .name = "list",
	    .call = "event.list",
	    .usage = "[--merchant MID | --server] [--since SEQ|TIME] "
		     "[--limit N]",
	    .help = "List the events that are kept, of one merchant, of the "
		    "server itself, or of all.",
	    .options = { WHICH },
	    .list = "events",
	    .prepare = prepare_since,
	    .print = print_list },
	{ .name = "show",
	    .call = "event.show",
	    .usage = "MID/SEQ | ID",
	    .help = "Show an event, who was owed it and what became of that.",
	    .operands = { { "EVENT", "event", SUB_TEXT, false } },
	    .print = print_one },
	{ .name = "replay",
	    .call = "event.replay",
	    .usage = "[--merchant MID | --server] [--since SEQ|TIME] "
		     "[--line LINE] [--limit N] [--dry-run] [MID/SEQ | ID]",
	    .help = "Send events again to the lines that were owed them, with "
		    "the same ids and numbers.",
	    .operands = { { "EVENT", "event", SUB_TEXT, true } },
	    .options = { WHICH, { "line", NULL, SUB_TEXT, true },
		{ "dry-run", NULL, SUB_FLAG, true } },
	    .list = "events",
	    .timeout_ms = REPLAY_TIMEOUT_MS,
	    .prepare = prepare_since,
	    .print = print_replayed },
	{ .name = "forget",
	    .call = "event.forget",
	    .usage = "[--force] LINE",
	    .help = "Give up all that waits for a line, as when it is gone "
		    "for good; of one that is at work, with --force.",
	    .operands = { { "LINE", "line", SUB_TEXT, false } },
	    .options = { { "force", NULL, SUB_FLAG, true } },
	    .timeout_ms = REPLAY_TIMEOUT_MS,
	    .print = print_forgotten },
	{ .call = NULL },
};

int
cmd_event(int argc, char **argv)
{
	return sub_main(subs, argc, argv);
}

/* A number is a merchant's event; anything else is a time, UTC. */
static int
prepare_since(json_t *args, struct till_error *err)
{
	const char *text = json_string_value(json_object_get(args, "since"));
	struct zone *zone = NULL;
	int64_t time_s = 0;
	int r = -1;

	if (text == NULL)
		return 0;
	if (text[0] != '\0' && strspn(text, "0123456789") == strlen(text) &&
	    strlen(text) < 16)
		return json_object_set_new(args, "since",
		    json_integer((json_int_t)strtoll(text, NULL, 10)));
	if (zone_load("UTC", &zone, err) == 0 &&
	    explain_time(text, zone, &time_s, err) == 0) {
		(void)json_object_del(args, "since");
		r = json_object_set_new(args, "since-ms",
		    json_integer((json_int_t)time_s * 1000));
	}
	zone_free(zone);
	return r;
}

static void
print_list(const json_t *reply)
{
	static const struct column columns[] = {
		{ "event", "event", false },
		{ "time", "time", false },
		{ "type", "type", false },
		{ "amount", "amount", true },
		{ "ticket", "jti", false },
		{ "serial", "serial", true },
		{ "reason", "reason", false },
		{ "id", "id", false },
		{ NULL, NULL, false },
	};

	show_table(json_object_get(reply, "events"), columns);
}

static void
print_one(const json_t *reply)
{
	static const char *const keys[] = { "event", "id", "type", "time",
		"merchant", "jti", "ticket", "kind", "amount", "serial",
		"reason", "code", "customer", "channel", "via", "instance",
		"text", NULL };
	static const struct column columns[] = {
		{ "line", "line", false },
		{ "state", "state", false },
		{ "attempts", "attempts", true },
		{ "next", "next", false },
		{ NULL, NULL, false },
	};

	show_fields(reply, keys);
	show_table(json_object_get(reply, "lines"), columns);
}

static void
print_replayed(const json_t *reply)
{
	size_t n = json_array_size(json_object_get(reply, "events"));

	print_list(reply);
	printf(json_is_true(json_object_get(reply, "dry_run"))
		? "%zu events would be sent again\n"
		: "%zu events are sent again\n",
	    n);
}

static void
print_forgotten(const json_t *reply)
{
	char buf[SHOW_CELL_MAX];

	printf("%s events for %s are given up\n",
	    show_value(json_object_get(reply, "given_up"), buf),
	    show_text(reply, "line"));
}
