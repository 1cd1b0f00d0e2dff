/*
 * settle_mock - a bank that does as it is told; for tests and drills.
 *
 *	module bank settle_mock journal=/tmp/bank async=yes delay=5s
 *
 * It keeps the contract of an idempotent bank unless a setting says
 * otherwise: the same key has the same outcome for ever, and QUERY tells
 * it.  Scripts go by the payer's id or by the amount.
 */
#include "settle_mock.h"

struct settle_mock {
	struct mock mock;
	const char *account; /* the other side of the merchant's till */
	int64_t fail_before, fail_after;
	int when; /* of misbehaviour: index in when_words */
	int async, async_query, twice;
	const struct till_host *host;
	struct bank *bank;
	struct later *later;
	atomic_uint *attempts; /* calls but QUERY */
};

enum when { WHEN_BEFORE, WHEN_AFTER };

static int settle_mock_open(const struct till_host *, struct till_instance *,
    void *, int, struct till_error *);
static void settle_mock_close(void *);
static enum till_result settle_mock_settle(const struct till_host *,
    struct till_context *, const void *, const struct till_settlement *,
    struct till_outcome *, struct till_op *);
static bool misbehaves(const struct settle_mock *, enum when,
    struct till_outcome *, enum till_result *result_r);
static enum till_result query(const struct settle_mock *,
    const struct till_settlement *, struct till_outcome *);
static enum till_result attempt(const struct settle_mock *,
    const struct till_settlement *, struct till_outcome *);
static enum till_result decide(const struct settle_mock *,
    const struct till_settlement *, const char **code_r);
static enum till_result success(enum till_verb);
static const char *original_check(const struct settle_mock *,
    const struct till_settlement *);
static void tell(const struct settle_mock *, const struct till_settlement *,
    const struct bank_entry *, struct till_outcome *);
static void post(const struct settle_mock *, const struct till_settlement *,
    int64_t micro, struct till_outcome *);

static const char *const words[] = { "committed", "declined", "not-attempted",
	"unknown", "error", "unavailable", NULL };
static const enum till_result results[] = { TILL_COMMITTED, TILL_DECLINED,
	TILL_NOT_ATTEMPTED, TILL_UNKNOWN, TILL_ERROR, TILL_UNAVAILABLE };
static const char *const when_words[] = { "before", "after", NULL };

#define ATTEMPTS_MAX 1000000

static const struct till_setting settings[] = {
	MOCK_SETTINGS(struct settle_mock, words),
	{ "account", TILL_SET_STRING, 0, offsetof(struct settle_mock, account),
	    "bank:clearing", 0, TILL_ACCOUNT_MAX - 1, NULL,
	    "where the money comes from and goes back to" },
	{ "fail-before", TILL_SET_INT, 0,
	    offsetof(struct settle_mock, fail_before), NULL, 0, ATTEMPTS_MAX,
	    NULL, "so many first calls are lost on their way" },
	{ "fail-after", TILL_SET_INT, 0,
	    offsetof(struct settle_mock, fail_after), NULL, 0, ATTEMPTS_MAX,
	    NULL, "so many first calls lose the answer, not the money" },
	{ "misbehave-when", TILL_SET_ENUM, 0,
	    offsetof(struct settle_mock, when), "before", 0, 0, when_words,
	    "before or after the money moved" },
	{ "async", TILL_SET_BOOL, 0, offsetof(struct settle_mock, async), NULL,
	    0, 0, NULL, "answer after delay, from a thread" },
	{ "async-query", TILL_SET_BOOL, 0,
	    offsetof(struct settle_mock, async_query), NULL, 0, 0, NULL,
	    "with async: answer queries later, too" },
	{ "twice", TILL_SET_BOOL, 0, offsetof(struct settle_mock, twice), NULL,
	    0, 0, NULL, "with async: answer twice" },
	TILL_SETTING_END
};

#define CAPS                                                                   \
	(TILL_CAP_THREADSAFE | TILL_CAP_MOCK | TILL_CAP_ASYNC |                \
	    TILL_CAP_HOLD | TILL_CAP_REVERSE | TILL_CAP_QUERY |                \
	    TILL_CAP_IDEMPOTENT)

