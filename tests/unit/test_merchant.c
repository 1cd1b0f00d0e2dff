/*
 * test_merchant.c - what a merchant's server does with libtill.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <till/merchant.h>

#include "support/token.h"

#define LEN(array) (sizeof(array) / sizeof((array)[0]))

static struct till_error err;
static struct till_key *server_key;
static struct till_merchant *merchant;
static char *pem, *keyset;

static void
make_keyset(void)
{
	char *jwk = NULL;
	size_t size;

	assert_int_equal(till_key_jwk(server_key, &jwk, &err), 0);
	size = strlen(jwk) + 16;
	keyset = malloc(size);
	assert_non_null(keyset);
	(void)snprintf(keyset, size, "{\"keys\":[%s]}", jwk);
	free(jwk);
}

static struct till_merchant_options
options(void)
{
	return (struct till_merchant_options){ .issuer = TEST_ISSUER,
		.id = TEST_MERCHANT,
		.key = pem,
		.key_len = strlen(pem),
		.keyset = keyset,
		.keyset_len = strlen(keyset) };
}

static int
setup(void **state)
{
	struct till_key *key = test_key(TILL_ALG_ES256);
	struct till_merchant_options opt;

	(void)state;
	server_key = test_key(TILL_ALG_ED25519);
	make_keyset();
	if (till_key_pem(key, &pem, &err) == -1)
		return -1;
	till_key_free(key);
	opt = options();
	return till_merchant_open(&opt, &merchant, &err);
}

static int
teardown(void **state)
{
	(void)state;
	till_merchant_free(merchant);
	till_merchant_free(NULL);
	till_key_free(server_key);
	till_key_pem_free(pem);
	free(keyset);
	return 0;
}

static struct till_ticket
goods(void)
{
	return (struct till_ticket){ .kind = TILL_KIND_SINGLE,
		.oid = "song-17",
		.desc = "One song",
		.amount = { 50000, "EUR" },
		.ret = "https://shop.example/voucher" };
}

/* A ticket in *token_r, and the voucher that pays it. */
static struct till_voucher
sell(struct till_ticket *ticket, char **token_r)
{
	static char jti[TILL_JTI_MAX];

	jti[0] = '\0';
	*ticket = goods();
	if (till_merchant_ticket(merchant, ticket, TEST_NOW, jti, token_r,
		&err) == -1)
		fail_msg("%s", err.text);
	return test_voucher(ticket);
}

static enum till_merchant_answer
answer_to(const char *ticket_token, const struct till_voucher *voucher,
    const struct till_key *key, int64_t now, struct till_voucher **opened_r)
{
	enum till_merchant_answer answer;
	char *token = NULL;

	if (till_voucher_sign(voucher, key, &token, &err) == -1)
		fail_msg("%s", err.text);
	answer = till_merchant_check(merchant, ticket_token, token, now,
	    opened_r, &err);
	free(token);
	return answer;
}

static void
a_ticket_is_completed_and_signed(void **state)
{
	struct till_ticket ticket, *opened = NULL;
	char *token = NULL;
	struct till_key *own = test_public(till_merchant_key(merchant));

	(void)state;
	(void)sell(&ticket, &token);
	assert_int_equal(till_ticket_open(token, strlen(token), test_only_key,
			     own, &opened, &err),
	    0);
	assert_string_equal(opened->iss, TEST_MERCHANT);
	assert_string_equal(opened->aud, TEST_ISSUER);
	assert_int_equal(strlen(opened->jti), 32);
	assert_true(opened->iat == TEST_NOW);
	assert_true(opened->exp == TEST_NOW + TILL_MERCHANT_LIFETIME);
	assert_string_equal(opened->th, ticket.th);
	assert_int_equal(till_ticket_valid(opened, TEST_ISSUER, TEST_NOW,
			     TILL_LIFETIME_MAX),
	    TILL_VALID);
	till_ticket_free(opened);
	till_key_free(own);
	free(token);
}

