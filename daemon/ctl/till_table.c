/*
 * till_table.c - all that a merchant may ask of his own till, and its
 * arguments.
 *
 * It is for looking at: what changes something is the operator's, or asks for
 * the merchant's key (doc/protocol.md).  Who a customer is, is nowhere in it
 * but as the voucher says it.
 */
#include "ctl/account.h"

#define MID                                                                    \
	{                                                                      \
		"merchant", ARG_ID, true                                       \
	}
#define PART                                                                   \
	{ "from", ARG_NUMBER, false },                                         \
	{                                                                      \
		"limit", ARG_NUMBER, false                                     \
	}

const struct command till_commands[] = {
	{ "till.show", COMMAND_LOOKS, serve_till_show, { MID } },
	{ "till.days", COMMAND_LOOKS, serve_till_days,
	    { MID, { "from", ARG_NUMBER, false } } },
	{ "till.sales", COMMAND_LOOKS, serve_till_sales,
	    { MID, { "since-ms", ARG_NUMBER, false },
		{ "until-ms", ARG_NUMBER, false }, PART } },
	{ "till.sale", COMMAND_LOOKS, serve_till_sale,
	    { MID, { "serial", ARG_NUMBER, true } } },
	{ "till.payouts", COMMAND_LOOKS, serve_till_payouts, { MID, PART } },
	{ NULL, COMMAND_LOOKS, NULL, { { NULL, ARG_NONE, false } } },
};
