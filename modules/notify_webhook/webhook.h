/*
 * webhook.h - what the files of the module share.
 */
#ifndef WEBHOOK_H
#define WEBHOOK_H

#include <curl/curl.h>
#include <pthread.h>
#include <stdbool.h>

#include <till/module.h>

#include "network.h"

#define HANDLES_MAX 16 /* idle connections' handles that are kept */
#define NETWORKS_MAX 64 /* of allow-private */
#define ANSWER_MAX 65536 /* octets of an answer that are looked at */

/* Behind a pointer, for the instance is read-only. */
struct wires {
	pthread_mutex_t lock;
	CURL *idle[HANDLES_MAX];
	size_t idle_len;
	struct network allowed[NETWORKS_MAX];
	size_t allowed_len;
};

struct webhook {
	const char *url, *ca;
	int64_t deadline_ms, queue;
	const char *const *allow_private;
	struct wires *wires;
};

/* One event on its way; what became of it. */
struct delivery {
	const struct webhook *webhook;
	const char *url;
	const struct till_event *event;
	long status; /* of HTTP; 0: there was no answer */
	int64_t retry_after_s; /* 0: nothing was said */
	size_t answered; /* octets */
	bool guarded; /* an address was passed over */
	struct till_error why; /* where there was no answer */
};

int wires_open(struct webhook *, struct till_error *err);
void wires_close(struct wires *);

/* POST it: 0 if there was an answer, which status tells. */
int deliver(struct delivery *);

#endif