static void
a_random_jti_never_comes_twice_and_an_own_one_is_kept(void **state)
{
	char first[TILL_JTI_MAX] = "", second[TILL_JTI_MAX] = "";
	char own[TILL_JTI_MAX] = "2026-17";
	struct till_ticket ticket = goods();
	char *token = NULL;

	(void)state;
	assert_int_equal(till_merchant_ticket(merchant, &ticket, TEST_NOW,
			     first, &token, &err),
	    0);
	free(token);
	assert_int_equal(till_merchant_ticket(merchant, &ticket, TEST_NOW,
			     second, &token, &err),
	    0);
	free(token);
	assert_string_not_equal(first, second);
	assert_int_equal(till_merchant_ticket(merchant, &ticket, TEST_NOW, own,
			     &token, &err),
	    0);
	free(token);
	assert_string_equal(ticket.jti, "2026-17");
}

static void
a_ticket_that_would_be_refused_is_not_made(void **state)
{
	char jti[TILL_JTI_MAX] = "";
	struct till_ticket ticket = goods();
	char *token = NULL;

	(void)state;
	ticket.exp = TEST_NOW + TILL_LIFETIME_MAX + 1;
	assert_int_equal(till_merchant_ticket(merchant, &ticket, TEST_NOW, jti,
			     &token, &err),
	    -1);
	assert_non_null(strstr(err.text, "exp: "));
	ticket = goods();
	ticket.ret = NULL;
	assert_int_equal(till_merchant_ticket(merchant, &ticket, TEST_NOW, jti,
			     &token, &err),
	    -1);
	assert_non_null(strstr(err.text, "ret: "));
	assert_null(token);
}

static void
the_address_to_pay_at_bears_the_ticket(void **state)
{
	struct till_ticket ticket;
	char *token = NULL, *url = NULL;

	(void)state;
	(void)sell(&ticket, &token);
	assert_int_equal(till_merchant_pay_url(merchant, token, &url, &err), 0);
	assert_ptr_equal(strstr(url, TEST_ISSUER "/pay?t="), url);
	assert_string_equal(url + strlen(TEST_ISSUER "/pay?t="), token);
	assert_true(till_text_ok(url, 8192));
	free(url);
	free(token);
	assert_int_equal(till_merchant_pay_url(merchant, "a.b&c=d", &url, &err),
	    -1);
}

static void
a_slash_behind_the_issuer_is_not_doubled(void **state)
{
	struct till_merchant_options opt = options();
	struct till_merchant *other = NULL;
	struct till_ticket ticket = goods();
	char jti[TILL_JTI_MAX] = "", *token = NULL, *url = NULL;

	(void)state;
	opt.issuer = "http://127.0.0.1:8080/till/";
	assert_int_equal(till_merchant_open(&opt, &other, &err), 0);
	assert_int_equal(till_merchant_ticket(other, &ticket, TEST_NOW, jti,
			     &token, &err),
	    0);
	assert_int_equal(till_merchant_pay_url(other, token, &url, &err), 0);
	assert_non_null(strstr(url, "8080/till/pay?t=ey"));
	free(url);
	free(token);
	till_merchant_free(other);
}

static void
a_ticket_too_long_for_a_url_must_be_pushed(void **state)
{
	struct till_item items[40];
	struct till_ticket ticket = goods();
	char jti[TILL_JTI_MAX] = "", *token = NULL, *url = NULL;
	size_t i;

	(void)state;
	for (i = 0; i < LEN(items); i++)
		items[i] = (struct till_item){ "o",
			"A description that is not very short, but fair", NULL,
			1, 1250 };
	ticket.kind = TILL_KIND_BASKET;
	ticket.items = items;
	ticket.items_len = LEN(items);
	assert_int_equal(till_merchant_ticket(merchant, &ticket, TEST_NOW, jti,
			     &token, &err),
	    0);
	assert_true(strlen(token) > TILL_TOKEN_URL_MAX);
	assert_int_equal(till_merchant_pay_url(merchant, token, &url, &err),
	    -1);
	assert_non_null(strstr(err.text, "push this one"));
	free(token);
}

