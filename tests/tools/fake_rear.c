/*
 * fake_rear - a rear unit that believes everything, for tests of the
 * front unit.
 *
 * usage: fake_rear LINK ISSUER
 *
 * Prints "ready" when it serves.  A ticket's jti tells what becomes of
 * it, by its words with "-" between:
 *
 *	refuse decline expired conflict invalid busy pending
 *		that status, where it belongs
 *	wait5000	each answer comes 5000 ms late
 *	suspended	invalid once it is paid
 *	withdrawn	invalid from the first ACTION_PAY on
 *	drop		the link breaks at the first ACTION_PAY of it
 *	hostile		names and texts of the answers hold markup
 *	bank		would be paid from the wallet, or else by the bank
 *	makes		asks for a new passkey before the password
 *
 * The link breaks at each "account.unfreeze" and at the first
 * "account.freeze"; another one is done.
 *
 * All else is paid by customer "alice" with the password "sesame", once:
 * what was paid is answered with the same txn ever after, and with a
 * voucher that has a new number each time.  A SIGUSR1 prints how many
 * orders of ACTION_PAY came and how many were paid.
 */
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <till/module.h>

#include "link/link.h"
#include "rear/order.h"
#include "ticket_peek.h"

#define ORDERS_MAX 65536
#define LATE_MAX 4096
#define SESSION "fake-session-secret"

struct order {
	char jti[TILL_JTI_MAX];
	char token[TILL_TOKEN_MAX + 1];
	char customer[TILL_ID_MAX];
	uint64_t txn; /* paid */
	enum order_status end; /* or how else it ended */
	const char *code;
	bool dropped;
};

struct rear {
	pthread_mutex_t lock;
	struct link_server *server;
	struct link_server_options options;
	struct order *orders[ORDERS_MAX]; /* the index names the conversation */
	size_t orders_len;
	uint64_t txns, vouchers, pays;
	const char *issuer;
};

struct late {
	struct link_peer *peer;
	struct frame_writer writer;
	long ms;
};

static struct order *
order_of(struct rear *rear, const struct frame *frame, bool *gone_r)
{
	const char *conversation = frame_get_text(frame, TAG_CONVERSATION);
	const char *token = frame_get_text(frame, TAG_TICKET);
	struct till_ticket *ticket = NULL;
	struct till_error err;
	struct order *order;
	size_t i;

	*gone_r = false;
	if (conversation != NULL) {
		i = strtoul(conversation, NULL, 10);
		if (i < rear->orders_len)
			return rear->orders[i];
		*gone_r = true;
		return NULL;
	}
	if (token == NULL ||
	    ticket_peek(token, strlen(token), &ticket, &err) == -1)
		return NULL;
	for (i = 0; i < rear->orders_len; i++) {
		if (strcmp(rear->orders[i]->jti, ticket->jti) == 0) {
			till_ticket_free(ticket);
			return rear->orders[i];
		}
	}
	order =
	    rear->orders_len < ORDERS_MAX ? calloc(1, sizeof(*order)) : NULL;
	if (order != NULL) {
		(void)snprintf(order->jti, sizeof(order->jti), "%s",
		    ticket->jti);
		(void)snprintf(order->token, sizeof(order->token), "%s", token);
		rear->orders[rear->orders_len++] = order;
	}
	till_ticket_free(ticket);
	return order;
}

static bool
has(const struct order *order, const char *word)
{
	size_t len = strlen(word);
	const char *p;

	for (p = order->jti; p != NULL; p = strchr(p, '-')) {
		p += *p == '-';
		if (strncmp(p, word, len) == 0 &&
		    (p[len] == '-' || p[len] == '\0' ||
			(p[len] >= '0' && p[len] <= '9')))
			return true;
	}
	return false;
}

static long
lateness(const struct order *order)
{
	const char *p = order == NULL ? NULL : strstr(order->jti, "wait");

	return p == NULL ? 0 : strtol(p + 4, NULL, 10);
}

