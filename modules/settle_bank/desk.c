/*
 * desk.c - the desk's thread and its queue.
 */
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>

#include "settle_bank/desk_job.h"

static int open_files(struct desk *, struct till_error *);
static int start(struct desk *, struct till_error *);
static void *run(void *);
static void turn(struct desk *);
static bool is_starting(struct desk *);
static void sync_answers(struct desk *);
static void tend(struct desk *);
static void hand_out(struct desk *);
static void answer(struct desk *, struct till_op *, struct waiter *,
    enum till_result, const struct till_outcome *);
static struct job *take_queue(struct desk *);
static struct job *job_new(const struct till_settlement *,
    const struct till_order *, struct till_op *);
static struct identity *identity_new(struct till_bytes, struct till_error *);
static void take_message(void *, unsigned int, const struct iso_message *,
    const unsigned char *);
static void take_link(void *, unsigned int, bool, const char *);
static void take_cutover(void *, unsigned int, const char *);
static int next_stan(void *, char[STAN_LEN + 1], struct till_error *);
static int64_t time_s(void *);
static void take_log(void *, enum till_log_level, const char *);
static void say(struct desk *, enum till_log_level, const char *name,
    const char *text);

static const struct net_ops net_ops = {
	.message = take_message,
	.link = take_link,
	.cutover = take_cutover,
	.stan = next_stan,
	.time_s = time_s,
	.log = take_log,
};

struct desk *
desk_new(const struct desk_options *options, struct till_error *err)
{
	struct desk *desk = calloc(1, sizeof(*desk));

	if (desk == NULL) {
		till_error_set(err, "out of memory");
		return NULL;
	}
	desk->options = *options;
	desk->last = &desk->first;
	desk->ended_last = &desk->ended;
	(void)pthread_mutex_init(&desk->owner, NULL);
	atomic_init(&desk->stop, false);
	(void)pthread_mutex_init(&desk->lock, NULL);
	desk_wanted_init(&desk->wanted);
	desk->net =
	    net_new(options->links, options->links_len, &net_ops, desk, err);
	if (desk->net == NULL || open_files(desk, err) == -1 ||
	    start(desk, err) == -1) {
		desk_free(desk);
		return NULL;
	}
	return desk;
}

void
desk_free(struct desk *desk)
{
	if (desk == NULL)
		return;
	if (desk->started) {
		atomic_store(&desk->stop, true);
		net_wake(desk->net);
		(void)pthread_join(desk->thread, NULL);
	}
	net_free(desk->net);
	journal_close(desk->journal);
	sums_free(desk->book);
	desk_wanted_destroy(&desk->wanted);
	(void)pthread_mutex_destroy(&desk->lock);
	(void)pthread_mutex_destroy(&desk->owner);
	free(desk);
}

enum till_result
desk_take(struct desk *desk, const struct till_settlement *settlement,
    const struct till_order *order, struct till_op *op, struct till_error *why)
{
	return desk_hand_in_job(desk, settlement, order, op, NULL, why);
}

enum till_result
desk_hand_in_job(struct desk *desk, const struct till_settlement *settlement,
    const struct till_order *order, struct till_op *op, struct waiter *waiter,
    struct till_error *why)
{
	struct job *job = job_new(settlement, order, op);
	bool room;

	if (job == NULL) {
		till_error_set(why, "out of memory");
		return TILL_NOT_ATTEMPTED;
	}
	job->waiter = waiter;
	(void)pthread_mutex_lock(&desk->lock);
	room = desk->queued < DESK_QUEUE_MAX && !atomic_load(&desk->stop);
	if (room) {
		*desk->last = job;
		desk->last = &job->next;
		desk->queued++;
	}
	(void)pthread_mutex_unlock(&desk->lock);
	if (room) {
		net_wake(desk->net);
		return TILL_PENDING;
	}
	job_free(job);
	till_error_set(why, "too many settlements wait");
	return TILL_NOT_ATTEMPTED;
}

void
job_free(struct job *job)
{
	if (job == NULL)
		return;
	OPENSSL_secure_clear_free(job->identity, sizeof(*job->identity));
	free(job);
}

void
desk_end(struct desk *desk, struct job *job, enum till_result result,
    struct till_outcome *outcome)
{
	struct ended *ended;
	struct job *next;

	for (; job != NULL; job = next) {
		next = job->waiters;
		ended = calloc(1, sizeof(*ended));
		if (ended == NULL) {
			/* Too early is better than never. */
			answer(desk, job->op, job->waiter, result, outcome);
		} else {
			ended->op = job->op;
			ended->waiter = job->waiter;
			ended->result = result;
			ended->outcome = *outcome;
			*desk->ended_last = ended;
			desk->ended_last = &ended->next;
		}
		job_free(job);
	}
}

