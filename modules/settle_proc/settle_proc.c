/*
 * settle_proc - settle by a program, in whatever language it is.
 *
 *	module bank settle_proc program=/usr/local/lib/till/bank.py \
 *	    arg=/var/lib/till/bank.journal deadline=10s
 *
 * The program is kept running and asked by lines of JSON; see
 * doc/module-protocol.md.  It keeps what a settle module promises: the
 * same key has the same outcome for ever, and a query tells it.  From
 * the first octet of a request on, whatever is not a proper answer
 * leaves the settlement unknown, and the server asks again later.
 */
#include <sys/socket.h>

#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <till/module.h>

#include "common/pool.h"
#include "common/safe.h"
#include "common/talk.h"

#define REQUEST_SIZE (LINE_ORDER_SIZE + 8192)
#define MARGIN_MS 100 /* to be through before the server's deadline */
#define RETRY_MAX_MS INT64_C(86400000)

struct proc {
	const char *program;
	const char *const *args;
	int64_t deadline_ms, pool_size;
	struct till_instance *instance;
	struct pool *pool;
};

static int proc_open(const struct till_host *, struct till_instance *, void *,
    int, struct till_error *);
static void proc_close(void *);
static enum till_result proc_settle(const struct till_host *,
    struct till_context *, const void *, const struct till_settlement *,
    struct till_outcome *, struct till_op *);
static const char *verb_name(enum till_verb);
static int64_t until(const struct proc *, const struct till_host *,
    const struct till_settlement *);
static enum till_result not_sent(const struct till_host *,
    struct till_context *, const struct till_settlement *, const char *code,
    const char *text);
static void write_request(struct line *, const struct till_order *,
    const struct till_settlement *, int left_ms);
static enum till_result read_answer(const struct till_host *,
    struct till_context *, const struct till_settlement *, const json_t *,
    struct till_outcome *);
static int outcome_read(const json_t *, const char *currency,
    struct till_outcome *);
static int text_read(const json_t *, const char *name, char *, size_t);
static int moved_read(const json_t *, struct till_outcome *);
static int postings_read(const json_t *, const char *currency,
    struct till_outcome *);
static int posting_read(const json_t *, const char *currency,
    struct till_posting *);
static int micro_read(const char *, const char *currency, int64_t *);
static enum till_result garbage(const struct till_host *, struct till_context *,
    const char *what);

static const struct talk_word words[] = {
	{ "committed", TILL_COMMITTED },
	{ "declined", TILL_DECLINED },
	{ "not-attempted", TILL_NOT_ATTEMPTED },
	{ "unknown", TILL_UNKNOWN },
	{ "reversed", TILL_REVERSED },
	{ "not-found", TILL_NOT_FOUND },
	{ "unavailable", TILL_UNAVAILABLE },
	{ "error", TILL_ERROR },
	{ NULL, TILL_ERROR },
};

static const struct till_setting settings[] = {
	{ "program", TILL_SET_PATH, TILL_SETTING_REQUIRED,
	    offsetof(struct proc, program), NULL, 0, 0, NULL,
	    "what settles; see doc/module-protocol.md" },
	{ "arg", TILL_SET_LIST, TILL_SETTING_REPEATABLE,
	    offsetof(struct proc, args), NULL, 0, 0, NULL,
	    "an argument of the program" },
	{ "deadline", TILL_SET_DURATION, 0, offsetof(struct proc, deadline_ms),
	    "10s", 10, 600000, NULL, "then the program is killed" },
	{ "pool", TILL_SET_INT, 0, offsetof(struct proc, pool_size), "1", 1,
	    POOL_MAX, NULL, "so many of the program run" },
	TILL_SETTING_END
};

#define CAPS                                                                   \
	(TILL_CAP_THREADSAFE | TILL_CAP_SLOW | TILL_CAP_QUERY |                \
	    TILL_CAP_IDEMPOTENT | TILL_CAP_REVERSE)

TILL_MODULE("settle_proc", "1.0", TILL_SETTLE, CAPS){
	TILL_MODULE_HEAD("settle_proc", "1.0", TILL_SETTLE, CAPS),
	.settings = settings,
	.instance_size = sizeof(struct proc),
	.open = proc_open,
	.close = proc_close,
	.settle = proc_settle,
};

