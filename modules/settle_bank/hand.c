/*
 * hand.c - two files that are locked: "lock" by who has the folder, with the
 * number of its parent in it, and "wish" by who waits.
 */
#include <sys/file.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "settle_bank/hand.h"

#define LOOK_MS 20
/* Who has it now may not have written its parent's number yet. */
#define STRANGER_MS 200
#define NUMBER_MAX 24

struct hand {
	int lock_fd, wish_fd;
};

static int open_file(const char *dir, const char *name, struct till_error *);
static int wait_for(const struct hand *, const char *dir, int64_t wait_ms,
    struct till_error *);
static bool is_sibling(int fd);
static int sign(int fd);
static int64_t clock_ms(void);

struct hand *
hand_take(const char *dir, int64_t wait_ms, struct till_error *err)
{
	struct hand *hand = calloc(1, sizeof(*hand));

	if (hand == NULL) {
		till_error_set(err, "out of memory");
		return NULL;
	}
	hand->wish_fd = -1;
	hand->lock_fd = open_file(dir, "lock", err);
	if (hand->lock_fd != -1)
		hand->wish_fd = open_file(dir, "wish", err);
	if (hand->wish_fd != -1 && wait_for(hand, dir, wait_ms, err) == 0)
		return hand;
	hand_release(hand);
	return NULL;
}

bool
hand_is_wanted(const struct hand *hand)
{
	if (flock(hand->wish_fd, LOCK_SH | LOCK_NB) == -1)
		return errno == EWOULDBLOCK;
	(void)flock(hand->wish_fd, LOCK_UN);
	return false;
}

void
hand_release(struct hand *hand)
{
	if (hand == NULL)
		return;
	if (hand->wish_fd != -1)
		(void)close(hand->wish_fd);
	if (hand->lock_fd != -1)
		(void)close(hand->lock_fd);
	free(hand);
}

static int
open_file(const char *dir, const char *name, struct till_error *err)
{
	char path[PATH_MAX];
	int fd;

	if (snprintf(path, sizeof(path), "%s/%s", dir, name) >=
	    (int)sizeof(path))
		return till_fail(err, "%.100s...: name too long", dir);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd == -1)
		return till_fail(err, "%.200s: %s", path, strerror(errno));
	return fd;
}

static int
wait_for(const struct hand *hand, const char *dir, int64_t wait_ms,
    struct till_error *err)
{
	const int64_t began_ms = clock_ms();
	bool wishes = false;
	int64_t gone_ms;

	while (flock(hand->lock_fd, LOCK_EX | LOCK_NB) == -1) {
		gone_ms = clock_ms() - began_ms;
		if (gone_ms >= wait_ms)
			return till_fail(err,
			    "%.160s: another process has this folder%s", dir,
			    wait_ms > 0 ? ", and does not let it go" : "");
		if (gone_ms >= STRANGER_MS && !is_sibling(hand->lock_fd))
			return till_fail(err,
			    "%.160s: another process has this folder", dir);
		/* Only of its like does it take a wish. */
		if (!wishes && is_sibling(hand->lock_fd))
			wishes = flock(hand->wish_fd, LOCK_EX | LOCK_NB) == 0;
		(void)poll(NULL, 0, LOOK_MS);
	}
	(void)flock(hand->wish_fd, LOCK_UN);
	if (sign(hand->lock_fd) == -1)
		return till_fail(err, "%.160s: %s", dir, strerror(errno));
	return 0;
}

static bool
is_sibling(int fd)
{
	char text[NUMBER_MAX] = "";

	return pread(fd, text, sizeof(text) - 1, 0) > 0 &&
	    strtol(text, NULL, 10) == (long)getppid();
}

static int
sign(int fd)
{
	char text[NUMBER_MAX];
	int len;

	len = snprintf(text, sizeof(text), "%ld\n", (long)getppid());
	return ftruncate(fd, 0) == 0 && pwrite(fd, text, (size_t)len, 0) == len
	    ? 0
	    : -1;
}

static int64_t
clock_ms(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}
