/*
 * script_rule.c - when MATCH... do ACTION...: the words of a rule.
 */
#include <string.h>

#include "bank/script_word.h"

/* NAME=VALUE of a rule; the name has been cut off. */
typedef int take_fn(struct script_rule *, const struct word *,
    struct till_error *);

struct part {
	const char *name;
	take_fn *take;
	bool has_value;
};

static int take_part(const struct part *, struct script_rule *,
    const struct word *, struct till_error *);
static int take_one_of(const struct word *, const char *const *, int *,
    struct till_error *);
static take_fn take_mti, take_card, take_currency, take_network, take_amount,
    take_nth, take_every, take_chance, take_code, take_partial, take_arrive,
    take_delay, take_hold, take_twice, take_drop, take_lose, take_no_code,
    take_close, take_garbage, take_wrong;

static const struct part matches[] = {
	{ "mti", take_mti, true },
	{ "card", take_card, true },
	{ "amount", take_amount, true },
	{ "currency", take_currency, true },
	{ "network", take_network, true },
	{ "nth", take_nth, true },
	{ "every", take_every, true },
	{ "chance", take_chance, true },
	{ NULL, NULL, false },
};

static const struct part actions[] = {
	{ "answer", take_code, true },
	{ "partial", take_partial, true },
	{ "arrive", take_arrive, true },
	{ "delay", take_delay, true },
	{ "hold", take_hold, false },
	{ "twice", take_twice, true },
	{ "drop", take_drop, false },
	{ "lose", take_lose, false },
	{ "no-code", take_no_code, false },
	{ "close", take_close, true },
	{ "garbage", take_garbage, true },
	{ "wrong", take_wrong, true },
	{ NULL, NULL, false },
};

/* when MATCH... do ACTION... */
int
bank_script_rule_take(struct script *script, const struct word *words, size_t n,
    struct till_error *err)
{
	struct script_rule rule;
	size_t i, at = 0;

	memset(&rule, 0, sizeof(rule));
	for (i = 1; i < n; i++) {
		if (at == 0 && strcmp(words[i].text, "do") == 0)
			at = i;
		else if (take_part(at == 0 ? matches : actions, &rule,
			     &words[i], err) == -1)
			return -1;
	}
	if (at == 0 || at == n - 1)
		return bank_word_complain(&words[0],
		    "wanted: when MATCH... do ACTION...", err);
	if (script->rules_len == SCRIPT_RULES_MAX)
		return bank_word_complain(&words[0], "too many rules", err);
	script->rules[script->rules_len++] = rule;
	return 0;
}

static int
take_part(const struct part *part, struct script_rule *rule,
    const struct word *word, struct till_error *err)
{
	size_t len = strcspn(word->text, "=");
	struct word value = *word;

	for (; part->name != NULL; part++) {
		if (strlen(part->name) == len &&
		    strncmp(part->name, word->text, len) == 0)
			break;
	}
	if (part->name == NULL)
		return bank_word_complain(word, "unknown word in a rule", err);
	if (part->has_value != (word->text[len] == '='))
		return bank_word_complain(word,
		    part->has_value ? "a value is missing"
				    : "this word has no value",
		    err);
	value.text += len + part->has_value;
	value.column += len + part->has_value;
	return part->take(rule, &value, err);
}

static int
take_mti(struct script_rule *rule, const struct word *word,
    struct till_error *err)
{
	if (strlen(word->text) != ISO_MTI_LEN ||
	    strspn(word->text, "0123456789x") != ISO_MTI_LEN)
		return bank_word_complain(word,
		    "four digits, or x for any, are wanted", err);
	memcpy(rule->mti, word->text, ISO_MTI_LEN + 1);
	return 0;
}

static int
take_card(struct script_rule *rule, const struct word *word,
    struct till_error *err)
{
	return bank_word_name(word, rule->card, err);
}

static int
take_currency(struct script_rule *rule, const struct word *word,
    struct till_error *err)
{
	return bank_word_digits(word, 3, rule->currency, err);
}

static int
take_network(struct script_rule *rule, const struct word *word,
    struct till_error *err)
{
	return bank_word_digits(word, 3, rule->network, err);
}

static int
take_amount(struct script_rule *rule, const struct word *word,
    struct till_error *err)
{
	return bank_word_range(word, SCRIPT_AMOUNT_MAX, &rule->amount, err);
}

static int
take_nth(struct script_rule *rule, const struct word *word,
    struct till_error *err)
{
	return bank_word_range(word, SCRIPT_AMOUNT_MAX, &rule->nth, err);
}

