/*
 * iban.c - see iban.h.
 */
#include <string.h>

#include "check_digit.h"
#include "iban.h"

#define LEN(array) (sizeof(array) / sizeof((array)[0]))
#define CAPITALS "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS "0123456789"
#define BIC_LEN 8
#define BIC_BRANCH_LEN 11

struct country {
	char code[3];
	unsigned char len;
	enum iban_area area;
};

static const struct country *country_of(const char *iban);

/* The registry of ISO 13616, and the geographical scope of SEPA. */
static const struct country countries[] = {
	{ "AD", 24, IBAN_SEPA },
	{ "AE", 23, IBAN_ELSEWHERE },
	{ "AL", 28, IBAN_SEPA },
	{ "AT", 20, IBAN_EEA },
	{ "AZ", 28, IBAN_ELSEWHERE },
	{ "BA", 20, IBAN_ELSEWHERE },
	{ "BE", 16, IBAN_EEA },
	{ "BG", 22, IBAN_EEA },
	{ "BH", 22, IBAN_ELSEWHERE },
	{ "BI", 27, IBAN_ELSEWHERE },
	{ "BR", 29, IBAN_ELSEWHERE },
	{ "BY", 28, IBAN_ELSEWHERE },
	{ "CH", 21, IBAN_SEPA },
	{ "CR", 22, IBAN_ELSEWHERE },
	{ "CY", 28, IBAN_EEA },
	{ "CZ", 24, IBAN_EEA },
	{ "DE", 22, IBAN_EEA },
	{ "DJ", 27, IBAN_ELSEWHERE },
	{ "DK", 18, IBAN_EEA },
	{ "DO", 28, IBAN_ELSEWHERE },
	{ "EE", 20, IBAN_EEA },
	{ "EG", 29, IBAN_ELSEWHERE },
	{ "ES", 24, IBAN_EEA },
	{ "FI", 18, IBAN_EEA },
	{ "FK", 18, IBAN_ELSEWHERE },
	{ "FO", 18, IBAN_ELSEWHERE },
	{ "FR", 27, IBAN_EEA },
	{ "GB", 22, IBAN_SEPA },
	{ "GE", 22, IBAN_ELSEWHERE },
	{ "GI", 23, IBAN_SEPA },
	{ "GL", 18, IBAN_ELSEWHERE },
	{ "GR", 27, IBAN_EEA },
	{ "GT", 28, IBAN_ELSEWHERE },
	{ "HN", 28, IBAN_ELSEWHERE },
	{ "HR", 21, IBAN_EEA },
	{ "HU", 28, IBAN_EEA },
	{ "IE", 22, IBAN_EEA },
	{ "IL", 23, IBAN_ELSEWHERE },
	{ "IQ", 23, IBAN_ELSEWHERE },
	{ "IS", 26, IBAN_EEA },
	{ "IT", 27, IBAN_EEA },
	{ "JO", 30, IBAN_ELSEWHERE },
	{ "KW", 30, IBAN_ELSEWHERE },
	{ "KZ", 20, IBAN_ELSEWHERE },
	{ "LB", 28, IBAN_ELSEWHERE },
	{ "LC", 32, IBAN_ELSEWHERE },
	{ "LI", 21, IBAN_EEA },
	{ "LT", 20, IBAN_EEA },
	{ "LU", 20, IBAN_EEA },
	{ "LV", 21, IBAN_EEA },
	{ "LY", 25, IBAN_ELSEWHERE },
	{ "MC", 27, IBAN_SEPA },
	{ "MD", 24, IBAN_SEPA },
	{ "ME", 22, IBAN_SEPA },
	{ "MK", 19, IBAN_SEPA },
	{ "MN", 20, IBAN_ELSEWHERE },
	{ "MR", 27, IBAN_ELSEWHERE },
	{ "MT", 31, IBAN_EEA },
	{ "MU", 30, IBAN_ELSEWHERE },
	{ "NI", 28, IBAN_ELSEWHERE },
	{ "NL", 18, IBAN_EEA },
	{ "NO", 15, IBAN_EEA },
	{ "OM", 23, IBAN_ELSEWHERE },
	{ "PK", 24, IBAN_ELSEWHERE },
	{ "PL", 28, IBAN_EEA },
	{ "PS", 29, IBAN_ELSEWHERE },
	{ "PT", 25, IBAN_EEA },
	{ "QA", 29, IBAN_ELSEWHERE },
	{ "RO", 24, IBAN_EEA },
	{ "RS", 22, IBAN_SEPA },
	{ "RU", 33, IBAN_ELSEWHERE },
	{ "SA", 24, IBAN_ELSEWHERE },
	{ "SC", 31, IBAN_ELSEWHERE },
	{ "SD", 18, IBAN_ELSEWHERE },
	{ "SE", 24, IBAN_EEA },
	{ "SI", 19, IBAN_EEA },
	{ "SK", 24, IBAN_EEA },
	{ "SM", 27, IBAN_SEPA },
	{ "SO", 23, IBAN_ELSEWHERE },
	{ "ST", 25, IBAN_ELSEWHERE },
	{ "SV", 28, IBAN_ELSEWHERE },
	{ "TL", 23, IBAN_ELSEWHERE },
	{ "TN", 24, IBAN_ELSEWHERE },
	{ "TR", 26, IBAN_ELSEWHERE },
	{ "UA", 29, IBAN_ELSEWHERE },
	{ "VA", 22, IBAN_SEPA },
	{ "VG", 24, IBAN_ELSEWHERE },
	{ "XK", 20, IBAN_ELSEWHERE },
	{ "YE", 30, IBAN_ELSEWHERE },
};

int
iban_read(const char *text, char iban_r[IBAN_MAX], struct till_error *err)
{
	const struct country *country;
	char iban[IBAN_MAX];
	size_t len = 0;

	for (; *text != '\0'; text++) {
		if (*text == ' ')
			continue;
		if (len + 1 == IBAN_MAX)
			return till_fail(err,
			    "an IBAN has at most %d characters", IBAN_MAX - 1);
		iban[len++] = *text;
	}
	iban[len] = '\0';
	if (strspn(iban, CAPITALS DIGITS) != len)
		return till_fail(err,
		    "an IBAN has capital letters and digits only");
	country = country_of(iban);
	if (country == NULL)
		return till_fail(err,
		    "'%.2s' is no country that has IBANs, as an IBAN begins",
		    iban);
	if (len != country->len)
		return till_fail(err,
		    "an IBAN of %s has %d characters, this has %zu",
		    country->code, country->len, len);
	if (strspn(iban + 2, DIGITS) < 2 || !check_mod97(iban, len))
		return till_fail(err, "the IBAN's check digits are wrong");
	memcpy(iban_r, iban, len + 1);
	return 0;
}

enum iban_area
iban_area(const char *iban)
{
	const struct country *country = country_of(iban);

	return country == NULL ? IBAN_NOWHERE : country->area;
}

bool
bic_ok(const char *bic)
{
	const size_t len = strlen(bic);

	return (len == BIC_LEN || len == BIC_BRANCH_LEN) &&
	    strspn(bic, CAPITALS DIGITS) == len &&
	    strspn(bic + 4, CAPITALS) >= 2;
}

static const struct country *
country_of(const char *iban)
{
	size_t i;

	for (i = 0; i < LEN(countries); i++)
		if (strncmp(countries[i].code, iban, 2) == 0)
			return &countries[i];
	return NULL;
}
