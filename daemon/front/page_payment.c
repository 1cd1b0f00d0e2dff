/*
 * page_payment.c - the receipt of a payment, whenever it is asked for.
 */
#include <stdio.h>
#include <string.h>

#include "front/account_priv.h"
#include "ticket_peek.h"

static void put_row(struct page *, const char *, const char *);
static void put_money_row(struct page *, const char *, const char *);
static void put_serial(struct page *, const json_t *);
static void put_bought(struct page *, const json_t *);
static void put_allowance(struct page *, const json_t *);
static void put_voucher(struct page *, const json_t *);

void
page_payment(struct work *work, const json_t *receipt)
{
	const char *name = doc_get(receipt, "merchant-name");
	struct page page;

	page_begin(&page, work, "receipt.title");
	page.kind = PAGE_ACCOUNT;
	page.help = "account.help";
	page_open(&page);
	put_state(&page, MARK_GOOD, "receipt.title");
	put_account_links(&page, "");
	put(&page, "<dl class=\"facts\">\n");
	put_row(&page, "payee",
	    name[0] == '\0' ? doc_get(receipt, "merchant") : name);
	put_bought(&page, receipt);
	put_money_row(&page, "total", doc_get(receipt, "amount"));
	put_money_row(&page, "refunded", doc_get(receipt, "refunded"));
	put_row(&page, "from", page_way(&page, doc_get(receipt, "via")));
	put(&page, "<div><dt>");
	put_word(&page, "time");
	put(&page, "</dt><dd>");
	put_time(&page, doc_time(receipt, "time"));
	put(&page, "</dd></div>\n");
	put_serial(&page, receipt);
	put_row(&page, "receipt.order", doc_get(receipt, "jti"));
	put(&page, "</dl>\n");
	put_allowance(&page, receipt);
	put_element(&page, "p class=\"print\"", "print");
	put_voucher(&page, receipt);
	page_close(&page);
}

static void
put_row(struct page *page, const char *key, const char *text)
{
	if (text[0] == '\0')
		return;
	put(page, "<div><dt>");
	put_word(page, key);
	put(page, "</dt><dd>");
	put_foreign(page, text, FOREIGN_MAX);
	put(page, "</dd></div>\n");
}

static void
put_money_row(struct page *page, const char *key, const char *amount)
{
	if (amount[0] == '\0')
		return;
	put(page, "<div><dt>");
	put_word(page, key);
	put(page, "</dt><dd><strong>");
	put_doc_money(page, amount);
	put(page, "</strong></dd></div>\n");
}

static void
put_serial(struct page *page, const json_t *receipt)
{
	char serial[32];

	(void)snprintf(serial, sizeof(serial), "%lld",
	    (long long)json_integer_value(json_object_get(receipt, "serial")));
	put_row(page, "serial", serial);
}

/* As the ticket says it, which the merchant has signed. */
static void
put_bought(struct page *page, const json_t *receipt)
{
	const char *token = doc_get(receipt, "ticket");
	struct till_ticket *ticket = NULL;
	struct till_error err;

	if (ticket_peek(token, strlen(token), &ticket, &err) == -1)
		return;
	put_goods(page, ticket);
	till_ticket_free(ticket);
}

/* How it was paid, or how the next one can be. */
static void
put_allowance(struct page *page, const json_t *receipt)
{
	const char *name = doc_get(receipt, "merchant-name");
	char query[sizeof("merchant=") + TILL_ID_MAX];

	if (name[0] == '\0')
		name = doc_get(receipt, "merchant");
	if (json_is_true(json_object_get(receipt, "unasked"))) {
		put_was_unasked(page, name);
		return;
	}
	(void)snprintf(query, sizeof(query), "merchant=%.*s", TILL_ID_MAX - 1,
	    doc_get(receipt, "merchant"));
	put(page, "<p><a href=\"");
	put_account_path(page, "/account/allowances", query);
	put(page, "\">");
	put_word_with(page, "unasked.offer", name);
	put(page, "</a></p>\n");
}

/* For a merchant who says that he has none. */
static void
put_voucher(struct page *page, const json_t *receipt)
{
	const char *voucher = doc_get(receipt, "voucher");

	if (voucher[0] == '\0')
		return;
	put(page, "<details><summary>");
	put_word(page, "receipt.voucher");
	put(page, "</summary>\n");
	put_element(page, "p", "receipt.voucher-text");
	put(page, "<pre tabindex=\"0\">");
	text_html(&page->text, voucher);
	put(page, "</pre></details>\n");
}
