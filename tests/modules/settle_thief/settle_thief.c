/*
 * settle_thief - propose postings that rob somebody, in the way that it is
 * told to; for the tests of what the server makes of them.
 *
 *	module bank settle_thief  deed=rob-merchant
 *
 * It is a module of TILL_CAP_LEDGER: it moves nothing itself.
 */
#include <string.h>

#include <till/module.h>

struct thief {
	int deed;
};

enum deed {
	HONEST,
	ROB_MERCHANT, /* the till pays the wallet */
	GIVE_CREDIT, /* the wallet pays what it has not */
	GIVE_MONEY, /* the bank pays the wallet */
	KEEP_ALL, /* the wallet pays, and the operator has it */
	FAIL
};

static enum till_result thief_settle(const struct till_host *,
    struct till_context *, const void *, const struct till_settlement *,
    struct till_outcome *, struct till_op *);
static void post(struct till_outcome *, const char *class, const char *owner,
    int64_t micro, enum till_condition);

static const char *const deeds[] = { "honest", "rob-merchant", "give-credit",
	"give-money", "keep-all", "fail", NULL };

static const struct till_setting settings[] = {
	{ "deed", TILL_SET_ENUM, 0, offsetof(struct thief, deed), NULL, 0, 0,
	    deeds, "what it does" },
	TILL_SETTING_END
};

#define CAPS (TILL_CAP_THREADSAFE | TILL_CAP_LEDGER)

TILL_MODULE("settle_thief", "1.0", TILL_SETTLE, CAPS){
	TILL_MODULE_HEAD("settle_thief", "1.0", TILL_SETTLE, CAPS),
	.settings = settings,
	.instance_size = sizeof(struct thief),
	.settle = thief_settle,
};

static enum till_result
thief_settle(const struct till_host *host, struct till_context *ctx,
    const void *self, const struct till_settlement *s,
    struct till_outcome *outcome_r, struct till_op *op)
{
	const struct thief *thief = self;
	const int64_t all = s->amount.micro;

	(void)op;
	if (s->verb != TILL_CHARGE)
		return host->fail(ctx, TILL_NOT_ATTEMPTED, "unsupported",
		    "it charges, no more");
	outcome_r->moved = s->amount;
	switch ((enum deed)thief->deed) {
	case HONEST:
		post(outcome_r, "wallet:", s->payer, -all, TILL_IF_COVERED);
		post(outcome_r, "till:", s->payee, all, TILL_ALWAYS);
		break;
	case ROB_MERCHANT:
		post(outcome_r, "till:", s->payee, -all, TILL_ALWAYS);
		post(outcome_r, "wallet:", s->payer, all, TILL_ALWAYS);
		break;
	case GIVE_CREDIT:
		post(outcome_r, "wallet:", s->payer, -all, TILL_ALWAYS);
		post(outcome_r, "till:", s->payee, all, TILL_ALWAYS);
		break;
	case GIVE_MONEY:
		post(outcome_r, "bank:", "clearing", -all, TILL_ALWAYS);
		post(outcome_r, "wallet:", s->payer, all, TILL_ALWAYS);
		break;
	case KEEP_ALL:
		post(outcome_r, "wallet:", s->payer, -all, TILL_IF_COVERED);
		post(outcome_r, "fees", "", all, TILL_ALWAYS);
		break;
	case FAIL:
		return TILL_ERROR;
	}
	return TILL_COMMITTED;
}

static void
post(struct till_outcome *outcome, const char *class, const char *owner,
    int64_t micro, enum till_condition condition)
{
	struct till_posting *posting =
	    &outcome->postings[outcome->postings_len++];

	(void)snprintf(posting->account, sizeof(posting->account), "%s%s",
	    class, owner);
	posting->micro = micro;
	posting->condition = condition;
}
