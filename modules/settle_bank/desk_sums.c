/*
 * desk_sums.c - when a day is over, ask the bank for its totals.
 */
#include <string.h>
#include <time.h>

#include "settle_bank/desk_job.h"
#include "settle_bank/profile.h"

#define AGAIN_MS 1000 /* until a link is up */
#define DAY_S 86400

struct closing {
	struct desk *desk;
	const char *open_day; /* that is not over, or "" */
	const char *only; /* this day, or "" */
	int64_t now_s;
	bool again; /* also what has a result of all there is */
	size_t known, len; /* days and currencies; that are to be asked for */
};

static void close_days(struct closing *);
static void close_day(void *, const struct sums_day *);
static void ask(struct desk *, struct sums *, int64_t now_ms);
static int send(struct desk *, struct sums *, unsigned int link,
    struct till_error *);
static bool approves(void *, const char *);
static void keep(struct desk *);
static void tell(struct desk *, const struct sums *);

void
desk_sums_cutover(struct desk *desk, const char *open_day)
{
	struct closing closing = { .desk = desk,
		.open_day = open_day,
		.only = "" };

	close_days(&closing);
}

void
desk_sums_now(struct desk *desk, const char *day, size_t *known_r,
    size_t *len_r)
{
	struct closing closing = { .desk = desk,
		.open_day = "",
		.only = day,
		.again = true };

	close_days(&closing);
	*known_r = closing.known;
	*len_r = closing.len;
}

void
desk_sums_turn(struct desk *desk, int64_t now_ms)
{
	const int64_t now_s = desk_time_s(desk);
	struct sums *sums;
	size_t i;

	desk_wanted_look(desk);
	if (desk->options.cutover_s >= 0 && now_s >= desk->cutover_at_s) {
		if (desk->cutover_at_s > 0)
			desk_sums_cutover(desk, "");
		desk->cutover_at_s =
		    now_s - now_s % DAY_S + desk->options.cutover_s;
		if (desk->cutover_at_s <= now_s)
			desk->cutover_at_s += DAY_S;
	}
	if (now_ms < desk->sums_ms)
		return;
	desk->sums_ms = INT64_MAX;
	for (i = 0; i < desk->book->len; i++) {
		sums = &desk->book->list[i];
		if (sums->state != SUMS_ASKED)
			continue;
		if (now_ms >= sums->until_ms)
			ask(desk, sums, now_ms);
		if (sums->state == SUMS_ASKED && sums->until_ms < desk->sums_ms)
			desk->sums_ms = sums->until_ms;
	}
}

int64_t
desk_sums_due_ms(const struct desk *desk)
{
	return desk->sums_ms;
}

void
desk_sums_answer(struct desk *desk, const struct iso_message *answer)
{
	struct iso_message request;
	struct till_error err;
	struct sums *sums;
	size_t i;

	for (i = 0; i < desk->book->len; i++) {
		sums = &desk->book->list[i];
		if (sums->state != SUMS_ASKED || sums->tries == 0 ||
		    sums_request(sums, desk_conf(desk, sums->link), &request,
			&err) == -1 ||
		    !profile_answers(&request, answer) ||
		    profile_echoes(&request, answer, &err) == -1)
			continue;
		(void)pthread_mutex_lock(&desk->book->lock);
		sums_answer(sums, answer);
		sums->time_s = desk_time_s(desk);
		(void)pthread_mutex_unlock(&desk->book->lock);
		keep(desk);
		tell(desk, sums);
		return;
	}
}

static void
close_days(struct closing *closing)
{
	struct desk *desk = closing->desk;

	closing->now_s = desk_time_s(desk);
	(void)pthread_mutex_lock(&desk->book->lock);
	(void)sums_each_day(desk->journal, close_day, closing);
	(void)pthread_mutex_unlock(&desk->book->lock);
	if (closing->len > 0)
		keep(desk);
	desk->sums_ms = 0;
}

/* The book is locked.  What has come of a day since its result asks for
 * another one. */
