/*
 * desk_answer.c - what the bank says, when it says it, and if it does not.
 *
 * An answer is one only if it brings back what was asked; anything else
 * changes nothing, and the time of what waits goes on.
 */
#include <stdlib.h>
#include <string.h>

#include "settle_bank/desk_job.h"
#include "settle_bank/profile.h"

static unsigned int bucket(const char *stan);
static struct job *take_out(struct desk *, const char *stan, const char *sent);
static bool text_of(const struct iso_message *, int number, char *, size_t);
static bool is_answer(struct desk *, const struct job *,
    const struct iso_message *);
static void settle(struct desk *, struct job *, const struct iso_message *);
static enum journal_state state_of(const struct desk *,
    const struct journal_entry *, bool again);
static bool is_unsaid(enum code_class);
static void late(struct desk *, const struct iso_message *, const char *stan,
    const char *sent);
static void give_up(struct desk *, struct job *, const char *text);
static enum till_result lost(const struct journal_entry *);
static enum till_result result_of(const struct journal_entry *);

void
desk_answer(struct desk *desk, unsigned int link,
    const struct iso_message *message, const unsigned char *tpdu)
{
	char stan[STAN_LEN + 1], sent[11];
	struct till_error err;
	struct job *job;

	if (message->mti[2] % 2 == 0) {
		desk_own(desk, link, message, tpdu);
		return;
	}
	if (profile_check(message, PROFILE_FROM_BANK, &err) == -1) {
		desk_log(desk, TILL_LOG_WARNING, "link %u: %s", link + 1,
		    err.text);
		return;
	}
	if (strcmp(message->mti, "0510") == 0) {
		desk_sums_answer(desk, message);
		return;
	}
	if (!text_of(message, 11, stan, sizeof(stan)) ||
	    !text_of(message, 7, sent, sizeof(sent)))
		return;
	job = desk_find(desk, stan, sent);
	if (job == NULL)
		late(desk, message, stan, sent);
	else if (is_answer(desk, job, message))
		settle(desk, take_out(desk, stan, sent), message);
}

void
desk_give_up(struct desk *desk, int64_t now_ms)
{
	struct job **at, *job;
	bool late[NET_LINKS_MAX] = { false };
	size_t i;

	if (desk->under_way_len == 0 || desk_due_ms(desk) > now_ms)
		return;
	for (i = 0; i < DESK_BUCKETS; i++) {
		for (at = &desk->under_way[i]; *at != NULL;) {
			job = *at;
			if (job->until_ms > now_ms) {
				at = &job->next;
				continue;
			}
			*at = job->next;
			late[job->link % NET_LINKS_MAX] = true;
			give_up(desk, job, "no answer in time");
		}
	}
	for (i = 0; i < desk->options.links_len; i++) {
		if (late[i])
			net_drop_stuck(desk->net, (unsigned int)i);
	}
}

void
desk_give_up_link(struct desk *desk, unsigned int link)
{
	struct job **at, *job;
	size_t i;

	for (i = 0; i < DESK_BUCKETS; i++) {
		for (at = &desk->under_way[i]; *at != NULL;) {
			job = *at;
			if (job->link != link) {
				at = &job->next;
				continue;
			}
			*at = job->next;
			give_up(desk, job, "the link was lost");
		}
	}
}

int64_t
desk_due_ms(const struct desk *desk)
{
	int64_t due_ms = INT64_MAX;
	const struct job *job;
	size_t i;

	if (desk->under_way_len == 0)
		return due_ms;
	for (i = 0; i < DESK_BUCKETS; i++) {
		for (job = desk->under_way[i]; job != NULL; job = job->next) {
			if (job->until_ms < due_ms)
				due_ms = job->until_ms;
		}
	}
	return due_ms;
}

enum till_result
desk_outcome(const struct desk *desk, const struct journal_entry *entry,
    struct till_outcome *outcome)
{
	const enum code_class class =
	    codes_class(desk->options.codes, entry->code, strlen(entry->code));
	enum till_result result;

