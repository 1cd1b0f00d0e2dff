/*
 * call.h - one command of tillctl, as the rear unit does it.
 *
 * The arguments have been checked against the command's table when its
 * function runs; secrets are apart and wiped afterwards.
 */
#ifndef CTL_CALL_H
#define CTL_CALL_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <till/error.h>
#include <till/ticket.h>

#include "ledger/ledger.h"
#include "rear/rear.h"

#define CALL_ARGS_MAX 14
#define CALL_SECRETS_MAX 4
#define CALL_LIST_DEFAULT 50 /* items of one answer */
#define CALL_LIST_MAX 200
#define CALL_LIST_OCTETS 40000 /* of all items of one answer */
#define CALL_TIME_MAX 32

enum arg_type {
	ARG_NONE = 0,
	ARG_ID, /* a customer's or merchant's */
	ARG_JTI, /* [A-Za-z0-9._-]{1,64} */
	ARG_TEXT, /* as shown to people */
	ARG_NAME, /* of a person or firm: shorter */
	ARG_URL, /* as return addresses may be */
	ARG_MONEY, /* "12.50 EUR" */
	ARG_JSON, /* a text that is looked at elsewhere */
	ARG_NUMBER, /* not negative */
	ARG_FLAG
};

struct arg {
	const char *name;
	enum arg_type type;
	bool required;
};

struct call {
	struct rear *rear;
	char actor[TILL_JTI_MAX]; /* "operator:root", "customer:alice" */
	/* The session of the customer who asks, or NULL: it outlives what
	 * ends the others. */
	const unsigned char *session;
	json_t *args;
	json_t *reply; /* an object; empty at first */
	struct {
		unsigned char *data; /* secure memory */
		size_t len;
	} secrets[CALL_SECRETS_MAX];
	size_t secrets_len;
	unsigned char *told; /* what the answer tells beside its JSON, once:
				a secret, in secure memory; or NULL */
	size_t told_len;
	struct till_error err; /* where the status is not EX_OK */
};

enum command_effect {
	COMMAND_LOOKS = 1, /* changes nothing: may be done beside another */
	COMMAND_CHANGES,
	/* Of an account: and the sign-in must be a recent one. */
	COMMAND_CHANGES_RECENT,
	/* Likewise, and one to enrol (rear/sign_in.c) where customers make
	 * credentials themselves. */
	COMMAND_CHANGES_MEANS,
	/* Of an account: it waits for no other command that changes something,
	 * not even in the queue.  Its function sees to it that neither undoes
	 * the other. */
	COMMAND_STOPS
};

struct command {
	const char *name;
	enum command_effect effect;
	int (*run)(struct call *); /* returns a status of sysexits.h */
	struct arg args[CALL_ARGS_MAX];
};

/* All there are; ends with a name of NULL. */
extern const struct command ctl_commands[];

/* Check args against the command's table; EX_OK or EX_USAGE. */
int call_check(struct call *, const struct command *);

/* An argument; NULL, or fallback, where it was not given. */
const char *call_text(const struct call *, const char *name);
int64_t call_number(const struct call *, const char *name, int64_t fallback);
bool call_flag(const struct call *, const char *name);
/* EX_OK, or EX_USAGE with the reason; for ARG_MONEY that was given. */
int call_money(struct call *, const char *name, struct till_money *money_r);

int64_t call_time_ms(void); /* wall clock */

