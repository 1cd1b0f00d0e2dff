/*
 * order_facts.c - what guards, modules and the ledger are told of an
 * order.
 */
#include <string.h>

#include "origin.h"
#include "rear/run.h"

int
order_facts(struct order_run *run, struct till_error *err)
{
	const struct purchase *purchase = run->purchase;
	const struct till_ticket *ticket = purchase->ticket;
	const struct generation *generation = purchase->generation;

	run->facts = (struct facts){
		.amount = ticket->amount,
		.merchant = ticket->iss,
		.customer = purchase->customer,
		.kind = till_kind_name(ticket->kind),
		.enrol = purchase->enrol,
		.channel = purchase->channel,
	};
	facts_set_time(&run->facts, run->now_s, generation->conf->zone);
	(void)origin_of(ticket->ret, run->merchant_origin);
	run->order = (struct till_order){
		.size = sizeof(run->order),
		.ticket = ticket->th,
		.merchant = ticket->iss,
		.merchant_name = purchase->sign_in ? run->rear->issuer
						   : purchase->merchant->name,
		.merchant_country = purchase->merchant->country,
		.customer = purchase->customer,
		.jti = ticket->jti,
		.oid = ticket->oid,
		.desc = ticket->desc,
		.kind = run->facts.kind,
		.channel = purchase->channel,
		.lang = purchase->lang,
		.amount = ticket->amount,
		.issued_s = ticket->iat,
		.expires_s = ticket->exp,
		.merchant_origin = run->merchant_origin,
	};
	if (!generation->needs_strong || purchase->customer[0] == '\0' ||
	    purchase->of_merchant)
		return 0;
	return limits_strong(run, err);
}

void
order_fill(struct order_run *run, struct ledger_order *order)
{
	const struct purchase *purchase = run->purchase;
	const struct till_ticket *ticket = purchase->ticket;
	const struct auth_line *line;
	size_t i, k, len = purchase->generation->conf->auth.len;

	if (order == &run->stored && run->has_stored) {
		ledger_order_clear(order);
		run->has_stored = false;
	}
	memset(order, 0, sizeof(*order));
	memcpy(order->merchant, ticket->iss, strlen(ticket->iss) + 1);
	memcpy(order->jti, ticket->jti, strlen(ticket->jti) + 1);
	memcpy(order->th, ticket->th, sizeof(order->th));
	order->kind = ticket->kind;
	order->amount = ticket->amount;
	order->ticket = purchase->token;
	order->ticket_len = purchase->token_len;
	order->channel = strcmp(purchase->channel, "api") == 0
	    ? CHANNEL_API
	    : CHANNEL_BROWSER;
	memcpy(order->country, purchase->merchant->country,
	    sizeof(order->country));
	order->decided_s = run->now_s;
	order->unasked = run->unasked;
	if (!purchase->shown)
		return;
	order->strong_micro = run->facts.strong_micro;
	order->strong_count = run->facts.strong_count;
	memcpy(order->customer, purchase->customer, sizeof(order->customer));
	order->auth_time_s = run->auth_time_s;
	order->auth_level = (uint32_t)run->facts.auth_level;
	for (i = 0; i < len; i++) {
		line = &purchase->lines[i];
		if (line->result != TILL_GRANT)
			continue;
		for (k = 0; k < line->amr_len; k++)
			if (order->amr_len < TILL_AMR_MAX)
				memcpy(order->amr[order->amr_len++],
				    line->amr[k], sizeof(line->amr[k]));
	}
}
