/*
 * secret.c - read a secret from a file, into memory that is wiped.
 */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include <openssl/crypto.h>

#include "module/loader.h"
#include "module/secret.h"

#define BUFFER_SIZE (SECRET_MAX + 2) /* one octet too many, and a NUL */

static int mode_ok(const char *, int, struct till_error *);
static int content(const char *, int, char *, struct till_error *);

int
secret_read(const char *path, char **secret_r, struct till_error *err)
{
	char *secret = NULL;
	int fd, r = -1;

	if (path[0] != '/')
		return till_fail(err, "'%s' is not an absolute path", path);
	fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
	if (fd == -1)
		return till_fail(err, "%s: %s", path,
		    errno == ELOOP ? "is a symbolic link" : strerror(errno));
	if (file_is_safe(path, fd, err) == -1 || mode_ok(path, fd, err) == -1)
		goto out;
	secret = OPENSSL_secure_zalloc(BUFFER_SIZE);
	if (secret == NULL) {
		till_fail(err, "%s: out of secure memory", path);
		goto out;
	}
	if (content(path, fd, secret, err) == -1)
		goto out;
	*secret_r = secret;
	secret = NULL;
	r = 0;
out:
	(void)close(fd);
	secret_free(secret);
	return r;
}

void
secret_free(char *secret)
{
	OPENSSL_secure_clear_free(secret, BUFFER_SIZE);
}

static int
mode_ok(const char *path, int fd, struct till_error *err)
{
	struct stat st;
	unsigned int mode;

	if (fstat(fd, &st) == -1)
		return till_fail(err, "%s: %s", path, strerror(errno));
	mode = (unsigned int)(st.st_mode & 07777);
	if (mode != 0400 && mode != 0600)
		return till_fail(err,
		    "%s has mode %04o; a secret's file must "
		    "have 0400 or 0600",
		    path, mode);
	return 0;
}

static int
content(const char *path, int fd, char *secret, struct till_error *err)
{
	size_t len = 0;
	ssize_t n;

	while (len < SECRET_MAX + 1) {
		n = read(fd, secret + len, SECRET_MAX + 1 - len);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return till_fail(err, "%s: %s", path, strerror(errno));
		if (n == 0)
			break;
		len += (size_t)n;
	}
	if (len > SECRET_MAX)
		return till_fail(err, "%s holds more than %d octets", path,
		    SECRET_MAX);
	if (len > 0 && secret[len - 1] == '\n')
		secret[--len] = '\0';
	if (len == 0)
		return till_fail(err, "%s is empty", path);
	if (memchr(secret, '\0', len) != NULL)
		return till_fail(err, "%s has a zero octet in it", path);
	return 0;
}
