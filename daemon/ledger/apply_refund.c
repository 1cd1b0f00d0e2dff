/*
 * apply_refund.c - what an order has paid is given back, and what became of
 * it where a network had to be asked.
 *
 *	      refund              (a) refund-done
 *	till --------> pending --------------------> where it came from
 *	 ^                |
 *	 `----------------'  (b) refund-back
 *
 * Where no network is asked it is one entry.
 */
#include <string.h>

#include "ledger/internal.h"

/* What is known of the order, and what will be entered. */
struct refunding {
	struct order_row row;
	struct ledger_order order;
	struct entry payment, entry;
	struct book book;
	struct stage stage;
	char source[TILL_ACCOUNT_MAX]; /* of a network */
};

static enum ledger_result check(struct ledger_request *);
static enum ledger_result check_asked(struct ledger_request *);
static enum ledger_result judge(struct plan *, struct ledger_request *,
    struct refunding *);
static enum ledger_result judge_id(struct plan *, struct ledger_request *,
    struct refunding *);
static enum ledger_result judge_amount(struct plan *, struct ledger_request *,
    const struct refunding *);
static int digest_of(const struct ledger_refund *, unsigned char *);
static int load(struct plan *, const char *, const char *, struct refunding *,
    struct till_error *);
static int load_entry(struct plan *, uint64_t, struct entry *,
    struct till_error *);
static enum ledger_result choose(struct ledger_request *, struct refunding *);
static int find_source(const struct entry *, char *);
static void move(struct ledger_request *, const char *, const char *,
    const struct till_money *);
static void prepare(struct ledger_request *, struct refunding *,
    enum entry_kind, const struct till_money *);
static enum ledger_result stage(struct plan *, struct ledger_request *,
    struct refunding *);
static void put_row(struct plan *, struct refunding *, int64_t);

enum ledger_result
apply_refund(struct plan *plan, struct ledger_request *request)
{
	struct ledger_refund *refund = request->refund;
	unsigned char buf[RECORD_MAX];
	struct refunding refunding;
	enum ledger_result result;
	struct record_out out;
	struct key key;

	memset(&refunding.book, 0, sizeof(refunding.book));
	result = check(request);
	if (result == LEDGER_DONE)
		result = judge(plan, request, &refunding);
	if (result == LEDGER_DONE)
		result = choose(request, &refunding);
	if (result == LEDGER_DONE && request->reversal != NULL)
		result = judge_reversal(plan, request);
	if (result != LEDGER_DONE)
		return result;
	prepare(request, &refunding, ENTRY_REFUND, &refund->amount);
	refunding.entry.original = refunding.row.serial;
	refund_book(refunding.entry.book_id, refund->merchant, refund->jti,
	    refund->id);
	result = stage(plan, request, &refunding);
	if (result != LEDGER_DONE)
		return result;
	stage_enter(plan, request, &refunding.stage, &refunding.entry);
	refund->refunded_micro =
	    refunding.row.refunded_micro + refund->amount.micro;
	put_row(plan, &refunding, refund->refunded_micro);
	refunding.book.serial = refunding.entry.serial;
	key_text(&key, refunding.entry.book_id);
	book_write(&out, buf, &refunding.book);
	put_record(plan, TABLE_BOOKS, &key, &out);
	if (request->reversal != NULL)
		put_reversal(plan, request->reversal, refunding.entry.serial);
	if (request->event != NULL)
		request->event->txn = refunding.entry.serial;
	put_event(plan, request);
	return LEDGER_DONE;
}

