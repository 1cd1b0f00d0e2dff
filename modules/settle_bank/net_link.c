/*
 * net_link.c - one link from its connection to its sign-on and on.
 *
 *	DOWN -> CONNECTING -> SIGNING -> UP -> DOWN ...
 *
 * Whatever goes wrong ends the connection; the next try waits longer each
 * time, by a chance, so that many servers do not come back at once.
 */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <openssl/rand.h>

#include "settle_bank/net_link.h"
#include "settle_bank/profile.h"

#define TURNS_MAX 64 /* of one link, before the others have theirs */

static void begin(struct net_link *, int64_t now_ms);
static void go_on(struct net_link *, int64_t now_ms);
static void failed(struct net_link *, const char *why);
static void take_all(struct net_link *, int64_t now_ms);
static void take(struct net_link *, const struct framing_frame *,
    int64_t now_ms);
static void unread(struct net_link *, const char *why);
static void managed(struct net_link *, const struct iso_message *,
    int64_t now_ms);
static void asked(struct net_link *, const struct iso_message *,
    const unsigned char *tpdu);
static void keep_up(struct net_link *, int64_t now_ms);
static void set_state(struct net_link *, enum link_state, const char *why);
static int64_t jitter(int64_t ms);
static int stamp(struct net_link *, struct iso_message *, struct till_error *);

void
link_turn(struct net_link *link, int64_t now_ms)
{
	if (link->state == LINK_DOWN) {
		if (now_ms >= link->retry_ms)
			begin(link, now_ms);
		return;
	}
	go_on(link, now_ms);
}

int64_t
link_due_ms(const struct net_link *link)
{
	int64_t due_ms;

	switch (link->state) {
	case LINK_DOWN:
		return link->retry_ms;
	case LINK_CONNECTING:
		if (conn_state(link->conn) == CONN_RESOLVING)
			return net_clock_ms() + CONN_RESOLVE_MS;
		return link->deadline_ms;
	case LINK_SIGNING:
		return link->deadline_ms;
	case LINK_UP:
		break;
	}
	due_ms = link->heard_ms + link->conf->echo_ms;
	return link->echo_ms > 0 ? link->echo_ms : due_ms;
}

void
link_down(struct net_link *link, const char *why)
{
	const bool was_up = link->state == LINK_UP;

	conn_free(link->conn);
	link->conn = NULL;
	link->retry_ms = net_clock_ms() + jitter(link->backoff_ms);
	link->backoff_ms *= 2;
	if (link->backoff_ms > NET_BACKOFF_MAX_MS)
		link->backoff_ms = NET_BACKOFF_MAX_MS;
	link->echo_ms = 0;
	link->echoes = 0;
	link_log(link, TILL_LOG_WARNING, "link %u is down: %s",
	    link->number + 1, why);
	set_state(link, LINK_DOWN, why);
	if (was_up)
		link->net->ops->link(link->net->arg, link->number, false, why);
}

int
link_manage(struct net_link *link, const char *code, struct till_error *err)
{
	struct iso_message message;

	iso_begin(&message, "0800");
	if (stamp(link, &message, err) == -1 ||
	    iso_put_text(&message, 70, code, err) == -1)
		return -1;
	return link_send(link, &message, NULL, err);
}

int
link_send(struct net_link *link, const struct iso_message *message,
    const unsigned char *tpdu, struct till_error *err)
{
	unsigned char octets[ISO_OCTETS_MAX];
	size_t len;
	int r;

	if (tpdu == NULL)
		tpdu = link->conf->tpdu;
	if (iso_write(&link->conf->coding, message, octets, sizeof(octets),
		&len, err) == -1)
		return -1;
	r = conn_send(link->conn, tpdu, octets, len, err);
	explicit_bzero(octets, len);
	if (r == 0) {
		(void)pthread_mutex_lock(&link->lock);
		link->status.sent++;
		(void)pthread_mutex_unlock(&link->lock);
	}
	return r;
}

void
link_log(struct net_link *link, enum till_log_level level, const char *fmt, ...)
{
	struct till_error text;
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text.text, sizeof(text.text), fmt, ap);
	va_end(ap);
	link->net->ops->log(link->net->arg, level, text.text);
}

