/*
 * cmd_merchant.c - "tillctl merchant".
 */
#include <string.h>

#include "ctl/commands.h"
#include "ctl/jwk.h"
#include "ctl/show.h"
#include "ctl/statement.h"
#include "ctl/sub.h"

static int prepare_key(json_t *, struct till_error *);
static void print_added(const json_t *);
static void print_key(const json_t *);
static void print_one(const json_t *);
static void print_list(const json_t *);

#define MID                                                                    \
	{                                                                      \
		"MID", "merchant", SUB_TEXT, false                             \
	}

static const struct sub subs[] = {
	{ .name = "add",
	    .call = "merchant.add",
	    .usage = "MID --name NAME [--country CC] [--return-url URL] "
		     "[--jwk FILE]",
	    .help = "Make a merchant and his till.",
	    .operands = { MID },
	    .options = { { "name", NULL, SUB_TEXT, true },
		{ "country", NULL, SUB_TEXT, true },
		{ "return-url", "url", SUB_TEXT, true },
		{ "jwk", NULL, SUB_FILE, true } },
	    .prepare = prepare_key,
	    .print = print_added },
	{ .name = "show",
	    .call = "merchant.show",
	    .usage = "MID",
	    .help = "Show a merchant, his keys, return addresses and accounts.",
	    .operands = { MID },
	    .print = print_one },
	{ .name = "list",
	    .call = "merchant.list",
	    .usage = "[--from MID] [--limit N]",
	    .help = "List merchants.",
	    .options = { { "from", NULL, SUB_TEXT, true },
		{ "limit", NULL, SUB_NUMBER, true } },
	    .list = "merchants",
	    .print = print_list },
	{ .name = "key",
	    .call = "merchant.key",
	    .usage = "MID --jwk FILE | --retire KID",
	    .help = "Add a public key that signs tickets (a JWK or PEM file, "
		    "- for standard input), or take no more tickets by one.",
	    .operands = { MID },
	    .options = { { "jwk", NULL, SUB_FILE, true },
		{ "retire", NULL, SUB_TEXT, true } },
	    .prepare = prepare_key,
	    .print = print_key },
	{ .name = "return-url",
	    .call = "merchant.return-url",
	    .usage = "MID URL [--remove]",
	    .help = "Let tickets of a merchant return to this address, or no "
		    "more.",
	    .operands = { MID, { "URL", "url", SUB_TEXT, false } },
	    .options = { { "remove", NULL, SUB_FLAG, true } } },
	{ .name = "webhook",
	    .call = "merchant.webhook",
	    .usage = "MID URL | --none",
	    .help = "Send a merchant's events to this address, or to none.",
	    .operands = { MID, { "URL", "url", SUB_TEXT, true } },
	    .options = { { "none", NULL, SUB_FLAG, true } } },
	{ .name = "statement",
	    .call = "merchant.statement",
	    .usage = "MID [--from TIME] [--to TIME] [--limit N]",
	    .help = "Show what came to a merchant's till and what went.",
	    .operands = { MID },
	    .options = { { "from", "since", SUB_TEXT, true },
		{ "to", "until", SUB_TEXT, true },
		{ "limit", NULL, SUB_NUMBER, true } },
	    .list = "lines",
	    .timeout_ms = STATEMENT_TIMEOUT_MS,
	    .prepare = statement_prepare,
	    .check = statement_check,
	    .print = statement_print },
	{ .name = "passwd",
	    .call = "merchant.passwd",
	    .usage = "MID [--password-fd N]",
	    .help = "Give a merchant a new password for the pages of his till; "
		    "ends his sessions and lifts a lock.",
	    .operands = { MID },
	    .password = SUB_NEW_PASSWORD },
	{ .name = "suspend",
	    .call = "merchant.suspend",
	    .usage = "MID",
	    .help = "Take no more tickets of a merchant, nor let him sign "
		    "in, until 'resume'.",
	    .operands = { MID } },
	{ .name = "resume",
	    .call = "merchant.resume",
	    .usage = "MID",
	    .help = "Take tickets of a suspended merchant again.",
	    .operands = { MID } },
	{ .call = NULL },
};

int
cmd_merchant(int argc, char **argv)
{
	return sub_main(subs, argc, argv);
}

/* A key in PEM is sent as a JWK. */
static int
prepare_key(json_t *args, struct till_error *err)
{
	const char *text = json_string_value(json_object_get(args, "jwk"));
	json_t *jwk;

	if (text == NULL || strncmp(text, "-----BEGIN ", 11) != 0)
		return 0;
	jwk = jwk_from_pem(text, err);
	if (jwk == NULL)
		return -1;
	return json_object_set_new(args, "jwk", jwk);
}

static void
print_added(const json_t *reply)
{
	printf("merchant %s added\n", show_text(reply, "merchant"));
	if (show_text(reply, "kid")[0] != '\0')
		printf("key %s\n", show_text(reply, "kid"));
}

static void
print_key(const json_t *reply)
{
	if (show_text(reply, "kid")[0] != '\0')
		printf("key %s added\n", show_text(reply, "kid"));
}

static void
print_one(const json_t *reply)
{
	static const char *const keys[] = { "merchant", "name", "country",
		"status", "created", "return_urls", "webhook", "password",
		NULL };
	static const struct column columns[] = {
		{ "key", "kid", false },
		{ "status", "status", false },
		{ "since", "added", false },
		{ NULL, NULL, false },
	};

	show_fields(reply, keys);
	show_table(json_object_get(reply, "keys"), columns);
	show_accounts(reply);
}

static void
print_list(const json_t *reply)
{
	static const struct column columns[] = {
		{ "merchant", "merchant", false },
		{ "name", "name", false },
		{ "country", "country", false },
		{ "status", "status", false },
		{ "keys", "active_keys", true },
		{ "created", "created", false },
		{ NULL, NULL, false },
	};

	show_table(json_object_get(reply, "merchants"), columns);
}
