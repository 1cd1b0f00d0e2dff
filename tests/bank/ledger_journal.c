/*
 * ledger_journal.c - the books in a file, so that they survive the bank.
 *
 * One line says how one entry and its account are by now; the last line
 * about each is true.  Accounts are named by their place in the script,
 * so that no card number is in the file.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bank/ledger.h"

#define LINE_MAX_SIZE 512
#define FIELDS 18

static int take_back_file(struct bank_ledger *, FILE *, const char *,
    struct till_error *);
static bool take_line(struct bank_ledger *, char *);
static bool split(char *, char *fields[FIELDS]);
static bool copy(char *to, size_t size, const char *from);
static bool number(const char *, int64_t max, int64_t *);
static const char *shown(const char *, char *buf, size_t size);
static void append(struct bank_ledger *, const char *, size_t);

int
bank_ledger_journal(struct bank_ledger *ledger, const char *file,
    struct till_error *err)
{
	FILE *from = fopen(file, "re");
	int r = 0;

	if (from != NULL) {
		r = take_back_file(ledger, from, file, err);
		(void)fclose(from);
	} else if (errno != ENOENT) {
		r = till_fail(err, "%s: %s", file, strerror(errno));
	}
	if (r == -1)
		return -1;
	ledger->journal =
	    open(file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	if (ledger->journal == -1)
		return till_fail(err, "%s: %s", file, strerror(errno));
	return 0;
}

void
bank_ledger_day(struct bank_ledger *ledger, const char *date)
{
	char line[LINE_MAX_SIZE];
	int n;

	memcpy(ledger->date, date, sizeof(ledger->date));
	n = snprintf(line, sizeof(line), "date %s\n", date);
	append(ledger, line, (size_t)n);
}

void
bank_ledger_note(struct bank_ledger *ledger, const struct bank_entry *entry)
{
	static const struct bank_account none;
	const struct bank_account *account =
	    entry->account == 0 ? &none : &ledger->accounts[entry->account - 1];
	char line[LINE_MAX_SIZE], rrn[16], original[BANK_KEY_MAX + 1];
	int n;

	n = snprintf(line, sizeof(line),
	    "entry %s %s %s %s %s %s %s %s %s %zu %lld %lld %lld %d %lld %lld "
	    "%lld\n",
	    entry->key, shown(entry->original, original, sizeof(original)),
	    entry->mti, shown(entry->rrn, rrn, sizeof(rrn)), entry->processing,
	    entry->currency, entry->code[0] == '\0' ? "-" : entry->code,
	    entry->auth[0] == '\0' ? "-" : entry->auth, entry->date,
	    entry->account, (long long)entry->amount, (long long)entry->taken,
	    (long long)entry->left, (int)entry->state,
	    (long long)account->is.balance, (long long)account->reserved,
	    (long long)ledger->auths);
	if (n > 0 && (size_t)n < sizeof(line))
		append(ledger, line, (size_t)n);
}

/* A line without an end was torn by a crash: it never became true, and
 * nobody has had an answer that depends on it. */
static int
take_back_file(struct bank_ledger *ledger, FILE *from, const char *file,
    struct till_error *err)
{
	char line[LINE_MAX_SIZE];
	size_t at, len;

	for (at = 1; fgets(line, sizeof(line), from) != NULL; at++) {
		len = strlen(line);
		if (line[len - 1] != '\n')
			return truncate(file, ftell(from) - (long)len) == 0
			    ? 0
			    : till_fail(err, "%s: %s", file, strerror(errno));
		line[len - 1] = '\0';
		if (!take_line(ledger, line))
			return till_fail(err, "%s:%zu: no line of a journal",
			    file, at);
	}
	return 0;
}

static bool
take_line(struct bank_ledger *ledger, char *line)
{
	struct bank_entry e, *known;
	char *f[FIELDS];
	int64_t account, state, balance, reserved;

	if (strncmp(line, "date ", 5) == 0)
		return copy(ledger->date, sizeof(ledger->date), line + 5);
	memset(&e, 0, sizeof(e));
	if (!split(line, f) || strcmp(f[0], "entry") != 0 ||
	    !copy(e.key, sizeof(e.key), f[1]) ||
	    !copy(e.original, sizeof(e.original), f[2]) ||
	    !copy(e.mti, sizeof(e.mti), f[3]) ||
	    !copy(e.rrn, sizeof(e.rrn), f[4]) ||
	    !copy(e.processing, sizeof(e.processing), f[5]) ||
	    !copy(e.currency, sizeof(e.currency), f[6]) ||
	    !copy(e.code, sizeof(e.code), f[7]) ||
	    !copy(e.auth, sizeof(e.auth), f[8]) ||
	    !copy(e.date, sizeof(e.date), f[9]) ||
	    !number(f[10], (int64_t)ledger->accounts_len, &account) ||
	    !number(f[11], SCRIPT_AMOUNT_MAX, &e.amount) ||
	    !number(f[12], SCRIPT_AMOUNT_MAX, &e.taken) ||
	    !number(f[13], SCRIPT_AMOUNT_MAX, &e.left) ||
	    !number(f[14], BANK_STATES - 1, &state) || state == 0 ||
	    !number(f[15], INT64_MAX, &balance) ||
	    !number(f[16], INT64_MAX, &reserved) ||
	    !number(f[17], INT64_MAX, &ledger->auths))
		return false;
	e.account = (size_t)account;
	e.state = (enum bank_state)state;
	if (account > 0) {
		ledger->accounts[account - 1].is.balance = balance;
		ledger->accounts[account - 1].reserved = reserved;
	}
	known = bank_ledger_find(ledger, e.key);
	if (known != NULL)
		*known = e;
	return known != NULL || bank_ledger_add(ledger, &e) != NULL;
}

static bool
split(char *line, char *fields[FIELDS])
{
	size_t n;

	for (n = 0; n < FIELDS; n++) {
		fields[n] = line;
		line += strcspn(line, " ");
		if (*line == '\0')
			break;
		*line++ = '\0';
	}
	return n == FIELDS - 1;
}

/* "-" is nothing, and _ a blank. */
static bool
copy(char *to, size_t size, const char *from)
{
	size_t i, len = strlen(from);

	if (len >= size)
		return false;
	if (strcmp(from, "-") == 0)
		len = 0;
	for (i = 0; i < len; i++)
		to[i] = from[i] == '_' ? ' ' : from[i];
	to[len] = '\0';
	return true;
}

/* A balance may be below zero: an advice is never refused. */
static bool
number(const char *text, int64_t max, int64_t *value_r)
{
	char *end;

	errno = 0;
	*value_r = strtoll(text, &end, 10);
	return errno == 0 && end != text && *end == '\0' && *value_r <= max;
}

static const char *
shown(const char *text, char *buf, size_t size)
{
	size_t i;

	(void)snprintf(buf, size, "%s", text[0] == '\0' ? "-" : text);
	for (i = 0; buf[i] != '\0'; i++) {
		if (buf[i] == ' ')
			buf[i] = '_';
	}
	return buf;
}

/* A bank that cannot write its books down must not answer. */
static void
append(struct bank_ledger *ledger, const char *line, size_t len)
{
	if (ledger->journal == -1)
		return;
	if (write(ledger->journal, line, len) != (ssize_t)len) {
		perror("bank: journal");
		abort();
	}
}
