/*
 * page_merchant_sales.c - sales of any days, in parts.
 */
#include <stdio.h>
#include <string.h>

#include "front/merchant_priv.h"

#define LINK_MAX 64

static void put_all(struct page *);
static void put_file(struct page *);
static void put_sale(struct page *, const json_t *);
static void put_what(struct page *, const json_t *);
static void put_state_of(struct page *, const json_t *);

void
page_sales(struct work *work)
{
	const struct account_job *job = work->account;
	struct text query = { 0 };
	struct page page;

	put_times(&query, job);
	page_merchant_begin(&page, work, "sales.title");
	page.query = query.data == NULL ? "" : query.data;
	page.title_prefix = job->why == NULL ? NULL : "error.prefix";
	page.status = job->why == NULL ? 200 : 400;
	page_open(&page);
	put_element(&page, "h1", "sales.title");
	put_merchant_links(&page, "/merchant/sales");
	put_times_wrong(&page);
	put_times_form(&page, "/merchant/sales");
	if (job->why == NULL)
		put_all(&page);
	page_close(&page);
	text_clear(&query);
}

void
put_sales(struct page *page, const json_t *sales)
{
	size_t i;

	put(page, "<table class=\"lines\">\n<thead><tr><th scope=\"col\">");
	put_word(page, "statement.time");
	put(page, "</th><th scope=\"col\">");
	put_word(page, "statement.what");
	put(page, "</th><th scope=\"col\" class=\"number\">");
	put_word(page, "statement.amount");
	put(page, "</th></tr></thead>\n<tbody>\n");
	for (i = 0; i < json_array_size(sales); i++)
		put_sale(page, json_array_get(sales, i));
	put(page, "</tbody>\n</table>\n");
}

static void
put_all(struct page *page)
{
	const struct account_job *job = page->work->account;

	/* Where it goes on there may be sales yet. */
	if (json_array_size(job->lines) > 0)
		put_sales(page, job->lines);
	else if (job->next == NULL)
		put_element(page, "p class=\"info\"", "account.nothing");
	put_merchant_older(page, "/merchant/sales");
	put_file(page);
}

static void
put_file(struct page *page)
{
	struct text query = { 0 };

	put_times(&query, page->work->account);
	put(page, "<p><a href=\"");
	put_account_path(page, "/merchant/sales.csv",
	    query.data == NULL ? "" : query.data);
	put(page, "\">");
	put_word(page, "sales.csv");
	put(page, "</a></p>\n");
	page->text.failed = page->text.failed || query.failed;
	text_clear(&query);
}

static void
put_sale(struct page *page, const json_t *sale)
{
	put(page, "<tr><td>");
	put_time(page, doc_time(sale, "time"));
	put(page, "</td><td>");
	put_what(page, sale);
	put(page, "</td><td class=\"number\">");
	put_doc_money(page, doc_get(sale, "amount"));
	put_state_of(page, sale);
	put(page, "</td></tr>\n");
}

/* As the ticket calls it, or else by its number; it leads to the sale. */
static void
put_what(struct page *page, const json_t *sale)
{
	const char *what = doc_get(sale, "what"), *jti = doc_get(sale, "jti");
	char path[LINK_MAX];

	(void)snprintf(path, sizeof(path), "/merchant/sales/%lld",
	    (long long)json_integer_value(json_object_get(sale, "serial")));
	put(page, "<a href=\"");
	put_account_path(page, path, "");
	put(page, "\">");
	put_foreign(page, what[0] == '\0' ? jti : what, FOREIGN_MAX);
	put(page, "</a>");
	if (what[0] == '\0')
		return;
	put(page, "<br><small>");
	put_foreign(page, jti, FOREIGN_MAX);
	put(page, "</small>");
}

static void
put_state_of(struct page *page, const json_t *sale)
{
	const char *state = doc_get(sale, "state");

	put(page, "<br><small>");
	if (strcmp(state, "refunded") == 0) {
		put_word(page, "sale.refunded");
	} else if (strcmp(state, "part-refunded") == 0) {
		put_word(page, "sale.part-refunded");
		put(page, " ");
		put_doc_money(page, doc_get(sale, "refunded"));
	} else {
		put_word(page, "sale.paid");
	}
	put(page, "</small>");
}
