/*
 * check_refund.c - back along the ways of the payment, whatever a module
 * proposes, and from each account no more than its share.
 *
 * Of a payment of P an account had p.  When R of it has been given back it
 * has given at most p * R / P, rounded down; so all refunds together never
 * take from it more than it had, in however many parts they come.  Accounts
 * that paid get theirs by the same rule, a millionth more or less, as what
 * they get must add up to what is given.  The rest is the till's.
 */
#include <assert.h>
#include <string.h>

#include "ledger/internal.h"

#define BITS 62 /* of an amount; TILL_MICRO_LIMIT has 60 */

/* What is given back of which price, after what was before. */
struct share {
	int64_t price, before, after;
};

static const char *check_way(const struct ledger_posting *,
    const struct entry *, const struct share *);
static const struct ledger_posting *find(const struct entry *, const char *);
static int64_t share_of(int64_t, const struct share *);
static int64_t part_of(int64_t, int64_t, int64_t);

enum ledger_result
check_refund_ways(struct ledger_request *request, const struct entry *payment,
    int64_t refunded_micro)
{
	const struct share share = { .price = payment->amount.micro,
		.before = refunded_micro,
		.after = refunded_micro + request->refund->amount.micro };
	bool is_taken = false;
	const char *why;
	uint32_t i;

	for (i = 0; i < request->postings_len; i++) {
		is_taken |=
		    account_merchant(request->postings[i].account) != NULL;
		why = check_way(&request->postings[i], payment, &share);
		if (why == NULL)
			continue;
		request->failed = i;
		return refuse(request, LEDGER_INVALID, "%s %s",
		    request->postings[i].account, why);
	}
	if (!is_taken)
		return refuse(request, LEDGER_INVALID,
		    "the payee's till gives nothing back");
	return LEDGER_DONE;
}

/* NULL if the refund may post this to the account. */
static const char *
check_way(const struct ledger_posting *posting, const struct entry *payment,
    const struct share *share)
{
	const struct ledger_posting *paid = find(payment, posting->account);
	const int64_t micro = posting->amount.micro;
	const bool is_till = account_merchant(posting->account) != NULL;

	if (paid == NULL)
		return "had no part in the payment";
	if ((paid->amount.micro > 0) == (micro > 0))
		return "is posted to in the direction of the payment";
	if (micro < 0 && posting->condition != TILL_IF_COVERED && is_till)
		return "is a till and gives only what it covers";
	if (account_customer(posting->account) != NULL &&
	    posting->condition != TILL_ALWAYS)
		return "is the payer's and takes back what is given";
	if (micro < 0 && !is_till &&
	    -micro > share_of(paid->amount.micro, share))
		return "gives more than its share of what it had";
	if (micro > 0 &&
	    (micro > -paid->amount.micro ||
		micro > share_of(-paid->amount.micro, share) + 1))
		return "gets more than its share of what it paid";
	return NULL;
}

static const struct ledger_posting *
find(const struct entry *payment, const char *account)
{
	uint32_t i;

	for (i = 0; i < payment->postings_len; i++)
		if (strcmp(payment->postings[i].account, account) == 0)
			return &payment->postings[i];
	return NULL;
}

/* What this refund adds to what was given back of so much. */
static int64_t
share_of(int64_t micro, const struct share *share)
{
	return part_of(micro, share->after, share->price) -
	    part_of(micro, share->before, share->price);
}

/* a * b / c, rounded down, without a product that overflows; 0 <= b <= c. */
static int64_t
part_of(int64_t a, int64_t b, int64_t c)
{
	uint64_t quotient = 0, rest = 0;
	const uint64_t divisor = (uint64_t)c;
	int bit;

	assert(a >= 0 && a <= TILL_MICRO_LIMIT && b >= 0 && b <= c && c > 0 &&
	    c <= TILL_MICRO_LIMIT);
	for (bit = BITS - 1; bit >= 0; bit--) {
		quotient *= 2;
		rest *= 2;
		if ((((uint64_t)a >> bit) & 1) != 0)
			rest += (uint64_t)b;
		/* Less than three times the divisor. */
		quotient += rest / divisor;
		rest %= divisor;
	}
	return (int64_t)quotient;
}
