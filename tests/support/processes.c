/*
 * processes.c - add up /proc over a process and its descendants.
 */
#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "support/processes.h"

#define PROCESSES_MAX 4096

struct process {
	pid_t pid, parent;
	int64_t ticks, pages;
};

struct table {
	size_t len;
	struct process list[PROCESSES_MAX];
};

static struct table *read_table(void);
static int read_process(const char *, struct process *);
static int is_below(const struct table *, const struct process *, pid_t);

int64_t
processes_cpu_us(pid_t pid)
{
	struct table *table = read_table();
	int64_t ticks = 0;
	size_t i;

	for (i = 0; table != NULL && i < table->len; i++)
		if (is_below(table, &table->list[i], pid))
			ticks += table->list[i].ticks;
	free(table);
	return ticks * (1000000 / sysconf(_SC_CLK_TCK));
}

int64_t
processes_resident_kb(pid_t pid)
{
	struct table *table = read_table();
	int64_t pages = 0;
	size_t i;

	for (i = 0; table != NULL && i < table->len; i++)
		if (is_below(table, &table->list[i], pid))
			pages += table->list[i].pages;
	free(table);
	return pages * (sysconf(_SC_PAGESIZE) / 1024);
}

static struct table *
read_table(void)
{
	struct table *table = calloc(1, sizeof(*table));
	struct dirent *entry;
	DIR *dir;

	dir = opendir("/proc");
	if (dir == NULL || table == NULL) {
		free(table);
		return NULL;
	}
	while (table->len < PROCESSES_MAX) {
		entry = readdir(dir);
		if (entry == NULL)
			break;
		if (strspn(entry->d_name, "0123456789") ==
			strlen(entry->d_name) &&
		    read_process(entry->d_name, &table->list[table->len]) == 0)
			table->len++;
	}
	(void)closedir(dir);
	return table;
}

/* Fields 4, 14, 15 and 24 of stat, behind the name in parentheses, see
 * proc(5). */
static int
read_process(const char *name, struct process *p)
{
	char path[64], line[1024], *rest;
	int64_t user, kernel;
	FILE *file;
	int n;

	(void)snprintf(path, sizeof(path), "/proc/%.16s/stat", name);
	file = fopen(path, "re");
	if (file == NULL)
		return -1;
	rest =
	    fgets(line, sizeof(line), file) == NULL ? NULL : strrchr(line, ')');
	(void)fclose(file);
	if (rest == NULL)
		return -1;
	n = sscanf(rest + 1,
	    " %*c %d %*d %*d %*d %*d %*u %*u %*u %*u %*u %" SCNd64 " %" SCNd64
	    " %*d %*d %*d %*d %*d %*d %*u %*u %" SCNd64,
	    &p->parent, &user, &kernel, &p->pages);
	p->pid = (pid_t)strtol(name, NULL, 10);
	p->ticks = user + kernel;
	return n == 4 ? 0 : -1;
}

static int
is_below(const struct table *table, const struct process *p, pid_t top)
{
	size_t depth, i;

	for (depth = 0; depth < 16; depth++) {
		if (p->pid == top)
			return 1;
		for (i = 0; i < table->len; i++)
			if (table->list[i].pid == p->parent)
				break;
		if (i == table->len)
			return 0;
		p = &table->list[i];
	}
	return 0;
}
