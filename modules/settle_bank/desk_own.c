/*
 * desk_own.c - what the bank takes back of its own accord: 0420 and 0422.
 *
 * It is in the journal, under a key made of what tells the message, before
 * it is answered; so a repeat gets the same answer, and the host hears of
 * it once it cannot be lost.
 */
#include <string.h>

#include "settle_bank/desk_job.h"
#include "settle_bank/profile.h"
#include "sha256.h"

#define KEY_TEXT_MAX 64
#define ORIGINAL_LEN 42 /* DE90: type 4, DE11 6, DE7 10, and two parties */

static const struct journal_entry *known_or_new(struct desk *,
    const struct iso_message *, const unsigned char *key);
static int own_key(const struct iso_message *, unsigned char *key_r);
static const struct journal_entry *find_about(struct desk *,
    const struct iso_message *);
static void judge(struct desk *, const struct iso_message *,
    const struct journal_entry *of, struct journal_entry *);
static bool may_take(const struct journal_entry *of,
    const struct journal_entry *);
static void copy(const struct iso_message *, int number, char *, size_t);
static void answer(struct desk *, unsigned int link, const struct iso_message *,
    const unsigned char *tpdu, const char *code);

void
desk_own(struct desk *desk, unsigned int link,
    const struct iso_message *message, const unsigned char *tpdu)
{
	unsigned char key[TILL_KEY_SIZE];
	const struct journal_entry *entry;
	struct till_error err;

	if (profile_check(message, PROFILE_FROM_BANK, &err) == -1) {
		desk_log(desk, TILL_LOG_WARNING,
		    "link %u: of the bank's own accord: %s", link + 1,
		    err.text);
		answer(desk, link, message, tpdu, "30");
		return;
	}
	entry = own_key(message, key) == -1 ? NULL
					    : known_or_new(desk, message, key);
	/* Without its line it is not answered: the bank sends it again. */
	if (entry != NULL)
		answer(desk, link, message, tpdu, entry->code);
}

static const struct journal_entry *
known_or_new(struct desk *desk, const struct iso_message *message,
    const unsigned char *key)
{
	const struct journal_entry *known = journal_find(desk->journal, key);
	struct journal_entry entry = { .verb = TILL_QUERY };
	struct till_error err;

	if (known != NULL)
		return known;
	memcpy(entry.key, key, sizeof(entry.key));
	(void)snprintf(entry.mti, sizeof(entry.mti), "%.3s%s", message->mti,
	    message->mti[3] >= '2' ? "2" : "0");
	copy(message, 11, entry.stan, sizeof(entry.stan));
	copy(message, 7, entry.sent, sizeof(entry.sent));
	copy(message, 15, entry.settled, sizeof(entry.settled));
	entry.time_s = desk_time_s(desk);
	judge(desk, message, find_about(desk, message), &entry);
	if (journal_add(desk->journal, &entry, &err) == -1 ||
	    journal_sync(desk->journal, &err) == -1) {
		desk_log(desk, TILL_LOG_ERROR, "%s", err.text);
		return NULL;
	}
	desk_log(desk, TILL_LOG_WARNING,
	    "the bank takes back trace number %.6s: %s", entry.stan,
	    entry.state == JOURNAL_TAKEN ? "a settlement of ours"
		: entry.state == JOURNAL_REFUSED
		? "it is not ours, or not so much"
		: "what was refused here already");
	return journal_find(desk->journal, key);
}

/* Its type without the repeat's digit, number, time and network. */
static int
own_key(const struct iso_message *message, unsigned char *key)
{
	char text[KEY_TEXT_MAX], stan[7], sent[11], acquirer[12];

	copy(message, 11, stan, sizeof(stan));
	copy(message, 7, sent, sizeof(sent));
	copy(message, 32, acquirer, sizeof(acquirer));
	(void)snprintf(text, sizeof(text), "own %.3s%c %s %s %s", message->mti,
	    message->mti[3] >= '2' ? '2' : '0', stan, sent, acquirer);
	return sha256(text, strlen(text), key);
}

