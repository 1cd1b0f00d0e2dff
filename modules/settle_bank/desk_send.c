/*
 * desk_send.c - from a settlement to octets on a link.
 *
 * What is new is journalled first, all of a row with one sync, and only
 * then sent.  Whatever fails before that was not attempted; from then on
 * it may have left.
 */
#include <string.h>

#include "base64url.h"
#include "settle_bank/desk_job.h"
#include "settle_bank/profile.h"

#define RRN_LEN 12

/* Of what may have come about: what was given back of a charge, whether a
 * hold has ended. */
struct about {
	int64_t refunded;
	bool ended;
};

static struct job *look(struct desk *, struct job *, struct job *row);
static struct job *find_in(struct job *row, const struct journal_entry *);
static void answer_known(struct desk *, struct job *,
    const struct journal_entry *);
static void answer_unknown(struct desk *, struct job *);
static bool is_again(const struct job *, const struct journal_entry *);
static void leave(struct desk *, struct journal_entry *);
static struct job *prepare(struct desk *, struct job *);
static bool starts(const struct job *);
static bool has_original(struct desk *, struct job *,
    const struct journal_entry *);
static bool is_left(struct desk *, struct job *, const struct journal_entry *);
static int add_up(void *, const struct journal_entry *);
static const struct journal_entry *find_original(struct desk *,
    const struct job *);
static int make(struct desk *, const struct job *, struct iso_message *,
    struct till_error *);
static void send_all(struct desk *, struct job *);
static void send_one(struct desk *, struct job *);
static unsigned int link_of(struct desk *, const struct job *);
static void not_attempted(struct desk *, struct job *, const char *code,
    const char *text);

void
desk_begin(struct desk *desk, struct job *jobs)
{
	struct job *job, *ready = NULL, **last = &ready;
	struct till_error err;

	desk->row_len = 0;
	while (jobs != NULL) {
		job = jobs;
		jobs = job->next;
		job->next = NULL;
		job = look(desk, job, ready);
		if (job != NULL) {
			*last = job;
			last = &job->next;
			desk->row_len++;
		}
	}
	if (ready == NULL)
		return;
	if (journal_sync(desk->journal, &err) == 0) {
		send_all(desk, ready);
		return;
	}
	desk_log(desk, TILL_LOG_ERROR, "%s", err.text);
	while (ready != NULL) {
		job = ready;
		ready = job->next;
		not_attempted(desk, job, "bank_unavailable", err.text);
	}
}

/* NULL if it has its answer, or waits for that of another one, which may be
 * in the same row. */
static struct job *
look(struct desk *desk, struct job *job, struct job *row)
{
	const struct journal_entry *entry =
	    journal_find(desk->journal, job->settlement.key);
	struct job *other;

	if (entry == NULL)
		return job->settlement.verb == TILL_QUERY
		    ? (answer_unknown(desk, job), NULL)
		    : prepare(desk, job);
	/* A query has the digest of what it asks for. */
	if (memcmp(entry->digest, job->settlement.digest,
		sizeof(entry->digest)) != 0) {
		desk_end_code(desk, job, TILL_ERROR, "technical",
		    "this key was used for something else");
		return NULL;
	}
	other = desk_find_key(desk, entry);
	if (other == NULL)
		other = find_in(row, entry);
	if (other != NULL) {
		job->waiters = other->waiters;
		other->waiters = job;
		return NULL;
	}
	if (is_again(job, entry)) {
		job->entry = *entry;
		job->again = true;
		if (job->identity != NULL) {
			leave(desk, &job->entry);
			return job;
		}
		not_attempted(desk, job, "no-bank", job->identity_why);
		return NULL;
	}
	answer_known(desk, job, entry);
	return NULL;
}

static struct job *
find_in(struct job *row, const struct journal_entry *entry)
{
	while (row != NULL &&
	    memcmp(row->entry.key, entry->key, sizeof(entry->key)) != 0)
		row = row->next;
	return row;
}

static void
answer_known(struct desk *desk, struct job *job,
    const struct journal_entry *entry)
{
	struct till_outcome outcome;
	enum till_result result = desk_outcome(desk, entry, &outcome);

	/* Nothing moved, nor will: this key is never sent any more. */
	if (job->settlement.verb == TILL_QUERY && result == TILL_NOT_ATTEMPTED)
		result = TILL_DECLINED;
	desk_end(desk, job, result, &outcome);
}

