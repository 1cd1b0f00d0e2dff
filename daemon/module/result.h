/*
 * result.h - the ranges of till_result and their names.
 */
#ifndef MODULE_RESULT_H
#define MODULE_RESULT_H

#include <till/module.h>

/* The result as the facility may give it: one of another range is
 * TILL_ERROR, for settle TILL_UNKNOWN. */
enum till_result result_sane(enum till_facility, enum till_result);

/* "grant", "not-attempted" ...: the words of till.conf and of explain;
 * and back, TILL_ERROR for "error", -1 for a word that is none. */
const char *result_name(enum till_result);
int result_from_name(enum till_facility, const char *name);

#endif
