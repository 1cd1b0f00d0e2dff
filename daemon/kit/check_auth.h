/*
 * check_auth.h - conversations with an auth module; for the checks alone.
 */
#ifndef KIT_CHECK_AUTH_H
#define KIT_CHECK_AUTH_H

#include "kit/check.h"

#define KIT_STEPS_MAX 12 /* of one conversation */

/*
 * Reply to all that is asked, by what the script says is right, wrong or
 * for an enrolment.  What it does not say is made up, but for right.
 * -1: the script does not say what is right, or a reply is not taken.
 */
int kit_answer(struct kit_case *, enum kit_context, enum script_verb);

/* From the first call of a new conversation on, with these replies, until
 * something else than NEED_INPUT comes, or tries rounds of replies were
 * given.  The result of the last call. */
enum till_result kit_converse(struct kit_case *, enum script_verb,
    unsigned int tries);

/* Whether the script says what is right; otherwise the check is passed
 * over, with a hint. */
bool kit_knows_right(struct kit_case *);

/* Does anything that the module has said have this text in it?  Which it
 * is, or NULL. */
const char *kit_leak(const struct kit_case *, const char *text);

#endif
