/*
 * test_order_route.c - the settle stage alone: the real one, between
 * neighbours that do as they are told; see route_alone.h.
 */
#include "unit/route_alone.h"

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
	code_set(run->tried_code, "old");
	memset(run->failed, 1, sizeof(run->failed));
	goes(END_INTEND);
	assert_int_equal(walks, 1);
	assert_true(run->settling);
	assert_string_equal(run->settle_code, "");
	assert_string_equal(run->tried_code, "");
	assert_false(run->failed[0]);
	assert_false(run->failed[CONF_RULES_MAX - 1]);
	code_set(run->settle_code, "funds");
	code_set(run->tried_code, "no-bank");
	run->failed[0] = true;
	at = 1;
	goes(END_INTEND);
	assert_int_equal(walks, 1);
	assert_string_equal(run->settle_code, "funds");
	assert_string_equal(run->tried_code, "no-bank");
	assert_true(run->failed[0]);
}

/* What may hang is asked by a thread that is there for it. */
static void
a_host_that_proposes_is_asked_by_an_asker(void **state)
{
	(void)state;
	instances[1].isolated = true;
	instances[1].module.caps = TILL_CAP_LEDGER;
	instances[1].group = &code;
	at = 1;
	assert_int_equal(order_route(run), STEP_WAITS);
	assert_int_equal(ended, END_NONE);
	assert_ptr_equal(moved_to, &askers);
	assert_int_equal(run->stage, STAGE_PROPOSE);
	assert_ptr_equal(run->job.group, &code);
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
	instances[0].group = &code;
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
		const char *said, *tried, *code;
		enum till_reason reason;
	} cases[] = {
		{ "", "", "unavailable", TILL_REASON_BANK },
		{ "", "no-bank", "no-bank", TILL_REASON_BANK },
		{ "", "limit", "limit", TILL_REASON_LIMIT },
		{ "funds", "no-bank", "funds", TILL_REASON_FUNDS },
		{ "limit", "", "limit", TILL_REASON_LIMIT },
		{ "card-stolen", "", "card-stolen", TILL_REASON_BANK },
		{ "x", "", "x", TILL_REASON_BANK },
	};
	size_t i;

	(void)state;
	run->settling = true;
	at = LINES;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		run->settle.routed = true;
		code_set(run->settle_code, cases[i].said);
		code_set(run->tried_code, cases[i].tried);
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
		const char *code, *tried;
	} cases[] = {
		{ "", "funds", "", TILL_DECLINED, "funds", "" },
		{ "", "funds", "51", TILL_DECLINED, "funds", "" },
		{ "", "", "51", TILL_DECLINED, "51", "" },
		{ "", "x", "51", TILL_DECLINED, "x", "" },
		{ "", "", "5", TILL_DECLINED, "5", "" },
		{ "", "", "", TILL_DECLINED, "", "" },
		{ "limit", "funds", "", TILL_DECLINED, "limit", "" },
		{ "", "funds", "", TILL_NOT_ATTEMPTED, "", "funds" },
		{ "", "", "no-bank", TILL_NOT_ATTEMPTED, "", "no-bank" },
		{ "limit", "x", "", TILL_NOT_ATTEMPTED, "limit", "x" },
		{ "", "", "", TILL_NOT_ATTEMPTED, "", "" },
	};
	size_t i;

	(void)state;
	run->settler = &context;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		code_set(run->settle_code, cases[i].before);
		run->tried_code[0] = '\0';
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
		assert_string_equal(run->tried_code, cases[i].tried);
	}
	/* Another one that could not try says no more. */
	code_set(run->tried_code, "no-bank");
	ended = END_NONE;
	(void)order_route_answer(run, TILL_NOT_ATTEMPTED);
	assert_string_equal(run->tried_code, "no-bank");
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
