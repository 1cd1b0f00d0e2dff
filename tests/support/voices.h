/*
 * voices.h - a verifier of voices on a real unix socket, which says what a
 * test wants it to say; and recordings.
 */
#ifndef SUPPORT_VOICES_H
#define SUPPORT_VOICES_H

#include <stddef.h>

#include <sys/types.h>

#define VOICES_ANSWER_MAX 64
#define VOICES_QUESTION_MAX 65536

enum voices_way {
	VOICES_ANSWERS = 1, /* reads all, answers, closes */
	VOICES_HANGS_UP, /* closes at once */
	VOICES_SAYS_NOTHING, /* reads all and waits for us to close */
	VOICES_IS_DEAF, /* reads nothing and waits for us to close */
	VOICES_DOES_NOT_END, /* answers and waits for us to close */
	VOICES_IS_SLOW /* an octet a second */
};

/* Listen at scratch_path("voices"), as that user of the host's, and answer
 * "no objection" from then on. */
void voices_begin(uid_t);
void voices_end(void);
/* From the next question on. */
void voices_say(enum voices_way, const void *answer, size_t len);
/* The last question that was read to its end, and how many there were. */
const unsigned char *voices_question(size_t *len_r);
unsigned int voices_count(void);

/* A tone of that many octets; valid until the next. */
const unsigned char *voices_tone(size_t len);

#endif
