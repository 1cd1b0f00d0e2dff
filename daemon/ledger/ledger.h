/*
 * ledger.h - accounts, orders and the register: what must never be lost.
 *
 * All changes go through ledger_submit to one writer thread, which
 * applies all requests that wait at that moment (up to LEDGER_BATCH_MAX,
 * never waiting for more) inside one transaction, commits it with one
 * sync, and then answers each.  A request that is refused spoils none
 * beside it.  What has been answered LEDGER_DONE is on disk.
 *
 * Double entry: the postings of every entry add up to zero per currency.
 * The register is a gapless chain: each entry holds the SHA-256 of the
 * one before.  If a commit or a log write fails the process aborts:
 * nothing is answered that is not certain.
 *
 * Nothing outside daemon/ledger/ knows Berkeley DB.
 */
#ifndef LEDGER_H
#define LEDGER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <till/error.h>
#include <till/key.h>
#include <till/module.h>
#include <till/money.h>
#include <till/ticket.h>
#include <till/voucher.h>

#include "ledger/allowance.h"
#include "ledger/entry.h"
#include "ledger/order.h"
#include "ledger/refund.h"
#include "ledger/reversal.h"

#define LEDGER_BATCH_MAX 1024
#define LEDGER_QUEUE_MAX 65536 /* requests waiting; more are refused */
#define LEDGER_COUNTERS_MAX 12 /* of one request */
#define LEDGER_COUNTER_NAME_MAX 192
#define LEDGER_URLS_MAX 8 /* return addresses of one merchant */
#define LEDGER_KEYS_MAX 4 /* keys of one merchant */
#define LEDGER_NAME_MAX 129 /* a person's or a firm's name, with NUL */
#define LEDGER_VALUE_MAX 8192 /* octets of a named value */
#define LEDGER_CURRENCIES_MAX 16 /* of one account */
#define LEDGER_LINES_MAX 8 /* lines that are owed one event */
#define LEDGER_EVENT_ID_MAX 24 /* with NUL */
#define LEDGER_EVENT_TYPE_MAX 32 /* with NUL */
#define LEDGER_EVENTS_KEPT 65536 /* newest events of one merchant */
#define LEDGER_OUTBOX_MAX 100000 /* events that wait for one line */
#define LEDGER_OUTBOX_SHARE 10 /* of that room one merchant has a tenth, */
#define LEDGER_OUTBOX_LEAST 16 /* but so many, or half if that is less */

struct ledger;

struct ledger_options {
	const char *dir; /* holds the environment; made by ledger_create */
	size_t cache_size; /* octets; 0: 64 MB */
	uint64_t ballast; /* octets kept free for recovery; 0: by cache */
	uint64_t events_kept; /* 0: LEDGER_EVENTS_KEPT */
	uint64_t outbox_max; /* 0: LEDGER_OUTBOX_MAX */
	/* Wall clock in ms since 1970; NULL: the system's.  For tests. */
	int64_t (*time_ms)(void *arg);
	void *time_arg;
	/* One line for the log: recovery, low disk, checkpoints. */
	void (*log)(void *arg, enum till_log_level, const char *text);
	void *log_arg;
};

/* Make a new empty ledger in dir (which must not hold one). */
int ledger_create(const struct ledger_options *, struct till_error *err);

/*
 * Open: run recovery, check the format version, the head of the chain
 * and that the clock is not behind the newest entry, start the writer.
 * Refuses a newer format, a wrong clock, a dir that another process has
 * open.  Returns when the ledger may be used.
 */
int ledger_open(const struct ledger_options *, struct ledger **ledger_r,
    struct till_error *err);

/* Finish what waits, checkpoint, close.  NULL is fine. */
void ledger_close(struct ledger *);

/* Requests ---------------------------------------------------------- */

