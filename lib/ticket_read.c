/*
 * ticket_read.c - open a ticket: verify, parse, check, in that order; or
 * look at one without its key, which proves nothing.
 */
#include <stdlib.h>
#include <string.h>

#include <till/ticket.h>

#include "claims.h"
#include "decimal.h"
#include "jws.h"
#include "rules.h"
#include "ticket_peek.h"
#include "ticket_types.h"
#include "vat.h"

/* What till_ticket_open returns, in one block: behind it the strings. */
struct opened {
	struct till_ticket ticket;
	struct till_vat vat[TILL_VAT_MAX];
	struct till_item items[];
};

static int read_jws(const struct jws *, struct till_ticket **,
    struct till_error *);
static int read_payload(const struct jws *, json_t *, struct till_ticket **,
    struct till_error *);
static int read_ticket(struct claims *, struct opened *, struct till_error *);
static int read_names(struct claims *, struct till_ticket *,
    struct till_error *);
static int read_goods(struct claims *, struct till_ticket *,
    struct till_error *);
static int read_amount(struct claims *, struct till_ticket *,
    struct till_error *);
static int read_optional(struct claims *, struct till_ticket *,
    struct till_error *);
static int read_items(struct claims *, struct opened *, struct till_error *);
static int read_item(struct claims *, struct till_item *, struct till_error *);

int
till_ticket_open(const char *token, size_t len, till_key_find *find, void *arg,
    struct till_ticket **ticket_r, struct till_error *err)
{
	struct jws jws;

	if (jws_open(token, len, ticket_types, find, arg, &jws, err) == -1)
		return -1;
	return read_jws(&jws, ticket_r, err);
}

int
ticket_peek(const char *token, size_t len, struct till_ticket **ticket_r,
    struct till_error *err)
{
	struct jws jws;

	if (jws_peek(token, len, ticket_types, &jws, err) == -1)
		return -1;
	return read_jws(&jws, ticket_r, err);
}

void
till_ticket_free(struct till_ticket *ticket)
{
	/* The ticket is the first member of its block. */
	free(ticket);
}

static int
read_jws(const struct jws *jws, struct till_ticket **ticket_r,
    struct till_error *err)
{
	json_t *object = NULL;
	int r;

	if (claims_load(jws->payload, jws->payload_len, "the payload", &object,
		err) == -1)
		return -1;
	r = read_payload(jws, object, ticket_r, err);
	json_decref(object);
	return r;
}

/*
 * The block is no larger than this ticket needs: nearly all are small,
 * and a large block costs the allocator more than all the rest here.
 */
static int
read_payload(const struct jws *jws, json_t *object,
    struct till_ticket **ticket_r, struct till_error *err)
{
	size_t items = json_array_size(json_object_get(object, "items"));
	struct claims claims = { .object = object,
		.within = "",
		.left = jws->payload_len };
	struct opened *opened;

	if (items > TILL_ITEMS_MAX)
		return till_fail(err, "items: must be a list of 1 to %d",
		    TILL_ITEMS_MAX);
	opened = calloc(1,
	    sizeof(*opened) + items * sizeof(opened->items[0]) +
		jws->payload_len);
	if (opened == NULL)
		return till_fail(err, "out of memory");
	claims.text = (char *)(opened->items + items);
	if (read_ticket(&claims, opened, err) == -1 ||
	    ticket_rules(&opened->ticket, err) == -1)
		goto refused;
	if (strcmp(ticket_type(opened->ticket.kind), jws->typ) != 0) {
		till_fail(err, "kind: does not belong to typ %s", jws->typ);
		goto refused;
	}
	memcpy(opened->ticket.th, jws->th, sizeof(opened->ticket.th));
	*ticket_r = &opened->ticket;
	return 0;
refused:
	free(opened);
	return -1;
}

static int
read_ticket(struct claims *claims, struct opened *opened,
    struct till_error *err)
{
	struct till_ticket *ticket = &opened->ticket;

