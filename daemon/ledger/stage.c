/*
 * stage.c - accounts and counters of one request.
 *
 * They are read into the stage, changed there, and the conditions are
 * looked at there.  Only when nothing can fail any more they are put.
 */
#include <assert.h>
#include <inttypes.h>
#include <string.h>

#include "ledger/internal.h"

static struct counter *staged_counter(struct plan *, struct stage *,
    const char *, struct ledger_request *);
static enum ledger_result count(struct ledger_request *, uint32_t,
    struct counter *);
static bool within(int64_t, int64_t);
static struct account *staged_account(struct plan *, struct stage *,
    const char *, struct ledger_request *);
static int read_account(struct plan *, const char *, struct account *,
    struct ledger_request *);
static int owner_known(struct plan *, const char *, struct ledger_request *);
static struct account_part *part_of(struct account *, const char *);
static enum ledger_result post(struct ledger_request *, uint32_t,
    struct account *);
static struct account *find_account(struct stage *, const char *, const char *);

void
stage_begin(struct stage *stage)
{
	/* Of what is beyond nothing is read. */
	stage->accounts_len = 0;
	stage->counters_len = 0;
}

enum ledger_result
stage_counters(struct plan *plan, struct ledger_request *request,
    struct stage *stage)
{
	enum ledger_result result;
	struct counter *counter;
	uint32_t i;

	result = check_counters(request);
	for (i = 0; result == LEDGER_DONE && i < request->counters_len; i++) {
		request->failed = i;
		counter = staged_counter(plan, stage, request->counters[i].name,
		    request);
		if (counter == NULL)
			return LEDGER_INVALID;
		if (request->counters[i].allowance)
			result = allowance_bound(plan, request,
			    &request->counters[i]);
		if (result == LEDGER_DONE)
			result = count(request, i, counter);
	}
	if (result == LEDGER_DONE)
		request->failed = 0;
	return result;
}

enum ledger_result
stage_postings(struct plan *plan, struct ledger_request *request,
    struct stage *stage)
{
	enum ledger_result result = LEDGER_DONE;
	struct account *account;
	uint32_t i;

	for (i = 0; result == LEDGER_DONE && i < request->postings_len; i++) {
		request->failed = i;
		account = staged_account(plan, stage,
		    request->postings[i].account, request);
		if (account == NULL)
			return LEDGER_INVALID;
		result = post(request, i, account);
	}
	if (result == LEDGER_DONE)
		request->failed = 0;
	return result;
}

enum ledger_result
stage_owners(struct plan *plan, struct ledger_request *request,
    struct stage *stage, const struct entry *entry)
{
	char name[TILL_ACCOUNT_MAX];

	if (entry->customer[0] != '\0') {
		(void)snprintf(name, sizeof(name), CLASS_WALLET "%s",
		    entry->customer);
		if (staged_account(plan, stage, name, request) == NULL)
			return LEDGER_INVALID;
	}
	if (entry->merchant[0] != '\0') {
		(void)snprintf(name, sizeof(name), CLASS_TILL "%s",
		    entry->merchant);
		if (staged_account(plan, stage, name, request) == NULL)
			return LEDGER_INVALID;
	}
	return LEDGER_DONE;
}

void
stage_enter(struct plan *plan, struct ledger_request *request,
    struct stage *stage, struct entry *entry)
{
	unsigned char buf[RECORD_MAX];
	struct account *account;
	struct record_out out;
	struct key key;
	uint32_t i;

