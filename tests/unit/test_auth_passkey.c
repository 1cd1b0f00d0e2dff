/*
 * test_auth_passkey.c - a passkey pays what it was asked for, at our site,
 * and nothing else.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "base64url.h"
#include "module/result.h"
#include "support/customer.h"

#define PAYEE "https://press.example"

static void
test_each_algorithm_pays(void **state)
{
	(void)state;
	customer_open(NULL);
	customer_enrolled(&customer_key);
	customer_enrolled(&customer_rsa);
	assert_int_equal(holder.owner.records_len, 2);
	assert_int_equal(strncmp(holder.owner.records[0].id, "passkey.", 8), 0);
	customer_key.count++;
	customer_paid(
	    customer_pays(&customer_key, (struct authenticator_wish){ 0 }));
	/* This one does not count. */
	customer_paid(
	    customer_pays(&customer_rsa, (struct authenticator_wish){ 0 }));
	customer_paid(
	    customer_pays(&customer_rsa, (struct authenticator_wish){ 0 }));
	/* A card pays beside them. */
	holder_enrol_key(holder.card);
	customer_asked((char[44]){ 0 });
	assert_string_equal(holder.ctx->prompts[1].id, "card");
	holder_close();
}

static void
test_page_gets_what_it_needs(void **state)
{
	char id[BASE64URL_SIZE(64)];
	json_t *data;
	const char *one, *rp, *name, *origin, *currency, *value;

	(void)state;
	customer_open(NULL);
	customer_enrolled(&customer_key);
	customer_asked((char[44]){ 0 });
	data = json_loads(holder.ctx->prompts[0].data, 0, NULL);
	assert_int_equal(json_unpack(data,
			     "{s:s, s:[s!], s:{s:s, s:s, s:{s:s, s:s!}!}!}",
			     "rpId", &rp, "allowCredentials", &one, "payment",
			     "payeeName", &name, "payeeOrigin", &origin,
			     "total", "currency", &currency, "value", &value),
	    0);
	(void)base64url_encode(customer_key.id, customer_key.id_len, id);
	assert_string_equal(one, id);
	assert_string_equal(rp, "pay.example");
	assert_string_equal(name, "The Press");
	assert_string_equal(origin, PAYEE);
	assert_string_equal(currency, "EUR");
	assert_string_equal(value, "5.00");
	json_decref(data);
	holder_close();
}

static void
test_what_is_wrong_is_refused(void **state)
{
	static const struct {
		struct authenticator_wish wish;
		const char *why;
	} wrong[] = {
		{ { .challenge =
			  "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" },
		    "another challenge" },
		{ { .challenge = "" }, "another challenge" },
		{ { .origin = "https://evil.example" }, "another origin" },
		{ { .origin = "https://pay.example.evil.example" },
		    "another origin" },
		{ { .origin = "http://pay.example" }, "another origin" },
		{ { .origin = PAYEE }, "another origin" },
		{ { .type = "webauthn.create" }, "something else" },
		{ { .type = "payment.get" }, "something else" },
		{ { .rp_id = "evil.example" }, "another site" },
		{ { .flags = 0x04 }, "not there" },
		{ { .flags = 0x01 }, "not verified" },
		{ { .flags = 0x15 }, "contradicts itself" },
		{ { .flags = 0x45 }, "where none belongs" },
		{ { .flags = 0x85 }, "does not end" },
		{ { .flags = 0x85, .tail = "01" }, "does not end" },
		{ { .flags = 0x85, .tail = "a000" }, "does not end" },
		{ { .tail = "00" }, "does not end" },
		{ { .more = ",\"type\":\"webauthn.get\"" }, "a name twice" },
		{ { .more = ",\"x\":{\"y\":1,\"y\":1}" }, "a name twice" },
		{ { .more = ",\"topOrigin\":\"https://a.example\"" },
		    "in a frame" },
		{ { .client_data = "{}" }, "another challenge" },
		{ { .client_data = "[]" }, "no JSON object" },
		{ { .client_data = "{\"type\":\"webauthn.get\"} " },
		    "another challenge" },
		{ { .client_data = "{} x" }, "is not JSON" },
	};
	size_t i;

	(void)state;
	customer_open(NULL);
	customer_enrolled(&customer_key);
	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		customer_key.count++;
		holder_refused(customer_pays(&customer_key, wrong[i].wish),
		    wrong[i].why);
	}
	assert_int_equal(holder.owner.alerts_len, 0);
	/* An extension that we do not know is no harm. */
	customer_key.count++;
	customer_paid(customer_pays(&customer_key,
	    (struct authenticator_wish){ .flags = 0x85,
		.tail = "a16378797a8201f5",
		.more = ",\"other_keys\":\"can be added here\"" }));
	holder_close();
}

