/*
 * ledgers.c - a ledger in a directory of its own, and who uses it.
 */
#include <sys/stat.h>

#include <dirent.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "support/ledgers.h"

struct gathering {
	pthread_mutex_t lock;
	pthread_cond_t ended;
	size_t left;
};

static void give_up(const char *, const char *);
static int64_t scratch_time(void *);
static void scratch_log(void *, enum till_log_level, const char *);
static void deal_begin(struct deal *, enum ledger_op, const char *,
    const char *, const char *, int64_t);
static void move(struct deal *, const char *, const char *, int64_t);
static void on_done(struct ledger_request *, void *);

void
scratch_begin(struct scratch *scratch)
{
	scratch_begin_sized(scratch, (size_t)16 << 20);
}

void
scratch_begin_sized(struct scratch *scratch, size_t cache_size)
{
	const char *tmp = getenv("TMPDIR");
	struct till_error err;

	memset(scratch, 0, sizeof(*scratch));
	(void)snprintf(scratch->dir, sizeof(scratch->dir), "%s/ledger.XXXXXX",
	    tmp == NULL ? "/tmp" : tmp);
	if (mkdtemp(scratch->dir) == NULL)
		give_up("mkdtemp", scratch->dir);
	scratch_options(scratch, cache_size);
	if (ledger_create(&scratch->options, &err) == -1)
		give_up("ledger_create", err.text);
	scratch_open(scratch);
}

void
scratch_options(struct scratch *scratch, size_t cache_size)
{
	scratch->options.dir = scratch->dir;
	scratch->options.cache_size = cache_size;
	scratch->options.ballast = 1 << 20;
	scratch->options.time_ms = scratch_time;
	scratch->options.time_arg = scratch;
	scratch->options.log = scratch_log;
	scratch->options.log_arg = scratch;
}

void
scratch_open(struct scratch *scratch)
{
	struct till_error err;

	if (ledger_open(&scratch->options, &scratch->ledger, &err) == -1)
		give_up("ledger_open", err.text);
}

void
scratch_close(struct scratch *scratch)
{
	ledger_close(scratch->ledger);
	scratch->ledger = NULL;
}

void
scratch_end(struct scratch *scratch)
{
	char path[1024];
	struct dirent *entry;
	DIR *dir;

	scratch_close(scratch);
	dir = opendir(scratch->dir);
	while (dir != NULL && (entry = readdir(dir)) != NULL) {
		(void)snprintf(path, sizeof(path), "%s/%s", scratch->dir,
		    entry->d_name);
		(void)unlink(path);
	}
	if (dir != NULL)
		closedir(dir);
	(void)rmdir(scratch->dir);
}

void
make_customer(struct ledger *ledger, const char *cid)
{
	struct ledger_request request = { .op = LEDGER_CUSTOMER };
	struct ledger_customer customer = { .status = LEDGER_ACTIVE };

	set_text(customer.cid, sizeof(customer.cid), cid);
	set_text(customer.name, sizeof(customer.name), cid);
	request.customer = &customer;
	if (ledger_apply(ledger, &request) != LEDGER_DONE)
		give_up("make_customer", request.err.text);
}

void
make_merchant(struct ledger *ledger, const char *mid)
{
	struct ledger_request request = { .op = LEDGER_MERCHANT };
	static struct ledger_merchant merchant;

	memset(&merchant, 0, sizeof(merchant));
	merchant.status = LEDGER_ACTIVE;
	set_text(merchant.mid, sizeof(merchant.mid), mid);
	set_text(merchant.name, sizeof(merchant.name), mid);
	request.merchant = &merchant;
	if (ledger_apply(ledger, &request) != LEDGER_DONE)
		give_up("make_merchant", request.err.text);
}

void
make_people(struct ledger *ledger, int64_t each_micro)
{
	char cid[TILL_ID_MAX], mid[TILL_ID_MAX];
	int i;

	for (i = 0; i < 10; i++) {
		(void)snprintf(cid, sizeof(cid), "customer-%d", i);
		(void)snprintf(mid, sizeof(mid), "merchant-%d", i);
		make_customer(ledger, cid);
		make_merchant(ledger, mid);
		if (each_micro > 0 &&
		    top_up(ledger, cid, each_micro, NULL, NULL) != LEDGER_DONE)
			give_up("top_up", cid);
	}
}

