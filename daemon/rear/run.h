/*
 * run.h - one request about one order, from its frame to its answer.
 *
 * A run belongs to one thread at a time: whoever took it from a queue.
 * It is handed on through the queues of the pools, the ledger, a table
 * in which it waits, or an asynchronous module; whoever hands it on does
 * not touch it any more.
 */
#ifndef REAR_RUN_H
#define REAR_RUN_H

#include "link/link.h"
#include "origin.h"
#include "rear/device.h"
#include "rear/lend.h"
#include "rear/order.h"
#include "rear/tries.h"
#include "rear/unit.h"
#include "rear/watched.h"
#include "stack/walk.h"

#define RUN_STALE_MAX 8 /* times an order begins anew for its counters */
#define RUN_ASKS_MAX 4 /* calls of one auth line in one step */
#define SIGN_IN_S 600 /* from its first step to its last; then it is gone */
#define ORDER_LANG_MAX 36
#define ORDER_CHANNEL_MAX 8
#define ORDER_CODE_MAX 32
#define COUNTER_WORD_MAX 16
#define RUN_SUBJECT_MAX (TILL_ID_MAX + 1)

/* Where in order_settle a run is; see order.c. */
enum stage {
	STAGE_BEGIN = 0, /* not yet there: see step.c */
	STAGE_KNOWN,
	STAGE_POLICY,
	STAGE_AUTH,
	STAGE_CUSTOMER,
	STAGE_CLAIM,
	STAGE_ROUTE,
	STAGE_PROPOSE,
	STAGE_INTENDED,
	STAGE_CALL,
	STAGE_PARK,
	STAGE_CALLED,
	STAGE_BOOKED,
	STAGE_DOUBT,
	STAGE_END,
	STAGE_ENDED,
	STAGE_SIGN,
	STAGE_ANSWER
};

/* What a stage function says of its run.  Zero is nothing. */
enum step {
	STEP_NONE = 0,
	STEP_ON, /* run->stage says where to go on */
	STEP_WAITS /* it has been handed on: do not touch it */
};

/* One reply of the customer; data lies in the request's secrets. */
struct run_reply {
	char id[TILL_PROMPT_ID_MAX];
	char format[32];
	const unsigned char *data;
	size_t len;
	bool used;
};

/* What the front asked. */
struct run_request {
	struct link_peer *peer; /* counted; NULL: nobody waits any more */
	uint64_t id;
	enum order_action action;
	bool want_session, has_session, fresh, enrol;
	bool unasked; /* PAY, if an allowance covers it; else it is a look */
	char *token; /* or NULL; the run's */
	char conversation[CONVERSATION_ID_MAX];
	char channel[ORDER_CHANNEL_MAX];
	char lang[ORDER_LANG_MAX];
	char address[SESSION_WHERE_MAX];
	char device[DEVICE_MAX]; /* the browser's name, or "" */
	char customer[TILL_ID_MAX];
	bool customer_said, customer_bad;
	unsigned char session[SESSION_NAME_SIZE];
	size_t replies_len;
	struct run_reply replies[FRAME_REPLIES_MAX];
	unsigned char *secrets; /* secure memory behind the replies */
	size_t secrets_len;
};

/* One line of the auth stack, as far as it was asked for this customer. */
struct auth_line {
	struct till_context *context; /* in a step; or NULL */
	struct packed *packed; /* between steps; or NULL */
	bool answered;
	bool remembered; /* the session answered */
	enum till_result result;
	uint32_t level;
	int64_t time_s;
	uint32_t amr_len;
	char amr[TILL_AMR_MAX][16];
	struct context_limit *limits; /* of this grant; or NULL */
	size_t limits_len;
	char limit_code[ORDER_CODE_MAX]; /* of a denial for a limit, or of
		a grant whose limits may leave no room; or "" */
};

/*
 * A purchase is what is known of an order between its steps.  It is the
 * content of a conversation; a run that has it is its only user.
 */
