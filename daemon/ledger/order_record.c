/*
 * order_record.c - an order is kept in two places: a short row under its
 * key, where random access must be cheap, and the rest as evidence.
 */
#include <string.h>

#include "ledger/internal.h"

#define ORDER_VERSION 1
#define EVIDENCE_VERSION 4
#define EVIDENCE_WITHOUT_FACTS 1 /* versions before */
#define EVIDENCE_WITHOUT_IDENTITY 2
#define EVIDENCE_ASKED 3 /* the customer was asked, always */

static void facts_write(struct record_out *, const struct ledger_order *);
static void facts_read(struct record_in *, struct ledger_order *);
static bool has_intent(const struct ledger_order *);
static uint8_t evidence_version(const void *, size_t);
static void cut_head(const struct ledger_order *, size_t, struct till_bytes *);

void
order_row_write(struct record_out *out, void *buf, const struct order_row *row)
{
	record_write(out, buf, RECORD_MAX, ORDER_VERSION);
	record_put_u8(out, (uint8_t)row->state);
	record_put_u8(out, (uint8_t)row->kind);
	record_put_text(out, row->th);
	record_put_u64(out, row->serial);
	record_put_u64(out, row->evidence);
	record_put_i64(out, row->time_ms);
	record_put_i64(out, row->refunded_micro);
}

int
order_row_read(const void *data, size_t len, struct order_row *row)
{
	struct record_in in;

	memset(row, 0, sizeof(*row));
	record_read(&in, data, len, ORDER_VERSION);
	row->state = (enum order_state)record_get_enum(&in, ORDER_INTENT,
	    ORDER_REFUNDED);
	row->kind = (enum till_kind)record_get_enum(&in, TILL_KIND_SINGLE,
	    TILL_KIND_IDENTITY);
	record_get_text(&in, row->th, sizeof(row->th));
	row->serial = record_get_u64(&in);
	row->evidence = record_get_u64(&in);
	row->time_ms = record_get_i64(&in);
	row->refunded_micro = record_get_i64(&in);
	return record_end(&in) ? 0 : -1;
}

void
evidence_write(struct record_out *out, void *buf,
    const struct ledger_order *order, struct till_bytes *head)
{
	bool intent = has_intent(order);
	uint32_t i;

	record_write(out, buf, RECORD_MAX, EVIDENCE_VERSION);
	record_put_text(out, order->customer);
	record_put_money(out, &order->amount);
	record_put_i64(out, order->auth_time_s);
	record_put_u8(out, (uint8_t)order->reason);
	record_put_text(out, order->code);
	record_put_text(out, order->via);
	record_put_text(out, order->instance);
	record_put_u8(out, (uint8_t)order->amr_len);
	for (i = 0; i < order->amr_len; i++)
		record_put_text(out, order->amr[i]);
	record_put_u32(out, order->auth_level);
	record_put_u8(out, intent);
	if (intent) {
		record_put_octets(out, order->key, sizeof(order->key));
		record_put_octets(out, order->digest, sizeof(order->digest));
		record_put_u32(out, order->attempt);
	}
	record_put_text(out, order->reference);
	record_put_text(out, order->decision);
	facts_write(out, order);
	record_put_text(out, order->identity);
	record_put_text(out, order->setup);
	record_put_u8(out, order->unasked);
	record_put_u32(out, (uint32_t)order->ticket_len);
	if (head->data == NULL)
		cut_head(order, out->len, head);
	record_put_blob(out, head->data, head->len);
}

int
evidence_read(const void *data, size_t len, struct ledger_order *order,
    struct till_bytes *head_r)
{
	const uint8_t version = evidence_version(data, len);
	struct record_in in;
	uint32_t i;

