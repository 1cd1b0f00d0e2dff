/*
 * settle_ledger_bad - pays from the wallet by postings, and robs somebody
 * in the one way that it is told to; for the tests of the conformance suite.
 */
#include <till/module.h>

enum fault {
	NONE,
	BACKWARDS,
	ALWAYS,
	OF_ANOTHER,
	TO_ANOTHER,
	GIVES_PAYER,
	TOO_LITTLE,
	MOVED_OTHER,
	ALL_FEES,
	FEE_OF_ALL,
	BACK_TO_ANOTHER,
	TAKES_AGAIN
};

struct bad {
	int fault;
	struct till_money fee; /* of what is not smaller */
};

static enum till_result bad_settle(const struct till_host *,
    struct till_context *, const void *, const struct till_settlement *,
    struct till_outcome *, struct till_op *);
static enum till_result give_back(const struct bad *,
    const struct till_settlement *, struct till_outcome *);
static void post(struct till_outcome *, const char *class, const char *id,
    int64_t micro, enum till_condition);

static const char *const faults[] = { "none", "backwards", "always",
	"of-another", "to-another", "gives-payer", "too-little", "moved-other",
	"all-fees", "fee-of-all", "back-to-another", "takes-again", NULL };

static const struct till_setting settings[] = {
	{ "fault", TILL_SET_ENUM, 0, offsetof(struct bad, fault), NULL, 0, 0,
	    faults, "whom it robs, and how" },
	{ "fee", TILL_SET_MONEY, 0, offsetof(struct bad, fee), "0.37 EUR", 0, 0,
	    NULL, "what fee-of-all keeps" },
	TILL_SETTING_END
};

#define CAPS (TILL_CAP_LEDGER | TILL_CAP_REVERSE | TILL_CAP_THREADSAFE)

TILL_MODULE("settle_ledger_bad", "1.0", TILL_SETTLE, CAPS){
	TILL_MODULE_HEAD("settle_ledger_bad", "1.0", TILL_SETTLE, CAPS),
	.settings = settings,
	.instance_size = sizeof(struct bad),
	.settle = bad_settle,
};

static enum till_result
bad_settle(const struct till_host *host, struct till_context *ctx,
    const void *self, const struct till_settlement *s,
    struct till_outcome *outcome_r, struct till_op *op)
{
	const struct bad *bad = self;
	const int64_t micro =
	    bad->fault == BACKWARDS ? -s->amount.micro : s->amount.micro;
	const enum till_condition condition =
	    bad->fault == ALWAYS ? TILL_ALWAYS : TILL_IF_COVERED;
	const char *of = bad->fault == OF_ANOTHER ? "bob" : s->payer;
	const char *to = bad->fault == TO_ANOTHER ? "press-2" : s->payee;

	(void)op;
	if (s->verb == TILL_QUERY)
		return TILL_NOT_FOUND;
	if (s->verb == TILL_REVERSE)
		return give_back(bad, s, outcome_r);
	if (s->verb != TILL_CHARGE)
		return host->fail(ctx, TILL_DECLINED, "verb", "no holds");
	post(outcome_r, "wallet", of, -micro, condition);
	if (bad->fault == ALL_FEES)
		post(outcome_r, "fees", NULL, micro, TILL_ALWAYS);
	else
		post(outcome_r, "till", to, micro, TILL_ALWAYS);
	if (bad->fault == GIVES_PAYER) {
		post(outcome_r, "wallet", s->payer, TILL_MICRO, TILL_ALWAYS);
		post(outcome_r, "fees", NULL, -TILL_MICRO, TILL_ALWAYS);
	}
	if (bad->fault == TOO_LITTLE) {
		outcome_r->postings[0].micro += 1;
		outcome_r->postings[1].micro -= 1;
	}
	if (bad->fault == FEE_OF_ALL && micro == bad->fee.micro) {
		outcome_r->postings[1].micro = 0;
		post(outcome_r, "fees", NULL, micro, TILL_ALWAYS);
	}
	outcome_r->moved = s->amount;
	if (bad->fault == MOVED_OTHER)
		outcome_r->moved.micro++;
	return TILL_COMMITTED;
}

static enum till_result
give_back(const struct bad *bad, const struct till_settlement *s,
    struct till_outcome *outcome)
{
	const char *to = bad->fault == BACK_TO_ANOTHER ? "bob" : s->payer;
	const int64_t micro =
	    bad->fault == TAKES_AGAIN ? -s->amount.micro : s->amount.micro;

	post(outcome, "wallet", to, micro, TILL_IF_COVERED);
	post(outcome, "till", s->payee, -micro, TILL_IF_COVERED);
	return TILL_REVERSED;
}

static void
post(struct till_outcome *outcome, const char *class, const char *id,
    int64_t micro, enum till_condition condition)
{
	struct till_posting *posting =
	    &outcome->postings[outcome->postings_len++];

	(void)snprintf(posting->account, sizeof(posting->account), "%s%s%s",
	    class, id != NULL ? ":" : "", id != NULL ? id : "");
	posting->micro = micro;
	posting->condition = condition;
}
