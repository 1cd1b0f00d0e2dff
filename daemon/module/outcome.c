/*
 * outcome.c - hold a settlement's outcome against the rules of the ABI.
 */
#include <stdbool.h>
#include <string.h>

#include "module/outcome.h"
#include "module/result.h"

static enum till_result broken(uint32_t caps, struct till_outcome *,
    const char *why);
static const char *result_check(enum till_verb, uint32_t caps,
    enum till_result);
static void texts_clean(struct till_outcome *);
static void text_clean(char *, size_t);
static bool moves(enum till_result);
static const char *postings_check(const struct till_outcome *);
static const char *posting_check(const struct till_posting *);

void
outcome_copy(struct till_outcome *copy_r, const struct till_outcome *outcome)
{
	size_t size = sizeof(*copy_r);

	memset(copy_r, 0, sizeof(*copy_r));
	if (outcome != NULL) {
		if (outcome->size < size)
			size = outcome->size;
		memcpy(copy_r, outcome, size);
	}
	copy_r->size = sizeof(*copy_r);
}

enum till_result
outcome_check(enum till_verb verb, uint32_t caps, enum till_result result,
    struct till_outcome *outcome, const char **why_r)
{
	texts_clean(outcome);
	*why_r = result_check(verb, caps, result);
	if (*why_r != NULL)
		return broken(caps, outcome, *why_r);
	if (!moves(result)) {
		outcome->postings_len = 0;
		return result;
	}
	*why_r = postings_check(outcome);
	if (*why_r == NULL)
		return result;
	if ((caps & TILL_CAP_LEDGER) != 0)
		return broken(caps, outcome, *why_r);
	outcome->postings_len = 0;
	return result;
}

static enum till_result
broken(uint32_t caps, struct till_outcome *outcome, const char *why)
{
	(void)snprintf(outcome->text, sizeof(outcome->text), "%s", why);
	outcome->postings_len = 0;
	return (caps & TILL_CAP_LEDGER) != 0 ? TILL_ERROR : TILL_UNKNOWN;
}

static const char *
result_check(enum till_verb verb, uint32_t caps, enum till_result result)
{
	if (result_sane(TILL_SETTLE, result) != result)
		return "answered outside of its facility";
	if (!result_fits(verb, result))
		return "gave an answer that does not fit what it was asked";
	if (result == TILL_PENDING && (caps & TILL_CAP_ASYNC) == 0)
		return "is to answer later but has no ASYNC";
	if ((result == TILL_UNKNOWN || result == TILL_LOST) &&
	    (caps & TILL_CAP_LEDGER) != 0)
		return "moves nothing (LEDGER) and must know";
	if (result == TILL_LOST && (caps & TILL_CAP_REVERSE) == 0)
		return "has lost a settlement and has no REVERSE";
	return NULL;
}

static void
texts_clean(struct till_outcome *outcome)
{
	text_clean(outcome->reference, sizeof(outcome->reference));
	text_clean(outcome->code, sizeof(outcome->code));
	text_clean(outcome->text, sizeof(outcome->text));
	outcome->moved.currency[sizeof(outcome->moved.currency) - 1] = '\0';
}

/* They go to logs and registers: no control characters. */
static void
text_clean(char *text, size_t size)
{
	size_t i;

	text[size - 1] = '\0';
	for (i = 0; text[i] != '\0'; i++) {
		if ((unsigned char)text[i] < 0x20 || text[i] == 0x7f)
			text[i] = ' ';
	}
}

static bool
moves(enum till_result result)
{
	return result == TILL_COMMITTED || result == TILL_HELD ||
	    result == TILL_RELEASED || result == TILL_REVERSED;
}

static const char *
postings_check(const struct till_outcome *outcome)
{
	const char *why;
	int64_t sum = 0;
	size_t i;

	if (outcome->postings_len > TILL_POSTINGS_MAX)
		return "proposes too many postings";
	for (i = 0; i < outcome->postings_len; i++) {
		why = posting_check(&outcome->postings[i]);
		if (why != NULL)
			return why;
		sum += outcome->postings[i].micro; /* 8 times the limit fit */
	}
	return sum == 0 ? NULL : "proposes postings that do not add up to zero";
}

static const char *
posting_check(const struct till_posting *posting)
{
	size_t i;

	for (i = 0; i < TILL_ACCOUNT_MAX && posting->account[i] != '\0'; i++) {
		if (strchr("abcdefghijklmnopqrstuvwxyz0123456789-_:",
			posting->account[i]) == NULL)
			return "names an account that cannot be";
	}
	if (i == 0 || i == TILL_ACCOUNT_MAX)
		return "names an account that cannot be";
	if (posting->condition != TILL_ALWAYS &&
	    posting->condition != TILL_IF_COVERED &&
	    posting->condition != TILL_IF_WITHIN)
		return "sets a condition that is none";
	if (posting->micro > TILL_MICRO_LIMIT ||
	    posting->micro < -TILL_MICRO_LIMIT)
		return "posts an amount beyond all bounds";
	return NULL;
}
