/*
 * profile.c - message types as a table: one column for each that is sent
 * or comes, one row for each element.
 */
#include <assert.h>
#include <string.h>

#include "check_digit.h"
#include "settle_bank/profile.h"

#define ROWS_MAX 44

/*
 * M must be there, C may be there, E must be there as in the request,
 * S may be there and then as in the request, A is one of two of which one
 * must be there; anything else must not be there.
 */
struct row {
	int number;
	const char *use; /* a letter for each column */
};

/* A repeat differs from what it repeats in its type only. */
static const struct column {
	const char *mti, *repeat, *answers;
	enum profile_way way;
} columns[] = {
	{ "0100", "0101", NULL, PROFILE_TO_BANK },
	{ "0110", NULL, "0100", PROFILE_FROM_BANK },
	{ "0200", "0201", NULL, PROFILE_TO_BANK },
	{ "0210", NULL, "0200", PROFILE_FROM_BANK },
	{ "0220", "0221", NULL, PROFILE_TO_BANK },
	{ "0230", NULL, "0220", PROFILE_FROM_BANK },
	{ "0400", "0401", NULL, PROFILE_TO_BANK },
	{ "0410", NULL, "0400", PROFILE_FROM_BANK },
	{ "0420", "0421", NULL, PROFILE_TO_BANK },
	{ "0430", NULL, "0420", PROFILE_FROM_BANK },
	{ "0500", "0501", NULL, PROFILE_TO_BANK },
	{ "0510", NULL, "0500", PROFILE_FROM_BANK },
	{ "0800", NULL, NULL, PROFILE_TO_BANK },
	{ "0810", NULL, "0800", PROFILE_FROM_BANK },
	/* Of the bank's own accord, and what we say to it. */
	{ "0420", "0421", NULL, PROFILE_FROM_BANK },
	{ "0430", NULL, "0420", PROFILE_TO_BANK },
	{ "0422", "0423", NULL, PROFILE_FROM_BANK },
	{ "0432", NULL, "0422", PROFILE_TO_BANK },
	{ "0800", NULL, NULL, PROFILE_FROM_BANK },
	{ "0810", NULL, "0800", PROFILE_TO_BANK },
};

#define COLUMNS (sizeof(columns) / sizeof(columns[0]))

/* clang-format off */
static const struct row rows[] = {
	/*	 to the bank, and its answers   its own
	 *	 1 1 2 2 2 3  0 1 2 3 5 5 8 8   4 4 4 4 8 8
	 *	 0 1 0 1 2 0  4 4 4 4 0 1 0 1   2 3 2 3 0 1 */
	{ 2,	"ASASAS" "ASAS....""CSCS.." },
	{ 3,	"MEMEME" "MEME....""CSCS.." },
	{ 4,	"MEMEME" "MEME....""MECE.." },
	{ 7,	"MEMEME" "MEMEMEME""MEMEME" },
	{ 11,	"MEMEME" "MEMEMEME""MEMEME" },
	{ 12,	"MCMCMC" "MCMCCCCC""CCCCCC" },
	{ 13,	"MCMCMC" "MCMCCCCC""CCCCCC" },
	{ 14,	"C.C.C." "C.C.....""C.C..." },
	{ 15,	".C.CCC" "CCCCMSCC""CCCCCC" },
	{ 18,	"M.M.M." "M.M.....""C.C..." },
	{ 19,	"CCCCCC" "CCCC....""C.C..." },
	{ 22,	"M.M.M." "M.M.....""C.C..." },
	{ 25,	"M.M.M." "M.M.....""C.C..." },
	{ 32,	"MSMSMS" "MSMSCSCS""CSCSCS" },
	{ 37,	"MEMEME" "MEME....""CSCS.." },
	{ 38,	".C.CCC" "CCCC....""C.C..." },
	{ 39,	".M.MCM" "CMCM.M.M""CMCM.M" },
	{ 41,	"MSMSMS" "MSMS....""CSCS.." },
	{ 42,	"MSMSMS" "MSMS....""CSCS.." },
	{ 43,	"M.M.C." "C.C.....""C.C..." },
	{ 44,	".C.C.C" ".C.C.C.C""......" },
	{ 48,	"CCCCCC" "CCCCCCCC""C.C.C." },
	{ 49,	"MEMEME" "MEME....""MECE.." },
	{ 50,	".C.C.C" ".C.CMS..""C.C..." },
	{ 54,	".C.C.C" "........""......" },
	{ 60,	"CCCCCC" "CCCC....""C.C..." },
	{ 63,	"CCCCCC" "CCCCCCCC""C.C.C." },
	{ 66,	"......" ".....M..""......" },
	{ 70,	"......" "......ME""....ME" },
	{ 74,	"......" "....MC..""......" },
	{ 75,	"......" "....MC..""......" },
	{ 76,	"......" "....MC..""......" },
	{ 77,	"......" "....MC..""......" },
	{ 86,	"......" "....MC..""......" },
	{ 87,	"......" "....MC..""......" },
	{ 88,	"......" "....MC..""......" },
	{ 89,	"......" "....MC..""......" },
	{ 90,	"....C." "MSMS....""MSMS.." },
	{ 95,	"......" "CSCS....""CSCS.." },
	{ 97,	"......" "....MC..""......" },
	{ 99,	"......" "....CS..""......" },
	{ 102,	"ASASAS" "ASAS....""CSCS.." },
};
/* clang-format on */

