/*
 * test_ticket.c - a ticket says what the merchant meant, or nothing.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <till/ticket.h>

#include "support/token.h"

#define LEN(array) (sizeof(array) / sizeof((array)[0]))
#define X8 "xxxxxxxx"
#define X64 X8 X8 X8 X8 X8 X8 X8 X8
#define X256 X64 X64 X64 X64

static struct till_error err;
static struct till_key *key;

static int
setup(void **state)
{
	(void)state;
	key = test_key(TILL_ALG_ES256);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	till_key_free(key);
	return 0;
}

static const struct till_vat vat[] = { { 5500000, 2610 }, { 0, 0 },
	{ 100000000, 1 } };
static const struct till_item items[] = {
	{ "a", "Song \"A\" \\ B", NULL, 3, 15000 },
	{ "b",
	    "B\xc3\xbc"
	    "cher",
	    "https://shop.example/b", 1, 5000 },
	{ "c", "A gift", NULL, 1000000, 0 },
};

static struct till_ticket
basket(void)
{
	struct till_ticket ticket = test_ticket();

	ticket.kind = TILL_KIND_BASKET;
	ticket.items = items;
	ticket.items_len = LEN(items);
	ticket.vat = vat;
	ticket.vat_len = LEN(vat);
	ticket.cid = "alice";
	ticket.cancel = "https://shop.example/cancel";
	ticket.lang = "de-CH-1996";
	ticket.ship = "To the station, platform 9\xc2\xbe";
	return ticket;
}

static void
assert_same_text(const char *a, const char *b)
{
	assert_int_equal(a == NULL, b == NULL);
	if (a != NULL)
		assert_string_equal(a, b);
}

static void
assert_same_lists(const struct till_ticket *a, const struct till_ticket *b)
{
	size_t i;

	assert_int_equal(a->vat_len, b->vat_len);
	for (i = 0; i < a->vat_len; i++) {
		assert_true(a->vat[i].rate_micro == b->vat[i].rate_micro);
		assert_true(a->vat[i].amount_micro == b->vat[i].amount_micro);
	}
	assert_int_equal(a->items_len, b->items_len);
	for (i = 0; i < a->items_len; i++) {
		assert_string_equal(a->items[i].oid, b->items[i].oid);
		assert_string_equal(a->items[i].desc, b->items[i].desc);
		assert_same_text(a->items[i].url, b->items[i].url);
		assert_int_equal(a->items[i].qty, b->items[i].qty);
		assert_true(a->items[i].price_micro == b->items[i].price_micro);
	}
}

static void
assert_same(const struct till_ticket *a, const struct till_ticket *b)
{
	assert_string_equal(a->iss, b->iss);
	assert_string_equal(a->aud, b->aud);
	assert_string_equal(a->jti, b->jti);
	assert_true(a->iat == b->iat);
	assert_true(a->exp == b->exp);
	assert_int_equal(a->kind, b->kind);
	assert_string_equal(a->oid, b->oid);
	assert_string_equal(a->desc, b->desc);
	assert_same_text(a->cid, b->cid);
	assert_true(a->amount.micro == b->amount.micro);
	assert_string_equal(a->amount.currency, b->amount.currency);
	assert_string_equal(a->ret, b->ret);
	assert_same_text(a->cancel, b->cancel);
	assert_same_text(a->lang, b->lang);
	assert_same_text(a->ship, b->ship);
	assert_string_equal(a->th, b->th);
	assert_same_lists(a, b);
}

static void
round_trip(struct till_ticket ticket)
{
	struct till_ticket *opened = NULL;
	char *token = NULL;

	if (till_ticket_sign(&ticket, key, &token, &err) == -1)
		fail_msg("%s", err.text);
	assert_int_equal(strlen(ticket.th), TILL_TH_MAX - 1);
	assert_int_equal(till_ticket_form(token, strlen(token), &err), 0);
	if (till_ticket_open(token, strlen(token), test_only_key, key, &opened,
		&err) == -1)
		fail_msg("%s", err.text);
	assert_same(&ticket, opened);
	till_ticket_free(opened);
	free(token);
}

static void
every_claim_comes_back_as_it_was(void **state)
{
	struct till_ticket identity = test_ticket();

	(void)state;
	round_trip(test_ticket());
	round_trip(basket());
	identity.kind = TILL_KIND_IDENTITY;
	identity.amount.micro = 0;
	round_trip(identity);
	till_ticket_free(NULL);
}

static void
the_largest_lists_come_back_whole(void **state)
{
	struct till_item many[TILL_ITEMS_MAX];
	struct till_vat rates[TILL_VAT_MAX];
	struct till_ticket ticket = basket();
	size_t i;

	(void)state;
	for (i = 0; i < LEN(many); i++)
		many[i] = (struct till_item){ "o", "d", NULL, TILL_QTY_MAX,
			(int64_t)(i + 1) };
	for (i = 0; i < LEN(rates); i++)
		rates[i] = (struct till_vat){ (int64_t)i, TILL_MICRO_LIMIT };
	ticket.items = many;
	ticket.items_len = LEN(many);
	ticket.vat = rates;
	ticket.vat_len = LEN(rates);
	ticket.amount.micro = INT64_C(64) * 65 / 2 * TILL_QTY_MAX;
	round_trip(ticket);
}

static void
what_does_not_fit_into_8192_octets_is_not_signed(void **state)
{
	struct till_item many[TILL_ITEMS_MAX];
	struct till_ticket ticket = basket();
	char *token = NULL;
	size_t i;

	(void)state;
	for (i = 0; i < LEN(many); i++)
		many[i] = (struct till_item){ X256, X256, NULL, 1, 1 };
	ticket.items = many;
	ticket.items_len = LEN(many);
	ticket.amount.micro = TILL_ITEMS_MAX;
	assert_int_equal(till_ticket_sign(&ticket, key, &token, &err), -1);
	assert_non_null(strstr(err.text, "at most 8192"));
	assert_null(token);
}

static void
flipping_any_bit_of_a_ticket_refuses_it(void **state)
{
	struct till_ticket ticket = test_ticket(), *opened = NULL;
	char *token = NULL;
	size_t at, len;
	int bit;

	(void)state;
	assert_int_equal(till_ticket_sign(&ticket, key, &token, &err), 0);
	len = strlen(token);
	for (at = 0; at < len; at++) {
		for (bit = 0; bit < 8; bit++) {
			token[at] = (char)(token[at] ^ (1 << bit));
			assert_int_equal(till_ticket_open(token, len,
					     test_only_key, key, &opened, &err),
			    -1);
			token[at] = (char)(token[at] ^ (1 << bit));
		}
	}
	assert_null(opened);
	free(token);
}

/* One wrong thing each, by the name that must stand first. */
static const struct {
	const char *why;
	struct till_ticket with;
} wrongs[] = {
	{ "iss: must be", { .iss = "Shop" } },
	{ "aud: must be", { .aud = "pay.example" } },
	{ "aud: must be", { .aud = "http://pay.example" } },
	{ "aud: has at most 256", { .aud = "https://pay.example/" X256 } },
	{ "jti: must be", { .jti = "a b" } },
	{ "jti: must be", { .jti = X64 "x" } },
	{ "iat: must be", { .iat = -1 } },
	{ "exp: must be", { .exp = -1 } },
	{ "exp: must be", { .exp = INT64_MAX } },
	{ "exp: must be after", { .exp = TEST_NOW - 10 } },
	{ "exp: must be after", { .exp = 1 } },
	{ "kind: must be", { .kind = (enum till_kind)9 } },
	{ "oid: must be text", { .oid = "" } },
	{ "oid: must be text", { .oid = "a\nb" } },
	{ "desc: must be text", { .desc = "\xe2\x80\xae" } },
	{ "desc: must be text", { .desc = "\xff" } },
	{ "desc: has at most 256", { .desc = X256 "x" } },
	{ "cid: must be", { .cid = "Alice" } },
	{ "amount: is out of bounds", { .amount = { -1, "EUR" } } },
	{ "amount: is out of bounds",
	    { .amount = { TILL_MICRO_LIMIT + 1, "EUR" } } },
	{ "amount: must not be zero", { .amount = { 0, "EUR" } } },
	{ "currency: must be", { .amount = { 1, "XAU" } } },
	{ "currency: must be", { .amount = { 1, { 'E', 'U', 'R', 'O' } } } },
	{ "amount: must be zero", { .kind = TILL_KIND_IDENTITY } },
	{ "items: only a basket", { .items = items, .items_len = 1 } },
	{ "items: must be a list", { .kind = TILL_KIND_BASKET } },
	{ "items: the sum is not",
	    { .kind = TILL_KIND_BASKET,
		.items = items,
		.items_len = 2,
		.amount = { 49999, "EUR" } } },
	{ "ret: must be", { .ret = "javascript:alert(1)" } },
	{ "ret: must be", { .ret = "http://shop.example/" } },
	{ "ret: has at most 1024",
	    { .ret = "https://s.example/" X256 X256 X256 X256 } },
	{ "cancel: must be", { .cancel = "https://shop.example/#x" } },
	{ "lang: must be", { .lang = "" } },
	{ "lang: must be", { .lang = "en_GB" } },
	{ "lang: must be", { .lang = "en-" } },
	{ "lang: must be", { .lang = "1-a" } },
	{ "lang: must be", { .lang = "xxxxxxxxx" } },
	{ "lang: must be",
	    { .lang = "a-b-c-d-e-f-g-h-i-j-k-l-m-n-o-p-q-r-s" } },
	{ "ship: must be text", { .ship = "a\x7f" } },
	{ "vat: must be a list", { .vat = vat, .vat_len = TILL_VAT_MAX + 1 } },
};

