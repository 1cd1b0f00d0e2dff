/*
 * read.c - look-ups of one record, from any thread.
 */
#include <assert.h>
#include <string.h>

#include "ledger/internal.h"

static int table_source(void *, enum table, const struct key *, void *,
    size_t *, struct till_error *);
static bool fits(const char *, size_t);

int
ledger_order_get(struct ledger *ledger, const char *mid, const char *jti,
    struct ledger_order *order_r, struct till_error *err)
{
	struct source source = { table_source, ledger };
	struct order_row row;

	return order_load(&source, mid, jti, true, &row, order_r, err);
}

int
ledger_customer_get(struct ledger *ledger, const char *cid,
    struct ledger_customer *customer_r, struct till_error *err)
{
	unsigned char buf[RECORD_MAX];
	struct key key;
	size_t len;
	int r;

	if (!fits(cid, TILL_ID_MAX))
		return 1;
	key_text(&key, cid);
	r = table_get(ledger, TABLE_CUSTOMERS, &key, buf, &len, err);
	if (r == 0 && customer_read(buf, len, customer_r) == -1)
		return damaged(err, TABLE_CUSTOMERS, &key);
	return r;
}

int
ledger_merchant_get(struct ledger *ledger, const char *mid,
    struct ledger_merchant *merchant_r, struct till_error *err)
{
	unsigned char buf[RECORD_MAX];
	struct key key;
	size_t len;
	int r;

	if (!fits(mid, TILL_ID_MAX))
		return 1;
	key_text(&key, mid);
	r = table_get(ledger, TABLE_MERCHANTS, &key, buf, &len, err);
	if (r == 0 && merchant_read(buf, len, merchant_r) == -1)
		return damaged(err, TABLE_MERCHANTS, &key);
	return r;
}

int
ledger_allowance_get(struct ledger *ledger, const char *cid, const char *mid,
    const char *currency, struct ledger_allowance *allowance_r,
    struct till_error *err)
{
	unsigned char buf[RECORD_MAX];
	struct key key;
	size_t len;
	int r;

	if (!fits(cid, TILL_ID_MAX) || !fits(mid, TILL_ID_MAX) ||
	    !fits(currency, TILL_CURRENCY_MAX))
		return 1;
	key_triple(&key, cid, mid, currency);
	r = table_get(ledger, TABLE_ALLOWANCES, &key, buf, &len, err);
	if (r != 0)
		return r;
	if (allowance_read(buf, len, allowance_r) == -1)
		return damaged(err, TABLE_ALLOWANCES, &key);
	memcpy(allowance_r->customer, cid, strlen(cid) + 1);
	memcpy(allowance_r->merchant, mid, strlen(mid) + 1);
	return 0;
}

int
ledger_failures_get(struct ledger *ledger, const char *instance,
    const char *cid, struct till_failures *failures_r, struct till_error *err)
{
	unsigned char buf[RECORD_MAX];
	struct key key;
	size_t len;
	int r;

	memset(failures_r, 0, sizeof(*failures_r));
	failures_r->size = (uint32_t)sizeof(*failures_r);
	if (!fits(instance, LEDGER_WORD_MAX) || !fits(cid, TILL_ID_MAX))
		return 1;
	key_pair(&key, instance, cid);
	r = table_get(ledger, TABLE_FAILURES, &key, buf, &len, err);
	if (r == 0 && failures_read(buf, len, failures_r) == -1)
		return damaged(err, TABLE_FAILURES, &key);
	return r;
}

int
ledger_counter_get(struct ledger *ledger, const char *name, int64_t window,
    int64_t *micro_r, int64_t *count_r, struct till_error *err)
{
	unsigned char buf[RECORD_MAX];
	struct counter counter;
	struct key key;
	size_t len;
	int r;

	*micro_r = 0;
	*count_r = 0;
	if (!fits(name, LEDGER_COUNTER_NAME_MAX))
		return 1;
	key_text(&key, name);
	r = table_get(ledger, TABLE_COUNTERS, &key, buf, &len, err);
	if (r != 0)
		return r;
	if (counter_read(buf, len, &counter) == -1)
		return damaged(err, TABLE_COUNTERS, &key);
	if (counter.window != window)
		return 1;
	*micro_r = counter.micro;
	*count_r = counter.count;
	return 0;
}

int
ledger_meta_get(struct ledger *ledger, const char *name, void *buf, size_t size,
    size_t *len_r, struct till_error *err)
{
	unsigned char record[RECORD_MAX];
	struct key key;
	size_t len;
	int r;

	if (!fits(name, LEDGER_META_NAME_MAX))
		return 1;
	key_text(&key, name);
	r = table_get(ledger, TABLE_META, &key, record, &len, err);
	if (r != 0)
		return r;
	if (len > size)
		return till_fail(err, "the value of %s has %zu octets", name,
		    len);
	memcpy(buf, record, len);
	*len_r = len;
	return 0;
}

