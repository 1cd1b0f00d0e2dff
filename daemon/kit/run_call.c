/*
 * run_call.c - the calls of a test script.
 */
#include <signal.h>
#include <string.h>

#include "config/value.h"
#include "kit/child.h"
#include "kit/grammar.h"
#include "kit/run_step.h"
#include "module/result.h"

static int opened(struct run *);
static void call_once(struct run *, const struct script_step *);
static void call_settle(struct run *, const struct script_step *);
static const char *reference_of(struct run *, const char *key);
static void remember(struct run *, const char *key);
static void call_notify(struct run *, const struct script_step *);
static void within(struct run *, const struct script_step *);
static void once_more(struct run *, const struct script_step *);

void
run_open(struct run *run, const struct script_step *step)
{
	const char *refused = script_value(step, "refused");
	struct diag *diag = diag_new();
	const char *why;
	bool found = false;
	size_t i;

	run->called = true;
	kit_session_close(&run->session);
	if (diag == NULL) {
		run_find(run, "out of memory");
		return;
	}
	if (kit_session_open(&run->session, run->target->name,
		run->settings.list, run->settings.len,
		script_value(step, "check-only") != NULL, diag) == 0) {
		if (refused != NULL)
			run_find(run, "the module opens with these settings");
		diag_free(diag);
		return;
	}
	why = diag_size(diag) > 0 ? diag_at(diag, 0)->text : "";
	for (i = 0; refused != NULL && i < diag_size(diag); i++)
		found =
		    found || strstr(diag_at(diag, i)->text, refused) != NULL;
	if (refused == NULL)
		run_find(run, "it does not open: %s", why);
	else if (!found)
		run_find(run, "it is refused, but for this: %s", why);
	diag_free(diag);
}

/* What no prompt asks for goes to the module all the same where enrol
 * takes it so: TILL_ENROL_REMOVE's "credential". */
void
run_reply(struct run *run, const struct script_step *step)
{
	static const enum kit_context contexts[] = { KIT_AUTH, KIT_ENROL };
	const bool refused = script_value(step, "refused") != NULL;
	unsigned char data[TILL_REPLY_MAX + 1];
	const struct script_arg *arg;
	struct till_context *ctx;
	struct till_error err;
	size_t i, k, len;
	int r;

	for (i = 0; i < step->args_len; i++) {
		arg = &step->args[i];
		if (arg->is_flag)
			continue;
		if (kit_octets(arg->value, data, sizeof(data), &len) == -1) {
			run_find(run, "the reply is too long, or no octets");
			return;
		}
		r = -1;
		till_error_set(&err, "nothing asks for this reply");
		for (k = 0; k < 2 && r == -1; k++) {
			ctx = run->session.contexts[contexts[k]];
			if (ctx != NULL && ctx->prompts_len > 0)
				r = context_reply_put(ctx, arg->key, data, len,
				    "", &err);
		}
		ctx = kit_session_context(&run->session, KIT_ENROL);
		if (r == -1 && strcmp(arg->key, "credential") == 0 &&
		    ctx != NULL)
			r = context_reply_give(ctx, arg->key, data, len, &err);
		if (r == -1 && !refused)
			run_find(run, "%s is not taken: %s", arg->key,
			    err.text);
		else if (r == 0 && refused)
			run_find(run, "%s is taken", arg->key);
	}
}

void
run_call(struct run *run, const struct script_step *step)
{
	if (script_value(step, "killed-at") != NULL && !run->traced) {
		/* It takes a process that is watched, from this line on. */
		run->shared->wants_trace = true;
		return;
	}
	run->answered = false;
	if (opened(run) == -1)
		return;
	run->log_from = run->shared->owner.log_len;
	run->alerts_from = run->shared->owner.alerts_len;
	if (script_value(step, "killed") != NULL ||
	    script_value(step, "killed-at") != NULL) {
		kit_session_save(&run->session, run->shared->memory);
		run->shared->has_memory = true;
	}
	kit_child_mark();
	call_once(run, step);
	kit_child_mark();
	run->answered = true;
	within(run, step);
	if (script_value(step, "killed-at") != NULL) {
		run_find(run,
		    "it made fewer system calls than that, and came "
		    "to its end");
		return;
	}
	if (script_value(step, "killed") != NULL) {
		run->shared->wants_kill = true;
		(void)raise(SIGKILL);
	}
	if (script_value(step, "twice") != NULL)
		once_more(run, step);
}

static int
opened(struct run *run)
{
	const struct script_step plain = { .verb = SCRIPT_OPEN };

	if (run->session.instance == NULL)
		run_open(run, &plain);
	run->called = true;
	return run->session.instance != NULL ? 0 : -1;
}

