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

/* Whether nothing can ever be right (TILL_CAP_ABSTAINS): the check is then
 * passed over. */
bool kit_never_grants(struct kit_case *);

/*
 * check_near.c: each right reply cut short, changed in an octet, with one
 * more, and in the other case, while all others are right.  Fails where one
 * is let in.
 */
void kit_near_replies(struct kit_case *);
/* Make a right reply nearly right, if it is this prompt's turn.  data has
 * room for TILL_REPLY_MAX octets. */
bool kit_near_alter(struct kit_case *, const struct prompt *,
    unsigned char *data, size_t *len);
/* Forget the customer's failures: the next wrong reply is a first one. */
void kit_uncount(struct kit_case *);

/* Does anything that the module has said have this text in it?  Which it
 * is, or NULL. */
const char *kit_leak(const struct kit_case *, const char *text);

#endif
