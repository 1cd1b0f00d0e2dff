/*
 * each.c - walks over many records.  No lock is held while the caller
 * looks at one, so he may take his time or ask the ledger for more.
 */
#include <string.h>

#include "ledger/internal.h"

/* What a visitor of records is told; one member of each is set. */
struct walk {
	struct ledger *ledger;
	int (*customer)(void *arg, const struct ledger_customer *);
	int (*merchant)(void *arg, const struct ledger_merchant *);
	int (*credential)(void *arg, const struct till_credential *);
	int (*account)(void *arg, const struct ledger_account *);
	int (*allowance)(void *arg, const struct ledger_allowance *);
	int (*order)(void *arg, const struct ledger_order *);
	int (*entry)(void *arg, const struct entry *);
	void *arg;
};

typedef int visitor(const struct walk *, const struct key *,
    const struct till_bytes *, struct till_error *);

static int walk_table(const struct walk *, enum table, const struct key *,
    const struct key *, visitor *, struct till_error *);
static visitor visit_customer, visit_merchant, visit_credential, visit_account,
    visit_allowance, visit_intent, visit_order, visit_entry;
static int statement(struct ledger *, const char *, const char *, uint64_t,
    const struct walk *, struct till_error *);
static int statement_first(struct ledger *, const char *, const char *,
    uint64_t, uint64_t *, struct till_error *);
static uint64_t link_of(const struct entry *, const char *);

int
ledger_customer_each(struct ledger *ledger, const char *from,
    int (*each)(void *arg, const struct ledger_customer *), void *arg,
    struct till_error *err)
{
	struct walk walk = { .ledger = ledger, .customer = each, .arg = arg };
	struct key all = { 0 }, first;

	key_text(&first, from == NULL ? "" : from);
	return walk_table(&walk, TABLE_CUSTOMERS, &all, &first, visit_customer,
	    err);
}

int
ledger_merchant_each(struct ledger *ledger,
    int (*each)(void *arg, const struct ledger_merchant *), void *arg,
    struct till_error *err)
{
	struct walk walk = { .ledger = ledger, .merchant = each, .arg = arg };
	struct key all = { 0 };

	return walk_table(&walk, TABLE_MERCHANTS, &all, NULL, visit_merchant,
	    err);
}

int
ledger_credential_each(struct ledger *ledger, const char *instance,
    const char *cid, int (*each)(void *arg, const struct till_credential *),
    void *arg, struct till_error *err)
{
	struct walk walk = { .ledger = ledger, .credential = each, .arg = arg };
	struct key prefix;

	if (strnlen(instance, LEDGER_WORD_MAX) >= LEDGER_WORD_MAX ||
	    strnlen(cid, TILL_ID_MAX) >= TILL_ID_MAX)
		return 0;
	key_triple(&prefix, instance, cid, "");
	return walk_table(&walk, TABLE_CREDENTIALS, &prefix, NULL,
	    visit_credential, err);
}

int
ledger_account_each(struct ledger *ledger, const char *prefix,
    int (*each)(void *arg, const struct ledger_account *), void *arg,
    struct till_error *err)
{
	struct walk walk = { .ledger = ledger, .account = each, .arg = arg };
	struct key key;

	if (strnlen(prefix, TILL_ACCOUNT_MAX) >= TILL_ACCOUNT_MAX)
		return 0;
	key_text(&key, prefix);
	return walk_table(&walk, TABLE_ACCOUNTS, &key, NULL, visit_account,
	    err);
}

int
ledger_allowance_each(struct ledger *ledger, const char *cid,
    int (*each)(void *arg, const struct ledger_allowance *), void *arg,
    struct till_error *err)
{
	struct walk walk = { .ledger = ledger, .allowance = each, .arg = arg };
	struct key prefix;

	if (strnlen(cid, TILL_ID_MAX) >= TILL_ID_MAX)
		return 0;
	key_pair(&prefix, cid, "");
	return walk_table(&walk, TABLE_ALLOWANCES, &prefix, NULL,
	    visit_allowance, err);
}

int
ledger_intent_each(struct ledger *ledger,
    int (*each)(void *arg, const struct ledger_order *), void *arg,
    struct till_error *err)
{
	struct walk walk = { .ledger = ledger, .order = each, .arg = arg };
	struct key all = { 0 };

	return walk_table(&walk, TABLE_INTENTS, &all, NULL, visit_intent, err);
}

int
ledger_order_each(struct ledger *ledger, const char *mid, const char *jti,
    int (*each)(void *arg, const struct ledger_order *), void *arg,
    struct till_error *err)
{
	struct walk walk = { .ledger = ledger, .order = each, .arg = arg };
	struct key all = { 0 }, first;

