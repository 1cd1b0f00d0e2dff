/*
 * test_auth_smartcard.c - a card's signature pays what it was made for,
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

#include "base64url.h"
#include "module/result.h"
#include "support/holder.h"

static void
test_each_algorithm_pays(void **state)
{
	char kid[44], *jwk;

	(void)state;
	holder_open(NULL);
	holder_enrol_key(holder.card);
	card_kid(holder.card, kid);
	assert_int_equal(holder.owner.records_len, 1);
	assert_string_equal(holder.owner.records[0].id, kid);
	assert_int_equal(holder.owner.records[0].secret, 0);
	ASSERT_RESULT(instance_auth(holder.it, holder.ctx), TILL_NEED_INPUT);
	assert_int_equal(holder.ctx->prompts_len, 1);
	assert_string_equal(holder.ctx->prompts[0].id, "card");
	assert_string_equal(holder.ctx->prompts[0].format, "till-card-1");
	assert_int_equal(holder.ctx->prompts[0].kind, TILL_ASK_SIGNATURE);
	ASSERT_RESULT(holder_pay_key(holder.card, "ES256"), TILL_GRANT);
	assert_string_equal(holder.ctx->amr[0], "sc");
	assert_int_equal(holder.ctx->amr_len, 1);
	assert_int_equal(holder.ctx->level, 2);
	assert_int_equal(holder.owner.failures.count, 0);
	assert_non_null(strstr(holder.owner.log, kid));
	holder_enrol_key(holder.rsa);
	ASSERT_RESULT(holder_pay_key(holder.rsa, "RS256"), TILL_GRANT);
	jwk = card_jwk(holder.rsa, ",\"alg\":\"PS256\"");
	ASSERT_RESULT(holder_enrol(jwk, "certificate"), TILL_GRANT);
	free(jwk);
	assert_int_equal(holder.owner.records_len, 2);
	ASSERT_RESULT(holder_pay_key(holder.rsa, "PS256"), TILL_GRANT);
	holder_close();
}

/* What the key was enrolled for, not what the reply says. */
static void
test_key_decides_the_algorithm(void **state)
{
	char kid[44], challenge[44], *text, *alg;

	(void)state;
	holder_open(NULL);
	holder_enrol_key(holder.rsa);
	holder_enrol_key(holder.card);
	holder_refused(holder_pay_key(holder.rsa, "PS256"),
	    "for RS256, not for PS256");
	/* A signature of the one kind under the name of the other. */
	card_kid(holder.rsa, kid);
	holder_challenge(challenge);
	text = card_reply(holder.rsa,
	    &(struct card_said){ .alg = "PS256", .kid = kid }, challenge,
	    &holder_order);
	alg = strstr(text, "PS256");
	alg[0] = 'R';
	holder_refused(holder_reply(text), "the signature is wrong");
	card_kid(holder.card, kid);
	holder_challenge(challenge);
	text = card_reply(holder.rsa,
	    &(struct card_said){ .alg = "RS256", .kid = kid }, challenge,
	    &holder_order);
	holder_refused(holder_reply(text), "for ES256, not for RS256");
	holder_close();
}

