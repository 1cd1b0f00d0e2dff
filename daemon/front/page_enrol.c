/*
 * page_enrol.c - forms by which a customer makes a credential, and what came
 * of one.
 */
#include <stdio.h>
#include <string.h>

#include "front/account_priv.h"

#define KEY_MAX 64
#define LABEL_MAX 64
#define PASSWORD_MAX 256
#define MERCHANTS_MAX 200

static void put_begin(struct page *, struct work *, const char *);
static void put_told(struct page *, const struct frame_field *);
static void put_why(struct page *);
static void put_password(struct page *);
static void put_secret(struct page *, const char *, const char *);
static void put_passkey(struct page *);
static void put_token(struct page *);
static void put_currencies(struct page *);
static void put_text(struct page *, const char *, const char *, const char *,
    unsigned int);
static void put_end(struct page *);
static const char *word_key(const struct page *, const char *, char *);

void
page_enrol(struct work *work)
{
	const char *what = work->account->deed.what;
	char csrf[CSRF_SIZE], title[KEY_MAX];
	struct page page;

	if (account_csrf(work, csrf) == -1)
		return;
	(void)snprintf(title, sizeof(title), "enrol.%.32s", what);
	put_begin(&page, work, title);
	put_why(&page);
	put_form_begin(&page, csrf);
	if (strcmp(what, "password") == 0)
		put_password(&page);
	else if (strcmp(what, "passkey") == 0)
		put_passkey(&page);
	else
		put_token(&page);
	put_end(&page);
	put(&page, "</form>\n");
	page_close(&page);
}

void
page_enrolled(struct work *work, const struct frame_field *secret)
{
	const char *what = account_deed_form(work->account->deed.what);
	char title[KEY_MAX];
	struct page page;

	(void)snprintf(title, sizeof(title), "enrol.%.32s-done", what);
	put_begin(&page, work, title);
	if (secret != NULL) {
		put_element(&page, "p class=\"closing\"", "enrol.token-once");
		put(&page, "<p class=\"secret\"><code>");
		put_told(&page, secret);
		put(&page, "</code></p>\n");
	}
	put(&page, "<p><a class=\"button primary\" href=\"");
	put_account_path(&page, "/account/security", "");
	put(&page, "\">");
	put_word(&page, "enrol.back");
	put(&page, "</a></p>\n");
	page_close(&page);
}

static void
put_told(struct page *page, const struct frame_field *secret)
{
	size_t i;

	for (i = 0; i < secret->len; i++) {
		char one[2] = { (char)secret->data[i], '\0' };

		text_html(&page->text, one);
	}
}

static void
put_begin(struct page *page, struct work *work, const char *title)
{
	page_begin(page, work, title);
	page->kind = PAGE_ACCOUNT;
	page->help = "account.help";
	if (work->account->why != NULL) {
		page->title_prefix = "error.prefix";
		page->status = 400;
	}
	page_open(page);
	put_element(page, "h1", title);
	put_account_links(page, "");
}

static void
put_why(struct page *page)
{
	char key[KEY_MAX];

	if (page->work->account->why != NULL) {
		put(page,
		    "<div role=\"alert\" class=\"alert\" id=\"error\">\n");
		put_element(page, "p", page->work->account->why);
		put(page, "</div>\n");
	}
	put_element(page, "p", word_key(page, "text", key));
}

/* With the name that password managers keep it under. */
static void
put_password(struct page *page)
{
	const json_t *more = page->work->account->more;

	put(page,
	    "<input type=\"text\" name=\"username\" "
	    "autocomplete=\"username\" hidden value=\"");
	text_html(&page->text, doc_get(more, "customer"));
	put(page, "\">\n");
	put_secret(page, "password", "auth.new-password");
	put_secret(page, "again", "enrol.again");
}

static void
put_secret(struct page *page, const char *name, const char *key)
{
	put(page, "<p class=\"field\"><label for=\"");
	put(page, name);
	put(page, "\">");
	put_word(page, key);
	put(page, "</label>\n<input type=\"password\" id=\"");
	put(page, name);
	put(page, "\" name=\"secrets.");
	put(page, name);
	put(page, "\" autocomplete=\"new-password\" required maxlength=\"");
	text_number(&page->text, PASSWORD_MAX);
	put(page, "\"></p>\n");
}

static void
put_passkey(struct page *page)
{
	const json_t *asked =
	    json_object_get(page->work->account->more, "prompt");
	const struct answer_prompt prompt = { .kind = TILL_ASK_SIGNATURE,
		.id = doc_get(asked, "id"),
		.format = doc_get(asked, "format"),
		.data = doc_get(asked, "data") };

	put_text(page, "label", "auth.key-label", "", LABEL_MAX);
	put_signature(page, page->work->answer, &prompt);
}

static void
put_token(struct page *page)
{
	put_text(page, "label", "auth.key-label", "", LABEL_MAX);
	put_text(page, "each", "enrol.each",
	    "inputmode=\"decimal\" required autocomplete=\"off\"", LABEL_MAX);
	put_text(page, "day", "enrol.day",
	    "inputmode=\"decimal\" required autocomplete=\"off\"", LABEL_MAX);
	put_currencies(page);
	put_text(page, "expires", "enrol.expires", "type=\"date\"", 0);
	put_text(page, "merchants", "enrol.merchants",
	    "autocapitalize=\"none\" spellcheck=\"false\"", MERCHANTS_MAX);
}

static void
put_currencies(struct page *page)
{
	const json_t *list =
	    json_object_get(page->work->account->more, "currencies");
	const char *code;
	size_t i;

	put(page, "<p class=\"field\"><label for=\"currency\">");
	put_word(page, "enrol.currency");
	put(page, "</label>\n<select id=\"currency\" name=\"currency\">");
	for (i = 0; i < json_array_size(list); i++) {
		code = json_string_value(json_array_get(list, i));
		put(page, "<option>");
		text_html(&page->text, code == NULL ? "" : code);
		put(page, "</option>");
	}
	put(page, "</select></p>\n");
}

/* As it was filled in before, where it has to be once more. */
static void
put_text(struct page *page, const char *name, const char *key,
    const char *attributes, unsigned int max)
{
	const char *value = body_text(&page->work->body, "", name);

	put(page, "<p class=\"field\"><label for=\"");
	put(page, name);
	put(page, "\">");
	put_word(page, key);
	put(page, "</label>\n<input id=\"");
	put(page, name);
	put(page, "\" name=\"");
	put(page, name);
	put(page, "\" ");
	put(page, attributes);
	if (max > 0) {
		put(page, " maxlength=\"");
		text_number(&page->text, max);
		put(page, "\"");
	}
	put(page, " value=\"");
	text_html(&page->text, value == NULL ? "" : value);
	put(page, "\"></p>\n");
}

static void
put_end(struct page *page)
{
	char key[KEY_MAX];

	put(page,
	    "<p class=\"buttons\"><button class=\"primary\" name=\"do\" "
	    "value=\"new-");
	put(page, page->work->account->deed.what);
	put(page, "\">");
	put_word(page, word_key(page, "button", key));
	put(page, "</button> <a class=\"button\" href=\"");
	put_account_path(page, "/account/security", "");
	put(page, "\">");
	put_word(page, "enrol.cancel");
	put(page, "</a></p>\n");
}

/* "enrol.token-text" */
static const char *
word_key(const struct page *page, const char *what, char *key)
{
	(void)snprintf(key, KEY_MAX, "enrol.%.32s-%.16s",
	    page->work->account->deed.what, what);
	return key;
}
