/*
 * hear.c - ask for a phrase until it has been said, a few times.
 */
#include <stdbool.h>
#include <string.h>

#include "recording.h"
#include "voiceprint.h"

#define PROMPT "voice" /* id of the prompt */
#define PHRASE_TTL_MS 120000 /* what is said later is another phrase */
#define DRAWS_MAX 1000 /* of random octets for one phrase */

_Static_assert(2 * VOICEPRINT_DIGITS_MAX - 1 <= VERIFIER_PHRASE_MAX,
    "the longest phrase fits into a question");

static enum hearing ask(const struct till_host *, struct till_context *,
    const struct voiceprint *, struct talk *);
static int tell(const struct till_host *, struct till_context *,
    enum recording);
static int notice(const struct till_host *, struct till_context *,
    const struct voiceprint *);
static int make_phrase(const struct till_host *, const struct voiceprint *,
    char phrase[VERIFIER_PHRASE_MAX + 1]);
static void talk_get(const struct till_host *, struct till_context *,
    struct talk *);

/* What is said of a recording that nobody could judge. */
static const struct {
	enum recording recording;
	const char *label, *text;
} faults[] = {
	{ RECORDING_SHORT, "voice.short",
	    "The recording is too short: half a second at least." },
	{ RECORDING_LONG, "voice.long",
	    "The recording is too long: one and a half seconds at most." },
	{ RECORDING_ODD, "voice.damaged", "The recording is damaged." },
	{ RECORDING_WRAPPED, "voice.wrapped",
	    "This is a sound file; plain samples are needed." },
	{ RECORDING_SILENT, "voice.silent",
	    "There is nothing to be heard in the recording." },
};

enum hearing
voiceprint_hear(const struct till_host *host, struct till_context *ctx,
    const struct voiceprint *v, struct talk *talk, struct till_bytes *pcm_r)
{
	struct till_reply reply = { .size = sizeof(reply) };
	enum recording recording;

	*pcm_r = (struct till_bytes){ NULL, 0 };
	talk_get(host, ctx, talk);
	if (host->reply(ctx, PROMPT, &reply) == -1 || talk->phrase[0] == '\0')
		return ask(host, ctx, v, talk);
	if (reply.data.len == 0)
		return HEARING_GIVEN_UP;
	recording = recording_judge(reply.data);
	if (recording == RECORDING_USABLE) {
		*pcm_r = reply.data;
		return HEARING_HEARD;
	}
	if (++talk->recordings >= v->recordings_max)
		return HEARING_GIVEN_UP;
	if (tell(host, ctx, recording) == -1) {
		(void)host->fail(ctx, TILL_ERROR, "prompt",
		    "the error text was not taken");
		return HEARING_NONE;
	}
	return ask(host, ctx, v, talk);
}

/* Each time for another phrase: a recording of the last one is of no use
 * any more. */
static enum hearing
ask(const struct till_host *host, struct till_context *ctx,
    const struct voiceprint *v, struct talk *talk)
{
	const struct till_bytes state = { (const unsigned char *)talk,
		sizeof(*talk) };
	char text[64];
	struct till_prompt prompt = {
		.size = sizeof(prompt),
		.kind = TILL_ASK_AUDIO,
		.id = PROMPT,
		.label = "voice.say",
		.text = text,
		.format = RECORDING_FORMAT,
		.min_len = 0, /* why a short one is not taken is said */
		.max_len = TILL_REPLY_MAX,
		.ttl_ms = PHRASE_TTL_MS,
	};

	if (make_phrase(host, v, talk->phrase) == -1) {
		(void)host->fail(ctx, TILL_ERROR, "random", "no randomness");
		return HEARING_NONE;
	}
	(void)snprintf(text, sizeof(text), "Say: %s", talk->phrase);
	prompt.challenge.data = (const unsigned char *)talk->phrase;
	prompt.challenge.len = strlen(talk->phrase);
	if (host->state_put(ctx, state) == -1 || notice(host, ctx, v) == -1 ||
	    host->prompt(ctx, &prompt) == -1) {
		(void)host->fail(ctx, TILL_ERROR, "prompt",
		    "the prompt was not taken");
		return HEARING_NONE;
	}
	return HEARING_ASKED;
}

static int
tell(const struct till_host *host, struct till_context *ctx,
    enum recording recording)
{
	struct till_prompt prompt = {
		.size = sizeof(prompt),
		.kind = TILL_TELL_ERROR,
		.id = "voice-fault",
	};
	size_t i;

	for (i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
		if (faults[i].recording != recording)
			continue;
		prompt.label = faults[i].label;
		prompt.text = faults[i].text;
	}
	return prompt.text == NULL ? -1 : host->prompt(ctx, &prompt);
}

/* What becomes of the recording, before it is made. */
static int
notice(const struct till_host *host, struct till_context *ctx,
    const struct voiceprint *v)
{
	const bool given = v->verifier.path != NULL;
	const struct till_prompt prompt = {
		.size = sizeof(prompt),
		.kind = TILL_TELL_INFO,
		.id = "voice-notice",
		.label = given ? "voice.given" : "voice.unjudged",
		.text = given ? "Your recording goes to a verifying program, "
				"if you have enrolled; it is not kept here."
			      : "Your recording is neither judged nor kept.",
	};

	return host->prompt(ctx, &prompt);
}

/* Digits by chance, each as likely as any other, but never one twice
 * running, which is said in many ways. */
static int
make_phrase(const struct till_host *host, const struct voiceprint *v,
    char phrase[VERIFIER_PHRASE_MAX + 1])
{
	unsigned int draws = 0, last = 10, digit;
	unsigned char random;
	int64_t i = 0;

	while (i < v->digits) {
		if (draws++ == DRAWS_MAX ||
		    host->random(&random, sizeof(random)) == -1)
			return -1;
		digit = random % 10;
		if (random >= 250 || digit == last)
			continue;
		phrase[2 * i] = (char)('0' + digit);
		phrase[2 * i + 1] = ' ';
		last = digit;
		i++;
	}
	phrase[2 * i - 1] = '\0';
	return 0;
}

/* All zero before the first prompt. */
static void
talk_get(const struct till_host *host, struct till_context *ctx,
    struct talk *talk)
{
	struct till_bytes state;

	memset(talk, 0, sizeof(*talk));
	if (host->state_get(ctx, &state) == 0 && state.len == sizeof(*talk))
		memcpy(talk, state.data, sizeof(*talk));
	talk->phrase[VERIFIER_PHRASE_MAX] = '\0';
}