static void
test_signature_is_for_this_payment_only(void **state)
{
	static const struct card_paid others[] = {
		{ "0123456789012345678901234567890123456789013", "press-1",
		    "5.000000", "EUR" },
		{ "0123456789012345678901234567890123456789012", "press-2",
		    "5.000000", "EUR" },
		{ "0123456789012345678901234567890123456789012", "press-1",
		    "5.000001", "EUR" },
		{ "0123456789012345678901234567890123456789012", "press-1",
		    "5.00", "EUR" },
		{ "0123456789012345678901234567890123456789012", "press-1",
		    "5.000000", "USD" },
		{ "0123456789012345678901234567890123456789012", "press-15",
		    ".000000", "EUR" },
	};
	char kid[44];
	size_t i;

	(void)state;
	holder_open(NULL);
	holder_enrol_key(holder.card);
	card_kid(holder.card, kid);
	for (i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		holder_refused(holder_pay(holder.card,
				   &(struct card_said){ .alg = "ES256",
				       .kid = kid },
				   &others[i]),
		    "the signature is wrong");
	ASSERT_RESULT(holder_pay_key(holder.card, "ES256"), TILL_GRANT);
	holder_close();
}

/* A station signs what it showed; the server has another order. */
static void
test_order_decides_not_the_station(void **state)
{
	(void)state;
	holder_open(NULL);
	holder_enrol_key(holder.card);
	holder.owner.order.amount.micro = 500;
	holder_refused(holder_pay_key(holder.card, "ES256"),
	    "the signature is wrong");
	holder.owner.order.amount.micro = 5000000;
	holder.owner.order.merchant = "thief";
	holder_refused(holder_pay_key(holder.card, "ES256"),
	    "the signature is wrong");
	holder.owner.order.merchant = "press-1";
	holder.owner.order.amount.micro = -1;
	holder_refused(holder_pay_key(holder.card, "ES256"),
	    "cannot be signed");
	holder_close();
}

static void
test_reply_serves_once(void **state)
{
	char kid[44], challenge[44], *text, *again;
	const struct card_said said = { .alg = "ES256", .kid = kid };

	(void)state;
	holder_open(NULL);
	holder_enrol_key(holder.card);
	card_kid(holder.card, kid);
	holder_challenge(challenge);
	text = card_reply(holder.card, &said, challenge, &holder_order);
	again = strdup(text);
	ASSERT_RESULT(holder_reply(text), TILL_GRANT);
	/* In its own conversation ... */
	ASSERT_RESULT(instance_auth(holder.it, holder.ctx), TILL_NEED_INPUT);
	text = strdup(again);
	holder_refused(holder_reply(text), "the signature is wrong");
	/* ... and in another. */
	ASSERT_RESULT(instance_auth(holder.it, holder.ctx), TILL_NEED_INPUT);
	holder_refused(holder_reply(again), "the signature is wrong");
	holder_close();
}

static void
test_challenge_is_used_up_by_a_wrong_reply(void **state)
{
	char kid[44], challenge[44];
	const struct card_said said = { .alg = "ES256", .kid = kid };
	struct prompt prompt;

	(void)state;
	holder_open(NULL);
	holder_enrol_key(holder.card);
	card_kid(holder.card, kid);
	holder_challenge(challenge);
	prompt = holder.ctx->prompts[0];
	ASSERT_RESULT(holder_reply(strdup("{}")), TILL_DENY);
	/* The host does not ask again; if it did, the reply is too late. */
	holder.ctx->prompts[0] = prompt;
	holder.ctx->prompts_len = 1;
	holder_refused(holder_reply(card_reply(holder.card, &said, challenge,
			   &holder_order)),
	    "there is no challenge");
	holder_close();
}

static void
test_challenge_grows_old(void **state)
{
	const char *const settings[] = { "ttl=10s", NULL };
	char kid[44], challenge[44], *text;
	const struct card_said said = { .alg = "ES256", .kid = kid };
	struct till_error err;

	(void)state;
	holder_open(settings);
	holder_enrol_key(holder.card);
	card_kid(holder.card, kid);
	holder_challenge(challenge);
	text = card_reply(holder.card, &said, challenge, &holder_order);
	holder.owner.now_ms += 10001;
	assert_int_equal(context_reply_put(holder.ctx, "card", text,
			     strlen(text), "", &err),
	    -1);
	/* A host that took it all the same. */
	holder.ctx->prompts[0].ttl_ms = 0;
	holder_refused(holder_reply(text), "too late");
	holder_close();
}

static void
test_challenges_differ(void **state)
{
	char first[44], second[44];

	(void)state;
	holder_open(NULL);
	holder_challenge(first);
	ASSERT_RESULT(instance_auth(holder.it, holder.ctx), TILL_NEED_INPUT);
	holder_challenge(second);
	assert_string_not_equal(first, second);
	holder_close();
}

static void
test_other_keys_are_refused(void **state)
{
	char kid[44], *pem;

	(void)state;
	holder_open(NULL);
	holder_refused(holder_pay_key(holder.card, "ES256"), "no such key");
	holder_enrol_key(holder.card);
	holder_refused(holder_pay_key(holder.other_card, "ES256"),
	    "no such key");
	card_kid(holder.card, kid);
	holder_refused(holder_pay(holder.other_card,
			   &(struct card_said){ .alg = "ES256", .kid = kid },
			   &holder_order),
	    "the signature is wrong");
	/* Bob's key is none of Alice's. */
	holder.owner.known[1] = "bob";
	holder.owner.order.customer = "bob";
	pem = card_public_pem(holder.other_card);
	ASSERT_RESULT(holder_enrol(pem, "certificate"), TILL_GRANT);
	free(pem);
	holder.owner.order.customer = "alice";
	holder_refused(holder_pay_key(holder.other_card, "ES256"),
	    "no such key");
	holder_close();
}

static void
test_stranger_is_asked_and_refused_the_same(void **state)
{
	struct prompt known, stranger;

	(void)state;
	holder_open(NULL);
	holder_enrol_key(holder.card);
	ASSERT_RESULT(instance_auth(holder.it, holder.ctx), TILL_NEED_INPUT);
	known = holder.ctx->prompts[0];
	context_free(holder.ctx);
	holder.owner.order.customer = "nobody";
	holder.ctx = owner_context(&holder.owner, "it", TILL_AUTH);
	ASSERT_RESULT(instance_auth(holder.it, holder.ctx), TILL_NEED_INPUT);
	assert_int_equal(holder.ctx->prompts_len, 1);
	stranger = holder.ctx->prompts[0];
	memset(known.challenge, 0, sizeof(known.challenge));
	memset(stranger.challenge, 0, sizeof(stranger.challenge));
	assert_memory_equal(&known, &stranger, sizeof(known));
	holder_refused(holder_pay_key(holder.card, "ES256"), "no such key");
	holder_close();
}

static void
test_failures_count_and_delay(void **state)
{
	const char *const settings[] = { "max-tries=3", "delay=1m", NULL };
	unsigned int i;

	(void)state;
	holder_open(settings);
	holder_enrol_key(holder.card);
	for (i = 1; i <= 3; i++) {
		ASSERT_RESULT(holder_pay_key(holder.other_card, "ES256"),
		    TILL_DENY);
		assert_int_equal(holder.owner.failures.count, i);
		assert_int_equal(holder.owner.alerts_len, i == 3 ? 1 : 0);
		context_free(holder.ctx);
		holder.ctx = owner_context(&holder.owner, "it", TILL_AUTH);
	}
	ASSERT_RESULT(instance_auth(holder.it, holder.ctx), TILL_LOCKED);
	holder.owner.here.last_ms -= 60001;
	ASSERT_RESULT(holder_pay_key(holder.card, "ES256"), TILL_GRANT);
	assert_int_equal(holder.owner.failures.count, 0);
	holder_close();
}

static void
test_nothing_countable_nothing_granted(void **state)
{
	struct context_ops ops = owner_ops;

	(void)state;
	holder_open(NULL);
	holder_enrol_key(holder.card);
	ASSERT_RESULT(instance_auth(holder.it, holder.ctx), TILL_NEED_INPUT);
	ops.failed = NULL;
	holder.ctx->ops = &ops;
	ASSERT_RESULT(holder_pay_key(holder.card, "ES256"), TILL_UNAVAILABLE);
	holder.ctx->ops = &owner_ops;
	context_free(holder.ctx);
	holder.ctx = owner_context(&holder.owner, "it", TILL_AUTH);
	ASSERT_RESULT(instance_auth(holder.it, holder.ctx), TILL_NEED_INPUT);
	ops = owner_ops;
	ops.succeeded = NULL;
	holder.ctx->ops = &ops;
	ASSERT_RESULT(holder_pay_key(holder.card, "ES256"), TILL_UNAVAILABLE);
	holder.ctx->ops = &owner_ops;
	holder_close();
}

static void
test_odd_replies_are_refused(void **state)
{
	static const char *const odd[] = { "{", "[]", "{}", "x",
		"{\"alg\":\"ES256\"}",
		"{\"alg\":\"none\",\"kid\":\"KID\",\"signature\":\"AA\"}",
		"{\"alg\":\"\",\"kid\":\"KID\",\"signature\":\"AA\"}",
		"{\"alg\":1,\"kid\":\"KID\",\"signature\":\"AA\"}",
		"{\"alg\":\"ES256\",\"kid\":\"\",\"signature\":\"AA\"}",
		"{\"alg\":\"ES256\",\"kid\":\"AA\",\"signature\":\"AA\"}",
		"{\"alg\":\"ES256\",\"kid\":\"KID\",\"signature\":\"\"}",
		"{\"alg\":\"ES256\",\"kid\":\"KID\",\"signature\":\"AB\"}",
		"{\"alg\":\"ES256\",\"kid\":\"KID\",\"signature\":\"AA==\"}",
		"{\"alg\":\"ES256\",\"kid\":\"KID\",\"signature\":null}",
		"{\"alg\":\"ES256\",\"kid\":\"KID\",\"certificate\":\"AA\","
		"\"signature\":\"AA\"}",
		"{\"alg\":\"ES256\",\"certificate\":\"\",\"signature\":\"AA\"}",
		"{\"alg\":\"ES256\",\"kid\":\"KID\",\"kid\":\"KID\","
		"\"signature\":\"AA\"}",
		"{\"alg\":\"ES256\",\"kid\":\"KID\",\"x\":1,"
		"\"signature\":\"AA\"}" };
	char kid[44], text[512], *at;
	size_t i;

	(void)state;
	holder_open(NULL);
	holder_enrol_key(holder.card);
	card_kid(holder.card, kid);
	for (i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
		(void)snprintf(text, sizeof(text), "%s", odd[i]);
		at = strstr(odd[i], "KID");
		if (at != NULL)
			(void)snprintf(text, sizeof(text), "%.*s%s%s",
			    (int)(at - odd[i]), odd[i], kid, at + 3);
		ASSERT_RESULT(instance_auth(holder.it, holder.ctx),
		    TILL_NEED_INPUT);
		holder_refused(holder_reply(strdup(text)),
		    "refused: the reply");
	}
	holder_close();
}

/* ES256 is R || S: not DER, not shorter, nothing out of range. */
static void
test_odd_signatures_are_refused(void **state)
{
	static const size_t lengths[] = { 1, 63, 64, 65, 71, 256, 512 };
	static const unsigned char fills[] = { 0, 0xff };
	unsigned char octets[512];
	char kid[44], text[1024], signature[BASE64URL_SIZE(512)];
	size_t i, k;

	(void)state;
	holder_open(NULL);
	holder_enrol_key(holder.card);
	card_kid(holder.card, kid);
	for (i = 0; i < 7; i++)
		for (k = 0; k < 2; k++) {
			memset(octets, fills[k], sizeof(octets));
			(void)base64url_encode(octets, lengths[i], signature);
			(void)snprintf(text, sizeof(text),
			    "{\"alg\":\"ES256\",\"kid\":\"%s\","
			    "\"signature\":\"%s\"}",
			    kid, signature);
			ASSERT_RESULT(instance_auth(holder.it, holder.ctx),
			    TILL_NEED_INPUT);
			holder_refused(holder_reply(strdup(text)),
			    "the signature is wrong");
		}
	holder_close();
}

static void
assert_not_enrolled(const char *text, const char *why)
{
	ASSERT_RESULT(holder_enrol(text, "certificate"), TILL_DENY);
	assert_int_equal(holder.owner.records_len, 0);
	if (strstr(holder.owner.log, why) == NULL)
		fail_msg("'%s' is not said: %s", why, holder.owner.log);
}

static void
test_unfit_keys_are_not_enrolled(void **state)
{
	EVP_PKEY *small = card_rsa(1024), *p384 = EVP_EC_gen("P-384");
	EVP_PKEY *ed25519 = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	EVP_PKEY *unfit[] = { small, p384, ed25519 };
	static const char *const why[] = { "1024", "only P-256", "only P-256" };
	char *text;
	size_t i;

	(void)state;
	holder_open(NULL);
	for (i = 0; i < 3; i++) {
		text = card_public_pem(unfit[i]);
		assert_not_enrolled(text, why[i]);
		free(text);
		EVP_PKEY_free(unfit[i]);
	}
	assert_not_enrolled("-----BEGIN PRIVATE KEY-----\nAA==\n", "private");
	assert_not_enrolled("rubbish", "neither");
	assert_not_enrolled(
	    "-----BEGIN PUBLIC KEY-----\nProc-Type: 4,ENCRYPTED\n"
	    "DEK-Info: AES-128-CBC,00112233445566778899AABBCCDDEEFF\n\n"
	    "AAAA\n-----END PUBLIC KEY-----\n",
	    "neither");
	assert_not_enrolled("{\"kty\":\"RSA\",\"n\":\"AQ\",\"e\":\"AQAB\"}",
	    "2048");
	text = card_jwk(holder.card, ",\"d\":\"AA\"");
	assert_not_enrolled(text, "private part");
	free(text);
	text = card_jwk(holder.card, ",\"alg\":\"RS256\"");
	assert_not_enrolled(text, "must be ES256");
	free(text);
	text = card_jwk(holder.card, ",\"kid\":\"x\"");
	assert_not_enrolled(text, "thumbprint");
	free(text);
	assert_not_enrolled("{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":"
			    "\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\","
			    "\"y\":"
			    "\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"}",
	    "no key");
	holder_close();
}

