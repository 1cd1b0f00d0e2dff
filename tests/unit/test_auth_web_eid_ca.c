/*
 * test_auth_web_eid_ca.c - whose ID cards are believed, and where.
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

#define DAY 86400L
#define LEN(array) (sizeof(array) / sizeof((array)[0]))

static EVP_PKEY *p384;

/* All but the certificate are right. */
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
		{ { "bob", 5, -DAY, DAY, "digitalSignature", NULL, NULL, false,
		      NULL },
		    holder.ca, holder.ca_key, "none of the customer's" },
	};
	X509 *mine = eid_issued(p384, "alice", 4), *wrong;
	char *crl = card_crl(holder.ca, holder.ca_key, 6, -DAY, DAY);
	size_t i;

	(void)state;
	eid_open(crl, NULL);
	holder_enrol_certificate(mine, "subject");
	for (i = 0; i < LEN(cases); i++) {
		wrong = card_issue(&cases[i].wish, p384, cases[i].issuer,
		    cases[i].issuer_key != NULL ? cases[i].issuer_key : p384);
		holder_refused(eid_pays((struct eid_wish){ .key = p384,
				   .certificate = wrong,
				   .alg = "ES384" }),
		    cases[i].why);
		X509_free(wrong);
	}
	eid_paid(eid_pays((struct eid_wish){ .key = p384,
	    .certificate = mine,
	    .alg = "ES384" }));
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
		.usage = "digitalSignature",
		.policy = "1.3.6.1.4.1.99999.1" };
	X509 *plain = card_issue(&wish, p384, holder.ca, holder.ca_key), *login;

	(void)state;
	wish.policy = NULL;
	wish.extended = "clientAuth";
	login = card_issue(&wish, p384, holder.ca, holder.ca_key);
	eid_open(NULL, "usage=clientAuth");
	holder_enrol_certificate(login, "subject");
	holder_refused(eid_pays((struct eid_wish){ .key = p384,
			   .certificate = plain,
			   .alg = "ES384" }),
	    "the usage clientAuth");
	holder_close();
	eid_open(NULL, "policy=1.3.6.1.4.1.99999.1");
	holder_enrol_certificate(plain, "subject");
	holder_refused(eid_pays((struct eid_wish){ .key = p384,
			   .certificate = login,
			   .alg = "ES384" }),
	    "policy");
	holder_close();
	X509_free(plain);
	X509_free(login);
}

/* Nobody is asked for what the operator has not allowed, and what is sent
 * nevertheless is not looked at. */
static void
test_without_the_setting_there_is_none(void **state)
{
	X509 *mine = holder_certificate("alice", 4);
	X509 *large = eid_issued(p384, "alice", 5);
	struct eid_wish wish = { .key = holder.card,
		.certificate = mine,
		.alg = "ES256" };
	struct prompt prompt = { .kind = TILL_ASK_SIGNATURE };
	char *pem = card_certificate_pem(large);

	(void)state;
	holder_open_ca(NULL, NULL);
	holder_enrol_certificate(mine, "certificate");
	ASSERT_RESULT(holder_enrol(pem, "certificate"), TILL_DENY);
	assert_non_null(strstr(holder.owner.log, "only P-256"));
	ASSERT_RESULT(instance_auth(holder.it, holder.ctx), TILL_NEED_INPUT);
	assert_null(eid_prompt("web-eid"));
	(void)snprintf(prompt.id, sizeof(prompt.id), "web-eid");
	prompt.max_len = 16384;
	holder.ctx->prompts[holder.ctx->prompts_len++] = prompt;
	holder_refused(eid_sends(
			   eid_token(&wish, holder.ctx->prompts[0].challenge)),
	    "are not taken");
	holder_close();
	free(pem);
	X509_free(mine);
	X509_free(large);
}

static void
test_settings_that_cannot_be(void **state)
{
	char why[DIAG_TEXT_MAX];
	const char *const settings[] = { "web-eid=yes", NULL };
	const char *const no_ca[] = { "web-eid=yes", "origin=" EID_ORIGIN,
		NULL };

	(void)state;
	assert_null(
	    module_open(holder.loader, "auth_smartcard", settings, why));
	assert_non_null(strstr(why, "needs ca= and origin="));
	assert_null(module_open(holder.loader, "auth_smartcard", no_ca, why));
	assert_non_null(strstr(why, "needs ca= and origin="));
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
		cmocka_unit_test(test_wrong_certificates_are_refused),
		cmocka_unit_test(test_usage_and_policy_are_asked_for),
		cmocka_unit_test(test_without_the_setting_there_is_none),
		cmocka_unit_test(test_settings_that_cannot_be),
	};

	return cmocka_run_group_tests(tests, make, unmake);
}
