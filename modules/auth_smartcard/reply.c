/*
 * reply.c - read what a station sends back.
 */
#include <string.h>

#include "auth_smartcard/reply.h"
#include "base64url.h"
#include "claims.h"

#define MEMBERS 3

static int take(const json_t *, struct card_reply *, struct till_error *);
static const char *member(const json_t *, const char *);
static int octets(const char *text, unsigned char *, size_t size,
    size_t *len_r);

int
card_reply_read(const unsigned char *data, size_t len,
    struct card_reply *reply_r, struct till_error *err)
{
	json_t *object = NULL;
	int r;

	memset(reply_r, 0, sizeof(*reply_r));
	if (len > REPLY_MAX)
		return till_fail(err, "the reply is too long");
	if (claims_load((const char *)data, len, "the reply", &object, err) ==
	    -1)
		return -1;
	r = take(object, reply_r, err);
	json_decref(object);
	return r;
}

static int
take(const json_t *object, struct card_reply *reply, struct till_error *err)
{
	const char *alg = member(object, "alg"), *kid = member(object, "kid");
	const char *certificate = member(object, "certificate");
	unsigned char thumbprint[SHA256_SIZE];
	size_t len;

	if (json_object_size(object) != MEMBERS || alg == NULL ||
	    (kid == NULL) == (certificate == NULL))
		return till_fail(err,
		    "the reply has not the members alg, signature, and kid or "
		    "certificate");
	reply->alg = key_alg_of(alg);
	if (reply->alg == KEY_NONE)
		return till_fail(err, "the reply's alg is none of ours");
	if (kid != NULL &&
	    (octets(kid, thumbprint, sizeof(thumbprint), &len) == -1 ||
		len != sizeof(thumbprint)))
		return till_fail(err, "the reply's kid is no thumbprint");
	if (kid != NULL)
		memcpy(reply->kid, kid, TILL_KID_MAX);
	if (certificate != NULL &&
	    octets(certificate, reply->certificate, sizeof(reply->certificate),
		&reply->certificate_len) == -1)
		return till_fail(err,
		    "the reply's certificate is no base64url of up to %d "
		    "octets",
		    CERTIFICATE_MAX);
	if (octets(member(object, "signature"), reply->signature,
		sizeof(reply->signature), &reply->signature_len) == -1)
		return till_fail(err,
		    "the reply's signature is no base64url of up to %d octets",
		    KEY_SIGNATURE_MAX);
	return 0;
}

static const char *
member(const json_t *object, const char *name)
{
	return json_string_value(json_object_get(object, name));
}

static int
octets(const char *text, unsigned char *octets_r, size_t size, size_t *len_r)
{
	if (text == NULL ||
	    base64url_decode(text, strlen(text), octets_r, size, len_r) == -1)
		return -1;
	return *len_r > 0 ? 0 : -1;
}
