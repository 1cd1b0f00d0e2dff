/*
 * test_auth_web_eid.c - an ID card pays what it was asked for, by a Web eID
 * token, and nothing else.
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
#include "support/eid.h"

#define LEN(array) (sizeof(array) / sizeof((array)[0]))

static EVP_PKEY *p384;

enum whose { OF_P256 = 0, OF_RSA, OF_P384, OF_ANOTHER };

/* The key that signs; what differs; and what the log says of it. */
static const struct {
	enum whose key;
	struct eid_wish wish;
	const char *why;
} wrong[] = {
	{ OF_P256, { .alg = "ES256", .origin = "https://evil.example" },
	    "another origin" },
	{ OF_P256, { .alg = "ES256", .origin = "https://pay.example/" },
	    "another origin" },
	{ OF_P256, { .alg = "ES256", .origin = "http://pay.example" },
	    "another origin" },
	{ OF_P256, { .alg = "ES256", .origin = "" }, "another origin" },
	{ OF_P256,
	    { .alg = "ES256",
		.nonce = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=" },
	    "another challenge" },
	{ OF_P256, { .alg = "ES256", .nonce = "" }, "another challenge" },
	{ OF_ANOTHER, { .alg = "ES256" }, "the signature is wrong" },
	/* A signature in DER is right, and not as it should be. */
	{ OF_P256, { .alg = "ES256", .der = true }, "the signature is wrong" },
	{ OF_P384, { .alg = "ES384", .der = true }, "the signature is wrong" },
	{ OF_RSA, { .alg = "PS256", .said = "RS256" },
	    "the signature is wrong" },
	{ OF_RSA, { .alg = "RS256", .said = "PS256" },
	    "the signature is wrong" },
	{ OF_P256, { .alg = "ES256", .said = "RS256" }, "none for RS256" },
	{ OF_P256, { .alg = "ES256", .said = "PS256" }, "none for PS256" },
	{ OF_P256, { .alg = "ES256", .said = "ES384" }, "none for ES384" },
	{ OF_RSA, { .alg = "RS256", .said = "ES256" }, "none for ES256" },
	{ OF_P384, { .alg = "ES384", .said = "ES256" }, "only P-256" },
	{ OF_P256, { .alg = "ES256", .said = "ES512" },
	    "algorithm is none of ours" },
	{ OF_RSA, { .alg = "RS256", .said = "RS384" },
	    "algorithm is none of ours" },
	{ OF_P256, { .alg = "ES256", .said = "none" },
	    "algorithm is none of ours" },
	{ OF_P256, { .alg = "ES256", .said = "" },
	    "algorithm is none of ours" },
	{ OF_P256, { .alg = "ES256", .format = "web-eid:2" }, "format is not" },
	{ OF_P256, { .alg = "ES256", .format = "web-eid:10" },
	    "format is not" },
	{ OF_P256, { .alg = "ES256", .format = "web-eid:1." },
	    "format is not" },
	{ OF_P256, { .alg = "ES256", .format = "web-eid:1.x" },
	    "format is not" },
	{ OF_P256, { .alg = "ES256", .format = "web-eid:1.1111" },
	    "format is not" },
	{ OF_P256, { .alg = "ES256", .more = ",\"format\":\"web-eid:1\"" },
	    "twice" },
};

static void
test_each_algorithm_pays(void **state)
{
	const struct {
		EVP_PKEY *key;
		const char *alg;
	} all[] = { { holder.card, "ES256" }, { p384, "ES384" },
		{ holder.rsa, "RS256" }, { holder.rsa, "PS256" } };
	X509 *certificate;
	size_t i;

	(void)state;
	for (i = 0; i < LEN(all); i++) {
		eid_open(NULL, NULL);
		certificate = eid_issued(all[i].key, "alice", 4);
		holder_enrol_certificate(certificate, "certificate");
		eid_paid(eid_pays((struct eid_wish){ .key = all[i].key,
		    .certificate = certificate,
		    .alg = all[i].alg }));
		holder_close();
		X509_free(certificate);
	}
}

/* Of any minor version, with what that adds; and by the subject. */
static void
test_later_tokens_pay(void **state)
{
	static const char more[] =
	    ",\"unverifiedSigningCertificates\":[{\"certificate\":\"AAAA\","
	    "\"supportedSignatureAlgorithms\":[{\"cryptoAlgorithm\":\"ECC\"}]"
	    "}]";
	static const char *const formats[] = { "web-eid:1", "web-eid:1.0",
		"web-eid:1.1", "web-eid:1.12" };
	X509 *mine = eid_issued(holder.card, "alice", 4);
	X509 *next = eid_issued(p384, "alice", 5);
	size_t i;

	(void)state;
	eid_open(NULL, "method=hwk");
	holder_enrol_certificate(mine, "subject");
	for (i = 0; i < LEN(formats); i++) {
		ASSERT_RESULT(eid_pays((struct eid_wish){ .key = p384,
				  .certificate = next,
				  .alg = "ES384",
				  .format = formats[i],
				  .more = more }),
		    TILL_GRANT);
		assert_string_equal(holder.ctx->amr[0], "hwk");
		context_free(holder.ctx);
		holder.ctx = owner_context(&holder.owner, "it", TILL_AUTH);
	}
	holder_close();
	X509_free(mine);
	X509_free(next);
}

static void
test_what_is_wrong_is_refused(void **state)
{
	EVP_PKEY *const keys[] = { holder.card, holder.rsa, p384,
		holder.other_card };
	X509 *certificates[LEN(keys)];
	struct eid_wish wish;
	size_t i;

	(void)state;
	eid_open(NULL, NULL);
	for (i = OF_P256; i <= OF_P384; i++) {
		certificates[i] = eid_issued(keys[i], "alice", (long)i + 1);
		holder_enrol_certificate(certificates[i], "certificate");
	}
	/* A key with the certificate of another one. */
	certificates[OF_ANOTHER] = certificates[OF_P256];
	for (i = 0; i < LEN(wrong); i++) {
		wish = wrong[i].wish;
		wish.key = keys[wrong[i].key];
		wish.certificate = certificates[wrong[i].key];
		holder_refused(eid_pays(wish), wrong[i].why);
	}
	eid_paid(eid_pays((struct eid_wish){ .key = holder.card,
	    .certificate = certificates[OF_P256],
	    .alg = "ES256" }));
	holder_close();
	for (i = OF_P256; i <= OF_P384; i++)
		X509_free(certificates[i]);
}

/* The members that count, each of them wrong in turn. */
static void
test_odd_tokens_are_refused(void **state)
{
	static const struct {
		const char *text, *why;
	} odd[] = {
		{ "", "JSON" },
		{ "{", "JSON" },
		{ "[]", "no JSON object" },
		{ "{}", "format is not" },
		{ "{\"format\":1}", "format is not" },
		{ "{\"format\":\"web-eid:1\"}", "algorithm is none" },
		{ "{\"format\":\"web-eid:1\",\"algorithm\":null}",
		    "algorithm is none" },
		{ "{\"format\":\"web-eid:1\",\"algorithm\":\"ES256\"}",
		    "certificate is no base64" },
		{ "{\"format\":\"web-eid:1\",\"algorithm\":\"ES256\","
		  "\"unverifiedCertificate\":\"\"}",
		    "certificate is no base64" },
		{ "{\"format\":\"web-eid:1\",\"algorithm\":\"ES256\","
		  "\"unverifiedCertificate\":\"AAA\"}",
		    "certificate is no base64" },
		{ "{\"format\":\"web-eid:1\",\"algorithm\":\"ES256\","
		  "\"unverifiedCertificate\":\"A===\"}",
		    "certificate is no base64" },
		{ "{\"format\":\"web-eid:1\",\"algorithm\":\"ES256\","
		  "\"unverifiedCertificate\":\"AA_-\"}",
		    "certificate is no base64" },
		{ "{\"format\":\"web-eid:1\",\"algorithm\":\"ES256\","
		  "\"unverifiedCertificate\":\"AA=A\"}",
		    "certificate is no base64" },
		{ "{\"format\":\"web-eid:1\",\"algorithm\":\"ES256\","
		  "\"unverifiedCertificate\":\"AB==\"}",
		    "certificate is no base64" },
		{ "{\"format\":\"web-eid:1\",\"algorithm\":\"ES256\","
		  "\"unverifiedCertificate\":\"AA\\nA\"}",
		    "certificate is no base64" },
		{ "{\"format\":\"web-eid:1\",\"algorithm\":\"ES256\","
		  "\"unverifiedCertificate\":\"AAAA\"}",
		    "signature is no base64" },
		{ "{\"format\":\"web-eid:1\",\"algorithm\":\"ES256\","
		  "\"unverifiedCertificate\":\"AAAA\",\"signature\":true}",
		    "signature is no base64" },
		{ "{\"format\":\"web-eid:1\",\"algorithm\":\"ES256\","
		  "\"unverifiedCertificate\":\"AAAA\",\"signature\":\"AAAA\"}",
		    "the certificate is none" },
	};
	struct till_error err = { "" };
	size_t i;

	(void)state;
	eid_open(NULL, NULL);
	for (i = 0; i < LEN(odd); i++) {
		(void)eid_asked();
		/* The host lets nothing empty through. */
		if (context_reply_put(holder.ctx, "web-eid", odd[i].text,
			strlen(odd[i].text), "", &err) == -1) {
			assert_int_equal(i, 0);
			continue;
		}
		holder.owner.log[0] = '\0';
		holder_refused(instance_auth(holder.it, holder.ctx),
		    odd[i].why);
	}
	holder_close();
}

/* Whatever differs between what was asked and what is paid. */
static void
test_token_is_for_this_payment_only(void **state)
{
	X509 *mine = eid_issued(holder.card, "alice", 4);
	const struct eid_wish right = { .key = holder.card,
		.certificate = mine,
		.alg = "ES256" };
	struct till_order order;
	unsigned int i;

	(void)state;
	eid_open(NULL, NULL);
	holder_enrol_certificate(mine, "certificate");
	order = holder.owner.order;
	for (i = 0; i < 5; i++) {
		char *text;

		holder.owner.order = order;
		context_free(holder.ctx);
		holder.ctx = owner_context(&holder.owner, "it", TILL_AUTH);
		text = eid_token(&right, eid_asked());
		switch (i) {
		case 0:
			holder.owner.order.amount.micro++;
			break;
		case 1:
			holder.owner.order.merchant = "press-2";
			break;
		case 2:
			holder.owner.order.ticket =
			    "1123456789012345678901234567890123456789012";
			break;
		case 3:
			memcpy(holder.owner.order.amount.currency, "USD", 4);
			break;
		case 4:
			holder.owner.order.merchant = "";
			holder.owner.order.kind = "identity";
			break;
		}
		holder_refused(eid_sends(text), "another challenge");
	}
	holder.owner.order = order;
	context_free(holder.ctx);
	holder.ctx = owner_context(&holder.owner, "it", TILL_AUTH);
	eid_paid(eid_pays(right));
	holder_close();
	X509_free(mine);
}

/* A sign-in is signed for as well, and that signature pays nothing. */
static void
test_token_signs_in(void **state)
{
	X509 *mine = eid_issued(holder.card, "alice", 4);
	const struct eid_wish right = { .key = holder.card,
		.certificate = mine,
		.alg = "ES256" };
	struct till_order payment;
	char *text;

	(void)state;
	eid_open(NULL, NULL);
	holder_enrol_certificate(mine, "certificate");
	payment = holder.owner.order;
	holder.owner.order.merchant = "";
	holder.owner.order.merchant_name = "https://pay.example";
	holder.owner.order.kind = "identity";
	holder.owner.order.amount.micro = 0;
	eid_paid(eid_pays(right));
	text = eid_token(&right, eid_asked());
	holder.owner.order.merchant_name = "https://other.example";
	holder_refused(eid_sends(text), "another challenge");
	text = eid_token(&right, eid_asked());
	holder.owner.order = payment;
	holder_refused(eid_sends(text), "another challenge");
	holder_close();
	X509_free(mine);
}

static void
test_token_serves_once(void **state)
{
	X509 *mine = eid_issued(holder.card, "alice", 4);
	const struct eid_wish right = { .key = holder.card,
		.certificate = mine,
		.alg = "ES256" };
	char *text, *again;

	(void)state;
	eid_open(NULL, NULL);
	holder_enrol_certificate(mine, "certificate");
	text = eid_token(&right, eid_asked());
	again = strdup(text);
	assert_non_null(again);
	ASSERT_RESULT(eid_sends(text), TILL_GRANT);
	/* In its own conversation ... */
	(void)eid_asked();
	text = strdup(again);
	holder_refused(eid_sends(text), "another challenge");
	/* ... and in another. */
	(void)eid_asked();
	holder_refused(eid_sends(again), "another challenge");
	holder_close();
	X509_free(mine);
}

static void
test_challenge_is_used_up_by_a_wrong_token(void **state)
{
	X509 *mine = eid_issued(holder.card, "alice", 4);
	struct eid_wish wish = { .key = holder.card,
		.certificate = mine,
		.alg = "ES256" };
	unsigned char challenge[32];
	struct prompt prompt;

	(void)state;
	eid_open(NULL, NULL);
	holder_enrol_certificate(mine, "certificate");
	memcpy(challenge, eid_asked(), sizeof(challenge));
	prompt = *eid_prompt("web-eid");
	wish.origin = "https://evil.example";
	ASSERT_RESULT(eid_sends(eid_token(&wish, challenge)), TILL_DENY);
	/* The host does not ask again; if it did, the reply is too late. */
	holder.ctx->prompts[0] = prompt;
	holder.ctx->prompts_len = 1;
	wish.origin = EID_ORIGIN;
	holder_refused(eid_sends(eid_token(&wish, challenge)),
	    "there is no challenge");
	holder_close();
	X509_free(mine);
}

static void
test_token_that_comes_late_is_refused(void **state)
{
	X509 *mine = eid_issued(holder.card, "alice", 4);
	const struct eid_wish right = { .key = holder.card,
		.certificate = mine,
		.alg = "ES256" };
	char *text;
	size_t i;

	(void)state;
	eid_open(NULL, "ttl=10s");
	holder_enrol_certificate(mine, "certificate");
	text = eid_token(&right, eid_asked());
	holder.owner.now_ms += 10001;
	/* A host that took it all the same. */
	for (i = 0; i < holder.ctx->prompts_len; i++)
		holder.ctx->prompts[i].ttl_ms = 0;
	holder_refused(eid_sends(text), "too late");
	holder_close();
	X509_free(mine);
}

static int
make(void **state)
{
	p384 = eid_p384();
	return holder_make(state);
}

static int
unmake(void **state)
{
	EVP_PKEY_free(p384);
	return holder_free(state);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_algorithm_pays),
		cmocka_unit_test(test_later_tokens_pay),
		cmocka_unit_test(test_what_is_wrong_is_refused),
		cmocka_unit_test(test_odd_tokens_are_refused),
		cmocka_unit_test(test_token_is_for_this_payment_only),
		cmocka_unit_test(test_token_signs_in),
		cmocka_unit_test(test_token_serves_once),
		cmocka_unit_test(test_challenge_is_used_up_by_a_wrong_token),
		cmocka_unit_test(test_token_that_comes_late_is_refused),
	};

	return cmocka_run_group_tests(tests, make, unmake);
}
