/*
 * check_modules.c - files that bear the names of modules that come with
 * till.
 */
#include <string.h>

#include "config.h"
#include "module/names.h"
#include "super/check_modules.h"

static void check_instance(const struct conf_instance *, struct loader *,
    struct diag *);
static bool is_of_till(const char *path);

void
check_modules(const struct conf *conf, struct loader *loader, struct diag *diag)
{
	size_t i;

	for (i = 0; i < conf->instances_len; i++)
		if (module_is_own(conf->instances[i].module) &&
		    !conf->instances[i].isolate_set)
			check_instance(&conf->instances[i], loader, diag);
}

static void
check_instance(const struct conf_instance *instance, struct loader *loader,
    struct diag *diag)
{
	struct module_file file = { .fd = -1 };
	struct till_error err;

	/* What is not found was said when it was to be opened. */
	if (loader_find(loader, instance->module, &file, &err) == -1)
		return;
	if (!is_of_till(file.path)) {
		diag_warning(diag, &instance->module_place,
		    "%s is the name of a module that comes with till, but "
		    "this is %s",
		    instance->module, file.path);
		diag_note(diag,
		    "by its name it runs inside the server unit; if that is "
		    "meant: isolate=no, else: isolate=process");
	}
	module_file_close(&file);
}

static bool
is_of_till(const char *path)
{
	const size_t len = (size_t)(strrchr(path, '/') - path);

	return (strlen(TILL_MODULEDIR) == len &&
		   memcmp(path, TILL_MODULEDIR, len) == 0) ||
	    names_are_all_in(path, len);
}
