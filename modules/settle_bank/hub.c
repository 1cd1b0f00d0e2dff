/*
 * hub.c - the desks of this process, by device and number of their folder.
 */
#include <sys/eventfd.h>
#include <sys/stat.h>

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "settle_bank/hand.h"
#include "settle_bank/hub.h"

struct hub {
	struct hub *next;
	dev_t device;
	ino_t number;
	struct hand *hand; /* on the folder; NULL: another host has it */
	pthread_t watcher;
	bool watched;
	int stop_fd; /* of the watcher */
	struct hub_setup setup;
	const struct till_host *host;
	struct diary *diary;
	pthread_rwlock_t lock; /* of desk */
	struct desk *desk;
	struct hub_seat *seats;
};

struct hub_seat {
	struct hub_seat *next;
	struct hub *hub;
	struct till_instance *instance;
};

static struct hub *find(const struct stat *);
static struct hub *make(const struct hub_setup *, const struct stat *,
    const struct till_host *, struct till_error *);
static int take(struct hub *, int64_t wait_ms, struct till_error *);
static int watch(struct hub *, struct till_error *);
static void *look_on(void *);
static void let_go(struct hub *);
static void take_back(struct hub *);
static void unmake(struct hub *);
static bool same(const void *, const void *, size_t);
static int replace(struct hub *, const struct hub_setup *,
    struct till_instance *, struct till_error *);
static struct desk *begin(struct hub *, struct till_instance *,
    struct till_error *);
static void note(void *, enum till_log_level, bool logged, const char *);

/* The one thing that instances share, which is why it is here: they are
 * opened and closed by turns and know nothing of each other. */
static struct {
	pthread_mutex_t lock;
	struct hub *first;
} hubs = { PTHREAD_MUTEX_INITIALIZER, NULL };

struct hub_seat *
hub_enter(const struct hub_setup *setup, const struct till_host *host,
    struct till_instance *instance, struct till_error *err)
{
	struct hub_seat *seat = calloc(1, sizeof(*seat));
	struct stat folder;
	struct hub *hub;
	int r = -1;

	if (seat == NULL) {
		till_error_set(err, "out of memory");
		return NULL;
	}
	if (stat(setup->state_dir, &folder) == -1) {
		till_error_set(err, "%.200s: %s", setup->state_dir,
		    strerror(errno));
		free(seat);
		return NULL;
	}
	(void)pthread_mutex_lock(&hubs.lock);
	hub = find(&folder);
	if (hub == NULL)
		hub = make(setup, &folder, host, err);
	if (hub != NULL)
		r = replace(hub, setup, instance, err);
	if (r == 0) {
		seat->hub = hub;
		seat->instance = instance;
		seat->next = hub->seats;
		hub->seats = seat;
	} else if (hub != NULL && hub->seats == NULL) {
		unmake(hub);
	}
	(void)pthread_mutex_unlock(&hubs.lock);
	if (r == 0)
		return seat;
	free(seat);
	return NULL;
}

void
hub_leave(struct hub_seat *seat)
{
	struct hub *hub;
	struct hub_seat **at;

	if (seat == NULL)
		return;
	hub = seat->hub;
	(void)pthread_mutex_lock(&hubs.lock);
	for (at = &hub->seats; *at != seat;)
		at = &(*at)->next;
	*at = seat->next;
	if (hub->seats == NULL)
		unmake(hub);
	else if (hub->desk != NULL)
		desk_set_instance(hub->desk, hub->seats->instance);
	(void)pthread_mutex_unlock(&hubs.lock);
	free(seat);
}

struct desk *
hub_desk(struct hub_seat *seat)
{
	(void)pthread_rwlock_rdlock(&seat->hub->lock);
	return seat->hub->desk;
}

void
hub_done(struct hub_seat *seat)
{
	(void)pthread_rwlock_unlock(&seat->hub->lock);
}

struct diary *
hub_diary(struct hub_seat *seat)
{
	return seat->hub->diary;
}

static struct hub *
find(const struct stat *folder)
{
	struct hub *hub = hubs.first;

	while (hub != NULL &&
	    (hub->device != folder->st_dev || hub->number != folder->st_ino))
		hub = hub->next;
	return hub;
}

static struct hub *
make(const struct hub_setup *setup, const struct stat *folder,
    const struct till_host *host, struct till_error *err)
{
	struct hub *hub = calloc(1, sizeof(*hub));

	if (hub == NULL) {
		till_error_set(err, "out of memory");
		return NULL;
	}
	hub->device = folder->st_dev;
	hub->number = folder->st_ino;
	hub->stop_fd = eventfd(0, EFD_CLOEXEC);
	memcpy(&hub->setup, setup, sizeof(hub->setup));
	hub->host = host;
	(void)pthread_rwlock_init(&hub->lock, NULL);
	hub->next = hubs.first;
	hubs.first = hub;
	hub->diary = diary_new();
	if (hub->diary == NULL)
		till_error_set(err, "out of memory");
	else if (take(hub, HUB_WAIT_MS, err) == 0 && watch(hub, err) == 0)
		return hub;
	unmake(hub);
	return NULL;
}

