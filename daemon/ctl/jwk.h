/*
 * jwk.h - a public key as operators have it.
 */
#ifndef CTL_JWK_H
#define CTL_JWK_H

#include <jansson.h>

#include <till/error.h>

/* A public key in PEM ("BEGIN PUBLIC KEY", P-256 or Ed25519) as the text
 * of a JWK, in a JSON string.  A private key is refused. */
json_t *jwk_from_pem(const char *pem, struct till_error *err);

#endif
