/*
 * verifier.c - put a question to the verifier's socket, within a deadline.
 *
 * Nothing is believed of what comes back but one of the few words that
 * the protocol has, exactly framed; whoever sends more, less or anything
 * else has said nothing.
 */
#define _GNU_SOURCE /* struct ucred */
#include <sys/socket.h>
#include <sys/un.h>

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "common/child.h"
#include "verifier.h"

#define HEAD_SIZE 28
#define ANSWER_SIZE 8
#define RETRY_MS 10 /* while the verifier's queue of callers is full */

static int call_up(const struct verifier *, int64_t until_ms,
    struct till_error *);
static int meet(int fd, const struct verifier *, int64_t until_ms,
    struct till_error *);
static int know(int fd, const struct verifier *, struct till_error *);
static int send_all(int fd, const void *, size_t, int64_t until_ms,
    struct till_error *);
static void write_head(unsigned char head[HEAD_SIZE],
    const struct verifier_question *);
static int receive(int fd, unsigned char answer[ANSWER_SIZE], int64_t until_ms,
    struct till_error *);
static int wait_for(int fd, short events, int64_t until_ms,
    struct till_error *);
static int read_answer(const unsigned char answer[ANSWER_SIZE],
    enum verifier_call, struct verifier_said *, struct till_error *);
static bool fits(enum verifier_call, unsigned char answer);

static const unsigned char magic[4] = { 'T', 'V', 'P', '1' };

int
verifier_ask(const struct verifier *verifier,
    const struct verifier_question *question, struct verifier_said *said_r,
    struct till_error *err)
{
	const int64_t until_ms = child_clock_ms() + verifier->deadline_ms;
	unsigned char head[HEAD_SIZE], answer[ANSWER_SIZE];
	int fd, r = -1;

	memset(said_r, 0, sizeof(*said_r));
	fd = call_up(verifier, until_ms, err);
	if (fd == -1)
		return -1;
	write_head(head, question);
	if (send_all(fd, head, sizeof(head), until_ms, err) == 0 &&
	    send_all(fd, question->phrase, strlen(question->phrase), until_ms,
		err) == 0 &&
	    send_all(fd, question->pcm.data, question->pcm.len, until_ms,
		err) == 0) {
		(void)shutdown(fd, SHUT_WR);
		r = receive(fd, answer, until_ms, err);
	}
	if (r == 0)
		r = read_answer(answer, question->call, said_r, err);
	(void)close(fd);
	return r;
}

static int
call_up(const struct verifier *verifier, int64_t until_ms,
    struct till_error *err)
{
	int fd;

	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd == -1)
		return till_fail(err, "a socket: %s", strerror(errno));
	if (meet(fd, verifier, until_ms, err) == -1 ||
	    know(fd, verifier, err) == -1) {
		(void)close(fd);
		return -1;
	}
	return fd;
}

/* A unix socket is connected at once or not at all; EAGAIN says that too
 * many wait there already. */
static int
meet(int fd, const struct verifier *verifier, int64_t until_ms,
    struct till_error *err)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	if (strlen(verifier->path) > VERIFIER_PATH_MAX)
		return till_fail(err, "the path is too long");
	memcpy(address.sun_path, verifier->path, strlen(verifier->path));
	while (connect(fd, (const struct sockaddr *)&address,
		   sizeof(address)) == -1) {
		if (errno != EAGAIN && errno != EINTR)
			return till_fail(err, "%s", strerror(errno));
		if (child_left_ms(until_ms) == 0)
			return till_fail(err, "it takes no more callers");
		(void)poll(NULL, 0, RETRY_MS);
	}
	return 0;
}

/* Recordings are for nobody but the verifier. */
static int
know(int fd, const struct verifier *verifier, struct till_error *err)
{
	struct ucred peer;
	socklen_t len = sizeof(peer);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) == -1)
		return till_fail(err, "who listens: %s", strerror(errno));
	if (peer.uid != 0 && peer.uid != geteuid() && peer.uid != verifier->uid)
		return till_fail(err, "it is user %u who listens",
		    (unsigned int)peer.uid);
	return 0;
}

