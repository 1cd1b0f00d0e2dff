/*
 * channel.c - one packet is one message; a cut one is none.
 */
#define _GNU_SOURCE /* SOCK_CLOEXEC, MSG_CMSG_CLOEXEC */
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/uio.h>

#include <assert.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "host/channel.h"

static enum channel_result take(int, struct msghdr *, int flags, size_t *);
static void collect(struct msghdr *, int *, size_t *);
static enum channel_result failed(void);

int
channel_pair(int fds_r[2], struct till_error *err)
{
	const struct timeval tick = { 0, CHANNEL_TICK_MS * 1000 };

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds_r) == -1)
		return till_fail(err, "socketpair: %s", strerror(errno));
	(void)setsockopt(fds_r[0], SOL_SOCKET, SO_RCVTIMEO, &tick,
	    sizeof(tick));
	(void)setsockopt(fds_r[0], SOL_SOCKET, SO_SNDTIMEO, &tick,
	    sizeof(tick));
	return 0;
}

enum channel_result
channel_send(int fd, const struct wire_writer *writer, const void *more,
    size_t len)
{
	struct iovec parts[2] = {
		{ .iov_base = writer->buf, .iov_len = writer->len },
		{ .iov_base = (void *)(uintptr_t)more, .iov_len = len },
	};
	struct msghdr message = { .msg_iov = parts,
		.msg_iovlen = len > 0 ? 2 : 1 };
	ssize_t n;

	assert(!writer->failed);
	do {
		n = sendmsg(fd, &message, MSG_NOSIGNAL);
	} while (n == -1 && errno == EINTR);
	return n == -1 ? failed() : CHANNEL_DONE;
}

enum channel_result
channel_recv(int fd, void *buf, size_t size, size_t *len_r)
{
	struct iovec part = { .iov_base = buf, .iov_len = size };
	struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };

	return take(fd, &message, 0, len_r);
}

enum channel_result
channel_look(int fd, void *buf, size_t size, size_t *len_r)
{
	struct iovec part = { .iov_base = buf, .iov_len = size };
	struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };

	return take(fd, &message, MSG_DONTWAIT, len_r);
}

enum channel_result
channel_send_fds(int fd, const struct wire_writer *writer, const int *fds,
    size_t fds_len)
{
	union {
		struct cmsghdr head;
		char room[CMSG_SPACE(CHANNEL_FDS_MAX * sizeof(int))];
	} control;
	struct iovec part = { .iov_base = writer->buf, .iov_len = writer->len };
	struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };
	struct cmsghdr *head;
	ssize_t n;

	assert(!writer->failed && fds_len > 0 && fds_len <= CHANNEL_FDS_MAX);
	memset(&control, 0, sizeof(control));
	message.msg_control = control.room;
	message.msg_controllen = CMSG_SPACE(fds_len * sizeof(int));
	head = CMSG_FIRSTHDR(&message);
	head->cmsg_level = SOL_SOCKET;
	head->cmsg_type = SCM_RIGHTS;
	head->cmsg_len = CMSG_LEN(fds_len * sizeof(int));
	memcpy(CMSG_DATA(head), fds, fds_len * sizeof(int));
	do {
		n = sendmsg(fd, &message, MSG_NOSIGNAL);
	} while (n == -1 && errno == EINTR);
	return n == -1 ? failed() : CHANNEL_DONE;
}

enum channel_result
channel_recv_fds(int fd, void *buf, size_t size, size_t *len_r,
    int fds_r[CHANNEL_FDS_MAX], size_t *fds_len_r)
{
	union {
		struct cmsghdr head;
		char room[CMSG_SPACE(CHANNEL_FDS_MAX * sizeof(int))];
	} control;
	struct iovec part = { .iov_base = buf, .iov_len = size };
	struct msghdr message = { .msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = control.room,
		.msg_controllen = sizeof(control.room) };
	enum channel_result r;

	*fds_len_r = 0;
	r = take(fd, &message, MSG_CMSG_CLOEXEC, len_r);
	if (r == CHANNEL_TICK)
		return r;
	collect(&message, fds_r, fds_len_r);
	if (r == CHANNEL_DONE)
		return r;
	while (*fds_len_r > 0)
		(void)close(fds_r[--*fds_len_r]);
	return r;
}

static enum channel_result
take(int fd, struct msghdr *message, int flags, size_t *len_r)
{
	ssize_t n;

	do {
		n = recvmsg(fd, message, flags);
	} while (n == -1 && errno == EINTR);
	if (n == -1) {
		message->msg_controllen = 0;
		return failed();
	}
	*len_r = (size_t)n;
	if ((message->msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0)
		return CHANNEL_CUT;
	return n == 0 ? CHANNEL_ERROR : CHANNEL_DONE;
}

static void
collect(struct msghdr *message, int *fds, size_t *fds_len)
{
	struct cmsghdr *head;
	size_t n;

	for (head = CMSG_FIRSTHDR(message); head != NULL;
	     head = CMSG_NXTHDR(message, head)) {
		if (head->cmsg_level != SOL_SOCKET ||
		    head->cmsg_type != SCM_RIGHTS)
			continue;
		n = (head->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		assert(*fds_len + n <= CHANNEL_FDS_MAX);
		memcpy(fds + *fds_len, CMSG_DATA(head), n * sizeof(int));
		*fds_len += n;
	}
}

static enum channel_result
failed(void)
{
	return errno == EAGAIN || errno == EWOULDBLOCK ? CHANNEL_TICK
						       : CHANNEL_ERROR;
}
