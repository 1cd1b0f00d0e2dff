/*
 * cmd_customer.c - "tillctl customer".
 */
#include "ctl/commands.h"
#include "ctl/show.h"
#include "ctl/statement.h"
#include "ctl/sub.h"

static int choose_kind(json_t *, struct till_error *);
static void print_bank(const json_t *);
static int choose_action(json_t *, struct till_error *);
static void print_token(const json_t *);
static int choose_allowance(json_t *, struct till_error *);
static void print_allowance(const json_t *);
static int choose_key(json_t *, struct till_error *);
static void print_key(const json_t *);
static void print_one(const json_t *);
static void print_list(const json_t *);
static void print_added(const json_t *);

#define CID                                                                    \
	{                                                                      \
		"CID", "customer", SUB_TEXT, false                             \
	}

static const struct sub subs[] = {
	{ .name = "add",
	    .call = "customer.add",
	    .usage = "CID --name NAME [--lang LANG] [--password] "
		     "[--password-fd N] [--instance NAME]",
	    .help = "Make a customer and his wallet; with a password he can "
		    "pay at once.",
	    .operands = { CID },
	    .options = { { "name", NULL, SUB_TEXT, true },
		{ "lang", NULL, SUB_TEXT, true },
		{ "instance", NULL, SUB_TEXT, true } },
	    .password = SUB_MAYBE_PASSWORD,
	    .print = print_added },
	{ .name = "show",
	    .call = "customer.show",
	    .usage = "CID",
	    .help = "Show a customer, his accounts and credentials.",
	    .operands = { CID },
	    .print = print_one },
	{ .name = "list",
	    .call = "customer.list",
	    .usage = "[--from CID] [--limit N]",
	    .help = "List customers.",
	    .options = { { "from", NULL, SUB_TEXT, true },
		{ "limit", NULL, SUB_NUMBER, true } },
	    .list = "customers",
	    .print = print_list },
	{ .name = "passwd",
	    .call = "customer.passwd",
	    .usage = "CID [--password-fd N] [--instance NAME]",
	    .help = "Give a customer a new password; ends his sessions and "
		    "lifts a lock.",
	    .operands = { CID },
	    .options = { { "instance", NULL, SUB_TEXT, true } },
	    .password = SUB_NEW_PASSWORD },
	{ .name = "limit",
	    .call = "customer.limit",
	    .usage = "CID [AMOUNT]",
	    .help =
		"Set the customer's own ceiling per payment (\"50.00 EUR\"); "
		"without an amount take it away.",
	    .operands = { CID, { "AMOUNT", "amount", SUB_MONEY, true } } },
	{ .name = "bank",
	    .call = "customer.bank",
	    .usage = "CID --card [--expiry YYMM] | --iban | --token | "
		     "--remove | --forget",
	    .help = "Say whom the bank knows the customer as: a number that "
		    "is asked for and kept sealed.  What was there before is "
		    "kept, too, for refunds, unless all is forgotten.",
	    .operands = { CID },
	    .options = { { "card", NULL, SUB_FLAG, true },
		{ "iban", NULL, SUB_FLAG, true },
		{ "token", NULL, SUB_FLAG, true },
		{ "expiry", NULL, SUB_TEXT, true },
		{ "remove", NULL, SUB_FLAG, true },
		{ "forget", NULL, SUB_FLAG, true } },
	    .password = SUB_BANK_NUMBER,
	    .prepare = choose_kind,
	    .print = print_bank },
	{ .name = "token",
	    .call = "customer.token",
	    .usage = "CID --create --each AMOUNT --day AMOUNT [--count N] "
		     "[--merchants MID,...] [--channel api|browser|any] "
		     "[--expires TIME] [--label TEXT] [--instance NAME] | "
		     "--list | --revoke ID",
	    .help = "Make a token with which a program of the customer's "
		    "pays as far as its caps allow, and print it, this once, "
		    "to standard output; list them; take one back.",
	    .operands = { CID },
	    .options = { { "create", NULL, SUB_FLAG, true },
		{ "list", NULL, SUB_FLAG, true },
		{ "revoke", NULL, SUB_TEXT, true },
		{ "each", NULL, SUB_TEXT, true },
		{ "day", NULL, SUB_TEXT, true },
		{ "count", NULL, SUB_TEXT, true },
		{ "merchants", NULL, SUB_TEXT, true },
		{ "channel", NULL, SUB_TEXT, true },
		{ "expires", NULL, SUB_TEXT, true },
		{ "label", NULL, SUB_TEXT, true },
		{ "instance", NULL, SUB_TEXT, true } },
	    .prepare = choose_action,
	    .print = print_token,
	    .tells = true },
	{ .name = "key",
	    .call = "customer.key",
	    .usage = "CID --add FILE [--by-subject] [--label TEXT] "
		     "[--instance NAME] | --remove ID [--instance NAME]",
	    .help = "Let a card sign the customer's payments: its public key "
		    "(PEM or JWK) or certificate (PEM), recognised by itself "
		    "or by its subject; or let it no more.",
	    .operands = { CID },
	    .options = { { "add", "new-key", SUB_FILE, true },
		{ "by-subject", NULL, SUB_FLAG, true },
		{ "label", NULL, SUB_TEXT, true },
		{ "remove", "revoke", SUB_TEXT, true },
		{ "instance", NULL, SUB_TEXT, true } },
	    .prepare = choose_key,
	    .print = print_key },
	{ .name = "allowance",
	    .call = "customer.allowance",
	    .usage = "CID [--list | --set MID --each AMOUNT --day AMOUNT | "
		     "--withdraw MID [--currency CUR]]",
	    .help = "What a customer lets merchants have without being asked "
		    "(\"0.10 EUR\" each and \"2.00 EUR\" a day): list, set, "
		    "withdraw.",
	    .operands = { CID },
	    .options = { { "list", NULL, SUB_FLAG, true },
		{ "set", NULL, SUB_TEXT, true },
		{ "each", NULL, SUB_TEXT, true },
		{ "day", NULL, SUB_TEXT, true },
		{ "withdraw", NULL, SUB_TEXT, true },
		{ "currency", NULL, SUB_TEXT, true } },
	    .prepare = choose_allowance,
	    .print = print_allowance },
	{ .name = "statement",
	    .call = "customer.statement",
	    .usage = "CID [--from TIME] [--to TIME] [--limit N]",
	    .help = "Show what came to a customer's wallet and what went, "
		    "and what his bank has paid.",
	    .operands = { CID },
	    .options = { { "from", "since", SUB_TEXT, true },
		{ "to", "until", SUB_TEXT, true },
		{ "limit", NULL, SUB_NUMBER, true } },
	    .list = "lines",
	    .timeout_ms = STATEMENT_TIMEOUT_MS,
	    .prepare = statement_prepare,
	    .check = statement_check,
	    .print = statement_print },
	{ .name = "suspend",
	    .call = "customer.suspend",
	    .usage = "CID",
	    .help = "Let a customer pay no more, until 'resume'.",
	    .operands = { CID } },
	{ .name = "resume",
	    .call = "customer.resume",
	    .usage = "CID",
	    .help = "Let a suspended or locked customer pay again.",
	    .operands = { CID } },
	{ .call = NULL },
};

