/*
 * request.h - a merchant's signed request to the payment server.
 *
 * A merchant has no session.  Where it asks for something of its own it
 * sends a compact JWS of type "till-request+jwt", signed with one of its
 * active keys, that says which one request it is for:
 *
 *	iss	its merchant id
 *	aud	the payment server's issuer URL, exactly
 *	iat, exp	at most TILL_REQUEST_LIFETIME seconds apart
 *	htm	the method: "GET"
 *	htu	the path of the request, without host and query:
 *		"/v1/tickets/MID/JTI"
 *
 * The names htm and htu are those of RFC 9449, section 4.2.  A request
 * changes nothing, so it may be sent again within its lifetime.
 */
#ifndef REQUEST_H
#define REQUEST_H

#include <stddef.h>
#include <stdint.h>

#include <till/error.h>
#include <till/key.h>
#include <till/ticket.h>

#define TILL_REQUEST_LIFETIME 60 /* seconds from iat to exp, at most */
#define TILL_REQUEST_METHOD_MAX 8 /* with NUL */

/* The claims, as a value. */
struct till_request {
	char iss[TILL_ID_MAX];
	char aud[TILL_URL_MAX];
	int64_t iat, exp; /* seconds since 1970 UTC */
	char htm[TILL_REQUEST_METHOD_MAX];
	char htu[TILL_TEXT_MAX];
};

/* Check the claims and sign them; *token_r is freed with free. */
int till_request_sign(const struct till_request *request,
    const struct till_key *key, char **token_r, struct till_error *err);

/* Verify the signature, then read.  Whose the key is, audience and time
 * are for the caller to compare. */
int till_request_open(const char *token, size_t len, till_key_find *find,
    void *arg, struct till_request *request_r, struct till_error *err);

/* Is it from owner, for this server, this method and path, and of now,
 * give or take TILL_CLOCK_SKEW? */
int till_request_check(const struct till_request *request, const char *owner,
    const char *aud, const char *method, const char *path, int64_t now,
    struct till_error *err);

#endif
