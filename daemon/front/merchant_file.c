/*
 * merchant_file.c - sales as a file, all of the days that are asked for.
 */
#include "front/merchant_priv.h"

static bool csv_part(struct work *, const json_t *);
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
	text_add(&work->account->csv,
	    "time,serial,order,what,amount,currency,fee,fee currency,"
	    "refunded,refunded currency,state,from\r\n");
	account_each(work, "till.sales", "lines", ACCOUNT_PARTS_MAX, csv_part,
	    csv_then);
}

/* A text that is full is too long, whatever comes. */
static bool
csv_part(struct work *work, const json_t *lines)
{
	struct text *text = &work->account->csv;
	size_t i;

	for (i = 0; i < json_array_size(lines) && !text->failed; i++)
		put_csv_line(text, json_array_get(lines, i));
	return !text->failed;
}

/* What would be too long is refused rather than cut, as a file that lacks
 * something looks like one that does not. */
static void
csv_then(struct work *work)
{
	struct text *text = &work->account->csv;

	if (work->account->next != NULL || text->failed)
		page_message(work, 413, "account-long", CHARGED_UNSAID);
	else
		account_send(work, "text/csv; charset=utf-8", "sales.csv",
		    text);
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
