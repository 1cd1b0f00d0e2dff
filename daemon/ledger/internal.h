/*
 * internal.h - what the files of the ledger share with one another.
 *
 * Tables.  A key is octets that sort as a person would: ids with a NUL
 * between them, numbers with the most significant octet first.
 *
 *	customers	CId
 *	merchants	MId
 *	credentials	instance NUL CId NUL credential id
 *	failures	instance NUL CId
 *	accounts	account: a part for each currency, and the serial
 *			of the newest entry in the statement of its owner
 *	register	serial: the entry
 *	orders		MId NUL jti: state, serial, number of its evidence
 *	evidence	number, part: part 0 what is known of an order and the
 *			head of its ticket, the others the rest of that
 *	intents		MId NUL jti of each order in INTENT or UNKNOWN
 *	counters	name
 *	books		book id: serial, digest of what was booked
 *	sequences	MId: number of the merchant's newest event
 *	events		MId NUL number: the event, and who was owed it
 *	outbox		line NUL MId NUL number: attempts, time of the next
 *	lines		line: how many wait for it, how many it has missed
 *	settlements	key of an intent: its order
 *	reversals	MId NUL jti NUL number: what is to be given back
 *	reversing	the same, of those that have not ended
 *	allowances	CId NUL MId NUL currency
 *	meta		name
 *
 * Statements need no index of their own: each entry names the entry
 * before it of the same customer and of the same merchant, and an
 * account row holds the newest.  That saves two B-tree insertions of a
 * payment's seven and makes a statement as tamper-proof as the register.
 * Evidence is numbered as it comes, which is the cheapest place for the
 * many octets that are hardly ever read again.
 */
#ifndef LEDGER_INTERNAL_H
#define LEDGER_INTERNAL_H

#include <sys/types.h>

#include <db.h>
#include <pthread.h>
#include <stdatomic.h>

#include "ledger/ledger.h"
#include "ledger/record.h"
#include "sha256.h"

#define LEDGER_FORMAT 6 /* of the tables and records; see meta */
#define LEDGER_FORMAT_EVENTS 2 /* since which there are events */
#define LEDGER_FORMAT_REVERSALS 5 /* since which there are reversals */
#define LEDGER_FORMAT_ALLOWANCES 6 /* since which there are allowances */
#define LEDGER_KEY_SIZE 272 /* octets of the longest key */
#define LEDGER_META_PREFIX "ledger." /* names that are ours alone */
#define LEDGER_META_FORMAT LEDGER_META_PREFIX "format"
#define LEDGER_META_EPOCH LEDGER_META_PREFIX "epoch"
#define LEDGER_META_CLOCK LEDGER_META_PREFIX "clock"
#define LEDGER_META_NAME_MAX 65 /* with NUL */
/* Octets of one record of evidence: with more it would get a page of its
 * own, as all above a quarter of a page. */
#define LEDGER_EVIDENCE_PART 980
#define LEDGER_RETRIES 1000 /* of a read that met a deadlock */
#define LEDGER_PAGE_SIZE 4096 /* that disks write whole */
#define LEDGER_LOG_FILE (32u << 20) /* octets of one log file */
#define LEDGER_LOG_BUFFER (4u << 20)
#define LEDGER_CHECKPOINT_KB (64u << 10) /* of log between checkpoints */
#define LEDGER_CLOCK_BACK_MS 2000 /* that the clock may be behind */

enum table {
	TABLE_CUSTOMERS,
	TABLE_MERCHANTS,
	TABLE_CREDENTIALS,
	TABLE_FAILURES,
	TABLE_ACCOUNTS,
	TABLE_REGISTER,
	TABLE_ORDERS,
	TABLE_EVIDENCE,
	TABLE_INTENTS,
	TABLE_COUNTERS,
	TABLE_BOOKS,
	TABLE_SEQUENCES,
	TABLE_EVENTS,
	TABLE_OUTBOX,
	TABLE_LINES,
	TABLE_SETTLEMENTS,
	TABLE_REVERSALS,
	TABLE_REVERSING,
	TABLE_ALLOWANCES,
	TABLE_META,
	TABLES
};

struct batch;

