/*
 * ledgers.h - a ledger in a directory of its own, for tests.
 */
#ifndef LEDGERS_H
#define LEDGERS_H

#include "ledger/ledger.h"

#define EURO(n) ((int64_t)(n)*TILL_MICRO)

struct scratch {
	char dir[256];
	struct ledger_options options;
	struct ledger *ledger;
	int64_t time_ms; /* what its clock says; 0: the system's clock */
	char logged[1024]; /* the last line */
};

/* Make, in $TMPDIR; open with what options say; close; remove all. */
void scratch_begin(struct scratch *);
void scratch_begin_sized(struct scratch *, size_t cache_size);
/* Options as scratch_begin makes them, of a dir that is set. */
void scratch_options(struct scratch *, size_t cache_size);
void scratch_open(struct scratch *);
void scratch_close(struct scratch *);
void scratch_end(struct scratch *);

/* A request about an order, with both in one place.  A deal that is not
 * about one leaves request.order NULL.  Do not copy it: the request
 * points to the order. */
struct deal {
	struct ledger_request request;
	struct ledger_order order;
};

void make_customer(struct ledger *, const char *cid);
void make_merchant(struct ledger *, const char *mid);
/* Ten of each, customer-0 ... and merchant-0 ..., and money for all. */
void make_people(struct ledger *, int64_t each_micro);
enum ledger_result top_up(struct ledger *, const char *cid, int64_t micro,
    const char *book_id, uint64_t *serial_r);

void deal_top_up(struct deal *, const char *cid, int64_t micro,
    const char *book_id);

/* From the customer's wallet to the merchant's till. */
void deal_pay(struct deal *, const char *mid, const char *jti, const char *cid,
    int64_t micro);
void deal_intent(struct deal *, const char *mid, const char *jti,
    const char *cid, int64_t micro, unsigned char key);
/* From the bank to the till, under the key of an intent. */
void deal_bank(struct deal *, const char *mid, const char *jti, const char *cid,
    int64_t micro, unsigned char key);
void deal_end(struct deal *, const char *mid, const char *jti, const char *cid,
    int64_t micro, enum order_state state, unsigned char key);
void set_text(char *buf, size_t size, const char *text);

/* What an account holds; 0 if it never was. */
int64_t balance(struct ledger *, const char *account);
/* ledger_verify with nothing to complain of. */
void verify_well(struct ledger *, struct ledger_sums *sums_r);

/* Submit them all at once and wait until all are answered. */
void submit_all(struct ledger *, struct deal *deals, size_t n);

#endif
