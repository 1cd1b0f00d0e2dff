/*
 * banker.h - a test's own simulated bank as a process, and simple
 * connections to it.  What goes wrong fails the test.
 */
#ifndef SUPPORT_BANKER_H
#define SUPPORT_BANKER_H

#include <sys/types.h>

#include "settle_bank/framing.h"
#include "settle_bank/iso8583.h"

#define BANKER_ANSWER_MAX 1048576 /* octets of a command's answer */

/* How to talk to it: begin with banker_plain. */
struct banker_link {
	struct iso_coding coding;
	struct framing framing;
	const char *ca; /* TLS: who signs the bank's certificate, or NULL */
	const char *certificate, *key; /* ours, or NULL */
};
extern const struct banker_link banker_plain;

struct banker;

/* Start tests/tools/bank with these options (blanks between them), a
 * control socket and a log in the scratch folder; ends with banker_end. */
void banker_start(const char *options);
void banker_end(void);
/* kill -9 */
void banker_kill(void);
/* A command and its answer, without the "ok"; fails unless it is ok. */
const char *banker_ctl(const char *command);
/* The answer whatever it is. */
const char *banker_ask(const char *command);
const char *banker_log(void);

/* NULL if no connection comes about. */
struct banker *banker_connect(const struct banker_link *);
void banker_close(struct banker *);
/* "2=4000001234567899 3=000000": put in; with "-3" taken out. */
void banker_edit(struct iso_message *, const char *fields);
void banker_make(struct iso_message *, const char *mti, const char *fields);
void banker_send(struct banker *, const struct iso_message *);
void banker_send_octets(struct banker *, const void *, size_t);
/* The next message; false if none comes in so many ms, or the end. */
bool banker_receive(struct banker *, struct iso_message *, int timeout_ms);
/* Has the bank closed, or what came is no message? */
bool banker_is_over(struct banker *, int timeout_ms);
/* Send, and have the answer. */
void banker_exchange(struct banker *, const struct iso_message *,
    struct iso_message *answer_r);
void banker_sign_on(struct banker *);

#endif
