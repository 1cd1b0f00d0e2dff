/*
 * page_unasked.c - what a customer lets a merchant have without being asked,
 * on the page of its payment and on the receipt.
 *
 * The page's script sends the form that the button would send.  Without
 * script the button is there, and whoever presses it has been asked; so is who
 * has not come from the merchant's own pages, as anybody could have led him
 * here to pay for somebody else's purchase.
 */
#include <stdio.h>
#include <string.h>

#include "front/page_parts.h"
#include "front/pay_priv.h"
#include "front/unit.h"
#include "front/visits.h"

static void put_amount(struct page *, const char *, const char **,
    const char *);
static void put_change(struct page *);

bool
page_goes_on(const struct work *work, const struct answer *answer)
{
	return answer_status(answer) == STATUS_READY &&
	    answer_text(answer, TAG_ALLOWANCE) != NULL &&
	    work->session[0] != '\0' && !work->other && !work->visit->stepped &&
	    pay_was_sent(work);
}

void
put_unasked(struct page *page, const struct till_ticket *ticket,
    const struct answer *answer)
{
	const char *at = answer_text(answer, TAG_ALLOWANCE);
	const char *currency = ticket->amount.currency;

	put(page, "<div class=\"unasked\" data-unasked>\n<p>");
	put_word_with(page, "unasked.covered", page_payee(answer, ticket));
	put(page, "</p>\n<p role=\"status\"><strong hidden>");
	put_word(page, "unasked.paying");
	put(page, "</strong></p>\n<p><small>");
	put_amount(page, "allowance.each", &at, currency);
	put(page, " \302\267 ");
	put_amount(page, "allowance.day", &at, currency);
	put(page, " \302\267 ");
	put_amount(page, "allowance.left", &at, currency);
	put(page, "</small></p>\n");
	put_change(page);
	put(page,
	    "<input type=\"hidden\" name=\"unasked\" value=\"1\" disabled>\n"
	    "</div>\n<script type=\"module\" "
	    "src=\"/allowance.js\"></script>\n");
}

void
put_was_unasked(struct page *page, const char *payee)
{
	put(page, "<div class=\"unasked\">\n<p>");
	put_word_with(page, "unasked.paid", payee);
	put(page, "</p>\n");
	put_change(page);
	put(page, "</div>\n");
}

/* The next one of some amounts, with blanks between. */
static void
put_amount(struct page *page, const char *key, const char **at,
    const char *currency)
{
	const size_t len = strcspn(*at, " ");
	char number[TILL_MONEY_MAX], text[LOCALE_AMOUNT_MAX];
	struct till_money money;
	struct till_error err;

	(void)snprintf(number, sizeof(number), "%.*s", (int)len, *at);
	*at += len + strspn(*at + len, " ");
	if (till_money_parse(number, currency, &money, &err) == -1)
		return;
	put_word_with(page, key, locale_amount(page->words, &money, text));
}

static void
put_change(struct page *page)
{
	put(page, "<p><a href=\"/account/allowances");
	put(page, page->work->lang_said ? "?lang=" : "");
	put(page, page->work->lang_said ? page->words->lang : "");
	put(page, "\">");
	put_word(page, "unasked.change");
	put(page, "</a></p>\n");
}