static void
begin(struct net_link *link, int64_t now_ms)
{
	struct till_error err;

	link->conn = conn_new(link->conf, link->context, &err);
	if (link->conn == NULL) {
		link_down(link, err.text);
		return;
	}
	link->deadline_ms = now_ms + link->conf->connect_ms;
	set_state(link, LINK_CONNECTING, "");
	go_on(link, now_ms);
}

static void
go_on(struct net_link *link, int64_t now_ms)
{
	struct till_error err;
	enum conn_state state;
	int i;

	state = conn_turn(link->conn, &err);
	for (i = 0; i < TURNS_MAX && conn_more(link->conn); i++) {
		take_all(link, now_ms);
		if (link->conn == NULL)
			return;
		state = conn_turn(link->conn, &err);
	}
	if (state == CONN_FAILED) {
		/* What came before the end counts, as an answer may. */
		take_all(link, now_ms);
		if (link->conn != NULL)
			failed(link, err.text);
		return;
	}
	if (link->state == LINK_CONNECTING && state == CONN_OPEN) {
		if (link_manage(link, link->conf->sign_on, &err) == -1) {
			link_down(link, err.text);
			return;
		}
		link->deadline_ms = now_ms + link->conf->response_ms;
		set_state(link, LINK_SIGNING, "");
	}
	take_all(link, now_ms);
	if (link->conn != NULL)
		keep_up(link, now_ms);
}

/* A bank that takes the connection and then hangs up before it has signed
 * us on tells nothing but, with TLS, an alert. */
static void
failed(struct net_link *link, const char *why)
{
	char text[TILL_ERROR_MAX + 160];

	if (link->state == LINK_UP || !conn_was_open(link->conn)) {
		link_down(link, why);
		return;
	}
	(void)snprintf(text, sizeof(text),
	    "%s before it has signed us on; look at length=, tpdu=, header=, "
	    "numbers=%s",
	    why, link->conf->tls ? ", tls-certificate= and tls-key=" : "");
	link_down(link, text);
}

static void
take_all(struct net_link *link, int64_t now_ms)
{
	struct framing_frame frame;
	struct till_error err;

	while (link->conn != NULL) {
		switch (conn_next(link->conn, &frame, &err)) {
		case FRAMING_MESSAGE:
			take(link, &frame, now_ms);
			break;
		case FRAMING_KEEPALIVE:
			break;
		case FRAMING_BAD:
			link_down(link, err.text);
			return;
		case FRAMING_MORE:
			return;
		}
	}
}

static void
take(struct net_link *link, const struct framing_frame *frame, int64_t now_ms)
{
	struct iso_message message;
	struct till_error err;

	if (iso_read(&link->conf->coding, frame->message, frame->len, &message,
		&err) == -1) {
		unread(link, err.text);
		return;
	}
	link->heard_ms = now_ms;
	(void)pthread_mutex_lock(&link->lock);
	link->status.received++;
	(void)pthread_mutex_unlock(&link->lock);
	if (strcmp(message.mti, "0810") == 0)
		managed(link, &message, now_ms);
	else if (strcmp(message.mti, "0800") == 0)
		asked(link, &message, frame->tpdu);
	else
		link->net->ops->message(link->net->arg, link->number, &message,
		    frame->tpdu);
	iso_wipe(&message);
}

/* A message that is none answers nothing, and others may be well; but who
 * cannot even sign on has a link that is set up wrongly. */
static void
unread(struct net_link *link, const char *why)
{
	if (link->state != LINK_UP) {
		link_down(link, why);
		return;
	}
	link_log(link, TILL_LOG_ERROR, "link %u: a message is no good: %s",
	    link->number + 1, why);
}

/* An answer to our own 0800, if it is that which is under way. */
static void
managed(struct net_link *link, const struct iso_message *message,
    int64_t now_ms)
{
	if (!iso_is(message, 11, link->stan) ||
	    !iso_is(message, 7, link->sent)) {
		link_log(link, TILL_LOG_WARNING,
		    "link %u: an 0810 that answers nothing", link->number + 1);
		return;
	}
	if (link->state == LINK_SIGNING) {
		if (!iso_is(message, 39, "00")) {
			link_down(link, "the bank refuses our sign-on");
			return;
		}
		link->backoff_ms = NET_BACKOFF_MS;
		set_state(link, LINK_UP, "");
		link_log(link, TILL_LOG_INFO, "link %u is up",
		    link->number + 1);
		link->net->ops->link(link->net->arg, link->number, true, "");
	}
	link->heard_ms = now_ms;
	link->echo_ms = 0;
	link->echoes = 0;
}

