/*
 * test_generation.c - a configuration is put to work whole or not at all,
 * and only with modules that fit their lines.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <sys/stat.h>
#include <unistd.h>

#include "stack/generation.h"

static char path[512]; /* the configuration under test */
static char modules[512], test_modules[512];

static const char *
variable(const char *name)
{
	const char *value = getenv(name);

	return value == NULL ? "." : value;
}

static struct loader *
loader_of(bool allow_mock)
{
	struct loader_options options = { .dirs = { modules, test_modules },
		.dirs_len = 2,
		.allow_mock = allow_mock };
	struct loader *loader;

	loader = loader_new(&options);
	assert_non_null(loader);
	return loader;
}

static void
write_conf(const char *text)
{
	FILE *file;

	file = fopen(path, "we");
	assert_non_null(file);
	assert_int_equal(fchmod(fileno(file), 0600), 0);
	(void)fputs(text, file);
	assert_int_equal(fclose(file), 0);
}

static char *
printed(const struct diag *diag)
{
	char *text = NULL;
	size_t len;
	FILE *file;

	file = open_memstream(&text, &len);
	assert_non_null(file);
	diag_print(diag, file);
	assert_int_equal(fclose(file), 0);
	return text;
}

/* The configuration is refused, and the reasons have each of these. */
static void
assert_refused(const char *conf, bool allow_mock, const char *const *reasons)
{
	struct loader *loader = loader_of(allow_mock);
	struct generation *generation = NULL;
	struct diag *diag;
	char *text;

	write_conf(conf);
	diag = diag_new();
	assert_non_null(diag);
	assert_int_equal(generation_build(path, loader, false, diag,
			     &generation),
	    -1);
	assert_null(generation);
	text = printed(diag);
	for (; *reasons != NULL; reasons++)
		if (strstr(text, *reasons) == NULL)
			fail_msg("'%s' is not in:\n%s", *reasons, text);
	free(text);
	diag_free(diag);
	loader_free(loader);
}

static struct generation *
build(const char *conf_path, struct loader *loader)
{
	struct generation *generation = NULL;
	struct diag *diag;

	diag = diag_new();
	assert_non_null(diag);
	(void)generation_build(conf_path, loader, true, diag, &generation);
	if (diag_size(diag) > 0)
		diag_print(diag, stderr);
	assert_int_equal(diag_size(diag), 0);
	diag_free(diag);
	assert_non_null(generation);
	return generation;
}

static void
test_every_rule_has_its_open_instance(void **state)
{
	struct loader *loader = loader_of(false);
	struct generation *generation;
	const struct conf *conf;

	(void)state;
	write_conf("module wallet settle_wallet\n"
		   "module pin auth_password\n"
		   "auth required pin\n"
		   "settle route wallet when since-strong.count < 5\n"
		   "settle refuse \"strongly\" when since-strong.count >= 5\n"
		   "settle refuse \"no\"\n");
	generation = build(path, loader);
	conf = generation->conf;
	assert_string_equal(instance_name(generation_instance(generation,
				&conf->auth.rules[0])),
	    "pin");
	assert_string_equal(instance_module(generation_instance(generation,
						&conf->settle.rules[0]))
				->name,
	    "settle_wallet");
	assert_null(generation_instance(generation, &conf->settle.rules[1]));
	assert_true(generation->needs_strong);
	assert_int_equal(generation->number, 1);
	generation_unref(generation);
	loader_free(loader);
}

static void
test_a_generation_lives_as_long_as_someone_holds_it(void **state)
{
	struct loader *loader = loader_of(false);
	struct generation *generation, *held;

	(void)state;
	write_conf("module pin auth_password\n"
		   "auth required pin\n"
		   "settle refuse \"none\" when kind != identity\n"
		   "settle refuse \"no\"\n");
	generation = build(path, loader);
	assert_false(generation->needs_strong);
	held = generation_ref(generation);
	assert_ptr_equal(held, generation);
	generation_unref(generation);
	assert_string_equal(held->conf->instances[0].name, "pin");
	generation_unref(held);
	generation_unref(NULL);
	loader_free(loader);
}

static void
test_the_shipped_configuration_is_right(void **state)
{
	struct loader *loader = loader_of(false);
	struct generation *generation;
	char text[65536], shipped[512];
	size_t len;
	FILE *file;

	(void)state;
	/* A copy: who may write the sources is not the question here. */
	(void)snprintf(shipped, sizeof(shipped), "%s/etc/till.conf",
	    variable("TILL_SRC"));
	file = fopen(shipped, "re");
	assert_non_null(file);
	len = fread(text, 1, sizeof(text) - 1, file);
	text[len] = '\0';
	(void)fclose(file);
	write_conf(text);
	generation = build(path, loader);
	assert_true(generation->conf->settle.len > 1);
	generation_unref(generation);
	loader_free(loader);
}

