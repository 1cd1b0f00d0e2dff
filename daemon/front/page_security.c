/*
 * page_security.c - how a customer is recognised, and how to stop it.
 */
#include <stdio.h>
#include <string.h>

#include "front/account_priv.h"

#define KEY_MAX 64

static void put_freeze(struct page *, const char *);
static void put_credentials(struct page *, const json_t *, const json_t *,
    const char *);
static bool is_token(const json_t *, const json_t *);
static void put_credential(struct page *, const json_t *, const char *,
    const char *);
static void put_name(struct page *, const json_t *);
static void put_revoke(struct page *, const json_t *, const char *,
    const char *);

void
page_security(struct work *work, const json_t *tokens, const char *csrf)
{
	const json_t *shown = work->account->shown;
	struct page page;

	page_begin(&page, work, "security.title");
	page.kind = PAGE_ACCOUNT;
	page.help = "account.help";
	page_open(&page);
	put_element(&page, "h1", "security.title");
	put_account_links(&page, "/account/security");
	put_freeze(&page, csrf);
	put_credentials(&page, json_object_get(shown, "credentials"),
	    json_object_get(tokens, "tokens"), csrf);
	put_element(&page, "h2", "security.data");
	put(&page, "<p><a href=\"");
	put_account_path(&page, "/account/data.json", "");
	put(&page, "\">");
	put_word(&page, "security.data-link");
	put(&page, "</a></p>\n");
	page_close(&page);
}

static void
put_freeze(struct page *page, const char *csrf)
{
	const json_t *shown = page->work->account->shown;
	const bool frozen = strcmp(doc_get(shown, "status"), "frozen") == 0;

	put_element(page, "h2", "security.freeze");
	if (frozen) {
		put(page, "<div role=\"status\" class=\"alert\">\n");
		put_element(page, "p", "account.frozen");
		put(page, "</div>\n");
	} else {
		put_element(page, "p", "security.freeze-text");
	}
	put_form_begin(page, csrf);
	put(page, "<p class=\"buttons\"><button name=\"do\" value=\"");
	put(page, frozen ? "unfreeze\">" : "freeze\">");
	put_word(page, frozen ? "security.unfreeze" : "security.freeze-button");
	put(page, "</button></p>\n</form>\n");
}

static void
put_credentials(struct page *page, const json_t *credentials,
    const json_t *tokens, const char *csrf)
{
	const json_t *item;
	size_t i;

	put_element(page, "h2", "security.credentials");
	put(page, "<ul class=\"credentials\">\n");
	for (i = 0; i < json_array_size(credentials); i++) {
		item = json_array_get(credentials, i);
		put_credential(page, item,
		    is_token(tokens, item) ? "revoke-token"
			: strcmp(doc_get(item, "id"), "password") == 0
			? NULL
			: "revoke-key",
		    csrf);
	}
	put(page, "</ul>\n");
}

static bool
is_token(const json_t *tokens, const json_t *credential)
{
	const json_t *item;
	size_t i;

	for (i = 0; i < json_array_size(tokens); i++) {
		item = json_array_get(tokens, i);
		if (strcmp(doc_get(item, "instance"),
			doc_get(credential, "instance")) == 0 &&
		    strcmp(doc_get(item, "token"), doc_get(credential, "id")) ==
			0)
			return true;
	}
	return false;
}

static void
put_credential(struct page *page, const json_t *credential, const char *revoke,
    const char *csrf)
{
	put(page, "<li><strong>");
	put_name(page, credential);
	put(page, "</strong> <small>");
	put_word(page, "security.since");
	put(page, " ");
	put_time(page, doc_time(credential, "created"));
	put(page, "</small>\n");
	if (revoke != NULL)
		put_revoke(page, credential, revoke, csrf);
	put(page, "</li>\n");
}

/* What its customer calls it, or the word for what it is, or its id. */
static void
put_name(struct page *page, const json_t *credential)
{
	const char *label = doc_get(credential, "label");
	const char *id = doc_get(credential, "id");
	char key[KEY_MAX];

	(void)snprintf(key, sizeof(key), "auth.%.32s", id);
	if (label[0] != '\0')
		put_foreign(page, label, FOREIGN_MAX);
	else if (catalogue_word(page->words, key) != NULL)
		put_word(page, key);
	else
		put_foreign(page, id, FOREIGN_MAX);
}

static void
put_revoke(struct page *page, const json_t *credential, const char *revoke,
    const char *csrf)
{
	const char *label = doc_get(credential, "label");

	put_form_begin(page, csrf);
	put(page, "<input type=\"hidden\" name=\"id\" value=\"");
	text_html(&page->text, doc_get(credential, "id"));
	put(page, "\"><button name=\"do\" value=\"");
	put(page, revoke);
	put(page, "\" class=\"quiet\" aria-label=\"");
	put_word(page, "security.revoke");
	put(page, " ");
	text_html(&page->text,
	    label[0] == '\0' ? doc_get(credential, "id") : label);
	put(page, "\">");
	put_word(page, "security.revoke");
	put(page, "</button></form>\n");
}
