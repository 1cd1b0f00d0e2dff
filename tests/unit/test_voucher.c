/*
 * test_voucher.c - a voucher answers one ticket, and a refusal never
 * passes for one.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <till/voucher.h>

#include "support/token.h"

#define LEN(array) (sizeof(array) / sizeof((array)[0]))

static struct till_error err;
static struct till_key *key, *merchant_key;
static struct till_ticket ticket;
static const struct till_vat vat[] = { { 20000000, 8333 } };

static int
setup(void **state)
{
	char *token = NULL;

	(void)state;
	key = test_key(TILL_ALG_ES256);
	merchant_key = test_key(TILL_ALG_ED25519);
	ticket = test_ticket();
	if (till_ticket_sign(&ticket, merchant_key, &token, &err) == -1)
		return -1;
	free(token);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	till_key_free(key);
	till_key_free(merchant_key);
	return 0;
}

static struct till_voucher
refusal(enum till_reason reason)
{
	struct till_voucher voucher = test_voucher(&ticket);

	voucher.type = TILL_VOUCHER_REFUSAL;
	voucher.reason = reason;
	voucher.txn = 0;
	voucher.amount = (struct till_money){ 0 };
	voucher.via = NULL;
	return voucher;
}

static struct till_voucher *
through(const struct till_voucher *voucher)
{
	struct till_voucher *opened = NULL;
	char *token = NULL;

	if (till_voucher_sign(voucher, key, &token, &err) == -1 ||
	    till_voucher_open(token, strlen(token), test_only_key, key, &opened,
		&err) == -1)
		fail_msg("%s", err.text);
	free(token);
	return opened;
}

static void
assert_same_text(const char *a, const char *b)
{
	assert_int_equal(a == NULL, b == NULL);
	if (a != NULL)
		assert_string_equal(a, b);
}

static void
assert_round_trip(const struct till_voucher *a)
{
	struct till_voucher *b = through(a);
	size_t i;

	assert_int_equal(a->type, b->type);
	assert_string_equal(a->iss, b->iss);
	assert_string_equal(a->aud, b->aud);
	assert_string_equal(a->jti, b->jti);
	assert_true(a->iat == b->iat);
	assert_true(a->exp == b->exp);
	assert_true(a->txn == b->txn);
	assert_string_equal(a->tjti, b->tjti);
	assert_string_equal(a->th, b->th);
	assert_string_equal(a->oid, b->oid);
	assert_int_equal(a->kind, b->kind);
	assert_true(a->amount.micro == b->amount.micro);
	assert_string_equal(a->amount.currency, b->amount.currency);
	assert_int_equal(a->vat_len, b->vat_len);
	for (i = 0; i < a->vat_len; i++)
		assert_true(a->vat[i].rate_micro == b->vat[i].rate_micro &&
		    a->vat[i].amount_micro == b->vat[i].amount_micro);
	assert_same_text(a->sub, b->sub);
	assert_same_text(a->cid, b->cid);
	assert_same_text(a->via, b->via);
	assert_same_text(a->chk, b->chk);
	assert_int_equal(a->amr_len, b->amr_len);
	for (i = 0; i < a->amr_len; i++)
		assert_string_equal(a->amr[i], b->amr[i]);
	assert_true(a->auth_time == b->auth_time);
	assert_int_equal(a->reason, b->reason);
	till_voucher_free(b);
}

static void
every_claim_of_a_payment_comes_back(void **state)
{
	struct till_voucher voucher = test_voucher(&ticket);
	size_t i;

	(void)state;
	assert_round_trip(&voucher);
	voucher.cid = "alice";
	voucher.vat = vat;
	voucher.vat_len = LEN(vat);
	voucher.chk = "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU";
	voucher.txn = 9007199254740991;
	voucher.amr_len = TILL_AMR_MAX;
	for (i = 0; i < TILL_AMR_MAX; i++)
		voucher.amr[i] = "otp";
	assert_round_trip(&voucher);
	voucher.amr_len = 0;
	voucher.auth_time = 0;
	assert_round_trip(&voucher);
	till_voucher_free(NULL);
}

static void
every_claim_of_an_identity_comes_back(void **state)
{
	struct till_voucher voucher = test_voucher(&ticket);

	(void)state;
	voucher.type = TILL_VOUCHER_IDENTITY;
	voucher.kind = TILL_KIND_IDENTITY;
	voucher.amount.micro = 0;
	voucher.via = NULL;
	assert_round_trip(&voucher);
}

static void
every_refusal_comes_back_with_its_reason(void **state)
{
	static const char *const names[] = { "cancelled", "expired", "funds",
		"limit", "auth", "policy", "bank", "currency" };
	struct till_voucher voucher;
	size_t i;

	(void)state;
	for (i = 0; i < LEN(names); i++) {
		voucher = refusal(till_reason_from_name(names[i]));
		assert_string_equal(till_reason_name(voucher.reason), names[i]);
		assert_round_trip(&voucher);
		voucher.sub = NULL; /* nobody said who he is */
		voucher.amr_len = 0;
		assert_round_trip(&voucher);
	}
	assert_null(till_reason_name(TILL_REASON_NONE));
	assert_null(till_reason_name((enum till_reason)99));
	assert_int_equal(till_reason_from_name("Funds"), TILL_REASON_NONE);
	assert_int_equal(till_reason_from_name(""), TILL_REASON_NONE);
}

