/*
 * settlement.c - digests and postings of settlements outside the ledger.
 */
#include <stdio.h>
#include <string.h>

#include "log/log.h"
#include "rear/settlement.h"
#include "sha256.h"

#define DIGEST_TEXT_MAX 512

static bool sound(const struct till_outcome *, const struct ledger_order *,
    struct ledger_request *);
static void post(struct ledger_request *, const char *,
    const struct till_money *, int64_t);

int
settlement_digest(struct till_settlement *settlement)
{
	char text[DIGEST_TEXT_MAX];
	int verb = (int)settlement->verb;
	int n;

	if (settlement->verb == TILL_QUERY)
		verb = (int)TILL_CHARGE;
	n = snprintf(text, sizeof(text), "%d\n%s\n%s\n%lld\n%s\n%s\n", verb,
	    settlement->payer, settlement->payee,
	    (long long)settlement->amount.micro, settlement->amount.currency,
	    settlement->original);
	if (n < 0 || n >= DIGEST_TEXT_MAX)
		return -1;
	return sha256(text, (size_t)n, settlement->digest);
}

bool
settlement_postings(const struct till_outcome *outcome,
    const struct ledger_order *order, struct ledger_request *request)
{
	const struct till_money *amount = &order->amount;
	char account[TILL_ACCOUNT_MAX];

	if (outcome->moved.currency[0] != '\0' &&
	    (!till_money_same_currency(&outcome->moved, amount) ||
		outcome->moved.micro != amount->micro))
		return false;
	request->postings_len = 0;
	request->err.text[0] = '\0';
	if (outcome->postings_len > 0 && sound(outcome, order, request))
		return true;
	(void)snprintf(account, sizeof(account), "till:%s", order->merchant);
	request->postings_len = 0;
	post(request, "bank:clearing", amount, -amount->micro);
	post(request, account, amount, amount->micro);
	return true;
}

void
settlement_say(const struct ledger_order *order,
    const struct ledger_request *request)
{
	if (request->err.text[0] == '\0')
		return;
	log_line(TILL_LOG_ERROR, "settle.postings", "ticket", order->th,
	    "merchant", order->merchant, "jti", order->jti, "instance",
	    order->instance, "error", request->err.text, NULL);
}

/* Would the ledger take them?  Then they are the request's. */
static bool
sound(const struct till_outcome *outcome, const struct ledger_order *order,
    struct ledger_request *request)
{
	uint32_t i;

	if (outcome->postings_len > TILL_POSTINGS_MAX) {
		(void)till_fail(&request->err, "too many postings");
		return false;
	}
	for (i = 0; i < outcome->postings_len; i++)
		post(request, outcome->postings[i].account, &order->amount,
		    outcome->postings[i].micro);
	return ledger_may_pay(order, request) == LEDGER_DONE;
}

static void
post(struct ledger_request *request, const char *account,
    const struct till_money *amount, int64_t micro)
{
	struct ledger_posting *posting =
	    &request->postings[request->postings_len++];

	memset(posting, 0, sizeof(*posting));
	(void)snprintf(posting->account, sizeof(posting->account), "%s",
	    account);
	posting->amount = *amount;
	posting->amount.micro = micro;
	posting->condition = TILL_ALWAYS;
}

const char *
settlement_via(const char *module)
{
	static const char prefix[] = "settle_";

	if (strncmp(module, prefix, sizeof(prefix) - 1) == 0)
		module += sizeof(prefix) - 1;
	return module;
}
