/*
 * outcome.h - what a settle module says of a settlement, before anybody
 * acts on it.
 */
#ifndef MODULE_OUTCOME_H
#define MODULE_OUTCOME_H

#include <stdint.h>

#include <till/module.h>

/* Take over as much as the module's minor version has; NULL gives an
 * empty outcome. */
void outcome_copy(struct till_outcome *copy_r, const struct till_outcome *);

/*
 * The result as it may be believed, by the verb and the module's
 * capabilities: an answer that does not fit them, or postings that are
 * malformed or do not add up to zero, become TILL_UNKNOWN (TILL_ERROR
 * for a TILL_CAP_LEDGER module, which itself moves nothing).  Then
 * outcome->text says what the module did.  Texts are terminated, and only an
 * outcome by which money moves keeps its postings.
 */
enum till_result outcome_check(enum till_verb, uint32_t caps, enum till_result,
    struct till_outcome *);

#endif
