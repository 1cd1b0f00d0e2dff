/*
 * statement.h - what came to a customer's wallet or a merchant's till, and
 * what went.
 *
 * It follows the chain of its owner's entries through the register, from
 * the newest down, and counts the balance back with them: so what it costs
 * grows with the entries since its beginning, not with the register; and no
 * step of it looks at more than STATEMENT_LOOK_MAX of them.  At the very
 * first entry nothing may be left; where something is, the register and the
 * balance do not fit each other.
 */
#ifndef REAR_STATEMENT_H
#define REAR_STATEMENT_H

#include "ledger/ledger.h"
#include "rear/identities.h"

#define STATEMENT_LOOK_MAX 2000 /* entries in one step */

enum statement_of { STATEMENT_CUSTOMER = 1, STATEMENT_MERCHANT };

enum statement_kind {
	STATEMENT_PAYMENT = 1,
	STATEMENT_REFUND,
	STATEMENT_REVERSAL, /* a refund that the network did not make */
	STATEMENT_TOPUP,
	STATEMENT_PAYOUT,
	STATEMENT_ADJUSTMENT
};

/* One line, and all it points to, lives as long as the call. */
struct statement_line {
	uint64_t serial; /* of its entry */
	int64_t time_ms;
	enum statement_kind kind;
	struct till_money amount; /* with its sign, as its owner sees it */
	bool moves; /* the balance: else it went past the account */
	struct till_money balance; /* after it; if it moves */
	struct till_money fee; /* to "fees", of a merchant's; micro 0: none */
	const char *party; /* the merchant, or of a merchant's the customer */
	const char *jti, *note;
	const char *id; /* of a refund or a booking, or "" */
	const char *via; /* "wallet", "bank", or "" */
	/* Of a customer's payment past the wallet: what may be shown of the
	 * card or account, or "". */
	const char *instrument;
	uint64_t payment; /* of a refund: serial of what it gives back */
	struct till_money refunded; /* of a payment, until today */
	const char *state; /* of a refund: as POST /v1/refunds has it */
};

/* Where it stands; may be kept, and made again by its values. */
struct statement {
	enum statement_of of;
	char id[TILL_ID_MAX];
	int64_t since_ms, until_ms; /* from, and before; until 0: today */
	uint64_t before; /* entries from here on were looked at */
	bool seeking; /* its end has not been found yet */
	size_t look_max; /* in one step; 0: STATEMENT_LOOK_MAX */
	uint32_t len;
	struct till_money balances[LEDGER_CURRENCIES_MAX]; /* at that time */
};

struct rear;

/* Begin one: of, id and the times are set.  Then the balances are those at
 * its end; or it is seeking, and statement_seek goes on with that until it is
 * not any more.  0; -1: *err. */
int statement_begin(struct statement *, struct rear *, struct till_error *err);
int statement_seek(struct statement *, struct rear *, struct till_error *err);

/* Go on, the newest line first, until each returns non-zero, and that line is
 * the first one the next time, or enough was looked at: then 1.  0: it is
 * over, and the balances are those at its beginning.  Not while seeking. */
int statement_read(struct statement *, struct rear *,
    int (*each)(void *arg, const struct statement_line *), void *arg,
    struct till_error *err);

const char *statement_kind_name(enum statement_kind);

#endif
