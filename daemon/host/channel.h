/*
 * channel.h - packets on the sockets of a module host.
 */
#ifndef HOST_CHANNEL_H
#define HOST_CHANNEL_H

#include <stddef.h>

#include <till/error.h>

#include "host/wire.h"

#define CHANNEL_TICK_MS 50 /* how long a look at a socket blocks */
#define CHANNEL_FDS_MAX 16 /* descriptors that one packet carries */

enum channel_result {
	CHANNEL_ERROR = 0, /* the other end is gone */
	CHANNEL_CUT, /* it sent more than there is room for */
	CHANNEL_DONE,
	CHANNEL_TICK /* nothing within CHANNEL_TICK_MS */
};

/* Two ends of packets, closed by exec.  ours[0] blocks CHANNEL_TICK_MS at
 * most; the other, for the host, for ever. */
int channel_pair(int fds_r[2], struct till_error *err);

/* Send a message that did not fail to be written, with len octets of more
 * behind it (NULL: none). */
enum channel_result channel_send(int fd, const struct wire_writer *,
    const void *more, size_t len);
/* *len_r is more than 0. */
enum channel_result channel_recv(int fd, void *buf, size_t size, size_t *len_r);
/* The same without any wait. */
enum channel_result channel_look(int fd, void *buf, size_t size, size_t *len_r);

/* With descriptors.  Those received are closed by exec; there may be
 * fewer than sent, where the receiver has no room. */
enum channel_result channel_send_fds(int fd, const struct wire_writer *,
    const int *fds, size_t fds_len);
enum channel_result channel_recv_fds(int fd, void *buf, size_t size,
    size_t *len_r, int fds_r[CHANNEL_FDS_MAX], size_t *fds_len_r);

#endif