#define TAKE(member)                                                           \
	if (with->member != 0)                                                 \
	ticket.member = with->member

static struct till_ticket
changed(const struct till_ticket *with)
{
	struct till_ticket ticket = test_ticket();

	TAKE(iss);
	TAKE(aud);
	TAKE(jti);
	TAKE(iat);
	TAKE(exp);
	TAKE(kind);
	TAKE(oid);
	TAKE(desc);
	TAKE(cid);
	TAKE(vat);
	TAKE(vat_len);
	TAKE(items);
	TAKE(items_len);
	TAKE(ret);
	TAKE(cancel);
	TAKE(lang);
	TAKE(ship);
	if (with->amount.currency[0] != '\0')
		ticket.amount = with->amount;
	return ticket;
}

static void
wrong_claims_are_not_signed_and_the_claim_is_named(void **state)
{
	struct till_ticket ticket;
	char *token = NULL;
	size_t i;

	(void)state;
	for (i = 0; i < LEN(wrongs); i++) {
		ticket = changed(&wrongs[i].with);
		if (till_ticket_sign(&ticket, key, &token, &err) == 0 ||
		    strncmp(err.text, wrongs[i].why, strlen(wrongs[i].why)) !=
			0)
			fail_msg("row %zu, %s: %s", i, wrongs[i].why, err.text);
	}
	assert_null(token);
}

