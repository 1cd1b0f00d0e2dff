/*
 * message.h - the messages of settlements, from what the journal keeps of
 * them and from what it does not: the customer's bank identity.
 *
 * The same entry gives the same octets, however often it is sent.
 */
#ifndef SETTLE_BANK_MESSAGE_H
#define SETTLE_BANK_MESSAGE_H

#include "settle_bank/conf.h"
#include "settle_bank/identity.h"
#include "settle_bank/journal.h"

/* What a new request is about. */
struct message_request {
	const struct till_settlement *settlement;
	const char *merchant_name; /* DE43 of a charge or hold, UTF-8 */
	const char *stan; /* of its own */
	int64_t now_s;
	/* What it reverses, completes or refunds; NULL for a charge. */
	const struct journal_entry *original;
	bool refund; /* give back after the day, instead of undoing */
};

/*
 * Make the entry of a new request over a link.  -1: the network cannot
 * carry it, as an amount that is not whole in the currency's minor units.
 */
int message_entry(const struct bank_conf *, unsigned int link,
    const struct message_request *, struct journal_entry *entry_r,
    struct till_error *err);

/*
 * The message of an entry.  original as above; the name is "" in whatever
 * is no charge and no hold.  The caller wipes it.
 */
int message_make(const struct bank_conf *, const struct journal_entry *,
    const struct journal_entry *original, const struct identity *,
    const char *merchant_name, struct iso_message *message_r,
    struct till_error *err);

/* What DE4 and DE49 of an entry say.  -1: its currency is not known. */
int message_amount(const struct journal_entry *, struct till_money *amount_r);

/* The same message once more: its type tells. */
void message_repeat(struct iso_message *);

#endif
