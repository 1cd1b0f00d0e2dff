/*
 * message.c - see message.h.
 */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "settle_bank/message.h"

#define DIGITS_LEN 13 /* of DE4, with its NUL */
#define AMOUNT_MAX INT64_C(999999999999) /* DE4 has twelve digits */
#define NAME_LEN 25 /* of DE43; then 13 of the city, 2 of the country */

static const char *type_of(const struct bank_conf *,
    const struct message_request *);
static int amount_of(const struct till_money *, char text[DIGITS_LEN],
    struct till_error *);
static int times_of(int64_t now_s, struct journal_entry *, struct till_error *);
static int put_common(const struct bank_conf *, const struct journal_entry *,
    struct iso_message *, struct till_error *);
static int put_identity(const struct identity *, struct iso_message *,
    struct till_error *);
static int put_name(const struct bank_conf *, const char *,
    struct iso_message *, struct till_error *);
static int put_original(const struct bank_conf *, const struct journal_entry *,
    struct iso_message *, struct till_error *);
static bool is_reversal(const struct journal_entry *);
static bool starts(const struct journal_entry *);

int
message_entry(const struct bank_conf *conf, unsigned int link,
    const struct message_request *request, struct journal_entry *entry,
    struct till_error *err)
{
	const struct till_settlement *s = request->settlement;
	const struct journal_entry *original = request->original;
	const int number = till_currency_number(s->amount.currency);

	memset(entry, 0, sizeof(*entry));
	if (number == -1)
		return till_fail(err, "this currency has no number");
	(void)snprintf(entry->stan, sizeof(entry->stan), "%s", request->stan);
	if (amount_of(&s->amount, entry->amount, err) == -1 ||
	    times_of(request->now_s, entry, err) == -1)
		return -1;
	memcpy(entry->key, s->key, sizeof(entry->key));
	memcpy(entry->digest, s->digest, sizeof(entry->digest));
	if (original != NULL)
		memcpy(entry->original, original->key, sizeof(entry->original));
	entry->verb = s->verb;
	entry->link = link;
	entry->state = JOURNAL_SENT;
	entry->time_s = request->now_s;
	(void)snprintf(entry->mti, sizeof(entry->mti), "%s",
	    type_of(conf, request));
	(void)snprintf(entry->currency, sizeof(entry->currency), "%03d",
	    number);
	/* A refund is a transaction of its own; all else keeps what names
	 * the original. */
	(void)snprintf(entry->processing, sizeof(entry->processing), "%s",
	    request->refund        ? "200000"
		: original != NULL ? original->processing
				   : "000000");
	if (original != NULL && !request->refund)
		(void)snprintf(entry->rrn, sizeof(entry->rrn), "%s",
		    original->rrn);
	return 0;
}

int
message_make(const struct bank_conf *conf, const struct journal_entry *entry,
    const struct journal_entry *original, const struct identity *identity,
    const char *merchant_name, struct iso_message *message,
    struct till_error *err)
{
	iso_begin(message, entry->mti);
	if (put_identity(identity, message, err) == -1 ||
	    put_common(conf, entry, message, err) == -1)
		return -1;
	if (starts(entry) && put_name(conf, merchant_name, message, err) == -1)
		return -1;
	if (original == NULL || starts(entry))
		return 0;
	if (original->authorisation[0] != '\0' &&
	    iso_put_text(message, 38, original->authorisation, err) == -1)
		return -1;
	/* That no answer was seen is the reason to undo it. */
	if (is_reversal(entry) && original->code[0] == '\0' &&
	    iso_put_text(message, 39, "68", err) == -1)
		return -1;
	return put_original(conf, original, message, err);
}

int
message_amount(const struct journal_entry *entry, struct till_money *amount)
{
	const long number = strtol(entry->currency, NULL, 10);
	int64_t unit = TILL_MICRO;
	const char *code;
	unsigned int i;
	int exponent;

	for (i = 0; (code = till_currency_at(i)) != NULL; i++) {
		if (till_currency_number(code) == number)
			break;
	}
	if (code == NULL)
		return -1;
	for (exponent = till_currency_exponent(code); exponent > 0; exponent--)
		unit /= 10;
	memset(amount, 0, sizeof(*amount));
	amount->micro = strtoll(entry->amount, NULL, 10) * unit;
	(void)snprintf(amount->currency, sizeof(amount->currency), "%s", code);
	return 0;
}

void
message_repeat(struct iso_message *message)
{
	message->mti[ISO_MTI_LEN - 1] = '1';
}

static const char *
type_of(const struct bank_conf *conf, const struct message_request *request)
{
	switch (request->settlement->verb) {
	case TILL_CHARGE:
		return "0200";
	case TILL_HOLD:
		return "0100";
	case TILL_COMMIT:
		return "0220";
	case TILL_RELEASE:
	case TILL_REVERSE:
		if (request->refund)
			return "0200";
		return conf->reverse_0400 ? "0400" : "0420";
	case TILL_QUERY:
		break;
	}
	return "0200";
}

