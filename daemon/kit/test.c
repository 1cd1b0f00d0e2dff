/*
 * test.c - run the scripts and the conformance suite of a module, and say
 * what came of it.
 */
#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include <jansson.h>

#include "ctl/local.h"
#include "kit/child.h"
#include "kit/kit.h"
#include "kit/run.h"
#include "kit/suite.h"
#include "kit/words.h"

#define SCRIPTS_MAX 256
#define SUFFIX ".test"

struct test {
	const struct kit_test *asked;
	struct kit_target target;
	char *paths[SCRIPTS_MAX]; /* owned */
	size_t paths_len;
	struct script *suite; /* the one that begins with suite, or NULL */
	struct diag *diag; /* of all scripts */
	json_t *checks, *scripts;
	unsigned int passed, failed, skipped;
	bool unread; /* a script has mistakes: it may be the suite's */
};

static int paths_find(struct test *, struct till_error *);
static int path_add(struct test *, const char *, struct till_error *);
static int folder_add(struct test *, const char *, struct till_error *);
static int by_name(const void *, const void *);
static int script_run(struct test *, const char *path);
static int skips_check(struct test *, const struct script *);
static void script_told(struct test *, const char *path, int lines, size_t bad);
static void check_told(void *, const struct kit_check *, enum kit_verdict,
    const char *);
static void print_head(const struct test *);
static int finish(struct test *, int status);
static const char *nothing_why(const struct test *);
static json_t *whole(struct test *);
static json_t *diag_json(const struct diag *);
static void test_free(struct test *);

int
kit_test(const struct kit_test *asked)
{
	struct test test = { .asked = asked };
	struct till_error err;
	int status = EX_OK;
	size_t i;

	if (asked->only != NULL && kit_check_find(asked->only) == NULL) {
		(void)fprintf(stderr,
		    "tillctl: there is no check '%s'; --list shows them\n",
		    asked->only);
		return EX_USAGE;
	}
	test.diag = diag_new();
	test.checks = json_array();
	test.scripts = json_array();
	if (test.diag == NULL || paths_find(&test, &err) == -1) {
		(void)fprintf(stderr, "tillctl: %s\n",
		    test.diag != NULL ? err.text : "out of memory");
		test_free(&test);
		return EX_NOINPUT;
	}
	if (kit_target_open(asked->path, &test.target, &err) == -1) {
		(void)fprintf(stderr, "tillctl: %s\n", err.text);
		test_free(&test);
		return KIT_EXIT_FAILED;
	}
	test.target.timeout_ms = asked->timeout_ms;
	kit_child_adopt();
	print_head(&test);
	for (i = 0; i < test.paths_len && status == EX_OK; i++)
		status = script_run(&test, test.paths[i]);
	if (status == EX_OK && !asked->no_suite && !test.unread &&
	    kit_suite(&test.target, test.suite, asked->only, check_told, &test,
		&err) == -1) {
		(void)fprintf(stderr, "tillctl: %s\n", err.text);
		status = EX_OSERR;
	}
	kit_target_close(&test.target);
	return finish(&test, status);
}

int
kit_list(const char *path, bool json)
{
	struct kit_target target = { .note = { .facilities = UINT32_MAX } };
	json_t *list = json_array();
	const struct kit_check *check;
	struct till_error err;
	size_t i;

	if (path != NULL && kit_target_note(path, &target, &err) == -1) {
		(void)fprintf(stderr, "tillctl: %s\n", err.text);
		json_decref(list);
		return KIT_EXIT_FAILED;
	}
	for (i = 0; kit_checks[i] != NULL; i++) {
		for (check = kit_checks[i]; check->name != NULL; check++) {
			if (check->facility != 0 &&
			    (check->facility & target.note.facilities) == 0)
				continue;
			if (!json)
				(void)printf("%-22s %s\n", check->name,
				    check->rule);
			(void)json_array_append_new(list,
			    json_pack("{s:s, s:s}", "name", check->name, "rule",
				check->rule));
		}
	}
	check = kit_check_find("quiet");
	if (!json)
		(void)printf("%-22s %s\n", check->name, check->rule);
	(void)json_array_append_new(list,
	    json_pack("{s:s, s:s}", "name", check->name, "rule", check->rule));
	if (json && json_dumpf(list, stdout, JSON_INDENT(2)) == 0)
		(void)putchar('\n');
	json_decref(list);
	return EX_OK;
}

