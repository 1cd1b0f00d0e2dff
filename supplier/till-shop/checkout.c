/*
 * checkout.c - from goods to ticket, from voucher to delivery.
 *
 * Whatever changes a sale is registered before anybody is told of it.
 */
#include <stdlib.h>
#include <string.h>

#include "shop.h"

static enum voucher_taken bring(struct shop *, const struct visitor *,
    size_t server, const struct till_voucher *, const char *token,
    char id_r[SHOP_ID_MAX], struct till_error *);
static int64_t sum_lines(const struct sale *, struct till_error *);
static bool needs_to_be_known(const struct sale *);
static int make_identity_ticket(struct shop *, struct sale *, const char *lang,
    struct till_error *);
static int make_ticket(struct shop *, struct sale *, const char *lang,
    struct till_error *);
static size_t ticket_items(const struct shop *, const struct sale *,
    struct till_item *);
static size_t ticket_vat(const struct shop *, const struct sale *,
    struct till_vat *);
static int open_ticket(struct shop *, const char *token, struct till_ticket **,
    struct till_error *);
static enum voucher_taken accept(struct shop *, struct sale *,
    const struct till_voucher *, const char *token, struct till_error *);
static enum voucher_taken accept_refusal(struct shop *, struct sale *,
    const struct till_voucher *, struct till_error *);
static enum voucher_taken write_down(struct shop *, const struct sale *,
    struct till_error *);
static const struct till_key *own_key(void *, const char *kid);

int
checkout_begin(struct shop *shop, const struct visitor *visitor,
    const struct sale_line *lines, size_t len, bool basket,
    char id_r[SHOP_ID_MAX], struct till_error *err)
{
	const struct catalogue *c = shop->catalogue;
	int64_t discount = catalogue_discount(c, visitor->customer);
	struct sale sale = { .state = SALE_OPEN, .basket = basket };
	const struct article *article;

	if (len == 0 || len > SHOP_LINES_MAX)
		return till_fail(err, "there is nothing to buy");
	if (shop_random_id(sale.id, err) == -1)
		return -1;
	(void)snprintf(sale.session, sizeof(sale.session), "%s", visitor->id);
	(void)snprintf(sale.customer, sizeof(sale.customer), "%s",
	    visitor->customer);
	sale.time_s = shop_now();
	for (; sale.lines_len < len; sale.lines_len++) {
		article = catalogue_article(c, lines[sale.lines_len].article);
		if (article == NULL)
			return till_fail(err, "this article is no longer sold");
		sale.lines[sale.lines_len] = lines[sale.lines_len];
		sale.lines[sale.lines_len].price_micro =
		    catalogue_price(c, article, discount);
		if (article->place[0] != '\0')
			sale.needs_delivery = true;
	}
	sale.total_micro = sum_lines(&sale, err);
	if (sale.total_micro == -1)
		return -1;
	sale.needs_identity = c->identity_above_micro >= 0 &&
	    sale.total_micro > c->identity_above_micro;
	if (sales_put(shop->sales, &sale, err) == -1)
		return -1;
	memcpy(id_r, sale.id, SHOP_ID_MAX);
	return 0;
}

int
checkout_delivery(struct shop *shop, const char *id, const char *recipient,
    const char *address, struct till_error *err)
{
	struct sale *sale;
	int r = -1;

	if (!till_text_ok(recipient, SHOP_FIELD_MAX - 1) ||
	    !till_text_ok(address, SHOP_FIELD_MAX - 1))
		return till_fail(err, "please give a name and an address");
	sales_lock(shop->sales);
	sale = sales_get(shop->sales, id);
	if (sale == NULL)
		till_fail(err, "there is no such order");
	else if (sale->state != SALE_OPEN)
		till_fail(err, "this order can no longer be changed");
	else {
		(void)snprintf(sale->recipient, sizeof(sale->recipient), "%s",
		    recipient);
		(void)snprintf(sale->address, sizeof(sale->address), "%s",
		    address);
		r = sales_put(shop->sales, sale, err);
	}
	sale_free(sale);
	sales_unlock(shop->sales);
	return r;
}

