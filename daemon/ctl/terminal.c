/*
 * terminal.c - a password from the terminal, which does not show it.
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

#include "ctl/file.h"

static int ask(int, int, const char *, char *, struct till_error *);
static int read_line(int, int, char *, struct till_error *);
static void say(int, const char *);

int
password_from_terminal(const char *prompt, bool twice, char *password,
    struct till_error *err)
{
	char *again = NULL;
	sigset_t signals, before;
	int tty, signal_fd, r = -1;

	tty = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
	if (tty == -1)
		return till_fail(err,
		    "there is no terminal to ask for the "
		    "password; see --password-fd");
	(void)sigemptyset(&signals);
	(void)sigaddset(&signals, SIGINT);
	(void)sigaddset(&signals, SIGTERM);
	(void)sigaddset(&signals, SIGHUP);
	(void)sigaddset(&signals, SIGQUIT);
	(void)sigaddset(&signals, SIGTSTP);
	(void)sigprocmask(SIG_BLOCK, &signals, &before);
	signal_fd = signalfd(-1, &signals, SFD_CLOEXEC);
	again = OPENSSL_secure_malloc(PASSWORD_MAX + 1);
	if (signal_fd == -1 || again == NULL) {
		till_fail(err, "the terminal cannot be used");
		goto out;
	}
	if (ask(tty, signal_fd, prompt, password, err) == -1 ||
	    (twice &&
		ask(tty, signal_fd, "The same again: ", again, err) == -1))
		goto out;
	if (twice && strcmp(password, again) != 0)
		till_fail(err, "the two passwords differ");
	else if (password[0] == '\0')
		till_fail(err, "nothing was given");
	else
		r = 0;
out:
	OPENSSL_secure_clear_free(again, PASSWORD_MAX + 1);
	if (signal_fd != -1)
		(void)close(signal_fd);
	(void)close(tty);
	/* What was held back takes its effect here. */
	(void)sigprocmask(SIG_SETMASK, &before, NULL);
	return r;
}

static int
ask(int tty, int signal_fd, const char *prompt, char *line,
    struct till_error *err)
{
	struct termios shown, hidden;
	int r;

	if (tcgetattr(tty, &shown) == -1)
		return till_fail(err, "/dev/tty: %s", strerror(errno));
	hidden = shown;
	hidden.c_lflag &= ~(tcflag_t)(ECHO | ECHONL);
	hidden.c_lflag |= ICANON | ISIG;
	/* First hidden, then asked: what is typed at the prompt is neither
	 * shown nor thrown away. */
	if (tcsetattr(tty, TCSAFLUSH, &hidden) == -1)
		return till_fail(err, "/dev/tty: %s", strerror(errno));
	say(tty, prompt);
	r = read_line(tty, signal_fd, line, err);
	(void)tcsetattr(tty, TCSAFLUSH, &shown);
	say(tty, "\n");
	return r;
}

/* The terminal gives whole lines. */
static int
read_line(int tty, int signal_fd, char *line, struct till_error *err)
{
	struct pollfd fds[2] = { { .fd = tty, .events = POLLIN },
		{ .fd = signal_fd, .events = POLLIN } };
	ssize_t n;

	if (poll(fds, 2, -1) == -1)
		return till_fail(err, "poll: %s", strerror(errno));
	if (fds[1].revents != 0)
		return till_fail(err, "interrupted");
	n = read(tty, line, PASSWORD_MAX + 1);
	if (n <= 0)
		return till_fail(err, "no password was given");
	if (n > PASSWORD_MAX || line[n - 1] != '\n')
		return till_fail(err,
		    "a password is one line of at most %d "
		    "octets",
		    PASSWORD_MAX);
	line[n - 1] = '\0';
	return 0;
}

static void
say(int tty, const char *text)
{
	(void)!write(tty, text, strlen(text));
}
