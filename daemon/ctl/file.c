/*
 * file.c - texts that tillctl reads.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "ctl/file.h"

static int read_all(int, char *, size_t, size_t *);

int
file_read_text(const char *path, char *text, size_t size,
    struct till_error *err)
{
	int fd = STDIN_FILENO, r;
	size_t len;

	if (strcmp(path, "-") != 0)
		fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd == -1)
		return till_fail(err, "%s: %s", path, strerror(errno));
	r = read_all(fd, text, size, &len);
	if (r == -1)
		till_fail(err, "%s: %s", path, strerror(errno));
	else if (len == size)
		r = till_fail(err, "%s is too long", path);
	else if (memchr(text, '\0', len) != NULL)
		r = till_fail(err, "%s is no text", path);
	else
		text[len] = '\0';
	if (fd != STDIN_FILENO)
		(void)close(fd);
	return r;
}

int
password_from_fd(int fd, char *password, struct till_error *err)
{
	char *newline;
	size_t len;

	if (read_all(fd, password, PASSWORD_MAX + 1, &len) == -1)
		return till_fail(err, "the password cannot be read: %s",
		    strerror(errno));
	if (len > PASSWORD_MAX)
		return till_fail(err, "a password has at most %d octets",
		    PASSWORD_MAX);
	password[len] = '\0';
	newline = memchr(password, '\n', len);
	if (newline != NULL)
		*newline = '\0';
	if (password[0] == '\0')
		return till_fail(err, "the password is empty");
	return 0;
}

/* Up to size octets, until the end. */
static int
read_all(int fd, char *text, size_t size, size_t *len)
{
	ssize_t n;

	*len = 0;
	while (*len < size) {
		n = read(fd, text + *len, size - *len);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return -1;
		if (n == 0)
			break;
		*len += (size_t)n;
	}
	return 0;
}
