/*
 * test_link_peers.c - the link gives up on whoever does not speak its
 * language, and on nobody else.
 */
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "support/link_units.h"

static struct till_error err;

static void
whoever_may_not_connect_is_hung_up_on(void **state)
{
	struct frame_writer w;
	unsigned char buf[512];
	struct frame reply;
	struct rear_end rear;

	(void)state;
	rear_start(&rear);
	rear.deny = true;
	assert_int_equal(frame_writer_init(&w, &err), 0);
	frame_begin(&w, FRAME_STATUS, 1);
	assert_int_equal(frame_end(&w, &err), 0);
	assert_int_equal(link_call(link_path(), &w, PATIENCE_MS, buf,
			     sizeof(buf), &reply, &err),
	    -1);
	assert_int_equal(atomic_load(&rear.requests), 0);
	frame_writer_free(&w);
	rear_stop(&rear);
}

static void
a_call_gets_its_answer(void **state)
{
	struct frame_writer w;
	unsigned char buf[512];
	struct frame reply;
	struct rear_end rear;

	(void)state;
	rear_start(&rear);
	assert_int_equal(frame_writer_init(&w, &err), 0);
	frame_begin(&w, FRAME_STATUS, 77);
	frame_number(&w, TAG_TXN, 3);
	assert_int_equal(frame_end(&w, &err), 0);
	assert_int_equal(link_call(link_path(), &w, PATIENCE_MS, buf,
			     sizeof(buf), &reply, &err),
	    0);
	assert_int_equal(frame_get_number(&reply, TAG_TXN, 0), 3);
	assert_int_equal(link_call(link_path(), &w, PATIENCE_MS, buf, 8, &reply,
			     &err),
	    -1);
	assert_non_null(strstr(err.text, "too long"));
	rear_stop(&rear);
	assert_int_equal(link_call(link_path(), &w, PATIENCE_MS, buf,
			     sizeof(buf), &reply, &err),
	    -1);
	frame_writer_free(&w);
}

static void
a_call_ends_at_its_time(void **state)
{
	struct frame_writer w;
	unsigned char buf[512];
	struct frame reply;
	struct rear_end rear;

	(void)state;
	rear_start(&rear);
	rear.hold = true;
	assert_int_equal(frame_writer_init(&w, &err), 0);
	frame_begin(&w, FRAME_STATUS, 1);
	assert_int_equal(frame_end(&w, &err), 0);
	assert_int_equal(link_call(link_path(), &w, 50, buf, sizeof(buf),
			     &reply, &err),
	    -1);
	assert_non_null(strstr(err.text, "in time"));
	frame_writer_free(&w);
	rear_stop(&rear);
}

static int
raw_connect(void)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int fd;

	(void)snprintf(addr.sun_path, sizeof(addr.sun_path), "%s", link_path());
	fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	assert_int_not_equal(fd, -1);
	assert_int_equal(connect(fd, (struct sockaddr *)&addr, sizeof(addr)),
	    0);
	return fd;
}

static void
expect_hang_up(int fd, size_t row)
{
	struct pollfd pollfd = { .fd = fd, .events = POLLIN };
	char c;

	if (poll(&pollfd, 1, PATIENCE_MS) != 1 || recv(fd, &c, 1, 0) > 0)
		fail_msg("garbage %zu was answered or kept", row);
	(void)close(fd);
}

/* A head of 14 octets: length, kind, id. */
#define HEAD(len, kind, id) "\0\0\0" len "\0" kind "\0\0\0\0\0\0\0" id

static const struct {
	const char *octets;
	size_t len;
} garbage[] = {
	{ "", 0 }, { "x", 1 }, { "GET / HTTP/1.1\r\n\r\n", 18 },
	{ HEAD("\xb", "\x1", "\1"), 14 }, /* wrong length */
	{ HEAD("\xa", "\xc", "\1"), 14 }, /* a reply without its field */
	{ HEAD("\xa", "\xa", "\1"), 14 }, /* a reply */
	{ HEAD("\xa", "\xb", "\0"), 14 }, /* a request without id */
	{ HEAD("\xa", "\x1", "\1"), 14 }, /* hello without version */
	{ HEAD("\x10", "\xb", "\1") "\0\1\0\0\0\0", 20 }, /* foreign field */
	{ HEAD("\xb", "\xb", "\1") "\0", 15 }, /* a field's first octet */
};

