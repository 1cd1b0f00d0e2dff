/*
 * gate.c - hold what is to be settled, until the test lets it go.
 */
#include <sys/stat.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include <fcntl.h>
#include <unistd.h>

#include "rear/clock.h"
#include "support/gate.h"

static void
path_of(const struct rears *rears, const char *name, char path[256])
{
	(void)snprintf(path, 256, "%s/%s", rears->dir, name);
}

int
gate_calls(const struct rears *rears)
{
	struct stat st;
	char path[256];

	path_of(rears, "calls", path);
	return stat(path, &st) == 0 ? (int)st.st_size : 0;
}

void
gate_wait_calls(const struct rears *rears, int n)
{
	int64_t until = clock_ms() + REARS_PATIENCE_MS;

	while (gate_calls(rears) < n) {
		assert_true(clock_ms() < until);
		(void)usleep(10000);
	}
}

void
gate_open(const struct rears *rears)
{
	char path[256];
	int fd;

	path_of(rears, "gate", path);
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	assert_int_not_equal(fd, -1);
	(void)close(fd);
}
