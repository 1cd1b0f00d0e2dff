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
 * capabilities: an answer that does not fit them becomes TILL_UNKNOWN
 * (TILL_ERROR for a TILL_CAP_LEDGER module, which itself moves nothing).
 * Postings that are malformed or do not add up to zero make the proposal
 * of a TILL_CAP_LEDGER module a TILL_ERROR; what another one has moved
 * stays moved, but its postings are dropped.  *why_r says what the module
 * did, or is NULL if nothing was wrong; for a result that was changed
 * outcome->text says it, too.  Texts are terminated, and only an outcome
 * by which money moves keeps its postings.
 */
enum till_result outcome_check(enum till_verb, uint32_t caps, enum till_result,
    struct till_outcome *, const char **why_r);

#endif
