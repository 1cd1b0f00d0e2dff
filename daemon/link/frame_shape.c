/*
 * frame_shape.c - which fields a frame of each kind has.
 *
 * Two tables say all: what a field is, and which fields a kind may have
 * and must.  Fields that belong together come in groups: a group begins
 * with its head (TAG_REPLY_ID, TAG_PROMPT_ID) and its other fields
 * follow at once.  A reply with TAG_ERROR may lack what it must
 * otherwise have.
 */
#include <string.h>

#include <till/module.h>
#include <till/ticket.h>

#include "link/frame.h"
#include "utf8.h"

#define SHAPE_MAX 40 /* fields of one kind */
#define DOCUMENT_MAX 60000 /* octets of a JSON text; leaves room beside it */
#define SECRET_MAX 8192
#define CHOICES_MAX 8 /* of one prompt */
#define SECRETS_MAX 4 /* of one command */

enum type { TEXT = 1, NUMBER, FLAG, OCTETS };

/* What a field is, whatever the frame. */
struct meaning {
	const char *name;
	enum type type;
	size_t max; /* octets; a text's NUL included */
};

/* A field's place in one kind of frame. */
struct slot {
	enum frame_tag tag;
	bool required; /* in the frame, or in each group */
	unsigned int times; /* at most, in the frame or in the group */
	enum frame_tag head; /* of its group; TAG_NONE: in none */
};

struct shape {
	const char *name;
	bool reply; /* may have TAG_ERROR alone */
	struct slot slots[SHAPE_MAX];
};

/* Fields seen so far. */
struct tally {
	unsigned int seen[TAG_END];
	enum frame_tag group; /* that is open, or TAG_NONE */
};

static const struct shape *shape_of(enum frame_kind);
static const struct slot *slot_of(const struct shape *, enum frame_tag);
static int check_field(const struct frame_field *, struct till_error *);
static int check_text(const struct frame_field *, struct till_error *);
static int check_place(const struct shape *, const struct slot *,
    struct tally *, struct till_error *);
static int end_group(const struct shape *, struct tally *, struct till_error *);
static int check_required(const struct shape *, enum frame_tag,
    const struct tally *, struct till_error *);

