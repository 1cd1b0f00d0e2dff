/*
 * page_merchant_payouts.c - what was paid out of a till, in parts.
 */
#include <stdio.h>

#include "front/merchant_priv.h"

#define KEY_MAX 64

static void put_lines_of(struct page *, const json_t *);
static void put_payout(struct page *, const json_t *);

void
page_payouts(struct work *work)
{
	const struct account_job *job = work->account;
	struct page page;

	page_merchant_begin(&page, work, "payouts.title");
	page_open(&page);
	put_element(&page, "h1", "payouts.title");
	put_merchant_links(&page, "/merchant/payouts");
	put_holdings(&page);
	put_element(&page, "h2", "payouts.made");
	/* Where it goes on there may be some yet. */
	if (json_array_size(job->lines) > 0)
		put_lines_of(&page, job->lines);
	else if (job->next == NULL)
		put_element(&page, "p class=\"info\"", "payouts.none");
	put_merchant_older(&page, "/merchant/payouts");
	page_close(&page);
}

static void
put_lines_of(struct page *page, const json_t *lines)
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
		put_payout(page, json_array_get(lines, i));
	put(page, "</tbody>\n</table>\n");
}

/* With its sign: as the till has it. */
static void
put_payout(struct page *page, const json_t *line)
{
	const char *note = doc_get(line, "note");
	char key[KEY_MAX];

	(void)snprintf(key, sizeof(key), "statement.%.32s",
	    doc_get(line, "kind"));
	put(page, "<tr><td>");
	put_time(page, doc_time(line, "time"));
	put(page, "</td><td>");
	put_word(page, key);
	if (note[0] != '\0') {
		put(page, "<br><small>");
		put_foreign(page, note, FOREIGN_MAX);
		put(page, "</small>");
	}
	put(page, "</td><td class=\"number\">");
	put_doc_money(page, doc_get(line, "amount"));
	put(page, "</td></tr>\n");
}
