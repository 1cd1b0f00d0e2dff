/*
 * isolated.c - the backend of instances with isolate=process: opened,
 * asked how they are, retired, closed.
 */
#include <stdlib.h>

#include "host/isolated.h"

static int isolated_open(struct loader *, struct instance *,
    const struct conf_instance *, bool, struct diag *);
static int find(struct loader *, struct isolated *,
    const struct conf_instance *, struct diag *);
static void isolated_close(struct instance *);

const struct instance_backend instance_isolated = {
	.open = isolated_open,
	.close = isolated_close,
	.call = host_call,
	.health = host_health,
	.report = host_report,
};

bool
host_status(const struct instance *instance, struct host_status *status_r)
{
	struct isolated *isolated = instance->isolated;
	const struct host *host;

	if (isolated == NULL)
		return false;
	(void)pthread_mutex_lock(&isolated->hosts->lock);
	*status_r = isolated->status;
	(void)snprintf(status_r->instance, sizeof(status_r->instance), "%s",
	    instance->name);
	(void)snprintf(status_r->module, sizeof(status_r->module), "%s",
	    isolated->file.note.name);
	status_r->pid = isolated->current == NULL ? 0 : isolated->current->pid;
	status_r->resting =
	    isolated->current == NULL && hosts_now_ms() < isolated->start_at_ms;
	status_r->waiting = isolated->waiting;
	status_r->pending = 0;
	for (host = isolated->hosts->first; host != NULL; host = host->next)
		if (host->isolated == isolated)
			status_r->pending += late_waiting(host, hosts_now_ms());
	(void)pthread_mutex_unlock(&isolated->hosts->lock);
	return true;
}

void
host_retire(struct instance *instance)
{
	struct isolated *isolated = instance->isolated;

	if (isolated == NULL)
		return;
	(void)pthread_mutex_lock(&isolated->hosts->lock);
	isolated->retired = true;
	host_rest(isolated);
	(void)pthread_mutex_unlock(&isolated->hosts->lock);
}

static int
isolated_open(struct loader *loader, struct instance *instance,
    const struct conf_instance *conf, bool check_only, struct diag *diag)
{
	struct isolated *isolated = calloc(1, sizeof(*isolated));
	const size_t errors = diag_errors(diag);
	struct till_error err;
	void *arg;

	if (isolated == NULL || pthread_cond_init(&isolated->changed, NULL)) {
		free(isolated);
		diag_error(diag, &conf->place, "out of memory");
		return -1;
	}
	(void)loader_isolation(loader, &arg);
	isolated->hosts = arg;
	isolated->instance = instance;
	isolated->check_only = check_only;
	isolated->timeout_ms = conf->timeout_ms;
	isolated->recycle = conf->recycle;
	isolated->file.fd = -1;
	instance->isolated = isolated;
	if (find(loader, isolated, conf, diag) == -1)
		return -1;
	if (host_begin(isolated, conf, diag, hosts_now_ms() + HOSTS_START_MS,
		&err) == -1) {
		if (diag_errors(diag) == errors)
			diag_error(diag, &conf->place, "%s: %s", conf->name,
			    err.text);
		return -1;
	}
	instance->module = &isolated->module;
	return 0;
}

static int
find(struct loader *loader, struct isolated *isolated,
    const struct conf_instance *conf, struct diag *diag)
{
	struct till_error err;

	if (loader_find(loader, conf->module, &isolated->file, &err) == 0)
		return 0;
	instance_not_found(loader, conf, err.text, diag);
	return -1;
}

static void
isolated_close(struct instance *instance)
{
	struct isolated *isolated = instance->isolated;
	struct hosts *hosts;
	struct host *host;

	if (isolated == NULL)
		return;
	hosts = isolated->hosts;
	(void)pthread_mutex_lock(&hosts->lock);
	isolated->closing = true;
	for (host = hosts->first; host != NULL; host = host->next)
		if (host->isolated == isolated && host->state == HOST_STARTS)
			host_break(host, FAULT_UNFIT, "it is being closed");
	while (isolated->starting)
		hosts_wait(hosts, &isolated->changed,
		    hosts_now_ms() + HOSTS_CLOSE_MS);
	for (host = hosts->first; host != NULL; host = host->next) {
		if (host->isolated != isolated)
			continue;
		late_forget(host);
		host_drain(host, 0);
		host->isolated = NULL;
	}
	while (isolated->completing > 0)
		hosts_wait(hosts, &isolated->changed,
		    hosts_now_ms() + HOSTS_CLOSE_MS);
	(void)pthread_mutex_unlock(&hosts->lock);
	hosts_wake(hosts);
	module_file_close(&isolated->file);
	settings_free(isolated->store);
	free(isolated->self);
	free(isolated->words);
	free(isolated->hello);
	(void)pthread_cond_destroy(&isolated->changed);
	free(isolated);
	instance->isolated = NULL;
}