/*
 * Rules of orders.  What has ended stays so: LEDGER_REPEAT.  PAY and END
 * of an order in INTENT or UNKNOWN need the intent's key; with another
 * they are LEDGER_INVALID.  An END without a key (all zeros), as of a
 * customer who cancels, is a LEDGER_REPEAT that says INTENT or UNKNOWN:
 * it is being settled.  UNKNOWN ends as PAID or REFUSED only.
 *
 * Rules of postings.  One currency, that of the order; no account twice;
 * no wallet but that of the customer and no till but that of the
 * merchant; what is given is exactly the order's amount.  A payment takes
 * from a wallet only, and only with TILL_IF_COVERED, so that no payment
 * brings a wallet below zero; and it gives to the till only, and gives it
 * something: how much of the price others may have, "fees" say, is for the
 * module and its settings to bound.  Accounts of other classes have no such
 * rule: a payment may give "points:CUSTOMER" and take from
 * "invoice:CUSTOMER" without end.  Bookings without an order may go either
 * way.  A wallet or till is made by its first posting if its owner is known.
 */

enum ledger_op {
	LEDGER_INTENT = 1, /* order: none -> INTENT (durable, no entry); or
		       INTENT -> INTENT of the next attempt, when the one
		       before is known to have moved nothing */
	LEDGER_PAY, /* order: none or INTENT/UNKNOWN -> PAID; postings;
		       entry */
	LEDGER_END, /* order: none or INTENT/UNKNOWN -> order.state, which
		       is REFUSED, CANCELLED, EXPIRED or UNKNOWN; no entry */
	LEDGER_BOOK, /* postings and entry without an order: a top-up */
	LEDGER_CUSTOMER, /* put customer: new if version is 0, else it must
			    have the version that was read */
	LEDGER_MERCHANT, /* put merchant, likewise */
	LEDGER_CREDENTIAL, /* put or (data NULL) remove a credential */
	LEDGER_FAILURE, /* one more failure, or (count 0) none any more */
	LEDGER_META, /* put a small named value: key states, generation;
		       names with "ledger." before them are the ledger's */
	LEDGER_EVENT, /* a notice of what no other request makes true */
	LEDGER_TOLD, /* a line was told an event, or was not: see told */
	LEDGER_TELL, /* let the lines of an event be told it again */
	LEDGER_REVERSE, /* number 0: a new reversal of an order that has ended;
		else its state, next_ms, setup, tries, code and text, unless it
		has ended: then LEDGER_REPEAT; what ends that carries out a
		refund has an entry, see refund.h */
	LEDGER_REFUND, /* order: PAID or REFUNDED -> REFUNDED; see refund.h */
	LEDGER_ALLOWANCE /* put an allowance or (each of 0) withdraw it; see
		allowance.h.  LEDGER_DECLINED: its customer has too many */
};

/* Zero is no result. */
enum ledger_result {
	LEDGER_NONE = 0,
	LEDGER_DONE, /* applied and on disk */
	LEDGER_REPEAT, /* the order has ended so already: *order says how */
	LEDGER_CONFLICT, /* the id is known with another hash, the record
			    has another version, the book id another text */
	LEDGER_DECLINED, /* a posting's condition failed: see failed */
	LEDGER_LIMITED, /* a counter's bound: see failed */
	LEDGER_STALE, /* a counter is not what it was expected to be */
	LEDGER_ASK, /* no allowance covers it: the customer is to be asked */
	LEDGER_NO_ROOM, /* the disk is nearly full: nothing was changed */
	LEDGER_BUSY, /* the queue is full */
	LEDGER_INVALID /* postings do not add up, unknown account ... */
};

/* A counter of payments in one window: the row (name, window) is made
 * when first used, and begins anew when window moves on. */
struct ledger_counter {
	char name[LEDGER_COUNTER_NAME_MAX]; /* "day/caps/alice/EUR" */
	int64_t window; /* start of the window, seconds; 0: no window */
	int64_t add_micro, add_count;
	int64_t max_micro, max_count; /* after adding; -1: no bound */
	bool expect; /* it must now hold expect_... (else LEDGER_STALE) */
	int64_t expect_micro, expect_count;
	bool reset; /* set to zero instead of adding */
	/* Of the allowance of the order's customer: it must cover the order
	 * (else LEDGER_ASK), and bounds max_micro; see allowance.h. */
	bool allowance;
};

