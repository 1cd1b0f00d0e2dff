/*
 * test_auth_smartcard_ca.c - certificates: whose are believed, and when
 * they are not any more.
 */
#include <sys/stat.h>

#include <pthread.h>
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
#include "support/scratch.h"

#define DAY 86400L
#define THREADS 4
#define ROUNDS 25

static void
test_certificate_pays(void **state)
{
	X509 *mine = holder_certificate("alice 1", 7);
	X509 *renewed = holder_certificate("alice 1", 8);
	char *crl = card_crl(holder.ca, holder.ca_key, 99, -DAY, DAY);

	(void)state;
	holder_open_ca(crl, NULL);
	holder_enrol_certificate(mine, "certificate");
	assert_memory_equal(holder.owner.records[0].id, "cert.", 5);
	ASSERT_RESULT(holder_pay_certificate(mine), TILL_GRANT);
	assert_non_null(strstr(holder.owner.log, holder.owner.records[0].id));
	/* The next one of the same name is another one, unless it was the
	 * name that was enrolled. */
	context_free(holder.ctx);
	holder.ctx = owner_context(&holder.owner, "it", TILL_AUTH);
	holder_refused(holder_pay_certificate(renewed),
	    "none of the customer's");
	holder_enrol_certificate(mine, "subject");
	assert_memory_equal(holder.owner.records[1].id, "subject.", 8);
	ASSERT_RESULT(holder_pay_certificate(renewed), TILL_GRANT);
	holder_close();
	free(crl);
	X509_free(mine);
	X509_free(renewed);
}

static void
test_certificate_needs_a_ca(void **state)
{
	X509 *mine = holder_certificate("alice 1", 7);
	char *pem = card_certificate_pem(mine);

	(void)state;
	holder_open(NULL);
	ASSERT_RESULT(holder_enrol(pem, "subject"), TILL_DENY);
	holder_refused(holder_pay_certificate(mine), "no ca=");
	holder_close();
	free(pem);
	X509_free(mine);
}

/* Whatever is wrong with a certificate: of the very subject that is
 * enrolled, with a signature that is right. */
static void
test_wrong_certificates_are_refused(void **state)
{
	const struct {
		struct card_wish wish;
		X509 *issuer;
		EVP_PKEY *issuer_key;
		const char *why;
	} cases[] = {
		{ { "alice", 5, -2 * DAY, -DAY, "digitalSignature", NULL, NULL,
		      false, NULL },
		    holder.ca, holder.ca_key, "certificate has expired" },
		{ { "alice", 5, DAY, 2 * DAY, "digitalSignature", NULL, NULL,
		      false, NULL },
		    holder.ca, holder.ca_key, "certificate is not yet valid" },
		{ { "alice", 5, -DAY, DAY, "nonRepudiation", NULL, NULL, false,
		      NULL },
		    holder.ca, holder.ca_key, "not for digital signatures" },
		{ { "alice", 5, -DAY, DAY, NULL, NULL, NULL, false, NULL },
		    holder.ca, holder.ca_key, "not for digital signatures" },
		{ { "alice", 5, -DAY, DAY, "digitalSignature,keyCertSign", NULL,
		      NULL, true, NULL },
		    holder.ca, holder.ca_key, "is a CA's" },
		{ { "alice", 6, -DAY, DAY, "digitalSignature", NULL, NULL,
		      false, NULL },
		    holder.ca, holder.ca_key, "certificate revoked" },
		/* The same name of a CA, another key. */
		{ { "alice", 5, -DAY, DAY, "digitalSignature", NULL, NULL,
		      false, NULL },
		    holder.ca, holder.other_ca_key,
		    "certificate signature failure" },
		{ { "alice", 5, -DAY, DAY, "digitalSignature", NULL, NULL,
		      false, NULL },
		    holder.other_ca, holder.other_ca_key, "unable to get" },
		{ { "alice", 5, -DAY, DAY, "digitalSignature", NULL, NULL,
		      false, NULL },
		    NULL, NULL, "self-signed certificate" },
		{ { "alice", 5, -DAY, DAY, "digitalSignature", NULL, NULL,
		      false, EVP_sha1() },
		    holder.ca, holder.ca_key, "too weak" },
		{ { "bob", 5, -DAY, DAY, "digitalSignature", NULL, NULL, false,
		      NULL },
		    holder.ca, holder.ca_key, "none of the customer's" },
	};
	X509 *mine = holder_certificate("alice", 4), *wrong;
	char *crl = card_crl(holder.ca, holder.ca_key, 6, -DAY, DAY), *pem;
	size_t i;

	(void)state;
	holder_open_ca(crl, NULL);
	holder_enrol_certificate(mine, "subject");
	ASSERT_RESULT(holder_pay_certificate(mine), TILL_GRANT);
	context_free(holder.ctx);
	holder.ctx = owner_context(&holder.owner, "it", TILL_AUTH);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		wrong = card_issue(&cases[i].wish, holder.card, cases[i].issuer,
		    cases[i].issuer_key != NULL ? cases[i].issuer_key
						: holder.card);
		holder_refused(holder_pay_certificate(wrong), cases[i].why);
		/* Nor is it enrolled, but for the one of another name. */
		pem = card_certificate_pem(wrong);
		ASSERT_RESULT(holder_enrol(pem, "certificate"),
		    strcmp(cases[i].wish.name, "bob") == 0 ? TILL_GRANT
							   : TILL_DENY);
		free(pem);
		X509_free(wrong);
	}
	holder_close();
	free(crl);
	X509_free(mine);
}