static void
close_day(void *arg, const struct sums_day *day)
{
	struct closing *closing = arg;
	const struct sums *known =
	    sums_find(closing->desk->book, day->day, day->currency);
	struct sums *sums;

	if (!sums_day_is_whole(day->day, closing->now_s) ||
	    strcmp(day->day, closing->open_day) == 0 ||
	    (closing->only[0] != '\0' && strcmp(day->day, closing->only) != 0))
		return;
	closing->known++;
	if (known != NULL &&
	    (known->state == SUMS_ASKED ||
		(!closing->again && day->len <= known->seen)))
		return;
	sums = sums_of(closing->desk->book, day->day, day->currency);
	sums->state = SUMS_ASKED;
	sums->tries = 0;
	sums->until_ms = 0;
	sums->code[0] = '\0';
	closing->len++;
}

/* By the first link that is up; the answer may be lost, and is asked for
 * again. */
static void
ask(struct desk *desk, struct sums *sums, int64_t now_ms)
{
	const int link = net_pick(desk->net);
	struct till_error err;

	if (link == -1) {
		sums->until_ms = now_ms + AGAIN_MS;
		return;
	}
	(void)pthread_mutex_lock(&desk->book->lock);
	if (sums->tries == SUMS_TRIES_MAX) {
		sums->state = SUMS_NO_ANSWER;
		sums->time_s = desk_time_s(desk);
	} else if (sums->tries == 0) {
		sums_add_up(sums, desk->book, desk->journal, approves, desk);
	}
	(void)pthread_mutex_unlock(&desk->book->lock);
	if (sums->state == SUMS_NO_ANSWER) {
		keep(desk);
		tell(desk, sums);
	} else if (send(desk, sums, (unsigned int)link, &err) == -1) {
		desk_log(desk, TILL_LOG_ERROR, "totals of %s: %s", sums->day,
		    err.text);
		sums->until_ms = now_ms + AGAIN_MS;
	} else {
		sums->until_ms =
		    now_ms + desk_conf(desk, (unsigned int)link)->response_ms;
	}
}

static int
send(struct desk *desk, struct sums *sums, unsigned int link,
    struct till_error *err)
{
	const time_t now = (time_t)desk_time_s(desk);
	struct iso_message message;
	struct tm utc;

	if (sums->tries == 0 &&
	    (stan_next(&desk->stan, sums->stan, err) == -1 ||
		gmtime_r(&now, &utc) == NULL ||
		strftime(sums->sent, sizeof(sums->sent), "%m%d%H%M%S", &utc) ==
		    0))
		return -1;
	sums->tries++;
	sums->link = link;
	if (sums_request(sums, desk_conf(desk, link), &message, err) == -1 ||
	    profile_check(&message, PROFILE_TO_BANK, err) == -1)
		return -1;
	return net_send(desk->net, link, &message, NULL, err);
}

static bool
approves(void *arg, const char *code)
{
	const struct desk *desk = arg;

	return codes_class(desk->options.codes, code, strlen(code)) ==
	    CODE_APPROVED;
}

static void
keep(struct desk *desk)
{
	struct till_error err;

	if (sums_save(desk->book, &err) == -1)
		desk_log(desk, TILL_LOG_ERROR, "%s", err.text);
}

/* A difference is an alarm; what follows its first line is no other one. */
static void
tell(struct desk *desk, const struct sums *sums)
{
	char text[1024];
	char *rest = text, *line;
	bool first = true;

	(void)sums_line(sums, text, sizeof(text));
	while ((line = strsep(&rest, "\n")) != NULL) {
		if (line[0] == '\0')
			continue;
		line += strspn(line, " ");
		if (first && sums->state == SUMS_DIFFERENT)
			desk_alarm(desk, "reconciliation: %s", line);
		else
			desk_log(desk,
			    sums->state == SUMS_EQUAL ? TILL_LOG_INFO
						      : TILL_LOG_WARNING,
			    "reconciliation: %s", line);
		first = false;
	}
}
