/*
 * page_statement.c - a statement, of any time, in parts.
 */
#include <string.h>

#include "front/account_priv.h"

static void put_day(struct page *, const char *, const char *, const char *);
static void put_ends(struct page *, const char *, const json_t *);
static void put_all(struct page *, const json_t *);
static void put_files(struct page *);
static void put_next(struct page *, const json_t *);
static int put_place(struct text *, struct work *, const char *);

void
page_statement(struct work *work, const json_t *statement)
{
	const struct account_job *job = work->account;
	struct text query = { 0 };
	struct page page;

	put_times(&query, job);
	page_begin(&page, work, "statement.title");
	page.kind = PAGE_ACCOUNT;
	page.help = "account.help";
	page.query = query.data == NULL ? "" : query.data;
	page.title_prefix = job->why == NULL ? NULL : "error.prefix";
	page.status = job->why == NULL ? 200 : 400;
	page_open(&page);
	put_element(&page, "h1", "statement.title");
	put_account_links(&page, "/account/statement");
	put_times_wrong(&page);
	put_times_form(&page, "/account/statement");
	if (job->why == NULL)
		put_all(&page, statement);
	page_close(&page);
	text_clear(&query);
}

void
put_times_wrong(struct page *page)
{
	const struct account_job *job = page->work->account;

	if (job->why == NULL)
		return;
	put(page, "<div role=\"alert\" class=\"alert\" id=\"error\">\n");
	put_element(page, "p", job->why);
	put(page, "</div>\n");
}

void
put_times_form(struct page *page, const char *path)
{
	const struct account_job *job = page->work->account;

	put(page, "<form class=\"filter\" method=\"get\" action=\"");
	put(page, path);
	put(page, "\">\n");
	if (page->work->lang_said)
		put_hidden(page, "lang", page->work->words->lang);
	put_day(page, "since", "statement.since", job->since);
	put_day(page, "until", "statement.until", job->until);
	put(page, "<p><button>");
	put_word(page, "statement.show");
	put(page, "</button></p>\n</form>\n");
}

static void
put_day(struct page *page, const char *name, const char *key, const char *day)
{
	put(page, "<p class=\"field\"><label for=\"");
	put(page, name);
	put(page, "\">");
	put_word(page, key);
	put(page, "</label>\n<input type=\"date\" id=\"");
	put(page, name);
	put(page, "\" name=\"");
	put(page, name);
	put(page, "\" value=\"");
	text_html(&page->text, day);
	put(page,
	    page->work->account->why == NULL
		? "\"></p>\n"
		: "\" aria-describedby=\"error\"></p>\n");
}

static void
put_all(struct page *page, const json_t *statement)
{
	const json_t *lines = json_object_get(statement, "lines");

	put_ends(page, "statement.closing",
	    json_object_get(statement, "closing"));
	/* Where it goes on there may be lines yet. */
	if (json_array_size(lines) > 0)
		put_lines(page, lines);
	else if (json_object_get(statement, "next") == NULL)
		put_element(page, "p class=\"info\"", "account.nothing");
	if (json_object_get(statement, "next") == NULL)
		put_ends(page, "statement.opening",
		    json_object_get(statement, "opening"));
	put_next(page, statement);
	put_files(page);
}

static void
put_ends(struct page *page, const char *key, const json_t *balances)
{
	size_t i;

	if (json_array_size(balances) == 0)
		return;
	put(page, "<p class=\"ends\">");
	put_word(page, key);
	for (i = 0; i < json_array_size(balances); i++) {
		put(page, i == 0 ? " <strong>" : ", <strong>");
		put_doc_money(page,
		    json_string_value(json_array_get(balances, i)));
		put(page, "</strong>");
	}
	put(page, "</p>\n");
}

/* Where the rest is; the place is signed for this session. */
static void
put_next(struct page *page, const json_t *statement)
{
	struct work *work = page->work;
	const char *next = doc_get(statement, "next");
	struct text query = { 0 };

	if (next[0] == '\0')
		return;
	put_times(&query, work->account);
	if (put_place(&query, work, next) == -1) {
		text_clear(&query);
		return;
	}
	put(page, "<p><a href=\"");
	if (query.data != NULL)
		put_account_path(page, "/account/statement", query.data);
	put(page, "\">");
	put_word(page, "statement.older");
	put(page, "</a></p>\n");
	page->text.failed = page->text.failed || query.failed;
	text_clear(&query);
}

static int
put_place(struct text *query, struct work *work, const char *page)
{
	char mac[CSRF_SIZE];

	if (account_page_mac(work, page, mac) == -1)
		return -1;
	text_add(query, "page=");
	text_url(query, page);
	text_add(query, "&mac=");
	text_add(query, mac);
	return 0;
}

static void
put_files(struct page *page)
{
	struct text query = { 0 };

	put_times(&query, page->work->account);
	put(page, "<p><a href=\"");
	put_account_path(page, "/account/statement.csv",
	    query.data == NULL ? "" : query.data);
	put(page, "\">");
	put_word(page, "statement.csv");
	put(page, "</a></p>\n");
	page->text.failed = page->text.failed || query.failed;
	text_clear(&query);
}

/* They are digits and hyphens: see account_time.c. */
void
put_times(struct text *query, const struct account_job *job)
{
	if (job->since[0] != '\0') {
		text_add(query, "since=");
		text_add(query, job->since);
		text_add(query, "&");
	}
	if (job->until[0] != '\0') {
		text_add(query, "until=");
		text_add(query, job->until);
		text_add(query, "&");
	}
}
