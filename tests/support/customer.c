/*
 * customer.c - a customer with passkeys, before auth_smartcard.
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
#include "support/customer.h"
#include "support/scratch.h"

struct authenticator customer_key, customer_rsa;

static void text_of(const struct prompt *, char challenge[44]);

void
customer_open(const char *more)
{
	char decoys[SCRATCH_PATH_MAX + 8];
	const char *settings[] = { "origin=" AUTHENTICATOR_ORIGIN, decoys, more,
		NULL };

	scratch_write("decoys", 0600,
	    "a secret of more than thirty-two octets\n");
	(void)snprintf(decoys, sizeof(decoys), "decoys=%s",
	    scratch_path("decoys"));
	holder_open(settings);
	authenticator_init(&customer_key, holder.card, 32);
	authenticator_init(&customer_rsa, holder.rsa, 64);
	customer_key.count = 1;
}

static void
text_of(const struct prompt *prompt, char challenge[44])
{
	assert_int_equal(prompt->challenge_len, 32);
	(void)base64url_encode(prompt->challenge, 32, challenge);
}

/* Register, as the account page does; why it was refused is in the log. */
enum till_result
customer_enrol(const struct authenticator *it, struct authenticator_wish wish)
{
	struct till_context *ctx =
	    owner_context(&holder.owner, "it", TILL_AUTH);
	char challenge[44], *text;
	enum till_result result;

	ASSERT_RESULT(instance_enrol(holder.it, ctx, TILL_ENROL_ADD),
	    TILL_NEED_INPUT);
	assert_string_equal(ctx->prompts[0].id, "passkey");
	assert_string_equal(ctx->prompts[0].format, "webauthn-create");
	text_of(&ctx->prompts[0], challenge);
	if (wish.challenge == NULL)
		wish.challenge = challenge;
	text = authenticator_register(it, &wish);
	reply(ctx, "passkey", text);
	reply(ctx, "label", "telephone");
	free(text);
	result = instance_enrol(holder.it, ctx, TILL_ENROL_ADD);
	(void)snprintf(holder.owner.log, sizeof(holder.owner.log), "%s",
	    ctx->why.text);
	context_free(ctx);
	return result;
}

void
customer_enrolled(const struct authenticator *it)
{
	if (customer_enrol(it, (struct authenticator_wish){ 0 }) != TILL_GRANT)
		fail_msg("not enrolled: %s", holder.owner.log);
}

void
customer_asked(char challenge[44])
{
	if (holder.ctx->prompts_len == 0)
		ASSERT_RESULT(instance_auth(holder.it, holder.ctx),
		    TILL_NEED_INPUT);
	assert_string_equal(holder.ctx->prompts[0].id, "passkey");
	assert_string_equal(holder.ctx->prompts[0].format, "webauthn");
	text_of(&holder.ctx->prompts[0], challenge);
}

enum till_result
customer_sends(char *text)
{
	holder.owner.log[0] = '\0';
	reply(holder.ctx, "passkey", text);
	free(text);
	return instance_auth(holder.it, holder.ctx);
}

enum till_result
customer_pays(const struct authenticator *it, struct authenticator_wish wish)
{
	char challenge[44];

	customer_asked(challenge);
	if (wish.challenge == NULL)
		wish.challenge = challenge;
	return customer_sends(authenticator_assert(it, &wish));
}

/* A conversation ends with a grant. */
void
customer_paid(enum till_result result)
{
	if (result != TILL_GRANT)
		fail_msg("refused: %s", holder.owner.log);
	assert_string_equal(holder.ctx->amr[0], "pop");
	assert_int_equal(holder.ctx->amr_len, 1);
	assert_int_equal(holder.ctx->level, 2);
	context_free(holder.ctx);
	holder.ctx = owner_context(&holder.owner, "it", TILL_AUTH);
}