void
desk_end_code(struct desk *desk, struct job *job, enum till_result result,
    const char *code, const char *text)
{
	struct till_outcome outcome = { .size = sizeof(outcome) };

	(void)snprintf(outcome.code, sizeof(outcome.code), "%s", code);
	(void)snprintf(outcome.text, sizeof(outcome.text), "%s", text);
	desk_end(desk, job, result, &outcome);
}

void
desk_log(struct desk *desk, enum till_log_level level, const char *fmt, ...)
{
	struct till_error text;
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text.text, sizeof(text.text), fmt, ap);
	va_end(ap);
	take_log(desk, level, text.text);
}

void
desk_alarm(struct desk *desk, const char *fmt, ...)
{
	struct till_error text;
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text.text, sizeof(text.text), fmt, ap);
	va_end(ap);
	say(desk, TILL_LOG_ERROR, "alarm", text.text);
}

int64_t
desk_time_s(struct desk *desk)
{
	int64_t now_s;

	(void)pthread_mutex_lock(&desk->owner);
	now_s = desk->options.host->time_s(desk->options.instance);
	(void)pthread_mutex_unlock(&desk->owner);
	return now_s;
}

void
desk_set_instance(struct desk *desk, struct till_instance *instance)
{
	(void)pthread_mutex_lock(&desk->owner);
	desk->options.instance = instance;
	(void)pthread_mutex_unlock(&desk->owner);
}

const struct bank_conf *
desk_conf(const struct desk *desk, unsigned int link)
{
	return &desk->options.links[link < desk->options.links_len ? link : 0];
}

void
desk_change(struct desk *desk, const struct journal_entry *entry)
{
	struct till_error err;

	if (journal_change(desk->journal, entry, &err) == -1)
		desk_log(desk, TILL_LOG_ERROR, "trace number %s: %s",
		    entry->stan, err.text);
}

static int
open_files(struct desk *desk, struct till_error *err)
{
	const char *dir = desk->options.state_dir;

	if (snprintf(desk->journal_path, DESK_PATH_MAX, "%s/journal", dir) >=
		DESK_PATH_MAX ||
	    snprintf(desk->stan_path, DESK_PATH_MAX, "%s/stan", dir) >=
		DESK_PATH_MAX ||
	    snprintf(desk->book_path, DESK_PATH_MAX, "%s/reconcile", dir) >=
		DESK_PATH_MAX)
		return till_fail(err, "%.100s...: name too long", dir);
	desk->book = sums_open(desk->book_path, err);
	if (desk->book == NULL)
		return -1;
	if (stan_open(&desk->stan, desk->stan_path, err) == -1)
		return -1;
	return journal_open(desk->journal_path, time_s(desk), &desk->journal,
	    err);
}

static int
start(struct desk *desk, struct till_error *err)
{
	int r;

	desk->start_ms = net_clock_ms() + DESK_START_MS;
	r = pthread_create(&desk->thread, NULL, run, desk);

	if (r != 0)
		return till_fail(err, "%s", strerror(r));
	desk->started = true;
	return 0;
}

static void *
run(void *arg)
{
	struct desk *desk = arg;
	int64_t until_ms;

	while (!atomic_load(&desk->stop))
		turn(desk);
	until_ms = net_clock_ms() + DESK_STOP_MS;
	while (desk->under_way_len > 0 && net_clock_ms() < until_ms)
		turn(desk);
	desk_give_up(desk, INT64_MAX);
	desk_begin(desk, take_queue(desk));
	sync_answers(desk);
	net_sign_off(desk->net, until_ms);
	sync_answers(desk);
	return NULL;
}

static void
turn(struct desk *desk)
{
	const int64_t dues_ms[] = { desk_due_ms(desk), desk_tell_due_ms(desk),
		desk_sums_due_ms(desk) };
	int64_t until_ms = net_clock_ms() + 1000;
	size_t i;

	for (i = 0; i < sizeof(dues_ms) / sizeof(dues_ms[0]); i++)
		until_ms = dues_ms[i] < until_ms ? dues_ms[i] : until_ms;
	net_turn(desk->net, until_ms);
	if (!is_starting(desk))
		desk_begin(desk, take_queue(desk));
	desk_give_up(desk, net_clock_ms());
	sync_answers(desk);
	tend(desk);
	desk_tell(desk, net_clock_ms());
	desk_sums_turn(desk, net_clock_ms());
	desk_show(desk);
}

/* At first a link has a moment to come up, so that a start refuses nobody;
 * but not once all of them have failed. */
static bool
is_starting(struct desk *desk)
{
	struct net_status status;
	bool fresh = false;
	unsigned int i;

	if (desk->start_ms == 0)
		return false;
	for (i = 0; i < desk->options.links_len; i++) {
		net_status(desk->net, i, &status);
		fresh |= status.why[0] == '\0';
	}
	if (fresh && net_pick(desk->net) == -1 &&
	    net_clock_ms() < desk->start_ms)
		return true;
	desk->start_ms = 0;
	return false;
}