enum ledger_result
end_refund(struct plan *plan, struct ledger_request *request,
    const struct ledger_reversal *reversal)
{
	const bool done = reversal->state == REVERSAL_DONE;
	struct refunding refunding;
	enum ledger_result result;
	char to[TILL_ACCOUNT_MAX];

	if (load(plan, reversal->merchant, reversal->jti, &refunding,
		&request->err) != 0 ||
	    find_source(&refunding.payment, to) == -1)
		return refuse(request, LEDGER_INVALID,
		    "the refund is of an order that was not paid so");
	if (!done)
		(void)snprintf(to, sizeof(to), CLASS_TILL "%s",
		    reversal->merchant);
	move(request, REFUND_PENDING, to, &reversal->amount);
	prepare(request, &refunding,
	    done ? ENTRY_REFUND_DONE : ENTRY_REFUND_BACK, &reversal->amount);
	refunding.entry.original = reversal->refund;
	(void)snprintf(refunding.entry.note, sizeof(refunding.entry.note), "%s",
	    reversal->text);
	result = stage(plan, request, &refunding);
	if (result != LEDGER_DONE)
		return result;
	stage_enter(plan, request, &refunding.stage, &refunding.entry);
	if (!done)
		put_row(plan, &refunding,
		    refunding.row.refunded_micro - reversal->amount.micro);
	return LEDGER_DONE;
}

void
refund_book(char book[TILL_TEXT_MAX], const char *mid, const char *jti,
    const char *id)
{
	(void)snprintf(book, TILL_TEXT_MAX, REFUND_BOOK "%s/%s/%s", mid, jti,
	    id);
}

/* Is it well formed? */
static enum ledger_result
check(struct ledger_request *request)
{
	const struct ledger_refund *refund = request->refund;
	const char *note = request->note, *actor = request->actor;

	if (refund == NULL || request->order != NULL)
		return refuse(request, LEDGER_INVALID, "there is no refund");
	if (!text_ends(refund->merchant, sizeof(refund->merchant)) ||
	    !text_ends(refund->jti, sizeof(refund->jti)) ||
	    !text_ends(refund->id, sizeof(refund->id)) ||
	    !text_ends(refund->amount.currency, TILL_CURRENCY_MAX) ||
	    !till_id_ok(refund->merchant) || !till_jti_ok(refund->jti) ||
	    !till_jti_ok(refund->id) ||
	    (note != NULL &&
		strnlen(note, LEDGER_NOTE_MAX) >= LEDGER_NOTE_MAX) ||
	    (actor != NULL && strnlen(actor, TILL_JTI_MAX) >= TILL_JTI_MAX))
		return refuse(request, LEDGER_INVALID,
		    "the refund is not well formed");
	if (refund->amount.micro <= 0 ||
	    refund->amount.micro > TILL_MICRO_LIMIT)
		return refuse(request, LEDGER_INVALID,
		    "the amount of the refund is out of bounds");
	if (request->counters_len != 0)
		return refuse(request, LEDGER_INVALID,
		    "a refund has no counters");
	if (request->reversal != NULL)
		return check_asked(request);
	return check_event(request);
}

static enum ledger_result
check_asked(struct ledger_request *request)
{
	const struct ledger_reversal *reversal = request->reversal;
	const struct ledger_refund *refund = request->refund;
	enum ledger_result result = check_reversal(request);

	if (result != LEDGER_DONE)
		return result;
	if (reversal->number != 0 || reversal->id[0] != '\0' ||
	    reversal->state == REVERSAL_PARKED ||
	    strcmp(reversal->reason, "refund") != 0 ||
	    strcmp(reversal->merchant, refund->merchant) != 0 ||
	    strcmp(reversal->jti, refund->jti) != 0 ||
	    reversal->amount.micro != refund->amount.micro ||
	    !till_money_same_currency(&reversal->amount, &refund->amount))
		return refuse(request, LEDGER_INVALID,
		    "the reversal is not that of the refund");
	return check_event(request);
}

/* LEDGER_DONE if the order has so much left. */
static enum ledger_result
judge(struct plan *plan, struct ledger_request *request,
    struct refunding *refunding)
{
	const struct ledger_refund *refund = request->refund;
	enum ledger_result result = judge_id(plan, request, refunding);
	int r;

	if (result != LEDGER_DONE)
		return result;
	r = load(plan, refund->merchant, refund->jti, refunding, &request->err);
	if (r == 1)
		return refuse(request, LEDGER_INVALID,
		    "%s of %s is no order that has paid something", refund->jti,
		    refund->merchant);
	if (r == -1)
		return LEDGER_INVALID;
	return judge_amount(plan, request, refunding);
}