static void
test_certificate_of_another_key_is_refused(void **state)
{
	X509 *mine = holder_certificate("alice", 4);
	const struct card_said said = { .alg = "ES256", .certificate = mine };

	(void)state;
	holder_open_ca(NULL, NULL);
	holder_enrol_certificate(mine, "certificate");
	holder_refused(holder_pay(holder.other_card, &said, &holder_order),
	    "the signature is wrong");
	holder_close();
	X509_free(mine);
}

/* Its own time bounds a CRL, and there must be one of this CA. */
static void
test_crl_must_be_current(void **state)
{
	const struct {
		X509 *issuer;
		EVP_PKEY *key;
		long from_s, to_s;
		const char *why;
	} cases[] = {
		{ holder.ca, holder.ca_key, -2 * DAY, -DAY, "CRL has expired" },
		{ holder.ca, holder.ca_key, DAY, 2 * DAY,
		    "CRL is not yet valid" },
		{ holder.ca, holder.other_ca_key, -DAY, DAY,
		    "CRL signature failure" },
		{ holder.other_ca, holder.other_ca_key, -DAY, DAY,
		    "unable to get certificate CRL" },
	};
	X509 *mine = holder_certificate("alice", 4);
	char *crl;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		crl = card_crl(cases[i].issuer, cases[i].key, 0,
		    cases[i].from_s, cases[i].to_s);
		holder_open_ca(crl, NULL);
		holder_refused(holder_pay_certificate(mine), cases[i].why);
		holder_close();
		free(crl);
	}
	X509_free(mine);
}

static void
replace_crl(const char *text)
{
	char to[SCRATCH_PATH_MAX];

	(void)snprintf(to, sizeof(to), "%s", scratch_path("crl.pem"));
	scratch_write("crl.new", 0600, text);
	assert_int_equal(rename(scratch_path("crl.new"), to), 0);
}

static void
test_new_crl_counts_at_once(void **state)
{
	X509 *mine = holder_certificate("alice", 4);
	char *before = card_crl(holder.ca, holder.ca_key, 0, -DAY, DAY);
	char *after = card_crl(holder.ca, holder.ca_key, 4, -DAY, DAY);

	(void)state;
	holder_open_ca(before, NULL);
	holder_enrol_certificate(mine, "certificate");
	ASSERT_RESULT(holder_pay_certificate(mine), TILL_GRANT);
	replace_crl("no CRL at all\n");
	context_free(holder.ctx);
	holder.ctx = owner_context(&holder.owner, "it", TILL_AUTH);
	ASSERT_RESULT(holder_pay_certificate(mine), TILL_GRANT);
	assert_non_null(strstr(holder.owner.log, "the file is no good"));
	replace_crl(after);
	context_free(holder.ctx);
	holder.ctx = owner_context(&holder.owner, "it", TILL_AUTH);
	holder_refused(holder_pay_certificate(mine), "certificate revoked");
	holder_close();
	free(before);
	free(after);
	X509_free(mine);
}