enum ledger_status { /* of a customer or merchant */
	LEDGER_ACTIVE = 1,
	LEDGER_SUSPENDED /* by the operator */
};

struct ledger_customer {
	char cid[TILL_ID_MAX];
	enum ledger_status status;
	/* By himself, whatever the operator says: he may sign in, and pays
	 * nothing. */
	bool frozen;
	char name[LEDGER_NAME_MAX];
	char lang[16];
	int64_t created_ms;
	/* The customer's own ceiling per payment; 0: none. */
	struct till_money limit;
	uint64_t version; /* 0: not stored yet */
};

struct ledger_merchant {
	char mid[TILL_ID_MAX];
	enum ledger_status status;
	char name[LEDGER_NAME_MAX]; /* legal name, shown to customers */
	char country[3]; /* ISO 3166 alpha-2, or "" */
	char webhook[TILL_URL_MAX]; /* where events are wanted, or "" */
	char urls[LEDGER_URLS_MAX][TILL_URL_MAX]; /* exact octets */
	uint32_t urls_len;
	struct ledger_key {
		char kid[TILL_KID_MAX];
		char jwk[TILL_JWK_MAX]; /* public */
		bool active; /* false: kept, takes no new tickets */
		int64_t added_ms;
	} keys[LEDGER_KEYS_MAX];
	uint32_t keys_len;
	int64_t created_ms;
	uint64_t version;
};

/*
 * Events.  What happened is recorded, with the next number of its
 * merchant's events, in the very transaction that makes it true; and the
 * lines that are owed it are, until they have taken it.  Merchant "" is
 * the server itself, with numbers of its own.
 *
 * At most LEDGER_OUTBOX_MAX events wait for one line, and of one merchant
 * at most the part that LEDGER_OUTBOX_SHARE says.  One event more is
 * recorded and numbered, but does not wait for that line: it is missed,
 * which is counted, and LEDGER_TELL lets it wait after all.  An event is
 * kept, told or not, while it is one of the LEDGER_EVENTS_KEPT newest of
 * its merchant or waits for a line.
 */
/* What became of an event that does not wait for a line.  Zero: it was
 * delivered, unless it waits. */
enum ledger_end {
	LEDGER_END_NONE = 0,
	LEDGER_END_DROPPED, /* the module will never deliver it */
	LEDGER_END_FORGOTTEN, /* the operator gave it up */
	LEDGER_END_MISSED, /* too many waited */
	LEDGER_END_UNSAID /* recorded in a format that did not say */
};

struct ledger_event {
	char merchant[TILL_ID_MAX];
	uint64_t sequence; /* from 1 without gaps; set by the ledger */
	int64_t time_ms; /* likewise */
	char id[LEDGER_EVENT_ID_MAX];
	char type[LEDGER_EVENT_TYPE_MAX];
	char jti[TILL_JTI_MAX];
	char th[TILL_TH_MAX];
	char customer[TILL_ID_MAX];
	char channel[LEDGER_WORD_MAX];
	char instance[LEDGER_WORD_MAX];
	char code[32];
	char text[TILL_TEXT_MAX];
	char via[LEDGER_WORD_MAX];
	char refund[TILL_JTI_MAX]; /* id of the refund that it is about */
	enum till_kind kind; /* 0: not about a ticket */
	enum till_reason reason;
	struct till_money amount;
	uint64_t txn; /* of the entry, set by the ledger; or 0 */
	int64_t auth_level;
	uint32_t lines_len; /* names of those who were owed it */
	char lines[LEDGER_LINES_MAX][LEDGER_WORD_MAX];
	enum ledger_end ends[LEDGER_LINES_MAX]; /* of them; the ledger's */
	/* So many may wait for it, at most and if not 0 fewer than
	 * LEDGER_OUTBOX_MAX; not kept. */
	uint64_t room[LEDGER_LINES_MAX];
};

