/*
 * test_order_route.c - the settle stage alone: the real one, between a
 * walk, modules, a mint and a ledger that do as the test says.
 *
 * What is here of its neighbours takes their place in the linked program.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "rear/clock.h"
#include "rear/run.h"
#include "rear/settlement.h"

#define LINES 3
#define DEFAULT_MS 15000

struct pool {
	int unused;
};

/* What a line's module is and says. */
struct instance {
	struct till_module module;
	bool isolated;
	enum till_result says;
	const char *code;
};

/* Where the stage went. */
enum end { END_NONE, END_ON, END_BUSY, END_BOOK, END_INTEND, END_REFUSE };

static struct pool workers, askers;
static struct instance instances[LINES];
static struct conf_instance confs[LINES];
static struct conf_rule rules[LINES];
static struct conf conf;
static struct generation generation;
static struct till_ticket ticket;
static struct purchase purchase;
static struct rear rear;
static struct worker worker;
static struct till_context context;
static struct till_outcome proposed;
static struct order_run *run;

static enum end ended;
static struct pool *moved_to;
static enum till_reason reason;
static char code[64], attempt[32];
static const struct instance *intended;
static enum till_result answered, of_ledger;
static size_t at;
static unsigned int walks, calls;
static bool no_context, full;
static int mac_r, digest_r;

static enum step
ends(enum end how)
{
	assert_int_equal(ended, END_NONE);
	ended = how;
	return STEP_ON;
}

enum step
run_on(struct order_run *of, enum stage stage)
{
	of->stage = stage;
	return ends(END_ON);
}

enum step
run_busy(struct order_run *of)
{
	assert_ptr_equal(of, run);
	return ends(END_BUSY);
}

bool
pool_submit(struct pool *pool, struct job *job)
{
	assert_ptr_equal(job, &run->job);
	moved_to = pool;
	return !full;
}

enum step
order_book(struct order_run *of)
{
	assert_ptr_equal(of, run);
	return ends(END_BOOK);
}

enum step
order_intend(struct order_run *of, struct instance *instance)
{
	assert_ptr_equal(of, run);
	intended = instance;
	return ends(END_INTEND);
}

enum step
order_refuse(struct order_run *of, enum till_reason why, const char *word)
{
	assert_ptr_equal(of, run);
	reason = why;
	(void)snprintf(code, sizeof(code), "%s", word);
	return ends(END_REFUSE);
}

struct till_context *
run_context(struct order_run *of, struct till_context **kept,
    const struct instance *instance, enum till_facility facility)
{
	assert_ptr_equal(kept, &of->settler);
	assert_ptr_equal(instance, &instances[at]);
	assert_int_equal(facility, TILL_SETTLE);
	memset(&context, 0, sizeof(context));
	*kept = no_context ? NULL : &context;
	return *kept;
}

struct instance *
generation_instance(const struct generation *of, const struct conf_rule *rule)
{
	assert_ptr_equal(of, &generation);
	return rule->instance == NULL ? NULL : &instances[rule - rules];
}

const struct till_module *
instance_module(const struct instance *instance)
{
	return &instance->module;
}

bool
instance_is_isolated(const struct instance *instance)
{
	return instance->isolated;
}

enum till_result
instance_settle(struct instance *instance, struct till_context *ctx,
    const struct till_settlement *settlement, struct till_outcome *outcome,
    struct till_op *op)
{
	assert_ptr_equal(ctx, run->settler);
	assert_ptr_equal(settlement, &run->settlement);
	assert_ptr_equal(outcome, &run->outcome);
	assert_null(op);
	calls++;
	*outcome = proposed;
	if (instance->code != NULL)
		(void)snprintf(ctx->code, sizeof(ctx->code), "%s",
		    instance->code);
	return instance->says;
}