/* Was it entered before? */
static enum ledger_result
judge_id(struct plan *plan, struct ledger_request *request,
    struct refunding *refunding)
{
	const struct ledger_refund *refund = request->refund;
	char id[TILL_TEXT_MAX];
	struct till_bytes value;
	struct book stored;
	struct key key;

	if (digest_of(refund, refunding->book.digest) == -1)
		return refuse(request, LEDGER_BUSY, "out of memory");
	refund_book(id, refund->merchant, refund->jti, refund->id);
	key_text(&key, id);
	if (!batch_get(plan->batch, TABLE_BOOKS, &key, &value))
		return LEDGER_DONE;
	if (book_read(value.data, value.len, &stored) == -1) {
		(void)damaged(&request->err, TABLE_BOOKS, &key);
		return LEDGER_INVALID;
	}
	request->serial_r = stored.serial;
	if (memcmp(stored.digest, refunding->book.digest,
		sizeof(stored.digest)) == 0)
		return refuse(request, LEDGER_REPEAT,
		    "the refund was entered before");
	return refuse(request, LEDGER_CONFLICT,
	    "another refund of the order has the id %s", refund->id);
}

static enum ledger_result
judge_amount(struct plan *plan, struct ledger_request *request,
    const struct refunding *refunding)
{
	const struct ledger_refund *refund = request->refund;
	const struct ledger_order *order = &refunding->order;
	int64_t left = order->amount.micro - refunding->row.refunded_micro;

	if (!till_money_same_currency(&refund->amount, &order->amount))
		return refuse(request, LEDGER_INVALID,
		    "the order was paid in %s", order->amount.currency);
	if (refund->amount.micro > left)
		return refuse(request, LEDGER_LIMITED,
		    "it is more than what is left of the order");
	left -= taken_back(plan, order, refund->settled);
	if (refund->amount.micro > left)
		return refuse(request, LEDGER_LIMITED,
		    "the bank has taken back so much of it itself that less "
		    "is left");
	return LEDGER_DONE;
}

static int
digest_of(const struct ledger_refund *refund, unsigned char *digest)
{
	unsigned char buf[RECORD_MAX];
	struct record_out out;

	record_write(&out, buf, sizeof(buf), (uint8_t)ENTRY_REFUND);
	record_put_money(&out, &refund->amount);
	return sha256(out.data, out.len, digest);
}

/* An order that has paid, and the entry that did; 1 if it has not. */
static int
load(struct plan *plan, const char *mid, const char *jti,
    struct refunding *refunding, struct till_error *err)
{
	struct source source = { batch_source, plan->batch };
	int r;

	r = order_load(&source, mid, jti, false, &refunding->row,
	    &refunding->order, err);
	if (r != 0)
		return r;
	if ((refunding->row.state != ORDER_PAID &&
		refunding->row.state != ORDER_REFUNDED) ||
	    refunding->order.kind == TILL_KIND_IDENTITY)
		return 1;
	return load_entry(plan, refunding->row.serial, &refunding->payment,
	    err);
}

static int
load_entry(struct plan *plan, uint64_t serial, struct entry *entry,
    struct till_error *err)
{
	struct till_bytes value;
	struct key key;

	key_serial(&key, serial);
	if (!batch_get(plan->batch, TABLE_REGISTER, &key, &value) ||
	    entry_read(value.data, value.len, entry) == -1)
		return damaged(err, TABLE_REGISTER, &key);
	return 0;
}