static int
proc_open(const struct till_host *host, struct till_instance *instance,
    void *self, int check_only, struct till_error *err)
{
	struct proc *proc = self;
	struct pool_options options = { .socket_type = SOCK_STREAM };
	size_t n = 0;

	(void)host;
	(void)check_only; /* the program starts when it is needed */
	if (safe_program(proc->program, err) == -1)
		return -1;
	while (proc->args[n] != NULL)
		n++;
	if (n > CHILD_ARGS_MAX)
		return till_fail(err, "more than %d arguments", CHILD_ARGS_MAX);
	proc->instance = instance;
	options.program = proc->program;
	options.args = proc->args;
	options.size = (size_t)proc->pool_size;
	proc->pool = pool_new(&options);
	return proc->pool == NULL ? till_fail(err, "out of memory") : 0;
}

static void
proc_close(void *self)
{
	struct proc *proc = self;

	pool_free(proc->pool);
}

static enum till_result
proc_settle(const struct till_host *host, struct till_context *ctx,
    const void *self, const struct till_settlement *s,
    struct till_outcome *outcome_r, struct till_op *op)
{
	const struct proc *proc = self;
	const int64_t until_ms = until(proc, host, s);
	enum till_result result = TILL_UNKNOWN;
	struct till_error err;
	struct line line;
	json_t *answer;

	(void)op;
	if (verb_name(s->verb) == NULL)
		return not_sent(host, ctx, s, "unsupported",
		    "a program holds no money back");
	if (child_left_ms(until_ms) == 0)
		return not_sent(host, ctx, s, "deadline",
		    "there is no time left to ask");
	if (line_init(&line,
		REQUEST_SIZE + 2 * (s->payer_bank.len + s->payee_bank.len)) ==
	    -1)
		return not_sent(host, ctx, s, "memory", "out of secure memory");
	write_request(&line, host->order(ctx), s, child_left_ms(until_ms));
	switch (
	    talk_ask(proc->pool, "settle", &line, until_ms, &answer, &err)) {
	case TALK_ANSWERED:
		result = read_answer(host, ctx, s, answer, outcome_r);
		json_decref(answer);
		break;
	case TALK_NOT_SENT:
		host->log(ctx, TILL_LOG_WARNING, "%s: %s", proc->program,
		    err.text);
		result = not_sent(host, ctx, s, "program", err.text);
		break;
	case TALK_LOST:
		result = garbage(host, ctx, err.text);
		break;
	}
	line_free(&line);
	return result;
}

static const char *
verb_name(enum till_verb verb)
{
	switch (verb) {
	case TILL_CHARGE:
		return "charge";
	case TILL_REVERSE:
		return "reverse";
	case TILL_QUERY:
		return "query";
	case TILL_HOLD:
	case TILL_COMMIT:
	case TILL_RELEASE:
		break;
	}
	return NULL;
}

/* Our own deadline, or the server's if that is earlier. */
static int64_t
until(const struct proc *proc, const struct till_host *host,
    const struct till_settlement *s)
{
	int64_t left_ms =
	    s->deadline_ms - host->now_ms(proc->instance) - MARGIN_MS;

	if (left_ms > proc->deadline_ms)
		left_ms = proc->deadline_ms;
	return child_clock_ms() + (left_ms > 0 ? left_ms : 0);
}

/* A query that did not leave says nothing of the payment. */
static enum till_result
not_sent(const struct till_host *host, struct till_context *ctx,
    const struct till_settlement *s, const char *code, const char *text)
{
	return host->fail(ctx,
	    s->verb == TILL_QUERY ? TILL_UNAVAILABLE : TILL_NOT_ATTEMPTED, code,
	    "%s", text);
}

static void
write_request(struct line *line, const struct till_order *order,
    const struct till_settlement *s, int left_ms)
{
	char amount[TILL_MONEY_MAX];

	line_open(line, NULL, '{');
	line_text(line, "call", "settle");
	line_text(line, "verb", verb_name(s->verb));
	line_hex(line, "key", s->key, sizeof(s->key));
	line_hex(line, "digest", s->digest, sizeof(s->digest));
	line_int(line, "attempt", s->attempt);
	line_int(line, "left_ms", left_ms);
	line_text(line, "amount", till_money_print(&s->amount, amount));
	line_text(line, "currency", s->amount.currency);
	line_text(line, "payer", s->payer);
	line_text(line, "payee", s->payee);
	line_octets(line, "payer_bank", s->payer_bank.data, s->payer_bank.len);
	line_octets(line, "payee_bank", s->payee_bank.data, s->payee_bank.len);
	line_text(line, "original", s->original != NULL ? s->original : "");
	line_text(line, "reason", s->reason != NULL ? s->reason : "");
	if (order != NULL)
		line_order(line, "order", order);
	line_close(line, '}');
}

/* An answer that moves money must be sound in all its parts. */
static enum till_result
read_answer(const struct till_host *host, struct till_context *ctx,
    const struct till_settlement *s, const json_t *answer,
    struct till_outcome *outcome)
{
	const int result = talk_result(answer, words);