static const struct meaning meanings[TAG_END] = {
	[TAG_VERSION] = { "version", NUMBER, 8 },
	[TAG_ERROR] = { "error", TEXT, TILL_ERROR_MAX },
	[TAG_ISSUER] = { "issuer", TEXT, TILL_URL_MAX },
	[TAG_OPERATOR] = { "operator", TEXT, TILL_TEXT_MAX },
	[TAG_JWKS] = { "jwks", TEXT, DOCUMENT_MAX / 2 },
	[TAG_WELL_KNOWN] = { "well-known", TEXT, DOCUMENT_MAX / 2 },
	[TAG_SESSION_IDLE_S] = { "session-idle", NUMBER, 8 },
	[TAG_SESSION_MAX_S] = { "session-max", NUMBER, 8 },
	[TAG_CONVERSATION_TTL_S] = { "conversation-ttl", NUMBER, 8 },
	[TAG_TICKET] = { "ticket", TEXT, TILL_TOKEN_MAX + 1 },
	[TAG_CONVERSATION] = { "conversation", TEXT, 129 },
	[TAG_ACTION] = { "action", NUMBER, 8 },
	[TAG_CHANNEL] = { "channel", TEXT, 16 },
	[TAG_LANG] = { "lang", TEXT, TILL_TEXT_MAX },
	[TAG_ADDRESS] = { "address", TEXT, TILL_TEXT_MAX },
	[TAG_CUSTOMER] = { "customer", TEXT, TILL_TEXT_MAX },
	[TAG_SESSION] = { "session", TEXT, 129 },
	[TAG_WANT_SESSION] = { "want-session", FLAG, 8 },
	[TAG_REPLY_ID] = { "reply-id", TEXT, TILL_PROMPT_ID_MAX },
	[TAG_REPLY_DATA] = { "reply-data", OCTETS, TILL_REPLY_MAX },
	[TAG_REPLY_FORMAT] = { "reply-format", TEXT, 32 },
	[TAG_STATUS] = { "status", NUMBER, 8 },
	[TAG_REASON] = { "reason", TEXT, 32 },
	[TAG_CODE] = { "code", TEXT, 64 },
	[TAG_TEXT] = { "text", TEXT, 1025 },
	[TAG_MERCHANT_NAME] = { "merchant-name", TEXT, TILL_TEXT_MAX },
	[TAG_VOUCHER] = { "voucher", TEXT, TILL_TOKEN_MAX + 1 },
	[TAG_TXN] = { "txn", NUMBER, 8 },
	[TAG_PAID_FROM] = { "paid-from", TEXT, 64 },
	[TAG_RETRY_AFTER_S] = { "retry-after", NUMBER, 8 },
	[TAG_TIME_S] = { "time", NUMBER, 8 },
	[TAG_PROMPT_ID] = { "prompt-id", TEXT, TILL_PROMPT_ID_MAX },
	[TAG_PROMPT_KIND] = { "prompt-kind", NUMBER, 8 },
	[TAG_PROMPT_LABEL] = { "prompt-label", TEXT, 64 },
	[TAG_PROMPT_TEXT] = { "prompt-text", TEXT, TILL_TEXT_MAX },
	[TAG_PROMPT_MIN] = { "prompt-min", NUMBER, 8 },
	[TAG_PROMPT_MAX] = { "prompt-max", NUMBER, 8 },
	[TAG_PROMPT_FORMAT] = { "prompt-format", TEXT, 32 },
	[TAG_PROMPT_CHALLENGE] = { "prompt-challenge", OCTETS, 256 },
	[TAG_PROMPT_CHOICE] = { "prompt-choice", TEXT, 64 },
	[TAG_BALANCE] = { "balance", TEXT, 64 },
	[TAG_MERCHANT] = { "merchant", TEXT, TILL_TEXT_MAX },
	[TAG_JTI] = { "jti", TEXT, TILL_TEXT_MAX },
	[TAG_REQUEST_TOKEN] = { "request-token", TEXT, TILL_TOKEN_MAX + 1 },
	[TAG_METHOD] = { "method", TEXT, 16 },
	[TAG_PATH] = { "path", TEXT, TILL_URL_MAX },
	[TAG_STATE] = { "state", TEXT, 32 },
	[TAG_JSON] = { "json", TEXT, DOCUMENT_MAX },
	[TAG_COMMAND] = { "command", TEXT, 64 },
	[TAG_ARGS] = { "args", TEXT, DOCUMENT_MAX / 2 },
	[TAG_SECRET] = { "secret", OCTETS, SECRET_MAX },
	[TAG_EXIT] = { "exit", NUMBER, 8 },
	[TAG_REFUNDED] = { "refunded", TEXT, TILL_MONEY_MAX },
	[TAG_AMOUNT] = { "amount", TEXT, TILL_MONEY_MAX },
	[TAG_CURRENCY] = { "currency", TEXT, TILL_CURRENCY_MAX },
	[TAG_DEVICE] = { "device", TEXT, 64 },
	[TAG_PROMPT_DATA] = { "prompt-data", TEXT, TILL_PROMPT_DATA_MAX },
	[TAG_FRESH] = { "fresh", FLAG, 8 },
	[TAG_ENROL] = { "enrol", FLAG, 8 },
	[TAG_UNASKED] = { "unasked", FLAG, 8 },
	[TAG_ALLOWANCE] = { "allowance", TEXT, 3 * TILL_MONEY_MAX },
};

/* clang-format off */
#define MUST(tag) { tag, true, 1, TAG_NONE }
#define MAY(tag) { tag, false, 1, TAG_NONE }
#define TIMES(tag, n) { tag, false, n, TAG_NONE }

/* What a front needs to know of the rear. */
#define GREETING \
	MUST(TAG_ISSUER), MAY(TAG_OPERATOR), MUST(TAG_JWKS), \
	MUST(TAG_WELL_KNOWN), MAY(TAG_SESSION_IDLE_S), \
	MAY(TAG_SESSION_MAX_S), MAY(TAG_CONVERSATION_TTL_S)
