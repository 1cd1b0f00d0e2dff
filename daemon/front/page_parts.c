/*
 * page_parts.c - payee, goods, total, time: the same on every page.
 *
 * All of it but the payee's registered name comes from the merchant's
 * ticket and is treated as text of a stranger.
 */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "decimal.h"
#include "front/page_parts.h"
#include "front/unit.h"
#include "front/visits.h"

#define HOST_MAX 256
#define KEY_MAX 80
#define ISO_TIME_MAX 32

static void put_items(struct page *, const struct till_ticket *);
static void put_vat(struct page *, const struct till_ticket *);
static void host_of(const char *, char[HOST_MAX]);

/* Lines on a square of 24: a tick, a cross, "!", three dots. */
static const struct {
	const char *name, *path;
} marks[] = { [MARK_NONE] = { NULL, NULL },
	[MARK_GOOD] = { "good", "M6 12.5l4 4 8-9" },
	[MARK_STOP] = { "stop", "M7.5 7.5l9 9m0-9l-9 9" },
	[MARK_NOTE] = { "note", "M12 6v7m0 4.5v.01" },
	[MARK_WAIT] = { "wait", "M6.5 12h.01M12 12h.01M17.5 12h.01" } };

void
put_payee(struct page *page, const struct till_ticket *ticket,
    const struct answer *answer)
{
	char host[HOST_MAX];

	host_of(ticket->ret, host);
	put(page, "<div><dt>");
	put_word(page, "payee");
	put(page, "</dt><dd><strong>");
	put_foreign(page, page_payee(answer, ticket), FOREIGN_MAX);
	put(page, "</strong> <span class=\"domain\">");
	put_foreign(page, host, FOREIGN_MAX);
	put(page, "</span></dd></div>\n");
}

void
put_goods(struct page *page, const struct till_ticket *ticket)
{
	put(page,
	    ticket->items_len > 0 ? "<div class=\"goods\"><dt>" : "<div><dt>");
	put_word(page, "goods");
	put(page, "</dt><dd>");
	put_foreign(page, ticket->desc, FOREIGN_MAX);
	if (ticket->items_len > 0)
		put_items(page, ticket);
	put(page, "</dd></div>\n");
}

void
put_total(struct page *page, const struct till_ticket *ticket)
{
	put(page, "<div class=\"total\"><dt>");
	put_word(page, "total");
	put(page, "</dt><dd><strong class=\"amount\">");
	put_money(page, ticket->amount.micro, ticket->amount.currency);
	put(page, "</strong>");
	if (ticket->vat_len > 0)
		put_vat(page, ticket);
	put(page, "</dd></div>\n");
}

void
put_money(struct page *page, int64_t micro, const char *currency)
{
	struct till_money money = { .micro = micro };
	char amount[LOCALE_AMOUNT_MAX];

	(void)snprintf(money.currency, sizeof(money.currency), "%s", currency);
	text_html(&page->text, locale_amount(page->words, &money, amount));
}

void
put_time(struct page *page, int64_t time_s)
{
	const time_t when = (time_t)time_s;
	char iso[ISO_TIME_MAX], text[LOCALE_TIME_MAX];
	struct tm tm;

	if (gmtime_r(&when, &tm) == NULL ||
	    strftime(iso, sizeof(iso), "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
		return;
	put(page, "<time datetime=\"");
	put(page, iso);
	put(page, "\">");
	text_html(&page->text, locale_time(page->words, time_s, text));
	put(page, "</time>");
}

void
put_hidden(struct page *page, const char *name, const char *value)
{
	put(page, "<input type=\"hidden\" name=\"");
	put(page, name);
	put(page, "\" value=\"");
	text_html(&page->text, value);
	put(page, "\">\n");
}

void
put_here(struct page *page, const char *more)
{
	const struct work *work = page->work;

	put(page, "/t/");
	put(page, work->visit->handle);
	if (!work->lang_said && more[0] == '\0' && !work->other)
		return;
	put(page, "?");
	if (work->lang_said) {
		put(page, "lang=");
		put(page, page->words->lang);
	}
	if (more[0] == '\0' && work->other)
		more = "as=other";
	if (work->lang_said && more[0] != '\0')
		put(page, "&amp;");
	put(page, more);
}

void
put_state(struct page *page, enum page_mark mark, const char *key)
{
	if (mark != MARK_NONE) {
		put(page, "<svg class=\"mark ");
		put(page, marks[mark].name);
		put(page,
		    "\" viewBox=\"0 0 24 24\" aria-hidden=\"true\">"
		    "<path d=\"");
		put(page, marks[mark].path);
		put(page, "\"/></svg>\n");
	}
	put_element(page, "h1", key);
}

void
put_thaw(struct page *page, const struct answer *answer)
{
	const char *code = answer_text(answer, TAG_CODE);

	if (code == NULL || strcmp(code, "frozen") != 0)
		return;
	put(page, "<p><a href=\"/account/security");
	put(page, page->work->lang_said ? "?lang=" : "");
	put(page, page->work->lang_said ? page->words->lang : "");
	put(page, "\">");
	put_word(page, "account.frozen-link");
	put(page, "</a></p>\n");
}

const char *
page_way(const struct page *page, const char *way)
{
	char key[KEY_MAX];
	const char *text;

	(void)snprintf(key, sizeof(key), "from.%s", way);
	text = catalogue_word(page->words, key);
	return text == NULL ? way : text;
}

const char *
page_payee(const struct answer *answer, const struct till_ticket *ticket)
{
	const char *name = NULL;

	if (answer != NULL)
		name = answer_text(answer, TAG_MERCHANT_NAME);
	return name == NULL ? ticket->iss : name;
}

static void
put_items(struct page *page, const struct till_ticket *ticket)
{
	const struct till_item *item;
	size_t i;

	put(page, "\n<table>\n<thead><tr><th scope=\"col\">");
	put_word(page, "basket.item");
	put(page, "</th><th scope=\"col\">");
	put_word(page, "basket.quantity");
	put(page, "</th><th scope=\"col\">");
	put_word(page, "basket.price");
	put(page, "</th></tr></thead>\n<tbody>\n");
	for (i = 0; i < ticket->items_len; i++) {
		item = &ticket->items[i];
		put(page, "<tr><td>");
		put_foreign(page, item->desc, FOREIGN_MAX);
		put(page, "</td><td>");
		text_number(&page->text, item->qty);
		put(page, "</td><td>");
		put_money(page, item->price_micro, ticket->amount.currency);
		put(page, "</td></tr>\n");
	}
	put(page, "</tbody>\n</table>\n");
}

static void
put_vat(struct page *page, const struct till_ticket *ticket)
{
	char rate[TILL_MONEY_MAX], local[LOCALE_AMOUNT_MAX];
	size_t i;

	for (i = 0; i < ticket->vat_len; i++) {
		put(page, " <small>");
		put_word_with(page, "vat",
		    locale_decimal(page->words,
			decimal_print(ticket->vat[i].rate_micro, 0, rate),
			local));
		put(page, " ");
		put_money(page, ticket->vat[i].amount_micro,
		    ticket->amount.currency);
		put(page, "</small>");
	}
}

/* "https://shop.example/return" is shown as shop.example. */
static void
host_of(const char *url, char host[HOST_MAX])
{
	const char *p = strstr(url, "://");
	size_t len;

	p = p == NULL ? url : p + 3;
	len = strcspn(p, "/?#");
	(void)snprintf(host, HOST_MAX, "%.*s",
	    len < HOST_MAX ? (int)len : HOST_MAX - 1, p);
}