	entry->serial = ++plan->serial;
	entry->time_ms = plan->time_ms;
	memcpy(entry->previous, plan->head, sizeof(entry->previous));
	account = find_account(stage, CLASS_TILL, entry->merchant);
	if (account != NULL) {
		entry->merchant_previous = account->newest;
		account->newest = entry->serial;
	}
	account = find_account(stage, CLASS_WALLET, entry->customer);
	if (account != NULL) {
		entry->customer_previous = account->newest;
		account->newest = entry->serial;
	}
	for (i = 0; i < entry->postings_len; i++) {
		account = find_account(stage, "", entry->postings[i].account);
		assert(account != NULL);
		part_of(account, entry->postings[i].amount.currency)->serial =
		    entry->serial;
	}
	entry_write(&out, buf, entry);
	if (sha256(out.data, out.len, plan->head) == -1)
		ledger_die(plan->ledger, "SHA-256", "failed");
	memcpy(entry->hash, plan->head, sizeof(entry->hash));
	key_serial(&key, entry->serial);
	add_record(plan, TABLE_REGISTER, &key, &out);
	for (i = 0; i < stage->accounts_len; i++) {
		key_text(&key, stage->accounts[i].name);
		account_write(&out, buf, &stage->accounts[i].account);
		put_record(plan, TABLE_ACCOUNTS, &key, &out);
	}
	request->serial_r = entry->serial;
}

void
stage_count(struct plan *plan, struct stage *stage)
{
	unsigned char buf[RECORD_MAX];
	struct record_out out;
	struct key key;
	uint32_t i;

	for (i = 0; i < stage->counters_len; i++) {
		key_text(&key, stage->counters[i].name);
		counter_write(&out, buf, &stage->counters[i].counter);
		put_record(plan, TABLE_COUNTERS, &key, &out);
	}
}

/* The counter of this name as it is now; NULL if it cannot be read. */
static struct counter *
staged_counter(struct plan *plan, struct stage *stage, const char *name,
    struct ledger_request *request)
{
	struct staged_counter *staged;
	struct till_bytes value;
	struct key key;
	uint32_t i;

	for (i = 0; i < stage->counters_len; i++) {
		if (strcmp(stage->counters[i].name, name) == 0)
			return &stage->counters[i].counter;
	}
	assert(stage->counters_len < LEDGER_COUNTERS_MAX);
	staged = &stage->counters[stage->counters_len++];
	memset(staged, 0, sizeof(*staged));
	staged->name = name;
	key_text(&key, name);
	if (batch_get(plan->batch, TABLE_COUNTERS, &key, &value) &&
	    counter_read(value.data, value.len, &staged->counter) == -1) {
		(void)damaged(&request->err, TABLE_COUNTERS, &key);
		return NULL;
	}
	return &staged->counter;
}

/* Add to a counter if what the request demands of it holds. */
static enum ledger_result
count(struct ledger_request *request, uint32_t i, struct counter *counter)
{
	const struct ledger_counter *wanted = &request->counters[i];

	/* Whoever looks at an older window must look again: going back to
	 * it would forget what the newer one holds. */
	if (wanted->window < counter->window)
		return refuse(request, LEDGER_STALE,
		    "counter %s has moved on to another window", wanted->name);
	if (wanted->window > counter->window)
		*counter = (struct counter){ .window = wanted->window };
	if (wanted->expect &&
	    (counter->micro != wanted->expect_micro ||
		counter->count != wanted->expect_count))
		return refuse(request, LEDGER_STALE,
		    "counter %s is not what it was", wanted->name);
	if (wanted->reset) {
		counter->micro = 0;
		counter->count = 0;
		return LEDGER_DONE;
	}
	if (__builtin_add_overflow(counter->micro, wanted->add_micro,
		&counter->micro) ||
	    __builtin_add_overflow(counter->count, wanted->add_count,
		&counter->count))
		return refuse(request, LEDGER_INVALID,
		    "counter %s would overflow", wanted->name);
	/* What is given back may have been reset meanwhile. */
	if (wanted->add_micro < 0 && counter->micro < 0)
		counter->micro = 0;
	if (wanted->add_count < 0 && counter->count < 0)
		counter->count = 0;
	if (!within(counter->micro, wanted->max_micro) ||
	    !within(counter->count, wanted->max_count))
		return refuse(request,
		    wanted->allowance ? LEDGER_ASK : LEDGER_LIMITED,
		    "counter %s is at its bound", wanted->name);
	return LEDGER_DONE;
}

static bool
within(int64_t n, int64_t max)
{
	return max == -1 || n <= max;
}

/* The account of this name; NULL, with the reason in the request, if it
 * is of nobody or cannot be read. */
