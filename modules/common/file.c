/*
 * file.c - see file.h.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/file.h"
#include "common/safe.h"

#define BLANKS " \t\r"

static int read_text(int fd, const char *path, size_t max, char *text,
    struct till_error *err);

int
file_read(const char *path, size_t max, char **text_r, struct till_error *err)
{
	char *text;
	int fd, r = -1;

	if (safe_file(path, err) == -1)
		return -1;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd == -1)
		return till_fail(err, "%s: %s", path, strerror(errno));
	text = malloc(max + 1);
	if (text == NULL)
		till_error_set(err, "out of memory");
	else
		r = read_text(fd, path, max, text, err);
	(void)close(fd);
	if (r == -1)
		free(text);
	else
		*text_r = text;
	return r;
}

char *
file_trim(char *line)
{
	size_t len;

	line[strcspn(line, "#")] = '\0';
	line += strspn(line, BLANKS);
	len = strlen(line);
	while (len > 0 && strchr(BLANKS, line[len - 1]) != NULL)
		line[--len] = '\0';
	return line;
}

static int
read_text(int fd, const char *path, size_t max, char *text,
    struct till_error *err)
{
	size_t len = 0;
	ssize_t n = 1;

	while (n > 0 && len < max) {
		n = read(fd, text + len, max - len);
		if (n > 0)
			len += (size_t)n;
	}
	if (n == -1)
		return till_fail(err, "%s: %s", path, strerror(errno));
	if (len == max)
		return till_fail(err, "%s is larger than %zu octets", path,
		    max - 1);
	if (memchr(text, '\0', len) != NULL)
		return till_fail(err, "%s is no text", path);
	text[len] = '\0';
	return 0;
}
