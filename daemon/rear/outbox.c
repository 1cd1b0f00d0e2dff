/*
 * outbox.c - the lines of the newest configuration, and the clerk who
 * takes their answers to the ledger.
 */
#include <stdlib.h>
#include <string.h>

#include "rear/clock.h"
#include "rear/outbox_priv.h"

#define TICK_MS 100 /* between two looks at who sleeps */
#define REST_MS 60000 /* the same, while nobody does */
#define REFUSED_MS 1000 /* until the ledger is asked again */

static void wake_line(struct outbox *, const char *, const char *, uint64_t,
    bool);
static void *clerk_thread(void *);
static void clerk_wait(struct outbox *);
static bool is_restless(struct outbox *);
static void submit(struct outbox *);
static void submit_again(struct outbox *);
static void set_lines(struct outbox *);
static void want(struct outbox *, const struct generation *);
static struct line *find(struct outbox *, const char *, bool);
static bool add_missing(struct outbox *, const struct generation *);
static unsigned int tellers_of(const struct instance *);
static void look_after(struct outbox *);
static void reap(struct outbox *);
static void stop_all(struct outbox *);

int
outbox_start(struct rear *rear, struct outbox **outbox_r,
    struct till_error *err)
{
	struct outbox *outbox = calloc(1, sizeof(*outbox));

	if (outbox == NULL)
		return till_fail(err, "out of memory");
	outbox->rear = rear;
	outbox->errands_last = &outbox->errands;
	outbox->changed = true;
	(void)pthread_mutex_init(&outbox->lock, NULL);
	clock_cond_init(&outbox->wake);
	clock_cond_init(&outbox->room);
	if (pthread_create(&outbox->clerk, NULL, clerk_thread, outbox) != 0) {
		outbox_stop(outbox);
		return till_fail(err, "no thread can be started");
	}
	outbox->running = true;
	*outbox_r = outbox;
	return 0;
}

void
outbox_stop(struct outbox *outbox)
{
	if (outbox == NULL)
		return;
	(void)pthread_mutex_lock(&outbox->lock);
	outbox->stop = true;
	(void)pthread_cond_broadcast(&outbox->wake);
	(void)pthread_cond_broadcast(&outbox->room);
	(void)pthread_mutex_unlock(&outbox->lock);
	if (outbox->running)
		(void)pthread_join(outbox->clerk, NULL);
	(void)pthread_cond_destroy(&outbox->wake);
	(void)pthread_cond_destroy(&outbox->room);
	(void)pthread_mutex_destroy(&outbox->lock);
	free(outbox);
}

void
outbox_reload(struct outbox *outbox)
{
	(void)pthread_mutex_lock(&outbox->lock);
	outbox->changed = true;
	(void)pthread_cond_signal(&outbox->wake);
	(void)pthread_mutex_unlock(&outbox->lock);
}

void
outbox_wake(struct outbox *outbox, const struct ledger_event *event)
{
	uint32_t i;

	for (i = 0; i < event->lines_len; i++)
		wake_line(outbox, event->lines[i], event->merchant,
		    event->sequence, false);
}

void
outbox_again(struct outbox *outbox, const char *line, const char *merchant,
    uint64_t sequence)
{
	wake_line(outbox, line, merchant, sequence, true);
}

void
outbox_each(struct outbox *outbox,
    void (*each)(void *arg, const struct outbox_line *), void *arg)
{
	struct lanes_stats lanes;
	struct outbox_line stats;
	struct line *line;

	(void)pthread_mutex_lock(&outbox->lock);
	for (line = outbox->lines; line != NULL; line = line->next) {
		if (!line->wanted)
			continue;
		(void)pthread_mutex_lock(&line->lock);
		stats = line->stats;
		lanes_stats(line->lanes, &lanes);
		(void)pthread_mutex_unlock(&line->lock);
		stats.merchants = lanes.busy;
		stats.failing = lanes.failed;
		stats.at_work = lanes.taken;
		each(arg, &stats);
	}
	(void)pthread_mutex_unlock(&outbox->lock);
}