static void
a_paid_ticket_is_paid(void **state)
{
	struct till_voucher voucher, *opened = NULL;
	struct till_ticket ticket;
	char *token = NULL;

	(void)state;
	voucher = sell(&ticket, &token);
	assert_int_equal(answer_to(token, &voucher, server_key, TEST_NOW,
			     &opened),
	    TILL_MERCHANT_PAID);
	assert_int_equal(opened->txn, 4711);
	till_voucher_free(opened);
	free(token);
}

static void
an_identity_ticket_tells_who_asked(void **state)
{
	struct till_voucher voucher, *opened = NULL;
	struct till_ticket ticket = goods();
	char jti[TILL_JTI_MAX] = "", *token = NULL;

	(void)state;
	ticket.kind = TILL_KIND_IDENTITY;
	ticket.amount.micro = 0;
	assert_int_equal(till_merchant_ticket(merchant, &ticket, TEST_NOW, jti,
			     &token, &err),
	    0);
	voucher = test_voucher(&ticket);
	voucher.type = TILL_VOUCHER_IDENTITY;
	voucher.via = NULL;
	assert_int_equal(answer_to(token, &voucher, server_key, TEST_NOW,
			     &opened),
	    TILL_MERCHANT_IDENTIFIED);
	assert_string_equal(opened->sub, voucher.sub);
	till_voucher_free(opened);
	free(token);
}

static void
a_refusal_is_told_from_a_forgery(void **state)
{
	struct till_voucher voucher, *opened = NULL;
	struct till_ticket ticket;
	char *token = NULL;

	(void)state;
	voucher = sell(&ticket, &token);
	voucher.type = TILL_VOUCHER_REFUSAL;
	voucher.reason = TILL_REASON_CANCELLED;
	voucher.txn = 0;
	voucher.via = NULL;
	assert_int_equal(answer_to(token, &voucher, server_key, TEST_NOW,
			     &opened),
	    TILL_MERCHANT_REFUSED);
	assert_int_equal(opened->reason, TILL_REASON_CANCELLED);
	till_voucher_free(opened);
	opened = NULL;
	/* A refusal of another ticket is as bad as any other forgery. */
	voucher.tjti = "other";
	assert_int_equal(answer_to(token, &voucher, server_key, TEST_NOW,
			     &opened),
	    TILL_MERCHANT_BAD);
	assert_null(opened);
	free(token);
}

static void
a_voucher_not_sealed_by_the_server_is_bad(void **state)
{
	struct till_key *forger = test_key(TILL_ALG_ED25519);
	struct till_voucher voucher, *opened = NULL;
	struct till_ticket ticket;
	char *token = NULL;

	(void)state;
	voucher = sell(&ticket, &token);
	assert_int_equal(answer_to(token, &voucher, forger, TEST_NOW, &opened),
	    TILL_MERCHANT_BAD);
	/* not even with the merchant's own key */
	assert_int_equal(answer_to(token, &voucher, till_merchant_key(merchant),
			     TEST_NOW, &opened),
	    TILL_MERCHANT_BAD);
	assert_int_equal(till_merchant_check(merchant, token, "", TEST_NOW,
			     &opened, &err),
	    TILL_MERCHANT_BAD);
	assert_int_equal(till_merchant_check(merchant, token, token, TEST_NOW,
			     &opened, &err),
	    TILL_MERCHANT_BAD);
	assert_null(opened);
	till_key_free(forger);
	free(token);
}

