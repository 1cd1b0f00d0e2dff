/*
 * pay.c - a customer's way through the payment page.
 *
 *	GET  /pay?t=TICKET	a visit begins; 303 to its own address
 *	GET  /t/HANDLE		what the rear asks, as a form
 *	POST /t/HANDLE		one step; 303, always
 *	GET  /t/HANDLE/done	how it ended, and the way to the merchant
 *
 * A browser blocks a form's POST that is answered by a redirect to
 * another origin where the policy says form-action 'self', after the
 * payment was made; so the way back is the receipt's Refresh and link.
 * A GET asks the rear unit what is the case and changes nothing; a POST
 * that comes twice has the same end twice.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "front/pages.h"
#include "front/pay.h"
#include "front/pay_priv.h"
#include "front/unit.h"
#include "front/visits.h"
#include "ticket_peek.h"

#define LOCATION_MAX 128

static int begin_ticket(struct work *, const char *, struct till_ticket **);
static bool view(struct work *, void (*)(struct work *));
static bool go_on(struct work *);
static void show_then(struct work *);
static void show_open(struct work *, bool);
static void done_then(struct work *);
static void done_unknown(struct work *);
static void done_ended(struct work *);
static bool knows_why(struct work *);
static void done_stored(struct work *);
static void refuse(struct work *, unsigned int, const char *);

void
visit_begin(struct work *work)
{
	struct till_ticket *ticket = NULL;
	const char *token;

	page_language(work, NULL);
	token = body_text(&work->body, "", "t");
	if (token == NULL) {
		page_message(work, 400, "no-ticket", CHARGED_UNSAID);
		return;
	}
	if (strlen(token) > TILL_TOKEN_URL_MAX) {
		page_message(work, 414, "long-ticket", CHARGED_NOT);
		return;
	}
	if (begin_ticket(work, token, &ticket) == -1)
		return;
	if (cookie_browser(work) == -1 ||
	    visit_new(work->front->visits, token, ticket, VISIT_TTL_S,
		&work->visit, &work->err) == -1) {
		page_try_again(work);
		return;
	}
	pay_note_sender(work);
	pay_redirect(work, "");
}

void
visit_show(struct work *work)
{
	if (view(work, show_then))
		return;
	pay_redirect(work, "/done");
}

void
visit_done(struct work *work)
{
	(void)view(work, done_then);
}

/* What can be said of a ticket without its merchant's key (seed: 61, 62);
 * -1: it was refused (63).  One whose time is over goes on: it may have
 * been paid, and if not the rear signs the refusal. */
static int
begin_ticket(struct work *work, const char *token,
    struct till_ticket **ticket_r)
{
	const char *key = NULL;

	if (till_ticket_form(token, strlen(token), &work->err) == -1 ||
	    ticket_peek(token, strlen(token), ticket_r, &work->err) == -1) {
		page_message(work, 400, "bad-ticket", CHARGED_NOT);
		return -1;
	}
	switch (till_ticket_valid(*ticket_r, work->front->issuer, time(NULL),
	    TILL_LIFETIME_MAX)) {
	case TILL_VALID:
	case TILL_EXPIRED:
		return 0;
	case TILL_WRONG_AUDIENCE:
		key = "wrong-server";
		break;
	case TILL_NOT_YET:
		key = "not-yet";
		break;
	case TILL_TOO_LONG:
	case TILL_VALIDITY_NONE:
		key = "bad-ticket";
		break;
	}
	till_ticket_free(*ticket_r);
	page_message(work, 400, key, CHARGED_NOT);
	return -1;
}

/* Ask the rear what is the case.  False, with nothing done, if the visit
 * is over and its page is the end's. */
static bool
view(struct work *work, void (*then)(struct work *))
{
	struct question *q = &work->question;
	bool ended;

	if (pay_enter(work) == -1)
		return true;
	(void)pthread_mutex_lock(&work->visit->lock);
	ended = work->visit->end != NULL;
	(void)pthread_mutex_unlock(&work->visit->lock);
	if (ended && then == show_then)
		return false;
	if (cookie_browser(work) == -1) {
		page_try_again(work);
		return true;
	}
	if (then == show_then)
		pay_note_sender(work);
	/* A conversation that a session has opened is its customer's. */
	if (work->other && work->session[0] != '\0')
		pay_end_conversation(work);
	pay_question(work, ACTION_VIEW);
	q->session =
	    work->session[0] != '\0' && !work->other ? work->session : NULL;
	work_ask(work, then);
	return true;
}

/* The rear has forgotten the conversation: the ticket begins another.
 * True if it was asked again. */
static bool
go_on(struct work *work)
{
	void (*then)(struct work *) = work->then;

	if (work->asked != ASKED_ANSWERED ||
	    answer_status(work->answer) != STATUS_GONE || work->again)
		return false;
	work->again = true;
	pay_forget(work);
	work_ask(work, then);
	return true;
}

