/*
 * host_plain.c - what modules are given without asking the server: the same
 * in the server and in a module host.
 */
#include <sys/random.h>

#include <errno.h>
#include <time.h>

#include "module/host.h"

#define RANDOM_MAX 256 /* octets that getrandom gives whole */

int64_t
host_now_ms(struct till_instance *instance)
{
	struct timespec now;

	(void)instance;
	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int
host_random(void *buf, size_t len)
{
	unsigned char *at = buf;
	size_t part;
	ssize_t n;

	while (len > 0) {
		part = len < RANDOM_MAX ? len : RANDOM_MAX;
		n = getrandom(at, part, 0);
		if (n == -1 && errno == EINTR)
			continue;
		if (n <= 0)
			return -1;
		at += n;
		len -= (size_t)n;
	}
	return 0;
}
