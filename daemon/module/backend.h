/*
 * backend.h - how the functions of a module are reached.
 *
 * instance.c keeps the rules that hold for every module; a backend only
 * carries the call to the module's code and back.  instance_direct.c
 * calls it in this process.
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

struct instance_backend {
	/* Apply the settings and open the module; findings go to diag. */
	int (*open)(struct instance *, const struct conf_instance *,
	    bool check_only, struct diag *);
	void (*close)(struct instance *); /* also one that failed to open */
	/* The result as the module gave it. */
	enum till_result (*call)(struct instance *, struct till_context *,
	    const struct instance_call *);
	int (*health)(struct instance *, struct till_error *err);
};

struct instance {
	char name[CONF_NAME_MAX];
	const struct loaded *loaded;
	const struct till_module *module;
	const struct instance_backend *backend;
	struct op_list ops;
	int64_t time_s; /* the module's wall clock; 0: as it is */

	/* instance_direct.c */
	void *self; /* pages of its own, read-only once opened */
	size_t self_size; /* of the pages */
	bool opened; /* close is due */
	struct settings_store *store;
};

extern const struct instance_backend instance_direct;

#endif
