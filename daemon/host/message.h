/*
 * message.h - what the rear unit and a module host say to each other.
 *
 * One message is one packet of a SOCK_SEQPACKET socket: its kind, then
 * what message.c and the two ends put after it.  On a channel of calls
 * the rear unit asks and the host answers; while a call is in progress
 * the host asks for services, one at a time, on the same channel, and the
 * rear unit answers those.  A second socket carries, from the host,
 * completions of settlements and what its module tells late; the latter one
 * at a time, as each has an answer there.
 *
 *	host: HELLO, DECLARE for each setting, DECLARED     or UNFIT
 *	rear: SET for each setting, OPEN			host: OPENED
 *	rear: POLICY, AUTH, ENROL, SETTLE, NOTIFY or HEALTH
 *		host: LOG, FAIL				no answer
 *		host: PROMPT ... RETRY_AFTER		rear: ITEM ..., ANSWER
 *	host: RESULT
 *	rear: REPORT with a word			host: RESULT
 *	rear: CLOSE					the host ends
 *
 *	host: COMPLETE, any time			no answer
 *	host: LATE, any time				rear: ANSWER
 *
 * POLICY brings limits with their answers along; its RESULT says which of
 * them the module has asked for, a bit for each, so that it needs no LIMIT.
 */
#ifndef HOST_MESSAGE_H
#define HOST_MESSAGE_H

#include <till/module.h>

#include "host/wire.h"

#define HOST_CHANNELS_MAX 8 /* calls at one time in one host */
#define HOST_MESSAGE_MAX (96 * 1024) /* octets, rear unit to host */
#define HOST_REQUEST_MAX (16 * 1024) /* octets, host to rear unit */
#define HOST_HELLO_MAX (1024 * 1024) /* octets of all that is declared */
#define HOST_REQUESTS_MAX 4096 /* services asked for in one call */
#define MESSAGE_LIMITS_MAX 8 /* sent along with POLICY */

enum message_kind {
	MESSAGE_NONE = 0,
	/* host, before the instance is open */
	MESSAGE_HELLO,
	MESSAGE_DECLARE,
	MESSAGE_DECLARED,
	MESSAGE_UNFIT, /* text: why the module cannot be used */
	MESSAGE_OPENED, /* 0 or 1: refused; text */
	/* rear unit */
	MESSAGE_SET,
	MESSAGE_OPEN,
	MESSAGE_POLICY,
	MESSAGE_AUTH,
	MESSAGE_ENROL,
	MESSAGE_SETTLE,
	MESSAGE_NOTIFY,
	MESSAGE_HEALTH,
	MESSAGE_CLOSE,
	MESSAGE_ANSWER, /* int64_t, then what was asked for */
	MESSAGE_ITEM, /* one credential of a list */
	/* host, in a call */
	MESSAGE_LOG,
	MESSAGE_FAIL,
	MESSAGE_PROMPT,
	MESSAGE_REPLY,
	MESSAGE_STATE_PUT,
	MESSAGE_STATE_GET,
	MESSAGE_METHOD,
	MESSAGE_CREDENTIAL_LIST,
	MESSAGE_CREDENTIAL_GET,
	MESSAGE_CREDENTIAL_PUT,
	MESSAGE_CREDENTIAL_REMOVE,
	MESSAGE_FAILURES,
	MESSAGE_FAILED,
	MESSAGE_SUCCEEDED,
	MESSAGE_ALERT,
	MESSAGE_LIMIT,
	MESSAGE_STEP_UP,
	MESSAGE_RETRY_AFTER,
	MESSAGE_FAILURES_HERE,
	MESSAGE_RESULT,
	/* host, on the other socket */
	MESSAGE_COMPLETE,
	MESSAGE_LATE, /* the next one after its ANSWER */
	/* rear unit */
	MESSAGE_REPORT
};

/* Which functions a module has, beside those of its facilities. */
#define MESSAGE_HAS_ENROL 1u
#define MESSAGE_HAS_HEALTH 2u
#define MESSAGE_HAS_REPORT 4u

void message_begin(struct wire_writer *, void *buf, size_t size,
    enum message_kind);

/*
 * Structs of the ABI, in and out.  What is got points into the message;
 * a get is good if wire_done says so at the end.  The data of a reply and
 * of a credential come last, so that they can be sent from where they
 * are: put writes their length only.
 */
void message_put_order(struct wire_writer *, const struct till_order *);
void message_get_order(struct wire_reader *, struct till_order *);
void message_put_settlement(struct wire_writer *,
    const struct till_settlement *);
void message_get_settlement(struct wire_reader *, struct till_settlement *);
void message_put_outcome(struct wire_writer *, const struct till_outcome *);
void message_get_outcome(struct wire_reader *, struct till_outcome *);
void message_put_event(struct wire_writer *, const struct till_event *);
void message_get_event(struct wire_reader *, struct till_event *);
void message_put_limit(struct wire_writer *, const struct till_limit *);
void message_get_limit(struct wire_reader *, struct till_limit *);
void message_put_failures(struct wire_writer *, const struct till_failures *);
void message_get_failures(struct wire_reader *, struct till_failures *);
void message_put_reply(struct wire_writer *, const struct till_reply *);
void message_get_reply(struct wire_reader *, struct till_reply *);
void message_put_credential(struct wire_writer *,
    const struct till_credential *);
void message_get_credential(struct wire_reader *, struct till_credential *);

/* message_late.c */
void message_put_late(struct wire_writer *, const struct till_late *);
void message_get_late(struct wire_reader *, struct till_late *);

/* Of RESULT after HEALTH and REPORT: 0, or not and why; then the text of a
 * report, NULL for none, which need not have a NUL when it is put. */
struct message_said {
	uint32_t failed;
	struct till_error err;
};
void message_put_said(struct wire_writer *, const struct message_said *,
    const char text[TILL_REPORT_MAX]);
void message_get_said(struct wire_reader *, struct message_said *,
    char text_r[TILL_REPORT_MAX]);

#define MESSAGE_CHOICES_MAX 16 /* more are no prompt anyway */

void message_put_prompt(struct wire_writer *, const struct till_prompt *);
/* choices has room for MESSAGE_CHOICES_MAX and a NULL. */
void message_get_prompt(struct wire_reader *, struct till_prompt *,
    const char **choices);

#define MESSAGE_WORDS_MAX 64 /* of a setting of type ENUM */

void message_put_setting(struct wire_writer *, const struct till_setting *);
/* names has room for MESSAGE_WORDS_MAX and a NULL. */
void message_get_setting(struct wire_reader *, struct till_setting *,
    const char **names);

#endif
