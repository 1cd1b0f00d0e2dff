/*
 * report.c - what became of a payment.
 */
#include <string.h>

#include "report.h"
#include "shown.h"

static const char *end_name(enum pay_end);
static void add_bill(json_t *, const struct bill *);
static void add_answer(json_t *, const json_t *);

int
report_text(const struct pay_report *report, FILE *out)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "abcdefghijklmnopqrstuvwxyz"
				      "0123456789-_.";
	const char *voucher =
	    json_string_value(json_object_get(report->answer, "voucher"));

	if (voucher == NULL || voucher[strspn(voucher, letters)] != '\0')
		voucher = "";
	return fprintf(out, "%s\n", voucher) < 0 || fflush(out) == EOF ? -1 : 0;
}

int
report_json(enum pay_end end, const struct bill *bill,
    const struct pay_report *report, const char *text, FILE *out)
{
	json_t *json = json_object();
	int r;

	(void)json_object_set_new(json, "status", json_string(end_name(end)));
	if (end != PAY_PAID)
		(void)json_object_set_new(json, "message",
		    json_stringn(text, shown_whole(text, strlen(text))));
	if (bill != NULL)
		add_bill(json, bill);
	if (report->payee_name[0] != '\0')
		(void)json_object_set_new(json, "payee_name",
		    json_string(report->payee_name));
	if (report->tries != SIGNER_TRIES_UNKNOWN)
		(void)json_object_set_new(json, "tries_left",
		    json_integer(report->tries));
	if (end == PAY_PAID || end == PAY_REFUSED)
		add_answer(json, report->answer);
	r = json_dumpf(json, out, JSON_COMPACT);
	json_decref(json);
	return r == -1 || fputc('\n', out) == EOF || fflush(out) == EOF ? -1
									: 0;
}

static const char *
end_name(enum pay_end end)
{
	switch (end) {
	case PAY_PAID:
		return "paid";
	case PAY_REFUSED:
		return "refused";
	case PAY_UNKNOWN:
		return "unknown";
	case PAY_SECRET:
		return "secret";
	case PAY_CARD:
		return "card";
	case PAY_USAGE:
		return "usage";
	case PAY_TICKET:
		return "ticket";
	case PAY_UNAVAILABLE:
		return "unavailable";
	case PAY_NONE:
		break;
	}
	return "none";
}

static void
add_bill(json_t *json, const struct bill *bill)
{
	const struct till_ticket *ticket = bill->ticket;
	char amount[TILL_MONEY_MAX];

	(void)json_object_set_new(json, "server", json_string(ticket->aud));
	(void)json_object_set_new(json, "payee", json_string(ticket->iss));
	(void)json_object_set_new(json, "jti", json_string(ticket->jti));
	(void)json_object_set_new(json, "description",
	    json_string(ticket->desc));
	(void)json_object_set_new(json, "amount",
	    json_string(till_money_print(&ticket->amount, amount)));
	(void)json_object_set_new(json, "currency",
	    json_string(ticket->amount.currency));
}

/* Members of the payment server's answer, as they are. */
static void
add_answer(json_t *json, const json_t *answer)
{
	static const char *const names[] = { "voucher", "txn", "via",
		"refunded", "customer", "balance", "reason", "code",
		"refusal" };
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (json_object_get(answer, names[i]) != NULL)
			(void)json_object_set(json, names[i],
			    json_object_get(answer, names[i]));
}