static void
a_missing_claim_is_not_signed(void **state)
{
	struct till_ticket ticket;
	char *token = NULL;
	size_t i;
	const char **members[] = { &ticket.iss, &ticket.aud, &ticket.jti,
		&ticket.oid, &ticket.desc, &ticket.ret };

	(void)state;
	for (i = 0; i < LEN(members); i++) {
		ticket = test_ticket();
		*members[i] = NULL;
		assert_int_equal(till_ticket_sign(&ticket, key, &token, &err),
		    -1);
		assert_non_null(strstr(err.text, ": is missing"));
	}
}

static void
wrong_items_and_rates_are_not_signed(void **state)
{
	static const struct {
		struct till_item item;
		const char *why;
	} rows[] = {
		{ { "", "d", NULL, 1, 50000 }, "items: oid" },
		{ { NULL, "d", NULL, 1, 50000 }, "items: oid" },
		{ { "o", "\x01", NULL, 1, 50000 }, "items: desc" },
		{ { "o", "d", "ftp://x", 1, 50000 }, "items: url" },
		{ { "o", "d", "https://x.example/" X256, 1, 50000 },
		    "items: url: has at most 256" },
		{ { "o", "d", NULL, 0, 50000 }, "items: qty" },
		{ { "o", "d", NULL, TILL_QTY_MAX + 1, 50000 }, "items: qty" },
		{ { "o", "d", NULL, 1, -1 }, "items: price" },
		{ { "o", "d", NULL, 1, TILL_MICRO_LIMIT + 1 }, "items: price" },
		{ { "o", "d", NULL, 10, TILL_MICRO_LIMIT }, "items: the sum" },
		{ { "o", "d", NULL, 2, 50000 }, "items: the sum is not" },
	};
	static const struct till_vat rates[] = { { -1, 0 }, { 100000001, 0 },
		{ 0, -1 }, { 0, TILL_MICRO_LIMIT + 1 } };
	struct till_ticket ticket;
	char *token = NULL;
	size_t i;

	(void)state;
	for (i = 0; i < LEN(rows); i++) {
		ticket = test_ticket();
		ticket.kind = TILL_KIND_BASKET;
		ticket.items = &rows[i].item;
		ticket.items_len = 1;
		assert_int_equal(till_ticket_sign(&ticket, key, &token, &err),
		    -1);
		if (strstr(err.text, rows[i].why) == NULL)
			fail_msg("row %zu: %s", i, err.text);
	}
	for (i = 0; i < LEN(rates); i++) {
		ticket = test_ticket();
		ticket.vat = &rates[i];
		ticket.vat_len = 1;
		assert_int_equal(till_ticket_sign(&ticket, key, &token, &err),
		    -1);
		assert_ptr_equal(strstr(err.text, "vat: "), err.text);
	}
}

