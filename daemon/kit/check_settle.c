/*
 * check_settle.c - what a settle module owes: one outcome for each key.
 */
#include <inttypes.h>
#include <string.h>

#include "kit/check_settle.h"
#include "module/backend.h"
#include "module/result.h"

#define SHORT_MS 1500 /* a near deadline */
#define GRACE_MS 1000 /* by which an answer may miss it */
#define BOUND_SIDES 3 /* below, at and above an amount that was set */
#define REPEAT_WAIT_MS 300 /* in which a second completion would come */

static void answers(struct kit_case *);
static void same_key(struct kit_case *);
static void other_digest(struct kit_case *);
static void query(struct kit_case *);
static void unknown_key(struct kit_case *);
static void verbs(struct kit_case *);
static void amounts(struct kit_case *);
static bool bound_of(const struct kit_case *, const struct till_setting *,
    struct till_money *bound_r);
static int64_t step_of(const struct till_money *);
static void charge_odd(struct kit_case *, const struct till_money *);
static void deadline(struct kit_case *);
static void async(struct kit_case *);

const struct kit_check kit_checks_settle[] = {
	{ .name = "settle-answers",
	    .facility = TILL_SETTLE,
	    .run = answers,
	    .rule = "A charge of 5.00 EUR is COMMITTED; moved, if it is set, "
		    "is what was asked for; postings add up to zero and "
		    "rob nobody: only the payer's wallet gives, if it "
		    "covers that, and of tills only the payee's gets, "
		    "and gets something.  "
		    "Otherwise the order is refused or stays in doubt." },
	{ .name = "settle-same-key",
	    .facility = TILL_SETTLE,
	    .run = same_key,
	    .rule = "The same key with the same digest has the same outcome, "
		    "for ever: the server repeats a call whose answer was "
		    "lost, and a second outcome is a second payment." },
	{ .name = "settle-other-digest",
	    .facility = TILL_SETTLE,
	    .caps = TILL_CAP_IDEMPOTENT,
	    .run = other_digest,
	    .rule = "A known key with another digest is ERROR and changes "
		    "nothing: somebody has mixed up two payments." },
	{ .name = "settle-query",
	    .facility = TILL_SETTLE,
	    .caps = TILL_CAP_QUERY,
	    .run = query,
	    .rule = "QUERY answers what the call with this key was answered, "
		    "reference included: the server ends an order in doubt "
		    "by it." },
	{ .name = "settle-unknown-key",
	    .facility = TILL_SETTLE,
	    .caps = TILL_CAP_QUERY,
	    .run = unknown_key,
	    .rule = "QUERY of a key that never came is NOT_FOUND, and asking "
		    "leaves no trace: only then may the server charge with "
		    "the same key." },
	{ .name = "settle-verbs",
	    .facility = TILL_SETTLE,
	    .run = verbs,
	    .rule = "What the module does not declare it does not do: HOLD, "
		    "COMMIT and RELEASE need the capability HOLD, REVERSE "
		    "needs REVERSE." },
	{ .name = "settle-amounts",
	    .facility = TILL_SETTLE,
	    .run = amounts,
	    .rule = "Every amount that a ticket can have gets a sound answer, "
		    "in its own currency and to the last decimal; also "
		    "those at the amounts that the module is set to, and "
		    "one coin to either side." },
	{ .name = "settle-deadline",
	    .facility = TILL_SETTLE,
	    .run = deadline,
	    .rule = "A call comes back by its deadline, which is on the clock "
		    "of host->now_ms: after it the server takes the "
		    "outcome for unknown." },
	{ .name = "settle-async",
	    .facility = TILL_SETTLE,
	    .caps = TILL_CAP_ASYNC,
	    .run = async,
	    .rule = "After PENDING the answer comes by host->complete, once, "
		    "before the deadline; the call itself does not wait for "
		    "it." },
	{ .name = NULL },
};

enum till_result
kit_ask(struct kit_case *c, enum till_verb verb, const char *key,
    const char *original)
{
	static const char *const names[] = { "", "a charge", "a hold",
		"a commit", "a release", "a reversal", "a query" };
	const struct kit_charge charge = { .verb = verb,
		.key = key,
		.original = original,
		.reason = verb == TILL_REVERSE ? "refund" : NULL };

	kit_session_forget(&c->session);
	(void)kit_settle(&c->session, &charge);
	kit_sound(c, names[verb]);
	return c->session.result;
}

int
kit_charged(struct kit_case *c, const char *key, char *reference)
{
	if (kit_ask(c, TILL_CHARGE, key, NULL) != TILL_COMMITTED) {
		kit_fail(c, "a charge of 5.00 EUR is not COMMITTED but %s: %s",
		    result_name(c->session.result),
		    c->session.last->why.text[0] != '\0'
			? c->session.last->why.text
			: c->session.outcome.text);
		return -1;
	}
	(void)snprintf(reference, TILL_REF_MAX, "%s",
	    c->session.outcome.reference);
	return 0;
}