static int
amount_of(const struct till_money *amount, char text[DIGITS_LEN],
    struct till_error *err)
{
	int exponent = till_currency_exponent(amount->currency);
	int64_t minor = amount->micro, unit = TILL_MICRO;
	size_t i;

	for (; exponent > 0; exponent--)
		unit /= 10;
	if (exponent < 0 || minor < 0 || minor % unit != 0)
		return till_fail(err,
		    "the amount is not whole in the minor units of %s",
		    amount->currency);
	minor /= unit;
	if (minor > AMOUNT_MAX)
		return till_fail(err, "the amount has more than 12 digits");
	text[DIGITS_LEN - 1] = '\0';
	for (i = DIGITS_LEN - 1; i-- > 0; minor /= 10)
		text[i] = (char)('0' + minor % 10);
	return 0;
}

/* DE7 is UTC, DE12 and DE13 are ours; the reference is the day and hour
 * of UTC and the trace number. */
static int
times_of(int64_t now_s, struct journal_entry *entry, struct till_error *err)
{
	const time_t now = (time_t)now_s;
	struct tm utc, local;
	char day[7];

	if (gmtime_r(&now, &utc) == NULL || localtime_r(&now, &local) == NULL ||
	    strftime(entry->sent, sizeof(entry->sent), "%m%d%H%M%S", &utc) ==
		0 ||
	    strftime(entry->local_time, sizeof(entry->local_time), "%H%M%S",
		&local) == 0 ||
	    strftime(entry->local_date, sizeof(entry->local_date), "%m%d",
		&local) == 0 ||
	    strftime(day, sizeof(day), "%j%H", &utc) == 0)
		return till_fail(err, "the clock cannot be read");
	(void)snprintf(entry->rrn, sizeof(entry->rrn), "%u%.5s%.6s",
	    (unsigned int)utc.tm_year % 10, day, entry->stan);
	return 0;
}

static int
put_common(const struct bank_conf *conf, const struct journal_entry *entry,
    struct iso_message *message, struct till_error *err)
{
	const struct {
		int number;
		const char *text;
	} list[] = {
		{ 3, entry->processing },
		{ 4, entry->amount },
		{ 7, entry->sent },
		{ 11, entry->stan },
		{ 12, entry->local_time },
		{ 13, entry->local_date },
		{ 18, conf->mcc },
		{ 19, conf->country },
		{ 22, conf->entry_mode },
		{ 25, conf->condition },
		{ 32, conf->acquirer },
		{ 37, entry->rrn },
		{ 41, conf->terminal },
		{ 42, conf->merchant },
		{ 49, entry->currency },
	};
	size_t i;

	for (i = 0; i < sizeof(list) / sizeof(list[0]); i++) {
		if (list[i].text[0] != '\0' &&
		    iso_put_text(message, list[i].number, list[i].text, err) ==
			-1)
			return -1;
	}
	return 0;
}

static int
put_identity(const struct identity *identity, struct iso_message *message,
    struct till_error *err)
{
	if (identity->kind == IDENTITY_ACCOUNT)
		return iso_put_text(message, 102, identity->number, err);
	if (iso_put_text(message, 2, identity->number, err) == -1)
		return -1;
	return identity->expiry[0] == '\0'
	    ? 0
	    : iso_put_text(message, 14, identity->expiry, err);
}

/* Name, city and country; what is not ASCII in a name becomes a point. */
static int
put_name(const struct bank_conf *conf, const char *name,
    struct iso_message *message, struct till_error *err)
{
	char text[NAME_LEN + 13 + 2 + 1];
	size_t i = 0;

	memset(text, ' ', NAME_LEN);
	for (; *name != '\0' && i < NAME_LEN; name++) {
		if ((*name & 0xc0) == 0x80)
			continue;
		text[i++] =
		    (char)(*name >= 0x20 && *name <= 0x7e ? *name : '.');
	}
	(void)snprintf(text + NAME_LEN, sizeof(text) - NAME_LEN, "%s%s",
	    conf->city, conf->land);
	return iso_put_text(message, 43, text, err);
}

/* DE90: type, trace number, time, acquirer, and no forwarder. */
static int
put_original(const struct bank_conf *conf, const struct journal_entry *original,
    struct iso_message *message, struct till_error *err)
{
	const size_t len = strlen(conf->acquirer);
	char acquirer[] = "00000000000", text[43];

	memcpy(acquirer + sizeof(acquirer) - 1 - len, conf->acquirer, len);
	(void)snprintf(text, sizeof(text), "%.4s%.6s%.10s%.11s%s",
	    original->mti, original->stan, original->sent, acquirer,
	    "00000000000");
	return iso_put_text(message, 90, text, err);
}

static bool
is_reversal(const struct journal_entry *entry)
{
	return strncmp(entry->mti, "04", 2) == 0;
}

/* A transaction of its own: charge, hold or refund. */
static bool
starts(const struct journal_entry *entry)
{
	return strcmp(entry->mti, "0200") == 0 ||
	    strcmp(entry->mti, "0100") == 0;
}
