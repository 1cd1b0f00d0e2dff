/*
 * sign_in.c - a customer shows who he is, and buys nothing.
 *
 * The same way as an order's, as far as it concerns the customer: the auth
 * stack is asked about an order of kind "identity" that has no merchant and
 * no price, so a configuration may ask more of whoever wants to see an
 * account ("when kind == identity") than of whoever pays a small sum.  No
 * policy and no settlement: the ledger gets what the modules count or change
 * of the customer, his failures for one, and no order.  What a card signs is
 * bound to this very sign-in by a random hash where a ticket has its own.
 *
 * A sign-in to enrol is one before a credential is made or changed.  It is of
 * kind "enrol" beside "identity", so that a line may ask more of it; no session
 * answers for a line; and whatever the stack says, a customer who has a card
 * or a passkey must use one: by a password alone nobody gives himself a second
 * proof beside the one that there is.
 *
 * A merchant signs in likewise, with a password that is kept apart from those
 * of customers; his id stands where a customer's does, and only one line of
 * the auth stack is asked: order_auth.c.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/rand.h>

#include "base64url.h"
#include "rear/run.h"
#include "sha256.h"

/* The module whose credentials are second proofs. */
#define SECOND "auth_smartcard"

static bool is_second(const struct order_run *, const struct conf_rule *);
static int any(void *, const struct till_credential *);
static int make_ticket(struct order_run *);
static int make_payee(struct order_run *);
static bool is_limited(const struct order_run *);
static bool busy(struct order_run *);

bool
sign_in_begin(struct order_run *run)
{
	struct purchase *purchase = purchase_new(0);

	if (purchase == NULL)
		return busy(run);
	purchase->sign_in = true;
	purchase->of_merchant = run->request.action == ACTION_SIGN_IN_MERCHANT;
	purchase->enrol = run->request.enrol && !purchase->of_merchant;
	purchase->fresh = run->request.fresh || run->request.enrol;
	purchase->generation = rear_generation(run->rear);
	run->purchase = purchase;
	memcpy(purchase->channel, run->request.channel, ORDER_CHANNEL_MAX);
	if (make_ticket(run) == -1 || make_payee(run) == -1 ||
	    purchase_make_lines(purchase) == -1)
		return busy(run);
	return true;
}

/* One that was used is enough; so the first that he has is asked for, and
 * one that has answered otherwise is not asked again. */
int
sign_in_second(struct order_run *run, const struct conf_rule **rule_r)
{
	const struct purchase *purchase = run->purchase;
	const struct conf_stack *auth = &purchase->generation->conf->auth;
	const struct conf_rule *first = NULL;
	struct till_error err;
	size_t i;
	int r = 0;

	*rule_r = NULL;
	if (!purchase->enrol)
		return 0;
	for (i = 0; i < auth->len; i++)
		if (purchase->lines[i].result == TILL_GRANT &&
		    is_second(run, &auth->rules[i]))
			return 0;
	for (i = 0; i < auth->len && first == NULL && r != -1; i++) {
		if (!is_second(run, &auth->rules[i]))
			continue;
		r = ledger_credential_each(run->rear->ledger,
		    auth->rules[i].instance->name, purchase->customer, any,
		    NULL, &err);
		if (r == 1)
			first = &auth->rules[i];
	}
	*rule_r = first;
	return r == -1 ? -1 : 0;
}

enum step
sign_in_end(struct order_run *run)
{
	/* What was shown is for payments within those limits. */
	if (is_limited(run))
		return order_refuse(run, TILL_REASON_AUTH, "auth");
	if (!run->request.want_session)
		return run_answer(run, STATUS_READY);
	sign_in_remember(run);
	if (run->answer.session[0] == '\0')
		return run_busy(run);
	return run_answer(run, STATUS_SIGNED_IN);
}

const char *
run_subject(const struct order_run *run, const char *id,
    char subject_r[RUN_SUBJECT_MAX])
{
	return run->purchase->of_merchant ? run_subject_merchant(id, subject_r)
					  : id;
}

const char *
run_subject_merchant(const char *mid, char subject_r[RUN_SUBJECT_MAX])
{
	(void)snprintf(subject_r, RUN_SUBJECT_MAX, "@%s", mid);
	return subject_r;
}

static bool
is_second(const struct order_run *run, const struct conf_rule *rule)
{
	const struct instance *instance =
	    generation_instance(run->purchase->generation, rule);

	return instance != NULL &&
	    strcmp(instance_module(instance)->name, SECOND) == 0;
}

static int
any(void *arg, const struct till_credential *credential)
{
	(void)arg;
	(void)credential;
	return 1;
}

static int
make_ticket(struct order_run *run)
{
	struct till_ticket *ticket = calloc(1, sizeof(*ticket));
	unsigned char octets[SHA256_SIZE];

	if (ticket == NULL)
		return -1;
	run->purchase->ticket = ticket;
	if (RAND_bytes(octets, sizeof(octets)) != 1)
		return -1;
	(void)base64url_encode(octets, sizeof(octets), ticket->th);
	ticket->kind = TILL_KIND_IDENTITY;
	ticket->iss = ticket->jti = ticket->oid = ticket->desc = "";
	ticket->aud = run->rear->issuer;
	ticket->ret = "";
	ticket->iat = run->now_s;
	ticket->exp = run->now_s + SIGN_IN_S;
	return 0;
}

/* Nobody is paid. */
static int
make_payee(struct order_run *run)
{
	struct merchant *merchant = calloc(1, sizeof(*merchant) + 1);

	if (merchant == NULL)
		return -1;
	merchant->refs = 1;
	merchant->name = merchant->webhook = merchant->text;
	run->purchase->merchant = merchant;
	return 0;
}

static bool
is_limited(const struct order_run *run)
{
	const struct purchase *purchase = run->purchase;
	size_t i;

	for (i = 0; i < purchase->generation->conf->auth.len; i++)
		if (purchase->lines[i].result == TILL_GRANT &&
		    purchase->lines[i].limits_len > 0)
			return true;
	return false;
}

static bool
busy(struct order_run *run)
{
	run->answer.status = STATUS_BUSY;
	run->answer.retry_after_s = REAR_BUSY_S;
	return false;
}