/* The postings that it has, or those of a network's. */
static enum ledger_result
choose(struct ledger_request *request, struct refunding *refunding)
{
	const struct ledger_refund *refund = request->refund;
	char till[TILL_ACCOUNT_MAX];
	struct till_money moved;
	enum ledger_result result;

	if (request->reversal != NULL) {
		if (find_source(&refunding->payment, refunding->source) == -1)
			return refuse(request, LEDGER_INVALID,
			    "no network has paid the order");
		(void)snprintf(till, sizeof(till), CLASS_TILL "%s",
		    refund->merchant);
		move(request, till, REFUND_PENDING, &refund->amount);
		request->postings[0].condition = TILL_IF_COVERED;
		return LEDGER_DONE;
	}
	result = check_postings(request, &moved);
	if (result != LEDGER_DONE)
		return result;
	if (!till_money_same_currency(&moved, &refund->amount) ||
	    moved.micro != refund->amount.micro)
		return refuse(request, LEDGER_INVALID,
		    "the postings move another amount than the refund");
	return check_refund_ways(request, &refunding->payment,
	    refunding->row.refunded_micro);
}

/* The account that a network's payment came from, into source; -1 if there
 * are several, or it is a wallet. */
static int
find_source(const struct entry *payment, char *source)
{
	const struct ledger_posting *found = NULL;
	uint32_t i;

	for (i = 0; i < payment->postings_len; i++) {
		if (payment->postings[i].amount.micro > 0)
			continue;
		if (found != NULL)
			return -1;
		found = &payment->postings[i];
	}
	if (found == NULL || account_customer(found->account) != NULL)
		return -1;
	memcpy(source, found->account, sizeof(found->account));
	return 0;
}

static void
move(struct ledger_request *request, const char *from, const char *to,
    const struct till_money *amount)
{
	struct ledger_posting *posting = request->postings;

	memset(posting, 0, 2 * sizeof(*posting));
	(void)snprintf(posting[0].account, sizeof(posting[0].account), "%s",
	    from);
	(void)snprintf(posting[1].account, sizeof(posting[1].account), "%s",
	    to);
	posting[0].amount = posting[1].amount = *amount;
	posting[0].amount.micro = -amount->micro;
	posting[0].condition = posting[1].condition = TILL_ALWAYS;
	request->postings_len = 2;
}

static void
prepare(struct ledger_request *request, struct refunding *refunding,
    enum entry_kind kind, const struct till_money *amount)
{
	const struct ledger_order *order = &refunding->order;
	struct entry *entry = &refunding->entry;

	memset(entry, 0, sizeof(*entry));
	entry->kind = kind;
	memcpy(entry->merchant, order->merchant, sizeof(entry->merchant));
	memcpy(entry->customer, order->customer, sizeof(entry->customer));
	memcpy(entry->jti, order->jti, sizeof(entry->jti));
	memcpy(entry->th, order->th, sizeof(entry->th));
	entry->amount = *amount;
	memcpy(entry->via, order->via, sizeof(entry->via));
	(void)snprintf(entry->note, sizeof(entry->note), "%s",
	    request->note == NULL ? "" : request->note);
	(void)snprintf(entry->actor, sizeof(entry->actor), "%s",
	    request->actor == NULL ? "" : request->actor);
	memcpy(entry->postings, request->postings, sizeof(entry->postings));
	entry->postings_len = request->postings_len;
}

static enum ledger_result
stage(struct plan *plan, struct ledger_request *request,
    struct refunding *refunding)
{
	enum ledger_result result;

	stage_begin(&refunding->stage);
	result = stage_postings(plan, request, &refunding->stage);
	if (result == LEDGER_DONE)
		result = stage_owners(plan, request, &refunding->stage,
		    &refunding->entry);
	return result;
}

/* The time stays that of the payment's end or of the first refund. */
static void
put_row(struct plan *plan, struct refunding *refunding, int64_t refunded_micro)
{
	struct order_row *row = &refunding->row;
	enum order_state state =
	    refunded_micro > 0 ? ORDER_REFUNDED : ORDER_PAID;
	unsigned char buf[RECORD_MAX];
	struct record_out out;
	struct key key;

	if (row->state != state)
		row->time_ms = plan->time_ms;
	row->state = state;
	row->refunded_micro = refunded_micro;
	key_pair(&key, refunding->order.merchant, refunding->order.jti);
	order_row_write(&out, buf, row);
	put_record(plan, TABLE_ORDERS, &key, &out);
}
