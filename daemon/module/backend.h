/*
 * backend.h - how the functions of a module are reached.
 *
 * instance.c keeps the rules that hold for every module; a backend only
 * carries the call to the module's code and back.  instance_direct.c
 * calls it in this process; daemon/host has the one for other processes,
 * which a loader is given (loader_options.isolate).
 */
#ifndef MODULE_BACKEND_H
#define MODULE_BACKEND_H

#include <stdbool.h>

#include <till/module.h>

#include "module/instance.h"
#include "module/op.h"
#include "module/settings.h"

/* What one call needs beside instance and context. */
struct instance_call {
	enum till_facility facility;
	enum till_enrol enrol; /* 0: not a call of enrol */
	const struct till_settlement *settlement;
	struct till_outcome *outcome;
	struct till_op *op;
	const struct till_event *event;
};

struct instance;

struct isolated;
struct loader;

struct instance_backend {
	/* Find the module, apply the settings and open it; findings go to
	 * diag.  Sets instance->module. */
	int (*open)(struct loader *, struct instance *,
	    const struct conf_instance *, bool check_only, struct diag *);
	void (*close)(struct instance *); /* also one that failed to open */
	/* The result as the module gave it. */
	enum till_result (*call)(struct instance *, struct till_context *,
	    const struct instance_call *);
	int (*health)(struct instance *, struct till_error *err);
	/* NULL: not over this backend. */
	int (*report)(struct instance *, const char *word,
	    char text_r[TILL_REPORT_MAX], struct till_error *err);
};

struct instance {
	char name[CONF_NAME_MAX];
	const struct loader *loader; /* outlives it */
	const void *group; /* the loader's */
	const struct till_module *module;
	const struct instance_backend *backend;
	struct op_list ops;
	int64_t time_s; /* the module's wall clock; 0: as it is */

	/* instance_direct.c */
	const struct loaded *loaded;
	void *self; /* pages of its own, read-only once opened */
	size_t self_size; /* of the pages */
	bool opened; /* close is due */
	struct settings_store *store;

	/* daemon/host: the hosts that run it; NULL: it runs here */
	struct isolated *isolated;
};

extern const struct instance_backend instance_direct;

/* The finding that a module is not there or unfit, for backends. */
void instance_not_found(const struct loader *, const struct conf_instance *,
    const char *why, struct diag *);

#endif