	memset(outcome, 0, sizeof(*outcome));
	outcome->size = sizeof(*outcome);
	(void)snprintf(outcome->reference, sizeof(outcome->reference), "%s",
	    entry->rrn);
	if (entry->code[0] != '\0' && class != CODE_APPROVED)
		(void)snprintf(outcome->code, sizeof(outcome->code), "%s",
		    code_class_name(class));
	switch (entry->state) {
	case JOURNAL_APPROVED:
	case JOURNAL_REFUSED:
		result = result_of(entry);
		(void)snprintf(outcome->text, sizeof(outcome->text),
		    "the bank answers %s", entry->code);
		if (result == TILL_COMMITTED || result == TILL_HELD)
			(void)message_amount(entry, &outcome->moved);
		return result;
	case JOURNAL_NEVER:
		(void)snprintf(outcome->text, sizeof(outcome->text),
		    "it did not leave");
		return TILL_NOT_ATTEMPTED;
	case JOURNAL_SENT:
	case JOURNAL_SILENT:
		(void)snprintf(outcome->code, sizeof(outcome->code),
		    "no-answer");
		(void)snprintf(outcome->text, sizeof(outcome->text),
		    "the bank has not answered");
		return lost(entry);
	case JOURNAL_LATE:
	case JOURNAL_LATE_TOLD:
		(void)snprintf(outcome->text, sizeof(outcome->text),
		    class == CODE_APPROVED
			? "the bank has approved it too late"
			: "the bank may have taken something: it answers %s",
		    entry->code);
		return lost(entry);
	case JOURNAL_TAKEN:
	case JOURNAL_TAKEN_TOLD:
		break;
	}
	return TILL_UNKNOWN;
}

void
desk_add(struct desk *desk, struct job *job)
{
	struct job **at = &desk->under_way[bucket(job->entry.stan)];

	job->next = *at;
	*at = job;
	desk->under_way_len++;
}

struct job *
desk_find(struct desk *desk, const char *stan, const char *sent)
{
	struct job *job = desk->under_way[bucket(stan)];

	while (job != NULL &&
	    (strcmp(job->entry.stan, stan) != 0 ||
		strcmp(job->entry.sent, sent) != 0))
		job = job->next;
	return job;
}

struct job *
desk_find_key(struct desk *desk, const struct journal_entry *entry)
{
	return desk_find(desk, entry->stan, entry->sent);
}

static unsigned int
bucket(const char *stan)
{
	return (unsigned int)strtoul(stan, NULL, 10) % DESK_BUCKETS;
}

static struct job *
take_out(struct desk *desk, const char *stan, const char *sent)
{
	struct job *job = desk_find(desk, stan, sent), **at;

	for (at = &desk->under_way[bucket(stan)]; *at != job;)
		at = &(*at)->next;
	*at = job->next;
	job->next = NULL;
	desk->under_way_len--;
	return job;
}

/* False if it is not there or does not fit. */
static bool
text_of(const struct iso_message *message, int number, char *buf, size_t size)
{
	size_t len;
	const char *value = iso_get(message, number, &len);

	if (value == NULL || len >= size)
		return false;
	memcpy(buf, value, len);
	buf[len] = '\0';
	return true;
}

/* An approval of another amount, currency or reference is none. */
static bool
is_answer(struct desk *desk, const struct job *job,
    const struct iso_message *answer)
{
	struct iso_message request;
	struct till_error err;
	bool well;

	well = message_make(desk_conf(desk, job->entry.link), &job->entry,
		   journal_find(desk->journal, job->entry.original),
		   job->identity, job->merchant_name, &request, &err) == 0;
	if (well && !profile_answers(&request, answer)) {
		desk_alarm(desk,
		    "trace number %s: what came is no answer to it by its "
		    "type, DE32, DE37 or DE41",
		    job->entry.stan);
		well = false;
	} else if (well && profile_echoes(&request, answer, &err) == -1) {
		desk_alarm(desk, "trace number %s: %s", job->entry.stan,
		    err.text);
		well = false;
	}
	iso_wipe(&request);
	return well;
}

static void
settle(struct desk *desk, struct job *job, const struct iso_message *answer)
{
	struct journal_entry *entry = &job->entry;
	struct till_outcome outcome;
	enum till_result result;

	(void)text_of(answer, 39, entry->code, sizeof(entry->code));
	(void)text_of(answer, 38, entry->authorisation,
	    sizeof(entry->authorisation));
	(void)text_of(answer, 15, entry->settled, sizeof(entry->settled));
	entry->state = state_of(desk, entry, job->again);
	entry->time_s = desk_time_s(desk);
	desk_change(desk, entry);
	result = desk_outcome(desk, entry, &outcome);
	desk_end(desk, job, result, &outcome);
}

