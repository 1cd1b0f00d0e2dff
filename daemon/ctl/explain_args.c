/*
 * explain_args.c - the command line of "tillctl explain".
 */
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>

#include "config/value.h"
#include "ctl/explain_args.h"
#include "ctl/file.h"
#include "ctl/options.h"
#include "ticket_peek.h"
#include "zone_rule.h"

#define DAY_S INT64_C(86400)

enum option_code {
	OPTION_AMOUNT = 256,
	OPTION_CURRENCY,
	OPTION_MERCHANT,
	OPTION_CUSTOMER,
	OPTION_KIND,
	OPTION_CHANNEL,
	OPTION_COUNTRY,
	OPTION_AT,
	OPTION_ANSWER,
	OPTION_TICKET,
	OPTION_STRONG_AMOUNT,
	OPTION_STRONG_COUNT,
	OPTION_ORDER,
	OPTION_MOCK
};

static int take(struct explain_args *, int, const char *);
static int take_text(struct explain_args *, int, const char *);
static int take_order(struct explain_args *, const char *);
static int wrong(const struct explain_args *, const char *, const char *);
static int from_ticket(struct explain_args *, struct explain *,
    struct till_error *);
static int fill_amount(const struct explain_args *, struct explain *,
    struct till_error *);
static int fill_words(const struct explain_args *, struct explain *,
    struct till_error *);
static int fill_strong(const struct explain_args *, struct explain *,
    struct till_error *);
static void fill_order(const struct explain_args *, struct explain *);
static int digits(const char **, size_t, unsigned int *);