struct ledger {
	char *dir;
	size_t cache_size;
	uint64_t ballast; /* octets; also the low-water mark of the disk */
	uint64_t events_kept, outbox_max;
	int64_t (*time_ms)(void *arg);
	void *time_arg;
	void (*log)(void *arg, enum till_log_level, const char *text);
	void *log_arg;

	int lock_fd;
	DB_ENV *env;
	DB *table[TABLES];

	pthread_mutex_t queue_lock;
	pthread_cond_t queue_filled;
	struct ledger_request *queue_first, **queue_last;
	size_t queued; /* those that were taken but not begun included */
	bool stopping;
	struct ledger_request *taken; /* the writer's */

	/* Held by the writer from its first look at a batch until that is
	 * committed; whoever else holds it sees the tables at rest. */
	pthread_mutex_t gate;
	struct batch *batch; /* the writer's */
	uint64_t evidence; /* number of the newest, the writer's */

	pthread_mutex_t head_lock; /* the three that follow */
	uint64_t serial;
	unsigned char head[LEDGER_HASH_SIZE];
	int64_t newest_ms; /* time of the newest record */

	pthread_mutex_t keeper_lock;
	pthread_cond_t keeper_wake;
	bool keeper_stop;
	pthread_t writer, keeper;

	_Atomic(bool) disk_low, ballast_missing, panicked;
	_Atomic(uint64_t) disk_free, batches, requests;
	_Atomic(int64_t) last_sync_us;
};

/* Keys -------------------------------------------------------------- */

struct key {
	size_t len;
	unsigned char data[LEDGER_KEY_SIZE];
};

void key_text(struct key *key, const char *text);
void key_pair(struct key *key, const char *a, const char *b);
void key_triple(struct key *key, const char *a, const char *b, const char *c);
void key_serial(struct key *key, uint64_t serial);
void key_part(struct key *key, uint64_t number, uint8_t part);
bool key_is_prefix(const struct key *prefix, const struct key *key);
/* of an event, and of one that waits for a line */
void key_event(struct key *key, const char *mid, uint64_t sequence);
void key_waiting(struct key *key, const char *line, const char *mid,
    uint64_t sequence);
/* -1 if data is no such key. */
int key_read_event(const struct key *key, char *mid, size_t mid_size,
    uint64_t *sequence_r);
int key_read_waiting(const struct key *key, char *line, size_t line_size,
    char *mid, size_t mid_size, uint64_t *sequence_r);
int key_read_pair(const struct key *key, char *a, size_t a_size, char *b,
    size_t b_size);
int key_read_serial(const struct key *key, uint64_t *serial_r);
/* of an intent's key; of a reversal, or (number 0) of an order's all */
void key_settlement(struct key *key, const unsigned char *settlement);
void key_reversal(struct key *key, const char *mid, const char *jti,
    uint32_t number);
int key_read_reversal(const struct key *key, char *mid, size_t mid_size,
    char *jti, size_t jti_size, uint32_t *number_r);

/* Records ----------------------------------------------------------- */

struct account {
	uint64_t newest; /* entry of its owner's statement */
	uint32_t parts_len;
	struct account_part {
		char currency[TILL_CURRENCY_MAX];
		int64_t balance_micro, held_micro;
		uint64_t serial; /* of the entry that changed it last */
	} parts[LEDGER_CURRENCIES_MAX];
};

struct counter {
	int64_t window, micro, count;
};

struct book {
	uint64_t serial;
	unsigned char digest[32];
};

struct order_row {
	enum order_state state;
	enum till_kind kind;
	char th[TILL_TH_MAX];
	uint64_t serial, evidence;
	int64_t time_ms, refunded_micro;
};

/* An event that waits for a line. */
struct waiting {
	uint32_t attempts;
	int64_t next_ms;
};

/* Of all merchants.  How many of one merchant's wait is a number of its
 * own in the same table, with the pair of both names as its key; absent is
 * none, or, while something waits for an untallied line, not counted yet. */
struct line {
	uint64_t waiting, missed;
	int64_t missed_ms;
	bool untallied; /* something waits since format 2 */
};

/* Each writes to out, which is checked for bad by the caller, or reads
 * exactly len octets: -1 if they are not such a record. */
