/*
 * What a settle module tells late is copied only if it is well formed.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "module/late.h"

static const struct till_late sound = {
	.size = sizeof(struct till_late),
	.kind = TILL_LATE_MOVED,
	.key = { 1, 2, 3 },
	.amount = { 1500000, "EUR" },
	.id = "000123/1122123200",
	.code = "00",
	.text = "approved too late",
};

static void
test_sound(void **state)
{
	struct late_copy copy;

	(void)state;
	assert_int_equal(late_copy(&copy, &sound), 0);
	assert_int_equal(copy.late.kind, TILL_LATE_MOVED);
	assert_memory_equal(copy.late.key, sound.key, sizeof(sound.key));
	assert_int_equal(copy.late.amount.micro, 1500000);
	assert_string_equal(copy.late.amount.currency, "EUR");
	assert_string_equal(copy.late.id, sound.id);
	assert_string_equal(copy.late.code, "00");
	assert_string_equal(copy.late.text, "approved too late");
	assert_ptr_not_equal(copy.late.text, sound.text);
}

/* A line of the log is about no money, and has a level. */
static void
test_line(void **state)
{
	static const struct {
		const char *code;
		enum till_log_level level;
	} levels[] = {
		{ "info", TILL_LOG_INFO },
		{ "warning", TILL_LOG_WARNING },
		{ "error", TILL_LOG_ERROR },
		{ "alarm", TILL_LOG_ERROR },
	};
	struct till_late late = sound;
	struct late_copy copy;
	char text[TILL_ERROR_MAX];
	size_t i;

	(void)state;
	late.kind = TILL_LATE_LINE;
	memset(text, 'x', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	late.text = text;
	for (i = 0; i < sizeof(levels) / sizeof(levels[0]); i++) {
		late.code = levels[i].code;
		assert_int_equal(late_copy(&copy, &late), 0);
		assert_int_equal(late_level(copy.late.code), levels[i].level);
		assert_string_equal(copy.late.text, text);
		assert_int_equal(copy.late.amount.micro, 0);
	}
	memset(&late.amount, 0xff, sizeof(late.amount));
	assert_int_equal(late_copy(&copy, &late), 0);
	late.code = "debug";
	assert_int_equal(late_copy(&copy, &late), -1);
	late.code = "";
	assert_int_equal(late_copy(&copy, &late), -1);
	late.code = NULL;
	assert_int_equal(late_copy(&copy, &late), -1);
}

static void
test_malformed(void **state)
{
	struct late_copy copy;
	struct till_late late;
	char id[TILL_REF_MAX + 1];

	(void)state;
	assert_int_equal(late_copy(&copy, NULL), -1);
	late = sound;
	late.size = offsetof(struct till_late, text);
	assert_int_equal(late_copy(&copy, &late), -1);
	late = sound;
	memset(&late.kind, 0, sizeof(late.kind));
	assert_int_equal(late_copy(&copy, &late), -1);
	late = sound;
	late.amount.micro = 0;
	assert_int_equal(late_copy(&copy, &late), -1);
	late.amount.micro = TILL_MICRO_LIMIT;
	assert_int_equal(late_copy(&copy, &late), 0);
	late.amount.micro++;
	assert_int_equal(late_copy(&copy, &late), -1);
	late = sound;
	memset(late.amount.currency, 'E', sizeof(late.amount.currency));
	assert_int_equal(late_copy(&copy, &late), -1);
	memset(late.amount.currency, 0, sizeof(late.amount.currency));
	assert_int_equal(late_copy(&copy, &late), -1);
	late = sound;
	late.id = NULL;
	assert_int_equal(late_copy(&copy, &late), -1);
	late.id = "";
	assert_int_equal(late_copy(&copy, &late), -1);
	late.id = "two words";
	assert_int_equal(late_copy(&copy, &late), -1);
	memset(id, 'x', sizeof(id));
	id[TILL_REF_MAX] = '\0';
	late.id = id;
	assert_int_equal(late_copy(&copy, &late), -1);
	id[TILL_REF_MAX - 1] = '\0';
	assert_int_equal(late_copy(&copy, &late), 0);
}

/* Texts go to logs: cut, and nothing but characters. */
static void
test_texts(void **state)
{
	struct late_copy copy;
	struct till_late late = sound;
	char text[TILL_ERROR_MAX + 8];

	(void)state;
	late.code = NULL;
	memset(text, 'a', sizeof(text));
	text[1] = '\n';
	text[sizeof(text) - 1] = '\0';
	late.text = text;
	assert_int_equal(late_copy(&copy, &late), 0);
	assert_string_equal(copy.late.code, "");
	assert_int_equal(strlen(copy.late.text), sizeof(copy.text) - 1);
	assert_int_equal(copy.late.text[1], ' ');
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sound),
		cmocka_unit_test(test_line),
		cmocka_unit_test(test_malformed),
		cmocka_unit_test(test_texts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