int
checkout_ticket(struct shop *shop, const char *id, size_t server,
    const char *lang, struct till_error *err)
{
	struct sale *sale;
	int r = -1;

	sales_lock(shop->sales);
	sale = sales_get(shop->sales, id);
	if (sale == NULL) {
		till_fail(err, "there is no such order");
		goto out;
	}
	if (sale->state != SALE_OPEN && sale->state != SALE_TICKETED) {
		till_fail(err, "this order has ended");
		goto out;
	}
	if (sale->needs_delivery && sale->recipient[0] == '\0') {
		till_fail(err, "please say first who collects the goods");
		goto out;
	}
	/* The server is chosen once: a ticket names it. */
	if (sale->ticket == NULL && sale->identity_ticket == NULL &&
	    server < shop->catalogue->servers_len)
		sale->server = server;
	if (sale->server >= shop->catalogue->servers_len) {
		till_fail(err, "this payment server is no longer used");
		goto out;
	}
	r = needs_to_be_known(sale)
	    ? make_identity_ticket(shop, sale, lang, err)
	    : make_ticket(shop, sale, lang, err);
out:
	sales_unlock(shop->sales);
	sale_free(sale);
	return r;
}

const char *
checkout_token(const struct sale *sale)
{
	return needs_to_be_known(sale) ? sale->identity_ticket : sale->ticket;
}

int
checkout_go(struct shop *shop, const struct sale *sale, char *url_r,
    size_t size, struct till_error *err)
{
	const char *token = checkout_token(sale);

	if (token == NULL)
		return till_fail(err, "no ticket was issued for this order");
	return servers_pay_url(shop->servers, sale->server, token, url_r, size,
	    err);
}

enum voucher_taken
checkout_return(struct shop *shop, const struct visitor *visitor,
    const char *token, char id_r[SHOP_ID_MAX], struct till_error *err)
{
	struct till_voucher *voucher = NULL;
	enum voucher_taken taken;
	bool later;
	size_t server;

	if (strlen(token) > TILL_TOKEN_MAX) {
		till_fail(err, "this is not a voucher");
		return VOUCHER_BAD;
	}
	if (servers_of(shop->servers, token, strlen(token), &server, err) == -1)
		return VOUCHER_BAD;
	if (server >= shop->catalogue->servers_len) {
		till_fail(err,
		    "the voucher is of no payment server of this shop");
		return VOUCHER_BAD;
	}
	if (servers_voucher(shop->servers, server, token, &voucher, &later,
		err) == -1)
		return later ? VOUCHER_LATER : VOUCHER_BAD;
	taken = bring(shop, visitor, server, voucher, token, id_r, err);
	till_voucher_free(voucher);
	return taken;
}

/* A voucher of this server to the sale that it is for. */
static enum voucher_taken
bring(struct shop *shop, const struct visitor *visitor, size_t server,
    const struct till_voucher *voucher, const char *token,
    char id_r[SHOP_ID_MAX], struct till_error *err)
{
	enum voucher_taken taken = VOUCHER_BAD;
	struct sale *sale;

	sales_lock(shop->sales);
	sale = sales_get(shop->sales, voucher->tjti);
	if (sale == NULL)
		sale = sales_get_by_identity(shop->sales, voucher->tjti);
	if (sale == NULL)
		till_fail(err, "the voucher is for no order of this shop");
	else if (strcmp(sale->session, visitor->id) != 0)
		till_fail(err, "the voucher belongs to another visitor");
	else if (sale->server != server)
		till_fail(err, "the voucher comes from another payment server");
	else if (voucher->type == TILL_VOUCHER_REFUSAL)
		taken = accept_refusal(shop, sale, voucher, err);
	else
		taken = accept(shop, sale, voucher, token, err);
	if (taken == VOUCHER_TAKEN)
		memcpy(id_r, sale->id, SHOP_ID_MAX);
	sales_unlock(shop->sales);
	sale_free(sale);
	return taken;
}

static int64_t
sum_lines(const struct sale *sale, struct till_error *err)
{
	struct till_money sum = { .micro = 0 }, price = { .micro = 0 }, line;
	size_t i;

	for (i = 0; i < sale->lines_len; i++) {
		price.micro = sale->lines[i].price_micro;
		if (!till_money_times(&price, sale->lines[i].qty, &line) ||
		    !till_money_add(&sum, &line, &sum) ||
		    sum.micro > TILL_MICRO_LIMIT) {
			till_fail(err, "the order is too large");
			return -1;
		}
	}
	return sum.micro;
}

/* Before he pays. */
static bool
needs_to_be_known(const struct sale *sale)
{
	return sale->needs_identity && sale->identity[0] == '\0';
}

