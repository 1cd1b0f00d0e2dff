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
	{ "customer.add", serve_customer_add,
	    { CID, { "name", ARG_NAME, true }, { "lang", ARG_JTI, false },
		{ "instance", ARG_JTI, false } } },
	{ "customer.show", serve_customer_show, { CID } },
	{ "customer.list", serve_customer_list,
	    { { "from", ARG_ID, false }, LIMIT } },
	{ "customer.passwd", serve_customer_passwd,
	    { CID, { "instance", ARG_JTI, false } } },
	{ "customer.limit", serve_customer_limit,
	    { CID, { "amount", ARG_MONEY, false } } },
	{ "customer.bank", serve_customer_bank,
	    { CID, { "kind", ARG_JTI, false }, { "expiry", ARG_JTI, false },
		{ "remove", ARG_FLAG, false },
		{ "forget", ARG_FLAG, false } } },
	{ "customer.token", serve_customer_token,
	    { CID, { "create", ARG_FLAG, false }, { "list", ARG_FLAG, false },
		{ "revoke", ARG_JTI, false }, { "label", ARG_TEXT, false },
		{ "each", ARG_MONEY, false }, { "day", ARG_MONEY, false },
		{ "count", ARG_JTI, false }, { "merchants", ARG_TEXT, false },
		{ "channel", ARG_JTI, false }, { "expires", ARG_TEXT, false },
		{ "instance", ARG_JTI, false } } },
	{ "customer.key", serve_customer_key,
	    { CID, { "new-key", ARG_JSON, false }, { "label", ARG_TEXT, false },
		{ "match", ARG_JTI, false }, { "revoke", ARG_JTI, false },
		{ "instance", ARG_JTI, false } } },
	{ "customer.statement", serve_customer_statement, { CID, TIMES } },
	{ "customer.suspend", serve_customer_suspend, { CID } },
	{ "customer.resume", serve_customer_resume, { CID } },
	{ "merchant.add", serve_merchant_add,
	    { MID, { "name", ARG_NAME, true }, { "country", ARG_JTI, false },
		{ "url", ARG_URL, false }, { "jwk", ARG_JSON, false } } },
	{ "merchant.show", serve_merchant_show, { MID } },
	{ "merchant.list", serve_merchant_list,
	    { { "from", ARG_ID, false }, LIMIT } },
	{ "merchant.key", serve_merchant_key,
	    { MID, { "jwk", ARG_JSON, false }, { "retire", ARG_JTI, false } } },
	{ "merchant.return-url", serve_merchant_url,
	    { MID, { "url", ARG_URL, true }, { "remove", ARG_FLAG, false } } },
	{ "merchant.webhook", serve_merchant_webhook,
	    { MID, { "url", ARG_URL, false }, { "none", ARG_FLAG, false } } },
	{ "merchant.statement", serve_merchant_statement, { MID, TIMES } },
	{ "merchant.suspend", serve_merchant_suspend, { MID } },
	{ "merchant.resume", serve_merchant_resume, { MID } },
	{ "topup", serve_money_topup,
	    { CID, { "amount", ARG_MONEY, true }, { "id", ARG_JTI, false },
		{ "note", ARG_TEXT, false } } },
	{ "refund", serve_money_refund,
	    { MID, { "jti", ARG_JTI, true }, { "amount", ARG_MONEY, false },
		{ "id", ARG_JTI, false }, { "disputed", ARG_FLAG, false },
		{ "note", ARG_TEXT, true } } },
	{ "balance", serve_money_balance,
	    { { "customer", ARG_ID, false }, { "merchant", ARG_ID, false },
		{ "account", ARG_TEXT, false }, { "name", ARG_TEXT, false },
		{ "from", ARG_TEXT, false }, LIMIT } },
	{ "key.list", serve_key_list, { { NULL, ARG_NONE, false } } },
	{ "key.rotate", serve_key_rotate, { { NULL, ARG_NONE, false } } },
	{ "key.rekey", serve_key_rekey, { { NULL, ARG_NONE, false } } },
	{ "register.list", serve_register_list,
	    { { "customer", ARG_ID, false }, { "merchant", ARG_ID, false },
		{ "from", ARG_NUMBER, false }, LIMIT } },
	{ "register.show", serve_register_show,
	    { { "serial", ARG_NUMBER, true } } },
	{ "register.verify", serve_register_verify,
	    { { NULL, ARG_NONE, false } } },
	{ "order.show", serve_order_show, { MID, { "jti", ARG_JTI, true } } },
	{ "order.list", serve_order_list,
	    { { "since", ARG_NUMBER, false }, { "from", ARG_TEXT, false },
		LIMIT } },
	{ "order.resolve", serve_order_resolve,
	    { MID, { "jti", ARG_JTI, true }, { "paid", ARG_FLAG, false },
		{ "refused", ARG_FLAG, false }, { "reference", ARG_JTI, false },
		{ "note", ARG_TEXT, true }, { "force", ARG_FLAG, false } } },
	{ "bank.reversals", serve_bank_reversals,
	    { { "all", ARG_FLAG, false }, { "from", ARG_TEXT, false },
		LIMIT } },
	{ "bank.disputes", serve_bank_disputes,
	    { { "all", ARG_FLAG, false }, { "from", ARG_TEXT, false },
		LIMIT } },
	{ "bank.park", serve_bank_park, { REVERSAL(false) } },
	{ "bank.retry", serve_bank_retry, { REVERSAL(false) } },
	{ "bank.drop", serve_bank_drop,
	    { REVERSAL(true), { "force", ARG_FLAG, false } } },
	{ "bank.report", serve_bank_report,
	    { { "instance", ARG_JTI, false }, { "word", ARG_JTI, false } } },
	{ "event.list", serve_event_list, { WHICH } },
	{ "event.show", serve_event_show, { { "event", ARG_TEXT, true } } },
	{ "event.replay", serve_event_replay,
	    { WHICH, { "event", ARG_TEXT, false }, { "line", ARG_TEXT, false },
		{ "dry-run", ARG_FLAG, false } } },
	{ "event.forget", serve_event_forget,
	    { { "line", ARG_TEXT, true }, { "force", ARG_FLAG, false } } },
	{ "status", serve_server_status, { { NULL, ARG_NONE, false } } },
	{ "reload", serve_server_reload, { { NULL, ARG_NONE, false } } },
	{ NULL, NULL, { { NULL, ARG_NONE, false } } },
};