static void
test_frames_are_refused(void **state)
{
	static const char *const cross[] = { "true", "null", "1", "\"false\"" };
	char challenge[44], text[512];
	size_t i;

	(void)state;
	customer_open(NULL);
	customer_enrolled(&customer_key);
	for (i = 0; i < sizeof(cross) / sizeof(cross[0]); i++) {
		customer_asked(challenge);
		customer_key.count++;
		(void)snprintf(text, sizeof(text),
		    "{\"type\":\"webauthn.get\",\"challenge\":\"%s\","
		    "\"origin\":\"" AUTHENTICATOR_ORIGIN
		    "\",\"crossOrigin\":%s}",
		    challenge, cross[i]);
		holder_refused(customer_pays(&customer_key,
				   (struct authenticator_wish){
				       .client_data = text }),
		    "in a frame");
	}
	/* A browser that does not say it at all is an older one. */
	customer_asked(challenge);
	customer_key.count++;
	(void)snprintf(text, sizeof(text),
	    "{\"type\":\"webauthn.get\",\"challenge\":\"%s\","
	    "\"origin\":\"" AUTHENTICATOR_ORIGIN "\"}",
	    challenge);
	customer_paid(customer_pays(&customer_key,
	    (struct authenticator_wish){ .client_data = text }));
	holder_close();
}

/* What one order's challenge was signed for does not pay another. */
static void
test_signature_is_for_this_payment_only(void **state)
{
	char challenge[44], *text;

	(void)state;
	customer_open(NULL);
	customer_enrolled(&customer_key);
	customer_key.count++;
	customer_asked(challenge);
	holder.owner.order.amount.micro = 500;
	holder_refused(customer_pays(&customer_key,
			   (struct authenticator_wish){ 0 }),
	    "another challenge");
	holder.owner.order.amount.micro = 5000000;
	customer_asked(challenge);
	holder.owner.order.merchant = "thief";
	holder_refused(customer_pays(&customer_key,
			   (struct authenticator_wish){ 0 }),
	    "another challenge");
	holder.owner.order.merchant = "press-1";
	customer_asked(challenge);
	holder.owner.order.ticket =
	    "0123456789012345678901234567890123456789013";
	holder_refused(customer_pays(&customer_key,
			   (struct authenticator_wish){ 0 }),
	    "another challenge");
	/* Nor twice, in this conversation or another. */
	customer_asked(challenge);
	text = authenticator_assert(&customer_key,
	    &(struct authenticator_wish){ .challenge = challenge });
	customer_paid(customer_sends(strdup(text)));
	customer_asked(challenge);
	holder_refused(customer_sends(text), "another challenge");
	holder_close();
}

static void
test_challenge_is_used_up_by_a_wrong_reply(void **state)
{
	char challenge[44];
	struct prompt prompt;

	(void)state;
	customer_open(NULL);
	customer_enrolled(&customer_key);
	customer_asked(challenge);
	prompt = holder.ctx->prompts[0];
	ASSERT_RESULT(customer_sends(strdup("{}")), TILL_DENY);
	holder.ctx->prompts[0] = prompt;
	holder.ctx->prompts_len = 1;
	customer_key.count++;
	holder_refused(customer_sends(authenticator_assert(&customer_key,
			   &(struct authenticator_wish){
			       .challenge = challenge })),
	    "there is no challenge");
	holder_close();
}