/* A line that is not there yet finds by itself what waits for it. */
static void
wake_line(struct outbox *outbox, const char *name, const char *merchant,
    uint64_t sequence, bool again)
{
	struct line *line;

	(void)pthread_mutex_lock(&outbox->lock);
	line = find(outbox, name, true);
	if (line != NULL) {
		(void)pthread_mutex_lock(&line->lock);
		if (!(again ? lanes_again(line->lanes, merchant, sequence)
			    : lanes_wake(line->lanes, merchant))) {
			line->rescan = true;
			(void)pthread_cond_signal(&outbox->wake);
		}
		(void)pthread_cond_signal(&line->work);
		(void)pthread_mutex_unlock(&line->lock);
	}
	(void)pthread_mutex_unlock(&outbox->lock);
}

static void *
clerk_thread(void *arg)
{
	struct outbox *outbox = arg;
	int64_t again_ms = clock_ms() + REFUSED_MS;

	(void)pthread_mutex_lock(&outbox->lock);
	while (!outbox->stop) {
		if (outbox->changed)
			set_lines(outbox);
		look_after(outbox);
		reap(outbox);
		submit(outbox);
		if (clock_ms() >= again_ms) {
			submit_again(outbox);
			again_ms = clock_ms() + REFUSED_MS;
		}
		if (!outbox->stop && !outbox->changed)
			clerk_wait(outbox);
	}
	stop_all(outbox);
	(void)pthread_mutex_unlock(&outbox->lock);
	return NULL;
}

/* Until there is something to do, and a little longer where there are
 * answers, so that more of them come together. */
static void
clerk_wait(struct outbox *outbox)
{
	int64_t now_ms = clock_ms();

	if (outbox->errands == NULL)
		(void)clock_cond_wait(&outbox->wake, &outbox->lock,
		    now_ms + (is_restless(outbox) ? TICK_MS : REST_MS));
	now_ms = clock_ms();
	while (outbox->errands != NULL && !outbox->stop &&
	    clock_cond_wait(&outbox->wake, &outbox->lock,
		now_ms + OUTBOX_ACK_MS) == 0)
		continue;
}

/* Will there be something to do, though nobody says so? */
static bool
is_restless(struct outbox *outbox)
{
	struct lanes_stats lanes;
	bool restless = outbox->refused != NULL;
	struct line *line;

	for (line = outbox->lines; line != NULL; line = line->next) {
		(void)pthread_mutex_lock(&line->lock);
		lanes_stats(line->lanes, &lanes);
		restless =
		    restless || line->rescan || line->stop || lanes.asleep > 0;
		(void)pthread_mutex_unlock(&line->lock);
	}
	return restless;
}

/* All that wait, in one go: the ledger writes them together. */
static void
submit(struct outbox *outbox)
{
	struct errand *errand = outbox->errands, *next;

	if (errand == NULL)
		return;
	outbox->errands = NULL;
	outbox->errands_last = &outbox->errands;
	/* done may run before submit returns. */
	(void)pthread_mutex_unlock(&outbox->lock);
	for (; errand != NULL; errand = next) {
		next = errand->next;
		ledger_submit(outbox->rear->ledger, &errand->request);
	}
	(void)pthread_mutex_lock(&outbox->lock);
}

static void
submit_again(struct outbox *outbox)
{
	struct errand *errand = outbox->refused, *next;

	outbox->refused = NULL;
	for (; errand != NULL; errand = next) {
		next = errand->next;
		errand->next = NULL;
		*outbox->errands_last = errand;
		outbox->errands_last = &errand->next;
	}
}

/* A line of the same name with more or fewer threads is another one, and
 * begins when the old one has ended. */
static void
set_lines(struct outbox *outbox)
{
	struct generation *generation = rear_generation(outbox->rear);
	struct line *line;

	outbox->changed = false;
	want(outbox, generation);
	for (line = outbox->lines; line != NULL; line = line->next)
		if (!line->wanted)
			line_stop(line);
	if (!add_missing(outbox, generation))
		outbox->changed = true;
	generation_unref(generation);
	if (!outbox->changed)
		return;
	reap(outbox);
	(void)clock_cond_wait(&outbox->wake, &outbox->lock,
	    clock_ms() + TICK_MS);
}

