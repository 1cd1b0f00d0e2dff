/*
 * judge.c - what an answer of the payment server means for the order; the
 * table is in pay.c.
 */
#include <string.h>

#include "judge.h"
#include "sealed.h"
#include "shown.h"

#define REASON_MAX 100 /* octets of a reason that is shown */
#define PROBLEM "urn:till:problem:"
#define SAME_TICKET "the same ticket again will tell, and is paid at most once"

static enum pay_end judge_open(struct pay_order *, struct till_error *);
static enum pay_end judge_end(struct pay_order *, struct till_error *);
static enum pay_end not_taken(const struct pay_order *, struct till_error *);
static bool may_be_paid(const struct pay_order *);
static bool says(const struct pay_order *, const char *name, const char *text);
static const char *why(const struct pay_order *, char *buf);

enum pay_end
judge_heard(struct pay_order *order, struct till_error *err)
{
	order->waits = false;
	if (order->status == 200 || order->status == 403)
		return judge_end(order, err);
	if (order->status == 202 && says(order, "status", "open"))
		return judge_open(order, err);
	if (order->status != 202 && order->status != 404 &&
	    order->status != 429 && order->status < 500)
		return not_taken(order, err);
	order->pending = order->pending || order->status == 202;
	if (order->sent == PAY_SENT_ANSWER) {
		order->unheard = true;
		order->gone = order->gone || order->status == 404;
	}
	order->waits = true;
	return PAY_NONE;
}

enum pay_end
judge_unheard(struct pay_order *order, enum post_end end,
    const struct till_error *reason, struct till_error *err)
{
	json_decref(order->report->answer);
	order->report->answer = NULL;
	if (end == POST_UNSENT && !may_be_paid(order)) {
		till_error_set(err, "%.150s; " PAY_NOT_TOLD, reason->text);
		return PAY_UNAVAILABLE;
	}
	/* Nothing becomes of what was not sent. */
	if (end != POST_UNSENT && order->sent == PAY_SENT_ANSWER)
		order->unheard = true;
	order->waits = true;
	return PAY_NONE;
}

enum pay_end
judge_late(const struct pay_order *order, struct till_error *err)
{
	if (may_be_paid(order)) {
		till_error_set(err,
		    "the payment server does not know yet; " SAME_TICKET);
		return PAY_UNKNOWN;
	}
	till_error_set(err,
	    "the payment server does not take the order; " PAY_NOT_TOLD);
	return PAY_UNAVAILABLE;
}

/* Prompts after an answer was lost are not answered by ourselves: it may
 * have been wrong, may yet be on its way, or has paid. */
static enum pay_end
judge_open(struct pay_order *order, struct till_error *err)
{
	if (!order->unheard)
		return PAY_NONE;
	till_error_set(err,
	    "what became of the answer was not heard, and the payment server "
	    "asks again; " SAME_TICKET);
	return PAY_UNKNOWN;
}

/* It says that the order is over, or somebody on the way does. */
static enum pay_end
judge_end(struct pay_order *order, struct till_error *err)
{
	char buf[SHOWN_MAX];

	if (order->status == 200 && says(order, "status", "paid") &&
	    sealed_paid(pay_said(order, "voucher"), order->bill))
		return PAY_PAID;
	if (order->status == 403 &&
	    sealed_refused(pay_said(order, "refusal"), order->bill)) {
		till_error_set(err, "refused: %s; you have not been charged",
		    why(order, buf));
		return PAY_REFUSED;
	}
	if (order->status == 403 && says(order, "type", PROBLEM "refused") &&
	    says(order, "code", "already-paid")) {
		till_error_set(err,
		    "refused: somebody else has paid this ticket; you have "
		    "not been charged");
		return PAY_REFUSED;
	}
	if (order->status == 403 && says(order, "type", PROBLEM "declined") &&
	    !may_be_paid(order)) {
		till_error_set(err,
		    "the payment server declines it: %s; " PAY_NOT_PAID,
		    why(order, buf));
		return PAY_UNAVAILABLE;
	}
	till_error_set(err,
	    "whether this ticket is paid was not told: %s; " SAME_TICKET,
	    why(order, buf));
	return PAY_UNKNOWN;
}

/* Not a word about what is given already. */
static enum pay_end
not_taken(const struct pay_order *order, struct till_error *err)
{
	char buf[SHOWN_MAX];

	if (may_be_paid(order)) {
		till_error_set(err,
		    "whether this ticket is paid was not "
		    "told: %s; " SAME_TICKET,
		    why(order, buf));
		return PAY_UNKNOWN;
	}
	till_error_set(err, "the payment server does not take it: %s",
	    why(order, buf));
	return PAY_TICKET;
}

/* By this run, or, as was heard, by an earlier one. */
static bool
may_be_paid(const struct pay_order *order)
{
	return order->sent != PAY_SENT_LOOK || order->pending;
}

static bool
says(const struct pay_order *order, const char *name, const char *text)
{
	const char *said = pay_said(order, name);

	return said != NULL && strcmp(said, text) == 0;
}

static const char *
why(const struct pay_order *order, char *buf)
{
	const char *reason = shown(pay_said(order, "reason"), "no reason given",
	    REASON_MAX, buf);

	return pay_said(order, "detail") == NULL
	    ? reason
	    : shown(pay_said(order, "detail"), "no reason given", REASON_MAX,
		  buf);
}