int
mint_mac(const struct mint *mint, const char *purpose, const char *const *parts,
    unsigned char mac_out[MINT_SIZE])
{
	assert_ptr_equal(mint, rear.mint);
	assert_string_equal(purpose, "settle");
	assert_string_equal(parts[0], "press-1");
	assert_string_equal(parts[1], "j1");
	assert_string_equal(parts[2], "hash");
	(void)snprintf(attempt, sizeof(attempt), "%s", parts[3]);
	assert_null(parts[4]);
	memset(mac_out, 7, MINT_SIZE);
	return mac_r;
}

int
settlement_digest(struct till_settlement *settlement)
{
	memset(settlement->digest, 9, sizeof(settlement->digest));
	return digest_r;
}

void
walk_begin(struct walk *walk, const struct conf_stack *stack,
    enum till_facility facility, const struct facts *facts)
{
	assert_ptr_equal(walk, &run->settle);
	assert_ptr_equal(stack, &conf.settle);
	assert_int_equal(facility, TILL_SETTLE);
	assert_ptr_equal(facts, &run->facts);
	walks++;
}

bool
walk_next(struct walk *walk, const struct conf_rule **rule_r)
{
	assert_ptr_equal(walk, &run->settle);
	walk->at = at;
	if (at == conf.settle.len)
		return false;
	*rule_r = &rules[at];
	return true;
}

void
walk_answer(struct walk *walk, enum till_result result)
{
	assert_ptr_equal(walk, &run->settle);
	answered = result;
}

enum till_result
walk_ledger_result(enum till_result result)
{
	of_ledger = result;
	if (result == TILL_COMMITTED)
		return TILL_COMMITTED;
	return result == TILL_UNAVAILABLE ? TILL_NOT_ATTEMPTED : TILL_DECLINED;
}

static int
begin(void **state)
{
	size_t i;

	(void)state;
	run = calloc(1, sizeof(*run));
	if (run == NULL)
		return -1;
	for (i = 0; i < LINES; i++) {
		instances[i] = (struct instance){ .says = TILL_COMMITTED };
		confs[i] = (struct conf_instance){ .timeout_ms = 0 };
		rules[i] = (struct conf_rule){ .instance = &confs[i] };
	}
	conf.settle = (struct conf_stack){ rules, LINES };
	generation.conf = &conf;
	ticket = (struct till_ticket){ .kind = TILL_KIND_SINGLE,
		.iss = "press-1",
		.jti = "j1",
		.amount = { 5 * TILL_MICRO, "EUR" } };
	(void)snprintf(ticket.th, sizeof(ticket.th), "hash");
	purchase.generation = &generation;
	purchase.ticket = &ticket;
	(void)snprintf(purchase.customer, sizeof(purchase.customer), "alice");
	rear.workers = &workers;
	rear.askers = &askers;
	worker.pool = &workers;
	run->rear = &rear;
	run->worker = &worker;
	run->purchase = &purchase;
	run->facts.auth_level = 2;
	proposed = (struct till_outcome){ .size = sizeof(proposed),
		.postings_len = 2,
		.postings = {
		    { "wallet:alice", -5 * TILL_MICRO, TILL_IF_COVERED, 0 },
		    { "till:press-1", 5 * TILL_MICRO, TILL_ALWAYS, 11 } } };
	ended = END_NONE;
	moved_to = NULL;
	reason = TILL_REASON_NONE;
	code[0] = attempt[0] = '\0';
	intended = NULL;
	answered = of_ledger = TILL_ERROR;
	at = 0;
	walks = calls = 0;
	no_context = full = false;
	mac_r = digest_r = 0;
	return 0;
}

static int
end(void **state)
{
	(void)state;
	free(run);
	return 0;
}

/* The stage once more, behind another line of the walk. */
static void
goes(enum end how)
{
	ended = END_NONE;
	assert_int_equal(order_route(run), STEP_ON);
	assert_int_equal(ended, how);
}

static void
all_of_the_ledger(void)
{
	size_t i;

	for (i = 0; i < LINES; i++)
		instances[i].module.caps = TILL_CAP_LEDGER;
}

