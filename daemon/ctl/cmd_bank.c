/*
 * cmd_bank.c - "tillctl bank": what is owed back, and how the links are.
 */
#include <stdio.h>
#include <string.h>

#include "ctl/commands.h"
#include "ctl/show.h"
#include "ctl/sub.h"

static int prepare_reconcile(json_t *, struct till_error *);
static void print_list(const json_t *);
static void print_one(const json_t *);
static void print_reports(const json_t *);

#define WHICH_OPERANDS                                                         \
	{ "MID", "merchant", SUB_TEXT, false },                                \
	{                                                                      \
		"JTI", "jti", SUB_TEXT, false                                  \
	}
#define WHICH_OPTIONS                                                          \
	{ "number", NULL, SUB_NUMBER, true },                                  \
	{                                                                      \
		"note", NULL, SUB_TEXT, true                                   \
	}
#define WHICH                                                                  \
	.operands = { WHICH_OPERANDS }, .options = { WHICH_OPTIONS },          \
	.print = print_one

static const struct sub subs[] = {
	{ .name = "status",
	    .call = "bank.report",
	    .usage = "[INSTANCE]",
	    .help = "Show the links to the banks, and how much is owed back.",
	    .operands = { { "INSTANCE", "instance", SUB_TEXT, true } },
	    .print = print_reports },
	{ .name = "reversals",
	    .call = "bank.reversals",
	    .usage = "[--all] [--from MID/JTI/NUMBER] [--limit N]",
	    .help = "List what is to be reversed; with --all, also what has "
		    "been.",
	    .options = { { "all", NULL, SUB_FLAG, true },
		{ "from", NULL, SUB_TEXT, true },
		{ "limit", NULL, SUB_NUMBER, true } },
	    .list = "reversals",
	    .print = print_list },
	{ .name = "disputes",
	    .call = "bank.disputes",
	    .usage = "[--all] [--from MID/JTI/NUMBER] [--limit N]",
	    .help = "List what banks took back of their own accord.",
	    .options = { { "all", NULL, SUB_FLAG, true },
		{ "from", NULL, SUB_TEXT, true },
		{ "limit", NULL, SUB_NUMBER, true } },
	    .list = "reversals",
	    .print = print_list },
	{ .name = "park",
	    .call = "bank.park",
	    .usage = "[--number N] [--note TEXT] MID JTI",
	    .help = "Ask for a reversal no more, until \"retry\".",
	    WHICH },
	{ .name = "retry",
	    .call = "bank.retry",
	    .usage = "[--number N] [--note TEXT] MID JTI",
	    .help = "Ask for a reversal now, by the settings of today.",
	    WHICH },
	{ .name = "drop",
	    .call = "bank.drop",
	    .usage = "[--number N] --note TEXT [--force] MID JTI",
	    .help = "End a reversal or dispute that was settled otherwise, or "
		    "a refund that the bank's statement says was not made "
		    "(--force).",
	    .operands = { WHICH_OPERANDS },
	    .options = { WHICH_OPTIONS, { "force", NULL, SUB_FLAG, true } },
	    .print = print_one },
	{ .name = "reconcile",
	    .call = "bank.report",
	    .usage = "[--now [--day MMDD]] [INSTANCE]",
	    .help = "Show the last reconciliation with the banks; with --now, "
		    "ask for one.",
	    .operands = { { "INSTANCE", "instance", SUB_TEXT, true } },
	    .options = { { "now", NULL, SUB_FLAG, true },
		{ "day", NULL, SUB_TEXT, true } },
	    .prepare = prepare_reconcile,
	    .print = print_reports,
	    .print_failure = true },
	{ .call = NULL },
};

int
cmd_bank(int argc, char **argv)
{
	return sub_main(subs, argc, argv);
}

/* The word of the report is made of the options. */
static int
prepare_reconcile(json_t *args, struct till_error *err)
{
	const char *day = json_string_value(json_object_get(args, "day"));
	const bool now = json_is_true(json_object_get(args, "now"));
	json_t *word;

	if (day != NULL && !now)
		return till_fail(err, "--day is for --now");
	word = day != NULL ? json_sprintf("reconcile-now-%s", day)
			   : json_string(now ? "reconcile-now" : "reconcile");
	(void)json_object_del(args, "day");
	(void)json_object_del(args, "now");
	return json_object_set_new(args, "word", word) == 0
	    ? 0
	    : till_fail(err, "this is no day");
}

static void
print_list(const json_t *reply)
{
	static const struct column columns[] = {
		{ "merchant", "merchant", false },
		{ "order", "jti", false },
		{ "number", "number", true },
		{ "state", "state", false },
		{ "reason", "reason", false },
		{ "amount", "amount", true },
		{ "customer", "customer", false },
		{ "instance", "instance", false },
		{ "tries", "tries", true },
		{ "next", "next", false },
		{ "why", "text|code", false },
		{ NULL, NULL, false },
	};

	show_table(json_object_get(reply, "reversals"), columns);
}

static void
print_one(const json_t *reply)
{
	const char *reason =
	    json_string_value(json_object_get(reply, "reason"));
	const char *what = "reversal";

	if (reason != NULL &&
	    (strcmp(reason, "refund") == 0 || strcmp(reason, "dispute") == 0))
		what = reason;
	printf("%s %lld of %s/%s is %s\n", what,
	    (long long)json_integer_value(json_object_get(reply, "number")),
	    json_string_value(json_object_get(reply, "merchant")),
	    json_string_value(json_object_get(reply, "jti")),
	    json_string_value(json_object_get(reply, "state")));
}

static void
print_reports(const json_t *reply)
{
	const json_t *list = json_object_get(reply, "reports"), *item;
	const char *text, *why;
	size_t i;

	json_array_foreach(list, i, item)
	{
		text = json_string_value(json_object_get(item, "text"));
		why = json_string_value(json_object_get(item, "error"));
		printf("%s:\n%s%s%s",
		    json_string_value(json_object_get(item, "instance")),
		    text == NULL ? "" : text, why == NULL ? "" : why,
		    why == NULL ? "" : "\n");
	}
	printf("owed back: %lld\n",
	    (long long)json_integer_value(json_object_get(reply, "owed")));
}
