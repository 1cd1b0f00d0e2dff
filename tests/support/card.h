/*
 * card.h - a customer's card in software, and a CA that issues them.
 *
 * What is signed and what is replied are made here as doc/protocol.md
 * says, with nothing of the module's.
 */
#ifndef SUPPORT_CARD_H
#define SUPPORT_CARD_H

#include <openssl/evp.h>
#include <openssl/x509.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What is told apart in a reply; NULL members are left out. */
struct card_said {
	const char *alg;
	const char *kid;
	X509 *certificate;
};

/* What is signed; without a currency the sign-in of ticket, a customer, at
 * payee, a server. */
struct card_paid {
	const char *ticket, *payee, *amount, *currency;
};

/* What a certificate says of itself, beside its subject. */
struct card_wish {
	const char *name; /* CN of the subject */
	long serial;
	long from_s, to_s; /* of validity, from now on */
	const char *usage; /* "digitalSignature"; NULL: no extension */
	const char *extended; /* "clientAuth"; NULL: no extension */
	const char *policy; /* an OID; NULL: no extension */
	bool is_ca;
	const EVP_MD *md; /* NULL: SHA-256 */
};

EVP_PKEY *card_rsa(unsigned int bits);
EVP_PKEY *card_p256(void);
/* RFC 7638, 44 octets. */
void card_kid(EVP_PKEY *, char kid_r[44]);
/* Its public part, with more members (",\"alg\":\"PS256\""); freed with
 * free. */
char *card_jwk(EVP_PKEY *, const char *more);
/* "BEGIN PUBLIC KEY"; freed with free. */
char *card_public_pem(EVP_PKEY *);
char *card_certificate_pem(X509 *);

/* issuer NULL: by itself.  Freed with X509_free. */
X509 *card_issue(const struct card_wish *, EVP_PKEY *subject, X509 *issuer,
    EVP_PKEY *issuer_key);
/* A CRL of the issuer's with one serial in it (0: none), valid from from_s
 * to to_s from now on (to_s 0: it does not say), as PEM. */
char *card_crl(X509 *issuer, EVP_PKEY *issuer_key, long serial, long from_s,
    long to_s);

/* Sign as alg says; *signature_r is freed with free.  ES256: R || S. */
size_t card_sign(EVP_PKEY *, const char *alg, const void *text, size_t len,
    unsigned char **signature_r);
/* A whole reply; freed with free. */
char *card_reply(EVP_PKEY *, const struct card_said *, const char *challenge,
    const struct card_paid *);

#endif
