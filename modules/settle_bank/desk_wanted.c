/*
 * desk_wanted.c - who wants the totals now is told whether they are asked
 * for.
 *
 * The journal is the desk's thread's alone, so the question is put to it.
 */
#include <string.h>
#include <time.h>

#include "settle_bank/desk_job.h"

static bool ask(struct desk *, const char *day, size_t *known_r, size_t *len_r);

void
desk_wanted_init(struct sums_wanted *wanted)
{
	pthread_condattr_t clock;

	(void)pthread_mutex_init(&wanted->lock, NULL);
	(void)pthread_condattr_init(&clock);
	(void)pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
	(void)pthread_cond_init(&wanted->changed, &clock);
	(void)pthread_condattr_destroy(&clock);
}

void
desk_wanted_destroy(struct sums_wanted *wanted)
{
	(void)pthread_cond_destroy(&wanted->changed);
	(void)pthread_mutex_destroy(&wanted->lock);
}

int
desk_reconcile(struct desk *desk, const char *day, size_t *len_r,
    struct till_error *err)
{
	struct till_error why;
	size_t known = 0;

	if (desk_health(desk, &why) == -1)
		return till_fail(err, "the bank cannot be asked now: %s",
		    why.text);
	if (!ask(desk, day, &known, len_r))
		return till_fail(err,
		    "the desk is busy, or is asked by somebody else; try "
		    "again");
	if (known == 0 && day[0] != '\0')
		return till_fail(err, "the journal has nothing of day %s", day);
	if (known == 0)
		return till_fail(err,
		    "nothing has come back from the bank that could be "
		    "added up");
	if (*len_r == 0)
		return till_fail(err, "the bank is being asked already");
	return 0;
}

void
desk_wanted_look(struct desk *desk)
{
	struct sums_wanted *wanted = &desk->wanted;

	(void)pthread_mutex_lock(&wanted->lock);
	if (wanted->state == WANTED_NOW) {
		desk_sums_now(desk, wanted->day, &wanted->known, &wanted->len);
		wanted->state = WANTED_LOOKED_AT;
		(void)pthread_cond_signal(&wanted->changed);
	}
	(void)pthread_mutex_unlock(&wanted->lock);
}

/* One at a time. */
static bool
ask(struct desk *desk, const char *day, size_t *known_r, size_t *len_r)
{
	struct sums_wanted *wanted = &desk->wanted;
	struct timespec until;
	bool looked = false;
	int r = 0;

	(void)clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += DESK_ASK_MS / 1000;
	(void)pthread_mutex_lock(&wanted->lock);
	if (wanted->state == WANTED_NOTHING) {
		(void)snprintf(wanted->day, sizeof(wanted->day), "%s", day);
		wanted->state = WANTED_NOW;
		net_wake(desk->net);
		while (wanted->state == WANTED_NOW && r == 0)
			r = pthread_cond_timedwait(&wanted->changed,
			    &wanted->lock, &until);
		looked = wanted->state == WANTED_LOOKED_AT;
		*known_r = wanted->known;
		*len_r = wanted->len;
		wanted->state = WANTED_NOTHING;
	}
	(void)pthread_mutex_unlock(&wanted->lock);
	return looked;
}
