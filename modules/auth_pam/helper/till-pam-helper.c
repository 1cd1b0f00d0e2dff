/*
 * till-pam-helper - ask PAM whether a secret is right.
 *
 * usage: till-pam-helper [-c CONFDIR] SERVICE
 *
 * Started by auth_pam with a socket for its standard input and output;
 * see protocol.h.  PAM's modules are not made for a server with threads:
 * they change signals, sleep, and keep what they like.  Here they have a
 * process to themselves, in which one question is asked after another,
 * and which is killed where one of them hangs.
 *
 * The delay that PAM's modules wish for after a failure is left to
 * auth_pam, which counts failures and lets nobody else wait for them.
 */
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include <security/pam_appl.h>

#include "auth_pam/protocol.h"

/* One conversation with PAM's modules. */
struct talk {
	const char *secret;
	unsigned int asked; /* hidden prompts so far */
};

static void harden(void);
static ssize_t receive(char *, size_t);
static int serve(const char *service, const char *confdir);
static bool question(const char *, size_t, const char **secret_r);
static char judge(const char *service, const char *confdir, const char *user,
    const char *secret, char text[PAM_HELPER_TEXT_MAX]);
static int begin(const char *service, const char *confdir, const char *user,
    const struct pam_conv *, pam_handle_t **);
static int set_no_delay(pam_handle_t *);
static void no_delay(int, unsigned int, void *);
static int converse(int, const struct pam_message **, struct pam_response **,
    void *);
static int reply(struct talk *, const struct pam_message *,
    struct pam_response *);
static void responses_free(struct pam_response *, int);
static char authentication(int);
static char account(int);

int
main(int argc, char **argv)
{
	const char *confdir = NULL;
	int option;

	while ((option = getopt(argc, argv, "c:")) != -1) {
		if (option != 'c')
			return EX_USAGE;
		confdir = optarg;
	}
	if (optind + 1 != argc) {
		(void)fputs("usage: till-pam-helper [-c CONFDIR] SERVICE\n",
		    stderr);
		return EX_USAGE;
	}
	harden();
	return serve(argv[optind], confdir);
}

/* No core file and no debugger would show a secret. */
static void
harden(void)
{
	const struct rlimit none = { 0, 0 };

	(void)setrlimit(RLIMIT_CORE, &none);
	(void)prctl(PR_SET_DUMPABLE, 0);
}

/* Until auth_pam closes its end. */
static int
serve(const char *service, const char *confdir)
{
	char ask[PAM_HELPER_ASK_MAX + 1], answer[PAM_HELPER_ANSWER_MAX];
	char text[PAM_HELPER_TEXT_MAX] = "";
	const char *secret;
	size_t len;
	ssize_t n;

	while ((n = receive(ask, sizeof(ask))) > 0) {
		if (!question(ask, (size_t)n, &secret))
			return EX_PROTOCOL;
		answer[0] = judge(service, confdir, ask, secret, text);
		explicit_bzero(ask, sizeof(ask));
		len = strlen(text);
		memcpy(answer + 1, text, len);
		if (send(STDOUT_FILENO, answer, len + 1, MSG_NOSIGNAL) == -1)
			return EX_OK;
	}
	return n == 0 ? EX_OK : EX_OSERR;
}

static ssize_t
receive(char *ask, size_t size)
{
	ssize_t n;

	do {
		n = recv(STDIN_FILENO, ask, size, 0);
	} while (n == -1 && errno == EINTR);
	return n;
}

/* Two strings that fill the message. */
static bool
question(const char *ask, size_t len, const char **secret_r)
{
	const char *end = memchr(ask, '\0', len);

	if (end == NULL || end == ask || len > PAM_HELPER_ASK_MAX)
		return false;
	*secret_r = end + 1;
	len -= (size_t)(*secret_r - ask);
	end = memchr(*secret_r, '\0', len);
	return end != NULL && (size_t)(end - *secret_r) == len - 1;
}

/* Is the secret right, and may the account be used?  Nothing else: no
 * session, no credentials. */
