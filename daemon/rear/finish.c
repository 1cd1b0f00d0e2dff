/*
 * finish.c - the end of a run: give back what it has, tell the front,
 * log, and wake who waits for the same.
 */
#include <assert.h>
#include <stddef.h>
#include <string.h>

#include "log/log.h"
#include "rear/clock.h"
#include "rear/herald.h"
#include "rear/run.h"
#include "rear/tries.h"

#define TICKET_LOG_LEN 16 /* characters of a ticket's hash in the log */

static void say_balance(struct order_run *);
static bool keeps_conversation(const struct order_run *);
static void keep_purchase(struct order_run *);
static void release_order(struct order_run *);
static void share(struct order_run *, struct order_run *);
static bool may_share(const struct order_run *, const struct order_run *);
static void send_pending(struct order_run *, struct orders_claim *);
static void release_purchase(struct order_run *);
static struct order_run *run_of_claim(struct orders_claim *);
static struct order_run *run_of_waiter(struct conversation_waiter *);
static void write_log(const struct order_run *);
static const char *merchant_of(const struct order_run *);
static const char *event_name(enum order_status);
static const char *sign_in_event(enum order_status);

void
order_finish(struct order_run *run)
{
	struct rear *rear = run->rear;

	if (run->purchase != NULL && run->purchase->merchant != NULL) {
		say_balance(run);
		order_foresee(run);
		keep_purchase(run);
	}
	release_order(run);
	answer_send(run);
	write_log(run);
	herald_order(run);
	services_clear(run);
	guess_end(run);
	release_purchase(run);
	runs_give(rear->runs, run);
}

void
order_park(struct order_run *run)
{
	struct conversations *all = run_conversations(run);
	struct conversation_waiter *waiter, *after;
	struct order_run *other;

	run->answer.status = STATUS_PENDING;
	send_pending(run, orders_park(run->rear->orders, &run->claim));
	keep_purchase(run);
	run->answer.retry_after_s = REAR_BUSY_S;
	if (run->conversation != NULL)
		for (waiter = conversations_park(all, run->conversation);
		     waiter != NULL; waiter = after) {
			after = waiter->next;
			other = run_of_waiter(waiter);
			pool_push(run->rear->workers, &other->job);
		}
	answer_send(run);
	if (run->request.peer != NULL)
		link_peer_unref(run->request.peer);
	run->request.peer = NULL;
	run->parked = true;
	memset(&run->answer, 0, sizeof(run->answer));
}

/* What the customer who was shown has left, for a page. */
static void
say_balance(struct order_run *run)
{
	const struct purchase *purchase = run->purchase;
	struct ledger_account account;
	char name[TILL_ACCOUNT_MAX];
	struct till_error err;

	if (!purchase->shown || purchase->sign_in ||
	    strcmp(purchase->channel, "browser") != 0 || run->parked ||
	    run->answer.status == STATUS_INVALID)
		return;
	(void)snprintf(name, sizeof(name), "wallet:%s", purchase->customer);
	if (ledger_account_get(run->rear->ledger, name,
		purchase->ticket->amount.currency, &account, &err) != 0)
		return;
	account.balance.micro -= account.held_micro;
	(void)till_money_print(&account.balance, run->answer.balance);
}

/* Is there something to come back for?  Anybody may look at how to sign in,
 * and a look at nobody in particular has brought nothing: the step that
 * answers can begin. */
static bool
keeps_conversation(const struct order_run *run)
{
	if (run->purchase->sign_in && !run_answers(run) &&
	    run->purchase->customer[0] == '\0')
		return false;
	switch (run->answer.status) {
	case STATUS_PROMPTS:
	case STATUS_READY:
	case STATUS_DECLINED:
	case STATUS_PENDING:
		return true;
	case STATUS_NONE:
	case STATUS_PAID:
	case STATUS_REFUSED:
	case STATUS_CANCELLED:
	case STATUS_EXPIRED:
	case STATUS_INVALID:
	case STATUS_CONFLICT:
	case STATUS_GONE:
	case STATUS_BUSY:
	case STATUS_SIGNED_IN:
		break;
	}
	return false;
}

