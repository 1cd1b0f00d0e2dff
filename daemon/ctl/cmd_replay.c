/*
 * cmd_replay.c - "tillctl replay": which recorded orders would go another
 * way under another configuration?
 *
 * What is recorded of an order are its ticket, its customer and what each
 * module answered.  Those answers are taken as they were; a module that
 * was not asked then is asked or assumed as explain does it.  So are the
 * channel, the merchant's country, the time of the decision and, where a
 * guard asked for them, the counters since the last strong authentication;
 * of an order that has none they begin with it.
 */
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "ctl/commands.h"
#include "ctl/explain_args.h"
#include "ctl/options.h"
#include "ctl/show.h"
#include "ctl/trial.h"
#include "rear/setup.h"

#define EXIT_OTHERWISE 1 /* some would go another way */
#define OUTCOME_MAX 128

struct replay {
	struct local local;
	char socket[SUB_PATH_MAX];
	const char *since, *channel;
	bool json;
	const struct generation_watch *watch;
	struct explain *explain;
	json_t *changes;
	size_t looked;
};

static const struct sub order_list = { .call = "order.list",
	.usage = "",
	.list = "orders" };

static int parse(struct replay *, int, char **);
static void usage(FILE *);
static int run(void *, const struct generation_watch *);
static int ask(struct replay *, json_t **);
static void look(struct replay *, const json_t *);
static bool was(const json_t *, char *);
static int fill(struct replay *, const json_t *);
static int64_t decided_s(const json_t *);
static int fill_strong(struct facts *, const json_t *);
static void answers(struct explain *, const char *, int64_t);
static unsigned int grants(const char *);
static void answer(struct explain *, const char *, size_t, int64_t);
static void will(const struct explain *, char *);
static bool is_the_ledgers(const struct explain *, const json_t *);
static void print(const struct replay *);

int
cmd_replay(int argc, char **argv)
{
	struct replay *replay = calloc(1, sizeof(*replay));
	struct trial_kind kind = { false, false };
	int status;

	if (replay == NULL)
		return EX_OSERR;
	replay->changes = json_array();
	replay->explain = calloc(1, sizeof(*replay->explain));
	status = parse(replay, argc, argv);
	if (status == -1 &&
	    (replay->changes == NULL || replay->explain == NULL))
		status = EX_OSERR;
	if (status == -1) {
		kind.input = strcmp(replay->local.path, "-") == 0;
		kind.json = replay->json;
		status = trial_run(run, replay, &kind);
	}
	json_decref(replay->changes);
	free(replay->explain);
	free(replay);
	return local_output(status);
}

