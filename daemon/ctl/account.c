/*
 * account.c - a customer's commands and a merchant's: who asks, may he, and
 * the answer.
 */
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "ctl/account.h"
#include "ctl/calls.h"
#include "ctl/enrol_page.h"
#include "log/log.h"
#include "rear/clock.h"
#include "rear/unit.h"

/* Who has allowed his payments again, and until when that counts. */
struct thawer {
	char cid[TILL_ID_MAX];
	int64_t until_ms; /* clock_ms */
};

struct accounts {
	struct rear *rear;
	struct calls *calls, *stops, *merchants;
	struct enrol_pages *pages;
	/* On the thread of the calls alone. */
	struct thawer thawers[ACCOUNT_THAWERS_MAX];
};

static const char *put(struct accounts *, struct queued *,
    const struct frame *);
static void do_call(struct queued *);
static const char *admit(struct queued *, struct session *);
static const char *wanted_sign_in(struct call *, const struct command *,
    const struct session *);
static bool is_recent(int64_t);
static bool find_session(struct queued *, struct session *);
static bool of_merchant(const struct queued *);
static bool find_active(struct call *, const char *, struct ledger_customer *);
static bool is_active_merchant(struct call *, const char *);
static bool may_thaw(struct queued *, const struct ledger_customer *);
static struct thawer *thawer_of(struct accounts *, const char *);
static const char *code_of(int);
static void answer(struct queued *, struct frame_writer *, int, const char *,
    const char *);
static void refuse(struct link_peer *, uint64_t, struct frame_writer *,
    const char *);

int
accounts_start(struct rear *rear, struct accounts **accounts_r,
    struct till_error *err)
{
	struct accounts *accounts = calloc(1, sizeof(*accounts));

	if (accounts == NULL)
		return till_fail(err, "out of memory");
	accounts->rear = rear;
	accounts->pages = enrol_pages_new();
	if (accounts->pages == NULL) {
		free(accounts);
		return till_fail(err, "out of memory");
	}
	if (calls_start(ACCOUNT_QUEUE_MAX, ACCOUNT_EACH_MAX, do_call,
		&accounts->calls, err) == -1 ||
	    calls_start(ACCOUNT_QUEUE_MAX, ACCOUNT_EACH_MAX, do_call,
		&accounts->stops, err) == -1 ||
	    calls_start(ACCOUNT_QUEUE_MAX, ACCOUNT_EACH_MAX, do_call,
		&accounts->merchants, err) == -1) {
		accounts_stop(accounts);
		accounts_free(accounts);
		return -1;
	}
	*accounts_r = accounts;
	return 0;
}

void
accounts_admit(struct accounts *accounts, struct link_peer *peer,
    const struct frame *frame, struct frame_writer *writer)
{
	struct queued *queued = NULL;
	const char *code = "busy";

	switch (queued_new(accounts->rear, peer, frame, &queued)) {
	case 0:
		code = put(accounts, queued, frame);
		break;
	case 1:
		code = "bad-request";
		break;
	}
	if (code == NULL)
		return;
	queued_free(queued);
	refuse(peer, frame->id, writer, code);
}

void
accounts_stop(struct accounts *accounts)
{
	if (accounts == NULL)
		return;
	calls_stop(accounts->merchants);
	calls_stop(accounts->stops);
	calls_stop(accounts->calls);
}

void
accounts_free(struct accounts *accounts)
{
	if (accounts == NULL)
		return;
	calls_free(accounts->merchants);
	calls_free(accounts->stops);
	calls_free(accounts->calls);
	enrol_pages_free(accounts->pages);
	free(accounts);
}

struct enrol_pages *
accounts_pages(struct accounts *accounts)
{
	return accounts->pages;
}

