/*
 * page_end.c - how it ended: one page for each state.
 *
 * Every page about a payment that is over ends with one of three
 * sentences: you have not been charged, you have paid, or that this is
 * told to who has paid.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "front/page_parts.h"
#include "front/unit.h"
#include "front/visits.h"

#define KEY_MAX 80
#define REFRESH_MAX 256
#define SEEN_S "1" /* how long a receipt of what nobody was asked is seen */

static void put_closing(struct page *, enum page_charged);
static void put_receipt(struct page *, const struct till_ticket *,
    const struct answer *);
static void put_refunded(struct page *, const struct till_ticket *,
    const struct answer *);
static void put_row(struct page *, const char *, const char *);
static void put_return(struct page *, const char *, const char *, const char *);
static enum page_charged charged_by(const struct answer *);
static const char *ended_key(const struct answer *);

const char *
page_why(const struct page *page, const struct answer *answer)
{
	static const enum frame_tag tags[] = { TAG_CODE, TAG_REASON };
	static const char *const prefixes[] = { "code.", "reason." };
	char key[KEY_MAX];
	const char *value;
	size_t i, k;

	for (i = 0; i < sizeof(tags) / sizeof(tags[0]); i++) {
		value = answer_text(answer, tags[i]);
		if (value == NULL ||
		    (size_t)snprintf(key, sizeof(key), "%s%s", prefixes[i],
			value) >= sizeof(key))
			continue;
		/* The catalogue's own copy of the key outlives this call. */
		for (k = 0; k < page->words->len; k++)
			if (strcmp(page->words->words[k].key, key) == 0)
				return page->words->words[k].key;
	}
	return "reason.other";
}

char *
page_back(const struct till_ticket *ticket, const struct answer *answer)
{
	const char *token = answer_text(answer, TAG_VOUCHER);
	const char *base = ticket->ret;
	struct text text = { 0 };
	size_t len;

	if (answer_status(answer) == STATUS_CANCELLED && ticket->cancel != NULL)
		base = ticket->cancel;
	text_add(&text, base);
	if (token != NULL) {
		text_add(&text, strchr(base, '?') == NULL ? "?" : "&");
		text_add(&text, "voucher=");
		text_add(&text, token);
	}
	return text_take(&text, &len);
}

void
page_receipt(struct work *work, const struct answer *answer)
{
	const struct till_ticket *ticket = work->visit->ticket;
	bool identity = ticket->kind == TILL_KIND_IDENTITY;
	const bool unasked = answer_number(answer, TAG_UNASKED) == 1;
	char *back = page_back(ticket, answer), *refresh = NULL;
	struct text text = { 0 };
	struct page page;
	size_t len;

	text_add(&text, unasked ? SEEN_S "; url=" : "0; url=");
	text_add(&text, back);
	refresh = text_take(&text, &len);
	page_begin(&page, work, identity ? "identified.title" : "paid.title");
	if (!identity)
		(void)locale_amount(page.words, &ticket->amount, page.amount);
	page.refresh = refresh;
	page_open(&page);
	put_state(&page, MARK_GOOD,
	    identity ? "identified.title" : "paid.title");
	put_receipt(&page, ticket, answer);
	if (unasked)
		put_was_unasked(&page, page_payee(answer, ticket));
	put_closing(&page, identity ? CHARGED_NOT : CHARGED_PAID);
	if (back != NULL)
		put_return(&page, "continue", back, page_payee(answer, ticket));
	put_element(&page, "p class=\"print\"", "print");
	page_close(&page);
	free(refresh);
	free(back);
}