	if (strnlen(mid, TILL_ID_MAX) >= TILL_ID_MAX ||
	    strnlen(jti, TILL_JTI_MAX) >= TILL_JTI_MAX)
		return 0;
	key_pair(&first, mid, jti);
	return walk_table(&walk, TABLE_ORDERS, &all,
	    mid[0] == '\0' ? NULL : &first, visit_order, err);
}

int
ledger_entry_each(struct ledger *ledger, uint64_t from,
    int (*each)(void *arg, const struct entry *), void *arg,
    struct till_error *err)
{
	struct walk walk = { .ledger = ledger, .entry = each, .arg = arg };
	struct key all = { 0 }, first;

	key_serial(&first, from);
	return walk_table(&walk, TABLE_REGISTER, &all, &first, visit_entry,
	    err);
}

int
ledger_entry_each_of_customer(struct ledger *ledger, const char *cid,
    uint64_t before, int (*each)(void *arg, const struct entry *), void *arg,
    struct till_error *err)
{
	struct walk walk = { .ledger = ledger, .entry = each, .arg = arg };

	return statement(ledger, CLASS_WALLET, cid, before, &walk, err);
}

int
ledger_entry_each_of_merchant(struct ledger *ledger, const char *mid,
    uint64_t before, int (*each)(void *arg, const struct entry *), void *arg,
    struct till_error *err)
{
	struct walk walk = { .ledger = ledger, .entry = each, .arg = arg };

	return statement(ledger, CLASS_TILL, mid, before, &walk, err);
}

static int
walk_table(const struct walk *walk, enum table table, const struct key *prefix,
    const struct key *from, visitor *visit, struct till_error *err)
{
	struct till_bytes value;
	struct scan *scan;
	struct key key;
	int end = 0, r = 0;

	if (scan_new(&scan, walk->ledger, table, prefix, from, false, err) ==
	    -1)
		return -1;
	while (end == 0 && r == 0) {
		end = scan_next(scan, &key, &value, err);
		if (end == 0)
			r = visit(walk, &key, &value, err);
	}
	scan_free(scan);
	return end == -1 ? -1 : r;
}

static int
visit_customer(const struct walk *walk, const struct key *key,
    const struct till_bytes *value, struct till_error *err)
{
	struct ledger_customer customer;

	if (customer_read(value->data, value->len, &customer) == -1)
		return damaged(err, TABLE_CUSTOMERS, key);
	return walk->customer(walk->arg, &customer);
}

static int
visit_merchant(const struct walk *walk, const struct key *key,
    const struct till_bytes *value, struct till_error *err)
{
	struct ledger_merchant merchant;

	if (merchant_read(value->data, value->len, &merchant) == -1)
		return damaged(err, TABLE_MERCHANTS, key);
	return walk->merchant(walk->arg, &merchant);
}

static int
visit_credential(const struct walk *walk, const struct key *key,
    const struct till_bytes *value, struct till_error *err)
{
	struct till_credential credential;
	struct credential_texts texts;

	if (credential_read(value->data, value->len, &credential, &texts) == -1)
		return damaged(err, TABLE_CREDENTIALS, key);
	return walk->credential(walk->arg, &credential);
}

static int
visit_account(const struct walk *walk, const struct key *key,
    const struct till_bytes *value, struct till_error *err)
{
	const struct account_part *part;
	struct ledger_account account;
	struct account row;
	uint32_t i;
	int r = 0;

	if (account_read(value->data, value->len, &row) == -1 ||
	    key->len >= sizeof(account.account))
		return damaged(err, TABLE_ACCOUNTS, key);
	for (i = 0; r == 0 && i < row.parts_len; i++) {
		part = &row.parts[i];
		memset(&account, 0, sizeof(account));
		memcpy(account.account, key->data, key->len);
		account.balance.micro = part->balance_micro;
		memcpy(account.balance.currency, part->currency,
		    sizeof(part->currency));
		account.held_micro = part->held_micro;
		account.serial = part->serial;
		r = walk->account(walk->arg, &account);
	}
	return r;
}

static int
visit_allowance(const struct walk *walk, const struct key *key,
    const struct till_bytes *value, struct till_error *err)
{
	/* The merchant, a NUL, and the currency. */
	char rest[TILL_ID_MAX + TILL_CURRENCY_MAX];
	struct ledger_allowance allowance;

	if (allowance_read(value->data, value->len, &allowance) == -1 ||
	    key_read_pair(key, allowance.customer, sizeof(allowance.customer),
		rest, sizeof(rest)) == -1 ||
	    strlen(rest) >= sizeof(allowance.merchant))
		return damaged(err, TABLE_ALLOWANCES, key);
	memcpy(allowance.merchant, rest, strlen(rest) + 1);
	return walk->allowance(walk->arg, &allowance);
}

