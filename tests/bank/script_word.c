/*
 * script_word.c - words of a script, and the values they may be.
 */
#include <string.h>

#include "bank/script_word.h"

/* One more word than there may be shows that there are too many. */
size_t
bank_word_split(const char *file, size_t number, char *line, struct word *words)
{
	char *at = line;
	size_t n = 0;

	while (n <= SCRIPT_WORDS_MAX) {
		at += strspn(at, " \t\r");
		if (*at == '\0' || *at == '#')
			break;
		words[n++] =
		    (struct word){ file, number, (size_t)(at - line) + 1, at };
		at += strcspn(at, " \t\r");
		if (*at != '\0')
			*at++ = '\0';
	}
	return n;
}

int
bank_word_complain(const struct word *word, const char *text,
    struct till_error *err)
{
	return till_fail(err, "%s:%zu:%zu: %s", word->file, word->line,
	    word->column, text);
}

int
bank_word_digits(const struct word *word, size_t len, char *to,
    struct till_error *err)
{
	if (strlen(word->text) != len ||
	    strspn(word->text, "0123456789") != len)
		return till_fail(err, "%s:%zu:%zu: %zu digits are wanted",
		    word->file, word->line, word->column, len);
	memcpy(to, word->text, len + 1);
	return 0;
}

int
bank_word_number(const struct word *word, int64_t max, int64_t *value_r,
    struct till_error *err)
{
	struct script_range range;

	if (bank_word_range(word, max, &range, err) == -1)
		return -1;
	if (range.min != range.max)
		return bank_word_complain(word, "one number is wanted", err);
	*value_r = range.min;
	return 0;
}

/* N or N..M */
int
bank_word_range(const struct word *word, int64_t max,
    struct script_range *range_r, struct till_error *err)
{
	const char *at = word->text;
	int64_t values[2] = { 0, 0 };
	size_t n = 0;
	bool any;

	do {
		any = false;
		for (; *at >= '0' && *at <= '9'; at++) {
			any = true;
			values[n] = 10 * values[n] + *at - '0';
			if (values[n] > max)
				return till_fail(err,
				    "%s:%zu:%zu: at most %lld", word->file,
				    word->line, word->column, (long long)max);
		}
		n++;
		if (any && n == 1 && strncmp(at, "..", 2) == 0)
			at += 2;
		else
			break;
	} while (n < 2);
	if (!any || *at != '\0')
		return bank_word_complain(word,
		    "a number is wanted, or two: 1..9", err);
	*range_r = (struct script_range){ values[0], values[n - 1] };
	return range_r->min <= range_r->max
	    ? 0
	    : bank_word_complain(word, "the first number is the larger", err);
}

int
bank_word_name(const struct word *word, char *to, struct till_error *err)
{
	static const char set[] =
	    "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
	size_t len = strlen(word->text);

	if (len == 0 || len >= BANK_NAME_MAX || strspn(word->text, set) != len)
		return bank_word_complain(word,
		    "a card or account has 1 to 28 letters and digits", err);
	memcpy(to, word->text, len + 1);
	return 0;
}