int
cmd_customer(int argc, char **argv)
{
	return sub_main(subs, argc, argv);
}

static void
print_added(const json_t *reply)
{
	printf("customer %s added\n", show_text(reply, "customer"));
}

/* One word says which, and the server is told that word. */
static int
choose_kind(json_t *args, struct till_error *err)
{
	static const char *const kinds[] = { "card", "iban", "token", NULL };
	int n = (json_object_get(args, "remove") != NULL) +
	    (json_object_get(args, "forget") != NULL);
	size_t i;

	for (i = 0; kinds[i] != NULL; i++) {
		if (json_object_get(args, kinds[i]) == NULL)
			continue;
		n++;
		(void)json_object_del(args, kinds[i]);
		(void)json_object_set_new(args, "kind", json_string(kinds[i]));
	}
	if (n == 1)
		return 0;
	return till_fail(err,
	    "it is one of --card, --iban, --token, --remove and --forget");
}

static void
print_bank(const json_t *reply)
{
	const char *bank = show_text(reply, "bank");

	printf("%s\n", bank[0] == '\0' ? "no bank identity" : bank);
}

/* Caps are of a new token only. */
static int
choose_action(json_t *args, struct till_error *err)
{
	static const char *const caps[] = { "each", "day", "count", "merchants",
		"channel", "expires", "label", NULL };
	const bool create = json_object_get(args, "create") != NULL;
	int n = create + (json_object_get(args, "list") != NULL) +
	    (json_object_get(args, "revoke") != NULL);
	size_t i;

	if (n != 1)
		return till_fail(err,
		    "it is one of --create, --list and --revoke");
	for (i = 0; caps[i] != NULL && !create; i++)
		if (json_object_get(args, caps[i]) != NULL)
			return till_fail(err, "--%s is for --create", caps[i]);
	return 0;
}