static bool
reply_is(const struct frame *frame, const char *id, const char *data)
{
	size_t i;

	for (i = 0; i + 1 < frame->fields_len; i++)
		if (frame->fields[i].tag == TAG_REPLY_ID &&
		    strcmp((const char *)frame->fields[i].data, id) == 0 &&
		    frame->fields[i + 1].tag == TAG_REPLY_DATA)
			return frame->fields[i + 1].len == strlen(data) &&
			    memcmp(frame->fields[i + 1].data, data,
				strlen(data)) == 0;
	return false;
}

static enum order_status
decide(struct rear *rear, struct order *order, const struct frame *frame,
    const char **code)
{
	uint64_t action = frame_get_number(frame, TAG_ACTION, 0);
	const char *customer = frame_get_text(frame, TAG_CUSTOMER);
	const char *session = frame_get_text(frame, TAG_SESSION);
	bool signed_in = session != NULL && strcmp(session, SESSION) == 0;

	if (order->txn != 0)
		return has(order, "suspended") ? STATUS_INVALID : STATUS_PAID;
	*code = order->code;
	if (order->end != STATUS_NONE)
		return order->end;
	if (has(order, "conflict"))
		return STATUS_CONFLICT;
	if (has(order, "invalid"))
		return STATUS_INVALID;
	if (has(order, "busy"))
		return STATUS_BUSY;
	if (has(order, "expired"))
		return order->end = STATUS_EXPIRED;
	if (action == ACTION_CANCEL)
		return order->end = STATUS_CANCELLED;
	if (customer != NULL)
		(void)snprintf(order->customer, sizeof(order->customer), "%s",
		    customer);
	else if (signed_in)
		(void)snprintf(order->customer, sizeof(order->customer),
		    "alice");
	if (action != ACTION_PAY)
		return signed_in ? STATUS_READY : STATUS_PROMPTS;
	rear->pays++;
	if (has(order, "withdrawn"))
		return order->end = STATUS_INVALID;
	if (has(order, "refuse")) {
		*code = order->code = "limit";
		return order->end = STATUS_REFUSED;
	}
	if (has(order, "decline")) {
		*code = "funds";
		return STATUS_DECLINED;
	}
	if (has(order, "pending"))
		return order->end = STATUS_PENDING;
	if (!signed_in &&
	    (strcmp(order->customer, "alice") != 0 ||
		!reply_is(frame, "password", "sesame"))) {
		*code = "wrong-password";
		return STATUS_PROMPTS;
	}
	order->txn = ++rear->txns;
	return STATUS_PAID;
}

/* As auth_smartcard's, in what a page shows of it. */
static void
put_new_passkey(struct frame_writer *w)
{
	frame_text(w, TAG_PROMPT_ID, "passkey");
	frame_number(w, TAG_PROMPT_KIND, TILL_ASK_SIGNATURE);
	frame_text(w, TAG_PROMPT_LABEL, "auth.new-passkey");
	frame_number(w, TAG_PROMPT_MAX, 17408);
	frame_text(w, TAG_PROMPT_FORMAT, "webauthn-create");
	frame_text(w, TAG_PROMPT_DATA, "{\"challenge\":\"AAAA\"}");
}

static void
put_prompts(struct frame_writer *w, const struct order *order, const char *code)
{
	if (has(order, "makes"))
		put_new_passkey(w);
	if (code != NULL) {
		frame_text(w, TAG_PROMPT_ID, "error");
		frame_number(w, TAG_PROMPT_KIND, TILL_TELL_ERROR);
		frame_text(w, TAG_PROMPT_LABEL, "auth.wrong-password");
	}
	frame_text(w, TAG_PROMPT_ID, "password");
	frame_number(w, TAG_PROMPT_KIND, TILL_ASK_SECRET);
	frame_text(w, TAG_PROMPT_LABEL, "auth.password");
	frame_number(w, TAG_PROMPT_MIN, 1);
	frame_number(w, TAG_PROMPT_MAX, 128);
}

static void
put_result(struct rear *rear, struct frame_writer *w, const struct order *order,
    enum order_status status, const struct frame *frame, const char *code)
{
	char voucher[160];