static int
make_identity_ticket(struct shop *shop, struct sale *sale, const char *lang,
    struct till_error *err)
{
	char ret[TILL_URL_MAX + sizeof("/return")], desc[TILL_TEXT_MAX];
	struct till_ticket t = { .kind = TILL_KIND_IDENTITY };

	if (sale->identity_ticket != NULL)
		return 0;
	if (shop_random_id(sale->identity_jti, err) == -1)
		return -1;
	(void)snprintf(ret, sizeof(ret), "%s/return", shop->catalogue->url);
	(void)snprintf(desc, sizeof(desc), "Identity for order %s", sale->id);
	t.iss = shop->catalogue->servers[sale->server].merchant;
	t.aud = shop->catalogue->servers[sale->server].issuer;
	t.jti = sale->identity_jti;
	t.iat = shop_now();
	t.exp = t.iat + SHOP_TICKET_S;
	t.oid = sale->id;
	t.desc = desc;
	memcpy(t.amount.currency, shop->catalogue->currency,
	    sizeof(t.amount.currency));
	t.ret = ret;
	t.lang = lang;
	if (till_ticket_sign(&t, shop->key, &sale->identity_ticket, err) == -1)
		return -1;
	return sales_put(shop->sales, sale, err);
}

static int
make_ticket(struct shop *shop, struct sale *sale, const char *lang,
    struct till_error *err)
{
	struct till_item items[SHOP_LINES_MAX];
	struct till_vat vat[TILL_VAT_MAX];
	char ret[TILL_URL_MAX + sizeof("/return")], ship[TILL_TEXT_MAX];
	const struct article *first;
	struct till_ticket t = { .kind = TILL_KIND_SINGLE };

	if (sale->ticket != NULL)
		return 0;
	first = catalogue_article(shop->catalogue, sale->lines[0].article);
	if (first == NULL)
		return till_fail(err, "this article is no longer sold");
	(void)snprintf(ret, sizeof(ret), "%s/return", shop->catalogue->url);
	(void)snprintf(ship, sizeof(ship), "%.120s, %.120s", sale->recipient,
	    sale->address);
	t.iss = shop->catalogue->servers[sale->server].merchant;
	t.aud = shop->catalogue->servers[sale->server].issuer;
	t.jti = sale->id;
	t.iat = shop_now();
	t.exp = t.iat + SHOP_TICKET_S;
	t.oid = sale->basket ? sale->id : sale->lines[0].article;
	t.desc = sale->basket ? shop->catalogue->name : first->title;
	t.amount.micro = sale->total_micro;
	memcpy(t.amount.currency, shop->catalogue->currency,
	    sizeof(t.amount.currency));
	if (sale->basket) {
		t.kind = TILL_KIND_BASKET;
		t.items = items;
		t.items_len = ticket_items(shop, sale, items);
	}
	t.vat = vat;
	t.vat_len = ticket_vat(shop, sale, vat);
	t.ret = ret;
	t.lang = lang;
	t.ship = sale->needs_delivery ? ship : NULL;
	if (till_ticket_sign(&t, shop->key, &sale->ticket, err) == -1)
		return -1;
	sale->state = SALE_TICKETED;
	return sales_put(shop->sales, sale, err);
}

static size_t
ticket_items(const struct shop *shop, const struct sale *sale,
    struct till_item *items)
{
	const struct article *article;
	size_t i;

	for (i = 0; i < sale->lines_len; i++) {
		article =
		    catalogue_article(shop->catalogue, sale->lines[i].article);
		items[i] = (struct till_item){ .oid = sale->lines[i].article,
			.desc = article == NULL ? sale->lines[i].article
						: article->title,
			.qty = sale->lines[i].qty,
			.price_micro = sale->lines[i].price_micro };
	}
	return sale->lines_len;
}

/* One line per rate; a ninth rate and more go without. */
static size_t
ticket_vat(const struct shop *shop, const struct sale *sale,
    struct till_vat *vat)
{
	int64_t gross[TILL_VAT_MAX] = { 0 };
	const struct article *article;
	size_t i, j, len = 0;

	for (i = 0; i < sale->lines_len; i++) {
		article =
		    catalogue_article(shop->catalogue, sale->lines[i].article);
		if (article == NULL || article->vat_micro == 0)
			continue;
		for (j = 0; j < len; j++)
			if (vat[j].rate_micro == article->vat_micro)
				break;
		if (j == TILL_VAT_MAX)
			continue;
		if (j == len)
			vat[len++].rate_micro = article->vat_micro;
		gross[j] += sale->lines[i].price_micro * sale->lines[i].qty;
	}
	for (j = 0; j < len; j++)
		vat[j].amount_micro = vat_within(shop->catalogue->currency,
		    gross[j], vat[j].rate_micro);
	return len;
}

