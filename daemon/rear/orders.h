/*
 * orders.h - orders at work, and vouchers just given: once is enough.
 *
 * (merchant, jti) names an order.  The first request that comes to settle
 * it has it; later ones wait for the first and are handed its end.  The
 * ledger alone guarantees that nothing is settled twice: this table saves
 * the work and lets equal requests have equal answers, octet by octet.
 */
#ifndef REAR_ORDERS_H
#define REAR_ORDERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <till/ticket.h>

#include "ledger/ledger.h"

#define ORDERS_RECENT_MAX 64 /* vouchers kept, of each part of the table */
#define ORDERS_WAITERS_MAX 1024 /* requests waiting for one order */

struct orders;

/* A request's place in the table; embedded in what makes it. */
struct orders_claim {
	const char *mid, *jti; /* live as long as the claim */
	struct orders_claim *next; /* the table's own */
};

/* A token that several answers share; counted. */
struct sealed {
	unsigned int refs; /* atomic */
	char text[];
};
struct sealed *sealed_new(const char *text); /* NULL: out of memory */
struct sealed *sealed_ref(struct sealed *);
void sealed_unref(struct sealed *); /* NULL is fine */

/* A voucher that was just given. */
struct voucher_kept {
	struct sealed *token; /* counted */
	char th[TILL_TH_MAX];
	char customer[TILL_ID_MAX];
	char via[LEDGER_WORD_MAX];
	bool unasked; /* paid under an allowance */
	uint64_t txn;
	int64_t refunded_micro; /* of the price, until then */
	int64_t time_s; /* when it was settled */
	int64_t until_ms; /* clock_ms: given again until then */
};

/* Zero is no answer. */
enum orders_answer {
	ORDERS_NONE = 0,
	ORDERS_MINE, /* the claim has the order */
	ORDERS_WAITS, /* it is queued behind the one that has it */
	ORDERS_PARKED, /* whoever has it waits for an answer that may take
			  long: do not wait */
	ORDERS_CROWDED /* too many wait already, or no memory */
};

struct orders *orders_new(void); /* NULL: out of memory */
void orders_free(struct orders *); /* NULL is fine */

enum orders_answer orders_claim(struct orders *, struct orders_claim *);

/* The order's end cannot be had soon; returns those that wait. */
struct orders_claim *orders_park(struct orders *, struct orders_claim *);

/*
 * Give the order up; kept, if not NULL, is remembered (its token is
 * counted up).  Returns those that wait, linked by next.
 */
struct orders_claim *orders_release(struct orders *, struct orders_claim *,
    const struct voucher_kept *kept);

/* The voucher of this order if it was given lately; its token is counted
 * up. */
bool orders_recent(struct orders *, const char *mid, const char *jti,
    int64_t now_ms, struct voucher_kept *kept_r);
/*
 * Remember a voucher that was just made; if another of the same payment
 * was remembered before and is still given, kept becomes that one, so
 * that all who ask at one time get the same octets.
 */
void orders_keep(struct orders *, const char *mid, const char *jti,
    int64_t now_ms, struct voucher_kept *kept);

/* What it stands for has changed: give it no more. */
void orders_forget(struct orders *, const char *mid, const char *jti);

size_t orders_len(struct orders *); /* at work */

#endif