int
explain_args_parse(struct explain_args *args, int argc, char **argv)
{
	static const struct option options[] = {
		{ "amount", required_argument, NULL, OPTION_AMOUNT },
		{ "currency", required_argument, NULL, OPTION_CURRENCY },
		{ "merchant", required_argument, NULL, OPTION_MERCHANT },
		{ "customer", required_argument, NULL, OPTION_CUSTOMER },
		{ "kind", required_argument, NULL, OPTION_KIND },
		{ "channel", required_argument, NULL, OPTION_CHANNEL },
		{ "country", required_argument, NULL, OPTION_COUNTRY },
		{ "at", required_argument, NULL, OPTION_AT },
		{ "answer", required_argument, NULL, OPTION_ANSWER },
		{ "ticket", required_argument, NULL, OPTION_TICKET },
		{ "strong-amount", required_argument, NULL,
		    OPTION_STRONG_AMOUNT },
		{ "strong-count", required_argument, NULL,
		    OPTION_STRONG_COUNT },
		{ "order", required_argument, NULL, OPTION_ORDER },
		{ "file", required_argument, NULL, 'f' },
		{ "module-dir", required_argument, NULL, 'm' },
		{ "allow-mock", no_argument, NULL, OPTION_MOCK },
		{ "json", no_argument, NULL, 'j' },
		{ "run-dir", required_argument, NULL, 'r' },
		{ "socket", required_argument, NULL, 's' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	int c, r = -1;

	args->argv = argv;
	args->strong_count = -1;
	options_name(argv);
	(void)sub_socket(args->socket, NULL, false);
	while (r == -1 &&
	    (c = getopt_long(argc, argv, "f:m:r:s:jh", options, NULL)) != -1)
		r = take(args, c, optarg);
	if (r != -1)
		return r;
	if (optind < argc)
		return wrong(args, argv[optind],
		    "is more than the command takes");
	if (args->order_jti[0] == '\0' && args->amount == NULL &&
	    args->ticket_file == NULL)
		return wrong(args, "--amount, --ticket or --order",
		    "is missing");
	local_defaults(&args->local);
	return -1;
}

void
explain_usage(FILE *out)
{
	(void)
	    fputs("usage: tillctl explain --amount \"42.00 EUR\" [option ...]\n"
		  "       tillctl explain --ticket FILE [option ...]\n"
		  "       tillctl explain --order MID/JTI [--json]\n"
		  "Say what would become of a ticket, rule by rule.\n"
		  "  --merchant MID, --customer CID   whose\n"
		  "  --country FR                     the merchant's\n"
		  "  --kind single|basket|identity|enrol   [single]\n"
		  "  --channel browser|api            [browser]\n"
		  "  --at 2026-11-22T10:00[Z]         when [now]\n"
		  "  --strong-amount MONEY, --strong-count N\n"
		  "                   since the last strong authentication\n"
		  "  --answer INSTANCE=RESULT[/LEVEL] what a module answers\n"
		  "  --order MID/JTI  what the server recorded of an order\n"
		  "  -f, --file FILE  the configuration\n"
		  "  -m, --module-dir DIR, --allow-mock   as for check\n"
		  "  --json           as JSON\n",
		out);
}

int
explain_args_fill(struct explain_args *args, struct explain *explain,
    struct till_error *err)
{
	const struct zone *zone = explain->generation->conf->zone;
	size_t i;

	explain->facts = (struct facts){ .merchant = "",
		.customer = "",
		.kind = "single",
		.channel = "browser" };
	args->time_s = (int64_t)time(NULL);
	if (args->ticket_file != NULL && from_ticket(args, explain, err) == -1)
		return -1;
	if (fill_amount(args, explain, err) == -1 ||
	    fill_words(args, explain, err) == -1)
		return -1;
	if (args->at != NULL &&
	    explain_time(args->at, zone, &args->time_s, err) == -1)
		return -1;
	facts_set_time(&explain->facts, args->time_s, zone);
	if (fill_strong(args, explain, err) == -1)
		return -1;
	fill_order(args, explain);
	for (i = 0; i < args->answers_len; i++)
		if (explain_answer(explain, args->answers[i], err) == -1)
			return -1;
	return 0;
}

int
explain_time(const char *text, const struct zone *zone, int64_t *time_s,
    struct till_error *err)
{
	unsigned int year, month, day, hour, minute, second = 0;
	const char *at = text;
	int64_t local;

	if (text[0] == '@')
		return value_number(text + 1, INT64_MAX / 2, time_s) == 0
		    ? 0
		    : till_fail(err, "'%s' is no time", text);
	if (digits(&at, 4, &year) == -1 || *at++ != '-' ||
	    digits(&at, 2, &month) == -1 || *at++ != '-' ||
	    digits(&at, 2, &day) == -1 || (*at != 'T' && *at != ' ') ||
	    at++ == NULL || digits(&at, 2, &hour) == -1 || *at++ != ':' ||
	    digits(&at, 2, &minute) == -1 ||
	    (*at == ':' && (at++ == NULL || digits(&at, 2, &second) == -1)) ||
	    (*at != '\0' && strcmp(at, "Z") != 0) || year < 1970 || month < 1 ||
	    month > 12 || day < 1 || day > 31 || hour > 23 || minute > 59 ||
	    second > 59 || zone_date(zone_day(year, month, day)).day != day)
		return till_fail(err, "'%s': a time is 2026-11-22T10:00", text);
	local = zone_day(year, month, day) * DAY_S + hour * 3600 + minute * 60 +
	    second;
	*time_s = local;
	if (*at == '\0')
		*time_s =
		    local - zone_offset(zone, local - zone_offset(zone, local));
	return 0;
}

static int
take(struct explain_args *args, int c, const char *arg)
{
	switch (c) {
	case 'f':
		args->local.path = arg;
		return -1;
	case 'm':
		return local_module_dir(&args->local, arg)
		    ? -1
		    : wrong(args, "-m", local_dir_why(arg));
	case 'j':
		args->json = true;
		return -1;
	case 'r':
	case 's':
		return sub_socket(args->socket, arg, c == 's') == 0
		    ? -1
		    : wrong(args, arg, "is too long for a socket");
	case 'h':
		explain_usage(stdout);
		return EX_OK;
	case OPTION_MOCK:
		args->local.modules.allow_mock = true;
		return -1;
	case OPTION_ORDER:
		return take_order(args, arg);
	case OPTION_ANSWER:
		if (args->answers_len == EXPLAIN_ANSWERS_MAX)
			return wrong(args, arg, "is one answer too many");
		args->answers[args->answers_len++] = arg;
		return -1;
	case OPTION_STRONG_COUNT:
		if (value_number(arg, INT64_MAX, &args->strong_count) == -1)
			return wrong(args, arg, "is no number");
		return -1;
	default:
		return take_text(args, c, arg);
	}
}

static int
take_text(struct explain_args *args, int c, const char *arg)
{
	const struct {
		int code;
		const char **text;
	} texts[] = {
		{ OPTION_AMOUNT, &args->amount },
		{ OPTION_CURRENCY, &args->currency },
		{ OPTION_MERCHANT, &args->merchant },
		{ OPTION_CUSTOMER, &args->customer },
		{ OPTION_KIND, &args->kind },
		{ OPTION_CHANNEL, &args->channel },
		{ OPTION_COUNTRY, &args->country },
		{ OPTION_AT, &args->at },
		{ OPTION_TICKET, &args->ticket_file },
		{ OPTION_STRONG_AMOUNT, &args->strong_amount },
	};
	size_t i;

	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		if (texts[i].code != c)
			continue;
		*texts[i].text = arg;
		return -1;
	}
	return options_wrong(explain_usage, args->argv, NULL);
}

static int
take_order(struct explain_args *args, const char *arg)
{
	const char *slash = strchr(arg, '/');
	const size_t len = slash == NULL ? 0 : (size_t)(slash - arg);

	if (len == 0 || len >= sizeof(args->order_merchant) ||
	    !till_jti_ok(slash + 1))
		return wrong(args, arg, "is not MID/JTI");
	memcpy(args->order_merchant, arg, len);
	memcpy(args->order_jti, slash + 1, strlen(slash + 1) + 1);
	return -1;
}

static int
wrong(const struct explain_args *args, const char *what, const char *why)
{
	char text[TILL_ERROR_MAX];

	(void)snprintf(text, sizeof(text), "%s %s", what, why);
	return options_wrong(explain_usage, args->argv, text);
}

/* What the ticket says; its signature is nobody's matter here. */
static int
from_ticket(struct explain_args *args, struct explain *explain,
    struct till_error *err)
{
	const struct till_ticket *ticket;
	size_t len;

	if (file_read_text(args->ticket_file, args->token, sizeof(args->token),
		err) == -1)
		return -1;
	len = strcspn(args->token, "\r\n");
	if (ticket_peek(args->token, len, &args->ticket, err) == -1)
		return -1;
	ticket = args->ticket;
	explain->facts.amount = ticket->amount;
	explain->facts.merchant = ticket->iss;
	explain->facts.kind = till_kind_name(ticket->kind);
	if (ticket->cid != NULL)
		explain->facts.customer = ticket->cid;
	args->time_s = ticket->iat;
	return 0;
}

static int
fill_amount(const struct explain_args *args, struct explain *explain,
    struct till_error *err)
{
	struct till_money *amount = &explain->facts.amount;

	if (args->amount == NULL)
		return 0;
	if (args->currency != NULL)
		return till_money_parse(args->amount, args->currency, amount,
		    err);
	return till_money_parse_with_currency(args->amount, amount, err);
}

static int
fill_words(const struct explain_args *args, struct explain *explain,
    struct till_error *err)
{
	struct facts *facts = &explain->facts;

	if (args->merchant != NULL)
		facts->merchant = args->merchant;
	if (args->customer != NULL)
		facts->customer = args->customer;
	if (args->kind != NULL)
		facts->kind = args->kind;
	else if (facts->amount.micro == 0)
		facts->kind = "identity";
	/* Who enrols shows who he is as any identity, and then some. */
	facts->enrol = strcmp(facts->kind, "enrol") == 0;
	if (facts->enrol)
		facts->kind = "identity";
	if (args->channel != NULL)
		facts->channel = args->channel;
	if ((facts->merchant[0] != '\0' && !till_id_ok(facts->merchant)) ||
	    (facts->customer[0] != '\0' && !till_id_ok(facts->customer)))
		return till_fail(err, "an id is [a-z0-9-]{1,32}");
	if (till_kind_from_name(facts->kind) == TILL_KIND_NONE)
		return till_fail(err,
		    "kind '%s': it is single, basket, identity or enrol",
		    facts->kind);
	if ((facts->amount.micro == 0) !=
	    (strcmp(facts->kind, "identity") == 0))
		return till_fail(err,
		    "a ticket of price zero, and no other, is of kind "
		    "identity%s",
		    facts->enrol ? " or enrol" : "");
	if (strcmp(facts->channel, "browser") != 0 &&
	    strcmp(facts->channel, "api") != 0)
		return till_fail(err, "channel '%s': it is browser or api",
		    facts->channel);
	if (args->country != NULL &&
	    (strlen(args->country) != 2 ||
		strspn(args->country, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != 2))
		return till_fail(err, "country '%s': it is as in FR",
		    args->country);
	return 0;
}

/* Where nothing is said this payment is the first one since. */
static int
fill_strong(const struct explain_args *args, struct explain *explain,
    struct till_error *err)
{
	struct facts *facts = &explain->facts;
	struct till_money sum;

	facts->strong_micro = facts->amount.micro;
	facts->strong_count = args->strong_count >= 0 ? args->strong_count : 1;
	if (args->strong_amount == NULL)
		return 0;
	if (till_money_parse_with_currency(args->strong_amount, &sum, err) ==
	    -1)
		return -1;
	if (!till_money_same_currency(&sum, &facts->amount))
		return till_fail(err, "--strong-amount is in %s",
		    facts->amount.currency);
	facts->strong_micro = sum.micro;
	return 0;
}

/* What a module may see of it; what is not known is empty. */
static void
fill_order(const struct explain_args *args, struct explain *explain)
{
	const struct till_ticket *ticket = args->ticket;
	const struct facts *facts = &explain->facts;

	explain->order = (struct till_order){
		.size = sizeof(explain->order),
		.ticket = "",
		.merchant = facts->merchant,
		.merchant_name = facts->merchant,
		.merchant_origin = "",
		.merchant_country = args->country == NULL ? "" : args->country,
		.customer = facts->customer,
		.jti = ticket == NULL ? "explain" : ticket->jti,
		.oid = ticket == NULL ? "explain" : ticket->oid,
		.desc = ticket == NULL ? "" : ticket->desc,
		.kind = facts->kind,
		.channel = facts->channel,
		.lang = "en",
		.amount = facts->amount,
		.issued_s = args->time_s,
		.expires_s = args->time_s + TILL_LIFETIME_MAX,
	};
}

static int
digits(const char **at, size_t len, unsigned int *number)
{
	*number = 0;
	for (; len > 0; len--, (*at)++) {
		if (**at < '0' || **at > '9')
			return -1;
		*number = *number * 10 + (unsigned int)(**at - '0');
	}
	return 0;
}