/* By DE90, or by DE37. */
static const struct journal_entry *
find_about(struct desk *desk, const struct iso_message *message)
{
	char original[ORIGINAL_LEN + 1], stan[7], sent[11], rrn[13];
	const struct journal_entry *entry = NULL;

	copy(message, 90, original, sizeof(original));
	copy(message, 37, rrn, sizeof(rrn));
	if (strlen(original) == ORIGINAL_LEN) {
		(void)snprintf(stan, sizeof(stan), "%.6s", original + 4);
		(void)snprintf(sent, sizeof(sent), "%.10s", original + 10);
		entry = journal_find_sent(desk->journal, stan, sent);
	}
	if (entry == NULL && rrn[0] != '\0')
		entry = journal_find_reference(desk->journal, rrn);
	return entry;
}

static void
judge(struct desk *desk, const struct iso_message *message,
    const struct journal_entry *of, struct journal_entry *entry)
{
	(void)desk;
	(void)snprintf(entry->amount, sizeof(entry->amount), "%s",
	    of == NULL ? "000000000000" : of->amount);
	if (message->has[4])
		copy(message, 4, entry->amount, sizeof(entry->amount));
	(void)snprintf(entry->processing, sizeof(entry->processing), "%s",
	    of == NULL ? "000000" : of->processing);
	if (message->has[49])
		copy(message, 49, entry->currency, sizeof(entry->currency));
	else if (of != NULL)
		memcpy(entry->currency, of->currency, sizeof(of->currency));
	entry->state = JOURNAL_REFUSED;
	(void)snprintf(entry->code, sizeof(entry->code), "25");
	if (of == NULL)
		return;
	memcpy(entry->original, of->key, sizeof(entry->original));
	entry->link = of->link;
	if (!may_take(of, entry)) {
		(void)snprintf(entry->code, sizeof(entry->code), "13");
		return;
	}
	(void)snprintf(entry->code, sizeof(entry->code), "00");
	/* What has no answer yet may still get one: the host hears of it when
	 * its order has ended. */
	entry->state =
	    of->state == JOURNAL_APPROVED || of->state == JOURNAL_SENT
	    ? JOURNAL_TAKEN
	    : JOURNAL_TAKEN_TOLD;
}

/* What took money, in its currency, and no more than it took.  Both have
 * twelve digits, so that they compare as texts. */
static bool
may_take(const struct journal_entry *of, const struct journal_entry *entry)
{
	return (of->verb == TILL_CHARGE || of->verb == TILL_COMMIT) &&
	    strcmp(of->currency, entry->currency) == 0 &&
	    strcmp(entry->amount, of->amount) <= 0;
}

/* "" if it is not there or does not fit. */
static void
copy(const struct iso_message *message, int number, char *buf, size_t size)
{
	size_t len;
	const char *value = iso_get(message, number, &len);

	buf[0] = '\0';
	if (value != NULL && len < size) {
		memcpy(buf, value, len);
		buf[len] = '\0';
	}
}

static void
answer(struct desk *desk, unsigned int link, const struct iso_message *message,
    const unsigned char *tpdu, const char *code)
{
	static const int back[] = { 3, 4, 7, 11, 15, 32, 37, 41, 42, 49, 90,
		95 };
	const char *type = profile_answer_type(message->mti);
	unsigned char swapped[FRAMING_TPDU_LEN];
	struct iso_message to;
	struct till_error err;
	const char *value;
	size_t i, len;
	int r = 0;

	if (type[0] == '\0')
		return;
	iso_begin(&to, type);
	for (i = 0; i < sizeof(back) / sizeof(back[0]) && r == 0; i++) {
		value = iso_get(message, back[i], &len);
		if (value != NULL)
			r = iso_put(&to, back[i], value, len, &err);
	}
	if (r == 0)
		r = iso_put_text(&to, 39, code, &err);
	memcpy(swapped, tpdu, sizeof(swapped));
	framing_tpdu_swap(swapped);
	if (r == 0)
		r = net_send(desk->net, link, &to, swapped, &err);
	if (r == -1)
		desk_log(desk, TILL_LOG_WARNING, "link %u: %s", link + 1,
		    err.text);
}