/* What became of telling one line one event. */
struct ledger_told {
	const char *line, *merchant;
	uint64_t sequence;
	bool done; /* it waits no more; or, later: */
	enum ledger_end end; /* done: NONE, DROPPED or FORGOTTEN */
	uint32_t attempts; /* so far */
	int64_t next_ms; /* wall clock: not before */
};

/*
 * One request.  The caller owns it and all it points to until done has
 * run; done runs on the writer's thread and must be quick (queue it).
 */
struct ledger_request {
	enum ledger_op op;
	struct ledger_order *order; /* INTENT, PAY, END: in, and out: on
		LEDGER_REPEAT and LEDGER_CONFLICT it is filled with what is
		stored, but the ticket stays the caller's; on LEDGER_DONE
		state, serial and time_ms are set */
	struct ledger_posting postings[TILL_POSTINGS_MAX];
	uint32_t postings_len;
	struct ledger_counter counters[LEDGER_COUNTERS_MAX];
	uint32_t counters_len;
	enum entry_kind kind; /* PAY, BOOK */
	const char *book_id; /* BOOK: makes a second booking of the same id
		a LEDGER_REPEAT (serial_r set); NULL: none */
	const char *note; /* BOOK, or NULL: what for */
	const char *actor; /* who: "operator:root", "" */
	struct ledger_customer *customer; /* CUSTOMER; version_r set */
	struct ledger_merchant *merchant; /* MERCHANT */
	const char *instance; /* CREDENTIAL, FAILURE */
	const char *cid;
	const struct till_credential *credential; /* data.data NULL: remove */
	/* CREDENTIAL: data NULL, or what must be there still; else
	 * LEDGER_CONFLICT and nothing is changed. */
	struct till_bytes credential_was;
	struct till_failures *failures; /* FAILURE: count 0 clears; out */
	struct ledger_refund *refund; /* REFUND */
	struct ledger_allowance *allowance; /* ALLOWANCE; since_ms set */
	const char *name; /* META */
	struct till_bytes value;
	struct ledger_reversal *reversal; /* REVERSE; REFUND, or END of an order
		that was open, or NULL: becomes owed with it.  Out: as stored,
		also on LEDGER_REPEAT */
	struct ledger_event *event; /* INTENT, PAY, END, BOOK, or NULL: what
		happens if it is LEDGER_DONE; EVENT: what has happened */
	struct ledger_told told; /* TOLD; TELL: merchant, sequence, line or
		NULL: all that were owed it */

	enum ledger_result result;
	uint64_t serial_r; /* of the entry that was written, or 0 */
	unsigned int failed; /* index of the posting or counter */
	struct till_error err; /* when not DONE: a text for the operator */

	void (*done)(struct ledger_request *, void *arg);
	void *arg;
	struct ledger_request *next; /* the ledger's own */
};

/* Queue it; done always runs, also for BUSY.  Any thread but the
 * writer's. */
void ledger_submit(struct ledger *, struct ledger_request *);

/* Submit and wait: for administration, never on a payment's way. */
enum ledger_result ledger_apply(struct ledger *, struct ledger_request *);

/*
 * Whether the postings of this request may pay the order, whatever the
 * accounts hold: LEDGER_DONE, or LEDGER_INVALID with failed and err, as a
 * PAY would be answered.  Any thread; nothing else of the request is used.
 */
enum ledger_result ledger_may_pay(const struct ledger_order *,
    struct ledger_request *);

/* Look-ups: any thread; what was committed last.  0 found, 1 not, -1. */
int ledger_order_get(struct ledger *, const char *mid, const char *jti,
    struct ledger_order *order_r, struct till_error *err);
/* When an order that is paid was: the time of its entry, as order->time_ms
 * is that of a refund if there was one since.  0; -1: *err. */
int ledger_order_paid_ms(struct ledger *, const struct ledger_order *,
    int64_t *time_ms_r, struct till_error *err);
