/*
 * page_data.c - what is kept of a customer: what a file of it has and has
 * not.
 */
#include <stdio.h>

#include "front/account_priv.h"

#define NUMBER_MAX 24

static void put_count(struct page *, const char *);
static void put_file(struct page *, const char *, const char *, const char *,
    const char *);

void
page_data(struct work *work, const char *from)
{
	const json_t *next = work->account->next;
	char query[sizeof("from=") + NUMBER_MAX] = "";
	char number[NUMBER_MAX];
	struct page page;

	page_begin(&page, work, "data.title");
	page.kind = PAGE_ACCOUNT;
	page.help = "account.help";
	if (from != NULL)
		(void)snprintf(query, sizeof(query), "from=%s", from);
	page.query = query;
	page_open(&page);
	put_element(&page, "h1", "data.title");
	put_account_links(&page, "");
	put_element(&page, "p", "data.in");
	put_element(&page, "p", "data.not-in");
	put_count(&page, from);
	put_file(&page, "/account/data.json", from, "data.file",
	    "button primary");
	if (next != NULL) {
		(void)snprintf(number, sizeof(number), "%lld",
		    (long long)json_integer_value(next));
		put_file(&page, "/account/data", number, "data.next", "button");
	}
	page_close(&page);
}

static void
put_count(struct page *page, const char *from)
{
	const struct account_job *job = page->work->account;
	char count[NUMBER_MAX];

	(void)snprintf(count, sizeof(count), "%zu",
	    json_array_size(job->lines));
	put(page, "<p class=\"closing\">");
	put_word_with(page, "data.count", count);
	put(page, "<br>");
	put_word(page,
	    job->next != NULL  ? "data.more"
		: from == NULL ? "data.last"
			       : "data.last-part");
	put(page, "</p>\n");
}

static void
put_file(struct page *page, const char *path, const char *from, const char *key,
    const char *class)
{
	char query[sizeof("from=") + NUMBER_MAX] = "";

	if (from != NULL)
		(void)snprintf(query, sizeof(query), "from=%s", from);
	put(page, "<p><a class=\"");
	put(page, class);
	put(page, "\" href=\"");
	put_account_path(page, path, query);
	put(page, "\">");
	put_word(page, key);
	put(page, "</a></p>\n");
}
