/*
 * test_rear_reload.c - what whoever changes a configuration is told.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "config/conf.h"
#include "config/diag.h"
#include "rear/unit.h"
#include "support/rears.h"

#define STACKS                                                                 \
	"policy veto caps\nauth requisite pin\nsettle route wallet\n"          \
	"settle refuse \"no\"\n"

static struct rears rears;

static int
teardown(void **state)
{
	(void)state;
	rears_end(&rears);
	return 0;
}

/* Reload with these lines; the warnings. */
static struct diag *
reload(const char *stacks)
{
	struct diag *diag = diag_new();

	assert_non_null(diag);
	rears_configure(&rears, stacks);
	assert_int_equal(rear_reload(rears.rear, diag), 0);
	assert_int_equal(diag_errors(diag), 0);
	return diag;
}

static void
is_warning(const struct diag *diag, size_t i, const char *text,
    const char *note)
{
	assert_true(i < diag_size(diag));
	assert_int_equal(diag_at(diag, i)->level, DIAG_WARNING);
	assert_string_equal(diag_at(diag, i)->text, text);
	assert_string_equal(diag_at(diag, i)->note, note);
}

static void
a_setting_that_waits_for_a_new_start_is_named(void **state)
{
	struct diag *diag;

	(void)state;
	rears_begin(&rears,
	    "set listen 127.0.0.1:81\nset operator first\n"
	    "set hash-workers 3\n" STACKS);
	diag = reload("set operator second\nset hash-workers 3\n"
		      "set listen 127.0.0.1:82\nset proxies 10.0.0.1\n" STACKS);
	assert_int_equal(diag_size(diag), 2);
	is_warning(diag, 0,
	    "set listen: takes effect when tilld is started again",
	    "until then it is '127.0.0.1:81'");
	assert_string_equal(diag_at(diag, 0)->place.file, rears.conf);
	assert_int_not_equal(diag_at(diag, 0)->place.line, 0);
	is_warning(diag, 1,
	    "set proxies: takes effect when tilld is started again", "");
	assert_int_equal(diag_at(diag, 1)->place.line,
	    diag_at(diag, 0)->place.line + 1);
	diag_free(diag);
}

/* It is compared with what the server was started with, not with what was
 * there last. */
static void
it_is_named_until_it_is_as_it_was(void **state)
{
	struct diag *diag;
	unsigned int i;

	(void)state;
	rears_begin(&rears, "set max-in-flight 20\n" STACKS);
	for (i = 0; i < 2; i++) {
		diag = reload(STACKS);
		assert_int_equal(diag_size(diag), 1);
		is_warning(diag, 0,
		    "set max-in-flight: takes effect when tilld is started "
		    "again",
		    "until then it is '20'");
		assert_int_equal(diag_at(diag, 0)->place.line, 0);
		diag_free(diag);
	}
	diag = reload("set max-in-flight 20\n" STACKS);
	assert_int_equal(diag_size(diag), 0);
	diag_free(diag);
}

static void
every_setting_takes_effect_now_or_at_the_start(void **state)
{
	static const char *const now[] = { "timezone", "operator", "topup-iban",
		"topup-bic", "topup-name", "currencies", "enrol",
		"ticket-lifetime", "voucher-lifetime", "conversation-ttl",
		"pending-after", "reversal-after", "reversal-retry",
		"session-idle", "session-max", "allowance-each",
		"allowance-day" };
	const char *key, *help;
	size_t i, j, n = 0;
	bool is_now;

	(void)state;
	for (i = 0; (key = conf_set_key(i, &help)) != NULL; i++) {
		is_now = false;
		for (j = 0; j < sizeof(now) / sizeof(now[0]); j++)
			is_now = is_now || strcmp(key, now[j]) == 0;
		assert_int_equal(conf_set_is_for_start(key), !is_now);
		n += is_now;
	}
	assert_int_equal(n, sizeof(now) / sizeof(now[0]));
}

/* The first configuration is refused as a whole, and its mistakes counted
 * as a person would. */
static void
a_start_says_how_many_mistakes_there_are(void **state)
{
	static const struct {
		const char *stacks, *says;
	} cases[] = {
		{ "policy veto nothing\n" STACKS, ": 1 error" },
		{ "policy veto nothing\nauth needed pin\n" STACKS,
		    ": 2 errors" },
	};
	struct till_error err;
	struct rear *rear;
	size_t i;

	(void)state;
	rears_begin(&rears, STACKS);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		rears_configure(&rears, cases[i].stacks);
		assert_int_equal(unit_start(&rears.options, &rear, &err), -1);
		assert_string_equal(strrchr(err.text, ':'), cases[i].says);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(
		    a_setting_that_waits_for_a_new_start_is_named, teardown),
		cmocka_unit_test_teardown(it_is_named_until_it_is_as_it_was,
		    teardown),
		cmocka_unit_test(
		    every_setting_takes_effect_now_or_at_the_start),
		cmocka_unit_test_teardown(
		    a_start_says_how_many_mistakes_there_are, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
