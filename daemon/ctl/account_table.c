/*
 * account_table.c - all that a customer may ask of his own account, and its
 * arguments.
 *
 * What tillctl does for an operator is done here for the customer alone,
 * whose name the session gives.  To make a means of paying, or to take one
 * away, needs a recent sign-in to enrol, as with a password or a token of his
 * own who has stolen a session, or a password, would stay for good.  A token
 * can be taken away, and an allowance set, after any recent sign-in: the one
 * makes nothing, and the other is bounded by the operator, works in a session
 * alone and is ended by one click.  To stop all payments, to be asked again,
 * or to sign out everywhere, needs no more than the session.
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
	{ "account.topup", COMMAND_LOOKS, serve_customer_topup, { CID } },
	{ "account.freeze", COMMAND_STOPS, serve_customer_freeze, { CID } },
	{ "account.unfreeze", COMMAND_CHANGES_RECENT, serve_customer_unfreeze,
	    { CID } },
	{ "account.tokens", COMMAND_LOOKS, serve_customer_tokens, { CID } },
	{ "account.token", COMMAND_CHANGES_RECENT, serve_customer_token,
	    { CID, { "instance", ARG_JTI, true },
		{ "revoke", ARG_JTI, true } } },
	{ "account.key", COMMAND_CHANGES_MEANS, serve_customer_key,
	    { CID, { "instance", ARG_JTI, true },
		{ "revoke", ARG_JTI, true } } },
	{ "account.security", COMMAND_LOOKS, serve_account_security, { CID } },
	{ "account.may", COMMAND_CHANGES_MEANS, serve_account_may,
	    { CID, { "what", ARG_JTI, true } } },
	{ "account.passwd", COMMAND_CHANGES_MEANS, serve_account_passwd,
	    { CID } },
	{ "account.new-token", COMMAND_CHANGES_MEANS, serve_account_new_token,
	    { CID, { "label", ARG_TEXT, false }, { "each", ARG_MONEY, true },
		{ "day", ARG_MONEY, true }, { "merchants", ARG_TEXT, false },
		{ "expires", ARG_TEXT, false } } },
	{ "account.new-passkey", COMMAND_CHANGES_MEANS,
	    serve_account_new_passkey, { CID } },
	{ "account.passkey", COMMAND_CHANGES_MEANS, serve_account_passkey,
	    { CID, { "label", ARG_TEXT, false } } },
	{ "account.sign-out", COMMAND_CHANGES, serve_account_sign_out,
	    { CID } },
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
