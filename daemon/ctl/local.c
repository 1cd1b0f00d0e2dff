/*
 * local.c - a configuration looked at by tillctl itself.
 */
#include <sys/stat.h>

#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include <jansson.h>

#include "config.h"
#include "ctl/local.h"
#include "ctl/trial.h"

bool
local_module_dir(struct local *local, const char *dir)
{
	if (dir[0] == '\0' || local->modules.dirs_len == LOADER_DIRS_MAX)
		return false;
	local->modules.dirs[local->modules.dirs_len++] = dir;
	return true;
}

const char *
local_dir_why(const char *dir)
{
	return dir[0] == '\0' ? "names no folder" : "is there too often";
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
local_open(struct local *local, const struct generation_watch *watch, bool json)
{
	struct diag *diag = diag_new();
	int status = EX_OK;

	if (diag != NULL)
		local->loader = loader_new(&local->modules);
	if (local->loader == NULL) {
		trial_output(watch);
		status = local_fail(json, EX_OSERR, "out of memory");
	} else if (generation_build_watched(local->path, local->loader, true,
		       watch, diag, &local->generation) == -1) {
		trial_output(watch);
		local_findings(diag, json);
		status =
		    local_is_unreadable(local->path) ? EX_NOINPUT : EX_CONFIG;
	}
	diag_free(diag);
	return status;
}

void
local_findings(const struct diag *diag, bool json)
{
	if (!json) {
		diag_print(diag, stderr);
		return;
	}
	(void)fputs("{\"error\":\"the configuration is wrong\","
		    "\"findings\":",
	    stdout);
	diag_print_json(diag, stdout);
	(void)puts("}");
}

bool
local_is_unreadable(const char *path)
{
	struct stat st;

	return strcmp(path, "-") != 0 &&
	    (access(path, R_OK) == -1 ||
		(stat(path, &st) == 0 && S_ISDIR(st.st_mode)));
}

int
local_fail(bool json, int status, const char *text)
{
	json_t *object;

	if (!json) {
		(void)fprintf(stderr, "tillctl: %s\n", text);
		return status;
	}
	object = json_pack("{s:s}", "error", text);
	if (object != NULL)
		(void)json_dumpf(object, stdout, JSON_COMPACT);
	(void)puts("");
	json_decref(object);
	return local_output(status);
}

int
local_output(int status)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return status;
	(void)fputs("tillctl: cannot write the output\n", stderr);
	return EX_IOERR;
}
