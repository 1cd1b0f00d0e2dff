/*
 * apply_book.c - entries without an order: top-ups, payouts, adjustments,
 * acts of administrators.
 *
 * A booking may have an id; the same id books once.  The customer and the
 * merchant in whose statements it stands are those whose wallet and till
 * it changes, and there can be only one of each.
 */
#include <string.h>

#include "ledger/internal.h"

static enum ledger_result judge(struct plan *, struct ledger_request *,
    struct book *);
static int digest_request(struct ledger_request *, unsigned char *);
static enum ledger_result prepare(struct ledger_request *, struct entry *);
static enum ledger_result set_party(struct ledger_request *, char *,
    const char *);

enum ledger_result
apply_book(struct plan *plan, struct ledger_request *request)
{
	unsigned char buf[RECORD_MAX];
	struct entry entry = { 0 };
	enum ledger_result result;
	struct record_out out;
	struct stage stage;
	struct book book;
	struct key key;

	stage_begin(&stage);
	result = check_book(request);
	if (result == LEDGER_DONE)
		result = check_event(request);
	if (result == LEDGER_DONE)
		result = judge(plan, request, &book);
	if (result == LEDGER_DONE)
		result = prepare(request, &entry);
	if (result == LEDGER_DONE)
		result = stage_counters(plan, request, &stage);
	if (result == LEDGER_DONE)
		result = stage_postings(plan, request, &stage);
	if (result == LEDGER_DONE)
		result = stage_owners(plan, request, &stage, &entry);
	if (result != LEDGER_DONE)
		return result;
	stage_enter(plan, request, &stage, &entry);
	stage_count(plan, &stage);
	if (request->book_id != NULL) {
		book.serial = entry.serial;
		key_text(&key, request->book_id);
		book_write(&out, buf, &book);
		put_record(plan, TABLE_BOOKS, &key, &out);
	}
	if (request->event != NULL)
		request->event->txn = entry.serial;
	put_event(plan, request);
	return LEDGER_DONE;
}

/* Was it booked before?  LEDGER_DONE, with the digest, if not. */
static enum ledger_result
judge(struct plan *plan, struct ledger_request *request, struct book *book)
{
	struct till_bytes value;
	struct book stored;
	struct key key;

	if (request->book_id == NULL)
		return LEDGER_DONE;
	if (digest_request(request, book->digest) == -1)
		return refuse(request, LEDGER_BUSY, "out of memory");
	key_text(&key, request->book_id);
	if (!batch_get(plan->batch, TABLE_BOOKS, &key, &value))
		return LEDGER_DONE;
	if (book_read(value.data, value.len, &stored) == -1) {
		(void)damaged(&request->err, TABLE_BOOKS, &key);
		return LEDGER_INVALID;
	}
	request->serial_r = stored.serial;
	if (memcmp(stored.digest, book->digest, sizeof(book->digest)) == 0)
		return refuse(request, LEDGER_REPEAT, "it is booked already");
	return refuse(request, LEDGER_CONFLICT,
	    "another booking has the id %.200s", request->book_id);
}

/* Of what the booking says, but not of who asks for it. */
static int
digest_request(struct ledger_request *request, unsigned char *digest)
{
	unsigned char buf[RECORD_MAX];
	struct record_out out;
	uint32_t i;

	record_write(&out, buf, sizeof(buf), (uint8_t)request->kind);
	record_put_text(&out, request->note == NULL ? "" : request->note);
	for (i = 0; i < request->postings_len; i++) {
		record_put_text(&out, request->postings[i].account);
		record_put_money(&out, &request->postings[i].amount);
	}
	return sha256(out.data, out.len, digest);
}

static enum ledger_result
prepare(struct ledger_request *request, struct entry *entry)
{
	enum ledger_result result = LEDGER_DONE;
	struct till_money moved = { 0 };
	const char *account;
	uint32_t i;

	entry->kind = request->kind;
	(void)snprintf(entry->book_id, sizeof(entry->book_id), "%s",
	    request->book_id == NULL ? "" : request->book_id);
	(void)snprintf(entry->note, sizeof(entry->note), "%s",
	    request->note == NULL ? "" : request->note);
	(void)snprintf(entry->actor, sizeof(entry->actor), "%s",
	    request->actor == NULL ? "" : request->actor);
	if (request->postings_len == 0)
		return LEDGER_DONE;
	result = check_postings(request, &moved);
	for (i = 0; result == LEDGER_DONE && i < request->postings_len; i++) {
		account = request->postings[i].account;
		result = set_party(request, entry->customer,
		    account_customer(account));
		if (result == LEDGER_DONE)
			result = set_party(request, entry->merchant,
			    account_merchant(account));
	}
	entry->amount = moved;
	memcpy(entry->postings, request->postings, sizeof(entry->postings));
	entry->postings_len = request->postings_len;
	return result;
}

static enum ledger_result
set_party(struct ledger_request *request, char *party, const char *id)
{
	if (id == NULL)
		return LEDGER_DONE;
	if (strlen(id) >= TILL_ID_MAX)
		return refuse(request, LEDGER_INVALID, "%s is no id", id);
	if (party[0] != '\0')
		return refuse(request, LEDGER_INVALID,
		    "a booking cannot be in two statements: %s and %s", party,
		    id);
	memcpy(party, id, strlen(id) + 1);
	return LEDGER_DONE;
}