static void
test_mistakes_of_all_kinds_are_told_in_one_run(void **state)
{
	static const char *const reasons[] = { ":1:12: error: ",
		"did you mean 'auth_password'?",
		":2:24: error: ", "did you mean 'max-balance'?",
		":3:15: error: unknown module instance 'pim'",
		":4:1: error: the last settle line must be 'refuse'",
		":5:15: error: 'wallet' is of module settle_wallet, which is "
		"not for notify\n",
		"  settle_wallet is for: settle\n", NULL };

	(void)state;
	assert_refused("module pin auth_pasword\n"
		       "module x settle_wallet max-balanse=3\n"
		       "auth required pim\n"
		       "settle route wallet\n"
		       "notify must   wallet\n"
		       "module wallet settle_wallet\n",
	    false, reasons);
}

static void
test_a_module_that_never_grants_is_no_factor(void **state)
{
	static const char *const reasons[] = {
		":2:17: error: 'never' can only "
		"abstain: on a 'sufficient' line it never grants\n",
		":4:17: error: 'never' can only abstain: on a 'required' line "
		"it refuses everybody\n",
		"  it can stand on an 'optional' or 'veto' line\n", NULL
	};

	(void)state;
	assert_refused("module never auth_never\n"
		       "auth sufficient never when kind == single\n"
		       "settle refuse \"no\"\n"
		       "auth required   never\n",
	    false, reasons);
}

static void
test_it_can_stand_where_it_decides_nothing(void **state)
{
	struct loader *loader = loader_of(false);

	(void)state;
	write_conf("module never auth_never\n"
		   "module pin auth_password\n"
		   "auth veto never\n"
		   "auth required pin\n"
		   "auth optional never\n"
		   "settle refuse \"none\" when kind != identity\n"
		   "settle refuse \"no\"\n");
	generation_unref(build(path, loader));
	loader_free(loader);
}

static void
test_money_that_cannot_be_traced_has_no_deadline(void **state)
{
	static const char *const reasons[] = {
		":5:14: error: 'once' has a timeout, but module settle_once "
		"cannot be asked afterwards what became of a payment\n",
		"  it needs both QUERY and IDEMPOTENT\n", NULL
	};

	(void)state;
	assert_refused("module once settle_once timeout=5s\n"
		       "module wallet settle_wallet timeout=5s\n"
		       "module pin auth_password\n"
		       "auth required pin\n"
		       "settle route once when kind == basket\n"
		       "settle route wallet\n"
		       "settle refuse \"no\"\n",
	    false, reasons);
}

static void
test_a_bank_knows_no_fractions_of_a_cent(void **state)
{
	static const char *const reasons[] = {
		":5:51: error: EUR has 2 decimal places, '10.005' has 3\n",
		":6:27: error: JPY has 0 decimal places, '0.5' has 1\n", NULL
	};

	(void)state;
	assert_refused("module once settle_once\n"
		       "module wallet settle_wallet\n"
		       "module pin auth_password\n"
		       "auth required pin\n"
		       "settle route once when amount < 9.99 EUR and (not "
		       "amount > 10.005 EUR)\n"
		       "settle fallback once when amount < 0.5 JPY\n"
		       "settle route wallet when amount < 0.0005 EUR\n"
		       "settle refuse \"no\"\n",
	    false, reasons);
}

static void
test_mocks_are_for_tests(void **state)
{
	static const char *const reasons[] = { ":1:13: error: 'auth_mock'",
		"--allow-mock", NULL };
	static const char mock[] =
	    "module mock auth_mock\n"
	    "auth required mock\n"
	    "settle refuse \"none\" when kind != identity\n"
	    "settle refuse \"no\"\n";
	struct loader *loader;

	(void)state;
	assert_refused(mock, false, reasons);
	loader = loader_of(true);
	write_conf(mock);
	generation_unref(build(path, loader));
	loader_free(loader);
}

static int
make_paths(void **state)
{
	const char *tmp = getenv("TMPDIR");
	char folder[256];

	(void)state;
	(void)snprintf(folder, sizeof(folder), "%s/generation.XXXXXX",
	    tmp == NULL ? "/tmp" : tmp);
	if (mkdtemp(folder) == NULL)
		return -1;
	(void)snprintf(path, sizeof(path), "%s/till.conf", folder);
	(void)snprintf(modules, sizeof(modules), "%s/modules",
	    variable("TILL_BUILD"));
	(void)snprintf(test_modules, sizeof(test_modules), "%s/tests/modules",
	    variable("TILL_BUILD"));
	return 0;
}

static int
remove_paths(void **state)
{
	(void)state;
	(void)unlink(path);
	*strrchr(path, '/') = '\0';
	return rmdir(path);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_rule_has_its_open_instance),
		cmocka_unit_test(
		    test_a_generation_lives_as_long_as_someone_holds_it),
		cmocka_unit_test(test_the_shipped_configuration_is_right),
		cmocka_unit_test(
		    test_mistakes_of_all_kinds_are_told_in_one_run),
		cmocka_unit_test(test_a_module_that_never_grants_is_no_factor),
		cmocka_unit_test(test_it_can_stand_where_it_decides_nothing),
		cmocka_unit_test(
		    test_money_that_cannot_be_traced_has_no_deadline),
		cmocka_unit_test(test_a_bank_knows_no_fractions_of_a_cent),
		cmocka_unit_test(test_mocks_are_for_tests),
	};

	return cmocka_run_group_tests(tests, make_paths, remove_paths);
}
