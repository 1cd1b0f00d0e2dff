/*
 * order_guess.c - replies to the auth stack, bounded by network.
 *
 * A module counts a customer's failures; here are those of a network,
 * whatever names it says: see tries.h.  Whether a name is one that we know
 * makes no difference, and a browser that the customer is known by has its
 * own count with the module and none here.  What a module does not call a
 * failure is none: a challenge that was fetched, or a token that nobody can
 * guess.
 *
 * Where replies wait to be looked at, those of known browsers, those of
 * networks where nothing has failed and nothing else is tried, and the others
 * take turns: whoever guesses from many places waits for himself.
 */
#include <string.h>

#include "log/log.h"
#include "rear/clock.h"
#include "rear/herald.h"
#include "rear/run.h"
#include "rear/tries.h"

#define ALERT "auth.alert"

enum { LANE_USUAL = 0, LANE_CLEAN, LANE_KNOWN };

static bool is_known_browser(const struct order_run *);

bool
guess_begin(struct order_run *run, const struct instance *instance)
{
	char network[TRIES_PLACE_MAX];
	int64_t wait_ms;
	bool busy;

	/* Counted already: it was handed on, to where such calls are made. */
	if (run->guess == instance)
		return true;
	guess_end(run);
	if (is_known_browser(run)) {
		run->job.lane = LANE_KNOWN;
		return true;
	}
	tries_network(run->request.address, network);
	wait_ms = tries_enter(run->rear->networks, instance_name(instance),
	    network, clock_ms(), &busy);
	if (wait_ms > 0) {
		(void)run_busy(run);
		run->answer.retry_after_s =
		    (unsigned int)(wait_ms + 999) / 1000;
		return false;
	}
	run->guess = instance;
	run->guessed_wrong = false;
	run->job.lane = busy ? LANE_USUAL : LANE_CLEAN;
	return true;
}

void
guess_end(struct order_run *run)
{
	static const char text[] =
	    "too many failed tries from one network, with any names: "
	    "it is delayed";
	const char *instance;
	char network[TRIES_PLACE_MAX];
	uint32_t count;

	run->job.lane = LANE_USUAL;
	if (run->guess == NULL)
		return;
	instance = instance_name(run->guess);
	tries_network(run->request.address, network);
	count = tries_leave(run->rear->networks, instance, network,
	    run->guessed_wrong, clock_ms());
	run->guess = NULL;
	if (!run->guessed_wrong || count != TRIES_NETWORK_FREE)
		return;
	log_line(TILL_LOG_WARNING, ALERT, "instance", instance, "address",
	    run->request.address, "text", text, NULL);
	herald_alert(run, ALERT, instance, text);
}

static bool
is_known_browser(const struct order_run *run)
{
	char id[DEVICE_ID_MAX], buf[RUN_SUBJECT_MAX];

	return device_look(run->rear->mint,
		   run_subject(run, run->purchase->customer, buf),
		   run->request.device, run->now_s, id) != DEVICE_NONE;
}
