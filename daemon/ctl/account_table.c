/*
 * account_table.c - all that a customer may ask of his own account, and its
 * arguments.
 *
 * What tillctl does for an operator is done here for the customer alone,
 * whose name the session gives.  What makes, gives away or takes away a
 * means of paying needs a recent sign-in; to stop all payments does not.
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
	{ "account.freeze", COMMAND_CHANGES, serve_customer_freeze, { CID } },
	{ "account.unfreeze", COMMAND_CHANGES_RECENT, serve_customer_unfreeze,
	    { CID } },
	{ "account.passwd", COMMAND_CHANGES_RECENT, serve_customer_passwd,
	    { CID } },
	{ "account.tokens", COMMAND_LOOKS, serve_customer_tokens, { CID } },
	{ "account.token", COMMAND_CHANGES_RECENT, serve_customer_token,
	    { CID, { "create", ARG_FLAG, false }, { "revoke", ARG_JTI, false },
		{ "label", ARG_TEXT, false }, { "each", ARG_MONEY, false },
		{ "day", ARG_MONEY, false }, { "count", ARG_JTI, false },
		{ "merchants", ARG_TEXT, false }, { "channel", ARG_JTI, false },
		{ "expires", ARG_TEXT, false } } },
	{ "account.key", COMMAND_CHANGES_RECENT, serve_customer_key,
	    { CID, { "new-key", ARG_JSON, false }, { "label", ARG_TEXT, false },
		{ "revoke", ARG_JTI, false } } },
	{ NULL, COMMAND_LOOKS, NULL, { { NULL, ARG_NONE, false } } },
};
