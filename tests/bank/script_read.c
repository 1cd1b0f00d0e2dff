/*
 * script_read.c - a script's text: one statement a line, blanks between
 * words, from # on a comment, as in till.conf.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bank/script_word.h"

static int take_line(struct script *, const char *, size_t, char *,
    struct till_error *);
static int take_account(struct script *, const struct word *, size_t,
    struct till_error *);
static int take_seed(struct script *, const struct word *, size_t,
    struct till_error *);

int
bank_script_read(struct script *script, const char *file,
    struct till_error *err)
{
	char *text = NULL;
	ssize_t n = 0;
	size_t len = 0;
	int fd, r = -1;

	fd = open(file, O_RDONLY | O_CLOEXEC);
	if (fd == -1)
		return till_fail(err, "%s: %s", file, strerror(errno));
	text = malloc(SCRIPT_SIZE_MAX + 1);
	if (text == NULL) {
		(void)till_fail(err, "out of memory");
		goto out;
	}
	while (len <= SCRIPT_SIZE_MAX &&
	    (n = read(fd, text + len, SCRIPT_SIZE_MAX + 1 - len)) > 0)
		len += (size_t)n;
	if (n == -1 || len > SCRIPT_SIZE_MAX) {
		(void)till_fail(err, "%s: %s", file,
		    n == -1 ? strerror(errno) : "too long for a script");
		goto out;
	}
	text[len] = '\0';
	r = bank_script_take(script, file, text, err);
out:
	free(text);
	(void)close(fd);
	return r;
}

int
bank_script_take(struct script *script, const char *name, const char *text,
    struct till_error *err)
{
	char line[SCRIPT_LINE_MAX];
	size_t len, number;

	for (number = 1; *text != '\0'; number++) {
		len = strcspn(text, "\n");
		if (len >= sizeof(line))
			return till_fail(err,
			    "%s:%zu:1: a line has at most %d octets", name,
			    number, SCRIPT_LINE_MAX - 1);
		memcpy(line, text, len);
		line[len] = '\0';
		if (take_line(script, name, number, line, err) == -1)
			return -1;
		text += len + (text[len] == '\n');
	}
	return 0;
}

static int
take_line(struct script *script, const char *file, size_t number, char *line,
    struct till_error *err)
{
	struct word words[SCRIPT_WORDS_MAX + 1];
	size_t n = bank_word_split(file, number, line, words);

	if (n == 0)
		return 0;
	if (n > SCRIPT_WORDS_MAX)
		return bank_word_complain(&words[n - 1], "too many words", err);
	if (strcmp(words[0].text, "account") == 0)
		return take_account(script, words, n, err);
	if (strcmp(words[0].text, "seed") == 0)
		return take_seed(script, words, n, err);
	if (strcmp(words[0].text, "when") == 0)
		return bank_script_rule_take(script, words, n, err);
	return bank_word_complain(&words[0],
	    "unknown statement; there are account, seed and when", err);
}

/* account NAME CURRENCY BALANCE [expiry=YYMM] */
static int
take_account(struct script *script, const struct word *words, size_t n,
    struct till_error *err)
{
	struct script_account account = { .expiry = "" };
	struct word expiry;
	static const char name[] = "expiry=";

	if (n < 4 || n > 5)
		return bank_word_complain(&words[0],
		    "wanted: account NAME CURRENCY BALANCE [expiry=YYMM]", err);
	if (bank_word_name(&words[1], account.name, err) == -1 ||
	    bank_word_digits(&words[2], 3, account.currency, err) == -1 ||
	    bank_word_number(&words[3], SCRIPT_AMOUNT_MAX, &account.balance,
		err) == -1)
		return -1;
	if (n == 5) {
		expiry = words[4];
		if (strncmp(expiry.text, name, sizeof(name) - 1) != 0)
			return bank_word_complain(&expiry,
			    "wanted: expiry=YYMM", err);
		expiry.text += sizeof(name) - 1;
		expiry.column += sizeof(name) - 1;
		if (bank_word_digits(&expiry, 4, account.expiry, err) == -1)
			return -1;
	}
	if (script->accounts_len == SCRIPT_ACCOUNTS_MAX)
		return bank_word_complain(&words[0], "too many accounts", err);
	script->accounts[script->accounts_len++] = account;
	return 0;
}

static int
take_seed(struct script *script, const struct word *words, size_t n,
    struct till_error *err)
{
	int64_t seed;

	if (n != 2)
		return bank_word_complain(&words[0], "wanted: seed NUMBER",
		    err);
	if (bank_word_number(&words[1], SCRIPT_AMOUNT_MAX, &seed, err) == -1)
		return -1;
	script->random = (uint64_t)seed;
	return 0;
}
