/*
 * shop.h - a small merchant server: the supplier of the seed.
 *
 * It sells the articles of one catalogue file.  A sale is made, bound to
 * the visitor's browser session, carried to a payment server as a
 * ticket, and delivered against a voucher, once.  The parts, each a file:
 *
 *	catalogue	what is sold, to whom with which discount
 *	sales		the sales register, durable
 *	servers		the payment servers trusted, and their keys
 *	session		visitors and their baskets, in memory
 *	checkout	from goods to ticket, from voucher to delivery
 *	events		what payment servers tell on their own
 *	refunds		what was given back
 *	reach		HTTP to payment servers
 *	web		HTTP
 *	pages		what visitors see
 */
#ifndef SHOP_H
#define SHOP_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <till/error.h>
#include <till/key.h>
#include <till/money.h>
#include <till/notice.h>
#include <till/refund.h>
#include <till/ticket.h>
#include <till/voucher.h>

#define SHOP_ARTICLES_MAX 4096
#define SHOP_CUSTOMERS_MAX 4096
#define SHOP_SERVERS_MAX 8
#define SHOP_LINES_MAX TILL_ITEMS_MAX /* goods of one sale */
#define SHOP_PATH_MAX 1024
#define SHOP_FIELD_MAX 257 /* one field of a form, with NUL */
#define SHOP_TICKET_S 900 /* seconds that a ticket is valid */
#define SHOP_PATIENCE_MAX_S 60
#define SHOP_WAITS_MAX 8 /* requests that one server may keep waiting */
#define SHOP_ID_MAX 23 /* a random id of 128 bits in base64url, with NUL */

/* The catalogue ------------------------------------------------------- */

struct article {
	char id[TILL_JTI_MAX];
	char title[TILL_TEXT_MAX];
	char blurb[TILL_TEXT_MAX]; /* or "" */
	int64_t price_micro; /* VAT included */
	int64_t vat_micro; /* millionths of a percent */
	/* One of: a file that is delivered at once ... */
	char file[SHOP_PATH_MAX]; /* absolute, or "" */
	char type[80]; /* its media type */
	/* ... or goods that are collected or sent. */
	char place[TILL_TEXT_MAX]; /* where, or "" */
};

struct shop_customer {
	char id[TILL_ID_MAX];
	int64_t discount_micro; /* millionths of a percent */
};

struct catalogue {
	char name[TILL_TEXT_MAX];
	char url[TILL_URL_MAX]; /* of this shop, without a slash at its end;
		"": web_start makes it of the address listened on */
	char currency[TILL_CURRENCY_MAX];
	char key_path[SHOP_PATH_MAX];
	char sales_path[SHOP_PATH_MAX];
	char listen[80]; /* "127.0.0.1:8081" */
	long patience_s; /* for whether a server answers */
	int64_t identity_above_micro; /* ask who it is above; -1: never */
	struct article *articles;
	size_t articles_len;
	struct shop_customer *customers;
	size_t customers_len;
	struct {
		char issuer[TILL_URL_MAX];
		char name[TILL_TEXT_MAX]; /* for people */
		char merchant[TILL_ID_MAX]; /* this shop's id there */
		char keys_path[SHOP_PATH_MAX]; /* "": fetched ... */
		char keys_url[TILL_URL_MAX]; /* ... from there, or, if that
			is "" too, from issuer */
	} servers[SHOP_SERVERS_MAX];
	size_t servers_len;
};

/* Read a catalogue file (JSON; doc/man/till-shop.1).  Relative paths in
 * it are relative to its folder.  *err names the member that is wrong. */
int catalogue_read(const char *path, struct catalogue **catalogue_r,
    struct till_error *err);
const struct article *catalogue_article(const struct catalogue *,
    const char *id);
/* The customer's discount in millionths of a percent; 0 if unknown. */
int64_t catalogue_discount(const struct catalogue *, const char *customer);
/* What an article costs less a discount, rounded half up to whole minor
 * units unless the article's own price is finer. */
int64_t catalogue_price(const struct catalogue *, const struct article *,
    int64_t discount_micro);
/* The VAT that is contained in a gross amount, rounded half up to minor
 * units. */
