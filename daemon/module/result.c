/*
 * result.c - the ranges of results and their names.
 *
 * The words are those of till.conf, of explain and of the decision log;
 * every other place asks here.
 */
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "module/result.h"

struct word {
	enum till_result result;
	enum till_facility facility; /* 0: of every facility */
	const char *name;
};

static bool in_range(enum till_facility, enum till_result);
static const struct word *word_of(enum till_result);

static const struct word words[] = {
	{ TILL_ERROR, 0, "error" },
	{ TILL_UNAVAILABLE, 0, "unavailable" },
	{ TILL_PENDING, TILL_SETTLE, "pending" },
	{ TILL_ALLOW, TILL_POLICY, "allow" },
	{ TILL_REFUSE, TILL_POLICY, "refuse" },
	{ TILL_STEP_UP, TILL_POLICY, "step-up" },
	{ TILL_NO_OPINION, TILL_POLICY, "no-opinion" },
	{ TILL_GRANT, TILL_AUTH, "grant" },
	{ TILL_DENY, TILL_AUTH, "deny" },
	{ TILL_ABSTAIN, TILL_AUTH, "abstain" },
	{ TILL_NEED_INPUT, TILL_AUTH, "need-input" },
	{ TILL_LOCKED, TILL_AUTH, "locked" },
	{ TILL_COMMITTED, TILL_SETTLE, "committed" },
	{ TILL_HELD, TILL_SETTLE, "held" },
	{ TILL_DECLINED, TILL_SETTLE, "declined" },
	{ TILL_NOT_ATTEMPTED, TILL_SETTLE, "not-attempted" },
	{ TILL_UNKNOWN, TILL_SETTLE, "unknown" },
	{ TILL_RELEASED, TILL_SETTLE, "released" },
	{ TILL_REVERSED, TILL_SETTLE, "reversed" },
	{ TILL_NOT_FOUND, TILL_SETTLE, "not-found" },
	{ TILL_LOST, TILL_SETTLE, "lost" },
	{ TILL_DELIVERED, TILL_NOTIFY, "delivered" },
	{ TILL_RETRY_LATER, TILL_NOTIFY, "retry-later" },
	{ TILL_DROP, TILL_NOTIFY, "drop" },
};

#define WORDS (sizeof(words) / sizeof(words[0]))

enum till_result
result_sane(enum till_facility facility, enum till_result result)
{
	if (in_range(facility, result))
		return result;
	return facility == TILL_SETTLE ? TILL_UNKNOWN : TILL_ERROR;
}

bool
result_fits(enum till_verb verb, enum till_result result)
{
	switch (result) {
	case TILL_ERROR:
	case TILL_UNAVAILABLE:
	case TILL_PENDING:
	case TILL_UNKNOWN:
		return true;
	case TILL_DECLINED:
		return true;
	case TILL_NOT_ATTEMPTED:
		return verb != TILL_QUERY;
	case TILL_COMMITTED:
		return verb == TILL_CHARGE || verb == TILL_COMMIT ||
		    verb == TILL_QUERY;
	case TILL_HELD:
		return verb == TILL_HOLD || verb == TILL_QUERY;
	case TILL_RELEASED:
		return verb == TILL_RELEASE || verb == TILL_QUERY;
	case TILL_REVERSED:
		return verb == TILL_REVERSE || verb == TILL_QUERY;
	case TILL_NOT_FOUND:
		return verb == TILL_QUERY;
	case TILL_LOST:
		return verb == TILL_CHARGE || verb == TILL_QUERY;
	case TILL_ALLOW:
	case TILL_REFUSE:
	case TILL_STEP_UP:
	case TILL_NO_OPINION:
	case TILL_GRANT:
	case TILL_DENY:
	case TILL_ABSTAIN:
	case TILL_NEED_INPUT:
	case TILL_LOCKED:
	case TILL_DELIVERED:
	case TILL_RETRY_LATER:
	case TILL_DROP:
		break;
	}
	return false;
}

const char *
result_name(enum till_result result)
{
	const struct word *word = word_of(result);

	return word != NULL ? word->name : "none";
}

int
result_from_name(enum till_facility facility, const char *name)
{
	size_t i;

	for (i = 0; i < WORDS; i++) {
		if (strcmp(words[i].name, name) == 0 &&
		    in_range(facility, words[i].result))
			return (int)words[i].result;
	}
	return -1;
}

static bool
in_range(enum till_facility facility, enum till_result result)
{
	const struct word *word = word_of(result);

	return word != NULL &&
	    (word->facility == 0 || word->facility == facility);
}

static const struct word *
word_of(enum till_result result)
{
	size_t i;

	for (i = 0; i < WORDS; i++) {
		if (words[i].result == result)
			return &words[i];
	}
	return NULL;
}