static void
a_voucher_of_another_sale_or_too_late_is_bad(void **state)
{
	struct till_voucher voucher, changed, *opened = NULL;
	struct till_ticket ticket, next;
	char *token = NULL, *other = NULL;

	(void)state;
	voucher = sell(&ticket, &token);
	assert_int_equal(answer_to(token, &voucher, server_key, TEST_NOW + 70,
			     &opened),
	    TILL_MERCHANT_BAD);
	assert_non_null(strstr(err.text, "exp: "));
	changed = voucher;
	changed.amount.micro = 49999;
	assert_int_equal(answer_to(token, &changed, server_key, TEST_NOW,
			     &opened),
	    TILL_MERCHANT_BAD);
	assert_non_null(strstr(err.text, "amount: "));
	changed = sell(&next, &other);
	assert_int_equal(answer_to(token, &changed, server_key, TEST_NOW,
			     &opened),
	    TILL_MERCHANT_BAD);
	assert_non_null(strstr(err.text, "tjti: "));
	assert_null(opened);
	free(other);
	free(token);
}

static void
a_ticket_that_is_not_the_merchants_own_is_bad(void **state)
{
	struct till_key *thief = test_key(TILL_ALG_ES256);
	struct till_ticket ticket = test_ticket();
	struct till_voucher voucher, *opened = NULL;
	char *token = NULL;

	(void)state;
	assert_int_equal(till_ticket_sign(&ticket, thief, &token, &err), 0);
	voucher = test_voucher(&ticket);
	assert_int_equal(answer_to(token, &voucher, server_key, TEST_NOW,
			     &opened),
	    TILL_MERCHANT_BAD);
	assert_null(opened);
	free(token);
	/* signed by this merchant's key under another merchant's name */
	ticket.iss = "other";
	assert_int_equal(till_ticket_sign(&ticket, till_merchant_key(merchant),
			     &token, &err),
	    0);
	voucher = test_voucher(&ticket);
	assert_int_equal(answer_to(token, &voucher, server_key, TEST_NOW,
			     &opened),
	    TILL_MERCHANT_BAD);
	assert_non_null(strstr(err.text, "another merchant's"));
	free(token);
	till_key_free(thief);
}

static void
wrong_options_open_no_merchant(void **state)
{
	struct till_merchant *other = NULL;
	struct till_merchant_options opt;

	(void)state;
	opt = options();
	opt.id = "Shop";
	assert_int_equal(till_merchant_open(&opt, &other, &err), -1);
	opt = options();
	opt.issuer = "http://pay.example";
	assert_int_equal(till_merchant_open(&opt, &other, &err), -1);
	opt = options();
	opt.key = "no key";
	opt.key_len = 6;
	assert_int_equal(till_merchant_open(&opt, &other, &err), -1);
	opt = options();
	opt.keyset = "{\"keys\":[]}";
	opt.keyset_len = strlen(opt.keyset);
	assert_int_equal(till_merchant_open(&opt, &other, &err), -1);
	assert_non_null(strstr(err.text, "no key that seals"));
	opt.keyset = "[]";
	opt.keyset_len = 2;
	assert_int_equal(till_merchant_open(&opt, &other, &err), -1);
	assert_null(other);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_ticket_is_completed_and_signed),
		cmocka_unit_test(
		    a_random_jti_never_comes_twice_and_an_own_one_is_kept),
		cmocka_unit_test(a_ticket_that_would_be_refused_is_not_made),
		cmocka_unit_test(the_address_to_pay_at_bears_the_ticket),
		cmocka_unit_test(a_slash_behind_the_issuer_is_not_doubled),
		cmocka_unit_test(a_ticket_too_long_for_a_url_must_be_pushed),
		cmocka_unit_test(a_paid_ticket_is_paid),
		cmocka_unit_test(an_identity_ticket_tells_who_asked),
		cmocka_unit_test(a_refusal_is_told_from_a_forgery),
		cmocka_unit_test(a_voucher_not_sealed_by_the_server_is_bad),
		cmocka_unit_test(a_voucher_of_another_sale_or_too_late_is_bad),
		cmocka_unit_test(a_ticket_that_is_not_the_merchants_own_is_bad),
		cmocka_unit_test(wrong_options_open_no_merchant),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
