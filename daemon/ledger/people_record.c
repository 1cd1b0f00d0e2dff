/*
 * people_record.c - customers, merchants and credentials.
 */
#include <string.h>

#include "ledger/internal.h"

#define CUSTOMER_VERSION 1
#define MERCHANT_VERSION 2
#define MERCHANT_VERSION_BARE 1 /* had no webhook */
#define CREDENTIAL_VERSION 1

/* A customer's status and whether he is frozen, in one octet. */
enum standing {
	STANDING_ACTIVE = 1,
	STANDING_SUSPENDED,
	STANDING_FROZEN,
	STANDING_SUSPENDED_FROZEN
};

static enum standing standing_of(const struct ledger_customer *);
static void standing_take(struct ledger_customer *, enum standing);
static void key_write(struct record_out *, const struct ledger_key *);
static void key_read(struct record_in *, struct ledger_key *);

void
customer_write(struct record_out *out, void *buf,
    const struct ledger_customer *customer)
{
	record_write(out, buf, RECORD_MAX, CUSTOMER_VERSION);
	record_put_text(out, customer->cid);
	record_put_u8(out, (uint8_t)standing_of(customer));
	record_put_text(out, customer->name);
	record_put_text(out, customer->lang);
	record_put_i64(out, customer->created_ms);
	record_put_money(out, &customer->limit);
	record_put_u64(out, customer->version);
}

int
customer_read(const void *data, size_t len, struct ledger_customer *customer)
{
	struct record_in in;

	memset(customer, 0, sizeof(*customer));
	record_read(&in, data, len, CUSTOMER_VERSION);
	record_get_text(&in, customer->cid, sizeof(customer->cid));
	standing_take(customer,
	    (enum standing)record_get_enum(&in, STANDING_ACTIVE,
		STANDING_SUSPENDED_FROZEN));
	record_get_text(&in, customer->name, sizeof(customer->name));
	record_get_text(&in, customer->lang, sizeof(customer->lang));
	customer->created_ms = record_get_i64(&in);
	record_get_money(&in, &customer->limit);
	customer->version = record_get_u64(&in);
	return record_end(&in) ? 0 : -1;
}

void
merchant_write(struct record_out *out, void *buf,
    const struct ledger_merchant *merchant)
{
	uint32_t i;

	record_write(out, buf, RECORD_MAX, MERCHANT_VERSION);
	record_put_text(out, merchant->mid);
	record_put_u8(out, (uint8_t)merchant->status);
	record_put_text(out, merchant->name);
	record_put_text(out, merchant->country);
	record_put_text(out, merchant->webhook);
	record_put_u8(out, (uint8_t)merchant->urls_len);
	for (i = 0; i < merchant->urls_len; i++)
		record_put_text(out, merchant->urls[i]);
	record_put_u8(out, (uint8_t)merchant->keys_len);
	for (i = 0; i < merchant->keys_len; i++)
		key_write(out, &merchant->keys[i]);
	record_put_i64(out, merchant->created_ms);
	record_put_u64(out, merchant->version);
}

int
merchant_read(const void *data, size_t len, struct ledger_merchant *merchant)
{
	const bool bare =
	    len > 0 && *(const unsigned char *)data == MERCHANT_VERSION_BARE;
	struct record_in in;
	uint32_t i;

	memset(merchant, 0, sizeof(*merchant));
	record_read(&in, data, len,
	    bare ? MERCHANT_VERSION_BARE : MERCHANT_VERSION);
	record_get_text(&in, merchant->mid, sizeof(merchant->mid));
	merchant->status = (enum ledger_status)record_get_enum(&in,
	    LEDGER_ACTIVE, LEDGER_SUSPENDED);
	record_get_text(&in, merchant->name, sizeof(merchant->name));
	record_get_text(&in, merchant->country, sizeof(merchant->country));
	if (!bare)
		record_get_text(&in, merchant->webhook,
		    sizeof(merchant->webhook));
	merchant->urls_len = record_get_enum(&in, 0, LEDGER_URLS_MAX);
	for (i = 0; i < merchant->urls_len; i++)
		record_get_text(&in, merchant->urls[i],
		    sizeof(merchant->urls[i]));
	merchant->keys_len = record_get_enum(&in, 0, LEDGER_KEYS_MAX);
	for (i = 0; i < merchant->keys_len; i++)
		key_read(&in, &merchant->keys[i]);
	merchant->created_ms = record_get_i64(&in);
	merchant->version = record_get_u64(&in);
	return record_end(&in) ? 0 : -1;
}

void
credential_write(struct record_out *out, void *buf,
    const struct till_credential *credential)
{
	const char *label = credential->label;

	record_write(out, buf, RECORD_MAX, CREDENTIAL_VERSION);
	record_put_text(out, credential->id);
	record_put_u8(out, credential->secret != 0);
	record_put_text(out, label == NULL ? "" : label);
	record_put_i64(out, credential->created_ms);
	record_put_blob(out, credential->data.data, credential->data.len);
}

int
credential_read(const void *data, size_t len,
    struct till_credential *credential, struct credential_texts *texts)
{
	struct record_in in;

	memset(credential, 0, sizeof(*credential));
	credential->size = (uint32_t)sizeof(*credential);
	record_read(&in, data, len, CREDENTIAL_VERSION);
	record_get_text(&in, texts->id, sizeof(texts->id));
	credential->secret = record_get_bool(&in);
	record_get_text(&in, texts->label, sizeof(texts->label));
	credential->created_ms = record_get_i64(&in);
	credential->data.data =
	    record_get_blob(&in, TILL_CREDENTIAL_MAX, &credential->data.len);
	credential->id = texts->id;
	credential->label = texts->label;
	return record_end(&in) ? 0 : -1;
}

static enum standing
standing_of(const struct ledger_customer *customer)
{
	if (customer->status == LEDGER_ACTIVE)
		return customer->frozen ? STANDING_FROZEN : STANDING_ACTIVE;
	return customer->frozen ? STANDING_SUSPENDED_FROZEN
				: STANDING_SUSPENDED;
}

/* Of what is none of these no status: the record is not taken. */
static void
standing_take(struct ledger_customer *customer, enum standing standing)
{
	switch (standing) {
	case STANDING_ACTIVE:
	case STANDING_FROZEN:
		customer->status = LEDGER_ACTIVE;
		break;
	case STANDING_SUSPENDED:
	case STANDING_SUSPENDED_FROZEN:
		customer->status = LEDGER_SUSPENDED;
		break;
	}
	customer->frozen = standing == STANDING_FROZEN ||
	    standing == STANDING_SUSPENDED_FROZEN;
}

static void
key_write(struct record_out *out, const struct ledger_key *key)
{
	record_put_text(out, key->kid);
	record_put_text(out, key->jwk);
	record_put_u8(out, key->active);
	record_put_i64(out, key->added_ms);
}

static void
key_read(struct record_in *in, struct ledger_key *key)
{
	record_get_text(in, key->kid, sizeof(key->kid));
	record_get_text(in, key->jwk, sizeof(key->jwk));
	key->active = record_get_bool(in);
	key->added_ms = record_get_i64(in);
}