enum ledger_result
top_up(struct ledger *ledger, const char *cid, int64_t micro,
    const char *book_id, uint64_t *serial_r)
{
	struct deal deal;

	deal_top_up(&deal, cid, micro, book_id);
	ledger_apply(ledger, &deal.request);
	if (serial_r != NULL)
		*serial_r = deal.request.serial_r;
	return deal.request.result;
}

void
deal_top_up(struct deal *deal, const char *cid, int64_t micro,
    const char *book_id)
{
	char wallet[TILL_ACCOUNT_MAX];

	memset(deal, 0, sizeof(*deal));
	(void)snprintf(wallet, sizeof(wallet), "wallet:%s", cid);
	move(deal, "bank:clearing", wallet, micro);
	deal->request.op = LEDGER_BOOK;
	deal->request.postings[0].condition = TILL_ALWAYS;
	deal->request.kind = ENTRY_TOPUP;
	deal->request.book_id = book_id;
	deal->request.actor = "operator:test";
}

void
deal_pay(struct deal *deal, const char *mid, const char *jti, const char *cid,
    int64_t micro)
{
	char wallet[TILL_ACCOUNT_MAX], till[TILL_ACCOUNT_MAX];

	deal_begin(deal, LEDGER_PAY, mid, jti, cid, micro);
	(void)snprintf(wallet, sizeof(wallet), "wallet:%s", cid);
	(void)snprintf(till, sizeof(till), "till:%s", mid);
	move(deal, wallet, till, micro);
	deal->request.kind = ENTRY_PAYMENT;
	set_text(deal->order.via, sizeof(deal->order.via), "wallet");
	set_text(deal->order.instance, sizeof(deal->order.instance), "wallet");
}

void
deal_intent(struct deal *deal, const char *mid, const char *jti,
    const char *cid, int64_t micro, unsigned char key)
{
	deal_begin(deal, LEDGER_INTENT, mid, jti, cid, micro);
	memset(deal->order.key, key, sizeof(deal->order.key));
	memset(deal->order.digest, key ^ 0xff, sizeof(deal->order.digest));
	deal->order.attempt = 1;
	set_text(deal->order.via, sizeof(deal->order.via), "bank");
	set_text(deal->order.instance, sizeof(deal->order.instance), "bank1");
}

void
deal_bank(struct deal *deal, const char *mid, const char *jti, const char *cid,
    int64_t micro, unsigned char key)
{
	char till[TILL_ACCOUNT_MAX];

	deal_begin(deal, LEDGER_PAY, mid, jti, cid, micro);
	(void)snprintf(till, sizeof(till), "till:%s", mid);
	move(deal, "bank:clearing", till, micro);
	deal->request.postings[0].condition = TILL_ALWAYS;
	deal->request.kind = ENTRY_PAYMENT;
	memset(deal->order.key, key, sizeof(deal->order.key));
	set_text(deal->order.via, sizeof(deal->order.via), "bank");
	set_text(deal->order.instance, sizeof(deal->order.instance), "bank1");
	set_text(deal->order.reference, sizeof(deal->order.reference),
	    "000000123456");
}

void
deal_end(struct deal *deal, const char *mid, const char *jti, const char *cid,
    int64_t micro, enum order_state state, unsigned char key)
{
	deal_begin(deal, LEDGER_END, mid, jti, cid, micro);
	memset(deal->order.key, key, sizeof(deal->order.key));
	deal->order.state = state;
	deal->order.reason = TILL_REASON_POLICY;
	set_text(deal->order.code, sizeof(deal->order.code), "policy");
}

void
set_text(char *buf, size_t size, const char *text)
{
	size_t len = strlen(text);

	if (len >= size)
		give_up("set_text", text);
	memset(buf, 0, size);
	memcpy(buf, text, len);
}

int64_t
balance(struct ledger *ledger, const char *name)
{
	struct ledger_account account;
	struct till_error err;

	if (ledger_account_get(ledger, name, "EUR", &account, &err) == -1)
		give_up("ledger_account_get", err.text);
	return account.balance.micro;
}