static void
who_sends_garbage_is_dropped_and_nobody_else(void **state)
{
	static unsigned char big[FRAME_MAX + 100];
	struct rear_end rear;
	struct front_end front;
	size_t i, n = sizeof(garbage) / sizeof(garbage[0]);
	int fd;

	(void)state;
	rear_start(&rear);
	front_start(&front);
	wait_for(&front.up, 1);
	for (i = 0; i < n; i++) {
		fd = raw_connect();
		assert_int_equal(send(fd, garbage[i].octets, garbage[i].len,
				     MSG_NOSIGNAL),
		    garbage[i].len);
		expect_hang_up(fd, i);
	}
	/* Larger than a frame can be, the length being right. */
	big[1] = 1;
	big[3] = 96;
	big[5] = FRAME_CTL;
	big[13] = 1;
	fd = raw_connect();
	assert_int_equal(send(fd, big, sizeof(big), MSG_NOSIGNAL), sizeof(big));
	expect_hang_up(fd, n);
	assert_int_equal(atomic_load(&rear.requests), 0);
	wait_for(&rear.gone, (int)n + 1);
	assert_int_equal(front_ask(&front, 5, PATIENCE_MS), 0);
	wait_for(&front.good, 1);
	assert_int_equal(atomic_load(&front.downs), 0);
	link_client_stop(front.client);
	rear_stop(&rear);
}

static void
an_unknown_kind_of_request_is_answered_with_an_error(void **state)
{
	static const char octets[] = HEAD("\xa", "\x4d", "\x9");
	unsigned char buf[512];
	struct frame reply;
	struct rear_end rear;
	ssize_t n;
	int fd;

	(void)state;
	rear_start(&rear);
	fd = raw_connect();
	assert_int_equal(send(fd, octets, 14, MSG_NOSIGNAL), 14);
	n = recv(fd, buf, sizeof(buf), 0);
	assert_true(n > 0);
	assert_int_equal(frame_parse(buf, (size_t)n, &reply, &err), 0);
	assert_int_equal(reply.kind, FRAME_REFUSED);
	assert_int_equal(reply.id, 9);
	assert_non_null(frame_get_text(&reply, TAG_ERROR));
	(void)close(fd);
	rear_stop(&rear);
}

static void
who_never_reads_is_dropped_in_the_end(void **state)
{
	static char json[50000];
	struct link_peer *peer;
	struct frame_writer w;
	struct rear_end rear;
	int fd, i, r = 0;

	(void)state;
	rear_start(&rear);
	fd = raw_connect();
	assert_int_equal(frame_writer_init(&w, &err), 0);
	frame_begin(&w, FRAME_HELLO, 1);
	frame_number(&w, TAG_VERSION, 1);
	assert_int_equal(frame_end(&w, &err), 0);
	assert_int_equal(send(fd, w.data, w.len, MSG_NOSIGNAL), w.len);
	do {
		(void)poll(NULL, 0, 1);
		(void)pthread_mutex_lock(&rear.lock);
		peer = rear.last;
		(void)pthread_mutex_unlock(&rear.lock);
	} while (peer == NULL);
	memset(json, ' ', sizeof(json) - 1);
	frame_begin(&w, FRAME_HEALTH_REPLY, 5);
	frame_text(&w, TAG_JSON, json);
	assert_int_equal(frame_end(&w, &err), 0);
	for (i = 0; i < 1000 && r == 0; i++)
		r = link_peer_send(peer, &w);
	/* Some wait in the kernel, the others within our bound. */
	assert_int_equal(r, -1);
	assert_true(i > 100 && i < 200);
	wait_for(&rear.gone, 1);
	assert_int_equal(link_peer_send(peer, &w), -1);
	frame_writer_free(&w);
	(void)close(fd);
	rear_stop(&rear);
}

/* Has all that this process has open but fd, until it is killed. */
static pid_t
keep_all_but(int fd)
{
	pid_t pid = fork();

	if (pid == 0) {
		(void)close(fd);
		for (;;)
			(void)pause();
	}
	assert_int_not_equal(pid, -1);
	return pid;
}

/* As a process does that is being spawned and has not executed yet. */
static void
who_is_gone_is_forgotten_though_another_process_keeps_the_socket(void **state)
{
	struct frame_writer w;
	unsigned char buf[512];
	struct frame reply;
	struct rear_end rear;
	pid_t keeper;
	int fd, i;

	(void)state;
	rear_start(&rear);
	fd = raw_connect();
	assert_int_equal(frame_writer_init(&w, &err), 0);
	frame_begin(&w, FRAME_STATUS, 1);
	assert_int_equal(frame_end(&w, &err), 0);
	assert_int_equal(send(fd, w.data, w.len, MSG_NOSIGNAL), w.len);
	wait_for(&rear.requests, 1);
	keeper = keep_all_but(fd);
	(void)close(fd);
	wait_for(&rear.gone, 1);
	for (i = 2; i <= 20; i++) {
		assert_int_equal(link_call(link_path(), &w, PATIENCE_MS, buf,
				     sizeof(buf), &reply, &err),
		    0);
		wait_for(&rear.gone, i);
	}
	assert_int_equal(kill(keeper, SIGKILL), 0);
	assert_int_equal(waitpid(keeper, NULL, 0), keeper);
	frame_writer_free(&w);
	rear_stop(&rear);
}

