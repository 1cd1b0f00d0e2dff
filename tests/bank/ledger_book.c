/*
 * ledger_book.c - what a request does to the books.
 *
 * Every request leaves an entry under its key, a refused one too; only a
 * reversal of what a forgetful bank does not know leaves none, so that its
 * repeat is a new chance.
 */
#include <string.h>

#include "bank/ledger.h"

#define REFUND "20" /* the first two digits of DE3 */

static const struct bank_entry *odd(struct bank_ledger *,
    const struct bank_entry *, const char *code);
static void begin(struct bank_ledger *, const struct iso_message *,
    struct bank_entry *);
static bool is_same(const struct bank_entry *, const struct bank_entry *);
static const char *refusal(const struct bank_ledger *,
    const struct iso_message *, const struct bank_entry *);
static bool is_approval(const char *);
static void move(struct bank_ledger *, struct bank_entry *,
    const struct script_action *);
static void approve(struct bank_ledger *, struct bank_entry *, const char *);
static void complete(struct bank_ledger *, struct bank_entry *);
static struct bank_entry *reservation_of(struct bank_ledger *,
    const struct bank_entry *);
static const struct bank_entry *late(struct bank_ledger *, struct bank_entry *,
    struct bank_entry *);
static const struct bank_entry *reverse(struct bank_ledger *,
    const struct iso_message *, struct bank_entry *);
static const struct bank_entry *overtake(struct bank_ledger *,
    struct bank_entry *);
static const char *take_back(struct bank_ledger *, struct bank_entry *,
    struct bank_entry *, int64_t);
static const struct bank_entry *keep(struct bank_ledger *,
    const struct bank_entry *);

const struct bank_entry *
bank_ledger_book(struct bank_ledger *ledger, const struct iso_message *request,
    const struct script_action *action)
{
	struct bank_entry entry, *known;
	const char *code;

	begin(ledger, request, &entry);
	/* Who cannot look into the books now says so of a repeat only. */
	if (request->mti[3] == '1' && action->code[0] != '\0' &&
	    !is_approval(action->code))
		return odd(ledger, &entry, action->code);
	known = bank_ledger_find(ledger, entry.key);
	if (known != NULL && known->state == BANK_OVERTAKEN)
		return late(ledger, known, &entry);
	if (known != NULL)
		return is_same(known, &entry) ? known
					      : odd(ledger, &entry, "94");
	if (ledger->entries_len + 2 > BANK_ENTRIES_MAX)
		return odd(ledger, &entry, "96");
	if (action->code[0] != '\0' && !is_approval(action->code)) {
		/* What was not reversed this time may be the next. */
		if (entry.mti[1] == '4')
			return odd(ledger, &entry, action->code);
		memcpy(entry.code, action->code, sizeof(entry.code));
		return keep(ledger, &entry);
	}
	if (entry.mti[1] == '4')
		return reverse(ledger, request, &entry);
	if (strcmp(entry.mti, "0220") == 0)
		complete(ledger, &entry);
	code = refusal(ledger, request, &entry);
	if (code != NULL)
		memcpy(entry.code, code, sizeof(entry.code));
	else
		move(ledger, &entry, action);
	return keep(ledger, &entry);
}

const struct bank_entry *
bank_ledger_return(struct bank_ledger *ledger, const char *key)
{
	struct bank_entry *entry = bank_ledger_find(ledger, key);

	if (entry == NULL || entry->state != BANK_CHARGED)
		return NULL;
	ledger->accounts[entry->account - 1].is.balance += entry->left;
	entry->left = 0;
	entry->state = BANK_RETURNED;
	bank_ledger_note(ledger, entry);
	return entry;
}

static const struct bank_entry *
odd(struct bank_ledger *ledger, const struct bank_entry *entry,
    const char *code)
{
	ledger->odd = *entry;
	memcpy(ledger->odd.code, code, sizeof(ledger->odd.code));
	return &ledger->odd;
}

static void
begin(struct bank_ledger *ledger, const struct iso_message *request,
    struct bank_entry *entry)
{
	char original[43];