	record_read(&in, data, len, version);
	record_get_text(&in, order->customer, sizeof(order->customer));
	record_get_money(&in, &order->amount);
	order->auth_time_s = record_get_i64(&in);
	order->reason = (enum till_reason)record_get_enum(&in, TILL_REASON_NONE,
	    TILL_REASON_CURRENCY);
	record_get_text(&in, order->code, sizeof(order->code));
	record_get_text(&in, order->via, sizeof(order->via));
	record_get_text(&in, order->instance, sizeof(order->instance));
	order->amr_len = record_get_enum(&in, 0, TILL_AMR_MAX);
	for (i = 0; i < order->amr_len; i++)
		record_get_text(&in, order->amr[i], sizeof(order->amr[i]));
	order->auth_level = record_get_u32(&in);
	memset(order->key, 0, sizeof(order->key));
	memset(order->digest, 0, sizeof(order->digest));
	order->attempt = 0;
	if (record_get_bool(&in)) {
		record_get_octets(&in, order->key, sizeof(order->key));
		record_get_octets(&in, order->digest, sizeof(order->digest));
		order->attempt = record_get_u32(&in);
		if (!has_intent(order))
			in.bad = true;
	}
	record_get_text(&in, order->reference, sizeof(order->reference));
	record_get_text(&in, order->decision, sizeof(order->decision));
	facts_read(version == EVIDENCE_WITHOUT_FACTS ? NULL : &in, order);
	order->identity[0] = '\0';
	order->setup[0] = '\0';
	if (version > EVIDENCE_WITHOUT_IDENTITY) {
		record_get_text(&in, order->identity, sizeof(order->identity));
		record_get_text(&in, order->setup, sizeof(order->setup));
	}
	order->unasked = version > EVIDENCE_ASKED && record_get_bool(&in);
	order->ticket_len = record_get_u32(&in);
	if (order->ticket_len > TILL_TOKEN_MAX)
		in.bad = true;
	head_r->data = record_get_blob(&in, order->ticket_len, &head_r->len);
	return record_end(&in) ? 0 : -1;
}

static void
facts_write(struct record_out *out, const struct ledger_order *order)
{
	record_put_u8(out, (uint8_t)order->channel);
	record_put_octets(out, order->country, sizeof(order->country) - 1);
	record_put_i64(out, order->decided_s);
	record_put_u8(out, order->strong_count > 0);
	if (order->strong_count > 0) {
		record_put_i64(out, order->strong_micro);
		record_put_i64(out, order->strong_count);
	}
}

/* NULL: the record has none. */
static void
facts_read(struct record_in *in, struct ledger_order *order)
{
	order->channel = CHANNEL_NONE;
	memset(order->country, 0, sizeof(order->country));
	order->decided_s = 0;
	order->strong_micro = 0;
	order->strong_count = 0;
	if (in == NULL)
		return;
	order->channel =
	    (enum order_channel)record_get_enum(in, CHANNEL_NONE, CHANNEL_API);
	record_get_octets(in, order->country, sizeof(order->country) - 1);
	order->decided_s = record_get_i64(in);
	if (record_get_bool(in)) {
		order->strong_micro = record_get_i64(in);
		order->strong_count = record_get_i64(in);
		if (order->strong_count <= 0)
			in->bad = true;
	}
}

static bool
has_intent(const struct ledger_order *order)
{
	static const unsigned char none[TILL_KEY_SIZE];

	return order->attempt != 0 ||
	    memcmp(order->key, none, sizeof(none)) != 0 ||
	    memcmp(order->digest, none, sizeof(order->digest)) != 0;
}

/* One of those that there were; any other one is read as today's, and so
 * refused. */
static uint8_t
evidence_version(const void *data, size_t len)
{
	const uint8_t version = len == 0 ? 0 : *(const uint8_t *)data;

	if (version == EVIDENCE_WITHOUT_FACTS ||
	    version == EVIDENCE_WITHOUT_IDENTITY || version == EVIDENCE_ASKED)
		return version;
	return EVIDENCE_VERSION;
}

/* As much of the ticket as fits beside what is written. */
static void
cut_head(const struct ledger_order *order, size_t used, struct till_bytes *head)
{
	used += sizeof(uint16_t);
	head->data = (const unsigned char *)order->ticket;
	head->len =
	    used < LEDGER_EVIDENCE_PART ? LEDGER_EVIDENCE_PART - used : 0;
	if (head->len > order->ticket_len)
		head->len = order->ticket_len;
}
