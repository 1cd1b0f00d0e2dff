/*
 * pages.c - the shop's pages: plain forms, no script.
 */
#include <string.h>
#include <time.h>

#include "pages.h"

static void begin(struct html *, const struct shop *, const char *title);
static void end(struct html *);
static void article_row(struct html *, const struct shop *,
    const struct article *, int64_t discount);
static void lines_table(struct html *, const struct shop *,
    const struct sale_line *, size_t, int64_t discount, bool removable);
static void delivery_form(struct html *, const struct sale *);
static void pay_form(struct html *, const struct shop *, const struct sale *);
static void goods(struct html *, const struct shop *, const struct sale *);
static void given_back(struct html *, const struct shop *, const struct sale *);
static void percent(struct html *, int64_t micro);

void
page_catalogue(struct html *h, const struct shop *shop,
    const struct visitor *visitor)
{
	const struct catalogue *c = shop->catalogue;
	int64_t discount = catalogue_discount(c, visitor->customer);
	size_t i;

	begin(h, shop, c->name);
	html_raw(h, "<section><ul class=\"goods\">");
	for (i = 0; i < c->articles_len; i++)
		article_row(h, shop, &c->articles[i], discount);
	html_raw(h, "</ul></section>");
	html_raw(h, "<section><h2>Are you a customer?</h2>");
	if (visitor->customer[0] != '\0') {
		html_raw(h, "<p>You are <b><bdi>");
		html_text(h, visitor->customer);
		html_raw(h, "</bdi></b>; your discount is ");
		percent(h, discount);
		html_raw(h, ".</p>");
	}
	html_raw(h,
	    "<form method=\"post\" action=\"/customer\"><label>Customer number"
	    "<input type=\"text\" name=\"customer\" maxlength=\"32\" value=\"");
	html_text(h, visitor->customer);
	html_raw(h,
	    "\"></label><button>Show my prices</button></form>"
	    "</section>");
	end(h);
}

void
page_basket(struct html *h, const struct shop *shop,
    const struct visitor *visitor)
{
	begin(h, shop, "Your basket");
	html_raw(h, "<section>");
	if (visitor->basket_len == 0) {
		html_raw(h, "<p>It is empty.</p>");
	} else {
		lines_table(h, shop, visitor->basket, visitor->basket_len,
		    catalogue_discount(shop->catalogue, visitor->customer),
		    true);
		html_raw(h,
		    "<p><form method=\"post\" action=\"/basket/buy\">"
		    "<button class=\"main\">Buy the "
		    "basket</button></form></p>");
	}
	html_raw(h, "<p><a href=\"/\">Go on shopping</a></p></section>");
	end(h);
}

void
page_order(struct html *h, const struct shop *shop, const struct sale *sale)
{
	begin(h, shop, "Your order");
	html_raw(h, "<p class=\"soft\">Order <bdi>");
	html_text(h, sale->id);
	html_raw(h, "</bdi></p><section>");
	lines_table(h, shop, sale->lines, sale->lines_len, 0, false);
	html_raw(h, "</section><section>");
	switch (sale->state) {
	case SALE_PAID:
		if (refunds_all_back(shop->refunds, sale))
			html_raw(h,
			    "<p>This order was given back. Nothing of it is "
			    "delivered any more.</p>");
		else
			goods(h, shop, sale);
		given_back(h, shop, sale);
		break;
	case SALE_REFUSED:
		html_raw(h, "<p>The payment did not take place (");
		html_text(h, sale->reason);
		html_raw(h,
		    "). You have not been charged.</p>"
		    "<p><a class=\"button\" href=\"/\">Back to the "
		    "shop</a></p>");
		break;
	case SALE_OPEN:
	case SALE_TICKETED:
		if (sale->needs_delivery && sale->state == SALE_OPEN)
			delivery_form(h, sale);
		if (!sale->needs_delivery || sale->recipient[0] != '\0')
			pay_form(h, shop, sale);
		break;
	case SALE_NONE:
		break;
	}
	html_raw(h, "</section>");
	end(h);
}

void
page_go(struct html *h, const struct shop *shop, const struct sale *sale,
    const char *url)
{
	begin(h, shop, "To the payment server");
	html_raw(h, "<section><p>You are on your way to <bdi>");
	html_text(h, shop->catalogue->servers[sale->server].name);
	html_raw(h, "</bdi>.</p><p><a class=\"button main\" href=\"");
	html_text(h, url);
	html_raw(h, "\">Continue</a></p></section>");
	end(h);
}

