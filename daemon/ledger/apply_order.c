/*
 * apply_order.c - one step of an order's life.
 *
 *	none ------> INTENT ------> UNKNOWN
 *	  \            |  \            |
 *	   `-----------+---`-----------+--> PAID, REFUSED, CANCELLED, EXPIRED
 *
 * What has ended never moves again, whatever is asked: the same question
 * gets the same answer, another ticket under the same id is a conflict.
 * Out of INTENT and UNKNOWN only the holder of the intent's key gets, for
 * only he knows what became of the settlement.
 */
#include <assert.h>
#include <string.h>

#include "ledger/internal.h"

/* What is stored of the order, and what will be. */
struct step {
	bool known;
	struct order_row row;
	struct ledger_order stored, next;
	uint64_t evidence; /* 0: not numbered yet */
	struct stage stage;
	struct entry entry;
};

static enum ledger_result judge(struct ledger_request *, struct step *);
static enum ledger_result judge_open(struct ledger_request *, struct step *);
static enum ledger_result judge_same(struct ledger_request *, struct step *);
static enum ledger_result answer(struct ledger_request *, struct step *,
    enum ledger_result);
static enum ledger_result judge_undone(struct plan *, struct ledger_request *,
    const struct step *);
static bool key_is_zero(const unsigned char *);
static void prepare(struct plan *, struct ledger_request *, struct step *);
static enum order_state next_state(const struct ledger_request *);
static void prepare_entry(struct ledger_request *, struct step *);
static void store(struct plan *, struct ledger_request *, struct step *);
static void store_first(struct plan *, const struct step *);
static void store_again(struct plan *, const struct step *);
static void store_tail(struct plan *, const struct step *, size_t);
static void store_intent(struct plan *, const struct step *);

enum ledger_result
apply_order(struct plan *plan, struct ledger_request *request)
{
	struct source source = { batch_source, plan->batch };
	enum ledger_result result;
	struct step step;
	int r;

	result = check_order(request);
	if (result == LEDGER_DONE)
		result = check_event(request);
	if (result == LEDGER_DONE && request->reversal != NULL)
		result = check_reversal(request);
	if (result != LEDGER_DONE)
		return result;
	stage_begin(&step.stage);
	r = order_load(&source, request->order->merchant, request->order->jti,
	    false, &step.row, &step.stored, &request->err);
	if (r == -1)
		return LEDGER_INVALID;
	step.known = r == 0;
	result = judge(request, &step);
	if (result == LEDGER_DONE && request->reversal != NULL)
		result = judge_undone(plan, request, &step);
	if (result == LEDGER_DONE)
		result = stage_counters(plan, request, &step.stage);
	if (result != LEDGER_DONE)
		return result;
	prepare(plan, request, &step);
	if (request->op == LEDGER_PAY) {
		result = stage_postings(plan, request, &step.stage);
		if (result == LEDGER_DONE)
			result = stage_owners(plan, request, &step.stage,
			    &step.entry);
		if (result != LEDGER_DONE)
			return result;
	}
	store(plan, request, &step);
	return LEDGER_DONE;
}

int
batch_source(void *arg, enum table table, const struct key *key, void *buf,
    size_t *len_r, struct till_error *err)
{
	struct till_bytes value;

	(void)err;
	if (!batch_get(arg, table, key, &value))
		return 1;
	assert(value.len <= RECORD_MAX);
	memcpy(buf, value.data, value.len);
	*len_r = value.len;
	return 0;
}

/* May the order take this step?  LEDGER_DONE if so. */
static enum ledger_result
judge(struct ledger_request *request, struct step *step)
{
	const struct ledger_order *order = request->order;

	if (!step->known) {
		if (request->op == LEDGER_END && order->state == ORDER_UNKNOWN)
			return refuse(request, LEDGER_INVALID,
			    "an order without an intent cannot be unknown");
		return LEDGER_DONE;
	}
	if (strcmp(step->stored.th, order->th) != 0) {
		(void)refuse(request, LEDGER_CONFLICT,
		    "the id %s of %s names another ticket", order->jti,
		    order->merchant);
		return answer(request, step, LEDGER_CONFLICT);
	}
	if (!order_is_open(step->stored.state)) {
		(void)refuse(request, LEDGER_REPEAT, "the order is %s already",
		    order_state_name(step->stored.state));
		return answer(request, step, LEDGER_REPEAT);
	}
	return judge_open(request, step);
}

