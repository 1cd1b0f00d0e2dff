/*
 * test_currency.c - the table of currencies against that of Debian's
 * iso-codes, which others keep.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>
#include <till/money.h>

#define LIST "/usr/share/iso-codes/json/iso_4217.json"
#define SKIP 77

/* Made after that list was. */
static const char *const newer[] = { "XCG", "ZWG", NULL };
/* In that list, but withdrawn since, or no money that a price is in. */
static const char *const left_out[] = { "ANG", "BGN", "CUC", "HRK", "SLL",
	"XAG", "XAU", "XBA", "XBB", "XBC", "XBD", "XDR", "XPD", "XPT", "XSU",
	"XTS", "XUA", "XXX", "ZWL", NULL };

static int
among(const char *const *codes, const char *code)
{
	for (; *codes != NULL; codes++) {
		if (strcmp(*codes, code) == 0)
			return 1;
	}
	return 0;
}

static int
complain(const char *code, const char *what)
{
	(void)fprintf(stderr, "%s: %s\n", code, what);
	return 1;
}

int
main(void)
{
	const char *code, *number;
	json_t *file, *list, *one;
	int bad = 0, found = 0;
	unsigned int i;
	size_t k;

	file = json_load_file(LIST, 0, NULL);
	if (file == NULL) {
		(void)puts("iso-codes is not installed");
		return SKIP;
	}
	list = json_object_get(file, "4217");
	json_array_foreach(list, k, one)
	{
		code = json_string_value(json_object_get(one, "alpha_3"));
		number = json_string_value(json_object_get(one, "numeric"));
		if (among(left_out, code)) {
			if (till_currency_number(code) != -1)
				bad += complain(code, "is withdrawn");
			continue;
		}
		found++;
		if (till_currency_number(code) != strtol(number, NULL, 10))
			bad += complain(code, "has another number");
	}
	for (i = 0; till_currency_at(i) != NULL; i++) {
		if (!among(newer, till_currency_at(i)))
			found--;
	}
	if (found != 0)
		bad += complain("table", "has others than the list");
	if (till_currency_number("XCG") != 532 ||
	    till_currency_number("ZWG") != 924 ||
	    till_currency_number("eur") != -1)
		bad += complain("table", "is wrong in what the list has not");
	json_decref(file);
	return bad == 0 ? 0 : 1;
}
