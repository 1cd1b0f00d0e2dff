/*
 * test_settings.c - settings are stored as they were meant, and what
 * cannot be meant is said at its place.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "module/settings.h"
#include "support/owner.h"

struct self {
	int flag, word;
	int64_t number, any, duration;
	struct till_money money;
	const char *string, *path, *secret;
	const char *const *list;
};

static const char *const words[] = { "surveillance", "suspend", NULL };

static const struct till_setting table[] = { { "flag", TILL_SET_BOOL, 0,
						 offsetof(struct self, flag),
						 NULL, 0, 0, NULL, NULL },
	{ "word", TILL_SET_ENUM, 0, offsetof(struct self, word), "suspend", 0,
	    0, words, NULL },
	{ "number", TILL_SET_INT, 0, offsetof(struct self, number), "5", -10,
	    100, NULL, NULL },
	{ "any", TILL_SET_INT, 0, offsetof(struct self, any), NULL, 0, 0, NULL,
	    NULL },
	{ "duration", TILL_SET_DURATION, 0, offsetof(struct self, duration),
	    "2s", 250, 7200000, NULL, NULL },
	{ "money", TILL_SET_MONEY, 0, offsetof(struct self, money), NULL, 0, 0,
	    NULL, NULL },
	{ "string", TILL_SET_STRING, 0, offsetof(struct self, string), NULL, 0,
	    8, NULL, NULL },
	{ "path", TILL_SET_PATH, 0, offsetof(struct self, path), NULL, 0, 0,
	    NULL, NULL },
	{ "secret", TILL_SET_SECRET_FILE, 0, offsetof(struct self, secret),
	    NULL, 0, 0, NULL, NULL },
	{ "list", TILL_SET_LIST, TILL_SETTING_REPEATABLE,
	    offsetof(struct self, list), NULL, 0, 8, NULL, NULL },
	TILL_SETTING_END };

static struct till_module module = {
	.name = "test_module",
	.settings = table,
	.instance_size = sizeof(struct self),
};

static struct self self;
static struct settings_store *store;
static struct diag *diag;
static struct line line;

static int
apply(const char *const *written, bool check_only)
{
	memset(&self, 0, sizeof(self));
	settings_free(store);
	store = NULL;
	diag_free(diag);
	diag = diag_new();
	assert_non_null(diag);
	line_make(&line, "it", "test_module", written);
	return settings_apply(&module, &line.conf, &self, check_only, &store,
	    diag);
}

static int
teardown(void **state)
{
	(void)state;
	settings_free(store);
	store = NULL;
	diag_free(diag);
	diag = NULL;
	return 0;
}

static void
test_initial_values_are_stored(void **state)
{
	(void)state;
	assert_int_equal(apply(NULL, false), 0);
	assert_int_equal(self.word, 1);
	assert_int_equal(self.number, 5);
	assert_int_equal(self.duration, 2000);
	assert_int_equal(self.flag, 0);
	assert_int_equal(self.any, 0);
	assert_string_equal(self.money.currency, "");
	assert_null(self.string);
	assert_null(self.secret);
	assert_non_null(self.list);
	assert_null(self.list[0]);
}

static void
test_every_type_is_stored(void **state)
{
	const char *const written[] = { "flag=yes", "word=surveillance",
		"number=-10", "any=9223372036854775807", "duration=250ms",
		"money=500.00 EUR", "string=a b", "path=/dev/log", "list=one",
		"list=two", "isolate=process", "timeout=3s", NULL };

	(void)state;
	assert_int_equal(apply(written, false), 0);
	assert_int_equal(self.flag, 1);
	assert_int_equal(self.word, 0);
	assert_int_equal(self.number, -10);
	assert_true(self.any == INT64_MAX);
	assert_int_equal(self.duration, 250);
	assert_int_equal(self.money.micro, 500000000);
	assert_string_equal(self.money.currency, "EUR");
	assert_string_equal(self.string, "a b");
	assert_string_equal(self.path, "/dev/log");
	assert_string_equal(self.list[0], "one");
	assert_string_equal(self.list[1], "two");
	assert_null(self.list[2]);
}

/* The values must not live in the line that was read. */
static void
test_values_outlive_the_line(void **state)
{
	const char *const written[] = { "string=abc", "list=def", NULL };

	(void)state;
	assert_int_equal(apply(written, false), 0);
	memset(&line, 'x', sizeof(line));
	assert_string_equal(self.string, "abc");
	assert_string_equal(self.list[0], "def");
}

