/*
 * auth_voiceprint - ask for a spoken phrase, and judge nothing by it.
 *
 *	module voice auth_voiceprint verifier=unix:/run/voices/socket
 *	auth   veto  voice
 *
 * The prompt, the checks of the recording and the enrolment are real; the
 * answer is always that the voiceprint was not evaluated (ABSTAIN).  An
 * external verifier, where one is configured, may object: then the answer
 * is DENY, at once or unless the lines above have granted enough.  There
 * is no way to a GRANT.  Of the recording nothing is kept: it is read
 * where the server holds it, and the server wipes it after the call.
 */
#include <pwd.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "voiceprint.h"

#define SCHEME "unix:"
#define PASSWD_SIZE 4096 /* octets of one user's line */

static int voiceprint_open(const struct till_host *, struct till_instance *,
    void *, int, struct till_error *);
static bool is_set(const char *);
static int verifier_set(struct voiceprint *, struct till_error *);
static int user_set(struct voiceprint *, struct till_error *);
static enum till_result voiceprint_auth(const struct till_host *,
    struct till_context *, const void *);
static enum till_result not_evaluated(const struct till_host *,
    struct till_context *);
static enum till_result judged(const struct till_host *, struct till_context *,
    const struct voiceprint *, const struct verifier_said *);
static enum till_result step_up(const struct till_host *, struct till_context *,
    const struct voiceprint *);

static const struct till_setting settings[] = {
	{ "verifier", TILL_SET_STRING, 0,
	    offsetof(struct voiceprint, verifier_set), NULL, 0,
	    VERIFIER_PATH_MAX + sizeof(SCHEME) - 1, NULL,
	    "unix:PATH: recordings go there; it may object" },
	{ "verifier-user", TILL_SET_STRING, 0,
	    offsetof(struct voiceprint, user_set), NULL, 0, 64, NULL,
	    "who listens there, beside root and the server's user" },
	{ "deadline", TILL_SET_DURATION, 0,
	    offsetof(struct voiceprint, deadline_ms), "2s", 10, 10000, NULL,
	    "for the verifier's answer" },
	{ "recordings", TILL_SET_INT, 0,
	    offsetof(struct voiceprint, recordings_max), "3", 1, 10, NULL,
	    "so many may be unusable" },
	{ "digits", TILL_SET_INT, 0, offsetof(struct voiceprint, digits), "3",
	    2, VOICEPRINT_DIGITS_MAX, NULL, "of the phrase" },
	{ "step-up-level", TILL_SET_INT, 0,
	    offsetof(struct voiceprint, step_up_level), "2", 1, 100, NULL,
	    "the auth.level with which 'step up' is met" },
	TILL_SETTING_END
};

#define CAPS (TILL_CAP_THREADSAFE | TILL_CAP_SLOW | TILL_CAP_ABSTAINS)

TILL_MODULE("auth_voiceprint", "1.0", TILL_AUTH, CAPS){
	TILL_MODULE_HEAD("auth_voiceprint", "1.0", TILL_AUTH, CAPS),
	.settings = settings,
	.instance_size = sizeof(struct voiceprint),
	.open = voiceprint_open,
	.auth = voiceprint_auth,
	.enrol = voiceprint_enrol,
};

static int
voiceprint_open(const struct till_host *host, struct till_instance *instance,
    void *self, int check_only, struct till_error *err)
{
	struct voiceprint *v = self;

	(void)host;
	(void)check_only; /* the verifier is called when it is needed */
	v->instance = instance;
	v->verifier.uid = geteuid();
	v->verifier.deadline_ms = v->deadline_ms;
	if (is_set(v->verifier_set) && verifier_set(v, err) == -1)
		return -1;
	return is_set(v->user_set) ? user_set(v, err) : 0;
}

static bool
is_set(const char *text)
{
	return text != NULL && text[0] != '\0';
}

static int
verifier_set(struct voiceprint *v, struct till_error *err)
{
	const char *path = v->verifier_set + sizeof(SCHEME) - 1;

	if (strncmp(v->verifier_set, SCHEME, sizeof(SCHEME) - 1) != 0 ||
	    path[0] != '/')
		return till_fail(err,
		    "verifier: unix: and the absolute path of a socket");
	v->verifier.path = path;
	return 0;
}

static int
user_set(struct voiceprint *v, struct till_error *err)
{
	char text[PASSWD_SIZE];
	struct passwd passwd, *found = NULL;

	if (v->verifier.path == NULL)
		return till_fail(err, "verifier-user: there is no verifier");
	if (getpwnam_r(v->user_set, &passwd, text, sizeof(text), &found) != 0 ||
	    found == NULL)
		return till_fail(err, "verifier-user: there is no user %s",
		    v->user_set);
	v->verifier.uid = found->pw_uid;
	return 0;
}

/* Who has not enrolled is asked the same, but his voice is given to
 * nobody: there is nothing to compare it with. */
static enum till_result
voiceprint_auth(const struct till_host *host, struct till_context *ctx,
    const void *self)
{
	const struct voiceprint *v = self;
	unsigned char speaker[VERIFIER_SPEAKER];
	struct verifier_question question = { .call = VERIFIER_VERIFY,
		.speaker = speaker };
	struct verifier_said said;
	struct till_error err;
	struct talk talk;

	switch (voiceprint_hear(host, ctx, v, &talk, &question.pcm)) {
	case HEARING_NONE:
		return TILL_ERROR;
	case HEARING_ASKED:
		return TILL_NEED_INPUT;
	case HEARING_HEARD:
	case HEARING_GIVEN_UP:
		break;
	}
	if (v->verifier.path == NULL ||
	    voiceprint_speaker(host, ctx, speaker) == -1)
		return not_evaluated(host, ctx);
	question.phrase = talk.phrase;
	if (verifier_ask(&v->verifier, &question, &said, &err) == 0)
		return judged(host, ctx, v, &said);
	host->log(ctx, TILL_LOG_WARNING, "the verifier: %s", err.text);
	return not_evaluated(host, ctx);
}

static enum till_result
not_evaluated(const struct till_host *host, struct till_context *ctx)
{
	return host->fail(ctx, TILL_ABSTAIN, "not-evaluated",
	    "voiceprint not evaluated");
}

static enum till_result
judged(const struct till_host *host, struct till_context *ctx,
    const struct voiceprint *v, const struct verifier_said *said)
{
	host->log(ctx, TILL_LOG_INFO, "the verifier says '%c', score %u",
	    (char)said->answer, said->score);
	switch (said->answer) {
	case VERIFIER_DENY:
		return host->fail(ctx, TILL_DENY, "voice",
		    "the verifier of voices denies");
	case VERIFIER_STEP_UP:
		return step_up(host, ctx, v);
	case VERIFIER_NONE:
	case VERIFIER_NO_OBJECTION:
	case VERIFIER_DONE:
	case VERIFIER_NOT_DONE:
		break;
	}
	return not_evaluated(host, ctx);
}

/* To ask for more is no result of auth.  What it means here is the same:
 * a denial that a stronger factor, on a line above, keeps away. */
static enum till_result
step_up(const struct till_host *host, struct till_context *ctx,
    const struct voiceprint *v)
{
	const struct till_order *order = host->order(ctx);

	if (order != NULL && order->auth_level >= v->step_up_level)
		return not_evaluated(host, ctx);
	return host->fail(ctx, TILL_DENY, "voice-step-up",
	    "the verifier of voices asks for auth.level %d",
	    (int)v->step_up_level);
}
