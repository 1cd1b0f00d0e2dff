/*
 * unit.h - the front unit's parts, and the work on one request.
 */
#ifndef FRONT_UNIT_H
#define FRONT_UNIT_H

#include <pthread.h>
#include <stdatomic.h>

#include <till/ticket.h>

#include "front/answer.h"
#include "front/body.h"
#include "front/front.h"
#include "front/greeting.h"
#include "front/http.h"
#include "front/text.h"
#include "link/link.h"
#include "rear/order.h"

#define DEVICE_SIZE 64
#define SESSION_SIZE 129 /* a session's secret, with its NUL */
#define SEGMENT_SIZE 129 /* a variable part of a path, with its NUL */
#define SEGMENTS_MAX 2
#define COOKIE_SIZE 23 /* base64url of 128 bits, with its NUL */
#define COOKIE_SET_MAX 320 /* octets of a Set-Cookie */

struct asks;
struct catalogue;
struct pages;
struct visit;
struct visits;

struct front_counters {
	_Atomic uint64_t paid, refused, cancelled, declined, busy, lost, resent,
	    forged;
};

struct front {
	const struct front_options *options;
	bool secure; /* the issuer is https: cookies too */
	char issuer[TILL_URL_MAX];
	char host[TILL_URL_MAX], host_port[TILL_URL_MAX];
	struct http_server *server, *admin;
	struct link_client *link;
	struct asks *asks;
	struct greetings greetings;
	struct visits *visits;
	struct pages *pages;
	struct front_counters counters;
};

/* What the rear is asked; what is NULL is not said. */
struct question {
	enum frame_kind kind;
	enum order_action action;
	const char *ticket, *conversation, *channel, *lang, *address, *customer,
	    *session, *device, *merchant, *jti, *request_token, *method, *path,
	    *command, *args;
	uint64_t txn;
	bool want_session, fresh, enrol, unasked;
	bool once; /* never sent again: it may not be done twice */
	const struct body_member *secret;
	const struct body *replies; /* those of its group "answers" */
};

/* How a question ended. */
enum asked {
	ASKED_NONE = 0,
	ASKED_ANSWERED, /* see answer */
	ASKED_DOWN, /* it was not sent: nothing was done */
	ASKED_LOST, /* it was sent, and may have been done */
	ASKED_WRONG /* it cannot be sent: see err */
};

/* One request that is being worked on. */
struct work {
	struct front *front;
	struct http_request *http;
	/* Called when the answer is there. */
	void (*then)(struct work *);
	struct question question;
	enum asked asked;
	struct answer *answer;
	struct till_error err;
	int64_t deadline_ms, resend_until_ms;
	bool resent; /* a link broke with it: it may have been done */
	struct work *next; /* of those that wait for the same thing */
	char segments[SEGMENTS_MAX][SEGMENT_SIZE];
	struct body body;
	struct visit *visit; /* counted, or NULL */
	struct greeting *greeting; /* counted, or NULL */
	char session[SESSION_SIZE]; /* wiped at the end */
	char device[DEVICE_SIZE]; /* the rear's name of this browser, or "" */
	char device_set[COOKIE_SET_MAX]; /* for the reply, or "" */
	char cookie[COOKIE_SIZE]; /* the browser's own secret, or "" */
	char cookie_set[COOKIE_SET_MAX]; /* for the reply, or "" */
	char conversation[SESSION_SIZE]; /* the rear unit's name of it */
	const struct catalogue *words; /* of the language of its page */
	bool lang_said; /* the address has it: links keep it */
	bool other; /* somebody else than the session's customer */
	bool merchant; /* of a merchant's pages: his cookies, his words */
	bool again; /* the ticket was sent anew, its conversation is gone */
	bool leads; /* others wait for this step to end */
	struct account_job *account; /* of account.c, or NULL */
	const char *said; /* key of what a sign-in has come to, or NULL */
};

/* ask.c: questions to the rear unit. */
int asks_start(struct front *, struct till_error *err);
void asks_stop(struct asks *); /* NULL is fine */
/* From a request's function, once until then was called. */
void work_ask(struct work *, void (*then)(struct work *));
/* Nothing goes out any more, what waits is given up. */
void asks_drain(struct asks *);
/* End the link: whatever waits for it is told. */
void asks_unlink(struct asks *);
bool asks_link_up(struct asks *);

/* cookie.c: what browsers keep; what is to be set is in cookie_set. */
/* Read the browser's own secret, or make one; -1: no randomness. */
int cookie_browser(struct work *);
/* The session's secret, into work->session; "" if there is none. */
void cookie_session(struct work *);
/* Keep it, or for NULL take it away. */
void cookie_session_set(struct work *, const char *session);
/* The name by which the rear unit knows this browser, into work->device. */
void cookie_device(struct work *);
/* Keep the one that the answer has, if there is one. */
void cookie_device_set(struct work *);
/* What is to be set, at most two fields; the others stay as they are. */
void cookie_fields(const struct work *, struct http_field fields_r[2]);

/* route.c */
void route(struct work *);
void route_admin(struct work *);

/* reply.c */
void reply_text(struct work *, unsigned int status, const char *type,
    struct text *);
void reply_fields(struct work *, unsigned int status, const struct http_field *,
    struct text *);
/* RFC 9457; reason is a stable word or NULL; detail is for people. */
void reply_problem(struct work *, unsigned int status, const char *name,
    const char *reason, const char *detail);
/* The problem that a question without an answer is. */
void reply_asked(struct work *);

/* api_*.c */
void api_order(struct work *);
void api_refund(struct work *);
void api_order_step(struct work *);
void api_ticket(struct work *);
void api_ticket_push(struct work *);
void api_voucher(struct work *);
void api_well_known(struct work *);
void api_jwks(struct work *);
/* What is behind "Authorization: SCHEME ", or NULL; scheme has the blank. */
const char *api_authorization(struct work *, const char *scheme);

/* admin.c */
void admin_live(struct work *);
void admin_ready(struct work *);
void admin_metrics(struct work *);

#endif
