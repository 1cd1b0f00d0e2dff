/*
 * request.c - sign, open and check a merchant's request.
 */
#include <string.h>

#include "claims.h"
#include "emit.h"
#include "jws.h"
#include "request.h"
#include "rules.h"

#define REQUEST_PAYLOAD_MAX 4096

static int check_claims(const struct till_request *, struct till_error *);
static int read_payload(const struct jws *, json_t *, struct till_request *,
    struct till_error *);
static int read_text(struct claims *, const char *, char *, size_t,
    struct till_error *);

static const char *const request_types[] = { "till-request+jwt", NULL };

int
till_request_sign(const struct till_request *request,
    const struct till_key *key, char **token_r, struct till_error *err)
{
	char payload[REQUEST_PAYLOAD_MAX];
	struct emit out = { .buf = payload, .size = sizeof(payload) };

	if (check_claims(request, err) == -1)
		return -1;
	emit_open(&out, NULL, '{');
	emit_text(&out, "iss", request->iss);
	emit_text(&out, "aud", request->aud);
	emit_int(&out, "iat", request->iat);
	emit_int(&out, "exp", request->exp);
	emit_text(&out, "htm", request->htm);
	emit_text(&out, "htu", request->htu);
	emit_close(&out, '}');
	if (out.full)
		return till_fail(err, "a request has at most %d octets",
		    REQUEST_PAYLOAD_MAX);
	return jws_sign(key, request_types[0], payload, out.len, token_r, NULL,
	    err);
}

int
till_request_open(const char *token, size_t len, till_key_find *find, void *arg,
    struct till_request *request_r, struct till_error *err)
{
	struct till_request request = { 0 };
	json_t *object = NULL;
	struct jws jws;
	int r;

	if (jws_open(token, len, request_types, find, arg, &jws, err) == -1)
		return -1;
	if (claims_load(jws.payload, jws.payload_len, "the payload", &object,
		err) == -1)
		return -1;
	r = read_payload(&jws, object, &request, err);
	json_decref(object);
	if (r == -1 || check_claims(&request, err) == -1)
		return -1;
	*request_r = request;
	return 0;
}

int
till_request_check(const struct till_request *request, const char *owner,
    const char *aud, const char *method, const char *path, int64_t now,
    struct till_error *err)
{
	if (strcmp(request->iss, owner) != 0)
		return till_fail(err, "iss: is not the owner of the key");
	if (strcmp(request->aud, aud) != 0)
		return till_fail(err, "aud: is not this payment server");
	if (request->iat > now + TILL_CLOCK_SKEW)
		return till_fail(err, "iat: lies in the future");
	if (request->exp <= now - TILL_CLOCK_SKEW)
		return till_fail(err, "exp: has passed");
	if (strcmp(request->htm, method) != 0)
		return till_fail(err, "htm: is not the method");
	if (strcmp(request->htu, path) != 0)
		return till_fail(err, "htu: is not the path");
	return 0;
}

static int
check_claims(const struct till_request *request, struct till_error *err)
{
	if (rule_id("iss", request->iss, err) == -1 ||
	    rule_url("aud", request->aud, TILL_URL_MAX, err) == -1 ||
	    rule_times(request->iat, request->exp, err) == -1 ||
	    rule_text("htm", request->htm, err) == -1 ||
	    rule_text("htu", request->htu, err) == -1)
		return -1;
	if (request->exp - request->iat > TILL_REQUEST_LIFETIME)
		return till_fail(err, "exp: is more than %d seconds after iat",
		    TILL_REQUEST_LIFETIME);
	if (request->htu[0] != '/')
		return till_fail(err, "htu: is a path, which begins with /");
	return 0;
}

static int
read_payload(const struct jws *jws, json_t *object,
    struct till_request *request, struct till_error *err)
{
	char text[JWS_PAYLOAD_MAX];
	struct claims claims = { .object = object,
		.within = "",
		.text = text,
		.left = jws->payload_len };

	if (read_text(&claims, "iss", request->iss, sizeof(request->iss),
		err) == -1 ||
	    read_text(&claims, "aud", request->aud, sizeof(request->aud),
		err) == -1 ||
	    claims_int(&claims, "iat", &request->iat, err) == -1 ||
	    claims_int(&claims, "exp", &request->exp, err) == -1 ||
	    read_text(&claims, "htm", request->htm, sizeof(request->htm),
		err) == -1)
		return -1;
	return read_text(&claims, "htu", request->htu, sizeof(request->htu),
	    err);
}

static int
read_text(struct claims *claims, const char *name, char *buf, size_t size,
    struct till_error *err)
{
	const char *text;

	if (claims_text(claims, name, &text, err) == -1)
		return -1;
	if (strlen(text) >= size)
		return till_fail(err, "%s: has at most %zu octets", name,
		    size - 1);
	memcpy(buf, text, strlen(text) + 1);
	return 0;
}
