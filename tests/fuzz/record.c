/*
 * record.c - any octets are a record of the ledger or are refused, and
 * what is one is written again just as it was read; what an older version
 * wrote is written as of this one, and that just so from then on.
 *
 * The first octet says which record.
 */
#include <assert.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "ledger/internal.h"
#include "support/unhex.h"

#define KINDS 17

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);
static void look(unsigned int, const unsigned char *, size_t);
static bool copy(unsigned int, const unsigned char *, size_t,
    struct record_out *, unsigned char *);
static int copy_money(unsigned int, const unsigned char *, size_t,
    struct record_out *, unsigned char *);
static int copy_people(unsigned int, const unsigned char *, size_t,
    struct record_out *, unsigned char *);
static int copy_events(unsigned int, const unsigned char *, size_t,
    struct record_out *, unsigned char *);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	unsigned char *octets, *record;
	size_t len;

	octets = unhex(data, size, &len);
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

static void
look(unsigned int kind, const unsigned char *data, size_t len)
{
	static unsigned char first[RECORD_MAX], second[RECORD_MAX];
	struct record_out out, again;

	kind %= KINDS;
	if (!copy(kind, data, len, &out, first))
		return;
	if (out.data[0] > data[0]) {
		assert(copy(kind, out.data, out.len, &again, second));
		data = again.data;
		len = again.len;
	}
	assert(out.len == len);
	assert(memcmp(out.data, data, len) == 0);
}

/* Read it and write it again; false if it is refused. */
static bool
copy(unsigned int kind, const unsigned char *data, size_t len,
    struct record_out *out, unsigned char *buf)
{
	int r;

	memset(out, 0, sizeof(*out));
	r = copy_money(kind, data, len, out, buf);
	if (r == -1)
		r = copy_people(kind, data, len, out, buf);
	if (r == -1)
		r = copy_events(kind, data, len, out, buf);
	if (r == -1)
		return false;
	assert(!out->bad);
	return true;
}

/* Each of these: -1 if it is refused or is none of theirs. */
static int
copy_money(unsigned int kind, const unsigned char *data, size_t len,
    struct record_out *out, unsigned char *buf)
{
	static struct ledger_order order;
	static struct entry entry;
	struct order_row row;
	struct account account;
	struct counter counter;
	struct till_bytes head;
	struct book book;

	switch (kind) {
	case 0:
		if (entry_read(data, len, &entry) == -1)
			return -1;
		entry_write(out, buf, &entry);
		return 0;
	case 1:
		if (order_row_read(data, len, &row) == -1)
			return -1;
		order_row_write(out, buf, &row);
		return 0;
	case 2:
		if (evidence_read(data, len, &order, &head) == -1)
			return -1;
		evidence_write(out, buf, &order, &head);
		return 0;
	case 3:
		if (account_read(data, len, &account) == -1)
			return -1;
		account_write(out, buf, &account);
		return 0;
	case 4:
		if (counter_read(data, len, &counter) == -1)
			return -1;
		counter_write(out, buf, &counter);
		return 0;
	case 5:
		if (book_read(data, len, &book) == -1)
			return -1;
		book_write(out, buf, &book);
		return 0;
	}
	return -1;
}

static int
copy_people(unsigned int kind, const unsigned char *data, size_t len,
    struct record_out *out, unsigned char *buf)
{
	static struct ledger_customer customer;
	static struct ledger_merchant merchant;
	struct credential_texts texts;
	struct till_credential credential;
	struct ledger_allowance allowance;
	struct till_failures failures;
	int64_t number;

	switch (kind) {
	case 6:
		if (customer_read(data, len, &customer) == -1)
			return -1;
		customer_write(out, buf, &customer);
		return 0;
	case 7:
		if (merchant_read(data, len, &merchant) == -1)
			return -1;
		merchant_write(out, buf, &merchant);
		return 0;
	case 8:
		if (credential_read(data, len, &credential, &texts) == -1)
			return -1;
		credential_write(out, buf, &credential);
		return 0;
	case 9:
		if (failures_read(data, len, &failures) == -1)
			return -1;
		failures_write(out, buf, &failures);
		return 0;
	case 16:
		if (allowance_read(data, len, &allowance) == -1)
			return -1;
		allowance_write(out, buf, &allowance);
		return 0;
	case 10:
		if (number_read(data, len, &number) == -1)
			return -1;
		number_write(out, buf, number);
		return 0;
	}
	return -1;
}

static int
copy_events(unsigned int kind, const unsigned char *data, size_t len,
    struct record_out *out, unsigned char *buf)
{
	static struct ledger_event event;
	struct ledger_reversal reversal;
	char mid[TILL_ID_MAX], jti[TILL_JTI_MAX];
	struct waiting waiting;
	struct line line;

	switch (kind) {
	case 11:
		if (event_read(data, len, &event) == -1)
			return -1;
		event_write(out, buf, &event);
		return 0;
	case 12:
		if (waiting_read(data, len, &waiting) == -1)
			return -1;
		waiting_write(out, buf, &waiting);
		return 0;
	case 13:
		/* An untallied line that nothing waits for is no more one. */
		if (line_read(data, len, &line) == -1)
			return -1;
		line_write(out, buf, &line);
		return 0;
	case 14:
		if (reversal_read(data, len, &reversal) == -1)
			return -1;
		reversal_write(out, buf, &reversal);
		return 0;
	case 15:
		if (pair_read(data, len, mid, jti) == -1)
			return -1;
		pair_write(out, buf, mid, jti);
		return 0;
	}
	return -1;
}