/* The order is in INTENT or UNKNOWN. */
static enum ledger_result
judge_open(struct ledger_request *request, struct step *step)
{
	const struct ledger_order *order = request->order;
	enum order_state state = step->stored.state;

	if (request->op == LEDGER_INTENT && state == ORDER_INTENT &&
	    order->attempt == step->stored.attempt + 1)
		return judge_same(request, step);
	if (request->op == LEDGER_INTENT ||
	    (request->op == LEDGER_END && key_is_zero(order->key))) {
		(void)refuse(request, LEDGER_REPEAT,
		    "the order is being settled");
		return answer(request, step, LEDGER_REPEAT);
	}
	if (memcmp(order->key, step->stored.key, sizeof(order->key)) != 0)
		return refuse(request, LEDGER_INVALID,
		    "the order is being settled under another key");
	if (request->op == LEDGER_END && state == ORDER_UNKNOWN &&
	    order->state == ORDER_UNKNOWN) {
		(void)refuse(request, LEDGER_REPEAT,
		    "the order is unknown already");
		return answer(request, step, LEDGER_REPEAT);
	}
	if (request->op == LEDGER_END && state == ORDER_UNKNOWN &&
	    order->state != ORDER_REFUSED)
		return refuse(request, LEDGER_INVALID,
		    "an unknown order ends as paid or refused");
	return judge_same(request, step);
}

/* The same ticket cannot have become another purchase. */
static enum ledger_result
judge_same(struct ledger_request *request, struct step *step)
{
	const struct ledger_order *order = request->order;
	const struct ledger_order *stored = &step->stored;

	if (order->kind != stored->kind ||
	    order->amount.micro != stored->amount.micro ||
	    !till_money_same_currency(&order->amount, &stored->amount))
		return refuse(request, LEDGER_INVALID,
		    "the order's amount is not that of its intent");
	if (strcmp(order->customer, stored->customer) != 0 &&
	    (order->customer[0] != '\0' || request->op != LEDGER_END))
		return refuse(request, LEDGER_INVALID,
		    "the order's customer is not that of its intent");
	return LEDGER_DONE;
}

/* Only what was begun can be owed back, and only if nothing was paid. */
static enum ledger_result
judge_undone(struct plan *plan, struct ledger_request *request,
    const struct step *step)
{
	if (!step->known || request->op != LEDGER_END ||
	    request->order->state != ORDER_REFUSED)
		return refuse(request, LEDGER_INVALID,
		    "only a settlement that ends refused is reversed");
	return judge_reversal(plan, request);
}

/* Tell the caller what is stored; the ticket stays his. */
static enum ledger_result
answer(struct ledger_request *request, struct step *step,
    enum ledger_result result)
{
	step->stored.ticket = request->order->ticket;
	step->stored.ticket_len = request->order->ticket_len;
	*request->order = step->stored;
	request->serial_r = step->stored.serial;
	return result;
}

static bool
key_is_zero(const unsigned char *key)
{
	static const unsigned char none[TILL_KEY_SIZE];

	return memcmp(key, none, sizeof(none)) == 0;
}

/* What the order will be. */
static void
prepare(struct plan *plan, struct ledger_request *request, struct step *step)
{
	struct ledger_order *next = &step->next;

	*next = *request->order;
	step->evidence = 0;
	next->state = next_state(request);
	next->serial = 0;
	next->refunded_micro = 0;
	next->time_ms = plan->time_ms;
	if (step->known) {
		step->evidence = step->row.evidence;
		memcpy(next->customer, step->stored.customer,
		    sizeof(next->customer));
		if (step->stored.ticket_len > 0) {
			next->ticket = NULL;
			next->ticket_len = step->stored.ticket_len;
		}
		if (request->op != LEDGER_INTENT) {
			memcpy(next->key, step->stored.key, sizeof(next->key));
			memcpy(next->digest, step->stored.digest,
			    sizeof(next->digest));
			next->attempt = step->stored.attempt;
		}
	}
	if (request->op == LEDGER_PAY)
		prepare_entry(request, step);
}

static enum order_state
next_state(const struct ledger_request *request)
{
	if (request->op == LEDGER_INTENT)
		return ORDER_INTENT;
	if (request->op == LEDGER_PAY)
		return ORDER_PAID;
	return request->order->state;
}

