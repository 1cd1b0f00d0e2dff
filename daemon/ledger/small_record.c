/*
 * small_record.c - rows of accounts, counters, books, failures and single
 * numbers.
 */
#include <string.h>

#include "ledger/internal.h"

#define ACCOUNT_VERSION 1
#define COUNTER_VERSION 1
#define BOOK_VERSION 1
#define NUMBER_VERSION 1
#define FAILURES_VERSION 1

void
account_write(struct record_out *out, void *buf, const struct account *account)
{
	const struct account_part *part;
	uint32_t i;

	record_write(out, buf, RECORD_MAX, ACCOUNT_VERSION);
	record_put_u64(out, account->newest);
	record_put_u8(out, (uint8_t)account->parts_len);
	for (i = 0; i < account->parts_len; i++) {
		part = &account->parts[i];
		record_put_octets(out, part->currency, TILL_CURRENCY_MAX - 1);
		record_put_i64(out, part->balance_micro);
		record_put_i64(out, part->held_micro);
		record_put_u64(out, part->serial);
	}
}

int
account_read(const void *data, size_t len, struct account *account)
{
	struct account_part *part;
	struct record_in in;
	uint32_t i;

	memset(account, 0, sizeof(*account));
	record_read(&in, data, len, ACCOUNT_VERSION);
	account->newest = record_get_u64(&in);
	account->parts_len = record_get_enum(&in, 0, LEDGER_CURRENCIES_MAX);
	for (i = 0; i < account->parts_len; i++) {
		part = &account->parts[i];
		record_get_octets(&in, part->currency, TILL_CURRENCY_MAX - 1);
		part->balance_micro = record_get_i64(&in);
		part->held_micro = record_get_i64(&in);
		part->serial = record_get_u64(&in);
	}
	return record_end(&in) ? 0 : -1;
}

void
counter_write(struct record_out *out, void *buf, const struct counter *counter)
{
	record_write(out, buf, RECORD_MAX, COUNTER_VERSION);
	record_put_i64(out, counter->window);
	record_put_i64(out, counter->micro);
	record_put_i64(out, counter->count);
}

int
counter_read(const void *data, size_t len, struct counter *counter)
{
	struct record_in in;

	memset(counter, 0, sizeof(*counter));
	record_read(&in, data, len, COUNTER_VERSION);
	counter->window = record_get_i64(&in);
	counter->micro = record_get_i64(&in);
	counter->count = record_get_i64(&in);
	return record_end(&in) ? 0 : -1;
}

void
book_write(struct record_out *out, void *buf, const struct book *book)
{
	record_write(out, buf, RECORD_MAX, BOOK_VERSION);
	record_put_u64(out, book->serial);
	record_put_octets(out, book->digest, sizeof(book->digest));
}

int
book_read(const void *data, size_t len, struct book *book)
{
	struct record_in in;

	memset(book, 0, sizeof(*book));
	record_read(&in, data, len, BOOK_VERSION);
	book->serial = record_get_u64(&in);
	record_get_octets(&in, book->digest, sizeof(book->digest));
	return record_end(&in) ? 0 : -1;
}

void
number_write(struct record_out *out, void *buf, int64_t number)
{
	record_write(out, buf, RECORD_MAX, NUMBER_VERSION);
	record_put_i64(out, number);
}

int
number_read(const void *data, size_t len, int64_t *number_r)
{
	struct record_in in;
	int64_t number;

	record_read(&in, data, len, NUMBER_VERSION);
	number = record_get_i64(&in);
	if (!record_end(&in))
		return -1;
	*number_r = number;
	return 0;
}

void
failures_write(struct record_out *out, void *buf,
    const struct till_failures *failures)
{
	record_write(out, buf, RECORD_MAX, FAILURES_VERSION);
	record_put_u32(out, failures->count);
	record_put_i64(out, failures->first_ms);
	record_put_i64(out, failures->last_ms);
}

int
failures_read(const void *data, size_t len, struct till_failures *failures)
{
	struct record_in in;

	memset(failures, 0, sizeof(*failures));
	failures->size = (uint32_t)sizeof(*failures);
	record_read(&in, data, len, FAILURES_VERSION);
	failures->count = record_get_u32(&in);
	failures->first_ms = record_get_i64(&in);
	failures->last_ms = record_get_i64(&in);
	return record_end(&in) ? 0 : -1;
}
