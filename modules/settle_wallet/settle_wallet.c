/*
 * settle_wallet - pay from the customer's wallet into the merchant's till.
 *
 *	module wallet settle_wallet max-balance="150.00 EUR"
 *
 * It moves nothing itself: it proposes postings, and the server applies
 * them in the transaction that ends the order, if the wallet covers them
 * at that moment.
 */
#include <string.h>

#include <till/module.h>

struct wallet {
	/* What a wallet may hold; the server keeps to it in top-ups. */
	struct till_money max_balance;
	struct till_money max_payment;
};

static enum till_result wallet_settle(const struct till_host *,
    struct till_context *, const void *, const struct till_settlement *,
    struct till_outcome *, struct till_op *);
static enum till_result charge(const struct till_host *, struct till_context *,
    const struct wallet *, const struct till_settlement *,
    struct till_outcome *);
static void propose(struct till_outcome *, const struct till_settlement *,
    int64_t wallet_micro, enum till_condition wallet_condition,
    enum till_condition till_condition);

static const struct till_setting settings[] = {
	{ "max-balance", TILL_SET_MONEY, 0,
	    offsetof(struct wallet, max_balance), NULL, 0, 0, NULL,
	    "what a wallet may hold after a top-up" },
	{ "max-payment", TILL_SET_MONEY, 0,
	    offsetof(struct wallet, max_payment), NULL, 0, 0, NULL,
	    "the largest payment that a wallet makes" },
	TILL_SETTING_END
};

TILL_MODULE("settle_wallet", "1.0", TILL_SETTLE,
    TILL_CAP_THREADSAFE | TILL_CAP_LEDGER | TILL_CAP_REVERSE){
	TILL_MODULE_HEAD("settle_wallet", "1.0", TILL_SETTLE,
	    TILL_CAP_THREADSAFE | TILL_CAP_LEDGER | TILL_CAP_REVERSE),
	.settings = settings,
	.instance_size = sizeof(struct wallet),
	.settle = wallet_settle,
};

static enum till_result
wallet_settle(const struct till_host *host, struct till_context *ctx,
    const void *self, const struct till_settlement *s,
    struct till_outcome *outcome_r, struct till_op *op)
{
	(void)op;
	if (s->amount.micro <= 0 || s->payer == NULL || s->payer[0] == '\0' ||
	    s->payee == NULL || s->payee[0] == '\0')
		return host->fail(ctx, TILL_ERROR, "invalid",
		    "a wallet needs a payer, a payee and an amount");
	switch (s->verb) {
	case TILL_CHARGE:
		return charge(host, ctx, self, s, outcome_r);
	case TILL_REVERSE:
		/* Back to the customer whatever the wallet holds; the
		 * merchant's till must cover it. */
		propose(outcome_r, s, s->amount.micro, TILL_ALWAYS,
		    TILL_IF_COVERED);
		return TILL_REVERSED;
	case TILL_HOLD:
	case TILL_COMMIT:
	case TILL_RELEASE:
		return host->fail(ctx, TILL_NOT_ATTEMPTED, "unsupported",
		    "a wallet holds no money back");
	case TILL_QUERY:
		/* What was settled here is in the ledger, not with us. */
		return host->fail(ctx, TILL_NOT_FOUND, "unsupported",
		    "a wallet is never in doubt");
	}
	return TILL_ERROR;
}

static enum till_result
charge(const struct till_host *host, struct till_context *ctx,
    const struct wallet *wallet, const struct till_settlement *s,
    struct till_outcome *outcome_r)
{
	char text[TILL_MONEY_MAX];

	if (strcmp(wallet->max_payment.currency, s->amount.currency) == 0 &&
	    s->amount.micro > wallet->max_payment.micro) {
		(void)snprintf(outcome_r->code, sizeof(outcome_r->code),
		    "limit");
		return host->fail(ctx, TILL_DECLINED, "limit",
		    "a wallet pays at most %s %s at a time",
		    till_money_print(&wallet->max_payment, text),
		    wallet->max_payment.currency);
	}
	propose(outcome_r, s, -s->amount.micro, TILL_IF_COVERED, TILL_ALWAYS);
	return TILL_COMMITTED;
}

static void
propose(struct till_outcome *outcome_r, const struct till_settlement *s,
    int64_t wallet_micro, enum till_condition wallet_condition,
    enum till_condition till_condition)
{
	struct till_posting *wallet = &outcome_r->postings[0];
	struct till_posting *till = &outcome_r->postings[1];

	(void)snprintf(wallet->account, sizeof(wallet->account), "wallet:%s",
	    s->payer);
	wallet->micro = wallet_micro;
	wallet->condition = wallet_condition;
	(void)snprintf(till->account, sizeof(till->account), "till:%s",
	    s->payee);
	till->micro = -wallet_micro;
	till->condition = till_condition;
	outcome_r->postings_len = 2;
	outcome_r->moved = s->amount;
}
