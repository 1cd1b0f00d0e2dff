/*
 * order_sign.c - the voucher or the refusal of what the ledger holds.
 */
#include <string.h>

#include "log/log.h"
#include "rear/clock.h"
#include "rear/run.h"

static void put_refunded(struct order_run *);
static enum step sign_voucher(struct order_run *);
static enum step sign_refusal(struct order_run *);
static void keep(struct order_run *, int64_t);
static enum step failed(struct order_run *, const struct till_error *);
static bool may_know(const struct order_run *);

static const char *const open_words[] = { "no-answer", "not-settled",
	"bank_unavailable", "unavailable" };

enum step
order_sign(struct order_run *run)
{
	struct answer *answer = &run->answer;
	struct till_error err;
	int64_t paid_ms;

	run->intended = false; /* the order has ended */
	if (!run->settled)
		return sign_refusal(run);
	if (ledger_order_paid_ms(run->rear->ledger, &run->stored, &paid_ms,
		&err) == -1)
		return failed(run, &err);
	answer->status = STATUS_PAID;
	answer->reason = TILL_REASON_NONE;
	answer->code[0] = '\0';
	answer->txn = run->stored.serial;
	answer->time_s = paid_ms / 1000;
	answer->unasked = run->stored.unasked;
	memcpy(answer->via, run->stored.via, sizeof(answer->via));
	put_refunded(run);
	run->purchase->paid = true;
	if (!run->newly && run->kept.token == NULL)
		(void)orders_recent(run->rear->orders, run->claim.mid,
		    run->claim.jti, clock_ms(), &run->kept);
	if (run->kept.token != NULL && clock_ms() < run->kept.until_ms) {
		answer->voucher = sealed_ref(run->kept.token);
		return run_on(run, STAGE_ANSWER);
	}
	return sign_voucher(run);
}

static void
put_refunded(struct order_run *run)
{
	struct till_money refunded = run->stored.amount;

	refunded.micro = run->stored.refunded_micro;
	if (refunded.micro != 0)
		(void)till_money_print(&refunded, run->answer.refunded);
}

static enum step
sign_voucher(struct order_run *run)
{
	int64_t lifetime_ms = atomic_load(&run->rear->voucher_lifetime_ms);
	struct till_error err;
	struct ledger_order order;

	/* A kept voucher that has aged meanwhile: the ledger has it all. */
	if (run->kept.token != NULL) {
		if (ledger_order_get(run->rear->ledger, run->claim.mid,
			run->claim.jti, &order, &err) != 0)
			return failed(run, &err);
		run->stored = order;
		run->has_stored = true;
	}
	if (voucher_make(run->rear, run->purchase->ticket, &run->stored,
		lifetime_ms / 1000, &run->answer.voucher, &err) == -1)
		return failed(run, &err);
	keep(run, lifetime_ms);
	return run_on(run, STAGE_ANSWER);
}

static enum step
sign_refusal(struct order_run *run)
{
	int64_t lifetime_ms = atomic_load(&run->rear->voucher_lifetime_ms);
	struct answer *answer = &run->answer;
	struct till_error err;

	answer->status = STATUS_REFUSED;
	if (run->stored.state == ORDER_CANCELLED)
		answer->status = STATUS_CANCELLED;
	else if (run->stored.state == ORDER_EXPIRED)
		answer->status = STATUS_EXPIRED;
	answer->reason = run->stored.reason;
	answer->time_s = run->stored.time_ms / 1000;
	code_set(answer->code, may_know(run) ? run->stored.code : "refused");
	if (refusal_make(run->rear, run->purchase->ticket, &run->stored,
		lifetime_ms / 1000, &answer->voucher, &err) == -1)
		return failed(run, &err);
	return run_on(run, STAGE_ANSWER);
}

/* Given again as long as more than half of its life is left. */
static void
keep(struct order_run *run, int64_t lifetime_ms)
{
	struct voucher_kept *kept = &run->kept;

	sealed_unref(kept->token);
	kept->token = sealed_ref(run->answer.voucher);
	memcpy(kept->th, run->stored.th, sizeof(kept->th));
	memcpy(kept->customer, run->stored.customer, sizeof(kept->customer));
	memcpy(kept->via, run->stored.via, sizeof(kept->via));
	kept->unasked = run->stored.unasked;
	kept->txn = run->stored.serial;
	kept->refunded_micro = run->stored.refunded_micro;
	kept->time_s = run->answer.time_s;
	kept->until_ms = clock_ms() + lifetime_ms / 2;
	run->keep = true;
	orders_keep(run->rear->orders, run->claim.mid, run->claim.jti,
	    clock_ms(), kept);
	sealed_unref(run->answer.voucher);
	run->answer.voucher = sealed_ref(kept->token);
}

/* The order has ended as it has: only the seal is missing, and a repeated
 * request will get it. */
static enum step
failed(struct order_run *run, const struct till_error *err)
{
	log_line(TILL_LOG_ERROR, "voucher.not-signed", "ticket",
	    run->purchase->ticket->th, "error", err->text, NULL);
	return run_answer(run, STATUS_PENDING);
}

/* The precise word is for the customer alone, but for what says something
 * of the network only: who has lost his conversation, as by a crash, reads
 * it as well. */
static bool
may_know(const struct order_run *run)
{
	size_t i;

	if (run->stored.state != ORDER_REFUSED || run->newly)
		return true;
	for (i = 0; i < sizeof(open_words) / sizeof(open_words[0]); i++)
		if (strcmp(run->stored.code, open_words[i]) == 0)
			return true;
	return run->purchase->shown &&
	    strcmp(run->purchase->customer, run->stored.customer) == 0;
}
