/*
 * apply_reversal.c - reversals: owed once, and until they have ended.
 *
 *	none ---> WAITING <---> PARKED
 *	             \            |
 *	              `-----------+---> DONE, DROPPED
 */
#include <string.h>

#include "ledger/internal.h"

static enum ledger_result judge_new(struct plan *, struct ledger_request *);
static enum ledger_result change(struct plan *, struct ledger_request *);
static bool load(struct plan *, const struct key *, struct ledger_reversal *);
static bool is_open(const struct ledger_reversal *);
static void make_key(struct plan *, struct ledger_reversal *);
static void store(struct plan *, const struct ledger_reversal *);

enum ledger_result
check_reversal(struct ledger_request *request)
{
	const struct ledger_reversal *reversal = request->reversal;

	if (reversal == NULL)
		return refuse(request, LEDGER_INVALID, "there is no reversal");
	if (!text_ends(reversal->merchant, sizeof(reversal->merchant)) ||
	    !text_ends(reversal->jti, sizeof(reversal->jti)) ||
	    !text_ends(reversal->reason, sizeof(reversal->reason)) ||
	    !text_ends(reversal->original, sizeof(reversal->original)) ||
	    !text_ends(reversal->id, sizeof(reversal->id)) ||
	    !text_ends(reversal->customer, sizeof(reversal->customer)) ||
	    !text_ends(reversal->instance, sizeof(reversal->instance)) ||
	    !text_ends(reversal->via, sizeof(reversal->via)) ||
	    !text_ends(reversal->setup, sizeof(reversal->setup)) ||
	    !text_ends(reversal->identity, sizeof(reversal->identity)) ||
	    !text_ends(reversal->code, sizeof(reversal->code)) ||
	    !text_ends(reversal->text, sizeof(reversal->text)) ||
	    !text_ends(reversal->amount.currency, TILL_CURRENCY_MAX) ||
	    !till_id_ok(reversal->merchant) || !till_jti_ok(reversal->jti) ||
	    reversal->number > LEDGER_REVERSALS_MAX)
		return refuse(request, LEDGER_INVALID,
		    "the reversal is not well formed");
	if (request->op == LEDGER_END &&
	    (reversal->number != 0 ||
		strcmp(reversal->merchant, request->order->merchant) != 0 ||
		strcmp(reversal->jti, request->order->jti) != 0))
		return refuse(request, LEDGER_INVALID,
		    "the reversal is of another order");
	if (reversal->number != 0)
		return LEDGER_DONE;
	if (reversal->reason[0] == '\0' || reversal->original[0] == '\0' ||
	    reversal->instance[0] == '\0' || reversal->amount.micro <= 0 ||
	    till_currency_exponent(reversal->amount.currency) < 0)
		return refuse(request, LEDGER_INVALID,
		    "the reversal does not say of what");
	return LEDGER_DONE;
}

enum ledger_result
apply_reverse(struct plan *plan, struct ledger_request *request)
{
	enum ledger_result result = check_reversal(request);

	if (result != LEDGER_DONE)
		return result;
	if (request->reversal->number != 0)
		return change(plan, request);
	result = judge_new(plan, request);
	if (result != LEDGER_DONE)
		return result;
	put_reversal(plan, request->reversal, 0);
	put_event(plan, request);
	return LEDGER_DONE;
}

enum ledger_result
judge_reversal(struct plan *plan, struct ledger_request *request)
{
	struct ledger_reversal *reversal = request->reversal, known;
	const uint32_t max = request->op == LEDGER_REFUND
	    ? LEDGER_REFUNDS_MAX
	    : LEDGER_REVERSALS_MAX;
	struct key key;
	uint32_t n;

	for (n = 1; n <= max; n++) {
		key_reversal(&key, reversal->merchant, reversal->jti, n);
		if (!load(plan, &key, &known)) {
			reversal->number = n;
			return LEDGER_DONE;
		}
		if (reversal->id[0] == '\0' ||
		    strcmp(known.id, reversal->id) != 0)
			continue;
		*reversal = known;
		return refuse(request, LEDGER_REPEAT,
		    "it is known as reversal %u already", n);
	}
	return refuse(request, LEDGER_INVALID,
	    "the order has %u refunds and reversals: no more", max);
}

int64_t
taken_back(struct plan *plan, const struct ledger_order *order, bool settled)
{
	struct ledger_reversal known;
	int64_t sum = 0;
	struct key key;
	uint32_t n;

	for (n = 1; n <= LEDGER_REVERSALS_MAX; n++) {
		key_reversal(&key, order->merchant, order->jti, n);
		if (!load(plan, &key, &known))
			break;
		if (__builtin_add_overflow(sum,
			reversal_taken(&known, &order->amount, settled), &sum))
			return INT64_MAX;
	}
	return sum;
}