static void
an_identity_is_not_settled(void **state)
{
	(void)state;
	ticket.kind = TILL_KIND_IDENTITY;
	goes(END_BOOK);
	assert_int_equal(walks, 0);
	assert_false(run->settling);
}

static void
a_walk_begins_once(void **state)
{
	(void)state;
	code_set(run->settle_code, "old");
	memset(run->failed, 1, sizeof(run->failed));
	goes(END_INTEND);
	assert_int_equal(walks, 1);
	assert_true(run->settling);
	assert_string_equal(run->settle_code, "");
	assert_false(run->failed[0]);
	assert_false(run->failed[CONF_RULES_MAX - 1]);
	code_set(run->settle_code, "funds");
	run->failed[0] = true;
	at = 1;
	goes(END_INTEND);
	assert_int_equal(walks, 1);
	assert_string_equal(run->settle_code, "funds");
	assert_true(run->failed[0]);
}

/* What may hang is asked by a thread that is there for it. */
static void
a_host_that_proposes_is_asked_by_an_asker(void **state)
{
	(void)state;
	instances[1].isolated = true;
	instances[1].module.caps = TILL_CAP_LEDGER;
	at = 1;
	assert_int_equal(order_route(run), STEP_WAITS);
	assert_int_equal(ended, END_NONE);
	assert_ptr_equal(moved_to, &askers);
	assert_int_equal(run->stage, STAGE_PROPOSE);
	assert_ptr_equal(run->job.group, &instances[1]);
	assert_int_equal(calls, 0);
	/* There it proposes. */
	assert_int_equal(order_propose(run), STEP_ON);
	assert_int_equal(ended, END_BOOK);
	assert_int_equal(calls, 1);
	assert_null(run->job.group);
}

static void
a_host_for_which_too_many_wait_is_busy(void **state)
{
	(void)state;
	all_of_the_ledger();
	instances[0].isolated = true;
	full = true;
	goes(END_BUSY);
	assert_ptr_equal(moved_to, &askers);
	assert_null(run->job.group);
	assert_int_equal(calls, 0);
}

/* Its call only begins here. */
static void
a_host_that_settles_itself_begins_with_an_intent(void **state)
{
	(void)state;
	instances[0].isolated = true;
	instances[0].module.caps = TILL_CAP_QUERY;
	goes(END_INTEND);
	assert_null(moved_to);
}

static void
what_no_line_takes_has_no_route(void **state)
{
	(void)state;
	at = LINES;
	goes(END_REFUSE);
	assert_int_equal(reason, TILL_REASON_CURRENCY);
	assert_string_equal(code, "no-route");
	/* A refuse line asks nobody. */
	at = 1;
	rules[1].instance = NULL;
	goes(END_REFUSE);
	assert_int_equal(reason, TILL_REASON_CURRENCY);
	assert_string_equal(code, "no-route");
	assert_int_equal(calls, 0);
}

static void
what_a_route_did_not_settle_says_why(void **state)
{
	static const struct {
		const char *said, *code;
		enum till_reason reason;
	} cases[] = {
		{ "", "unavailable", TILL_REASON_BANK },
		{ "funds", "funds", TILL_REASON_FUNDS },
		{ "limit", "limit", TILL_REASON_LIMIT },
		{ "card-stolen", "card-stolen", TILL_REASON_BANK },
		{ "x", "x", TILL_REASON_BANK },
	};
	size_t i;

	(void)state;
	run->settling = true;
	at = LINES;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		run->settle.routed = true;
		code_set(run->settle_code, cases[i].said);
		goes(END_REFUSE);
		assert_int_equal(reason, cases[i].reason);
		assert_string_equal(code, cases[i].code);
	}
	/* A word is enough to know that somebody was asked. */
	run->settle.routed = false;
	goes(END_REFUSE);
	assert_string_equal(code, "x");
	assert_int_equal(reason, TILL_REASON_BANK);
}

