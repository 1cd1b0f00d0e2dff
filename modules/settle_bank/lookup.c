/*
 * lookup.c - see lookup.h.
 */
#include <sys/socket.h>

#include <netdb.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "settle_bank/lookup.h"

struct lookup {
	pthread_mutex_t lock;
	char *host, *port;
	bool done;
	bool alone; /* the other one, of thread and owner, has left */
	int code; /* of getaddrinfo */
	struct addrinfo *addresses;
};

static int ask(const char *host, const char *port, int flags,
    struct addrinfo **);
static int start(struct lookup *, struct till_error *);
static void *run(void *);
static void leave(struct lookup *);

struct lookup *
lookup_begin(const char *host, const char *port, struct till_error *err)
{
	struct lookup *lookup = calloc(1, sizeof(*lookup));

	if (lookup == NULL || pthread_mutex_init(&lookup->lock, NULL) != 0) {
		till_error_set(err, "out of memory");
		free(lookup);
		return NULL;
	}
	lookup->alone = true;
	if (lookup_is_number(host)) {
		lookup->code =
		    ask(host, port, AI_NUMERICHOST, &lookup->addresses);
		lookup->done = true;
		return lookup;
	}
	lookup->host = strdup(host);
	lookup->port = strdup(port);
	if (lookup->host == NULL || lookup->port == NULL ||
	    start(lookup, err) == -1) {
		till_error_set(err, "%.100s cannot be looked up", host);
		lookup_end(lookup);
		return NULL;
	}
	return lookup;
}

int
lookup_look(struct lookup *lookup, const struct addrinfo **addresses_r,
    struct till_error *err)
{
	bool done;

	(void)pthread_mutex_lock(&lookup->lock);
	done = lookup->done;
	(void)pthread_mutex_unlock(&lookup->lock);
	if (!done)
		return 1;
	if (lookup->code != 0)
		return till_fail(err, "%s", gai_strerror(lookup->code));
	*addresses_r = lookup->addresses;
	return 0;
}

void
lookup_end(struct lookup *lookup)
{
	if (lookup != NULL)
		leave(lookup);
}

bool
lookup_is_number(const char *host)
{
	return strchr(host, ':') != NULL ||
	    strspn(host, "0123456789.") == strlen(host);
}

static int
ask(const char *host, const char *port, int flags, struct addrinfo **addresses)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_STREAM,
		.ai_flags = flags };

	return getaddrinfo(host, port, &hints, addresses);
}

static int
start(struct lookup *lookup, struct till_error *err)
{
	pthread_attr_t attr;
	pthread_t thread;
	int r;

	if (pthread_attr_init(&attr) != 0)
		return till_fail(err, "out of memory");
	(void)pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	lookup->alone = false;
	r = pthread_create(&thread, &attr, run, lookup);
	(void)pthread_attr_destroy(&attr);
	if (r == 0)
		return 0;
	lookup->alone = true;
	return till_fail(err, "%s", strerror(r));
}

static void *
run(void *arg)
{
	struct lookup *lookup = arg;
	struct addrinfo *addresses = NULL;
	int code;

	code = ask(lookup->host, lookup->port, AI_ADDRCONFIG, &addresses);
	(void)pthread_mutex_lock(&lookup->lock);
	lookup->code = code;
	lookup->addresses = addresses;
	lookup->done = true;
	(void)pthread_mutex_unlock(&lookup->lock);
	leave(lookup);
	return NULL;
}

/* The second of the two who leave frees it. */
static void
leave(struct lookup *lookup)
{
	bool last;

	(void)pthread_mutex_lock(&lookup->lock);
	last = lookup->alone;
	lookup->alone = true;
	(void)pthread_mutex_unlock(&lookup->lock);
	if (!last)
		return;
	if (lookup->addresses != NULL)
		freeaddrinfo(lookup->addresses);
	(void)pthread_mutex_destroy(&lookup->lock);
	free(lookup->host);
	free(lookup->port);
	free(lookup);
}
