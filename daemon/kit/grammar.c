/*
 * grammar.c - the words of test scripts, as tables.
 */
#include <string.h>

#include <till/money.h>

#include "config/value.h"
#include "kit/grammar.h"

const char *const grammar_kinds[] = { "text", "secret", "choice", "signature",
	"audio", "info", "error", NULL };
const char *const grammar_conditions[] = { "always", "covered", "within",
	NULL };
const char *const grammar_verbs[] = { "charge", "hold", "commit", "release",
	"reverse", "query", NULL };

static const char *const enrol_words[] = { "add", "remove", NULL };
static const char *const services_words[] = { "work", "fail", NULL };
const char *const grammar_fits[] = { "fits", "over", "fails", NULL };

static const struct grammar_key no_keys[] = { { NULL, 0 } };

static const struct grammar_key order_keys[] = { { "customer", GRAMMAR_TEXT },
	{ "merchant", GRAMMAR_TEXT }, { "merchant-name", GRAMMAR_TEXT },
	{ "merchant-country", GRAMMAR_TEXT }, { "ticket", GRAMMAR_TEXT },
	{ "jti", GRAMMAR_TEXT }, { "oid", GRAMMAR_TEXT },
	{ "desc", GRAMMAR_TEXT }, { "kind", GRAMMAR_TEXT },
	{ "channel", GRAMMAR_TEXT }, { "lang", GRAMMAR_TEXT },
	{ "amount", GRAMMAR_MONEY }, { "auth-level", GRAMMAR_NUMBER },
	{ "issued", GRAMMAR_NUMBER }, { "expires", GRAMMAR_NUMBER },
	{ NULL, 0 } };

#define CALL_KEYS                                                              \
	{ "twice", GRAMMAR_FLAG }, { "killed", GRAMMAR_FLAG },                 \
	    { "killed-at", GRAMMAR_NUMBER },                                   \
	{                                                                      \
		"within", GRAMMAR_DURATION                                     \
	}

static const struct grammar_key call_keys[] = { CALL_KEYS, { NULL, 0 } };

static const struct grammar_key settle_keys[] = { { "key", GRAMMAR_TEXT },
	{ "digest", GRAMMAR_TEXT }, { "amount", GRAMMAR_MONEY },
	{ "payer", GRAMMAR_TEXT }, { "payee", GRAMMAR_TEXT },
	{ "of", GRAMMAR_TEXT }, { "original", GRAMMAR_TEXT },
	{ "reason", GRAMMAR_TEXT }, { "attempt", GRAMMAR_NUMBER },
	{ "deadline", GRAMMAR_DURATION }, CALL_KEYS, { NULL, 0 } };

static const struct grammar_key notify_keys[] = { { "type", GRAMMAR_TEXT },
	{ "id", GRAMMAR_TEXT }, { "merchant", GRAMMAR_TEXT },
	{ "json", GRAMMAR_TEXT }, { "attempt", GRAMMAR_NUMBER },
	{ "sequence", GRAMMAR_NUMBER }, CALL_KEYS, { NULL, 0 } };

static const struct grammar_key open_keys[] = { { "check-only", GRAMMAR_FLAG },
	{ "refused", GRAMMAR_TEXT }, { NULL, 0 } };

static const struct grammar_key prompt_keys[] = { { "kind", GRAMMAR_KIND },
	{ "min", GRAMMAR_NUMBER }, { "max", GRAMMAR_NUMBER },
	{ "text", GRAMMAR_TEXT }, { "label", GRAMMAR_TEXT }, { NULL, 0 } };

static const struct grammar_key posting_keys[] = { { "amount", GRAMMAR_AMOUNT },
	{ "if", GRAMMAR_CONDITION }, { "limit", GRAMMAR_AMOUNT }, { NULL, 0 } };

static const struct grammar_key limit_keys[] = { { "max", GRAMMAR_AMOUNT },
	{ "count", GRAMMAR_NUMBER }, { NULL, 0 } };

static const struct grammar_key file_keys[] = { { "has", GRAMMAR_TEXT },
	{ "lines", GRAMMAR_NUMBER }, { NULL, 0 } };

static const struct grammar_key credential_keys[] = { { "has", GRAMMAR_TEXT },
	{ NULL, 0 } };

const struct grammar_key grammar_result_keys[] = { { "code", GRAMMAR_TEXT },
	{ "text", GRAMMAR_TEXT }, { "level", GRAMMAR_NUMBER },
	{ "method", GRAMMAR_TEXT }, { "step-up", GRAMMAR_NUMBER },
	{ "reference", GRAMMAR_TEXT }, { "moved", GRAMMAR_MONEY },
	{ NULL, 0 } };

