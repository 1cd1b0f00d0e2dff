/*
 * cmd_money.c - "tillctl topup", "tillctl refund" and "tillctl
 * balance".
 */
#include "ctl/commands.h"
#include "ctl/show.h"
#include "ctl/sub.h"

static void print_topup(const json_t *);
static void print_refund(const json_t *);

static const struct sub topup[] = {
	{ .call = "topup",
	    .usage = "CID AMOUNT [--id ID] [--note TEXT]",
	    .help = "Book money into a customer's wallet, against "
		    "bank:clearing.  The same --id books once.",
	    .operands = { { "CID", "customer", SUB_TEXT, false },
		{ "AMOUNT", "amount", SUB_MONEY, false } },
	    .options = { { "id", NULL, SUB_TEXT, true },
		{ "note", NULL, SUB_TEXT, true } },
	    .print = print_topup },
	{ .call = NULL },
};

static const struct sub refund[] = {
	{ .call = "refund",
	    .usage = "[--amount AMOUNT] [--id ID] [--disputed] --note TEXT "
		     "MID JTI",
	    .help = "Give back what an order has paid, or a part of it, to "
		    "where it came from.  The same --id does so once.",
	    .operands = { { "MID", "merchant", SUB_TEXT, false },
		{ "JTI", "jti", SUB_TEXT, false } },
	    .options = { { "amount", NULL, SUB_MONEY, true },
		{ "id", NULL, SUB_TEXT, true },
		{ "disputed", NULL, SUB_FLAG, true },
		{ "note", NULL, SUB_TEXT, true } },
	    .print = print_refund },
	{ .call = NULL },
};

static const struct sub balance[] = {
	{ .call = "balance",
	    .usage = "[NAME | ACCOUNT] [--customer CID] [--merchant MID]",
	    .help = "Show the accounts of a customer or merchant, one account "
		    "(bank:clearing), or all.",
	    .operands = { { "NAME", "name", SUB_TEXT, true } },
	    .options = { { "customer", NULL, SUB_TEXT, true },
		{ "merchant", NULL, SUB_TEXT, true },
		{ "from", NULL, SUB_TEXT, true },
		{ "limit", NULL, SUB_NUMBER, true } },
	    .list = "accounts",
	    .print = show_accounts },
	{ .call = NULL },
};

int
cmd_topup(int argc, char **argv)
{
	return sub_main(topup, argc, argv);
}

int
cmd_refund(int argc, char **argv)
{
	return sub_main(refund, argc, argv);
}

int
cmd_balance(int argc, char **argv)
{
	return sub_main(balance, argc, argv);
}

static void
print_topup(const json_t *reply)
{
	char buf[SHOW_CELL_MAX];

	printf("%s for %s, entry %s%s\n", show_text(reply, "amount"),
	    show_text(reply, "customer"),
	    show_value(json_object_get(reply, "serial"), buf),
	    json_is_true(json_object_get(reply, "repeated"))
		? " (booked before)"
		: "");
	show_accounts(reply);
}

static void
print_refund(const json_t *reply)
{
	char buf[SHOW_CELL_MAX];

	printf("%s of %s/%s, entry %s, %s%s\n", show_text(reply, "amount"),
	    show_text(reply, "merchant"), show_text(reply, "jti"),
	    show_value(json_object_get(reply, "serial"), buf),
	    show_text(reply, "state"),
	    json_is_true(json_object_get(reply, "repeated"))
		? " (asked for before)"
		: "");
}
