/*
 * enrol.c - a customer enrols, or no longer wants to be.
 *
 * What is kept is a number made by chance, and nothing of the voice.
 */
#include <stdbool.h>
#include <string.h>

#include "voiceprint.h"

static enum till_result enrol_add(const struct till_host *,
    struct till_context *, const struct voiceprint *);
static enum till_result enrol_keep(const struct till_host *,
    struct till_context *, const struct voiceprint *, const struct talk *,
    struct till_bytes pcm);
static enum till_result enrol_remove(const struct till_host *,
    struct till_context *, const struct voiceprint *);
static void forget(const struct till_host *, struct till_context *,
    const struct voiceprint *, const unsigned char *speaker);

enum till_result
voiceprint_enrol(const struct till_host *host, struct till_context *ctx,
    const void *self, enum till_enrol what)
{
	switch (what) {
	case TILL_ENROL_ADD:
		return enrol_add(host, ctx, self);
	case TILL_ENROL_REMOVE:
		return enrol_remove(host, ctx, self);
	}
	return TILL_ERROR;
}

int
voiceprint_speaker(const struct till_host *host, struct till_context *ctx,
    unsigned char speaker[VERIFIER_SPEAKER])
{
	struct till_credential credential = { .size = sizeof(credential) };

	if (host->credential_get(ctx, VOICEPRINT_ID, &credential) == -1 ||
	    credential.data.len != VERIFIER_SPEAKER)
		return -1;
	memcpy(speaker, credential.data.data, VERIFIER_SPEAKER);
	return 0;
}

static enum till_result
enrol_add(const struct till_host *host, struct till_context *ctx,
    const struct voiceprint *v)
{
	struct till_bytes pcm;
	struct talk talk;

	switch (voiceprint_hear(host, ctx, v, &talk, &pcm)) {
	case HEARING_NONE:
		break;
	case HEARING_ASKED:
		return TILL_NEED_INPUT;
	case HEARING_HEARD:
		return enrol_keep(host, ctx, v, &talk, pcm);
	case HEARING_GIVEN_UP:
		return host->fail(ctx, TILL_DENY, "recording",
		    "there was no usable recording");
	}
	return TILL_ERROR;
}

/* The record is the customer's number at the verifier, which so does not
 * learn who he is.  A new recording goes under the same number. */
static enum till_result
enrol_keep(const struct till_host *host, struct till_context *ctx,
    const struct voiceprint *v, const struct talk *talk, struct till_bytes pcm)
{
	unsigned char speaker[VERIFIER_SPEAKER];
	const struct verifier_question question = { VERIFIER_ENROL, speaker,
		talk->phrase, pcm };
	const struct till_credential credential = {
		.size = sizeof(credential),
		.secret = 1,
		.id = VOICEPRINT_ID,
		.label = "",
		.created_ms = host->time_s(v->instance) * 1000,
		.data = { speaker, sizeof(speaker) },
	};
	struct verifier_said said;
	struct till_error err;

	if (voiceprint_speaker(host, ctx, speaker) == -1 &&
	    host->random(speaker, sizeof(speaker)) == -1)
		return host->fail(ctx, TILL_ERROR, "random", "no randomness");
	if (v->verifier.path != NULL) {
		if (verifier_ask(&v->verifier, &question, &said, &err) == -1)
			return host->fail(ctx, TILL_UNAVAILABLE, "verifier",
			    "the verifier: %s", err.text);
		if (said.answer != VERIFIER_DONE)
			return host->fail(ctx, TILL_DENY, "verifier",
			    "the verifier does not take the recording");
	}
	if (host->credential_put(ctx, &credential) == -1)
		return host->fail(ctx, TILL_UNAVAILABLE, "store",
		    "the enrolment could not be stored");
	return TILL_GRANT;
}

/* Ours goes in any case: without it the verifier's is nobody's. */
static enum till_result
enrol_remove(const struct till_host *host, struct till_context *ctx,
    const struct voiceprint *v)
{
	struct till_reply reply = { .size = sizeof(reply) };
	unsigned char speaker[VERIFIER_SPEAKER];
	const bool known = voiceprint_speaker(host, ctx, speaker) == 0;
	const bool other = host->reply(ctx, "credential", &reply) == 0 &&
	    (reply.data.len != sizeof(VOICEPRINT_ID) - 1 ||
		memcmp(reply.data.data, VOICEPRINT_ID, reply.data.len) != 0);

	if (other || host->credential_remove(ctx, VOICEPRINT_ID) == -1)
		return host->fail(ctx, TILL_DENY, "not-found",
		    "there is no such enrolment");
	if (known && v->verifier.path != NULL)
		forget(host, ctx, v, speaker);
	return TILL_GRANT;
}

static void
forget(const struct till_host *host, struct till_context *ctx,
    const struct voiceprint *v, const unsigned char *speaker)
{
	const struct verifier_question question = { .call = VERIFIER_FORGET,
		.speaker = speaker,
		.phrase = "" };
	char hex[2 * VERIFIER_SPEAKER + 1];
	struct verifier_said said;
	struct till_error err = { "it has not done it" };
	size_t i;

	if (verifier_ask(&v->verifier, &question, &said, &err) == 0 &&
	    said.answer == VERIFIER_DONE)
		return;
	for (i = 0; i < VERIFIER_SPEAKER; i++)
		(void)snprintf(hex + 2 * i, 3, "%02x", speaker[i]);
	host->log(ctx, TILL_LOG_ERROR,
	    "the verifier may still know speaker %s: %s", hex, err.text);
}
