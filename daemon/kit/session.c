/*
 * session.c - one module at work in this process.
 */
#include <string.h>
#include <time.h>

#include "kit/child.h"
#include "kit/session.h"
#include "module/backend.h"
#include "rear/settlement.h"
#include "sha256.h"

/* No real card: the number that processors give for tests. */
#define BANK_IDENTITY "card:4000001234567899:2912"
#define ORDER_S 300 /* that an order is valid */
#define TICKET "kit-kit-kit-kit-kit-kit-kit-kit-kit-kit-kit"

static const enum till_facility facilities[] = {
	[KIT_POLICY] = TILL_POLICY,
	[KIT_AUTH] = TILL_AUTH,
	[KIT_ENROL] = TILL_AUTH,
	[KIT_SETTLE] = TILL_SETTLE,
	[KIT_NOTIFY] = TILL_NOTIFY,
};

static void date(struct kit_session *);
static void locks_make(struct kit_session *);
static struct till_context *begin(struct kit_session *, enum kit_context);
static enum till_result end(struct kit_session *, int64_t began_ms,
    enum till_result);
static void completed(void *, enum till_result, const struct till_outcome *);
static enum till_result wait_answer(struct kit_session *, struct till_op *,
    int64_t deadline_ms);
static void name_hash(const char *, unsigned char[32]);

int
kit_session_init(struct kit_session *session, struct kit_owner *owner,
    const char *dir, struct till_error *err)
{
	const struct loader_options options = {
		.dirs = { dir },
		.dirs_len = 1,
		.allow_mock = true,
		.late = kit_owner_late,
		.late_arg = owner,
	};

	memset(session, 0, sizeof(*session));
	session->owner = owner;
	kit_owner_adopt(owner);
	session->order = (struct till_order){
		.size = sizeof(session->order),
		.ticket = TICKET,
		.merchant = "press-1",
		.merchant_name = "The Press",
		.merchant_origin = "https://press.example",
		.merchant_country = "FR",
		.customer = "alice",
		.jti = "order-1",
		.oid = "1",
		.desc = "an article",
		.kind = "single",
		.channel = "browser",
		.lang = "en",
		.amount = { 5 * TILL_MICRO, "EUR" },
	};
	date(session);
	locks_make(session);
	session->loader = loader_new(&options);
	return session->loader != NULL ? 0 : till_fail(err, "out of memory");
}

int
kit_session_open(struct kit_session *session, const char *module,
    struct conf_setting *settings, size_t len, bool check_only,
    struct diag *diag)
{
	struct conf_instance conf = {
		.name = KIT_NAME,
		.module = module,
		.settings = settings,
		.settings_len = len,
	};

	if (len > 0)
		conf.place = conf.module_place = settings[0].place;
	if (instance_open(session->loader, &conf, check_only,
		&session->instance, diag) == -1)
		return -1;
	kit_child_guard_pages(session->instance->self,
	    session->instance->self_size);
	date(session);
	return 0;
}

void
kit_session_close(struct kit_session *session)
{
	kit_child_guard_pages(NULL, 0);
	instance_close(session->instance);
	session->instance = NULL;
}

void
kit_session_free(struct kit_session *session)
{
	kit_session_close(session);
	kit_session_forget(session);
	loader_free(session->loader);
	(void)pthread_cond_destroy(&session->answered);
	(void)pthread_mutex_destroy(&session->lock);
}

void
kit_session_share(struct kit_session *session, const struct kit_session *of)
{
	*session = *of;
	memset(session->contexts, 0, sizeof(session->contexts));
	locks_make(session);
}

void
kit_session_forget(struct kit_session *session)
{
	size_t i;

	for (i = 0; i < KIT_CONTEXTS; i++) {
		context_free(session->contexts[i]);
		session->contexts[i] = NULL;
	}
	session->last = NULL;
}

struct till_context *
kit_session_context(struct kit_session *session, enum kit_context which)
{
	struct till_context *ctx = session->contexts[which];

	if (ctx == NULL)
		ctx = context_new(KIT_NAME, facilities[which], &kit_owner_ops,
		    session->owner);
	if (ctx != NULL)
		ctx->order = &session->order;
	session->contexts[which] = ctx;
	return ctx;
}

