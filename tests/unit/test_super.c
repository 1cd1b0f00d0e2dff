/*
 * test_super.c - what the supervisor tells, reads and waits.
 */
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/un.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "super/address.h"
#include "super/child.h"
#include "super/notify.h"

static struct till_error err;

static int
listen_on(const struct sockaddr_un *addr, socklen_t len)
{
	const struct timeval patience = { 10, 0 };
	int fd;

	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	assert_int_not_equal(fd, -1);
	assert_int_equal(bind(fd, (const struct sockaddr *)addr, len), 0);
	assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience,
			     sizeof(patience)),
	    0);
	return fd;
}

static void
expect_ready(int fd)
{
	char text[64];
	ssize_t n;

	notify("READY=1\nSTATUS=Serving");
	n = recv(fd, text, sizeof(text) - 1, 0);
	assert_true(n > 0);
	text[n] = '\0';
	assert_string_equal(text, "READY=1\nSTATUS=Serving");
	(void)close(fd);
}

static void
the_service_manager_is_told_by_a_path(void **state)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	const char *tmp = getenv("TMPDIR");

	(void)state;
	(void)snprintf(addr.sun_path, sizeof(addr.sun_path), "%s/notify.%ld",
	    tmp == NULL ? "/tmp" : tmp, (long)getpid());
	assert_int_equal(setenv("NOTIFY_SOCKET", addr.sun_path, 1), 0);
	expect_ready(listen_on(&addr, sizeof(addr)));
	(void)unlink(addr.sun_path);
}

static void
the_service_manager_is_told_by_an_abstract_name(void **state)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	char name[64];
	socklen_t len;

	(void)state;
	(void)snprintf(name, sizeof(name), "@till-test.%ld", (long)getpid());
	assert_int_equal(setenv("NOTIFY_SOCKET", name, 1), 0);
	memcpy(addr.sun_path, name, strlen(name));
	addr.sun_path[0] = '\0';
	len =
	    (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(name));
	expect_ready(listen_on(&addr, len));
}

static void
without_a_service_manager_nobody_is_told(void **state)
{
	(void)state;
	assert_int_equal(unsetenv("NOTIFY_SOCKET"), 0);
	notify("READY=1");
	assert_int_equal(setenv("NOTIFY_SOCKET", "relative", 1), 0);
	notify("READY=1");
	assert_int_equal(setenv("NOTIFY_SOCKET", "/not/there", 1), 0);
	notify("READY=1");
	assert_int_equal(unsetenv("NOTIFY_SOCKET"), 0);
}

static const struct {
	const char *address;
	const char *resolved; /* NULL: refused */
	const char *url; /* NULL: only the operator knows */
} addresses[] = {
	{ "127.0.0.1:8080", "127.0.0.1:8080", "http://127.0.0.1:8080" },
	{ "localhost:80", "127.0.0.1:80", "http://127.0.0.1:80" },
	{ "[::1]:8080", "[::1]:8080", "http://[::1]:8080" },
	{ "0.0.0.0:443", "0.0.0.0:443", NULL },
	{ "192.0.2.1:443", "192.0.2.1:443", NULL },
	{ "unix:/run/till/http", "unix:/run/till/http", NULL },
	{ "unix:http", NULL, NULL },
	{ "127.0.0.1", NULL, NULL },
	{ "127.0.0.1:", NULL, NULL },
	{ "127.0.0.1:80x", NULL, NULL },
	{ "127.0.0.1:-1", NULL, NULL },
	{ "127.0.0.1:99999", NULL, NULL },
	{ ":8080", NULL, NULL },
	{ "pay.example:443", NULL, NULL },
	{ "", NULL, NULL },
};

static void
an_address_is_read_exactly(void **state)
{
	char text[160], url[160];
	size_t i;
	int r;

	(void)state;
	for (i = 0; i < sizeof(addresses) / sizeof(addresses[0]); i++) {
		r = address_resolve(addresses[i].address, text, sizeof(text),
		    &err);
		if ((r == 0) != (addresses[i].resolved != NULL))
			fail_msg("'%s': %d", addresses[i].address, r);
		if (r == -1)
			continue;
		assert_string_equal(text, addresses[i].resolved);
		r = address_url(text, false, url, sizeof(url));
		assert_int_equal(r == 0, addresses[i].url != NULL);
		if (r == 0)
			assert_string_equal(url, addresses[i].url);
	}
}

