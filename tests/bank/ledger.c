/*
 * ledger.c - entries by their key, accounts by their name.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "bank/ledger.h"

#define ENTRIES_FIRST 1024

static bool make_room(struct bank_ledger *);
static size_t slot_of(const struct bank_ledger *, const char *);

static_assert((BANK_SLOTS & (BANK_SLOTS - 1)) == 0, "no power of two");

struct bank_ledger *
bank_ledger_new(const struct bank_habits *habits, struct till_error *err)
{
	struct bank_ledger *ledger = calloc(1, sizeof(*ledger));
	const time_t now = time(NULL);
	struct tm day;

	if (ledger != NULL)
		ledger->slots = calloc(BANK_SLOTS, sizeof(*ledger->slots));
	if (ledger == NULL || ledger->slots == NULL) {
		bank_ledger_free(ledger);
		(void)till_fail(err, "out of memory");
		return NULL;
	}
	ledger->habits = *habits;
	ledger->journal = -1;
	(void)gmtime_r(&now, &day);
	(void)strftime(ledger->date, sizeof(ledger->date), "%m%d", &day);
	return ledger;
}

void
bank_ledger_free(struct bank_ledger *ledger)
{
	if (ledger == NULL)
		return;
	if (ledger->slots != NULL && ledger->journal != -1)
		(void)close(ledger->journal);
	free(ledger->entries);
	free(ledger->slots);
	free(ledger);
}

int
bank_ledger_accounts(struct bank_ledger *ledger, const struct script *script,
    struct till_error *err)
{
	const struct script_account *from;
	size_t i, k;

	for (i = 0; i < script->accounts_len; i++) {
		from = &script->accounts[i];
		for (k = 0; k < ledger->accounts_len; k++) {
			if (strcmp(ledger->accounts[k].is.name, from->name) ==
				0 &&
			    strcmp(ledger->accounts[k].is.currency,
				from->currency) == 0)
				break;
		}
		if (k < ledger->accounts_len)
			continue;
		if (k == SCRIPT_ACCOUNTS_MAX)
			return till_fail(err, "too many accounts");
		ledger->accounts[ledger->accounts_len++].is = *from;
	}
	return 0;
}

int
bank_habits_set(struct bank_habits *habits, const char *name,
    struct till_error *err)
{
	static const struct {
		const char *name;
		struct bank_habits habits;
	} all[] = {
		{ "remembers", { false, false, "00" } },
		{ "reverses", { false, true, "00" } },
		{ "forgets", { true, false, "25" } },
	};
	size_t i;

	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		if (strcmp(all[i].name, name) == 0) {
			*habits = all[i].habits;
			return 0;
		}
	}
	return till_fail(err, "a bank remembers, reverses or forgets");
}

void
bank_key(const struct iso_message *message, char key[BANK_KEY_MAX])
{
	char mti[ISO_MTI_LEN + 1], stan[7], sent[11];

	memcpy(mti, message->mti, sizeof(mti));
	if (mti[3] == '1')
		mti[3] = '0';
	(void)snprintf(key, BANK_KEY_MAX, "%s%s%s%011lld", mti,
	    bank_text(message, 11, stan, sizeof(stan)),
	    bank_text(message, 7, sent, sizeof(sent)),
	    (long long)bank_number(message, 32));
}

struct bank_entry *
bank_ledger_find(struct bank_ledger *ledger, const char *key)
{
	const uint32_t at = ledger->slots[slot_of(ledger, key)];

	return at == 0 ? NULL : &ledger->entries[at - 1];
}

struct bank_entry *
bank_ledger_add(struct bank_ledger *ledger, const struct bank_entry *entry)
{
	if (!make_room(ledger))
		return NULL;
	ledger->entries[ledger->entries_len++] = *entry;
	ledger->slots[slot_of(ledger, entry->key)] =
	    (uint32_t)ledger->entries_len;
	return &ledger->entries[ledger->entries_len - 1];
}

size_t
bank_ledger_account(const struct bank_ledger *ledger,
    const struct iso_message *message, const char *currency)
{
	const struct script_account *is;
	static const int names[] = { 102, 2 };
	size_t i, k;

	for (k = 0; k < sizeof(names) / sizeof(names[0]); k++) {
		for (i = 0; i < ledger->accounts_len; i++) {
			is = &ledger->accounts[i].is;
			if (iso_is(message, names[k], is->name) &&
			    strcmp(is->currency, currency) == 0)
				return i + 1;
		}
	}
	return 0;
}

const char *
bank_state_name(enum bank_state state)
{
	static const char *const names[BANK_STATES] = { "", "declined",
		"reserved", "completed", "charged", "refunded", "reversed",
		"returned", "reversal", "overtaken" };

	return names[state];
}

static bool
make_room(struct bank_ledger *ledger)
{
	size_t size = ledger->entries_size;
	struct bank_entry *entries;

	if (ledger->entries_len < size)
		return true;
	if (size == BANK_ENTRIES_MAX)
		return false;
	size = size == 0 ? ENTRIES_FIRST : 2 * size;
	entries = realloc(ledger->entries, size * sizeof(*entries));
	if (entries == NULL)
		return false;
	ledger->entries = entries;
	ledger->entries_size = size;
	return true;
}

/* Where the key is, or would be: half of the slots stay free.  FNV-1a. */
static size_t
slot_of(const struct bank_ledger *ledger, const char *key)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);
	const char *c;
	size_t at;

	for (c = key; *c != '\0'; c++)
		hash = (hash ^ (unsigned char)*c) * UINT64_C(0x100000001b3);
	at = (size_t)(hash ^ hash >> 32) & (BANK_SLOTS - 1);
	while (ledger->slots[at] != 0 &&
	    strcmp(ledger->entries[ledger->slots[at] - 1].key, key) != 0)
		at = (at + 1) & (BANK_SLOTS - 1);
	return at;
}