	if (status == STATUS_PAID || status == STATUS_REFUSED ||
	    status == STATUS_CANCELLED || status == STATUS_EXPIRED) {
		(void)snprintf(voucher, sizeof(voucher), "fake.%s.%llu",
		    order->jti, (unsigned long long)++rear->vouchers);
		frame_text(w, TAG_VOUCHER, voucher);
	}
	if (status == STATUS_PAID) {
		frame_number(w, TAG_TXN, order->txn);
		frame_text(w, TAG_PAID_FROM, "wallet");
		frame_number(w, TAG_TIME_S, 1795362300);
		if (frame_get_number(frame, TAG_WANT_SESSION, 0) == 1)
			frame_text(w, TAG_SESSION, SESSION);
	}
	if (status == STATUS_EXPIRED)
		frame_text(w, TAG_REASON, "expired");
	if (status == STATUS_CANCELLED)
		frame_text(w, TAG_REASON, "cancelled");
	if (status == STATUS_REFUSED || status == STATUS_DECLINED) {
		frame_text(w, TAG_REASON, code == NULL ? "policy" : code);
		if (code != NULL)
			frame_text(w, TAG_CODE, code);
	}
	if (status == STATUS_BUSY)
		frame_number(w, TAG_RETRY_AFTER_S, 1);
}

static void
write_order(struct rear *rear, struct frame_writer *w, struct order *order,
    const struct frame *frame, bool gone)
{
	enum order_status status = gone ? STATUS_GONE : STATUS_INVALID;
	const char *code = NULL;
	char conversation[24];
	size_t i;

	frame_begin(w, FRAME_ORDER_REPLY, frame->id);
	if (order != NULL)
		status = decide(rear, order, frame, &code);
	frame_number(w, TAG_STATUS, (uint64_t)status);
	if (order != NULL) {
		for (i = 0; rear->orders[i] != order; i++)
			;
		(void)snprintf(conversation, sizeof(conversation), "%zu", i);
		frame_text(w, TAG_CONVERSATION, conversation);
		frame_text(w, TAG_MERCHANT_NAME,
		    has(order, "hostile")
			? "<b onmouseover=\"alert(1)\">O'Brien & Sons"
			: "Le Journal S.A.");
		if (order->customer[0] != '\0')
			frame_text(w, TAG_CUSTOMER, order->customer);
		if (status == STATUS_READY)
			frame_text(w, TAG_BALANCE, "1234.50");
		if (status == STATUS_READY || status == STATUS_PROMPTS)
			frame_text(w, TAG_PAID_FROM,
			    has(order, "bank") ? "wallet bank" : "wallet");
		put_result(rear, w, order, status, frame, code);
	}
	if (status == STATUS_PROMPTS)
		put_prompts(w, order, code);
}

static void *
answer_late(void *arg)
{
	struct late *late = arg;
	struct timespec ts = { .tv_sec = late->ms / 1000,
		.tv_nsec = late->ms % 1000 * 1000000 };

	(void)nanosleep(&ts, NULL);
	(void)link_peer_send(late->peer, &late->writer);
	frame_writer_free(&late->writer);
	link_peer_unref(late->peer);
	free(late);
	return NULL;
}

static void
send_after(struct link_peer *peer, struct frame_writer *w, long ms)
{
	struct late *late = calloc(1, sizeof(*late));
	pthread_attr_t attr;
	pthread_t thread;

	late->peer = link_peer_ref(peer);
	late->writer = *w;
	late->ms = ms;
	(void)pthread_attr_init(&attr);
	(void)pthread_attr_setstacksize(&attr, 65536);
	(void)pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	if (pthread_create(&thread, &attr, answer_late, late) != 0)
		abort();
}

/* As a rear unit that is killed would: nobody gets an answer. */
static void
drop_link(struct rear *rear)
{
	fflush(stdout);
	(void)execl("/proc/self/exe", "fake_rear", rear->options.path,
	    rear->issuer, (char *)NULL);
	_exit(1);
}

/* At an account's commands, as above. */
static void
drop_account(struct rear *rear, const struct frame *frame)
{
	const char *command = frame_get_text(frame, TAG_COMMAND);

	if (command == NULL)
		return;
	if (strcmp(command, "account.unfreeze") == 0)
		drop_link(rear);
	if (strcmp(command, "account.freeze") == 0 &&
	    getenv("FAKE_FREEZE") == NULL) {
		(void)setenv("FAKE_FREEZE", "1", 1);
		drop_link(rear);
	}
}

