/*
 * settle_bonus - pay from the wallet, and get a part of it back as bonus.
 *
 *	module bonus settle_bonus per-mille=20 max="1.00 EUR"
 *
 * The customer pays from wallet:CUSTOMER; the merchant's till gets it all
 * but the bonus, which goes to points:CUSTOMER.  Who has enough points
 * pays with them.  An example of a settle module that is built outside of
 * till: it proposes postings, and the server's ledger makes them.
 */
#include <string.h>

#include <till/module.h>

#define MILLE 1000

struct bonus {
	int64_t per_mille;
	struct till_money max; /* of one bonus */
	int with_points;
};

static enum till_result bonus_settle(const struct till_host *,
    struct till_context *, const void *, const struct till_settlement *,
    struct till_outcome *, struct till_op *);
static void move(const struct bonus *, const struct till_settlement *,
    struct till_outcome *, int64_t sign);
static int64_t bonus_of(const struct bonus *, const struct till_money *);
static void post(struct till_outcome *, const char *class_of, const char *owner,
    int64_t micro, enum till_condition);

static const struct till_setting settings[] = {
	{ "per-mille", TILL_SET_INT, 0, offsetof(struct bonus, per_mille), "20",
	    0, MILLE, NULL, "of a payment that come back as bonus" },
	{ "max", TILL_SET_MONEY, 0, offsetof(struct bonus, max), NULL, 0, 0,
	    NULL, "the largest bonus" },
	{ "with-points", TILL_SET_BOOL, 0, offsetof(struct bonus, with_points),
	    "no", 0, 0, NULL, "pay with points, and get no bonus" },
	TILL_SETTING_END
};

#define CAPS (TILL_CAP_THREADSAFE | TILL_CAP_LEDGER | TILL_CAP_REVERSE)

TILL_MODULE("settle_bonus", "1.0", TILL_SETTLE, CAPS){
	TILL_MODULE_HEAD("settle_bonus", "1.0", TILL_SETTLE, CAPS),
	.settings = settings,
	.instance_size = sizeof(struct bonus),
	.settle = bonus_settle,
};

static enum till_result
bonus_settle(const struct till_host *host, struct till_context *ctx,
    const void *self, const struct till_settlement *s,
    struct till_outcome *outcome_r, struct till_op *op)
{
	(void)op;
	switch (s->verb) {
	case TILL_CHARGE:
		move(self, s, outcome_r, 1);
		return TILL_COMMITTED;
	case TILL_REVERSE:
		move(self, s, outcome_r, -1);
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

/* Whoever gives in a charge must have it; in a reversal the till must. */
static void
move(const struct bonus *bonus, const struct till_settlement *s,
    struct till_outcome *outcome_r, int64_t sign)
{
	const int64_t all = s->amount.micro;
	const int64_t back =
	    bonus->with_points ? 0 : bonus_of(bonus, &s->amount);
	const char *from = bonus->with_points ? "points:" : "wallet:";

	post(outcome_r, from, s->payer, -sign * all,
	    sign > 0 ? TILL_IF_COVERED : TILL_ALWAYS);
	post(outcome_r, "till:", s->payee, sign * (all - back),
	    sign > 0 ? TILL_ALWAYS : TILL_IF_COVERED);
	if (back != 0)
		post(outcome_r, "points:", s->payer, sign * back, TILL_ALWAYS);
	outcome_r->moved = s->amount;
}

/* In whole cents, downwards; amounts are millionths. */
static int64_t
bonus_of(const struct bonus *bonus, const struct till_money *amount)
{
	const int64_t cent = TILL_MICRO / 100;
	int64_t back = amount->micro / MILLE * bonus->per_mille;

	back -= back % cent;
	if (strcmp(bonus->max.currency, amount->currency) == 0 &&
	    back > bonus->max.micro)
		back = bonus->max.micro;
	return back;
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
