/*
 * page_sign_in.c - who are you?
 */
#include "front/page_parts.h"
#include "front/sign_in.h"
#include "front/unit.h"

static void put_query(struct text *, const struct work *, const char *);
static void put_failure(struct page *, const struct answer *);
static void put_who(struct page *, const struct answer *);
static void put_customer(struct page *, const struct answer *);

void
page_sign_in(struct work *work, const struct answer *answer,
    const struct answer *said, const char *csrf, const char *next)
{
	const char *conversation = answer_text(answer, TAG_CONVERSATION);
	struct text query = { 0 };
	struct page page;

	put_query(&query, work, next);
	page_begin(&page, work, "sign-in.title");
	page.kind = PAGE_FORM;
	page.help = "sign-in.help";
	page.query = query.data == NULL ? "" : query.data;
	page.cookie = work->cookie_set[0] != '\0' ? work->cookie_set : NULL;
	if (work->said != NULL || (said != NULL && said_error(said)))
		page.title_prefix = "error.prefix";
	page_open(&page);
	put_element(&page, "h1", "sign-in.title");
	put_failure(&page, said);
	if (work->question.enrol)
		put_element(&page, "p class=\"info\"", "sign-in.enrol");
	put(&page, "<form method=\"post\" action=\"");
	put(&page, sign_in_path(work));
	put(&page, work->lang_said ? "?lang=" : "");
	put(&page, work->lang_said ? work->words->lang : "");
	put(&page, "\">\n");
	put_hidden(&page, "csrf", csrf);
	put_hidden(&page, "next", next);
	if (work->question.fresh)
		put_hidden(&page, "fresh", "1");
	if (work->other)
		put_hidden(&page, "as", "other");
	if (work->question.enrol)
		put_hidden(&page, "for", "enrol");
	if (conversation != NULL)
		put_hidden(&page, "conversation", conversation);
	put_who(&page, answer);
	put_prompts(&page, answer);
	put(&page, "<p class=\"buttons\"><button class=\"primary\">");
	put_word(&page, "sign-in.button");
	put(&page, "</button></p>\n</form>\n");
	page_close(&page);
	text_clear(&query);
}

static void
put_query(struct text *query, const struct work *work, const char *next)
{
	text_add(query, "next=");
	text_url(query, next);
	text_add(query, work->question.fresh ? "&fresh=1" : "");
	text_add(query, work->question.enrol ? "&for=enrol" : "");
}

static void
put_failure(struct page *page, const struct answer *said)
{
	if (page->title_prefix == NULL)
		return;
	put(page, "<div role=\"alert\" class=\"alert\" id=\"error\">\n");
	if (page->work->said != NULL)
		put_element(page, "p", page->work->said);
	else
		put_errors(page, said);
	put(page, "</div>\n");
}

/* Whom a session names need not say it again; but who has said it in the form
 * may say it otherwise, whatever session his browser still has.  None names a
 * merchant here. */
static void
put_who(struct page *page, const struct answer *answer)
{
	const struct work *work = page->work;

	if (work->question.session == NULL || work->merchant ||
	    work->question.customer != NULL ||
	    answer_text(answer, TAG_CUSTOMER) == NULL) {
		put_customer(page, answer);
		return;
	}
	put(page, "<p class=\"who\">");
	put_word_with(page, "signed-in", answer_text(answer, TAG_CUSTOMER));
	put(page, " <a href=\"/sign-in?as=other&amp;");
	text_html(&page->text, page->query);
	put(page, work->lang_said ? "&amp;lang=" : "");
	put(page, work->lang_said ? work->words->lang : "");
	put(page, "\">");
	put_word(page, "not-you");
	put(page, "</a></p>\n");
}

static void
put_customer(struct page *page, const struct answer *answer)
{
	const char *customer = answer_text(answer, TAG_CUSTOMER);

	put(page, "<p class=\"field\"><label for=\"customer\">");
	put_word(page, "customer");
	put(page,
	    "</label>\n<input id=\"customer\" name=\"customer\" "
	    "autocomplete=\"username\" autocapitalize=\"none\" "
	    "spellcheck=\"false\" required maxlength=\"32\"");
	if (customer != NULL) {
		put(page, " value=\"");
		text_html(&page->text, customer);
		put(page, "\"");
	}
	put(page, "></p>\n");
}
