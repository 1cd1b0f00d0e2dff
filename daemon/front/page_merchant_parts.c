/*
 * page_merchant_parts.c - what several pages of a till have.
 */
#include <stdio.h>
#include <string.h>

#include "front/merchant_priv.h"

#define FROM_MAX 32

static void put_holding(struct page *, const json_t *);

static const struct {
	const char *path, *key;
} links[] = {
	{ "/merchant", "account.overview" },
	{ "/merchant/sales", "sales.title" },
	{ "/merchant/payouts", "payouts.title" },
};

void
page_merchant_begin(struct page *page, struct work *work, const char *title)
{
	page_begin(page, work, title);
	page->kind = PAGE_ACCOUNT;
}

void
put_merchant_links(struct page *page, const char *here)
{
	size_t i;

	put(page, "<nav class=\"parts\" aria-label=\"");
	put_word(page, "till.parts");
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
}

void
put_holdings(struct page *page)
{
	const json_t *accounts =
	    json_object_get(page->work->account->shown, "accounts");
	size_t i;

	put_element(page, "h2", "till.balance");
	put(page, "<ul class=\"balances\">\n");
	for (i = 0; i < json_array_size(accounts); i++)
		put_holding(page, json_array_get(accounts, i));
	put(page, "</ul>\n");
}

/* What is held is in the till and cannot be paid out. */
static void
put_holding(struct page *page, const json_t *account)
{
	const char *currency = doc_get(account, "currency");
	char amount[TILL_MONEY_MAX + TILL_CURRENCY_MAX];

	(void)snprintf(amount, sizeof(amount), "%s %s",
	    doc_get(account, "available"), currency);
	put(page, "<li><strong class=\"amount\">");
	put_doc_money(page, amount);
	put(page, "</strong>");
	if (doc_get(account, "held")[0] != '\0') {
		(void)snprintf(amount, sizeof(amount), "%s %s",
		    doc_get(account, "held"), currency);
		put(page, " <small>");
		put_word(page, "till.held");
		put(page, " ");
		put_doc_money(page, amount);
		put(page, "</small>");
	}
	put(page, "</li>\n");
}

void
put_merchant_older(struct page *page, const char *path)
{
	const struct account_job *job = page->work->account;
	struct text query = { 0 };
	char from[FROM_MAX];

	if (job->next == NULL)
		return;
	put_times(&query, job);
	(void)snprintf(from, sizeof(from), "from=%lld",
	    (long long)json_integer_value(job->next));
	text_add(&query, from);
	put(page, "<p><a href=\"");
	if (query.data != NULL)
		put_account_path(page, path, query.data);
	put(page, "\">");
	put_word(page, "statement.older");
	put(page, "</a></p>\n");
	page->text.failed = page->text.failed || query.failed;
	text_clear(&query);
}
