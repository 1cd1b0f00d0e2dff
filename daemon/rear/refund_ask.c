/*
 * refund_ask.c - FRAME_REFUND.
 *
 * It waits for a module and for the ledger, so it is done where settlements
 * are called, as one group: however many are asked for, they hold up no
 * payment.
 */
#include <stdlib.h>
#include <string.h>

#include <till/refund.h>

#include "rear/clock.h"
#include "rear/refund.h"
#include "rear/refund_ask.h"
#include "rear/run.h"

#define REPLY_MAX 512 /* octets of the answer's JSON */

struct asking {
	struct job job;
	struct rear *rear;
	struct link_peer *peer; /* counted */
	uint64_t id;
	char *token;
};

static void work(struct worker *, struct job *);
static bool open_request(struct asking *, struct till_refund *,
    struct till_error *);
static void reply(struct asking *, struct frame_writer *,
    const struct till_refund *, const struct refund_answer *);
static void refuse(struct asking *, struct frame_writer *, const char *code,
    const char *text);
static void busy(struct link_peer *, uint64_t, struct frame_writer *);
static void asking_free(struct asking *);

void
refund_admit(struct rear *rear, struct link_peer *peer,
    const struct frame *frame, struct frame_writer *writer)
{
	const char *token = frame_get_text(frame, TAG_REQUEST_TOKEN);
	struct asking *asking = calloc(1, sizeof(*asking));

	if (asking != NULL && token != NULL) {
		asking->job.run = work;
		asking->job.group = &rear->reverser;
		asking->rear = rear;
		asking->peer = link_peer_ref(peer);
		asking->id = frame->id;
		asking->token = strdup(token);
		if (asking->token != NULL &&
		    pool_submit(rear->callers, &asking->job))
			return;
	}
	asking_free(asking);
	busy(peer, frame->id, writer);
}

static void
work(struct worker *worker, struct job *job)
{
	struct asking *asking = (struct asking *)job;
	struct refund_answer answer;
	struct till_refund refund;
	struct till_error err;
	struct refund_ask ask = { .mid = refund.iss,
		.jti = refund.tjti,
		.id = refund.jti };
	char actor[TILL_JTI_MAX];

	if (!open_request(asking, &refund, &err)) {
		refuse(asking, &worker->writer, "unauthorized", err.text);
		asking_free(asking);
		return;
	}
	(void)snprintf(actor, sizeof(actor), "merchant:%s", refund.iss);
	ask.amount = refund.amount;
	ask.note = refund.desc;
	ask.actor = actor;
	refund_order(asking->rear, &ask, &answer);
	if (answer.end == REFUND_MADE || answer.end == REFUND_REPEATED)
		reply(asking, &worker->writer, &refund, &answer);
	else if (answer.end == REFUND_BUSY)
		busy(asking->peer, asking->id, &worker->writer);
	else
		refuse(asking, &worker->writer, answer.code, answer.err.text);
	asking_free(asking);
}

static bool
open_request(struct asking *asking, struct till_refund *refund,
    struct till_error *err)
{
	struct merchant_search search = { asking->rear->merchants, NULL };
	bool may = false;

	if (till_refund_open(asking->token, strlen(asking->token),
		merchants_find_key, &search, refund, err) == 0 &&
	    till_refund_check(refund, search.merchant->mid,
		asking->rear->issuer, wall_s(), err) == 0) {
		may = search.merchant->active;
		if (!may)
			(void)till_fail(err, "iss: is suspended");
	}
	merchant_unref(search.merchant);
	return may;
}

static void
reply(struct asking *asking, struct frame_writer *writer,
    const struct till_refund *refund, const struct refund_answer *answer)
{
	char json[REPLY_MAX], amount[TILL_MONEY_MAX];
	struct till_error err;

	/* Nothing in it has to be escaped. */
	(void)snprintf(json, sizeof(json),
	    "{\"merchant\":\"%s\",\"jti\":\"%s\",\"refund\":\"%s\","
	    "\"amount\":\"%s\",\"currency\":\"%s\",\"txn\":%llu,"
	    "\"time\":%lld,\"state\":\"%s\"}\n",
	    refund->iss, refund->tjti, refund->jti,
	    till_money_print(&answer->amount, amount), answer->amount.currency,
	    (unsigned long long)answer->serial,
	    (long long)answer->time_ms / 1000,
	    refund_state_name(answer->state));
	frame_begin(writer, FRAME_REFUND_REPLY, asking->id);
	frame_text(writer, TAG_JSON, json);
	if (frame_end(writer, &err) == 0)
		(void)link_peer_send(asking->peer, writer);
}

static void
refuse(struct asking *asking, struct frame_writer *writer, const char *code,
    const char *text)
{
	struct till_error err;

	frame_begin(writer, FRAME_REFUND_REPLY, asking->id);
	frame_text(writer, TAG_CODE, code);
	frame_text(writer, TAG_TEXT, text);
	if (frame_end(writer, &err) == 0)
		(void)link_peer_send(asking->peer, writer);
}

static void
busy(struct link_peer *peer, uint64_t id, struct frame_writer *writer)
{
	struct till_error err;

	frame_begin(writer, FRAME_REFUND_REPLY, id);
	frame_number(writer, TAG_STATUS, STATUS_BUSY);
	frame_number(writer, TAG_RETRY_AFTER_S, REAR_BUSY_S);
	if (frame_end(writer, &err) == 0)
		(void)link_peer_send(peer, writer);
}

static void
asking_free(struct asking *asking)
{
	if (asking == NULL)
		return;
	link_peer_unref(asking->peer);
	free(asking->token);
	free(asking);
}