struct purchase {
	struct generation *generation; /* counted: with which it began */
	struct merchant *merchant; /* counted */
	struct till_ticket *ticket;
	char *token;
	size_t token_len;
	bool sign_in; /* no purchase: see sign_in.c */
	bool of_merchant; /* a sign-in whose customer is a merchant's id */
	bool fresh; /* no session answers for a line */
	/* Of a sign-in, which is a fresh one: to make or change a credential,
	 * see sign_in.c. */
	bool enrol;
	bool expired; /* as of this step */
	/* Not NULL: an order that the ledger does not know is not taken. */
	const char *closed, *closed_text; /* TAG_CODE and TAG_ERROR; static */
	char channel[ORDER_CHANNEL_MAX];
	char lang[ORDER_LANG_MAX];
	char customer[TILL_ID_MAX]; /* "" while unknown */
	bool shown; /* the auth stack granted that it is this one */
	bool paid; /* and this one has paid */
	bool ordered; /* or has confirmed it, and its settlement has begun */
	/* Of this customer, before anything was asked or read of him;
	 * sessions.h says what it covers. */
	uint64_t epoch;
	/* The session of the browser that he was shown in; what was shown
	 * ends with it. */
	bool has_session;
	unsigned char session[SESSION_NAME_SIZE];
	struct auth_line *lines; /* as many as the auth stack has */
};

/* What the front will be told. */
struct answer {
	enum order_status status;
	enum till_reason reason;
	char code[ORDER_CODE_MAX];
	char text[TILL_ERROR_MAX];
	struct sealed *voucher; /* counted */
	uint64_t txn;
	char via[LEDGER_WORD_MAX];
	char refunded[TILL_MONEY_MAX]; /* of the price, or "" */
	char allowance[3 * TILL_MONEY_MAX]; /* each, day, left; or "" */
	bool unasked; /* it was paid under one */
	int64_t time_s;
	unsigned int retry_after_s;
	const struct till_context *prompts; /* whose are open, or NULL */
	char session[SESSION_SECRET_MAX]; /* secret: a new one, or "" */
	char device[DEVICE_MAX]; /* a new name of the browser, or "" */
	char balance[TILL_MONEY_MAX];
};

struct order_run {
	struct job job;
	struct conversation_waiter waiter;
	struct orders_claim claim;
	struct order_run *next; /* of free ones */
	struct rear *rear;
	struct worker *worker; /* on whose thread it is */
	struct run_request request;
	struct conversation *conversation; /* taken, or NULL */
	struct purchase *purchase;
	enum stage stage;
	int64_t began_us, now_s;
	unsigned int stale;
	/* Whose look at a reply counts for its network now, or NULL; and has
	 * it called it a failure?  See order_guess.c. */
	const struct instance *guess;
	bool guessed_wrong;
	bool let_in; /* the auth stack has allowed it, in this step */
	bool claimed; /* the order is ours in rear->orders */
	bool intended; /* a durable intent stands */
	bool charged; /* the money has moved elsewhere */
	bool in_doubt; /* its outcome must be found out */
	bool lost; /* nobody will ever know: it is reversed */
	bool count_back; /* counters are given back if it is refused */
	bool newly; /* this run has ended the order */
	bool keep; /* kept is a voucher made here */
	bool unasked; /* counted against an allowance, which must cover it */
	bool parked; /* answered already: the end is for the ledger only */

	struct session session;
	bool brought; /* it was there when this step began */
	bool has_session; /* and it is this customer's */

	struct facts facts;
	struct till_order order; /* what modules see */
	char merchant_origin[ORIGIN_MAX]; /* of order */
	bool settling; /* the settle walk has begun */
	bool decided_policy; /* policy refused: policy_code */
	char policy_code[ORDER_CODE_MAX];
	bool policy_limit; /* because of a limit */
	uint32_t level_needed;
	int64_t auth_time_s;
	char settle_code[ORDER_CODE_MAX]; /* of the line that declined first */
	char tried_code[ORDER_CODE_MAX]; /* of that which did not try first */
	const struct conf_rule *rule; /* settle line at work */

	bool settled; /* stored is a paid order */
	bool has_stored; /* stored is as read: ledger_order_clear it */
	struct voucher_kept kept; /* token NULL: none */
	uint32_t counters_len;
	int64_t strong_micro, strong_count; /* without this payment */

	void *credential; /* secure memory of services.c, or NULL */
	/* A try that was counted as failed before it was looked at: by this
	 * instance ("": none), at this place. */
	char tried[CONF_NAME_MAX], tried_place[TRIES_PLACE_MAX];
	struct till_settlement settlement;
	enum till_result result;
	struct till_op *op;
	atomic_uint met; /* of a call: see order_charge.c */
	uint32_t attempt; /* intents of this order so far */
	unsigned char intent_key[TILL_KEY_SIZE]; /* of the last one */
	unsigned char intent_digest[32];
	char intent_setup[LEDGER_WORD_MAX]; /* see setup.h */
	struct loan loan; /* of that call */
	struct watched watched; /* while op is pending */

