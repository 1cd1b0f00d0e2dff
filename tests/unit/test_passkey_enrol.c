/*
 * test_passkey_enrol.c - passkeys come and go, as customer and operator want.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "module/result.h"
#include "support/customer.h"

static const struct {
	struct authenticator_wish wish;
	const char *why;
} odd[] = {
	{ { .challenge = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" },
	    "another challenge" },
	{ { .origin = "https://evil.example" }, "another origin" },
	{ { .type = "webauthn.get" }, "something else" },
	{ { .rp_id = "evil.example" }, "another site" },
	{ { .flags = 0x44 }, "not there" },
	{ { .flags = 0x41 }, "not verified" },
	{ { .flags = 0x05 }, "no key" },
	{ { .tail = "00" }, "does not end" },
	{ { .behind = "00" }, "attestation object" },
	{ { .object = "a0" }, "attestation object" },
	{ { .object = "bf" }, "attestation object" },
	{ { .object = "a363666d74646e6f6e6563666d74646e6f6e65"
		      "6761747453746d74a0" },
	    "attestation object" },
	{ { .object = "a363666d74646e6f6e656761747453746d74a0"
		      "68617574684461746158ff" },
	    "attestation object" },
	{ { .object = "a363666d74646e6f6e656761747453746d74a0"
		      "686175746844617461420000" },
	    "too short" },
	{ { .cose = "a0" }, "COSE key" },
	{ { .cose = "a501020327200121420000224200" }, "COSE key" },
	{ { .cose = "a5010203262001214200002242"
		    "0000" },
	    "no key" },
	{ { .cose = "a40103033901002041002143010001" }, "no key" },
	{ { .cose = "a401030339010020410321"
		    "43010001" },
	    "2048" },
	{ { .more = ",\"origin\":\"" AUTHENTICATOR_ORIGIN "\"" },
	    "a name twice" },
};

static void
test_odd_registrations_are_refused(void **state)
{
	struct authenticator large;
	size_t i;

	(void)state;
	customer_open(NULL);
	for (i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
		ASSERT_RESULT(customer_enrol(&customer_key, odd[i].wish),
		    TILL_DENY);
		if (strstr(holder.owner.log, odd[i].why) == NULL)
			fail_msg("'%s' is not said: %s", odd[i].why,
			    holder.owner.log);
	}
	authenticator_init(&large, holder.card, 256);
	ASSERT_RESULT(customer_enrol(&large, (struct authenticator_wish){ 0 }),
	    TILL_DENY);
	authenticator_init(&large, holder.card, 0);
	ASSERT_RESULT(customer_enrol(&large, (struct authenticator_wish){ 0 }),
	    TILL_DENY);
	assert_int_equal(holder.owner.records_len, 0);
	authenticator_init(&large, holder.card, 255);
	customer_enrolled(&large);
	/* Nobody's statement matters. */
	ASSERT_RESULT(customer_enrol(&customer_key,
			  (struct authenticator_wish){ .format = "packed" }),
	    TILL_GRANT);
	ASSERT_RESULT(customer_enrol(&customer_key,
			  (struct authenticator_wish){ 0 }),
	    TILL_DENY);
	assert_string_equal(holder.owner.log,
	    "the customer has this passkey already");
	holder_close();
}

static void
test_customer_has_so_many_at_most(void **state)
{
	struct authenticator more;
	int i;

	(void)state;
	customer_open(NULL);
	for (i = 0; i < 8; i++) {
		authenticator_init(&more, holder.card, 255);
		customer_enrolled(&more);
	}
	ASSERT_RESULT(customer_enrol(&customer_key,
			  (struct authenticator_wish){ 0 }),
	    TILL_DENY);
	assert_string_equal(holder.owner.log,
	    "a customer has at most 8 passkeys");
	/* All of them fit in a prompt. */
	more.count = 1;
	customer_paid(customer_pays(&more, (struct authenticator_wish){ 0 }));
	holder_close();
}