void
page_ended(struct work *work, const struct answer *answer)
{
	const struct till_ticket *ticket = work->visit->ticket;
	bool cancelled = answer_status(answer) == STATUS_CANCELLED;
	char *back = page_back(ticket, answer), *refresh = NULL;
	const char *key = ended_key(answer);
	struct text text = { 0 };
	struct page page;
	size_t len;

	page_begin(&page, work, key);
	if (ticket->kind != TILL_KIND_IDENTITY)
		(void)locale_amount(page.words, &ticket->amount, page.amount);
	/* Who cancels wants to go back; who was refused wants to read why. */
	if (cancelled && back != NULL) {
		text_add(&text, "0; url=");
		text_add(&text, back);
		refresh = text_take(&text, &len);
		page.refresh = refresh;
	}
	page_open(&page);
	put_state(&page,
	    answer_status(answer) == STATUS_EXPIRED ? MARK_NOTE : MARK_STOP,
	    key);
	if (!cancelled)
		put_element(&page, "p", page_why(&page, answer));
	put_closing(&page, charged_by(answer));
	if (back != NULL)
		put_return(&page, "return", back, page_payee(answer, ticket));
	put_thaw(&page, answer);
	page_close(&page);
	free(refresh);
	free(back);
}

/* Who begins anew before it is known how this ended may pay twice. */
void
page_pending(struct work *work)
{
	char refresh[REFRESH_MAX];
	struct page page;

	page_begin(&page, work, "pending.title");
	page.help = "pending.help";
	(void)snprintf(refresh, sizeof(refresh), "2; url=/t/%s/done%s%s",
	    work->visit->handle, work->lang_said ? "?lang=" : "",
	    work->lang_said ? work->words->lang : "");
	page.refresh = refresh;
	page_open(&page);
	put_state(&page, MARK_WAIT, "pending.title");
	put_element(&page, "p role=\"status\"", "pending.text");
	page_close(&page);
}

void
page_message(struct work *work, unsigned int status, const char *key,
    enum page_charged charged)
{
	char title[KEY_MAX], text[KEY_MAX];
	struct page page;

	(void)snprintf(title, sizeof(title), "%s.title", key);
	(void)snprintf(text, sizeof(text), "%s.text", key);
	page_begin(&page, work, title);
	page.status = status;
	page_open(&page);
	put_state(&page, status < 400 ? MARK_NONE : MARK_NOTE, title);
	put_element(&page, "p", text);
	put_closing(&page, charged);
	page_close(&page);
}

void
page_try_again(struct work *work)
{
	struct page page;
	bool confirmed = false;

	/* Of a visit that has confirmed it is not known. */
	if (work->visit != NULL) {
		(void)pthread_mutex_lock(&work->visit->lock);
		confirmed = work->visit->confirmed;
		(void)pthread_mutex_unlock(&work->visit->lock);
	}
	page_begin(&page, work, "down.title");
	page.status = 503;
	if (confirmed)
		page.help = "pending.help";
	/* A POST's page must not be loaded again as it was: the customer
	 * is led back to the visit. */
	if (http_method(work->http) != HTTP_POST)
		page.refresh = "3";
	page_open(&page);
	put_state(&page, MARK_WAIT, "down.title");
	put_element(&page, "p role=\"status\"",
	    confirmed ? "pending.text" : "down.text");
	if (work->visit != NULL) {
		put(&page, "<p><a class=\"button\" href=\"");
		put_here(&page, "");
		put(&page, "\">");
		put_word(&page, "down.link");
		put(&page, "</a></p>\n");
	}
	page_close(&page);
}

void
page_not_found(struct work *work)
{
	page_message(work, 404, "not-found", CHARGED_UNSAID);
}

void
page_front(struct work *work)
{
	struct page page;

	page_begin(&page, work, "front.title");
	page_open(&page);
	put_element(&page, "h1", "front.title");
	put_element(&page, "p", "front.text");
	put(&page, "<p><a class=\"button\" href=\"/account");
	put(&page, work->lang_said ? "?lang=" : "");
	put(&page, work->lang_said ? work->words->lang : "");
	put(&page, "\">");
	put_word(&page, "account.title");
	put(&page, "</a></p>\n<p><a href=\"/merchant");
	put(&page, work->lang_said ? "?lang=" : "");
	put(&page, work->lang_said ? work->words->lang : "");
	put(&page, "\">");
	put_word(&page, "front.merchants");
	put(&page, "</a></p>\n");
	page_close(&page);
}

