/*
 * webauthn_reply.c - read what a page sends of a passkey.
 */
#include <string.h>

#include "auth_smartcard/webauthn.h"
#include "base64url.h"
#include "claims.h"

#define MEMBERS(list) (list), sizeof(list) / sizeof((list)[0])

/* One member of what is read, and where its octets go. */
struct wanted {
	const char *name;
	unsigned char *octets;
	size_t size, *len;
};

static int read_members(const unsigned char *json, size_t len, const char *what,
    const struct wanted *, size_t, struct till_error *);
static int member(const json_t *, const char *name, unsigned char *octets_r,
    size_t size, size_t *len_r, struct till_error *);

int
webauthn_assertion_read(const unsigned char *json, size_t len,
    struct webauthn_assertion *to, struct till_error *err)
{
	const struct wanted members[] = {
		{ "id", to->id, sizeof(to->id), &to->id_len },
		{ "clientDataJSON", to->client_data, sizeof(to->client_data),
		    &to->client_data_len },
		{ "authenticatorData", to->data, sizeof(to->data),
		    &to->data_len },
		{ "signature", to->signature, sizeof(to->signature),
		    &to->signature_len },
	};

	memset(to, 0, sizeof(*to));
	if (len > WEBAUTHN_ASSERTION_MAX)
		return till_fail(err, "the reply is too long");
	return read_members(json, len, "the reply", MEMBERS(members), err);
}

int
webauthn_registration_read(const unsigned char *json, size_t len,
    struct webauthn_registration *to, struct till_error *err)
{
	const struct wanted members[] = {
		{ "clientDataJSON", to->client_data, sizeof(to->client_data),
		    &to->client_data_len },
		{ "attestationObject", to->object, sizeof(to->object),
		    &to->object_len },
	};

	memset(to, 0, sizeof(*to));
	if (len > WEBAUTHN_REGISTRATION_MAX)
		return till_fail(err, "the registration is too long");
	return read_members(json, len, "the registration", MEMBERS(members),
	    err);
}

/* All of them, and no other. */
static int
read_members(const unsigned char *json, size_t len, const char *what,
    const struct wanted *wanted, size_t wanted_len, struct till_error *err)
{
	json_t *from = NULL;
	size_t i;
	int r = 0;

	if (claims_load((const char *)json, len, what, &from, err) == -1)
		return -1;
	if (json_object_size(from) != wanted_len)
		r = till_fail(err, "%s has not its %zu members", what,
		    wanted_len);
	for (i = 0; r == 0 && i < wanted_len; i++)
		r = member(from, wanted[i].name, wanted[i].octets,
		    wanted[i].size, wanted[i].len, err);
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
