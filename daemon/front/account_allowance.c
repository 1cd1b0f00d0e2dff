/*
 * account_allowance.c - what a customer lets merchants have without being
 * asked: look, set, withdraw.
 *
 * To set one needs a recent sign-in.  Who is sent there comes back to the
 * filled form, which does nothing until it is sent again; a token of the
 * browser's own secret goes with it, so that nobody else fills it in.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>

#include "front/account_priv.h"
#include "front/pages.h"

#define PATH "/account/allowances"
#define PURPOSE_MAX 256

static void show_then(struct work *);
static void show(struct work *);
static void come_back(struct work *);
static bool read_form(struct work *);
static const char *read_currency(const struct work *);
static void read_number(const struct work *, const char *,
    char[ACCOUNT_TYPED_MAX]);
static int make_token(struct work *, char[CSRF_SIZE]);
static void allow(struct work *);
static void checked_then(struct work *);
static const char *check(const struct work *, struct till_money *,
    struct till_money *);
static int read_amount(const struct work *, const char *, struct till_money *);
static const char *check_bounds(const struct work *, const struct till_money *,
    const struct till_money *);
static void send_it(struct work *, const struct till_money *,
    const struct till_money *);
static int keep(struct work *);
static void disallow(struct work *);
static void done_then(struct work *);
static void forged(struct work *);

void
account_allowances(struct work *work)
{
	if (account_enter(work) == -1)
		return;
	come_back(work);
	account_ask(work, "account.allowances", NULL, show_then);
}

void
account_allow(struct work *work)
{
	char csrf[CSRF_SIZE];
	const char *what;

	if (account_enter(work) == -1)
		return;
	if (account_csrf(work, csrf) == -1)
		return;
	if (!form_same_origin(work) || !form_read(work, csrf)) {
		forged(work);
		return;
	}
	what = body_text(&work->body, "", "do");
	if (what == NULL || !read_form(work))
		forged(work);
	else if (strcmp(what, "allow") == 0)
		allow(work);
	else if (strcmp(what, "disallow") == 0)
		disallow(work);
	else
		forged(work);
}

static void
show_then(struct work *work)
{
	work->account->shown = account_doc(work);
	if (work->account->shown != NULL)
		show(work);
}

static void
show(struct work *work)
{
	char csrf[CSRF_SIZE];

	if (account_csrf(work, csrf) == 0)
		page_allowances(work, csrf);
}

/* What the address says: at which merchant, or all that was sent before. */
static void
come_back(struct work *work)
{
	struct account_allow *allow = &work->account->allow;
	const char *token = body_text(&work->body, "", "token");
	char wanted[CSRF_SIZE];

	if (!read_form(work)) {
		*allow = (struct account_allow){ .merchant = NULL };
		return;
	}
	if (token != NULL && strlen(token) == CSRF_SIZE - 1 &&
	    make_token(work, wanted) == 0 &&
	    CRYPTO_memcmp(token, wanted, CSRF_SIZE - 1) == 0)
		allow->again = true;
	else
		*allow = (struct account_allow){ .merchant = allow->merchant };
}

/* False: it is none of our forms. */
static bool
read_form(struct work *work)
{
	struct account_allow *allow = &work->account->allow;

	allow->merchant = body_text(&work->body, "", "merchant");
	allow->currency = read_currency(work);
	read_number(work, "each", allow->each);
	read_number(work, "day", allow->day);
	return allow->merchant != NULL && till_id_ok(allow->merchant);
}

static const char *
read_currency(const struct work *work)
{
	const char *text = body_text(&work->body, "", "currency");

	return text == NULL || till_currency_exponent(text) == -1 ? "" : text;
}

/* "" for what cannot be one: the form is shown again. */
static void
read_number(const struct work *work, const char *name,
    char number_r[ACCOUNT_TYPED_MAX])
{
	const char *text = body_text(&work->body, "", name);

	if (account_typed(text, number_r, ACCOUNT_TYPED_MAX) == -1)
		number_r[0] = '\0';
}