/* Begin a conversation if there is to be one. */
static void
keep_purchase(struct order_run *run)
{
	char network[TRIES_PLACE_MAX];

	_Static_assert(TRIES_PLACE_MAX <= CONVERSATION_NETWORK_MAX,
	    "a network's name is kept whole");
	if (run->conversation != NULL || !keeps_conversation(run))
		return;
	tries_network(run->request.address, network);
	run->conversation = conversations_begin(run_conversations(run),
	    run->purchase, network, clock_ms());
	/* What is under way cannot be called off: the ticket itself will do
	 * to ask again. */
	if (run->conversation == NULL && run->answer.status != STATUS_PENDING)
		(void)run_busy(run);
}

/* The table gives the order up and remembers the voucher; who waits for
 * the same is handed the same. */
static void
release_order(struct order_run *run)
{
	const struct voucher_kept *kept = run->keep ? &run->kept : NULL;
	struct orders_claim *claim, *next;

	assert(!run->claimed || run->purchase != NULL);
	if (!run->claimed)
		return;
	claim = orders_release(run->rear->orders, &run->claim, kept);
	for (; claim != NULL; claim = next) {
		next = claim->next;
		share(run, run_of_claim(claim));
	}
}

static void
share(struct order_run *run, struct order_run *other)
{
	if (may_share(run, other)) {
		other->answer.status = run->answer.status;
		other->answer.reason = run->answer.reason;
		memcpy(other->answer.code, run->answer.code,
		    sizeof(other->answer.code));
		if (run->answer.voucher != NULL)
			other->answer.voucher = sealed_ref(run->answer.voucher);
		other->answer.unasked = run->answer.unasked;
		other->answer.txn = run->answer.txn;
		other->answer.time_s = run->answer.time_s;
		memcpy(other->answer.via, run->answer.via,
		    sizeof(other->answer.via));
		memcpy(other->answer.refunded, run->answer.refunded,
		    sizeof(other->answer.refunded));
		other->purchase->paid = run->answer.status == STATUS_PAID;
		other->stage = STAGE_ANSWER;
	}
	pool_push(run->rear->workers, &other->job);
}

/* The same ticket, the same customer, and an end that is one: also for him
 * who has confirmed it, where the other was not asked. */
static bool
may_share(const struct order_run *run, const struct order_run *other)
{
	if (strcmp(run->purchase->ticket->th, other->purchase->ticket->th) !=
		0 ||
	    strcmp(run->purchase->customer, other->purchase->customer) != 0)
		return false;
	switch (run->answer.status) {
	case STATUS_DECLINED:
		return !run->request.unasked;
	case STATUS_PAID:
	case STATUS_REFUSED:
	case STATUS_CANCELLED:
	case STATUS_EXPIRED:
		return true;
	case STATUS_NONE:
	case STATUS_PROMPTS:
	case STATUS_READY:
	case STATUS_PENDING:
	case STATUS_INVALID:
	case STATUS_CONFLICT:
	case STATUS_GONE:
	case STATUS_BUSY:
	case STATUS_SIGNED_IN:
		break;
	}
	return false;
}

static void
send_pending(struct order_run *run, struct orders_claim *claim)
{
	struct orders_claim *next;
	struct order_run *other;

	for (; claim != NULL; claim = next) {
		next = claim->next;
		other = run_of_claim(claim);
		other->answer.status = STATUS_PENDING;
		other->answer.retry_after_s = REAR_BUSY_S;
		other->stage = STAGE_ANSWER;
		pool_push(run->rear->workers, &other->job);
	}
}

