/*
 * webauthn_reply.c - read what a page sends of a passkey.
 */
#include <string.h>

#include "auth_smartcard/webauthn.h"
#include "base64url.h"
#include "claims.h"

#define ASSERTION_MEMBERS 4
#define REGISTRATION_MEMBERS 2

static int member(const json_t *, const char *name, unsigned char *octets_r,
    size_t size, size_t *len_r, struct till_error *);

int
webauthn_assertion_read(const unsigned char *json, size_t len,
    struct webauthn_assertion *to, struct till_error *err)
{
	json_t *from = NULL;
	int r = -1;

	memset(to, 0, sizeof(*to));
	if (len > WEBAUTHN_ASSERTION_MAX)
		return till_fail(err, "the reply is too long");
	if (claims_load((const char *)json, len, "the reply", &from, err) == -1)
		return -1;
	if (json_object_size(from) != ASSERTION_MEMBERS)
		till_error_set(err, "the reply has not its %d members",
		    ASSERTION_MEMBERS);
	else if (member(from, "id", to->id, sizeof(to->id), &to->id_len, err) ==
		0 &&
	    member(from, "clientDataJSON", to->client_data,
		sizeof(to->client_data), &to->client_data_len, err) == 0 &&
	    member(from, "authenticatorData", to->data, sizeof(to->data),
		&to->data_len, err) == 0)
		r = member(from, "signature", to->signature,
		    sizeof(to->signature), &to->signature_len, err);
	json_decref(from);
	return r;
}

int
webauthn_registration_read(const unsigned char *json, size_t len,
    struct webauthn_registration *to, struct till_error *err)
{
	json_t *from = NULL;
	int r = -1;

	memset(to, 0, sizeof(*to));
	if (len > WEBAUTHN_REGISTRATION_MAX)
		return till_fail(err, "the registration is too long");
	if (claims_load((const char *)json, len, "the registration", &from,
		err) == -1)
		return -1;
	if (json_object_size(from) != REGISTRATION_MEMBERS)
		till_error_set(err, "the registration has not its %d members",
		    REGISTRATION_MEMBERS);
	else if (member(from, "clientDataJSON", to->client_data,
		     sizeof(to->client_data), &to->client_data_len, err) == 0)
		r = member(from, "attestationObject", to->object,
		    sizeof(to->object), &to->object_len, err);
	json_decref(from);
	return r;
}

static int
member(const json_t *object, const char *name, unsigned char *octets_r,
    size_t size, size_t *len_r, struct till_error *err)
{
	const char *text = json_string_value(json_object_get(object, name));

	if (text == NULL ||
	    base64url_decode(text, strlen(text), octets_r, size, len_r) == -1 ||
	    *len_r == 0)
		return till_fail(err, "%s is no base64url of 1 to %zu octets",
		    name, size);
	return 0;
}
