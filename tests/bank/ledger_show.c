/*
 * ledger_show.c - the books for tests to compare, and as sums of a day.
 */
#include <string.h>

#include "bank/ledger.h"

#define SHOWN_MAX 32 /* a masked name */

static void show_account(const struct bank_ledger *, size_t, FILE *);
static void show_entry(const struct bank_entry *, FILE *);
static int row_of(const struct bank_entry *);

void
bank_ledger_dump(const struct bank_ledger *ledger, FILE *to)
{
	size_t i;

	for (i = 0; i < ledger->accounts_len; i++)
		show_account(ledger, i, to);
	for (i = 0; i < ledger->entries_len; i++)
		show_entry(&ledger->entries[i], to);
}

void
bank_ledger_totals(const struct bank_ledger *ledger, const char *date,
    const char *currency, struct bank_totals *totals)
{
	const struct bank_entry *entry;
	size_t i;
	int row;

	memset(totals, 0, sizeof(*totals));
	for (i = 0; i < ledger->entries_len; i++) {
		entry = &ledger->entries[i];
		row = row_of(entry);
		if (row == -1 || strcmp(entry->date, date) != 0 ||
		    strcmp(entry->currency, currency) != 0)
			continue;
		totals->count[row]++;
		totals->sum[row] += entry->taken;
	}
}

static void
show_account(const struct bank_ledger *ledger, size_t i, FILE *to)
{
	const struct bank_account *account = &ledger->accounts[i];
	char shown[SHOWN_MAX];

	(void)fprintf(to,
	    "{\"account\":%zu,\"name\":\"%s\",\"currency\":\"%s\","
	    "\"balance\":%lld,\"reserved\":%lld}\n",
	    i + 1,
	    iso_mask(ISO_LAST_FOUR, account->is.name, strlen(account->is.name),
		shown, sizeof(shown)),
	    account->is.currency, (long long)account->is.balance,
	    (long long)account->reserved);
}

static void
show_entry(const struct bank_entry *entry, FILE *to)
{
	(void)fprintf(to,
	    "{\"key\":\"%s\",\"mti\":\"%s\",\"stan\":\"%.6s\",\"rrn\":\"%s\","
	    "\"account\":%zu,\"currency\":\"%s\",\"amount\":%lld,"
	    "\"taken\":%lld,\"left\":%lld,\"state\":\"%s\",\"code\":\"%s\","
	    "\"auth\":\"%s\",\"date\":\"%s\",\"original\":\"%s\"}\n",
	    entry->key, entry->mti, entry->key + ISO_MTI_LEN, entry->rrn,
	    entry->account, entry->currency, (long long)entry->amount,
	    (long long)entry->taken, (long long)entry->left,
	    bank_state_name(entry->state), entry->code, entry->auth,
	    entry->date, entry->original);
}

/* Of DE74-77 and DE86-89: credits, credits reversed, debits, debits
 * reversed; -1 if nothing was booked.  What is reserved only is not. */
static int
row_of(const struct bank_entry *entry)
{
	const bool refund = strncmp(entry->processing, "20", 2) == 0;

	if (entry->taken == 0 || strcmp(entry->mti, "0100") == 0)
		return -1;
	return (refund ? 0 : 2) + (entry->state == BANK_REVERSAL ? 1 : 0);
}