	memset(entry, 0, sizeof(*entry));
	bank_key(request, entry->key);
	memcpy(entry->mti, entry->key, ISO_MTI_LEN);
	(void)bank_text(request, 37, entry->rrn, sizeof(entry->rrn));
	(void)bank_text(request, 3, entry->processing,
	    sizeof(entry->processing));
	(void)bank_text(request, 49, entry->currency, sizeof(entry->currency));
	if (*bank_text(request, 90, original, sizeof(original)) != '\0') {
		memcpy(entry->original, original, BANK_KEY_MAX - 1);
		if (entry->original[3] == '1')
			entry->original[3] = '0';
	}
	memcpy(entry->date, ledger->date, sizeof(entry->date));
	entry->account = bank_ledger_account(ledger, request, entry->currency);
	entry->amount = bank_number(request, 4);
	entry->state = BANK_DECLINED;
}

/* A repeat differs from what it repeats in its type only. */
static bool
is_same(const struct bank_entry *a, const struct bank_entry *b)
{
	return strcmp(a->rrn, b->rrn) == 0 &&
	    strcmp(a->processing, b->processing) == 0 &&
	    strcmp(a->currency, b->currency) == 0 && a->amount == b->amount &&
	    a->account == b->account;
}

/* An answer code, or NULL. */
static const char *
refusal(const struct bank_ledger *ledger, const struct iso_message *request,
    const struct bank_entry *entry)
{
	const struct bank_account *account;
	const bool debit = strncmp(entry->processing, REFUND, 2) != 0;

	if (entry->account == 0)
		return "14";
	account = &ledger->accounts[entry->account - 1];
	if (account->is.expiry[0] != '\0' && iso_same(request, request, 14) &&
	    !iso_is(request, 14, account->is.expiry))
		return "54";
	if (entry->amount == 0)
		return "13";
	/* An advice tells what has happened: it is not refused. */
	if (debit && strcmp(entry->mti, "0220") != 0 &&
	    account->is.balance - account->reserved < entry->amount)
		return "51";
	return NULL;
}

/* Codes that say that money moves; a partner may refuse to take some of
 * them for an approval, but the bank has booked it. */
static bool
is_approval(const char *code)
{
	return strcmp(code, "00") == 0 || strcmp(code, "08") == 0 ||
	    strcmp(code, "10") == 0 || strcmp(code, "11") == 0 ||
	    strcmp(code, "16") == 0;
}

static void
move(struct bank_ledger *ledger, struct bank_entry *entry,
    const struct script_action *action)
{
	struct bank_account *account = &ledger->accounts[entry->account - 1];

	entry->taken = entry->amount;
	if (action->partial > 0 && action->partial < entry->amount)
		entry->taken = action->partial;
	entry->left = entry->taken;
	if (strcmp(entry->mti, "0100") == 0) {
		account->reserved += entry->taken;
		entry->state = BANK_RESERVED;
	} else if (strncmp(entry->processing, REFUND, 2) == 0) {
		account->is.balance += entry->taken;
		entry->state = BANK_REFUNDED;
	} else {
		account->is.balance -= entry->taken;
		entry->state = BANK_CHARGED;
	}
	approve(ledger, entry,
	    action->code[0] != '\0'            ? action->code
		: entry->taken < entry->amount ? "10"
					       : "00");
}

static void
approve(struct bank_ledger *ledger, struct bank_entry *entry, const char *code)
{
	memcpy(entry->code, code, sizeof(entry->code));
	ledger->auths = (ledger->auths + 1) % 1000000;
	(void)snprintf(entry->auth, sizeof(entry->auth), "%06u",
	    (unsigned int)ledger->auths % 1000000);
}

/* The reservation ends in favour of what is charged instead. */
static void
complete(struct bank_ledger *ledger, struct bank_entry *entry)
{
	struct bank_entry *held = reservation_of(ledger, entry);

	if (held == NULL)
		return;
	ledger->accounts[held->account - 1].reserved -= held->left;
	held->left = 0;
	held->state = BANK_COMPLETED;
	memcpy(entry->original, held->key, sizeof(entry->original));
	bank_ledger_note(ledger, held);
}