void
page_collection(struct html *h, const struct shop *shop,
    const struct sale *sale)
{
	const struct article *a;
	size_t i;

	begin(h, shop, "Collection document");
	html_raw(h, "<section><p>For <b><bdi>");
	html_text(h, sale->recipient);
	html_raw(h, "</bdi></b>, <bdi>");
	html_text(h, sale->address);
	html_raw(h,
	    "</bdi></p><table><tr><th>Goods</th><th>Place</th>"
	    "<th class=\"n\">Pieces</th></tr>");
	for (i = 0; i < sale->lines_len; i++) {
		a = catalogue_article(shop->catalogue, sale->lines[i].article);
		if (a == NULL || a->place[0] == '\0')
			continue;
		html_raw(h, "<tr><td>");
		html_text(h, a->title);
		html_raw(h, "</td><td>");
		html_text(h, a->place);
		html_raw(h, "</td><td class=\"n\">");
		html_number(h, sale->lines[i].qty);
		html_raw(h, "</td></tr>");
	}
	html_raw(h, "</table><p class=\"soft\">Order <bdi>");
	html_text(h, sale->id);
	html_raw(h, "</bdi>, payment number ");
	html_number(h, sale->txn);
	html_raw(h, ". Please bring this page along.</p></section>");
	end(h);
}

void
page_message(struct html *h, const struct shop *shop, const char *title,
    const char *text)
{
	begin(h, shop, title);
	html_raw(h, "<section><p>");
	html_text(h, text);
	html_raw(h,
	    "</p><p><a class=\"button\" href=\"/\">Back to the shop"
	    "</a></p></section>");
	end(h);
}

static void
begin(struct html *h, const struct shop *shop, const char *title)
{
	html_raw(h,
	    "<!doctype html>\n<html lang=\"en\"><head>"
	    "<meta charset=\"utf-8\"><meta name=\"viewport\" "
	    "content=\"width=device-width,initial-scale=1\">"
	    "<title>");
	html_text(h, title);
	html_raw(h,
	    "</title><link rel=\"stylesheet\" href=\"/style.css\">"
	    "<link rel=\"icon\" href=\"/icon.svg\">"
	    "</head><body><header><a href=\"/\">"
	    "<img src=\"/icon.svg\" alt=\"\"><bdi>");
	html_text(h, shop->catalogue->name);
	html_raw(h,
	    "</bdi></a><nav><a href=\"/basket\">Basket</a></nav>"
	    "</header><main><h1>");
	html_text(h, title);
	html_raw(h, "</h1>");
}

static void
end(struct html *h)
{
	html_raw(h, "</main></body></html>\n");
}

static void
article_row(struct html *h, const struct shop *shop, const struct article *a,
    int64_t discount)
{
	html_raw(h, "<li><div><b>");
	html_text(h, a->title);
	html_raw(h, "</b><p>");
	html_text(h, a->blurb);
	html_raw(h, "</p></div><span class=\"price\">");
	html_money(h, catalogue_price(shop->catalogue, a, discount),
	    shop->catalogue->currency);
	html_raw(h, "</span><span><form method=\"post\" action=\"/buy/");
	html_text(h, a->id);
	html_raw(h, "\"><button class=\"main\" aria-label=\"Buy ");
	html_text(h, a->title);
	html_raw(h,
	    "\">Buy</button></form> <form method=\"post\" "
	    "action=\"/basket/add\"><input type=\"hidden\" "
	    "name=\"article\" value=\"");
	html_text(h, a->id);
	html_raw(h, "\"><button aria-label=\"To basket: ");
	html_text(h, a->title);
	html_raw(h, "\">To basket</button></form></span></li>");
}

