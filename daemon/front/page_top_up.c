/*
 * page_top_up.c - how a customer fills his wallet by a transfer: to be read,
 * copied, printed, or scanned by his bank's app.
 */
#include <stdlib.h>
#include <string.h>

#include "front/account_priv.h"
#include "front/epc.h"
#include "front/qr.h"

#define GROUP 4 /* characters that are written together */
#define CENT (TILL_MICRO / 100)

static void put_transfer(struct page *, const json_t *, int64_t cents);
static void put_fact(struct page *, const char *key, const char *text,
    bool grouped);
static void put_groups(struct page *, const char *);
static void put_code(struct page *, const json_t *, int64_t cents);
static void put_amount_form(struct page *, const char *amount);

void
page_top_up(struct work *work, const json_t *how, const char *amount,
    int64_t cents)
{
	const char *why = work->account->why;
	struct page page;

	page_begin(&page, work, "top-up.title");
	page.kind = PAGE_ACCOUNT;
	page.help = "account.help";
	if (why != NULL) {
		page.status = 400;
		page.title_prefix = "error.prefix";
	}
	page_open(&page);
	put_element(&page, "h1", "top-up.title");
	put_account_links(&page, "/account/top-up");
	if (why != NULL) {
		put(&page, "<div role=\"alert\" class=\"alert\" id=\"error\">");
		put_element(&page, "p", why);
		put(&page, "</div>\n");
	}
	if (doc_get(how, "iban")[0] == '\0') {
		put_element(&page, "p", "top-up.ask");
	} else {
		put_transfer(&page, how, cents);
		put_code(&page, how, cents);
		put_amount_form(&page, amount);
	}
	page_close(&page);
}

/* The payee is the operator; of the customer's own account nothing is here. */
static void
put_transfer(struct page *page, const json_t *how, int64_t cents)
{
	const char *bic = doc_get(how, "bic");

	put_element(page, "p", "top-up.text");
	put(page, "<dl class=\"facts\">\n");
	put_fact(page, "top-up.payee", doc_get(how, "payee"), false);
	put_fact(page, "top-up.iban", doc_get(how, "iban"), true);
	if (bic[0] != '\0')
		put_fact(page, "top-up.bic", bic, false);
	if (cents > 0) {
		put(page, "<div><dt>");
		put_word(page, "top-up.amount");
		put(page, "</dt><dd>");
		put_money(page, cents * CENT, "EUR");
		put(page, "</dd></div>\n");
	}
	put_fact(page, "top-up.reference", doc_get(how, "reference"), true);
	put(page, "</dl>\n");
	put_element(page, "p", "top-up.exactly");
}

static void
put_fact(struct page *page, const char *key, const char *text, bool grouped)
{
	put(page, "<div><dt>");
	put_word(page, key);
	put(page, "</dt><dd>");
	if (grouped)
		put_groups(page, text);
	else
		put_foreign(page, text, FOREIGN_MAX);
	put(page, "</dd></div>\n");
}

/* The style parts them: who copies it copies no blanks. */
static void
put_groups(struct page *page, const char *text)
{
	char group[GROUP + 1];
	size_t len;

	put(page, "<span class=\"groups\">");
	for (; *text != '\0'; text += len) {
		len = strnlen(text, GROUP);
		memcpy(group, text, len);
		group[len] = '\0';
		put(page, "<span>");
		text_html(&page->text, group);
		put(page, "</span><wbr>");
	}
	put(page, "</span>");
}

/* The words above say all that is in it. */
static void
put_code(struct page *page, const json_t *how, int64_t cents)
{
	const struct epc epc = { .bic = doc_get(how, "bic"),
		.name = doc_get(how, "payee"),
		.iban = doc_get(how, "iban"),
		.reference = doc_get(how, "reference"),
		.cents = cents };
	const char *label = catalogue_word(page->words, "top-up.code");
	struct text svg = { 0 };
	char text[EPC_MAX], *picture;
	size_t len;

	if (epc_make(&epc, text) == -1 || label == NULL ||
	    qr_svg(&svg, text, label) == -1)
		return;
	picture = text_take(&svg, &len);
	if (picture == NULL)
		return;
	put(page, "<figure>\n");
	text_octets(&page->text, picture, len);
	free(picture);
	put_element(page, "figcaption", "top-up.scan");
	put(page, "</figure>\n");
}

static void
put_amount_form(struct page *page, const char *amount)
{
	put(page, "<form class=\"filter\" action=\"/account/top-up\">\n");
	if (page->work->lang_said) {
		put(page, "<input type=\"hidden\" name=\"lang\" value=\"");
		put(page, page->work->words->lang);
		put(page, "\">\n");
	}
	put(page, "<p class=\"field\"><label for=\"amount\">");
	put_word(page, "top-up.amount-label");
	put(page,
	    "</label>\n<input id=\"amount\" name=\"amount\" "
	    "inputmode=\"decimal\" autocomplete=\"off\" maxlength=\"15\"");
	put(page,
	    page->title_prefix != NULL ? " aria-invalid=\"true\" "
					 "aria-describedby=\"error\""
				       : "");
	put(page, " value=\"");
	text_html(&page->text, amount);
	put(page, "\"></p>\n<p><button>");
	put_word(page, "top-up.show");
	put(page, "</button></p>\n</form>\n");
	put_element(page, "p class=\"print\"", "top-up.print");
}
