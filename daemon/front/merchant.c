/*
 * merchant.c - the requests of merchant.h, and what they ask.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "front/merchant_priv.h"

static int enter(struct work *);
static void show_then(struct work *);
static void days_from(struct work *, json_t *);
static void days_then(struct work *);
static void payouts_shown_then(struct work *);
static void ask_sale(struct work *, void (*)(struct work *));
static void sale_then(struct work *);
static void voucher_then(struct work *);
static int list(struct work *, const char *, unsigned int,
    void (*)(struct work *));
static void list_next(struct work *, json_t *);
static void list_then(struct work *);

void
merchant_show(struct work *work)
{
	if (enter(work) == 0)
		account_ask(work, "till.show", NULL, show_then);
}

void
merchant_sales(struct work *work)
{
	if (enter(work) == -1)
		return;
	if (account_times(work) == -1)
		page_sales(work);
	else
		(void)list(work, "till.sales", MERCHANT_PAGE, page_sales);
}

void
merchant_sale(struct work *work)
{
	ask_sale(work, sale_then);
}

void
merchant_voucher(struct work *work)
{
	ask_sale(work, voucher_then);
}

void
merchant_payouts(struct work *work)
{
	if (enter(work) == 0)
		account_ask(work, "till.show", NULL, payouts_shown_then);
}

void
merchant_do(struct work *work)
{
	work->merchant = true;
	account_do(work);
}

static int
enter(struct work *work)
{
	work->merchant = true;
	return account_enter(work);
}

static void
show_then(struct work *work)
{
	struct account_job *job = work->account;

	job->shown = account_doc(work);
	if (job->shown == NULL)
		return;
	(void)json_object_set_new(job->shown, "days", json_array());
	days_from(work, NULL);
}

/* next is taken over; NULL: the beginning. */
static void
days_from(struct work *work, json_t *next)
{
	struct account_job *job = work->account;

	(void)snprintf(job->args, sizeof(job->args), "{\"from\":%lld}",
	    (long long)json_integer_value(next));
	json_decref(next);
	account_ask(work, "till.days", job->args, days_then);
}

static void
days_then(struct work *work)
{
	struct account_job *job = work->account;
	json_t *doc = account_doc(work);
	json_t *next;

	if (doc == NULL)
		return;
	(void)json_array_extend(json_object_get(job->shown, "days"),
	    json_object_get(doc, "days"));
	(void)json_object_set(job->shown, "first",
	    json_object_get(doc, "first"));
	next = json_incref(json_object_get(doc, "next"));
	json_decref(doc);
	if (next != NULL && ++job->parts < MERCHANT_PARTS_MAX) {
		days_from(work, next);
		return;
	}
	if (next != NULL)
		(void)json_object_set_new(job->shown, "more", next);
	(void)list(work, "till.sales", MERCHANT_LATELY, page_merchant);
}

static void
payouts_shown_then(struct work *work)
{
	struct account_job *job = work->account;

	job->shown = account_doc(work);
	if (job->shown != NULL)
		(void)list(work, "till.payouts", MERCHANT_PAGE, page_payouts);
}

static void
ask_sale(struct work *work, void (*then)(struct work *))
{
	const char *serial = work->segments[0];

	if (enter(work) == -1)
		return;
	if (!account_serial_ok(serial)) {
		page_not_found(work);
		return;
	}
	(void)snprintf(work->account->args, sizeof(work->account->args),
	    "{\"serial\":%s}", serial);
	account_ask(work, "till.sale", work->account->args, then);
}

static void
sale_then(struct work *work)
{
	json_t *sale = account_doc(work);

	if (sale != NULL)
		page_sale(work, sale);
	json_decref(sale);
}

static void
voucher_then(struct work *work)
{
	json_t *sale = account_doc(work);
	struct text text = { 0 };
	char name[64];

	if (sale == NULL)
		return;
	if (doc_get(sale, "voucher")[0] == '\0') {
		page_not_found(work);
	} else {
		text_add(&text, doc_get(sale, "voucher"));
		(void)snprintf(name, sizeof(name), "voucher-%.20s.jwt",
		    work->segments[0]);
		account_send(work, "application/jwt", name, &text);
	}
	json_decref(sale);
}

/* Lines for one page, from the place of the address on, into job->lines, and
 * into job->next where more are.  -1: it was answered. */
static int
list(struct work *work, const char *command, unsigned int wanted,
    void (*then)(struct work *))
{
	const char *from = body_text(&work->body, "", "from");
	struct account_job *job = work->account;

	if (from != NULL && !account_serial_ok(from)) {
		page_message(work, 400, "account-bad", CHARGED_UNSAID);
		return -1;
	}
	job->lines = json_array();
	job->command = command;
	job->wanted = wanted;
	job->parts = 0;
	job->then = then;
	list_next(work,
	    from == NULL ? NULL : json_integer(strtoll(from, NULL, 10)));
	return 0;
}

static void
list_next(struct work *work, json_t *from)
{
	struct account_job *job = work->account;
	const unsigned int have = (unsigned int)json_array_size(job->lines);

	account_args(work, from, job->wanted - have);
	account_ask(work, job->command, job->args, list_then);
}

/* A part may be empty and yet not the last: see rear/takings.h. */
static void
list_then(struct work *work)
{
	struct account_job *job = work->account;
	json_t *doc = account_doc(work);

	if (doc == NULL)
		return;
	(void)json_array_extend(job->lines, json_object_get(doc, "lines"));
	json_decref(job->next);
	job->next = json_incref(json_object_get(doc, "next"));
	json_decref(doc);
	if (job->next != NULL && json_array_size(job->lines) < job->wanted &&
	    ++job->parts < MERCHANT_PARTS_MAX)
		list_next(work, json_incref(job->next));
	else
		job->then(work);
}