static int
make_token(struct work *work, char token_r[CSRF_SIZE])
{
	const struct account_allow *allow = &work->account->allow;
	char purpose[PURPOSE_MAX];

	if (cookie_browser(work) == -1)
		return -1;
	(void)snprintf(purpose, sizeof(purpose), "allow %s %s %s %s",
	    allow->merchant, allow->each, allow->day, allow->currency);
	return form_token(purpose, work->cookie, token_r);
}

static void
allow(struct work *work)
{
	if (keep(work) == -1)
		page_try_again(work);
	else
		account_ask(work, "account.allowances", NULL, checked_then);
}

static void
checked_then(struct work *work)
{
	struct account_job *job = work->account;
	struct till_money each, day;

	job->shown = account_doc(work);
	if (job->shown == NULL)
		return;
	job->why = check(work, &each, &day);
	if (job->why != NULL)
		show(work);
	else
		send_it(work, &each, &day);
}

/* The key of what is wrong with it, or NULL. */
static const char *
check(const struct work *work, struct till_money *each, struct till_money *day)
{
	const struct account_allow *allow = &work->account->allow;

	if (read_amount(work, allow->each, each) == -1 ||
	    read_amount(work, allow->day, day) == -1)
		return "allowance.no-amount";
	if (each->micro > day->micro)
		return "allowance.more-each";
	return check_bounds(work, each, day);
}

static int
read_amount(const struct work *work, const char *text, struct till_money *money)
{
	struct till_error err;

	if (till_money_parse(text, work->account->allow.currency, money,
		&err) == -1)
		return -1;
	return money->micro > 0 ? 0 : -1;
}

static const char *
check_bounds(const struct work *work, const struct till_money *each,
    const struct till_money *day)
{
	const json_t *bounds = json_object_get(work->account->shown, "bounds");
	struct till_money most_each, most_day;
	const json_t *item;
	size_t i;

	json_array_foreach(bounds, i, item)
	{
		if (doc_money_get(item, "each", &most_each) == -1 ||
		    doc_money_get(item, "day", &most_day) == -1 ||
		    !till_money_same_currency(&most_each, each))
			continue;
		return each->micro > most_each.micro ||
			day->micro > most_day.micro
		    ? "allowance.too-much"
		    : NULL;
	}
	return "allowance.none-here";
}

static void
send_it(struct work *work, const struct till_money *each,
    const struct till_money *day)
{
	struct account_job *job = work->account;
	char number[TILL_MONEY_MAX], text[TILL_MONEY_MAX];

	(void)till_money_print(each, number);
	(void)till_money_print(day, text);
	(void)snprintf(job->args, sizeof(job->args),
	    "{\"set\":\"%s\",\"each\":\"%s %s\",\"day\":\"%s %s\"}",
	    job->allow.merchant, number, each->currency, text, day->currency);
	account_change(work, "account.allow", job->args, NULL, done_then);
}

/* Where a sign-in leads that comes between. */
static int
keep(struct work *work)
{
	struct account_job *job = work->account;
	const struct account_allow *allow = &job->allow;
	char token[CSRF_SIZE];

	if (make_token(work, token) == -1)
		return -1;
	(void)snprintf(job->back, sizeof(job->back),
	    PATH "?merchant=%s&each=%s&day=%s&currency=%s&token=%s",
	    allow->merchant, allow->each, allow->day, allow->currency, token);
	return 0;
}

static void
disallow(struct work *work)
{
	struct account_job *job = work->account;

	(void)snprintf(job->args, sizeof(job->args),
	    "{\"withdraw\":\"%s\",\"currency\":\"%s\"}", job->allow.merchant,
	    job->allow.currency);
	account_change(work, "account.disallow", job->args, NULL, done_then);
}

static void
done_then(struct work *work)
{
	json_t *doc = account_doc(work);

	if (doc != NULL)
		account_redirect(work, PATH);
	json_decref(doc);
}

static void
forged(struct work *work)
{
	atomic_fetch_add(&work->front->counters.forged, 1);
	page_message(work, 403, "forged", CHARGED_UNSAID);
}
