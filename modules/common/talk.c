/*
 * talk.c - one question and one answer, each a line.
 */
#include <sys/socket.h>

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "common/talk.h"

#define HELLO_SIZE 256
#define PREFIX_MAX 40

static enum talk_end ask(struct worker *, uint64_t id, const struct line *,
    int64_t until_ms, json_t **, struct till_error *);
static int greet(struct worker *, const char *facility, int64_t until_ms,
    struct till_error *);
static int send_all(int fd, const char *, size_t, int64_t until_ms,
    size_t *sent, struct till_error *);
static int wait_for(int fd, short events, int64_t until_ms);
static int receive(int fd, char *buf, int64_t until_ms, size_t *len_r,
    struct till_error *);
static json_t *parse(const char *, size_t, uint64_t id, struct till_error *);

enum talk_end
talk_ask(struct pool *pool, const char *facility, const struct line *request,
    int64_t until_ms, json_t **answer_r, struct till_error *err)
{
	struct worker *worker;
	enum talk_end end;

	if (request->full) {
		till_fail(err, "the request is too large");
		return TALK_NOT_SENT;
	}
	worker = pool_take(pool, until_ms, err);
	if (worker == NULL)
		return TALK_NOT_SENT;
	if (worker->fresh && greet(worker, facility, until_ms, err) == -1) {
		pool_give(pool, worker, WORKER_USELESS);
		return TALK_NOT_SENT;
	}
	end = ask(worker, worker->calls + 1, request, until_ms, answer_r, err);
	pool_give(pool, worker,
	    end == TALK_ANSWERED ? WORKER_WELL : WORKER_BROKEN);
	return end;
}

const char *
talk_text(const json_t *object, const char *name, size_t size)
{
	const json_t *member = json_object_get(object, name);

	if (member == NULL)
		return "";
	if (!json_is_string(member) || json_string_length(member) >= size ||
	    strlen(json_string_value(member)) != json_string_length(member))
		return NULL;
	return json_string_value(member);
}

int
talk_int(const json_t *object, const char *name, int64_t low, int64_t high,
    int64_t initial, int64_t *number_r)
{
	const json_t *member = json_object_get(object, name);

	*number_r = initial;
	if (member == NULL)
		return 0;
	*number_r = json_integer_value(member);
	return json_is_integer(member) && *number_r >= low && *number_r <= high
	    ? 0
	    : -1;
}

int
talk_result(const json_t *answer, const struct talk_word *words)
{
	const char *name = talk_text(answer, "result", 32);
	size_t i;

	for (i = 0; name != NULL && words[i].name != NULL; i++) {
		if (strcmp(words[i].name, name) == 0)
			return (int)words[i].result;
	}
	return -1;
}

/* The id goes in front, so that each program counts by itself. */
static enum talk_end
ask(struct worker *worker, uint64_t id, const struct line *request,
    int64_t until_ms, json_t **answer_r, struct till_error *err)
{
	char prefix[PREFIX_MAX], *buf;
	size_t len, sent = 0;

	buf = malloc(TALK_ANSWER_MAX);
	if (buf == NULL) {
		till_fail(err, "out of memory");
		return TALK_NOT_SENT;
	}
	*answer_r = NULL;
	len = (size_t)snprintf(prefix, sizeof(prefix), "{\"id\":%" PRIu64 ",",
	    id);
	if (send_all(worker->fd, prefix, len, until_ms, &sent, err) == 0 &&
	    send_all(worker->fd, request->data + 1, request->len - 1, until_ms,
		&sent, err) == 0 &&
	    send_all(worker->fd, "\n", 1, until_ms, &sent, err) == 0 &&
	    receive(worker->fd, buf, until_ms, &len, err) == 0)
		*answer_r = parse(buf, len, id, err);
	free(buf);
	if (*answer_r != NULL)
		return TALK_ANSWERED;
	return sent == 0 ? TALK_NOT_SENT : TALK_LOST;
}