int64_t vat_within(const char *currency, int64_t gross_micro,
    int64_t rate_micro);
void catalogue_free(struct catalogue *);

/* Sales --------------------------------------------------------------- */

enum sale_state {
	SALE_NONE = 0,
	SALE_OPEN, /* being put together: delivery data, identity */
	SALE_TICKETED, /* a ticket was issued */
	SALE_PAID, /* a voucher was accepted: deliver */
	SALE_REFUSED /* a refusal came back */
};

struct sale_line {
	char article[TILL_JTI_MAX];
	uint32_t qty;
	int64_t price_micro; /* of one, after discount */
};

/* One sale; all its texts are its own. */
struct sale {
	char id[SHOP_ID_MAX]; /* also the ticket's jti */
	char session[SHOP_ID_MAX]; /* the visitor it belongs to */
	char customer[TILL_ID_MAX]; /* who he says to be here, or "" */
	enum sale_state state;
	int64_t time_s;
	struct sale_line lines[SHOP_LINES_MAX];
	size_t lines_len;
	bool basket; /* bought as a basket, also with one line */
	int64_t total_micro;
	/* Goods that are not files: who gets them. */
	bool needs_delivery;
	char recipient[SHOP_FIELD_MAX];
	char address[SHOP_FIELD_MAX];
	/* Large orders: the identity that the payment server vouched for. */
	bool needs_identity;
	char identity[TILL_TEXT_MAX]; /* the pairwise id, or "" */
	char identity_jti[SHOP_ID_MAX]; /* of the identity ticket, or "" */
	char *identity_ticket; /* the token, or NULL */
	char *ticket; /* the token as issued, or NULL */
	/* Index of the payment server it went to; the register has its
	 * issuer.  servers_len or above: no longer trusted. */
	size_t server;
	uint64_t txn; /* when paid: serial number at that server */
	char *voucher; /* as received, or NULL */
	char reason[32]; /* when refused */
};

struct sales;

/*
 * The sales register: one JSON line for each change, appended and synced
 * before the change counts.  A last line that was torn by a crash is cut
 * off; any other damage is an error with its line.
 */
int sales_open(const struct catalogue *, struct sales **sales_r,
    struct till_error *err);
/* To look at, also while another till-shop has it open; nothing may be put.
 * What is written afterwards is not seen. */
int sales_look(const struct catalogue *, struct sales **sales_r,
    struct till_error *err);
void sales_close(struct sales *);
/* Write the sale as it now is and remember it.  On -1 nothing counts. */
int sales_put(struct sales *, const struct sale *, struct till_error *err);
/* A copy of the sale with this id, or with this identity ticket; the
 * caller frees it with sale_free.  NULL: none. */
struct sale *sales_get(struct sales *, const char *id);
struct sale *sales_get_by_identity(struct sales *, const char *jti);
/* Are there sales of this visitor? */
bool sales_has_session(struct sales *, const char *session);
/* Was this serial number of this server used for another sale? */
bool sales_txn_used(struct sales *, size_t server, uint64_t txn,
    const char *id);
/* Calls each with every sale, oldest first. */
void sales_each(struct sales *, void (*each)(void *arg, const struct sale *),
    void *arg);
void sale_free(struct sale *); /* NULL is fine */
/* Hold off other changes of sales while one is checked and put. */
void sales_lock(struct sales *);
void sales_unlock(struct sales *);

/* Payment servers ------------------------------------------------------ */

struct servers;

int servers_open(const struct catalogue *, struct servers **servers_r,
    struct till_error *err);
void servers_close(struct servers *);
/*
 * Open a voucher with the keys of one server only.  A key that is not
 * known yet makes the keys be fetched anew, not within 5 seconds of the last
 * time; only those whose key is not known wait for that, and of them a few.
 * later_r, with -1: the keys were not to be had, so that it may be right.
 */
int servers_voucher(struct servers *, size_t server, const char *token,
    struct till_voucher **voucher_r, bool *later_r, struct till_error *err);
/* Whose a voucher or an event says that it is, before anything of it was
 * checked; the number of servers if it is of none of them.  -1: it says
 * nothing. */
