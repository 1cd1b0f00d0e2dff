/*
 * runs.c - a store of runs: as many as may be at work, made when first
 * needed and used again.
 */
#include <openssl/crypto.h>
#include <pthread.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rear/run.h"

struct runs {
	pthread_mutex_t lock;
	pthread_cond_t idle;
	struct order_run *free;
	size_t at_work, max;
};

static void clear(struct order_run *);

struct runs *
runs_new(size_t max)
{
	struct runs *runs = calloc(1, sizeof(*runs));

	if (runs == NULL)
		return NULL;
	(void)pthread_mutex_init(&runs->lock, NULL);
	(void)pthread_cond_init(&runs->idle, NULL);
	runs->max = max;
	return runs;
}

void
runs_free(struct runs *runs)
{
	struct order_run *run;

	if (runs == NULL)
		return;
	while (runs->free != NULL) {
		run = runs->free;
		runs->free = run->next;
		context_free(run->policer);
		context_free(run->settler);
		free(run);
	}
	(void)pthread_cond_destroy(&runs->idle);
	(void)pthread_mutex_destroy(&runs->lock);
	free(runs);
}

struct order_run *
runs_take(struct runs *runs)
{
	struct order_run *run = NULL;

	(void)pthread_mutex_lock(&runs->lock);
	if (runs->at_work < runs->max) {
		run = runs->free;
		if (run != NULL)
			runs->free = run->next;
		else
			run = calloc(1, sizeof(*run));
		if (run != NULL)
			runs->at_work++;
	}
	(void)pthread_mutex_unlock(&runs->lock);
	return run;
}

void
runs_give(struct runs *runs, struct order_run *run)
{
	clear(run);
	(void)pthread_mutex_lock(&runs->lock);
	run->next = runs->free;
	runs->free = run;
	if (--runs->at_work == 0)
		(void)pthread_cond_broadcast(&runs->idle);
	(void)pthread_mutex_unlock(&runs->lock);
}

size_t
runs_len(struct runs *runs)
{
	size_t len;

	(void)pthread_mutex_lock(&runs->lock);
	len = runs->at_work;
	(void)pthread_mutex_unlock(&runs->lock);
	return len;
}

void
runs_wait(struct runs *runs)
{
	(void)pthread_mutex_lock(&runs->lock);
	while (runs->at_work > 0)
		(void)pthread_cond_wait(&runs->idle, &runs->lock);
	(void)pthread_mutex_unlock(&runs->lock);
}

struct till_context *
run_context(struct order_run *run, struct till_context **kept,
    const struct instance *instance, enum till_facility facility)
{
	struct till_context *context = *kept;

	if (context == NULL) {
		*kept = context_new(instance_name(instance), facility,
		    &run_services, run);
		context = *kept;
	} else {
		/* Mostly it is the same as for the last order. */
		if (strcmp(context->instance, instance_name(instance)) != 0)
			(void)snprintf(context->instance,
			    sizeof(context->instance), "%s",
			    instance_name(instance));
		context->owner = run;
		context->state_len = 0;
		context_begin(context);
	}
	if (context != NULL)
		context->order = &run->order;
	return context;
}

/* The contexts stay, and nothing that is read before it is written need
 * be cleared beside what stands before the marked place. */
static void
clear(struct order_run *run)
{
	if (run->request.peer != NULL)
		link_peer_unref(run->request.peer);
	if (run->request.secrets != NULL)
		OPENSSL_secure_clear_free(run->request.secrets,
		    run->request.secrets_len);
	free(run->request.token);
	if (run->has_stored)
		ledger_order_clear(&run->stored);
	sealed_unref(run->kept.token);
	sealed_unref(run->answer.voucher);
	OPENSSL_cleanse(run->answer.session, sizeof(run->answer.session));
	run->policy.stack = NULL;
	run->auth.stack = NULL;
	run->settle.stack = NULL;
	lend_end(&run->loan, &run->settlement);
	memset(run, 0, offsetof(struct order_run, policer));
}