static void
test_other_passkeys_are_refused(void **state)
{
	struct authenticator other;

	(void)state;
	customer_open(NULL);
	authenticator_init(&other, holder.other_card, 32);
	other.count = 9;
	holder_refused(customer_pays(&customer_key,
			   (struct authenticator_wish){ 0 }),
	    "no such passkey");
	customer_enrolled(&customer_key);
	holder_refused(customer_pays(&other, (struct authenticator_wish){ 0 }),
	    "no such passkey");
	memcpy(other.id, customer_key.id, customer_key.id_len);
	holder_refused(customer_pays(&other, (struct authenticator_wish){ 0 }),
	    "the signature is wrong");
	/* Bob's is none of Alice's. */
	authenticator_init(&other, holder.other_card, 32);
	holder.owner.known[1] = "bob";
	holder.owner.order.customer = "bob";
	customer_enrolled(&other);
	holder.owner.order.customer = "alice";
	holder_refused(customer_pays(&other, (struct authenticator_wish){ 0 }),
	    "no such passkey");
	holder_close();
}

static void
test_counter_must_go_on(void **state)
{
	struct authenticator copy;

	(void)state;
	customer_open(NULL);
	customer_key.count = 5;
	customer_enrolled(&customer_key);
	copy = customer_key;
	holder_refused(customer_pays(&copy, (struct authenticator_wish){ 0 }),
	    "counter went back");
	assert_int_equal(holder.owner.alerts_len, 1);
	customer_key.count = 0xfffffffeU;
	customer_paid(
	    customer_pays(&customer_key, (struct authenticator_wish){ 0 }));
	copy.count = 6;
	holder_refused(customer_pays(&copy, (struct authenticator_wish){ 0 }),
	    "counter went back");
	copy.count = 0;
	holder_refused(customer_pays(&copy, (struct authenticator_wish){ 0 }),
	    "counter went back");
	assert_int_equal(holder.owner.alerts_len, 3);
	customer_key.count++;
	customer_paid(
	    customer_pays(&customer_key, (struct authenticator_wish){ 0 }));
	holder_close();
}

/* Nobody pays whose counter cannot be kept. */
static void
test_counter_is_kept_before_the_grant(void **state)
{
	struct context_ops ops = owner_ops;

	(void)state;
	customer_open(NULL);
	customer_enrolled(&customer_key);
	customer_key.count++;
	customer_asked((char[44]){ 0 });
	ops.credential_put = NULL;
	holder.ctx->ops = &ops;
	holder_refused(customer_pays(&customer_key,
			   (struct authenticator_wish){ 0 }),
	    "could not be kept");
	holder_close();
}

static int
put_of_removed(void *arg, const char *instance, const char *customer,
    const struct till_credential *credential)
{
	(void)owner_ops.credential_remove(arg, instance, customer,
	    credential->id);
	return owner_ops.credential_put(arg, instance, customer, credential);
}

static unsigned int looks;

/* From the second time on it has another count. */
static int
get_of_used(void *arg, const char *instance, const char *customer,
    const char *id, struct till_credential *credential_r)
{
	struct record *record = &holder.owner.records[0];

	if (++looks == 2)
		record->data[record->len - 1] =
		    record->data[record->len - 1] == '9' ? '8' : '9';
	return owner_ops.credential_get(arg, instance, customer, id,
	    credential_r);
}

/* One that is removed while it signs does not come back, and of two who sign
 * with one counter side by side one pays. */
static void
test_passkey_that_changes_meanwhile_is_refused(void **state)
{
	struct context_ops ops = owner_ops;

	(void)state;
	customer_open(NULL);
	customer_enrolled(&customer_key);
	customer_key.count++;
	customer_asked((char[44]){ 0 });
	looks = 0;
	ops.credential_get = get_of_used;
	holder.ctx->ops = &ops;
	holder_refused(customer_pays(&customer_key,
			   (struct authenticator_wish){ 0 }),
	    "gone on meanwhile");
	assert_int_equal(looks, 2);
	holder_close();
	customer_open(NULL);
	customer_enrolled(&customer_key);
	customer_key.count++;
	customer_asked((char[44]){ 0 });
	ops = owner_ops;
	ops.credential_put = put_of_removed;
	holder.ctx->ops = &ops;
	holder_refused(customer_pays(&customer_key,
			   (struct authenticator_wish){ 0 }),
	    "could not be kept");
	assert_int_equal(holder.owner.records_len, 0);
	holder_close();
}

