/*
 * seize.c - try to get hold of every child of a process while it starts.
 *
 *	seize PARENT
 *
 * Run as the user whom the children become.  Until SIGTERM it does all that a
 * debugger of that user would: PTRACE_SEIZE, and opening the child's memory.
 * Status 0: none was got, and at least one was tried in vain; 1: one was got;
 * 2: there was none to try.
 */
#include <sys/ptrace.h>
#include <sys/types.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PATH_SIZE 64
#define CHILDREN_SIZE 8192 /* octets of a list of children */
#define AHEAD 4 /* processes that are about to be made */

static volatile sig_atomic_t stop;
static unsigned long denied;

static void on_term(int);
static long try_children(const char *);
static bool try_one(pid_t);
static bool seize(pid_t, long parent);
static bool is_child(pid_t, long parent);
static bool got(pid_t, const char *);

int
main(int argc, char **argv)
{
	char path[PATH_SIZE];
	long last = 0;
	int i;

	if (argc != 2)
		return 64;
	(void)signal(SIGTERM, on_term);
	(void)snprintf(path, sizeof(path), "/proc/%s/task/%s/children", argv[1],
	    argv[1]);
	while (!stop && last != -1) {
		last = try_children(path);
		/* Who is not there yet may be in a moment. */
		for (i = 1; last > 0 && i <= AHEAD; i++)
			if (seize((pid_t)last + i, strtol(argv[1], NULL, 10)))
				last = -1;
	}
	printf("%lu attempts in vain\n", denied);
	if (last == -1)
		return 1;
	return denied > 0 ? 0 : 2;
}

static void
on_term(int number)
{
	(void)number;
	stop = 1;
}

/* The last of them; 0: there is none, -1: one was got. */
static long
try_children(const char *path)
{
	char list[CHILDREN_SIZE], *at = list, *end;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n;
	long pid, last = 0;

	if (fd == -1)
		return 0;
	n = read(fd, list, sizeof(list) - 1);
	(void)close(fd);
	list[n > 0 ? n : 0] = '\0';
	for (pid = strtol(at, &end, 10); end != at;
	     pid = strtol(at, &end, 10)) {
		at = end;
		last = pid;
		if (try_one((pid_t)pid))
			return -1;
	}
	return last;
}

static bool
try_one(pid_t pid)
{
	char path[PATH_SIZE];
	int fd;

	if (ptrace(PTRACE_SEIZE, pid, NULL, NULL) == 0)
		return got(pid, "seized");
	if (errno == EPERM)
		denied++;
	(void)snprintf(path, sizeof(path), "/proc/%ld/mem", (long)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd == -1)
		return false;
	(void)close(fd);
	return got(pid, "its memory is open");
}

/* One that may be anybody's. */
static bool
seize(pid_t pid, long parent)
{
	if (ptrace(PTRACE_SEIZE, pid, NULL, NULL) == -1)
		return false;
	if (is_child(pid, parent))
		return got(pid, "seized at its beginning");
	(void)ptrace(PTRACE_DETACH, pid, NULL, NULL);
	return false;
}

static bool
is_child(pid_t pid, long parent)
{
	char path[PATH_SIZE], line[256] = "";
	const char *at;
	int fd;

	(void)snprintf(path, sizeof(path), "/proc/%ld/stat", (long)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd == -1)
		return false;
	(void)!read(fd, line, sizeof(line) - 1);
	(void)close(fd);
	/* After the name in brackets: state, then the parent. */
	at = strrchr(line, ')');
	return at != NULL && strlen(at) > 4 &&
	    strtol(at + 4, NULL, 10) == parent;
}

/* Say which, and let it go on. */
static bool
got(pid_t pid, const char *how)
{
	printf("%ld: %s\n", (long)pid, how);
	(void)ptrace(PTRACE_DETACH, pid, NULL, NULL);
	return true;
}
