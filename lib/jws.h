/*
 * jws.h - compact JWS (RFC 7515) for the two algorithms of till/key.h.
 *
 * The header is the closed set {alg, kid, typ} of strings.  alg must be
 * the key's own.  Nothing is canonicalised: the octets sent are what is
 * signed and hashed.
 */
#ifndef JWS_H
#define JWS_H

#include <stddef.h>

#include <till/error.h>
#include <till/key.h>
#include <till/ticket.h>

#define JWS_PAYLOAD_MAX (TILL_TOKEN_MAX / 4 * 3)
#define JWS_TYP_MAX 40

/* What was signed; kid and th are NUL terminated, payload too. */
struct jws {
	char typ[JWS_TYP_MAX];
	char kid[TILL_KID_MAX];
	char th[TILL_TH_MAX]; /* base64url(SHA-256(header "." payload)) */
	size_t payload_len;
	char payload[JWS_PAYLOAD_MAX + 1];
};

/* Sign payload; *token_r is freed with free; th_r may be NULL. */
int jws_sign(const struct till_key *key, const char *typ, const char *payload,
    size_t len, char **token_r, char th_r[TILL_TH_MAX], struct till_error *err);

/*
 * Verify a token whose typ must be one of types (ends with NULL).
 * *jws_r is written only if all holds.
 */
int jws_open(const char *token, size_t len, const char *const *types,
    till_key_find *find, void *arg, struct jws *jws_r, struct till_error *err);

/* The same checks but for key and signature, so what it says is not
 * proven; th is "". */
int jws_peek(const char *token, size_t len, const char *const *types,
    struct jws *jws_r, struct till_error *err);

/* Only those checks: what the header says. */
int jws_form(const char *token, size_t len, const char *const *types,
    struct till_error *err);

#endif