static struct account *
staged_account(struct plan *plan, struct stage *stage, const char *name,
    struct ledger_request *request)
{
	struct staged_account *staged;
	uint32_t i;

	for (i = 0; i < stage->accounts_len; i++) {
		if (strcmp(stage->accounts[i].name, name) == 0)
			return &stage->accounts[i].account;
	}
	assert(stage->accounts_len < STAGE_ACCOUNTS_MAX);
	staged = &stage->accounts[stage->accounts_len++];
	(void)snprintf(staged->name, sizeof(staged->name), "%s", name);
	if (read_account(plan, name, &staged->account, request) == -1)
		return NULL;
	return &staged->account;
}

static int
read_account(struct plan *plan, const char *name, struct account *account,
    struct ledger_request *request)
{
	struct till_bytes value;
	struct key key;

	key_text(&key, name);
	if (batch_get(plan->batch, TABLE_ACCOUNTS, &key, &value)) {
		if (account_read(value.data, value.len, account) == -1)
			return damaged(&request->err, TABLE_ACCOUNTS, &key);
		return 0;
	}
	memset(account, 0, sizeof(*account));
	return owner_known(plan, name, request);
}

/* A first posting makes the account, but not for somebody unknown. */
static int
owner_known(struct plan *plan, const char *name, struct ledger_request *request)
{
	enum table table = TABLE_CUSTOMERS;
	const char *id = account_customer(name);
	struct till_bytes value;
	struct key key;

	if (id == NULL) {
		table = TABLE_MERCHANTS;
		id = account_merchant(name);
	}
	if (id == NULL)
		return 0;
	key_text(&key, id);
	if (batch_get(plan->batch, table, &key, &value))
		return 0;
	return till_fail(&request->err, "there is no %s %s",
	    table == TABLE_CUSTOMERS ? "customer" : "merchant", id);
}

/* The account's part in a currency, made if there is room; or NULL. */
static struct account_part *
part_of(struct account *account, const char *currency)
{
	struct account_part *part;
	uint32_t i;

	for (i = 0; i < account->parts_len; i++) {
		if (strcmp(account->parts[i].currency, currency) == 0)
			return &account->parts[i];
	}
	if (account->parts_len == LEDGER_CURRENCIES_MAX)
		return NULL;
	part = &account->parts[account->parts_len++];
	memset(part, 0, sizeof(*part));
	memcpy(part->currency, currency, TILL_CURRENCY_MAX - 1);
	return part;
}

static enum ledger_result
post(struct ledger_request *request, uint32_t i, struct account *account)
{
	const struct ledger_posting *posting = &request->postings[i];
	struct account_part *part;
	int64_t available;

	part = part_of(account, posting->amount.currency);
	if (part == NULL)
		return refuse(request, LEDGER_INVALID,
		    "%s has too many currencies", posting->account);
	if (__builtin_add_overflow(part->balance_micro, posting->amount.micro,
		&part->balance_micro) ||
	    __builtin_sub_overflow(part->balance_micro, part->held_micro,
		&available))
		return refuse(request, LEDGER_INVALID, "%s would overflow",
		    posting->account);
	if (posting->condition == TILL_IF_COVERED && available < 0)
		return refuse(request, LEDGER_DECLINED, "%s does not cover it",
		    posting->account);
	if (posting->condition == TILL_IF_WITHIN &&
	    part->balance_micro > posting->limit_micro)
		return refuse(request, LEDGER_DECLINED,
		    "%s would be above its limit", posting->account);
	return LEDGER_DONE;
}

/* The staged account with the name class and id; NULL for no id. */
static struct account *
find_account(struct stage *stage, const char *class, const char *id)
{
	size_t len = strlen(class);
	uint32_t i;

	for (i = 0; id[0] != '\0' && i < stage->accounts_len; i++) {
		if (strncmp(stage->accounts[i].name, class, len) == 0 &&
		    strcmp(stage->accounts[i].name + len, id) == 0)
			return &stage->accounts[i].account;
	}
	return NULL;
}
