/*
 * page_order.c - an order, whatever its state, the ways from it to a payment
 * server, and what is delivered.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "pages.h"

static void order_line(struct html *, const struct sale *, const char *);
static void state_of(struct html *, const struct shop *, const struct sale *,
    size_t);
static void refused(struct html *, const struct sale *);
static void delivery_form(struct html *, const struct sale *);
static void pay_form(struct html *, const struct shop *, const struct sale *,
    size_t);
static void choices(struct html *, const struct catalogue *, size_t);
static void delivered(struct html *, const struct shop *, const struct sale *);
static void files(struct html *, const struct shop *, const struct sale *);
static void payment(struct html *, const struct sale *);
static void given_back(struct html *, const struct shop *, const struct sale *);
static void paragraph(struct html *, const char *open, enum word);

void
page_order(struct html *h, const struct shop *shop, const struct sale *sale,
    size_t chosen)
{
	page_begin(h, shop, h->language->words[W_ORDER]);
	order_line(h, sale, "<p class=\"soft\">");
	if (sale->state == SALE_PAID || sale->state == SALE_REFUSED) {
		state_of(h, shop, sale, chosen);
		html_raw(h, "<section>");
		page_lines(h, shop, sale->lines, sale->lines_len, 0, false);
		html_raw(h, "</section>");
	} else {
		html_raw(h, "<section>");
		page_lines(h, shop, sale->lines, sale->lines_len, 0, false);
		html_raw(h, "</section>");
		state_of(h, shop, sale, chosen);
	}
	page_end(h);
}

void
page_go(struct html *h, const struct shop *shop, const struct sale *sale,
    const char *url)
{
	page_begin(h, shop, h->language->words[W_GO_TITLE]);
	html_raw(h, "<section><p>");
	html_fill(h, W_GO, shop->catalogue->servers[sale->server].name, NULL);
	html_raw(h, "</p>");
	page_button(h, true, "", url, "", W_CONTINUE);
	html_raw(h, "</section>");
	page_end(h);
}

void
page_down(struct html *h, const struct shop *shop, const struct sale *sale,
    size_t server)
{
	/* Who has a ticket may have paid by it. */
	const bool unpaid = sale->ticket == NULL;

	page_begin(h, shop, h->language->words[W_DOWN_TITLE]);
	html_raw(h, "<section><p>");
	html_fill(h, unpaid ? W_DOWN : W_DOWN_UNKNOWN,
	    shop->catalogue->servers[server].name, NULL);
	html_raw(h, "</p>");
	if (unpaid && shop->catalogue->servers_len > 1)
		paragraph(h, "<p>",
		    sale->identity_ticket != NULL ? W_ORDER_AGAIN
						  : W_DOWN_ELSEWHERE);
	page_button(h, true, "/order/", sale->id, "", W_BACK_ORDER);
	html_raw(h, "</section>");
	page_end(h);
}

void
page_collection(struct html *h, const struct shop *shop,
    const struct sale *sale)
{
	const struct article *a;
	size_t i;

	page_begin(h, shop, h->language->words[W_COLLECTION]);
	html_raw(h, "<section><dl><dt>");
	html_word(h, W_FOR);
	html_raw(h, "</dt><dd><b><bdi>");
	html_text(h, sale->recipient);
	html_raw(h, "</bdi></b><br><bdi>");
	html_text(h, sale->address);
	html_raw(h, "</bdi></dd></dl><table><thead><tr><th scope=\"col\">");
	html_word(h, W_GOODS);
	html_raw(h, "</th><th scope=\"col\">");
	html_word(h, W_PLACE);
	html_raw(h, "</th><th scope=\"col\" class=\"n\">");
	html_word(h, W_PIECES);
	html_raw(h, "</th></tr></thead><tbody>");
	for (i = 0; i < sale->lines_len; i++) {
		a = catalogue_article(shop->catalogue, sale->lines[i].article);
		if (a == NULL || a->place[0] == '\0')
			continue;
		html_raw(h, "<tr><td><bdi>");
		html_text(h, a->title);
		html_raw(h, "</bdi></td><td><bdi>");
		html_text(h, a->place);
		html_raw(h, "</bdi></td><td class=\"n\">");
		html_number(h, sale->lines[i].qty);
		html_raw(h, "</td></tr>");
	}
	html_raw(h, "</tbody></table>");
	order_line(h, sale, "<p class=\"soft\">");
	payment(h, sale);
	paragraph(h, "<p>", W_BRING);
	html_raw(h, "</section>");
	page_end(h);
}