#define REPLIES \
	{ TAG_REPLY_ID, false, FRAME_REPLIES_MAX, TAG_REPLY_ID }, \
	{ TAG_REPLY_DATA, true, 1, TAG_REPLY_ID }, \
	{ TAG_REPLY_FORMAT, false, 1, TAG_REPLY_ID }
#define PROMPTS \
	{ TAG_PROMPT_ID, false, TILL_PROMPT_MAX, TAG_PROMPT_ID }, \
	{ TAG_PROMPT_KIND, true, 1, TAG_PROMPT_ID }, \
	{ TAG_PROMPT_LABEL, false, 1, TAG_PROMPT_ID }, \
	{ TAG_PROMPT_TEXT, false, 1, TAG_PROMPT_ID }, \
	{ TAG_PROMPT_MIN, false, 1, TAG_PROMPT_ID }, \
	{ TAG_PROMPT_MAX, false, 1, TAG_PROMPT_ID }, \
	{ TAG_PROMPT_FORMAT, false, 1, TAG_PROMPT_ID }, \
	{ TAG_PROMPT_CHALLENGE, false, 1, TAG_PROMPT_ID }, \
	{ TAG_PROMPT_CHOICE, false, CHOICES_MAX, TAG_PROMPT_ID }, \
	{ TAG_PROMPT_DATA, false, 1, TAG_PROMPT_ID }
/* clang-format on */