static int
visit_order(const struct walk *walk, const struct key *key,
    const struct till_bytes *value, struct till_error *err)
{
	char mid[TILL_ID_MAX], jti[TILL_JTI_MAX];
	struct ledger_order order;
	int r;

	(void)value;
	if (key_read_pair(key, mid, sizeof(mid), jti, sizeof(jti)) == -1)
		return damaged(err, TABLE_ORDERS, key);
	r = ledger_order_get(walk->ledger, mid, jti, &order, err);
	if (r == 1)
		return damaged(err, TABLE_ORDERS, key);
	if (r == 0)
		r = walk->order(walk->arg, &order);
	ledger_order_clear(&order);
	return r;
}

static int
visit_intent(const struct walk *walk, const struct key *key,
    const struct till_bytes *value, struct till_error *err)
{
	char mid[TILL_ID_MAX], jti[TILL_JTI_MAX];
	struct ledger_order order;
	int r;

	(void)value;
	if (key_read_pair(key, mid, sizeof(mid), jti, sizeof(jti)) == -1)
		return damaged(err, TABLE_INTENTS, key);
	r = ledger_order_get(walk->ledger, mid, jti, &order, err);
	if (r == -1)
		return -1;
	if (r == 1)
		return damaged(err, TABLE_INTENTS, key);
	/* It may have ended since the walk began. */
	if (order.state == ORDER_INTENT || order.state == ORDER_UNKNOWN)
		r = walk->order(walk->arg, &order);
	ledger_order_clear(&order);
	return r;
}

static int
visit_entry(const struct walk *walk, const struct key *key,
    const struct till_bytes *value, struct till_error *err)
{
	struct entry entry;
	uint64_t serial = 0;

	if (key_read_serial(key, &serial) == -1 ||
	    entry_read(value->data, value->len, &entry) == -1 ||
	    entry.serial != serial)
		return till_fail(err, "entry %llu of the register is damaged",
		    (unsigned long long)serial);
	return walk->entry(walk->arg, &entry);
}

/* Follow the links from the newest entry that is wanted. */
static int
statement(struct ledger *ledger, const char *class, const char *id,
    uint64_t before, const struct walk *walk, struct till_error *err)
{
	struct entry entry;
	uint64_t serial = 0;
	int r;

	r = statement_first(ledger, class, id, before, &serial, err);
	if (r != 0)
		return r == 1 ? 0 : -1;
	while (serial != 0) {
		r = ledger_entry_get(ledger, serial, &entry, err);
		if (r != 0)
			return r == -1 ? -1
				       : till_fail(err,
					     "entry %llu of the register is"
					     " missing",
					     (unsigned long long)serial);
		if (before == 0 || serial < before) {
			r = walk->entry(walk->arg, &entry);
			if (r != 0)
				return r;
		}
		/* Links lead down only, or this would never end. */
		if (link_of(&entry, class) >= serial)
			return till_fail(err,
			    "entry %llu of the register is damaged",
			    (unsigned long long)serial);
		serial = link_of(&entry, class);
	}
	return 0;
}

/* Where to begin: 1 if there is no statement.  An entry that is itself in
 * the statement leads on without a walk from its newest. */
static int
statement_first(struct ledger *ledger, const char *class, const char *id,
    uint64_t before, uint64_t *serial_r, struct till_error *err)
{
	unsigned char buf[RECORD_MAX];
	char name[TILL_ACCOUNT_MAX];
	struct account account;
	struct entry entry;
	struct key key;
	size_t len;
	int r;

	if (strnlen(id, TILL_ID_MAX) >= TILL_ID_MAX)
		return 1;
	if (before != 0) {
		r = ledger_entry_get(ledger, before, &entry, err);
		if (r == -1)
			return -1;
		if (r == 0 &&
		    strcmp(class[0] == CLASS_TILL[0] ? entry.merchant
						     : entry.customer,
			id) == 0) {
			*serial_r = link_of(&entry, class);
			return 0;
		}
	}
	(void)snprintf(name, sizeof(name), "%s%s", class, id);
	key_text(&key, name);
	r = table_get(ledger, TABLE_ACCOUNTS, &key, buf, &len, err);
	if (r != 0)
		return r;
	if (account_read(buf, len, &account) == -1)
		return damaged(err, TABLE_ACCOUNTS, &key);
	*serial_r = account.newest;
	return 0;
}

static uint64_t
link_of(const struct entry *entry, const char *class)
{
	return class[0] == CLASS_TILL[0] ? entry->merchant_previous
					 : entry->customer_previous;
}
