/*
 * test_conf_files.c - a configuration of several files: found, in order,
 * each once, and none that another user could have written.
 */
#define _XOPEN_SOURCE 700 /* nftw */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <ftw.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config/conf.h"

#define HEAD                                                                   \
	"module a auth_a\n"                                                    \
	"module b auth_b\n"                                                    \
	"module c auth_c\n"
#define AUTH "auth required a\n"
#define SETTLE                                                                 \
	"settle refuse \"none\" when kind != identity\nsettle refuse \"no\"\n"

static char start[4096]; /* the folder that the program began in */
static char folder[4096]; /* of this one test, and the current one */

static void
write_file(const char *name, const char *text)
{
	FILE *file;

	file = fopen(name, "we");
	if (file == NULL)
		fail_msg("cannot write %s", name);
	assert_int_equal(fchmod(fileno(file), 0600), 0);
	(void)fputs(text, file);
	assert_int_equal(fclose(file), 0);
}

/* What is found wrong with a configuration; freed by the caller. */
static char *
findings(const char *path)
{
	struct conf *conf = NULL;
	struct diag *diag;
	char *text = NULL;
	size_t len;
	FILE *file;

	diag = diag_new();
	assert_non_null(diag);
	if (conf_parse(path, diag, &conf) == -1)
		assert_null(conf);
	conf_free(conf);
	file = open_memstream(&text, &len);
	assert_non_null(file);
	diag_print(diag, file);
	assert_int_equal(fclose(file), 0);
	diag_free(diag);
	return text;
}

static void
assert_finds(const char *path, const char *expected)
{
	char *text = findings(path);

	assert_string_equal(text, expected);
	free(text);
}

static void
assert_mentions(const char *path, const char *expected)
{
	char *text = findings(path);

	if (strstr(text, expected) == NULL)
		fail_msg("'%s' is not in:\n%s", expected, text);
	free(text);
}

static struct conf *
parse(const char *path)
{
	struct conf *conf = NULL;
	struct diag *diag;

	diag = diag_new();
	assert_non_null(diag);
	(void)conf_parse(path, diag, &conf);
	if (diag_size(diag) > 0)
		diag_print(diag, stderr);
	diag_free(diag);
	assert_non_null(conf);
	return conf;
}

static void
test_files_are_included_in_place_and_in_order(void **state)
{
	static const char *const names[] = { "a", "b", "c", "a", "b" };
	struct conf *conf;
	size_t i;

	(void)state;
	assert_int_equal(mkdir("till.d", 0700), 0);
	write_file("till.d/20-c.conf", "auth optional c\n");
	write_file("till.d/10-b.conf", "auth optional b\n");
	write_file("till.d/.hidden.conf", "nonsense\n");
	write_file("till.d/README", "nonsense\n");
	write_file("rest.conf", "auth optional a\ninclude \"last.conf\"\n");
	write_file("last.conf", "auth optional b");
	write_file("till.conf",
	    HEAD AUTH "include \"till.d/*.conf\"\n"
		      "include \"rest.conf\"\n" SETTLE);
	conf = parse("till.conf");
	assert_int_equal(conf->auth.len, 5);
	for (i = 0; i < conf->auth.len; i++) {
		assert_string_equal(conf->auth.rules[i].instance->name,
		    names[i]);
		assert_int_equal(conf->auth.rules[i].number, i);
	}
	assert_string_equal(conf->auth.rules[1].place.file, "till.d/10-b.conf");
	conf_free(conf);
}

static void
test_names_are_relative_to_the_including_file(void **state)
{
	char path[5000];
	struct conf *conf;

	(void)state;
	assert_int_equal(mkdir("od[d]*", 0700), 0);
	assert_int_equal(mkdir("od[d]*/sub", 0700), 0);
	write_file("od[d]*/till.conf", "include \"sub/*.conf\"\n" SETTLE);
	write_file("od[d]*/sub/a.conf", "include \"b.inc\"\n" AUTH);
	write_file("od[d]*/sub/b.inc", "module a auth_a\n");
	conf = parse("od[d]*/till.conf");
	assert_string_equal(conf->instances[0].place.file, "od[d]*/sub/b.inc");
	conf_free(conf);
	/* A name that begins with a slash is taken as it is. */
	(void)snprintf(path, sizeof(path),
	    "include \"%s/abs.conf\"\n" AUTH SETTLE, folder);
	write_file("abs.conf", "module a auth_a\n");
	write_file("till.conf", path);
	conf = parse("till.conf");
	conf_free(conf);
}

static void
test_a_pattern_may_match_nothing_but_a_name_may_not(void **state)
{
	(void)state;
	write_file("till.conf",
	    "module a auth_a\n" AUTH "include \"none.d/*.conf\"\n"
	    "include \"none*.conf\"\n" SETTLE);
	assert_finds("till.conf", "");
	write_file("till.conf",
	    HEAD AUTH "include \"none.conf\"\nset timzone UTC\n");
	assert_finds("till.conf",
	    "till.conf:5:9: error: there is no file 'none.conf'\n"
	    "include \"none.conf\"\n"
	    "        ^~~~~~~~~~~\n"
	    "till.conf:6:5: error: unknown key 'timzone'\n"
	    "set timzone UTC\n"
	    "    ^~~~~~~\n"
	    "  did you mean 'timezone'?\n"
	    "till.conf: warning: 1 line could not be read: what it does "
	    "together with the others was not checked\n");
}