/* Why it cannot be read passes, and the file stays as it is. */
static void
test_crl_that_could_not_be_read_is_tried_again(void **state)
{
	X509 *mine = holder_certificate("alice", 4);
	char *before = card_crl(holder.ca, holder.ca_key, 0, -DAY, DAY);
	char *after = card_crl(holder.ca, holder.ca_key, 4, -DAY, DAY);
	char folder[SCRATCH_PATH_MAX];
	struct till_error err;

	(void)state;
	(void)snprintf(folder, sizeof(folder), "%s", scratch_path("."));
	holder_open_ca(before, NULL);
	holder_enrol_certificate(mine, "certificate");
	replace_crl(after);
	assert_int_equal(chmod(folder, 0777), 0);
	ASSERT_RESULT(holder_pay_certificate(mine), TILL_GRANT);
	assert_non_null(strstr(holder.owner.log, "the file is no good"));
	assert_int_equal(instance_health(holder.it, &err), -1);
	assert_int_equal(instance_health(holder.it, &err), -1);
	assert_int_equal(chmod(folder, 0700), 0);
	assert_int_equal(instance_health(holder.it, &err), 0);
	context_free(holder.ctx);
	holder.ctx = owner_context(&holder.owner, "it", TILL_AUTH);
	holder_refused(holder_pay_certificate(mine), "certificate revoked");
	holder_close();
	free(before);
	free(after);
	X509_free(mine);
}

/* A customer of each thread's own. */
struct payer {
	struct owner owner;
	X509 *certificate;
	unsigned int paid;
};

static void *
pay_often(void *arg)
{
	struct payer *payer = arg;
	struct till_context *ctx;
	char challenge[44], *text;
	const struct card_said said = { .alg = "ES256",
		.certificate = payer->certificate };
	unsigned int i;

	for (i = 0; i < ROUNDS; i++) {
		ctx = owner_context(&payer->owner, "it", TILL_AUTH);
		if (instance_auth(holder.it, ctx) == TILL_NEED_INPUT) {
			(void)base64url_encode(ctx->prompts[0].challenge, 32,
			    challenge);
			text = card_reply(holder.card, &said, challenge,
			    &holder_order);
			reply(ctx, "card", text);
			free(text);
			if (instance_auth(holder.it, ctx) == TILL_GRANT)
				payer->paid++;
		}
		context_free(ctx);
	}
	return NULL;
}

static void
test_crl_changes_beside_payments(void **state)
{
	static struct payer payers[THREADS];
	X509 *mine = holder_certificate("alice", 4);
	char *crl = card_crl(holder.ca, holder.ca_key, 99, -DAY, DAY);
	pthread_t threads[THREADS];
	size_t i;

	(void)state;
	holder_open_ca(crl, NULL);
	holder_enrol_certificate(mine, "certificate");
	for (i = 0; i < THREADS; i++) {
		payers[i] = (struct payer){ .owner = holder.owner,
			.certificate = mine };
		assert_int_equal(pthread_create(&threads[i], NULL, pay_often,
				     &payers[i]),
		    0);
	}
	for (i = 0; i < ROUNDS; i++)
		replace_crl(crl);
	for (i = 0; i < THREADS; i++) {
		assert_int_equal(pthread_join(threads[i], NULL), 0);
		assert_int_equal(payers[i].paid, ROUNDS);
	}
	holder_close();
	free(crl);
	X509_free(mine);
}