static void
prepare_entry(struct ledger_request *request, struct step *step)
{
	const struct ledger_order *order = &step->next;
	struct entry *entry = &step->entry;

	memset(entry, 0, sizeof(*entry));
	entry->kind = request->kind;
	memcpy(entry->merchant, order->merchant, sizeof(entry->merchant));
	memcpy(entry->customer, order->customer, sizeof(entry->customer));
	memcpy(entry->jti, order->jti, sizeof(entry->jti));
	memcpy(entry->th, order->th, sizeof(entry->th));
	entry->amount = order->amount;
	memcpy(entry->via, order->via, sizeof(entry->via));
	memcpy(entry->reference, order->reference, sizeof(entry->reference));
	(void)snprintf(entry->note, sizeof(entry->note), "%s",
	    request->note != NULL ? request->note
		: order->unasked  ? LEDGER_NOTE_ALLOWANCE
				  : "");
	(void)snprintf(entry->actor, sizeof(entry->actor), "%s",
	    request->actor == NULL ? "" : request->actor);
	memcpy(entry->postings, request->postings, sizeof(entry->postings));
	entry->postings_len = request->postings_len;
}

/* All conditions hold. */
static void
store(struct plan *plan, struct ledger_request *request, struct step *step)
{
	struct ledger_order *next = &step->next;
	unsigned char buf[RECORD_MAX];
	struct record_out out;
	struct order_row row;
	struct key key;

	if (request->op == LEDGER_PAY) {
		stage_enter(plan, request, &step->stage, &step->entry);
		next->serial = step->entry.serial;
	}
	stage_count(plan, &step->stage);
	if (step->evidence == 0)
		step->evidence = ++plan->evidence;
	row = (struct order_row){
		.state = next->state,
		.kind = next->kind,
		.serial = next->serial,
		.evidence = step->evidence,
		.time_ms = next->time_ms,
	};
	memcpy(row.th, next->th, sizeof(row.th));
	key_pair(&key, next->merchant, next->jti);
	order_row_write(&out, buf, &row);
	put_record(plan, TABLE_ORDERS, &key, &out);
	if (step->known)
		store_again(plan, step);
	else
		store_first(plan, step);
	store_intent(plan, step);
	if (request->op == LEDGER_INTENT)
		put_settlement(plan, next);
	if (request->reversal != NULL)
		put_reversal(plan, request->reversal, 0);
	request->order->state = next->state;
	request->order->serial = next->serial;
	request->order->time_ms = next->time_ms;
	if (request->event != NULL)
		request->event->txn = next->serial;
	put_event(plan, request);
}

static void
store_first(struct plan *plan, const struct step *step)
{
	struct till_bytes head = { NULL, 0 };
	unsigned char buf[RECORD_MAX];
	struct record_out out;
	struct key key;

	key_part(&key, step->evidence, 0);
	evidence_write(&out, buf, &step->next, &head);
	add_record(plan, TABLE_EVIDENCE, &key, &out);
	store_tail(plan, step, head.len);
}

/* A ticket that is stored already stays as it is, cut where it is cut. */
static void
store_again(struct plan *plan, const struct step *step)
{
	unsigned char buf[RECORD_MAX], old[RECORD_MAX];
	struct till_bytes head = { NULL, 0 }, value;
	struct ledger_order stored;
	struct record_out out;
	struct key key;

	key_part(&key, step->evidence, 0);
	if (step->stored.ticket_len > 0) {
		if (!batch_get(plan->batch, TABLE_EVIDENCE, &key, &value) ||
		    evidence_read(value.data, value.len, &stored, &head) == -1)
			ledger_die(plan->ledger, "evidence", "it is gone");
		assert(head.len <= sizeof(old));
		memcpy(old, head.data, head.len);
		head.data = old;
	}
	evidence_write(&out, buf, &step->next, &head);
	put_record(plan, TABLE_EVIDENCE, &key, &out);
	if (step->stored.ticket_len == 0)
		store_tail(plan, step, head.len);
}

/* What of the ticket is not in the first record. */
static void
store_tail(struct plan *plan, const struct step *step, size_t at)
{
	const struct ledger_order *next = &step->next;
	struct till_bytes piece;
	struct key key;
	uint8_t part = 1;

	for (; at < next->ticket_len; at += piece.len) {
		piece.data = (const unsigned char *)next->ticket + at;
		piece.len = next->ticket_len - at;
		if (piece.len > LEDGER_EVIDENCE_PART)
			piece.len = LEDGER_EVIDENCE_PART;
		key_part(&key, step->evidence, part++);
		batch_add(plan->batch, TABLE_EVIDENCE, &key, &piece);
	}
}

/* Keep the list of those that a start must resolve. */
static void
store_intent(struct plan *plan, const struct step *step)
{
	static const struct till_bytes nothing;
	bool was = step->known; /* then it was open */
	struct key key;

	key_pair(&key, step->next.merchant, step->next.jti);
	if (order_is_open(step->next.state) && !was)
		batch_put(plan->batch, TABLE_INTENTS, &key, &nothing);
	if (!order_is_open(step->next.state) && was)
		batch_remove(plan->batch, TABLE_INTENTS, &key);
}
