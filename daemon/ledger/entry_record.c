/*
 * entry_record.c - one entry of the register, as it is stored and hashed.
 *
 * The hash of an entry is the SHA-256 of exactly these octets, which hold
 * the hash of the entry before, so that a copy of the register is enough
 * to verify it.  In the notation of record.h:
 *
 *	version		one octet, 1
 *	serial		u64
 *	kind		u8, enum entry_kind
 *	time_ms		i64, milliseconds since 1970 UTC, never decreasing
 *	previous	32 octets; zeros in entry 1
 *	merchant, customer, jti, th	texts
 *	amount		money
 *	via, reference, book_id, note, actor	texts
 *	original	u64, of a refund the entry of the payment, of its end
 *			the entry of the refund, else 0
 *	merchant_previous, customer_previous	u64, the entry before it of
 *			the same merchant and customer, or 0
 *	postings	u8, then for each: account text, amount money
 *
 * Conditions of postings held when they were made; they are not kept.
 */
#include <string.h>

#include "ledger/internal.h"
#include "sha256.h"

#define ENTRY_VERSION 1

void
entry_write(struct record_out *out, void *buf, const struct entry *entry)
{
	uint32_t i;

	record_write(out, buf, RECORD_MAX, ENTRY_VERSION);
	record_put_u64(out, entry->serial);
	record_put_u8(out, (uint8_t)entry->kind);
	record_put_i64(out, entry->time_ms);
	record_put_octets(out, entry->previous, sizeof(entry->previous));
	record_put_text(out, entry->merchant);
	record_put_text(out, entry->customer);
	record_put_text(out, entry->jti);
	record_put_text(out, entry->th);
	record_put_money(out, &entry->amount);
	record_put_text(out, entry->via);
	record_put_text(out, entry->reference);
	record_put_text(out, entry->book_id);
	record_put_text(out, entry->note);
	record_put_text(out, entry->actor);
	record_put_u64(out, entry->original);
	record_put_u64(out, entry->merchant_previous);
	record_put_u64(out, entry->customer_previous);
	record_put_u8(out, (uint8_t)entry->postings_len);
	for (i = 0; i < entry->postings_len; i++) {
		record_put_text(out, entry->postings[i].account);
		record_put_money(out, &entry->postings[i].amount);
	}
}

int
entry_read(const void *data, size_t len, struct entry *entry)
{
	struct record_in in;
	uint32_t i;

	memset(entry, 0, sizeof(*entry));
	record_read(&in, data, len, ENTRY_VERSION);
	entry->serial = record_get_u64(&in);
	entry->kind = (enum entry_kind)record_get_enum(&in, ENTRY_PAYMENT,
	    ENTRY_REFUND_BACK);
	entry->time_ms = record_get_i64(&in);
	record_get_octets(&in, entry->previous, sizeof(entry->previous));
	record_get_text(&in, entry->merchant, sizeof(entry->merchant));
	record_get_text(&in, entry->customer, sizeof(entry->customer));
	record_get_text(&in, entry->jti, sizeof(entry->jti));
	record_get_text(&in, entry->th, sizeof(entry->th));
	record_get_money(&in, &entry->amount);
	record_get_text(&in, entry->via, sizeof(entry->via));
	record_get_text(&in, entry->reference, sizeof(entry->reference));
	record_get_text(&in, entry->book_id, sizeof(entry->book_id));
	record_get_text(&in, entry->note, sizeof(entry->note));
	record_get_text(&in, entry->actor, sizeof(entry->actor));
	entry->original = record_get_u64(&in);
	entry->merchant_previous = record_get_u64(&in);
	entry->customer_previous = record_get_u64(&in);
	entry->postings_len = record_get_enum(&in, 0, TILL_POSTINGS_MAX);
	for (i = 0; i < entry->postings_len; i++) {
		record_get_text(&in, entry->postings[i].account,
		    sizeof(entry->postings[i].account));
		record_get_money(&in, &entry->postings[i].amount);
		entry->postings[i].condition = TILL_ALWAYS;
	}
	if (!record_end(&in))
		return -1;
	return sha256(data, len, entry->hash);
}
