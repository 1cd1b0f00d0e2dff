/*
 * generation.c - one complete configuration at work.
 */
#include <assert.h>
#include <stdlib.h>

#include "stack/generation.h"
#include "stack/guard.h"

static int open_instances(struct generation *, struct loader *, bool check_only,
    const struct generation_watch *, struct diag *);
static bool needs_strong(const struct conf_stack *);
static void generation_free(struct generation *);

int
generation_build(const char *conf_path, struct loader *loader, bool check_only,
    struct diag *diag, struct generation **generation_r)
{
	return generation_build_watched(conf_path, loader, check_only, NULL,
	    diag, generation_r);
}

int
generation_build_watched(const char *conf_path, struct loader *loader,
    bool check_only, const struct generation_watch *watch, struct diag *diag,
    struct generation **generation_r)
{
	const struct diag_place place = { .file = conf_path };
	const size_t errors = diag_errors(diag);
	struct generation *generation;
	int r = -1;

	generation = calloc(1, sizeof(*generation));
	if (generation == NULL) {
		diag_error(diag, &place, "out of memory");
		return -1;
	}
	atomic_init(&generation->refs, 1);
	generation->number = 1;
	(void)conf_read(conf_path, diag, &generation->conf);
	if (generation->conf == NULL)
		goto out;
	/* What cannot serve must not connect to anything either. */
	if (diag_errors(diag) > errors)
		check_only = true;
	if (open_instances(generation, loader, check_only, watch, diag) == -1)
		goto out;
	generation_check(generation, diag);
	if (watch != NULL && watch->after != NULL)
		watch->after(watch->after_arg, generation->conf, loader, diag);
	if (diag_errors(diag) > errors)
		goto out;
	if (conf_digest(generation->conf, generation->digest) == -1) {
		diag_error(diag, &place, "out of memory");
		goto out;
	}
	generation->needs_strong = needs_strong(&generation->conf->policy) ||
	    needs_strong(&generation->conf->auth) ||
	    needs_strong(&generation->conf->settle) ||
	    needs_strong(&generation->conf->notify);
	*generation_r = generation;
	generation = NULL;
	r = 0;
out:
	generation_free(generation);
	return r;
}

struct generation *
generation_ref(struct generation *generation)
{
	const unsigned int refs = atomic_fetch_add(&generation->refs, 1);

	assert(refs > 0);
	(void)refs;
	return generation;
}

void
generation_unref(struct generation *generation)
{
	if (generation == NULL)
		return;
	if (atomic_fetch_sub(&generation->refs, 1) == 1)
		generation_free(generation);
}

struct instance *
generation_instance(const struct generation *generation,
    const struct conf_rule *rule)
{
	if (rule->instance == NULL)
		return NULL;
	return generation
	    ->instances[rule->instance - generation->conf->instances];
}

/* All of them are tried, for the findings of each. */
static int
open_instances(struct generation *generation, struct loader *loader,
    bool check_only, const struct generation_watch *watch, struct diag *diag)
{
	const struct conf *conf = generation->conf;
	const struct diag_place place = { .file = conf->file };
	size_t i;

	generation->instances =
	    calloc(conf->instances_len + 1, sizeof(*generation->instances));
	if (generation->instances == NULL) {
		diag_error(diag, &place, "out of memory");
		return -1;
	}
	for (i = 0; i < conf->instances_len; i++)
		if (conf->instances[i].module[0] != '\0' &&
		    (watch == NULL || watch->before == NULL ||
			watch->before(watch->arg, &conf->instances[i], i,
			    diag)) &&
		    instance_open(loader, &conf->instances[i], check_only,
			&generation->instances[i], diag) == -1)
			generation->instances[i] = NULL;
	return 0;
}

static bool
needs_strong(const struct conf_stack *stack)
{
	size_t i;

	for (i = 0; i < stack->len; i++)
		if (guard_needs_strong(stack->rules[i].when))
			return true;
	return false;
}

static void
generation_free(struct generation *generation)
{
	size_t i;

	if (generation == NULL)
		return;
	if (generation->instances != NULL)
		for (i = 0; i < generation->conf->instances_len; i++)
			instance_close(generation->instances[i]);
	free(generation->instances);
	conf_free(generation->conf);
	free(generation);
}