static void
put_closing(struct page *page, enum page_charged charged)
{
	switch (charged) {
	case CHARGED_NOT:
		put_element(page, "p class=\"closing\"", "closing.not-charged");
		break;
	case CHARGED_PAID:
		put_element(page, "p class=\"closing\"", "closing.paid");
		break;
	case CHARGED_HIDDEN:
		put_element(page, "p class=\"closing\"", "closing.hidden");
		break;
	case CHARGED_UNSAID:
		break;
	}
}

static void
put_receipt(struct page *page, const struct till_ticket *ticket,
    const struct answer *answer)
{
	const char *from = answer_text(answer, TAG_PAID_FROM);
	uint64_t txn = answer_number(answer, TAG_TXN);
	uint64_t time_s = answer_number(answer, TAG_TIME_S);
	bool identity = ticket->kind == TILL_KIND_IDENTITY;
	char number[LOCALE_AMOUNT_MAX];

	put(page, "<dl class=\"facts\">\n");
	put_payee(page, ticket, answer);
	put_goods(page, ticket);
	if (!identity)
		put_total(page, ticket);
	if (from != NULL && !identity)
		put_row(page, "from", page_way(page, from));
	if (time_s > 0) {
		put(page, "<div><dt>");
		put_word(page, identity ? "time.identity" : "time");
		put(page, "</dt><dd>");
		put_time(page, (int64_t)time_s);
		put(page, "</dd></div>\n");
	}
	if (txn > 0) {
		(void)snprintf(number, sizeof(number), "%llu",
		    (unsigned long long)txn);
		put_row(page, "serial", number);
	}
	put_refunded(page, ticket, answer);
	put(page, "</dl>\n");
}

/* In the ticket's currency. */
static void
put_refunded(struct page *page, const struct till_ticket *ticket,
    const struct answer *answer)
{
	const char *value = answer_text(answer, TAG_REFUNDED);
	struct till_money refunded;
	struct till_error err;

	if (value == NULL ||
	    till_money_parse(value, ticket->amount.currency, &refunded, &err) ==
		-1)
		return;
	put(page, "<div><dt>");
	put_word(page, "refunded");
	put(page, "</dt><dd>");
	put_money(page, refunded.micro, refunded.currency);
	put(page, "</dd></div>\n");
}

static void
put_row(struct page *page, const char *key, const char *value)
{
	put(page, "<div><dt>");
	put_word(page, key);
	put(page, "</dt><dd>");
	put_foreign(page, value, FOREIGN_MAX);
	put(page, "</dd></div>\n");
}

static void
put_return(struct page *page, const char *key, const char *url,
    const char *merchant)
{
	put(page, "<p class=\"buttons\"><a class=\"button primary\" href=\"");
	text_html(&page->text, url);
	put(page, "\">");
	put_word_with(page, key, merchant);
	put(page, "</a></p>\n");
}

/* Without a seal it is this request that was refused, of an order that is
 * paid; but who has shown to be somebody else than the payer has not been
 * charged (rear/order.h). */
static enum page_charged
charged_by(const struct answer *answer)
{
	const char *code = answer_text(answer, TAG_CODE);

	if (answer_text(answer, TAG_VOUCHER) != NULL ||
	    (code != NULL && strcmp(code, "already-paid") == 0))
		return CHARGED_NOT;
	return CHARGED_HIDDEN;
}

static const char *
ended_key(const struct answer *answer)
{
	if (charged_by(answer) == CHARGED_HIDDEN)
		return "hidden.title";
	switch (answer_status(answer)) {
	case STATUS_CANCELLED:
		return "cancelled.title";
	case STATUS_EXPIRED:
		return "expired.title";
	case STATUS_CONFLICT:
		return "conflict.title";
	case STATUS_NONE:
	case STATUS_SIGNED_IN: /* of no order */
	case STATUS_PROMPTS:
	case STATUS_READY:
	case STATUS_PAID:
	case STATUS_REFUSED:
	case STATUS_DECLINED:
	case STATUS_PENDING:
	case STATUS_INVALID:
	case STATUS_GONE:
	case STATUS_BUSY:
		break;
	}
	return "refused.title";
}
