/*
 * take.c - one message comes in: what the script says about it, what the
 * books say, and what goes back.
 */
#include <stdlib.h>
#include <string.h>

#include "bank/server.h"
#include "settle_bank/profile.h"

static void process(struct bank_server *, struct bank_conn *,
    struct bank_delivery *);
static bool answer(struct bank_server *, struct bank_conn *,
    struct bank_delivery *);
static void answer_network(struct bank_server *, struct bank_conn *,
    const struct iso_message *, const struct script_action *,
    struct iso_message *);
static void answer_sums(struct bank_server *, const struct iso_message *,
    struct iso_message *);
static void answer_code(const struct iso_message *, const char *,
    struct iso_message *);
static void refuse(struct bank_server *, struct bank_conn *,
    const struct iso_message *, const unsigned char *tpdu, const char *code);
static struct bank_delivery *copy_of(const struct bank_delivery *);

void
bank_take(struct bank_server *server, struct bank_conn *conn,
    const struct framing_frame *frame)
{
	const struct script_action *action;
	struct bank_delivery in;
	struct till_error err;

	memset(&in, 0, sizeof(in));
	memcpy(in.tpdu, frame->tpdu, sizeof(in.tpdu));
	framing_tpdu_swap(in.tpdu);
	if (iso_read(&server->settings.coding, frame->message, frame->len,
		&in.message, &err) == -1) {
		server->refused++;
		bank_close(server, conn, err.text);
		return;
	}
	bank_log(server, conn, true, &in.message);
	if (bank_own_answered(server, conn, &in.message))
		return;
	if (profile_check(&in.message, PROFILE_TO_BANK, &err) == -1) {
		server->refused++;
		bank_say(server, conn, "refused: %s", err.text);
		refuse(server, conn, &in.message, in.tpdu, "30");
		return;
	}
	action = bank_script_find(server->script, &in.message);
	if (action != NULL)
		in.action = *action;
	if (in.action.lose) {
		bank_say(server, conn, "lost on its way in");
	} else if (in.action.arrive.max > 0) {
		bank_task_add(server,
		    bank_now_ms() +
			bank_script_within(server->script, &in.action.arrive),
		    conn->number, copy_of(&in));
	} else {
		process(server, conn, &in);
	}
}

void
bank_arrived(struct bank_server *server, struct bank_conn *conn,
    const struct bank_delivery *delivery)
{
	struct bank_delivery in = *delivery;

	process(server, conn, &in);
}

/* conn is NULL if the connection is gone meanwhile: what was on its way
 * is booked all the same. */
static void
process(struct bank_server *server, struct bank_conn *conn,
    struct bank_delivery *in)
{
	const struct script_action action = in->action;
	const struct script_range *delays[] = { &action.delay, &action.again };
	const uint64_t number = conn == NULL ? 0 : conn->number;
	int64_t due_ms = bank_now_ms();
	size_t i;

	if (action.close == CLOSE_BEFORE) {
		if (conn != NULL)
			bank_close(server, conn, "as the script says");
		return;
	}
	if (!answer(server, conn, in) || conn == NULL)
		return;
	if (action.close == CLOSE_AFTER)
		bank_close(server, conn, "as the script says");
	if (action.drop)
		bank_say(server, conn, "the answer is lost");
	for (i = 0; !action.drop && i < (action.twice ? 2U : 1U); i++) {
		conn = bank_conn(server, number);
		if (action.hold) {
			bank_task_add(server, BANK_HELD_MS, number,
			    copy_of(in));
			continue;
		}
		if (i == 0 && delays[i]->max == 0) {
			if (conn != NULL)
				bank_depart(server, conn, in);
			continue;
		}
		due_ms += bank_script_within(server->script, delays[i]);
		bank_task_add(server, due_ms, number, copy_of(in));
	}
}

/* The request becomes its answer; false if there is none. */
static bool
answer(struct bank_server *server, struct bank_conn *conn,
    struct bank_delivery *in)
{
	const struct iso_message request = in->message;
	const struct bank_entry *entry;

	in->is_answer = true;
	if (profile_answer_type(request.mti)[0] == '\0' ||
	    strcmp(request.mti, "0810") == 0)
		return false;
	if (request.mti[1] == '8') {
		answer_network(server, conn, &request, &in->action,
		    &in->message);
	} else if (conn != NULL && !conn->signed_on &&
	    !server->settings.any_time) {
		bank_say(server, conn, "refused: not signed on");
		answer_code(&request, "58", &in->message);
	} else if (request.mti[1] == '5') {
		answer_sums(server, &request, &in->message);
	} else {
		entry = bank_ledger_book(server->ledger, &request, &in->action);
		bank_answer_entry(&request, entry, &in->message);
		if (entry->code[0] == '\0')
			bank_answer_set(&in->message, 39, "96");
	}
	return true;
}

static void
answer_network(struct bank_server *server, struct bank_conn *conn,
    const struct iso_message *request, const struct script_action *action,
    struct iso_message *to)
{
	const struct bank_settings *settings = &server->settings;
	const char *code = action->code[0] == '\0' ? "00" : action->code;

	answer_code(request, code, to);
	if (conn == NULL || strcmp(code, "00") != 0)
		return;
	if (iso_is(request, 70, settings->sign_on))
		conn->signed_on = true;
	else if (iso_is(request, 70, settings->sign_off))
		conn->signed_on = false;
	else if (!iso_is(request, 70, settings->echo) &&
	    !iso_is(request, 70, settings->cutover))
		answer_code(request, "12", to);
}

static void
answer_sums(struct bank_server *server, const struct iso_message *request,
    struct iso_message *to)
{
	struct bank_totals totals;
	char date[5], currency[4];

	bank_ledger_totals(server->ledger,
	    bank_text(request, 15, date, sizeof(date)),
	    bank_text(request, 50, currency, sizeof(currency)), &totals);
	bank_answer_totals(request, &totals, server->settings.net_debit, to);
}

/* An answer that says no more than a code. */
static void
answer_code(const struct iso_message *request, const char *code,
    struct iso_message *to)
{
	static const struct bank_totals none;

	if (request->mti[1] == '5')
		bank_answer_totals(request, &none, 'D', to);
	bank_answer_begin(request, code, to);
	if (request->mti[1] == '5')
		bank_answer_set(to, 66, "2");
}

static void
refuse(struct bank_server *server, struct bank_conn *conn,
    const struct iso_message *request, const unsigned char *tpdu,
    const char *code)
{
	struct iso_message to;

	if (profile_answer_type(request->mti)[0] == '\0')
		return;
	answer_code(request, code, &to);
	bank_send(server, conn, &to, tpdu);
}

static struct bank_delivery *
copy_of(const struct bank_delivery *from)
{
	struct bank_delivery *copy = malloc(sizeof(*copy));

	if (copy != NULL)
		*copy = *from;
	return copy;
}
