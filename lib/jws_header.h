/*
 * jws_header.h - the header of a token: the closed set {alg, kid, typ}.
 */
#ifndef JWS_HEADER_H
#define JWS_HEADER_H

#include <stdbool.h>
#include <stddef.h>

#include <till/error.h>

#define JWS_HEADER_MAX 512 /* octets of a decoded header */

/* Three texts, and where they stand. */
struct jws_header {
	const char *alg, *kid, *typ;
	char text[JWS_HEADER_MAX];
};

/*
 * Read a decoded header of len octets, NUL terminated behind them: all
 * three members, all strings, and nothing beside them.
 */
int jws_header_read(const char *json, size_t len, struct jws_header *header_r,
    struct till_error *err);

/*
 * The same for the plain form that nearly every library writes: no blank,
 * no escape, nothing odd in the strings.  False if json is not in this
 * form, right or wrong; then jws_header_parse decides.  Where it is true
 * both say the same.
 */
bool jws_header_scan(const char *json, size_t len, struct jws_header *header_r);
int jws_header_parse(const char *json, size_t len, struct jws_header *header_r,
    struct till_error *err);

#endif