static void
order_line(struct html *h, const struct sale *sale, const char *open)
{
	char when[LANGUAGE_TEXT_MAX];

	html_raw(h, open);
	html_fill(h, W_ORDER_OF, sale->id,
	    language_time(h->language, sale->time_s, when));
	html_raw(h, "</p>");
}

static void
state_of(struct html *h, const struct shop *shop, const struct sale *sale,
    size_t chosen)
{
	html_raw(h, "<section>");
	switch (sale->state) {
	case SALE_PAID:
		if (refunds_all_back(shop->refunds, sale))
			paragraph(h, "<p>", W_GIVEN_ALL);
		else
			delivered(h, shop, sale);
		given_back(h, shop, sale);
		break;
	case SALE_REFUSED:
		refused(h, sale);
		break;
	case SALE_OPEN:
	case SALE_TICKETED:
		if (sale->needs_delivery && sale->state == SALE_OPEN)
			delivery_form(h, sale);
		if (!sale->needs_delivery || sale->recipient[0] != '\0')
			pay_form(h, shop, sale, chosen);
		break;
	case SALE_NONE:
		break;
	}
	html_raw(h, "</section>");
}

static void
refused(struct html *h, const struct sale *sale)
{
	enum word why = word_of_reason(sale->reason);

	html_raw(h, "<div class=\"alert\">");
	html_raw(h, "<p><strong>");
	html_word(h, W_NOT_PAID);
	html_raw(h, "</strong></p>");
	if (why != W_NONE)
		paragraph(h, "<p>", why);
	paragraph(h, "<p>", W_NOT_CHARGED);
	html_raw(h, "</div>");
	page_button(h, false, "/", NULL, "", W_BACK_SHOP);
}

static void
delivery_form(struct html *h, const struct sale *sale)
{
	html_raw(h, "<h2>");
	html_word(h, W_WHO_COLLECTS);
	html_raw(h,
	    "</h2><form class=\"act\" method=\"post\" "
	    "action=\"/order/");
	html_text(h, sale->id);
	html_raw(h, "/delivery\"><label>");
	html_word(h, W_NAME);
	html_raw(h,
	    "<input type=\"text\" name=\"recipient\" required "
	    "maxlength=\"120\" autocomplete=\"name\" value=\"");
	html_text(h, sale->recipient);
	html_raw(h, "\"></label><label>");
	html_word(h, W_ADDRESS);
	html_raw(h,
	    "<input type=\"text\" name=\"address\" required "
	    "maxlength=\"120\" autocomplete=\"street-address\" value=\"");
	html_text(h, sale->address);
	html_raw(h,
	    sale->recipient[0] == '\0' ? "\"></label><button class=\"main\">"
				       : "\"></label><button>");
	html_word(h, W_SAVE);
	html_raw(h, "</button></form>");
}