static void
test_mistakes_of_all_files_are_told(void **state)
{
	(void)state;
	write_file("one.conf", "\nauth requird a\n");
	write_file("two.conf", "auth required x\n");
	write_file("till.conf",
	    "module a auth_a\ninclude \"one.conf\"\n"
	    "include \"two.conf\"\nsettle route a when amount > 3\n" SETTLE);
	assert_finds("till.conf",
	    "till.conf:4:30: error: an amount needs its currency, e.g. "
	    "'30.00 EUR'\n"
	    "settle route a when amount > 3\n"
	    "                             ^\n"
	    "till.conf: warning: 2 lines could not be read: what they do "
	    "together with the others was not checked\n"
	    "one.conf:2:6: error: unknown control for auth 'requird'\n"
	    "auth requird a\n"
	    "     ^~~~~~~\n"
	    "  did you mean 'required'? one of: required, requisite, "
	    "sufficient, veto, optional\n"
	    "two.conf:1:15: error: unknown module instance 'x'\n"
	    "auth required x\n"
	    "              ^\n"
	    "  one of: a\n");
}

static void
test_an_include_loop_is_told_where_it_closes(void **state)
{
	(void)state;
	write_file("till.conf",
	    "module a auth_a\n" AUTH "include \"one.conf\"\n" SETTLE);
	write_file("one.conf", "include \"two.conf\"\n");
	write_file("two.conf", "\n include \"till.conf\"\n");
	assert_finds("till.conf",
	    "two.conf:2:10: error: include loop: 'till.conf' is being read "
	    "already\n"
	    " include \"till.conf\"\n"
	    "         ^~~~~~~~~~~\n");
	/* Under another name it is the same file. */
	assert_int_equal(link("two.conf", "three.conf"), 0);
	write_file("one.conf", "include \"three.conf\"\n");
	write_file("two.conf", "include \"two.conf\"\n");
	assert_mentions("till.conf",
	    "three.conf:1:9: error: include loop: 'two.conf' is being read");
}

static void
test_a_file_is_read_once(void **state)
{
	(void)state;
	write_file("one.conf", "module a auth_a\n");
	write_file("till.conf",
	    "include \"one.conf\"\ninclude \"o*.conf\"\n" AUTH SETTLE);
	assert_finds("till.conf",
	    "till.conf:2:9: error: 'one.conf' was included at till.conf:1 "
	    "already\n"
	    "include \"o*.conf\"\n"
	    "        ^~~~~~~~~\n");
}

static void
test_bounds_of_files(void **state)
{
	char name[32], text[64];
	char *large;
	int i;

	(void)state;
	write_file("till.conf", HEAD AUTH "include \"0.conf\"\n" SETTLE);
	for (i = 0; i <= CONF_DEPTH_MAX; i++) {
		(void)snprintf(name, sizeof(name), "%d.conf", i);
		(void)snprintf(text, sizeof(text), "include \"%d.conf\"\n",
		    i + 1);
		write_file(name, text);
	}
	assert_mentions("till.conf",
	    "7.conf:1:9: error: more than 8 includes within each other\n");

	write_file("till.conf", HEAD AUTH "include \"many/*\"\n" SETTLE);
	assert_int_equal(mkdir("many", 0700), 0);
	for (i = 0; i < CONF_FILES_MAX; i++) {
		(void)snprintf(name, sizeof(name), "many/%02d.conf", i);
		write_file(name, "\n");
	}
	assert_mentions("till.conf",
	    "till.conf:5:9: error: more than 64 files");

	large = malloc(CONF_FILE_MAX + 2);
	assert_non_null(large);
	memset(large, '\n', CONF_FILE_MAX + 1);
	large[CONF_FILE_MAX + 1] = '\0';
	write_file("till.conf", large);
	assert_finds("till.conf",
	    "till.conf: error: this file is larger than 1048576 octets\n");
	memcpy(large, HEAD AUTH SETTLE, strlen(HEAD AUTH SETTLE));
	large[CONF_FILE_MAX] = '\0';
	write_file("till.conf", large);
	assert_mentions("till.conf", "warning: no rule uses module 'b'");
	free(large);
}

/* Something is repeated, each time with a number behind it, until it is
 * too often. */