void
verify_well(struct ledger *ledger, struct ledger_sums *sums_r)
{
	struct ledger_sums sums;
	struct till_error err;
	uint64_t serial;
	size_t i;

	if (ledger_verify(ledger, NULL, NULL, &sums, &serial, &err) == -1)
		give_up("ledger_verify", err.text);
	for (i = 0; i < sums.sums_len; i++) {
		if (sums.sums[i].micro != 0)
			give_up("ledger_verify", "a sum is not zero");
	}
	if (sums_r != NULL)
		*sums_r = sums;
}

void
submit_all(struct ledger *ledger, struct deal *deals, size_t n)
{
	struct gathering gathering = { .left = n };
	size_t i;

	pthread_mutex_init(&gathering.lock, NULL);
	pthread_cond_init(&gathering.ended, NULL);
	for (i = 0; i < n; i++) {
		deals[i].request.done = on_done;
		deals[i].request.arg = &gathering;
		ledger_submit(ledger, &deals[i].request);
	}
	pthread_mutex_lock(&gathering.lock);
	while (gathering.left > 0)
		pthread_cond_wait(&gathering.ended, &gathering.lock);
	pthread_mutex_unlock(&gathering.lock);
	pthread_cond_destroy(&gathering.ended);
	pthread_mutex_destroy(&gathering.lock);
}

static void
give_up(const char *what, const char *why)
{
	fprintf(stderr, "%s: %s\n", what, why);
	abort();
}

static int64_t
scratch_time(void *arg)
{
	struct scratch *scratch = arg;
	struct timespec t;

	if (scratch->time_ms != 0)
		return scratch->time_ms;
	(void)clock_gettime(CLOCK_REALTIME, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void
scratch_log(void *arg, enum till_log_level level, const char *text)
{
	struct scratch *scratch = arg;

	(void)level;
	(void)snprintf(scratch->logged, sizeof(scratch->logged), "%s", text);
}

/* The hash of the ticket depends on the id, so that the same id is the
 * same ticket. */
static void
deal_begin(struct deal *deal, enum ledger_op op, const char *mid,
    const char *jti, const char *cid, int64_t micro)
{
	memset(deal, 0, sizeof(*deal));
	deal->request.op = op;
	deal->request.order = &deal->order;
	set_text(deal->order.merchant, sizeof(deal->order.merchant), mid);
	set_text(deal->order.jti, sizeof(deal->order.jti), jti);
	set_text(deal->order.customer, sizeof(deal->order.customer), cid);
	(void)snprintf(deal->order.th, sizeof(deal->order.th), "th-%.38s", jti);
	deal->order.kind = TILL_KIND_SINGLE;
	deal->order.amount.micro = micro;
	set_text(deal->order.amount.currency, TILL_CURRENCY_MAX, "EUR");
	set_text(deal->order.amr[0], sizeof(deal->order.amr[0]), "pwd");
	deal->order.amr_len = 1;
	deal->order.auth_level = 1;
	set_text(deal->order.decision, sizeof(deal->order.decision),
	    "till.conf:20 route wallet");
}

static void
move(struct deal *deal, const char *from, const char *to, int64_t micro)
{
	struct ledger_posting *posting = deal->request.postings;

	memset(posting, 0, 2 * sizeof(*posting));
	set_text(posting[0].account, sizeof(posting[0].account), from);
	set_text(posting[0].amount.currency, TILL_CURRENCY_MAX, "EUR");
	posting[0].amount.micro = -micro;
	posting[0].condition = TILL_IF_COVERED;
	set_text(posting[1].account, sizeof(posting[1].account), to);
	set_text(posting[1].amount.currency, TILL_CURRENCY_MAX, "EUR");
	posting[1].amount.micro = micro;
	posting[1].condition = TILL_ALWAYS;
	deal->request.postings_len = 2;
}

static void
on_done(struct ledger_request *request, void *arg)
{
	struct gathering *gathering = arg;

	(void)request;
	pthread_mutex_lock(&gathering->lock);
	gathering->left--;
	if (gathering->left == 0)
		pthread_cond_signal(&gathering->ended);
	pthread_mutex_unlock(&gathering->lock);
}