static void
show_then(struct work *work)
{
	if (go_on(work))
		return;
	if (work->asked != ASKED_ANSWERED) {
		page_try_again(work);
		return;
	}
	pay_keep_conversation(work);
	switch (answer_status(work->answer)) {
	case STATUS_PROMPTS:
	case STATUS_READY:
		show_open(work, true);
		return;
	case STATUS_DECLINED:
		show_open(work, false);
		return;
	case STATUS_PAID:
	case STATUS_CANCELLED:
	case STATUS_EXPIRED:
	case STATUS_REFUSED:
		if (answer_text(work->answer, TAG_VOUCHER) == NULL) {
			page_ended(work, work->answer);
			return;
		}
		pay_keep_end(work);
		pay_redirect(work, "/done");
		return;
	case STATUS_PENDING:
		pay_redirect(work, "/done");
		return;
	case STATUS_INVALID:
		refuse(work, 400, "bad-ticket");
		return;
	case STATUS_CONFLICT:
		refuse(work, 409, "conflict");
		return;
	case STATUS_NONE:
	case STATUS_SIGNED_IN: /* of no order */
	case STATUS_GONE:
	case STATUS_BUSY:
		break;
	}
	page_try_again(work);
}

/* The form; with what the latest step brought, or with why this customer
 * cannot pay. */
static void
show_open(struct work *work, bool latest)
{
	char csrf[CSRF_SIZE];

	if (pay_csrf(work, csrf) == -1) {
		page_try_again(work);
		return;
	}
	(void)pthread_mutex_lock(&work->visit->lock);
	page_confirm(work, work->answer,
	    latest ? work->visit->said : work->answer, csrf);
	(void)pthread_mutex_unlock(&work->visit->lock);
}

static void
done_then(struct work *work)
{
	if (go_on(work))
		return;
	if (work->asked != ASKED_ANSWERED) {
		done_stored(work);
		return;
	}
	pay_keep_conversation(work);
	switch (answer_status(work->answer)) {
	case STATUS_PAID:
	case STATUS_CANCELLED:
	case STATUS_EXPIRED:
	case STATUS_REFUSED:
		done_ended(work);
		return;
	case STATUS_PENDING:
		page_pending(work);
		return;
	case STATUS_PROMPTS:
	case STATUS_READY:
	case STATUS_DECLINED:
		done_unknown(work);
		return;
	case STATUS_INVALID:
		refuse(work, 400, "bad-ticket");
		return;
	case STATUS_CONFLICT:
		refuse(work, 409, "conflict");
		return;
	case STATUS_NONE:
	case STATUS_SIGNED_IN: /* of no order */
	case STATUS_GONE:
	case STATUS_BUSY:
		break;
	}
	done_stored(work);
}

/* The rear wants to know who asks.  If it is over here, whoever ended it
 * in this browser has the copy. */
static void
done_unknown(struct work *work)
{
	bool ended;

	(void)pthread_mutex_lock(&work->visit->lock);
	ended = work->visit->end != NULL;
	(void)pthread_mutex_unlock(&work->visit->lock);
	if (ended)
		done_stored(work);
	else
		pay_redirect(work, "");
}

/* The voucher is for the browser that paid: another one that has learned
 * the address does not get it. */
static void
done_ended(struct work *work)
{
	if (answer_text(work->answer, TAG_VOUCHER) == NULL) {
		page_ended(work, work->answer);
		return;
	}
	if (knows_why(work)) {
		done_stored(work);
		return;
	}
	pay_keep_end(work);
	if (!pay_is_payer(work))
		page_message(work, 403, "elsewhere", CHARGED_UNSAID);
	else if (answer_status(work->answer) == STATUS_PAID)
		page_receipt(work, work->answer);
	else
		page_ended(work, work->answer);
}

/* Who was refused has read here why, which the rear tells no more to a request
 * that shows nobody. */
static bool
knows_why(struct work *work)
{
	const struct visit *visit = work->visit;
	bool knows;

	if (answer_status(work->answer) != STATUS_REFUSED)
		return false;
	(void)pthread_mutex_lock(&work->visit->lock);
	knows =
	    visit->end != NULL && answer_status(visit->end) == STATUS_REFUSED;
	(void)pthread_mutex_unlock(&work->visit->lock);
	return knows;
}

/* The rear does not answer: what is known of the end, or that it is not
 * known. */
static void
done_stored(struct work *work)
{
	struct visit *visit = work->visit;
	bool payer = pay_is_payer(work);

	(void)pthread_mutex_lock(&visit->lock);
	if (visit->end == NULL)
		page_pending(work);
	else if (!payer)
		page_message(work, 403, "elsewhere", CHARGED_UNSAID);
	else if (answer_status(visit->end) == STATUS_PAID)
		page_receipt(work, visit->end);
	else
		page_ended(work, visit->end);
	(void)pthread_mutex_unlock(&visit->lock);
}

/* The rear takes this ticket no longer: its merchant may be suspended since
 * it was paid.  The end that is known stands; and of a visit that has
 * confirmed nobody can say here that it was not charged. */
static void
refuse(struct work *work, unsigned int status, const char *key)
{
	struct visit *visit = work->visit;
	bool ended, confirmed;

	(void)pthread_mutex_lock(&visit->lock);
	ended = visit->end != NULL;
	confirmed = visit->confirmed;
	(void)pthread_mutex_unlock(&visit->lock);
	if (ended)
		done_stored(work);
	else
		page_message(work, status, key,
		    confirmed ? CHARGED_UNSAID : CHARGED_NOT);
}