static void
call_once(struct run *run, const struct script_step *step)
{
	run->facility = 0;
	switch (step->verb) {
	case SCRIPT_POLICY:
		run->facility = TILL_POLICY;
		(void)kit_policy(&run->session);
		break;
	case SCRIPT_AUTH:
		run->facility = TILL_AUTH;
		(void)kit_auth(&run->session);
		break;
	case SCRIPT_ENROL:
		run->facility = TILL_AUTH;
		(void)kit_enrol(&run->session,
		    strcmp(step->word, "add") == 0 ? TILL_ENROL_ADD
						   : TILL_ENROL_REMOVE);
		break;
	case SCRIPT_SETTLE:
		run->facility = TILL_SETTLE;
		call_settle(run, step);
		break;
	case SCRIPT_NOTIFY:
		run->facility = TILL_NOTIFY;
		call_notify(run, step);
		break;
	default:
		(void)kit_health(&run->session);
		break;
	}
}

static void
call_settle(struct run *run, const struct script_step *step)
{
	const char *key = script_value(step, "key");
	const char *amount = script_value(step, "amount");
	const char *of = script_value(step, "of");
	struct till_money money;
	struct till_error err;
	struct kit_charge charge = {
		.verb =
		    (enum till_verb)grammar_index(grammar_verbs, step->word),
		.key = key,
		.digest = script_value(step, "digest"),
		.payer = script_value(step, "payer"),
		.payee = script_value(step, "payee"),
		.original = script_value(step, "original"),
		.reason = script_value(step, "reason"),
		.attempt = (uint32_t)script_number(step, "attempt", 1),
	};
	const char *deadline = script_value(step, "deadline");

	if (amount != NULL &&
	    till_money_parse_with_currency(amount, &money, &err) == 0)
		charge.amount = &money;
	if (deadline != NULL)
		(void)value_duration(deadline, &charge.deadline_ms);
	if (of != NULL)
		charge.original = reference_of(run, of);
	(void)kit_settle(&run->session, &charge);
	remember(run, key != NULL ? key : "key");
}

static const char *
reference_of(struct run *run, const char *key)
{
	size_t i;

	for (i = 0; i < run->shared->keys_len; i++)
		if (strcmp(run->shared->keys[i].name, key) == 0)
			return run->shared->keys[i].reference;
	run_find(run, "nothing has been settled under the key '%s'", key);
	return "";
}

static void
remember(struct run *run, const char *key)
{
	struct run_shared *shared = run->shared;
	struct run_key *to;
	size_t i;

	for (i = 0; i < shared->keys_len; i++)
		if (strcmp(shared->keys[i].name, key) == 0)
			break;
	if (i == RUN_KEYS_MAX || strlen(key) >= sizeof(to->name)) {
		run_find(run, "there are too many keys, or this is too long");
		return;
	}
	to = &shared->keys[i];
	if (i == shared->keys_len) {
		shared->keys_len++;
		(void)snprintf(to->name, sizeof(to->name), "%s", key);
		to->reference[0] = '\0';
	}
	if (run->session.outcome.reference[0] != '\0')
		(void)snprintf(to->reference, sizeof(to->reference), "%s",
		    run->session.outcome.reference);
}

static void
call_notify(struct run *run, const struct script_step *step)
{
	const char *type = script_value(step, "type");
	const char *id = script_value(step, "id");
	const char *merchant = script_value(step, "merchant");
	const char *json = script_value(step, "json");
	const struct till_event event = {
		.size = sizeof(event),
		.attempt = (uint32_t)script_number(step, "attempt", 1),
		.type = type != NULL ? type : "voucher.issued",
		.id = id != NULL ? id : "event-1",
		.merchant =
		    merchant != NULL ? merchant : run->session.order.merchant,
		.json = json != NULL ? json : "{}",
		.sequence = (uint64_t)script_number(step, "sequence", 1),
		.token = "",
		.endpoint = "",
		.time_ms = kit_owner_time_s(run->session.owner) * 1000,
	};

	(void)kit_notify(&run->session, &event);
}

static void
within(struct run *run, const struct script_step *step)
{
	const char *text = script_value(step, "within");
	int64_t ms;

	if (text == NULL || value_duration(text, &ms) == -1 ||
	    run->session.took_ms <= ms)
		return;
	run_find(run, "it took %lld ms", (long long)run->session.took_ms);
}

/* The same call again: is it answered alike? */
static void
once_more(struct run *run, const struct script_step *step)
{
	const enum till_result result = run->session.result;
	const struct till_outcome outcome = run->session.outcome;

	call_once(run, step);
	if (run->session.result != result)
		run_find(run, "first it answered %s, then %s",
		    result_name(result), result_name(run->session.result));
	else if (step->verb == SCRIPT_SETTLE &&
	    strcmp(outcome.reference, run->session.outcome.reference) != 0)
		run_find(run,
		    "first its reference was '%s', then '%s': that is a "
		    "second settlement",
		    outcome.reference, run->session.outcome.reference);
}