static void
without_a_key_nothing_is_asked(void **state)
{
	(void)state;
	all_of_the_ledger();
	no_context = true;
	goes(END_BUSY);
	no_context = false;
	mac_r = -1;
	goes(END_BUSY);
	mac_r = 0;
	digest_r = -1;
	goes(END_BUSY);
	assert_int_equal(calls, 0);
	digest_r = 0;
	goes(END_BOOK);
	assert_int_equal(calls, 1);
}

static void
the_request_is_that_of_the_ticket(void **state)
{
	static unsigned char key[TILL_KEY_SIZE], digest[32];
	const int64_t before_ms = clock_ms();
	const struct till_settlement *s = &run->settlement;

	(void)state;
	memset(key, 7, sizeof(key));
	memset(digest, 9, sizeof(digest));
	memset(&run->settlement, 0xff, sizeof(run->settlement));
	memset(&run->outcome, 0xff, sizeof(run->outcome));
	run->attempt = 4;
	goes(END_INTEND);
	assert_ptr_equal(intended, &instances[0]);
	assert_string_equal(attempt, "5");
	assert_int_equal(s->size, sizeof(*s));
	assert_int_equal(s->verb, TILL_CHARGE);
	assert_int_equal(s->attempt, 1);
	assert_in_range(s->deadline_ms, before_ms + DEFAULT_MS,
	    clock_ms() + DEFAULT_MS);
	assert_int_equal(s->amount.micro, 5 * TILL_MICRO);
	assert_string_equal(s->amount.currency, "EUR");
	assert_string_equal(s->payer, "alice");
	assert_string_equal(s->payee, "press-1");
	assert_string_equal(s->original, "");
	assert_string_equal(s->reason, "");
	assert_memory_equal(s->key, key, sizeof(key));
	assert_memory_equal(s->digest, digest, sizeof(digest));
	assert_int_equal(run->order.auth_level, 2);
	assert_int_equal(run->outcome.size, sizeof(run->outcome));
	assert_int_equal(run->outcome.postings_len, 0);
	assert_string_equal(run->outcome.code, "");
}

static void
the_deadline_is_that_of_the_line(void **state)
{
	int64_t before_ms = clock_ms();

	(void)state;
	confs[0].timeout_ms = 1;
	goes(END_INTEND);
	assert_in_range(run->settlement.deadline_ms, before_ms + 1,
	    clock_ms() + 1);
	confs[0].timeout_ms = 60000;
	before_ms = clock_ms();
	goes(END_INTEND);
	assert_in_range(run->settlement.deadline_ms, before_ms + 60000,
	    clock_ms() + 60000);
}

static void
what_is_proposed_is_booked(void **state)
{
	const struct ledger_posting *to = run->ledger.postings;

	(void)state;
	all_of_the_ledger();
	at = 1;
	goes(END_BOOK);
	assert_int_equal(of_ledger, TILL_COMMITTED);
	assert_false(run->failed[1]);
	assert_int_equal(run->ledger.postings_len, 2);
	assert_string_equal(to[0].account, "wallet:alice");
	assert_int_equal(to[0].amount.micro, -5 * TILL_MICRO);
	assert_string_equal(to[0].amount.currency, "EUR");
	assert_int_equal(to[0].condition, TILL_IF_COVERED);
	assert_int_equal(to[0].limit_micro, 0);
	assert_string_equal(to[1].account, "till:press-1");
	assert_int_equal(to[1].amount.micro, 5 * TILL_MICRO);
	assert_int_equal(to[1].condition, TILL_ALWAYS);
	assert_int_equal(to[1].limit_micro, 11);
	assert_string_equal(to[2].amount.currency, "");
}

static void
as_many_postings_as_there_may_be(void **state)
{
	size_t i;

	(void)state;
	all_of_the_ledger();
	for (i = 0; i < TILL_POSTINGS_MAX; i++)
		proposed.postings[i].micro = (int64_t)i;
	proposed.postings_len = TILL_POSTINGS_MAX;
	goes(END_BOOK);
	assert_int_equal(run->ledger.postings_len, TILL_POSTINGS_MAX);
	assert_int_equal(run->ledger.postings[TILL_POSTINGS_MAX - 1]
			     .amount.micro,
	    TILL_POSTINGS_MAX - 1);
}

