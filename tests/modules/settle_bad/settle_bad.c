/*
 * settle_bad - a sound bank that breaks the contract in the one way that
 * it is told to; for the tests of the conformance suite.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "settle_bad.h"

struct bad {
	int fault;
	const char *journal;
	struct book *book;
};

static const char *const faults[] = { "none", "declines", "unbalanced",
	"moves-more", "forgets", "ignores-digest", "denies",
	"query-leaves-trace", "rounds", "late", "never-completes",
	"completes-twice", "reverses-twice", "reverses-nothing", "commits-more",
	"commits-twice", "restarts-empty", "effect-first", "racy",
	"takes-wallet", "takes-till", "leaks-file", "holds-wallet",
	"commits-till", "releases-till", "reverses-till", NULL };

static int bad_open(const struct till_host *, struct till_instance *, void *,
    int, struct till_error *);
static void bad_close(void *);
static enum till_result bad_settle(const struct till_host *,
    struct till_context *, const void *, const struct till_settlement *,
    struct till_outcome *, struct till_op *);
static enum till_result answer(const struct till_host *, struct till_context *,
    const struct bad *, const struct till_settlement *, struct till_outcome *);
static enum till_result query(const struct bad *,
    const struct till_settlement *, struct till_outcome *);
static enum till_result decide(const struct bad *,
    const struct till_settlement *);
static enum till_result done(enum till_verb);
static int may_end(const struct bad *, const struct till_settlement *);
static void tell(const struct bad *, const struct till_settlement *,
    const struct entry *, struct till_outcome *);
static void rob(const struct bad *, const struct till_settlement *,
    struct till_outcome *);
static void post(struct till_outcome *, const char *class, const char *id,
    int64_t micro);
static void wait_ms(long);

static const struct till_setting settings[] = {
	{ "fault", TILL_SET_ENUM, 0, offsetof(struct bad, fault), NULL, 0, 0,
	    faults, "what it does wrong" },
	{ "journal", TILL_SET_PATH, 0, offsetof(struct bad, journal), NULL, 0,
	    0, NULL, "what it remembers" },
	TILL_SETTING_END
};

#define CAPS                                                                   \
	(TILL_CAP_THREADSAFE | TILL_CAP_ASYNC | TILL_CAP_HOLD |                \
	    TILL_CAP_REVERSE | TILL_CAP_QUERY | TILL_CAP_IDEMPOTENT)

TILL_MODULE("settle_bad", "1.0", TILL_SETTLE, CAPS){
	TILL_MODULE_HEAD("settle_bad", "1.0", TILL_SETTLE, CAPS),
	.settings = settings,
	.instance_size = sizeof(struct bad),
	.open = bad_open,
	.close = bad_close,
	.settle = bad_settle,
};

static int
bad_open(const struct till_host *host, struct till_instance *instance,
    void *self, int check_only, struct till_error *err)
{
	struct bad *bad = self;

	(void)host;
	(void)instance;
	bad->book = calloc(1, sizeof(*bad->book));
	if (bad->book == NULL)
		return till_fail(err, "out of memory");
	if (book_open(bad->book, check_only ? NULL : bad->journal,
		bad->fault != RESTARTS_EMPTY, err) == 0)
		return 0;
	free(bad->book);
	return -1;
}

static void
bad_close(void *self)
{
	struct bad *bad = self;

	if (bad->book->fd != -1)
		(void)close(bad->book->fd);
	(void)pthread_mutex_destroy(&bad->book->lock);
	free(bad->book);
}

static enum till_result
bad_settle(const struct till_host *host, struct till_context *ctx,
    const void *self, const struct till_settlement *s,
    struct till_outcome *outcome_r, struct till_op *op)
{
	const struct bad *bad = self;
	const int locked = bad->fault != RACY;
	enum till_result result;

	if (bad->fault == LATE)
		wait_ms(3000);
	if (bad->fault == LEAKS_FILE)
		(void)!dup(STDIN_FILENO);
	if (locked)
		(void)pthread_mutex_lock(&bad->book->lock);
	result = s->verb == TILL_QUERY ? query(bad, s, outcome_r)
				       : answer(host, ctx, bad, s, outcome_r);
	if (locked)
		(void)pthread_mutex_unlock(&bad->book->lock);
	if (op == NULL)
		return result;
	if (bad->fault == NEVER_COMPLETES)
		return TILL_PENDING;
	if (bad->fault == COMPLETES_TWICE) {
		host->complete(op, result, outcome_r);
		host->complete(op, result, outcome_r);
		return TILL_PENDING;
	}
	return result;
}

static enum till_result
answer(const struct till_host *host, struct till_context *ctx,
    const struct bad *bad, const struct till_settlement *s,
    struct till_outcome *outcome)
{
	struct entry *entry = book_find(bad->book, s->key);
	enum till_result result;

	if (entry != NULL && bad->fault != IGNORES_DIGEST &&
	    memcmp(entry->digest, s->digest, sizeof(entry->digest)) != 0)
		return host->fail(ctx, TILL_ERROR, "digest",
		    "the key is another payment's");
	if (bad->fault == RACY && entry == NULL)
		wait_ms(1000);
	if (entry == NULL || bad->fault == FORGETS) {
		result = decide(bad, s);
		if (result == TILL_DECLINED)
			(void)host->fail(ctx, result, "declined", "declined");
		entry =
		    book_add(bad->book, s, result, bad->fault == EFFECT_FIRST);
		if (entry == NULL)
			return TILL_UNKNOWN;
	}
	tell(bad, s, entry, outcome);
	return entry->result;
}

static enum till_result
query(const struct bad *bad, const struct till_settlement *s,
    struct till_outcome *outcome)
{
	const struct entry *entry = book_find(bad->book, s->key);

	if (entry == NULL && bad->fault == QUERY_LEAVES_TRACE)
		(void)book_add(bad->book, s, TILL_DECLINED, 0);
	if (entry == NULL || bad->fault == DENIES)
		return TILL_NOT_FOUND;
	tell(bad, s, entry, outcome);
	return entry->result;
}

static enum till_result
decide(const struct bad *bad, const struct till_settlement *s)
{
	if (bad->fault == DECLINES)
		return TILL_DECLINED;
	if (s->verb == TILL_CHARGE || s->verb == TILL_HOLD || may_end(bad, s))
		return done(s->verb);
	return TILL_DECLINED;
}

static enum till_result
done(enum till_verb verb)
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

/* May what this settlement names be committed, released, reversed? */
static int
may_end(const struct bad *bad, const struct till_settlement *s)
{
	const struct entry *original =
	    book_by_reference(bad->book, s->original);

	if (s->verb == TILL_REVERSE && bad->fault == REVERSES_NOTHING)
		return 1;
	if (original == NULL ||
	    original->result !=
		(s->verb == TILL_REVERSE ? TILL_COMMITTED : TILL_HELD))
		return 0;
	if (s->amount.micro > original->micro &&
	    !(s->verb == TILL_COMMIT && bad->fault == COMMITS_MORE))
		return 0;
	return !original->ended ||
	    (s->verb == TILL_REVERSE && bad->fault == REVERSES_TWICE) ||
	    (s->verb == TILL_COMMIT && bad->fault == COMMITS_TWICE);
}