int servers_of(const struct servers *, const char *token, size_t len,
    size_t *server_r, struct till_error *err);
/* The same as servers_voucher for an event; it does not wait for keys that
 * somebody else fetches already. */
int servers_notice(struct servers *, size_t server, const char *token,
    size_t len, struct till_notice **notice_r, struct till_error *err);
/*
 * Does the server answer now?  Asked before a visitor is sent there, with
 * the catalogue's patience; one that did not is not asked again for some
 * seconds.  A server whose keys are in a file is taken to be there, as the
 * shop may have no way to it.
 */
bool servers_is_up(struct servers *, size_t server);
/* Where the customer carries the ticket: ISSUER/pay?t=..., or, for one
 * that is too long for a URL, the address that pushing it gave.  One server
 * is pushed four at a time; -1 for what is more. */
int servers_pay_url(struct servers *, size_t server, const char *token,
    char *url, size_t size, struct till_error *err);

/* Ask the server for a refund of a sale of this shop; its answer. */
int servers_refund(struct servers *, size_t server, const char *token,
    const struct till_refund *, struct till_refund_answer *answer_r,
    struct till_error *err);

/* Refunds -------------------------------------------------------------- */

#define SHOP_REFUNDS_MAX 100000

enum shop_refund_state {
	SHOP_REFUND_NONE = 0,
	SHOP_REFUND_ASKED, /* what came of it is not known */
	SHOP_REFUND_PENDING, /* the payment server asks a bank */
	SHOP_REFUND_DONE,
	SHOP_REFUND_RETURNED, /* the bank has not made it */
	SHOP_REFUND_REFUSED
};

struct shop_refund {
	char sale[SHOP_ID_MAX];
	char id[TILL_JTI_MAX];
	int64_t micro;
	enum shop_refund_state state;
	int64_t time_s;
};

/*
 * What was given back of each sale: one JSON line for each change, appended
 * and synced, in a file beside the sales register.  Any number of till-shop
 * may have it open: one that serves sees what another one appends.
 */
struct refunds;
int refunds_open(const struct catalogue *, struct refunds **refunds_r,
    struct till_error *err);
void refunds_close(struct refunds *); /* NULL is fine */
/* What is there already in a state that says more changes nothing: what has
 * ended, but for REFUSED, stays, and PENDING is not ASKED again. */
int refunds_put(struct refunds *, const struct shop_refund *,
    struct till_error *err);
/* How much of a sale is, or will be, with the customer again: DONE and
 * PENDING; or all that may be, ASKED as well. */
int64_t refunds_sum(struct refunds *, const char *sale, bool all);
/* Is all of a sale with the customer again?  Then nothing of it is delivered
 * any more. */
bool refunds_all_back(struct refunds *, const struct sale *);
/* One whose answer is not known; false: there is none. */
bool refunds_unanswered(struct refunds *, const char *sale,
    struct shop_refund *refund_r);
const char *shop_refund_state_name(enum shop_refund_state);

/* The shop -------------------------------------------------------------- */

struct shop {
	struct catalogue *catalogue;
	struct till_key *key;
	struct sales *sales;
	struct servers *servers;
	struct sessions *sessions;
	struct events *events;
	struct refunds *refunds;
};

/* Seconds since 1970. */
int64_t shop_now(void);
/* One line to standard error, cut to 1023 octets; what is not a printable
 * character of ASCII becomes a question mark, so that nobody writes lines of
 * his own there, or to a terminal. */
