/*
 * test_policy_rules_files.c - lists in files: read again when they change,
 * kept when the change is no good, by many threads at once.
 */
#include <sys/stat.h>

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "module/result.h"
#include "support/owner.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static struct loader *loader;

/* A file of our own below TMPDIR. */
static char folder[256], path[300];

static void
write_list(const char *text, mode_t mode)
{
	char new_path[310];
	FILE *file;

	(void)snprintf(new_path, sizeof(new_path), "%s.new", path);
	file = fopen(new_path, "w");
	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(chmod(new_path, mode), 0);
	assert_int_equal(rename(new_path, path), 0);
}

static int
folder_make(void **state)
{
	const char *tmp = getenv("TMPDIR");
	char *real;

	(void)state;
	real = realpath(tmp != NULL ? tmp : "/tmp", NULL);
	assert_non_null(real);
	(void)snprintf(folder, sizeof(folder), "%s/rules.XXXXXX", real);
	free(real);
	assert_non_null(mkdtemp(folder));
	(void)snprintf(path, sizeof(path), "%s/list", folder);
	return 0;
}

static int
folder_remove(void **state)
{
	(void)state;
	(void)unlink(path);
	return rmdir(folder);
}

static void
test_file_is_read_again_when_it_changes(void **state)
{
	char setting[400];
	const char *const settings[] = { setting, "deny-merchant=press-9",
		NULL };
	struct till_context *ctx;
	struct instance *it;
	struct owner owner;

	(void)state;
	(void)snprintf(setting, sizeof(setting), "deny-merchants-file=%s",
	    path);
	write_list("# those who are denied\n\n  press-3  # since May\r\nzoo\n",
	    0644);
	owner_init(&owner);
	it = module_must_open(loader, "policy_rules", settings);
	ctx = owner_context(&owner, "it", TILL_POLICY);
	ASSERT_RESULT(instance_policy(it, ctx), TILL_ALLOW);
	write_list("zoo\npress-1", 0644);
	ASSERT_RESULT(instance_policy(it, ctx), TILL_REFUSE);
	assert_string_equal(ctx->code, "merchant-denied");
	owner.order.merchant = "press-9";
	ASSERT_RESULT(instance_policy(it, ctx), TILL_REFUSE);
	owner.order.merchant = "press-3";
	ASSERT_RESULT(instance_policy(it, ctx), TILL_ALLOW);
	write_list("", 0644);
	owner.order.merchant = "press-1";
	ASSERT_RESULT(instance_policy(it, ctx), TILL_ALLOW);
	assert_string_equal(owner.log, "");
	context_free(ctx);
	instance_close(it);
}

/* Neither a slip nor a stranger's file lets anybody off the list. */
static void
test_bad_file_leaves_the_list_as_it_was(void **state)
{
	static const char *const bad[] = { "press-2\nPress One\n", "a\nb\nü\n",
		"123456789012345678901234567890123\n" };
	char setting[400];
	const char *const settings[] = { setting, NULL };
	struct till_context *ctx;
	struct instance *it;
	struct owner owner;
	size_t i;

	(void)state;
	(void)snprintf(setting, sizeof(setting), "deny-merchants-file=%s",
	    path);
	write_list("press-1\n", 0644);
	owner_init(&owner);
	it = module_must_open(loader, "policy_rules", settings);
	ctx = owner_context(&owner, "it", TILL_POLICY);
	for (i = 0; i < COUNT(bad); i++) {
		write_list(bad[i], 0644);
		owner.log[0] = '\0';
		ASSERT_RESULT(instance_policy(it, ctx), TILL_REFUSE);
		assert_non_null(strstr(owner.log, "a list stays as it was"));
		assert_non_null(strstr(owner.log, "is no id"));
		owner.log[0] = '\0';
		ASSERT_RESULT(instance_policy(it, ctx), TILL_REFUSE);
		assert_string_equal(owner.log, "");
	}
	write_list("press-2\n", 0666);
	ASSERT_RESULT(instance_policy(it, ctx), TILL_REFUSE);
	assert_non_null(strstr(owner.log, "may be written by others"));
	assert_int_equal(unlink(path), 0);
	owner.log[0] = '\0';
	ASSERT_RESULT(instance_policy(it, ctx), TILL_REFUSE);
	assert_non_null(strstr(owner.log, "No such file"));
	write_list("press-2\n", 0644);
	ASSERT_RESULT(instance_policy(it, ctx), TILL_ALLOW);
	context_free(ctx);
	instance_close(it);
}

static void
test_file_of_others_is_a_mistake(void **state)
{
	char setting[400], why[DIAG_TEXT_MAX], other[310];
	const char *const settings[] = { setting, NULL };

	(void)state;
	(void)snprintf(setting, sizeof(setting), "allow-customers-file=%s",
	    path);
	write_list("alice\n", 0664);
	assert_null(module_open(loader, "policy_rules", settings, why));
	assert_non_null(strstr(why, "may be written by others"));
	(void)snprintf(other, sizeof(other), "%s.link", path);
	assert_int_equal(symlink(path, other), 0);
	(void)snprintf(setting, sizeof(setting), "allow-customers-file=%s",
	    other);
	assert_null(module_open(loader, "policy_rules", settings, why));
	assert_int_equal(unlink(other), 0);
	assert_non_null(strstr(why, "is another name of"));
	(void)snprintf(setting, sizeof(setting), "allow-customers-file=%s",
	    folder);
	assert_null(module_open(loader, "policy_rules", settings, why));
	assert_non_null(strstr(why, "is not a regular file"));
}

#define THREADS 4
#define ROUNDS 300

/* Every thread has a context of its own; the file changes under them. */
static void *
ask_often(void *arg)
{
	struct instance *it = arg;
	struct till_context *ctx;
	struct owner *owner;
	intptr_t odd = 0;
	int i;

	owner = malloc(sizeof(*owner));
	assert_non_null(owner);
	owner_init(owner);
	ctx = owner_context(owner, "it", TILL_POLICY);
	for (i = 0; i < ROUNDS; i++) {
		if (instance_policy(it, ctx) != TILL_REFUSE)
			odd++;
	}
	context_free(ctx);
	free(owner);
	return (void *)odd;
}

static void
test_threads_ask_while_the_file_changes(void **state)
{
	char setting[400];
	const char *const settings[] = { setting, "hours=daily 00:00-24:00",
		NULL };
	pthread_t threads[THREADS];
	struct instance *it;
	void *odd;
	size_t i;

	(void)state;
	(void)snprintf(setting, sizeof(setting), "deny-merchants-file=%s",
	    path);
	write_list("press-1\n", 0644);
	it = module_must_open(loader, "policy_rules", settings);
	for (i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, ask_often,
				     it),
		    0);
	for (i = 0; i < 50; i++)
		write_list(i % 2 == 0 ? "a\npress-1\nz\n" : "press-1\n", 0644);
	for (i = 0; i < THREADS; i++) {
		assert_int_equal(pthread_join(threads[i], &odd), 0);
		assert_null(odd);
	}
	instance_close(it);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    test_file_is_read_again_when_it_changes, folder_make,
		    folder_remove),
		cmocka_unit_test_setup_teardown(
		    test_bad_file_leaves_the_list_as_it_was, folder_make,
		    folder_remove),
		cmocka_unit_test_setup_teardown(
		    test_file_of_others_is_a_mistake, folder_make,
		    folder_remove),
		cmocka_unit_test_setup_teardown(
		    test_threads_ask_while_the_file_changes, folder_make,
		    folder_remove),
	};
	int failed;

	loader = build_loader();
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	loader_free(loader);
	return failed;
}