/* A key that is not in the journal never left; but what is older than the
 * journal may be gone from it. */
static void
answer_unknown(struct desk *desk, struct job *job)
{
	if (job->issued_s < journal_horizon_s(desk->journal))
		desk_end_code(desk, job, TILL_UNKNOWN, "technical",
		    "this is older than the journal");
	else
		desk_end_code(desk, job, TILL_NOT_FOUND, "",
		    "it was never sent");
}

/* What begins something is never sent again; what ends it is, until the
 * bank has answered it. */
static bool
is_again(const struct job *job, const struct journal_entry *entry)
{
	const bool undoes = strncmp(entry->mti, "04", 2) == 0;

	return job->settlement.verb != TILL_QUERY &&
	    entry->verb != TILL_CHARGE && entry->verb != TILL_HOLD &&
	    entry->state != JOURNAL_APPROVED &&
	    (undoes || entry->state != JOURNAL_REFUSED);
}

/* From here on it may have left, which the journal says first. */
static void
leave(struct desk *desk, struct journal_entry *entry)
{
	if (entry->state != JOURNAL_NEVER)
		return;
	entry->state = JOURNAL_SENT;
	desk_change(desk, entry);
}

static struct job *
prepare(struct desk *desk, struct job *job)
{
	const int link = net_pick(desk->net);
	struct message_request request = { .settlement = &job->settlement,
		.merchant_name = job->merchant_name,
		.now_s = desk_time_s(desk) };
	struct iso_message message;
	struct till_error err;
	char stan[STAN_LEN + 1];
	unsigned int names;
	int r;

	if (link == -1 || atomic_load(&desk->stop)) {
		not_attempted(desk, job, "bank_unavailable",
		    "no link to the bank is up");
		return NULL;
	}
	if (job->identity == NULL) {
		not_attempted(desk, job, "no-bank", job->identity_why);
		return NULL;
	}
	/* What undoes something always has room. */
	if (starts(job) &&
	    desk->under_way_len + desk->row_len >=
		(size_t)desk->options.links[link].in_flight) {
		not_attempted(desk, job, "bank_unavailable",
		    "too many payments wait for the bank");
		return NULL;
	}
	request.original = find_original(desk, job);
	request.refund = job->refund;
	if (!starts(job) &&
	    (!has_original(desk, job, request.original) ||
		!is_left(desk, job, request.original)))
		return NULL;
	/* Whatever is about another one bears the names of that one's link. */
	names = request.original != NULL ? request.original->link
					 : (unsigned int)link;
	request.stan = stan;
	r = stan_next(&desk->stan, stan, &err);
	if (r == 0)
		r = message_entry(desk_conf(desk, names), names, &request,
		    &job->entry, &err);
	if (r == 0) {
		r = make(desk, job, &message, &err);
		iso_wipe(&message);
	}
	if (r == 0)
		r = journal_add(desk->journal, &job->entry, &err);
	if (r == 0)
		return job;
	not_attempted(desk, job, "technical", err.text);
	return NULL;
}

/* A transaction that is about no other one. */
static bool
starts(const struct job *job)
{
	return job->settlement.verb == TILL_CHARGE ||
	    job->settlement.verb == TILL_HOLD;
}

/* False: the job has its answer.  What never left needs no undoing.  A
 * refund of what is older than the journal is made without it: the server
 * has the sums. */
static bool
has_original(struct desk *desk, struct job *job,
    const struct journal_entry *original)
{
	const bool undo = job->settlement.verb == TILL_REVERSE && !job->refund;

	const bool is_old = job->issued_s < journal_horizon_s(desk->journal);

	if (original == NULL ? job->refund && is_old
			     : original->state != JOURNAL_NEVER)
		return true;
	if (undo && !is_old)
		desk_end_code(desk, job, TILL_REVERSED, "",
		    "it was never sent");
	else
		desk_end_code(desk, job, TILL_DECLINED, "technical",
		    "what it is about is not in the journal");
	return false;
}

