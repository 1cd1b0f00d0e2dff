/*
 * pages.c - the shop's pages before and beside an order: plain forms, no
 * script.
 */
#include <stdio.h>
#include <string.h>

#include "pages.h"

static void languages_list(struct html *);
static void article_row(struct html *, const struct shop *,
    const struct article *, int64_t discount);
static void customer_form(struct html *, const struct visitor *,
    int64_t discount);
static void line_row(struct html *, const struct catalogue *,
    const struct sale_line *, int64_t price, bool basket);

void
page_catalogue(struct html *h, const struct shop *shop,
    const struct visitor *visitor)
{
	const struct catalogue *c = shop->catalogue;
	int64_t discount = catalogue_discount(c, visitor->customer);
	size_t i;

	page_begin(h, shop, c->name);
	html_raw(h, "<section><ul class=\"goods\">");
	for (i = 0; i < c->articles_len; i++)
		article_row(h, shop, &c->articles[i], discount);
	html_raw(h, "</ul></section>");
	customer_form(h, visitor, discount);
	page_end(h);
}

void
page_basket(struct html *h, const struct shop *shop,
    const struct visitor *visitor)
{
	page_begin(h, shop, h->language->words[W_BASKET_TITLE]);
	html_raw(h, "<section>");
	if (visitor->basket_len == 0) {
		html_raw(h, "<p>");
		html_word(h, W_BASKET_EMPTY);
		html_raw(h, "</p>");
	} else {
		page_lines(h, shop, visitor->basket, visitor->basket_len,
		    catalogue_discount(shop->catalogue, visitor->customer),
		    true);
		html_raw(h,
		    "<form class=\"act\" method=\"post\" "
		    "action=\"/basket/buy\"><button class=\"main\">");
		html_word(h, W_BUY_BASKET);
		html_raw(h, "</button></form>");
	}
	html_raw(h, "<p><a href=\"/\">");
	html_word(h, W_SHOPPING);
	html_raw(h, "</a></p></section>");
	page_end(h);
}

void
page_message(struct html *h, const struct shop *shop, enum word title,
    enum word text, const char *order)
{
	page_begin(h, shop, h->language->words[title]);
	html_raw(h, "<section><p>");
	html_word(h, text);
	html_raw(h, "</p><p><a class=\"button\" href=\"");
	if (order != NULL) {
		html_raw(h, "/order/");
		html_text(h, order);
	} else {
		html_raw(h, "/");
	}
	html_raw(h, "\">");
	html_word(h, order != NULL ? W_BACK_ORDER : W_BACK_SHOP);
	html_raw(h, "</a></p></section>");
	page_end(h);
}

void
page_begin(struct html *h, const struct shop *shop, const char *title)
{
	char pieces[24];

	html_raw(h, "<!doctype html>\n<html lang=\"");
	html_raw(h, h->language->tag);
	html_raw(h,
	    "\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" "
	    "content=\"width=device-width,initial-scale=1\"><title>");
	html_text(h, title);
	html_raw(h,
	    "</title><link rel=\"stylesheet\" href=\"/style.css\">"
	    "<link rel=\"icon\" href=\"/icon.svg\">"
	    "</head><body><header><a href=\"/\">"
	    "<img src=\"/icon.svg\" alt=\"\"><bdi>");
	html_text(h, shop->catalogue->name);
	html_raw(h, "</bdi></a><nav><a href=\"/basket\">");
	(void)snprintf(pieces, sizeof(pieces), "%zu", h->basket);
	if (h->basket == 0)
		html_word(h, W_BASKET);
	else
		html_fill_plain(h, W_BASKET_COUNT, pieces);
	html_raw(h, "</a></nav></header><main><h1><bdi>");
	html_text(h, title);
	html_raw(h, "</bdi></h1>");
}

void
page_end(struct html *h)
{
	html_raw(h, "</main><footer>");
	languages_list(h);
	html_raw(h, "</footer></body></html>\n");
}

void
page_lines(struct html *h, const struct shop *shop,
    const struct sale_line *lines, size_t len, int64_t discount, bool basket)
{
	const struct catalogue *c = shop->catalogue;
	const struct article *a;
	int64_t price, sum = 0;
	size_t i;

	html_raw(h, "<table><thead><tr><th scope=\"col\">");
	html_word(h, W_GOODS);
	html_raw(h, "</th><th scope=\"col\" class=\"n\">");
	html_word(h, W_PIECES);
	html_raw(h, "</th><th scope=\"col\" class=\"n\">");
	html_word(h, W_PRICE);
	html_raw(h, "</th></tr></thead><tbody>");
	for (i = 0; i < len; i++) {
		a = catalogue_article(c, lines[i].article);
		price = !basket || a == NULL ? lines[i].price_micro
					     : catalogue_price(c, a, discount);
		sum += price * lines[i].qty;
		line_row(h, c, &lines[i], price, basket);
	}
	html_raw(h, "</tbody><tfoot><tr><th scope=\"row\" colspan=\"2\">");
	html_word(h, W_TOTAL);
	html_raw(h, "</th><td class=\"n\">");
	html_money(h, sum, c->currency);
	html_raw(h, "</td></tr></tfoot></table>");
}