TILL_MODULE("settle_mock", "1.0", TILL_SETTLE, CAPS){
	TILL_MODULE_HEAD("settle_mock", "1.0", TILL_SETTLE, CAPS),
	.settings = settings,
	.instance_size = sizeof(struct settle_mock),
	.open = settle_mock_open,
	.close = settle_mock_close,
	.settle = settle_mock_settle,
};

static int
settle_mock_open(const struct till_host *host, struct till_instance *instance,
    void *self, int check_only, struct till_error *err)
{
	struct settle_mock *m = self;

	m->host = host;
	m->bank = bank_new();
	m->attempts = calloc(1, sizeof(*m->attempts));
	if (m->bank == NULL || m->attempts == NULL) {
		till_fail(err, "out of memory");
		goto fail;
	}
	if (!check_only && m->mock.journal != NULL &&
	    bank_restore(m->bank, m->mock.journal, err) == -1)
		goto fail;
	if (mock_open(&m->mock, words, check_only, err) == -1)
		goto fail;
	if (!m->async || check_only)
		return 0;
	m->later = later_new(host, instance, err);
	if (m->later != NULL)
		return 0;
	mock_close(&m->mock);
fail:
	bank_free(m->bank);
	free(m->attempts);
	return -1;
}

static void
settle_mock_close(void *self)
{
	struct settle_mock *m = self;

	later_free(m->later);
	mock_close(&m->mock);
	bank_free(m->bank);
	free(m->attempts);
}

static enum till_result
settle_mock_settle(const struct till_host *host, struct till_context *ctx,
    const void *self, const struct till_settlement *s,
    struct till_outcome *outcome_r, struct till_op *op)
{
	const struct settle_mock *m = self;
	enum till_result result;

	(void)mock_note(&m->mock, "call %d %s %s %lld %s %u", (int)s->verb,
	    s->payer, s->payee, (long long)s->amount.micro, s->amount.currency,
	    (unsigned int)s->attempt);
	if (m->later == NULL)
		mock_wait(m->mock.delay_ms);
	if (misbehaves(m, WHEN_BEFORE, outcome_r, &result))
		return result;
	(void)pthread_mutex_lock(&m->bank->lock);
	result = s->verb == TILL_QUERY ? query(m, s, outcome_r)
				       : attempt(m, s, outcome_r);
	(void)pthread_mutex_unlock(&m->bank->lock);
	if (misbehaves(m, WHEN_AFTER, outcome_r, &result))
		return result;
	if (m->later != NULL && op != NULL &&
	    (s->verb != TILL_QUERY || m->async_query) &&
	    later_add(m->later, op, result, outcome_r, m->mock.delay_ms,
		m->twice ? 2 : 1) == 0)
		return TILL_PENDING;
	if (outcome_r->code[0] != '\0')
		return host->fail(ctx, result, outcome_r->code, "%s",
		    outcome_r->text);
	return result;
}

/* True with what to answer where an answer itself is the misbehaviour. */
static bool
misbehaves(const struct settle_mock *m, enum when when,
    struct till_outcome *outcome, enum till_result *result_r)
{
	if ((enum when)m->when != when)
		return false;
	switch (mock_misbehave(&m->mock)) {
	case MOCK_GARBAGE:
		memset(outcome, 0xa5, sizeof(*outcome));
		*result_r = (enum till_result)0x7f7f7f;
		return true;
	case MOCK_FOREIGN:
		*result_r = TILL_GRANT;
		return true;
	case MOCK_NONE:
	case MOCK_CRASH:
	case MOCK_HANG:
	case MOCK_EXIT:
	case MOCK_STDOUT:
		break;
	}
	return false;
}

/* As the first call under this key was answered, or would have been. */
static enum till_result
query(const struct settle_mock *m, const struct till_settlement *s,
    struct till_outcome *outcome)
{
	const struct bank_entry *entry = bank_find(m->bank, s->key);

	if (entry == NULL)
		return TILL_NOT_FOUND;
	tell(m, s, entry, outcome);
	return entry->result;
}

static enum till_result
attempt(const struct settle_mock *m, const struct till_settlement *s,
    struct till_outcome *outcome)
{
	const unsigned int n = atomic_fetch_add(m->attempts, 1) + 1;
	struct bank_entry *entry = bank_find(m->bank, s->key);
	const char *code = "";
	enum till_result result;

