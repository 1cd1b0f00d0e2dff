/*
 * isolation.c - a spawner and its hosts, in a test.
 */
#include <dirent.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "host/spawner.h"
#include "support/isolation.h"

#define PATIENCE_S 20

static size_t entries(const char *);
static bool is_below(long pid, long ancestor, int steps);
static size_t each(int steps, bool);

struct hosts *
isolation_begin(void)
{
	const struct spawner_user same = { .other = false };
	struct hosts_options options = { .spawner_fd = -1 };
	char program[512];
	struct hosts *hosts = NULL;
	struct till_error err;

	(void)snprintf(program, sizeof(program), "%s/tilld", build_dir());
	if (spawner_start(program, &same, &options.spawner_fd, &err) == -1 ||
	    hosts_new(&options, &hosts, &err) == -1)
		fail_msg("%s", err.text);
	return hosts;
}

struct loader *
isolation_loader(struct hosts *hosts)
{
	return isolation_loader_late(hosts, NULL, NULL);
}

struct loader *
isolation_loader_late(struct hosts *hosts,
    int (*late)(void *, const char *, const struct till_late *), void *arg)
{
	char modules[512], tests[512];
	const struct loader_options options = {
		.dirs = { modules, tests },
		.dirs_len = 2,
		.allow_mock = true,
		.isolate = &instance_isolated,
		.isolate_arg = hosts,
		.late = late,
		.late_arg = arg,
	};
	struct loader *loader;

	(void)snprintf(modules, sizeof(modules), "%s/modules", build_dir());
	(void)snprintf(tests, sizeof(tests), "%s/tests/modules", build_dir());
	loader = loader_new(&options);
	assert_non_null(loader);
	return loader;
}

struct instance *
isolation_open(struct loader *loader, const char *module,
    const char *const *settings, int64_t timeout_ms, int64_t recycle,
    char why[DIAG_TEXT_MAX])
{
	struct instance *instance = NULL;
	struct diag *diag = diag_new();
	struct line line;

	assert_non_null(diag);
	why[0] = '\0';
	line_make(&line, "it", module, settings);
	line.conf.isolate_set = line.conf.isolate = true;
	line.conf.timeout_ms = timeout_ms;
	line.conf.recycle = recycle;
	if (instance_open(loader, &line.conf, false, &instance, diag) == -1) {
		assert_true(diag_size(diag) > 0);
		(void)snprintf(why, DIAG_TEXT_MAX, "%s",
		    diag_at(diag, 0)->text);
	} else {
		assert_int_equal(diag_size(diag), 0);
	}
	diag_free(diag);
	return instance;
}

struct instance *
isolation_must_open(struct loader *loader, const char *module,
    const char *const *settings, int64_t timeout_ms, int64_t recycle)
{
	struct instance *instance;
	char why[DIAG_TEXT_MAX];

	instance =
	    isolation_open(loader, module, settings, timeout_ms, recycle, why);
	if (instance == NULL)
		fail_msg("%s: %s", module, why);
	return instance;
}

struct host_status
isolation_status(const struct instance *instance)
{
	struct host_status status;

	assert_true(host_status(instance, &status));
	return status;
}

pid_t
isolation_pid(const struct instance *instance)
{
	const time_t end = time(NULL) + PATIENCE_S;
	pid_t pid;

	while ((pid = isolation_status(instance).pid) == 0) {
		assert_true(time(NULL) < end);
		(void)usleep(1000);
	}
	return pid;
}

size_t
isolation_processes(void)
{
	return each(2, false);
}

size_t
isolation_hosts(void)
{
	return each(2, false) - each(1, false);
}

void
isolation_kill_spawner(void)
{
	assert_int_equal(each(1, true), 1);
}

size_t
isolation_descriptors(void)
{
	return entries("/proc/self/fd");
}

/* Descendants of so many steps. */
static size_t
each(int steps, bool deadly)
{
	const long self = (long)getpid();
	DIR *dir = opendir("/proc");
	struct dirent *entry;
	size_t n = 0;
	long pid;

	assert_non_null(dir);
	for (entry = readdir(dir); entry != NULL; entry = readdir(dir)) {
		pid = strtol(entry->d_name, NULL, 10);
		if (pid <= 0 || pid == self || !is_below(pid, self, steps))
			continue;
		n++;
		if (deadly)
			(void)kill((pid_t)pid, SIGKILL);
	}
	(void)closedir(dir);
	return n;
}

static size_t
entries(const char *path)
{
	DIR *dir = opendir(path);
	size_t n = 0;

	assert_non_null(dir);
	while (readdir(dir) != NULL)
		n++;
	(void)closedir(dir);
	return n;
}

/* A host's parent is the spawner, whose is this process.  Who has ended
 * and is not waited for yet is none. */
static bool
is_below(long pid, long ancestor, int most)
{
	char path[64], line[512];
	const char *at;
	FILE *file;
	int steps;

	for (steps = 0; steps < most && pid > 1; steps++) {
		(void)snprintf(path, sizeof(path), "/proc/%ld/stat", pid);
		file = fopen(path, "re");
		if (file == NULL)
			return false;
		at = fgets(line, sizeof(line), file);
		(void)fclose(file);
		if (at == NULL)
			return false;
		/* After the name in brackets: state, then the parent. */
		at = strrchr(line, ')');
		if (at == NULL || strlen(at) < 5 ||
		    (steps == 0 && at[2] == 'Z'))
			return false;
		pid = strtol(at + 4, NULL, 10);
		if (pid == ancestor)
			return true;
	}
	return false;
}
