/*
 * order.c - put an order together from its row, its evidence and the
 * pieces of its ticket.
 */
#include <stdlib.h>
#include <string.h>

#include "ledger/internal.h"

static int load_row(const struct source *, struct ledger_order *,
    struct order_row *, struct till_error *);
static int load_evidence(const struct source *, uint64_t, bool,
    struct ledger_order *, struct till_error *);
static int load_ticket(const struct source *, uint64_t,
    const struct till_bytes *, struct ledger_order *, struct till_error *);

int
order_load(const struct source *source, const char *mid, const char *jti,
    bool with_ticket, struct order_row *row_r, struct ledger_order *order_r,
    struct till_error *err)
{
	size_t mid_len = strlen(mid), jti_len = strlen(jti);
	int r;

	memset(order_r, 0, sizeof(*order_r));
	if (mid_len >= sizeof(order_r->merchant) ||
	    jti_len >= sizeof(order_r->jti))
		return 1;
	memcpy(order_r->merchant, mid, mid_len);
	memcpy(order_r->jti, jti, jti_len);
	r = load_row(source, order_r, row_r, err);
	if (r != 0)
		return r;
	return load_evidence(source, row_r->evidence, with_ticket, order_r,
	    err);
}

void
ledger_order_clear(struct ledger_order *order)
{
	free(order->ticket);
	order->ticket = NULL;
	order->ticket_len = 0;
}

bool
order_is_open(enum order_state state)
{
	return state == ORDER_INTENT || state == ORDER_UNKNOWN;
}

static int
load_row(const struct source *source, struct ledger_order *order,
    struct order_row *row, struct till_error *err)
{
	unsigned char buf[RECORD_MAX];
	struct key key;
	size_t len;
	int r;

	key_pair(&key, order->merchant, order->jti);
	r = source->get(source->arg, TABLE_ORDERS, &key, buf, &len, err);
	if (r != 0)
		return r;
	if (order_row_read(buf, len, row) == -1)
		return damaged(err, TABLE_ORDERS, &key);
	order->state = row->state;
	order->kind = row->kind;
	memcpy(order->th, row->th, sizeof(order->th));
	order->serial = row->serial;
	order->time_ms = row->time_ms;
	order->refunded_micro = row->refunded_micro;
	return 0;
}

static int
load_evidence(const struct source *source, uint64_t number, bool with_ticket,
    struct ledger_order *order, struct till_error *err)
{
	unsigned char buf[RECORD_MAX];
	struct till_bytes head;
	struct key key;
	size_t len;
	int r;

	key_part(&key, number, 0);
	r = source->get(source->arg, TABLE_EVIDENCE, &key, buf, &len, err);
	if (r == -1)
		return -1;
	if (r == 1 || evidence_read(buf, len, order, &head) == -1)
		return till_fail(err,
		    "the evidence of order %s of %s is damaged", order->jti,
		    order->merchant);
	if (!with_ticket || order->ticket_len == 0)
		return 0;
	return load_ticket(source, number, &head, order, err);
}

static int
load_ticket(const struct source *source, uint64_t number,
    const struct till_bytes *head, struct ledger_order *order,
    struct till_error *err)
{
	unsigned char buf[RECORD_MAX];
	size_t len, done = head->len;
	struct key key;
	uint8_t part = 1;
	char *ticket;
	int r = 0;

	ticket = malloc(order->ticket_len + 1);
	if (ticket == NULL)
		return till_fail(err, "out of memory");
	if (done > 0)
		memcpy(ticket, head->data, done);
	while (done < order->ticket_len) {
		key_part(&key, number, part++);
		r = source->get(source->arg, TABLE_EVIDENCE, &key, buf, &len,
		    err);
		if (r != 0 || len == 0 || len > order->ticket_len - done)
			break;
		memcpy(ticket + done, buf, len);
		done += len;
	}
	if (done < order->ticket_len) {
		free(ticket);
		if (r == -1)
			return -1;
		return till_fail(err, "the ticket of order %s of %s is damaged",
		    order->jti, order->merchant);
	}
	ticket[done] = '\0';
	order->ticket = ticket;
	return 0;
}
