/*
 * page_data.c - what is kept of a customer: what a file of it has and has
 * not.
 */
#include <stdio.h>

#include "front/account_priv.h"

#define COUNT_MAX 24

static void put_count(struct page *, const char *);
static void put_file(struct page *, const char *, const char *, const char *,
    const char *);

/* The file of the movements from this place on; NULL: the newest. */
void
page_data(struct work *work, const char *place)
{
	const char *next = json_string_value(work->account->next);
	struct page page;

	page_begin(&page, work, "data.title");
	page.kind = PAGE_ACCOUNT;
	page.help = "account.help";
	page_open(&page);
	put_element(&page, "h1", "data.title");
	put_account_links(&page, "");
	put_element(&page, "p", "data.in");
	put_element(&page, "p", "data.not-in");
	put_count(&page, place);
	put_file(&page, "/account/data.json", place, "data.file",
	    "button primary");
	if (next != NULL)
		put_file(&page, "/account/data", next, "data.next", "button");
	page_close(&page);
}

static void
put_count(struct page *page, const char *place)
{
	const struct account_job *job = page->work->account;
	char count[COUNT_MAX];

	(void)snprintf(count, sizeof(count), "%zu",
	    json_array_size(job->lines));
	put(page, "<p class=\"closing\">");
	put_word_with(page, "data.count", count);
	put(page, "<br>");
	put_word(page,
	    job->next != NULL   ? "data.more"
		: place == NULL ? "data.last"
				: "data.last-part");
	put(page, "</p>\n");
}

static void
put_file(struct page *page, const char *path, const char *place,
    const char *key, const char *class)
{
	struct text query = { 0 };

	if (place != NULL && put_place(&query, page->work, place) == -1)
		return;
	put(page, "<p><a class=\"");
	put(page, class);
	put(page, "\" href=\"");
	put_account_path(page, path, query.data == NULL ? "" : query.data);
	put(page, "\">");
	put_word(page, key);
	put(page, "</a></p>\n");
	page->text.failed = page->text.failed || query.failed;
	text_clear(&query);
}