static void
test_usage_and_policy_are_asked_for(void **state)
{
	struct card_wish wish = { .name = "alice",
		.serial = 4,
		.from_s = -DAY,
		.to_s = DAY,
		.usage = "digitalSignature" };
	X509 *plain, *login, *gold;

	(void)state;
	plain = card_issue(&wish, holder.card, holder.ca, holder.ca_key);
	wish.extended = "clientAuth,emailProtection";
	login = card_issue(&wish, holder.card, holder.ca, holder.ca_key);
	wish.policy = "1.3.6.1.4.1.99999.1";
	gold = card_issue(&wish, holder.card, holder.ca, holder.ca_key);
	holder_open_ca(NULL, "usage=clientAuth");
	holder_enrol_certificate(login, "subject");
	ASSERT_RESULT(holder_pay_certificate(login), TILL_GRANT);
	context_free(holder.ctx);
	holder.ctx = owner_context(&holder.owner, "it", TILL_AUTH);
	holder_refused(holder_pay_certificate(plain), "the usage clientAuth");
	holder_close();
	holder_open_ca(NULL, "policy=1.3.6.1.4.1.99999.1");
	holder_enrol_certificate(gold, "subject");
	ASSERT_RESULT(holder_pay_certificate(gold), TILL_GRANT);
	context_free(holder.ctx);
	holder.ctx = owner_context(&holder.owner, "it", TILL_AUTH);
	holder_refused(holder_pay_certificate(login), "policy");
	holder_close();
	X509_free(plain);
	X509_free(login);
	X509_free(gold);
}

static void
test_settings_that_cannot_be(void **state)
{
	char why[DIAG_TEXT_MAX], ca_setting[SCRATCH_PATH_MAX + 8];
	const char *settings[3] = { "crl=/nowhere", NULL, NULL };
	X509 *mine = holder_certificate("alice", 4);
	char *pem = card_certificate_pem(mine);

	(void)state;
	assert_null(
	    module_open(holder.loader, "auth_smartcard", settings, why));
	assert_non_null(strstr(why, "need ca="));
	(void)snprintf(ca_setting, sizeof(ca_setting), "ca=%s",
	    scratch_path("ca.pem"));
	settings[0] = ca_setting;
	scratch_write("ca.pem", 0600, "nothing\n");
	assert_null(
	    module_open(holder.loader, "auth_smartcard", settings, why));
	assert_non_null(strstr(why, "no certificate"));
	scratch_write("ca.pem", 0600,
	    "-----BEGIN CERTIFICATE-----\nAA\n-----END CERTIFICATE-----\n");
	assert_null(
	    module_open(holder.loader, "auth_smartcard", settings, why));
	assert_non_null(strstr(why, "cannot be read"));
	scratch_write("ca.pem", 0600, pem);
	assert_null(
	    module_open(holder.loader, "auth_smartcard", settings, why));
	assert_non_null(strstr(why, "none of a CA"));
	free(pem);
	pem = card_certificate_pem(holder.ca);
	scratch_write("ca.pem", 0600, pem);
	settings[1] = "usage=not an oid";
	assert_null(
	    module_open(holder.loader, "auth_smartcard", settings, why));
	assert_non_null(strstr(why, "no object identifier"));
	free(pem);
	X509_free(mine);
}

static void
test_crl_without_an_end_is_none(void **state)
{
	char *crl = card_crl(holder.ca, holder.ca_key, 0, -DAY, 0);
	char *pem = card_certificate_pem(holder.ca);
	char a[SCRATCH_PATH_MAX + 8], b[SCRATCH_PATH_MAX + 8];
	const char *const settings[] = { a, b, NULL };
	char why[DIAG_TEXT_MAX];

	(void)state;
	scratch_write("ca.pem", 0600, pem);
	scratch_write("crl.pem", 0600, crl);
	(void)snprintf(a, sizeof(a), "ca=%s", scratch_path("ca.pem"));
	(void)snprintf(b, sizeof(b), "crl=%s", scratch_path("crl.pem"));
	assert_null(
	    module_open(holder.loader, "auth_smartcard", settings, why));
	assert_non_null(strstr(why, "when the next one comes"));
	free(crl);
	free(pem);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_certificate_pays),
		cmocka_unit_test(test_certificate_needs_a_ca),
		cmocka_unit_test(test_wrong_certificates_are_refused),
		cmocka_unit_test(test_certificate_of_another_key_is_refused),
		cmocka_unit_test(test_crl_must_be_current),
		cmocka_unit_test(test_new_crl_counts_at_once),
		cmocka_unit_test(
		    test_crl_that_could_not_be_read_is_tried_again),
		cmocka_unit_test(test_crl_changes_beside_payments),
		cmocka_unit_test(test_usage_and_policy_are_asked_for),
		cmocka_unit_test(test_settings_that_cannot_be),
		cmocka_unit_test(test_crl_without_an_end_is_none),
	};

	return cmocka_run_group_tests(tests, holder_make, holder_free);
}
