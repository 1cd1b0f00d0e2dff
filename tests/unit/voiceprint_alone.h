/*
 * voiceprint_alone.h - auth_voiceprint with an owner of a test's own, and
 * alice, who says something.
 */
#ifndef UNIT_VOICEPRINT_ALONE_H
#define UNIT_VOICEPRINT_ALONE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "module/result.h"
#include "support/owner.h"
#include "support/scratch.h"
#include "support/voices.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define SHORTEST 16000 /* octets: half a second */
#define LONGEST 48000
#define HEAD 28 /* octets of a question's head */

static struct loader *loader;
static struct owner owner;
static struct instance *it;
static struct till_context *ctx;

static inline void
open_with(const char *a, const char *b, const char *c)
{
	const char *const settings[] = { a, b, c, NULL };

	owner_init(&owner);
	it = module_must_open(loader, "auth_voiceprint", settings);
	ctx = owner_context(&owner, "it", TILL_AUTH);
}

/* With a verifier; two settings more. */
static inline void
open_verified(const char *a, const char *b)
{
	char verifier[600];

	(void)snprintf(verifier, sizeof(verifier), "verifier=unix:%s",
	    scratch_path("voices"));
	open_with(a, b, verifier);
}

/* Alice has enrolled. */
static inline void
enrolled(void)
{
	struct record *record = &owner.records[owner.records_len++];

	*record = (struct record){ .instance = "it",
		.customer = "alice",
		.id = "voiceprint",
		.data = "0123456789abcde",
		.len = 16 };
}

static inline void
close_all(void)
{
	context_free(ctx);
	instance_close(it);
}

/* A new conversation of the same customer. */
static inline void
begin_anew(void)
{
	context_free(ctx);
	ctx = owner_context(&owner, "it", TILL_AUTH);
}

static inline void
say(const void *octets, size_t len)
{
	struct till_error err;

	if (context_reply_put(ctx, "voice", octets, len, "", &err) == -1)
		fail_msg("%zu octets: %s", len, err.text);
}

static inline const struct prompt *
find_prompt(enum till_prompt_kind kind)
{
	size_t i;

	for (i = 0; i < ctx->prompts_len; i++)
		if (ctx->prompts[i].kind == kind)
			return &ctx->prompts[i];
	return NULL;
}

/* What the verifier's answer comes to, for a recording that is taken. */
static inline enum till_result
verify(void)
{
	begin_anew();
	owner.log[0] = '\0';
	ASSERT_RESULT(instance_auth(it, ctx), TILL_NEED_INPUT);
	say(voices_tone(SHORTEST), SHORTEST);
	return instance_auth(it, ctx);
}

#endif