void
kit_as_before(struct kit_case *c, const char *what, enum till_result before,
    const struct till_outcome *outcome)
{
	const struct till_outcome *now = &c->session.outcome;
	size_t i;

	if (c->session.result != before)
		kit_fail(c, "%s: it answers %s, before it was %s", what,
		    result_name(c->session.result), result_name(before));
	else if (strcmp(now->reference, outcome->reference) != 0)
		kit_fail(c, "%s: the reference is '%s', before it was '%s'",
		    what, now->reference, outcome->reference);
	else if (now->postings_len != outcome->postings_len)
		kit_fail(c, "%s: %u postings, before it were %u", what,
		    now->postings_len, outcome->postings_len);
	for (i = 0; i < now->postings_len && !kit_failed(c); i++)
		if (strcmp(now->postings[i].account,
			outcome->postings[i].account) != 0 ||
		    now->postings[i].micro != outcome->postings[i].micro)
			kit_fail(c, "%s: another posting to %s", what,
			    now->postings[i].account);
}

bool
kit_definite(enum till_result result)
{
	return result != TILL_UNKNOWN && result != TILL_UNAVAILABLE &&
	    result != TILL_ERROR && result != TILL_PENDING &&
	    result != TILL_NOT_ATTEMPTED;
}

static void
answers(struct kit_case *c)
{
	char reference[TILL_REF_MAX];

	if (kit_charged(c, "plain", reference) == -1)
		return;
	kit_parties(c, TILL_CHARGE, "a charge of 5.00 EUR");
	if ((c->target->note.caps & TILL_CAP_LEDGER) != 0 &&
	    c->session.outcome.postings_len == 0)
		kit_fail(c,
		    "it declares LEDGER and proposes no postings, so "
		    "nothing is paid");
	if ((c->target->note.caps & TILL_CAP_REVERSE) != 0 &&
	    (c->target->note.caps & TILL_CAP_LEDGER) == 0 &&
	    reference[0] == '\0')
		kit_fail(c,
		    "a charge that can be reversed has no reference "
		    "to do it by");
}

static void
same_key(struct kit_case *c)
{
	struct till_outcome outcome;
	enum till_result result;
	unsigned int i;

	result = kit_ask(c, TILL_CHARGE, "same", NULL);
	outcome = c->session.outcome;
	for (i = 0; i < 3; i++) {
		(void)kit_ask(c, TILL_CHARGE, "same", NULL);
		kit_as_before(c, "the same key again", result, &outcome);
	}
	(void)kit_ask(c, TILL_CHARGE, "another", NULL);
	if (result == TILL_COMMITTED && outcome.reference[0] != '\0' &&
	    strcmp(outcome.reference, c->session.outcome.reference) == 0)
		kit_fail(c, "two keys have the same reference '%s'",
		    outcome.reference);
}

static void
other_digest(struct kit_case *c)
{
	const struct till_money more = { 6 * TILL_MICRO, "EUR" };
	const struct kit_charge charge = { .verb = TILL_CHARGE,
		.key = "same",
		.amount = &more };
	char reference[TILL_REF_MAX];
	struct till_outcome outcome;

	if (kit_charged(c, "same", reference) == -1)
		return;
	outcome = c->session.outcome;
	if (kit_settle(&c->session, &charge) != TILL_ERROR)
		kit_fail(c,
		    "a key that paid 5.00 EUR is answered %s for "
		    "6.00 EUR",
		    result_name(c->session.result));
	(void)kit_ask(c, TILL_CHARGE, "same", NULL);
	kit_as_before(c, "the first payment afterwards", TILL_COMMITTED,
	    &outcome);
}

static void
query(struct kit_case *c)
{
	char reference[TILL_REF_MAX];
	struct till_outcome outcome;

	if (kit_charged(c, "asked", reference) == -1)
		return;
	outcome = c->session.outcome;
	(void)kit_ask(c, TILL_QUERY, "asked", NULL);
	kit_as_before(c, "a query of it", TILL_COMMITTED, &outcome);
	(void)kit_ask(c, TILL_CHARGE, "asked", NULL);
	kit_as_before(c, "the charge after the query", TILL_COMMITTED,
	    &outcome);
}

static void
unknown_key(struct kit_case *c)
{
	char reference[TILL_REF_MAX];
	unsigned int i;

	for (i = 0; i < 2; i++)
		if (kit_ask(c, TILL_QUERY, "never", NULL) != TILL_NOT_FOUND)
			kit_fail(c,
			    "query %u of a key that never came is "
			    "answered %s",
			    i + 1, result_name(c->session.result));
	if (!kit_failed(c))
		(void)kit_charged(c, "never", reference);
}

