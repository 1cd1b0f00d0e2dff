/*
 * account.h - a customer's own pages.
 *
 *	GET  /account			balance, what was paid lately
 *	GET  /account/statement		since, until (YYYY-MM-DD), page
 *	GET  /account/statement.csv	the whole of that time (RFC 4180)
 *	GET  /account/payments/SERIAL	a receipt, with a copy of the voucher
 *	GET  /account/security		what shows who he is, and stops it
 *	GET  /account/top-up		how to fill the wallet; amount
 *	GET  /account/allowances	what merchants have without asking
 *	POST /account/allowances	"do": allow, disallow
 *	GET  /account/data		what is kept of him: what it is; from
 *	GET  /account/data.json		and itself, in one file or more; from
 *	POST /account			"do": sign-out, sign-out-all, freeze,
 *					unfreeze, revoke-token, revoke-key;
 *					password, passkey and token bring a
 *					form, new-password and so on send it
 *
 * Each asks the rear unit by the session alone (ctl/account.h); nothing of an
 * account is kept here.
 */
#ifndef FRONT_ACCOUNT_H
#define FRONT_ACCOUNT_H

struct account_job;
struct work;

void account_show(struct work *);
void account_statement(struct work *);
void account_csv(struct work *);
void account_receipt(struct work *);
void account_security(struct work *);
void account_top_up(struct work *);
void account_allowances(struct work *);
void account_allow(struct work *);
void account_data(struct work *);
void account_data_file(struct work *);
void account_do(struct work *);

void account_free(struct account_job *); /* NULL is fine */

#endif