static int
open_ticket(struct shop *shop, const char *token, struct till_ticket **ticket_r,
    struct till_error *err)
{
	if (token == NULL)
		return till_fail(err, "no ticket was issued for this order");
	return till_ticket_open(token, strlen(token), own_key, shop->key,
	    ticket_r, err);
}

/*
 * The checks.  The signature has been verified with the keys of the
 * server that the ticket went to, and the sale is this visitor's.
 */
static enum voucher_taken
accept(struct shop *shop, struct sale *sale, const struct till_voucher *voucher,
    const char *token, struct till_error *err)
{
	bool identity = strcmp(voucher->tjti, sale->identity_jti) == 0;
	const char *iss = shop->catalogue->servers[sale->server].issuer;
	enum voucher_taken taken = VOUCHER_BAD;
	struct till_ticket *ticket = NULL;

	/* A reload brings the very voucher that was accepted before. */
	if (sale->voucher != NULL && strcmp(sale->voucher, token) == 0)
		return VOUCHER_TAKEN;
	if (open_ticket(shop, identity ? sale->identity_ticket : sale->ticket,
		&ticket, err) == -1)
		return VOUCHER_BAD;
	if (till_voucher_check(voucher, ticket, iss, shop_now(), err) == -1)
		goto out;
	if (identity) {
		(void)snprintf(sale->identity, sizeof(sale->identity), "%s",
		    voucher->sub);
		taken = write_down(shop, sale, err);
		goto out;
	}
	if (sale->needs_identity && strcmp(sale->identity, voucher->sub) != 0) {
		till_fail(err, "somebody else paid than was identified");
		goto out;
	}
	if (sale->state == SALE_PAID) {
		if (sale->txn == voucher->txn)
			taken = VOUCHER_TAKEN;
		else
			till_fail(err, "this order is already paid");
		goto out;
	}
	if (sales_txn_used(shop->sales, sale->server, voucher->txn, sale->id)) {
		till_fail(err, "this payment was used for another order");
		goto out;
	}
	sale->state = SALE_PAID;
	sale->txn = voucher->txn;
	free(sale->voucher);
	sale->voucher = strdup(token);
	if (sale->voucher == NULL) {
		till_fail(err, "out of memory");
		taken = VOUCHER_LATER;
		goto out;
	}
	taken = write_down(shop, sale, err);
out:
	till_ticket_free(ticket);
	return taken;
}

/* A refusal ends a sale that is not paid; it moves no money. */
static enum voucher_taken
accept_refusal(struct shop *shop, struct sale *sale,
    const struct till_voucher *voucher, struct till_error *err)
{
	bool identity = strcmp(voucher->tjti, sale->identity_jti) == 0;
	enum voucher_taken taken = VOUCHER_BAD;
	struct till_ticket *ticket = NULL;

	if (sale->state == SALE_PAID || sale->state == SALE_REFUSED)
		return VOUCHER_TAKEN;
	if (open_ticket(shop, identity ? sale->identity_ticket : sale->ticket,
		&ticket, err) == -1)
		return VOUCHER_BAD;
	if (strcmp(voucher->th, ticket->th) != 0 ||
	    strcmp(voucher->aud, ticket->iss) != 0 ||
	    strcmp(voucher->iss,
		shop->catalogue->servers[sale->server].issuer) != 0) {
		till_fail(err, "the refusal is for another ticket");
		goto out;
	}
	sale->state = SALE_REFUSED;
	(void)snprintf(sale->reason, sizeof(sale->reason), "%s",
	    till_reason_name(voucher->reason));
	taken = write_down(shop, sale, err);
out:
	till_ticket_free(ticket);
	return taken;
}

/* What the voucher says is right, so whoever brings it is not sent away for
 * what ails the shop. */
static enum voucher_taken
write_down(struct shop *shop, const struct sale *sale, struct till_error *err)
{
	return sales_put(shop->sales, sale, err) == 0 ? VOUCHER_TAKEN
						      : VOUCHER_LATER;
}

static const struct till_key *
own_key(void *key, const char *kid)
{
	return strcmp(till_key_id(key), kid) == 0 ? key : NULL;
}
