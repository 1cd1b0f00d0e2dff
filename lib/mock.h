/*
 * mock.h - what the mock modules have in common: answers by script, a
 * delay, a journal, and misbehaviour on demand.
 *
 * For modules with TILL_CAP_MOCK only; nothing else includes it, and no
 * archive contains it.
 */
#ifndef MOCK_H
#define MOCK_H

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <till/module.h>

#define MOCK_SCRIPTS_MAX 64
#define MOCK_DELAY_MAX 86400000 /* ms */
#define MOCK_LINE_MAX 512

enum mock_misbehaviour {
	MOCK_NONE,
	MOCK_CRASH, /* SIGSEGV */
	MOCK_HANG, /* for ever */
	MOCK_EXIT, /* of the process, without a word */
	MOCK_STDOUT, /* writes to standard output, then answers */
	MOCK_GARBAGE, /* answers a number that is no result */
	MOCK_FOREIGN /* answers a result of another facility */
};

/* What changes: behind a pointer, for the instance is read-only. */
struct mock_state {
	atomic_uint calls;
	atomic_uint used[MOCK_SCRIPTS_MAX]; /* answers, of each script */
	int journal; /* -1: none */
};

/* The settings of every mock; part of its instance. */
struct mock {
	int answer; /* index in the module's words */
	const char *const *script;
	int64_t delay_ms;
	int misbehave;
	int64_t misbehave_at; /* 0: in every call */
	const char *journal;
	struct mock_state *state;
};

static const char *const mock_misbehaviours[] = { "none", "crash", "hang",
	"exit", "stdout", "garbage", "foreign", NULL };

/* The lines of the settings table for a struct with a member "mock". */
#define MOCK_SETTINGS(type, words)                                             \
	{ "answer", TILL_SET_ENUM, 0, offsetof(type, mock.answer), NULL, 0, 0, \
		words, "what it answers" },                                    \
	    { "script", TILL_SET_LIST, TILL_SETTING_REPEATABLE,                \
		    offsetof(type, mock.script), NULL, 0, 0, NULL,             \
		    "KEY:ANSWER[,ANSWER...], the last one from then on" },     \
	    { "delay", TILL_SET_DURATION, 0, offsetof(type, mock.delay_ms),    \
		    NULL, 0, MOCK_DELAY_MAX, NULL, "before it answers" },      \
	    { "misbehave", TILL_SET_ENUM, 0, offsetof(type, mock.misbehave),   \
		    NULL, 0, 0, mock_misbehaviours,                            \
		    "how it breaks its contract" },                            \
	    { "misbehave-at", TILL_SET_INT, 0,                                 \
		    offsetof(type, mock.misbehave_at), NULL, 0, 1000000, NULL, \
		    "in which call; 0: in every one" },                        \
	{                                                                      \
		"journal", TILL_SET_PATH, 0, offsetof(type, mock.journal),     \
		    NULL, 0, 0, NULL, "a file that gets a line for each call"  \
	}

/* The index of a word of len octets in words; -1 if it is none. */
static inline int
mock_word(const char *const *words, const char *word, size_t len)
{
	int i;

	for (i = 0; words[i] != NULL; i++) {
		if (strlen(words[i]) == len &&
		    strncmp(words[i], word, len) == 0)
			return i;
	}
	return -1;
}

/* A script's part behind the colon has nothing but words in it. */
static inline int
mock_script_check(const char *script, const char *const *words,
    struct till_error *err)
{
	const char *at = strrchr(script, ':');
	size_t len;

	if (at == NULL || at == script)
		return till_fail(err, "script=%s is not KEY:ANSWER,...",
		    script);
	do {
		at++;
		len = strcspn(at, ",");
		if (mock_word(words, at, len) == -1)
			return till_fail(err, "script=%s: '%.*s' is no answer",
			    script, (int)len, at);
		at += len;
	} while (*at == ',');
	return 0;
}

static inline int
mock_open(struct mock *mock, const char *const *words, int check_only,
    struct till_error *err)
{
	size_t i;

