/*
 * cmd_explain.c - "tillctl explain": what would become of a ticket, and
 * what became of an order.
 */
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "ctl/commands.h"
#include "ctl/explain_args.h"
#include "ctl/show.h"
#include "ctl/trial.h"

static const struct sub order_show = { .call = "order.show", .usage = "" };

static int explain_order(const struct explain_args *);
static void show_refusal(const json_t *);
static void show_decision(const json_t *);
static void show_stack(const char *, const char *end, const json_t *);
static int explain_ticket(struct explain_args *);
static int run(void *, const struct generation_watch *);
static int fill_failed(const struct explain_args *, const char *);

int
cmd_explain(int argc, char **argv)
{
	struct explain_args *args = calloc(1, sizeof(*args));
	int status;

	if (args == NULL)
		return EX_OSERR;
	status = explain_args_parse(args, argc, argv);
	if (status == -1)
		status = args->order_jti[0] != '\0' ? explain_order(args)
						    : explain_ticket(args);
	till_ticket_free(args->ticket);
	free(args);
	return local_output(status);
}

/* What decided is in the order's record. */
static int
explain_order(const struct explain_args *args)
{
	static const char *const keys[] = { "merchant", "jti", "state", "since",
		"kind", "amount", "customer", "reason", "code", "instance",
		"channel", "country", "decided", "strong_amount",
		"strong_count", NULL };
	json_t *question, *reply = NULL;
	int status;

	question = json_pack("{s:s,s:s}", "merchant", args->order_merchant,
	    "jti", args->order_jti);
	if (question == NULL)
		return EX_OSERR;
	status =
	    sub_call(&order_show, args->socket, question, args->json, &reply);
	if (args->json && reply != NULL) {
		(void)json_dumpf(reply, stdout, JSON_COMPACT);
		(void)puts("");
	} else if (status == EX_OK) {
		show_fields(reply, keys);
		show_refusal(reply);
		show_decision(reply);
	}
	json_decref(reply);
	json_decref(question);
	return status;
}

static void
show_refusal(const json_t *order)
{
	const char *reason = show_text(order, "reason");
	const char *code = show_text(order, "code");

	if (strcmp(show_text(order, "state"), "refused") == 0)
		(void)printf("refused because of: %s (%s)\n",
		    reason[0] == '\0' ? "no reason" : reason,
		    code[0] == '\0' ? "no code" : code);
}

/*
 * "conf 0123456789abcdef; policy 1 caps=allow; auth 1 pin=grant": a rule on
 * each line.  What is recorded is its place in its stack, for lines of
 * files come and go; the server knows the line while the stacks are the
 * same.
 */
static void
show_decision(const json_t *order)
{
	const char *decision = show_text(order, "decision"), *end;
	const json_t *places = json_object_get(order, "places");
	const bool known = strncmp(decision, "conf ", 5) == 0;

	if (known) {
		decision += strcspn(decision, ";");
		decision += strspn(decision, "; ");
	}
	(void)puts(decision[0] == '\0' ? "no decision is recorded"
				       : "decided by (the rule's place in its "
					 "stack, instance, answer):");
	for (; *decision != '\0'; decision = end + strspn(end, "; ")) {
		end = decision + strcspn(decision, ";");
		show_stack(decision, end, places);
	}
	if (known && places == NULL)
		(void)puts("the stacks are others now: these numbers are of "
			   "those at that time");
}

/* "policy 1 caps=allow 3 hours=allow", up to end. */
static void
show_stack(const char *text, const char *end, const json_t *places)
{
	const int name_len = (int)strcspn(text, " ;");
	const char *at = text + name_len, *place;
	char name[16];
	int len;

	(void)snprintf(name, sizeof(name), "%.*s", name_len, text);
	for (at += strspn(at, " "); at < end; at += strspn(at, " ")) {
		len = (int)strcspn(at, " ;");
		place = json_string_value(
		    json_array_get(json_object_get(places, name),
			strtoul(at, NULL, 10) - 1));
		(void)printf("  rule %.*s of %s%s%s:", len, at, name,
		    place == NULL ? "" : ", ", place == NULL ? "" : place);
		at += len;
		at += strspn(at, " ");
		len = (int)strcspn(at, " ;");
		(void)printf(" %.*s\n", len, at);
		at += len;
	}
}

static int
explain_ticket(struct explain_args *args)
{
	const struct trial_kind kind = {
		.input = strcmp(args->local.path, "-") == 0 ||
		    (args->ticket_file != NULL &&
			strcmp(args->ticket_file, "-") == 0),
		.json = args->json,
	};

	return trial_run(run, args, &kind);
}

/* In the process of the trial, which ends with it: nothing is closed. */
static int
run(void *arg, const struct generation_watch *watch)
{
	struct explain_args *args = arg;
	struct explain *explain;
	struct till_error err;
	int status;

	status = local_open(&args->local, watch, args->json);
	if (status != EX_OK)
		return local_output(status);
	explain = calloc(1, sizeof(*explain));
	if (explain == NULL)
		return EX_OSERR;
	explain->generation = args->local.generation;
	explain->asks = trial_asks;
	explain->arg = watch->arg;
	if (explain_args_fill(args, explain, &err) == -1) {
		trial_output(watch);
		status = fill_failed(args, err.text);
	} else {
		explain_run(explain);
		trial_output(watch);
		if (args->json)
			status = explain_show_json(explain);
		else
			explain_show(explain);
	}
	free(explain);
	return local_output(status);
}

static int
fill_failed(const struct explain_args *args, const char *why)
{
	int status = EX_USAGE;

	if (args->ticket_file != NULL && args->ticket == NULL)
		status = local_is_unreadable(args->ticket_file) ? EX_NOINPUT
								: EX_DATAERR;
	return local_fail(args->json, status, why);
}