/* What the host is told it finds here again after a crash.  If the disk
 * fails it is told all the same, as the bank has decided already. */
static void
sync_answers(struct desk *desk)
{
	struct till_error err;

	if (journal_sync(desk->journal, &err) == -1 && !desk->sync_failed) {
		desk->sync_failed = true;
		desk_log(desk, TILL_LOG_ERROR, "%s", err.text);
	}
	hand_out(desk);
}

static void
tend(struct desk *desk)
{
	struct till_error err;

	if (journal_tend(desk->journal, desk_time_s(desk), &err) == -1)
		desk_log(desk, TILL_LOG_ERROR, "the journal: %s", err.text);
}

static void
hand_out(struct desk *desk)
{
	struct ended *ended;

	while (desk->ended != NULL) {
		ended = desk->ended;
		desk->ended = ended->next;
		answer(desk, ended->op, ended->waiter, ended->result,
		    &ended->outcome);
		free(ended);
	}
	desk->ended_last = &desk->ended;
}

static void
answer(struct desk *desk, struct till_op *op, struct waiter *waiter,
    enum till_result result, const struct till_outcome *outcome)
{
	if (waiter != NULL)
		waiter_answer(waiter, result, outcome);
	else
		desk->options.host->complete(op, result, outcome);
}

static struct job *
take_queue(struct desk *desk)
{
	struct job *first;

	(void)pthread_mutex_lock(&desk->lock);
	first = desk->first;
	desk->first = NULL;
	desk->last = &desk->first;
	desk->queued = 0;
	(void)pthread_mutex_unlock(&desk->lock);
	return first;
}

static struct job *
job_new(const struct till_settlement *settlement,
    const struct till_order *order, struct till_op *op)
{
	struct job *job = calloc(1, sizeof(*job));
	struct till_error why;

	if (job == NULL)
		return NULL;
	job->op = op;
	job->settlement = *settlement;
	if (settlement->original != NULL)
		(void)snprintf(job->original_text, sizeof(job->original_text),
		    "%s", settlement->original);
	job->settlement.original = job->original_text;
	job->settlement.payer = job->settlement.payee = "";
	job->refund = settlement->reason != NULL &&
	    strcmp(settlement->reason, "refund") == 0;
	job->settlement.reason = "";
	if (order != NULL) {
		job->issued_s = order->issued_s;
		(void)snprintf(job->merchant_name, sizeof(job->merchant_name),
		    "%s", order->merchant_name);
	}
	job->identity = identity_new(settlement->payer_bank, &why);
	if (job->identity == NULL)
		(void)snprintf(job->identity_why, sizeof(job->identity_why),
		    "%.60s", why.text);
	memset(&job->settlement.payer_bank, 0, sizeof(struct till_bytes));
	memset(&job->settlement.payee_bank, 0, sizeof(struct till_bytes));
	return job;
}

static struct identity *
identity_new(struct till_bytes from, struct till_error *err)
{
	struct identity *identity = OPENSSL_secure_zalloc(sizeof(*identity));

	if (identity == NULL) {
		till_error_set(err, "out of memory");
		return NULL;
	}
	if (identity_read(from, identity, err) == 0)
		return identity;
	OPENSSL_secure_clear_free(identity, sizeof(*identity));
	return NULL;
}

static void
take_message(void *arg, unsigned int link, const struct iso_message *message,
    const unsigned char *tpdu)
{
	desk_answer(arg, link, message, tpdu);
}

/* What went over a link that is gone will not be answered there. */
static void
take_link(void *arg, unsigned int link, bool up, const char *why)
{
	(void)why;
	if (!up)
		desk_give_up_link(arg, link);
}

static void
take_cutover(void *arg, unsigned int link, const char *date)
{
	desk_log(arg, TILL_LOG_INFO, "link %u: the bank's day is now %s",
	    link + 1, date);
	desk_sums_cutover(arg, date);
}

static int
next_stan(void *arg, char text[STAN_LEN + 1], struct till_error *err)
{
	struct desk *desk = arg;

	return stan_next(&desk->stan, text, err);
}

static int64_t
time_s(void *arg)
{
	return desk_time_s(arg);
}

static void
take_log(void *arg, enum till_log_level level, const char *text)
{
	say(arg, level,
	    level == TILL_LOG_ERROR         ? "error"
		: level == TILL_LOG_WARNING ? "warning"
					    : "info",
	    text);
}

static void
say(struct desk *desk, enum till_log_level level, const char *name,
    const char *text)
{
	const bool logged = desk_tell_line(desk, name, text);

	if (desk->options.log != NULL)
		desk->options.log(desk->options.log_arg, level, logged, text);
}
