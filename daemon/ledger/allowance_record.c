/*
 * allowance_record.c - an allowance, without the names that are its key.
 */
#include <string.h>

#include "ledger/internal.h"

#define ALLOWANCE_VERSION 1

void
allowance_write(struct record_out *out, void *buf,
    const struct ledger_allowance *allowance)
{
	record_write(out, buf, RECORD_MAX, ALLOWANCE_VERSION);
	record_put_money(out, &allowance->each);
	record_put_money(out, &allowance->day);
	record_put_i64(out, allowance->since_ms);
}

/* What allows nothing, or more each than a day, was never written. */
int
allowance_read(const void *data, size_t len, struct ledger_allowance *allowance)
{
	struct record_in in;

	memset(allowance, 0, sizeof(*allowance));
	record_read(&in, data, len, ALLOWANCE_VERSION);
	record_get_money(&in, &allowance->each);
	record_get_money(&in, &allowance->day);
	allowance->since_ms = record_get_i64(&in);
	return record_end(&in) &&
		ledger_allowance_ok(&allowance->each, &allowance->day)
	    ? 0
	    : -1;
}
