/*
 * rears.h - a rear unit in this very process, and a front that asks it
 * over its socket, for tests.
 */
#ifndef SUPPORT_REARS_H
#define SUPPORT_REARS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include <till/key.h>
#include <till/ticket.h>
#include <till/voucher.h>

#include "link/link.h"
#include "rear/order.h"
#include "rear/rear.h"

#define REARS_ISSUER "https://pay.example"
#define REARS_MERCHANT "press-1"
#define REARS_RET "https://press.example/back"
#define REARS_PASSWORD "correct horse"
#define REARS_PATIENCE_MS 60000

/* Instances pin, caps, wallet, bank, hook; see rears.c. */
struct rears {
	char dir[128], conf[160], state[160], link[160];
	struct rear_options options;
	bool hosted; /* it has a spawner of module hosts */
	struct rear *rear;
	struct link_client *client;
	struct till_key *key; /* press-1's */
	struct till_key *other; /* of press-2 */
	atomic_int notices; /* that the client had, the hello among them */
};

/* What a front asks; NULL and zero are left out. */
struct asked {
	enum order_action action;
	const char *ticket, *conversation, *channel, *customer, *session;
	const char *password;
	const char *prompt; /* that the password answers; NULL: "password" */
	const char *address, *device;
	bool want_session, fresh, enrol, unasked;
};

/* What it is told; all texts are copies. */
struct said {
	enum order_status status;
	char reason[33], code[65], text[1025], conversation[129];
	char session[129], customer[33], balance[65], via[65];
	char prompt[33]; /* id of the first */
	char device[65];
	char challenge[44]; /* of the prompt "passkey", base64url; or "" */
	size_t prompts;
	char allowance[97];
	bool unasked;
	uint64_t txn, time_s, retry_after_s;
	char voucher[TILL_TOKEN_MAX + 1];
};

/*
 * Make keys, ledger, people and a configuration, and start.  Customers
 * alice (50.00 EUR), bob (50.00), carol (suspended, 50.00) have the
 * password; merchants are press-1 and press-2.  stacks are the lines of
 * the configuration behind the instances.
 */
void rears_begin(struct rears *, const char *stacks);
/* The same, with a spawner of module hosts. */
void rears_begin_hosted(struct rears *, const char *stacks);
void rears_start(struct rears *);
void rears_stop(struct rears *);
void rears_end(struct rears *);
/* Write another configuration; "@DIR@" in stacks becomes the folder. */
void rears_configure(struct rears *, const char *stacks);
/* A rear unit with a payment's usual stacks. */
extern const char *const rears_usual;

/* A ticket of press-1; freed with free. */
struct till_ticket rears_ticket(const char *jti, int64_t micro);
char *rears_sign(struct rears *, struct till_ticket *);
char *rears_token(struct rears *, const char *jti, int64_t micro);

void rears_ask(struct rears *, const struct asked *, struct said *said_r);
/* All at once. */
void rears_ask_all(struct rears *, const struct asked *, struct said *said_r,
    size_t n);
/* Sign in by paying 0.01; the session. */
void rears_sign_in(struct rears *, const char *cid, const char *jti,
    char session_r[129]);

/* FRAME_STATUS: merchant with a signed request, or a session. */
void rears_status(struct rears *, const char *jti, uint64_t txn,
    const struct till_key *key, const char *mid, const char *session,
    struct said *said_r, char state_r[33]);

/* Open a voucher or refusal with the keys that the rear publishes. */
struct till_voucher *rears_voucher(struct rears *, const char *token);

/* Questions: pay as a program; act as a page, on a ticket or going on. */
struct asked rears_pay(const char *token, const char *cid,
    const char *password);
struct asked rears_browse(enum order_action, const char *token,
    const char *conversation);
/* Fail the test unless it is a signed refusal for this reason. */
void rears_is_refusal(struct rears *, const struct said *, enum till_reason);

/* Ask until it is no longer pending; until the order is so. */
void rears_wait_end(struct rears *, const char *conversation,
    struct said *said_r);
void rears_wait_state(struct rears *, const char *jti, enum order_state);
/* How often a settle_mock with journal=@DIR@/bank had this verb. */
size_t rears_bank_calls(const struct rears *, enum till_verb);

int64_t rears_balance(struct rears *, const char *account);
struct ledger_order rears_order(struct rears *, const char *jti);
uint64_t rears_serial(struct rears *);
void rears_verify(struct rears *);

#endif
