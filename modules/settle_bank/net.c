/*
 * net.c - the loop over all links.
 */
#include <sys/eventfd.h>

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "settle_bank/net_link.h"

static int link_init(struct net *, size_t, const struct bank_conf *,
    struct till_error *);
static void drain(int fd);

struct net *
net_new(const struct bank_conf *confs, size_t len, const struct net_ops *ops,
    void *arg, struct till_error *err)
{
	struct net *net = calloc(1, sizeof(*net));
	size_t i;

	if (net == NULL) {
		till_error_set(err, "out of memory");
		return NULL;
	}
	net->ops = ops;
	net->arg = arg;
	net->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (net->wake_fd == -1 || len > NET_LINKS_MAX) {
		till_error_set(err, "at most %d links can be made",
		    NET_LINKS_MAX);
		net_free(net);
		return NULL;
	}
	for (i = 0; i < len; i++) {
		if (link_init(net, i, &confs[i], err) == -1) {
			net_free(net);
			return NULL;
		}
	}
	return net;
}

void
net_free(struct net *net)
{
	size_t i;

	if (net == NULL)
		return;
	for (i = 0; i < net->links_len; i++) {
		conn_free(net->links[i].conn);
		conn_context_free(net->links[i].context);
		(void)pthread_mutex_destroy(&net->links[i].lock);
	}
	if (net->wake_fd != -1)
		(void)close(net->wake_fd);
	free(net);
}

void
net_turn(struct net *net, int64_t until_ms)
{
	struct pollfd fds[NET_LINKS_MAX + 1];
	int64_t now_ms = net_clock_ms(), due_ms;
	size_t i;

	for (i = 0; i < net->links_len; i++) {
		const struct net_link *link = &net->links[i];

		due_ms = link_due_ms(link);
		if (due_ms < until_ms)
			until_ms = due_ms;
		fds[i].fd = link->conn == NULL ? -1 : conn_fd(link->conn);
		fds[i].events =
		    link->conn == NULL ? 0 : conn_events(link->conn);
	}
	fds[i].fd = net->wake_fd;
	fds[i].events = POLLIN;
	until_ms = until_ms <= now_ms   ? 0
	    : until_ms - now_ms > 60000 ? 60000
					: until_ms - now_ms;
	(void)poll(fds, (nfds_t)net->links_len + 1, (int)until_ms);
	drain(net->wake_fd);
	now_ms = net_clock_ms();
	for (i = 0; i < net->links_len; i++)
		link_turn(&net->links[i], now_ms);
}

void
net_wake(struct net *net)
{
	const uint64_t one = 1;

	(void)!write(net->wake_fd, &one, sizeof(one));
}

int64_t
net_clock_ms(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int
net_pick(const struct net *net)
{
	size_t i;

	for (i = 0; i < net->links_len; i++) {
		if (net->links[i].state == LINK_UP &&
		    conn_waiting(net->links[i].conn) < CONN_OUT_MAX / 2)
			return (int)i;
	}
	return -1;
}

bool
net_is_up(const struct net *net, unsigned int link)
{
	return link < net->links_len && net->links[link].state == LINK_UP;
}

int
net_send(struct net *net, unsigned int link, const struct iso_message *message,
    const unsigned char *tpdu, struct till_error *err)
{
	if (!net_is_up(net, link))
		return till_fail(err, "the link is not up");
	return link_send(&net->links[link], message, tpdu, err);
}

void
net_drop_stuck(struct net *net, unsigned int link)
{
	if (net_is_up(net, link) && conn_waiting(net->links[link].conn) > 0)
		link_down(&net->links[link], "the bank reads nothing");
}

void
net_sign_off(struct net *net, int64_t until_ms)
{
	struct till_error err;
	size_t i, left;

	for (i = 0; i < net->links_len; i++) {
		if (net->links[i].state == LINK_UP)
			(void)link_manage(&net->links[i],
			    net->links[i].conf->sign_off, &err);
	}
	do {
		for (i = 0, left = 0; i < net->links_len; i++) {
			if (net->links[i].state == LINK_UP)
				left += conn_waiting(net->links[i].conn);
		}
		if (left > 0)
			net_turn(net, until_ms);
	} while (left > 0 && net_clock_ms() < until_ms);
}

void
net_status(struct net *net, unsigned int link, struct net_status *status_r)
{
	struct net_link *at = &net->links[link];

	(void)pthread_mutex_lock(&at->lock);
	*status_r = at->status;
	(void)pthread_mutex_unlock(&at->lock);
}

static int
link_init(struct net *net, size_t i, const struct bank_conf *conf,
    struct till_error *err)
{
	struct net_link *link = &net->links[i];

	if (conn_context(conf, &link->context, err) == -1)
		return -1;
	if (pthread_mutex_init(&link->lock, NULL) != 0) {
		conn_context_free(link->context);
		return till_fail(err, "out of memory");
	}
	link->net = net;
	link->conf = conf;
	link->number = (unsigned int)i;
	link->state = LINK_DOWN;
	link->backoff_ms = NET_BACKOFF_MS;
	link->status.state = "down";
	net->links_len++;
	return 0;
}

static void
drain(int fd)
{
	uint64_t n;

	(void)!read(fd, &n, sizeof(n));
}