/* NULL: it waits.  Without a session nobody need wait. */
static const char *
put(struct accounts *accounts, struct queued *queued, const struct frame *frame)
{
	const struct command *command =
	    command_find(account_commands, queued->command);
	const bool stops = command != NULL && command->effect == COMMAND_STOPS;
	struct session session;

	if (session_name(frame_get_text(frame, TAG_SESSION), queued->session) ==
	    -1)
		return "busy";
	if (!find_session(queued, &session))
		return "no-session";
	memcpy(queued->owner, session.cid, sizeof(queued->owner));
	queued->accounts = accounts;
	queued->changes = command != NULL && command->effect != COMMAND_LOOKS;
	return calls_put(of_merchant(queued) ? accounts->merchants
		       : stops               ? accounts->stops
					     : accounts->calls,
		   queued)
	    ? NULL
	    : "busy";
}

static void
do_call(struct queued *queued)
{
	struct frame_writer writer;
	struct session session;
	struct till_error err;
	const char *code;
	char *json = NULL;
	int status = EX_NOPERM;

	if (frame_writer_init(&writer, &err) == -1) {
		queued_free(queued);
		return;
	}
	code = admit(queued, &session);
	if (code == NULL) {
		status = queued_do(queued,
		    of_merchant(queued) ? till_commands : account_commands,
		    &json);
		code = code_of(status);
	}
	answer(queued, &writer, status, code, json);
	free(json);
	frame_writer_free(&writer);
	queued_free(queued);
}

/* NULL: he may; then his id is among the arguments. */
static const char *
admit(struct queued *queued, struct session *session)
{
	const struct command *command =
	    command_find(account_commands, queued->command);
	const bool merchant = of_merchant(queued);
	const char *const who = merchant ? "merchant" : "customer";
	struct call *call = &queued->call;
	struct ledger_customer customer;
	const char *code;

	if (!find_session(queued, session)) {
		(void)call_fail(call, EX_NOPERM, "nobody is signed in");
		return "no-session";
	}
	if (merchant ? !is_active_merchant(call, session->cid)
		     : !find_active(call, session->cid, &customer)) {
		(void)call_fail(call, EX_NOPERM, "the %s is suspended", who);
		return "no-session";
	}
	(void)snprintf(call->actor, sizeof(call->actor), "%s:%s", who,
	    session->cid);
	call->session = queued->session;
	code = command == NULL ? NULL : wanted_sign_in(call, command, session);
	if (code != NULL) {
		(void)call_fail(call, EX_NOPERM, "the sign-in is too long ago");
		return code;
	}
	if (!merchant && command != NULL &&
	    command->run == serve_customer_unfreeze &&
	    !may_thaw(queued, &customer)) {
		(void)call_fail(call, EX_NOPERM,
		    "payments were stopped and allowed too often");
		return "busy";
	}
	if (json_object_get(call->args, who) != NULL) {
		(void)call_fail(call, EX_USAGE,
		    "whose account it is says "
		    "the session");
		return "bad-request";
	}
	doc_text(call->args, who, session->cid);
	return NULL;
}

/* NULL, or which sign-in is to come first.  Where customers make no
 * credentials themselves, to take one away needs no more than any sign-in. */
static const char *
wanted_sign_in(struct call *call, const struct command *command,
    const struct session *session)
{
	switch (command->effect) {
	case COMMAND_LOOKS:
	case COMMAND_CHANGES:
	case COMMAND_STOPS:
		return NULL;
	case COMMAND_CHANGES_RECENT:
		break;
	case COMMAND_CHANGES_MEANS:
		if (account_may(call->rear, NULL))
			return is_recent(session->enrol_s) ? NULL
							   : "sign-in-to-enrol";
		break;
	}
	return is_recent(session->signed_in_s) ? NULL : "sign-in-again";
}

/* What is in the future was not so when the clock was set. */
static bool
is_recent(int64_t time_s)
{
	const int64_t now_s = wall_s();

	return time_s <= now_s && now_s - time_s <= ACCOUNT_RECENT_S;
}

static bool
find_session(struct queued *queued, struct session *session)
{
	struct rear *rear = queued->call.rear;

	return session_table_find(of_merchant(queued) ? rear->merchant_sessions
						      : rear->sessions,
		   queued->session, clock_ms(),
		   atomic_load(&rear->session_idle_ms),
		   atomic_load(&rear->session_max_ms), session) &&
	    session->signed_in_s != 0;
}

