/*
 * cmd_register.c - "tillctl register" and "tillctl order".
 */
#include "ctl/commands.h"
#include "ctl/show.h"
#include "ctl/sub.h"

#define VERIFY_TIMEOUT_MS INT64_C(3600000)

static void print_list(const json_t *);
static void print_one(const json_t *);
static void print_verified(const json_t *);
static void print_order(const json_t *);

static const struct sub subs[] = {
	{ .name = "list",
	    .call = "register.list",
	    .usage = "[--customer CID | --merchant MID] [--from SERIAL] "
		     "[--limit N]",
	    .help = "List entries upwards; those of one party the newest "
		    "first.",
	    .options = { { "customer", NULL, SUB_TEXT, true },
		{ "merchant", NULL, SUB_TEXT, true },
		{ "from", NULL, SUB_NUMBER, true },
		{ "limit", NULL, SUB_NUMBER, true } },
	    .list = "entries",
	    .print = print_list },
	{ .name = "show",
	    .call = "register.show",
	    .usage = "SERIAL",
	    .help = "Show one entry with its postings.",
	    .operands = { { "SERIAL", "serial", SUB_NUMBER, false } },
	    .print = print_one },
	{ .name = "verify",
	    .call = "register.verify",
	    .usage = "",
	    .help = "Compute chain, postings, balances and orders anew from "
		    "the register alone, and compare.",
	    .timeout_ms = VERIFY_TIMEOUT_MS,
	    .print = print_verified,
	    .print_failure = true },
	{ .call = NULL },
};

static const struct sub order[] = {
	{ .name = "show",
	    .call = "order.show",
	    .usage = "MID JTI",
	    .help = "Show what became of a merchant's ticket.",
	    .operands = { { "MID", "merchant", SUB_TEXT, false },
		{ "JTI", "jti", SUB_TEXT, false } },
	    .print = print_order },
	{ .name = "resolve",
	    .call = "order.resolve",
	    .usage = "--paid | --refused --note TEXT [--reference REF] "
		     "[--force] MID JTI",
	    .help = "End an order in doubt, as the network's own statement "
		    "says.  What the network approves after --refused is "
		    "reversed if till still hears of it; else the customer "
		    "stays charged.",
	    .operands = { { "MID", "merchant", SUB_TEXT, false },
		{ "JTI", "jti", SUB_TEXT, false } },
	    .options = { { "paid", NULL, SUB_FLAG, true },
		{ "refused", NULL, SUB_FLAG, true },
		{ "reference", NULL, SUB_TEXT, true },
		{ "note", NULL, SUB_TEXT, true },
		{ "force", NULL, SUB_FLAG, true } },
	    .print = print_order },
	{ .call = NULL },
};

int
cmd_register(int argc, char **argv)
{
	return sub_main(subs, argc, argv);
}

int
cmd_order(int argc, char **argv)
{
	return sub_main(order, argc, argv);
}

static void
print_list(const json_t *reply)
{
	static const struct column columns[] = {
		{ "serial", "serial", true },
		{ "time", "time", false },
		{ "kind", "kind", false },
		{ "amount", "amount", true },
		{ "customer", "customer", false },
		{ "merchant", "merchant", false },
		{ "what", "jti|note|id", false },
		{ "by", "via|actor", false },
		{ NULL, NULL, false },
	};

	show_table(json_object_get(reply, "entries"), columns);
}

static void
print_one(const json_t *reply)
{
	static const char *const keys[] = { "serial", "time", "kind", "amount",
		"customer", "merchant", "jti", "ticket", "via", "reference",
		"id", "note", "actor", "original", "previous", "hash", NULL };
	static const struct column columns[] = {
		{ "account", "account", false },
		{ "amount", "amount", true },
		{ NULL, NULL, false },
	};

	show_fields(reply, keys);
	show_table(json_object_get(reply, "postings"), columns);
}

static void
print_verified(const json_t *reply)
{
	static const char *const keys[] = { "entries", "orders", "accounts",
		"events", "waiting", "first_wrong", "why", NULL };
	static const struct column columns[] = {
		{ "currency", "currency", false },
		{ "sum of all accounts", "sum", true },
		{ NULL, NULL, false },
	};

	puts(json_is_true(json_object_get(reply, "valid"))
		? "the register is whole: chain, postings and balances agree"
		: "THE REGISTER IS WRONG");
	show_fields(reply, keys);
	show_table(json_object_get(reply, "sums"), columns);
}

static void
print_order(const json_t *reply)
{
	static const char *const keys[] = { "merchant", "jti", "state", "since",
		"kind", "amount", "refunded", "customer", "serial", "reason",
		"code", "via", "instance", "reference", "amr", "attempt",
		"decision", "ticket", NULL };
	static const struct column columns[] = {
		{ "refund", "id", false },
		{ "entry", "serial", true },
		{ "time", "time", false },
		{ "amount", "amount", true },
		{ "state", "state", false },
		{ "by", "actor", false },
		{ "note", "note", false },
		{ NULL, NULL, false },
	};

	show_fields(reply, keys);
	if (json_object_get(reply, "refunds") != NULL)
		show_table(json_object_get(reply, "refunds"), columns);
}
