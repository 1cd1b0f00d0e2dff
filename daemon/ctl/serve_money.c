/*
 * serve_money.c - accounts: the operator's top-up, and balances.
 */
#include <string.h>
#include <sysexits.h>

#include "ctl/call.h"
#include "rear/herald.h"

#define WALLET_MODULE "settle_wallet"
#define WALLET_MAX "max-balance"

/* Accounts that are looked for. */
struct looking {
	struct call_list list;
	struct call *call;
	const char *name; /* exactly this one, or NULL: all */
	const char *from; /* not before this one */
};

static int wallet_bound(struct call *, const char *, struct till_money *);
static int post(struct call *, struct ledger_request *, const char *,
    const struct till_money *);
static int balance_of(struct call *, const char *);
static void add_unused(struct looking *);
static bool is_listed(const struct looking *, const char *);
static int add_account(void *, const struct ledger_account *);

int
serve_money_topup(struct call *call)
{
	struct ledger_request request = { .op = LEDGER_BOOK,
		.kind = ENTRY_TOPUP,
		.book_id = call_text(call, "id"),
		.note = call_text(call, "note"),
		.actor = call->actor };
	struct ledger_customer customer;
	struct till_money amount = { 0 };
	struct ledger_event event;
	int status;

	status = serve_customer_get(call, &customer);
	if (status == EX_OK)
		status = call_money(call, "amount", &amount);
	if (status == EX_OK && amount.micro == 0)
		status = call_fail(call, EX_USAGE, "the amount is nothing");
	if (status == EX_OK)
		status = post(call, &request, customer.cid, &amount);
	if (status == EX_OK) {
		request.event = herald_owe_topup(call->rear, customer.cid,
		    &amount, request.note, &event);
		status = call_apply(call, &request);
	}
	if (status != EX_OK) {
		if (request.result == LEDGER_DECLINED)
			(void)call_fail(call, status,
			    "the wallet of '%s' would hold more than %s allows",
			    customer.cid, WALLET_MAX);
		return status;
	}
	if (request.result == LEDGER_DONE)
		herald_booked(call->rear, &event);
	doc_text(call->reply, "customer", customer.cid);
	doc_money(call->reply, "amount", &amount);
	doc_number(call->reply, "serial", request.serial_r);
	doc_flag(call->reply, "repeated", request.result == LEDGER_REPEAT);
	return serve_money_accounts(call, "wallet:", customer.cid);
}

int
serve_money_balance(struct call *call)
{
	struct looking looking = { .call = call,
		.name = call_text(call, "account"),
		.from = call_text(call, "from") };
	const char *name = call_text(call, "name");
	struct ledger_customer customer;
	struct ledger_merchant merchant;
	int status = EX_OK;

	if (name != NULL && strchr(name, ':') != NULL)
		looking.name = name;
	else if (name != NULL)
		return balance_of(call, name);
	if (call_text(call, "customer") != NULL)
		status = serve_customer_get(call, &customer);
	if (status == EX_OK && call_text(call, "merchant") != NULL)
		status = serve_merchant_get(call, &merchant);
	if (status != EX_OK)
		return status;
	if (call_text(call, "customer") != NULL)
		return serve_money_accounts(call, "wallet:", customer.cid);
	if (call_text(call, "merchant") != NULL)
		return serve_money_accounts(call, "till:", merchant.mid);
	call_list_begin(call, &looking.list, "accounts");
	if (ledger_account_each(rear_ledger(call->rear),
		looking.name == NULL ? "" : looking.name, add_account, &looking,
		&call->err) == -1)
		return EX_SOFTWARE;
	return EX_OK;
}

int
serve_money_accounts(struct call *call, const char *prefix, const char *id)
{
	struct looking looking = { .call = call };
	char name[TILL_ACCOUNT_MAX];

	(void)snprintf(name, sizeof(name), "%s%s", prefix, id);
	looking.name = name;
	call_list_begin(call, &looking.list, "accounts");
	if (ledger_account_each(rear_ledger(call->rear), name, add_account,
		&looking, &call->err) == -1)
		return EX_SOFTWARE;
	add_unused(&looking);
	return EX_OK;
}

/*
 * What a wallet may hold in this currency: the smallest max-balance of
 * all wallet instances.  micro 0: none has one.
 */