/* At its column 30 of line 1 is the value, at 20 the key. */
static const struct {
	const char *written;
	unsigned int col;
	const char *text, *note;
} mistakes[] = {
	{ "flga=yes", 20, "test_module has no setting 'flga'",
	    "did you mean 'flag'?" },
	{ "Flag=yes", 20, "test_module has no setting 'Flag'", "'flag'" },
	{ "=x", 20, "test_module has no setting ''", "" },
	{ "flag=true", 30, "flag: 'true' is not one of its words",
	    "one of: no, yes" },
	{ "flag=", 30, "flag: '' is not one", "" },
	{ "word=suspended", 30, "word: 'suspended' is not one of its words",
	    "did you mean 'suspend'?" },
	{ "number=101", 30, "number: '101' is not within -10 and 100", "" },
	{ "number=-11", 30, "number: '-11' is not within -10 and 100", "" },
	{ "number=5x", 30, "number: '5x' is not a whole number", "" },
	{ "number=", 30, "number: '' is not a whole number", "" },
	{ "number=-", 30, "number: '-' is not a whole number", "" },
	{ "number=-0", 30, "number: '-0' is not a whole number", "" },
	{ "number=+5", 30, "number: '+5' is not a whole number", "" },
	{ "number= 5", 30, "number: ' 5' is not a whole number", "" },
	{ "number=0x5", 30, "number: '0x5' is not a whole number", "" },
	{ "number=1e1", 30, "number: '1e1' is not a whole number", "" },
	{ "any=9223372036854775808", 30, "is not a whole number", "" },
	{ "duration=2", 30, "duration: '2' is not a duration such as 250ms",
	    "" },
	{ "duration=2 s", 30, "duration: '2 s' is not a duration", "" },
	{ "duration=1.5s", 30, "duration: '1.5s' is not a duration", "" },
	{ "duration=-1s", 30, "duration: '-1s' is not a duration", "" },
	{ "duration=2w", 30, "duration: '2w' is not a duration", "" },
	{ "duration=99999999999999999999d", 30, "is not a duration", "" },
	{ "duration=106751991168d", 30, "is not a duration", "" },
	{ "duration=3h", 30, "duration: '3h' is not within 250ms and 2h", "" },
	{ "duration=100ms", 30, "is not within 250ms and 2h", "" },
	{ "money=500", 30, "money: ", "" },
	{ "money=500.00 XXX", 30, "money: ", "" },
	{ "money=-1.00 EUR", 30, "money: ", "" },
	{ "money=1,00 EUR", 30, "money: ", "" },
	{ "money=1.0000001 EUR", 30, "money: ", "" },
	{ "string=123456789", 30, "string: is longer than 8 octets", "" },
	{ "string=a\tb", 30, "string: is not UTF-8", "" },
	{ "string=\xff", 30, "string: is not UTF-8", "" },
	{ "path=dev/log", 30, "path: 'dev/log' is not an absolute path", "" },
	{ "path=", 30, "path: '' is not an absolute path", "" },
	{ "list=123456789", 30, "list: is longer than 8 octets", "" },
	{ "secret=nowhere", 30, "secret: 'nowhere' is not an absolute path",
	    "" },
	{ "secret=/nowhere/at/all", 30, "secret: /nowhere/at/all: No such",
	    "" },
	{ "secret=/dev/null", 30, "/dev/null is not a regular file", "" },
};

static void
test_every_mistake_is_said_at_its_place(void **state)
{
	const char *written[2] = { NULL, NULL };
	const struct diag_finding *finding;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(mistakes) / sizeof(mistakes[0]); i++) {
		written[0] = mistakes[i].written;
		assert_int_equal(apply(written, false), -1);
		assert_null(store);
		assert_int_equal(diag_size(diag), 1);
		finding = diag_at(diag, 0);
		if (strstr(finding->text, mistakes[i].text) == NULL)
			fail_msg("%s: '%s' does not say '%s'", written[0],
			    finding->text, mistakes[i].text);
		if (strstr(finding->note, mistakes[i].note) == NULL)
			fail_msg("%s: '%s' does not say '%s'", written[0],
			    finding->note, mistakes[i].note);
		assert_string_equal(finding->place.file, "test.conf");
		assert_int_equal(finding->place.line, 1);
		assert_int_equal(finding->place.col, mistakes[i].col);
	}
}

static void
test_all_mistakes_are_said_at_once(void **state)
{
	const char *const written[] = { "flag=perhaps", "number=1", "nmber=1",
		"number=2", "list=much too long", NULL };

	(void)state;
	assert_int_equal(apply(written, false), -1);
	assert_int_equal(diag_errors(diag), 4);
}

static void
test_a_setting_written_twice_is_a_mistake(void **state)
{
	const char *const written[] = { "number=1", "number=1", NULL };

	(void)state;
	assert_int_equal(apply(written, false), -1);
	assert_string_equal(diag_at(diag, 0)->text, "'number' is set twice");
	assert_int_equal(diag_at(diag, 0)->place.line, 2);
}