static void
two_addresses_are_the_same_where_both_cannot_be_listened_on(void **state)
{
	static const struct {
		const char *a, *b;
		bool same;
	} pairs[] = {
		{ "127.0.0.1:80", "localhost:80", true },
		{ "127.0.0.1:80", "127.0.0.2:80", false },
		{ "127.0.0.1:80", "127.0.0.1:81", false },
		{ "127.0.0.1:80", "0.0.0.0:80", true },
		{ "127.0.0.1:80", "[::]:80", true },
		{ "0.0.0.0:80", "[::1]:80", false },
		{ "[::1]:80", "[::1]:80", true },
		{ "[::1]:80", "[::2]:80", false },
		{ "127.0.0.1:0", "127.0.0.1:0", false },
		{ "unix:/run/a", "unix:/run/a", true },
		{ "unix:/run/a", "unix:/run/b", false },
		{ "unix:/run/a", "127.0.0.1:80", false },
		{ "nothing", "nothing", false },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		if (address_is_same(pairs[i].a, pairs[i].b) != pairs[i].same ||
		    address_is_same(pairs[i].b, pairs[i].a) != pairs[i].same)
			fail_msg("%s, %s", pairs[i].a, pairs[i].b);
	}
}

static void
port_0_becomes_a_port(void **state)
{
	char text[160], tiny[8];

	(void)state;
	assert_int_equal(address_resolve("127.0.0.1:0", text, sizeof(text),
			     &err),
	    0);
	assert_int_equal(strncmp(text, "127.0.0.1:", 10), 0);
	assert_int_not_equal(strcmp(text + 10, "0"), 0);
	assert_int_equal(address_resolve("127.0.0.1:8080", tiny, sizeof(tiny),
			     &err),
	    -1);
}

static void
who_lived_long_enough_starts_at_once_others_wait_ever_longer(void **state)
{
	static const int64_t pauses[] = { 0, 100, 200, 400, 800, 1600, 1600 };
	const struct user user = { 0 };
	struct child child;
	int64_t now_ms = 1000000;
	size_t i;

	(void)state;
	child_init(&child, "rear", &user);
	for (i = 0; i < sizeof(pauses) / sizeof(pauses[0]); i++) {
		child.pid = 1;
		child.ready = true;
		child.started_ms = now_ms;
		now_ms += CHILD_SETTLED_MS - 1;
		child_ended(&child, 9, now_ms);
		assert_int_equal(child.start_at_ms - now_ms, pauses[i]);
		assert_int_equal(child.pid, 0);
		assert_false(child.ready);
	}
	child.ready = true;
	child.started_ms = now_ms;
	now_ms += CHILD_SETTLED_MS;
	child_ended(&child, 9, now_ms);
	assert_int_equal(child.start_at_ms, now_ms);
	/* Long life alone is not enough: it must have served. */
	child.started_ms = now_ms;
	now_ms += 10 * CHILD_SETTLED_MS;
	child_ended(&child, 9, now_ms);
	assert_int_equal(child.start_at_ms - now_ms, 100);
}

static void
an_end_is_told_in_words(void **state)
{
	char text[64];

	(void)state;
	assert_string_equal(child_status_text(9, text, sizeof(text)),
	    "signal 9");
	assert_string_equal(child_status_text(78 << 8, text, sizeof(text)),
	    "exit status 78");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_service_manager_is_told_by_a_path),
		cmocka_unit_test(
		    the_service_manager_is_told_by_an_abstract_name),
		cmocka_unit_test(without_a_service_manager_nobody_is_told),
		cmocka_unit_test(an_address_is_read_exactly),
		cmocka_unit_test(
		    two_addresses_are_the_same_where_both_cannot_be_listened_on),
		cmocka_unit_test(port_0_becomes_a_port),
		cmocka_unit_test(
		    who_lived_long_enough_starts_at_once_others_wait_ever_longer),
		cmocka_unit_test(an_end_is_told_in_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
