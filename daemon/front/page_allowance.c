/*
 * page_allowance.c - what merchants have without asking, and how to change
 * it.
 */
#include <stdio.h>
#include <string.h>

#include "front/account_priv.h"

static void put_wrong(struct page *);
static void put_all(struct page *, const char *);
static void put_one(struct page *, const json_t *, const char *);
static void put_row(struct page *, const char *, const json_t *, const char *);
static void put_withdraw(struct page *, const json_t *, const char *);
static void put_set(struct page *, const char *);
static void put_merchants(struct page *);
static void put_unlisted(struct page *, const char *);
static void put_choice(struct page *, const json_t *);
static bool is_listed(const json_t *, size_t, const char *);
static void put_currencies(struct page *, const json_t *);
static void put_input(struct page *, const char *, const char *, const char *);
static void put_number(struct page *, const char *);
static void put_bounds(struct page *, const json_t *);
static const char *name_of(const json_t *);
static const char *currency_of(const json_t *);

void
page_allowances(struct work *work, const char *csrf)
{
	const struct account_job *job = work->account;
	struct page page;

	page_begin(&page, work, "allowance.title");
	page.kind = PAGE_ACCOUNT;
	page.help = "account.help";
	page.title_prefix = job->why == NULL ? NULL : "error.prefix";
	page.status = job->why == NULL ? 200 : 400;
	page_open(&page);
	put_element(&page, "h1", "allowance.title");
	put_account_links(&page, "/account/allowances");
	put_frozen(&page, true);
	put_element(&page, "p", "allowance.text");
	put_all(&page, csrf);
	put_set(&page, csrf);
	page_close(&page);
}

int
doc_money_get(const json_t *doc, const char *key, struct till_money *money_r)
{
	const char *text = doc_get(doc, key);
	const size_t len = strcspn(text, " ");
	char number[TILL_MONEY_MAX];
	struct till_error err;

	if (len >= sizeof(number) || text[len] != ' ')
		return -1;
	memcpy(number, text, len);
	number[len] = '\0';
	return till_money_parse(number, text + len + 1, money_r, &err);
}

static void
put_wrong(struct page *page)
{
	const struct account_job *job = page->work->account;

	if (job->why != NULL) {
		put(page,
		    "<div role=\"alert\" class=\"alert\" id=\"error\">\n");
		put_element(page, "p", job->why);
		put(page, "</div>\n");
	} else if (job->allow.again) {
		put_element(page, "p class=\"closing\" id=\"wanted\"",
		    "security.again");
	}
}

static void
put_all(struct page *page, const char *csrf)
{
	const json_t *all =
	    json_object_get(page->work->account->shown, "allowances");
	size_t i;

	if (json_array_size(all) == 0) {
		put_element(page, "p class=\"info\"", "allowance.nothing");
		return;
	}
	put(page, "<ul class=\"credentials\">\n");
	for (i = 0; i < json_array_size(all); i++)
		put_one(page, json_array_get(all, i), csrf);
	put(page, "</ul>\n");
}

static void
put_one(struct page *page, const json_t *one, const char *csrf)
{
	put(page, "<li><p><strong>");
	put_foreign(page, name_of(one), FOREIGN_MAX);
	put(page, "</strong> <small>");
	put_row(page, "allowance.each", one, "each");
	put(page, " \302\267 ");
	put_row(page, "allowance.day", one, "day");
	put(page, " \302\267 ");
	put_row(page, "allowance.used", one, "used");
	put(page, "</small>");
	if (json_is_true(json_object_get(one, "bounded"))) {
		put(page, " <small>");
		put_word(page, "allowance.bounded");
		put(page, "</small>");
	}
	put(page, "</p>\n");
	put_withdraw(page, one, csrf);
	put(page, "</li>\n");
}

static void
put_row(struct page *page, const char *key, const json_t *one, const char *of)
{
	char text[LOCALE_AMOUNT_MAX];
	struct till_money money;

	if (doc_money_get(one, of, &money) == 0)
		put_word_with(page, key,
		    locale_amount(page->words, &money, text));
}

static void
put_withdraw(struct page *page, const json_t *one, const char *csrf)
{
	put_form_to(page, "/account/allowances", csrf);
	put_hidden(page, "merchant", doc_get(one, "merchant"));
	put_hidden(page, "currency", currency_of(one));
	put(page,
	    "<button name=\"do\" value=\"disallow\" class=\"quiet\" "
	    "aria-label=\"");
	put_word(page, "allowance.withdraw");
	put(page, " ");
	text_html(&page->text, name_of(one));
	put(page, " ");
	text_html(&page->text, currency_of(one));
	put(page, "\">");
	put_word(page, "allowance.withdraw");
	put(page, "</button></form>\n");
}

/* Nothing can be set where the operator lets nothing be, or nobody was paid
 * lately. */
static void
put_set(struct page *page, const char *csrf)
{
	const struct account_job *job = page->work->account;
	const json_t *bounds = json_object_get(job->shown, "bounds");

	put_element(page, "h2", "allowance.set");
	put_wrong(page);
	if (json_array_size(bounds) == 0) {
		put_element(page, "p class=\"info\"", "allowance.off");
		return;
	}
	if (json_array_size(json_object_get(job->shown, "allowances")) == 0 &&
	    json_array_size(json_object_get(job->shown, "merchants")) == 0) {
		put_element(page, "p class=\"info\"", "allowance.nobody");
		return;
	}
	put_form_to(page, "/account/allowances", csrf);
	put_merchants(page);
	put_input(page, "each", "allowance.input-each", job->allow.each);
	put_input(page, "day", "allowance.input-day", job->allow.day);
	put_currencies(page, bounds);
	put_bounds(page, bounds);
	put(page, "<p><button name=\"do\" value=\"allow\" class=\"primary\"");
	put(page,
	    job->allow.again ? " autofocus aria-describedby=\"wanted\">" : ">");
	put_word(page, "allowance.set-button");
	put(page, "</button></p>\n</form>\n");
}

