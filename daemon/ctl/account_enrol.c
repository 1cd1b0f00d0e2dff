/*
 * account_enrol.c - a customer makes his own credentials, and sees where he is
 * signed in.
 *
 * What customers may make says "set enrol"; that it is the customer who does,
 * says his sign-in (account_table.c).  The modules make it, as for tillctl.
 */
#include <string.h>
#include <sysexits.h>

#include "ctl/account.h"
#include "ctl/enrol_page.h"
#include "rear/clock.h"
#include "rear/unit.h"

#define PASSKEYS "auth_smartcard"
#define SESSIONS_SHOWN 32

static int may(struct call *, const char *);
static void put_currencies(struct call *);
static void put_sessions(struct call *, const char *);

bool
account_may(struct rear *rear, const char *word)
{
	struct generation *generation = rear_generation(rear);
	const bool yes = word == NULL
	    ? conf_set(generation->conf, "enrol")[0] != '\0'
	    : conf_set_has(generation->conf, "enrol", word);

	generation_unref(generation);
	return yes;
}

int
serve_account_security(struct call *call)
{
	static const char *const means[] = { "password", "passkey", "token" };
	json_t *list = json_array();
	size_t i;

	for (i = 0; i < sizeof(means) / sizeof(means[0]); i++)
		if (account_may(call->rear, means[i]))
			(void)json_array_append_new(list,
			    json_string(means[i]));
	(void)json_object_set_new(call->reply, "may", list);
	put_sessions(call, call_text(call, "customer"));
	return EX_OK;
}

int
serve_account_may(struct call *call)
{
	int status = may(call, call_text(call, "what"));

	if (status != EX_OK)
		return status;
	doc_text(call->reply, "customer", call_text(call, "customer"));
	put_currencies(call);
	return EX_OK;
}

int
serve_account_passwd(struct call *call)
{
	int status = may(call, "password");

	return status == EX_OK ? serve_customer_passwd(call) : status;
}

int
serve_account_new_token(struct call *call)
{
	int status = may(call, "token");

	if (status != EX_OK)
		return status;
	doc_flag(call->args, "create", true);
	return serve_customer_token(call);
}

int
serve_account_new_passkey(struct call *call)
{
	int status = may(call, "passkey");

	if (status != EX_OK)
		return status;
	return enrol_page_begin(accounts_pages(call->rear->accounts), call,
	    call_text(call, "customer"), PASSKEYS);
}

int
serve_account_passkey(struct call *call)
{
	const char *cid = call_text(call, "customer");
	struct enrolment *enrolment = NULL;
	int status = may(call, "passkey");

	if (status == EX_OK)
		status = enrol_page_end(accounts_pages(call->rear->accounts),
		    call, cid, &enrolment);
	if (status == EX_OK)
		status = serve_enrol_store(call, cid, enrolment);
	if (status == EX_OK) {
		call_alert(call, cid, enrolment, "a passkey was added");
		status = call_record(call, "customer key %s add %s", cid,
		    serve_enrol_id(enrolment));
	}
	if (status == EX_OK)
		doc_text(call->reply, "key", serve_enrol_id(enrolment));
	serve_enrol_free(enrolment);
	return status;
}

int
serve_account_sign_out(struct call *call)
{
	rear_customer_changed(call->rear, call_text(call, "customer"), NULL);
	return EX_OK;
}

static int
may(struct call *call, const char *what)
{
	return account_may(call->rear, what)
	    ? EX_OK
	    : call_fail(call, EX_NOINPUT,
		  "customers make no %s themselves: see 'set enrol'", what);
}

static void
put_currencies(struct call *call)
{
	struct generation *generation = rear_generation(call->rear);
	const char *text = conf_set(generation->conf, "currencies");
	json_t *list = json_array();
	size_t len;

	for (; *text != '\0'; text += len + (text[len] == ' ')) {
		len = strcspn(text, " ");
		(void)json_array_append_new(list, json_stringn(text, len));
	}
	(void)json_object_set_new(call->reply, "currencies", list);
	generation_unref(generation);
}

static void
put_sessions(struct call *call, const char *cid)
{
	struct session_seen list[SESSIONS_SHOWN];
	struct rear *rear = call->rear;
	const int64_t now_ms = clock_ms();
	json_t *sessions = json_array(), *item;
	size_t i, len;

	len = session_table_list(rear->sessions, cid, now_ms,
	    atomic_load(&rear->session_idle_ms),
	    atomic_load(&rear->session_max_ms), list, SESSIONS_SHOWN);
	for (i = 0; i < len; i++) {
		item = json_object();
		doc_time_ms(item, "since", list[i].opened_s * 1000);
		doc_time_ms(item, "used",
		    call_time_ms() - (now_ms - list[i].used_ms));
		if (list[i].where[0] != '\0')
			doc_text(item, "where", list[i].where);
		/* What a payment has opened shows no account. */
		doc_flag(item, "account", list[i].signed_in_s != 0);
		doc_flag(item, "this",
		    call->session != NULL &&
			memcmp(list[i].name, call->session,
			    SESSION_NAME_SIZE) == 0);
		(void)json_array_append_new(sessions, item);
	}
	(void)json_object_set_new(call->reply, "sessions", sessions);
}
