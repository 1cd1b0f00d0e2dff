/*
 * account_table.c - all that a customer may ask of his own account, and its
 * arguments.
 *
 * What tillctl does for an operator is done here for the customer alone,
 * whose name the session gives.  A means of paying can be taken away here,
 * after a recent sign-in, and none can be made: with a password or a token
 * of his own who has stolen a session would stay for good.  To stop all
 * payments, or to be asked again, needs no more than the session.
 */
#include "ctl/account.h"

#define CID                                                                    \
	{                                                                      \
		"customer", ARG_ID, true                                       \
	}

const struct command account_commands[] = {
	{ "account.show", COMMAND_LOOKS, serve_customer_show, { CID } },
	{ "account.statement", COMMAND_LOOKS, serve_customer_statement,
	    { CID, { "since-ms", ARG_NUMBER, false },
		{ "until-ms", ARG_NUMBER, false }, { "from", ARG_JSON, false },
		{ "limit", ARG_NUMBER, false } } },
	{ "account.receipt", COMMAND_LOOKS, serve_customer_receipt,
	    { CID, { "serial", ARG_NUMBER, true } } },
	{ "account.credentials", COMMAND_LOOKS, serve_customer_credentials,
	    { CID, { "from", ARG_TEXT, false },
		{ "limit", ARG_NUMBER, false } } },
	{ "account.entries", COMMAND_LOOKS, serve_customer_entries,
	    { CID, { "from", ARG_NUMBER, false },
		{ "limit", ARG_NUMBER, false } } },
	{ "account.freeze", COMMAND_CHANGES, serve_customer_freeze, { CID } },
	{ "account.unfreeze", COMMAND_CHANGES_RECENT, serve_customer_unfreeze,
	    { CID } },
	{ "account.tokens", COMMAND_LOOKS, serve_customer_tokens, { CID } },
	{ "account.token", COMMAND_CHANGES_RECENT, serve_customer_token,
	    { CID, { "instance", ARG_JTI, true },
		{ "revoke", ARG_JTI, true } } },
	{ "account.key", COMMAND_CHANGES_RECENT, serve_customer_key,
	    { CID, { "instance", ARG_JTI, true },
		{ "revoke", ARG_JTI, true } } },
	{ "account.allowances", COMMAND_LOOKS, serve_customer_allowances,
	    { CID } },
	{ "account.allow", COMMAND_CHANGES_RECENT, serve_customer_allowance,
	    { CID, { "set", ARG_ID, true }, { "each", ARG_MONEY, true },
		{ "day", ARG_MONEY, true } } },
	{ "account.disallow", COMMAND_CHANGES, serve_customer_allowance,
	    { CID, { "withdraw", ARG_ID, true },
		{ "currency", ARG_JTI, true } } },
	{ NULL, COMMAND_LOOKS, NULL, { { NULL, ARG_NONE, false } } },
};
