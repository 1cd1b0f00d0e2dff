/*
 * record.c - any octets are a record of the ledger or are refused, and
 * what is one is written again just as it was read.
 *
 * The first octet says which record.  An input that begins with "hex " is
 * read as pairs of digits, so that the corpus is text.
 */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "ledger/internal.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);
static size_t unhex(const uint8_t *, size_t, unsigned char *);
static void look(unsigned int, const unsigned char *, size_t);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	unsigned char *octets, *record;
	size_t len = size;

	octets = malloc(size + 1);
	assert(octets != NULL);
	if (size >= 4 && memcmp(data, "hex ", 4) == 0)
		len = unhex(data + 4, size - 4, octets);
	else if (size > 0)
		memcpy(octets, data, size);
	if (len > 0 && len - 1 <= RECORD_MAX) {
		/* Exactly as large, so that a read beyond it shows. */
		record = malloc(len > 1 ? len - 1 : 1);
		assert(record != NULL);
		memcpy(record, octets + 1, len - 1);
		look(octets[0], record, len - 1);
		free(record);
	}
	free(octets);
	return 0;
}

static size_t
unhex(const uint8_t *text, size_t size, unsigned char *to)
{
	static const char digits[] = "0123456789abcdef";
	unsigned int have = 0, value = 0;
	const char *digit;
	size_t i, len = 0;

	for (i = 0; i < size; i++) {
		digit = text[i] == 0 ? NULL : strchr(digits, text[i]);
		if (digit == NULL)
			continue;
		value = value << 4 | (unsigned int)(digit - digits);
		if (++have == 2) {
			to[len++] = (unsigned char)(value & 0xff);
			have = 0;
		}
	}
	return len;
}

static void
look(unsigned int kind, const unsigned char *data, size_t len)
{
	static unsigned char buf[RECORD_MAX];
	static struct ledger_customer customer;
	static struct ledger_merchant merchant;
	static struct ledger_order order;
	static struct entry entry;
	struct credential_texts texts;
	struct till_credential credential;
	struct till_failures failures;
	struct order_row row;
	struct account account;
	struct counter counter;
	struct till_bytes head;
	struct record_out out = { 0 };
	struct book book;
	int64_t number;
	int r = -1;

	switch (kind % 11) {
	case 0:
		r = entry_read(data, len, &entry);
		if (r == 0)
			entry_write(&out, buf, &entry);
		break;
	case 1:
		r = order_row_read(data, len, &row);
		if (r == 0)
			order_row_write(&out, buf, &row);
		break;
	case 2:
		r = evidence_read(data, len, &order, &head);
		if (r == 0)
			evidence_write(&out, buf, &order, &head);
		break;
	case 3:
		r = account_read(data, len, &account);
		if (r == 0)
			account_write(&out, buf, &account);
		break;
	case 4:
		r = counter_read(data, len, &counter);
		if (r == 0)
			counter_write(&out, buf, &counter);
		break;
	case 5:
		r = book_read(data, len, &book);
		if (r == 0)
			book_write(&out, buf, &book);
		break;
	case 6:
		r = customer_read(data, len, &customer);
		if (r == 0)
			customer_write(&out, buf, &customer);
		break;
	case 7:
		r = merchant_read(data, len, &merchant);
		if (r == 0)
			merchant_write(&out, buf, &merchant);
		break;
	case 8:
		r = credential_read(data, len, &credential, &texts);
		if (r == 0)
			credential_write(&out, buf, &credential);
		break;
	case 9:
		r = failures_read(data, len, &failures);
		if (r == 0)
			failures_write(&out, buf, &failures);
		break;
	case 10:
		r = number_read(data, len, &number);
		if (r == 0)
			number_write(&out, buf, number);
		break;
	}
	if (r == -1)
		return;
	assert(!out.bad);
	assert(out.len == len);
	assert(memcmp(out.data, data, len) == 0);
}