int
ledger_account_get(struct ledger *ledger, const char *name,
    const char *currency, struct ledger_account *account_r,
    struct till_error *err)
{
	unsigned char buf[RECORD_MAX];
	struct account account;
	struct key key;
	uint32_t i;
	size_t len;
	int r;

	memset(account_r, 0, sizeof(*account_r));
	if (!fits(name, TILL_ACCOUNT_MAX) || !fits(currency, TILL_CURRENCY_MAX))
		return 1;
	memcpy(account_r->account, name, strlen(name));
	memcpy(account_r->balance.currency, currency, strlen(currency));
	key_text(&key, name);
	r = table_get(ledger, TABLE_ACCOUNTS, &key, buf, &len, err);
	if (r != 0)
		return r;
	if (account_read(buf, len, &account) == -1)
		return damaged(err, TABLE_ACCOUNTS, &key);
	for (i = 0; i < account.parts_len; i++) {
		if (strcmp(account.parts[i].currency, currency) == 0)
			break;
	}
	if (i == account.parts_len)
		return 1;
	account_r->balance.micro = account.parts[i].balance_micro;
	account_r->held_micro = account.parts[i].held_micro;
	account_r->serial = account.parts[i].serial;
	return 0;
}

int
ledger_holding_get(struct ledger *ledger, const char *name,
    struct ledger_holding *holding_r, struct till_error *err)
{
	unsigned char buf[RECORD_MAX];
	struct till_money *to;
	struct account account;
	struct key key;
	size_t len;
	int r;

	memset(holding_r, 0, sizeof(*holding_r));
	if (!fits(name, TILL_ACCOUNT_MAX))
		return 1;
	key_text(&key, name);
	r = table_get(ledger, TABLE_ACCOUNTS, &key, buf, &len, err);
	if (r != 0)
		return r;
	if (account_read(buf, len, &account) == -1)
		return damaged(err, TABLE_ACCOUNTS, &key);
	holding_r->newest = account.newest;
	for (; holding_r->len < account.parts_len; holding_r->len++) {
		to = &holding_r->balances[holding_r->len];
		memcpy(to->currency, account.parts[holding_r->len].currency,
		    sizeof(to->currency));
		to->micro = account.parts[holding_r->len].balance_micro;
	}
	return 0;
}

uint64_t
ledger_serial(struct ledger *ledger)
{
	uint64_t serial;

	pthread_mutex_lock(&ledger->head_lock);
	serial = ledger->serial;
	pthread_mutex_unlock(&ledger->head_lock);
	return serial;
}

void
ledger_head(struct ledger *ledger, unsigned char hash_r[LEDGER_HASH_SIZE])
{
	pthread_mutex_lock(&ledger->head_lock);
	memcpy(hash_r, ledger->head, LEDGER_HASH_SIZE);
	pthread_mutex_unlock(&ledger->head_lock);
}

int
ledger_entry_get(struct ledger *ledger, uint64_t serial, struct entry *entry_r,
    struct till_error *err)
{
	unsigned char buf[RECORD_MAX];
	struct key key;
	size_t len;
	int r;

	key_serial(&key, serial);
	r = table_get(ledger, TABLE_REGISTER, &key, buf, &len, err);
	if (r == 0 &&
	    (entry_read(buf, len, entry_r) == -1 || entry_r->serial != serial))
		return till_fail(err, "entry %llu of the register is damaged",
		    (unsigned long long)serial);
	return r;
}

int
ledger_order_paid_ms(struct ledger *ledger, const struct ledger_order *order,
    int64_t *time_ms_r, struct till_error *err)
{
	struct entry entry;
	int r;

	*time_ms_r = order->time_ms;
	if (order->state != ORDER_REFUNDED)
		return 0;
	r = ledger_entry_get(ledger, order->serial, &entry, err);
	if (r == 0)
		*time_ms_r = entry.time_ms;
	return r == 1 ? till_fail(err, "entry %llu of the register is missing",
			    (unsigned long long)order->serial)
		      : r;
}

static int
table_source(void *arg, enum table table, const struct key *key, void *buf,
    size_t *len_r, struct till_error *err)
{
	return table_get(arg, table, key, buf, len_r, err);
}

/* A longer name is of nothing that could have been stored. */
static bool
fits(const char *text, size_t size)
{
	return strnlen(text, size) < size;
}
