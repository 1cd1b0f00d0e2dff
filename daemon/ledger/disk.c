/*
 * disk.c - room for recovery, and to stop before the disk is full.
 *
 * Recovery writes pages and log, so it needs room itself.  A file of
 * ballast holds some: if the disk is found full at start it is removed
 * first, and made again afterwards.  While less than as much again is
 * free, requests are refused before anything is changed; that much covers
 * all pages that the cache holds and the log of a batch.
 */
#include <sys/stat.h>
#include <sys/statvfs.h>

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "ledger/internal.h"

static int ballast_path(struct ledger *, char *, size_t);
static int ballast_make(struct ledger *, const char *);
static uint64_t disk_room(struct ledger *);

int
disk_before(struct ledger *ledger, struct till_error *err)
{
	char path[PATH_MAX];

	if (ballast_path(ledger, path, sizeof(path)) == -1)
		return till_fail(err, "%s: the name is too long", ledger->dir);
	if (disk_room(ledger) >= ledger->ballast)
		return 0;
	if (unlink(path) == -1) {
		if (errno != ENOENT)
			return till_fail(err, "%s: %s", path, strerror(errno));
		return 0;
	}
	ledger_log(ledger, TILL_LOG_WARNING,
	    "the disk of %s is nearly full: its reserve is given to recovery",
	    ledger->dir);
	return 0;
}

void
disk_keep(struct ledger *ledger)
{
	char path[PATH_MAX];
	struct stat st;

	if (ballast_path(ledger, path, sizeof(path)) == -1)
		return;
	if (lstat(path, &st) == 0 &&
	    (uint64_t)st.st_blocks * 512 >= ledger->ballast) {
		atomic_store(&ledger->ballast_missing, false);
		return;
	}
	/* Taking the last of the room for it would help nobody. */
	if (disk_room(ledger) < 2 * ledger->ballast ||
	    ballast_make(ledger, path) == -1) {
		if (!atomic_exchange(&ledger->ballast_missing, true))
			ledger_log(ledger, TILL_LOG_WARNING,
			    "no room for the reserve of %" PRIu64
			    " octets in %s: nothing can be booked",
			    ledger->ballast, ledger->dir);
		return;
	}
	if (atomic_exchange(&ledger->ballast_missing, false))
		ledger_log(ledger, TILL_LOG_INFO, "the reserve in %s is back",
		    ledger->dir);
}

bool
disk_look(struct ledger *ledger)
{
	uint64_t room = disk_room(ledger);
	bool low = room < ledger->ballast;

	atomic_store(&ledger->disk_free, room);
	if (atomic_exchange(&ledger->disk_low, low) != low)
		ledger_log(ledger, low ? TILL_LOG_ERROR : TILL_LOG_INFO,
		    low ? "only %" PRIu64 " octets are free in %s: nothing can"
			  " be booked"
			: "%" PRIu64 " octets are free in %s again",
		    room, ledger->dir);
	return !low && !atomic_load(&ledger->ballast_missing);
}

static int
ballast_path(struct ledger *ledger, char *path, size_t size)
{
	int n;

	n = snprintf(path, size, "%s/ballast", ledger->dir);
	return n < 0 || (size_t)n >= size ? -1 : 0;
}

static int
ballast_make(struct ledger *ledger, const char *path)
{
	int fd, r;

	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd == -1)
		return -1;
	r = posix_fallocate(fd, 0, (off_t)ledger->ballast);
	close(fd);
	if (r == 0)
		return 0;
	/* A piece of it is no reserve, and uses what is left. */
	(void)unlink(path);
	return -1;
}

/* Octets free for us; 0 if that cannot be found out. */
static uint64_t
disk_room(struct ledger *ledger)
{
	struct statvfs fs;

	if (statvfs(ledger->dir, &fs) == -1)
		return 0;
	return (uint64_t)fs.f_bavail * fs.f_frsize;
}