	for (i = 0; mock->script[i] != NULL; i++) {
		if (i == MOCK_SCRIPTS_MAX)
			return till_fail(err, "more than %d scripts",
			    MOCK_SCRIPTS_MAX);
		if (mock_script_check(mock->script[i], words, err) == -1)
			return -1;
	}
	mock->state = calloc(1, sizeof(*mock->state));
	if (mock->state == NULL)
		return till_fail(err, "out of memory");
	mock->state->journal = -1;
	if (mock->journal == NULL || check_only)
		return 0;
	mock->state->journal = open(mock->journal,
	    O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	if (mock->state->journal != -1)
		return 0;
	till_fail(err, "%s: %s", mock->journal, strerror(errno));
	free(mock->state);
	return -1;
}

static inline void
mock_close(struct mock *mock)
{
	if (mock->state->journal != -1)
		(void)close(mock->state->journal);
	free(mock->state);
}

/* Answer number n of a script; the last one goes on for ever. */
static inline int
mock_nth(const char *script, const char *const *words, unsigned int n)
{
	const char *at = strrchr(script, ':') + 1;

	while (n > 0 && strchr(at, ',') != NULL) {
		at = strchr(at, ',') + 1;
		n--;
	}
	return mock_word(words, at, strcspn(at, ","));
}

/* The answer for a call that goes by these keys (ends with NULL): of the
 * first script that has one of them, or the one for all. */
static inline int
mock_answer(const struct mock *mock, const char *const *words,
    const char *const *keys)
{
	const char *script;
	size_t i, k, len;

	for (i = 0; mock->script[i] != NULL; i++) {
		script = mock->script[i];
		len = (size_t)(strrchr(script, ':') - script);
		for (k = 0; keys[k] != NULL; k++) {
			if (strlen(keys[k]) == len &&
			    strncmp(keys[k], script, len) == 0)
				return mock_nth(script, words,
				    atomic_fetch_add(&mock->state->used[i], 1));
		}
	}
	return mock->answer;
}

static inline void
mock_wait(int64_t ms)
{
	struct timespec left = { ms / 1000, (long)(ms % 1000) * 1000000 };

	while (nanosleep(&left, &left) == -1 && errno == EINTR)
		;
}

/*
 * Count the call; if it is one to misbehave in, do so.  Returns from
 * MOCK_STDOUT, MOCK_GARBAGE and MOCK_FOREIGN with what it was.
 */
static inline enum mock_misbehaviour
mock_misbehave(const struct mock *mock)
{
	static const char text[] = "a mock writes to standard output\n";
	const unsigned int n = atomic_fetch_add(&mock->state->calls, 1) + 1;

	if (mock->misbehave_at != 0 && n != mock->misbehave_at)
		return MOCK_NONE;
	switch ((enum mock_misbehaviour)mock->misbehave) {
	case MOCK_CRASH:
		(void)signal(SIGSEGV, SIG_DFL);
		(void)raise(SIGSEGV);
		break;
	case MOCK_HANG:
		for (;;)
			mock_wait(1000);
	case MOCK_EXIT:
		_exit(0);
	case MOCK_STDOUT:
		if (write(STDOUT_FILENO, text, sizeof(text) - 1) == -1)
			return MOCK_NONE;
		break;
	case MOCK_NONE:
	case MOCK_GARBAGE:
	case MOCK_FOREIGN:
		break;
	}
	return (enum mock_misbehaviour)mock->misbehave;
}

/* One line, in one write. */
__attribute__((format(printf, 2, 3))) static inline int
mock_note(const struct mock *mock, const char *fmt, ...)
{
	char line[MOCK_LINE_MAX];
	va_list ap;
	int n;

	if (mock->state->journal == -1)
		return 0;
	va_start(ap, fmt);
	n = vsnprintf(line, sizeof(line) - 1, fmt, ap);
	va_end(ap);
	if (n < 0 || (size_t)n >= sizeof(line) - 1)
		return -1;
	line[n] = '\n';
	return write(mock->state->journal, line, (size_t)n + 1) == n + 1 ? 0
									 : -1;
}

#endif
