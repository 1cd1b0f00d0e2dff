/*
 * order.h - the conversation about one ticket, as it crosses the link.
 *
 * The front asks with FRAME_ORDER: first with TAG_TICKET, TAG_CHANNEL
 * and an action, later with TAG_CONVERSATION.  The rear verifies the
 * ticket from its octets, runs policy, auth and settle in that order
 * through one function, order_settle, and answers with a status.
 *
 * A sign-in is such a conversation without a ticket and without policy and
 * settle: it begins with ACTION_SIGN_IN and neither TAG_TICKET nor
 * TAG_CONVERSATION, each later step is one, too, and the auth stack is
 * asked about an order of kind "identity", of no merchant and no price.
 * A look without a session and without TAG_CUSTOMER has prompts and no
 * TAG_CONVERSATION: the step that answers them begins one.  Where a sign-in's
 * is gone, the same step without TAG_CONVERSATION begins another.
 *
 * With ACTION_SIGN_IN_MERCHANT it is a merchant who signs in: TAG_CUSTOMER is
 * his id, and no session of a customer's nor any rule of the auth stack has to
 * do with it but the first of auth_password, which is asked for his own
 * password.  The session that it opens is one of merchants.
 *
 * Under an allowance of the customer's (ledger/allowance.h) a page need not
 * ask: a look that is STATUS_READY then has TAG_ALLOWANCE, and ACTION_PAY with
 * TAG_UNASKED pays if the allowance still covers it at that moment; if not it
 * is as a look, and never ends the order unpaid unless a settlement outside
 * has begun.
 */
#ifndef REAR_ORDER_H
#define REAR_ORDER_H

enum order_action {
	ACTION_NONE = 0,
	ACTION_VIEW, /* check, say what is needed; changes nothing */
	ACTION_PAY, /* confirm: replies included; the only one that pays */
	ACTION_CANCEL, /* the customer does not want it: ends the order */
	ACTION_SIGN_IN, /* of a sign-in; without TAG_WANT_SESSION it is a look
			 */
	ACTION_SIGN_IN_MERCHANT /* the same of a merchant's */
};

/* Zero is no status. */
enum order_status {
	STATUS_NONE = 0,
	STATUS_PROMPTS, /* replies are needed: TAG_PROMPT_..., and whether
			   TAG_CUSTOMER must still be said (no such tag) */
	STATUS_READY, /* nothing is needed but ACTION_PAY */
	STATUS_PAID, /* TAG_VOUCHER, TAG_TXN, TAG_PAID_FROM */
	STATUS_REFUSED, /* ended: TAG_REASON, TAG_CODE; TAG_VOUCHER holds
			   the signed refusal.  Without TAG_VOUCHER it is but
			   this request that is refused, as the order is paid
			   (or is a sign-in): whoever asks has not been
			   charged only if TAG_CODE is already-paid */
	STATUS_CANCELLED, /* ended likewise */
	STATUS_EXPIRED, /* the ticket's time is over; signed refusal */
	STATUS_DECLINED, /* not now, but the order stays open (browser:
			    no funds): TAG_REASON, TAG_CODE */
	STATUS_PENDING, /* an answer will come: ask again (STATUS) */
	STATUS_INVALID, /* not a ticket of ours: TAG_CODE, TAG_ERROR */
	STATUS_CONFLICT, /* this id was used with another content */
	STATUS_GONE, /* no such conversation (any more): begin anew */
	STATUS_BUSY, /* TAG_RETRY_AFTER_S; nothing was done */
	STATUS_SIGNED_IN /* TAG_SESSION is a new one, TAG_CUSTOMER whose */
};

/*
 * TAG_CODE, beside the words of modules ("funds", "limit", "expired" ...):
 *
 * INVALID	request: makes no sense; ticket: is none, or its signature
 *		does not hold; unknown-key, inactive-key, wrong-issuer,
 *		merchant-suspended, return-url, cancel-url, audience,
 *		not-yet, lifetime
 * PROMPTS	customer-id: nobody can have this id; say it again
 * DECLINED	other-customer: the ticket is for another one; otherwise as
 *		REFUSED, but the order stays open
 * REFUSED	auth: whatever was wrong with id and credentials;
 *		step-up: a stronger authentication is needed; limit,
 *		customer-limit; frozen: by himself; policy; no-route; funds;
 *		already-paid: by another customer; unavailable, declined,
 *		not-settled, technical: of a settlement; refused: before, and
 *		why is not for whoever asks now
 * CANCELLED	cancelled
 * EXPIRED	expired
 */

#endif
