/*
 * answer.c - what the bank says, from what it was asked and has booked.
 *
 * A value that an element cannot hold is a mistake of this program, as
 * all of them come from a message that was read or from its own books.
 */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bank/answer.h"
#include "settle_bank/profile.h"

static bool is_same_sums(const struct iso_message *,
    const struct iso_message *);
static bool is_zero(const struct iso_message *, int);
static void set_number(struct iso_message *, int, int64_t, int width);

/* Which come back, if they are there. */
static const int echoed[] = { 2, 3, 4, 7, 11, 12, 13, 32, 37, 41, 42, 49, 90,
	95 };
static const int sums[] = { 74, 75, 76, 77, 86, 87, 88, 89, 97 };

void
bank_answer_set(struct iso_message *message, int number, const char *value)
{
	struct till_error err;

	message->has[number] = false;
	if (iso_put_text(message, number, value, &err) == -1) {
		(void)fprintf(stderr, "bank: %s\n", err.text);
		abort();
	}
}

void
bank_answer_begin(const struct iso_message *request, const char *code,
    struct iso_message *answer)
{
	static const int network[] = { 7, 11, 15, 32, 50, 70, 99 };
	const bool money = request->mti[1] < '5';
	const int *numbers = money ? echoed : network;
	const size_t n = money ? sizeof(echoed) / sizeof(echoed[0])
			       : sizeof(network) / sizeof(network[0]);
	const char *value;
	struct till_error err;
	size_t i, len;

	iso_begin(answer, profile_answer_type(request->mti));
	for (i = 0; i < n; i++) {
		/* An advice may name an original; its answer does not. */
		if (request->mti[1] == '2' && numbers[i] >= 90)
			continue;
		value = iso_get(request, numbers[i], &len);
		if (value != NULL &&
		    iso_put(answer, numbers[i], value, len, &err) == -1)
			abort();
	}
	bank_answer_set(answer, 39, code);
}

void
bank_answer_entry(const struct iso_message *request,
    const struct bank_entry *entry, struct iso_message *answer)
{
	bank_answer_begin(request, entry->code, answer);
	bank_answer_set(answer, 15, entry->date);
	if (entry->auth[0] != '\0')
		bank_answer_set(answer, 38, entry->auth);
	if (strcmp(entry->code, "10") == 0)
		set_number(answer, 4, entry->taken, 12);
}

void
bank_answer_totals(const struct iso_message *request,
    const struct bank_totals *totals, char letter, struct iso_message *answer)
{
	const char other = letter == 'D' ? 'C' : 'D';
	char net[32];
	int64_t debits;
	int i;

	bank_answer_begin(request, "00", answer);
	for (i = 0; i < 4; i++) {
		set_number(answer, 74 + i, totals->count[i], 10);
		set_number(answer, 86 + i, totals->sum[i], 16);
	}
	debits =
	    totals->sum[2] - totals->sum[3] - totals->sum[0] + totals->sum[1];
	(void)snprintf(net, sizeof(net), "%c%016lld",
	    debits > 0 ? letter : other, llabs((long long)debits));
	bank_answer_set(answer, 97, net);
	bank_answer_set(answer, 66, is_same_sums(request, answer) ? "1" : "2");
}

void
bank_answer_spoil(struct iso_message *answer,
    const struct script_action *action)
{
	static const char digits[] = "0123456789";
	char rrn[13];

	switch (action->wrong) {
	case WRONG_NOTHING:
		break;
	case WRONG_STAN:
		set_number(answer, 11, (bank_number(answer, 11) + 1) % 1000000,
		    6);
		break;
	case WRONG_AMOUNT:
		if (answer->has[4])
			set_number(answer, 4,
			    (bank_number(answer, 4) + 1) % 1000000000000, 12);
		break;
	case WRONG_CURRENCY:
		if (answer->has[49])
			bank_answer_set(answer, 49,
			    iso_is(answer, 49, "840") ? "978" : "840");
		break;
	case WRONG_RRN:
		if (*bank_text(answer, 37, rrn, sizeof(rrn)) == '\0')
			break;
		rrn[11] = digits[(rrn[11] + 1) % 10];
		bank_answer_set(answer, 37, rrn);
		break;
	case WRONG_TYPE:
		memcpy(answer->mti,
		    strcmp(answer->mti, "0210") == 0 ? "0110" : "0210",
		    ISO_MTI_LEN);
		break;
	}
	if (action->no_code)
		answer->has[39] = false;
}

void
bank_answer_own(const char *mti, int64_t stan, struct iso_message *message)
{
	const time_t now = time(NULL);
	char text[11];
	struct tm utc;

	iso_begin(message, mti);
	(void)gmtime_r(&now, &utc);
	(void)strftime(text, sizeof(text), "%m%d%H%M%S", &utc);
	bank_answer_set(message, 7, text);
	set_number(message, 11, stan, 6);
}

/* DE90: the original's type, numbers and acquirer, and no forwarder. */
void
bank_answer_return(const char *mti, int64_t stan,
    const struct bank_entry *entry, const char *card,
    struct iso_message *message)
{
	char original[43];

	bank_answer_own(mti, stan, message);
	if (strlen(card) <= 19 && strspn(card, "0123456789") == strlen(card))
		bank_answer_set(message, 2, card);
	bank_answer_set(message, 3, entry->processing);
	set_number(message, 4, entry->taken, 12);
	bank_answer_set(message, 37, entry->rrn);
	bank_answer_set(message, 49, entry->currency);
	(void)snprintf(original, sizeof(original), "%s%011d", entry->key, 0);
	bank_answer_set(message, 90, original);
}

static bool
is_same_sums(const struct iso_message *request, const struct iso_message *own)
{
	size_t i;

	for (i = 0; i < sizeof(sums) / sizeof(sums[0]); i++) {
		if (!iso_same(request, own, sums[i]) &&
		    !(is_zero(request, sums[i]) && is_zero(own, sums[i])))
			return false;
	}
	return true;
}

/* Nothing has no sign. */
static bool
is_zero(const struct iso_message *message, int number)
{
	return iso_is(message, number, "C0000000000000000") ||
	    iso_is(message, number, "D0000000000000000");
}

static void
set_number(struct iso_message *message, int number, int64_t value, int width)
{
	char digits[32];

	(void)snprintf(digits, sizeof(digits), "%0*lld", width,
	    (long long)value);
	bank_answer_set(message, number, digits);
}
