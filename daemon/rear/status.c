/*
 * status.c - FRAME_STATUS.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "log/log.h"
#include "rear/clock.h"
#include "rear/run.h"
#include "rear/status.h"
#include "request.h"
#include "ticket_peek.h"

#define PATH_MAX_OCTETS 160

struct inquiry {
	struct job job;
	struct rear *rear;
	struct link_peer *peer; /* counted */
	uint64_t id;
	char mid[TILL_ID_MAX];
	char jti[TILL_JTI_MAX];
	uint64_t txn;
	char *token; /* of a signed request, or NULL */
	bool has_session;
	unsigned char session[SESSION_NAME_SIZE];
	/* Found out. */
	struct ledger_order order;
	bool known;
	bool is_merchant; /* else the customer */
	struct sealed *sealed;
};

static struct inquiry *inquiry_new(struct rear *, struct link_peer *,
    const struct frame *);
static void inquiry_free(struct inquiry *);
static bool copy_id(char *, size_t, const struct frame *, enum frame_tag);
static void work(struct worker *, struct job *);
static bool find_order(struct inquiry *);
static bool may_ask(struct inquiry *);
static bool is_merchant(struct inquiry *);
static bool is_customer(struct inquiry *);
static void find_token(struct inquiry *);
static const char *state_of(const struct inquiry *);
static void reply(struct inquiry *, struct frame_writer *);
static void put_sums(struct frame_writer *, const struct ledger_order *);
static void refuse(struct link_peer *, uint64_t, struct frame_writer *,
    const char *, const char *);

void
status_admit(struct rear *rear, struct link_peer *peer,
    const struct frame *frame, struct frame_writer *writer)
{
	struct inquiry *inquiry = inquiry_new(rear, peer, frame);
	struct till_error err;

	if (inquiry != NULL && pool_submit(rear->workers, &inquiry->job))
		return;
	inquiry_free(inquiry);
	frame_begin(writer, FRAME_STATUS_REPLY, frame->id);
	frame_number(writer, TAG_STATUS, STATUS_BUSY);
	frame_number(writer, TAG_RETRY_AFTER_S, REAR_BUSY_S);
	if (frame_end(writer, &err) == 0)
		(void)link_peer_send(peer, writer);
}

void
status_health(struct rear *rear, struct link_peer *peer,
    const struct frame *frame, struct frame_writer *writer)
{
	char json[512];
	struct ledger_health health;
	struct rear_stats stats;
	struct till_error err;

	ledger_health(rear->ledger, &health);
	rear_stats(rear, &stats);
	(void)snprintf(json, sizeof(json),
	    "{\"serial\":%llu,\"queued\":%llu,\"in_flight\":%llu,"
	    "\"paid\":%llu,\"refused\":%llu,\"busy\":%llu,\"open\":%llu,"
	    "\"conversations\":%llu,\"sessions\":%llu,\"generation\":%llu,"
	    "\"disk_free\":%llu}\n",
	    (unsigned long long)health.serial,
	    (unsigned long long)health.queued,
	    (unsigned long long)stats.in_flight,
	    (unsigned long long)stats.orders_paid,
	    (unsigned long long)stats.orders_refused,
	    (unsigned long long)stats.busy,
	    (unsigned long long)stats.orders_open,
	    (unsigned long long)stats.conversations,
	    (unsigned long long)stats.sessions,
	    (unsigned long long)stats.generation,
	    (unsigned long long)health.disk_free);
	frame_begin(writer, FRAME_HEALTH_REPLY, frame->id);
	frame_text(writer, TAG_JSON, json);
	if (!health.writable)
		frame_text(writer, TAG_ERROR, "the disk is nearly full");
	if (frame_end(writer, &err) == 0)
		(void)link_peer_send(peer, writer);
}

void
status_sign_out(struct rear *rear, struct link_peer *peer,
    const struct frame *frame, struct frame_writer *writer)
{
	unsigned char name[SESSION_NAME_SIZE];
	struct till_error err;

	if (session_name(frame_get_text(frame, TAG_SESSION), name) == 0 &&
	    !session_table_end(rear->sessions, name))
		(void)session_table_end(rear->merchant_sessions, name);
	frame_begin(writer, FRAME_SIGN_OUT_REPLY, frame->id);
	if (frame_end(writer, &err) == 0)
		(void)link_peer_send(peer, writer);
}

