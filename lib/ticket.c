/*
 * ticket.c - make a ticket, and judge one at a glance.
 */
#include <string.h>

#include <till/ticket.h>

#include "emit.h"
#include "jws.h"
#include "rules.h"
#include "ticket_types.h"
#include "vat.h"

static void emit_ticket(struct emit *, const struct till_ticket *);
static void emit_items(struct emit *, const struct till_ticket *);

const char *const ticket_types[] = { "till-ticket+jwt", "till-id-ticket+jwt",
	NULL };

const char *
till_kind_name(enum till_kind kind)
{
	switch (kind) {
	case TILL_KIND_SINGLE:
		return "single";
	case TILL_KIND_BASKET:
		return "basket";
	case TILL_KIND_IDENTITY:
		return "identity";
	case TILL_KIND_NONE:
		break;
	}
	return NULL;
}

enum till_kind
till_kind_from_name(const char *name)
{
	static const enum till_kind kinds[] = { TILL_KIND_SINGLE,
		TILL_KIND_BASKET, TILL_KIND_IDENTITY };
	size_t i;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (strcmp(name, till_kind_name(kinds[i])) == 0)
			return kinds[i];
	}
	return TILL_KIND_NONE;
}

const char *
ticket_type(enum till_kind kind)
{
	return ticket_types[kind == TILL_KIND_IDENTITY ? 1 : 0];
}

int
till_ticket_sign(struct till_ticket *ticket, const struct till_key *key,
    char **token_r, struct till_error *err)
{
	char payload[JWS_PAYLOAD_MAX];
	struct emit out = { .buf = payload, .size = sizeof(payload) };

	if (ticket_rules(ticket, err) == -1)
		return -1;
	emit_ticket(&out, ticket);
	if (out.full)
		return till_fail(err, "a token has at most %d octets",
		    TILL_TOKEN_MAX);
	return jws_sign(key, ticket_type(ticket->kind), payload, out.len,
	    token_r, ticket->th, err);
}

enum till_validity
till_ticket_valid(const struct till_ticket *ticket, const char *aud,
    int64_t now, int64_t lifetime_max)
{
	if (strcmp(ticket->aud, aud) != 0)
		return TILL_WRONG_AUDIENCE;
	if (ticket->exp - ticket->iat > lifetime_max)
		return TILL_TOO_LONG;
	if (ticket->iat > now + TILL_CLOCK_SKEW)
		return TILL_NOT_YET;
	if (ticket->exp <= now - TILL_CLOCK_SKEW)
		return TILL_EXPIRED;
	return TILL_VALID;
}

int
till_ticket_form(const char *token, size_t len, struct till_error *err)
{
	return jws_form(token, len, ticket_types, err);
}

static void
emit_ticket(struct emit *out, const struct till_ticket *ticket)
{
	char amount[TILL_MONEY_MAX];

	emit_open(out, NULL, '{');
	emit_text(out, "iss", ticket->iss);
	emit_text(out, "aud", ticket->aud);
	emit_text(out, "jti", ticket->jti);
	emit_int(out, "iat", ticket->iat);
	emit_int(out, "exp", ticket->exp);
	emit_text(out, "kind", till_kind_name(ticket->kind));
	emit_text(out, "oid", ticket->oid);
	emit_text(out, "desc", ticket->desc);
	emit_text_opt(out, "cid", ticket->cid);
	emit_text(out, "amount", till_money_print(&ticket->amount, amount));
	emit_text(out, "currency", ticket->amount.currency);
	vat_emit(out, ticket->vat, ticket->vat_len, ticket->amount.currency);
	emit_items(out, ticket);
	emit_text(out, "ret", ticket->ret);
	emit_text_opt(out, "cancel", ticket->cancel);
	emit_text_opt(out, "lang", ticket->lang);
	emit_text_opt(out, "ship", ticket->ship);
	emit_close(out, '}');
}

static void
emit_items(struct emit *out, const struct till_ticket *ticket)
{
	char price[TILL_MONEY_MAX];
	struct till_money money = ticket->amount;
	const struct till_item *item;
	size_t i;

	if (ticket->items_len == 0)
		return;
	emit_open(out, "items", '[');
	for (i = 0; i < ticket->items_len; i++) {
		item = &ticket->items[i];
		money.micro = item->price_micro;
		emit_open(out, NULL, '{');
		emit_text(out, "oid", item->oid);
		emit_text(out, "desc", item->desc);
		emit_int(out, "qty", item->qty);
		emit_text(out, "price", till_money_print(&money, price));
		emit_text_opt(out, "url", item->url);
		emit_close(out, '}');
	}
	emit_close(out, ']');
}