void account_write(struct record_out *out, void *buf, const struct account *);
int account_read(const void *data, size_t len, struct account *);
void counter_write(struct record_out *out, void *buf, const struct counter *);
int counter_read(const void *data, size_t len, struct counter *);
void book_write(struct record_out *out, void *buf, const struct book *);
int book_read(const void *data, size_t len, struct book *);
void number_write(struct record_out *out, void *buf, int64_t number);
int number_read(const void *data, size_t len, int64_t *number_r);
void waiting_write(struct record_out *out, void *buf, const struct waiting *);
int waiting_read(const void *data, size_t len, struct waiting *);
void line_write(struct record_out *out, void *buf, const struct line *);
int line_read(const void *data, size_t len, struct line *);
/* Without the merchant and the number, which are its key. */
void event_write(struct record_out *out, void *buf,
    const struct ledger_event *);
int event_read(const void *data, size_t len, struct ledger_event *);
/* Without what is in its key. */
void reversal_write(struct record_out *out, void *buf,
    const struct ledger_reversal *);
int reversal_read(const void *data, size_t len, struct ledger_reversal *);
/* Names of an order, as the value of a settlement's row. */
void pair_write(struct record_out *out, void *buf, const char *mid,
    const char *jti);
int pair_read(const void *data, size_t len, char mid_r[TILL_ID_MAX],
    char jti_r[TILL_JTI_MAX]);
void customer_write(struct record_out *out, void *buf,
    const struct ledger_customer *);
int customer_read(const void *data, size_t len, struct ledger_customer *);
void merchant_write(struct record_out *out, void *buf,
    const struct ledger_merchant *);
int merchant_read(const void *data, size_t len, struct ledger_merchant *);
void credential_write(struct record_out *out, void *buf,
    const struct till_credential *);
/* The credential's pointers lead into data and into texts. */
struct credential_texts {
	char id[TILL_JTI_MAX];
	char label[LEDGER_NAME_MAX];
};
int credential_read(const void *data, size_t len, struct till_credential *,
    struct credential_texts *texts);
/* Without what is in its key. */
void allowance_write(struct record_out *out, void *buf,
    const struct ledger_allowance *);
int allowance_read(const void *data, size_t len, struct ledger_allowance *);
void failures_write(struct record_out *out, void *buf,
    const struct till_failures *);
int failures_read(const void *data, size_t len, struct till_failures *);
void order_row_write(struct record_out *out, void *buf,
    const struct order_row *);
int order_row_read(const void *data, size_t len, struct order_row *);
/* All of an order that is not in its row, with the head of its ticket.
 * Writing, a head that is NULL is made as long as it fits, and told. */
void evidence_write(struct record_out *out, void *buf,
    const struct ledger_order *, struct till_bytes *head);
int evidence_read(const void *data, size_t len, struct ledger_order *,
    struct till_bytes *head_r);
/* Reading also computes the hash. */
void entry_write(struct record_out *out, void *buf, const struct entry *);
int entry_read(const void *data, size_t len, struct entry *);

/* Environment ------------------------------------------------------- */

extern const char *const table_names[TABLES];

int dir_make(const char *dir, struct till_error *err);
int dir_check(const char *dir, struct till_error *err);
/* Is there a ledger in it? */
int dir_holds(const char *dir, struct till_error *err);
int dir_sync(const char *dir, struct till_error *err);
/* The lock file: only one process has a ledger open. */
int dir_lock(const char *dir, int *fd_r, struct till_error *err);

int env_open(struct ledger *, struct till_error *err);
/* Create or open a table; one that may be missing is made. */
enum table_mode { TABLE_OPEN = 1, TABLE_CREATE, TABLE_MAYBE };
int env_open_table(struct ledger *, enum table, enum table_mode,
    struct till_error *err);
/* Checkpoint, unless damaged, and close all that is open. */
void env_close(struct ledger *);