static void
lines_table(struct html *h, const struct shop *shop,
    const struct sale_line *lines, size_t len, int64_t discount, bool removable)
{
	const struct catalogue *c = shop->catalogue;
	const struct article *a;
	int64_t price, sum = 0;
	size_t i;

	html_raw(h,
	    "<table><tr><th>Goods</th><th class=\"n\">Pieces</th>"
	    "<th class=\"n\">Price</th></tr>");
	for (i = 0; i < len; i++) {
		a = catalogue_article(c, lines[i].article);
		price = !removable || a == NULL
		    ? lines[i].price_micro
		    : catalogue_price(c, a, discount);
		sum += price * lines[i].qty;
		html_raw(h, "<tr><td>");
		html_text(h, a == NULL ? lines[i].article : a->title);
		if (removable) {
			html_raw(h,
			    " <form method=\"post\" "
			    "action=\"/basket/remove\"><input "
			    "type=\"hidden\" name=\"article\" value=\"");
			html_text(h, lines[i].article);
			html_raw(h, "\"><button>Remove</button></form>");
		}
		html_raw(h, "</td><td class=\"n\">");
		html_number(h, lines[i].qty);
		html_raw(h, "</td><td class=\"n\">");
		html_money(h, price * lines[i].qty, c->currency);
		html_raw(h, "</td></tr>");
	}
	html_raw(h,
	    "<tr><th colspan=\"2\">Total, VAT included</th>"
	    "<th class=\"n\">");
	html_money(h, sum, c->currency);
	html_raw(h, "</th></tr></table>");
}

static void
delivery_form(struct html *h, const struct sale *sale)
{
	html_raw(h,
	    "<h2>Who collects the goods?</h2><form method=\"post\" "
	    "action=\"/order/");
	html_text(h, sale->id);
	html_raw(h,
	    "/delivery\"><label>Name<input type=\"text\" "
	    "name=\"recipient\" required maxlength=\"120\" "
	    "autocomplete=\"name\" value=\"");
	html_text(h, sale->recipient);
	html_raw(h,
	    "\"></label><label>Address<input type=\"text\" "
	    "name=\"address\" required maxlength=\"120\" "
	    "autocomplete=\"street-address\" value=\"");
	html_text(h, sale->address);
	html_raw(h, "\"></label><button>Save</button></form>");
}

static void
pay_form(struct html *h, const struct shop *shop, const struct sale *sale)
{
	const struct catalogue *c = shop->catalogue;
	bool identity = sale->needs_identity && sale->identity[0] == '\0';
	size_t i;

	if (identity)
		html_raw(h,
		    "<p>This is a large order: the payment server "
		    "first tells us that it knows you. Nothing is "
		    "charged for that.</p>");
	else if (sale->needs_identity)
		html_raw(h,
		    "<p class=\"ok\">The payment server knows you. Nothing "
		    "has been charged yet.</p>");
	for (i = 0; i < c->servers_len; i++) {
		html_raw(h, "<p><form method=\"post\" action=\"/order/");
		html_text(h, sale->id);
		html_raw(h,
		    "/pay\"><input type=\"hidden\" name=\"server\" "
		    "value=\"");
		html_number(h, i);
		html_raw(h, "\"><button class=\"main\">");
		html_raw(h, identity ? "Identify yourself at " : "Pay at ");
		html_text(h, c->servers[i].name);
		html_raw(h, "</button></form></p>");
	}
}

static void
goods(struct html *h, const struct shop *shop, const struct sale *sale)
{
	const struct article *a;
	size_t i;

	html_raw(h, "<p class=\"ok\">Paid. Thank you!</p><ul class=\"files\">");
	for (i = 0; i < sale->lines_len; i++) {
		a = catalogue_article(shop->catalogue, sale->lines[i].article);
		if (a == NULL || a->file[0] == '\0')
			continue;
		html_raw(h, "<li><a href=\"/order/");
		html_text(h, sale->id);
		html_raw(h, "/file/");
		html_text(h, a->id);
		html_raw(h, "\">");
		html_text(h, a->title);
		html_raw(h, "</a></li>");
	}
	html_raw(h, "</ul>");
	if (sale->needs_delivery) {
		html_raw(h, "<p><a class=\"button\" href=\"/order/");
		html_text(h, sale->id);
		html_raw(h, "/collection\">Collection document</a></p>");
	}
	html_raw(h, "<p class=\"soft\">Payment number ");
	html_number(h, sale->txn);
	html_raw(h, "</p>");
}

static void
given_back(struct html *h, const struct shop *shop, const struct sale *sale)
{
	const int64_t micro = refunds_sum(shop->refunds, sale->id, false);

	if (micro == 0)
		return;
	html_raw(h, "<p>Given back to you: ");
	html_money(h, micro, shop->catalogue->currency);
	html_raw(h, "</p>");
}

static void
percent(struct html *h, int64_t micro)
{
	struct till_money m = { .micro = micro, .currency = "EUR" };
	char buf[TILL_MONEY_MAX];

	html_text(h, till_money_print(&m, buf));
	html_raw(h, "&nbsp;%");
}
