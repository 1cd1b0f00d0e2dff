/*
 * test_ledger_record.c - every record comes back as it went, and none
 * that is cut, longer or of another version is taken.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ledger/internal.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Any record, as a writer fills and a reader gets it. */
union any {
	struct entry entry;
	struct order_row row;
	struct ledger_order order;
	struct account account;
	struct counter counter;
	struct book book;
	struct ledger_customer customer;
	struct ledger_merchant merchant;
	struct till_credential credential;
	struct till_failures failures;
	int64_t number;
	struct ledger_reversal reversal;
	struct ledger_allowance allowance;
};

struct codec {
	const char *name;
	size_t size;
	void (*fill)(union any *);
	void (*write)(struct record_out *, void *, const union any *);
	int (*read)(const void *, size_t, union any *);
};

static unsigned char hash[32];
static struct credential_texts texts;

static void
fill_text(char *buf, size_t size)
{
	memset(buf, 'x', size - 1);
	buf[size - 1] = '\0';
}

#define FILL(text) fill_text((text), sizeof(text))

static void
fill_entry(union any *any)
{
	struct entry *entry = &any->entry;
	uint32_t i;

	entry->serial = 0x0102030405060708;
	entry->kind = ENTRY_REFUND;
	entry->time_ms = -1;
	memset(entry->previous, 0xa5, sizeof(entry->previous));
	FILL(entry->merchant);
	FILL(entry->customer);
	FILL(entry->jti);
	FILL(entry->th);
	entry->amount.micro = INT64_MIN;
	memcpy(entry->amount.currency, "EUR", 4);
	FILL(entry->via);
	FILL(entry->reference);
	FILL(entry->book_id);
	FILL(entry->note);
	FILL(entry->actor);
	entry->original = UINT64_MAX;
	entry->merchant_previous = 1;
	entry->customer_previous = 2;
	entry->postings_len = TILL_POSTINGS_MAX;
	for (i = 0; i < TILL_POSTINGS_MAX; i++) {
		FILL(entry->postings[i].account);
		entry->postings[i].amount.micro = INT64_MAX - i;
		memcpy(entry->postings[i].amount.currency, "JPY", 4);
		entry->postings[i].condition = TILL_ALWAYS;
	}
	/* Of its record, so it is there when it is read. */
	memcpy(entry->hash, hash, sizeof(hash));
}

static void
fill_row(union any *any)
{
	any->row.state = ORDER_REFUNDED;
	any->row.kind = TILL_KIND_BASKET;
	FILL(any->row.th);
	any->row.serial = 7;
	any->row.evidence = 8;
	any->row.time_ms = INT64_MAX;
	any->row.refunded_micro = 9;
}

static void
fill_evidence(union any *any)
{
	struct ledger_order *order = &any->order;
	uint32_t i;

	FILL(order->customer);
	order->amount.micro = 5;
	memcpy(order->amount.currency, "USD", 4);
	order->auth_time_s = 1795000000;
	order->reason = TILL_REASON_CURRENCY;
	FILL(order->code);
	FILL(order->via);
	FILL(order->instance);
	order->amr_len = TILL_AMR_MAX;
	for (i = 0; i < TILL_AMR_MAX; i++)
		FILL(order->amr[i]);
	order->auth_level = UINT32_MAX;
	memset(order->key, 1, sizeof(order->key));
	memset(order->digest, 2, sizeof(order->digest));
	order->attempt = 3;
	FILL(order->reference);
	FILL(order->decision);
	FILL(order->identity);
	FILL(order->setup);
	order->channel = CHANNEL_API;
	FILL(order->country);
	order->decided_s = 1795000001;
	order->strong_micro = INT64_MIN;
	order->strong_count = 2;
	order->unasked = true;
}

static void
fill_reversal(union any *any)
{
	struct ledger_reversal *reversal = &any->reversal;

	reversal->state = REVERSAL_DROPPED;
	reversal->refund = 0x1122334455667788;
	FILL(reversal->reason);
	FILL(reversal->original);
	FILL(reversal->id);
	memset(reversal->key, 4, sizeof(reversal->key));
	FILL(reversal->customer);
	FILL(reversal->instance);
	FILL(reversal->via);
	FILL(reversal->setup);
	FILL(reversal->identity);
	reversal->amount.micro = 5;
	memcpy(reversal->amount.currency, "USD", 4);
	reversal->created_ms = INT64_MAX;
	reversal->next_ms = 2;
	reversal->tries = UINT32_MAX;
	FILL(reversal->code);
	FILL(reversal->text);
}

static void
fill_account(union any *any)
{
	uint32_t i;

	any->account.newest = 3;
	any->account.parts_len = LEDGER_CURRENCIES_MAX;
	for (i = 0; i < LEDGER_CURRENCIES_MAX; i++) {
		memcpy(any->account.parts[i].currency, "EUR", 4);
		any->account.parts[i].balance_micro = -(int64_t)i;
		any->account.parts[i].held_micro = i;
		any->account.parts[i].serial = i;
	}
}

static void
fill_counter(union any *any)
{
	any->counter = (struct counter){ 86400, -1, INT64_MAX };
}

