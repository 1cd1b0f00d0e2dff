/*
 * refund_answer.c - what the payment server says to a request for a refund.
 *
 * Only an answer that says so in full ends a refund: whatever else comes is
 * as no answer.
 */
#include <string.h>

#include <till/refund.h>

#include "claims.h"

#define BODY_MAX 8192 /* octets of an answer */

static int read_made(struct claims *, const struct till_refund *,
    struct till_refund_answer *, struct till_error *);
static int is_of(struct claims *, const struct till_refund *,
    struct till_error *);
static int read_refused(struct claims *, unsigned int,
    struct till_refund_answer *, struct till_error *);

static const struct {
	const char *name;
	enum till_refund_end end;
} states[] = { { "done", TILL_REFUND_DONE }, { "pending", TILL_REFUND_PENDING },
	{ "returned", TILL_REFUND_RETURNED } };

int
till_refund_answer_read(const struct till_refund *refund, unsigned int status,
    const char *body, size_t len, struct till_refund_answer *answer_r,
    struct till_error *err)
{
	struct till_refund_answer answer = { .end = TILL_REFUND_NONE };
	json_t *object = NULL;
	char text[BODY_MAX];
	struct claims claims = { .within = "", .text = text, .left = len };
	int r;

	memset(answer_r, 0, sizeof(*answer_r));
	answer_r->end = TILL_REFUND_AGAIN;
	if (len > BODY_MAX)
		return till_fail(err, "the answer has more than %d octets",
		    BODY_MAX);
	if (claims_load(body, len, "the answer", &object, err) == -1)
		return -1;
	claims.object = object;
	r = status == 200 ? read_made(&claims, refund, &answer, err)
			  : read_refused(&claims, status, &answer, err);
	json_decref(object);
	if (r == 0)
		*answer_r = answer;
	return r;
}

static int
read_made(struct claims *claims, const struct till_refund *refund,
    struct till_refund_answer *answer, struct till_error *err)
{
	const char *amount, *currency, *state;
	int64_t txn;
	size_t i;

	if (is_of(claims, refund, err) == -1 ||
	    claims_text(claims, "amount", &amount, err) == -1 ||
	    claims_text(claims, "currency", &currency, err) == -1 ||
	    claims_text(claims, "state", &state, err) == -1 ||
	    claims_int(claims, "txn", &txn, err) == -1 ||
	    claims_int(claims, "time", &answer->time_s, err) == -1 ||
	    till_money_parse(amount, currency, &answer->amount, err) == -1)
		return -1;
	answer->txn = (uint64_t)txn;
	if (refund->amount.currency[0] != '\0' &&
	    (answer->amount.micro != refund->amount.micro ||
		!till_money_same_currency(&answer->amount, &refund->amount)))
		return till_fail(err, "amount: is not what was asked for");
	for (i = 0; i < sizeof(states) / sizeof(states[0]); i++)
		if (strcmp(states[i].name, state) == 0)
			answer->end = states[i].end;
	return answer->end != TILL_REFUND_NONE
	    ? 0
	    : till_fail(err, "state: is none that is known");
}

static int
is_of(struct claims *claims, const struct till_refund *refund,
    struct till_error *err)
{
	const struct {
		const char *name, *value;
	} members[] = { { "merchant", refund->iss }, { "jti", refund->tjti },
		{ "refund", refund->jti } };
	const char *value;
	size_t i;

	for (i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
		if (claims_text(claims, members[i].name, &value, err) == -1)
			return -1;
		if (strcmp(value, members[i].value) != 0)
			return till_fail(err, "%s: is that of another refund",
			    members[i].name);
	}
	return 0;
}

/* A status below 500 says that nothing was done; its reason is that of the
 * problem, or the last word of its type. */
static int
read_refused(struct claims *claims, unsigned int status,
    struct till_refund_answer *answer, struct till_error *err)
{
	const char *type, *reason, *detail, *colon;

	if (claims_text(claims, "type", &type, err) == -1 ||
	    claims_text_opt(claims, "reason", &reason, err) == -1 ||
	    claims_text_opt(claims, "detail", &detail, err) == -1)
		return -1;
	colon = strrchr(type, ':');
	if (reason == NULL)
		reason = colon == NULL ? type : colon + 1;
	answer->end = status >= 400 && status < 500 ? TILL_REFUND_REFUSED
						    : TILL_REFUND_AGAIN;
	(void)snprintf(answer->reason, sizeof(answer->reason), "%s", reason);
	(void)snprintf(answer->detail, sizeof(answer->detail), "%s",
	    detail == NULL ? "" : detail);
	return 0;
}
