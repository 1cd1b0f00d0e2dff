/*
 * sessions.h - customers who have shown who they are.
 *
 * A session is named by a secret of 256 random bits that only its owner
 * has; here only the SHA-256 of it is kept, in memory alone.  It
 * remembers which auth instances granted, so that they need not be asked
 * again for each order; the auth stack itself runs each time.  It ends
 * when it was idle too long, when it is too old, at sign-out, and when
 * its customer is suspended.
 *
 * Those of merchants, who see their tills, are in a table of their own: there
 * a merchant's id stands where a customer's does, and nothing is granted.
 *
 * What a customer's credentials or standing were changed to counts from that
 * moment on: session_table_end_customer begins a new epoch of his.  The
 * number is in two places.  In a session that was found it is the epoch of
 * that moment, as the session itself would have ended with the one before; in
 * a session to be opened, and in a purchase, it is the one in which all that
 * it remembers was found out.
 *
 * A step of an order or a sign-in takes the epoch before it asks or reads
 * anything of the customer (step.c), and the epoch covers
 *	- what the lines of the auth stack have answered, and that the customer
 *	  was shown: in another epoch both are forgotten when the next step of
 *	  the conversation begins;
 *	- the session that the step opens: there the epochs are compared under
 *	  the lock.
 * It does not cover what is read afresh where it is needed, which is whether
 * he is suspended or frozen (order_customer.c), nor a settlement: what has
 * passed there in one step is settled, whatever is changed meanwhile.  So of
 * a purchase "ordered" and "paid" stay in another epoch: they say what was
 * done, not who may do more, and by them the one who has confirmed a payment
 * learns what became of it, and has the voucher for his money.
 */
#ifndef REAR_SESSIONS_H
#define REAR_SESSIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <till/ticket.h>
#include <till/voucher.h>

#include "config/conf.h"

#define SESSIONS_MAX 65536 /* the one idle longest makes room */
#define SESSION_EACH_MAX 32 /* of one customer; likewise, among his own */
#define MERCHANT_SESSIONS_MAX 4096 /* likewise, in a table of their own */
#define SESSION_GRANTS_MAX 4
#define SESSION_AMR_MAX 2 /* methods of one grant */
#define SESSION_SECRET_MAX 44 /* base64url of 32 octets, with NUL */
#define SESSION_NAME_SIZE 32 /* SHA-256 of the secret */
#define SESSION_WHERE_MAX 64 /* octets of an address, with NUL */

/* What one auth instance granted, and when. */
struct session_grant {
	char instance[CONF_NAME_MAX];
	char module[TILL_MODULE_NAME_MAX];
	uint32_t level;
	int64_t time_s;
	uint32_t amr_len;
	char amr[SESSION_AMR_MAX][16];
};

/* A session's content, as a value. */
struct session {
	char cid[TILL_ID_MAX];
	int64_t created_ms; /* clock_ms */
	/* Of its customer: as found, the one at that moment; to open one, that
	 * of what it remembers. */
	uint64_t epoch;
	/* When a sign-in has shown its customer, wall clock; 0: the session
	 * comes of a payment, for which less may have been asked, and opens
	 * no account. */
	int64_t signed_in_s;
	/* When a sign-in to enrol has, likewise; see sign_in.c. */
	int64_t enrol_s;
	int64_t opened_s; /* wall clock */
	char where[SESSION_WHERE_MAX]; /* network address it came from, or "" */
	uint32_t grants_len;
	struct session_grant grants[SESSION_GRANTS_MAX];
};

/* One of a customer's, as he sees it. */
struct session_seen {
	unsigned char name[SESSION_NAME_SIZE];
	int64_t used_ms; /* clock_ms */
	int64_t opened_s, signed_in_s; /* as of struct session */
	char where[SESSION_WHERE_MAX];
};

struct session_table;

struct session_table *session_table_new(size_t max); /* NULL: out of memory,
							or of chance */
void session_table_free(struct session_table *); /* NULL is fine */

/* Open one; the secret is for its owner and is wiped by the caller.  -1
 * without memory or random numbers, or if the customer has a newer epoch. */
int session_table_open(struct session_table *, const struct session *,
    int64_t now_ms, char secret_r[SESSION_SECRET_MAX]);
/*
 * The same in the place of the one of this name, which ends; -1 also if that
 * is not there any more: then somebody has signed out meanwhile, or another
 * has come in its place, and this one would be one too many.  Nothing is
 * changed where it fails.
 */
int session_table_replace(struct session_table *, const unsigned char *name,
    const struct session *, int64_t now_ms, char secret_r[SESSION_SECRET_MAX]);

/*
 * A session is looked up by the SHA-256 of its secret, so that the secret
 * goes no further than it must, and the time a look-up takes says nothing
 * of those that are kept.  -1 if the library fails.
 */
int session_name(const char *secret, unsigned char name_r[SESSION_NAME_SIZE]);

/* Look a session up and count it as used.  False if there is none of this
 * name, or not any more. */
bool session_table_find(struct session_table *, const unsigned char *name,
    int64_t now_ms, int64_t idle_ms, int64_t max_ms, struct session *session_r);

/* It, or one of the same customer that has replaced it.  False: it was ended,
 * or has made room.  One that was idle too long is there still: it opens
 * nothing, but to end it ends what was shown in it. */
bool session_table_has(struct session_table *, const unsigned char *name);

/* Or, if one of the same customer has replaced it, that: the browser that
 * signs out may not have heard of it yet.  What has replaced that in turn is
 * not found: a browser would have to miss two answers.  False: there is
 * neither. */
bool session_table_end(struct session_table *, const unsigned char *name);
/* At work for this customer.  Some share one, so it may change without a
 * cause: then the customer is asked once more. */
uint64_t session_table_epoch(struct session_table *, const char *cid);
/* All of a customer's, but the one of the name keep (NULL: none); and his
 * next epoch begins. */
void session_table_end_customer(struct session_table *, const char *cid,
    const unsigned char *keep);
/* The customer's that are good at this moment, the latest used first: at most
 * max of them into list_r, which counts as no use; returns how many. */
size_t session_table_list(struct session_table *, const char *cid,
    int64_t now_ms, int64_t idle_ms, int64_t max_ms,
    struct session_seen *list_r, size_t max);
size_t session_table_len(struct session_table *);

#endif
