/*
 * probe - break the contract in the one way that it is told to; for the
 * tests of the server's own checks.
 *
 * It has every facility and is not thread-safe.
 */
#include <sched.h>
#include <stdlib.h>
#include <string.h>

#include <till/module.h>

struct probe {
	int deed;
	int *busy; /* is a call in here? */
	struct till_instance *instance;
};

enum deed {
	NOTHING,
	REFUSE_OPEN,
	WRITE_SELF,
	STEP_UP_NOWHERE,
	ASK_NOTHING,
	TELL_ONLY,
	LEVEL_AND_DENY,
	UNBALANCED,
	STRANGE_ACCOUNT,
	TOO_MANY,
	NO_CONDITION,
	OTHER_TILL,
	WRONG_VERB,
	SAY_PENDING,
	FOREIGN,
	ALL_SERVICES,
	UNHEALTHY
};

static int probe_open(const struct till_host *, struct till_instance *, void *,
    int, struct till_error *);
static void probe_close(void *);
static enum till_result probe_policy(const struct till_host *,
    struct till_context *, const void *);
static enum till_result probe_auth(const struct till_host *,
    struct till_context *, const void *);
static enum till_result probe_settle(const struct till_host *,
    struct till_context *, const void *, const struct till_settlement *,
    struct till_outcome *, struct till_op *);
static enum till_result probe_notify(const struct till_host *,
    struct till_context *, const void *, const struct till_event *);
static int probe_health(const struct till_host *, const void *,
    struct till_error *);
static enum till_result one_at_a_time(const struct probe *);
static void post(struct till_outcome *, const char *account, int64_t micro);

static const char *const deeds[] = { "nothing", "refuse-open", "write-self",
	"step-up-nowhere", "ask-nothing", "tell-only", "level-and-deny",
	"unbalanced", "strange-account", "too-many", "no-condition",
	"other-till", "wrong-verb", "say-pending", "foreign", "all-services",
	"unhealthy", NULL };

static const struct till_setting settings[] = {
	{ "deed", TILL_SET_ENUM, 0, offsetof(struct probe, deed), NULL, 0, 0,
	    deeds, "what it does" },
	TILL_SETTING_END
};

#define FACILITIES (TILL_POLICY | TILL_AUTH | TILL_SETTLE | TILL_NOTIFY)

TILL_MODULE("probe", "1.0", FACILITIES, 0){
	TILL_MODULE_HEAD("probe", "1.0", FACILITIES, 0),
	.settings = settings,
	.instance_size = sizeof(struct probe),
	.open = probe_open,
	.close = probe_close,
	.policy = probe_policy,
	.auth = probe_auth,
	.settle = probe_settle,
	.notify = probe_notify,
	.health = probe_health,
};

static int
probe_open(const struct till_host *host, struct till_instance *instance,
    void *self, int check_only, struct till_error *err)
{
	struct probe *p = self;

	(void)host;
	(void)check_only;
	if (p->deed == REFUSE_OPEN)
		return till_fail(err, "will not open");
	p->instance = instance;
	p->busy = calloc(1, sizeof(*p->busy));
	return p->busy != NULL ? 0 : till_fail(err, "out of memory");
}

static void
probe_close(void *self)
{
	struct probe *p = self;

	free(p->busy);
	p->busy = NULL; /* it is ours again */
}

static enum till_result
probe_policy(const struct till_host *host, struct till_context *ctx,
    const void *self)
{
	const struct probe *p = self;
	union {
		const void *is;
		int *was;
	} alias;

	switch ((enum deed)p->deed) {
	case WRITE_SELF:
		alias.is = &p->deed;
		*alias.was = NOTHING;
		return TILL_ALLOW;
	case STEP_UP_NOWHERE:
		return TILL_STEP_UP;
	case FOREIGN:
		return TILL_GRANT;
	default:
		(void)host;
		(void)ctx;
		return one_at_a_time(p);
	}
}

/* ALLOW, or REFUSE if two calls are in here at once. */
static enum till_result
one_at_a_time(const struct probe *p)
{
	enum till_result result = TILL_ALLOW;
	int i;

	if (*p->busy != 0)
		result = TILL_REFUSE;
	*p->busy = 1;
	for (i = 0; i < 10; i++)
		(void)sched_yield();
	*p->busy = 0;
	return result;
}

