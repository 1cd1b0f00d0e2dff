/*
 * codes.c - answer codes of ISO 8583 by class.
 *
 * What smells of theft or fraud (04, 07, 34, 41, 43, 59 ...) and whatever
 * is not known is one refusal that says nothing, so that a thief learns
 * nothing from it.
 */
#include <stdlib.h>
#include <string.h>

#include "common/file.h"
#include "settle_bank/codes.h"

#define CODE_LEN 2

static int parse_line(const char *text, struct codes *, struct till_error *);
static bool code_ok(const char *, size_t);
static enum code_class class_of(const char *word);

static const struct {
	const char *codes; /* with blanks between them */
	enum code_class class;
} standard[] = {
	{ "00 11", CODE_APPROVED },
	{ "08 10", CODE_PARTIAL },
	{ "51 98", CODE_FUNDS },
	{ "61 65", CODE_LIMIT },
	{ "54 33", CODE_EXPIRED },
	{ "14 15 56 39 42 44 46 52 53 78", CODE_CARD },
	{ "03 12 40 57 58 31", CODE_NOT_PERMITTED },
	{ "13 64", CODE_AMOUNT },
	{ "91 80 90 96 06 19 09", CODE_UNAVAILABLE },
	{ "94 26", CODE_DUPLICATE },
	{ "30 20 22 95 97", CODE_TECHNICAL },
};

/* As the enum counts. */
static const char *const names[] = { "", "approved", "partial",
	"insufficient_funds", "limit_exceeded", "card_expired", "card_invalid",
	"not_permitted", "amount_invalid", "bank_unavailable", "duplicate",
	"technical", "card_refused" };

#define NAMES (sizeof(names) / sizeof(names[0]))
#define STANDARD (sizeof(standard) / sizeof(standard[0]))

int
codes_read(const char *path, struct codes *codes, struct till_error *err)
{
	char *text;
	int r;

	if (file_read(path, CODES_FILE_MAX, &text, err) == -1)
		return -1;
	r = codes_parse(path, text, codes, err);
	free(text);
	return r;
}

int
codes_parse(const char *path, char *text, struct codes *codes,
    struct till_error *err)
{
	struct till_error why;
	unsigned int line = 0;
	char *rest = text, *one;

	memset(codes, 0, sizeof(*codes));
	while ((one = strsep(&rest, "\n")) != NULL) {
		line++;
		one = file_trim(one);
		if (one[0] != '\0' && parse_line(one, codes, &why) == -1)
			return till_fail(err, "%.100s:%u: %.140s", path, line,
			    why.text);
	}
	return 0;
}

enum code_class
codes_class(const struct codes *codes, const char *code, size_t len)
{
	const char *at;
	size_t i;

	if (!code_ok(code, len))
		return CODE_TECHNICAL;
	for (i = 0; i < codes->len; i++) {
		if (memcmp(codes->list[i].code, code, CODE_LEN) == 0)
			return codes->list[i].class;
	}
	for (i = 0; i < STANDARD; i++) {
		for (at = standard[i].codes; at != NULL && *at != '\0';) {
			if (memcmp(at, code, CODE_LEN) == 0)
				return standard[i].class;
			at = strchr(at, ' ');
			at = at == NULL ? NULL : at + 1;
		}
	}
	return CODE_REFUSED;
}

const char *code_class_name(enum code_class class)
{
	return (size_t) class < NAMES ? names[class] : "";
}

static int
parse_line(const char *text, struct codes *codes, struct till_error *err)
{
	const size_t len = strcspn(text, "=");
	enum code_class class;
	size_t i;

	if (text[len] != '=' || !code_ok(text, len))
		return till_fail(err, "'%.40s' is no CODE=CLASS", text);
	class = class_of(text + len + 1);
	if (class == CODE_NONE)
		return till_fail(err, "'%.40s' is no class; see settle_bank(8)",
		    text + len + 1);
	if (class == CODE_APPROVED)
		return till_fail(err, "only 00 and 11 approve");
	for (i = 0; i < codes->len; i++) {
		if (memcmp(codes->list[i].code, text, CODE_LEN) == 0)
			return till_fail(err, "%.2s is there twice", text);
	}
	if (codes->len == CODES_MAX)
		return till_fail(err, "more than %d codes", CODES_MAX);
	memcpy(codes->list[codes->len].code, text, CODE_LEN);
	codes->list[codes->len].code[CODE_LEN] = '\0';
	codes->list[codes->len++].class = class;
	return 0;
}

/* The octets of a message have no NUL behind them. */
static bool
code_ok(const char *code, size_t len)
{
	size_t i;

	if (len != CODE_LEN)
		return false;
	for (i = 0; i < len; i++) {
		if (!(code[i] >= '0' && code[i] <= '9') &&
		    !(code[i] >= 'A' && code[i] <= 'Z') &&
		    !(code[i] >= 'a' && code[i] <= 'z'))
			return false;
	}
	return true;
}

static enum code_class
class_of(const char *word)
{
	size_t i;

	for (i = 1; i < NAMES; i++) {
		if (strcmp(names[i], word) == 0)
			return (enum code_class)i;
	}
	return CODE_NONE;
}
