/*
 * purchase.c - what is kept of an order between its steps.
 */
#include <stdlib.h>
#include <string.h>

#include "rear/pack.h"
#include "rear/run.h"

static void forget_lines(struct purchase *);
static void forget_line(struct auth_line *);

struct purchase *
purchase_new(size_t token_len)
{
	struct purchase *purchase = calloc(1, sizeof(*purchase));

	if (purchase != NULL)
		purchase->token_len = token_len;
	return purchase;
}

int
purchase_make_lines(struct purchase *purchase)
{
	size_t len = purchase->generation->conf->auth.len;

	if (len == 0)
		return 0;
	purchase->lines = calloc(len, sizeof(*purchase->lines));
	return purchase->lines == NULL ? -1 : 0;
}

void
purchase_free(void *arg)
{
	struct purchase *purchase = arg;

	if (purchase == NULL)
		return;
	forget_lines(purchase);
	free(purchase->lines);
	till_ticket_free(purchase->ticket);
	merchant_unref(purchase->merchant);
	generation_unref(purchase->generation);
	free(purchase->token);
	free(purchase);
}

void
purchase_pack(struct purchase *purchase)
{
	struct auth_line *line;
	size_t i;

	if (purchase->lines == NULL)
		return;
	for (i = 0; i < purchase->generation->conf->auth.len; i++) {
		line = &purchase->lines[i];
		/* Without memory for less, what is there stays. */
		if (line->context != NULL && !line->answered)
			line->packed = context_pack(line->context);
		if (line->packed == NULL && !line->answered)
			continue;
		context_free(line->context);
		line->context = NULL;
	}
}

void
purchase_set_customer(struct purchase *purchase, const char *cid)
{
	if (strcmp(purchase->customer, cid) == 0)
		return;
	forget_lines(purchase);
	purchase->has_session = false;
	purchase->shown = false;
	purchase->paid = false;
	purchase->ordered = false;
	memcpy(purchase->customer, cid, strlen(cid) + 1);
}

void
purchase_set_epoch(struct purchase *purchase, uint64_t epoch)
{
	size_t i;

	if (purchase->epoch != epoch) {
		forget_lines(purchase);
		purchase->shown = false;
	}
	purchase->epoch = epoch;
	if (purchase->lines == NULL)
		return;
	for (i = 0; i < purchase->generation->conf->auth.len; i++)
		if (purchase->lines[i].remembered) {
			forget_line(&purchase->lines[i]);
			purchase->shown = false;
		}
}

void
purchase_set_session(struct purchase *purchase, const unsigned char *name)
{
	purchase->has_session = true;
	memcpy(purchase->session, name, sizeof(purchase->session));
}

void
purchase_end_session(struct purchase *purchase)
{
	if (!purchase->has_session)
		return;
	forget_lines(purchase);
	purchase->has_session = false;
	purchase->shown = false;
}

static void
forget_lines(struct purchase *purchase)
{
	size_t i;

	if (purchase->lines == NULL)
		return;
	for (i = 0; i < purchase->generation->conf->auth.len; i++)
		forget_line(&purchase->lines[i]);
}

static void
forget_line(struct auth_line *line)
{
	context_free(line->context);
	packed_free(line->packed);
	free(line->limits);
	memset(line, 0, sizeof(*line));
}