/* The page's own language is said, the others lead to it. */
static void
languages_list(struct html *h)
{
	const struct language *one;
	size_t i;

	html_raw(h, "<nav aria-label=\"");
	html_word(h, W_LANGUAGES);
	html_raw(h, "\"><ul>");
	for (i = 0; (one = language_at(i)) != NULL; i++) {
		html_raw(h, "<li>");
		if (one == h->language) {
			html_raw(h, "<span aria-current=\"true\">");
			html_text(h, one->name);
			html_raw(h, "</span></li>");
			continue;
		}
		html_raw(h, "<a lang=\"");
		html_raw(h, one->tag);
		html_raw(h, "\" hreflang=\"");
		html_raw(h, one->tag);
		html_raw(h, "\" href=\"");
		html_text(h, h->here);
		html_raw(h, "?lang=");
		html_raw(h, one->tag);
		html_raw(h, "\">");
		html_text(h, one->name);
		html_raw(h, "</a></li>");
	}
	html_raw(h, "</ul></nav>");
}

static void
article_row(struct html *h, const struct shop *shop, const struct article *a,
    int64_t discount)
{
	html_raw(h, "<li><div><h2><bdi>");
	html_text(h, a->title);
	html_raw(h, "</bdi></h2>");
	if (a->blurb[0] != '\0') {
		html_raw(h, "<p><bdi>");
		html_text(h, a->blurb);
		html_raw(h, "</bdi></p>");
	}
	html_raw(h, "</div><span class=\"price\">");
	html_money(h, catalogue_price(shop->catalogue, a, discount),
	    shop->catalogue->currency);
	html_raw(h,
	    "</span><span class=\"acts\"><form method=\"post\" "
	    "action=\"/buy/");
	html_text(h, a->id);
	html_raw(h, "\"><button class=\"main\" aria-label=\"");
	html_fill_plain(h, W_BUY_WHAT, a->title);
	html_raw(h, "\">");
	html_word(h, W_BUY);
	html_raw(h,
	    "</button></form> <form method=\"post\" "
	    "action=\"/basket/add\"><input type=\"hidden\" "
	    "name=\"article\" value=\"");
	html_text(h, a->id);
	html_raw(h, "\"><button aria-label=\"");
	html_fill_plain(h, W_TO_BASKET_WHAT, a->title);
	html_raw(h, "\">");
	html_word(h, W_TO_BASKET);
	html_raw(h, "</button></form></span></li>");
}

static void
customer_form(struct html *h, const struct visitor *visitor, int64_t discount)
{
	struct till_money m = { .micro = discount, .currency = "EUR" };
	char number[TILL_MONEY_MAX], decimal[LANGUAGE_TEXT_MAX],
	    percent[LANGUAGE_TEXT_MAX + 4];

	html_raw(h, "<section><h2>");
	html_word(h, W_ASK_CUSTOMER);
	html_raw(h, "</h2>");
	if (visitor->customer[0] != '\0') {
		(void)snprintf(percent, sizeof(percent), "%s\302\240%%",
		    language_decimal(h->language, till_money_print(&m, number),
			decimal));
		html_raw(h, "<p>");
		html_fill(h, W_CUSTOMER_YOU, visitor->customer, percent);
		html_raw(h, "</p>");
	}
	html_raw(h,
	    "<form class=\"row\" method=\"post\" action=\"/customer\">"
	    "<label>");
	html_word(h, W_CUSTOMER_NUMBER);
	html_raw(h,
	    "<input type=\"text\" name=\"customer\" maxlength=\"32\" "
	    "autocapitalize=\"none\" spellcheck=\"false\" value=\"");
	html_text(h, visitor->customer);
	html_raw(h, "\"></label><button>");
	html_word(h, W_SHOW_PRICES);
	html_raw(h, "</button></form></section>");
}

static void
line_row(struct html *h, const struct catalogue *c,
    const struct sale_line *line, int64_t price, bool basket)
{
	const struct article *a = catalogue_article(c, line->article);
	const char *title = a == NULL ? line->article : a->title;
	struct till_money each = { .micro = price };
	char money[LANGUAGE_TEXT_MAX];

	memcpy(each.currency, c->currency, sizeof(each.currency));
	html_raw(h, "<tr><td><bdi>");
	html_text(h, title);
	html_raw(h, "</bdi>");
	if (line->qty > 1) {
		html_raw(h, "<small>");
		html_fill(h, W_GOODS_EACH,
		    language_money(h->language, &each, money), NULL);
		html_raw(h, "</small>");
	}
	if (basket) {
		html_raw(h,
		    "<form method=\"post\" action=\"/basket/remove\"><input "
		    "type=\"hidden\" name=\"article\" value=\"");
		html_text(h, line->article);
		html_raw(h, "\"><button aria-label=\"");
		html_fill_plain(h, W_REMOVE_WHAT, title);
		html_raw(h, "\">");
		html_word(h, W_REMOVE);
		html_raw(h, "</button></form>");
	}
	html_raw(h, "</td><td class=\"n\">");
	html_number(h, line->qty);
	html_raw(h, "</td><td class=\"n\">");
	html_money(h, price * line->qty, c->currency);
	html_raw(h, "</td></tr>");
}