/* Of a new one only what is no secret, and not to where the token goes. */
static void
print_token(const json_t *reply)
{
	static const struct column columns[] = {
		{ "token", "token", false },
		{ "of", "instance", false },
		{ "label and caps", "label", false },
		{ "since", "created", false },
		{ NULL, NULL, false },
	};
	const json_t *tokens = json_object_get(reply, "tokens");

	if (tokens != NULL)
		show_table(tokens, columns);
	else if (json_object_get(reply, "label") != NULL)
		fprintf(stderr, "token %s: %s\n", show_text(reply, "token"),
		    show_text(reply, "label"));
	else
		printf("token %s is revoked\n", show_text(reply, "token"));
}

/* To list is what it does if nothing else is said. */
static int
choose_allowance(json_t *args, struct till_error *err)
{
	const bool is_list = json_object_del(args, "list") == 0;
	const bool is_set = json_object_get(args, "set") != NULL;
	const bool is_end = json_object_get(args, "withdraw") != NULL;
	const bool amounts = json_object_get(args, "each") != NULL ||
	    json_object_get(args, "day") != NULL;

	if (is_list + is_set + is_end > 1)
		return till_fail(err,
		    "it is one of --list, --set and --withdraw");
	if (amounts && !is_set)
		return till_fail(err, "--each and --day are for --set");
	if (json_object_get(args, "currency") != NULL && !is_end)
		return till_fail(err, "--currency is for --withdraw");
	return 0;
}

static void
print_allowance(const json_t *reply)
{
	static const struct column columns[] = {
		{ "merchant", "merchant", false },
		{ "each", "each", true },
		{ "a day", "day", true },
		{ "used today", "used", true },
		{ "since", "since", false },
		{ NULL, NULL, false },
	};
	const json_t *allowances = json_object_get(reply, "allowances");

	if (allowances != NULL)
		show_table(allowances, columns);
	else if (json_object_get(reply, "set") != NULL)
		printf("allowance at %s is set\n", show_text(reply, "set"));
	else
		printf("allowance at %s is withdrawn\n",
		    show_text(reply, "withdrawn"));
}

/* What the module asks with a choice is a flag here. */
static int
choose_key(json_t *args, struct till_error *err)
{
	const bool by_subject = json_object_del(args, "by-subject") == 0;
	const bool is_new = json_object_get(args, "new-key") != NULL;

	if (is_new == (json_object_get(args, "revoke") != NULL))
		return till_fail(err, "it is one of --add and --remove");
	if (!is_new && (by_subject || json_object_get(args, "label") != NULL))
		return till_fail(err, "--by-subject and --label are for --add");
	if (by_subject)
		(void)json_object_set_new(args, "match",
		    json_string("subject"));
	return 0;
}

static void
print_key(const json_t *reply)
{
	printf("key %s %s\n", show_text(reply, "key"),
	    show_text(reply, "done"));
}

static void
print_one(const json_t *reply)
{
	static const char *const keys[] = { "customer", "name", "status",
		"lang", "limit", "bank", "reference", "created", NULL };
	static const struct column credentials[] = {
		{ "credential", "id", false },
		{ "of", "instance", false },
		{ "label", "label", false },
		{ "since", "created", false },
		{ NULL, NULL, false },
	};

	show_fields(reply, keys);
	show_accounts(reply);
	show_table(json_object_get(reply, "credentials"), credentials);
	if (json_array_size(json_object_get(reply, "allowances")) > 0)
		print_allowance(reply);
}

static void
print_list(const json_t *reply)
{
	static const struct column columns[] = {
		{ "customer", "customer", false },
		{ "name", "name", false },
		{ "status", "status", false },
		{ "limit", "limit", true },
		{ "created", "created", false },
		{ NULL, NULL, false },
	};

	show_table(json_object_get(reply, "customers"), columns);
}
