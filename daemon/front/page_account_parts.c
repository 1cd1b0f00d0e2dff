/*
 * page_account_parts.c - what several pages of an account have.
 */
#include <stdio.h>
#include <string.h>

#include "front/account_priv.h"

#define KEY_MAX 64
#define LINK_MAX 64

static void put_line(struct page *, const json_t *);
static void put_what(struct page *, const json_t *);

static const struct {
	const char *path, *key;
} links[] = {
	{ "/account", "account.overview" },
	{ "/account/statement", "statement.title" },
	{ "/account/top-up", "top-up.title" },
	{ "/account/allowances", "allowance.title" },
	{ "/account/security", "security.title" },
};

void
put_account_links(struct page *page, const char *here)
{
	size_t i;

	put(page, "<nav class=\"parts\" aria-label=\"");
	put_word(page, "account.parts");
	put(page, "\"><ul>\n");
	for (i = 0; i < sizeof(links) / sizeof(links[0]); i++) {
		put(page, "<li><a href=\"");
		put_account_path(page, links[i].path, "");
		put(page, "\"");
		if (strcmp(links[i].path, here) == 0)
			put(page, " aria-current=\"page\"");
		put(page, ">");
		put_word(page, links[i].key);
		put(page, "</a></li>\n");
	}
	put(page, "</ul></nav>\n");
	/* Each of these pages lets the session begin to be idle anew. */
	if (page->work->greeting != NULL)
		put_left(page, page->work->greeting->session_idle_s,
		    "left.session");
}

void
put_account_path(struct page *page, const char *path, const char *query)
{
	const struct work *work = page->work;

	put(page, path);
	if (work->lang_said) {
		put(page, "?lang=");
		put(page, work->words->lang);
	}
	if (query[0] != '\0') {
		put(page, work->lang_said ? "&amp;" : "?");
		text_html(&page->text, query);
	}
}

bool
account_frozen(const struct work *work)
{
	return json_is_true(json_object_get(work->account->shown, "frozen"));
}

void
put_frozen(struct page *page, bool link)
{
	if (!account_frozen(page->work))
		return;
	put(page, "<div role=\"status\" class=\"alert\">\n");
	put_element(page, "p", "account.frozen");
	if (link) {
		put(page, "<p><a href=\"");
		put_account_path(page, "/account/security", "");
		put(page, "\">");
		put_word(page, "account.frozen-link");
		put(page, "</a></p>\n");
	}
	put(page, "</div>\n");
}

void
put_form_begin(struct page *page, const char *csrf)
{
	put_form_to(page, page->work->merchant ? "/merchant" : "/account",
	    csrf);
}

void
put_form_to(struct page *page, const char *path, const char *csrf)
{
	put(page, "<form method=\"post\" action=\"");
	put_account_path(page, path, "");
	put(page, "\">\n");
	put_hidden(page, "csrf", csrf);
}

void
put_doc_money(struct page *page, const char *amount)
{
	const size_t len = strcspn(amount, " ");
	char number[TILL_MONEY_MAX];
	struct till_money money;
	struct till_error err;
	const bool minus = amount[0] == '-';

	if (len >= sizeof(number) || amount[len] != ' ') {
		text_html(&page->text, amount);
		return;
	}
	memcpy(number, amount + minus, len - minus);
	number[len - minus] = '\0';
	if (till_money_parse(number, amount + len + 1, &money, &err) == -1) {
		text_html(&page->text, amount);
		return;
	}
	/* A true minus sign, which is read aloud as one. */
	put(page, minus ? "\342\210\222" : "");
	put_money(page, money.micro, money.currency);
}

void
put_lines(struct page *page, const json_t *lines)
{
	size_t i;

	put(page, "<table class=\"lines\">\n<thead><tr><th scope=\"col\">");
	put_word(page, "statement.time");
	put(page, "</th><th scope=\"col\">");
	put_word(page, "statement.what");
	put(page, "</th><th scope=\"col\" class=\"number\">");
	put_word(page, "statement.amount");
	put(page, "</th></tr></thead>\n<tbody>\n");
	for (i = 0; i < json_array_size(lines); i++)
		put_line(page, json_array_get(lines, i));
	put(page, "</tbody>\n</table>\n");
}

static void
put_line(struct page *page, const json_t *line)
{
	const char *balance = doc_get(line, "balance");

	put(page, "<tr><td>");
	put_time(page, doc_time(line, "time"));
	put(page, "</td><td>");
	put_what(page, line);
	put(page, "</td><td class=\"number\">");
	put_doc_money(page, doc_get(line, "amount"));
	if (balance[0] != '\0') {
		put(page, "<br><small>");
		put_word(page, "statement.balance");
		put(page, " ");
		put_doc_money(page, balance);
		put(page, "</small>");
	}
	put(page, "</td></tr>\n");
}

/* A payment leads to its receipt. */
static void
put_what(struct page *page, const json_t *line)
{
	const char *kind = doc_get(line, "kind");
	const char *merchant = doc_get(line, "merchant-name");
	const char *note = doc_get(line, "note");
	char key[KEY_MAX], path[LINK_MAX];

	(void)snprintf(key, sizeof(key), "statement.%.32s", kind);
	if (strcmp(kind, "payment") == 0) {
		(void)snprintf(path, sizeof(path), "/account/payments/%lld",
		    (long long)json_integer_value(
			json_object_get(line, "serial")));
		put(page, "<a href=\"");
		put_account_path(page, path, "");
		put(page, "\">");
		put_word(page, key);
		put(page, "</a>");
	} else {
		put_word(page, key);
	}
	if (merchant[0] == '\0')
		merchant = doc_get(line, "merchant");
	if (merchant[0] != '\0') {
		put(page, " ");
		put_foreign(page, merchant, FOREIGN_MAX);
	}
	if (json_is_true(json_object_get(line, "unasked"))) {
		put(page, "<br><small>");
		put_word(page, "statement.unasked");
		put(page, "</small>");
	} else if (note[0] != '\0') {
		put(page, "<br><small>");
		put_foreign(page, note, FOREIGN_MAX);
		put(page, "</small>");
	}
}