/* The operator says whose it is. */
static void
test_operator_enrols_what_a_browser_made(void **state)
{
	struct till_context *ctx;
	char *text;

	(void)state;
	customer_open(NULL);
	text = authenticator_register(&customer_key,
	    &(struct authenticator_wish){ .challenge = "AAAA" });
	holder.owner.order.channel = "api";
	ASSERT_RESULT(holder_enrol(text, "certificate"), TILL_GRANT);
	holder.owner.order.channel = "browser";
	customer_key.count++;
	customer_paid(
	    customer_pays(&customer_key, (struct authenticator_wish){ 0 }));
	/* In a browser nothing is taken that was not asked for. */
	holder.owner.records_len = 0;
	ctx = owner_context(&holder.owner, "it", TILL_AUTH);
	ASSERT_RESULT(instance_enrol(holder.it, ctx, TILL_ENROL_ADD),
	    TILL_NEED_INPUT);
	reply(ctx, "new-key", text);
	ASSERT_RESULT(instance_enrol(holder.it, ctx, TILL_ENROL_ADD),
	    TILL_DENY);
	context_free(ctx);
	free(text);
	holder_close();
	/* Nor where there is no site that passkeys could be of. */
	holder_open(NULL);
	text = authenticator_register(&customer_key,
	    &(struct authenticator_wish){ .challenge = "AAAA" });
	holder.owner.order.channel = "api";
	ASSERT_RESULT(holder_enrol(text, "certificate"), TILL_DENY);
	free(text);
	holder_close();
}

static void
test_site_must_be_one(void **state)
{
	static const struct {
		const char *settings[4];
		const char *why;
	} wrong[] = {
		{ { "rp-id=pay.example" }, "need origin=" },
		{ { "origin=https://pay.example" }, "decoys=" },
		{ { "origin=https://pay.example/" }, "as a browser writes" },
		{ { "origin=https://PAY.example" }, "as a browser writes" },
		{ { "origin=https://pay.example:443" }, "as a browser writes" },
		{ { "origin=http://pay.example" }, "as a browser writes" },
		{ { "origin=pay.example" }, "as a browser writes" },
		{ { "origin=http://127.0.0.1:8080" }, "an address" },
		{ { "origin=http://[::1]:8080" }, "an address" },
		{ { "origin=https://pay.example", "rp-id=example" }, "rp-id" },
		{ { "origin=https://pay.example", "rp-id=ay.example" },
		    "rp-id" },
		{ { "origin=https://pay.example", "rp-id=.example" }, "rp-id" },
		{ { "origin=https://pay.example", "rp-id=a.pay.example" },
		    "rp-id" },
		{ { "origin=https://a.pay.example", "rp-id=pay.example" },
		    "decoys=" },
		{ { "origin=http://localhost:8080" },
		    "(umask 077; openssl rand -base64 33 >FILE)" },
	};
	char why[DIAG_TEXT_MAX];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		assert_null(module_open(holder.loader, "auth_smartcard",
		    wrong[i].settings, why));
		if (strstr(why, wrong[i].why) == NULL)
			fail_msg("%zu: %s", i, why);
	}
}

static void
test_removed_passkey_opens_nothing(void **state)
{
	struct till_context *remove;
	struct till_error err;

	(void)state;
	customer_open(NULL);
	customer_enrolled(&customer_key);
	remove = owner_context(&holder.owner, "it", TILL_AUTH);
	assert_int_equal(context_reply_give(remove, "credential",
			     holder.owner.records[0].id,
			     strlen(holder.owner.records[0].id), &err),
	    0);
	ASSERT_RESULT(instance_enrol(holder.it, remove, TILL_ENROL_REMOVE),
	    TILL_GRANT);
	context_free(remove);
	customer_key.count++;
	holder_refused(customer_pays(&customer_key,
			   (struct authenticator_wish){ 0 }),
	    "no such passkey");
	holder_close();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_odd_registrations_are_refused),
		cmocka_unit_test(test_customer_has_so_many_at_most),
		cmocka_unit_test(test_operator_enrols_what_a_browser_made),
		cmocka_unit_test(test_site_must_be_one),
		cmocka_unit_test(test_removed_passkey_opens_nothing),
	};

	return cmocka_run_group_tests(tests, holder_make, holder_free);
}
