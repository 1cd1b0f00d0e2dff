/*
 * test_loader.c - only a module that is what it says, and that nobody
 * else can change, gets its code run.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "module/descriptor.h"
#include "support/owner.h"

#define FILE_MAX (8 * 1024 * 1024)

static char dir[512]; /* an empty folder of this test's own */
static struct till_error err;

/* The octets of a file of the build. */
static unsigned char *
octets_of(const char *name, size_t *len_r)
{
	unsigned char *octets = malloc(FILE_MAX);
	char path[1024];
	ssize_t n;
	int fd;

	assert_non_null(octets);
	(void)snprintf(path, sizeof(path), "%s/%s", build_dir(), name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd == -1)
		fail_msg("%s is not there", path);
	n = read(fd, octets, FILE_MAX);
	assert_true(n > 0 && n < FILE_MAX);
	(void)close(fd);
	*len_r = (size_t)n;
	return octets;
}

static const char *
path_of(const char *name)
{
	static char path[1024];

	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	return path;
}

static void
write_file(const char *name, const unsigned char *octets, size_t len)
{
	int fd;

	(void)unlink(path_of(name));
	fd = open(path_of(name), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	assert_true(fd != -1);
	assert_int_equal(write(fd, octets, len), len);
	(void)close(fd);
}

/* Put a module of the build into our folder under this name. */
static void
copy(const char *from, const char *name)
{
	unsigned char *octets;
	size_t len;

	octets = octets_of(from, &len);
	write_file(name, octets, len);
	free(octets);
}

static struct loader *
loader_of(bool allow_mock, const char *fd_dir)
{
	const struct loader_options options = { .dirs = { dir },
		.dirs_len = 1,
		.allow_mock = allow_mock,
		.fd_dir = fd_dir };
	struct loader *loader = loader_new(&options);

	assert_non_null(loader);
	return loader;
}

static void
refused(const char *name, const char *why)
{
	struct loader *loader = loader_of(false, NULL);
	const struct loaded *loaded = NULL;

	assert_int_equal(loader_load(loader, name, &loaded, &err), -1);
	assert_null(loaded);
	if (strstr(err.text, why) == NULL)
		fail_msg("'%s' does not say '%s'", err.text, why);
	loader_free(loader);
}

static int
setup(void **state)
{
	const char *tmp = getenv("TMPDIR");

	(void)state;
	(void)snprintf(dir, sizeof(dir), "%s/loader.XXXXXX",
	    tmp != NULL ? tmp : "/tmp");
	assert_non_null(mkdtemp(dir));
	copy("modules/settle_wallet.so", "settle_wallet.so");
	return 0;
}

static int
teardown(void **state)
{
	const struct dirent *entry;
	DIR *d = opendir(dir);

	(void)state;
	assert_non_null(d);
	for (entry = readdir(d); entry != NULL; entry = readdir(d)) {
		if (entry->d_name[0] == '.')
			continue;
		if (unlink(path_of(entry->d_name)) == -1)
			(void)rmdir(path_of(entry->d_name));
	}
	(void)closedir(d);
	(void)rmdir(dir);
	return 0;
}

static void
test_sound_module_is_loaded_once(void **state)
{
	struct loader *loader = loader_of(false, NULL);
	const struct loaded *first, *second;

	(void)state;
	assert_int_equal(loader_load(loader, "settle_wallet", &first, &err), 0);
	assert_string_equal(loaded_module(first)->name, "settle_wallet");
	assert_string_equal(loaded_note(first)->name, "settle_wallet");
	assert_string_equal(loaded_path(first), path_of("settle_wallet.so"));
	assert_non_null(loaded_module(first)->settle);
	assert_null(loaded_module(first)->auth);
	assert_int_equal(loader_load(loader, "settle_wallet", &second, &err),
	    0);
	assert_ptr_equal(first, second);
	loader_free(loader);
}

static void
test_names_are_never_paths(void **state)
{
	static const char *const names[] = { "", ".", "..", "../settle_wallet",
		"/bin/sh", "settle_wallet.so", "Settle", "a-b", "a b",
		"settle\n", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		refused(names[i], "is no name of a module");
	refused("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "there is no module");
}

static void
test_file_under_another_name_is_refused(void **state)
{
	(void)state;
	copy("modules/settle_wallet.so", "settle_gold.so");
	refused("settle_gold",
	    "is the module 'settle_wallet', not 'settle_gold'");
}

static void
test_mock_needs_to_be_allowed(void **state)
{
	struct loader *loader = loader_of(true, NULL);
	const struct loaded *loaded;

	(void)state;
	copy("modules/policy_mock.so", "policy_mock.so");
	refused("policy_mock", "--allow-mock");
	assert_int_equal(loader_load(loader, "policy_mock", &loaded, &err), 0);
	loader_free(loader);
}

static void
test_symlink_is_refused(void **state)
{
	(void)state;
	assert_int_equal(symlink("settle_wallet.so", path_of("link.so")), 0);
	refused("link", "is a symbolic link");
}

static void
test_what_is_no_file_is_refused(void **state)
{
	(void)state;
	assert_int_equal(mkdir(path_of("folder.so"), 0700), 0);
	refused("folder", "is not a regular file");
	assert_int_equal(mkfifo(path_of("pipe.so"), 0600), 0);
	refused("pipe", "is not a regular file");
}

static void
test_file_that_others_may_write_is_refused(void **state)
{
	(void)state;
	assert_int_equal(chmod(path_of("settle_wallet.so"), 0620), 0);
	refused("settle_wallet", "may be written by others (mode 0620)");
	assert_int_equal(chmod(path_of("settle_wallet.so"), 0602), 0);
	refused("settle_wallet", "may be written by others (mode 0602)");
}

static void
test_folder_that_others_may_write_is_refused(void **state)
{
	(void)state;
	assert_int_equal(chmod(dir, 0770), 0);
	refused("settle_wallet", "may be written by others (mode 0770)");
	assert_int_equal(chmod(dir, 0707), 0);
	refused("settle_wallet", "may be written by others (mode 0707)");
	assert_int_equal(chmod(dir, 0755), 0);
}

static void
test_file_of_another_user_is_refused(void **state)
{
	(void)state;
	if (geteuid() != 0)
		skip();
	assert_int_equal(chown(path_of("settle_wallet.so"), 65534, 65534), 0);
	refused("settle_wallet", "belongs to user 65534");
	assert_int_equal(chown(path_of("settle_wallet.so"), 0, 0), 0);
	assert_int_equal(chown(dir, 65534, 65534), 0);
	refused("settle_wallet", "belongs to user 65534");
	assert_int_equal(chown(dir, 0, 0), 0);
}

static void
test_what_is_no_module_is_refused(void **state)
{
	static const unsigned char text[] = "#!/bin/sh\necho hello\n";

	(void)state;
	write_file("text.so", text, sizeof(text) - 1);
	refused("text", "is not an ELF file");
	write_file("empty.so", text, 0);
	refused("empty", "is empty");
	copy("libtill.so.1", "library.so");
	refused("library", "has no till note");
}

/* Wherever the file ends, it is refused and the test goes on. */
static void
test_truncated_module_is_refused(void **state)
{
	unsigned char *octets;
	size_t len, n;

	(void)state;
	octets = octets_of("modules/settle_wallet.so", &len);
	for (n = 1; n < 8192; n += 97) {
		write_file("settle_wallet.so", octets, n);
		refused("settle_wallet", "settle_wallet.so");
	}
	free(octets);
}

/* Constructors run inside dlopen: the note must have spoken before. */
static void
test_no_code_runs_before_the_note_is_read(void **state)
{
	char mark[1024];

	(void)state;
	(void)snprintf(mark, sizeof(mark), "%s", path_of("mark"));
	assert_int_equal(setenv("EAGER_MARK", mark, 1), 0);
	copy("tests/modules/eager.so", "eager.so");
	refused("eager", "built for module ABI 2.0");
	assert_int_equal(access(mark, F_OK), -1);
}

static void
test_descriptor_must_say_what_the_note_says(void **state)
{
	(void)state;
	copy("tests/modules/liar.so", "liar.so");
	refused("liar", "says capabilities 0x40, its note 0");
}

/* A new file in the old one's place is another module; a file that was
 * written over is neither. */
static void
test_replaced_module_is_loaded_beside_the_old(void **state)
{
	struct loader *loader = loader_of(false, NULL);
	const struct loaded *first, *second;
	char from[1024];
	int fd;

	(void)state;
	assert_int_equal(loader_load(loader, "settle_wallet", &first, &err), 0);
	copy("modules/settle_wallet.so", "new");
	(void)snprintf(from, sizeof(from), "%s", path_of("new"));
	assert_int_equal(rename(from, path_of("settle_wallet.so")), 0);
	assert_int_equal(loader_load(loader, "settle_wallet", &second, &err),
	    0);
	assert_ptr_not_equal(first, second);
	assert_ptr_not_equal(loaded_module(first)->settle,
	    loaded_module(second)->settle);

	fd = open(path_of("settle_wallet.so"), O_WRONLY | O_APPEND | O_CLOEXEC);
	assert_int_equal(write(fd, "x", 1), 1);
	(void)close(fd);
	assert_int_equal(loader_load(loader, "settle_wallet", &second, &err),
	    -1);
	assert_non_null(strstr(err.text, "was overwritten while it is in use"));
	loader_free(loader);
}

/* How many of our descriptors are open on this file? */
static unsigned int
open_on(const char *path)
{
	char link[64], target[1024];
	unsigned int n = 0;
	ssize_t len;
	int fd;

	for (fd = 0; fd < 256; fd++) {
		(void)snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
		len = readlink(link, target, sizeof(target) - 1);
		if (len <= 0)
			continue;
		target[len] = '\0';
		n += strcmp(target, path) == 0;
	}
	return n;
}

/* glibc would return the first module for a number that is used again. */
static void
test_descriptors_are_kept_for_ever(void **state)
{
	struct loader *loader = loader_of(true, NULL);
	const struct loaded *wallet, *mock;
	char path[1024];
	int i;

	(void)state;
	(void)snprintf(path, sizeof(path), "%s", path_of("settle_wallet.so"));
	copy("modules/settle_mock.so", "settle_mock.so");
	assert_int_equal(loader_load(loader, "settle_wallet", &wallet, &err),
	    0);
	assert_int_equal(open_on(path), 1);
	for (i = 0; i < 20; i++)
		(void)loader_load(loader, "settle_wallet", &wallet, &err);
	assert_int_equal(open_on(path), 1);
	assert_int_equal(loader_load(loader, "settle_mock", &mock, &err), 0);
	assert_string_equal(loaded_module(mock)->name, "settle_mock");
	assert_ptr_not_equal(loaded_module(wallet)->settle,
	    loaded_module(mock)->settle);
	loader_free(loader);
	assert_int_equal(open_on(path), 1);
}

static void
test_without_proc_the_path_will_do(void **state)
{
	struct loader *loader = loader_of(false, "/nonexistent");
	const struct loaded *loaded;

	(void)state;
	assert_int_equal(loader_load(loader, "settle_wallet", &loaded, &err),
	    0);
	assert_string_equal(loaded_module(loaded)->name, "settle_wallet");
	loader_free(loader);
	/* glibc knows this path now, so it would not look at the file. */
	copy("modules/settle_wallet.so", "settle_wallet.so");
	loader = loader_of(false, "/nonexistent");
	assert_int_equal(loader_load(loader, "settle_wallet", &loaded, &err),
	    -1);
	assert_non_null(strstr(err.text, "cannot be loaded anew"));
	loader_free(loader);
}

static void
test_a_group_is_of_a_module_and_a_name(void **state)
{
	struct loader *loader = build_loader();
	char name[16];
	const void *one;
	size_t i;

	(void)state;
	one = loader_group(loader, "m", "one");
	assert_non_null(one);
	assert_ptr_not_equal(one, loader_group(loader, "m", "two"));
	assert_ptr_not_equal(one, loader_group(loader, "mo", "ne"));
	assert_ptr_equal(one, loader_group(loader, "m", "one"));
	/* Those beyond the bound share one, and do not become more. */
	for (i = 3; i < LOADER_GROUPS_MAX; i++) {
		(void)snprintf(name, sizeof(name), "n%zu", i);
		assert_non_null(loader_group(loader, "m", name));
	}
	assert_ptr_equal(loader_group(loader, "m", "more"),
	    loader_group(loader, "m", "still-more"));
	assert_ptr_equal(one, loader_group(loader, "m", "one"));
	loader_free(loader);
}

static void
test_first_folder_decides(void **state)
{
	struct loader_options options = { .dirs = { "/nonexistent", dir,
					      "modules" },
		.dirs_len = 3 };
	struct loader *loader = loader_new(&options);
	const struct loaded *loaded;
	const char **names;

	(void)state;
	assert_int_equal(loader_load(loader, "settle_wallet", &loaded, &err),
	    0);
	assert_string_equal(loaded_path(loaded), path_of("settle_wallet.so"));
	write_file("auth_x.so", (const unsigned char *)"x", 1);
	write_file("Not-One.so", (const unsigned char *)"x", 1);
	assert_true(loader_has(loader, "auth_x"));
	assert_false(loader_has(loader, "auth_y"));
	loader_free(loader);
	options.dirs_len = 2;
	loader = loader_new(&options);
	names = loader_names(loader);
	assert_non_null(names);
	assert_string_equal(names[0], "auth_x");
	assert_string_equal(names[1], "settle_wallet");
	assert_null(names[2]);
	loader_names_free(names);
	loader_free(loader);
}

int
main(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		CASE(test_sound_module_is_loaded_once),
		CASE(test_names_are_never_paths),
		CASE(test_file_under_another_name_is_refused),
		CASE(test_mock_needs_to_be_allowed),
		CASE(test_symlink_is_refused),
		CASE(test_what_is_no_file_is_refused),
		CASE(test_file_that_others_may_write_is_refused),
		CASE(test_folder_that_others_may_write_is_refused),
		CASE(test_file_of_another_user_is_refused),
		CASE(test_what_is_no_module_is_refused),
		CASE(test_truncated_module_is_refused),
		CASE(test_no_code_runs_before_the_note_is_read),
		CASE(test_descriptor_must_say_what_the_note_says),
		CASE(test_replaced_module_is_loaded_beside_the_old),
		CASE(test_descriptors_are_kept_for_ever),
		CASE(test_without_proc_the_path_will_do),
		CASE(test_a_group_is_of_a_module_and_a_name),
		CASE(test_first_folder_decides),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
