/*
 * order_allowance.c - payments for which the customer need not be asked.
 *
 * An allowance takes away the asking and nothing else.  It is looked at when
 * the policy stack allows the order and the auth stack grants it by what a
 * session of this customer remembers, so it stands in for no stronger
 * authentication and overrides no refusal.  The look only says that the page
 * may go on by itself; the ledger decides, with the payment.
 *
 * That nobody but the merchant leads the customer here is the front unit's to
 * see (Referer); nothing here can check it.  This bound is accepted: a front
 * unit that was taken over can spend the allowances of whoever is signed in,
 * with their merchants and up to their bounds, each and day, and no more.
 */
#include <stdio.h>
#include <string.h>

#include "config/zone.h"
#include "rear/run.h"

static int counter_of(struct order_run *, struct ledger_counter *);
static int left_of(struct order_run *, const struct ledger_counter *,
    const struct ledger_allowance *, int64_t *);
static void say(struct answer *, const struct ledger_allowance *, int64_t);

void
order_allowance_look(struct order_run *run)
{
	const struct till_money *amount = &run->purchase->ticket->amount;
	struct ledger_allowance allowance;
	struct ledger_counter counter;
	struct till_error err;
	int64_t left;

	if (counter_of(run, &counter) == -1 ||
	    ledger_allowance_get(run->rear->ledger, run->purchase->customer,
		run->purchase->ticket->iss, amount->currency, &allowance,
		&err) != 0 ||
	    amount->micro > allowance.each.micro ||
	    left_of(run, &counter, &allowance, &left) == -1 ||
	    amount->micro > left)
		return;
	say(&run->answer, &allowance, left);
}

int
order_allowance_count(struct order_run *run)
{
	struct ledger_counter *counter = &run->counters[run->counters_len];

	/* Room is left for the two since the last strong authentication. */
	if (run->counters_len + 2 >= LEDGER_COUNTERS_MAX ||
	    counter_of(run, counter) == -1)
		return -1;
	run->counters_len++;
	run->unasked = true;
	return 0;
}

enum step
order_ask(struct order_run *run)
{
	return run_answer(run, STATUS_READY);
}

/* -1: nothing is to be paid without asking here, whatever was allowed. */
static int
counter_of(struct order_run *run, struct ledger_counter *counter)
{
	const struct purchase *purchase = run->purchase;
	const struct till_ticket *ticket = purchase->ticket;
	const struct conf *conf = purchase->generation->conf;
	int64_t each, day;

	if (!run->has_session || ticket->kind == TILL_KIND_IDENTITY ||
	    strcmp(purchase->channel, "browser") != 0 ||
	    !conf_set_amount(conf, "allowance-each", ticket->amount.currency,
		&each) ||
	    !conf_set_amount(conf, "allowance-day", ticket->amount.currency,
		&day) ||
	    ticket->amount.micro > each)
		return -1;
	ledger_allowance_counter(counter, purchase->customer, ticket->iss,
	    &ticket->amount,
	    zone_window(conf->zone, TILL_WINDOW_DAY, run->now_s), day);
	return 0;
}

/* What may still be paid so today; a new day begins at nothing. */
static int
left_of(struct order_run *run, const struct ledger_counter *counter,
    const struct ledger_allowance *allowance, int64_t *left_r)
{
	int64_t day = allowance->day.micro, used, count;
	struct till_error err;

	if (ledger_counter_get(run->rear->ledger, counter->name,
		counter->window, &used, &count, &err) == -1)
		return -1;
	if (counter->max_micro < day)
		day = counter->max_micro;
	*left_r = used < day ? day - used : 0;
	return 0;
}

/* "EACH DAY LEFT", in the ticket's currency. */
static void
say(struct answer *answer, const struct ledger_allowance *allowance,
    int64_t left)
{
	struct till_money rest = allowance->day;
	char each[TILL_MONEY_MAX], day[TILL_MONEY_MAX], text[TILL_MONEY_MAX];

	rest.micro = left;
	(void)till_money_print(&allowance->each, each);
	(void)till_money_print(&allowance->day, day);
	(void)till_money_print(&rest, text);
	(void)snprintf(answer->allowance, sizeof(answer->allowance), "%s %s %s",
	    each, day, text);
}