/* By DE90, else by the retrieval reference; the newest first. */
static struct bank_entry *
reservation_of(struct bank_ledger *ledger, const struct bank_entry *entry)
{
	struct bank_entry *held;
	size_t i;

	held = bank_ledger_find(ledger, entry->original);
	if (held != NULL)
		return held->state == BANK_RESERVED &&
			held->account == entry->account
		    ? held
		    : NULL;
	for (i = ledger->entries_len; i-- > 0;) {
		held = &ledger->entries[i];
		if (held->state == BANK_RESERVED &&
		    held->account == entry->account &&
		    strcmp(held->rrn, entry->rrn) == 0)
			return held;
	}
	return NULL;
}

/* The original of a reversal that is remembered. */
static const struct bank_entry *
late(struct bank_ledger *ledger, struct bank_entry *known,
    struct bank_entry *entry)
{
	if (ledger->habits.reverses) {
		approve(ledger, entry, "00");
		entry->state = BANK_REVERSED;
	} else {
		memcpy(entry->code, "12", 3);
	}
	*known = *entry;
	bank_ledger_note(ledger, known);
	return known;
}

static const struct bank_entry *
reverse(struct bank_ledger *ledger, const struct iso_message *request,
    struct bank_entry *entry)
{
	struct bank_entry *original = bank_ledger_find(ledger, entry->original);
	char instead[43];
	int64_t stays = 0;

	if (original == NULL)
		return overtake(ledger, entry);
	if (*bank_text(request, 95, instead, sizeof(instead)) != '\0') {
		instead[12] = '\0';
		for (const char *c = instead; *c >= '0' && *c <= '9'; c++)
			stays = 10 * stays + *c - '0';
	}
	memcpy(entry->code, take_back(ledger, original, entry, stays),
	    sizeof(entry->code));
	bank_ledger_note(ledger, original);
	return keep(ledger, entry);
}

/* Acknowledged either way; whether it helps is the bank's habit. */
static const struct bank_entry *
overtake(struct bank_ledger *ledger, struct bank_entry *entry)
{
	struct bank_entry original = *entry;

	memcpy(entry->code, ledger->habits.unknown, sizeof(entry->code));
	if (ledger->habits.forgets || entry->original[0] == '\0')
		return odd(ledger, entry, entry->code);
	memcpy(original.key, entry->original, sizeof(original.key));
	memcpy(original.mti, entry->original, ISO_MTI_LEN);
	original.original[0] = '\0';
	original.state = BANK_OVERTAKEN;
	(void)keep(ledger, &original);
	entry->state = BANK_REVERSAL;
	return keep(ledger, entry);
}

/* All but what stays; returns the answer code. */
static const char *
take_back(struct bank_ledger *ledger, struct bank_entry *original,
    struct bank_entry *entry, int64_t stays)
{
	const int64_t back = original->left - stays;
	struct bank_account *account;

	entry->state = BANK_REVERSAL;
	switch (original->state) {
	case BANK_REVERSED:
	case BANK_RETURNED:
	case BANK_OVERTAKEN:
		return "94";
	case BANK_DECLINED:
		return "00";
	case BANK_COMPLETED:
	case BANK_REVERSAL:
	case BANK_STATES:
		return "21";
	case BANK_RESERVED:
	case BANK_CHARGED:
	case BANK_REFUNDED:
		break;
	}
	if (back < 0)
		return "13";
	account = &ledger->accounts[original->account - 1];
	if (original->state == BANK_RESERVED) {
		account->reserved -= back;
	} else {
		account->is.balance +=
		    original->state == BANK_CHARGED ? back : -back;
		entry->taken = back;
	}
	memcpy(entry->processing, original->processing,
	    sizeof(entry->processing));
	original->left = stays;
	if (stays == 0)
		original->state = BANK_REVERSED;
	return "00";
}

static const struct bank_entry *
keep(struct bank_ledger *ledger, const struct bank_entry *entry)
{
	const struct bank_entry *kept = bank_ledger_add(ledger, entry);

	if (kept == NULL)
		return odd(ledger, entry, "96");
	bank_ledger_note(ledger, kept);
	return kept;
}