static void
fill_book(union any *any)
{
	any->book.serial = 3;
	memset(any->book.digest, 0x5a, sizeof(any->book.digest));
}

static void
fill_customer(union any *any)
{
	FILL(any->customer.cid);
	any->customer.status = LEDGER_SUSPENDED;
	any->customer.frozen = true;
	FILL(any->customer.name);
	FILL(any->customer.lang);
	any->customer.created_ms = 1;
	any->customer.version = 2;
}

static void
fill_merchant(union any *any)
{
	struct ledger_merchant *merchant = &any->merchant;
	uint32_t i;

	FILL(merchant->mid);
	merchant->status = LEDGER_ACTIVE;
	FILL(merchant->name);
	FILL(merchant->country);
	merchant->urls_len = LEDGER_URLS_MAX;
	for (i = 0; i < LEDGER_URLS_MAX; i++)
		FILL(merchant->urls[i]);
	merchant->keys_len = LEDGER_KEYS_MAX;
	for (i = 0; i < LEDGER_KEYS_MAX; i++) {
		FILL(merchant->keys[i].kid);
		FILL(merchant->keys[i].jwk);
		merchant->keys[i].active = i % 2 == 0;
		merchant->keys[i].added_ms = i;
	}
	merchant->version = 5;
}

static void
fill_allowance(union any *any)
{
	/* Member by member: a copy of a whole one has anything between them. */
	any->allowance.each.micro = 1;
	memcpy(any->allowance.each.currency, "JPY", sizeof("JPY"));
	any->allowance.day.micro = TILL_MICRO_LIMIT;
	memcpy(any->allowance.day.currency, "JPY", sizeof("JPY"));
	any->allowance.since_ms = INT64_MIN;
}

static void
fill_failures(union any *any)
{
	any->failures.size = sizeof(any->failures);
	any->failures.count = UINT32_MAX;
	any->failures.first_ms = 1;
	any->failures.last_ms = 2;
}

static void
fill_number(union any *any)
{
	any->number = INT64_MIN;
}

#define CODEC(kind, member)                                                    \
	static void kind##_out(struct record_out *out, void *buf,              \
	    const union any *any)                                              \
	{                                                                      \
		kind##_write(out, buf, &any->member);                          \
	}                                                                      \
	static int kind##_in(const void *data, size_t len, union any *any)     \
	{                                                                      \
		return kind##_read(data, len, &any->member);                   \
	}

CODEC(order_row, row)
CODEC(account, account)
CODEC(counter, counter)
CODEC(book, book)
CODEC(customer, customer)
CODEC(merchant, merchant)
CODEC(failures, failures)
CODEC(reversal, reversal)
CODEC(allowance, allowance)

static void
entry_out(struct record_out *out, void *buf, const union any *any)
{
	entry_write(out, buf, &any->entry);
	assert_int_equal(sha256(out->data, out->len, hash), 0);
}

static int
entry_in(const void *data, size_t len, union any *any)
{
	return entry_read(data, len, &any->entry);
}

static void
evidence_out(struct record_out *out, void *buf, const union any *any)
{
	struct till_bytes head = { NULL, 0 };

	evidence_write(out, buf, &any->order, &head);
}

static int
evidence_in(const void *data, size_t len, union any *any)
{
	struct till_bytes head;

	return evidence_read(data, len, &any->order, &head);
}

static void
number_out(struct record_out *out, void *buf, const union any *any)
{
	number_write(out, buf, any->number);
}

static int
number_in(const void *data, size_t len, union any *any)
{
	return number_read(data, len, &any->number);
}

#define SIZE(member) sizeof(((union any *)NULL)->member)

static const struct codec codecs[] = {
	{ "entry", SIZE(entry), fill_entry, entry_out, entry_in },
	{ "row", SIZE(row), fill_row, order_row_out, order_row_in },
	{ "evidence", SIZE(order), fill_evidence, evidence_out, evidence_in },
	{ "account", SIZE(account), fill_account, account_out, account_in },
	{ "counter", SIZE(counter), fill_counter, counter_out, counter_in },
	{ "book", SIZE(book), fill_book, book_out, book_in },
	{ "customer", SIZE(customer), fill_customer, customer_out,
	    customer_in },
	{ "merchant", SIZE(merchant), fill_merchant, merchant_out,
	    merchant_in },
	{ "failures", SIZE(failures), fill_failures, failures_out,
	    failures_in },
	{ "reversal", SIZE(reversal), fill_reversal, reversal_out,
	    reversal_in },
	{ "allowance", SIZE(allowance), fill_allowance, allowance_out,
	    allowance_in },
	{ "number", SIZE(number), fill_number, number_out, number_in },
};

static void
every_record_comes_back_as_it_went(void **state)
{
	static union any there, back;
	static unsigned char buf[RECORD_MAX];
	struct record_out out;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(codecs); i++) {
		memset(&there, 0, sizeof(there));
		memset(&back, 0, sizeof(back));
		codecs[i].fill(&there);
		codecs[i].write(&out, buf, &there);
		assert_false(out.bad);
		if (codecs[i].fill == fill_entry)
			codecs[i].fill(&there);
		if (codecs[i].read(buf, out.len, &back) == -1)
			fail_msg("%s is not read", codecs[i].name);
		if (memcmp(&there, &back, codecs[i].size) != 0)
			fail_msg("%s comes back otherwise", codecs[i].name);
	}
}