/* Each row breaks one claim of the voucher on the left. */
#define ROW(member_, value_, why_)                                             \
	do {                                                                   \
		struct till_voucher broken = voucher;                          \
		char *token = NULL;                                            \
		broken.member_ = value_;                                       \
		assert_int_equal(till_voucher_sign(&broken, key, &token,       \
				     &err),                                    \
		    -1);                                                       \
		assert_null(token);                                            \
		if (strstr(err.text, why_) != err.text)                        \
			fail_msg("%s: %s", why_, err.text);                    \
	} while (0)

static void
wrong_claims_are_not_sealed(void **state)
{
	const struct till_voucher voucher = test_voucher(&ticket);

	(void)state;
	ROW(type, TILL_VOUCHER_NONE, "typ: ");
	ROW(type, (enum till_voucher_type)9, "typ: ");
	ROW(type, TILL_VOUCHER_IDENTITY, "kind: must be identity");
	ROW(type, TILL_VOUCHER_REFUSAL, "reason: ");
	ROW(iss, NULL, "iss: ");
	ROW(iss, "pay.example", "iss: ");
	ROW(aud, "Shop", "aud: ");
	ROW(jti, "", "jti: ");
	ROW(exp, voucher.iat, "exp: ");
	ROW(txn, 0, "txn: ");
	ROW(txn, 9007199254740992, "txn: ");
	ROW(tjti, NULL, "tjti: ");
	ROW(th, NULL, "th: ");
	ROW(th, "abc", "th: ");
	ROW(th, "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuF=", "th: ");
	ROW(th, "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFUA", "th: ");
	ROW(oid, "", "oid: ");
	ROW(kind, TILL_KIND_NONE, "kind: ");
	ROW(kind, TILL_KIND_IDENTITY, "kind: ");
	ROW(amount.micro, 0, "amount: ");
	ROW(amount.micro, -1, "amount: ");
	ROW(amount.currency[0], 'Z', "currency: ");
	ROW(vat_len, TILL_VAT_MAX + 1, "vat: ");
	ROW(sub, NULL, "sub: ");
	ROW(sub, "a\nb", "sub: ");
	ROW(cid, "A", "cid: ");
	ROW(via, NULL, "via: ");
	ROW(via, "", "via: ");
	ROW(amr_len, TILL_AMR_MAX + 1, "amr: ");
	ROW(amr[0], "a b", "amr: ");
	ROW(amr[0], NULL, "amr: ");
	ROW(auth_time, -1, "auth_time: ");
	ROW(chk, "", "chk: ");
	ROW(reason, TILL_REASON_FUNDS, "reason: ");
}

static void
a_refusal_bears_no_sign_of_a_payment(void **state)
{
	const struct till_voucher voucher = refusal(TILL_REASON_FUNDS);

	(void)state;
	ROW(txn, 1, "txn: ");
	ROW(via, "wallet", "via: ");
	ROW(vat_len, 1, "vat: ");
	ROW(reason, TILL_REASON_NONE, "reason: ");
	ROW(reason, (enum till_reason)99, "reason: ");
}