static void
write_other(struct rear *rear, struct frame_writer *w,
    const struct frame *frame)
{
	static const char jwks[] = "{\"keys\":[]}";
	char well_known[256];

	frame_begin(w, (enum frame_kind)(frame->kind + 1), frame->id);
	if (frame->kind == FRAME_HELLO) {
		(void)snprintf(well_known, sizeof(well_known),
		    "{\"issuer\":\"%s\"}", rear->issuer);
		frame_text(w, TAG_ISSUER, rear->issuer);
		frame_text(w, TAG_OPERATOR, "Fake & Sons");
		frame_text(w, TAG_JWKS, jwks);
		frame_text(w, TAG_WELL_KNOWN, well_known);
		frame_number(w, TAG_SESSION_IDLE_S, 300);
	} else if (frame->kind == FRAME_HEALTH) {
		frame_text(w, TAG_JSON, "{\"ledger\":\"well\"}");
	} else if (frame->kind == FRAME_ACCOUNT) {
		frame_number(w, TAG_EXIT, 0);
		frame_text(w, TAG_JSON, "{}");
	} else if (frame->kind == FRAME_STATUS) {
		if (frame_get_text(frame, TAG_SESSION) == NULL ||
		    strcmp(frame_get_text(frame, TAG_SESSION), SESSION) != 0)
			frame_text(w, TAG_ERROR, "not yours");
		else
			frame_text(w, TAG_STATE, "paid");
	}
}

static void
on_request(void *arg, struct link_peer *peer, const struct frame *frame)
{
	struct rear *rear = arg;
	struct frame_writer w;
	struct order *order = NULL;
	struct till_error err;
	bool gone;
	long ms;

	if (frame_writer_init(&w, &err) == -1)
		abort();
	(void)pthread_mutex_lock(&rear->lock);
	if (frame->kind == FRAME_ORDER) {
		order = order_of(rear, frame, &gone);
		if (order != NULL && has(order, "drop") &&
		    access(rear->options.path, F_OK) == 0 &&
		    getenv("FAKE_DROPPED") == NULL &&
		    frame_get_number(frame, TAG_ACTION, 0) == ACTION_PAY) {
			(void)setenv("FAKE_DROPPED", "1", 1);
			drop_link(rear);
		}
		write_order(rear, &w, order, frame, gone);
	} else {
		if (frame->kind == FRAME_ACCOUNT)
			drop_account(rear, frame);
		write_other(rear, &w, frame);
	}
	(void)pthread_mutex_unlock(&rear->lock);
	if (frame_end(&w, &err) == -1) {
		fprintf(stderr, "fake_rear: %s\n", err.text);
		abort();
	}
	ms = lateness(order);
	if (ms > 0) {
		send_after(peer, &w, ms);
		return;
	}
	(void)link_peer_send(peer, &w);
	frame_writer_free(&w);
}

static bool
allow(void *arg, uid_t uid, gid_t gid, pid_t pid)
{
	(void)arg;
	(void)uid;
	(void)gid;
	(void)pid;
	return true;
}

int
main(int argc, char **argv)
{
	static struct rear rear = { .lock = PTHREAD_MUTEX_INITIALIZER };
	struct till_error err;
	sigset_t set;
	int number;

	if (argc != 3)
		return 64;
	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGUSR1);
	(void)sigaddset(&set, SIGTERM);
	(void)pthread_sigmask(SIG_BLOCK, &set, NULL);
	rear.issuer = argv[2];
	rear.options = (struct link_server_options){ .path = argv[1],
		.mode = 0600,
		.group = (gid_t)-1,
		.allow = allow,
		.request = on_request,
		.arg = &rear };
	if (link_server_start(&rear.options, &rear.server, &err) == -1) {
		fprintf(stderr, "fake_rear: %s\n", err.text);
		return 1;
	}
	puts("ready");
	fflush(stdout);
	while (sigwait(&set, &number) == 0 && number == SIGUSR1) {
		(void)pthread_mutex_lock(&rear.lock);
		printf("pays %llu paid %llu\n", (unsigned long long)rear.pays,
		    (unsigned long long)rear.txns);
		(void)pthread_mutex_unlock(&rear.lock);
		fflush(stdout);
	}
	return 0;
}
