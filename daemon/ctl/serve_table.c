/*
 * serve_table.c - all control commands and their arguments.
 */
#include "ctl/call.h"

#define CID                                                                    \
	{                                                                      \
		"customer", ARG_ID, true                                       \
	}
#define MID                                                                    \
	{                                                                      \
		"merchant", ARG_ID, true                                       \
	}
#define LIMIT                                                                  \
	{                                                                      \
		"limit", ARG_NUMBER, false                                     \
	}

/* A statement's times, and where it goes on. */
#define TIMES                                                                  \
	{ "since-ms", ARG_NUMBER, false }, { "until-ms", ARG_NUMBER, false },  \
	    { "from", ARG_JSON, false }, LIMIT

/* Events: of one merchant or the server, since a number or a time. */
#define WHICH                                                                  \
	{ "merchant", ARG_ID, false }, { "server", ARG_FLAG, false },          \
	    { "since", ARG_NUMBER, false }, { "since-ms", ARG_NUMBER, false }, \
	    { "from", ARG_TEXT, false }, LIMIT

#define REVERSAL(note)                                                         \
	MID, { "jti", ARG_JTI, true }, { "number", ARG_NUMBER, false },        \
	{                                                                      \
		"note", ARG_TEXT, note                                         \
	}

const struct command ctl_commands[] = {
	{ "customer.add", COMMAND_CHANGES, serve_customer_add,
	    { CID, { "name", ARG_NAME, true }, { "lang", ARG_JTI, false },
		{ "instance", ARG_JTI, false } } },
	{ "customer.show", COMMAND_LOOKS, serve_customer_show, { CID } },
	{ "customer.list", COMMAND_LOOKS, serve_customer_list,
	    { { "from", ARG_ID, false }, LIMIT } },
	{ "customer.passwd", COMMAND_CHANGES, serve_customer_passwd,
	    { CID, { "instance", ARG_JTI, false } } },
	{ "customer.limit", COMMAND_CHANGES, serve_customer_limit,
	    { CID, { "amount", ARG_MONEY, false } } },
	{ "customer.bank", COMMAND_CHANGES, serve_customer_bank,
	    { CID, { "kind", ARG_JTI, false }, { "expiry", ARG_JTI, false },
		{ "remove", ARG_FLAG, false },
		{ "forget", ARG_FLAG, false } } },
	{ "customer.token", COMMAND_CHANGES, serve_customer_token,
	    { CID, { "create", ARG_FLAG, false }, { "list", ARG_FLAG, false },
		{ "revoke", ARG_JTI, false }, { "label", ARG_TEXT, false },
		{ "each", ARG_MONEY, false }, { "day", ARG_MONEY, false },
		{ "count", ARG_JTI, false }, { "merchants", ARG_TEXT, false },
		{ "channel", ARG_JTI, false }, { "expires", ARG_TEXT, false },
		{ "instance", ARG_JTI, false } } },
	{ "customer.key", COMMAND_CHANGES, serve_customer_key,
	    { CID, { "new-key", ARG_JSON, false }, { "label", ARG_TEXT, false },
		{ "match", ARG_JTI, false }, { "revoke", ARG_JTI, false },
		{ "instance", ARG_JTI, false } } },
	{ "customer.allowance", COMMAND_CHANGES, serve_customer_allowance,
	    { CID, { "set", ARG_ID, false }, { "withdraw", ARG_ID, false },
		{ "each", ARG_MONEY, false }, { "day", ARG_MONEY, false },
		{ "currency", ARG_JTI, false } } },
	{ "customer.statement", COMMAND_LOOKS, serve_customer_statement,
	    { CID, TIMES } },
	{ "customer.suspend", COMMAND_CHANGES, serve_customer_suspend,
	    { CID } },
	{ "customer.resume", COMMAND_CHANGES, serve_customer_resume, { CID } },
	{ "merchant.add", COMMAND_CHANGES, serve_merchant_add,
	    { MID, { "name", ARG_NAME, true }, { "country", ARG_JTI, false },
		{ "url", ARG_URL, false }, { "jwk", ARG_JSON, false } } },
	{ "merchant.show", COMMAND_LOOKS, serve_merchant_show, { MID } },
	{ "merchant.list", COMMAND_LOOKS, serve_merchant_list,
	    { { "from", ARG_ID, false }, LIMIT } },
	{ "merchant.key", COMMAND_CHANGES, serve_merchant_key,
	    { MID, { "jwk", ARG_JSON, false }, { "retire", ARG_JTI, false } } },
	{ "merchant.return-url", COMMAND_CHANGES, serve_merchant_url,
	    { MID, { "url", ARG_URL, true }, { "remove", ARG_FLAG, false } } },
	{ "merchant.webhook", COMMAND_CHANGES, serve_merchant_webhook,
	    { MID, { "url", ARG_URL, false }, { "none", ARG_FLAG, false } } },
	{ "merchant.statement", COMMAND_LOOKS, serve_merchant_statement,
	    { MID, TIMES } },
	{ "merchant.passwd", COMMAND_CHANGES, serve_merchant_passwd, { MID } },
	{ "merchant.suspend", COMMAND_CHANGES, serve_merchant_suspend,
	    { MID } },
	{ "merchant.resume", COMMAND_CHANGES, serve_merchant_resume, { MID } },
	{ "topup", COMMAND_CHANGES, serve_money_topup,
	    { CID, { "amount", ARG_MONEY, true }, { "id", ARG_JTI, false },
		{ "note", ARG_TEXT, false } } },
	{ "refund", COMMAND_CHANGES, serve_money_refund,
	    { MID, { "jti", ARG_JTI, true }, { "amount", ARG_MONEY, false },
		{ "id", ARG_JTI, false }, { "disputed", ARG_FLAG, false },
		{ "note", ARG_TEXT, true } } },
	{ "balance", COMMAND_LOOKS, serve_money_balance,
	    { { "customer", ARG_ID, false }, { "merchant", ARG_ID, false },
		{ "account", ARG_TEXT, false }, { "name", ARG_TEXT, false },
		{ "from", ARG_TEXT, false }, LIMIT } },
	{ "key.list", COMMAND_LOOKS, serve_key_list,
	    { { NULL, ARG_NONE, false } } },
	{ "key.rotate", COMMAND_CHANGES, serve_key_rotate,
	    { { NULL, ARG_NONE, false } } },
	{ "key.rekey", COMMAND_CHANGES, serve_key_rekey,
	    { { NULL, ARG_NONE, false } } },
	{ "register.list", COMMAND_LOOKS, serve_register_list,
	    { { "customer", ARG_ID, false }, { "merchant", ARG_ID, false },
		{ "from", ARG_NUMBER, false }, LIMIT } },
	{ "register.show", COMMAND_LOOKS, serve_register_show,
	    { { "serial", ARG_NUMBER, true } } },
	{ "register.verify", COMMAND_LOOKS, serve_register_verify,
	    { { NULL, ARG_NONE, false } } },
	{ "order.show", COMMAND_LOOKS, serve_order_show,
	    { MID, { "jti", ARG_JTI, true } } },
	{ "order.list", COMMAND_LOOKS, serve_order_list,
	    { { "since", ARG_NUMBER, false }, { "from", ARG_TEXT, false },
		LIMIT } },
	{ "order.resolve", COMMAND_CHANGES, serve_order_resolve,
	    { MID, { "jti", ARG_JTI, true }, { "paid", ARG_FLAG, false },
		{ "refused", ARG_FLAG, false }, { "reference", ARG_JTI, false },
		{ "note", ARG_TEXT, true }, { "force", ARG_FLAG, false } } },
	{ "bank.reversals", COMMAND_LOOKS, serve_bank_reversals,
	    { { "all", ARG_FLAG, false }, { "from", ARG_TEXT, false },
		LIMIT } },
	{ "bank.disputes", COMMAND_LOOKS, serve_bank_disputes,
	    { { "all", ARG_FLAG, false }, { "from", ARG_TEXT, false },
		LIMIT } },
	{ "bank.park", COMMAND_CHANGES, serve_bank_park, { REVERSAL(false) } },
	{ "bank.retry", COMMAND_CHANGES, serve_bank_retry,
	    { REVERSAL(false) } },
	{ "bank.drop", COMMAND_CHANGES, serve_bank_drop,
	    { REVERSAL(true), { "force", ARG_FLAG, false } } },
	{ "bank.report", COMMAND_CHANGES, serve_bank_report,
	    { { "instance", ARG_JTI, false }, { "word", ARG_JTI, false } } },
	{ "event.list", COMMAND_LOOKS, serve_event_list, { WHICH } },
	{ "event.show", COMMAND_LOOKS, serve_event_show,
	    { { "event", ARG_TEXT, true } } },
	{ "event.replay", COMMAND_CHANGES, serve_event_replay,
	    { WHICH, { "event", ARG_TEXT, false }, { "line", ARG_TEXT, false },
		{ "dry-run", ARG_FLAG, false } } },
	{ "event.forget", COMMAND_CHANGES, serve_event_forget,
	    { { "line", ARG_TEXT, true }, { "force", ARG_FLAG, false } } },
	{ "status", COMMAND_LOOKS, serve_server_status,
	    { { NULL, ARG_NONE, false } } },
	{ "reload", COMMAND_CHANGES, serve_server_reload,
	    { { NULL, ARG_NONE, false } } },
	{ NULL, COMMAND_LOOKS, NULL, { { NULL, ARG_NONE, false } } },
};