static char
judge(const char *service, const char *confdir, const char *user,
    const char *secret, char text[PAM_HELPER_TEXT_MAX])
{
	struct talk talk = { .secret = secret };
	const struct pam_conv conv = { converse, &talk };
	pam_handle_t *handle = NULL;
	char verdict;
	int code;

	code = begin(service, confdir, user, &conv, &handle);
	if (code == PAM_SUCCESS) {
		code = pam_authenticate(handle,
		    PAM_SILENT | PAM_DISALLOW_NULL_AUTHTOK);
		verdict = authentication(code);
	} else {
		verdict = PAM_HELPER_FAILED;
	}
	if (verdict == PAM_HELPER_RIGHT) {
		code = pam_acct_mgmt(handle,
		    PAM_SILENT | PAM_DISALLOW_NULL_AUTHTOK);
		verdict = account(code);
	}
	(void)snprintf(text, PAM_HELPER_TEXT_MAX, "%s",
	    code == PAM_SUCCESS ? "" : pam_strerror(handle, code));
	if (handle != NULL)
		(void)pam_end(handle, code);
	return verdict;
}

static int
begin(const char *service, const char *confdir, const char *user,
    const struct pam_conv *conv, pam_handle_t **handle_r)
{
	int code;

	if (confdir != NULL)
		code =
		    pam_start_confdir(service, user, conv, confdir, handle_r);
	else
		code = pam_start(service, user, conv, handle_r);
	if (code == PAM_SUCCESS)
		code = pam_set_item(*handle_r, PAM_TTY, "till");
	if (code == PAM_SUCCESS)
		code = set_no_delay(*handle_r);
	return code;
}

/* The item is a function, which PAM takes as a pointer to an object. */
static int
set_no_delay(pam_handle_t *handle)
{
	void (*const function)(int, unsigned int, void *) = no_delay;
	const void *item;

	_Static_assert(sizeof(item) == sizeof(function),
	    "PAM keeps functions as objects");
	memcpy(&item, &function, sizeof(item));
	return pam_set_item(handle, PAM_FAIL_DELAY, item);
}

static void
no_delay(int code, unsigned int microseconds, void *arg)
{
	(void)code;
	(void)microseconds;
	(void)arg;
}

static int
converse(int len, const struct pam_message **messages,
    struct pam_response **responses_r, void *arg)
{
	struct pam_response *responses;
	int i, code = PAM_SUCCESS;

	if (len <= 0 || len > PAM_MAX_NUM_MSG)
		return PAM_CONV_ERR;
	responses = calloc((size_t)len, sizeof(*responses));
	if (responses == NULL)
		return PAM_BUF_ERR;
	for (i = 0; i < len && code == PAM_SUCCESS; i++)
		code = reply(arg, messages[i], &responses[i]);
	if (code != PAM_SUCCESS) {
		responses_free(responses, len);
		return code;
	}
	*responses_r = responses;
	return PAM_SUCCESS;
}

/* One hidden prompt gets the secret; a second one would be for another
 * secret, which nobody was asked for. */
static int
reply(struct talk *talk, const struct pam_message *message,
    struct pam_response *response)
{
	switch (message->msg_style) {
	case PAM_PROMPT_ECHO_OFF:
		if (talk->asked++ > 0)
			return PAM_CONV_ERR;
		response->resp = strdup(talk->secret);
		return response->resp != NULL ? PAM_SUCCESS : PAM_BUF_ERR;
	case PAM_TEXT_INFO:
	case PAM_ERROR_MSG:
		return PAM_SUCCESS;
	default:
		return PAM_CONV_ERR;
	}
}

static void
responses_free(struct pam_response *responses, int len)
{
	int i;

	for (i = 0; i < len; i++) {
		if (responses[i].resp == NULL)
			continue;
		explicit_bzero(responses[i].resp, strlen(responses[i].resp));
		free(responses[i].resp);
	}
	free(responses);
}

/* That there is no such user is not told apart from a wrong secret. */
static char
authentication(int code)
{
	switch (code) {
	case PAM_SUCCESS:
		return PAM_HELPER_RIGHT;
	case PAM_AUTH_ERR:
	case PAM_USER_UNKNOWN:
	case PAM_MAXTRIES:
	case PAM_PERM_DENIED:
		return PAM_HELPER_WRONG;
	case PAM_ACCT_EXPIRED:
	case PAM_CRED_EXPIRED:
	case PAM_NEW_AUTHTOK_REQD:
		return PAM_HELPER_ACCOUNT;
	default:
		return PAM_HELPER_FAILED;
	}
}

static char
account(int code)
{
	switch (code) {
	case PAM_SUCCESS:
		return PAM_HELPER_RIGHT;
	case PAM_ACCT_EXPIRED:
	case PAM_AUTH_ERR:
	case PAM_NEW_AUTHTOK_REQD:
	case PAM_PERM_DENIED:
	case PAM_USER_UNKNOWN:
		return PAM_HELPER_ACCOUNT;
	default:
		return PAM_HELPER_FAILED;
	}
}
