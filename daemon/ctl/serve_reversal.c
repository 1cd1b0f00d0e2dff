/*
 * serve_reversal.c - what is owed back to networks, and what they report.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "ctl/call.h"
#include "rear/reverser.h"

#define REPORT_WORD "status" /* where no other one is asked for */

#define PLACE_MAX (TILL_ID_MAX + TILL_JTI_MAX + 16) /* MID/JTI/NUMBER */

/* Where a list goes on. */
struct place {
	char mid[TILL_ID_MAX], jti[TILL_JTI_MAX];
	uint32_t number;
};

struct listing {
	struct call *call;
	struct call_list list;
	bool disputes;
};

static int list(struct call *, bool disputes);
static int read_from(const char *, struct place *);
static int add_reversal(void *, const struct ledger_reversal *);
static bool is_wanted(const struct listing *, const struct ledger_reversal *);
static json_t *reversal_json(const struct ledger_reversal *);
static int give_order(struct call *, enum reverser_order, const char *);
static json_t *report_of(struct instance *, const char *word, bool *said);

int
serve_bank_reversals(struct call *call)
{
	return list(call, false);
}

/* Those that nobody asks for. */
int
serve_bank_disputes(struct call *call)
{
	return list(call, true);
}

int
serve_bank_park(struct call *call)
{
	return give_order(call, REVERSER_PARK, "park");
}

int
serve_bank_retry(struct call *call)
{
	return give_order(call, REVERSER_RETRY, "retry");
}

int
serve_bank_drop(struct call *call)
{
	if (call_flag(call, "force"))
		return give_order(call, REVERSER_DROP_UNMADE, "drop --force");
	return give_order(call, REVERSER_DROP, "drop");
}

/* What the settle modules say of themselves. */
int
serve_bank_report(struct call *call)
{
	const char *name = call_text(call, "instance");
	const char *word = call_text(call, "word");
	struct generation *generation = rear_generation(call->rear);
	json_t *reports = json_array();
	struct instance *instance;
	bool some = false;
	size_t i;

	for (i = 0; i < generation->conf->instances_len; i++) {
		instance = generation->instances[i];
		if (instance == NULL ||
		    (instance_module(instance)->facilities & TILL_SETTLE) ==
			0 ||
		    (name != NULL &&
			strcmp(instance_name(instance), name) != 0) ||
		    (name == NULL && instance_module(instance)->report == NULL))
			continue;
		(void)json_array_append_new(reports,
		    report_of(instance, word == NULL ? REPORT_WORD : word,
			&some));
	}
	generation_unref(generation);
	(void)json_object_set_new(call->reply, "reports", reports);
	doc_number(call->reply, "owed", reverser_owed(call->rear->reverser));
	if (name != NULL && json_array_size(reports) == 0)
		return call_fail(call, EX_DATAERR,
		    "there is no settle instance '%.40s'", name);
	if (json_array_size(reports) > 0 && !some)
		return call_fail(call, EX_UNAVAILABLE,
		    "this was said by none of them");
	return EX_OK;
}

/* Those that have not ended, or all there ever were. */
static int
list(struct call *call, bool disputes)
{
	struct listing listing = { .call = call, .disputes = disputes };
	const char *from = call_text(call, "from");
	struct place place = { .number = 0 };

	if (from != NULL && read_from(from, &place) == -1)
		return call_fail(call, EX_USAGE, "from is MID/JTI/NUMBER");
	call_list_begin(call, &listing.list, "reversals");
	if (ledger_reversal_from(rear_ledger(call->rear),
		call_flag(call, "all"), place.mid, place.jti, place.number,
		add_reversal, &listing, &call->err) == -1)
		return EX_SOFTWARE;
	return EX_OK;
}

static int
read_from(const char *from, struct place *place)
{
	const char *jti = strchr(from, '/'), *number = strrchr(from, '/');
	long value;
	char *end;

	if (jti == NULL || jti == number || jti - from >= TILL_ID_MAX ||
	    number - jti > TILL_JTI_MAX)
		return -1;
	(void)snprintf(place->mid, sizeof(place->mid), "%.*s",
	    (int)(jti - from), from);
	(void)snprintf(place->jti, sizeof(place->jti), "%.*s",
	    (int)(number - jti - 1), jti + 1);
	value = strtol(number + 1, &end, 10);
	if (!till_id_ok(place->mid) || !till_jti_ok(place->jti) ||
	    number[1] < '0' || number[1] > '9' || *end != '\0' ||
	    value > LEDGER_REVERSALS_MAX)
		return -1;
	place->number = (uint32_t)value;
	return 0;
}

static int
add_reversal(void *arg, const struct ledger_reversal *reversal)
{
	struct listing *listing = arg;
	char next[PLACE_MAX];

	if (!is_wanted(listing, reversal) ||
	    call_list_add(&listing->list, reversal_json(reversal)))
		return 0;
	(void)snprintf(next, sizeof(next), "%s/%s/%u", reversal->merchant,
	    reversal->jti, reversal->number);
	call_list_next(listing->call, next);
	return 1;
}

static bool
is_wanted(const struct listing *listing, const struct ledger_reversal *reversal)
{
	return (strcmp(reversal->reason, "dispute") == 0) == listing->disputes;
}

static json_t *
reversal_json(const struct ledger_reversal *reversal)
{
	json_t *item = json_object();

	doc_text(item, "merchant", reversal->merchant);
	doc_text(item, "jti", reversal->jti);
	doc_number(item, "number", reversal->number);
	doc_text(item, "state", reversal_state_name(reversal->state));
	doc_text(item, "reason", reversal->reason);
	doc_money(item, "amount", &reversal->amount);
	doc_text(item, "customer", reversal->customer);
	doc_text(item, "instance", reversal->instance);
	doc_time_ms(item, "created", reversal->created_ms);
	if (reversal->state == REVERSAL_WAITING)
		doc_time_ms(item, "next", reversal->next_ms);
	doc_number(item, "tries", reversal->tries);
	if (reversal->code[0] != '\0')
		doc_text(item, "code", reversal->code);
	if (reversal->text[0] != '\0')
		doc_text(item, "text", reversal->text);
	return item;
}

static int
give_order(struct call *call, enum reverser_order what, const char *word)
{
	const char *mid = call_text(call, "merchant");
	const char *jti = call_text(call, "jti");
	const int64_t number = call_number(call, "number", 1);
	struct ledger_reversal reversal;
	int r = 1;

	if (number >= 1 && number <= LEDGER_REVERSALS_MAX)
		r = reverser_order(call->rear->reverser, mid, jti,
		    (uint32_t)number, what, call_text(call, "note"), &reversal,
		    &call->err);
	if (r == 1)
		return call_fail(call, EX_DATAERR,
		    "nothing is owed back as number %lld of order '%s' of '%s'",
		    (long long)number, jti, mid);
	if (r == -1)
		return EX_TEMPFAIL;
	(void)json_object_update_new(call->reply, reversal_json(&reversal));
	return call_record(call, "bank %s %s/%s %lld", word, mid, jti,
	    (long long)number);
}

static json_t *
report_of(struct instance *instance, const char *word, bool *said)
{
	json_t *item = json_object();
	char *text = calloc(1, TILL_REPORT_MAX);
	struct till_error err;

	doc_text(item, "instance", instance_name(instance));
	if (text == NULL)
		doc_text(item, "error", "out of memory");
	else if (instance_report(instance, word, text, &err) == -1)
		doc_text(item, "error", err.text);
	else {
		doc_text(item, "text", text);
		*said = true;
	}
	free(text);
	return item;
}