void shop_say(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* 128 random bits. */
int shop_random_id(char id[SHOP_ID_MAX], struct till_error *err);

/* Sessions: a visitor's customer number and basket; bounded, the oldest
 * goes first. */
struct visitor {
	char id[SHOP_ID_MAX];
	char customer[TILL_ID_MAX];
	struct sale_line basket[SHOP_LINES_MAX];
	size_t basket_len;
};
struct sessions;
struct sessions *sessions_new(void);
void sessions_free(struct sessions *);
/* A copy of the visitor with this id.  One who has no seat is new, and
 * gets another id unless there are sales of this one. */
int sessions_get(struct sessions *, const char *id, bool has_sales,
    struct visitor *visitor_r, struct till_error *err);
void sessions_put(struct sessions *, const struct visitor *);

/* Checkout -------------------------------------------------------------- */

/* Begin a sale of these lines for the visitor and register it. */
int checkout_begin(struct shop *, const struct visitor *,
    const struct sale_line *, size_t len, bool basket, char id_r[SHOP_ID_MAX],
    struct till_error *err);
/* Fill in who gets the goods. */
int checkout_delivery(struct shop *, const char *id, const char *recipient,
    const char *address, struct till_error *err);
/*
 * Make (or find) the ticket that this sale needs next: an identity
 * ticket first for a large order, else the payment ticket.  An expired
 * ticket is never issued again under the same id: the caller begins a new
 * sale.  lang (RFC 5646) is the visitor's, for the payment server's pages;
 * NULL: not known.  Nobody is asked anything.
 */
int checkout_ticket(struct shop *, const char *id, size_t server,
    const char *lang, struct till_error *err);
/* That ticket, or NULL: it is to be made first. */
const char *checkout_token(const struct sale *);
/*
 * Where the customer goes with it.  A long one is pushed to its server for
 * that, while nothing of the shop is locked.  -1: the server has not taken
 * it, or there is none to be taken.
 */
int checkout_go(struct shop *, const struct sale *, char *url_r, size_t size,
    struct till_error *err);

/*
 * A voucher came back in the browser of visitor.  Only the keys of the
 * payment server that it says it is of are tried, and that must be the one
 * which the ticket went to.  Every check of the protocol: type, issuer's key,
 * issuer, audience, time, ticket id and hash, goods and kind, amount and
 * currency, this visitor's sale, and a serial number that no other sale has
 * used; only then is the sale paid. The same voucher again (a reload) is
 * accepted again for the same sale. id_r is the sale.  Else *err says which
 * check failed.
 */
enum voucher_taken {
	VOUCHER_NONE = 0,
	VOUCHER_TAKEN,
	VOUCHER_BAD,
	/* Its key was not to be had, or the sale could not be written down: it
	 * may be right, and changes nothing until it is brought again. */
	VOUCHER_LATER
};
enum voucher_taken checkout_return(struct shop *, const struct visitor *,
    const char *token, char id_r[SHOP_ID_MAX], struct till_error *err);

/*
 * What was settled counts though no voucher came back: voucher is NULL,
 * and the visitor finds the order paid.  A sale that is paid by the very
 * same serial number stays so, and one that no order of this shop is
 * about changes nothing: 0.  The checks are those of checkout_return but
 * for the visitor's.
 */
int checkout_notice(struct shop *, size_t server, const struct till_notice *,
    struct till_error *err);

/* Events ---------------------------------------------------------------- */

#define SHOP_EVENTS_PATH "/till-events"

/*
 * The highest number of each payment server that was worked off, in a file
 * beside the sales register.
 */
struct events;
int events_open(const struct catalogue *, struct events **events_r,
    struct till_error *err);
void events_close(struct events *); /* NULL is fine */
enum event_taken {
	EVENT_NONE = 0,
	EVENT_TAKEN, /* worked off, now or before */
	EVENT_BAD, /* its seal or our clock: both may become right */
	EVENT_NEVER, /* of no server of ours, or not for us */
	EVENT_LATER /* could not be written down: send it again */
};
/* Work off an event.  *err says more, also of one that was taken. */
enum event_taken events_take(struct shop *, const char *token, size_t len,
    struct till_error *err);

/* Refunds by the operator ----------------------------------------------- */

/* The operator gives back so much of sale id (micro 0: what is left), under
 * refund_id (NULL: a new one, or that of one without answer).  -1: *err;
 * refund_r says what is known of it then, ASKED that it must be asked for
 * again. */
int shop_refund(struct shop *, const char *id, int64_t micro,
    const char *refund_id, const char *note, struct shop_refund *refund_r,
    struct till_error *err);

/* HTTP ------------------------------------------------------------------ */

struct web;
int web_start(struct shop *, struct web **web_r, struct till_error *err);
void web_stop(struct web *);
unsigned int web_port(const struct web *);

#endif
