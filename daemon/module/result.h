/*
 * result.h - the ranges of till_result and their names.
 */
#ifndef MODULE_RESULT_H
#define MODULE_RESULT_H

#include <stdbool.h>

#include <till/module.h>

/* The result as the facility may give it: one of another range is
 * TILL_ERROR, for settle TILL_UNKNOWN. */
enum till_result result_sane(enum till_facility, enum till_result);

/* Whether a settle module may give this answer to this verb. */
bool result_fits(enum till_verb, enum till_result);

/* "grant", "not-attempted" ...: the words of till.conf and of explain;
 * "none" for what is no result.  And back, TILL_ERROR for "error", -1
 * for a word that is none of the facility's. */
const char *result_name(enum till_result);
int result_from_name(enum till_facility, const char *name);

#endif
