/*
 * script.c - which rule of the script a message meets.
 *
 * The first rule that fits decides.  A rule counts the messages it is
 * about before it asks for nth, every and chance, so that these speak of
 * such messages and not of all.
 */
#include <stdlib.h>
#include <string.h>

#include "bank/script.h"

static bool is_about(const struct script_rule *, const struct iso_message *);
static bool type_fits(const char *pattern, const char *mti);
static bool in_range(const struct script_range *, int64_t);
static bool is_its_turn(struct script *, struct script_rule *);

struct script *
bank_script_new(uint64_t seed)
{
	struct script *script = calloc(1, sizeof(*script));

	if (script != NULL)
		script->random = seed;
	return script;
}

void
bank_script_free(struct script *script)
{
	free(script);
}

const struct script_action *
bank_script_find(struct script *script, const struct iso_message *message)
{
	struct script_rule *rule;
	size_t i;

	for (i = 0; i < script->rules_len; i++) {
		rule = &script->rules[i];
		if (!is_about(rule, message) || !is_its_turn(script, rule))
			continue;
		rule->done++;
		return &rule->action;
	}
	return NULL;
}

int64_t
bank_script_within(struct script *script, const struct script_range *range)
{
	const uint64_t width = (uint64_t)(range->max - range->min) + 1;

	return range->min + (int64_t)(bank_script_random(script) % width);
}

/* splitmix64 (Steele, Lea, Flood 2014): any seed will do. */
uint64_t
bank_script_random(struct script *script)
{
	uint64_t z;

	script->random += UINT64_C(0x9e3779b97f4a7c15);
	z = script->random;
	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

int64_t
bank_number(const struct iso_message *message, int number)
{
	const char *digits;
	int64_t value = 0;
	size_t len, i;

	digits = iso_get(message, number, &len);
	if (digits == NULL || len > 18)
		return 0;
	for (i = 0; i < len; i++) {
		if (digits[i] < '0' || digits[i] > '9')
			return 0;
		value = 10 * value + digits[i] - '0';
	}
	return value;
}

const char *
bank_text(const struct iso_message *message, int number, char *buf, size_t size)
{
	const char *text;
	size_t len;

	buf[0] = '\0';
	text = iso_get(message, number, &len);
	if (text == NULL || len >= size)
		return buf;
	memcpy(buf, text, len);
	buf[len] = '\0';
	return buf;
}

static bool
is_about(const struct script_rule *rule, const struct iso_message *message)
{
	if (rule->mti[0] != '\0' && !type_fits(rule->mti, message->mti))
		return false;
	if (rule->card[0] != '\0' && !iso_is(message, 2, rule->card) &&
	    !iso_is(message, 102, rule->card))
		return false;
	if (rule->currency[0] != '\0' && !iso_is(message, 49, rule->currency))
		return false;
	if (rule->network[0] != '\0' && !iso_is(message, 70, rule->network))
		return false;
	return in_range(&rule->amount, bank_number(message, 4));
}

static bool
type_fits(const char *pattern, const char *mti)
{
	size_t i;

	for (i = 0; i < ISO_MTI_LEN; i++) {
		if (pattern[i] != 'x' && pattern[i] != mti[i])
			return false;
	}
	return true;
}

static bool
in_range(const struct script_range *range, int64_t value)
{
	return range->max == 0 || (value >= range->min && value <= range->max);
}

static bool
is_its_turn(struct script *script, struct script_rule *rule)
{
	rule->seen++;
	if (!in_range(&rule->nth, rule->seen))
		return false;
	if (rule->every != 0 && rule->seen % rule->every != 0)
		return false;
	return rule->of == 0 ||
	    bank_script_random(script) % (uint64_t)rule->of <
	    (uint64_t)rule->chance;
}
