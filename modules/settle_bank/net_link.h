/*
 * net_link.h - one link of net.h.
 */
#ifndef SETTLE_BANK_NET_LINK_H
#define SETTLE_BANK_NET_LINK_H

#include <pthread.h>

#include "settle_bank/conn.h"
#include "settle_bank/net.h"

enum link_state {
	LINK_DOWN = 1, /* until retry_ms */
	LINK_CONNECTING,
	LINK_SIGNING,
	LINK_UP
};

struct net_link {
	struct net *net;
	const struct bank_conf *conf;
	unsigned int number;
	struct ssl_ctx_st *context;
	struct conn *conn;
	enum link_state state;
	int64_t deadline_ms; /* of connecting or signing */
	int64_t retry_ms, backoff_ms; /* LINK_DOWN */
	int64_t heard_ms; /* the last message */
	int64_t echo_ms; /* an echo is to be answered by then; 0: none */
	unsigned int echoes; /* unanswered */
	char stan[STAN_LEN + 1], sent[11]; /* of the 0800 under way */

	pthread_mutex_t lock; /* of status */
	struct net_status status;
};

struct net {
	const struct net_ops *ops;
	void *arg;
	int wake_fd;
	struct net_link links[NET_LINKS_MAX];
	size_t links_len;
};

/* Do what is due, and take what has come. */
void link_turn(struct net_link *, int64_t now_ms);
/* When a turn is due at the latest. */
int64_t link_due_ms(const struct net_link *);
/* It is over, for this reason; try again later. */
void link_down(struct net_link *, const char *why);
/* Send DE70 in a 0800. */
int link_manage(struct net_link *, const char *code, struct till_error *err);
int link_send(struct net_link *, const struct iso_message *,
    const unsigned char *tpdu, struct till_error *err);
void link_log(struct net_link *, enum till_log_level, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

#endif