static void
an_identity_voucher_is_for_an_identity_ticket_only(void **state)
{
	struct till_voucher voucher = test_voucher(&ticket);

	(void)state;
	voucher.type = TILL_VOUCHER_IDENTITY;
	voucher.kind = TILL_KIND_IDENTITY;
	voucher.via = NULL;
	voucher.amount.micro = 0;
	ROW(kind, TILL_KIND_SINGLE, "kind: ");
	ROW(amount.micro, 1, "amount: ");
	ROW(via, "wallet", "via: ");
}

#define BASE                                                                   \
	"\"iss\":\"https://pay.example\",\"aud\":\"shop\",\"jti\":\"v\","      \
	"\"iat\":1,\"exp\":2,\"tjti\":\"t\","                                  \
	"\"th\":\"47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU\","              \
	"\"oid\":\"o\",\"kind\":\"single\",\"sub\":\"s\""
#define MONEY "\"amount\":\"1\",\"currency\":\"EUR\",\"via\":\"wallet\""
#define PAID "till-voucher+jwt"
#define REFUSAL "till-refusal+jwt"

static void
what_no_payment_server_writes_is_not_read(void **state)
{
	static const struct {
		const char *typ, *payload, *why;
	} rows[] = {
		{ PAID, "{" BASE "," MONEY ",\"txn\":1}", NULL },
		{ PAID, "{" BASE "," MONEY ",\"txn\":1,\"more\":[{}]}", NULL },
		{ REFUSAL, "{" BASE ",\"reason\":\"funds\"}", NULL },
		{ PAID, "{" BASE "," MONEY "}", "txn: is missing" },
		{ PAID, "{" BASE "," MONEY ",\"txn\":\"1\"}", "txn: must be" },
		{ PAID, "{" BASE "," MONEY ",\"txn\":1.0}", "txn: must be" },
		{ PAID, "{" BASE "," MONEY ",\"txn\":0}", "txn: must be" },
		{ PAID, "{" BASE "," MONEY ",\"txn\":-1}", "txn: must be" },
		{ PAID, "{" BASE "," MONEY ",\"txn\":true}", "txn: must be" },
		{ PAID, "{" BASE "," MONEY ",\"txn\":9007199254740992}",
		    "txn: must be" },
		{ PAID, "{" BASE "," MONEY ",\"txn\":1,\"txn\":2}", "twice" },
		{ PAID, "{" BASE "," MONEY ",\"txn\":1,\"reason\":\"funds\"}",
		    "reason: only a refusal" },
		{ PAID, "{" BASE ",\"txn\":1}", "amount: is missing" },
		{ PAID, "{" BASE "," MONEY ",\"txn\":1,\"amr\":\"pwd\"}",
		    "amr: must be a list" },
		{ PAID, "{" BASE "," MONEY ",\"txn\":1,\"amr\":[]}",
		    "amr: must be a list" },
		{ PAID, "{" BASE "," MONEY ",\"txn\":1,\"amr\":[1]}",
		    "amr: must be a string" },
		{ PAID,
		    "{" BASE "," MONEY ",\"txn\":1,\"amr\":[\"a\",\"a\",\"a\","
		    "\"a\",\"a\",\"a\",\"a\",\"a\",\"a\"]}",
		    "amr: must be a list" },
		{ PAID, "{" BASE "," MONEY ",\"txn\":1,\"auth_time\":\"1\"}",
		    "auth_time: must be" },
		{ REFUSAL, "{" BASE "}", "reason: is missing" },
		{ REFUSAL, "{" BASE ",\"reason\":\"because\"}",
		    "reason: must be one" },
		{ REFUSAL, "{" BASE ",\"reason\":\"funds\",\"txn\":1}",
		    "txn: a refusal has none" },
		{ REFUSAL, "{" BASE "," MONEY ",\"reason\":\"funds\"}",
		    "amount: a refusal has none" },
		{ "till-id-voucher+jwt", "{" BASE "," MONEY ",\"txn\":1}",
		    "kind: must be identity" },
		{ "till-ticket+jwt", "{" BASE "," MONEY ",\"txn\":1}",
		    "typ: is not" },
	};
	struct till_voucher *opened;
	char *token;
	size_t i;
	int r;

	(void)state;
	for (i = 0; i < LEN(rows); i++) {
		opened = NULL;
		token = test_token_typ(key, rows[i].typ, rows[i].payload);
		r = till_voucher_open(token, strlen(token), test_only_key, key,
		    &opened, &err);
		if ((r == 0) != (rows[i].why == NULL) ||
		    (r == -1 && strstr(err.text, rows[i].why) == NULL))
			fail_msg("%s: %s", rows[i].payload, err.text);
		till_voucher_free(opened);
		free(token);
	}
}