static int
parse(struct replay *replay, int argc, char **argv)
{
	static const struct option options[] = {
		{ "since", required_argument, NULL, 't' },
		{ "channel", required_argument, NULL, 'c' },
		{ "module-dir", required_argument, NULL, 'm' },
		{ "allow-mock", no_argument, NULL, 'M' },
		{ "json", no_argument, NULL, 'j' },
		{ "run-dir", required_argument, NULL, 'r' },
		{ "socket", required_argument, NULL, 's' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	bool right = true;
	int c;

	replay->channel = "browser";
	options_name(argv);
	(void)sub_socket(replay->socket, NULL, false);
	while (right &&
	    (c = getopt_long(argc, argv, "m:r:s:jh", options, NULL)) != -1) {
		if (c == 't')
			replay->since = optarg;
		else if (c == 'c')
			replay->channel = optarg;
		else if (c == 'm')
			right = local_module_dir(&replay->local, optarg);
		else if (c == 'M')
			replay->local.modules.allow_mock = true;
		else if (c == 'j')
			replay->json = true;
		else if (c == 'r' || c == 's')
			right =
			    sub_socket(replay->socket, optarg, c == 's') == 0;
		else
			right = false;
		if (c == 'h') {
			usage(stdout);
			return EX_OK;
		}
	}
	if (!right || optind + 1 != argc ||
	    (strcmp(replay->channel, "browser") != 0 &&
		strcmp(replay->channel, "api") != 0)) {
		return options_wrong(usage, argv, NULL);
	}
	replay->local.path = argv[optind];
	local_defaults(&replay->local);
	return -1;
}

static void
usage(FILE *out)
{
	(void)fputs(
	    "usage: tillctl replay [--since TIME] [option ...] FILE\n"
	    "Say which of the server's orders would go another way under the\n"
	    "configuration FILE, what modules answered being the same.\n"
	    "  --since 2026-11-22T10:00[Z]   those that ended since then\n"
	    "  --channel browser|api         of those that do not say "
	    "[browser]\n"
	    "  -m, --module-dir DIR, --allow-mock   as for check\n"
	    "  --json                        as JSON\n"
	    "Exit status: 0 none would, 1 some would.\n",
	    out);
}

/* In the process of the trial, which ends with it: nothing is closed. */
static int
run(void *arg, const struct generation_watch *watch)
{
	struct replay *replay = arg;
	json_t *reply = NULL;
	const json_t *order;
	int status;
	size_t i;

	status = local_open(&replay->local, watch, replay->json);
	if (status != EX_OK)
		return local_output(status);
	replay->watch = watch;
	status = ask(replay, &reply);
	if (status == EX_OK) {
		json_array_foreach(json_object_get(reply, "orders"), i, order)
		    look(replay, order);
		trial_output(watch);
		print(replay);
		if (json_array_size(replay->changes) > 0)
			status = EXIT_OTHERWISE;
	}
	json_decref(reply);
	return local_output(status);
}

static int
ask(struct replay *replay, json_t **reply_r)
{
	json_t *question = json_object();
	struct till_error err;
	int64_t since_s = 0;
	int status;

	if (question == NULL)
		return EX_OSERR;
	if (replay->since != NULL &&
	    explain_time(replay->since, replay->local.generation->conf->zone,
		&since_s, &err) == -1) {
		json_decref(question);
		trial_output(replay->watch);
		return local_fail(replay->json, EX_USAGE, err.text);
	}
	(void)json_object_set_new(question, "since",
	    json_integer(since_s * 1000));
	status = sub_call(&order_list, replay->socket, question, replay->json,
	    reply_r);
	json_decref(question);
	if (status != EX_OK && replay->json) {
		trial_output(replay->watch);
		return local_fail(true, status, show_text(*reply_r, "error"));
	}
	return status;
}

/* Only what rules have decided. */
static void
look(struct replay *replay, const json_t *order)
{
	char before[OUTCOME_MAX], after[OUTCOME_MAX];

	if (!was(order, before) || fill(replay, order) == -1)
		return;
	replay->looked++;
	explain_run(replay->explain);
	will(replay->explain, after);
	if (strcmp(before, after) == 0 ||
	    is_the_ledgers(replay->explain, order))
		return;
	(void)json_array_append_new(replay->changes,
	    json_pack("{s:s,s:s,s:s,s:s,s:s,s:s,s:s}", "merchant",
		show_text(order, "merchant"), "jti", show_text(order, "jti"),
		"amount", show_text(order, "amount"), "time",
		show_text(order, "since"), "was", before, "would be", after,
		"why", explain_end_name(replay->explain->end)));
}

static bool
was(const json_t *order, char *outcome)
{
	const char *state = show_text(order, "state");
	const char *instance = show_text(order, "instance");

	outcome[0] = '\0';
	if (show_text(order, "decision")[0] == '\0')
		return false;
	if (strcmp(state, "refused") == 0)
		(void)snprintf(outcome, OUTCOME_MAX, "refused");
	else if (strcmp(state, "paid") != 0 && strcmp(state, "refunded") != 0)
		return false;
	else if (strcmp(show_text(order, "kind"), "identity") == 0)
		(void)snprintf(outcome, OUTCOME_MAX, "identified");
	else
		(void)snprintf(outcome, OUTCOME_MAX, "paid by %s", instance);
	return true;
}

static int
fill(struct replay *replay, const json_t *order)
{
	struct explain *explain = replay->explain;
	const int64_t time_s = decided_s(order);
	const char *channel = show_text(order, "channel");
	struct facts *facts = &explain->facts;
	struct till_error err;

	memset(explain, 0, sizeof(*explain));
	explain->generation = replay->local.generation;
	explain->asks = trial_asks;
	explain->arg = replay->watch->arg;
	*facts = (struct facts){ .merchant = show_text(order, "merchant"),
		.customer = show_text(order, "customer"),
		.kind = show_text(order, "kind"),
		.channel = channel[0] != '\0' ? channel : replay->channel };
	if (till_money_parse_with_currency(show_text(order, "amount"),
		&facts->amount, &err) == -1 ||
	    fill_strong(facts, order) == -1)
		return -1;
	facts_set_time(facts, time_s, explain->generation->conf->zone);
	explain->order = (struct till_order){ .size = sizeof(explain->order),
		.ticket = "",
		.merchant = facts->merchant,
		.merchant_name = facts->merchant,
		.merchant_origin = "",
		.merchant_country = show_text(order, "country"),
		.customer = facts->customer,
		.jti = show_text(order, "jti"),
		.oid = "",
		.desc = "",
		.kind = facts->kind,
		.channel = facts->channel,
		.lang = "en",
		.amount = facts->amount,
		.issued_s = time_s,
		.expires_s = time_s + TILL_LIFETIME_MAX };
	answers(explain, show_text(order, "decision"),
	    json_integer_value(json_object_get(order, "auth_level")));
	return 0;
}

/* An order that was settled later was decided before. */
static int64_t
decided_s(const json_t *order)
{
	const json_t *decided = json_object_get(order, "decided_s");

	if (decided != NULL)
		return json_integer_value(decided);
	return json_integer_value(json_object_get(order, "time_ms")) / 1000;
}

static int
fill_strong(struct facts *facts, const json_t *order)
{
	const json_t *count = json_object_get(order, "strong_count");
	struct till_money sum;
	struct till_error err;

	facts->strong_micro = facts->amount.micro;
	facts->strong_count = 1;
	if (count == NULL)
		return 0;
	if (till_money_parse_with_currency(show_text(order, "strong_amount"),
		&sum, &err) == -1)
		return -1;
	facts->strong_micro = sum.micro;
	facts->strong_count = json_integer_value(count);
	return 0;
}

/* "conf 0123456789abcdef; policy 1 caps=allow; auth 1 pin=grant/session".  Only
 * the sum of all levels is recorded: it is spread over the grants. */
static void
answers(struct explain *explain, const char *decision, int64_t level)
{
	unsigned int left = grants(decision);
	const char *equals;
	int64_t part;
	size_t len;

	for (; *decision != '\0'; decision += strspn(decision, " ;")) {
		len = strcspn(decision, " ;");
		part = -1;
		equals = memchr(decision, '=', len);
		if (equals != NULL && left > 0 &&
		    strncmp(equals, "=grant", 6) == 0) {
			part = level / left--;
			level -= part;
		}
		if (equals != NULL)
			answer(explain, decision, len, part);
		decision += len;
	}
}

static unsigned int
grants(const char *decision)
{
	unsigned int n = 0;

	for (; (decision = strstr(decision, "=grant")) != NULL; decision++)
		n++;
	return n;
}

/* One that means nothing in the other configuration is passed over. */
static void
answer(struct explain *explain, const char *word, size_t len, int64_t level)
{
	const char *slash = memchr(word, '/', len);
	struct till_error err;
	char text[OUTCOME_MAX];

	if (slash != NULL)
		len = (size_t)(slash - word);
	if (level >= 0)
		(void)snprintf(text, sizeof(text), "%.*s/%lld", (int)len, word,
		    (long long)level);
	else
		(void)snprintf(text, sizeof(text), "%.*s", (int)len, word);
	(void)explain_answer(explain, text, &err);
}

static void
will(const struct explain *explain, char *outcome)
{
	const char *name = "";

	if (explain->by != NULL && explain->by->instance != NULL)
		name = explain->by->instance->name;
	switch (explain->end) {
	case EXPLAIN_PAID:
		(void)snprintf(outcome, OUTCOME_MAX, "paid by %s", name);
		return;
	case EXPLAIN_IDENTIFIED:
		(void)snprintf(outcome, OUTCOME_MAX, "identified");
		return;
	case EXPLAIN_HELD:
	case EXPLAIN_PENDING:
	case EXPLAIN_UNKNOWN:
		(void)snprintf(outcome, OUTCOME_MAX, "open at %s", name);
		return;
	case EXPLAIN_NONE:
	case EXPLAIN_NO_AUTH:
	case EXPLAIN_NO_POLICY:
	case EXPLAIN_NO_LEVEL:
	case EXPLAIN_NO_ROUTE:
	case EXPLAIN_DECLINED:
		break;
	}
	(void)snprintf(outcome, OUTCOME_MAX, "refused");
}

/*
 * Was it refused by the ledger, a bound or postings that cannot be, after
 * the very instance that it would go to now had committed it, with the same
 * module and settings?  No rule has to do with that, so it would be again.
 */
static bool
is_the_ledgers(const struct explain *explain, const json_t *order)
{
	const char *settle = strstr(show_text(order, "decision"), "settle ");
	const struct conf_instance *instance;
	char word[OUTCOME_MAX], setup[LEDGER_WORD_MAX];

	if (strcmp(show_text(order, "state"), "refused") != 0 ||
	    explain->end != EXPLAIN_PAID || explain->by == NULL ||
	    explain->by->instance == NULL || settle == NULL)
		return false;
	instance = explain->by->instance;
	setup_digest(instance, setup);
	if (strcmp(show_text(order, "instance"), instance->name) != 0 ||
	    setup[0] == '\0' || strcmp(show_text(order, "setup"), setup) != 0)
		return false;
	(void)snprintf(word, sizeof(word), " %s=committed", instance->name);
	settle = strstr(settle, word);
	return settle != NULL &&
	    strchr(" ;", settle[strlen(word)]) != NULL; /* or its end */
}

static void
print(const struct replay *replay)
{
	static const struct column columns[] = {
		{ "time", "time", false },
		{ "merchant", "merchant", false },
		{ "jti", "jti", false },
		{ "amount", "amount", true },
		{ "was", "was", false },
		{ "would be", "would be", false },
		{ "why", "why", false },
		{ NULL, NULL, false },
	};
	json_t *whole;

	if (!replay->json) {
		show_table(replay->changes, columns);
		(void)printf("%zu orders, %zu would go another way\n",
		    replay->looked, json_array_size(replay->changes));
		return;
	}
	whole = json_pack("{s:I,s:O}", "orders", (json_int_t)replay->looked,
	    "changes", replay->changes);
	(void)json_dumpf(whole, stdout, JSON_COMPACT);
	(void)puts("");
	json_decref(whole);
}
