/*
 * order_ticket.c - verify a ticket from its octets.
 *
 * The front has looked at it, and proves nothing: here the signature is
 * verified with a key of the merchant, and everything is compared that
 * ties the ticket to this server and to that merchant.  What a merchant
 * or the configuration may have changed since the ticket was taken up
 * keeps new orders away only: whoever has paid gets the voucher.
 */
#include <stdlib.h>
#include <string.h>

#include "rear/run.h"

/* A key that is looked for, and whose it is. */
struct search {
	struct merchants *merchants;
	struct merchant *merchant; /* counted */
	bool inactive;
};

static bool refuse(struct order_run *, const char *, const char *);
static const struct till_key *find_key(void *, const char *);
static bool check(struct order_run *, const struct till_ticket *,
    const struct merchant *);
static void check_open(struct purchase *, const struct merchant *);
static void close_order(struct purchase *, const char *, const char *);

bool
order_ticket(struct order_run *run, char *token)
{
	struct search search = { .merchants = run->rear->merchants };
	struct purchase *purchase = purchase_new(strlen(token));
	struct till_error err;

	if (purchase == NULL) {
		free(token);
		run->answer.status = STATUS_BUSY;
		return false;
	}
	purchase->token = token;
	purchase->generation = rear_generation(run->rear);
	run->purchase = purchase;
	if (till_ticket_open(token, purchase->token_len, find_key, &search,
		&purchase->ticket, &err) == -1) {
		if (search.merchant == NULL)
			return refuse(run, "unknown-key", err.text);
		purchase->merchant = search.merchant;
		return refuse(run, "ticket", err.text);
	}
	purchase->merchant = search.merchant;
	memcpy(purchase->channel, run->request.channel, ORDER_CHANNEL_MAX);
	if (purchase->ticket->lang != NULL &&
	    strlen(purchase->ticket->lang) < ORDER_LANG_MAX)
		memcpy(purchase->lang, purchase->ticket->lang,
		    strlen(purchase->ticket->lang) + 1);
	if (purchase_make_lines(purchase) == -1) {
		run->answer.status = STATUS_BUSY;
		return false;
	}
	if (search.inactive)
		close_order(purchase, "inactive-key",
		    "this key signs no new tickets");
	return check(run, purchase->ticket, purchase->merchant);
}

void
order_validity(struct order_run *run)
{
	/* How long it may be valid was asked when it came, and a bound that
	 * is shorter by now must not hide that its time is over. */
	run->purchase->expired =
	    till_ticket_valid(run->purchase->ticket, run->rear->issuer,
		run->now_s, TILL_LIFETIME_MAX) == TILL_EXPIRED;
}

/* What is no ticket of ours leaves no trace but a line of the log. */
static bool
refuse(struct order_run *run, const char *code, const char *text)
{
	run->answer.status = STATUS_INVALID;
	code_set(run->answer.code, code);
	(void)snprintf(run->answer.text, sizeof(run->answer.text), "%s", text);
	return false;
}

static const struct till_key *
find_key(void *arg, const char *kid)
{
	struct search *search = arg;
	const struct till_key *key;
	bool active = false;

	merchant_unref(search->merchant);
	search->merchant = merchants_of_key(search->merchants, kid);
	if (search->merchant == NULL)
		return NULL;
	key = merchant_key(search->merchant, kid, &active);
	search->inactive = !active;
	return key;
}

static bool
check(struct order_run *run, const struct till_ticket *ticket,
    const struct merchant *merchant)
{
	if (strcmp(ticket->iss, merchant->mid) != 0)
		return refuse(run, "wrong-issuer",
		    "iss: is not the owner of the key");
	check_open(run->purchase, merchant);
	switch (till_ticket_valid(ticket, run->rear->issuer, run->now_s,
	    atomic_load(&run->rear->ticket_lifetime_s))) {
	case TILL_VALID:
	case TILL_EXPIRED: /* the order may be settled long since */
		return true;
	case TILL_WRONG_AUDIENCE:
		return refuse(run, "audience",
		    "aud: is not this payment server");
	case TILL_NOT_YET:
		return refuse(run, "not-yet", "iat: lies in the future");
	case TILL_TOO_LONG:
		close_order(run->purchase, "lifetime",
		    "exp: the ticket is valid for too long");
		return true;
	case TILL_VALIDITY_NONE:
		break;
	}
	return refuse(run, "ticket", "the validity cannot be said");
}

/* What the merchant may have changed since an order was taken up. */
static void
check_open(struct purchase *purchase, const struct merchant *merchant)
{
	const struct till_ticket *ticket = purchase->ticket;

	if (!merchant->active)
		close_order(purchase, "merchant-suspended",
		    "iss: the merchant is suspended");
	if (!merchant_has_url(merchant, ticket->ret))
		close_order(purchase, "return-url",
		    "ret: is not registered for the merchant");
	if (ticket->cancel != NULL &&
	    !merchant_has_url(merchant, ticket->cancel))
		close_order(purchase, "cancel-url",
		    "cancel: is not registered for the merchant");
}

/* The first reason is the one that is told. */
static void
close_order(struct purchase *purchase, const char *code, const char *text)
{
	if (purchase->closed != NULL)
		return;
	purchase->closed = code;
	purchase->closed_text = text;
}