/* The scripts that are named, and those of folders; sorted by name. */
static int
paths_find(struct test *test, struct till_error *err)
{
	const struct kit_test *asked = test->asked;
	struct stat st;
	size_t i;
	int r = 0;

	for (i = 0; i < asked->scripts_len && r == 0; i++) {
		if (stat(asked->scripts[i], &st) == -1)
			return till_fail(err, "%s: %s", asked->scripts[i],
			    strerror(errno));
		r = S_ISDIR(st.st_mode)
		    ? folder_add(test, asked->scripts[i], err)
		    : path_add(test, asked->scripts[i], err);
	}
	return r;
}

static int
path_add(struct test *test, const char *path, struct till_error *err)
{
	if (test->paths_len == SCRIPTS_MAX)
		return till_fail(err, "there are more than %d scripts",
		    SCRIPTS_MAX);
	test->paths[test->paths_len] = strdup(path);
	if (test->paths[test->paths_len] == NULL)
		return till_fail(err, "out of memory");
	/* test_free frees them all, which the analyzer does not see. */
	test->paths_len++; /* NOLINT(clang-analyzer-unix.Malloc) */
	return 0;
}

static int
folder_add(struct test *test, const char *folder, struct till_error *err)
{
	const size_t first = test->paths_len;
	char path[PATH_MAX];
	struct dirent *entry;
	DIR *dir = opendir(folder);
	size_t len;
	int r = 0;

	if (dir == NULL)
		return till_fail(err, "%s: %s", folder, strerror(errno));
	while (r == 0 && (entry = readdir(dir)) != NULL) {
		len = strlen(entry->d_name);
		if (entry->d_name[0] == '.' || len <= sizeof(SUFFIX) - 1 ||
		    strcmp(entry->d_name + len - (sizeof(SUFFIX) - 1),
			SUFFIX) != 0)
			continue;
		if ((size_t)snprintf(path, sizeof(path), "%s/%s", folder,
			entry->d_name) < sizeof(path))
			r = path_add(test, path, err);
	}
	(void)closedir(dir);
	if (r == 0 && test->paths_len == first)
		return till_fail(err, "%s has no scripts (*%s)", folder,
		    SUFFIX);
	qsort(test->paths + first, test->paths_len - first,
	    sizeof(test->paths[0]), by_name);
	return r;
}

static int
by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* One that is for the suite is kept for it. */
static int
script_run(struct test *test, const char *path)
{
	const size_t before = diag_errors(test->diag);
	struct script *script = script_read(path, test->diag);
	struct diag_place place = { .file = path };
	int lines = 0;

	test->unread = test->unread || script == NULL;
	if (script != NULL && script->is_suite) {
		place.file = script->file;
		if (test->suite != NULL)
			diag_error(test->diag, &place,
			    "%s is for the suite already: there can be one",
			    test->suite->file);
		else if (skips_check(test, script) == 0) {
			test->suite = script;
			return EX_OK;
		}
		test->unread = true;
	} else if (script != NULL && !test->asked->no_scripts &&
	    test->asked->only == NULL) {
		lines = kit_run(&test->target, script, test->diag);
	} else if (script != NULL) {
		if (test->asked->only != NULL && !test->asked->no_scripts &&
		    !test->asked->json)
			(void)printf("skip  %s: with --only no script runs\n",
			    path);
		script_free(script);
		return EX_OK;
	}
	script_told(test, path, lines, diag_errors(test->diag) - before);
	script_free(script);
	return lines == -1 ? EX_OSERR : EX_OK;
}

/* What it wants to skip must be there. */
static int
skips_check(struct test *test, const struct script *script)
{
	const size_t before = diag_errors(test->diag);
	size_t i;

	for (i = 0; i < script->len; i++)
		if (script->steps[i].verb == SCRIPT_SKIP &&
		    kit_check_find(script->steps[i].word) == NULL)
			diag_error(test->diag, &script->steps[i].place,
			    "there is no check '%s'; --list shows them",
			    script->steps[i].word);
	return diag_errors(test->diag) == before ? 0 : -1;
}

static void
script_told(struct test *test, const char *path, int lines, size_t bad)
{
	if (bad > 0)
		test->failed++;
	else
		test->passed++;
	if (!test->asked->json)
		(void)printf("%-5s %s: %d lines\n", bad > 0 ? "FAIL" : "ok",
		    path, lines);
	(void)fflush(stdout);
	(void)json_array_append_new(test->scripts,
	    json_pack("{s:s, s:s, s:i}", "file", path, "verdict",
		bad > 0 ? "fail" : "pass", "lines", lines));
}