static int
take_every(struct script_rule *rule, const struct word *word,
    struct till_error *err)
{
	return bank_word_number(word, SCRIPT_AMOUNT_MAX, &rule->every, err);
}

/* N% or N/M */
static int
take_chance(struct script_rule *rule, const struct word *word,
    struct till_error *err)
{
	struct word number = *word;
	size_t len = strcspn(word->text, "%/");
	const char mark = word->text[len];

	if (mark == '\0' || (mark == '%' && word->text[len + 1] != '\0'))
		return bank_word_complain(word, "a chance is 2% or 2/1000",
		    err);
	number.text[len] = '\0';
	if (bank_word_number(&number, SCRIPT_MS_MAX, &rule->chance, err) == -1)
		return -1;
	number.text += len + 1;
	number.column += len + 1;
	rule->of = 100;
	if (mark == '/' &&
	    bank_word_number(&number, SCRIPT_MS_MAX, &rule->of, err) == -1)
		return -1;
	return rule->chance > 0 && rule->chance <= rule->of
	    ? 0
	    : bank_word_complain(word, "a chance is above 0 and at most 1",
		  err);
}

static int
take_code(struct script_rule *rule, const struct word *word,
    struct till_error *err)
{
	if (iso_check(iso_element(39), word->text, strlen(word->text), err) ==
	    -1)
		return bank_word_complain(word,
		    "an answer code is two letters or digits", err);
	memcpy(rule->action.code, word->text, sizeof(rule->action.code));
	return 0;
}

static int
take_partial(struct script_rule *rule, const struct word *word,
    struct till_error *err)
{
	return bank_word_number(word, SCRIPT_AMOUNT_MAX, &rule->action.partial,
	    err);
}

static int
take_arrive(struct script_rule *rule, const struct word *word,
    struct till_error *err)
{
	return bank_word_range(word, SCRIPT_MS_MAX, &rule->action.arrive, err);
}

static int
take_delay(struct script_rule *rule, const struct word *word,
    struct till_error *err)
{
	return bank_word_range(word, SCRIPT_MS_MAX, &rule->action.delay, err);
}

static int
take_hold(struct script_rule *rule, const struct word *word,
    struct till_error *err)
{
	(void)word;
	(void)err;
	rule->action.hold = true;
	return 0;
}

static int
take_twice(struct script_rule *rule, const struct word *word,
    struct till_error *err)
{
	rule->action.twice = true;
	return bank_word_range(word, SCRIPT_MS_MAX, &rule->action.again, err);
}

static int
take_drop(struct script_rule *rule, const struct word *word,
    struct till_error *err)
{
	(void)word;
	(void)err;
	rule->action.drop = true;
	return 0;
}

static int
take_lose(struct script_rule *rule, const struct word *word,
    struct till_error *err)
{
	(void)word;
	(void)err;
	rule->action.lose = true;
	return 0;
}

static int
take_no_code(struct script_rule *rule, const struct word *word,
    struct till_error *err)
{
	(void)word;
	(void)err;
	rule->action.no_code = true;
	return 0;
}

static int
take_close(struct script_rule *rule, const struct word *word,
    struct till_error *err)
{
	static const char *const names[] = { "before", "after", NULL };
	int i = 0;

	if (take_one_of(word, names, &i, err) == -1)
		return -1;
	rule->action.close = (enum script_close)(i + 1);
	return 0;
}

static int
take_garbage(struct script_rule *rule, const struct word *word,
    struct till_error *err)
{
	static const char *const names[] = { "frame", "stream", NULL };
	int i = 0;

	if (take_one_of(word, names, &i, err) == -1)
		return -1;
	rule->action.garbage = (enum script_garbage)(i + 1);
	return 0;
}

static int
take_wrong(struct script_rule *rule, const struct word *word,
    struct till_error *err)
{
	static const char *const names[] = { "stan", "amount", "currency",
		"rrn", "type", NULL };
	int i = 0;

	if (take_one_of(word, names, &i, err) == -1)
		return -1;
	rule->action.wrong = (enum script_wrong)(i + 1);
	return 0;
}

static int
take_one_of(const struct word *word, const char *const *names, int *index_r,
    struct till_error *err)
{
	int i;

	for (i = 0; names[i] != NULL; i++) {
		if (strcmp(names[i], word->text) == 0) {
			*index_r = i;
			return 0;
		}
	}
	return bank_word_complain(word, "unknown value", err);
}