static void
want(struct outbox *outbox, const struct generation *generation)
{
	const struct conf_stack *stack = &generation->conf->notify;
	const struct instance *instance;
	struct line *line;
	size_t i;

	for (line = outbox->lines; line != NULL; line = line->next)
		line->wanted = false;
	for (i = 0; i < stack->len; i++) {
		instance = generation_instance(generation, &stack->rules[i]);
		if (stack->rules[i].control != CONTROL_MUST || instance == NULL)
			continue;
		for (line = outbox->lines; line != NULL; line = line->next)
			if (strcmp(line->name, instance_name(instance)) == 0 &&
			    line->tellers == tellers_of(instance) &&
			    !line->stop)
				line->wanted = true;
	}
}

static struct line *
find(struct outbox *outbox, const char *name, bool wanted)
{
	struct line *line = outbox->lines;

	while (line != NULL &&
	    (strcmp(line->name, name) != 0 || (wanted && !line->wanted)))
		line = line->next;
	return line;
}

/* False: one of them must wait for its forerunner. */
static bool
add_missing(struct outbox *outbox, const struct generation *generation)
{
	const struct conf_stack *stack = &generation->conf->notify;
	const struct instance *instance;
	struct line *line;
	bool all = true;
	size_t i;

	for (i = 0; i < stack->len; i++) {
		instance = generation_instance(generation, &stack->rules[i]);
		if (stack->rules[i].control != CONTROL_MUST ||
		    instance == NULL ||
		    find(outbox, instance_name(instance), true) != NULL)
			continue;
		line = NULL;
		if (find(outbox, instance_name(instance), false) == NULL)
			line = line_new(outbox, instance_name(instance),
			    tellers_of(instance));
		if (line == NULL) {
			all = false;
			continue;
		}
		line->next = outbox->lines;
		outbox->lines = line;
	}
	return all;
}

static unsigned int
tellers_of(const struct instance *instance)
{
	return (instance_module(instance)->caps & TILL_CAP_THREADSAFE) != 0
	    ? OUTBOX_TELLERS
	    : 1;
}

/* Wake those whose time has come.  A walk over the ledger holds no lock:
 * only the clerk takes lines off the list. */
static void
look_after(struct outbox *outbox)
{
	struct line *line;
	bool rescan;

	for (line = outbox->lines; line != NULL; line = line->next) {
		(void)pthread_mutex_lock(&line->lock);
		if (lanes_tick(line->lanes, clock_ms()) > 0)
			(void)pthread_cond_broadcast(&line->work);
		rescan = line->rescan && line->wanted && !line->stop;
		(void)pthread_mutex_unlock(&line->lock);
		if (!rescan)
			continue;
		(void)pthread_mutex_unlock(&outbox->lock);
		line_scan(line);
		(void)pthread_mutex_lock(&outbox->lock);
	}
}

/* Take away the lines that have ended. */
static void
reap(struct outbox *outbox)
{
	struct line **at = &outbox->lines, *line;

	while (*at != NULL) {
		line = *at;
		if (!line_ended(line)) {
			at = &line->next;
			continue;
		}
		*at = line->next;
		line_free(line);
	}
}

/* Calls at work end in their own time, and their answers are written. */
static void
stop_all(struct outbox *outbox)
{
	struct errand *errand;
	struct line *line;

	for (line = outbox->lines; line != NULL; line = line->next)
		line_stop(line);
	while (outbox->lines != NULL) {
		line = outbox->lines;
		outbox->lines = line->next;
		(void)pthread_mutex_unlock(&outbox->lock);
		line_free(line);
		(void)pthread_mutex_lock(&outbox->lock);
	}
	submit(outbox);
	while (outbox->refused != NULL || outbox->under_way > 0) {
		while (outbox->refused != NULL) {
			errand = outbox->refused;
			outbox->refused = errand->next;
			outbox->under_way--;
			free(errand);
		}
		if (outbox->under_way > 0)
			(void)clock_cond_wait(&outbox->room, &outbox->lock,
			    clock_ms() + TICK_MS);
	}
}