static void
test_missing_ones_are_said_at_the_instance(void **state)
{
	static const struct till_setting required[] = {
		{ "link", TILL_SET_STRING, TILL_SETTING_REQUIRED,
		    offsetof(struct self, string), NULL, 0, 0, NULL,
		    "the bank's address" },
		{ "bank", TILL_SET_LIST,
		    TILL_SETTING_REQUIRED | TILL_SETTING_REPEATABLE,
		    offsetof(struct self, list), NULL, 0, 0, NULL, NULL },
		TILL_SETTING_END
	};

	(void)state;
	module.settings = required;
	assert_int_equal(apply(NULL, false), -1);
	module.settings = table;
	assert_int_equal(diag_errors(diag), 2);
	assert_string_equal(diag_at(diag, 0)->text,
	    "'it' lacks the setting link=, which test_module requires");
	assert_non_null(strstr(diag_at(diag, 0)->note, "the bank's address"));
	assert_int_equal(diag_at(diag, 0)->place.col, line.conf.place.col);
}

static void
test_bad_initial_value_is_the_modules_mistake(void **state)
{
	static const struct till_setting bad[] = {
		{ "number", TILL_SET_INT, 0, offsetof(struct self, number),
		    "zero", 0, 9, NULL, NULL },
		TILL_SETTING_END
	};

	(void)state;
	module.settings = bad;
	assert_int_equal(apply(NULL, false), -1);
	module.settings = table;
	assert_non_null(strstr(diag_at(diag, 0)->text,
	    "has an initial value for number that is no good"));
	assert_int_equal(diag_at(diag, 0)->place.col,
	    line.conf.module_place.col);
}

static void
test_module_without_settings_takes_none(void **state)
{
	const char *const written[] = { "x=1", NULL };

	(void)state;
	module.settings = NULL;
	assert_int_equal(apply(NULL, false), 0);
	assert_int_equal(apply(written, false), -1);
	module.settings = table;
}

/* A secret's file, its mode and content. */
static void
with_secret(mode_t mode, const char *content, size_t len, char setting[600])
{
	const char *tmp = getenv("TMPDIR");
	char path[500];
	int fd;

	(void)snprintf(path, sizeof(path), "%s/secret.%ld",
	    tmp != NULL ? tmp : "/tmp", (long)getpid());
	(void)unlink(path);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	assert_true(fd != -1);
	assert_int_equal(write(fd, content, len), len);
	assert_int_equal(fchmod(fd, mode), 0);
	(void)close(fd);
	(void)snprintf(setting, 600, "secret=%s", path);
}

static void
test_secret_is_read_from_its_file(void **state)
{
	const char *written[2] = { NULL, NULL };
	char setting[600];

	(void)state;
	written[0] = setting;
	with_secret(0400, "s3cret\n", 7, setting);
	assert_int_equal(apply(written, false), 0);
	assert_string_equal(self.secret, "s3cret");
	with_secret(0600, "two\n\n", 5, setting);
	assert_int_equal(apply(written, false), 0);
	assert_string_equal(self.secret, "two\n");
	/* A check reads it, but does not keep it. */
	assert_int_equal(apply(written, true), 0);
	assert_string_equal(self.secret, "");
	assert_int_equal(unlink(setting + strlen("secret=")), 0);
}

static void
test_unsafe_secret_is_refused(void **state)
{
	static const struct {
		mode_t mode;
		const char *content;
		size_t len;
		const char *why;
	} cases[] = {
		{ 0640, "x", 1, "has mode 0640" },
		{ 0604, "x", 1, "has mode 0604" },
		{ 0700, "x", 1, "has mode 0700" },
		{ 0620, "x", 1, "may be written by others" },
		{ 0600, "", 0, "is empty" },
		{ 0600, "\n", 1, "is empty" },
		{ 0600, "a\0b", 3, "zero octet" },
	};
	const char *written[2] = { NULL, NULL };
	char setting[600];
	char *large;
	size_t i;

	(void)state;
	written[0] = setting;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		with_secret(cases[i].mode, cases[i].content, cases[i].len,
		    setting);
		assert_int_equal(apply(written, false), -1);
		if (strstr(diag_at(diag, 0)->text, cases[i].why) == NULL)
			fail_msg("'%s' does not say '%s'",
			    diag_at(diag, 0)->text, cases[i].why);
	}
	large = calloc(1, 5000);
	assert_non_null(large);
	memset(large, 'x', 5000);
	with_secret(0600, large, 5000, setting);
	free(large);
	assert_int_equal(apply(written, false), -1);
	assert_non_null(strstr(diag_at(diag, 0)->text, "more than 4096"));
	assert_int_equal(unlink(setting + strlen("secret=")), 0);
}

int
main(void)
{
#define CASE(f) cmocka_unit_test_teardown(f, teardown)
	const struct CMUnitTest tests[] = {
		CASE(test_initial_values_are_stored),
		CASE(test_every_type_is_stored),
		CASE(test_values_outlive_the_line),
		CASE(test_every_mistake_is_said_at_its_place),
		CASE(test_all_mistakes_are_said_at_once),
		CASE(test_a_setting_written_twice_is_a_mistake),
		CASE(test_missing_ones_are_said_at_the_instance),
		CASE(test_bad_initial_value_is_the_modules_mistake),
		CASE(test_module_without_settings_takes_none),
		CASE(test_secret_is_read_from_its_file),
		CASE(test_unsafe_secret_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
