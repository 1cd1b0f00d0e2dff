/*
 * sealed.c - look into a token whose seal is not verified here.
 */
#include <jansson.h>

#include <string.h>

#include <till/voucher.h>

#include "claims.h"
#include "jws.h"
#include "sealed.h"
#include "voucher_types.h"

static enum till_voucher_type type_of(const char *, const struct bill *);

bool
sealed_paid(const char *token, const struct bill *bill)
{
	const enum till_voucher_type type = type_of(token, bill);

	return type == TILL_VOUCHER_PAID || type == TILL_VOUCHER_IDENTITY;
}

bool
sealed_refused(const char *token, const struct bill *bill)
{
	return type_of(token, bill) == TILL_VOUCHER_REFUSAL;
}

/* TILL_VOUCHER_NONE if it is of no kind, or of another ticket. */
static enum till_voucher_type
type_of(const char *token, const struct bill *bill)
{
	static const enum till_voucher_type types[] = { TILL_VOUCHER_PAID,
		TILL_VOUCHER_IDENTITY, TILL_VOUCHER_REFUSAL };
	enum till_voucher_type type = TILL_VOUCHER_NONE;
	struct till_error err;
	json_t *claims;
	const char *th;
	struct jws jws;
	size_t i;

	if (token == NULL ||
	    jws_peek(token, strlen(token), voucher_types, &jws, &err) == -1 ||
	    claims_load(jws.payload, jws.payload_len, "the payload", &claims,
		&err) == -1)
		return TILL_VOUCHER_NONE;
	th = json_string_value(json_object_get(claims, "th"));
	for (i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (th != NULL && strcmp(th, bill->ticket->th) == 0 &&
		    strcmp(jws.typ, voucher_types[types[i] - 1]) == 0)
			type = types[i];
	json_decref(claims);
	return type;
}
