/*
 * names.c - which modules there are, for "did you mean".
 */
#include <dirent.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "module/loader.h"
#include "module/names.h"

/* Names, each followed by a blank or the end; see Makefile.in. */
#ifndef TILL_OWN_MODULES
#define TILL_OWN_MODULES ""
#endif

static size_t names_in(const char *, const char **, size_t);
static int by_name(const void *, const void *);

bool
name_is_module(const char *name)
{
	size_t len = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_");

	return len > 0 && len < TILL_MODULE_NAME_MAX && name[len] == '\0';
}

bool
module_is_own(const char *name)
{
	const size_t len = strlen(name);
	const char *at = TILL_OWN_MODULES;
	size_t word;

	for (; *at != '\0'; at += word + (at[word] == ' ')) {
		word = strcspn(at, " ");
		if (word == len && memcmp(at, name, len) == 0)
			return true;
	}
	return false;
}

bool
names_are_all_in(const char *path, size_t len)
{
	const char *at = TILL_OWN_MODULES;
	char file[PATH_MAX];
	size_t word;
	int n;

	for (; *at != '\0'; at += word + (at[word] == ' ')) {
		word = strcspn(at, " ");
		n = snprintf(file, sizeof(file), "%.*s/%.*s.so", (int)len, path,
		    (int)word, at);
		if (n < 0 || (size_t)n >= sizeof(file) ||
		    access(file, F_OK) == -1)
			return false;
	}
	return true;
}

const char **
names_in_dirs(char *const *dirs, size_t len)
{
	const char **names;
	size_t i, n = 0, kept = 0;

	names = calloc(LOADER_NAMES_MAX + 1, sizeof(*names));
	if (names == NULL)
		return NULL;
	for (i = 0; i < len; i++)
		n = names_in(dirs[i], names, n);
	qsort(names, n, sizeof(*names), by_name);
	for (i = 0; i < n; i++) {
		if (kept > 0 && strcmp(names[kept - 1], names[i]) == 0)
			free((void *)(uintptr_t)names[i]);
		else
			names[kept++] = names[i];
	}
	names[kept] = NULL;
	return names;
}

void
loader_names_free(const char **names)
{
	size_t i;

	if (names == NULL)
		return;
	for (i = 0; names[i] != NULL; i++)
		free((void *)(uintptr_t)names[i]);
	free(names);
}

/* Add the names in one folder behind the n that there are. */
static size_t
names_in(const char *path, const char **names, size_t n)
{
	const struct dirent *entry;
	size_t len;
	char *name;
	DIR *dir;

	dir = opendir(path);
	if (dir == NULL)
		return n;
	while (n < LOADER_NAMES_MAX) {
		entry = readdir(dir);
		if (entry == NULL)
			break;
		len = strlen(entry->d_name);
		if (len < 4 || strcmp(entry->d_name + len - 3, ".so") != 0)
			continue;
		name = strndup(entry->d_name, len - 3);
		if (name == NULL)
			break;
		if (name_is_module(name))
			names[n++] = name;
		else
			free(name);
	}
	(void)closedir(dir);
	return n;
}

static int
by_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}
