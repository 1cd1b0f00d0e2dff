/*
 * page_confirm.c - who is paid, for what, how much; sign in, pay or
 * cancel.
 *
 * The order of things is the order in which a careful person reads: the
 * head names the operator, then payee, goods, total, from what it is
 * paid and until when; credentials come after all of that.
 */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "decimal.h"
#include "front/page_parts.h"
#include "front/unit.h"
#include "front/visits.h"

#define WAY_SIZE 33 /* of the name of one way to pay */
#define PROMPT_LENGTH_MAX 1024 /* of what a person types */

static void put_said(struct page *, const struct answer *);
static void put_facts(struct page *, const struct till_ticket *,
    const struct answer *);
static void put_expiry(struct page *, const struct till_ticket *);
static void put_from(struct page *, const struct till_ticket *,
    const struct answer *);
static void put_way(struct page *, const struct till_ticket *,
    const struct answer *, const char *);
static void put_form(struct page *, const struct till_ticket *,
    const struct answer *, const char *);
static void put_customer(struct page *, const struct till_ticket *,
    const struct answer *);
static void put_prompt(struct page *, const struct answer_prompt *);
static void put_label(struct page *, const struct answer_prompt *);
static void put_input(struct page *, const struct answer_prompt *);
static void put_choices(struct page *, const struct answer_prompt *);
static void put_buttons(struct page *, const struct till_ticket *,
    const struct answer *);
static bool signed_in(const struct work *, const struct answer *);

void
page_confirm(struct work *work, const struct answer *answer,
    const struct answer *said, const char *csrf)
{
	const struct till_ticket *ticket = work->visit->ticket;
	bool identity = ticket->kind == TILL_KIND_IDENTITY;
	struct page page;

	page_begin(&page, work, identity ? "identify.title" : "confirm.title");
	page.kind = PAGE_CONFIRM;
	page.cookie = work->cookie_set[0] != '\0' ? work->cookie_set : NULL;
	if (!identity)
		(void)locale_amount(page.words, &ticket->amount, page.amount);
	if (said != NULL && said_error(said))
		page.title_prefix = "error.prefix";
	page_open(&page);
	put_element(&page, "h1", identity ? "identify.title" : "confirm.title");
	if (identity)
		put_element(&page, "p class=\"info\"", "identify.text");
	if (said != NULL && said_error(said))
		put_said(&page, said);
	put_facts(&page, ticket, answer);
	put_form(&page, ticket, answer, csrf);
	page_close(&page);
}

/* What the latest try brought. */
static void
put_said(struct page *page, const struct answer *said)
{
	put(page, "<div role=\"alert\" class=\"alert\" id=\"error\">\n");
	put_errors(page, said);
	put_element(page, "p", "closing.not-charged");
	put(page, "</div>\n");
}

void
put_errors(struct page *page, const struct answer *said)
{
	struct answer_prompt prompt;
	size_t at = 0;
	bool told = false;

	while (answer_prompt(said, &at, &prompt)) {
		if (prompt.kind != TILL_TELL_ERROR)
			continue;
		put(page, "<p><strong>");
		put_label(page, &prompt);
		put(page, "</strong></p>\n");
		told = true;
	}
	if (told)
		return;
	put(page, "<p><strong>");
	put_word(page, page_why(page, said));
	put(page, "</strong></p>\n");
	put_thaw(page, said);
}

bool
said_error(const struct answer *said)
{
	struct answer_prompt prompt;
	size_t at = 0;

	if (answer_status(said) == STATUS_DECLINED ||
	    answer_text(said, TAG_CODE) != NULL)
		return true;
	while (answer_prompt(said, &at, &prompt))
		if (prompt.kind == TILL_TELL_ERROR)
			return true;
	return false;
}

static void
put_facts(struct page *page, const struct till_ticket *ticket,
    const struct answer *answer)
{
	put(page, "<dl class=\"facts\">\n");
	put_payee(page, ticket, answer);
	put_goods(page, ticket);
	if (ticket->ship != NULL) {
		put(page, "<div><dt>");
		put_word(page, "delivery");
		put(page, "</dt><dd>");
		put_foreign(page, ticket->ship, FOREIGN_MAX);
		put(page, "</dd></div>\n");
	}
	if (ticket->kind != TILL_KIND_IDENTITY) {
		put_total(page, ticket);
		put_from(page, ticket, answer);
	}
	put_expiry(page, ticket);
	put(page, "</dl>\n");
}

