/*
 * rules.c - the single rules that tickets and vouchers share.
 */
#include <string.h>

#include "base64url.h"
#include "claims.h"
#include "rules.h"
#include "sha256.h"

int
rule_id(const char *claim, const char *id, struct till_error *err)
{
	if (id == NULL)
		return till_fail(err, "%s: is missing", claim);
	if (!till_id_ok(id))
		return till_fail(err, "%s: must be 1 to %d of a-z, 0-9 and -",
		    claim, TILL_ID_MAX - 1);
	return 0;
}

int
rule_jti(const char *claim, const char *jti, struct till_error *err)
{
	if (jti == NULL)
		return till_fail(err, "%s: is missing", claim);
	if (!till_jti_ok(jti))
		return till_fail(err,
		    "%s: must be 1 to %d of A-Z, a-z, 0-9, point, _ and -",
		    claim, TILL_JTI_MAX - 1);
	return 0;
}

int
rule_hash(const char *claim, const char *th, struct till_error *err)
{
	unsigned char digest[SHA256_SIZE];
	size_t len = th == NULL ? 0 : strnlen(th, TILL_TH_MAX);

	if (len != TILL_TH_MAX - 1 ||
	    base64url_decode(th, len, digest, sizeof(digest), &len) == -1)
		return till_fail(err, "%s: must be a SHA-256 in base64url",
		    claim);
	return 0;
}

int
rule_text(const char *claim, const char *text, struct till_error *err)
{
	if (text == NULL)
		return till_fail(err, "%s: is missing", claim);
	if (strnlen(text, TILL_TEXT_MAX) == TILL_TEXT_MAX)
		return till_fail(err, "%s: has at most %d octets", claim,
		    TILL_TEXT_MAX - 1);
	if (!till_text_ok(text, TILL_TEXT_MAX - 1))
		return till_fail(err,
		    "%s: must be text without control or invisible characters",
		    claim);
	return 0;
}

int
rule_url(const char *claim, const char *url, size_t size,
    struct till_error *err)
{
	if (url == NULL)
		return till_fail(err, "%s: is missing", claim);
	if (strnlen(url, size) == size)
		return till_fail(err, "%s: has at most %zu octets", claim,
		    size - 1);
	if (!till_url_ok(url))
		return till_fail(err,
		    "%s: must be a plain https URL (http only for loopback)",
		    claim);
	return 0;
}

int
rule_times(int64_t iat, int64_t exp, struct till_error *err)
{
	if (iat < 0 || iat > CLAIMS_INT_MAX)
		return till_fail(err, "iat: must be from 0 to 2^53 - 1");
	if (exp < 0 || exp > CLAIMS_INT_MAX)
		return till_fail(err, "exp: must be from 0 to 2^53 - 1");
	if (exp <= iat)
		return till_fail(err, "exp: must be after iat");
	return 0;
}

int
rule_amount(const struct till_money *amount, enum till_kind kind,
    struct till_error *err)
{
	if (memchr(amount->currency, '\0', TILL_CURRENCY_MAX) == NULL ||
	    till_currency_exponent(amount->currency) == -1)
		return till_fail(err,
		    "currency: must be a current code of ISO 4217");
	if (amount->micro < 0 || amount->micro > TILL_MICRO_LIMIT)
		return till_fail(err, "amount: is out of bounds");
	if (kind == TILL_KIND_IDENTITY && amount->micro != 0)
		return till_fail(err, "amount: must be zero to ask identity");
	if (kind != TILL_KIND_IDENTITY && amount->micro == 0)
		return till_fail(err, "amount: must not be zero");
	return 0;
}