static struct inquiry *
inquiry_new(struct rear *rear, struct link_peer *peer,
    const struct frame *frame)
{
	const char *token = frame_get_text(frame, TAG_REQUEST_TOKEN);
	const char *session = frame_get_text(frame, TAG_SESSION);
	struct inquiry *inquiry = calloc(1, sizeof(*inquiry));

	if (inquiry == NULL)
		return NULL;
	inquiry->job.run = work;
	inquiry->rear = rear;
	inquiry->peer = link_peer_ref(peer);
	inquiry->id = frame->id;
	inquiry->txn = frame_get_number(frame, TAG_TXN, 0);
	if (!copy_id(inquiry->mid, sizeof(inquiry->mid), frame, TAG_MERCHANT) ||
	    !copy_id(inquiry->jti, sizeof(inquiry->jti), frame, TAG_JTI))
		inquiry->mid[0] = '\0';
	if (session != NULL)
		inquiry->has_session =
		    session_name(session, inquiry->session) == 0;
	if (token == NULL)
		return inquiry;
	inquiry->token = strdup(token);
	if (inquiry->token != NULL)
		return inquiry;
	inquiry_free(inquiry);
	return NULL;
}

static void
inquiry_free(struct inquiry *inquiry)
{
	if (inquiry == NULL)
		return;
	if (inquiry->known)
		ledger_order_clear(&inquiry->order);
	link_peer_unref(inquiry->peer);
	sealed_unref(inquiry->sealed);
	free(inquiry->token);
	free(inquiry);
}

static bool
copy_id(char *buf, size_t size, const struct frame *frame, enum frame_tag tag)
{
	const char *text = frame_get_text(frame, tag);

	if (text == NULL || strlen(text) >= size)
		return false;
	memcpy(buf, text, strlen(text) + 1);
	return true;
}

static void
work(struct worker *worker, struct job *job)
{
	struct inquiry *inquiry = (struct inquiry *)job;

	if (find_order(inquiry) && may_ask(inquiry)) {
		find_token(inquiry);
		reply(inquiry, &worker->writer);
	} else {
		refuse(inquiry->peer, inquiry->id, &worker->writer, "not-found",
		    "there is nothing that you may ask for");
	}
	inquiry_free(inquiry);
}

/* False if there is none to speak of; an order that was never seen is
 * "open" to its merchant. */
static bool
find_order(struct inquiry *inquiry)
{
	struct till_error err;
	struct entry *entry;
	int r;

	if (inquiry->txn != 0) {
		entry = calloc(1, sizeof(*entry));
		if (entry == NULL)
			return false;
		r = ledger_entry_get(inquiry->rear->ledger, inquiry->txn, entry,
		    &err);
		memcpy(inquiry->mid, entry->merchant, sizeof(inquiry->mid));
		memcpy(inquiry->jti, entry->jti, sizeof(inquiry->jti));
		free(entry);
		if (r != 0)
			return false;
	}
	if (!till_id_ok(inquiry->mid) || !till_jti_ok(inquiry->jti))
		return false;
	r = ledger_order_get(inquiry->rear->ledger, inquiry->mid, inquiry->jti,
	    &inquiry->order, &err);
	inquiry->known = r == 0;
	return r == 0 || (r == 1 && inquiry->txn == 0);
}

static bool
may_ask(struct inquiry *inquiry)
{
	if (inquiry->token != NULL) {
		inquiry->is_merchant = is_merchant(inquiry);
		return inquiry->is_merchant;
	}
	return inquiry->known && is_customer(inquiry);
}

/* The path is made here from what is asked for: what the front says of it
 * is worth nothing. */
static bool
is_merchant(struct inquiry *inquiry)
{
	struct merchant_search search = { inquiry->rear->merchants, NULL };
	struct till_request request;
	char path[PATH_MAX_OCTETS];
	struct till_error err;
	bool may = false;

	if (inquiry->txn != 0)
		(void)snprintf(path, sizeof(path), "/v1/vouchers/%llu",
		    (unsigned long long)inquiry->txn);
	else
		(void)snprintf(path, sizeof(path), "/v1/tickets/%s/%s",
		    inquiry->mid, inquiry->jti);
	if (till_request_open(inquiry->token, strlen(inquiry->token),
		merchants_find_key, &search, &request, &err) == 0 &&
	    till_request_check(&request, search.merchant->mid,
		inquiry->rear->issuer, "GET", path, wall_s(), &err) == 0)
		may = strcmp(search.merchant->mid, inquiry->mid) == 0 &&
		    search.merchant->active;
	merchant_unref(search.merchant);
	return may;
}

