/*
 * check.c - tilld -n: is the configuration fit to start with?
 */
#include <stdio.h>
#include <sysexits.h>

#include "module/loader.h"
#include "stack/generation.h"
#include "super/check.h"
#include "super/check_listen.h"
#include "super/check_modules.h"
#include "super/check_set.h"

int
check_configuration(const struct settings *settings)
{
	const struct generation_watch watch = { .after = check_server,
		.after_arg = settings };
	struct generation *generation = NULL;
	struct loader *loader;
	struct diag *diag;
	int r = EX_CONFIG;

	loader = loader_new(&settings->modules);
	diag = diag_new();
	if (loader == NULL || diag == NULL) {
		r = EX_OSERR;
		goto out;
	}
	if (generation_build_watched(settings->conf_path, loader, true, &watch,
		diag, &generation) == 0)
		r = EX_OK;
	diag_print(diag, stderr);
	if (r == EX_OK && settings->check > 1)
		conf_dump(generation->conf, stdout);
	else if (r == EX_OK)
		puts("configuration OK");
out:
	generation_unref(generation);
	diag_free(diag);
	loader_free(loader);
	return r;
}

void
check_server(const void *settings, const struct conf *conf,
    struct loader *loader, struct diag *diag)
{
	check_set(conf, settings, diag);
	check_listen(conf, diag);
	check_modules(conf, loader, diag);
}
