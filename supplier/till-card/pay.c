/*
 * pay.c - look at an order, show it, pay it, and hear what became of it.
 *
 * What may be said about the money, by what the payment server may have
 * got of this run (enum pay_sent) and what was heard last.  Earlier runs
 * with the same ticket are not known here, so nothing but a seal says that
 * the ticket is not paid.
 *
 *	sent	heard				so
 *	any	200 paid, with its voucher	paid
 *	any	403 with a signed refusal	refused: it is never paid
 *	any	403 refused, already-paid	refused: by somebody else
 *	look	202 open			goes on
 *	look	403 declined			unavailable
 *	look	400, 409 ...			ticket: it is not taken
 *	look	404, 429, 5xx, or nothing	ask again; then unavailable
 *	look	it is not to be reached		unavailable
 *	any	202 pending			ask again; then unknown, and
 *						whatever "look" says is, too
 *	order	202 open			goes on
 *	answer	202 open, in reply to it	goes on: it was not enough
 *	answer	202 open, later (unheard)	unknown: the answer may yet
 *						come, or was one that paid
 *	any	202 open, later, but the last	goes on: the answer is given
 *		answer was not sent at all	anew
 *	order,	404, 429, 5xx, or nothing	ask again; then unknown
 *	 answer
 *	any	all else			unknown
 *
 * What cannot have reached the server was not sent, an answer as little as an
 * order.  "unheard" is an answer that was sent, and whose reply was lost, or
 * said anything but what became of it.
 *
 * "unavailable" and whatever ends a run before something was sent say that
 * nothing was paid by this run.
 */
#include <openssl/crypto.h>

#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "emit.h"
#include "judge.h"
#include "pay.h"
#include "post.h"

#define ORDERS "/v1/orders"
#define STEPS_MAX 4096 /* questions of one order, waiting included */
#define PATH_SIZE 192
#define WAIT_MAX_S 10

static enum pay_end check(const struct pay_wish *, const struct bill *,
    struct till_error *);
static enum pay_end look(struct pay_order *, struct till_error *);
static enum pay_end view(struct pay_order *, struct till_error *);
static void show_order(const struct pay_order *);
static enum pay_end go_on(struct pay_order *, struct till_error *);
static enum pay_end again(struct pay_order *, struct till_error *);
static enum pay_end step(struct pay_order *, struct till_error *);
static enum pay_end ask_order(struct pay_order *, struct till_error *);
static enum pay_end ask_conversation(struct pay_order *, const char *, size_t,
    struct till_error *);
static enum pay_end ask(struct pay_order *, const char *, const char *, size_t,
    enum pay_sent, struct till_error *);
static void set_conversation(struct pay_order *);
static int64_t now_s(void);

enum pay_end
pay(const struct pay_wish *wish, const struct bill *bill, FILE *show,
    struct pay_report *report, struct till_error *err)
{
	struct pay_order order = { .wish = wish,
		.bill = bill,
		.show = show,
		.report = report,
		.deadline_s = now_s() + wish->timeout_s };
	enum pay_end end;

	*report = (struct pay_report){ .tries = SIGNER_TRIES_UNKNOWN };
	end = check(wish, bill, err);
	if (end != PAY_NONE)
		return end;
	if (post_open(bill->ticket->aud, wish->timeout_s, &order.post, err) ==
	    -1)
		return PAY_UNAVAILABLE;
	end = look(&order, err);
	if (end == PAY_NONE)
		end = go_on(&order, err);
	post_close(order.post);
	return end;
}

void
pay_report_clear(struct pay_report *report)
{
	json_decref(report->answer);
	report->answer = NULL;
}

const char *
pay_said(const struct pay_order *order, const char *name)
{
	return json_string_value(json_object_get(order->report->answer, name));
}

/* Before anybody is asked anything. */
static enum pay_end
check(const struct pay_wish *wish, const struct bill *bill,
    struct till_error *err)
{
	const struct till_ticket *ticket = bill->ticket;
	char amount[TILL_MONEY_MAX];

