/*
 * events.c - what payment servers tell on their own.
 *
 * A voucher comes back by the customer's browser, or never; the event
 * that says the same comes from the payment server, until it is
 * acknowledged.  Whichever is first pays the sale, the other changes
 * nothing.  All that an event does can be done twice, so one that comes
 * again is worked off again.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "shop.h"

#define LINE_MAX_OCTETS (TILL_URL_MAX + 32)

struct events {
	const struct catalogue *catalogue;
	pthread_mutex_t lock;
	char path[SHOP_PATH_MAX + 16], fresh[SHOP_PATH_MAX + 16];
	uint64_t last[SHOP_SERVERS_MAX]; /* in the catalogue's order */
};

static int load(struct events *, struct till_error *);
static void load_line(struct events *, const char *);
static int store(const struct events *, struct till_error *);
static enum event_taken take(struct shop *, size_t server,
    const struct till_notice *, struct till_error *);

int
events_open(const struct catalogue *catalogue, struct events **events_r,
    struct till_error *err)
{
	struct events *events = calloc(1, sizeof(*events));

	if (events == NULL)
		return till_fail(err, "out of memory");
	events->catalogue = catalogue;
	(void)pthread_mutex_init(&events->lock, NULL);
	(void)snprintf(events->path, sizeof(events->path), "%s.events",
	    catalogue->sales_path);
	(void)snprintf(events->fresh, sizeof(events->fresh), "%s.events.new",
	    catalogue->sales_path);
	if (load(events, err) == -1) {
		events_close(events);
		return -1;
	}
	*events_r = events;
	return 0;
}

void
events_close(struct events *events)
{
	if (events == NULL)
		return;
	(void)pthread_mutex_destroy(&events->lock);
	free(events);
}

enum event_taken
events_take(struct shop *shop, const char *token, size_t len,
    struct till_error *err)
{
	struct till_notice *notice = NULL;
	enum event_taken taken;
	size_t server;

	/* Only the keys of the server that it says it is of. */
	if (servers_of(shop->servers, token, len, &server, err) == -1)
		return EVENT_BAD;
	if (server >= shop->catalogue->servers_len) {
		(void)till_fail(err, "it is of no payment server of ours");
		return EVENT_NEVER;
	}
	if (servers_notice(shop->servers, server, token, len, &notice, err) ==
	    -1)
		return EVENT_BAD;
	err->text[0] = '\0';
	(void)pthread_mutex_lock(&shop->events->lock);
	taken = take(shop, server, notice, err);
	(void)pthread_mutex_unlock(&shop->events->lock);
	till_notice_free(notice);
	return taken;
}

static enum event_taken
take(struct shop *shop, size_t server, const struct till_notice *notice,
    struct till_error *err)
{
	struct events *events = shop->events;
	uint64_t last = events->last[server];
	enum till_event_answer answer;
	struct till_error why;

	/* What is for somebody else always will be, and would hold up all
	 * that comes behind it. */
	if (strcmp(notice->aud, shop->catalogue->servers[server].merchant) !=
	    0) {
		(void)till_fail(err, "aud: this is for somebody else");
		return EVENT_NEVER;
	}
	answer = till_notice_check(notice,
	    shop->catalogue->servers[server].issuer,
	    shop->catalogue->servers[server].merchant, last, shop_now(), err);
	if (answer == TILL_EVENT_BAD || answer == TILL_EVENT_NONE)
		return EVENT_BAD;
	if (checkout_notice(shop, server, notice, &why) == -1) {
		(void)till_fail(err, "%.200s", why.text);
		return EVENT_LATER;
	}
	if (answer == TILL_EVENT_AGAIN)
		return EVENT_TAKEN;
	events->last[server] = notice->seq;
	if (store(events, &why) == -1) {
		events->last[server] = last;
		(void)till_fail(err, "%.200s", why.text);
		return EVENT_LATER;
	}
	if (answer == TILL_EVENT_GAP)
		(void)till_fail(err,
		    "%" PRIu64 " came after %" PRIu64 " of %.100s: ask its"
		    " operator for those between",
		    notice->seq, last, shop->catalogue->servers[server].issuer);
	return EVENT_TAKEN;
}

/* "NUMBER ISSUER" lines; of servers that are not trusted any more they are
 * forgotten. */
static int
load(struct events *events, struct till_error *err)
{
	char line[LINE_MAX_OCTETS];
	FILE *file = fopen(events->path, "re");

	if (file == NULL && errno == ENOENT)
		return 0;
	if (file == NULL)
		return till_fail(err, "%s: %s", events->path, strerror(errno));
	while (fgets(line, sizeof(line), file) != NULL)
		load_line(events, line);
	(void)fclose(file);
	return 0;
}

static void
load_line(struct events *events, const char *line)
{
	unsigned long long number;
	char *issuer;
	size_t i;

	number = strtoull(line, &issuer, 10);
	if (issuer == line || *issuer++ != ' ')
		return;
	issuer[strcspn(issuer, "\n")] = '\0';
	for (i = 0; i < events->catalogue->servers_len; i++)
		if (strcmp(events->catalogue->servers[i].issuer, issuer) == 0)
			events->last[i] = (uint64_t)number;
}

/* A new file in the place of the old one. */
static int
store(const struct events *events, struct till_error *err)
{
	const struct catalogue *c = events->catalogue;
	FILE *file = NULL;
	bool bad;
	size_t i;
	int fd;

	fd = open(events->fresh,
	    O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd != -1)
		file = fdopen(fd, "w");
	if (file == NULL) {
		if (fd != -1)
			(void)close(fd);
		return till_fail(err, "%s: %s", events->fresh, strerror(errno));
	}
	for (i = 0; i < c->servers_len; i++)
		if (events->last[i] > 0)
			(void)fprintf(file, "%" PRIu64 " %s\n", events->last[i],
			    c->servers[i].issuer);
	bad = fflush(file) != 0 || fdatasync(fd) == -1;
	if (fclose(file) != 0 || bad ||
	    rename(events->fresh, events->path) == -1)
		return till_fail(err, "%s: %s", events->path, strerror(errno));
	return 0;
}