void ledger_log(struct ledger *, enum till_log_level, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* Nothing that is not certain may be answered: log and abort. */
void ledger_die(struct ledger *, const char *what, const char *why)
    __attribute__((noreturn));
int64_t ledger_time(struct ledger *);

/* The disk: ballast and low-water mark ------------------------------ */

/* Before recovery: give it room if there is too little. */
int disk_before(struct ledger *, struct till_error *err);
/* Make the ballast again if it is missing and fits. */
void disk_keep(struct ledger *);
/* Look how much is free; false if too little for a batch. */
bool disk_look(struct ledger *);

/* Reading ----------------------------------------------------------- */

/* 0 found, 1 not, -1.  Any thread; sees what was committed last. */
int table_get(struct ledger *, enum table, const struct key *, void *buf,
    size_t *len_r, struct till_error *err);

/* Walk over keys with a prefix, copying some records at a time, so that
 * no lock is held while the caller looks at them.  From the key `from`
 * (NULL: the first that has the prefix, or the last if backwards), itself
 * included. */
struct scan;

int scan_new(struct scan **scan_r, struct ledger *, enum table,
    const struct key *prefix, const struct key *from, bool backwards,
    struct till_error *err);
/* 0 and a record, valid until the next call; 1 at the end; -1. */
int scan_next(struct scan *, struct key *key_r, struct till_bytes *value_r,
    struct till_error *err);
void scan_free(struct scan *);

/* Where an order's records come from: the tables, or a batch. */
struct source {
	int (*get)(void *arg, enum table, const struct key *, void *buf,
	    size_t *len_r, struct till_error *err);
	void *arg;
};
int order_load(const struct source *, const char *mid, const char *jti,
    bool with_ticket, struct order_row *row_r, struct ledger_order *order_r,
    struct till_error *err);
bool order_is_open(enum order_state);
/* A source's get from the batch that is its arg. */
int batch_source(void *batch, enum table, const struct key *, void *buf,
    size_t *len_r, struct till_error *err);
int damaged(struct till_error *err, enum table, const struct key *);

/* A batch: what the writer has read and will write ------------------- */

int batch_new(struct ledger *, struct batch **batch_r, struct till_error *err);
void batch_free(struct batch *);
/* Room for one more request; false if memory is short. */
bool batch_reserve(struct batch *);
/* What this batch or, if it has said nothing, the table holds.  The
 * value stays where it is until the key is put again. */
bool batch_get(struct batch *, enum table, const struct key *,
    struct till_bytes *value_r);
void batch_put(struct batch *, enum table, const struct key *,
    const struct till_bytes *value);
/* Likewise, of a key that never was: saves the look at the table. */
void batch_add(struct batch *, enum table, const struct key *,
    const struct till_bytes *value);
void batch_remove(struct batch *, enum table, const struct key *);
/* How many keys have this prefix now. */
int batch_count(struct batch *, enum table, const struct key *prefix,
    size_t *count_r, struct till_error *err);
/* Write all that was put, in one transaction with one sync.  Returns only
 * when that is certain. */
void batch_commit(struct batch *);
bool batch_is_clean(const struct batch *);
/* Begin anew. */
void batch_forget(struct batch *);

/* What one batch adds to; becomes the ledger's when it is committed. */
struct plan {
	struct ledger *ledger;
	struct batch *batch;
	int64_t time_ms;
	uint64_t serial, evidence;
	unsigned char head[LEDGER_HASH_SIZE];
};

/* Applying a request ------------------------------------------------- */

/* The accounts and counters of one request: read and changed here, and
 * put only when all conditions hold. */
#define STAGE_ACCOUNTS_MAX (TILL_POSTINGS_MAX + 2)

struct stage {
	uint32_t accounts_len;
	struct staged_account {
		char name[TILL_ACCOUNT_MAX];
		struct account account;
	} accounts[STAGE_ACCOUNTS_MAX];
	uint32_t counters_len;
	struct staged_counter {
		const char *name;
		struct counter counter;
	} counters[LEDGER_COUNTERS_MAX];
};

/* For "return refuse(request, LEDGER_INVALID, ...)". */
enum ledger_result refuse(struct ledger_request *, enum ledger_result,
    const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* Checks all conditions before the first put: whatever is not
 * LEDGER_DONE has changed nothing. */
enum ledger_result apply_request(struct plan *, struct ledger_request *);
enum ledger_result apply_order(struct plan *, struct ledger_request *);
enum ledger_result apply_book(struct plan *, struct ledger_request *);
enum ledger_result apply_customer(struct plan *, struct ledger_request *);
enum ledger_result apply_merchant(struct plan *, struct ledger_request *);
enum ledger_result apply_credential(struct plan *, struct ledger_request *);
enum ledger_result apply_failure(struct plan *, struct ledger_request *);
enum ledger_result apply_meta(struct plan *, struct ledger_request *);
enum ledger_result apply_event(struct plan *, struct ledger_request *);
enum ledger_result apply_told(struct plan *, struct ledger_request *);
enum ledger_result apply_tell(struct plan *, struct ledger_request *);
enum ledger_result apply_reverse(struct plan *, struct ledger_request *);
enum ledger_result apply_refund(struct plan *, struct ledger_request *);
enum ledger_result apply_allowance(struct plan *, struct ledger_request *);
/* Does the allowance cover the order?  Then max_micro of its counter is at
 * most that of the day; else LEDGER_ASK. */
enum ledger_result allowance_bound(struct plan *, struct ledger_request *,
    struct ledger_counter *);
/* May this be a new reversal of its order?  number_r is the one it gets.
 * LEDGER_REPEAT: it was told before. */
enum ledger_result judge_reversal(struct plan *, struct ledger_request *);
/* refund: serial of the entry that it carries out, or 0. */
void put_reversal(struct plan *, struct ledger_reversal *, uint64_t refund);
/* Enter that the refund which this reversal carries out has ended as the
 * reversal's state says.  What is not LEDGER_DONE has changed nothing. */
enum ledger_result end_refund(struct plan *, struct ledger_request *,
    const struct ledger_reversal *);
/* How much of an order's amount networks took back themselves. */
int64_t taken_back(struct plan *, const struct ledger_order *, bool settled);
void put_settlement(struct plan *, const struct ledger_order *);
/* Record the request's event, if it has one; cannot fail. */
void put_event(struct plan *, struct ledger_request *);

/* Is the request well formed, whatever the ledger holds?  LEDGER_DONE if
 * so. */
enum ledger_result check_order(struct ledger_request *);
enum ledger_result check_book(struct ledger_request *);
enum ledger_result check_event(struct ledger_request *);
enum ledger_result check_counters(struct ledger_request *);
enum ledger_result check_reversal(struct ledger_request *);
/* Postings of one currency that add up to zero; *moved_r is what is
 * given to those who get something. */
enum ledger_result check_postings(struct ledger_request *,
    struct till_money *moved_r);
/* The postings of a refund, of this payment of which so much was given back
 * before; see refund.h. */
enum ledger_result check_refund_ways(struct ledger_request *,
    const struct entry *payment, int64_t refunded_micro);
bool text_ends(const char *text, size_t size);
bool word_ok(const char *word);

/* "wallet:alice": class, and perhaps id, [a-z0-9-] with colons between. */
#define CLASS_WALLET "wallet:"
#define CLASS_TILL "till:"
/* What a refund takes from a till while its network is asked. */
#define REFUND_PENDING "refund:pending"
/* Refunds are listed among the bookings: "refund:MId/jti/id". */
#define REFUND_BOOK "refund:"
void refund_book(char book_r[TILL_TEXT_MAX], const char *mid, const char *jti,
    const char *id);
bool account_ok(const char *account);
/* The customer or merchant whose account it is, or NULL. */
const char *account_customer(const char *account);
const char *account_merchant(const char *account);

void stage_begin(struct stage *);
enum ledger_result stage_counters(struct plan *, struct ledger_request *,
    struct stage *);
enum ledger_result stage_postings(struct plan *, struct ledger_request *,
    struct stage *);
/* The rows that hold the ends of the statements of those whom the entry
 * names ("" for nobody). */
enum ledger_result stage_owners(struct plan *, struct ledger_request *,
    struct stage *, const struct entry *);
/* From here on nothing can fail.  Complete the entry (serial, time,
 * links, hash), add it to the register and put the accounts. */
void stage_enter(struct plan *, struct ledger_request *, struct stage *,
    struct entry *);
void stage_count(struct plan *, struct stage *);

/* batch_put and batch_add of what was just written. */
void put_record(struct plan *, enum table, const struct key *,
    const struct record_out *);
void add_record(struct plan *, enum table, const struct key *,
    const struct record_out *);

void *writer_main(void *ledger);
void *keeper_main(void *ledger);

#endif
