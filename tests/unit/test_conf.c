/*
 * test_conf.c - what till.conf may say, and what is said of its mistakes.
 *
 * usage: test_conf [FILE.in ...]	all of tests/conf without arguments
 *
 * Beside x.in lies x.ok, the canonical form that it comes to but for what
 * is built in, or x.err, all that is found wrong in it.  A line with a mistake
 * is marked in a comment by "# ERROR" or "# WARNING"; "# ERROR -1" marks the
 * line above, for lines that cannot have a comment, and "# ERROR FILE" stands
 * for a mistake that no line has.  Marks and findings must be the same.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <glob.h>

#include <cmocka.h>

#include "config/conf.h"

#define LINES_MAX 512
#define MISTAKES_MIN 60 /* marked lines in all files together */

struct text {
	char *data;
	size_t len;
};

/* How many findings of a kind a line has; line 0 is the file. */
struct marks {
	unsigned int errors[LINES_MAX + 1], warnings[LINES_MAX + 1];
};

static glob_t inputs;

static struct text
read_text(const char *path)
{
	const size_t size = CONF_FILE_MAX;
	struct text text;
	FILE *file;

	file = fopen(path, "re");
	if (file == NULL)
		fail_msg("cannot open %s", path);
	text.data = malloc(size);
	assert_non_null(text.data);
	text.len = fread(text.data, 1, size - 1, file);
	text.data[text.len] = '\0';
	(void)fclose(file);
	return text;
}

static const char *
name_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash == NULL ? path : slash + 1;
}

/* x.in beside which there is x.EXTENSION; NULL if there is none. */
static char *
beside(const char *path, const char *extension)
{
	const size_t len = strlen(path) - strlen("in");
	char *name;
	FILE *file;

	name = malloc(len + strlen(extension) + 1);
	assert_non_null(name);
	memcpy(name, path, len);
	memcpy(name + len, extension, strlen(extension) + 1);
	file = fopen(name, "re");
	if (file == NULL) {
		free(name);
		return NULL;
	}
	(void)fclose(file);
	return name;
}

static void
mark(unsigned int *counts, unsigned int line, const char *behind)
{
	long at = (long)line;

	if (strncmp(behind, " FILE", 5) == 0)
		at = 0;
	else
		at += strtol(behind, NULL, 10);
	assert_in_range(at, 0, LINES_MAX);
	counts[at]++;
}

static void
read_marks(const char *text, struct marks *marks)
{
	const char *at;
	unsigned int line = 0;

	memset(marks, 0, sizeof(*marks));
	while (text != NULL && *text != '\0') {
		line++;
		assert_in_range(line, 1, LINES_MAX);
		for (at = text; *at != '\n' && *at != '\0'; at++) {
			if (strncmp(at, "# ERROR", 7) == 0)
				mark(marks->errors, line, at + 7);
			if (strncmp(at, "# WARNING", 9) == 0)
				mark(marks->warnings, line, at + 9);
		}
		text = *at == '\0' ? NULL : at + 1;
	}
}

/* A line may have several mistakes, and several marks or one for all. */
static void
assert_marked(const char *path, const char *text, const struct diag *diag)
{
	const struct diag_finding *finding;
	struct marks marks, found = { 0 };
	unsigned int line;
	size_t i;

	read_marks(text, &marks);
	for (i = 0; i < diag_size(diag); i++) {
		finding = diag_at(diag, i);
		assert_in_range(finding->place.line, 0, LINES_MAX);
		if (finding->level == DIAG_ERROR)
			found.errors[finding->place.line]++;
		else
			found.warnings[finding->place.line]++;
	}
	for (line = 0; line <= LINES_MAX; line++) {
		if ((marks.errors[line] > 0) != (found.errors[line] > 0))
			fail_msg("%s:%u: %u errors marked, %u found", path,
			    line, marks.errors[line], found.errors[line]);
		if ((marks.warnings[line] > 0) != (found.warnings[line] > 0))
			fail_msg("%s:%u: %u warnings marked, %u found", path,
			    line, marks.warnings[line], found.warnings[line]);
	}
}

static struct text
printed(const struct diag *diag, const struct conf *conf)
{
	struct text text;
	FILE *file;

	file = open_memstream(&text.data, &text.len);
	assert_non_null(file);
	if (conf != NULL)
		conf_dump(conf, file);
	else
		diag_print(diag, file);
	assert_int_equal(fclose(file), 0);
	return text;
}

/* Leave out the lines of which the file said nothing. */
static void
cut_built_in(char *text)
{
	char *out = text, *end;
	size_t len;

	while (*text != '\0') {
		end = strchr(text, '\n');
		assert_non_null(end);
		len = (size_t)(end + 1 - text);
		*end = '\0';
		if (strstr(text, "  # built in") == NULL) {
			*end = '\n';
			memmove(out, text, len);
			out += len;
		}
		text += len;
	}
	*out = '\0';
}

/* Cut off the comments that say where a line came from; no string in
 * the files has two blanks and a mark. */
