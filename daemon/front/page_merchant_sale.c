/*
 * page_merchant_sale.c - one sale: what was paid, what was given back, and the
 * voucher again.
 */
#include <stdio.h>
#include <string.h>

#include "front/merchant_priv.h"
#include "ticket_peek.h"

#define KEY_MAX 64
#define PATH_MAX_OCTETS 64

static void put_facts(struct page *, const json_t *);
static void put_row(struct page *, const char *, const char *);
static void put_money_row(struct page *, const char *, const char *);
static void put_goods_of(struct page *, const json_t *);
static void put_way(struct page *, const char *);
static void put_refunds(struct page *, const json_t *);
static void put_refund(struct page *, const json_t *);
static void put_voucher(struct page *, const json_t *);

void
page_sale(struct work *work, const json_t *sale)
{
	struct page page;

	page_merchant_begin(&page, work, "sale.title");
	page_open(&page);
	put_element(&page, "h1", "sale.title");
	put_merchant_links(&page, "");
	put_facts(&page, sale);
	put_refunds(&page, json_object_get(sale, "refunds"));
	put_voucher(&page, sale);
	page_close(&page);
}

static void
put_facts(struct page *page, const json_t *sale)
{
	char serial[32];

	(void)snprintf(serial, sizeof(serial), "%lld",
	    (long long)json_integer_value(json_object_get(sale, "serial")));
	put(page, "<dl class=\"facts\">\n");
	put_goods_of(page, sale);
	put_money_row(page, "total", doc_get(sale, "amount"));
	put_money_row(page, "refunded", doc_get(sale, "refunded"));
	put_money_row(page, "sale.fee", doc_get(sale, "fee"));
	put_row(page, "sale.order", doc_get(sale, "jti"));
	put(page, "<div><dt>");
	put_word(page, "time");
	put(page, "</dt><dd>");
	put_time(page, doc_time(sale, "time"));
	put(page, "</dd></div>\n");
	put_way(page, doc_get(sale, "via"));
	put_row(page, "serial", serial);
	put(page, "</dl>\n");
}

static void
put_row(struct page *page, const char *key, const char *text)
{
	put(page, "<div><dt>");
	put_word(page, key);
	put(page, "</dt><dd>");
	put_foreign(page, text, FOREIGN_MAX);
	put(page, "</dd></div>\n");
}

static void
put_money_row(struct page *page, const char *key, const char *amount)
{
	if (amount[0] == '\0')
		return;
	put(page, "<div><dt>");
	put_word(page, key);
	put(page, "</dt><dd><strong>");
	put_doc_money(page, amount);
	put(page, "</strong></dd></div>\n");
}

/* As the ticket says it, which the merchant has signed. */
static void
put_goods_of(struct page *page, const json_t *sale)
{
	const char *token = doc_get(sale, "ticket");
	struct till_ticket *ticket = NULL;
	struct till_error err;

	if (ticket_peek(token, strlen(token), &ticket, &err) == -1)
		return;
	put_goods(page, ticket);
	till_ticket_free(ticket);
}

/* In the catalogue's words, or its own where there are none. */
static void
put_way(struct page *page, const char *via)
{
	char key[KEY_MAX];

	(void)snprintf(key, sizeof(key), "from.%.32s", via);
	put(page, "<div><dt>");
	put_word(page, "from");
	put(page, "</dt><dd>");
	if (catalogue_word(page->words, key) != NULL)
		put_word(page, key);
	else
		put_foreign(page, via, FOREIGN_MAX);
	put(page, "</dd></div>\n");
}

static void
put_refunds(struct page *page, const json_t *refunds)
{
	size_t i;

	if (json_array_size(refunds) == 0)
		return;
	put_element(page, "h2", "sale.refunds");
	put(page, "<table class=\"lines\">\n<thead><tr><th scope=\"col\">");
	put_word(page, "statement.time");
	put(page, "</th><th scope=\"col\">");
	put_word(page, "sale.state");
	put(page, "</th><th scope=\"col\" class=\"number\">");
	put_word(page, "statement.amount");
	put(page, "</th></tr></thead>\n<tbody>\n");
	for (i = 0; i < json_array_size(refunds); i++)
		put_refund(page, json_array_get(refunds, i));
	put(page, "</tbody>\n</table>\n");
}

static void
put_refund(struct page *page, const json_t *refund)
{
	const char *note = doc_get(refund, "note");
	char key[KEY_MAX];

	(void)snprintf(key, sizeof(key), "refund.%.32s",
	    doc_get(refund, "state"));
	put(page, "<tr><td>");
	put_time(page, doc_time(refund, "time"));
	put(page, "</td><td>");
	put_word(page, key);
	if (note[0] != '\0') {
		put(page, "<br><small>");
		put_foreign(page, note, FOREIGN_MAX);
		put(page, "</small>");
	}
	put(page, "</td><td class=\"number\">");
	put_doc_money(page, doc_get(refund, "amount"));
	put(page, "</td></tr>\n");
}

/* Without one the sale is as true. */
static void
put_voucher(struct page *page, const json_t *sale)
{
	const char *voucher = doc_get(sale, "voucher");
	char path[PATH_MAX_OCTETS];

	if (voucher[0] == '\0')
		return;
	(void)snprintf(path, sizeof(path), "/merchant/sales/%lld/voucher",
	    (long long)json_integer_value(json_object_get(sale, "serial")));
	put_element(page, "h2", "receipt.voucher");
	put_element(page, "p", "sale.voucher-text");
	put(page, "<pre tabindex=\"0\">");
	text_html(&page->text, voucher);
	put(page, "</pre>\n<p class=\"file\"><a href=\"");
	put_account_path(page, path, "");
	put(page, "\">");
	put_word(page, "sale.voucher-file");
	put(page, "</a></p>\n");
}