	if (result == -1)
		return garbage(host, ctx, "its result is none");
	if (outcome_read(answer, s->amount.currency, outcome) == -1) {
		outcome->postings_len = 0;
		return garbage(host, ctx, "its outcome is none");
	}
	if (result == (int)TILL_COMMITTED || result == (int)TILL_REVERSED)
		return (enum till_result)result;
	return host->fail(ctx, (enum till_result)result,
	    outcome->code[0] != '\0' ? outcome->code : "program", "%s",
	    outcome->text);
}

static int
outcome_read(const json_t *answer, const char *currency,
    struct till_outcome *outcome)
{
	int64_t retry_ms;

	if (text_read(answer, "reference", outcome->reference,
		sizeof(outcome->reference)) == -1 ||
	    text_read(answer, "code", outcome->code, sizeof(outcome->code)) ==
		-1 ||
	    text_read(answer, "text", outcome->text, sizeof(outcome->text)) ==
		-1 ||
	    talk_int(answer, "value_date", 0, INT64_MAX, 0,
		&outcome->value_date_s) == -1 ||
	    talk_int(answer, "retry_after_ms", 0, RETRY_MAX_MS, 0, &retry_ms) ==
		-1)
		return -1;
	outcome->retry_after_ms = (uint32_t)retry_ms;
	return moved_read(answer, outcome) == 0 &&
		postings_read(answer, currency, outcome) == 0
	    ? 0
	    : -1;
}

static int
text_read(const json_t *answer, const char *name, char *to, size_t size)
{
	const char *text = talk_text(answer, name, size);

	if (text == NULL)
		return -1;
	(void)snprintf(to, size, "%s", text);
	return 0;
}

/* "moved": {"amount": "5.00", "currency": "EUR"} */
static int
moved_read(const json_t *answer, struct till_outcome *outcome)
{
	const json_t *moved = json_object_get(answer, "moved");
	const char *amount, *currency;
	struct till_error err;

	if (moved == NULL)
		return 0;
	amount = talk_text(moved, "amount", TILL_MONEY_MAX);
	currency = talk_text(moved, "currency", TILL_CURRENCY_MAX);
	if (!json_is_object(moved) || amount == NULL || currency == NULL)
		return -1;
	return till_money_parse(amount, currency, &outcome->moved, &err);
}

static int
postings_read(const json_t *answer, const char *currency,
    struct till_outcome *outcome)
{
	const json_t *postings = json_object_get(answer, "postings");
	size_t i;

	if (postings == NULL)
		return 0;
	if (!json_is_array(postings) ||
	    json_array_size(postings) > TILL_POSTINGS_MAX)
		return -1;
	for (i = 0; i < json_array_size(postings); i++) {
		if (posting_read(json_array_get(postings, i), currency,
			&outcome->postings[i]) == -1)
			return -1;
	}
	outcome->postings_len = (uint32_t)i;
	return 0;
}

/* {"account": "fees", "amount": "-0.10", "if": "within", "limit": "5"} */
static int
posting_read(const json_t *from, const char *currency, struct till_posting *to)
{
	const char *amount = talk_text(from, "amount", TILL_MONEY_MAX);
	const char *limit = talk_text(from, "limit", TILL_MONEY_MAX);
	const char *condition = talk_text(from, "if", TILL_MONEY_MAX);

	if (text_read(from, "account", to->account, sizeof(to->account)) ==
		-1 ||
	    amount == NULL || limit == NULL || condition == NULL ||
	    micro_read(amount, currency, &to->micro) == -1)
		return -1;
	if (strcmp(condition, "") == 0)
		to->condition = TILL_ALWAYS;
	else if (strcmp(condition, "covered") == 0)
		to->condition = TILL_IF_COVERED;
	else if (strcmp(condition, "within") == 0)
		to->condition = TILL_IF_WITHIN;
	else
		return -1;
	return to->condition == TILL_IF_WITHIN
	    ? micro_read(limit, currency, &to->limit_micro)
	    : 0;
}

static int
micro_read(const char *text, const char *currency, int64_t *micro_r)
{
	const bool negative = text[0] == '-';
	struct till_money money;
	struct till_error err;

	if (till_money_parse(text + negative, currency, &money, &err) == -1)
		return -1;
	*micro_r = negative ? -money.micro : money.micro;
	return 0;
}

/* Whether money moved cannot be told from it. */
static enum till_result
garbage(const struct till_host *host, struct till_context *ctx,
    const char *what)
{
	host->log(ctx, TILL_LOG_ERROR, "the program: %s", what);
	return host->fail(ctx, TILL_UNKNOWN, "program", "%s", what);
}