static bool
is_customer(struct inquiry *inquiry)
{
	struct rear *rear = inquiry->rear;
	struct session session;

	return inquiry->has_session &&
	    session_table_find(rear->sessions, inquiry->session, clock_ms(),
		atomic_load(&rear->session_idle_ms),
		atomic_load(&rear->session_max_ms), &session) &&
	    inquiry->order.customer[0] != '\0' &&
	    strcmp(session.cid, inquiry->order.customer) == 0;
}

/* The signed answer.  The ticket comes from the ledger and was verified
 * when the order was made, maybe with a key that is gone by now. */
static void
find_token(struct inquiry *inquiry)
{
	const struct ledger_order *order = &inquiry->order;
	int64_t lifetime_s =
	    atomic_load(&inquiry->rear->voucher_lifetime_ms) / 1000;
	struct till_ticket *ticket = NULL;
	struct till_error err;

	if (!inquiry->known || order->ticket == NULL ||
	    order->state == ORDER_INTENT || order->state == ORDER_UNKNOWN)
		return;
	if (ticket_peek(order->ticket, order->ticket_len, &ticket, &err) == -1)
		return;
	if (order->state == ORDER_PAID || order->state == ORDER_REFUNDED)
		(void)voucher_make(inquiry->rear, ticket, order, lifetime_s,
		    &inquiry->sealed, &err);
	else
		(void)refusal_make(inquiry->rear, ticket, order, lifetime_s,
		    &inquiry->sealed, &err);
	till_ticket_free(ticket);
}

static const char *
state_of(const struct inquiry *inquiry)
{
	if (!inquiry->known)
		return "open";
	switch (inquiry->order.state) {
	case ORDER_INTENT:
	case ORDER_UNKNOWN:
		return "pending";
	case ORDER_NONE:
	case ORDER_PAID:
	case ORDER_REFUSED:
	case ORDER_CANCELLED:
	case ORDER_EXPIRED:
	case ORDER_REFUNDED:
		break;
	}
	return order_state_name(inquiry->order.state);
}

static void
reply(struct inquiry *inquiry, struct frame_writer *writer)
{
	const struct ledger_order *order = &inquiry->order;
	struct till_error err;

	frame_begin(writer, FRAME_STATUS_REPLY, inquiry->id);
	frame_text(writer, TAG_STATE, state_of(inquiry));
	frame_text(writer, TAG_MERCHANT, inquiry->mid);
	frame_text(writer, TAG_JTI, inquiry->jti);
	if (inquiry->sealed != NULL)
		frame_text(writer, TAG_VOUCHER, inquiry->sealed->text);
	if (inquiry->known) {
		frame_text(writer, TAG_REASON, till_reason_name(order->reason));
		frame_number(writer, TAG_TIME_S,
		    (uint64_t)order->time_ms / 1000);
		if (order->serial != 0)
			frame_number(writer, TAG_TXN, order->serial);
		if (order->via[0] != '\0')
			frame_text(writer, TAG_PAID_FROM, order->via);
		if (order->serial != 0)
			put_sums(writer, order);
		/* The precise word is the customer's. */
		if (!inquiry->is_merchant && order->code[0] != '\0')
			frame_text(writer, TAG_CODE, order->code);
	}
	if (frame_end(writer, &err) == -1) {
		log_line(TILL_LOG_ERROR, "link.reply-not-made", "error",
		    err.text, NULL);
		return;
	}
	(void)link_peer_send(inquiry->peer, writer);
}

/* What it has paid, and how much of that was given back. */
static void
put_sums(struct frame_writer *writer, const struct ledger_order *order)
{
	struct till_money refunded = order->amount;
	char amount[TILL_MONEY_MAX];

	frame_text(writer, TAG_AMOUNT, till_money_print(&refunded, amount));
	frame_text(writer, TAG_CURRENCY, order->amount.currency);
	refunded.micro = order->refunded_micro;
	if (refunded.micro != 0)
		frame_text(writer, TAG_REFUNDED,
		    till_money_print(&refunded, amount));
}

static void
refuse(struct link_peer *peer, uint64_t id, struct frame_writer *writer,
    const char *code, const char *text)
{
	struct till_error err;

	frame_begin(writer, FRAME_STATUS_REPLY, id);
	frame_text(writer, TAG_CODE, code);
	frame_text(writer, TAG_ERROR, text);
	if (frame_end(writer, &err) == 0)
		(void)link_peer_send(peer, writer);
}