static const struct shape shapes[] = {
	[FRAME_HELLO] = { "hello", false, { MUST(TAG_VERSION) } },
	[FRAME_HELLO_REPLY] = { "hello-reply", true,
	    { MAY(TAG_VERSION), GREETING } },
	[FRAME_NOTICE] = { "notice", false, { MAY(TAG_VERSION), GREETING } },
	[FRAME_ORDER] = { "order", false,
	    { MAY(TAG_TICKET), MAY(TAG_CONVERSATION), MUST(TAG_ACTION),
		MAY(TAG_CHANNEL), MAY(TAG_LANG), MAY(TAG_ADDRESS),
		MAY(TAG_CUSTOMER), MAY(TAG_SESSION), MAY(TAG_WANT_SESSION),
		MAY(TAG_DEVICE), MAY(TAG_FRESH), MAY(TAG_ENROL),
		MAY(TAG_UNASKED), REPLIES } },
	[FRAME_ORDER_REPLY] = { "order-reply", true,
	    { MUST(TAG_STATUS), MAY(TAG_TICKET), MAY(TAG_CONVERSATION),
		MAY(TAG_REASON), MAY(TAG_CODE), MAY(TAG_TEXT), MAY(TAG_LANG),
		MAY(TAG_CUSTOMER), MAY(TAG_MERCHANT), MAY(TAG_MERCHANT_NAME),
		MAY(TAG_JTI), MAY(TAG_VOUCHER), MAY(TAG_TXN),
		MAY(TAG_PAID_FROM), MAY(TAG_RETRY_AFTER_S), MAY(TAG_TIME_S),
		MAY(TAG_SESSION), MAY(TAG_BALANCE), MAY(TAG_STATE),
		MAY(TAG_REFUNDED), MAY(TAG_DEVICE), MAY(TAG_UNASKED),
		MAY(TAG_ALLOWANCE), PROMPTS } },
	[FRAME_STATUS] = { "status", false,
	    { MAY(TAG_MERCHANT), MAY(TAG_JTI), MAY(TAG_TXN), MAY(TAG_TICKET),
		MAY(TAG_CONVERSATION), MAY(TAG_REQUEST_TOKEN), MAY(TAG_METHOD),
		MAY(TAG_PATH), MAY(TAG_SESSION), MAY(TAG_CUSTOMER),
		MAY(TAG_CHANNEL), MAY(TAG_LANG), MAY(TAG_ADDRESS) } },
	[FRAME_STATUS_REPLY] = { "status-reply", true,
	    { MAY(TAG_STATUS), MAY(TAG_STATE), MAY(TAG_TICKET),
		MAY(TAG_CONVERSATION), MAY(TAG_REASON), MAY(TAG_CODE),
		MAY(TAG_TEXT), MAY(TAG_CUSTOMER), MAY(TAG_MERCHANT),
		MAY(TAG_MERCHANT_NAME), MAY(TAG_JTI), MAY(TAG_VOUCHER),
		MAY(TAG_TXN), MAY(TAG_PAID_FROM), MAY(TAG_RETRY_AFTER_S),
		MAY(TAG_TIME_S), MAY(TAG_BALANCE), MAY(TAG_AMOUNT),
		MAY(TAG_CURRENCY), MAY(TAG_REFUNDED) } },
	[FRAME_SIGN_OUT] = { "sign-out", false, { MUST(TAG_SESSION) } },
	[FRAME_SIGN_OUT_REPLY] = { "sign-out-reply", true, { { 0 } } },
	[FRAME_HEALTH] = { "health", false, { { 0 } } },
	[FRAME_HEALTH_REPLY] = { "health-reply", true, { MUST(TAG_JSON) } },
	[FRAME_REFUND] = { "refund", false,
	    { MUST(TAG_REQUEST_TOKEN), MAY(TAG_CHANNEL), MAY(TAG_ADDRESS) } },
	[FRAME_REFUND_REPLY] = { "refund-reply", true,
	    { MAY(TAG_STATUS), MAY(TAG_RETRY_AFTER_S), MAY(TAG_JSON),
		MAY(TAG_CODE), MAY(TAG_TEXT) } },
	[FRAME_ACCOUNT] = { "account", false,
	    { MUST(TAG_SESSION), MUST(TAG_COMMAND), MAY(TAG_ARGS),
		MAY(TAG_SECRET) } },
	[FRAME_ACCOUNT_REPLY] = { "account-reply", true,
	    { MUST(TAG_EXIT), MAY(TAG_JSON), MAY(TAG_CODE), MAY(TAG_SECRET) } },
	[FRAME_CTL] = { "ctl", false,
	    { MUST(TAG_COMMAND), MAY(TAG_ARGS),
		TIMES(TAG_SECRET, SECRETS_MAX) } },
	[FRAME_CTL_REPLY] = { "ctl-reply", true,
	    { MUST(TAG_EXIT), MAY(TAG_JSON), MAY(TAG_TEXT), MAY(TAG_SECRET) } },
	[FRAME_REFUSED] = { "refused", true, { { 0 } } },
};

static const struct slot error_slot = MAY(TAG_ERROR);

int
frame_check(const struct frame *frame, struct till_error *err)
{
	const struct shape *shape = shape_of(frame->kind);
	struct tally tally = { .group = TAG_NONE };
	const struct frame_field *field;
	const struct slot *slot;
	size_t i;

	if (shape == NULL)
		return till_fail(err, "unknown kind %u of frame",
		    (unsigned int)frame->kind);
	if (frame->kind == FRAME_NOTICE && frame->id != 0)
		return till_fail(err, "a notice has no request id");
	for (i = 0; i < frame->fields_len; i++) {
		field = &frame->fields[i];
		slot = slot_of(shape, field->tag);
		if (slot == NULL)
			return till_fail(err, "field %u is not one of a %s",
			    (unsigned int)field->tag, shape->name);
		if (check_field(field, err) == -1 ||
		    check_place(shape, slot, &tally, err) == -1)
			return -1;
	}
	if (end_group(shape, &tally, err) == -1)
		return -1;
	if (tally.seen[TAG_ERROR] > 0)
		return 0;
	return check_required(shape, TAG_NONE, &tally, err);
}

bool
frame_kind_known(enum frame_kind kind)
{
	return shape_of(kind) != NULL;
}

const char *
frame_kind_name(enum frame_kind kind)
{
	const struct shape *shape = shape_of(kind);

	return shape == NULL ? "unknown" : shape->name;
}

