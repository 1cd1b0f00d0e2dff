/*
 * sums_message.c - a day's totals on the line, and for a person.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "settle_bank/sums.h"

#define COUNTS_AT 74 /* DE74-77 */
#define AMOUNTS_AT 86 /* DE86-89 */
#define NET_AT 97

static int put_number(struct iso_message *, int number, int64_t value,
    int width, struct till_error *);
static int64_t net_of(const struct sums_totals *);
static bool number_of(const struct iso_message *, int number, int64_t *);

static const char *const rows[SUMS_ROWS] = { "refunds", "refunds reversed",
	"payments", "payments reversed" };

int
sums_request(const struct sums *sums, const struct bank_conf *conf,
    struct iso_message *message, struct till_error *err)
{
	const int64_t net = net_of(&sums->ours);
	const bool debit = net < 0;
	char text[32];
	int i, r;

	iso_begin(message, sums->tries > 1 ? "0501" : "0500");
	r = iso_put_text(message, 7, sums->sent, err);
	if (r == 0)
		r = iso_put_text(message, 11, sums->stan, err);
	if (r == 0)
		r = iso_put_text(message, 15, sums->day, err);
	if (r == 0)
		r = iso_put_text(message, 32, conf->acquirer, err);
	if (r == 0)
		r = iso_put_text(message, 50, sums->currency, err);
	for (i = 0; i < SUMS_ROWS && r == 0; i++) {
		r = put_number(message, COUNTS_AT + i, sums->ours.count[i], 10,
		    err);
		if (r == 0)
			r = put_number(message, AMOUNTS_AT + i,
			    sums->ours.amount[i], 16, err);
	}
	(void)snprintf(text, sizeof(text), "%c%016" PRId64,
	    debit == conf->net_debit_is_c ? 'C' : 'D', debit ? -net : net);
	return r == 0 ? iso_put_text(message, NET_AT, text, err) : -1;
}

/* What the bank does not say of its totals is taken for ours, if it says
 * that they agree. */
void
sums_answer(struct sums *sums, const struct iso_message *answer)
{
	size_t len;
	const char *code = iso_get(answer, 39, &len);
	bool same = true;
	int64_t value;
	int i;

	sums->until_ms = 0;
	if (code != NULL)
		(void)snprintf(sums->code, sizeof(sums->code), "%.2s", code);
	if (!iso_is(answer, 39, "00")) {
		sums->state = SUMS_NO_ANSWER;
		return;
	}
	sums->theirs = sums->ours;
	for (i = 0; i < SUMS_ROWS; i++) {
		if (number_of(answer, COUNTS_AT + i, &value))
			sums->theirs.count[i] = value;
		if (number_of(answer, AMOUNTS_AT + i, &value))
			sums->theirs.amount[i] = value;
	}
	same = memcmp(&sums->ours, &sums->theirs, sizeof(sums->ours)) == 0;
	sums->state =
	    same && iso_is(answer, 66, "1") ? SUMS_EQUAL : SUMS_DIFFERENT;
}

size_t
sums_line(const struct sums *s, char *text, size_t size)
{
	static const char *const states[] = { "", "asked for",
		"the bank says the same", "the bank says something else",
		"the bank does not tell" };
	size_t len;
	int i;

	len = (size_t)snprintf(text, size, "day %s, currency %s: %s%s%s\n",
	    s->day, s->currency, states[s->state],
	    s->code[0] == '\0' || strcmp(s->code, "00") == 0 ? "" : ", answer ",
	    strcmp(s->code, "00") == 0 ? "" : s->code);
	for (i = 0; i < SUMS_ROWS && len < size; i++) {
		if (memcmp(&s->ours.count[i], &s->theirs.count[i],
			sizeof(s->ours.count[i])) == 0 &&
		    s->ours.amount[i] == s->theirs.amount[i] &&
		    s->ours.count[i] == 0)
			continue;
		len += (size_t)snprintf(text + len, size - len,
		    "  %s: ours %" PRId64 ", %" PRId64
		    " minor units; the bank's %" PRId64 ", %" PRId64
		    "; difference %" PRId64 "\n",
		    rows[i], s->ours.count[i], s->ours.amount[i],
		    s->theirs.count[i], s->theirs.amount[i],
		    s->theirs.amount[i] - s->ours.amount[i]);
	}
	if (s->doubts > 0 && len < size)
		len += (size_t)snprintf(text + len, size - len,
		    "  in doubt: %" PRId64 ", %" PRId64
		    " minor units, trace numbers %s%s\n",
		    s->doubts, s->doubts_amount, s->doubt_stans,
		    s->doubts > SUMS_DOUBTS_MAX ? " ..." : "");
	if (len < size)
		return len;
	text[0] = '\0';
	return 0;
}

static int
put_number(struct iso_message *message, int number, int64_t value, int width,
    struct till_error *err)
{
	char text[32];

	(void)snprintf(text, sizeof(text), "%0*" PRId64, width, value);
	return iso_put_text(message, number, text, err);
}

/* Below zero where debits exceed credits. */
static int64_t
net_of(const struct sums_totals *totals)
{
	return totals->amount[0] - totals->amount[1] - totals->amount[2] +
	    totals->amount[3];
}

static bool
number_of(const struct iso_message *message, int number, int64_t *value)
{
	char text[32];
	size_t len;
	const char *digits = iso_get(message, number, &len);

	if (digits == NULL || len >= sizeof(text))
		return false;
	memcpy(text, digits, len);
	text[len] = '\0';
	*value = strtoll(text, NULL, 10);
	return true;
}