	struct answer answer;

	/* What follows is not cleared between orders: each is written, by
	 * whoever begins it, before it is read. */
	/* Contexts of policy and settle calls, kept for the next order. */
	struct till_context *policer, *settler;
	struct walk policy, auth, settle;
	/* Settle lines of the ledger's whose call failed: to the walk they
	 * have declined. */
	bool failed[CONF_RULES_MAX];
	struct till_outcome outcome;
	/* What the ledger said, or is asked to write. */
	struct ledger_order stored;
	struct ledger_request ledger;
	struct ledger_event event; /* that the request makes true */
	struct ledger_reversal reversal; /* likewise */
	struct ledger_counter counters[LEDGER_COUNTERS_MAX];
};

/* runs.c: a bounded store of runs. */
struct runs *runs_new(size_t max);
void runs_free(struct runs *);
struct order_run *runs_take(struct runs *); /* NULL: all are at work */
void runs_give(struct runs *, struct order_run *); /* wipes what is secret */
size_t runs_len(struct runs *); /* at work */
void runs_wait(struct runs *); /* until none is */

/* A context for calls of an instance: the kept one, as new. */
struct till_context *run_context(struct order_run *, struct till_context **kept,
    const struct instance *, enum till_facility);

/* purchase.c */
struct purchase *purchase_new(size_t token_len); /* NULL: out of memory */
void purchase_free(void *);
/* Those of its generation's auth stack; -1: out of memory. */
int purchase_make_lines(struct purchase *);
/* The step is over: keep little of the contexts. */
void purchase_pack(struct purchase *);
/* Another customer: what was shown before is worth nothing. */
void purchase_set_customer(struct purchase *, const char *cid);
/* A new step, in this epoch of the customer's: what a session has answered
 * it is asked again, and what was answered in another epoch is nothing. */
void purchase_set_epoch(struct purchase *, uint64_t epoch);
/* From now on it is of this session. */
void purchase_set_session(struct purchase *, const unsigned char *name);
/* Its session has ended, if it has one: what was shown in it, by whatever
 * means, is worth nothing, and the customer is asked again. */
void purchase_end_session(struct purchase *);

/* admit.c: FRAME_ORDER, on the link's thread. */
void order_admit(struct rear *, struct link_peer *, const struct frame *,
    struct frame_writer *);

/* sign_in.c: a purchase that is none.  False: see the answer. */
bool sign_in_begin(struct order_run *);
/* The auth stack has granted.  Of a sign-in to enrol: *rule_r is a line of
 * it that the customer has still to grant, or NULL; -1: it cannot be known. */
int sign_in_second(struct order_run *, const struct conf_rule **rule_r);
/* And the customer is in order. */
enum step sign_in_end(struct order_run *);
/* Of whom tries are counted and browsers known: a customer's id, or that of
 * the merchant behind a sign that no id has. */
const char *run_subject(const struct order_run *, const char *id,
    char subject_r[RUN_SUBJECT_MAX]);
const char *run_subject_merchant(const char *mid,
    char subject_r[RUN_SUBJECT_MAX]);

/* remember.c: a session by what was granted, into answer.session, if it is
 * wanted and there is something to remember; or of a sign-in, where it
 * always is ("": there was no memory). */
void order_remember(struct order_run *);
void sign_in_remember(struct order_run *);

/* step.c: the job of every run. */
void order_step(struct worker *, struct job *);
/* Hand on to another thread: the run is not the caller's any more. */
enum step run_to_pool(struct order_run *, struct pool *);
/* Where calls into an instance are made: the workers, unless they may
 * take long. */
struct pool *run_pool(const struct order_run *, const struct instance *);
enum step run_to_ledger(struct order_run *, enum stage next);

/* order_ticket.c: from the octets of a token to a purchase.  False: the
 * answer says what is wrong with it. */
bool order_ticket(struct order_run *, char *token);
/* How the ticket stands at this moment. */
void order_validity(struct order_run *);

/* order.c: policy, auth and settle, in this order and never apart. */
void order_settle(struct order_run *);
enum step run_on(struct order_run *, enum stage);
enum step run_answer(struct order_run *, enum order_status);
enum step run_busy(struct order_run *);
/* The order is in the ledger: go where its state leads. */
enum step order_stored(struct order_run *);