/* A ticket names one payment server: after that there is no choice. */
static void
pay_form(struct html *h, const struct shop *shop, const struct sale *sale,
    size_t chosen)
{
	const struct catalogue *c = shop->catalogue;
	bool fixed = sale->ticket != NULL || sale->identity_ticket != NULL;
	bool identity = sale->needs_identity && sale->identity[0] == '\0';
	size_t at = fixed ? sale->server : 0;

	if (at >= c->servers_len) {
		paragraph(h, "<p>", W_SERVER_GONE);
		return;
	}
	if (identity)
		paragraph(h, "<p>", W_IDENTIFY);
	else if (sale->needs_identity && sale->ticket == NULL)
		paragraph(h, "<p class=\"ok\">", W_IDENTIFIED);
	html_raw(h, "<form class=\"act\" method=\"post\" action=\"/order/");
	html_text(h, sale->id);
	html_raw(h, "/pay\">");
	if (!fixed && c->servers_len > 1) {
		choices(h, c, chosen);
		html_raw(h, "<button class=\"main\">");
		html_word(h, W_CONTINUE);
	} else {
		html_raw(h, "<input type=\"hidden\" name=\"server\" value=\"");
		html_number(h, at);
		html_raw(h, "\"><button class=\"main\">");
		html_fill(h, identity ? W_IDENTIFY_AT : W_PAY_AT,
		    c->servers[at].name, NULL);
	}
	html_raw(h, "</button></form>");
}

static void
choices(struct html *h, const struct catalogue *c, size_t chosen)
{
	const char *host;
	char name[TILL_URL_MAX];
	size_t i;

	html_raw(h, "<fieldset><legend>");
	html_word(h, W_CHOOSE);
	html_raw(h, "</legend>");
	for (i = 0; i < c->servers_len; i++) {
		host = strstr(c->servers[i].issuer, "://") + 3;
		(void)snprintf(name, sizeof(name), "%.*s",
		    (int)strcspn(host, "/?"), host);
		html_raw(h,
		    "<label class=\"choice\"><input type=\"radio\" "
		    "name=\"server\" required value=\"");
		html_number(h, i);
		html_raw(h, i == chosen ? "\" checked>" : "\">");
		html_raw(h, "<span><b><bdi>");
		html_text(h, c->servers[i].name);
		html_raw(h, "</bdi></b><small>");
		html_text(h, name);
		html_raw(h, "</small></span></label>");
	}
	html_raw(h, "</fieldset>");
}

static void
delivered(struct html *h, const struct shop *shop, const struct sale *sale)
{
	paragraph(h, "<p class=\"ok\">", W_PAID);
	files(h, shop, sale);
	if (sale->needs_delivery)
		page_button(h, false, "/order/", sale->id, "/collection",
		    W_COLLECTION);
	payment(h, sale);
}

static void
files(struct html *h, const struct shop *shop, const struct sale *sale)
{
	const struct article *a;
	bool any = false;
	size_t i;

	for (i = 0; i < sale->lines_len; i++) {
		a = catalogue_article(shop->catalogue, sale->lines[i].article);
		if (a == NULL || a->file[0] == '\0')
			continue;
		if (!any) {
			html_raw(h, "<ul class=\"files\" aria-label=\"");
			html_word(h, W_FILES);
			html_raw(h, "\">");
		}
		any = true;
		html_raw(h, "<li><a href=\"/order/");
		html_text(h, sale->id);
		html_raw(h, "/file/");
		html_text(h, a->id);
		html_raw(h, "\"><bdi>");
		html_text(h, a->title);
		html_raw(h, "</bdi></a></li>");
	}
	if (any)
		html_raw(h, "</ul>");
}

static void
payment(struct html *h, const struct sale *sale)
{
	char number[24];

	(void)snprintf(number, sizeof(number), "%" PRIu64, sale->txn);
	html_raw(h, "<p class=\"soft\">");
	html_fill(h, W_PAYMENT, number, NULL);
	html_raw(h, "</p>");
}

static void
given_back(struct html *h, const struct shop *shop, const struct sale *sale)
{
	struct till_money money = { .micro = refunds_sum(shop->refunds,
					sale->id, false) };
	char text[LANGUAGE_TEXT_MAX];

	if (money.micro == 0)
		return;
	memcpy(money.currency, shop->catalogue->currency,
	    sizeof(money.currency));
	html_raw(h, "<p>");
	html_fill_plain(h, W_GIVEN_BACK,
	    language_money(h->language, &money, text));
	html_raw(h, "</p>");
}

static void
paragraph(struct html *h, const char *open, enum word word)
{
	html_raw(h, open);
	html_word(h, word);
	html_raw(h, "</p>");
}