#define ROWS (sizeof(rows) / sizeof(rows[0]))
static_assert(ROWS <= ROWS_MAX, "more rows than elements");

static size_t find_column(const char *mti, enum profile_way);
static bool is_type(const struct column *, const char *mti);
static char use_of(int number, size_t column);
static bool agree(const struct iso_message *, const struct iso_message *, int);

int
profile_check(const struct iso_message *message, enum profile_way way,
    struct till_error *err)
{
	const size_t column = find_column(message->mti, way);
	const char *card, *want = NULL;
	bool has = false;
	size_t len;
	char use;
	int i;

	if (column == COLUMNS)
		return till_fail(err, "a message of type %s is not expected",
		    message->mti);
	for (i = 2; i <= ISO_DE_MAX; i++) {
		use = use_of(i, column);
		if ((use == 'M' || use == 'E') && !message->has[i])
			return till_fail(err, "a %s needs DE%d (%s)",
			    message->mti, i, iso_element(i)->name);
		if (use == '.' && message->has[i])
			return till_fail(err, "a %s has no DE%d (%s)",
			    message->mti, i, iso_element(i)->name);
		if (use == 'A') {
			want = iso_element(i)->name;
			has |= message->has[i];
		}
	}
	if (want != NULL && !has)
		return till_fail(err, "a %s needs a card number or the %s",
		    message->mti, want);
	card = iso_get(message, 2, &len);
	if (way == PROFILE_TO_BANK && card != NULL && !check_luhn(card, len))
		return till_fail(err,
		    "DE2 (card number) has a wrong check digit");
	return 0;
}

bool
profile_answers(const struct iso_message *request,
    const struct iso_message *answer)
{
	return strcmp(profile_answer_type(request->mti), answer->mti) == 0 &&
	    iso_same(request, answer, 7) && iso_same(request, answer, 11) &&
	    agree(request, answer, 32) && agree(request, answer, 37) &&
	    agree(request, answer, 41);
}

int
profile_echoes(const struct iso_message *request,
    const struct iso_message *answer, struct till_error *err)
{
	size_t column;
	char use;
	int i;

	/* Who answers may be the bank or we; the rows are the same. */
	column = find_column(answer->mti, PROFILE_FROM_BANK);
	if (column == COLUMNS)
		column = find_column(answer->mti, PROFILE_TO_BANK);
	if (column == COLUMNS || columns[column].answers == NULL)
		return till_fail(err, "a %s is no answer", answer->mti);
	for (i = 2; i <= ISO_DE_MAX; i++) {
		use = use_of(i, column);
		if ((use == 'E' && !iso_same(request, answer, i)) ||
		    (use == 'S' && !agree(request, answer, i)))
			return till_fail(err,
			    "DE%d (%s) of the answer is not that of the "
			    "request",
			    i, iso_element(i)->name);
	}
	return 0;
}

const char *
profile_answer_type(const char *mti)
{
	size_t i, k;

	for (i = 0; i < COLUMNS; i++) {
		if (!is_type(&columns[i], mti))
			continue;
		for (k = 0; k < COLUMNS; k++) {
			if (columns[k].answers != NULL &&
			    strcmp(columns[k].answers, columns[i].mti) == 0)
				return columns[k].mti;
		}
	}
	return "";
}

/* COLUMNS if there is none. */
static size_t
find_column(const char *mti, enum profile_way way)
{
	size_t i;

	for (i = 0; i < COLUMNS; i++) {
		if (columns[i].way == way && is_type(&columns[i], mti))
			break;
	}
	return i;
}

static bool
is_type(const struct column *column, const char *mti)
{
	return strcmp(column->mti, mti) == 0 ||
	    (column->repeat != NULL && strcmp(column->repeat, mti) == 0);
}

static char
use_of(int number, size_t column)
{
	size_t i;

	for (i = 0; i < ROWS; i++) {
		if (rows[i].number == number)
			return rows[i].use[column];
	}
	return '.';
}

/* Not both have it, or both the same. */
static bool
agree(const struct iso_message *a, const struct iso_message *b, int number)
{
	return !a->has[number] || !b->has[number] || iso_same(a, b, number);
}