static int
wallet_bound(struct call *call, const char *currency, struct till_money *bound)
{
	struct generation *generation = rear_generation(call->rear);
	const struct conf *conf = generation->conf;
	const struct conf_instance *instance;
	struct till_money money;
	bool wallet = false;
	size_t i, j;

	memset(bound, 0, sizeof(*bound));
	for (i = 0; i < conf->instances_len; i++) {
		instance = &conf->instances[i];
		if (strcmp(instance->module, WALLET_MODULE) != 0)
			continue;
		wallet = true;
		for (j = 0; j < instance->settings_len; j++)
			if (strcmp(instance->settings[j].key, WALLET_MAX) ==
				0 &&
			    till_money_parse_with_currency(instance->settings[j]
							       .value,
				&money, &call->err) == 0 &&
			    strcmp(money.currency, currency) == 0 &&
			    (bound->micro == 0 || money.micro < bound->micro))
				*bound = money;
	}
	generation_unref(generation);
	if (wallet)
		return EX_OK;
	return call_fail(call, EX_CONFIG,
	    "the configuration has no instance of %s", WALLET_MODULE);
}

/* From the bank to the wallet. */
static int
post(struct call *call, struct ledger_request *request, const char *cid,
    const struct till_money *amount)
{
	struct ledger_posting *bank = &request->postings[0];
	struct ledger_posting *wallet = &request->postings[1];
	struct till_money bound;
	int status;

	status = wallet_bound(call, amount->currency, &bound);
	if (status != EX_OK)
		return status;
	(void)snprintf(bank->account, sizeof(bank->account), "bank:clearing");
	bank->amount = *amount;
	bank->amount.micro = -amount->micro;
	bank->condition = TILL_ALWAYS;
	(void)snprintf(wallet->account, sizeof(wallet->account), "wallet:%s",
	    cid);
	wallet->amount = *amount;
	wallet->condition = bound.micro > 0 ? TILL_IF_WITHIN : TILL_ALWAYS;
	wallet->limit_micro = bound.micro;
	request->postings_len = 2;
	return EX_OK;
}

/* Of the customer of this name, or else the merchant. */
static int
balance_of(struct call *call, const char *name)
{
	struct ledger *ledger = rear_ledger(call->rear);
	struct ledger_customer customer;
	struct ledger_merchant merchant;
	int r;

	if (!till_id_ok(name))
		return call_fail(call, EX_USAGE,
		    "'%.40s' is no name of a "
		    "customer or merchant",
		    name);
	r = ledger_customer_get(ledger, name, &customer, &call->err);
	if (r == 0)
		return serve_money_accounts(call, "wallet:", name);
	if (r == 1)
		r = ledger_merchant_get(ledger, name, &merchant, &call->err);
	if (r == 0)
		return serve_money_accounts(call, "till:", name);
	if (r == -1)
		return EX_SOFTWARE;
	return call_fail(call, EX_NOUSER,
	    "there is neither a customer nor a merchant '%s'", name);
}

static void
add_unused(struct looking *looking)
{
	struct generation *generation = rear_generation(looking->call->rear);
	const char *at = conf_set(generation->conf, "currencies");
	struct ledger_account account;
	size_t len;

	for (; at != NULL && *at != '\0'; at += len + strspn(at + len, " ")) {
		len = strcspn(at, " ");
		memset(&account, 0, sizeof(account));
		if (len >= sizeof(account.balance.currency))
			continue;
		memcpy(account.balance.currency, at, len);
		(void)snprintf(account.account, sizeof(account.account), "%s",
		    looking->name);
		if (!is_listed(looking, account.balance.currency))
			(void)add_account(looking, &account);
	}
	generation_unref(generation);
}

static bool
is_listed(const struct looking *looking, const char *currency)
{
	json_t *item;
	size_t i;

	json_array_foreach(looking->list.items, i,
	    item) if (strcmp(json_string_value(json_object_get(item,
				 "currency")),
			  currency) == 0) return true;
	return false;
}

static int
add_account(void *arg, const struct ledger_account *account)
{
	struct looking *looking = arg;
	char amount[TILL_MONEY_MAX];
	struct till_money held = account->balance;
	json_t *item;

	if (looking->name != NULL &&
	    strcmp(account->account, looking->name) != 0)
		return 0;
	if (looking->from != NULL &&
	    strcmp(account->account, looking->from) < 0)
		return 0;
	item = json_object();
	doc_text(item, "account", account->account);
	doc_text(item, "currency", account->balance.currency);
	doc_text(item, "balance", till_money_print(&account->balance, amount));
	held.micro = account->held_micro;
	if (held.micro != 0)
		doc_text(item, "held", till_money_print(&held, amount));
	held.micro = account->balance.micro - account->held_micro;
	doc_text(item, "available", till_money_print(&held, amount));
	doc_number(item, "serial", account->serial);
	if (call_list_add(&looking->list, item))
		return 0;
	call_list_next(looking->call, account->account);
	return 1;
}
