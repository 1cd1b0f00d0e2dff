/*
 * secret.c - a line that nobody else is to see.
 *
 * Signals that would end or stop the program are held back until the
 * terminal shows again what is typed.
 */
#include <sys/signalfd.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include <openssl/crypto.h>

#include "secret.h"

/* A terminal in use. */
struct terminal {
	int tty, signal_fd;
	sigset_t before;
};

static int read_all(int, char *, size_t *);
static int first_line(char *, size_t, struct till_error *);
static int open_terminal(struct terminal *, struct till_error *);
static void close_terminal(struct terminal *);
static int ask(const struct terminal *, const char *, bool, char *,
    struct till_error *);
static int read_line(const struct terminal *, char *, struct till_error *);
static void say(int, const char *);

int
secret_from_file(const char *path, char **secret_r, struct till_error *err)
{
	char *text = OPENSSL_secure_zalloc(SECRET_MAX + 2);
	size_t len = 0;
	int fd, r;

	if (text == NULL)
		return till_fail(err, "out of memory");
	fd = open(path, O_RDONLY | O_CLOEXEC);
	r = fd == -1 ? -1 : read_all(fd, text, &len);
	if (r == -1)
		till_error_set(err, "%.180s: %s", path, strerror(errno));
	if (fd != -1)
		(void)close(fd);
	if (r == 0)
		r = first_line(text, len, err);
	if (r == -1) {
		secret_free(text);
		return -1;
	}
	*secret_r = text;
	return 0;
}

int
secret_from_terminal(const char *prompt, bool hidden, char **secret_r,
    struct till_error *err)
{
	char *text = OPENSSL_secure_zalloc(SECRET_MAX + 2);
	struct terminal terminal;
	int r;

	if (text == NULL)
		return till_fail(err, "out of memory");
	r = open_terminal(&terminal, err);
	if (r == 0) {
		r = ask(&terminal, prompt, hidden, text, err);
		close_terminal(&terminal);
	}
	if (r == -1) {
		secret_free(text);
		return -1;
	}
	*secret_r = text;
	return 0;
}

void
secret_free(char *secret)
{
	OPENSSL_secure_clear_free(secret, SECRET_MAX + 2);
}

/* As much as fits in SECRET_MAX + 1 octets. */
static int
read_all(int fd, char *text, size_t *len_r)
{
	size_t len = 0;
	ssize_t n = 1;

	while (n != 0 && len <= SECRET_MAX) {
		n = read(fd, text + len, SECRET_MAX + 1 - len);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return -1;
		len += (size_t)n;
	}
	*len_r = len;
	return 0;
}

/* End the text behind its first line; text[len] is there. */
static int
first_line(char *text, size_t len, struct till_error *err)
{
	size_t i;

	text[len] = '\0';
	for (i = 0; i < len && text[i] != '\n'; i++)
		if ((unsigned char)text[i] < ' ' || text[i] == 0x7f)
			return till_fail(err,
			    "a secret has no control characters");
	if (i > SECRET_MAX)
		return till_fail(err, "a secret has at most %d octets",
		    SECRET_MAX);
	if (i == 0)
		return till_fail(err, "nothing was given");
	memset(text + i, 0, len - i);
	return 0;
}

static int
open_terminal(struct terminal *terminal, struct till_error *err)
{
	static const int held[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP };
	sigset_t signals;
	size_t i;

	terminal->tty = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
	if (terminal->tty == -1)
		return till_fail(err, "there is no terminal to ask at");
	(void)sigemptyset(&signals);
	for (i = 0; i < sizeof(held) / sizeof(held[0]); i++)
		(void)sigaddset(&signals, held[i]);
	(void)sigprocmask(SIG_BLOCK, &signals, &terminal->before);
	terminal->signal_fd = signalfd(-1, &signals, SFD_CLOEXEC);
	if (terminal->signal_fd == -1) {
		close_terminal(terminal);
		return till_fail(err, "the terminal cannot be used");
	}
	return 0;
}

static void
close_terminal(struct terminal *terminal)
{
	if (terminal->signal_fd != -1)
		(void)close(terminal->signal_fd);
	(void)close(terminal->tty);
	/* What was held back takes its effect here. */
	(void)sigprocmask(SIG_SETMASK, &terminal->before, NULL);
}

static int
ask(const struct terminal *terminal, const char *prompt, bool hidden,
    char *line, struct till_error *err)
{
	struct termios before, now;
	int r;

	if (tcgetattr(terminal->tty, &before) == -1)
		return till_fail(err, "/dev/tty: %s", strerror(errno));
	now = before;
	if (hidden)
		now.c_lflag &= ~(tcflag_t)(ECHO | ECHONL);
	now.c_lflag |= ICANON | ISIG;
	/* First hidden, then asked, as in tillctl. */
	if (tcsetattr(terminal->tty, TCSAFLUSH, &now) == -1)
		return till_fail(err, "/dev/tty: %s", strerror(errno));
	say(terminal->tty, prompt);
	r = read_line(terminal, line, err);
	(void)tcsetattr(terminal->tty, TCSAFLUSH, &before);
	if (hidden)
		say(terminal->tty, "\n");
	return r;
}

/* The terminal gives whole lines. */
static int
read_line(const struct terminal *terminal, char *line, struct till_error *err)
{
	struct pollfd fds[2] = { { .fd = terminal->tty, .events = POLLIN },
		{ .fd = terminal->signal_fd, .events = POLLIN } };
	ssize_t n;

	if (poll(fds, 2, -1) == -1)
		return till_fail(err, "poll: %s", strerror(errno));
	if (fds[1].revents != 0)
		return till_fail(err, "interrupted");
	n = read(terminal->tty, line, SECRET_MAX + 1);
	if (n <= 0)
		return till_fail(err, "nothing was given");
	return first_line(line, (size_t)n, err);
}

static void
say(int tty, const char *text)
{
	(void)!write(tty, text, strlen(text));
}