static int
greet(struct worker *worker, const char *facility, int64_t until_ms,
    struct till_error *err)
{
	struct till_error why;
	int64_t protocol;
	struct line line;
	json_t *answer;
	int r;

	if (line_init(&line, HELLO_SIZE) == -1)
		return till_fail(err, "out of memory");
	line_open(&line, NULL, '{');
	line_text(&line, "call", "hello");
	line_int(&line, "protocol", TALK_PROTOCOL);
	line_text(&line, "facility", facility);
	line_close(&line, '}');
	r = ask(worker, 0, &line, until_ms, &answer, &why) == TALK_ANSWERED
	    ? 0
	    : till_fail(err, "no greeting: %.200s", why.text);
	line_free(&line);
	if (r == -1)
		return -1;
	if (talk_int(answer, "protocol", TALK_PROTOCOL, TALK_PROTOCOL, 0,
		&protocol) == -1 ||
	    protocol != TALK_PROTOCOL)
		r = till_fail(err, "it does not speak protocol %d",
		    TALK_PROTOCOL);
	json_decref(answer);
	return r;
}

static int
send_all(int fd, const char *data, size_t len, int64_t until_ms, size_t *sent,
    struct till_error *err)
{
	ssize_t n;

	while (len > 0) {
		n = send(fd, data, len, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (n > 0) {
			*sent += (size_t)n;
			data += n;
			len -= (size_t)n;
			continue;
		}
		if (errno == EINTR)
			continue;
		if (errno != EAGAIN && errno != EWOULDBLOCK)
			return till_fail(err, "it does not listen: %s",
			    strerror(errno));
		if (wait_for(fd, POLLOUT, until_ms) == -1)
			return till_fail(err,
			    "it did not read the request in time");
	}
	return 0;
}

static int
wait_for(int fd, short events, int64_t until_ms)
{
	struct pollfd poll_fd = { .fd = fd, .events = events };
	int r;

	do {
		r = poll(&poll_fd, 1, child_left_ms(until_ms));
	} while (r == -1 && errno == EINTR);
	return r == 1 ? 0 : -1;
}

/* One line and nothing behind it. */
static int
receive(int fd, char *buf, int64_t until_ms, size_t *len_r,
    struct till_error *err)
{
	const char *end = NULL;
	size_t len = 0;
	ssize_t n;

	while (end == NULL) {
		if (len == TALK_ANSWER_MAX)
			return till_fail(err,
			    "its answer is longer than %d octets",
			    TALK_ANSWER_MAX);
		if (wait_for(fd, POLLIN, until_ms) == -1)
			return till_fail(err, "it did not answer in time");
		n = recv(fd, buf + len, TALK_ANSWER_MAX - len, MSG_DONTWAIT);
		if (n == -1 && (errno == EINTR || errno == EAGAIN))
			continue;
		if (n <= 0)
			return till_fail(err, "it has ended");
		end = memchr(buf + len, '\n', (size_t)n);
		len += (size_t)n;
	}
	if (end != buf + len - 1)
		return till_fail(err, "it says more than it was asked");
	*len_r = len - 1;
	return 0;
}

static json_t *
parse(const char *text, size_t len, uint64_t id, struct till_error *err)
{
	json_t *answer, *got;

	/* The reason would quote what may be a secret. */
	answer = json_loadb(text, len, JSON_REJECT_DUPLICATES, NULL);
	if (answer == NULL) {
		till_fail(err, "its answer is no JSON");
		return NULL;
	}
	got = json_object_get(answer, "id");
	if (json_is_object(answer) && json_is_integer(got) &&
	    json_integer_value(got) >= 0 &&
	    (uint64_t)json_integer_value(got) == id)
		return answer;
	till_fail(err, "its answer is not that to request %" PRIu64, id);
	json_decref(answer);
	return NULL;
}
