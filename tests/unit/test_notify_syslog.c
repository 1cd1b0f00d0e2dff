/*
 * test_notify_syslog.c - an event becomes one line of the log, or is
 * handed back; it never waits.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <sys/socket.h>
#include <sys/un.h>
#include <syslog.h>
#include <unistd.h>

#include "module/result.h"
#include "support/owner.h"

static struct loader *loader;
static struct owner owner;
static struct instance *it;
static struct till_context *ctx;
static struct sockaddr_un address;
static char setting[200];
static int fd;

/* Our own end of the log. */
static void
listen_up(void)
{
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	assert_true(fd != -1);
	assert_int_equal(bind(fd, (const struct sockaddr *)&address,
			     sizeof(address)),
	    0);
}

static int
setup(void **state)
{
	const char *const settings[] = { setting, "facility=local3",
		"ident=kiosk", NULL };
	const char *tmp = getenv("TMPDIR");

	(void)state;
	memset(&address, 0, sizeof(address));
	address.sun_family = AF_UNIX;
	(void)snprintf(address.sun_path, sizeof(address.sun_path), "%s/log.%ld",
	    tmp != NULL ? tmp : "/tmp", (long)getpid());
	(void)unlink(address.sun_path);
	(void)snprintf(setting, sizeof(setting), "socket=%s", address.sun_path);
	owner_init(&owner);
	it = module_must_open(loader, "notify_syslog", settings);
	ctx = owner_context(&owner, "it", TILL_NOTIFY);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	(void)close(fd);
	(void)unlink(address.sun_path);
	context_free(ctx);
	instance_close(it);
	return 0;
}

static enum till_result
notify(const char *type, const char *json)
{
	const struct till_event event = { .size = sizeof(event),
		.attempt = 2,
		.type = type,
		.id = "e-1",
		.merchant = "press-1",
		.json = json };

	return instance_notify(it, ctx, &event);
}

static const char *
line(void)
{
	static char text[8192];
	ssize_t n = recv(fd, text, sizeof(text) - 1, 0);

	if (n == -1)
		return "";
	text[n] = '\0';
	return text;
}

static void
test_event_is_one_line(void **state)
{
	const char *got;
	char start[32];

	(void)state;
	listen_up();
	ASSERT_RESULT(notify("voucher.issued", "{\"txn\":7}"), TILL_DELIVERED);
	got = line();
	(void)snprintf(start, sizeof(start), "<%d>", LOG_LOCAL3 | LOG_INFO);
	assert_memory_equal(got, start, strlen(start));
	(void)snprintf(start, sizeof(start), " kiosk[%ld]: ", (long)getpid());
	assert_non_null(strstr(got, start));
	assert_non_null(strstr(got,
	    ": voucher.issued id=e-1 merchant=press-1 attempt=2 {\"txn\":7}"));
	assert_string_equal(line(), "");
}

static void
test_alerts_are_warnings(void **state)
{
	char start[32];

	(void)state;
	listen_up();
	ASSERT_RESULT(notify("auth.alert", "{}"), TILL_DELIVERED);
	(void)snprintf(start, sizeof(start), "<%d>", LOG_LOCAL3 | LOG_WARNING);
	assert_memory_equal(line(), start, strlen(start));
}

static void
test_no_event_makes_two_lines(void **state)
{
	static char json[9000];

	(void)state;
	listen_up();
	ASSERT_RESULT(notify("voucher.issued", "{\"a\":\n\"b\x7f\"}"),
	    TILL_DELIVERED);
	assert_non_null(strstr(line(), "{\"a\": \"b \"}"));
	memset(json, 'j', sizeof(json) - 1);
	ASSERT_RESULT(notify("voucher.issued", json), TILL_DELIVERED);
	assert_true(strlen(line()) < 4096);
}

static void
test_absent_log_is_tried_later(void **state)
{
	(void)state;
	fd = -1;
	ASSERT_RESULT(notify("voucher.issued", "{}"), TILL_RETRY_LATER);
	listen_up();
	ASSERT_RESULT(notify("voucher.issued", "{}"), TILL_DELIVERED);
}

/* Nobody reads: the queue fills up, and the call comes back. */
static void
test_full_log_is_tried_later(void **state)
{
	enum till_result result = TILL_DELIVERED;
	unsigned int n;

	(void)state;
	listen_up();
	for (n = 0; n < 100000 && result == TILL_DELIVERED; n++)
		result = notify("voucher.issued", "{}");
	ASSERT_RESULT(result, TILL_RETRY_LATER);
	assert_true(n > 1);
	assert_non_null(strstr(line(), "voucher.issued"));
	ASSERT_RESULT(notify("voucher.issued", "{}"), TILL_DELIVERED);
}

static void
test_ident_is_one_word(void **state)
{
	const char *const settings[] = { "ident=two words", NULL };
	char why[DIAG_TEXT_MAX];

	(void)state;
	fd = -1;
	assert_null(module_open(loader, "notify_syslog", settings, why));
	assert_non_null(strstr(why, "is not one plain word"));
}

int
main(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		CASE(test_event_is_one_line),
		CASE(test_alerts_are_warnings),
		CASE(test_no_event_makes_two_lines),
		CASE(test_absent_log_is_tried_later),
		CASE(test_full_log_is_tried_later),
		CASE(test_ident_is_one_word),
	};
	int failed;

	loader = build_loader();
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	loader_free(loader);
	return failed;
}