/* No more is given back, or taken of a hold, than there was; a hold ends
 * once.  False: the job has its answer. */
static bool
is_left(struct desk *desk, struct job *job, const struct journal_entry *of)
{
	const enum till_verb verb = job->settlement.verb;
	const int64_t amount = job->settlement.amount.micro;
	struct till_money whole;
	struct about about = { 0 };

	if (of == NULL || message_amount(of, &whole) == -1)
		return true;
	(void)journal_each_of(desk->journal, of->key, add_up, &about);
	if (verb == TILL_REVERSE && !job->refund ? amount <= whole.micro
		: verb == TILL_REVERSE
		? amount <= whole.micro - about.refunded &&
		    of->state == JOURNAL_APPROVED
		: amount <= whole.micro && !about.ended &&
		    of->verb == TILL_HOLD)
		return true;
	desk_end_code(desk, job, TILL_DECLINED, "amount_invalid",
	    "there is not so much left of what it is about");
	return false;
}

static int
add_up(void *arg, const struct journal_entry *entry)
{
	struct about *about = arg;
	struct till_money amount;

	if (entry->state == JOURNAL_NEVER || entry->state == JOURNAL_REFUSED ||
	    message_amount(entry, &amount) == -1)
		return 0;
	if (entry->verb == TILL_COMMIT || entry->verb == TILL_RELEASE)
		about->ended = true;
	if (entry->verb == TILL_REVERSE)
		about->refunded += amount.micro;
	return 0;
}

/* By the reference of its outcome, which is DE37, or by its key in
 * base64url where no outcome was seen. */
static const struct journal_entry *
find_original(struct desk *desk, const struct job *job)
{
	const char *text = job->original_text;
	unsigned char key[TILL_KEY_SIZE];
	size_t len;

	if (strlen(text) == RRN_LEN)
		return journal_find_reference(desk->journal, text);
	if (base64url_decode(text, strlen(text), key, sizeof(key), &len) == 0 &&
	    len == sizeof(key))
		return journal_find(desk->journal, key);
	return NULL;
}

/* The whole message, as it must be. */
static int
make(struct desk *desk, const struct job *job, struct iso_message *message,
    struct till_error *err)
{
	const struct journal_entry *original =
	    journal_find(desk->journal, job->entry.original);

	if (message_make(desk_conf(desk, job->entry.link), &job->entry,
		original, job->identity, job->merchant_name, message,
		err) == -1)
		return -1;
	return profile_check(message, PROFILE_TO_BANK, err);
}

static void
send_all(struct desk *desk, struct job *jobs)
{
	struct job *job;

	while (jobs != NULL) {
		job = jobs;
		jobs = job->next;
		job->next = NULL;
		send_one(desk, job);
	}
}

static void
send_one(struct desk *desk, struct job *job)
{
	const struct bank_conf *conf = desk_conf(desk, job->entry.link);
	struct iso_message message;
	struct till_error err;
	int r;

	job->link = link_of(desk, job);
	r = make(desk, job, &message, &err);
	if (r == 0 && job->again)
		message_repeat(&message);
	if (r == 0)
		r = net_send(desk->net, job->link, &message, NULL, &err);
	iso_wipe(&message);
	if (r == 0) {
		job->until_ms = net_clock_ms() + conf->response_ms;
		desk_add(desk, job);
		return;
	}
	/* What has been sent before may be there. */
	if (!job->again)
		job->entry.state = JOURNAL_NEVER;
	if (journal_change(desk->journal, &job->entry, &err) == -1)
		desk_log(desk, TILL_LOG_ERROR, "%s", err.text);
	not_attempted(desk, job, "bank_unavailable", err.text);
}

/* What undoes or ends something may go over another link of the network,
 * when its own is down, and so may its repeats. */
static unsigned int
link_of(struct desk *desk, const struct job *job)
{
	const int other = net_pick(desk->net);

	if (net_is_up(desk->net, job->entry.link) || other == -1)
		return job->entry.link;
	return (unsigned int)other;
}

static void
not_attempted(struct desk *desk, struct job *job, const char *code,
    const char *text)
{
	desk_end_code(desk, job, TILL_NOT_ATTEMPTED, code, text);
}
