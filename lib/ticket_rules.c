/*
 * ticket_rules.c - what must hold for a ticket's claims.
 */
#include <string.h>

#include "rules.h"
#include "vat.h"

#define LANG_MAX 35 /* RFC 5646, 4.4.1 */
#define SUBTAG_MAX 8

static int names_check(const struct till_ticket *, struct till_error *);
static int goods_check(const struct till_ticket *, struct till_error *);
static int optional_check(const struct till_ticket *, struct till_error *);
static int items_check(const struct till_ticket *, struct till_error *);
static int item_check(const struct till_item *, struct till_error *);
static bool lang_ok(const char *);

int
ticket_rules(const struct till_ticket *ticket, struct till_error *err)
{
	if (names_check(ticket, err) == -1 || goods_check(ticket, err) == -1 ||
	    optional_check(ticket, err) == -1)
		return -1;
	return items_check(ticket, err);
}

static int
names_check(const struct till_ticket *ticket, struct till_error *err)
{
	if (rule_id("iss", ticket->iss, err) == -1 ||
	    rule_url("aud", ticket->aud, TILL_TEXT_MAX, err) == -1 ||
	    rule_jti("jti", ticket->jti, err) == -1 ||
	    rule_times(ticket->iat, ticket->exp, err) == -1)
		return -1;
	return 0;
}

static int
goods_check(const struct till_ticket *ticket, struct till_error *err)
{
	if (till_kind_name(ticket->kind) == NULL)
		return till_fail(err,
		    "kind: must be single, basket or identity");
	if (rule_text("oid", ticket->oid, err) == -1 ||
	    rule_text("desc", ticket->desc, err) == -1 ||
	    rule_amount(&ticket->amount, ticket->kind, err) == -1)
		return -1;
	return vat_check(ticket->vat, ticket->vat_len, err);
}

static int
optional_check(const struct till_ticket *ticket, struct till_error *err)
{
	if (ticket->cid != NULL && rule_id("cid", ticket->cid, err) == -1)
		return -1;
	if (rule_url("ret", ticket->ret, TILL_URL_MAX, err) == -1)
		return -1;
	if (ticket->cancel != NULL &&
	    rule_url("cancel", ticket->cancel, TILL_URL_MAX, err) == -1)
		return -1;
	if (ticket->lang != NULL && !lang_ok(ticket->lang))
		return till_fail(err, "lang: must be a tag of RFC 5646");
	if (ticket->ship != NULL && rule_text("ship", ticket->ship, err) == -1)
		return -1;
	return 0;
}

/* The lines of a basket must add up to its price, to the millionth. */
static int
items_check(const struct till_ticket *ticket, struct till_error *err)
{
	struct till_money sum = ticket->amount, line = ticket->amount;
	size_t i;

	if (ticket->kind != TILL_KIND_BASKET && ticket->items_len != 0)
		return till_fail(err, "items: only a basket has them");
	if (ticket->kind != TILL_KIND_BASKET)
		return 0;
	if (ticket->items_len < 1 || ticket->items_len > TILL_ITEMS_MAX)
		return till_fail(err, "items: must be a list of 1 to %d",
		    TILL_ITEMS_MAX);
	sum.micro = 0;
	for (i = 0; i < ticket->items_len; i++) {
		if (item_check(&ticket->items[i], err) == -1)
			return -1;
		line.micro = ticket->items[i].price_micro;
		if (!till_money_times(&line, ticket->items[i].qty, &line) ||
		    !till_money_add(&sum, &line, &sum))
			return till_fail(err, "items: the sum is too large");
	}
	if (sum.micro != ticket->amount.micro)
		return till_fail(err, "items: the sum is not the amount");
	return 0;
}

static int
item_check(const struct till_item *item, struct till_error *err)
{
	if (rule_text("items: oid", item->oid, err) == -1 ||
	    rule_text("items: desc", item->desc, err) == -1)
		return -1;
	if (item->url != NULL &&
	    rule_url("items: url", item->url, TILL_TEXT_MAX, err) == -1)
		return -1;
	if (item->qty < 1 || item->qty > TILL_QTY_MAX)
		return till_fail(err, "items: qty must be from 1 to %d",
		    TILL_QTY_MAX);
	if (item->price_micro < 0 || item->price_micro > TILL_MICRO_LIMIT)
		return till_fail(err, "items: price is out of bounds");
	return 0;
}

/* The outer form of a language tag: subtags of letters and digits. */
static bool
lang_ok(const char *lang)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz"
				      "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
	size_t len;

	if (strnlen(lang, LANG_MAX + 1) > LANG_MAX ||
	    strspn(lang, letters) == 0 || (*lang >= '0' && *lang <= '9'))
		return false;
	for (;;) {
		len = strspn(lang, letters);
		if (len == 0 || len > SUBTAG_MAX)
			return false;
		if (lang[len] == '\0')
			return true;
		if (lang[len] != '-')
			return false;
		lang += len + 1;
	}
}
