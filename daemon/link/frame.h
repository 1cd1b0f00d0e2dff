/*
 * frame.h - what the units and tillctl say to each other.
 *
 * A frame is a length (4 octets, big endian, of all that follows), a
 * kind (2), a request id (8), then fields: tag (2), length (4), octets.
 * All numbers are big endian.  A table gives every kind its shape: which
 * fields it may have, which it must, how often, of what type and length.
 * Both sides check every frame against it, so that what a handler reads
 * is there and in bounds.  Secrets travel as octets and are never put in
 * a JSON document; frames that may hold one live in secure memory and
 * are wiped.
 */
#ifndef LINK_FRAME_H
#define LINK_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <till/error.h>

#define FRAME_MAX 65536 /* octets of a whole frame */
#define FRAME_FIELDS_MAX 256 /* fields of one frame */
/* In one step several modules may be answered, and one more than once. */
#define FRAME_REPLIES_MAX 16
#define LINK_VERSION 1

/* Requests have odd numbers, the answer to request n is n + 1. */
enum frame_kind {
	FRAME_NONE = 0,
	/* front -> rear, first thing: LINK_VERSION.  The answer says what
	 * the front needs to know; it comes again as FRAME_NOTICE (id 0)
	 * when something of it changed. */
	FRAME_HELLO = 1,
	FRAME_HELLO_REPLY = 2,
	FRAME_NOTICE = 4,
	/* One step of an order; see rear/order.h. */
	FRAME_ORDER = 5,
	FRAME_ORDER_REPLY = 6,
	/* What became of a ticket, or a voucher again. */
	FRAME_STATUS = 7,
	FRAME_STATUS_REPLY = 8,
	/* End a session. */
	FRAME_SIGN_OUT = 9,
	FRAME_SIGN_OUT_REPLY = 10,
	FRAME_HEALTH = 11,
	FRAME_HEALTH_REPLY = 12,
	/* A merchant gives back what an order of its own has paid. */
	FRAME_REFUND = 13,
	FRAME_REFUND_REPLY = 14,
	/* A customer's own account: see ctl/account.h. */
	FRAME_ACCOUNT = 15,
	FRAME_ACCOUNT_REPLY = 16,
	/* tillctl -> rear, on the control socket. */
	FRAME_CTL = 101,
	FRAME_CTL_REPLY = 102,
	/* The answer to a request of a kind that is unknown here. */
	FRAME_REFUSED = 110
};

/* Fields.  A text ends with a NUL that is counted in its length and has
 * none before; a number has 8 octets; a flag is a number 0 or 1. */