static void
assert_not_for_ticket(const struct till_voucher *voucher, const char *iss,
    int64_t now, const char *why)
{
	assert_int_equal(till_voucher_check(voucher, &ticket, iss, now, &err),
	    -1);
	if (strstr(err.text, why) == NULL)
		fail_msg("%s: %s", why, err.text);
}

#define CHECK(member_, value_, why_)                                           \
	do {                                                                   \
		struct till_voucher other = test_voucher(&ticket);             \
		other.member_ = value_;                                        \
		assert_not_for_ticket(&other, TEST_ISSUER, TEST_NOW, why_);    \
	} while (0)

static void
a_merchant_takes_only_the_answer_to_its_own_ticket(void **state)
{
	struct till_voucher voucher = test_voucher(&ticket);

	(void)state;
	assert_int_equal(till_voucher_check(&voucher, &ticket, TEST_ISSUER,
			     TEST_NOW, &err),
	    0);
	CHECK(type, TILL_VOUCHER_IDENTITY, "typ: ");
	CHECK(type, TILL_VOUCHER_NONE, "typ: ");
	CHECK(iss, "https://evil.example", "iss: ");
	CHECK(aud, "shop-2", "aud: ");
	CHECK(tjti, "2026-000002", "tjti: ");
	CHECK(th, "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU", "th: ");
	CHECK(oid, "song-18", "oid: ");
	CHECK(kind, TILL_KIND_BASKET, "kind: ");
	CHECK(amount.micro, 49999, "amount: ");
	CHECK(amount.micro, 50001, "amount: ");
	CHECK(amount.currency[2], 'S', "currency: ");
	CHECK(cid, "alice", "cid: ");
	ticket.cid = "bob";
	assert_not_for_ticket(&voucher, TEST_ISSUER, TEST_NOW, "cid: ");
	voucher.cid = "bob";
	assert_int_equal(till_voucher_check(&voucher, &ticket, TEST_ISSUER,
			     TEST_NOW, &err),
	    0);
	ticket.cid = NULL;
}

static void
a_voucher_lasts_a_minute_give_or_take_ten_seconds(void **state)
{
	struct till_voucher voucher = test_voucher(&ticket);
	const int64_t last = TEST_NOW + TILL_VOUCHER_LIFETIME + 9;

	(void)state;
	assert_int_equal(till_voucher_check(&voucher, &ticket, TEST_ISSUER,
			     last, &err),
	    0);
	assert_not_for_ticket(&voucher, TEST_ISSUER, last + 1, "exp: ");
	assert_int_equal(till_voucher_check(&voucher, &ticket, TEST_ISSUER,
			     TEST_NOW - 10, &err),
	    0);
	assert_not_for_ticket(&voucher, TEST_ISSUER, TEST_NOW - 11, "iat: ");
}

static void
a_refusal_never_passes(void **state)
{
	struct till_voucher voucher = refusal(TILL_REASON_FUNDS);

	(void)state;
	assert_not_for_ticket(&voucher, TEST_ISSUER, TEST_NOW,
	    "this is a refusal, because of funds");
	voucher.amount = ticket.amount;
	voucher.txn = 1;
	assert_not_for_ticket(&voucher, TEST_ISSUER, TEST_NOW, "refusal");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_claim_of_a_payment_comes_back),
		cmocka_unit_test(every_claim_of_an_identity_comes_back),
		cmocka_unit_test(every_refusal_comes_back_with_its_reason),
		cmocka_unit_test(wrong_claims_are_not_sealed),
		cmocka_unit_test(a_refusal_bears_no_sign_of_a_payment),
		cmocka_unit_test(
		    an_identity_voucher_is_for_an_identity_ticket_only),
		cmocka_unit_test(what_no_payment_server_writes_is_not_read),
		cmocka_unit_test(
		    a_merchant_takes_only_the_answer_to_its_own_ticket),
		cmocka_unit_test(
		    a_voucher_lasts_a_minute_give_or_take_ten_seconds),
		cmocka_unit_test(a_refusal_never_passes),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