/* What an answer of this code makes of its entry, which was asked for again
 * or not. */
static enum journal_state
state_of(const struct desk *desk, const struct journal_entry *entry, bool again)
{
	const enum code_class class =
	    codes_class(desk->options.codes, entry->code, strlen(entry->code));
	const bool undoes = strncmp(entry->mti, "04", 2) == 0;

	if (class == CODE_APPROVED)
		return JOURNAL_APPROVED;
	if (undoes) {
		/* 94: done before.  21, 25: there is nothing to undo. */
		if (strcmp(entry->code, "94") == 0 ||
		    strcmp(entry->code, "21") == 0 ||
		    strcmp(entry->code, "25") == 0)
			return JOURNAL_APPROVED;
		if (class == CODE_UNAVAILABLE || strcmp(entry->code, "68") == 0)
			return JOURNAL_SILENT;
		return JOURNAL_REFUSED;
	}
	/* Something may have been taken: it must be undone, which the host
	 * begins when it hears that it is lost. */
	if (class == CODE_PARTIAL || class == CODE_DUPLICATE)
		return JOURNAL_LATE_TOLD;
	/* That a refund is not made this time says nothing of the first. */
	if (entry->verb == TILL_REVERSE && again && is_unsaid(class))
		return JOURNAL_SILENT;
	return JOURNAL_REFUSED;
}

/* The bank has not looked into it. */
static bool is_unsaid(enum code_class class)
{
	return class == CODE_UNAVAILABLE || class == CODE_TECHNICAL;
}

/* An answer that nobody waits for any more. */
static void
late(struct desk *desk, const struct iso_message *message, const char *stan,
    const char *sent)
{
	const struct journal_entry *known =
	    journal_find_sent(desk->journal, stan, sent);
	struct journal_entry entry;

	if (known == NULL ||
	    (known->state != JOURNAL_SILENT && known->state != JOURNAL_SENT) ||
	    strcmp(profile_answer_type(known->mti), message->mti) != 0 ||
	    (message->has[37] && !iso_is(message, 37, known->rrn))) {
		desk_log(desk, TILL_LOG_WARNING,
		    "trace number %s: an answer to nothing that waits", stan);
		return;
	}
	entry = *known;
	(void)text_of(message, 39, entry.code, sizeof(entry.code));
	(void)text_of(message, 38, entry.authorisation,
	    sizeof(entry.authorisation));
	(void)text_of(message, 15, entry.settled, sizeof(entry.settled));
	entry.state = state_of(desk, &entry, true);
	/* It has been given up and is to be undone, whatever part of it was
	 * taken; what undoes, or ends something, is as welcome as before. */
	if (entry.verb == TILL_CHARGE || entry.verb == TILL_HOLD) {
		if (entry.state != JOURNAL_REFUSED)
			entry.state = JOURNAL_LATE;
	} else if (!iso_is(message, 4, known->amount)) {
		desk_log(desk, TILL_LOG_WARNING,
		    "trace number %s: an answer of another amount, too late",
		    stan);
		return;
	}
	entry.time_s = desk_time_s(desk);
	desk_change(desk, &entry);
	desk_log(desk, TILL_LOG_WARNING,
	    "trace number %s: the bank answers %s, too late", stan, entry.code);
}

static void
give_up(struct desk *desk, struct job *job, const char *text)
{
	job->next = NULL;
	desk->under_way_len--;
	job->entry.state = JOURNAL_SILENT;
	job->entry.time_s = desk_time_s(desk);
	desk_change(desk, &job->entry);
	desk_end_code(desk, job, lost(&job->entry), "no-answer", text);
}

/* What had no answer can be undone, but not asked for. */
static enum till_result
lost(const struct journal_entry *entry)
{
	return entry->verb == TILL_CHARGE ? TILL_LOST : TILL_UNKNOWN;
}

static enum till_result
result_of(const struct journal_entry *entry)
{
	if (entry->state == JOURNAL_REFUSED)
		return TILL_DECLINED;
	switch (entry->verb) {
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
	return TILL_UNKNOWN;
}
