/*
 * countries.c - where merchants are.
 *
 * A code that no country has would deny nobody without a word, so codes
 * are held against the table of ISO 3166-1 (alpha-2, as of 2024).
 */
#include <string.h>

#include "policy_rules/policy_rules.h"

static bool known(const char *);
static bool among(const char *const *, const char *);

static const char table[] =
    "AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI "
    "BJ BL BM BN BO BQ BR BS BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN "
    "CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK "
    "FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM "
    "HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN "
    "KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK "
    "ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP "
    "NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW "
    "SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF "
    "TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI "
    "VN VU WF WS YE YT ZA ZM ZW";

int
countries_ok(const char *const *codes, struct till_error *err)
{
	size_t i;

	for (i = 0; codes[i] != NULL; i++) {
		if (!known(codes[i]))
			return till_fail(err,
			    "'%.40s' is no country code of ISO 3166-1 alpha-2",
			    codes[i]);
	}
	return 0;
}

/* A merchant of no known country is in none that is allowed, and in
 * perhaps one that is denied. */
enum till_result
countries_check(const char *const *allow, const char *const *deny,
    const struct till_host *host, struct till_context *ctx, const char *country)
{
	if (allow[0] == NULL && deny[0] == NULL)
		return TILL_NO_OPINION;
	if (country[0] == '\0')
		return host->fail(ctx, TILL_REFUSE, "country-unknown",
		    "the merchant's country is not on record");
	if (among(deny, country))
		return host->fail(ctx, TILL_REFUSE, "country-denied",
		    "merchants in %s are not paid", country);
	if (allow[0] != NULL && !among(allow, country))
		return host->fail(ctx, TILL_REFUSE, "country-not-allowed",
		    "%s is not among the countries whose merchants are paid",
		    country);
	return TILL_ALLOW;
}

static bool
known(const char *code)
{
	size_t i;

	for (i = 0; i < sizeof(table) - 1; i += 3) {
		if (strlen(code) == 2 && memcmp(table + i, code, 2) == 0)
			return true;
	}
	return false;
}

static bool
among(const char *const *codes, const char *country)
{
	size_t i;

	for (i = 0; codes[i] != NULL; i++) {
		if (strcmp(codes[i], country) == 0)
			return true;
	}
	return false;
}