static void
verbs(struct kit_case *c)
{
	const uint32_t caps = c->target->note.caps;
	char reference[TILL_REF_MAX] = "";

	(void)kit_ask(c, TILL_CHARGE, "charged", NULL);
	(void)snprintf(reference, sizeof(reference), "%s",
	    c->session.outcome.reference);
	if ((caps & TILL_CAP_HOLD) == 0) {
		if (kit_ask(c, TILL_HOLD, "held", NULL) == TILL_HELD)
			kit_fail(c, "it holds money without HOLD");
		if (kit_ask(c, TILL_COMMIT, "committed", reference) ==
		    TILL_COMMITTED)
			kit_fail(c, "it commits what it never held");
		if (kit_ask(c, TILL_RELEASE, "released", reference) ==
		    TILL_RELEASED)
			kit_fail(c, "it releases what it never held");
	}
	if ((caps & TILL_CAP_REVERSE) == 0 &&
	    kit_ask(c, TILL_REVERSE, "reversed", reference) == TILL_REVERSED)
		kit_fail(c, "it reverses without REVERSE");
}

static void
amounts(struct kit_case *c)
{
	static const struct till_money odd[] = { { 1, "EUR" }, { 10000, "EUR" },
		{ 1234567, "EUR" }, { TILL_MICRO_LIMIT, "EUR" },
		{ 7 * TILL_MICRO, "JPY" }, { 1001000, "BHD" } };
	const struct till_setting *s =
	    instance_module(c->session.instance)->settings;
	struct till_money bound;
	size_t i;

	for (i = 0; i < sizeof(odd) / sizeof(odd[0]); i++)
		charge_odd(c, &odd[i]);
	for (; s != NULL && s->name != NULL; s++) {
		if (!bound_of(c, s, &bound))
			continue;
		for (i = 0; i < BOUND_SIDES; i++) {
			charge_odd(c, &bound);
			bound.micro += step_of(&bound);
		}
	}
}

/* The least that is near an amount that the module was set to: a fee, a
 * largest payment.  False: this setting is none. */
static bool
bound_of(const struct kit_case *c, const struct till_setting *setting,
    struct till_money *bound_r)
{
	const char *text = setting->initial;
	struct till_error err;
	size_t i;

	if (setting->type != TILL_SET_MONEY)
		return false;
	for (i = 0; i < c->settings.len; i++)
		if (strcmp(c->settings.list[i].key, setting->name) == 0)
			text = c->settings.list[i].value;
	if (text == NULL ||
	    till_money_parse_with_currency(text, bound_r, &err) == -1)
		return false;
	bound_r->micro -= step_of(bound_r);
	return true;
}

/* One of the currency's smallest coin. */
static int64_t
step_of(const struct till_money *money)
{
	int exponent = till_currency_exponent(money->currency);
	int64_t step = TILL_MICRO;

	while (exponent-- > 0)
		step /= 10;
	return step;
}

static void
charge_odd(struct kit_case *c, const struct till_money *amount)
{
	char text[TILL_MONEY_MAX], what[2 * TILL_MONEY_MAX];

	if (amount->micro <= 0 || amount->micro > TILL_MICRO_LIMIT)
		return;
	c->session.order.amount = *amount;
	(void)snprintf(what, sizeof(what), "%s %s",
	    till_money_print(amount, text), amount->currency);
	(void)kit_ask(c, TILL_CHARGE, what, NULL);
	if (c->session.result == TILL_COMMITTED)
		kit_parties(c, TILL_CHARGE, what);
	else if (c->session.result == TILL_DECLINED &&
	    c->session.outcome.code[0] == '\0')
		kit_says_why(c, what);
}

static void
deadline(struct kit_case *c)
{
	const struct kit_charge soon = { .verb = TILL_CHARGE,
		.key = "soon",
		.deadline_ms = SHORT_MS };
	const struct kit_charge past = { .verb = TILL_CHARGE,
		.key = "past",
		.deadline_ms = -1000 };

	(void)kit_settle(&c->session, &soon);
	if (c->session.took_ms > SHORT_MS + GRACE_MS)
		kit_fail(c, "with %d ms to go it took %" PRId64 " ms", SHORT_MS,
		    c->session.took_ms);
	(void)kit_settle(&c->session, &past);
	if (c->session.took_ms > GRACE_MS)
		kit_fail(c, "after its deadline it took %" PRId64 " ms",
		    c->session.took_ms);
}

static void
async(struct kit_case *c)
{
	const int64_t until_ms = kit_now_ms() + REPEAT_WAIT_MS;

	(void)kit_ask(c, TILL_CHARGE, "later", NULL);
	if (c->session.took_ms > GRACE_MS)
		kit_fail(c, "the call itself took %" PRId64 " ms",
		    c->session.took_ms);
	if (c->session.result == TILL_UNKNOWN)
		kit_fail(c, "the answer that was to come never came: %s",
		    c->session.outcome.text);
	while (!kit_failed(c) && kit_now_ms() < until_ms)
		if (kit_late(&c->session) > 0)
			kit_fail(c, "the answer came more than once");
}
