/*
 * events.h - events of a ledger, for tests.
 */
#ifndef SUPPORT_EVENTS_H
#define SUPPORT_EVENTS_H

#include "support/ledgers.h"

/* voucher.issued of a merchant, owed to one line or (NULL) to nobody. */
void events_make(struct ledger_event *, const char *mid, const char *line);
/* It happens; *sequence_r may be NULL. */
enum ledger_result events_happen(struct ledger *, const char *mid,
    const char *line, uint64_t *sequence_r);
/* It was told; or not, for the seventh time, until 12345. */
enum ledger_result events_told(struct ledger *, const char *line,
    const char *mid, uint64_t sequence, bool done);
/* It is to be told again. */
enum ledger_result events_tell(struct ledger *, const char *mid,
    uint64_t sequence);
/* customer-0 pays merchant-0, with an event for "hook". */
enum ledger_result events_pay(struct ledger *, const char *jti, int64_t micro,
    struct ledger_event *);
/* As it stands; all zero if nothing waits. */
struct ledger_line events_line(struct ledger *, const char *name);

#endif