static enum till_result
probe_auth(const struct till_host *host, struct till_context *ctx,
    const void *self)
{
	const struct till_prompt tell = { .size = sizeof(tell),
		.kind = TILL_TELL_INFO,
		.id = "told",
		.text = "told" };
	const struct probe *p = self;

	switch ((enum deed)p->deed) {
	case ASK_NOTHING:
		return TILL_NEED_INPUT;
	case TELL_ONLY:
		(void)host->prompt(ctx, &tell);
		return TILL_NEED_INPUT;
	case LEVEL_AND_DENY:
		(void)host->method(ctx, "hwk", 10);
		return TILL_DENY;
	case FOREIGN:
		return TILL_ALLOW;
	default:
		return TILL_ABSTAIN;
	}
}

static enum till_result
probe_settle(const struct till_host *host, struct till_context *ctx,
    const void *self, const struct till_settlement *s,
    struct till_outcome *outcome_r, struct till_op *op)
{
	const struct probe *p = self;

	(void)host;
	(void)ctx;
	(void)op;
	post(outcome_r, "wallet:alice", -s->amount.micro);
	post(outcome_r, "till:press-1", s->amount.micro);
	switch ((enum deed)p->deed) {
	case UNBALANCED:
		outcome_r->postings[1].micro++;
		break;
	case STRANGE_ACCOUNT:
		(void)snprintf(outcome_r->postings[0].account, TILL_ACCOUNT_MAX,
		    "wallet:../alice");
		break;
	case TOO_MANY:
		outcome_r->postings_len = TILL_POSTINGS_MAX + 1;
		break;
	case NO_CONDITION:
		outcome_r->postings[0].condition = (enum till_condition)0;
		break;
	case OTHER_TILL:
		(void)snprintf(outcome_r->postings[0].account, TILL_ACCOUNT_MAX,
		    "bank:other");
		(void)snprintf(outcome_r->postings[1].account, TILL_ACCOUNT_MAX,
		    "till:press-2");
		break;
	case WRONG_VERB:
		return s->verb == TILL_CHARGE ? TILL_HELD : TILL_COMMITTED;
	case SAY_PENDING:
		return TILL_PENDING;
	case FOREIGN:
		return TILL_GRANT;
	default:
		break;
	}
	memset(outcome_r->text, 'x', sizeof(outcome_r->text)); /* no NUL */
	return TILL_COMMITTED;
}

static void
post(struct till_outcome *outcome, const char *account, int64_t micro)
{
	struct till_posting *posting =
	    &outcome->postings[outcome->postings_len++];

	(void)snprintf(posting->account, sizeof(posting->account), "%s",
	    account);
	posting->micro = micro;
	posting->condition = TILL_ALWAYS;
}

static enum till_result
probe_notify(const struct till_host *host, struct till_context *ctx,
    const void *self, const struct till_event *event)
{
	const struct probe *p = self;
	const struct till_limit limit = { .size = sizeof(limit),
		.name = "x",
		.scope = TILL_SCOPE_CUSTOMER,
		.window = TILL_WINDOW_DAY };
	struct till_bytes state = { (const unsigned char *)"x", 1 };

	(void)event;
	if (p->deed == FOREIGN)
		return TILL_COMMITTED;
	if (p->deed != ALL_SERVICES)
		return TILL_DELIVERED;
	/* None of these is notify's. */
	if (host->method(ctx, "pwd", 1) == -1 &&
	    host->limit(ctx, &limit) == -1 && host->step_up(ctx, 1) == -1 &&
	    host->failed(ctx) == -1 && host->state_put(ctx, state) == -1 &&
	    host->alert(ctx, "auth.alert", "x") == -1)
		return TILL_DELIVERED;
	return TILL_DROP;
}

static int
probe_health(const struct till_host *host, const void *self,
    struct till_error *err)
{
	const struct probe *p = self;

	(void)host;
	if (p->deed == UNHEALTHY)
		return till_fail(err, "is not well");
	return 0;
}