static const struct {
	const char *before, *piece, *behind, *after;
	int times;
	const char *finding;
} bounds[] = {
	{ HEAD, "policy veto a # ", "\n", AUTH SETTLE, CONF_RULES_MAX + 1,
	    ":68:1: error: more than 64 policy rules\n" },
	{ "", "module x", " auth_a\n", AUTH SETTLE, CONF_INSTANCES_MAX + 1,
	    ":65:8: error: more than 64 modules\n" },
	{ HEAD, "list x", " press-1\n", AUTH SETTLE, CONF_LISTS_MAX + 1,
	    ":68:6: error: more than 64 lists\n" },
	{ HEAD "list x", " \\\nm", "", "\n" AUTH SETTLE, CONF_LIST_MAX + 1,
	    ":4101:1: error: more than 4096 members\n" },
	{ "module a auth_a", " \\\ns=", "", "\n" AUTH SETTLE,
	    CONF_SETTINGS_MAX + 1, ":66:1: error: more than 64 settings\n" },
	{ HEAD "auth required a when auth.level > 1", " and auth.level > ", "",
	    "\n" SETTLE, CONF_GUARD_MAX / 2,
	    ": error: this guard has more than 64 parts\n" },
	{ HEAD "auth required a when (((((((((((((((((((((((((((((((((((((((((",
	    "(((((((((((((((((((((((((((((((((((((((((auth.level > ", ")",
	    "\n" SETTLE, 1, ": error: this guard is nested too deeply" },
};

static void
test_bounds_of_what_is_in_files(void **state)
{
	size_t i;
	FILE *file;
	int n;

	(void)state;
	for (i = 0; i < sizeof(bounds) / sizeof(bounds[0]); i++) {
		write_file("till.conf", bounds[i].before);
		file = fopen("till.conf", "ae");
		assert_non_null(file);
		for (n = 0; n < bounds[i].times; n++)
			(void)fprintf(file, "%s%d%s", bounds[i].piece, n,
			    bounds[i].behind);
		(void)fputs(bounds[i].after, file);
		assert_int_equal(fclose(file), 0);
		assert_mentions("till.conf", bounds[i].finding);
	}
}

static void
test_files_that_others_may_write_are_refused(void **state)
{
	(void)state;
	write_file("till.conf", "module a auth_a\ninclude \"one.conf\"\n" AUTH);
	write_file("one.conf", "settle refuse no\n");
	assert_int_equal(chmod("one.conf", 0660), 0);
	/* What is wrong inside is told as well. */
	assert_finds("till.conf",
	    "till.conf:2:9: error: one.conf may be written by others "
	    "(mode 0660)\n"
	    "include \"one.conf\"\n"
	    "        ^~~~~~~~~~\n"
	    "till.conf: warning: 1 line could not be read: what it does "
	    "together with the others was not checked\n"
	    "one.conf:1:15: error: expected the reason in quotes, found 'no'\n"
	    "settle refuse no\n"
	    "              ^~\n");
	write_file("one.conf", SETTLE);
	assert_finds("till.conf", "");
	assert_int_equal(chmod("till.conf", 0602), 0);
	assert_mentions("till.conf",
	    "till.conf: error: till.conf may be written by others");
	assert_int_equal(chmod("till.conf", 0600), 0);
	assert_int_equal(chmod(".", 0777), 0);
	assert_mentions("till.conf", "may be written by others");
}

static void
test_what_is_no_file_is_refused(void **state)
{
	(void)state;
	assert_finds("none.conf",
	    "none.conf: error: cannot open 'none.conf': No such file or "
	    "directory\n");
	assert_mentions(".", ".: error: '.' is not a regular file\n");
	assert_int_equal(mkfifo("pipe", 0600), 0);
	assert_mentions("pipe", "pipe: error: 'pipe' is not a regular file\n");
}

static int
remove_one(const char *path, const struct stat *st, int kind, struct FTW *ftw)
{
	(void)st;
	(void)kind;
	(void)ftw;
	return remove(path);
}

static int
enter_folder(void **state)
{
	const char *tmp = getenv("TMPDIR");

	(void)state;
	if (getcwd(start, sizeof(start)) == NULL)
		return -1;
	(void)snprintf(folder, sizeof(folder), "%s/conf.XXXXXX",
	    tmp == NULL ? "/tmp" : tmp);
	return mkdtemp(folder) == NULL ? -1 : chdir(folder);
}

static int
leave_folder(void **state)
{
	(void)state;
	if (chdir(start) == -1)
		return -1;
	return nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

#define IN_FOLDER(test)                                                        \
	cmocka_unit_test_setup_teardown(test, enter_folder, leave_folder)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		IN_FOLDER(test_files_are_included_in_place_and_in_order),
		IN_FOLDER(test_names_are_relative_to_the_including_file),
		IN_FOLDER(test_a_pattern_may_match_nothing_but_a_name_may_not),
		IN_FOLDER(test_mistakes_of_all_files_are_told),
		IN_FOLDER(test_an_include_loop_is_told_where_it_closes),
		IN_FOLDER(test_a_file_is_read_once),
		IN_FOLDER(test_bounds_of_files),
		IN_FOLDER(test_bounds_of_what_is_in_files),
		IN_FOLDER(test_files_that_others_may_write_are_refused),
		IN_FOLDER(test_what_is_no_file_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
