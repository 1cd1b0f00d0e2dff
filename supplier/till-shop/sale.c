/*
 * sale.c - what a line of the sales register holds.
 */
#include <stdlib.h>
#include <string.h>

#include "sale.h"

json_t *
sale_to_json(const struct catalogue *c, const struct sale *sale)
{
	const char *issuer = sale->server < c->servers_len
	    ? c->servers[sale->server].issuer
	    : "";
	json_t *lines = json_array();
	size_t i;

	for (i = 0; i < sale->lines_len; i++)
		(void)json_array_append_new(lines,
		    json_pack("{s:s,s:I,s:I}", "article",
			sale->lines[i].article, "qty",
			(json_int_t)sale->lines[i].qty, "price",
			(json_int_t)sale->lines[i].price_micro));
	return json_pack("{s:s,s:s,s:s,s:i,s:I,s:o,s:b,s:I,s:b,s:s,s:s,s:b,"
			 "s:s,s:s,s:s*,s:s*,s:s,s:I,s:s*,s:s}",
	    "id", sale->id, "session", sale->session, "customer",
	    sale->customer, "state", (int)sale->state, "time",
	    (json_int_t)sale->time_s, "lines", lines, "basket", sale->basket,
	    "total", (json_int_t)sale->total_micro, "needs_delivery",
	    sale->needs_delivery, "recipient", sale->recipient, "address",
	    sale->address, "needs_identity", sale->needs_identity, "identity",
	    sale->identity, "identity_jti", sale->identity_jti,
	    "identity_ticket", sale->identity_ticket, "ticket", sale->ticket,
	    "server", issuer, "txn", (json_int_t)sale->txn, "voucher",
	    sale->voucher, "reason", sale->reason);
}

struct sale *
sale_from_json(const struct catalogue *c, json_t *json)
{
	const char *id, *session, *customer, *recipient, *address, *identity,
	    *identity_jti, *reason, *issuer, *article,
	    *identity_ticket = NULL, *ticket = NULL, *voucher = NULL;
	json_int_t time_s, total, txn, qty, price;
	int state, basket, needs_delivery, needs_identity;
	struct sale sale = { 0 };
	json_t *lines, *line;

	if (json_unpack(json,
		"{s:s,s:s,s:s,s:i,s:I,s:o,s:b,s:I,s:b,s:s,s:s,s:b,s:s,s:s,"
		"s?s,s?s,s:s,s:I,s?s,s:s}",
		"id", &id, "session", &session, "customer", &customer, "state",
		&state, "time", &time_s, "lines", &lines, "basket", &basket,
		"total", &total, "needs_delivery", &needs_delivery, "recipient",
		&recipient, "address", &address, "needs_identity",
		&needs_identity, "identity", &identity, "identity_jti",
		&identity_jti, "identity_ticket", &identity_ticket, "ticket",
		&ticket, "server", &issuer, "txn", &txn, "voucher", &voucher,
		"reason", &reason) == -1)
		return NULL;
	if (json_array_size(lines) > SHOP_LINES_MAX || state < SALE_OPEN ||
	    state > SALE_REFUSED)
		return NULL;
	for (; sale.lines_len < json_array_size(lines); sale.lines_len++) {
		line = json_array_get(lines, sale.lines_len);
		if (json_unpack(line, "{s:s,s:I,s:I}", "article", &article,
			"qty", &qty, "price", &price) == -1)
			return NULL;
		(void)snprintf(sale.lines[sale.lines_len].article,
		    sizeof(sale.lines[0].article), "%s", article);
		sale.lines[sale.lines_len].qty = (uint32_t)qty;
		sale.lines[sale.lines_len].price_micro = price;
	}
	(void)snprintf(sale.id, sizeof(sale.id), "%s", id);
	(void)snprintf(sale.session, sizeof(sale.session), "%s", session);
	(void)snprintf(sale.customer, sizeof(sale.customer), "%s", customer);
	(void)snprintf(sale.recipient, sizeof(sale.recipient), "%s", recipient);
	(void)snprintf(sale.address, sizeof(sale.address), "%s", address);
	(void)snprintf(sale.identity, sizeof(sale.identity), "%s", identity);
	(void)snprintf(sale.identity_jti, sizeof(sale.identity_jti), "%s",
	    identity_jti);
	(void)snprintf(sale.reason, sizeof(sale.reason), "%s", reason);
	sale.state = (enum sale_state)state;
	sale.time_s = time_s;
	sale.basket = basket != 0;
	sale.total_micro = total;
	sale.needs_delivery = needs_delivery != 0;
	sale.needs_identity = needs_identity != 0;
	while (sale.server < c->servers_len &&
	    strcmp(c->servers[sale.server].issuer, issuer) != 0)
		sale.server++;
	sale.txn = (uint64_t)txn;
	/* sale_copy only reads what these point to. */
	sale.identity_ticket = (char *)(uintptr_t)identity_ticket;
	sale.ticket = (char *)(uintptr_t)ticket;
	sale.voucher = (char *)(uintptr_t)voucher;
	return sale_copy(&sale);
}

struct sale *
sale_copy(const struct sale *sale)
{
	struct sale *copy;

	copy = malloc(sizeof(*copy));
	if (copy == NULL)
		return NULL;
	*copy = *sale;
	copy->ticket = sale->ticket == NULL ? NULL : strdup(sale->ticket);
	copy->voucher = sale->voucher == NULL ? NULL : strdup(sale->voucher);
	copy->identity_ticket = sale->identity_ticket == NULL
	    ? NULL
	    : strdup(sale->identity_ticket);
	if ((sale->ticket != NULL && copy->ticket == NULL) ||
	    (sale->voucher != NULL && copy->voucher == NULL) ||
	    (sale->identity_ticket != NULL && copy->identity_ticket == NULL)) {
		sale_free(copy);
		return NULL;
	}
	return copy;
}

void
sale_free(struct sale *sale)
{
	if (sale == NULL)
		return;
	free(sale->ticket);
	free(sale->identity_ticket);
	free(sale->voucher);
	free(sale);
}