	if (wish->server != NULL && strcmp(wish->server, ticket->aud) != 0) {
		till_error_set(err,
		    "the ticket is for another payment server, %.160s",
		    ticket->aud);
		return PAY_TICKET;
	}
	if (wish->payee != NULL && strcmp(wish->payee, ticket->iss) != 0) {
		till_error_set(err, "the ticket pays somebody else, %s",
		    ticket->iss);
		return PAY_TICKET;
	}
	if (wish->max.currency[0] != '\0' &&
	    !till_money_at_most(&ticket->amount, &wish->max)) {
		till_error_set(err, "the ticket is for %s %s, more than --max",
		    till_money_print(&ticket->amount, amount),
		    ticket->amount.currency);
		return PAY_TICKET;
	}
	/* Whoever writes a ticket names its server: a secret does not go
	 * to one that the customer has not named. */
	if (wish->server == NULL &&
	    (wish->password_path != NULL || wish->token_path != NULL)) {
		till_error_set(err,
		    "a password or a token is for one payment server: name it "
		    "with --server");
		return PAY_USAGE;
	}
	return PAY_NONE;
}

/* What the order is; nothing is asked of anybody yet. */
static enum pay_end
look(struct pay_order *order, struct till_error *err)
{
	enum pay_end end;
	const char *name;

	end = view(order, err);
	name = pay_said(order, "merchant_name");
	if (name != NULL && till_text_ok(name, TILL_TEXT_MAX - 1))
		(void)snprintf(order->report->payee_name,
		    sizeof(order->report->payee_name), "%s", name);
	if (end == PAY_NONE || end == PAY_PAID)
		show_order(order);
	if (end == PAY_NONE && order->report->payee_name[0] == '\0') {
		till_error_set(err,
		    "the payment server does not say who is paid");
		return PAY_UNAVAILABLE;
	}
	if (end == PAY_NONE && order->wish->customer == NULL &&
	    json_is_true(
		json_object_get(order->report->answer, "customer_needed"))) {
		till_error_set(err, "say who pays: --customer ID");
		return PAY_USAGE;
	}
	return end;
}

static enum pay_end
view(struct pay_order *order, struct till_error *err)
{
	enum pay_end end;
	int tries;

	order->action = "view";
	end = ask_order(order, err);
	for (tries = 0; end == PAY_NONE && order->waits && tries < STEPS_MAX;
	     tries++)
		end = again(order, err);
	if (end == PAY_NONE && order->waits)
		end = judge_late(order, err);
	return end;
}

static void
show_order(const struct pay_order *order)
{
	const struct till_ticket *ticket = order->bill->ticket;
	char amount[TILL_MONEY_MAX];
	size_t i;

	(void)fprintf(order->show, "Pay      %s (%s)\nFor      %s\n",
	    order->report->payee_name, ticket->iss, ticket->desc);
	for (i = 0; i < ticket->items_len; i++)
		(void)fprintf(order->show, "         %" PRIu32 " x %s\n",
		    ticket->items[i].qty, ticket->items[i].desc);
	(void)fprintf(order->show, "Amount   %s %s\nAt       %s\n",
	    till_money_print(&ticket->amount, amount), ticket->amount.currency,
	    ticket->aud);
	(void)fflush(order->show);
}

static enum pay_end
go_on(struct pay_order *order, struct till_error *err)
{
	enum pay_end end;
	int steps;

	order->action = "pay";
	end = ask_order(order, err);
	for (steps = 0; end == PAY_NONE && steps < STEPS_MAX; steps++)
		end = order->waits ? again(order, err) : step(order, err);
	if (end == PAY_NONE) {
		till_error_set(err, "the order has no end");
		end = PAY_UNKNOWN;
	}
	return end;
}

