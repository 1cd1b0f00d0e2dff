/*
 * scratch.c - a folder of a test's own.
 */
#include <sys/stat.h>

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "support/scratch.h"

#define PATHS 8
#define PATIENCE_S 20
#define FILE_MAX 65536

static char folder[SCRATCH_PATH_MAX / 2];

static bool
is_gone(pid_t pid)
{
	char path[64], status[2048];
	size_t n;
	FILE *file;

	(void)snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	file = fopen(path, "r");
	if (file == NULL)
		return true;
	n = fread(status, 1, sizeof(status) - 1, file);
	status[n] = '\0';
	(void)fclose(file);
	/* Who is not waited for yet is gone as well. */
	return strstr(status, "State:\tZ") != NULL ||
	    strstr(status, "State:\tX") != NULL;
}

int
scratch_make(void **state)
{
	const char *tmp = getenv("TMPDIR");
	char *real;

	(void)state;
	/* Paths with symbolic links are refused by what is tested. */
	real = realpath(tmp != NULL ? tmp : "/tmp", NULL);
	assert_non_null(real);
	(void)snprintf(folder, sizeof(folder), "%s/scratch.XXXXXX", real);
	free(real);
	assert_non_null(mkdtemp(folder));
	return 0;
}

int
scratch_remove(void **state)
{
	const struct dirent *entry;
	DIR *dir;

	(void)state;
	dir = opendir(folder);
	if (dir == NULL)
		return -1;
	while ((entry = readdir(dir)) != NULL) {
		if (entry->d_name[0] != '.')
			(void)unlink(scratch_path(entry->d_name));
	}
	(void)closedir(dir);
	return rmdir(folder);
}

const char *
scratch_folder(void)
{
	return folder;
}

const char *
scratch_path(const char *name)
{
	static char paths[PATHS][SCRATCH_PATH_MAX];
	static unsigned int next;
	char *path = paths[next++ % PATHS];

	(void)snprintf(path, SCRATCH_PATH_MAX, "%s/%s", folder, name);
	return path;
}

void
scratch_write(const char *name, mode_t mode, const char *text)
{
	const char *path = scratch_path(name);
	FILE *file;

	(void)unlink(path);
	file = fopen(path, "w");
	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(chmod(path, mode), 0);
}

void
scratch_program(const char *name, const char *lines)
{
	char text[4096];

	assert_true((size_t)snprintf(text, sizeof(text), "#!/bin/sh\n%s\n",
			lines) < sizeof(text));
	scratch_write(name, 0755, text);
}

void
scratch_copy(const char *name, const char *from)
{
	const char *src = getenv("TILL_SRC");
	char path[SCRATCH_PATH_MAX], *text;
	size_t n;
	FILE *file;

	(void)snprintf(path, sizeof(path), "%s/%s", src != NULL ? src : ".",
	    from);
	file = fopen(path, "r");
	if (file == NULL)
		fail_msg("%s: set TILL_SRC", path);
	text = malloc(FILE_MAX);
	assert_non_null(text);
	n = fread(text, 1, FILE_MAX - 1, file);
	text[n] = '\0';
	assert_int_equal(fclose(file), 0);
	scratch_write(name, 0755, text);
	free(text);
}

const char *
scratch_read(const char *name, char *buf, size_t size)
{
	size_t n = 0;
	FILE *file;

	file = fopen(scratch_path(name), "r");
	if (file != NULL) {
		n = fread(buf, 1, size - 1, file);
		(void)fclose(file);
	}
	buf[n] = '\0';
	return buf;
}

unsigned int
scratch_lines(const char *name)
{
	char text[FILE_MAX / 4];
	unsigned int n = 0;
	const char *at;

	for (at = scratch_read(name, text, sizeof(text)); *at != '\0'; at++)
		n += *at == '\n';
	return n;
}

bool
scratch_is_gone(pid_t pid)
{
	const struct timespec pause = { 0, 10000000 };
	const time_t end = time(NULL) + PATIENCE_S;

	while (!is_gone(pid)) {
		if (time(NULL) >= end)
			return false;
		(void)nanosleep(&pause, NULL);
	}
	return true;
}
