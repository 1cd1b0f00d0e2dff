/*
 * bank_peer.h - a test's own simulated bank as a process, and simple
 * connections to it.  What goes wrong fails the test.
 */
#ifndef SUPPORT_BANK_PEER_H
#define SUPPORT_BANK_PEER_H

#include <sys/types.h>

#include "settle_bank/framing.h"
#include "settle_bank/iso8583.h"

#define PEER_ANSWER_MAX 262144 /* octets of a command's answer */

/* How to talk to it: begin with peer_plain. */
struct peer_link {
	struct iso_coding coding;
	struct framing framing;
	const char *ca; /* TLS: who signs the bank's certificate, or NULL */
	const char *certificate, *key; /* ours, or NULL */
};
extern const struct peer_link peer_plain;

struct peer;

/* Start tests/tools/bank with these options (blanks between them), a
 * control socket and a log in the scratch folder; ends with peer_end. */
void peer_bank(const char *options);
void peer_end(void);
/* kill -9 */
void peer_kill(void);
/* A command and its answer, without the "ok"; fails unless it is ok. */
const char *peer_ctl(const char *command);
/* The answer whatever it is. */
const char *peer_ask(const char *command);
const char *peer_log(void);

/* NULL if no connection comes about. */
struct peer *peer_connect(const struct peer_link *);
void peer_close(struct peer *);
/* "2=4000001234567899 3=000000": put in; with "-3" taken out. */
void peer_edit(struct iso_message *, const char *fields);
void peer_make(struct iso_message *, const char *mti, const char *fields);
void peer_send(struct peer *, const struct iso_message *);
void peer_send_octets(struct peer *, const void *, size_t);
/* The next message; false if none comes in so many ms, or the end. */
bool peer_receive(struct peer *, struct iso_message *, int timeout_ms);
/* Has the bank closed, or what came is no message? */
bool peer_is_over(struct peer *, int timeout_ms);
/* Send, and have the answer. */
void peer_exchange(struct peer *, const struct iso_message *,
    struct iso_message *answer_r);
void peer_sign_on(struct peer *);

#endif
