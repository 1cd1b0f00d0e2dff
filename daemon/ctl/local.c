/*
 * local.c - a configuration looked at by tillctl itself.
 */
#include <sys/stat.h>

#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "config.h"
#include "ctl/local.h"

#define EXIT_FINDINGS 1 /* the configuration has errors */

bool
local_module_dir(struct local *local, const char *dir)
{
	if (dir[0] == '\0' || local->modules.dirs_len == LOADER_DIRS_MAX)
		return false;
	local->modules.dirs[local->modules.dirs_len++] = dir;
	return true;
}

void
local_defaults(struct local *local)
{
	struct stat st;
	char *slash;
	ssize_t n;

	if (local->path == NULL)
		local->path = TILL_SYSCONFDIR "/till.conf";
	if (local->modules.dirs_len > 0)
		return;
	n = readlink("/proc/self/exe", local->near,
	    sizeof(local->near) - sizeof("/modules"));
	if (n > 0) {
		local->near[n] = '\0';
		slash = strrchr(local->near, '/');
		if (slash != NULL)
			memcpy(slash, "/modules", sizeof("/modules"));
		if (slash != NULL && stat(local->near, &st) == 0 &&
		    S_ISDIR(st.st_mode))
			(void)local_module_dir(local, local->near);
	}
	(void)local_module_dir(local, TILL_MODULEDIR);
}

int
local_open(struct local *local)
{
	struct diag *diag = diag_new();
	int status = EX_OK;

	if (diag != NULL)
		local->loader = loader_new(&local->modules);
	if (local->loader == NULL) {
		(void)fputs("tillctl: out of memory\n", stderr);
		status = EX_OSERR;
	} else if (generation_build(local->path, local->loader, true, diag,
		       &local->generation) == -1) {
		diag_print(diag, stderr);
		status = EXIT_FINDINGS;
	}
	diag_free(diag);
	return status;
}

void
local_close(struct local *local)
{
	generation_unref(local->generation);
	loader_free(local->loader);
}

int
local_output(int status)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return status;
	(void)fputs("tillctl: cannot write the output\n", stderr);
	return EX_IOERR;
}
