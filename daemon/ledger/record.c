/*
 * record.c - little endian, bounds checked, one version octet first.
 */
#include <assert.h>
#include <string.h>

#include "ledger/record.h"

static void put_number(struct record_out *, uint64_t, size_t);
static uint64_t get_number(struct record_in *, size_t);

void
record_write(struct record_out *out, void *buf, size_t size, uint8_t version)
{
	*out = (struct record_out){ .data = buf, .size = size };
	record_put_u8(out, version);
}

void
record_put_u8(struct record_out *out, uint8_t n)
{
	put_number(out, n, 1);
}

void
record_put_u16(struct record_out *out, uint16_t n)
{
	put_number(out, n, 2);
}

void
record_put_u32(struct record_out *out, uint32_t n)
{
	put_number(out, n, 4);
}

void
record_put_u64(struct record_out *out, uint64_t n)
{
	put_number(out, n, 8);
}

void
record_put_i64(struct record_out *out, int64_t n)
{
	put_number(out, (uint64_t)n, 8);
}

void
record_put_octets(struct record_out *out, const void *data, size_t len)
{
	if (out->bad || len > out->size - out->len) {
		out->bad = true;
		return;
	}
	if (len > 0)
		memcpy(out->data + out->len, data, len);
	out->len += len;
}

void
record_put_text(struct record_out *out, const char *text)
{
	record_put_blob(out, text, strlen(text));
}

void
record_put_blob(struct record_out *out, const void *data, size_t len)
{
	if (len > UINT16_MAX) {
		out->bad = true;
		return;
	}
	record_put_u16(out, (uint16_t)len);
	record_put_octets(out, data, len);
}

void
record_put_money(struct record_out *out, const struct till_money *money)
{
	record_put_i64(out, money->micro);
	record_put_octets(out, money->currency, TILL_CURRENCY_MAX - 1);
}

void
record_read(struct record_in *in, const void *data, size_t len, uint8_t version)
{
	*in = (struct record_in){ .data = data, .len = len };
	if (record_get_u8(in) != version)
		in->bad = true;
}

uint8_t
record_get_u8(struct record_in *in)
{
	return (uint8_t)get_number(in, 1);
}

uint16_t
record_get_u16(struct record_in *in)
{
	return (uint16_t)get_number(in, 2);
}

uint32_t
record_get_u32(struct record_in *in)
{
	return (uint32_t)get_number(in, 4);
}

uint64_t
record_get_u64(struct record_in *in)
{
	return get_number(in, 8);
}

int64_t
record_get_i64(struct record_in *in)
{
	uint64_t n = get_number(in, 8);

	/* Written so that no conversion depends on the implementation. */
	if (n <= INT64_MAX)
		return (int64_t)n;
	return -(int64_t)(UINT64_MAX - n) - 1;
}

unsigned int
record_get_enum(struct record_in *in, unsigned int low, unsigned int high)
{
	unsigned int n = record_get_u8(in);

	if (n < low || n > high) {
		in->bad = true;
		return low;
	}
	return n;
}

bool
record_get_bool(struct record_in *in)
{
	return record_get_enum(in, 0, 1) == 1;
}

void
record_get_octets(struct record_in *in, void *buf, size_t len)
{
	if (in->bad || len > in->len - in->at) {
		in->bad = true;
		memset(buf, 0, len);
		return;
	}
	memcpy(buf, in->data + in->at, len);
	in->at += len;
}

void
record_get_text(struct record_in *in, char *buf, size_t size)
{
	const unsigned char *text;
	size_t len;

	assert(size > 0);
	text = record_get_blob(in, size - 1, &len);
	if (len > 0 && memchr(text, '\0', len) != NULL) {
		in->bad = true;
		len = 0;
	}
	if (len > 0)
		memcpy(buf, text, len);
	/* What lies behind the text is zero too, so that equal records
	 * are equal structs. */
	memset(buf + len, 0, size - len);
}

const unsigned char *
record_get_blob(struct record_in *in, size_t max, size_t *len_r)
{
	size_t len = record_get_u16(in);

	if (in->bad || len > max || len > in->len - in->at) {
		in->bad = true;
		*len_r = 0;
		return in->data;
	}
	in->at += len;
	*len_r = len;
	return in->data + in->at - len;
}

void
record_get_money(struct record_in *in, struct till_money *money)
{
	static const char none[TILL_CURRENCY_MAX];
	size_t i;

	memset(money, 0, sizeof(*money));
	money->micro = record_get_i64(in);
	record_get_octets(in, money->currency, TILL_CURRENCY_MAX - 1);
	if (memcmp(money->currency, none, sizeof(none)) == 0)
		return;
	for (i = 0; i < TILL_CURRENCY_MAX - 1; i++) {
		if (money->currency[i] < 'A' || money->currency[i] > 'Z')
			in->bad = true;
	}
}

bool
record_end(const struct record_in *in)
{
	return !in->bad && in->at == in->len;
}

static void
put_number(struct record_out *out, uint64_t n, size_t len)
{
	unsigned char octets[8];
	size_t i;

	for (i = 0; i < len; i++)
		octets[i] = (unsigned char)(n >> (8 * i));
	record_put_octets(out, octets, len);
}

static uint64_t
get_number(struct record_in *in, size_t len)
{
	unsigned char octets[8];
	uint64_t n = 0;
	size_t i;

	record_get_octets(in, octets, len);
	for (i = len; i > 0; i--)
		n = n << 8 | octets[i - 1];
	return n;
}