static void
write_head(unsigned char head[HEAD_SIZE],
    const struct verifier_question *question)
{
	const size_t len = question->pcm.len;
	unsigned int i;

	memset(head, 0, HEAD_SIZE);
	memcpy(head, magic, sizeof(magic));
	head[4] = (unsigned char)question->call;
	head[5] = (unsigned char)strlen(question->phrase);
	for (i = 0; i < 4; i++)
		head[8 + i] = (unsigned char)(len >> (24 - 8 * i) & 255);
	memcpy(head + 12, question->speaker, VERIFIER_SPEAKER);
}

static int
send_all(int fd, const void *data, size_t len, int64_t until_ms,
    struct till_error *err)
{
	const unsigned char *from = data;
	ssize_t n;

	while (len > 0) {
		n = send(fd, from, len, MSG_NOSIGNAL);
		if (n > 0) {
			from += n;
			len -= (size_t)n;
		} else if (n == -1 && errno == EAGAIN) {
			if (wait_for(fd, POLLOUT, until_ms, err) == -1)
				return -1;
		} else if (n == 0 || errno != EINTR) {
			return till_fail(err, "it takes no question: %s",
			    strerror(errno));
		}
	}
	return 0;
}

/* The answer is whole only with the end behind it. */
static int
receive(int fd, unsigned char answer[ANSWER_SIZE], int64_t until_ms,
    struct till_error *err)
{
	unsigned char octets[ANSWER_SIZE + 1];
	size_t len = 0;
	ssize_t n;

	for (;;) {
		n = recv(fd, octets + len, sizeof(octets) - len, 0);
		if (n == 0)
			break;
		if (n > 0)
			len += (size_t)n;
		if (len > ANSWER_SIZE)
			return till_fail(err, "its answer is too long");
		if (n > 0 || errno == EINTR)
			continue;
		if (errno != EAGAIN)
			return till_fail(err, "no answer: %s", strerror(errno));
		if (wait_for(fd, POLLIN, until_ms, err) == -1)
			return -1;
	}
	if (len < ANSWER_SIZE)
		return till_fail(err, "its answer ends after %zu octets", len);
	memcpy(answer, octets, ANSWER_SIZE);
	return 0;
}

static int
wait_for(int fd, short events, int64_t until_ms, struct till_error *err)
{
	struct pollfd pollfd = { .fd = fd, .events = events };
	int left_ms = child_left_ms(until_ms);

	if (left_ms == 0)
		return till_fail(err, "it takes too long");
	if (poll(&pollfd, 1, left_ms) == -1 && errno != EINTR)
		return till_fail(err, "poll: %s", strerror(errno));
	return 0;
}

static int
read_answer(const unsigned char answer[ANSWER_SIZE], enum verifier_call call,
    struct verifier_said *said_r, struct till_error *err)
{
	const unsigned int score = (unsigned int)answer[6] << 8 | answer[7];

	if (memcmp(answer, magic, sizeof(magic)) != 0)
		return till_fail(err, "its answer is no answer");
	if (answer[4] != (unsigned char)call)
		return till_fail(err, "it answers what was not asked");
	if (!fits(call, answer[5]))
		return till_fail(err, "it answers with no known word");
	if (score > VERIFIER_SCORE_MAX && score != VERIFIER_SCORE_NONE)
		return till_fail(err, "its score is out of bounds");
	said_r->answer = (enum verifier_answer)answer[5];
	said_r->score = score;
	return 0;
}

static bool
fits(enum verifier_call call, unsigned char answer)
{
	switch (call) {
	case VERIFIER_VERIFY:
		return answer == VERIFIER_NO_OBJECTION ||
		    answer == VERIFIER_DENY || answer == VERIFIER_STEP_UP;
	case VERIFIER_ENROL:
	case VERIFIER_FORGET:
		return answer == VERIFIER_DONE || answer == VERIFIER_NOT_DONE;
	}
	return false;
}