/* Whoever is suspended has no sessions; and whoever cannot be read has none. */
static bool
find_active(struct call *call, const char *cid,
    struct ledger_customer *customer_r)
{
	return ledger_customer_get(rear_ledger(call->rear), cid, customer_r,
		   &call->err) == 0 &&
	    customer_r->status != LEDGER_SUSPENDED;
}

/* What changes nothing may be asked for again. */
static bool
may_thaw(struct queued *queued, const struct ledger_customer *customer)
{
	struct thawer *thawer = thawer_of(queued->accounts, customer->cid);
	const int64_t now_ms = clock_ms();

	if (!customer->frozen)
		return true;
	if (thawer->until_ms < now_ms)
		thawer->until_ms = now_ms;
	if (thawer->until_ms - now_ms >
	    (ACCOUNT_THAWS_MAX - 1) * (int64_t)ACCOUNT_THAW_MS)
		return false;
	thawer->until_ms += ACCOUNT_THAW_MS;
	return true;
}

/* Made in the place of the one who is to wait least, if there is none. */
static struct thawer *
thawer_of(struct accounts *accounts, const char *cid)
{
	struct thawer *thawer, *least = &accounts->thawers[0];
	size_t i;

	for (i = 0; i < ACCOUNT_THAWERS_MAX; i++) {
		thawer = &accounts->thawers[i];
		if (strcmp(thawer->cid, cid) == 0)
			return thawer;
		if (thawer->until_ms < least->until_ms)
			least = thawer;
	}
	(void)snprintf(least->cid, sizeof(least->cid), "%s", cid);
	least->until_ms = 0;
	return least;
}

static bool
of_merchant(const struct queued *queued)
{
	return command_find(till_commands, queued->command) != NULL;
}

/* Likewise. */
static bool
is_active_merchant(struct call *call, const char *mid)
{
	struct ledger_merchant merchant;

	return ledger_merchant_get(rear_ledger(call->rear), mid, &merchant,
		   &call->err) == 0 &&
	    merchant.status != LEDGER_SUSPENDED;
}

/* NULL: it is well. */
static const char *
code_of(int status)
{
	switch (status) {
	case EX_OK:
		return NULL;
	case EX_USAGE:
	case EX_DATAERR:
		return "bad-request";
	case EX_NOUSER:
	case EX_NOINPUT:
		return "not-found";
	}
	return "unavailable";
}

static void
answer(struct queued *queued, struct frame_writer *writer, int status,
    const char *code, const char *json)
{
	const struct call *call = &queued->call;
	struct till_error err;

	frame_begin(writer, FRAME_ACCOUNT_REPLY, queued->id);
	frame_number(writer, TAG_EXIT, (uint64_t)status);
	frame_text(writer, TAG_CODE, code);
	if (status != EX_OK)
		frame_text(writer, TAG_ERROR, call->err.text);
	else
		frame_text(writer, TAG_JSON, json);
	if (status == EX_OK && call->told != NULL)
		frame_octets(writer, TAG_SECRET, call->told, call->told_len);
	if (frame_end(writer, &err) == -1) {
		log_line(TILL_LOG_ERROR, "link.reply-not-made", "error",
		    err.text, NULL);
		refuse(queued->peer, queued->id, writer, "busy");
		return;
	}
	(void)link_peer_send(queued->peer, writer);
}

/* What is said without doing anything. */
static void
refuse(struct link_peer *peer, uint64_t id, struct frame_writer *writer,
    const char *code)
{
	struct till_error err;
	int status = EX_TEMPFAIL;

	if (strcmp(code, "bad-request") == 0)
		status = EX_USAGE;
	else if (strcmp(code, "no-session") == 0)
		status = EX_NOPERM;
	frame_begin(writer, FRAME_ACCOUNT_REPLY, id);
	frame_number(writer, TAG_EXIT, (uint64_t)status);
	frame_text(writer, TAG_CODE, code);
	frame_text(writer, TAG_ERROR, "nothing was done");
	if (frame_end(writer, &err) == 0)
		(void)link_peer_send(peer, writer);
}
