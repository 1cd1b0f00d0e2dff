/*
 * made.c - replies that a program makes.
 */
#define _GNU_SOURCE /* pipe2 */
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base64url.h"
#include "kit/made.h"

#define PREFIX "run:"
#define ARGS_MAX 8

extern char **environ;

static int run(const char *program, const struct prompt *,
    const struct till_order *, int to, pid_t *pid_r);
static int read_all(int fd, unsigned char *data, size_t *len_r);

bool
kit_is_made(const char *written)
{
	return strncmp(written, PREFIX, sizeof(PREFIX) - 1) == 0;
}

int
kit_made(struct kit_case *c, const struct prompt *prompt, const char *written,
    unsigned char *data_r, size_t *len_r)
{
	char program[KIT_VALUE_MAX];
	int fds[2], status, r;
	pid_t pid;

	if (kit_expand(&c->place, written + sizeof(PREFIX) - 1, program) ==
		-1 ||
	    pipe2(fds, O_CLOEXEC) == -1) {
		kit_fail(c, "there is no program %.200s", written);
		return -1;
	}
	r = run(program, prompt, &c->session.order, fds[1], &pid);
	(void)close(fds[1]);
	if (r == 0) {
		r = read_all(fds[0], data_r, len_r);
		/* One that writes more ends by it, and is not waited for. */
		(void)close(fds[0]);
		fds[0] = -1;
		while (waitpid(pid, &status, 0) == -1 && errno == EINTR)
			continue;
		if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
			r = -1;
	}
	if (fds[0] != -1)
		(void)close(fds[0]);
	if (r == -1)
		kit_fail(c, "%.200s makes no reply to %s", program, prompt->id);
	return r;
}

static int
run(const char *program, const struct prompt *prompt,
    const struct till_order *order, int to, pid_t *pid_r)
{
	char challenge[BASE64URL_SIZE(sizeof(prompt->challenge))];
	char amount[TILL_MONEY_MAX], *args[ARGS_MAX + 1];
	posix_spawn_file_actions_t actions;
	const char *const texts[ARGS_MAX] = { program, prompt->id, challenge,
		order->ticket, order->merchant, amount, order->amount.currency,
		order->customer };
	size_t i, n = 0;
	int r = -1;

	(void)base64url_encode(prompt->challenge, prompt->challenge_len,
	    challenge);
	(void)till_money_print(&order->amount, amount);
	for (i = 0; i < ARGS_MAX; i++) {
		args[n] = strdup(texts[i]);
		if (args[n] == NULL)
			break;
		n++;
	}
	args[n] = NULL;
	if (n == ARGS_MAX && posix_spawn_file_actions_init(&actions) == 0) {
		if (posix_spawn_file_actions_adddup2(&actions, to,
			STDOUT_FILENO) == 0 &&
		    posix_spawn(pid_r, program, &actions, NULL, args,
			environ) == 0)
			r = 0;
		(void)posix_spawn_file_actions_destroy(&actions);
	}
	while (n > 0)
		free(args[--n]);
	return r;
}

/* Up to what a reply may have. */
static int
read_all(int fd, unsigned char *data, size_t *len_r)
{
	ssize_t n = 1;
	size_t len = 0;

	while (n > 0 && len < TILL_REPLY_MAX) {
		n = read(fd, data + len, TILL_REPLY_MAX - len);
		if (n == -1 && errno == EINTR)
			n = 1;
		else if (n > 0)
			len += (size_t)n;
	}
	*len_r = len;
	return n == -1 ? -1 : 0;
}
