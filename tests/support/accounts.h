/*
 * accounts.h - a customer who signs in at a rears and asks of his account, and
 * a merchant of his till.
 */
#ifndef SUPPORT_ACCOUNTS_H
#define SUPPORT_ACCOUNTS_H

#include "support/rears.h"

/* What an account has answered. */
struct told {
	unsigned int exit;
	char code[65], json[60001];
	char secret[129]; /* a new token, or "" */
};

/* A step of a sign-in; without a password a look. */
void accounts_step(struct rears *, const char *conversation, const char *cid,
    const char *password, struct said *said_r);
/* With the usual password. */
void accounts_sign_in(struct rears *, const char *cid, char session_r[129]);
void accounts_ask(struct rears *, const char *session, const char *command,
    const char *args, struct told *told_r);
/* With a secret; NULL: none. */
void accounts_ask_with(struct rears *, const char *session, const char *command,
    const char *args, const char *secret, struct told *told_r);
/* The operator suspends him or not, in the ledger alone. */
void accounts_suspend(struct rears *, const char *cid, bool yes);

/* Give a merchant this password, as the operator would; one whom nobody knows
 * is made, without keys. */
void accounts_merchant(struct rears *, const char *mid, const char *password);
void accounts_merchant_suspend(struct rears *, const char *mid, bool yes);
/* A step of a merchant's sign-in; without a password a look. */
void accounts_merchant_step(struct rears *, const char *conversation,
    const char *mid, const char *password, struct said *said_r);
void accounts_merchant_sign_in(struct rears *, const char *mid,
    const char *password, char session_r[129]);

#endif