/* Copied to memory of just that size, so that a sanitizer sees a read
 * beyond it. */
static int
read_copy(const struct codec *codec, const unsigned char *data, size_t len)
{
	static union any any;
	unsigned char *copy = malloc(len > 0 ? len : 1);
	int r;

	assert_non_null(copy);
	memcpy(copy, data, len);
	memset(&any, 0, sizeof(any));
	r = codec->read(copy, len, &any);
	free(copy);
	return r;
}

static void
a_record_that_is_cut_or_longer_is_refused(void **state)
{
	static unsigned char buf[RECORD_MAX + 1];
	static union any any;
	struct record_out out;
	size_t i, len;

	(void)state;
	for (i = 0; i < COUNT(codecs); i++) {
		memset(&any, 0, sizeof(any));
		codecs[i].fill(&any);
		codecs[i].write(&out, buf, &any);
		assert_int_equal(read_copy(&codecs[i], buf, out.len), 0);
		for (len = 0; len < out.len; len++) {
			if (read_copy(&codecs[i], buf, len) == 0)
				fail_msg("%s is taken with %zu of %zu octets",
				    codecs[i].name, len, out.len);
		}
		buf[out.len] = 0;
		if (read_copy(&codecs[i], buf, out.len + 1) == 0)
			fail_msg("%s is taken with an octet more",
			    codecs[i].name);
		buf[0]++;
		if (read_copy(&codecs[i], buf, out.len) == 0)
			fail_msg("%s of another version is taken",
			    codecs[i].name);
	}
}

/* Records of versions before do not say that nobody was asked, and those
 * before them do not name the bank identity; the first had
 * nothing of what was told to the guards; else they are the same. */
static void
older_evidence_is_read(void **state)
{
	static unsigned char buf[RECORD_MAX];
	static union any there, back;
	const size_t facts = 1 + 2 + 8 + 1 + 8 + 8, tail = 4 + 2;
	const size_t identity = 2 * (2 + LEDGER_WORD_MAX - 1);
	struct record_out out;

	(void)state;
	memset(&there, 0, sizeof(there));
	memset(&back, 0xff, sizeof(back));
	fill_evidence(&there);
	evidence_out(&out, buf, &there);
	out.len -= 1;
	memmove(buf + out.len - tail, buf + out.len - tail + 1, tail);
	buf[0] = 3;
	assert_int_equal(evidence_in(buf, out.len, &back), 0);
	assert_false(back.order.unasked);
	assert_string_equal(back.order.setup, there.order.setup);
	out.len -= identity;
	memmove(buf + out.len - tail, buf + out.len - tail + identity, tail);
	buf[0] = 2;
	assert_int_equal(evidence_in(buf, out.len, &back), 0);
	assert_int_equal(back.order.decided_s, there.order.decided_s);
	assert_string_equal(back.order.identity, "");
	assert_string_equal(back.order.setup, "");
	memmove(buf + out.len - tail - facts, buf + out.len - tail, tail);
	buf[0] = 1;
	assert_int_equal(evidence_in(buf, out.len - facts, &back), 0);
	assert_string_equal(back.order.decision, there.order.decision);
	assert_int_equal(back.order.attempt, there.order.attempt);
	assert_int_equal(back.order.channel, CHANNEL_NONE);
	assert_string_equal(back.order.country, "");
	assert_int_equal(back.order.decided_s, 0);
	assert_int_equal(back.order.strong_micro, 0);
	assert_int_equal(back.order.strong_count, 0);
	assert_int_equal(evidence_in(buf, out.len, &back), -1);
}

static void
a_credential_comes_back_as_it_went(void **state)
{
	static unsigned char buf[RECORD_MAX], data[TILL_CREDENTIAL_MAX];
	struct till_credential there = { 0 }, back;
	struct record_out out;
	size_t len;

	(void)state;
	memset(data, 0xc3, sizeof(data));
	there.id = "password";
	there.label = "at home";
	there.secret = 1;
	there.created_ms = 12;
	there.data.data = data;
	there.data.len = sizeof(data);
	credential_write(&out, buf, &there);
	assert_false(out.bad);
	assert_int_equal(credential_read(buf, out.len, &back, &texts), 0);
	assert_string_equal(back.id, there.id);
	assert_string_equal(back.label, there.label);
	assert_int_equal(back.secret, 1);
	assert_int_equal(back.created_ms, 12);
	assert_int_equal(back.data.len, sizeof(data));
	assert_memory_equal(back.data.data, data, sizeof(data));
	for (len = 0; len < out.len; len++)
		assert_int_equal(credential_read(buf, len, &back, &texts), -1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_record_comes_back_as_it_went),
		cmocka_unit_test(a_record_that_is_cut_or_longer_is_refused),
		cmocka_unit_test(older_evidence_is_read),
		cmocka_unit_test(a_credential_comes_back_as_it_went),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
