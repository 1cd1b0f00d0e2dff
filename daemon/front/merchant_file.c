/*
 * merchant_file.c - sales as a file, all of the days that are asked for.
 */
#include "front/merchant_priv.h"

static void csv_then(struct work *);
static void put_csv_line(struct text *, const json_t *);

void
merchant_csv(struct work *work)
{
	work->merchant = true;
	if (account_enter(work) == -1)
		return;
	if (account_times(work) == -1) {
		page_message(work, 400, "account-bad", CHARGED_UNSAID);
		return;
	}
	account_gather(work, "till.sales", "lines", NULL, ACCOUNT_PARTS_MAX,
	    csv_then);
}

/* What would be too long is refused rather than cut, as a file that lacks
 * something looks like one that does not. */
static void
csv_then(struct work *work)
{
	struct text text = { 0 };
	size_t i;

	if (work->account->next != NULL) {
		page_message(work, 413, "account-long", CHARGED_UNSAID);
		return;
	}
	text_add(&text,
	    "time,serial,order,what,amount,currency,fee,fee currency,"
	    "refunded,refunded currency,state,from\r\n");
	for (i = 0; i < json_array_size(work->account->lines); i++)
		put_csv_line(&text, json_array_get(work->account->lines, i));
	account_send(work, "text/csv; charset=utf-8", "sales.csv", &text);
}

static void
put_csv_line(struct text *text, const json_t *line)
{
	put_cell(text, doc_get(line, "time"));
	text_add(text, ",");
	text_number(text,
	    (uint64_t)json_integer_value(json_object_get(line, "serial")));
	text_add(text, ",");
	put_cell(text, doc_get(line, "jti"));
	text_add(text, ",");
	put_cell(text, doc_get(line, "what"));
	text_add(text, ",");
	put_money_cells(text, doc_get(line, "amount"));
	text_add(text, ",");
	put_money_cells(text, doc_get(line, "fee"));
	text_add(text, ",");
	put_money_cells(text, doc_get(line, "refunded"));
	text_add(text, ",");
	put_cell(text, doc_get(line, "state"));
	text_add(text, ",");
	put_cell(text, doc_get(line, "via"));
	text_add(text, "\r\n");
}