void
kit_session_save(const struct kit_session *session,
    struct kit_memory memory[KIT_CONTEXTS])
{
	const struct till_context *ctx;
	size_t i;

	for (i = 0; i < KIT_CONTEXTS; i++) {
		ctx = session->contexts[i];
		memset(&memory[i], 0, sizeof(memory[i]));
		if (ctx == NULL)
			continue;
		memcpy(memory[i].prompts, ctx->prompts, sizeof(ctx->prompts));
		memory[i].prompts_len = ctx->prompts_len;
		memcpy(memory[i].state, ctx->state, sizeof(ctx->state));
		memory[i].state_len = ctx->state_len;
	}
}

int
kit_session_restore(struct kit_session *session,
    const struct kit_memory memory[KIT_CONTEXTS])
{
	struct till_context *ctx;
	size_t i;

	for (i = 0; i < KIT_CONTEXTS; i++) {
		ctx = kit_session_context(session, (enum kit_context)i);
		if (ctx == NULL)
			return -1;
		memcpy(ctx->prompts, memory[i].prompts, sizeof(ctx->prompts));
		ctx->prompts_len = memory[i].prompts_len;
		memcpy(ctx->state, memory[i].state, sizeof(ctx->state));
		ctx->state_len = memory[i].state_len;
	}
	return 0;
}

enum till_result
kit_policy(struct kit_session *session)
{
	const int64_t began_ms = kit_now_ms();
	struct till_context *ctx = begin(session, KIT_POLICY);

	return ctx == NULL
	    ? TILL_ERROR
	    : end(session, began_ms, instance_policy(session->instance, ctx));
}

enum till_result
kit_auth(struct kit_session *session)
{
	const int64_t began_ms = kit_now_ms();
	struct till_context *ctx = begin(session, KIT_AUTH);

	return ctx == NULL
	    ? TILL_ERROR
	    : end(session, began_ms, instance_auth(session->instance, ctx));
}

enum till_result
kit_enrol(struct kit_session *session, enum till_enrol what)
{
	const int64_t began_ms = kit_now_ms();
	struct till_context *ctx = begin(session, KIT_ENROL);

	return ctx == NULL ? TILL_ERROR
			   : end(session, began_ms,
				 instance_enrol(session->instance, ctx, what));
}

enum till_result
kit_settle(struct kit_session *session, const struct kit_charge *charge)
{
	const int64_t began_ms = kit_now_ms();
	struct till_context *ctx = begin(session, KIT_SETTLE);
	struct till_settlement s;
	struct till_op *op = NULL;
	enum till_result result;

	if (ctx == NULL)
		return TILL_ERROR;
	kit_settlement(session, charge, &s);
	session->later = session->has_answer = false;
	if ((instance_module(session->instance)->caps & TILL_CAP_ASYNC) != 0) {
		op = op_new(completed, session);
		if (op == NULL)
			return TILL_ERROR;
	}
	result =
	    instance_settle(session->instance, ctx, &s, &session->outcome, op);
	(void)end(session, began_ms, result);
	if (result == TILL_PENDING)
		result = wait_answer(session, op, s.deadline_ms);
	op_release(op);
	session->result = result;
	return result;
}

enum till_result
kit_notify(struct kit_session *session, const struct till_event *event)
{
	const int64_t began_ms = kit_now_ms();
	struct till_context *ctx = begin(session, KIT_NOTIFY);

	return ctx == NULL
	    ? TILL_ERROR
	    : end(session, began_ms,
		  instance_notify(session->instance, ctx, event));
}

int
kit_health(struct kit_session *session)
{
	const int64_t began_ms = kit_now_ms();

	session->well =
	    instance_health(session->instance, &session->health) == 0;
	(void)end(session, began_ms, TILL_ERROR);
	return session->well ? 0 : -1;
}