/* The bank's own 0800 is answered in every state. */
static void
asked(struct net_link *link, const struct iso_message *message,
    const unsigned char *tpdu)
{
	static const int back[] = { 7, 11, 70 };
	unsigned char swapped[FRAMING_TPDU_LEN];
	struct iso_message answer;
	struct till_error err;
	const char *value;
	char date[5] = "";
	size_t i, len;
	int r = 0;

	iso_begin(&answer, "0810");
	for (i = 0; i < sizeof(back) / sizeof(back[0]); i++) {
		value = iso_get(message, back[i], &len);
		if (value != NULL && r == 0)
			r = iso_put(&answer, back[i], value, len, &err);
	}
	if (r == 0)
		r = iso_put_text(&answer, 39, "00", &err);
	memcpy(swapped, tpdu, sizeof(swapped));
	framing_tpdu_swap(swapped);
	if (r == -1 || link_send(link, &answer, swapped, &err) == -1) {
		link_log(link, TILL_LOG_WARNING, "link %u: %s",
		    link->number + 1, err.text);
		return;
	}
	if (iso_is(message, 70, link->conf->cutover)) {
		value = iso_get(message, 15, &len);
		if (value != NULL)
			(void)snprintf(date, sizeof(date), "%.*s", (int)len,
			    value);
		link->net->ops->cutover(link->net->arg, link->number, date);
	} else if (iso_is(message, 70, link->conf->sign_off)) {
		link_down(link, "the bank has signed off");
	}
}

/* Timers. */
static void
keep_up(struct net_link *link, int64_t now_ms)
{
	struct till_error err;

	if (link->state != LINK_UP) {
		if (now_ms < link->deadline_ms)
			return;
		if (link->state == LINK_SIGNING)
			conn_stuck(link->conn, &err);
		link_down(link,
		    link->state == LINK_SIGNING ? err.text
						: "no connection in time");
		return;
	}
	if (link->echo_ms > 0 ? now_ms < link->echo_ms
			      : now_ms < link->heard_ms + link->conf->echo_ms)
		return;
	if (link->echo_ms > 0 && ++link->echoes >= NET_ECHOES_MAX) {
		link_down(link, "the bank does not answer echoes");
		return;
	}
	if (link_manage(link, link->conf->echo, &err) == -1)
		link_down(link, err.text);
	else
		link->echo_ms = now_ms + link->conf->response_ms;
}

static void
set_state(struct net_link *link, enum link_state state, const char *why)
{
	static const char *const names[] = { "", "down", "connecting",
		"signing on", "up" };

	link->state = state;
	if (state == LINK_UP)
		link->heard_ms = net_clock_ms();
	(void)pthread_mutex_lock(&link->lock);
	link->status.state = names[state];
	link->status.since_ms = net_clock_ms();
	if (why[0] != '\0' || state == LINK_UP)
		(void)snprintf(link->status.why, sizeof(link->status.why), "%s",
		    why);
	(void)pthread_mutex_unlock(&link->lock);
}

/* Between half of it and all of it. */
static int64_t
jitter(int64_t ms)
{
	unsigned char chance = 128;

	(void)RAND_bytes(&chance, 1);
	return ms / 2 + ms / 2 * chance / 255;
}

/* DE7 and DE11, kept for the answer. */
static int
stamp(struct net_link *link, struct iso_message *message,
    struct till_error *err)
{
	const time_t now = (time_t)link->net->ops->time_s(link->net->arg);
	struct tm utc;

	if (gmtime_r(&now, &utc) == NULL ||
	    strftime(link->sent, sizeof(link->sent), "%m%d%H%M%S", &utc) == 0)
		return till_fail(err, "the clock cannot be read");
	if (link->net->ops->stan(link->net->arg, link->stan, err) == -1 ||
	    iso_put_text(message, 7, link->sent, err) == -1)
		return -1;
	return iso_put_text(message, 11, link->stan, err);
}