static void
check_told(void *arg, const struct kit_check *check, enum kit_verdict verdict,
    const char *text)
{
	static const char *const words[] = { "", "pass", "fail", "skip" };
	static const char *const shown[] = { "", "ok", "FAIL", "skip" };
	struct test *test = arg;

	/* Another facility's is nobody's concern. */
	if (verdict == KIT_SKIP && text[0] == '\0')
		return;
	test->passed += verdict == KIT_PASS;
	test->failed += verdict == KIT_FAIL;
	test->skipped += verdict == KIT_SKIP;
	if (!test->asked->json)
		(void)printf("%-5s %s%s%s\n", shown[verdict], check->name,
		    text[0] != '\0' ? ": " : "", text);
	if (!test->asked->json && verdict == KIT_FAIL)
		(void)printf("      %s\n", check->rule);
	(void)fflush(stdout);
	(void)json_array_append_new(test->checks,
	    json_pack("{s:s, s:s, s:s, s:s}", "name", check->name, "verdict",
		words[verdict], "text", text, "rule", check->rule));
}

static void
print_head(const struct test *test)
{
	const struct till_note *note = &test->target.note;
	size_t i;

	if (test->asked->json)
		return;
	(void)printf("%s %s, ABI %u.%u:", note->name, note->version,
	    note->abi_major, note->abi_minor);
	for (i = 0; kit_facilities[i].name != NULL; i++)
		if ((note->facilities & kit_facilities[i].bit) != 0)
			(void)printf(" %s", kit_facilities[i].name);
	(void)putchar('\n');
	(void)fflush(stdout);
}

static int
finish(struct test *test, int status)
{
	json_t *object;

	if (test->asked->json) {
		object = whole(test);
		if (json_dumpf(object, stdout, JSON_INDENT(2)) == 0)
			(void)putchar('\n');
		json_decref(object);
	} else {
		diag_print(test->diag, stdout);
		(void)printf("%u passed, %u failed, %u skipped\n", test->passed,
		    test->failed, test->skipped);
		if (test->unread && !test->asked->no_suite)
			(void)puts("the conformance suite waits until the "
				   "scripts can be read");
	}
	if (status == EX_OK && test->failed > 0)
		status = KIT_EXIT_FAILED;
	/* What has not been looked at has not passed. */
	if (status == EX_OK &&
	    test->passed + test->failed + test->skipped == 0) {
		(void)fprintf(stderr, "tillctl: nothing was run: %s\n",
		    nothing_why(test));
		status = EX_USAGE;
	}
	test_free(test);
	return local_output(status);
}

static const char *
nothing_why(const struct test *test)
{
	if (test->asked->no_suite && test->asked->only != NULL)
		return "--only is for the suite, and --no-suite leaves it out";
	if (test->asked->no_suite)
		return "--no-suite leaves out the suite, and there is no "
		       "script to run";
	if (test->asked->only != NULL)
		return "the check of --only is not for this module's "
		       "facilities, or needs the whole suite";
	return "no check is for this module";
}

static json_t *
whole(struct test *test)
{
	const struct till_note *note = &test->target.note;

	return json_pack("{s:s, s:s, s:O, s:O, s:o, s:i, s:i, s:i}", "name",
	    note->name, "version", note->version, "checks", test->checks,
	    "scripts", test->scripts, "findings", diag_json(test->diag),
	    "passed", test->passed, "failed", test->failed, "skipped",
	    test->skipped);
}

static json_t *
diag_json(const struct diag *diag)
{
	const struct diag_finding *finding;
	json_t *list = json_array();
	size_t i;

	for (i = 0; i < diag_size(diag); i++) {
		finding = diag_at(diag, i);
		(void)json_array_append_new(list,
		    json_pack("{s:s, s:i, s:i, s:s, s:s, s:s}", "file",
			finding->place.file, "line", finding->place.line, "col",
			finding->place.col, "level",
			finding->level == DIAG_ERROR ? "error" : "warning",
			"text", finding->text, "note", finding->note));
	}
	return list;
}

static void
test_free(struct test *test)
{
	while (test->paths_len > 0)
		free(test->paths[--test->paths_len]);
	script_free(test->suite);
	diag_free(test->diag);
	json_decref(test->checks);
	json_decref(test->scripts);
}