/* By the server's clock, which decides. */
static void
put_expiry(struct page *page, const struct till_ticket *ticket)
{
	const int64_t now_s = (int64_t)time(NULL);

	put(page, "<div><dt>");
	put_word(page, "expires");
	put(page, "</dt><dd>");
	put_time(page, ticket->exp);
	put_left(page,
	    ticket->exp > now_s ? (uint64_t)(ticket->exp - now_s) : 0,
	    "left.request");
	put(page, "</dd></div>\n");
}

/* Where it depends on who pays, and that is not known yet, it is said so. */
static void
put_from(struct page *page, const struct till_ticket *ticket,
    const struct answer *answer)
{
	const char *ways = answer_text(answer, TAG_PAID_FROM);
	char way[WAY_SIZE];
	bool first = true;
	size_t len;

	put(page, "<div><dt>");
	put_word(page, "from");
	put(page, "</dt><dd>");
	if (ways == NULL)
		put_word(page, "from.account");
	for (; ways != NULL && *ways != '\0'; ways += len) {
		ways += strspn(ways, " ");
		len = strcspn(ways, " ");
		(void)snprintf(way, sizeof(way), "%.*s", (int)len, ways);
		if (!first) {
			put(page, " <small>");
			put_word(page, "from.else");
			put(page, " ");
		}
		put_way(page, ticket, answer, way);
		put(page, first ? "" : "</small>");
		first = false;
	}
	put(page, "</dd></div>\n");
}

/* A wallet that is known with what it holds, in the ticket's currency. */
static void
put_way(struct page *page, const struct till_ticket *ticket,
    const struct answer *answer, const char *way)
{
	const char *balance = answer_text(answer, TAG_BALANCE);
	char amount[LOCALE_AMOUNT_MAX];
	struct till_money money;
	struct till_error err;

	if (strcmp(way, "wallet") == 0 && balance != NULL &&
	    till_money_parse(balance, ticket->amount.currency, &money, &err) ==
		0)
		put_word_with(page, "from.balance",
		    locale_amount(page->words, &money, amount));
	else
		put_foreign(page, page_way(page, way), FOREIGN_MAX);
}

static void
put_form(struct page *page, const struct till_ticket *ticket,
    const struct answer *answer, const char *csrf)
{
	put(page, "<form method=\"post\" action=\"");
	put_here(page, "");
	put(page, "\">\n");
	put_hidden(page, "csrf", csrf);
	if (signed_in(page->work, answer)) {
		put(page, "<p class=\"who\">");
		put_word_with(page, "signed-in",
		    answer_text(answer, TAG_CUSTOMER));
		put(page, " <a href=\"");
		put_here(page, "as=other");
		put(page, "\">");
		put_word(page, "not-you");
		put(page, "</a></p>\n");
	} else {
		put_customer(page, ticket, answer);
	}
	put_prompts(page, answer);
	if (page_goes_on(page->work, answer))
		put_unasked(page, ticket, answer);
	if (!signed_in(page->work, answer)) {
		put(page,
		    "<p class=\"check\"><input type=\"checkbox\" "
		    "id=\"remember\" name=\"remember\" value=\"1\"> "
		    "<label for=\"remember\">");
		put_word(page, "remember");
		put(page, "</label></p>\n");
	}
	put_buttons(page, ticket, answer);
	put(page, "</form>\n");
}

static void
put_customer(struct page *page, const struct till_ticket *ticket,
    const struct answer *answer)
{
	const char *customer = answer_text(answer, TAG_CUSTOMER);

	put(page, "<p class=\"field\"><label for=\"customer\">");
	put_word(page, "customer");
	put(page,
	    "</label>\n<input id=\"customer\" name=\"customer\" "
	    "autocomplete=\"username\" autocapitalize=\"none\" "
	    "spellcheck=\"false\" required maxlength=\"32\"");
	if (ticket->cid != NULL)
		customer = ticket->cid;
	if (ticket->cid != NULL)
		put(page, " readonly");
	if (customer != NULL) {
		put(page, " value=\"");
		text_html(&page->text, customer);
		put(page, "\"");
	}
	put(page, "></p>\n");
}

