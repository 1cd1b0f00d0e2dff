/*
 * socket.h - unix sockets by their path, and the thread behind one.
 */
#ifndef LINK_SOCKET_H
#define LINK_SOCKET_H

#include <sys/types.h>

#include <pthread.h>

#include <till/error.h>

/* What tells one's own socket file from one that took its place. */
struct socket_file {
	dev_t device;
	ino_t inode;
};

/*
 * Listen on path.  The file has mode and group from its first moment
 * there; the file of a server that is gone is replaced, that of one that
 * still listens is not, nor is anything else than a socket.  Returns the
 * descriptor, non-blocking, or -1.
 */
int socket_listen(const char *path, mode_t mode, gid_t group,
    struct socket_file *file_r, struct till_error *err);
/* Remove path if it still is our file. */
void socket_unlink(const char *path, const struct socket_file *);
/* A connected non-blocking descriptor, or -1. */
int socket_connect(const char *path, struct till_error *err);

/* Start a thread that gets no signals; those are main's. */
int thread_start(pthread_t *, void *(*)(void *), void *arg,
    struct till_error *err);

#endif