static int
take(struct hub *hub, int64_t wait_ms, struct till_error *err)
{
	if (hub->hand == NULL)
		hub->hand = hand_take(hub->setup.state_dir, wait_ms, err);
	return hub->hand == NULL ? -1 : 0;
}

static int
watch(struct hub *hub, struct till_error *err)
{
	int r;

	if (hub->stop_fd == -1)
		return till_fail(err, "out of descriptors");
	r = pthread_create(&hub->watcher, NULL, look_on, hub);
	if (r != 0)
		return till_fail(err, "%s", strerror(r));
	hub->watched = true;
	return 0;
}

/* Who ends the hub has the lock of all and waits for this thread, so that it
 * never waits for that lock. */
static void *
look_on(void *arg)
{
	struct hub *hub = arg;
	struct pollfd stop = { .fd = hub->stop_fd, .events = POLLIN };

	while (poll(&stop, 1, HUB_LOOK_MS) <= 0) {
		if (pthread_mutex_trylock(&hubs.lock) != 0)
			continue;
		if (hub->hand == NULL)
			take_back(hub);
		else if (hand_is_wanted(hub->hand))
			let_go(hub);
		(void)pthread_mutex_unlock(&hubs.lock);
	}
	return NULL;
}

/* What is under way has its moment to be answered. */
static void
let_go(struct hub *hub)
{
	(void)pthread_rwlock_wrlock(&hub->lock);
	desk_free(hub->desk);
	hub->desk = NULL;
	hand_release(hub->hand);
	hub->hand = NULL;
	(void)pthread_rwlock_unlock(&hub->lock);
	note(hub, TILL_LOG_INFO, false,
	    "another host of the server has the state folder now");
}

/* The other one has ended: its configuration was refused, or is over. */
static void
take_back(struct hub *hub)
{
	struct till_error err;

	if (hub->seats == NULL || take(hub, 0, &err) == -1)
		return;
	if (hand_is_wanted(hub->hand)) {
		hand_release(hub->hand);
		hub->hand = NULL;
		return;
	}
	(void)pthread_rwlock_wrlock(&hub->lock);
	hub->desk = begin(hub, hub->seats->instance, &err);
	(void)pthread_rwlock_unlock(&hub->lock);
	if (hub->desk == NULL)
		note(hub, TILL_LOG_ERROR, false, err.text);
}

static void
unmake(struct hub *hub)
{
	const uint64_t one = 1;
	struct hub **at = &hubs.first;

	while (*at != hub)
		at = &(*at)->next;
	*at = hub->next;
	if (hub->watched) {
		(void)!write(hub->stop_fd, &one, sizeof(one));
		(void)pthread_join(hub->watcher, NULL);
	}
	if (hub->stop_fd != -1)
		(void)close(hub->stop_fd);
	desk_free(hub->desk);
	hand_release(hub->hand);
	diary_free(hub->diary);
	(void)pthread_rwlock_destroy(&hub->lock);
	free(hub);
}

/* A desk with this setup, for this instance.  Its answers have a moment to
 * come before it goes. */
static int
replace(struct hub *hub, const struct hub_setup *setup,
    struct till_instance *instance, struct till_error *err)
{
	struct hub_setup old;
	struct till_error again;
	int r;

	if (hub->desk != NULL && same(&hub->setup, setup, sizeof(*setup))) {
		desk_set_instance(hub->desk, instance);
		return 0;
	}
	if (take(hub, HUB_WAIT_MS, err) == -1)
		return -1;
	(void)pthread_rwlock_wrlock(&hub->lock);
	desk_free(hub->desk);
	memcpy(&old, &hub->setup, sizeof(old));
	memcpy(&hub->setup, setup, sizeof(hub->setup));
	hub->desk = begin(hub, instance, err);
	r = hub->desk == NULL ? -1 : 0;
	if (r == -1 && hub->seats != NULL) {
		memcpy(&hub->setup, &old, sizeof(hub->setup));
		hub->desk = begin(hub, hub->seats->instance, &again);
		if (hub->desk == NULL)
			note(hub, TILL_LOG_ERROR, false, again.text);
	}
	(void)pthread_rwlock_unlock(&hub->lock);
	return r;
}

/* A setup is all zero before it is filled, and is copied octet by octet, so
 * what lies between its members is the same, too. */
static bool
same(const void *a, const void *b, size_t len)
{
	return memcmp(a, b, len) == 0;
}

static struct desk *
begin(struct hub *hub, struct till_instance *instance, struct till_error *err)
{
	const struct desk_options options = { .host = hub->host,
		.instance = instance,
		.links = hub->setup.links,
		.links_len = hub->setup.links_len,
		.codes = &hub->setup.codes,
		.state_dir = hub->setup.state_dir,
		.cutover_s = hub->setup.cutover_s,
		.log = note,
		.log_arg = hub };

	return desk_new(&options, err);
}

static void
note(void *arg, enum till_log_level level, bool logged, const char *text)
{
	struct hub *hub = arg;
	struct timespec now;

	(void)clock_gettime(CLOCK_REALTIME, &now);
	diary_add(hub->diary, now.tv_sec, level, logged, text);
}