int ledger_customer_get(struct ledger *, const char *cid,
    struct ledger_customer *customer_r, struct till_error *err);
int ledger_merchant_get(struct ledger *, const char *mid,
    struct ledger_merchant *merchant_r, struct till_error *err);
/* Calls each until it returns non-zero, which is returned. */
int ledger_merchant_each(struct ledger *,
    int (*each)(void *arg, const struct ledger_merchant *), void *arg,
    struct till_error *err);
int ledger_customer_each(struct ledger *, const char *from,
    int (*each)(void *arg, const struct ledger_customer *), void *arg,
    struct till_error *err);
/* In place of an instance: what shows merchants, whose id then stands where a
 * customer's does.  No instance has such a name. */
#define LEDGER_OF_MERCHANTS "@merchants"
int ledger_credential_each(struct ledger *, const char *instance,
    const char *cid, int (*each)(void *arg, const struct till_credential *),
    void *arg, struct till_error *err);
int ledger_failures_get(struct ledger *, const char *instance, const char *cid,
    struct till_failures *failures_r, struct till_error *err);
int ledger_counter_get(struct ledger *, const char *name, int64_t window,
    int64_t *micro_r, int64_t *count_r, struct till_error *err);
/* The buffer is the caller's; 1 if absent, -1 if size is too small. */
int ledger_meta_get(struct ledger *, const char *name, void *buf, size_t size,
    size_t *len_r, struct till_error *err);

struct ledger_account {
	char account[TILL_ACCOUNT_MAX];
	struct till_money balance; /* available + held */
	int64_t held_micro;
	uint64_t serial; /* of the last entry that changed it */
};
/* An account that was never used has balance 0 (returns 1). */
int ledger_account_get(struct ledger *, const char *account,
    const char *currency, struct ledger_account *account_r,
    struct till_error *err);
/* All that an account holds, and the newest entry of its owner's statement
 * (0: none): both of the same moment.  1: it was never used. */
struct ledger_holding {
	uint64_t newest;
	uint32_t len;
	struct till_money balances[LEDGER_CURRENCIES_MAX];
};
int ledger_holding_get(struct ledger *, const char *account,
    struct ledger_holding *holding_r, struct till_error *err);
int ledger_account_each(struct ledger *, const char *prefix,
    int (*each)(void *arg, const struct ledger_account *), void *arg,
    struct till_error *err);

/* All orders from (mid, jti) on, in the order of these ids; "" and "": from
 * the first. */
int ledger_order_each(struct ledger *, const char *mid, const char *jti,
    int (*each)(void *arg, const struct ledger_order *), void *arg,
    struct till_error *err);

/* One event; the first of a merchant (a line: of those that wait for it)
 * with this number or a higher one: 1 if there is none. */
int ledger_event_get(struct ledger *, const char *mid, uint64_t sequence,
    struct ledger_event *event_r, struct till_error *err);
int ledger_event_next(struct ledger *, const char *mid, uint64_t sequence,
    struct ledger_event *event_r, struct till_error *err);
struct ledger_waiting {
	char merchant[TILL_ID_MAX];
	uint64_t sequence;
	uint32_t attempts;
	int64_t next_ms;
};
int ledger_waiting_next(struct ledger *, const char *line, const char *mid,
    uint64_t sequence, struct ledger_waiting *waiting_r,
    struct till_error *err);
/* Likewise of whichever merchant comes first after mid; NULL: the first. */
int ledger_waiting_after(struct ledger *, const char *line, const char *mid,
    struct ledger_waiting *waiting_r, struct till_error *err);
/* Merchants that have events, from this one on. */
int ledger_sequence_each(struct ledger *, const char *from,
    int (*each)(void *arg, const char *mid, uint64_t newest), void *arg,
    struct till_error *err);