/* The walk goes on as behind one that has declined. */
static void
a_proposal_that_is_none_is_declined(void **state)
{
	static const uint32_t lens[] = { 0, TILL_POSTINGS_MAX + 1 };
	size_t i;

	(void)state;
	all_of_the_ledger();
	at = 2;
	for (i = 0; i < 2; i++) {
		proposed.postings_len = lens[i];
		run->ledger.postings_len = 0;
		run->settling = false;
		goes(END_ON);
		assert_int_equal(run->stage, STAGE_ROUTE);
		assert_int_equal(answered, TILL_DECLINED);
		assert_string_equal(run->settle_code, "technical");
		assert_true(run->failed[2]);
		assert_false(run->failed[1]);
		assert_int_equal(run->ledger.postings_len, 0);
	}
}

static void
what_is_not_proposed_is_answered(void **state)
{
	static const struct {
		enum till_result says, answered;
		bool failed;
	} cases[] = {
		{ TILL_DECLINED, TILL_DECLINED, false },
		{ TILL_UNAVAILABLE, TILL_NOT_ATTEMPTED, false },
		{ TILL_ERROR, TILL_DECLINED, true },
	};
	size_t i;

	(void)state;
	all_of_the_ledger();
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		instances[0].says = cases[i].says;
		goes(END_ON);
		assert_int_equal(run->stage, STAGE_ROUTE);
		assert_int_equal(of_ledger, cases[i].says);
		assert_int_equal(answered, cases[i].answered);
		assert_int_equal(run->failed[0], cases[i].failed);
	}
}

static void
the_first_that_declined_says_why(void **state)
{
	static const struct {
		const char *before, *ctx, *outcome;
		enum till_result result;
		const char *code;
	} cases[] = {
		{ "", "funds", "", TILL_DECLINED, "funds" },
		{ "", "funds", "51", TILL_DECLINED, "funds" },
		{ "", "", "51", TILL_DECLINED, "51" },
		{ "", "x", "51", TILL_DECLINED, "x" },
		{ "", "", "5", TILL_DECLINED, "5" },
		{ "", "", "", TILL_DECLINED, "" },
		{ "limit", "funds", "", TILL_DECLINED, "limit" },
		{ "", "funds", "", TILL_NOT_ATTEMPTED, "" },
	};
	size_t i;

	(void)state;
	run->settler = &context;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		code_set(run->settle_code, cases[i].before);
		(void)snprintf(context.code, sizeof(context.code), "%s",
		    cases[i].ctx);
		(void)snprintf(run->outcome.code, sizeof(run->outcome.code),
		    "%s", cases[i].outcome);
		ended = END_NONE;
		assert_int_equal(order_route_answer(run, cases[i].result),
		    STEP_ON);
		assert_int_equal(ended, END_ON);
		assert_int_equal(run->stage, STAGE_ROUTE);
		assert_int_equal(answered, cases[i].result);
		assert_string_equal(run->settle_code, cases[i].code);
	}
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, begin, end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(an_identity_is_not_settled),
		CASE(a_walk_begins_once),
		CASE(a_host_that_proposes_is_asked_by_an_asker),
		CASE(a_host_for_which_too_many_wait_is_busy),
		CASE(a_host_that_settles_itself_begins_with_an_intent),
		CASE(what_no_line_takes_has_no_route),
		CASE(what_a_route_did_not_settle_says_why),
		CASE(without_a_key_nothing_is_asked),
		CASE(the_request_is_that_of_the_ticket),
		CASE(the_deadline_is_that_of_the_line),
		CASE(what_is_proposed_is_booked),
		CASE(as_many_postings_as_there_may_be),
		CASE(a_proposal_that_is_none_is_declined),
		CASE(what_is_not_proposed_is_answered),
		CASE(the_first_that_declined_says_why),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
