/*
 * spawner.h - the process that starts module hosts.
 *
 * The rear unit has threads and secrets, and where units are apart it is
 * not root any more; so hosts are started by a process with one thread,
 * which is there before the rear unit becomes who it is.  It does three
 * things: start a host, kill one that it has started, say that one has
 * ended.  What it starts is always this same program as a module host,
 * as the user whom the command line names, with an empty environment,
 * the limits of below, and no descriptors but those of the host; nothing
 * of a request gets into that but descriptors.  It ends, and its hosts
 * with it, when the other end of its socket does.
 */
#ifndef HOST_SPAWNER_H
#define HOST_SPAWNER_H

#include <sys/types.h>

#include <stdbool.h>
#include <stdint.h>

#include <till/error.h>

#define SPAWNER_HOSTS_MAX 256 /* at one time */

/* Of each host, beside no core files and no new privileges. */
#define SPAWNER_FILES 256 /* descriptors */
#define SPAWNER_DATA (UINT64_C(1) << 30) /* octets of written memory */
#define SPAWNER_SPACE (UINT64_C(8) << 30) /* octets of address space */
#define SPAWNER_PROCESSES 512 /* of all hosts' own user together */

/* Descriptors of a host. */
#define HOST_FD_MODULE 3
#define HOST_FD_LATE 4
#define HOST_FD_CALLS 5 /* the first of them */

/* Messages on the spawner's socket. */
enum spawner_kind {
	SPAWNER_NONE = 0,
	/* Number of the host (8 octets); descriptors: the module's file, what
	 * it prints to, its end of the late socket, its ends of the calls. */
	SPAWNER_START,
	SPAWNER_KILL, /* number */
	/* answers */
	SPAWNER_STARTED, /* number, process (8); number 0 is the spawner
			  * itself, then a text: why there is no copy of the
			  * program for hosts, or "" */
	SPAWNER_REFUSED, /* number, text: why it was not started */
	SPAWNER_ENDED /* number, status as of waitpid (4) */
};

/* Whom hosts become. */
struct spawner_user {
	bool other; /* false: they stay who the spawner is */
	bool missing; /* nobody: no host can be started */
	uid_t uid;
	gid_t gid;
};

/*
 * Start a spawner: fork and exec program, "/proc/self/exe" for ourselves,
 * with the part "hosts".  *fd_r is our end of its socket, closed by exec.
 * Call it while there is one thread.
 */
int spawner_start(const char *program, const struct spawner_user *, int *fd_r,
    struct till_error *err);

/* The spawner itself, "tilld hosts"; argv as spawner_start makes it.
 * Returns the exit status. */
int spawner_main(int argc, char **argv);

/* spawner_host.c: in the process just forked, become a host. */
struct spawner_request {
	uint64_t number;
	int module_fd, out_fd, late_fd;
	const int *calls;
	size_t calls_len;
	int program_fd; /* of spawner_copy; -1: the program itself */
};
void spawner_become_host(const struct spawner_request *,
    const struct spawner_user *, pid_t parent) __attribute__((noreturn));

/* spawner_copy.c: a sealed file with this program, closed by exec, which
 * nobody but root may read and everybody may run. */
int spawner_copy(struct till_error *err);

/* Close all descriptors from this one on. */
void spawner_close_from(int fd);

#endif
