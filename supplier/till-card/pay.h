/*
 * pay.h - a ticket's whole way, as its customer's station goes it.
 *
 * The station looks at the order, shows it, and pays it in a
 * conversation: whatever the payment server asks is answered once, by
 * the card, from a file, or by the person at the terminal.  An answer
 * that is lost is asked for again; the order is the ticket's, so it is
 * paid at most once.
 */
#ifndef PAY_H
#define PAY_H

#include <jansson.h>

#include <stdbool.h>
#include <stdint.h>

#include <till/error.h>

#include "bill.h"
#include "signer.h"

#define PAY_TIMEOUT_S 60 /* unless it is said */
#define PAY_TIMEOUT_MAX_S 3600
#define PAY_CONVERSATION_SIZE                                                  \
	129 /* octets of a conversation's id, with NUL                         \
	     */

/* How it ended; each is an exit status of till-card(1). */
enum pay_end {
	PAY_NONE = 0,
	PAY_PAID,
	PAY_REFUSED, /* for good, by its seal; who asked was not charged */
	PAY_UNKNOWN, /* it may be paid, by now or before; ask again */
	PAY_SECRET, /* PIN, password or token wrong, or a PIN blocked */
	PAY_CARD, /* no card, or it does not sign */
	PAY_USAGE, /* the server asks for what was not given */
	PAY_TICKET, /* the ticket is no good, or not as wanted */
	PAY_UNAVAILABLE /* no payment server; this run has paid nothing */
};

/* What is said where this run cannot have paid: an earlier one with the
 * same ticket may have, so never more than this. */
#define PAY_NOT_PAID "nothing was paid by this run"
#define PAY_NOT_TOLD                                                           \
	PAY_NOT_PAID "; if the ticket was given before, it tells when the "    \
		     "server answers"

/* What the customer wants; members that are NULL were not given. */
struct pay_wish {
	const char *customer;
	const char *server; /* the only one that tickets may be for */
	const char *payee; /* the only one to be paid */
	struct till_money max; /* the most to be paid; currency "": any */
	const char *pin_path, *password_path, *token_path;
	struct signer_place place;
	bool by_certificate; /* the signature names the card's certificate */
	long timeout_s; /* for one answer, and for all waiting */
};

struct pay_report {
	char payee_name[TILL_TEXT_MAX]; /* as the payment server has it */
	json_t *answer; /* the last of the server's, or NULL */
	int tries; /* of the card's PIN, or SIGNER_TRIES_UNKNOWN */
};

/* For any end but PAY_PAID *err has one sentence.  What is to be paid is
 * shown on show before anything is asked.  The report is emptied with
 * pay_report_clear, whatever the end. */
enum pay_end pay(const struct pay_wish *, const struct bill *, FILE *show,
    struct pay_report *, struct till_error *);
void pay_report_clear(struct pay_report *);

/* The most that the payment server may have got of this run. */
enum pay_sent {
	PAY_SENT_LOOK = 0, /* nothing, or a look at the order */
	PAY_SENT_ORDER, /* the wish to pay */
	PAY_SENT_ANSWER /* and what was asked for: a secret, a signature */
};

/* What is taken from a file once, and was. */
struct pay_used {
	bool pin, password, token;
};

/* Of pay.c and answer.c. */
struct pay_order {
	const struct pay_wish *wish;
	const struct bill *bill;
	FILE *show;
	struct pay_report *report;
	struct post *post;
	int64_t deadline_s; /* of waiting, by a clock that only goes on */
	const char *action; /* what is asked: "view", then "pay" */
	long status; /* of the last answer, HTTP's */
	char conversation[PAY_CONVERSATION_SIZE]; /* the last; "": none */
	enum pay_sent sent;
	bool pending; /* it was said that a payment is in progress */
	bool unsent; /* the last question cannot have reached the server */
	bool unheard; /* no reply has said what became of the answer */
	bool gone; /* that conversation is forgotten */
	bool waits; /* ask what has become of it, later */
	struct pay_used used;
};

#define PAY_BODY_MAX 32768 /* octets of a question */

/*
 * Answer the open prompts of the last answer: *body_r, of *len_r octets
 * and in the secure heap, is the question that goes on (freed with
 * OPENSSL_secure_clear_free, PAY_BODY_MAX).  PAY_NONE, or why not.
 */
enum pay_end pay_answer(struct pay_order *, char **body_r, size_t *len_r,
    struct till_error *);

/* A member of the last answer that is a text; NULL else. */
const char *pay_said(const struct pay_order *, const char *name);

#endif
