/*
 * voiceprint.h - what the parts of auth_voiceprint share.
 */
#ifndef VOICEPRINT_H
#define VOICEPRINT_H

#include "verifier.h"

#define VOICEPRINT_ID "voiceprint" /* of the record of an enrolment */
#define VOICEPRINT_DIGITS_MAX 4

struct voiceprint {
	const char *verifier_set, *user_set;
	int64_t deadline_ms, recordings_max, digits, step_up_level;
	struct verifier verifier;
	struct till_instance *instance;
};

/* All that is kept of a conversation. */
struct talk {
	uint32_t recordings; /* unusable ones so far */
	char phrase[VERIFIER_PHRASE_MAX + 1]; /* "" before the first */
};

enum hearing {
	HEARING_NONE = 0, /* it cannot go on: host->fail was told why */
	HEARING_ASKED, /* prompts are set */
	HEARING_HEARD, /* there is a usable recording */
	HEARING_GIVEN_UP /* none can be made, or none was usable */
};

/*
 * One step of the conversation.  HEARING_HEARD: *pcm_r is the recording, in
 * the server's memory, until the call into the module returns, and
 * talk_r->phrase what was to be said in it; otherwise *pcm_r is none.
 */
enum hearing voiceprint_hear(const struct till_host *, struct till_context *,
    const struct voiceprint *, struct talk *talk_r, struct till_bytes *pcm_r);

/* The entry point for enrolments. */
enum till_result voiceprint_enrol(const struct till_host *,
    struct till_context *, const void *self, enum till_enrol);

/* -1: the customer has not enrolled. */
int voiceprint_speaker(const struct till_host *, struct till_context *,
    unsigned char speaker_r[VERIFIER_SPEAKER]);

#endif
