/*
 * remember.c - sessions, by what an order or a sign-in has granted.
 *
 * A session gets a new name whenever it gains rights, and the one before
 * ends: so whoever has put his own into somebody's browser has nothing.  Of
 * the one before there is one heir: what runs beside it has none, and what
 * was ended meanwhile stays ended.
 */
#include <string.h>

#include "rear/clock.h"
#include "rear/run.h"

static void begin(const struct order_run *, struct session *);
static bool any_remembered(const struct order_run *);
static void open_session(struct order_run *, const struct session *);
static void add_grants(const struct order_run *, struct session *, bool *);
static void add_grant(struct session *, const struct instance *,
    const struct auth_line *);

void
order_remember(struct order_run *run)
{
	struct session session;
	bool gained = false;

	if (!run->request.want_session)
		return;
	begin(run, &session);
	add_grants(run, &session, &gained);
	if (!gained || session.grants_len == 0)
		return;
	open_session(run, &session);
	if (run->answer.session[0] != '\0')
		run->request.want_session = false; /* once is enough */
}

void
sign_in_remember(struct order_run *run)
{
	struct session session;
	bool gained = false;

	begin(run, &session);
	/* Nothing of the older one was needed: its time begins anew, and what
	 * it remembers beside must not outlive its own. */
	if (!any_remembered(run)) {
		session.created_ms = clock_ms();
		session.opened_s = run->now_s;
		memcpy(session.where, run->request.address,
		    sizeof(session.where));
		session.grants_len = 0;
	}
	/* Nothing of a merchant's is asked for anything else. */
	if (!run->purchase->of_merchant)
		add_grants(run, &session, &gained);
	session.signed_in_s =
	    run->auth_time_s == 0 ? run->now_s : run->auth_time_s;
	/* By a sign-in that asked for less the older time is not carried on:
	 * what is remembered of it may be somebody else's by now. */
	session.enrol_s = run->purchase->enrol ? session.signed_in_s : 0;
	open_session(run, &session);
}

/* As the older one of the same customer, if there is one. */
static void
begin(const struct order_run *run, struct session *session)
{
	memset(session, 0, sizeof(*session));
	memcpy(session->cid, run->purchase->customer, sizeof(session->cid));
	session->created_ms = clock_ms();
	session->opened_s = run->now_s;
	memcpy(session->where, run->request.address, sizeof(session->where));
	if (run->has_session)
		*session = run->session;
	session->epoch = run->purchase->epoch;
}

static bool
any_remembered(const struct order_run *run)
{
	const struct purchase *purchase = run->purchase;
	size_t i;

	for (i = 0; i < purchase->generation->conf->auth.len; i++)
		if (purchase->lines[i].remembered)
			return true;
	return false;
}

static void
open_session(struct order_run *run, const struct session *session)
{
	struct session_table *sessions = run_sessions(run);
	unsigned char name[SESSION_NAME_SIZE];
	int r;

	/* Whoever's it was: its browser has another one now. */
	r = run->brought ? session_table_replace(sessions, run->request.session,
			       session, clock_ms(), run->answer.session)
			 : session_table_open(sessions, session, clock_ms(),
			       run->answer.session);
	if (r == -1 || session_name(run->answer.session, name) == -1) {
		run->answer.session[0] = '\0';
		return;
	}
	purchase_set_session(run->purchase, name);
}

static void
add_grants(const struct order_run *run, struct session *session, bool *gained_r)
{
	const struct generation *generation = run->purchase->generation;
	const struct conf_stack *stack = &generation->conf->auth;
	const struct instance *instance;
	const struct auth_line *line;
	size_t i;

	for (i = 0; i < stack->len; i++) {
		line = &run->purchase->lines[i];
		instance = generation_instance(generation, &stack->rules[i]);
		if (instance == NULL || !line->answered || line->remembered ||
		    line->result != TILL_GRANT || line->limits_len > 0 ||
		    (instance_module(instance)->caps & TILL_CAP_SESSION) == 0)
			continue;
		add_grant(session, instance, line);
		*gained_r = true;
	}
}

static void
add_grant(struct session *session, const struct instance *instance,
    const struct auth_line *line)
{
	const char *name = instance_name(instance);
	const char *module = instance_module(instance)->name;
	struct session_grant *grant;
	uint32_t i = 0;

	while (i < session->grants_len &&
	    strcmp(session->grants[i].instance, name) != 0)
		i++;
	if (i == SESSION_GRANTS_MAX)
		return;
	grant = &session->grants[i];
	if (i == session->grants_len)
		session->grants_len++;
	memset(grant, 0, sizeof(*grant));
	memcpy(grant->instance, name, strlen(name) + 1);
	memcpy(grant->module, module, strlen(module) + 1);
	grant->level = line->level;
	grant->time_s = line->time_s;
	for (i = 0; i < line->amr_len && i < SESSION_AMR_MAX; i++)
		memcpy(grant->amr[grant->amr_len++], line->amr[i],
		    sizeof(grant->amr[0]));
}