static void
tell(const struct bad *bad, const struct till_settlement *s,
    const struct entry *entry, struct till_outcome *outcome)
{
	(void)snprintf(outcome->reference, sizeof(outcome->reference), "%s",
	    entry->reference);
	outcome->moved = s->amount;
	if (bad->fault == MOVES_MORE)
		outcome->moved.micro += TILL_MICRO;
	if (bad->fault == ROUNDS)
		outcome->moved.micro -= outcome->moved.micro % 10000;
	if (bad->fault == UNBALANCED || bad->fault == TAKES_WALLET)
		post(outcome, "till", s->payee, s->amount.micro);
	if (bad->fault == TAKES_WALLET)
		post(outcome, "wallet", s->payer, -s->amount.micro);
	if (bad->fault == TAKES_TILL) {
		post(outcome, "till", s->payee, -s->amount.micro);
		post(outcome, "bank", "clearing", s->amount.micro);
	}
	rob(bad, s, outcome);
}

/* Where a charge is sound. */
static void
rob(const struct bad *bad, const struct till_settlement *s,
    struct till_outcome *outcome)
{
	int64_t micro = s->amount.micro;

	if (bad->fault == HOLDS_WALLET && s->verb == TILL_HOLD)
		post(outcome, "wallet", s->payer, -micro);
	else if (bad->fault == COMMITS_TILL && s->verb == TILL_COMMIT)
		post(outcome, "till", s->payee, -micro);
	else if ((bad->fault == RELEASES_TILL && s->verb == TILL_RELEASE) ||
	    (bad->fault == REVERSES_TILL && s->verb == TILL_REVERSE))
		post(outcome, "till", s->payee, micro);
	else
		return;
	post(outcome, "bank", "clearing", -outcome->postings[0].micro);
}

static void
post(struct till_outcome *outcome, const char *class, const char *id,
    int64_t micro)
{
	struct till_posting *posting =
	    &outcome->postings[outcome->postings_len++];

	(void)snprintf(posting->account, sizeof(posting->account), "%s:%s",
	    class, id);
	posting->micro = micro;
	posting->condition = TILL_ALWAYS;
}

static void
wait_ms(long ms)
{
	struct timespec left = { ms / 1000, ms % 1000 * 1000000 };

	while (nanosleep(&left, &left) == -1 && errno == EINTR)
		;
}
