/*
 * answer.c - from an answer to a frame.
 */
#include <string.h>

#include "log/log.h"
#include "rear/run.h"

static void put_status(struct frame_writer *, const struct order_run *);
static void put_order(struct frame_writer *, const struct order_run *);
static void put_end(struct frame_writer *, const struct answer *);
static void put_prompts(struct frame_writer *, const struct till_context *);
static void put_prompt(struct frame_writer *, const struct prompt *);

void
answer_send(struct order_run *run)
{
	struct frame_writer *writer = &run->worker->writer;
	struct till_error err;

	if (run->request.peer == NULL)
		return;
	frame_begin(writer, FRAME_ORDER_REPLY, run->request.id);
	put_status(writer, run);
	if (run->purchase != NULL && run->purchase->ticket != NULL &&
	    run->answer.status != STATUS_INVALID)
		put_order(writer, run);
	put_end(writer, &run->answer);
	if (run->answer.prompts != NULL)
		put_prompts(writer, run->answer.prompts);
	if (frame_end(writer, &err) == -1) {
		log_line(TILL_LOG_ERROR, "link.reply-not-made", "error",
		    err.text, NULL);
		frame_begin(writer, FRAME_ORDER_REPLY, run->request.id);
		frame_number(writer, TAG_STATUS, STATUS_BUSY);
		if (frame_end(writer, &err) == -1)
			return;
	}
	(void)link_peer_send(run->request.peer, writer);
}

static void
put_status(struct frame_writer *writer, const struct order_run *run)
{
	const struct answer *answer = &run->answer;

	frame_number(writer, TAG_STATUS, answer->status);
	if (run->conversation != NULL)
		frame_text(writer, TAG_CONVERSATION, run->conversation->id);
	frame_text(writer, TAG_REASON, till_reason_name(answer->reason));
	if (answer->code[0] != '\0')
		frame_text(writer, TAG_CODE, answer->code);
	if (answer->status == STATUS_INVALID)
		frame_text(writer, TAG_ERROR, answer->text);
}

/* What is said of ticket and customer.  The name tells the front whether
 * it must still ask for one. */
static void
put_order(struct frame_writer *writer, const struct order_run *run)
{
	const struct purchase *purchase = run->purchase;

	if (!purchase->sign_in) {
		frame_text(writer, TAG_MERCHANT, purchase->merchant->mid);
		frame_text(writer, TAG_MERCHANT_NAME, purchase->merchant->name);
		frame_text(writer, TAG_JTI, purchase->ticket->jti);
	}
	if (purchase->lang[0] != '\0')
		frame_text(writer, TAG_LANG, purchase->lang);
	if (purchase->customer[0] != '\0')
		frame_text(writer, TAG_CUSTOMER, purchase->customer);
}

static void
put_end(struct frame_writer *writer, const struct answer *answer)
{
	if (answer->voucher != NULL)
		frame_text(writer, TAG_VOUCHER, answer->voucher->text);
	if (answer->txn != 0)
		frame_number(writer, TAG_TXN, answer->txn);
	if (answer->via[0] != '\0')
		frame_text(writer, TAG_PAID_FROM, answer->via);
	if (answer->refunded[0] != '\0')
		frame_text(writer, TAG_REFUNDED, answer->refunded);
	if (answer->allowance[0] != '\0')
		frame_text(writer, TAG_ALLOWANCE, answer->allowance);
	if (answer->unasked)
		frame_number(writer, TAG_UNASKED, 1);
	if (answer->retry_after_s != 0)
		frame_number(writer, TAG_RETRY_AFTER_S, answer->retry_after_s);
	if (answer->time_s != 0)
		frame_number(writer, TAG_TIME_S, (uint64_t)answer->time_s);
	if (answer->session[0] != '\0')
		frame_text(writer, TAG_SESSION, answer->session);
	if (answer->device[0] != '\0')
		frame_text(writer, TAG_DEVICE, answer->device);
	if (answer->balance[0] != '\0')
		frame_text(writer, TAG_BALANCE, answer->balance);
}

static void
put_prompts(struct frame_writer *writer, const struct till_context *context)
{
	size_t i;

	for (i = 0; i < context->prompts_len; i++)
		put_prompt(writer, &context->prompts[i]);
}

static void
put_prompt(struct frame_writer *writer, const struct prompt *prompt)
{
	size_t i;

	frame_text(writer, TAG_PROMPT_ID, prompt->id);
	frame_number(writer, TAG_PROMPT_KIND, prompt->kind);
	if (prompt->label[0] != '\0')
		frame_text(writer, TAG_PROMPT_LABEL, prompt->label);
	if (prompt->text[0] != '\0')
		frame_text(writer, TAG_PROMPT_TEXT, prompt->text);
	frame_number(writer, TAG_PROMPT_MIN, prompt->min_len);
	frame_number(writer, TAG_PROMPT_MAX, prompt->max_len);
	if (prompt->format[0] != '\0')
		frame_text(writer, TAG_PROMPT_FORMAT, prompt->format);
	if (prompt->challenge_len > 0)
		frame_octets(writer, TAG_PROMPT_CHALLENGE, prompt->challenge,
		    prompt->challenge_len);
	for (i = 0; i < prompt->choices_len; i++)
		frame_text(writer, TAG_PROMPT_CHOICE, prompt->choices[i]);
	if (prompt->data[0] != '\0')
		frame_text(writer, TAG_PROMPT_DATA, prompt->data);
}