/* Lines that something waits for, or that have missed something. */
struct ledger_line {
	char name[LEDGER_WORD_MAX];
	uint64_t waiting, missed;
	int64_t missed_ms; /* when last */
};
int ledger_line_each(struct ledger *,
    int (*each)(void *arg, const struct ledger_line *), void *arg,
    struct till_error *err);

/* Orders in INTENT or UNKNOWN: what a start must resolve. */
int ledger_intent_each(struct ledger *,
    int (*each)(void *arg, const struct ledger_order *), void *arg,
    struct till_error *err);

/* Reversals: of one order, or ("", "") of all; and those that have not
 * ended. */
int ledger_reversal_get(struct ledger *, const char *mid, const char *jti,
    uint32_t number, struct ledger_reversal *reversal_r,
    struct till_error *err);
int ledger_reversal_each(struct ledger *, const char *mid, const char *jti,
    int (*each)(void *arg, const struct ledger_reversal *), void *arg,
    struct till_error *err);
int ledger_reversing_each(struct ledger *,
    int (*each)(void *arg, const struct ledger_reversal *), void *arg,
    struct till_error *err);
/* Those from (mid, jti, number) on, in the order of these, "" and "": from
 * the first; with those that have ended, or without them. */
int ledger_reversal_from(struct ledger *, bool ended, const char *mid,
    const char *jti, uint32_t number,
    int (*each)(void *arg, const struct ledger_reversal *), void *arg,
    struct till_error *err);
/* The entry of a refund; those of all refunds of an order, by their ids. */
int ledger_refund_get(struct ledger *, const char *mid, const char *jti,
    const char *id, struct entry *entry_r, struct till_error *err);
int ledger_refund_each(struct ledger *, const char *mid, const char *jti,
    int (*each)(void *arg, const char *id, const struct entry *), void *arg,
    struct till_error *err);
/* The order that an intent's key was of, also an earlier attempt's. */
int ledger_settlement_get(struct ledger *,
    const unsigned char key[TILL_KEY_SIZE], char mid_r[TILL_ID_MAX],
    char jti_r[TILL_JTI_MAX], struct till_error *err);

/* The register ------------------------------------------------------ */

uint64_t ledger_serial(struct ledger *); /* of the newest entry, or 0 */
/* Hash of the newest entry; base64url in the vouchers' chk. */
void ledger_head(struct ledger *, unsigned char hash_r[LEDGER_HASH_SIZE]);
int ledger_entry_get(struct ledger *, uint64_t serial, struct entry *entry_r,
    struct till_error *err);
/* From serial on, upwards; each as above. */
int ledger_entry_each(struct ledger *, uint64_t from,
    int (*each)(void *arg, const struct entry *), void *arg,
    struct till_error *err);
/* Statements: newest first from serial `before` (0: the newest). */
int ledger_entry_each_of_customer(struct ledger *, const char *cid,
    uint64_t before, int (*each)(void *arg, const struct entry *), void *arg,
    struct till_error *err);
int ledger_entry_each_of_merchant(struct ledger *, const char *mid,
    uint64_t before, int (*each)(void *arg, const struct entry *), void *arg,
    struct till_error *err);

/*
 * Recompute everything from the register alone: chain, postings adding
 * up, balances, orders.  progress may be NULL.  0 if all holds; -1 with
 * the first entry that is wrong in *err and *serial_r.
 */
struct ledger_sums {
	uint64_t entries, orders, accounts, events, waiting;
	/* per currency: the sum over all accounts; all zero if well */
	struct till_money sums[16];
	size_t sums_len;
};
int ledger_verify(struct ledger *,
    void (*progress)(void *arg, uint64_t done, uint64_t all), void *arg,
    struct ledger_sums *sums_r, uint64_t *serial_r, struct till_error *err);

/* For status and /readyz. */
struct ledger_health {
	bool writable; /* false: disk low */
	uint64_t disk_free, serial, batches, requests, queued;
	int64_t last_sync_us;
};
void ledger_health(struct ledger *, struct ledger_health *health_r);

/* Names: "paid", "intent" ... */
const char *ledger_result_name(enum ledger_result);

#endif
