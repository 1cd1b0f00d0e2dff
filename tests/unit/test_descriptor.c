/*
 * test_descriptor.c - a descriptor that contradicts its note or itself
 * is refused, and an older one is filled up with nothing.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "module/descriptor.h"

struct self {
	int64_t number;
	const char *const *list;
	int word;
};

static const char *const words[] = { "a", "b", NULL };
static const char *const no_words[] = { NULL };

static enum till_result
policy(const struct till_host *host, struct till_context *ctx, const void *self)
{
	(void)host;
	(void)ctx;
	(void)self;
	return TILL_ALLOW;
}

static enum till_result
enrol(const struct till_host *host, struct till_context *ctx, const void *self,
    enum till_enrol what)
{
	(void)what;
	return policy(host, ctx, self);
}

static const struct till_setting good[] = { { "number", TILL_SET_INT, 0,
						offsetof(struct self, number),
						"1", 1, 9, NULL, NULL },
	{ "list", TILL_SET_LIST, TILL_SETTING_REPEATABLE,
	    offsetof(struct self, list), NULL, 0, 0, NULL, NULL },
	{ "word", TILL_SET_ENUM, TILL_SETTING_REQUIRED,
	    offsetof(struct self, word), NULL, 0, 0, words, NULL },
	TILL_SETTING_END };

static const struct till_note note = { TILL_ABI_MAJOR, TILL_ABI_MINOR,
	TILL_POLICY, TILL_CAP_PURE, "policy_x", "1.0" };

static struct till_setting settings[DESCRIPTOR_SETTINGS_MAX + 2];
static struct till_module module;
static struct till_error err;

static int
setup(void **state)
{
	(void)state;
	memcpy(settings, good, sizeof(good));
	module = (struct till_module){
		TILL_MODULE_HEAD("policy_x", "1.0", TILL_POLICY, TILL_CAP_PURE),
		.settings = settings,
		.instance_size = sizeof(struct self),
		.policy = policy,
	};
	return 0;
}

static void
check(const char *why)
{
	struct till_module copy = { .name = "untouched" };

	if (why == NULL) {
		assert_int_equal(descriptor_check(&module, &note, &copy, &err),
		    0);
		assert_string_equal(copy.name, "policy_x");
		return;
	}
	assert_int_equal(descriptor_check(&module, &note, &copy, &err), -1);
	assert_string_equal(copy.name, "untouched");
	if (strstr(err.text, why) == NULL)
		fail_msg("'%s' does not say '%s'", err.text, why);
	(void)setup(NULL);
}

static void
test_sound_descriptor_is_taken(void **state)
{
	(void)state;
	check(NULL);
	module.settings = NULL;
	module.instance_size = 0;
	check(NULL);
}

static void
test_note_and_descriptor_must_agree(void **state)
{
	(void)state;
	module.abi_major = 2;
	check("says ABI 2.2");
	module.abi_minor = TILL_ABI_MINOR + 1;
	check("says ABI 1.3");
	module.size = 16;
	check("has a descriptor of 16 octets");
	module.size = sizeof(module) + 8;
	check("has a descriptor of");
	module.name = "policy_y";
	check("calls itself 'policy_y'");
	module.name = NULL;
	check("calls itself ''");
	module.version = "1.1";
	check("says version '1.1'");
	module.facilities |= TILL_AUTH;
	check("says facilities 0x3");
	module.caps = 0;
	check("says capabilities 0");
}

static void
test_functions_must_match_facilities(void **state)
{
	(void)state;
	module.policy = NULL;
	check("names the facility policy but has no function");
	module.auth = policy;
	check("has a function for auth, which it does not name");
	module.enrol = enrol;
	check("enrols, but does not authenticate");
}

static void
test_settings_table_must_be_sound(void **state)
{
	size_t i;

	(void)state;
	settings[0].name = "";
	check("no proper name");
	settings[0].name = "Number";
	check("no proper name");
	settings[0].name = "isolate";
	check("no proper name");
	settings[0].name = "timeout";
	check("no proper name");
	settings[1].name = "number";
	check("two settings 'number'");
	settings[0].type = (enum till_setting_type)0;
	check("no known type");
	settings[0].type = (enum till_setting_type)99;
	check("no known type");
	settings[0].offset = sizeof(struct self);
	check("outside of the instance");
	settings[0].offset = SIZE_MAX;
	check("outside of the instance");
	settings[0].offset = 4;
	check("out of line");
	settings[0].flags = 4;
	check("wrong flags");
	settings[0].flags = TILL_SETTING_REPEATABLE;
	check("wrong flags");
	settings[1].flags = 0;
	check("wrong flags");
	settings[0].low = 10;
	check("no bounds");
	settings[2].names = NULL;
	check("no words");
	settings[2].names = no_words;
	check("no words");
	module.instance_size = DESCRIPTOR_INSTANCE_MAX + 1;
	check("wants instances of");
	for (i = 0; i < DESCRIPTOR_SETTINGS_MAX + 1; i++) {
		static char names[DESCRIPTOR_SETTINGS_MAX + 1][8];

		(void)snprintf(names[i], sizeof(names[i]), "n%zu", i);
		settings[i] = good[0];
		settings[i].name = names[i];
	}
	check("more than");
}

/* The members behind the module's size are not read. */
static void
test_shorter_descriptor_is_filled_with_nothing(void **state)
{
	const size_t size =
	    offsetof(struct till_module, health) + sizeof(module.health);
	struct till_module copy;

	(void)state;
	assert_true(size <= sizeof(module));
	module.size = (uint32_t)size;
	memset(&copy, 0xff, sizeof(copy));
	assert_int_equal(descriptor_check(&module, &note, &copy, &err), 0);
	assert_null(copy.health);
	assert_ptr_equal(copy.policy, module.policy);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_sound_descriptor_is_taken, setup),
		cmocka_unit_test_setup(test_note_and_descriptor_must_agree,
		    setup),
		cmocka_unit_test_setup(test_functions_must_match_facilities,
		    setup),
		cmocka_unit_test_setup(test_settings_table_must_be_sound,
		    setup),
		cmocka_unit_test_setup(
		    test_shorter_descriptor_is_filled_with_nothing, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
