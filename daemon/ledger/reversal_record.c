/*
 * reversal_record.c - reversals, and which order a settlement was of.
 */
#include <string.h>

#include "ledger/internal.h"

#define REVERSAL_VERSION 2
#define REVERSAL_WITHOUT_REFUND 1 /* versions before */
#define PAIR_VERSION 1

void
reversal_write(struct record_out *out, void *buf,
    const struct ledger_reversal *reversal)
{
	record_write(out, buf, RECORD_MAX, REVERSAL_VERSION);
	record_put_u8(out, (uint8_t)reversal->state);
	record_put_text(out, reversal->reason);
	record_put_text(out, reversal->original);
	record_put_text(out, reversal->id);
	record_put_octets(out, reversal->key, sizeof(reversal->key));
	record_put_text(out, reversal->customer);
	record_put_text(out, reversal->instance);
	record_put_text(out, reversal->via);
	record_put_text(out, reversal->setup);
	record_put_text(out, reversal->identity);
	record_put_money(out, &reversal->amount);
	record_put_i64(out, reversal->created_ms);
	record_put_i64(out, reversal->next_ms);
	record_put_u32(out, reversal->tries);
	record_put_text(out, reversal->code);
	record_put_text(out, reversal->text);
	record_put_u64(out, reversal->refund);
}

int
reversal_read(const void *data, size_t len, struct ledger_reversal *reversal)
{
	uint8_t version = REVERSAL_VERSION;
	struct record_in in;

	memset(reversal, 0, sizeof(*reversal));
	if (len > 0 && *(const uint8_t *)data == REVERSAL_WITHOUT_REFUND)
		version = REVERSAL_WITHOUT_REFUND;
	record_read(&in, data, len, version);
	reversal->state = (enum reversal_state)record_get_enum(&in,
	    REVERSAL_WAITING, REVERSAL_DROPPED);
	record_get_text(&in, reversal->reason, sizeof(reversal->reason));
	record_get_text(&in, reversal->original, sizeof(reversal->original));
	record_get_text(&in, reversal->id, sizeof(reversal->id));
	record_get_octets(&in, reversal->key, sizeof(reversal->key));
	record_get_text(&in, reversal->customer, sizeof(reversal->customer));
	record_get_text(&in, reversal->instance, sizeof(reversal->instance));
	record_get_text(&in, reversal->via, sizeof(reversal->via));
	record_get_text(&in, reversal->setup, sizeof(reversal->setup));
	record_get_text(&in, reversal->identity, sizeof(reversal->identity));
	record_get_money(&in, &reversal->amount);
	reversal->created_ms = record_get_i64(&in);
	reversal->next_ms = record_get_i64(&in);
	reversal->tries = record_get_u32(&in);
	record_get_text(&in, reversal->code, sizeof(reversal->code));
	record_get_text(&in, reversal->text, sizeof(reversal->text));
	if (version > REVERSAL_WITHOUT_REFUND)
		reversal->refund = record_get_u64(&in);
	return record_end(&in) ? 0 : -1;
}

void
pair_write(struct record_out *out, void *buf, const char *mid, const char *jti)
{
	record_write(out, buf, RECORD_MAX, PAIR_VERSION);
	record_put_text(out, mid);
	record_put_text(out, jti);
}

int
pair_read(const void *data, size_t len, char mid[TILL_ID_MAX],
    char jti[TILL_JTI_MAX])
{
	struct record_in in;

	record_read(&in, data, len, PAIR_VERSION);
	record_get_text(&in, mid, TILL_ID_MAX);
	record_get_text(&in, jti, TILL_JTI_MAX);
	return record_end(&in) ? 0 : -1;
}