static void
test_stranger_looks_like_anybody(void **state)
{
	struct prompt first, again;
	json_t *data;

	(void)state;
	customer_open(NULL);
	holder.owner.order.customer = "nobody";
	customer_asked((char[44]){ 0 });
	first = holder.ctx->prompts[0];
	data = json_loads(first.data, 0, NULL);
	assert_true(
	    json_array_size(json_object_get(data, "allowCredentials")) > 0);
	json_decref(data);
	holder_refused(customer_pays(&customer_key,
			   (struct authenticator_wish){ 0 }),
	    "no such passkey");
	instance_close(holder.it);
	context_free(holder.ctx);
	customer_open(NULL);
	holder.owner.order.customer = "nobody";
	customer_asked((char[44]){ 0 });
	again = holder.ctx->prompts[0];
	assert_string_equal(first.data, again.data);
	/* Who has none looks the same, but another name has others. */
	context_free(holder.ctx);
	holder.owner.order.customer = "alice";
	holder.ctx = owner_context(&holder.owner, "it", TILL_AUTH);
	customer_asked((char[44]){ 0 });
	assert_string_not_equal(first.data, holder.ctx->prompts[0].data);
	holder_close();
}

static void
test_odd_replies_are_refused(void **state)
{
	static const char *const odd[] = { "{", "[]", "{}", "x",
		"{\"id\":\"AA\",\"clientDataJSON\":\"AA\","
		"\"authenticatorData\":\"AA\",\"signature\":\"\"}",
		"{\"id\":\"AA\",\"clientDataJSON\":\"AA\","
		"\"authenticatorData\":\"AA==\",\"signature\":\"AA\"}",
		"{\"id\":\"AA\",\"clientDataJSON\":\"AA\",\"x\":1,"
		"\"authenticatorData\":\"AA\",\"signature\":\"AA\"}",
		"{\"id\":\"AA\",\"id\":\"AA\",\"clientDataJSON\":\"AA\","
		"\"authenticatorData\":\"AA\",\"signature\":\"AA\"}",
		"{\"id\":1,\"clientDataJSON\":\"AA\","
		"\"authenticatorData\":\"AA\",\"signature\":\"AA\"}" };
	char *large = malloc(8193);
	struct till_error err;
	size_t i;

	(void)state;
	customer_open(NULL);
	customer_enrolled(&customer_key);
	for (i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
		customer_asked((char[44]){ 0 });
		ASSERT_RESULT(customer_sends(strdup(odd[i])), TILL_DENY);
		holder_refused(TILL_DENY, "is refused: ");
	}
	customer_asked((char[44]){ 0 });
	memset(large, 'A', 8193);
	assert_int_equal(context_reply_put(holder.ctx, "passkey", large, 8193,
			     "", &err),
	    -1);
	free(large);
	holder_close();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_algorithm_pays),
		cmocka_unit_test(test_page_gets_what_it_needs),
		cmocka_unit_test(test_what_is_wrong_is_refused),
		cmocka_unit_test(test_frames_are_refused),
		cmocka_unit_test(test_signature_is_for_this_payment_only),
		cmocka_unit_test(test_challenge_is_used_up_by_a_wrong_reply),
		cmocka_unit_test(test_other_passkeys_are_refused),
		cmocka_unit_test(test_counter_must_go_on),
		cmocka_unit_test(test_counter_is_kept_before_the_grant),
		cmocka_unit_test(
		    test_passkey_that_changes_meanwhile_is_refused),
		cmocka_unit_test(test_stranger_looks_like_anybody),
		cmocka_unit_test(test_odd_replies_are_refused),
	};

	return cmocka_run_group_tests(tests, holder_make, holder_free);
}
