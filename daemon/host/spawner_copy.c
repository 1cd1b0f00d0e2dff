/*
 * spawner_copy.c - this program once more, in memory, to be run and not read.
 *
 * The kernel lets processes of one user trace each other from exec on, until
 * they have said that they are not to be (super/harden.h); but not those whose
 * program that user may not read (proc(5), suid_dumpable; ptrace(2)).  Hosts of
 * another user are made from such a copy, so that there is no moment in which
 * one of them can get hold of another.
 */
#define _GNU_SOURCE /* memfd_create, F_ADD_SEALS */
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "host/spawner.h"

#define COPY_MODE 0111 /* for everybody, to run it alone */
#define SEALS (F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)

#ifndef MFD_EXEC /* of Linux 6.3 */
#define MFD_EXEC 0x0010U
#endif

static int make_file(void);
static int fill(int fd);

int
spawner_copy(struct till_error *err)
{
	int fd = make_file();

	if (fd != -1 && fill(fd) == 0 && fchmod(fd, COPY_MODE) == 0 &&
	    fcntl(fd, F_ADD_SEALS, SEALS) == 0)
		return fd;
	(void)till_fail(err, "a copy of the program: %s", strerror(errno));
	if (fd != -1)
		(void)close(fd);
	return -1;
}

/* Kernels before 6.3 do not know that it is to be run, and let it. */
static int
make_file(void)
{
	const unsigned int flags = MFD_CLOEXEC | MFD_ALLOW_SEALING;
	int fd = memfd_create("tilld", flags | MFD_EXEC);

	if (fd == -1 && errno == EINVAL)
		fd = memfd_create("tilld", flags);
	return fd;
}

static int
fill(int fd)
{
	int program = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	struct stat st;
	off_t done = 0;
	int r = -1;

	if (program == -1)
		return -1;
	if (fstat(program, &st) == -1)
		goto out;
	while (done < st.st_size)
		if (sendfile(fd, program, &done, (size_t)(st.st_size - done)) <=
		    0)
			goto out;
	r = 0;
out:
	(void)close(program);
	return r;
}
