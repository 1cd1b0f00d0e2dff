/*
 * net.h - the links of one instance: kept up, signed on, in the order of
 * their priority.
 *
 * One thread turns it.  What keeps a link up (0800 and 0810) is done
 * here; every other message is handed on.  A link is up when the bank has
 * answered its sign-on.
 */
#ifndef SETTLE_BANK_NET_H
#define SETTLE_BANK_NET_H

#include <till/module.h>

#include "settle_bank/conf.h"
#include "settle_bank/stan.h"

#define NET_LINKS_MAX 4
#define NET_BACKOFF_MS 1000 /* before the first try again; doubles up to */
#define NET_BACKOFF_MAX_MS 60000
#define NET_ECHOES_MAX 2 /* unanswered: the link is dead */

/* What the owner does; all on the thread that turns, but log. */
struct net_ops {
	/* Not 0800 or 0810.  tpdu as it came. */
	void (*message)(void *arg, unsigned int link,
	    const struct iso_message *, const unsigned char *tpdu);
	/* A link is up, or is not any more: what waits for its answers
	 * will not get them there. */
	void (*link)(void *arg, unsigned int link, bool up, const char *why);
	/* The bank's day has changed; date is DE15, or "". */
	void (*cutover)(void *arg, unsigned int link, const char *date);
	int (*stan)(void *arg, char text_r[STAN_LEN + 1],
	    struct till_error *err);
	int64_t (*time_s)(void *arg); /* seconds since 1970 */
	void (*log)(void *arg, enum till_log_level, const char *text);
};

struct net;

/* Read what TLS needs and be ready to connect; confs must outlive it.
 * NULL: *err. */
struct net *net_new(const struct bank_conf *links, size_t links_len,
    const struct net_ops *, void *arg, struct till_error *err);
/* Closes without a word; see net_sign_off.  NULL is fine. */
void net_free(struct net *);

/* Wait until something comes, a wake, a timer of the links, or until_ms
 * of net_clock_ms, and do what is due. */
void net_turn(struct net *, int64_t until_ms);
/* Any thread: end a wait. */
void net_wake(struct net *);
/* Milliseconds of CLOCK_MONOTONIC. */
int64_t net_clock_ms(void);

/* The first link that is up and has room; -1: none. */
int net_pick(const struct net *);
bool net_is_up(const struct net *, unsigned int link);

/* Send a message; tpdu that of what it answers, or NULL.  -1: nothing of
 * it leaves. */
int net_send(struct net *, unsigned int link, const struct iso_message *,
    const unsigned char *tpdu, struct till_error *err);

/*
 * Some of what was sent over a link lies here still.  If that is so when
 * its time is over, nobody reads there: the connection is closed, so that
 * a request does not arrive after what undoes it.
 */
void net_drop_stuck(struct net *, unsigned int link);

/* Take leave of the bank on all links, and give them a moment to say it. */
void net_sign_off(struct net *, int64_t until_ms);

/* Of one link, for a person; any thread. */
struct net_status {
	const char *state; /* "down", "connecting", "signing on", "up" */
	char why[TILL_ERROR_MAX]; /* it is not up, or "" */
	int64_t since_ms; /* of net_clock_ms */
	uint64_t sent, received;
};
void net_status(struct net *, unsigned int link, struct net_status *status_r);

#endif
