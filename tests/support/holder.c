/*
 * holder.c - a customer with a card in software, before auth_smartcard.
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
#include "support/scratch.h"

#define DAY 86400L
#define REFUSED "the signature was not accepted"

struct holder holder;

const struct card_paid holder_order = {
	"0123456789012345678901234567890123456789012", "press-1", "5.000000",
	"EUR"
};

void
holder_open(const char *const *settings)
{
	owner_init(&holder.owner);
	holder.it = module_must_open(holder.loader, "auth_smartcard", settings);
	holder.ctx = owner_context(&holder.owner, "it", TILL_AUTH);
}

/* With the CA's file, and its CRL if there is one. */
void
holder_open_ca(const char *crl, const char *more)
{
	char ca_setting[SCRATCH_PATH_MAX + 8],
	    crl_setting[SCRATCH_PATH_MAX + 8];
	const char *settings[4] = { ca_setting, NULL, NULL, NULL };
	char *pem = card_certificate_pem(holder.ca);
	size_t n = 1;

	scratch_write("ca.pem", 0600, pem);
	free(pem);
	(void)snprintf(ca_setting, sizeof(ca_setting), "ca=%s",
	    scratch_path("ca.pem"));
	(void)snprintf(crl_setting, sizeof(crl_setting), "crl=%s",
	    scratch_path("crl.pem"));
	if (crl != NULL) {
		scratch_write("crl.pem", 0600, crl);
		settings[n++] = crl_setting;
	}
	if (more != NULL)
		settings[n++] = more;
	holder_open(settings);
}

void
holder_close(void)
{
	context_free(holder.ctx);
	instance_close(holder.it);
}

enum till_result
holder_enrol(const char *key, const char *match)
{
	struct till_context *enrolment =
	    owner_context(&holder.owner, "it", TILL_AUTH);
	enum till_result result;

	ASSERT_RESULT(instance_enrol(holder.it, enrolment, TILL_ENROL_ADD),
	    TILL_NEED_INPUT);
	reply(enrolment, "new-key", key);
	reply(enrolment, "label", "blue card");
	reply(enrolment, "match", match);
	result = instance_enrol(holder.it, enrolment, TILL_ENROL_ADD);
	(void)snprintf(holder.owner.log, sizeof(holder.owner.log), "%s",
	    enrolment->why.text);
	context_free(enrolment);
	return result;
}

void
holder_enrol_key(EVP_PKEY *key)
{
	char *pem = card_public_pem(key);

	ASSERT_RESULT(holder_enrol(pem, "certificate"), TILL_GRANT);
	free(pem);
}

void
holder_enrol_certificate(X509 *certificate, const char *match)
{
	char *pem = card_certificate_pem(certificate);

	ASSERT_RESULT(holder_enrol(pem, match), TILL_GRANT);
	free(pem);
}

void
holder_challenge(char challenge[44])
{
	if (holder.ctx->prompts_len == 0)
		ASSERT_RESULT(instance_auth(holder.it, holder.ctx),
		    TILL_NEED_INPUT);
	assert_int_equal(holder.ctx->prompts[0].challenge_len, 32);
	(void)base64url_encode(holder.ctx->prompts[0].challenge, 32, challenge);
}

/* Reply and forget the text. */
enum till_result
holder_reply(char *text)
{
	holder.owner.log[0] = '\0';
	reply(holder.ctx, "card", text);
	free(text);
	return instance_auth(holder.it, holder.ctx);
}

enum till_result
holder_pay(EVP_PKEY *key, const struct card_said *said,
    const struct card_paid *paid)
{
	char challenge[44];

	holder_challenge(challenge);
	return holder_reply(card_reply(key, said, challenge, paid));
}

enum till_result
holder_pay_key(EVP_PKEY *key, const char *alg)
{
	char kid[44];

	card_kid(key, kid);
	return holder_pay(key, &(struct card_said){ .alg = alg, .kid = kid },
	    &holder_order);
}

enum till_result
holder_pay_certificate(X509 *certificate)
{
	return holder_pay(holder.card,
	    &(struct card_said){ .alg = "ES256", .certificate = certificate },
	    &holder_order);
}

/* The same words to the customer whatever it was, the reason in the log. */
void
holder_refused(enum till_result result, const char *why)
{
	ASSERT_RESULT(result, TILL_DENY);
	assert_string_equal(holder.ctx->code, "card");
	assert_string_equal(holder.ctx->why.text, REFUSED);
	assert_int_equal(holder.ctx->level, 0);
	assert_int_equal(holder.ctx->amr_len, 0);
	if (strstr(holder.owner.log, why) == NULL)
		fail_msg("'%s' is not in the log: %s", why, holder.owner.log);
	context_free(holder.ctx);
	memset(&holder.owner.failures, 0, sizeof(holder.owner.failures));
	memset(&holder.owner.here, 0, sizeof(holder.owner.here));
	holder.ctx = owner_context(&holder.owner, "it", TILL_AUTH);
}

X509 *
holder_certificate(const char *name, long serial)
{
	return card_issue(&(struct card_wish){ .name = name,
			      .serial = serial,
			      .from_s = -DAY,
			      .to_s = DAY,
			      .usage = "critical,digitalSignature" },
	    holder.card, holder.ca, holder.ca_key);
}

int
holder_make(void **state)
{
	struct card_wish wish = { .name = "Card CA",
		.serial = 1,
		.from_s = -3 * DAY,
		.to_s = 3 * DAY,
		.usage = "critical,keyCertSign,cRLSign",
		.is_ca = true };

	holder.card = card_p256();
	holder.other_card = card_p256();
	holder.ca_key = card_p256();
	holder.other_ca_key = card_p256();
	holder.rsa = card_rsa(2048);
	holder.ca = card_issue(&wish, holder.ca_key, NULL, holder.ca_key);
	wish.name = "Other CA";
	holder.other_ca =
	    card_issue(&wish, holder.other_ca_key, NULL, holder.other_ca_key);
	holder.loader = build_loader();
	return scratch_make(state);
}

int
holder_free(void **state)
{
	loader_free(holder.loader);
	X509_free(holder.ca);
	X509_free(holder.other_ca);
	EVP_PKEY_free(holder.card);
	EVP_PKEY_free(holder.other_card);
	EVP_PKEY_free(holder.ca_key);
	EVP_PKEY_free(holder.other_ca_key);
	EVP_PKEY_free(holder.rsa);
	return scratch_remove(state);
}
