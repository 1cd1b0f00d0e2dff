/*
 * settle_example - pay from the customer's wallet, and keep a fee.
 *
 *	module example settle_example fee="0.05 EUR" max="100.00 EUR"
 *
 * It moves nothing itself: it proposes postings, and the server applies
 * them in the transaction that ends the order, if the wallet covers them
 * at that moment.  So it needs no memory: the same settlement is always
 * answered with the same postings.
 */
#include <string.h>

#include <till/module.h>

/* The settings, as the table below places them. */
struct example {
	struct till_money fee, max;
};

static enum till_result example_settle(const struct till_host *,
    struct till_context *, const void *, const struct till_settlement *,
    struct till_outcome *, struct till_op *);
static enum till_result charge(const struct till_host *, struct till_context *,
    const struct example *, const struct till_settlement *,
    struct till_outcome *);
static bool is_whole(const struct till_host *, struct till_context *,
    const struct till_settlement *);
static void propose(const struct example *, const struct till_settlement *,
    struct till_outcome *, int64_t sign, bool with_fee);
static void post(struct till_outcome *, const char *class_of, const char *owner,
    int64_t micro, enum till_condition);
static int64_t fee_of(const struct example *, const struct till_money *);

static const struct till_setting settings[] = {
	{ "fee", TILL_SET_MONEY, 0, offsetof(struct example, fee), NULL, 0, 0,
	    NULL, "what the operator keeps of each payment" },
	{ "max", TILL_SET_MONEY, 0, offsetof(struct example, max), NULL, 0, 0,
	    NULL, "the largest payment" },
	TILL_SETTING_END
};

/* LEDGER: only the postings move money, so nothing is ever in doubt. */
#define CAPS (TILL_CAP_THREADSAFE | TILL_CAP_LEDGER | TILL_CAP_REVERSE)

TILL_MODULE("settle_example", "0.1", TILL_SETTLE, CAPS){
	TILL_MODULE_HEAD("settle_example", "0.1", TILL_SETTLE, CAPS),
	.settings = settings,
	.instance_size = sizeof(struct example),
	.settle = example_settle,
};

static enum till_result
example_settle(const struct till_host *host, struct till_context *ctx,
    const void *self, const struct till_settlement *s,
    struct till_outcome *outcome_r, struct till_op *op)
{
	(void)op;
	switch (s->verb) {
	case TILL_CHARGE:
		return charge(host, ctx, self, s, outcome_r);
	case TILL_REVERSE:
		propose(self, s, outcome_r, -1, is_whole(host, ctx, s));
		return TILL_REVERSED;
	case TILL_HOLD:
	case TILL_COMMIT:
	case TILL_RELEASE:
	case TILL_QUERY:
		break;
	}
	return host->fail(ctx,
	    s->verb == TILL_QUERY ? TILL_NOT_FOUND : TILL_NOT_ATTEMPTED,
	    "unsupported", "it charges and reverses, no more");
}

static enum till_result
charge(const struct till_host *host, struct till_context *ctx,
    const struct example *example, const struct till_settlement *s,
    struct till_outcome *outcome_r)
{
	/* A payment gives the merchant something. */
	if (s->amount.micro <= fee_of(example, &s->amount))
		return host->fail(ctx, TILL_DECLINED, "fee",
		    "the payment is not larger than its fee");
	if (strcmp(s->amount.currency, example->max.currency) == 0 &&
	    s->amount.micro > example->max.micro)
		return host->fail(ctx, TILL_DECLINED, "limit",
		    "the payment is larger than is allowed");
	propose(example, s, outcome_r, 1, true);
	return TILL_COMMITTED;
}

/* Is all of the price given back?  A part of it leaves the fee where it is:
 * the server lets nobody give back more than his share. */
static bool
is_whole(const struct till_host *host, struct till_context *ctx,
    const struct till_settlement *s)
{
	return host->order(ctx)->amount.micro == s->amount.micro;
}

/* All postings together are zero, and a reversal is the same with the
 * other sign.  Whoever gives must be able to. */
static void
propose(const struct example *example, const struct till_settlement *s,
    struct till_outcome *outcome_r, int64_t sign, bool with_fee)
{
	const int64_t amount = sign * s->amount.micro;
	const int64_t fee = with_fee ? sign * fee_of(example, &s->amount) : 0;

	post(outcome_r, "wallet:", s->payer, -amount,
	    sign > 0 ? TILL_IF_COVERED : TILL_ALWAYS);
	post(outcome_r, "till:", s->payee, amount - fee,
	    sign > 0 ? TILL_ALWAYS : TILL_IF_COVERED);
	if (fee != 0)
		post(outcome_r, "fees", "", fee, TILL_ALWAYS);
	outcome_r->moved = s->amount;
}

static void
post(struct till_outcome *outcome_r, const char *class_of, const char *owner,
    int64_t micro, enum till_condition condition)
{
	struct till_posting *posting =
	    &outcome_r->postings[outcome_r->postings_len++];

	(void)snprintf(posting->account, sizeof(posting->account), "%s%s",
	    class_of, owner);
	posting->micro = micro;
	posting->condition = condition;
}

/* A fee in another currency is none. */
static int64_t
fee_of(const struct example *example, const struct till_money *amount)
{
	if (strcmp(example->fee.currency, amount->currency) != 0)
		return 0;
	return example->fee.micro;
}