/* Where there is one, and where he has paid lately: each once.  Of a merchant
 * who is wanted and not among them it is said, and nobody else stands there
 * instead. */
static void
put_merchants(struct page *page)
{
	const struct account_job *job = page->work->account;
	const char *wanted = job->allow.merchant;
	const json_t *all = json_object_get(job->shown, "allowances");
	const json_t *paid = json_object_get(job->shown, "merchants");
	const bool unlisted = wanted != NULL &&
	    !is_listed(paid, json_array_size(paid), wanted) &&
	    !is_listed(all, json_array_size(all), wanted);
	const json_t *one;
	size_t i;

	if (unlisted)
		put_unlisted(page, wanted);
	put(page, "<p class=\"field\"><label for=\"merchant\">");
	put_word(page, "allowance.merchant");
	put(page,
	    "</label>\n<select id=\"merchant\" name=\"merchant\" required");
	put(page, unlisted ? " aria-describedby=\"unlisted\">\n" : ">\n");
	if (unlisted)
		put_element(page, "option value=\"\" selected",
		    "allowance.choose");
	for (i = 0; i < json_array_size(paid); i++)
		put_choice(page, json_array_get(paid, i));
	for (i = 0; i < json_array_size(all); i++) {
		one = json_array_get(all, i);
		if (!is_listed(paid, json_array_size(paid),
			doc_get(one, "merchant")) &&
		    !is_listed(all, i, doc_get(one, "merchant")))
			put_choice(page, one);
	}
	put(page, "</select></p>\n");
}

static void
put_unlisted(struct page *page, const char *wanted)
{
	put(page, "<p class=\"info\" id=\"unlisted\">");
	put_word_with(page, "allowance.unlisted", wanted);
	put(page, "</p>\n");
}

static bool
is_listed(const json_t *list, size_t len, const char *mid)
{
	size_t i;

	for (i = 0; i < len; i++)
		if (strcmp(doc_get(json_array_get(list, i), "merchant"), mid) ==
		    0)
			return true;
	return false;
}

static void
put_choice(struct page *page, const json_t *one)
{
	const char *wanted = page->work->account->allow.merchant;
	const char *mid = doc_get(one, "merchant");

	put(page, "<option value=\"");
	text_html(&page->text, mid);
	put(page,
	    wanted != NULL && strcmp(wanted, mid) == 0 ? "\" selected>"
						       : "\">");
	text_html(&page->text, name_of(one));
	put(page, "</option>\n");
}

/* One needs no choice. */
static void
put_currencies(struct page *page, const json_t *bounds)
{
	const char *wanted = page->work->account->allow.currency;
	const char *currency;
	size_t i;

	if (json_array_size(bounds) == 1) {
		put_hidden(page, "currency",
		    currency_of(json_array_get(bounds, 0)));
		return;
	}
	put(page, "<p class=\"field\"><label for=\"currency\">");
	put_word(page, "allowance.currency");
	put(page, "</label>\n<select id=\"currency\" name=\"currency\">\n");
	for (i = 0; i < json_array_size(bounds); i++) {
		currency = currency_of(json_array_get(bounds, i));
		put(page, "<option");
		if (wanted != NULL && strcmp(wanted, currency) == 0)
			put(page, " selected");
		put(page, ">");
		text_html(&page->text, currency);
		put(page, "</option>\n");
	}
	put(page, "</select></p>\n");
}

static void
put_input(struct page *page, const char *name, const char *key,
    const char *value)
{
	put(page, "<p class=\"field\"><label for=\"");
	put(page, name);
	put(page, "\">");
	put_word(page, key);
	put(page, "</label>\n<input id=\"");
	put(page, name);
	put(page, "\" name=\"");
	put(page, name);
	put(page,
	    "\" inputmode=\"decimal\" autocomplete=\"off\" required "
	    "maxlength=\"24\" aria-describedby=\"bounds");
	put(page, page->work->account->why == NULL ? "\"" : " error\"");
	if (value[0] != '\0') {
		put(page, " value=\"");
		put_number(page, value);
		put(page, "\"");
	}
	put(page, "></p>\n");
}

/* As it was typed, or as one types it in this language. */
static void
put_number(struct page *page, const char *number)
{
	const size_t whole = strcspn(number, ".");
	const char *point = catalogue_word(page->words, "format.point");

	text_octets(&page->text, number, whole);
	if (number[whole] == '\0')
		return;
	put(page, point == NULL ? "." : point);
	text_html(&page->text, number + whole + 1);
}

static void
put_bounds(struct page *page, const json_t *bounds)
{
	const json_t *one;
	size_t i;

	put(page, "<p class=\"info\" id=\"bounds\">");
	put_word(page, "allowance.bounds");
	for (i = 0; i < json_array_size(bounds); i++) {
		one = json_array_get(bounds, i);
		put(page, i == 0 ? " " : "; ");
		put_row(page, "allowance.each", one, "each");
		put(page, ", ");
		put_row(page, "allowance.day", one, "day");
	}
	put(page, ".</p>\n");
}

static const char *
name_of(const json_t *one)
{
	const char *name = doc_get(one, "merchant-name");

	return name[0] == '\0' ? doc_get(one, "merchant") : name;
}

/* Behind the blank of what may be had each time. */
static const char *
currency_of(const json_t *one)
{
	const char *each = doc_get(one, "each");
	const char *blank = strchr(each, ' ');

	return blank == NULL ? "" : blank + 1;
}