const struct grammar_line grammar_lines[] = {
	{ "suite", SCRIPT_SUITE, GRAMMAR_NONE, NULL, no_keys, true, true },
	{ "set", SCRIPT_SET, GRAMMAR_NONE, NULL, NULL, true, false },
	{ "customer", SCRIPT_CUSTOMER, GRAMMAR_ONE, NULL, no_keys, true,
	    false },
	{ "order", SCRIPT_ORDER, GRAMMAR_NONE, NULL, order_keys, true, false },
	{ "credential", SCRIPT_CREDENTIAL, GRAMMAR_NONE, NULL, NULL, true,
	    false },
	{ "failures", SCRIPT_FAILURES, GRAMMAR_ONE, NULL, no_keys, false,
	    false },
	{ "limit", SCRIPT_LIMIT, GRAMMAR_NONE, NULL, NULL, false, false },
	{ "services", SCRIPT_SERVICES, GRAMMAR_ONE, services_words, no_keys,
	    false, false },
	{ "write", SCRIPT_WRITE, GRAMMAR_ONE_AND_NAME, NULL, no_keys, true,
	    false },
	{ "copy", SCRIPT_COPY, GRAMMAR_ONE, NULL, no_keys, true, false },
	{ "clock", SCRIPT_CLOCK, GRAMMAR_ONE, NULL, no_keys, true, false },
	{ "open", SCRIPT_OPEN, GRAMMAR_NONE, NULL, open_keys, false, false },
	{ "close", SCRIPT_CLOSE, GRAMMAR_NONE, NULL, no_keys, false, false },
	{ "reply", SCRIPT_REPLY, GRAMMAR_NONE, NULL, NULL, false, false },
	{ "policy", SCRIPT_POLICY, GRAMMAR_NONE, NULL, call_keys, false,
	    false },
	{ "auth", SCRIPT_AUTH, GRAMMAR_NONE, NULL, call_keys, false, false },
	{ "enrol", SCRIPT_ENROL, GRAMMAR_ONE, enrol_words, call_keys, false,
	    false },
	{ "settle", SCRIPT_SETTLE, GRAMMAR_ONE, grammar_verbs, settle_keys,
	    false, false },
	{ "notify", SCRIPT_NOTIFY, GRAMMAR_NONE, NULL, notify_keys, false,
	    false },
	{ "health", SCRIPT_HEALTH, GRAMMAR_NONE, NULL, call_keys, false,
	    false },
	{ "kill", SCRIPT_KILL, GRAMMAR_NONE, NULL, no_keys, false, false },
	{ "freeze", SCRIPT_FREEZE, GRAMMAR_NONE, NULL, no_keys, false, false },
	{ "thaw", SCRIPT_THAW, GRAMMAR_NONE, NULL, no_keys, false, false },
	{ "expect", SCRIPT_EXPECT, GRAMMAR_NONE, NULL, no_keys, false, false },
	{ "right", SCRIPT_RIGHT, GRAMMAR_NONE, NULL, NULL, true, true },
	{ "wrong", SCRIPT_WRONG, GRAMMAR_NONE, NULL, NULL, true, true },
	{ "enrolment", SCRIPT_ENROLMENT, GRAMMAR_NONE, NULL, NULL, true, true },
	{ "effects", SCRIPT_EFFECTS, GRAMMAR_ONE_AND_NAME, NULL, no_keys, true,
	    true },
	{ "skip", SCRIPT_SKIP, GRAMMAR_ONE_AND_NAME, NULL, no_keys, true,
	    true },
	{ NULL, SCRIPT_NOTHING, GRAMMAR_NONE, NULL, NULL, false, false },
};

const struct grammar_thing grammar_things[] = {
	{ "prompt", true, true, prompt_keys },
	{ "posting", true, true, posting_keys },
	{ "limit", true, true, limit_keys },
	{ "well", false, true, no_keys },
	{ "ill", true, true, no_keys },
	{ "credential", true, false, credential_keys },
	{ "failures", true, false, no_keys },
	{ "alert", true, false, no_keys },
	{ "log", true, false, no_keys },
	{ "file", true, false, file_keys },
	{ NULL, false, false, NULL },
};

int
grammar_index(const char *const *words, const char *word)
{
	int i;

	for (i = 0; words[i] != NULL; i++)
		if (strcmp(words[i], word) == 0)
			return i + 1;
	return 0;
}

int
grammar_amount(const char *text, int64_t *micro_r)
{
	const bool negative = text[0] == '-';
	struct till_money money;
	struct till_error err;

	/* A currency whose places are the most that an amount may have. */
	if (till_money_parse(text + negative, "EUR", &money, &err) == -1)
		return -1;
	*micro_r = negative ? -money.micro : money.micro;
	return 0;
}

const char *
grammar_value(enum grammar_type type, const char *value,
    const char *const **words_r)
{
	struct till_money money;
	struct till_error err;
	int64_t number;

	*words_r = NULL;
	switch (type) {
	case GRAMMAR_TEXT:
	case GRAMMAR_FLAG:
		return NULL;
	case GRAMMAR_NUMBER:
		return value_number(value, INT64_MAX / 2, &number) == 0
		    ? NULL
		    : "is not a whole number";
	case GRAMMAR_AMOUNT:
		return grammar_amount(value, &number) == 0
		    ? NULL
		    : "is not an amount, such as -5.00";
	case GRAMMAR_MONEY:
		return till_money_parse_with_currency(value, &money, &err) == 0
		    ? NULL
		    : "is not an amount with its currency, such as \"5.00 "
		      "EUR\"";
	case GRAMMAR_DURATION:
		return value_duration(value, &number) == 0
		    ? NULL
		    : "is not a duration, such as 250ms or 15s";
	case GRAMMAR_KIND:
		*words_r = grammar_kinds;
		break;
	case GRAMMAR_CONDITION:
		*words_r = grammar_conditions;
		break;
	}
	return grammar_index(*words_r, value) != 0 ? NULL : "is unknown";
}