/* order_policy.c, order_auth.c, order_customer.c, order_route.c,
 * order_charge.c, order_book.c, order_end.c, order_sign.c: the stages. */
enum step order_policy(struct order_run *);
enum step order_auth(struct order_run *);
enum step order_customer(struct order_run *);
enum step order_claim(struct order_run *);
enum step order_route(struct order_run *);
enum step order_propose(struct order_run *);
enum step order_intend(struct order_run *, struct instance *);
enum step order_intended(struct order_run *);
enum step order_call(struct order_run *);
enum step order_called(struct order_run *);
enum step order_parked(struct order_run *);
enum step order_book(struct order_run *);
enum step order_booked(struct order_run *);
enum step order_doubt(struct order_run *);
enum step order_end(struct order_run *);
enum step order_ended(struct order_run *);
enum step order_sign(struct order_run *);

/* order_guess.c: before an instance looks at a reply.  False: the network
 * has to wait, and the answer says so.  It is over when the instance has
 * answered, or the run has. */
bool guess_begin(struct order_run *, const struct instance *);
void guess_end(struct order_run *);

/* Refuse: durably, or (a browser without funds, a look) for this time. */
enum step order_refuse(struct order_run *, enum till_reason, const char *code);
/* The walk's answer to what the settle line said. */
enum step order_route_answer(struct order_run *, enum till_result);

/* order_allowance.c: into answer.allowance, if one covers the order. */
void order_allowance_look(struct order_run *);
/* Have the ledger look whether one does, with the payment.  -1: none can. */
int order_allowance_count(struct order_run *);
/* The ledger says that none does: ask after all. */
enum step order_ask(struct order_run *);

/* order_facts.c: what guards and modules see of it at this moment. */
int order_facts(struct order_run *, struct till_error *err);
void order_fill(struct order_run *, struct ledger_order *);

/* finish.c: give all back, and tell the front. */
void order_finish(struct order_run *);
/* Into answer.via: what it would be taken from, if that is certain. */
void order_foresee(struct order_run *);
/* The end is long in coming: tell the front so now. */
void order_park(struct order_run *);

/* answer.c */
void answer_send(struct order_run *);

/* services.c: what the modules of a run may ask of the core. */
extern const struct context_ops run_services;
void services_clear(struct order_run *); /* of credentials that were read */

/* limits.c: look whether the order fits in, bound the counters that it is
 * counted in when it is paid, or both: 0; 1: it does not; -1. */
#define LIMITS_LOOK 1u
#define LIMITS_KEEP 2u
int limits_state(struct order_run *, const char *instance,
    const struct till_limit *, unsigned int parts);
/* The same of all limits that granting auth lines have. */
int limits_of_auth(struct order_run *);
int limits_strong(struct order_run *, struct till_error *err);
void limits_count_strong(struct order_run *);

/* decision.c: which rules decided, in one line. */
void decision_print(const struct order_run *, char *buf, size_t size);

/* voucher.c: sign what the ledger has. */
int voucher_make(struct rear *, const struct till_ticket *,
    const struct ledger_order *, int64_t lifetime_s, struct sealed **sealed_r,
    struct till_error *err);
int refusal_make(struct rear *, const struct till_ticket *,
    const struct ledger_order *, int64_t lifetime_s, struct sealed **sealed_r,
    struct till_error *err);

/* Does this step answer what was asked, rather than look? */
static inline bool
run_answers(const struct order_run *run)
{
	return run->request.action == ACTION_PAY ||
	    ((run->request.action == ACTION_SIGN_IN ||
		 run->request.action == ACTION_SIGN_IN_MERCHANT) &&
		run->request.want_session);
}

/* Where its conversation is, or would be. */
static inline struct conversations *
run_conversations(const struct order_run *run)
{
	if (run->request.action == ACTION_SIGN_IN_MERCHANT)
		return run->rear->merchant_sign_ins;
	return run->request.action == ACTION_SIGN_IN ? run->rear->sign_ins
						     : run->rear->conversations;
}

/* Where the session is that it opens. */
static inline struct session_table *
run_sessions(const struct order_run *run)
{
	return run->purchase->of_merchant ? run->rear->merchant_sessions
					  : run->rear->sessions;
}

static inline void
code_set(char code[ORDER_CODE_MAX], const char *word)
{
	size_t i;

	for (i = 0; i < ORDER_CODE_MAX - 1 && word[i] != '\0'; i++)
		code[i] = word[i];
	code[i] = '\0';
}

#endif