/* To the conversation, and so to whoever waits for it; or to nobody. */
static void
release_purchase(struct order_run *run)
{
	struct conversation_waiter *waiter;
	struct order_run *other;

	if (run->conversation == NULL) {
		purchase_free(run->purchase);
		return;
	}
	/* What was granted in a sign-in is used once, also where it came to
	 * nothing: no session is to be had by the name of the conversation
	 * alone.  A step that was only told to come again has used up nothing.
	 */
	if (run->purchase->sign_in && (run->purchase->shown || run->let_in))
		purchase_set_customer(run->purchase, "");
	purchase_pack(run->purchase);
	waiter = conversations_give(run_conversations(run), run->conversation,
	    clock_ms());
	if (waiter == NULL)
		return;
	other = run_of_waiter(waiter);
	other->conversation = run->conversation;
	other->purchase = run->conversation->content;
	pool_push(run->rear->workers, &other->job);
}

static struct order_run *
run_of_claim(struct orders_claim *claim)
{
	return (struct order_run *)(void *)((char *)claim -
	    offsetof(struct order_run, claim));
}

static struct order_run *
run_of_waiter(struct conversation_waiter *waiter)
{
	return (struct order_run *)(void *)((char *)waiter -
	    offsetof(struct order_run, waiter));
}

/* One line for each order that this run has decided. */
static void
write_log(const struct order_run *run)
{
	const struct answer *answer = &run->answer;
	char ticket[TICKET_LOG_LEN + 1] = "", txn[LOG_NUMBER_MAX] = "";
	char us[LOG_NUMBER_MAX];
	const struct purchase *purchase = run->purchase;
	const bool sign_in = purchase != NULL && purchase->sign_in;
	const char *event = sign_in ? sign_in_event(answer->status)
				    : event_name(answer->status);

	if (event == NULL ||
	    (purchase == NULL && answer->status != STATUS_BUSY))
		return;
	if (purchase != NULL && purchase->ticket != NULL)
		memcpy(ticket, purchase->ticket->th, TICKET_LOG_LEN);
	if (answer->txn != 0)
		(void)log_number((int64_t)answer->txn, txn);
	log_line(answer->status == STATUS_CONFLICT ? TILL_LOG_WARNING
						   : TILL_LOG_INFO,
	    event, "ticket", ticket, "merchant", merchant_of(run), "jti",
	    sign_in ? NULL : run->claim.jti, "txn", txn[0] == '\0' ? NULL : txn,
	    "again",
	    answer->status == STATUS_PAID && !run->newly ? "yes" : NULL,
	    "customer",
	    sign_in && !purchase->of_merchant && purchase->shown
		? purchase->customer
		: NULL,
	    "reason", till_reason_name(answer->reason), "code",
	    answer->code[0] == '\0' ? NULL : answer->code, "why",
	    answer->text[0] == '\0' ? NULL : answer->text, "rules",
	    run->newly ? run->stored.decision : NULL, "us",
	    log_number(clock_us() - run->began_us, us), NULL);
}

/* Who sells, or who has signed in. */
static const char *
merchant_of(const struct order_run *run)
{
	const struct purchase *purchase = run->purchase;

	if (purchase == NULL || !purchase->sign_in)
		return run->claim.mid;
	return purchase->of_merchant && purchase->shown ? purchase->customer
							: NULL;
}

/* NULL: nothing was decided. */
static const char *
event_name(enum order_status status)
{
	switch (status) {
	case STATUS_PAID:
		return "order.paid";
	case STATUS_REFUSED:
		return "order.refused";
	case STATUS_CANCELLED:
		return "order.cancelled";
	case STATUS_EXPIRED:
		return "order.expired";
	case STATUS_DECLINED:
		return "order.declined";
	case STATUS_PENDING:
		return "order.pending";
	case STATUS_INVALID:
		return "ticket.invalid";
	case STATUS_CONFLICT:
		return "order.conflict";
	case STATUS_BUSY:
		return "order.busy";
	case STATUS_NONE:
	case STATUS_PROMPTS:
	case STATUS_READY:
	case STATUS_GONE:
	case STATUS_SIGNED_IN:
		break;
	}
	return NULL;
}

static const char *
sign_in_event(enum order_status status)
{
	if (status == STATUS_SIGNED_IN)
		return "sign-in.granted";
	return status == STATUS_REFUSED ? "sign-in.refused" : NULL;
}
