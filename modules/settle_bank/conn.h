/*
 * conn.h - one connection to the bank: TCP, TLS and frames, never
 * blocking.
 *
 * Used by one thread, which polls conn_fd for conn_events and calls
 * conn_turn.
 */
#ifndef SETTLE_BANK_CONN_H
#define SETTLE_BANK_CONN_H

#include "settle_bank/conf.h"

#define CONN_OUT_MAX (1024 * 1024) /* octets that wait to be sent */
#define CONN_RESOLVE_MS 20 /* between looks at a name that is looked up */

enum conn_state {
	CONN_RESOLVING = 1, /* conn_fd is -1: call conn_turn now and then */
	CONN_CONNECTING,
	CONN_HANDSHAKE,
	CONN_OPEN,
	CONN_FAILED
};

/* What TLS needs for all connections of a link, checked: -1 names the
 * file that is no good.  Without tls=yes it is NULL. */
struct ssl_ctx_st;
int conn_context(const struct bank_conf *, struct ssl_ctx_st **context_r,
    struct till_error *err);
void conn_context_free(struct ssl_ctx_st *); /* NULL is fine */

/* Begin to connect; conf and context must outlive it.  NULL: *err. */
struct conn;
struct conn *conn_new(const struct bank_conf *, struct ssl_ctx_st *context,
    struct till_error *err);
void conn_free(struct conn *); /* closes; NULL is fine */

enum conn_state conn_state(const struct conn *);
bool conn_was_open(const struct conn *); /* and may have failed since */
int conn_fd(const struct conn *);
short conn_events(const struct conn *); /* of poll(2) */

/* Go on as far as it goes.  CONN_FAILED with *err: it is over. */
enum conn_state conn_turn(struct conn *, struct till_error *err);

/* There may be more to take in than there was space for: take the frames
 * and turn again, as poll may not tell. */
bool conn_more(const struct conn *);

/* The next frame that has come, as framing_next; and what it waits for. */
enum framing_result conn_next(struct conn *, struct framing_frame *frame_r,
    struct till_error *err);
void conn_stuck(const struct conn *, struct till_error *why_r);

/* Send a message when there is room on the line.  tpdu as framing_write.
 * -1: not open, or too much waits already; then nothing of it is sent. */
int conn_send(struct conn *, const unsigned char *tpdu,
    const unsigned char *message, size_t len, struct till_error *err);
/* Octets that have not been given to the network yet. */
size_t conn_waiting(const struct conn *);

#endif