void
put_prompts(struct page *page, const struct answer *answer)
{
	struct answer_prompt prompt;
	size_t at = 0;

	while (answer_prompt(answer, &at, &prompt)) {
		switch (prompt.kind) {
		case TILL_ASK_TEXT:
		case TILL_ASK_SECRET:
		case TILL_ASK_CHOICE:
			put_prompt(page, &prompt);
			break;
		case TILL_TELL_INFO:
			put(page, "<p class=\"info\">");
			put_label(page, &prompt);
			put(page, "</p>\n");
			break;
		case TILL_ASK_AUDIO:
			put_audio(page, &prompt);
			break;
		case TILL_ASK_SIGNATURE:
			put_signature(page, answer, &prompt);
			break;
		case TILL_TELL_ERROR:
			/* Of the latest try: it stands above. */
			break;
		}
	}
}

static void
put_prompt(struct page *page, const struct answer_prompt *prompt)
{
	if (prompt->kind == TILL_ASK_CHOICE) {
		put_choices(page, prompt);
		return;
	}
	put(page, "<p class=\"field\"><label for=\"answer-");
	text_html(&page->text, prompt->id);
	put(page, "\">");
	put_label(page, prompt);
	put(page, "</label>\n");
	put_input(page, prompt);
	put(page, "</p>\n");
}

/* The catalogue's text, or the module's own where it has none. */
static void
put_label(struct page *page, const struct answer_prompt *prompt)
{
	if (prompt->label != NULL &&
	    catalogue_word(page->words, prompt->label) != NULL)
		put_word(page, prompt->label);
	else if (prompt->text != NULL)
		put_foreign(page, prompt->text, FOREIGN_MAX);
	else
		put_foreign(page, prompt->id, FOREIGN_MAX);
}

static void
put_input(struct page *page, const struct answer_prompt *prompt)
{
	bool secret = prompt->kind == TILL_ASK_SECRET;

	put(page, "<input id=\"answer-");
	text_html(&page->text, prompt->id);
	put(page, "\" name=\"answers.");
	text_html(&page->text, prompt->id);
	put(page,
	    secret ? "\" type=\"password\" autocomplete=\"current-password\""
		   : "\" autocomplete=\"off\" spellcheck=\"false\"");
	if (prompt->min > 0)
		put(page, " required");
	if (prompt->max > 0 && prompt->max <= PROMPT_LENGTH_MAX) {
		put(page, " maxlength=\"");
		text_number(&page->text, prompt->max);
		put(page, "\"");
	}
	if (page->title_prefix != NULL)
		put(page, " aria-describedby=\"error\"");
	put(page, ">");
}

static void
put_choices(struct page *page, const struct answer_prompt *prompt)
{
	size_t i;

	put(page, "<fieldset><legend>");
	put_label(page, prompt);
	put(page, "</legend>\n");
	for (i = 0; i < prompt->choices_len; i++) {
		put(page,
		    "<label class=\"check\"><input type=\"radio\" name="
		    "\"answers.");
		text_html(&page->text, prompt->id);
		put(page, "\" value=\"");
		text_html(&page->text, prompt->choices[i]);
		put(page, "\" required> ");
		put_foreign(page, prompt->choices[i], FOREIGN_MAX);
		put(page, "</label>\n");
	}
	put(page, "</fieldset>\n");
}

static void
put_buttons(struct page *page, const struct till_ticket *ticket,
    const struct answer *answer)
{
	put(page,
	    "<p class=\"buttons\">"
	    "<button class=\"primary\" name=\"do\" value=\"pay\">");
	if (ticket->kind == TILL_KIND_IDENTITY)
		put_word(page, "identify.button");
	else
		put_word_with(page, "pay.button", page->amount);
	put(page,
	    "</button>\n<button name=\"do\" value=\"cancel\" "
	    "formnovalidate>");
	put_word_with(page, "cancel.button", page_payee(answer, ticket));
	put(page, "</button>\n");
	if (signed_in(page->work, answer)) {
		put(page,
		    "<button class=\"quiet\" name=\"do\" value=\"sign-out\" "
		    "formnovalidate>");
		put_word(page, "sign-out");
		put(page, "</button>\n");
	}
	put(page, "</p>\n");
}

/* Whom the rear names though nobody has said a name: the session's. */
static bool
signed_in(const struct work *work, const struct answer *answer)
{
	return work->session[0] != '\0' && !work->other &&
	    answer_text(answer, TAG_CUSTOMER) != NULL;
}
