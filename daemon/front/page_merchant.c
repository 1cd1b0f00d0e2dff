/*
 * page_merchant.c - a till at a glance: what it holds, what was sold lately.
 */
#include "front/merchant_priv.h"

static void put_days(struct page *);
static void put_lately(struct page *);
static void put_out(struct page *, const char *);

void
page_merchant(struct work *work)
{
	const struct account_job *job = work->account;
	char csrf[CSRF_SIZE];
	struct page page;

	if (account_csrf(work, csrf) == -1)
		return;
	page_merchant_begin(&page, work, "till.title");
	page_open(&page);
	put_element(&page, "h1", "till.title");
	put_merchant_links(&page, "/merchant");
	put(&page, "<p class=\"whose\">");
	put_foreign(&page, doc_get(job->shown, "name"), FOREIGN_MAX);
	put(&page, "</p>\n");
	put_holdings(&page);
	put_days(&page);
	put_lately(&page);
	put_out(&page, csrf);
	page_close(&page);
}

static void
put_days(struct page *page)
{
	const json_t *shown = page->work->account->shown;

	put_element(page, "h2", "till.days");
	put_pictures(page, json_object_get(shown, "days"),
	    doc_time(shown, "first"));
	if (json_object_get(shown, "more") != NULL)
		put_element(page, "p class=\"info\"", "till.days-more");
}

static void
put_lately(struct page *page)
{
	const struct account_job *job = page->work->account;

	put_element(page, "h2", "till.lately");
	/* Where it goes on there may be sales yet. */
	if (json_array_size(job->lines) > 0) {
		put_sales(page, job->lines);
	} else if (job->next == NULL) {
		put_element(page, "p class=\"info\"", "till.no-sales");
		return;
	}
	put(page, "<p><a href=\"");
	put_account_path(page, "/merchant/sales", "");
	put(page, "\">");
	put_word(page, "till.all");
	put(page, "</a></p>\n");
}

static void
put_out(struct page *page, const char *csrf)
{
	put(page, "<div class=\"out\">\n<p>");
	put_word_with(page, "signed-in",
	    doc_get(page->work->account->shown, "merchant"));
	put(page, "</p>\n");
	put_form_begin(page, csrf);
	put(page, "<p><button name=\"do\" value=\"sign-out\">");
	put_word(page, "sign-out");
	put(page, "</button></p>\n</form>\n</div>\n");
}
