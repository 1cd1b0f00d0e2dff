/*
 * page_security.c - how a customer is recognised, and how to stop it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "front/account_priv.h"

#define KEY_MAX 64

static void put_freeze(struct page *, const char *);
static void put_credentials(struct page *, const json_t *, const char *);
static void put_enrol(struct page *, const char *);
static void put_sessions(struct page *, const json_t *, const char *);
static void put_session(struct page *, const json_t *);
static const char *removal(const json_t *);
static void put_credential(struct page *, const json_t *, const char *);
static void put_name(struct page *, const json_t *);
static void put_revoke(struct page *, const json_t *, const char *);

void
page_security(struct work *work, const char *csrf)
{
	const json_t *shown = work->account->shown;
	char *path =
	    work->account->deed.what == NULL ? NULL : account_deed_path(work);
	struct page page;

	page_begin(&page, work, "security.title");
	page.kind = PAGE_ACCOUNT;
	page.help = "account.help";
	/* In another language it is pointed out as well. */
	if (path != NULL)
		page.query = strchr(path, '?') + 1;
	page_open(&page);
	put_element(&page, "h1", "security.title");
	put_account_links(&page, "/account/security");
	put_freeze(&page, csrf);
	put_credentials(&page, json_object_get(shown, "credentials"), csrf);
	put_enrol(&page, csrf);
	put_sessions(&page, json_object_get(work->account->more, "sessions"),
	    csrf);
	put_element(&page, "h2", "security.data");
	put(&page, "<p><a href=\"");
	put_account_path(&page, "/account/data", "");
	put(&page, "\">");
	put_word(&page, "security.data-link");
	put(&page, "</a></p>\n");
	page_close(&page);
	free(path);
}

void
page_unsure(struct work *work)
{
	const bool allowance = work->account->allow.merchant != NULL;
	struct page page;

	page_begin(&page, work, "unsure.title");
	page.kind = PAGE_ACCOUNT;
	page.help = "account.help";
	page.status = 503;
	page_open(&page);
	put_state(&page, MARK_NOTE, "unsure.title");
	put_element(&page, "p role=\"status\"", "unsure.text");
	put(&page, "<p><a class=\"button\" href=\"");
	put_account_path(&page,
	    allowance ? "/account/allowances" : "/account/security", "");
	put(&page, "\">");
	put_word(&page, allowance ? "allowance.title" : "security.title");
	put(&page, "</a></p>\n");
	page_close(&page);
}

void
put_deed_button(struct page *page, const struct account_deed *deed,
    const char *about)
{
	const bool wanted = account_deed_is(&page->work->account->deed,
	    deed->what, deed->instance, deed->id);

	if (wanted)
		put_element(page, "p class=\"closing\" id=\"wanted\"",
		    "security.again");
	put(page, "<button name=\"do\" value=\"");
	put(page, deed->what);
	put(page, "\"");
	put(page, wanted ? " autofocus aria-describedby=\"wanted\"" : "");
	if (about[0] != '\0') {
		put(page, " class=\"quiet\" aria-label=\"");
		put_word(page, "security.revoke");
		put(page, " ");
		text_html(&page->text, about);
		put(page, "\"");
	}
	put(page, ">");
}

static void
put_freeze(struct page *page, const char *csrf)
{
	const bool frozen = account_frozen(page->work);
	const struct account_deed deed = { .what =
					       frozen ? "unfreeze" : "freeze",
		.instance = "",
		.id = "" };

	put_element(page, "h2", "security.freeze");
	put_frozen(page, false);
	if (!frozen)
		put_element(page, "p", "security.freeze-text");
	put_form_begin(page, csrf);
	put_deed_button(page, &deed, "");
	put_word(page, frozen ? "security.unfreeze" : "security.freeze-button");
	put(page, "</button></form>\n");
}

static void
put_credentials(struct page *page, const json_t *credentials, const char *csrf)
{
	size_t i;

	put_element(page, "h2", "security.credentials");
	put(page, "<ul class=\"credentials\">\n");
	for (i = 0; i < json_array_size(credentials); i++)
		put_credential(page, json_array_get(credentials, i), csrf);
	put(page, "</ul>\n");
}

/* What the rear unit lets customers make themselves. */
static void
put_enrol(struct page *page, const char *csrf)
{
	const json_t *may = json_object_get(page->work->account->more, "may");
	struct account_deed deed = { .instance = "", .id = "" };
	char key[KEY_MAX];
	size_t i;

	if (json_array_size(may) == 0)
		return;
	put_form_begin(page, csrf);
	put(page, "<div class=\"deeds\">\n");
	for (i = 0; i < json_array_size(may); i++) {
		deed.what = json_string_value(json_array_get(may, i));
		if (deed.what == NULL)
			continue;
		(void)snprintf(key, sizeof(key), "security.%.32s", deed.what);
		put_deed_button(page, &deed, "");
		put_word(page, key);
		put(page, "</button>\n");
	}
	put(page, "</div></form>\n");
}

static void
put_sessions(struct page *page, const json_t *sessions, const char *csrf)
{
	size_t i;

	put_element(page, "h2", "security.sessions");
	put(page, "<ul class=\"sessions\">\n");
	for (i = 0; i < json_array_size(sessions); i++)
		put_session(page, json_array_get(sessions, i));
	put(page, "</ul>\n");
	put_form_begin(page, csrf);
	put(page, "<button name=\"do\" value=\"sign-out-all\">");
	put_word(page, "security.sign-out-all");
	put(page, "</button></form>\n");
}

static void
put_session(struct page *page, const json_t *session)
{
	const char *where = doc_get(session, "where");

	put(page, "<li><p><strong>");
	if (json_is_true(json_object_get(session, "this")))
		put_word(page, "security.this");
	else if (json_is_true(json_object_get(session, "account")))
		put_word(page, "security.other");
	else
		put_word(page, "security.payment");
	put(page, "</strong> <small>");
	if (where[0] != '\0') {
		put_foreign(page, where, FOREIGN_MAX);
		put(page, ", ");
	}
	put_word(page, "security.since");
	put(page, " ");
	put_time(page, doc_time(session, "since"));
	put(page, "</small></p></li>\n");
}

/* What takes it away; NULL: nothing of these pages.  An instance that is not
 * asked any more takes nothing back. */
static const char *
removal(const json_t *credential)
{
	const char *module = doc_get(credential, "module");

	if (!json_is_true(json_object_get(credential, "asked")))
		return NULL;
	if (strcmp(module, "auth_token") == 0)
		return "revoke-token";
	return strcmp(module, "auth_smartcard") == 0 ? "revoke-key" : NULL;
}

static void
put_credential(struct page *page, const json_t *credential, const char *csrf)
{
	put(page, "<li><p><strong>");
	put_name(page, credential);
	put(page, "</strong> <small>");
	put_word(page, "security.since");
	put(page, " ");
	put_time(page, doc_time(credential, "created"));
	put(page, "</small></p>\n");
	if (removal(credential) != NULL)
		put_revoke(page, credential, csrf);
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
put_revoke(struct page *page, const json_t *credential, const char *csrf)
{
	const struct account_deed deed = { .what = removal(credential),
		.instance = doc_get(credential, "instance"),
		.id = doc_get(credential, "id") };
	const char *label = doc_get(credential, "label");

	put_form_begin(page, csrf);
	put_hidden(page, "instance", deed.instance);
	put_hidden(page, "id", deed.id);
	put_deed_button(page, &deed, label[0] == '\0' ? deed.id : label);
	put_word(page, "security.revoke");
	put(page, "</button></form>\n");
}