static void
test_removed_key_opens_nothing(void **state)
{
	struct till_context *remove = NULL;
	char kid[44];
	struct till_error err;

	(void)state;
	holder_open(NULL);
	holder_enrol_key(holder.card);
	holder_enrol_key(holder.rsa);
	card_kid(holder.card, kid);
	remove = owner_context(&holder.owner, "it", TILL_AUTH);
	assert_int_equal(context_reply_give(remove, "credential", kid,
			     strlen(kid), &err),
	    0);
	ASSERT_RESULT(instance_enrol(holder.it, remove, TILL_ENROL_REMOVE),
	    TILL_GRANT);
	assert_int_equal(holder.owner.records_len, 1);
	holder_refused(holder_pay_key(holder.card, "ES256"), "no such key");
	ASSERT_RESULT(holder_pay_key(holder.rsa, "RS256"), TILL_GRANT);
	ASSERT_RESULT(instance_enrol(holder.it, remove, TILL_ENROL_REMOVE),
	    TILL_GRANT);
	assert_int_equal(holder.owner.records_len, 0);
	ASSERT_RESULT(instance_enrol(holder.it, remove, TILL_ENROL_REMOVE),
	    TILL_DENY);
	context_free(remove);
	holder_close();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_algorithm_pays),
		cmocka_unit_test(test_key_decides_the_algorithm),
		cmocka_unit_test(test_signature_is_for_this_payment_only),
		cmocka_unit_test(test_order_decides_not_the_station),
		cmocka_unit_test(test_reply_serves_once),
		cmocka_unit_test(test_challenge_is_used_up_by_a_wrong_reply),
		cmocka_unit_test(test_challenge_grows_old),
		cmocka_unit_test(test_challenges_differ),
		cmocka_unit_test(test_other_keys_are_refused),
		cmocka_unit_test(test_stranger_is_asked_and_refused_the_same),
		cmocka_unit_test(test_failures_count_and_delay),
		cmocka_unit_test(test_nothing_countable_nothing_granted),
		cmocka_unit_test(test_odd_replies_are_refused),
		cmocka_unit_test(test_odd_signatures_are_refused),
		cmocka_unit_test(test_unfit_keys_are_not_enrolled),
		cmocka_unit_test(test_removed_key_opens_nothing),
	};

	return cmocka_run_group_tests(tests, holder_make, holder_free);
}