static void
cut_origins(char *text)
{
	char *out = text, *comment, *end;

	while (*text != '\0') {
		end = strchr(text, '\n');
		assert_non_null(end);
		*end = '\0';
		comment = strstr(text, "  # ");
		if (comment != NULL)
			*comment = '\0';
		memmove(out, text, strlen(text));
		out += strlen(text);
		*out++ = '\n';
		text = end + 1;
	}
	*out = '\0';
}

static void
assert_round_trip(const char *path, const struct text *dump)
{
	struct conf *conf = NULL;
	struct diag *diag;
	struct text again;
	char *first;

	diag = diag_new();
	assert_non_null(diag);
	if (conf_parse_text(path, dump->data, dump->len, diag, &conf) == -1)
		diag_print(diag, stderr);
	assert_non_null(conf);
	again = printed(NULL, conf);
	first = strdup(dump->data);
	assert_non_null(first);
	cut_origins(first);
	cut_origins(again.data);
	assert_string_equal(again.data, first);
	free(first);
	free(again.data);
	conf_free(conf);
	diag_free(diag);
}

static void
check_ok(const char *path, const char *expected_path, const struct conf *conf)
{
	struct text dump, expected;

	if (conf == NULL)
		fail_msg("%s has errors", path);
	dump = printed(NULL, conf);
	assert_round_trip(path, &dump);
	cut_built_in(dump.data);
	expected = read_text(expected_path);
	assert_string_equal(dump.data, expected.data);
	free(dump.data);
	free(expected.data);
}

static void
check_err(const char *path, const char *expected_path, const struct diag *diag)
{
	struct text found, expected;

	if (diag_size(diag) == 0)
		fail_msg("%s has no errors", path);
	found = printed(diag, NULL);
	expected = read_text(expected_path);
	assert_string_equal(found.data, expected.data);
	free(found.data);
	free(expected.data);
}

static void
check(const char *path)
{
	char *ok = beside(path, "ok"), *err = beside(path, "err");
	struct conf *conf = NULL;
	struct diag *diag;
	struct text text;

	if ((ok == NULL) == (err == NULL))
		fail_msg("%s needs either a .ok or a .err beside it", path);
	diag = diag_new();
	assert_non_null(diag);
	text = read_text(path);
	(void)conf_parse_text(name_of(path), text.data, text.len, diag, &conf);
	if (ok != NULL)
		check_ok(path, ok, conf);
	else
		check_err(path, err, diag);
	assert_marked(path, text.data, diag);
	conf_free(conf);
	diag_free(diag);
	free(text.data);
	free(ok);
	free(err);
}

static void
test_files_come_to_what_lies_beside_them(void **state)
{
	size_t i;

	(void)state;
	assert_true(inputs.gl_pathc > 0);
	for (i = 0; i < inputs.gl_pathc; i++)
		check(inputs.gl_pathv[i]);
}

static void
test_there_are_enough_mistakes(void **state)
{
	unsigned int total = 0, line;
	struct marks marks;
	struct text text;
	size_t i;

	(void)state;
	for (i = 0; i < inputs.gl_pathc; i++) {
		text = read_text(inputs.gl_pathv[i]);
		read_marks(text.data, &marks);
		for (line = 0; line <= LINES_MAX; line++)
			total += marks.errors[line];
		free(text.data);
	}
	print_message("%u mistakes in %zu files\n", total, inputs.gl_pathc);
	assert_true(total >= MISTAKES_MIN);
}

static const char *
source_path(const char *name)
{
	static char path[4096];
	const char *src = getenv("TILL_SRC");

	(void)snprintf(path, sizeof(path), "%s/%s", src == NULL ? "." : src,
	    name);
	return path;
}

static void
test_every_key_of_set_is_in_the_manual(void **state)
{
	char item[64];
	const char *key, *help;
	struct text manual;
	size_t i;

	(void)state;
	manual = read_text(source_path("doc/man/till.conf.5"));
	for (i = 0;; i++) {
		key = conf_set_key(i, &help);
		if (key == NULL)
			break;
		(void)snprintf(item, sizeof(item), "\n.It Ic %s ", key);
		if (strstr(manual.data, item) == NULL)
			fail_msg("the manual does not tell of '%s'", key);
		assert_true(strlen(help) > 0);
	}
	assert_true(i > 0);
	free(manual.data);
}

static void
find_inputs(void)
{
	const char *pattern = source_path("tests/conf/*.in");

	(void)glob(pattern, 0, NULL, &inputs);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest all[] = {
		cmocka_unit_test(test_files_come_to_what_lies_beside_them),
		cmocka_unit_test(test_there_are_enough_mistakes),
		cmocka_unit_test(test_every_key_of_set_is_in_the_manual),
	};
	const struct CMUnitTest some[] = {
		cmocka_unit_test(test_files_come_to_what_lies_beside_them),
	};
	int r;

	if (argc > 1) {
		inputs.gl_pathc = (size_t)argc - 1;
		inputs.gl_pathv = argv + 1;
		return cmocka_run_group_tests(some, NULL, NULL);
	}
	find_inputs();
	r = cmocka_run_group_tests(all, NULL, NULL);
	globfree(&inputs);
	return r;
}