/* Say why; returns status. */
int call_fail(struct call *, int status, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* Do a request.  EX_OK, also for LEDGER_REPEAT, or what the result means. */
int call_apply(struct call *, struct ledger_request *);
/* An entry of the register that says what the operator did. */
int call_record(struct call *, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* A credential was changed: an event that alerts whoever is told of such, if
 * it is a customer who has done it. */
struct enrolment;
void call_alert(struct call *, const char *cid, const struct enrolment *,
    const char *text);

/* Add to an object.  Out of memory shows when the answer is printed. */
void doc_text(json_t *, const char *key, const char *text);
void doc_if(json_t *, const char *key, const char *text); /* not NULL, "" */
void doc_number(json_t *, const char *key, uint64_t number);
void doc_flag(json_t *, const char *key, bool flag);
void doc_money(json_t *, const char *key, const struct till_money *);
void doc_time_ms(json_t *, const char *key, int64_t time_ms); /* RFC 3339 */
void doc_hash(json_t *, const char *key, const unsigned char *, size_t);

/* A list of bounded length in the reply, under key. */
struct call_list {
	json_t *items;
	size_t octets, max;
};

void call_list_begin(struct call *, struct call_list *, const char *key);
/* Add an item, which the list owns then.  False: it is full, and the
 * item was dropped. */
bool call_list_add(struct call_list *, json_t *item);
/* The list goes on after (or, for numbers, from) this one. */
void call_list_next(struct call *, const char *from);

/* The commands, by file. */
int serve_customer_add(struct call *);
int serve_customer_show(struct call *);
int serve_customer_list(struct call *);
int serve_customer_passwd(struct call *);
int serve_customer_limit(struct call *);
int serve_customer_suspend(struct call *);
int serve_customer_resume(struct call *);
/* Of one who exists: forget his failed tries, wherever they came from. */
int serve_customer_unlock(struct call *, const char *cid);
int serve_merchant_unlock(struct call *, const char *mid);
int serve_customer_freeze(struct call *);
int serve_customer_unfreeze(struct call *);
int serve_customer_bank(struct call *);
int serve_customer_key(struct call *);
int serve_customer_token(struct call *);
int serve_customer_tokens(struct call *);
int serve_customer_allowance(struct call *);
/* For himself: his own, and where he could have some. */
int serve_customer_allowances(struct call *);
int serve_customer_statement(struct call *);
int serve_customer_receipt(struct call *);
int serve_customer_credentials(struct call *);
int serve_customer_entries(struct call *);
int serve_customer_topup(struct call *);
int serve_merchant_add(struct call *);
int serve_merchant_show(struct call *);
int serve_merchant_list(struct call *);
int serve_merchant_key(struct call *);
int serve_merchant_url(struct call *);
int serve_merchant_passwd(struct call *);
int serve_merchant_suspend(struct call *);
int serve_merchant_resume(struct call *);
int serve_merchant_statement(struct call *);
int serve_till_show(struct call *);
int serve_till_days(struct call *);
int serve_till_sales(struct call *);
int serve_till_sale(struct call *);
int serve_till_payouts(struct call *);
int serve_money_topup(struct call *);
int serve_money_balance(struct call *);
int serve_money_refund(struct call *);
int serve_key_list(struct call *);
int serve_key_rotate(struct call *);
int serve_key_rekey(struct call *);
int serve_register_list(struct call *);
int serve_register_show(struct call *);
int serve_register_verify(struct call *);
int serve_order_show(struct call *);
int serve_order_list(struct call *);
int serve_order_resolve(struct call *);
int serve_bank_reversals(struct call *);
int serve_bank_disputes(struct call *);
int serve_bank_park(struct call *);
int serve_bank_retry(struct call *);
int serve_bank_drop(struct call *);
int serve_bank_report(struct call *);
int serve_event_list(struct call *);
int serve_event_show(struct call *);
int serve_event_replay(struct call *);
int serve_event_forget(struct call *);
int serve_merchant_webhook(struct call *);
int serve_server_status(struct call *);
int serve_server_reload(struct call *);

/* Add "outbox" to the reply: every line, and what waits for it. */
void serve_outbox(struct call *);

/* Add "refunded" and "refunds" to the reply, if the order has any. */
int serve_refunds(struct call *, const struct ledger_order *);

/* Shared by customer.* and money.*: EX_OK, or EX_NOUSER. */
/* Add "accounts" to the reply: prefix and id together name them.  One that
 * was never used is there with nothing in it, for each currency of the
 * configuration. */
int serve_money_accounts(struct call *, const char *prefix, const char *id);
/* Add "reference" to the reply: what a customer's transfers are known by
 * (creditor.h). */
int serve_reference(struct call *, const char *cid);
int serve_customer_get(struct call *, struct ledger_customer *customer_r);
int serve_merchant_get(struct call *, struct ledger_merchant *merchant_r);
/* Is an entry of this customer's, or of this merchant's if mid is not NULL, of
 * this serial number?  From it the chain of his entries leads on; from any
 * other number all that is newer would be walked over. */
int serve_from_ok(struct call *, uint64_t serial, const char *cid,
    const char *mid);
/* Add "merchant-name" to an object, if there is a merchant of this id. */
void serve_merchant_name(struct call *, json_t *, const char *mid);

/*
 * Enrol a customer with the instance of the argument "instance", or the
 * first of the auth stack that asks for a secret alone, giving it that; the
 * module checks it and makes what is stored.  The credentials are kept back
 * until serve_enrol_store, so that a customer is made only with a secret that
 * was taken.
 */
int serve_enrol(struct call *, const char *cid, struct enrolment **enrolment_r);
/*
 * The same with the first instance of that module, or the one of the
 * argument: what it asks is answered by the arguments of the prompts' ids;
 * what it tells in the end is the call's to tell.  To remove is to remove
 * the credential of the argument "revoke".
 */
int serve_enrol_with(struct call *, const char *cid, const char *module,
    enum till_enrol, struct enrolment **enrolment_r);
/* A merchant's password, by the call's secret: the first auth_password of the
 * auth stack makes what is stored, which no customer shares. */
int serve_enrol_merchant(struct call *, const char *mid,
    struct enrolment **enrolment_r);
/* What the first credential is called that was put, or removed. */
const char *serve_enrol_id(const struct enrolment *);
const char *serve_enrol_label(const struct enrolment *);
/* Of which instance it is. */
const char *serve_enrol_instance(const struct enrolment *);
/*
 * What the argument "revoke" names at the instance of the argument: is it
 * gone already?  So says EX_OK to a customer, whose browser may ask twice
 * without having heard the first answer, with "done" in the reply and
 * *gone_r; an operator is told by the module that there is no such thing.
 */
int serve_enrol_gone(struct call *, const char *cid, bool *gone_r);
int serve_enrol_store(struct call *, const char *cid, struct enrolment *);
void serve_enrol_free(struct enrolment *); /* wipes; NULL is fine */

/* Add "credentials" to the reply: from the place of an earlier answer, or
 * from the beginning (NULL); the key next says where more begin, if more
 * are there. */
int serve_credentials(struct call *, const char *cid, const char *from,
    const char *next);

/* Add "allowances" to the reply: all that the customer has, each with what was
 * paid so today. */
int serve_allowances(struct call *, const char *cid);

/* The customer's bank identity in the reply, masked. */
int serve_bank_show(struct call *, const char *cid);

#endif