/* Twenty lines that add up to the amount modulo 2^64. */
static void
a_sum_that_wraps_around_is_no_sum(void **state)
{
	struct till_item many[20];
	struct till_ticket ticket = test_ticket();
	char *token = NULL;
	uint64_t over = 20 * (uint64_t)TILL_MICRO_LIMIT - 50000, sum = 0;
	size_t i;

	(void)state;
	for (i = 0; i < LEN(many); i++) {
		many[i] = (struct till_item){ "o", "d", NULL, 1,
			over < TILL_MICRO_LIMIT
			    ? TILL_MICRO_LIMIT - (int64_t)over
			    : 0 };
		over -= (uint64_t)(TILL_MICRO_LIMIT - many[i].price_micro);
		sum += (uint64_t)many[i].price_micro;
	}
	assert_true(sum == 50000);
	ticket.kind = TILL_KIND_BASKET;
	ticket.items = many;
	ticket.items_len = LEN(many);
	assert_int_equal(till_ticket_sign(&ticket, key, &token, &err), -1);
	assert_non_null(strstr(err.text, "items: the sum is too large"));
}

static void
it_is_valid_for_its_audience_and_its_time_give_or_take_ten_seconds(void **state)
{
	static const struct {
		const char *aud;
		int64_t now, lifetime;
		enum till_validity want;
	} rows[] = {
		{ TEST_ISSUER, TEST_NOW, 3600, TILL_VALID },
		{ TEST_ISSUER, TEST_NOW, 900, TILL_VALID },
		{ TEST_ISSUER, TEST_NOW, 899, TILL_TOO_LONG },
		{ TEST_ISSUER, TEST_NOW - 20, 3600, TILL_VALID },
		{ TEST_ISSUER, TEST_NOW - 21, 3600, TILL_NOT_YET },
		{ TEST_ISSUER, 0, 3600, TILL_NOT_YET },
		{ TEST_ISSUER, TEST_NOW + 899, 3600, TILL_VALID },
		{ TEST_ISSUER, TEST_NOW + 900, 3600, TILL_EXPIRED },
		{ TEST_ISSUER, TEST_NOW + 100000, 3600, TILL_EXPIRED },
		{ TEST_ISSUER "/", TEST_NOW, 3600, TILL_WRONG_AUDIENCE },
		{ "https://pay.exampl", TEST_NOW, 3600, TILL_WRONG_AUDIENCE },
		{ "", TEST_NOW, 3600, TILL_WRONG_AUDIENCE },
	};
	struct till_ticket ticket = test_ticket();
	size_t i;

	(void)state;
	for (i = 0; i < LEN(rows); i++)
		assert_int_equal(till_ticket_valid(&ticket, rows[i].aud,
				     rows[i].now, rows[i].lifetime),
		    rows[i].want);
}

static void
a_kind_has_a_name(void **state)
{
	(void)state;
	assert_string_equal(till_kind_name(TILL_KIND_SINGLE), "single");
	assert_string_equal(till_kind_name(TILL_KIND_BASKET), "basket");
	assert_string_equal(till_kind_name(TILL_KIND_IDENTITY), "identity");
	assert_null(till_kind_name(TILL_KIND_NONE));
	assert_int_equal(till_kind_from_name("basket"), TILL_KIND_BASKET);
	assert_int_equal(till_kind_from_name("Basket"), TILL_KIND_NONE);
	assert_int_equal(till_kind_from_name(""), TILL_KIND_NONE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_claim_comes_back_as_it_was),
		cmocka_unit_test(the_largest_lists_come_back_whole),
		cmocka_unit_test(
		    what_does_not_fit_into_8192_octets_is_not_signed),
		cmocka_unit_test(flipping_any_bit_of_a_ticket_refuses_it),
		cmocka_unit_test(
		    wrong_claims_are_not_signed_and_the_claim_is_named),
		cmocka_unit_test(a_missing_claim_is_not_signed),
		cmocka_unit_test(wrong_items_and_rates_are_not_signed),
		cmocka_unit_test(a_sum_that_wraps_around_is_no_sum),
		cmocka_unit_test(
		    it_is_valid_for_its_audience_and_its_time_give_or_take_ten_seconds),
		cmocka_unit_test(a_kind_has_a_name),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