const char *
frame_tag_name(enum frame_tag tag)
{
	if (tag <= TAG_NONE || tag >= TAG_END || meanings[tag].name == NULL)
		return "unknown";
	return meanings[tag].name;
}

static const struct shape *
shape_of(enum frame_kind kind)
{
	size_t i = (size_t)kind;

	if (i >= sizeof(shapes) / sizeof(shapes[0]) || shapes[i].name == NULL)
		return NULL;
	return &shapes[i];
}

static const struct slot *
slot_of(const struct shape *shape, enum frame_tag tag)
{
	size_t i;

	if (tag <= TAG_NONE || tag >= TAG_END)
		return NULL;
	if (tag == TAG_ERROR)
		return shape->reply ? &error_slot : NULL;
	for (i = 0; i < SHAPE_MAX && shape->slots[i].tag != TAG_NONE; i++)
		if (shape->slots[i].tag == tag)
			return &shape->slots[i];
	return NULL;
}

static int
check_field(const struct frame_field *field, struct till_error *err)
{
	static const unsigned char zeros[7];
	const struct meaning *meaning = &meanings[field->tag];

	if (field->len > meaning->max)
		return till_fail(err, "%s is too long", meaning->name);
	switch (meaning->type) {
	case TEXT:
		return check_text(field, err);
	case NUMBER:
	case FLAG:
		if (field->len != 8)
			return till_fail(err, "%s is no number", meaning->name);
		if (meaning->type == FLAG &&
		    (memcmp(field->data, zeros, sizeof(zeros)) != 0 ||
			field->data[7] > 1))
			return till_fail(err, "%s is no flag", meaning->name);
		return 0;
	case OCTETS:
		return 0;
	}
	return till_fail(err, "field %u has no type", (unsigned int)field->tag);
}

/* A text is UTF-8 (RFC 3629) and has one NUL, at its end. */
static int
check_text(const struct frame_field *field, struct till_error *err)
{
	size_t at, n;

	if (field->len == 0 || field->data[field->len - 1] != '\0')
		return till_fail(err, "%s has no end",
		    meanings[field->tag].name);
	for (at = 0; at < field->len - 1; at += n) {
		n = utf8_len(field->data + at, field->len - 1 - at);
		if (n == 0)
			return till_fail(err, "%s is not UTF-8 text",
			    meanings[field->tag].name);
	}
	return 0;
}

static int
check_place(const struct shape *shape, const struct slot *slot,
    struct tally *tally, struct till_error *err)
{
	size_t i;

	if (slot->head == TAG_NONE || slot->head == slot->tag) {
		if (end_group(shape, tally, err) == -1)
			return -1;
		tally->group = slot->head;
	} else if (tally->group != slot->head) {
		return till_fail(err, "%s does not follow its %s",
		    meanings[slot->tag].name, meanings[slot->head].name);
	}
	if (slot->head == slot->tag)
		for (i = 0; i < SHAPE_MAX; i++)
			if (shape->slots[i].head == slot->tag &&
			    shape->slots[i].tag != slot->tag)
				tally->seen[shape->slots[i].tag] = 0;
	if (++tally->seen[slot->tag] > slot->times)
		return till_fail(err, "%s comes too often",
		    meanings[slot->tag].name);
	return 0;
}

/* A group ends where another one or a field of none begins. */
static int
end_group(const struct shape *shape, struct tally *tally,
    struct till_error *err)
{
	enum frame_tag head = tally->group;

	tally->group = TAG_NONE;
	return head == TAG_NONE ? 0 : check_required(shape, head, tally, err);
}

static int
check_required(const struct shape *shape, enum frame_tag head,
    const struct tally *tally, struct till_error *err)
{
	const struct slot *slot;
	size_t i;

	for (i = 0; i < SHAPE_MAX && shape->slots[i].tag != TAG_NONE; i++) {
		slot = &shape->slots[i];
		if (slot->head == head && slot->required &&
		    tally->seen[slot->tag] == 0)
			return till_fail(err, "a %s needs %s", shape->name,
			    meanings[slot->tag].name);
	}
	return 0;
}
