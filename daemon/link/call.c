/*
 * call.c - one request and its answer, for programs that do no more.
 */
#include <sys/socket.h>

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "link/link.h"
#include "link/socket.h"

#define CALL_ID 1

static int wait_for(int, short, int64_t, struct till_error *);
static int call(int, const struct frame_writer *, int64_t, void *, size_t,
    struct frame *, struct till_error *);

int
link_call(const char *path, struct frame_writer *request, int64_t timeout_ms,
    void *buf, size_t size, struct frame *reply_r, struct till_error *err)
{
	int fd, r;

	frame_set_id(request, CALL_ID);
	fd = socket_connect(path, err);
	if (fd == -1)
		return -1;
	r = call(fd, request, link_now_ms() + timeout_ms, buf, size, reply_r,
	    err);
	(void)close(fd);
	return r;
}

static int
call(int fd, const struct frame_writer *request, int64_t deadline_ms, void *buf,
    size_t size, struct frame *reply, struct till_error *err)
{
	ssize_t n;

	if (wait_for(fd, POLLOUT, deadline_ms, err) == -1)
		return -1;
	if (send(fd, request->data, request->len, MSG_NOSIGNAL) == -1)
		return till_fail(err, "the server does not listen: %s",
		    strerror(errno));
	if (wait_for(fd, POLLIN, deadline_ms, err) == -1)
		return -1;
	n = recv(fd, buf, size, MSG_TRUNC);
	if (n == -1)
		return till_fail(err, "the server did not answer: %s",
		    strerror(errno));
	if (n == 0)
		return till_fail(err, "the server hung up without an answer");
	if ((size_t)n > size)
		return till_fail(err, "the server's answer is too long");
	if (frame_parse(buf, (size_t)n, reply, err) == -1)
		return -1;
	if (reply->id != CALL_ID)
		return till_fail(err, "the server answered something else");
	return 0;
}

static int
wait_for(int fd, short events, int64_t deadline_ms, struct till_error *err)
{
	struct pollfd pollfd = { .fd = fd, .events = events };
	int64_t left;
	int n;

	do {
		left = deadline_ms - link_now_ms();
		if (left <= 0)
			return till_fail(err,
			    "the server did not answer in "
			    "time");
		n = poll(&pollfd, 1, left > 1000 ? 1000 : (int)left);
	} while (n == 0 || (n == -1 && errno == EINTR));
	return n == -1 ? till_fail(err, "poll: %s", strerror(errno)) : 0;
}
