/*
 * pay_step.c - POST /t/HANDLE: confirm, cancel, sign out.
 *
 * The only request of a browser that moves money, so it must come from
 * our own page in the very browser that the page was made for.
 */
#include <string.h>

#include "front/form.h"
#include "front/pages.h"
#include "front/pay.h"
#include "front/pay_priv.h"
#include "front/visits.h"

static bool form_ok(struct work *);
static void step_do(struct work *);
static void step_pay(struct work *);
static void step_follows(struct work *);
static void step_cancel(struct work *);
static void step_sign_out(struct work *);
static void sign_out_then(struct work *);
static void step_then(struct work *);
static void step_end(struct work *);
static void step_ended(struct work *);
static void count(struct work *);

void
visit_step(struct work *work)
{
	if (pay_enter(work) == -1)
		return;
	if (!form_same_origin(work) || !form_ok(work)) {
		atomic_fetch_add(&work->front->counters.forged, 1);
		page_message(work, 403, "forged", CHARGED_UNSAID);
		return;
	}
	step_do(work);
}

/* The form's token fits this browser and this visit. */
static bool
form_ok(struct work *work)
{
	char wanted[CSRF_SIZE];

	return cookie_browser(work) == 0 && work->cookie_set[0] == '\0' &&
	    pay_csrf(work, wanted) == 0 && form_read(work, wanted);
}

static void
step_do(struct work *work)
{
	const char *what = body_text(&work->body, "", "do");
	bool ended;

	(void)pthread_mutex_lock(&work->visit->lock);
	ended = work->visit->end != NULL;
	work->visit->stepped = true;
	(void)pthread_mutex_unlock(&work->visit->lock);
	if (ended)
		pay_redirect(work, "/done");
	else if (what != NULL && strcmp(what, "cancel") == 0)
		step_cancel(work);
	else if (what != NULL && strcmp(what, "sign-out") == 0)
		step_sign_out(work);
	else if (what == NULL || strcmp(what, "pay") == 0)
		step_pay(work);
	else
		page_message(work, 400, "forged", CHARGED_UNSAID);
}

static void
step_pay(struct work *work)
{
	struct question *q = &work->question;
	const char *remember = body_text(&work->body, "", "remember");
	const char *unasked = body_text(&work->body, "", "unasked");

	if (body_octets(&work->body, "octets", "answers", &work->err) == -1) {
		page_message(work, 400, "forged", CHARGED_UNSAID);
		return;
	}
	if (!pay_lead(work, step_follows))
		return;
	(void)pthread_mutex_lock(&work->visit->lock);
	work->visit->confirmed = true;
	(void)pthread_mutex_unlock(&work->visit->lock);
	pay_question(work, ACTION_PAY);
	q->customer = body_text(&work->body, "", "customer");
	if (work->session[0] != '\0' && !work->other)
		q->session = work->session;
	q->unasked = unasked != NULL && strcmp(unasked, "1") == 0;
	q->want_session = remember != NULL && strcmp(remember, "1") == 0;
	q->replies = &work->body;
	work_ask(work, step_then);
}

/* The step that this one waited for has ended, and with it this one; the
 * page there knows how. */
static void
step_follows(struct work *work)
{
	pay_redirect(work, "/done");
}

static void
step_cancel(struct work *work)
{
	pay_question(work, ACTION_CANCEL);
	work_ask(work, step_then);
}

static void
step_sign_out(struct work *work)
{
	if (work->session[0] == '\0') {
		pay_redirect(work, "");
		return;
	}
	work->question.kind = FRAME_SIGN_OUT;
	work->question.session = work->session;
	work_ask(work, sign_out_then);
}

/* The cookie goes whatever the rear says of the session. */
static void
sign_out_then(struct work *work)
{
	cookie_session_set(work, NULL);
	pay_end_conversation(work);
	pay_redirect(work, "");
}

static void
step_then(struct work *work)
{
	if (work->asked == ASKED_ANSWERED &&
	    answer_status(work->answer) == STATUS_GONE && !work->again) {
		work->again = true;
		pay_forget(work);
		work_ask(work, step_then);
		return;
	}
	if (work->asked == ASKED_ANSWERED) {
		pay_keep_conversation(work);
		cookie_device_set(work);
		count(work);
	}
	step_end(work);
	pay_led(work);
}

/* Where the customer goes now; that page asks again and says what is the
 * case. */
static void
step_end(struct work *work)
{
	if (work->asked != ASKED_ANSWERED) {
		/* If it is lost it may have been done. */
		pay_redirect(work,
		    work->asked == ASKED_LOST || work->resent ? "/done" : "");
		return;
	}
	switch (answer_status(work->answer)) {
	case STATUS_PAID:
	case STATUS_CANCELLED:
	case STATUS_EXPIRED:
	case STATUS_REFUSED:
		step_ended(work);
		return;
	case STATUS_PENDING:
		pay_redirect(work, "/done");
		return;
	case STATUS_PROMPTS:
	case STATUS_READY:
	case STATUS_DECLINED:
		pay_keep_said(work);
		break;
	case STATUS_BUSY:
		/* If it was sent twice the first may have been done. */
		pay_redirect(work, work->resent ? "/done" : "");
		return;
	case STATUS_INVALID:
	case STATUS_CONFLICT:
	case STATUS_NONE:
	case STATUS_SIGNED_IN: /* of no order */
	case STATUS_GONE:
		break;
	}
	pay_redirect(work, "");
}

static void
step_ended(struct work *work)
{
	const char *session = answer_text(work->answer, TAG_SESSION);

	if (answer_text(work->answer, TAG_VOUCHER) == NULL) {
		pay_keep_said(work);
		pay_redirect(work, "");
		return;
	}
	if (session != NULL && strlen(session) < SESSION_SIZE) {
		cookie_session_set(work, session);
		work->other = false;
	}
	pay_keep_end(work);
	pay_redirect(work, "/done");
}

static void
count(struct work *work)
{
	struct front_counters *c = &work->front->counters;

	switch (answer_status(work->answer)) {
	case STATUS_PAID:
		atomic_fetch_add(&c->paid, 1);
		break;
	case STATUS_CANCELLED:
		atomic_fetch_add(&c->cancelled, 1);
		break;
	case STATUS_REFUSED:
	case STATUS_EXPIRED:
		atomic_fetch_add(&c->refused, 1);
		break;
	case STATUS_DECLINED:
		atomic_fetch_add(&c->declined, 1);
		break;
	case STATUS_BUSY:
		atomic_fetch_add(&c->busy, 1);
		break;
	case STATUS_NONE:
	case STATUS_SIGNED_IN: /* of no order */
	case STATUS_PROMPTS:
	case STATUS_READY:
	case STATUS_PENDING:
	case STATUS_INVALID:
	case STATUS_CONFLICT:
	case STATUS_GONE:
		break;
	}
}
