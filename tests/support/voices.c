/*
 * voices.c - a verifier that does as it is told.
 */
#include <sys/socket.h>
#include <sys/un.h>

#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "support/scratch.h"
#include "support/voices.h"

#define SLOW_MS 1000
#define WAIT_MS 20000 /* for what must come */

static struct {
	pthread_t thread;
	pthread_mutex_t lock;
	int listener, stop[2];
	enum voices_way way;
	unsigned char answer[VOICES_ANSWER_MAX];
	size_t answer_len;
	unsigned char question[VOICES_QUESTION_MAX];
	size_t question_len;
	unsigned int count;
} voices;

static void *run(void *);
static void serve(int);
static void read_question(int);
static void wait_for_end(int);

void
voices_begin(uid_t uid)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	const uid_t own = geteuid();

	memset(&voices, 0, sizeof(voices));
	assert_int_equal(pthread_mutex_init(&voices.lock, NULL), 0);
	(void)snprintf(address.sun_path, sizeof(address.sun_path), "%s",
	    scratch_path("voices"));
	voices_say(VOICES_ANSWERS, "TVP1vn\xff\xff", 8);
	voices.listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_not_equal(voices.listener, -1);
	assert_int_equal(bind(voices.listener, (struct sockaddr *)&address,
			     sizeof(address)),
	    0);
	/* Who listens is who called listen. */
	assert_int_equal(seteuid(uid), 0);
	assert_int_equal(listen(voices.listener, 8), 0);
	assert_int_equal(seteuid(own), 0);
	assert_int_equal(pipe(voices.stop), 0);
	assert_int_equal(pthread_create(&voices.thread, NULL, run, NULL), 0);
}

void
voices_end(void)
{
	assert_int_equal(close(voices.stop[1]), 0);
	assert_int_equal(pthread_join(voices.thread, NULL), 0);
	(void)close(voices.stop[0]);
	(void)close(voices.listener);
	(void)unlink(scratch_path("voices"));
	(void)pthread_mutex_destroy(&voices.lock);
}

void
voices_say(enum voices_way way, const void *answer, size_t len)
{
	assert_true(len <= VOICES_ANSWER_MAX);
	(void)pthread_mutex_lock(&voices.lock);
	voices.way = way;
	memcpy(voices.answer, answer, len);
	voices.answer_len = len;
	(void)pthread_mutex_unlock(&voices.lock);
}

const unsigned char *
voices_question(size_t *len_r)
{
	(void)pthread_mutex_lock(&voices.lock);
	*len_r = voices.question_len;
	(void)pthread_mutex_unlock(&voices.lock);
	return voices.question;
}

unsigned int
voices_count(void)
{
	unsigned int count;

	(void)pthread_mutex_lock(&voices.lock);
	count = voices.count;
	(void)pthread_mutex_unlock(&voices.lock);
	return count;
}

const unsigned char *
voices_tone(size_t len)
{
	static unsigned char tone[VOICES_QUESTION_MAX];
	size_t i;

	assert_true(len <= sizeof(tone));
	for (i = 0; i < len; i++)
		tone[i] = i / 40 % 2 == 0 ? 0x10 : (unsigned char)(i % 251);
	return tone;
}

static void *
run(void *arg)
{
	struct pollfd fds[2] = { { .fd = voices.listener, .events = POLLIN },
		{ .fd = voices.stop[0], .events = POLLIN } };
	int fd;

	(void)arg;
	while (poll(fds, 2, -1) >= 0 && fds[1].revents == 0) {
		if (fds[0].revents == 0)
			continue;
		fd = accept(voices.listener, NULL, NULL);
		if (fd == -1)
			continue;
		serve(fd);
		(void)close(fd);
	}
	return NULL;
}

static void
serve(int fd)
{
	unsigned char answer[VOICES_ANSWER_MAX];
	enum voices_way way;
	size_t i, len;

	(void)pthread_mutex_lock(&voices.lock);
	way = voices.way;
	len = voices.answer_len;
	memcpy(answer, voices.answer, len);
	(void)pthread_mutex_unlock(&voices.lock);
	if (way == VOICES_HANGS_UP)
		return;
	if (way != VOICES_IS_DEAF)
		read_question(fd);
	for (i = 0; way == VOICES_IS_SLOW && i < len; i++) {
		if (send(fd, answer + i, 1, MSG_NOSIGNAL) != 1)
			return;
		(void)poll(NULL, 0, SLOW_MS);
	}
	if (way == VOICES_ANSWERS || way == VOICES_DOES_NOT_END)
		(void)send(fd, answer, len, MSG_NOSIGNAL);
	if (way != VOICES_ANSWERS && way != VOICES_IS_SLOW)
		wait_for_end(fd);
}

static void
read_question(int fd)
{
	static unsigned char octets[VOICES_QUESTION_MAX];
	size_t len = 0;
	ssize_t n;

	do {
		n = read(fd, octets + len, sizeof(octets) - len);
		len += n > 0 ? (size_t)n : 0;
	} while (n > 0 && len < sizeof(octets));
	(void)pthread_mutex_lock(&voices.lock);
	memcpy(voices.question, octets, len);
	voices.question_len = len;
	voices.count++;
	(void)pthread_mutex_unlock(&voices.lock);
}

/* Until the other side has closed: a hang-up, not only its last octet. */
static void
wait_for_end(int fd)
{
	struct pollfd fds[2] = { { .fd = fd },
		{ .fd = voices.stop[0], .events = POLLIN } };

	(void)poll(fds, 2, WAIT_MS);
}