	if (n <= m->fail_before)
		return TILL_UNKNOWN;
	if (entry != NULL &&
	    memcmp(entry->digest, s->digest, sizeof(entry->digest)) != 0) {
		(void)snprintf(outcome->code, sizeof(outcome->code), "digest");
		(void)snprintf(outcome->text, sizeof(outcome->text),
		    "this key was used for something else");
		return TILL_ERROR;
	}
	if (entry == NULL) {
		result = decide(m, s, &code);
		if (result != success(s->verb) && result != TILL_DECLINED)
			return result;
		entry = bank_add(m->bank, s, result);
		if (entry == NULL)
			return TILL_UNAVAILABLE;
		(void)snprintf(entry->code, sizeof(entry->code), "%s", code);
		if (bank_note(&m->mock, entry, s->original) == -1)
			return TILL_UNKNOWN;
	}
	if (n <= m->fail_before + m->fail_after)
		return TILL_UNKNOWN;
	tell(m, s, entry, outcome);
	return entry->result;
}

/* What comes of a settlement that is seen for the first time. */
static enum till_result
decide(const struct settle_mock *m, const struct till_settlement *s,
    const char **code_r)
{
	char amount[TILL_MONEY_MAX];
	const char *const keys[] = { s->payer,
		till_money_print(&s->amount, amount), NULL };
	const enum till_result told =
	    results[mock_answer(&m->mock, words, keys)];
	struct bank_entry *original;

	if (told == TILL_DECLINED)
		*code_r = "funds";
	if (told != TILL_COMMITTED)
		return told;
	*code_r = original_check(m, s);
	if (*code_r[0] != '\0')
		return TILL_DECLINED;
	original = bank_by_reference(m->bank, s->original);
	if (original != NULL)
		original->ended = 1;
	return success(s->verb);
}

static enum till_result
success(enum till_verb verb)
{
	switch (verb) {
	case TILL_CHARGE:
	case TILL_COMMIT:
		return TILL_COMMITTED;
	case TILL_HOLD:
		return TILL_HELD;
	case TILL_RELEASE:
		return TILL_RELEASED;
	case TILL_REVERSE:
		return TILL_REVERSED;
	case TILL_QUERY:
		break;
	}
	return TILL_ERROR;
}

/* "" or why what is to be committed, released or reversed cannot be. */
static const char *
original_check(const struct settle_mock *m, const struct till_settlement *s)
{
	const struct bank_entry *original;
	enum till_result needed;

	if (s->verb == TILL_CHARGE || s->verb == TILL_HOLD)
		return "";
	needed = s->verb == TILL_REVERSE ? TILL_COMMITTED : TILL_HELD;
	original = bank_by_reference(m->bank, s->original);
	if (original == NULL || original->result != needed)
		return "no-original";
	if (original->ended)
		return "ended";
	if (!till_money_at_most(&s->amount, &original->amount))
		return "amount";
	return "";
}

static void
tell(const struct settle_mock *m, const struct till_settlement *s,
    const struct bank_entry *entry, struct till_outcome *outcome)
{
	(void)snprintf(outcome->reference, sizeof(outcome->reference), "%s",
	    entry->reference);
	(void)snprintf(outcome->code, sizeof(outcome->code), "%s", entry->code);
	if (entry->code[0] != '\0')
		(void)snprintf(outcome->text, sizeof(outcome->text),
		    "the mock's bank declined it");
	if (entry->result == TILL_COMMITTED)
		post(m, s, entry->amount.micro, outcome);
	else if (entry->result == TILL_REVERSED)
		post(m, s, -entry->amount.micro, outcome);
	if (entry->result != TILL_DECLINED)
		outcome->moved = entry->amount;
}

static void
post(const struct settle_mock *m, const struct till_settlement *s,
    int64_t micro, struct till_outcome *outcome)
{
	struct till_posting *from = &outcome->postings[0];
	struct till_posting *till = &outcome->postings[1];

	(void)snprintf(from->account, sizeof(from->account), "%s", m->account);
	from->micro = -micro;
	from->condition = TILL_ALWAYS;
	(void)snprintf(till->account, sizeof(till->account), "till:%s",
	    s->payee);
	till->micro = micro;
	till->condition = micro < 0 ? TILL_IF_COVERED : TILL_ALWAYS;
	outcome->postings_len = 2;
}
