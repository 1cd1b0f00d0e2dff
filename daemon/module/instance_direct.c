/*
 * instance_direct.c - modules in this very process.
 *
 * The instance has pages of its own, which nobody can write from the end
 * of open to close: a setting that was checked stays as it was checked.
 */
#include <sys/mman.h>

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "module/backend.h"

static int direct_open(struct loader *, struct instance *,
    const struct conf_instance *, bool, struct diag *);
static int pages_new(struct instance *, struct till_error *);
static int module_open(struct instance *, bool, struct till_error *);
static void direct_close(struct instance *);
static enum till_result direct_call(struct instance *, struct till_context *,
    const struct instance_call *);
static enum till_result dispatch(struct instance *, struct till_context *,
    const struct instance_call *);
static int direct_health(struct instance *, struct till_error *);
static int direct_report(struct instance *, const char *, char[TILL_REPORT_MAX],
    struct till_error *);
static struct till_instance *handle(struct instance *);

const struct instance_backend instance_direct = {
	.open = direct_open,
	.close = direct_close,
	.call = direct_call,
	.health = direct_health,
	.report = direct_report,
};

static int
direct_open(struct loader *loader, struct instance *instance,
    const struct conf_instance *conf, bool check_only, struct diag *diag)
{
	struct till_error err;

	if (loader_load(loader, conf->module, &instance->loaded, &err) == -1) {
		instance_not_found(loader, conf, err.text, diag);
		return -1;
	}
	instance->module = loaded_module(instance->loaded);
	if (pages_new(instance, &err) == -1) {
		diag_error(diag, &conf->place, "%s: %s", conf->name, err.text);
		return -1;
	}
	if (settings_apply(instance->module, conf, instance->self, check_only,
		&instance->store, diag) == -1)
		return -1;
	if (module_open(instance, check_only, &err) == -1) {
		diag_error(diag, &conf->place, "%s: %s", conf->name, err.text);
		return -1;
	}
	return 0;
}

static int
pages_new(struct instance *instance, struct till_error *err)
{
	const size_t page = (size_t)sysconf(_SC_PAGESIZE);
	size_t size = instance->module->instance_size;
	void *pages;

	size = size == 0 ? page : (size + page - 1) / page * page;
	pages = mmap(NULL, size, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (pages == MAP_FAILED)
		return till_fail(err, "%s", strerror(errno));
	instance->self = pages;
	instance->self_size = size;
	return 0;
}

static int
module_open(struct instance *instance, bool check_only, struct till_error *err)
{
	const struct till_module *module = instance->module;
	int r = 0;

	(void)snprintf(err->text, sizeof(err->text), "does not say why");
	if (module->open != NULL) {
		loaded_enter(instance->loaded);
		r = module->open(context_host(), handle(instance),
		    instance->self, check_only, err);
		loaded_leave(instance->loaded);
	}
	if (r != 0)
		return -1;
	instance->opened = true;
	if (mprotect(instance->self, instance->self_size, PROT_READ) == -1)
		return till_fail(err, "%s", strerror(errno));
	return 0;
}

/* What close gets is the module's again, to write as it likes. */
static void
direct_close(struct instance *instance)
{
	if (instance->opened && instance->module->close != NULL) {
		(void)mprotect(instance->self, instance->self_size,
		    PROT_READ | PROT_WRITE);
		loaded_enter(instance->loaded);
		instance->module->close(instance->self);
		loaded_leave(instance->loaded);
	}
	settings_free(instance->store);
	if (instance->self != NULL)
		(void)munmap(instance->self, instance->self_size);
}

static enum till_result
direct_call(struct instance *instance, struct till_context *ctx,
    const struct instance_call *call)
{
	enum till_result result;

	loaded_enter(instance->loaded);
	result = dispatch(instance, ctx, call);
	loaded_leave(instance->loaded);
	return result;
}

static enum till_result
dispatch(struct instance *instance, struct till_context *ctx,
    const struct instance_call *call)
{
	const struct till_host *host = context_host();
	const struct till_module *module = instance->module;

	if (call->enrol != 0)
		return module->enrol(host, ctx, instance->self, call->enrol);
	switch (call->facility) {
	case TILL_POLICY:
		return module->policy(host, ctx, instance->self);
	case TILL_AUTH:
		return module->auth(host, ctx, instance->self);
	case TILL_SETTLE:
		return module->settle(host, ctx, instance->self,
		    call->settlement, call->outcome, call->op);
	case TILL_NOTIFY:
		return module->notify(host, ctx, instance->self, call->event);
	}
	return TILL_ERROR;
}

static int
direct_health(struct instance *instance, struct till_error *err)
{
	int r;

	loaded_enter(instance->loaded);
	r = instance->module->health(context_host(), instance->self, err);
	loaded_leave(instance->loaded);
	return r;
}

static int
direct_report(struct instance *instance, const char *word,
    char text[TILL_REPORT_MAX], struct till_error *err)
{
	int r;

	loaded_enter(instance->loaded);
	r = instance->module->report(context_host(), instance->self, word, text,
	    err);
	loaded_leave(instance->loaded);
	return r;
}

/* The module only hands it back. */
static struct till_instance *
handle(struct instance *instance)
{
	return (struct till_instance *)(void *)instance;
}
