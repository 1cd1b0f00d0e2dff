/*
 * till/module.h - what the payment server and a module owe each other.
 *
 * A module is a shared object that exports one constant, till_module_v1, and
 * carries one ELF note that repeats its name and numbers; TILL_MODULE writes
 * both.  It uses no symbol of the server's: what it may ask arrives through
 * struct till_host, so a test can hand it a host of its own, and the same file
 * runs in the server or in a process of its own.
 *
 * Life: the server checks the settings and stores them in the instance, calls
 * open once, then policy, auth, settle, notify, enrol and health any number of
 * times, then close.  From open to close the instance is read-only memory:
 * what changes is kept behind a pointer in it.  A module without
 * TILL_CAP_THREADSAFE is called by one thread at a time.
 *
 * What a pointer given to the module points to lives until the call
 * returns, what the module gives is copied before its call into the host
 * returns, unless a function says otherwise.  Texts are UTF-8.
 *
 * Versions: within a major version structs are only appended to.  Both
 * sides look at size (or abi_minor) before they use a later member.
 */
#ifndef TILL_MODULE_H
#define TILL_MODULE_H

#include <stddef.h>
#include <stdint.h>

#include <till/error.h>
#include <till/money.h>
#include <till/note.h>
#include <till/setting.h>

#ifdef __cplusplus
extern "C" {
#endif

#define TILL_ABI_MAJOR 1
#define TILL_ABI_MINOR 2

#define TILL_PROMPT_MAX 8 /* prompts open at one time */
#define TILL_PROMPT_ID_MAX 32 /* with its NUL; [a-z0-9-] */
#define TILL_REPLY_MAX 49152 /* octets of one reply */
#define TILL_PROMPT_DATA_MAX 4096 /* octets of a prompt's data, with NUL */
#define TILL_STATE_MAX 4096 /* octets of a conversation's state */
#define TILL_CREDENTIAL_MAX 8192 /* octets of one credential */
#define TILL_CREDENTIALS_MAX 16 /* of one customer in one module */
#define TILL_POSTINGS_MAX 8 /* of one settlement */
#define TILL_ACCOUNT_MAX 64 /* name of an account, with its NUL */
#define TILL_REF_MAX 64 /* a settlement's reference, with its NUL */
#define TILL_REPORT_MAX 8192 /* of a report, with its NUL */
#define TILL_KEY_SIZE 32 /* octets of an idempotency key */

/* What a module does; a module may do several. */
enum till_facility {
	TILL_POLICY = 1,
	TILL_AUTH = 2,
	TILL_SETTLE = 4,
	TILL_NOTIFY = 8
};

/* What a module can. */
enum till_cap {
	TILL_CAP_ASYNC = 1, /* settle may answer TILL_PENDING */
	TILL_CAP_THREADSAFE = 2, /* may be called by several threads */
	TILL_CAP_HOLD = 4, /* knows HOLD, COMMIT and RELEASE */
	TILL_CAP_REVERSE = 8,
	TILL_CAP_QUERY = 16,
	TILL_CAP_IDEMPOTENT = 32, /* same key, same outcome, for ever */
	TILL_CAP_MOCK = 64, /* for tests: needs tilld --allow-mock */
	/* settle: the call itself moves nothing, only the postings that
	 * it proposes do; so it needs no intent and is never unknown. */
	TILL_CAP_LEDGER = 128,
	/* auth: a GRANT may be remembered in the customer's session. */
	TILL_CAP_SESSION = 256,
	/* a call may use much time (a password hash, a file): it runs
	 * where it does not hold up payments. */
	TILL_CAP_SLOW = 512,
	/* policy: asking has no effect, so explain may ask. */
	TILL_CAP_PURE = 1024,
	/* auth: never grants, so it cannot be the factor that does. */
	TILL_CAP_ABSTAINS = 2048,
	TILL_CAP_SIGNED = 4096, /* notify: wants event->token; since 1.1 */
	/* settle: is given payer_bank with every verb but QUERY, if the
	 * customer has a bank identity; since 1.2. */
	TILL_CAP_BANK = 8192
};

/*
 * Zero is an error: a forgotten return or zeroed memory can never grant
 * or settle.  Each facility has a range of its own, and a result of
 * another range counts as TILL_ERROR (for settle, once the call began:
 * as TILL_UNKNOWN).
 */
enum till_result {
	TILL_ERROR = 0,
	TILL_UNAVAILABLE = 1, /* cannot say now */
	TILL_PENDING = 2, /* settle: complete follows */

	TILL_ALLOW = 0x100, /* policy */
	TILL_REFUSE,
	TILL_STEP_UP, /* a higher auth.level is needed: see step_up */
	TILL_NO_OPINION,

	TILL_GRANT = 0x200, /* auth and enrol */
	TILL_DENY,
	TILL_ABSTAIN,
	TILL_NEED_INPUT, /* prompts were set; call again with replies */
	TILL_LOCKED, /* too many failures: denied until it is lifted */

	TILL_COMMITTED = 0x300, /* settle */
	TILL_HELD,
	TILL_DECLINED, /* no money moved, nor will */
	TILL_NOT_ATTEMPTED, /* the call never left this module */
	TILL_UNKNOWN, /* money may have moved */
	TILL_RELEASED,
	TILL_REVERSED,
	TILL_NOT_FOUND, /* QUERY: this key never arrived and never will */
	/* CHARGE and QUERY, if the module can REVERSE: money may have moved
	 * and nobody can be asked.  The host refuses the order and reverses
	 * until that is certain.  Since 1.2. */
	TILL_LOST,

	TILL_DELIVERED = 0x400, /* notify */
	TILL_RETRY_LATER,
	TILL_DROP
};

struct till_bytes {
	const unsigned char *data;
	size_t len;
};

/* One instance as the host sees it, one call, one pending settlement:
 * the module holds these only to hand them back. */
struct till_instance;
struct till_context;
struct till_op;

/* The purchase that a call is about. */
struct till_order {
	uint32_t size;
	uint32_t auth_level; /* sum of the levels granted so far */
	const char *ticket; /* the ticket's hash, 43 characters */
	const char *merchant; /* merchant id */
	const char *merchant_name; /* legal name; at a sign-in our issuer */
	const char *merchant_country; /* ISO 3166 alpha-2, or "" */
	const char *customer; /* customer id, "" while it is not known */
	const char *jti, *oid, *desc;
	const char *kind; /* "single", "basket", "identity" */
	const char *channel; /* "browser" or "api" */
	const char *lang; /* language for texts, RFC 5646 */
	struct till_money amount;
	int64_t issued_s, expires_s; /* seconds since 1970 UTC */
	const char *merchant_origin; /* since 1.2: RFC 6454, of where the
		voucher goes: "https://press.example"; or "" */
};

/* Conversation.  A module that needs something of the customer sets its
 * prompts and returns TILL_NEED_INPUT; it is called again when replies
 * have come.  Nothing waits for a person inside a module. */
enum till_prompt_kind {
	TILL_ASK_TEXT = 1,
	TILL_ASK_SECRET,
	TILL_ASK_CHOICE,
	TILL_ASK_SIGNATURE, /* challenge and format out; signature back */
	TILL_ASK_AUDIO, /* phrase out; 16 kHz mono PCM back */
	TILL_TELL_INFO, /* shown; has no reply */
	TILL_TELL_ERROR
};

struct till_prompt {
	uint32_t size;
	enum till_prompt_kind kind;
	const char *id; /* names the reply: "password", "card" */
	const char *label; /* key of the page catalogues */
	const char *text; /* for TELL and where no catalogue has label */
	uint32_t min_len, max_len; /* of the reply; the host enforces them */
	uint32_t ttl_ms; /* 0: as long as the conversation */
	struct till_bytes challenge; /* SIGNATURE, AUDIO */
	const char *format; /* SIGNATURE: "webauthn", "es256" ... */
	const char *const *choices; /* CHOICE: ends with NULL */
	const char *data; /* since 1.2, SIGNATURE: what else format asks for */
};

struct till_reply {
	uint32_t size;
	struct till_bytes data; /* wiped by the host after the call */
	const char *format; /* as the station names it, or "" */
	uint32_t age_ms; /* since the prompt was set */
};

/* Credentials: an auth module keeps nothing itself.  The records are the
 * module's own, opaque to the host, of one customer and of one instance. */
struct till_credential {
	uint32_t size;
	uint32_t secret; /* not zero: never shown, never exported */
	const char *id; /* [A-Za-z0-9._-]{1,64} */
	const char *label; /* for people: "blue key", or "" */
	int64_t created_ms;
	struct till_bytes data;
};

/* Failures of one customer in one instance, counted durably. */
struct till_failures {
	uint32_t size;
	uint32_t count; /* since the last success */
	int64_t first_ms, last_ms; /* wall clock; 0: none */
};

/*
 * A limit that a policy module states.  The host counts the payments
 * that this stack line applied to, tells at once whether this one still
 * fits, and checks again in the transaction that settles it, so that
 * payments side by side cannot pass together.
 *
 * An auth module may state one, too, of what it was shown.  It counts and
 * binds only if the call ends in GRANT, which no session remembers; where
 * it leaves no room the payment is refused ("limit") after the stack has
 * granted.  So the module grants whatever it was answered: what was paid
 * already is still to be had.  -1: a host that knows those of policy only.
 */
enum till_window {
	TILL_WINDOW_HOUR = 1, /* calendar hours, days, ... of the */
	TILL_WINDOW_DAY, /* configured time zone */
	TILL_WINDOW_WEEK,
	TILL_WINDOW_MONTH
};

enum till_scope {
	TILL_SCOPE_CUSTOMER = 1,
	TILL_SCOPE_CUSTOMER_AT_MERCHANT,
	TILL_SCOPE_MERCHANT
};

struct till_limit {
	uint32_t size;
	const char *name; /* tells limits of one instance apart */
	enum till_scope scope;
	enum till_window window;
	int64_t max_micro; /* sum in the order's currency; -1: no bound */
	int64_t max_count; /* number of payments; -1: no bound */
};

/* Settlement. */
enum till_verb {
	TILL_CHARGE = 1,
	TILL_HOLD,
	TILL_COMMIT,
	TILL_RELEASE,
	TILL_REVERSE,
	TILL_QUERY
};

struct till_settlement {
	uint32_t size;
	enum till_verb verb;
	unsigned char key[TILL_KEY_SIZE]; /* made and journalled by the host
		before the call; the same key with the same digest has the
		same outcome, for ever */
	unsigned char digest[32]; /* SHA-256 of verb, payer, payee, amount,
		original; another digest under a known key is TILL_ERROR */
	uint32_t attempt; /* 1, 2 ... of the same key */
	int64_t deadline_ms; /* on the host's now_ms clock */
	struct till_money amount;
	const char *payer; /* customer id */
	const char *payee; /* merchant id */
	struct till_bytes payer_bank; /* bank identity, or empty: see
		TILL_CAP_BANK; "card:NUMBER:YYMM", "card:NUMBER",
		"token:TEXT" or "iban:TEXT" */
	struct till_bytes payee_bank;
	const char *original; /* COMMIT, RELEASE, REVERSE: the reference; of
		what was TILL_LOST, its key in base64url */
	const char *reason; /* REVERSE: "refund", "timeout", "late" */
};

/*
 * A posting changes one account of the ledger in the order's currency.
 * Accounts: "wallet:CUSTOMER", "till:MERCHANT", "bank:clearing", "fees",
 * "suspense", "points:CUSTOMER" ...  All postings of one settlement add
 * up to zero.  The conditions hold in the very transaction that applies
 * them; where one fails nothing is applied and the order is declined.
 */
enum till_condition {
	TILL_ALWAYS = 1,
	TILL_IF_COVERED, /* available stays at zero or above */
	TILL_IF_WITHIN /* the balance stays at limit_micro or below */
};

struct till_posting {
	char account[TILL_ACCOUNT_MAX];
	int64_t micro; /* added to the balance; negative takes from it */
	enum till_condition condition;
	int64_t limit_micro; /* TILL_IF_WITHIN */
};

struct till_outcome {
	uint32_t size;
	char reference[TILL_REF_MAX]; /* the settling network's, or "" */
	char code[32]; /* the network's answer code, or "" */
	char text[128]; /* for the operator */
	struct till_money moved; /* by the network; "": it does not say */
	int64_t value_date_s; /* 0: now */
	uint32_t retry_after_ms;
	uint32_t postings_len;
	struct till_posting postings[TILL_POSTINGS_MAX];
};

/* What is heard of a settlement after its outcome.  Since 1.2. */
enum till_late_kind {
	/* What was TILL_LOST or TILL_UNKNOWN has moved money: the host
	 * reverses it (again), unless the order is paid. */
	TILL_LATE_MOVED = 1,
	TILL_LATE_TAKEN_BACK, /* the network undid what was COMMITTED */
	/* No money: text is a line of the log, code its level ("info",
	 * "warning", "error"), or "alarm": an error, and an event. */
	TILL_LATE_LINE
};

struct till_late {
	uint32_t size;
	enum till_late_kind kind;
	unsigned char key[TILL_KEY_SIZE]; /* of the settlement */
	struct till_money amount; /* that moved, or was taken back */
	const char *id; /* of this message, the same if told again */
	const char *code; /* the network's, or "" */
	const char *text; /* for the operator */
};

/* Something that happened, for notify.  type is one of voucher.issued,
 * ticket.refused, auth.failed, auth.alert, settle.unknown, settle.resolved,
 * settle.reversed, settle.alarm, refund.made, refund.failed, payout.made,
 * topup.booked, config.reloaded. */
struct till_event {
	uint32_t size;
	uint32_t attempt; /* 1, 2 ... */
	const char *type;
	const char *id; /* unique, the same in every attempt */
	const char *merchant; /* or "" */
	const char *json; /* one JSON object without secrets */
	uint64_t sequence; /* per merchant, from 1; 0: none */
	int64_t time_ms;
	/* Since 1.1: a JWS of typ till-event+jwt, or "" if the module is
	 * not TILL_CAP_SIGNED or the event has no sequence; and where the
	 * merchant wants events, or "". */
	const char *token, *endpoint;
};

/* What the account page and "tillctl customer" ask of an auth module. */
enum till_enrol {
	TILL_ENROL_ADD = 1, /* prompts for what it needs, then GRANT */
	TILL_ENROL_REMOVE /* reply "credential" says which; or all */
};

enum till_log_level {
	TILL_LOG_DEBUG = 1,
	TILL_LOG_INFO,
	TILL_LOG_WARNING,
	TILL_LOG_ERROR
};

/*
 * The services of the host.  Functions that return int give 0, or -1
 * where nothing is found, a bound is passed or the call does not fit the
 * facility.  They may be called only during a call with its context,
 * except now_ms, random, late and complete (any time between open and
 * close, from any thread).
 */
struct till_host {
	uint32_t size;
	uint16_t abi_major, abi_minor;
	/* One line of the server's log; never a secret. */
	void (*log)(struct till_context *, enum till_log_level level,
	    const char *fmt, ...);
	/*
	 * Say why: code is a stable word ("funds", "limit", "expired",
	 * "wrong-password"), the text a sentence for the operator.
	 * Returns result, so that a module can "return host->fail(...)".
	 * auth: of a DENY with "limit" or "limit-..." the customer is told
	 * the code: say so to who has shown who he is.
	 */
	enum till_result (*fail)(struct till_context *, enum till_result result,
	    const char *code, const char *fmt, ...);
	const struct till_order *(*order)(struct till_context *);
	/* Conversation.  prompt replaces one of the same id. */
	int (*prompt)(struct till_context *, const struct till_prompt *);
	int (*reply)(struct till_context *, const char *id,
	    struct till_reply *reply_r);
	int (*state_put)(struct till_context *, struct till_bytes state);
	int (*state_get)(struct till_context *, struct till_bytes *state_r);
	/* auth: an RFC 8176 method that was used ("pwd", "hwk") and the
	 * level that it adds (0..10) if this call ends in GRANT. */
	int (*method)(struct till_context *, const char *amr, uint32_t level);
	int (*credential_list)(struct till_context *,
	    int (*each)(void *arg, const struct till_credential *),
	    void *arg); /* each's value if not 0; -1: an unknown customer */
	int (*credential_get)(struct till_context *, const char *id,
	    struct till_credential *credential_r);
	int (*credential_put)(struct till_context *,
	    const struct till_credential *); /* auth: see till-module(3) */
	int (*credential_remove)(struct till_context *, const char *id);
	int (*failures)(struct till_context *, struct till_failures *);
	int (*failed)(struct till_context *); /* count one more */
	int (*succeeded)(struct till_context *); /* back to zero */
	/* Raise an event (auth.alert) beside the result. */
	int (*alert)(struct till_context *, const char *type, const char *text);
	/* policy, auth: state a limit; 0 if the order fits in now, 1 if not. */
	int (*limit)(struct till_context *, const struct till_limit *);
	/* policy: the auth.level that STEP_UP asks for. */
	int (*step_up)(struct till_context *, uint32_t level);
	/* settle: the late answer to TILL_PENDING, exactly once. */
	void (*complete)(struct till_op *, enum till_result result,
	    const struct till_outcome *outcome);
	int64_t (*now_ms)(struct till_instance *); /* monotonic */
	int64_t (*time_s)(struct till_instance *); /* seconds since 1970 */
	int (*random)(void *buf, size_t len);
	/* Since 1.1, notify: with TILL_RETRY_LATER, wait at least so long. */
	int (*retry_after)(struct till_context *, uint32_t ms);
	/* Since 1.2, settle; may wait for the disk.  0: it is known for
	 * good; -1: not now: tell it again, also after the next open. */
	int (*late)(struct till_instance *, const struct till_late *);
	/* Since 1.2, auth: of the failures those from where he is now, a
	 * browser that he is known by or else a network; in memory alone. */
	int (*failures_here)(struct till_context *, struct till_failures *);
};

struct till_module {
	uint16_t abi_major, abi_minor;
	uint32_t size;
	const char *name; /* as the file: settle_wallet */
	const char *version;
	uint32_t facilities; /* TILL_POLICY | ... */
	uint32_t caps; /* TILL_CAP_... | ... */
	const struct till_setting *settings; /* or NULL */
	size_t instance_size; /* may be 0 */
	/*
	 * The settings are in self.  With check_only no connection is
	 * made, no thread started and no file written.  -1 with *err: the
	 * configuration is refused and close is not called.  May be NULL.
	 */
	int (*open)(const struct till_host *, struct till_instance *,
	    void *self, int check_only, struct till_error *err);
	void (*close)(void *self); /* may be NULL */

	/* NULL for what the module does not do. */
	enum till_result (*policy)(const struct till_host *,
	    struct till_context *, const void *self);
	enum till_result (*auth)(const struct till_host *,
	    struct till_context *, const void *self);
	enum till_result (*settle)(const struct till_host *,
	    struct till_context *, const void *self,
	    const struct till_settlement *, struct till_outcome *outcome_r,
	    struct till_op *);
	enum till_result (*notify)(const struct till_host *,
	    struct till_context *, const void *self, const struct till_event *);
	enum till_result (*enrol)(const struct till_host *,
	    struct till_context *, const void *self, enum till_enrol);
	/* 0: well; -1: *err says what is wrong.  Must not block. */
	int (*health)(const struct till_host *, const void *self,
	    struct till_error *err);
	/* Since 1.2: a text of lines for the operator who asks for it by a
	 * word ("status", "reconcile").  -1, *err: it knows no such word, or
	 * cannot do it now.  NULL: it has nothing to tell. */
	int (*report)(const struct till_host *, const void *self,
	    const char *word, char text_r[TILL_REPORT_MAX],
	    struct till_error *err);
};

/* The one symbol that a module exports; TILL_MODULE defines it. */
extern const struct till_module till_module_v1
    __attribute__((visibility("default")));

/* The first members of the descriptor, for TILL_MODULE's braces. */
#define TILL_MODULE_HEAD(name_, version_, facilities_, caps_)                  \
	.abi_major = TILL_ABI_MAJOR, .abi_minor = TILL_ABI_MINOR,              \
	.size = (uint32_t)sizeof(struct till_module), .name = (name_),         \
	.version = (version_), .facilities = (facilities_), .caps = (caps_)

/*
 * Declare a module:
 *	TILL_MODULE("settle_points", "1.0", TILL_SETTLE, TILL_CAP_LEDGER) {
 *		TILL_MODULE_HEAD("settle_points", "1.0", TILL_SETTLE,
 *		    TILL_CAP_LEDGER),
 *		.settle = points_settle,
 *	};
 */
#define TILL_MODULE(name_, version_, facilities_, caps_)                       \
	__attribute__((used, aligned(4),                                       \
	    section(".note.till"))) static const struct till_note_section      \
	    till_note_ = { 5, (uint32_t)sizeof(struct till_note),              \
		    TILL_NOTE_TYPE, "till",                                    \
		    { TILL_ABI_MAJOR, TILL_ABI_MINOR, (facilities_), (caps_),  \
			name_, version_ } };                                   \
	const struct till_module till_module_v1 =

#ifdef __cplusplus
}
#endif

#endif
