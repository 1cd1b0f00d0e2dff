/*
 * verifier.h - one question to an external verifier of voices.
 *
 * The verifier listens on a unix stream socket.  A connection is one
 * question and one answer; numbers are big-endian.  The question:
 *
 *	octets	content
 *	4	"TVP1"
 *	1	'v' verify, 'e' enrol, 'f' forget
 *	1	length of the phrase, 0 to VERIFIER_PHRASE_MAX
 *	2	0
 *	4	length of the recording: RECORDING_MIN to RECORDING_MAX, or 0
 *	16	the speaker: octets made by chance at the enrolment
 *	...	the phrase that was to be said: digits, a blank between them
 *	...	the recording, see recording.h
 *
 * and then the end of the stream.  The answer is 8 octets and the end:
 *
 *	4	"TVP1"
 *	1	what was asked: 'v', 'e', 'f'
 *	1	to 'v': 'n' no objection, 'd' deny, 's' step up;
 *		to 'e', 'f': 'k' done, 'x' not done
 *	2	score for the log, 0 to 1000, or 65535: none
 *
 * A length of 0 with 'v' says that the customer gave no usable recording.
 * No answer can mean that somebody is let in: there is none for it.
 */
#ifndef VERIFIER_H
#define VERIFIER_H

#include <sys/types.h>

#include <till/module.h>

#define VERIFIER_SPEAKER 16 /* octets */
#define VERIFIER_PHRASE_MAX 15 /* octets: eight digits */
#define VERIFIER_PATH_MAX 107 /* octets, as sockaddr_un has it */
#define VERIFIER_SCORE_MAX 1000
#define VERIFIER_SCORE_NONE 65535

enum verifier_call {
	VERIFIER_VERIFY = 'v',
	VERIFIER_ENROL = 'e',
	VERIFIER_FORGET = 'f'
};

enum verifier_answer {
	VERIFIER_NONE = 0,
	VERIFIER_NO_OBJECTION = 'n',
	VERIFIER_DENY = 'd',
	VERIFIER_STEP_UP = 's',
	VERIFIER_DONE = 'k',
	VERIFIER_NOT_DONE = 'x'
};

struct verifier {
	const char *path; /* absolute; NULL: there is none */
	uid_t uid; /* who listens there, if not root or we ourselves */
	int64_t deadline_ms; /* for all of a question */
};

struct verifier_question {
	enum verifier_call call;
	const unsigned char *speaker; /* VERIFIER_SPEAKER octets */
	const char *phrase; /* or "" */
	struct till_bytes pcm; /* or none */
};

struct verifier_said {
	enum verifier_answer answer; /* one that fits the call */
	unsigned int score; /* 0..VERIFIER_SCORE_MAX, VERIFIER_SCORE_NONE */
};

/*
 * Ask.  -1, and *err says why, without any octet of the question or the
 * answer: nobody listens, another user does, it takes too long, or the
 * answer is none.  The recording is not copied.
 */
int verifier_ask(const struct verifier *, const struct verifier_question *,
    struct verifier_said *said_r, struct till_error *err);

#endif