static void
who_reads_late_gets_all_in_order(void **state)
{
	static unsigned char buf[FRAME_MAX];
	static char json[50000];
	struct frame_writer w;
	struct frame reply;
	struct rear_end rear;
	ssize_t n;
	int fd, i;

	(void)state;
	rear_start(&rear);
	rear.hold = true;
	fd = raw_connect();
	assert_int_equal(frame_writer_init(&w, &err), 0);
	frame_begin(&w, FRAME_HEALTH, 1);
	assert_int_equal(frame_end(&w, &err), 0);
	assert_int_equal(send(fd, w.data, w.len, MSG_NOSIGNAL), w.len);
	do {
		(void)poll(NULL, 0, 1);
		(void)pthread_mutex_lock(&rear.lock);
		i = (int)rear.held_len;
		(void)pthread_mutex_unlock(&rear.lock);
	} while (i == 0);
	memset(json, ' ', sizeof(json) - 1);
	for (i = 1; i <= 50; i++) {
		frame_begin(&w, FRAME_HEALTH_REPLY, (uint64_t)i);
		frame_text(&w, TAG_JSON, json);
		assert_int_equal(frame_end(&w, &err), 0);
		assert_int_equal(link_peer_send(rear.held[0].peer, &w), 0);
	}
	for (i = 1; i <= 50; i++) {
		n = recv(fd, buf, sizeof(buf), 0);
		assert_true(n > 0);
		assert_int_equal(frame_parse(buf, (size_t)n, &reply, &err), 0);
		assert_int_equal(reply.id, i);
	}
	frame_writer_free(&w);
	(void)close(fd);
	rear_stop(&rear);
}

static void
a_draining_server_answers_but_takes_nothing_new(void **state)
{
	struct rear_end rear;
	struct front_end front;
	struct stat st;

	(void)state;
	rear_start(&rear);
	rear.hold = true;
	front_start(&front);
	wait_for(&front.up, 1);
	assert_int_equal(front_ask(&front, 1, PATIENCE_MS), 0);
	wait_for(&rear.requests, 1);
	link_server_drain(rear.server);
	while (stat(link_path(), &st) == 0)
		(void)poll(NULL, 0, 1);
	(void)front_ask(&front, 2, 300);
	rear_release(&rear);
	wait_for(&front.good, 1);
	wait_for(&front.lost, 1);
	assert_int_equal(atomic_load(&rear.requests), 1);
	link_client_stop(front.client);
	rear_stop(&rear);
}

static void
the_file_of_a_dead_server_is_replaced_that_of_a_live_one_is_not(void **state)
{
	struct link_server_options options = { .path = link_path(),
		.mode = 0640,
		.group = getgid(),
		.allow = rear_allow,
		.request = rear_request };
	struct link_server *second = NULL;
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	struct rear_end rear;
	struct stat st;
	int fd;

	(void)state;
	(void)snprintf(addr.sun_path, sizeof(addr.sun_path), "%s", link_path());
	fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&addr, sizeof(addr)), 0);
	(void)close(fd);
	rear_start(&rear);
	options.arg = &rear;
	assert_int_equal(stat(link_path(), &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(link_server_start(&options, &second, &err), -1);
	assert_non_null(strstr(err.text, "another server"));
	rear_stop(&rear);
	assert_int_equal(stat(link_path(), &st), -1);
	fd = open(link_path(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	(void)close(fd);
	assert_int_equal(link_server_start(&options, &second, &err), -1);
	assert_non_null(strstr(err.text, "no socket"));
	assert_int_equal(unlink(link_path()), 0);
	assert_int_equal(link_server_start(&options, &second, &err), 0);
	assert_int_equal(stat(link_path(), &st), 0);
	assert_int_equal(st.st_mode & 07777, 0640);
	link_server_stop(second);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whoever_may_not_connect_is_hung_up_on),
		cmocka_unit_test(a_call_gets_its_answer),
		cmocka_unit_test(a_call_ends_at_its_time),
		cmocka_unit_test(who_sends_garbage_is_dropped_and_nobody_else),
		cmocka_unit_test(
		    an_unknown_kind_of_request_is_answered_with_an_error),
		cmocka_unit_test(who_never_reads_is_dropped_in_the_end),
		cmocka_unit_test(
		    who_is_gone_is_forgotten_though_another_process_keeps_the_socket),
		cmocka_unit_test(who_reads_late_gets_all_in_order),
		cmocka_unit_test(
		    a_draining_server_answers_but_takes_nothing_new),
		cmocka_unit_test(
		    the_file_of_a_dead_server_is_replaced_that_of_a_live_one_is_not),
	};

	return cmocka_run_group_tests(tests, link_setup, link_teardown);
}