/*
 * Wait, and ask what has become of the order: without any answer, as a
 * secret or a signature is given once.  The conversation knows who has
 * answered, so it tells; once it is forgotten, only who shows again who he
 * is would hear it.
 */
static enum pay_end
again(struct pay_order *order, struct till_error *err)
{
	const int64_t left = order->deadline_s - now_s();
	struct timespec pause = { .tv_nsec = 200000000 };
	json_int_t wanted;

	if (left <= 0)
		return judge_late(order, err);
	wanted = json_integer_value(
	    json_object_get(order->report->answer, "retry_after"));
	if (wanted > 0) {
		wanted = wanted < WAIT_MAX_S ? wanted : WAIT_MAX_S;
		pause.tv_sec = wanted < left ? (time_t)wanted : (time_t)left;
		pause.tv_nsec = 0;
	}
	(void)nanosleep(&pause, NULL);
	if (order->sent == PAY_SENT_ANSWER && !order->gone)
		return ask_conversation(order, "{}", 2, err);
	return ask_order(order, err);
}

/* The next answers, in the conversation that asked for them. */
static enum pay_end
step(struct pay_order *order, struct till_error *err)
{
	const struct pay_used used = order->used;
	enum pay_end end;
	char *body = NULL;
	size_t len;

	if (order->conversation[0] == '\0') {
		till_error_set(err, "the payment server's answer has no sense");
		return PAY_UNAVAILABLE;
	}
	end = pay_answer(order, &body, &len, err);
	if (end == PAY_NONE) {
		/* What a person took for it is not the server's. */
		order->deadline_s = now_s() + order->wish->timeout_s;
		end = ask_conversation(order, body, len, err);
		if (order->unsent)
			order->used = used;
	}
	OPENSSL_secure_clear_free(body, PAY_BODY_MAX);
	return end;
}

static enum pay_end
ask_order(struct pay_order *order, struct till_error *err)
{
	char body[TILL_TOKEN_MAX + 256];
	struct emit out = { .buf = body, .size = sizeof(body) };

	emit_open(&out, NULL, '{');
	emit_text(&out, "ticket", order->bill->token);
	emit_text(&out, "action", order->action);
	emit_text_opt(&out, "customer", order->wish->customer);
	emit_close(&out, '}');
	if (out.full) {
		till_error_set(err, "the customer's id is too long");
		return PAY_USAGE;
	}
	return ask(order, ORDERS, body, out.len,
	    strcmp(order->action, "pay") == 0 ? PAY_SENT_ORDER : PAY_SENT_LOOK,
	    err);
}

static enum pay_end
ask_conversation(struct pay_order *order, const char *body, size_t len,
    struct till_error *err)
{
	char path[PATH_SIZE];

	(void)snprintf(path, sizeof(path), ORDERS "/%s", order->conversation);
	return ask(order, path, body, len, PAY_SENT_ANSWER, err);
}

static enum pay_end
ask(struct pay_order *order, const char *path, const char *body, size_t len,
    enum pay_sent what, struct till_error *err)
{
	struct till_error reason = { "" };
	json_t *answer = NULL;
	enum post_end end;

	end = post_json(order->post, path, body, len, &order->status, &answer,
	    &reason);
	order->unsent = end == POST_UNSENT;
	if (!order->unsent && order->sent < what)
		order->sent = what;
	if (end != POST_ANSWERED)
		return judge_unheard(order, end, &reason, err);
	json_decref(order->report->answer);
	order->report->answer = answer;
	set_conversation(order);
	return judge_heard(order, err);
}

/* It becomes a part of a path. */
static void
set_conversation(struct pay_order *order)
{
	const char *id = pay_said(order, "conversation");

	if (id == NULL || strlen(id) >= sizeof(order->conversation) ||
	    id[strspn(id,
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
		"0123456789-_")] != '\0')
		return;
	(void)snprintf(order->conversation, sizeof(order->conversation), "%s",
	    id);
}

static int64_t
now_s(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec;
}