enum frame_tag {
	TAG_NONE = 0,
	TAG_VERSION = 1, /* number */
	TAG_ERROR, /* text: why not; in any reply */
	/* HELLO_REPLY, NOTICE */
	TAG_ISSUER, /* text */
	TAG_OPERATOR, /* text: name shown to people */
	TAG_JWKS, /* text: JSON, public keys */
	TAG_WELL_KNOWN, /* text: JSON of /.well-known/till.json */
	TAG_SESSION_IDLE_S, /* number */
	TAG_SESSION_MAX_S,
	TAG_CONVERSATION_TTL_S,
	/* ORDER */
	TAG_TICKET, /* text: the token; first step */
	TAG_CONVERSATION, /* text: from the first answer; later steps */
	TAG_ACTION, /* number: enum order_action */
	TAG_CHANNEL, /* text: "browser" or "api" */
	TAG_LANG, /* text */
	TAG_ADDRESS, /* text: the client's network address */
	TAG_CUSTOMER, /* text: who the customer says to be */
	TAG_SESSION, /* text, secret: the session's */
	TAG_WANT_SESSION, /* flag: open one on success */
	TAG_REPLY_ID, /* text, then its TAG_REPLY_DATA; repeated in pairs */
	TAG_REPLY_DATA, /* octets, secret */
	TAG_REPLY_FORMAT, /* text, optional, after the data */
	/* ORDER_REPLY */
	TAG_STATUS, /* number: enum order_status */
	TAG_REASON, /* text: till_reason_name */
	TAG_CODE, /* text: precise word for the customer */
	TAG_TEXT, /* text: for the customer or operator */
	TAG_MERCHANT_NAME, /* text: legal name */
	TAG_VOUCHER, /* text: voucher or refusal token */
	TAG_TXN, /* number */
	TAG_PAID_FROM, /* text: "wallet", "bank"; where it is still to be paid,
		what would be asked, in this order, with blanks between */
	TAG_RETRY_AFTER_S, /* number */
	TAG_TIME_S, /* number: when it was settled */
	TAG_PROMPT_ID, /* text; begins a prompt, the next eight, and
		TAG_PROMPT_DATA, belong to it */
	TAG_PROMPT_KIND, /* number: enum till_prompt_kind */
	TAG_PROMPT_LABEL, /* text */
	TAG_PROMPT_TEXT, /* text */
	TAG_PROMPT_MIN, /* number */
	TAG_PROMPT_MAX, /* number */
	TAG_PROMPT_FORMAT, /* text */
	TAG_PROMPT_CHALLENGE, /* octets */
	TAG_PROMPT_CHOICE, /* text, repeated */
	TAG_BALANCE, /* text: wallet balance after sign-in, wire form */
	/* STATUS */
	TAG_MERCHANT, /* text */
	TAG_JTI, /* text */
	TAG_REQUEST_TOKEN, /* text: a signed request (till-request+jwt; of
		REFUND, till-refund+jwt) */
	TAG_METHOD, /* text: "GET" */
	TAG_PATH, /* text: "/v1/tickets/MID/JTI" */
	TAG_STATE, /* text: order_state_name, "open" */
	/* HEALTH_REPLY, CTL_REPLY */
	TAG_JSON, /* text: a document without secrets */
	/* CTL */
	TAG_COMMAND, /* text: "customer.add" */
	TAG_ARGS, /* text: JSON object without secrets */
	TAG_SECRET, /* octets, secret: a password, a key; of CTL_REPLY, a
		new token */
	TAG_EXIT, /* number: sysexits code */
	/* ORDER_REPLY, STATUS_REPLY */
	TAG_REFUNDED, /* text: how much of the price, wire form */
	/* STATUS_REPLY */
	TAG_AMOUNT, /* text: the price, wire form */
	TAG_CURRENCY, /* text: of both */
	/* ORDER, ORDER_REPLY */
	TAG_DEVICE, /* text: the name of a browser that a customer is known by;
		in a reply a new one to keep */
	/* ORDER_REPLY */
	TAG_PROMPT_DATA, /* text: what its format says */
	/* ORDER */
	TAG_FRESH, /* flag: of a sign-in; what a session remembers does not do
		    */
	TAG_ENROL, /* flag: of a sign-in; it is to make or change a credential,
		    and so a fresh one */
	/* ORDER, ORDER_REPLY */
	TAG_UNASKED, /* flag: pay only if an allowance covers it, else it is a
		look; in a reply, it was paid so */
	/* ORDER_REPLY */
	TAG_ALLOWANCE, /* text: one covers it: how much each time, a day, and
		is left today, wire forms with blanks between */
	TAG_END
};

/* Building.  A full or misused frame is remembered and frame_end fails;
 * so calls need no check of their own. */
struct frame_writer {
	unsigned char *data; /* FRAME_MAX octets, secure memory */
	size_t len;
	bool failed;
};

int frame_writer_init(struct frame_writer *, struct till_error *err);
void frame_writer_free(struct frame_writer *); /* wipes */
void frame_begin(struct frame_writer *, enum frame_kind, uint64_t id);
/* text may be NULL: then the field is left out. */
void frame_text(struct frame_writer *, enum frame_tag, const char *text);
void frame_number(struct frame_writer *, enum frame_tag, uint64_t number);
void frame_octets(struct frame_writer *, enum frame_tag, const void *data,
    size_t len);
/* Fill in the length and check the shape.  -1: programmer's mistake or
 * too long; the text says what. */
int frame_end(struct frame_writer *, struct till_error *err);
/* Give a frame that frame_end has closed another request id. */
void frame_set_id(struct frame_writer *, uint64_t id);
uint64_t frame_writer_id(const struct frame_writer *);
enum frame_kind frame_writer_kind(const struct frame_writer *);

/* Reading.  Points into the caller's buffer. */
struct frame_field {
	enum frame_tag tag;
	size_t len;
	const unsigned char *data;
};

struct frame {
	enum frame_kind kind;
	uint64_t id;
	size_t fields_len;
	struct frame_field fields[FRAME_FIELDS_MAX];
};

/* Parse a whole frame and check its shape.  -1: the octets are no frame
 * (then kind is FRAME_NONE), or one that has not the shape of its kind. */
int frame_parse(const void *data, size_t len, struct frame *frame_r,
    struct till_error *err);

/* The (first) text of a tag, or NULL; the number, or fallback. */
const char *frame_get_text(const struct frame *, enum frame_tag);
uint64_t frame_get_number(const struct frame *, enum frame_tag,
    uint64_t fallback);
const struct frame_field *frame_get(const struct frame *, enum frame_tag);

/* The shape alone, of a frame whose fields are already set apart; part
 * of frame_parse, in frame_shape.c with the tables. */
int frame_check(const struct frame *, struct till_error *err);

bool frame_kind_known(enum frame_kind);
const char *frame_kind_name(enum frame_kind);
const char *frame_tag_name(enum frame_tag);

#endif
