/*
 * check_party.c - whom a settlement may give to and take from.
 */
#include <string.h>

#include "kit/check_settle.h"

static void moved_check(struct kit_case *, const char *what);
static void sum_check(struct kit_case *, const char *what);
static const char *party_wrong(const struct kit_case *, bool back,
    const struct till_posting *);
static const char *owner_of(const char *account, const char *class);

void
kit_parties(struct kit_case *c, enum till_verb verb, const char *what)
{
	const struct till_outcome *outcome = &c->session.outcome;
	const bool back = verb == TILL_REVERSE || verb == TILL_RELEASE;
	bool is_paid = false;
	const char *why;
	size_t i;

	moved_check(c, what);
	/* No postings: the server makes them. */
	for (i = 0; i < outcome->postings_len; i++) {
		is_paid |=
		    owner_of(outcome->postings[i].account, "till:") != NULL;
		why = party_wrong(c, back, &outcome->postings[i]);
		if (why != NULL)
			kit_fail(c, "%s: the posting to %s: %s", what,
			    outcome->postings[i].account, why);
	}
	if (outcome->postings_len == 0)
		return;
	sum_check(c, what);
	if (verb == TILL_CHARGE && !is_paid)
		kit_fail(c, "%s: the payee's till is given nothing", what);
}

/* Nothing at all: the network does not say, or the postings do. */
static void
moved_check(struct kit_case *c, const char *what)
{
	const struct till_money *amount = &c->session.order.amount;
	const struct till_money *moved = &c->session.outcome.moved;
	char text[TILL_MONEY_MAX];

	if (moved->currency[0] != '\0' &&
	    (moved->micro != amount->micro ||
		strcmp(moved->currency, amount->currency) != 0))
		kit_fail(c, "of %s it moved %s %s", what,
		    till_money_print(moved, text), moved->currency);
}

static void
sum_check(struct kit_case *c, const char *what)
{
	const struct till_outcome *outcome = &c->session.outcome;
	struct till_money moved = c->session.order.amount;
	char text[TILL_MONEY_MAX];
	size_t i;

	moved.micro = 0;
	for (i = 0; i < outcome->postings_len; i++)
		if (outcome->postings[i].micro > 0)
			moved.micro += outcome->postings[i].micro;
	if (moved.micro != c->session.order.amount.micro)
		kit_fail(c, "of %s its postings move %s %s", what,
		    till_money_print(&moved, text), moved.currency);
}

/* NULL if a settlement of this order may post it.  What is given back goes
 * the other way, between the same parties. */
static const char *
party_wrong(const struct kit_case *c, bool back,
    const struct till_posting *posting)
{
	const char *payer = owner_of(posting->account, "wallet:");
	const char *payee = owner_of(posting->account, "till:");

	if (posting->micro == 0)
		return "nothing is posted by it";
	if ((payer != NULL && strcmp(payer, c->session.order.customer) != 0) ||
	    (payee != NULL && strcmp(payee, c->session.order.merchant) != 0))
		return "it is no account of this order's parties";
	if (payer != NULL && (c->target->note.caps & TILL_CAP_LEDGER) == 0)
		return "without LEDGER no wallet can be asked any more";
	if (payer != NULL && back && posting->micro < 0)
		return "what is given back takes nothing from the payer";
	if (payee != NULL && back && posting->micro > 0)
		return "what is given back gives the payee nothing";
	if (payer != NULL && !back && posting->micro > 0)
		return "a charge gives the payer nothing";
	if (payer != NULL && !back && posting->condition != TILL_IF_COVERED)
		return "a wallet pays only what it covers (TILL_IF_COVERED)";
	if (payee != NULL && !back && posting->micro < 0)
		return "a charge takes nothing from the payee";
	return NULL;
}

/* Whose it is, or NULL for one of another class. */
static const char *
owner_of(const char *account, const char *class)
{
	const size_t len = strlen(class);

	return strncmp(account, class, len) == 0 ? account + len : NULL;
}
