/*
 * route_alone.h - what order_route.c has around it in its test: a walk,
 * modules, a mint and a ledger that do as the test says.
 *
 * What is here takes the place of the real neighbours in the linked
 * program, so only one file of that may include it.
 */
#ifndef UNIT_ROUTE_ALONE_H
#define UNIT_ROUTE_ALONE_H

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
	const void *group;
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

const void *
instance_group(const struct instance *instance)
{
	return instance->group;
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

#endif