	if (read_names(claims, ticket, err) == -1 ||
	    read_goods(claims, ticket, err) == -1 ||
	    read_amount(claims, ticket, err) == -1 ||
	    vat_read(claims, opened->vat, &ticket->vat_len, err) == -1 ||
	    read_items(claims, opened, err) == -1 ||
	    read_optional(claims, ticket, err) == -1)
		return -1;
	if (ticket->vat_len > 0)
		ticket->vat = opened->vat;
	if (ticket->items_len > 0)
		ticket->items = opened->items;
	return 0;
}

static int
read_names(struct claims *claims, struct till_ticket *ticket,
    struct till_error *err)
{
	if (claims_text(claims, "iss", &ticket->iss, err) == -1 ||
	    claims_text(claims, "aud", &ticket->aud, err) == -1 ||
	    claims_text(claims, "jti", &ticket->jti, err) == -1 ||
	    claims_int(claims, "iat", &ticket->iat, err) == -1 ||
	    claims_int(claims, "exp", &ticket->exp, err) == -1)
		return -1;
	return 0;
}

static int
read_goods(struct claims *claims, struct till_ticket *ticket,
    struct till_error *err)
{
	const char *kind;

	if (claims_text(claims, "kind", &kind, err) == -1 ||
	    claims_text(claims, "oid", &ticket->oid, err) == -1 ||
	    claims_text(claims, "desc", &ticket->desc, err) == -1)
		return -1;
	ticket->kind = till_kind_from_name(kind);
	return 0;
}

static int
read_amount(struct claims *claims, struct till_ticket *ticket,
    struct till_error *err)
{
	const char *amount, *currency;

	if (claims_text(claims, "amount", &amount, err) == -1 ||
	    claims_text(claims, "currency", &currency, err) == -1)
		return -1;
	return till_money_parse(amount, currency, &ticket->amount, err);
}

static int
read_optional(struct claims *claims, struct till_ticket *ticket,
    struct till_error *err)
{
	if (claims_text_opt(claims, "cid", &ticket->cid, err) == -1 ||
	    claims_text(claims, "ret", &ticket->ret, err) == -1 ||
	    claims_text_opt(claims, "cancel", &ticket->cancel, err) == -1 ||
	    claims_text_opt(claims, "lang", &ticket->lang, err) == -1 ||
	    claims_text_opt(claims, "ship", &ticket->ship, err) == -1)
		return -1;
	return 0;
}

static int
read_items(struct claims *claims, struct opened *opened, struct till_error *err)
{
	const json_t *list;
	struct claims one;
	size_t i;

	if (claims_list_opt(claims, "items", TILL_ITEMS_MAX, &list, err) == -1)
		return -1;
	for (i = 0; i < json_array_size(list); i++) {
		if (claims_enter(claims, json_array_get(list, i),
			"items: ", &one, err) == -1 ||
		    read_item(&one, &opened->items[i], err) == -1)
			return -1;
		claims_leave(claims, &one);
	}
	opened->ticket.items_len = json_array_size(list);
	return 0;
}

static int
read_item(struct claims *claims, struct till_item *item, struct till_error *err)
{
	const char *price;
	int64_t qty;

	if (claims_text(claims, "oid", &item->oid, err) == -1 ||
	    claims_text(claims, "desc", &item->desc, err) == -1 ||
	    claims_text_opt(claims, "url", &item->url, err) == -1 ||
	    claims_int(claims, "qty", &qty, err) == -1 ||
	    claims_text(claims, "price", &price, err) == -1)
		return -1;
	if (qty < 1 || qty > TILL_QTY_MAX)
		return till_fail(err, "items: qty must be from 1 to %d",
		    TILL_QTY_MAX);
	item->qty = (uint32_t)qty;
	return decimal_parse(price, "items: price", TILL_MICRO_LIMIT,
	    &item->price_micro, err);
}