void
kit_settlement(const struct kit_session *session,
    const struct kit_charge *charge, struct till_settlement *s_r)
{
	*s_r = (struct till_settlement){
		.size = sizeof(*s_r),
		.verb = charge->verb,
		.attempt = charge->attempt == 0 ? 1 : charge->attempt,
		.deadline_ms = kit_now_ms() +
		    (charge->deadline_ms == 0 ? KIT_DEADLINE_MS
					      : charge->deadline_ms),
		.amount = charge->amount != NULL ? *charge->amount
						 : session->order.amount,
		.payer = charge->payer != NULL ? charge->payer
					       : session->order.customer,
		.payee = charge->payee != NULL ? charge->payee
					       : session->order.merchant,
		.original = charge->original != NULL ? charge->original : "",
		.reason = charge->reason != NULL ? charge->reason : "",
	};
	/* As TILL_CAP_BANK has it. */
	if ((session->instance->module->caps & TILL_CAP_BANK) != 0 &&
	    charge->verb != TILL_QUERY) {
		s_r->payer_bank.data = (const unsigned char *)BANK_IDENTITY;
		s_r->payer_bank.len = strlen(BANK_IDENTITY);
	}
	name_hash(charge->key != NULL ? charge->key : "key", s_r->key);
	if (charge->digest != NULL)
		name_hash(charge->digest, s_r->digest);
	else
		(void)settlement_digest(s_r);
}

bool
kit_breach(const struct kit_session *session, const char **why_r)
{
	const struct till_context *ctx = session->last;

	if (atomic_load(&session->instance->ops.unsound) > 0) {
		*why_r = "the postings of a completion cannot be used";
		return true;
	}
	if (ctx == NULL || strcmp(ctx->code, "module-error") != 0)
		return false;
	*why_r = ctx->why.text;
	return true;
}

unsigned int
kit_late(struct kit_session *session)
{
	return atomic_load(&session->instance->ops.late);
}

int64_t
kit_now_ms(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/*
 * The order is of now, that is from when the module is open: to one that is
 * older than all that the module knows it may answer that it does not know.
 */
static void
date(struct kit_session *session)
{
	struct till_order *order = &session->order;

	if (session->dated)
		return;
	order->issued_s = kit_owner_time_s(session->owner);
	order->expires_s = order->issued_s + ORDER_S;
}

static void
locks_make(struct kit_session *session)
{
	pthread_condattr_t attributes;

	(void)pthread_mutex_init(&session->lock, NULL);
	(void)pthread_condattr_init(&attributes);
	(void)pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	(void)pthread_cond_init(&session->answered, &attributes);
	(void)pthread_condattr_destroy(&attributes);
}

static struct till_context *
begin(struct kit_session *session, enum kit_context which)
{
	instance_set_time(session->instance, session->owner->time_s);
	session->last = kit_session_context(session, which);
	return session->last;
}

static enum till_result
end(struct kit_session *session, int64_t began_ms, enum till_result result)
{
	session->took_ms = kit_now_ms() - began_ms;
	/* An answer that was to come later may be there already. */
	if (result != TILL_PENDING)
		session->result = result;
	return result;
}

/* Any thread. */
static void
completed(void *arg, enum till_result result,
    const struct till_outcome *outcome)
{
	struct kit_session *session = arg;

	(void)pthread_mutex_lock(&session->lock);
	session->result = result;
	session->outcome = *outcome;
	session->has_answer = true;
	(void)pthread_cond_signal(&session->answered);
	(void)pthread_mutex_unlock(&session->lock);
}

static enum till_result
wait_answer(struct kit_session *session, struct till_op *op,
    int64_t deadline_ms)
{
	const struct timespec until = { (time_t)(deadline_ms / 1000),
		(long)(deadline_ms % 1000) * 1000000 };
	int r = 0;

	(void)pthread_mutex_lock(&session->lock);
	while (!session->has_answer && r == 0)
		r = pthread_cond_timedwait(&session->answered, &session->lock,
		    &until);
	session->later = session->has_answer;
	(void)pthread_mutex_unlock(&session->lock);
	op_expire(op);
	return session->result;
}

static void
name_hash(const char *name, unsigned char hash_r[32])
{
	memset(hash_r, 0, 32);
	(void)sha256(name, strlen(name), hash_r);
}
