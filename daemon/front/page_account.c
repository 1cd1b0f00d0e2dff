/*
 * page_account.c - an account at a glance: what it holds, what went lately.
 */
#include <stdio.h>
#include <string.h>

#include "front/account_priv.h"

static void put_balances(struct page *, const json_t *);
static void put_lately(struct page *, const json_t *);
static void put_facts_of(struct page *, const json_t *);
static void put_fact(struct page *, const char *, const char *);

void
page_account(struct work *work, const json_t *statement)
{
	const json_t *shown = work->account->shown;
	char csrf[CSRF_SIZE];
	struct page page;

	if (account_csrf(work, csrf) == -1)
		return;
	page_begin(&page, work, "account.title");
	page.kind = PAGE_ACCOUNT;
	page.help = "account.help";
	page_open(&page);
	put_element(&page, "h1", "account.title");
	put_account_links(&page, "/account");
	put_frozen(&page, true);
	put_balances(&page, json_object_get(shown, "accounts"));
	put_lately(&page, statement);
	put_facts_of(&page, shown);
	put(&page, "<div class=\"out\">\n<p>");
	put_word_with(&page, "signed-in", doc_get(shown, "customer"));
	put(&page, "</p>\n");
	put_form_begin(&page, csrf);
	put(&page, "<p><button name=\"do\" value=\"");
	put(&page, "sign-out\">");
	put_word(&page, "sign-out");
	put(&page, "</button></p>\n</form>\n</div>\n");
	page_close(&page);
}

static void
put_balances(struct page *page, const json_t *accounts)
{
	char amount[TILL_MONEY_MAX + TILL_CURRENCY_MAX];
	const json_t *item;
	size_t i;

	put_element(page, "h2", "account.balance");
	put(page, "<ul class=\"balances\">\n");
	for (i = 0; i < json_array_size(accounts); i++) {
		item = json_array_get(accounts, i);
		(void)snprintf(amount, sizeof(amount), "%s %s",
		    doc_get(item, "available"), doc_get(item, "currency"));
		put(page, "<li><strong class=\"amount\">");
		put_doc_money(page, amount);
		put(page, "</strong></li>\n");
	}
	put(page, "</ul>\n");
}

static void
put_lately(struct page *page, const json_t *statement)
{
	const json_t *lines = json_object_get(statement, "lines");

	put_element(page, "h2", "account.lately");
	if (json_array_size(lines) > 0)
		put_lines(page, lines);
	else if (json_object_get(statement, "next") == NULL) {
		put_element(page, "p class=\"info\"", "account.nothing");
		return;
	}
	put(page, "<p><a href=\"");
	put_account_path(page, "/account/statement", "");
	put(page, "\">");
	put_word(page, "account.all");
	put(page, "</a></p>\n");
}

/* What the operator has set for this customer. */
static void
put_facts_of(struct page *page, const json_t *shown)
{
	const char *limit = doc_get(shown, "limit");
	const char *bank = doc_get(shown, "bank");

	if (limit[0] == '\0' && bank[0] == '\0')
		return;
	put(page, "<dl class=\"facts\">\n");
	if (limit[0] != '\0') {
		put(page, "<div><dt>");
		put_word(page, "account.limit");
		put(page, "</dt><dd>");
		put_doc_money(page, limit);
		put(page, "</dd></div>\n");
	}
	if (bank[0] != '\0')
		put_fact(page, "account.bank", bank);
	put(page, "</dl>\n");
}

static void
put_fact(struct page *page, const char *key, const char *text)
{
	put(page, "<div><dt>");
	put_word(page, key);
	put(page, "</dt><dd>");
	put_foreign(page, text, FOREIGN_MAX);
	put(page, "</dd></div>\n");
}