void
put_reversal(struct plan *plan, struct ledger_reversal *reversal,
    uint64_t refund)
{
	reversal->refund = refund;
	if (reversal->state != REVERSAL_PARKED)
		reversal->state = REVERSAL_WAITING;
	reversal->created_ms = plan->time_ms;
	reversal->tries = 0;
	reversal->code[0] = '\0';
	reversal->text[0] = '\0';
	make_key(plan, reversal);
	store(plan, reversal);
}

void
put_settlement(struct plan *plan, const struct ledger_order *order)
{
	unsigned char buf[RECORD_MAX];
	struct record_out out;
	struct key key;

	key_settlement(&key, order->key);
	pair_write(&out, buf, order->merchant, order->jti);
	put_record(plan, TABLE_SETTLEMENTS, &key, &out);
}

/* While an order is being settled whoever settles it finds out whether
 * anything is owed. */
static enum ledger_result
judge_new(struct plan *plan, struct ledger_request *request)
{
	const struct ledger_reversal *reversal = request->reversal;
	struct till_bytes value;
	struct order_row row;
	struct key key;

	key_pair(&key, reversal->merchant, reversal->jti);
	if (!batch_get(plan->batch, TABLE_ORDERS, &key, &value))
		return refuse(request, LEDGER_INVALID, "%s of %s is not known",
		    reversal->jti, reversal->merchant);
	if (order_row_read(value.data, value.len, &row) == -1) {
		(void)damaged(&request->err, TABLE_ORDERS, &key);
		return LEDGER_INVALID;
	}
	if (order_is_open(row.state))
		return refuse(request, LEDGER_INVALID,
		    "the order is being settled");
	return judge_reversal(plan, request);
}

static enum ledger_result
change(struct plan *plan, struct ledger_request *request)
{
	struct ledger_reversal *reversal = request->reversal, known;
	enum ledger_result result;
	struct key key;

	key_reversal(&key, reversal->merchant, reversal->jti, reversal->number);
	if (!load(plan, &key, &known))
		return refuse(request, LEDGER_INVALID,
		    "%s of %s has no reversal %u", reversal->jti,
		    reversal->merchant, reversal->number);
	if (!is_open(&known)) {
		*reversal = known;
		return refuse(request, LEDGER_REPEAT, "it is %s already",
		    reversal_state_name(known.state));
	}
	if (reversal->state < REVERSAL_WAITING ||
	    reversal->state > REVERSAL_DROPPED)
		return refuse(request, LEDGER_INVALID,
		    "a reversal cannot become %d", (int)reversal->state);
	known.state = reversal->state;
	known.next_ms = reversal->next_ms;
	memcpy(known.setup, reversal->setup, sizeof(known.setup));
	known.tries = reversal->tries;
	memcpy(known.code, reversal->code, sizeof(known.code));
	memcpy(known.text, reversal->text, sizeof(known.text));
	if (known.refund != 0 && !is_open(&known)) {
		result = end_refund(plan, request, &known);
		if (result != LEDGER_DONE)
			return result;
	}
	*reversal = known;
	store(plan, reversal);
	put_event(plan, request);
	return LEDGER_DONE;
}

/* False if there is none. */
static bool
load(struct plan *plan, const struct key *key, struct ledger_reversal *reversal)
{
	struct till_bytes value;

	if (!batch_get(plan->batch, TABLE_REVERSALS, key, &value))
		return false;
	if (reversal_read(value.data, value.len, reversal) == -1 ||
	    key_read_reversal(key, reversal->merchant,
		sizeof(reversal->merchant), reversal->jti,
		sizeof(reversal->jti), &reversal->number) == -1)
		ledger_die(plan->ledger, "a reversal", "it is damaged");
	return true;
}

static bool
is_open(const struct ledger_reversal *reversal)
{
	return reversal->state == REVERSAL_WAITING ||
	    reversal->state == REVERSAL_PARKED;
}

/* From what names it alone, so that it is the same whenever it is made. */
static void
make_key(struct plan *plan, struct ledger_reversal *reversal)
{
	char text[TILL_ID_MAX + TILL_JTI_MAX + 32];
	int n;

	n = snprintf(text, sizeof(text), "reversal\n%s\n%s\n%u\n",
	    reversal->merchant, reversal->jti, reversal->number);
	if (n < 0 || (size_t)n >= sizeof(text) ||
	    sha256(text, (size_t)n, reversal->key) == -1)
		ledger_die(plan->ledger, "the key of a reversal",
		    "it cannot be made");
}

static void
store(struct plan *plan, const struct ledger_reversal *reversal)
{
	static const struct till_bytes nothing;
	unsigned char buf[RECORD_MAX];
	struct record_out out;
	struct key key;

	key_reversal(&key, reversal->merchant, reversal->jti, reversal->number);
	reversal_write(&out, buf, reversal);
	put_record(plan, TABLE_REVERSALS, &key, &out);
	if (is_open(reversal))
		batch_put(plan->batch, TABLE_REVERSING, &key, &nothing);
	else
		batch_remove(plan->batch, TABLE_REVERSING, &key);
}
