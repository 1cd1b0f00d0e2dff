/*
 * certificate.h - a customer's certificate, and whom it is believed from.
 *
 * A trust is a file of CA certificates, each of which is trusted to issue
 * customers' certificates directly, and perhaps a file of their CRLs.
 * Both are read again when they have changed; one that is no good then
 * leaves what there was, whose own times still bound it.  May be used by
 * several threads at once.
 */
#ifndef SMARTCARD_CERTIFICATE_H
#define SMARTCARD_CERTIFICATE_H

#include <openssl/x509.h>

#include <stddef.h>
#include <stdint.h>

#include <till/error.h>

#include "base64url.h"
#include "sha256.h"

#define CERTIFICATE_MAX 4096 /* octets of a customer's, in DER */
#define CERTIFICATE_CAS_MAX 64 /* CA certificates in one file */
#define CERTIFICATE_CRLS_MAX 64
#define CERTIFICATE_CA_FILE_MAX (1024 * 1024)
#define CERTIFICATE_CRL_FILE_MAX (16 * 1024 * 1024)

/* Ids of credentials: what a certificate is recognised by. */
#define CERTIFICATE_PREFIX "cert." /* SHA-256 of the certificate */
#define SUBJECT_PREFIX "subject." /* ... of its issuer and its subject */
#define CERTIFICATE_ID_MAX                                                     \
	(sizeof(SUBJECT_PREFIX) + BASE64URL_SIZE(SHA256_SIZE))

struct trust_options {
	const char *ca; /* file of certificates in PEM */
	const char *crl; /* file of CRLs in PEM; NULL: none is looked at */
	const char *usage; /* extended key usage it must have, a name or OID */
	const char *policy; /* certificate policy it must have, an OID */
};

struct trust;
/* The options' texts must live as long. */
int trust_new(const struct trust_options *, struct trust **trust_r,
    struct till_error *err);
void trust_free(struct trust *); /* NULL is fine */

/*
 * Is the certificate one of a customer's, to be believed at time_s?  It is
 * issued by one of the CAs, not by itself; both are valid; its key is for
 * digital signatures (RFC 5280, 4.2.1.3), and it is no CA's; and if there
 * are CRLs there is one of its issuer, which is current and does not have
 * it.  Nothing signed with less than 112 bits of security counts, so no
 * SHA-1.  *notice_r says what was wrong with a changed file, or is empty.
 */
int trust_check(struct trust *, X509 *, int64_t time_s,
    struct till_error *notice_r, struct till_error *err);

/* Are the CAs valid at time_s, and the CRLs current? */
int trust_health(struct trust *, int64_t time_s, struct till_error *err);

/* Of DER with nothing behind it; NULL if it is none. */
X509 *certificate_read(const unsigned char *der, size_t len);

int certificate_id(const X509 *, char id_r[CERTIFICATE_ID_MAX]);
/* By its issuer's and its own name, octet by octet as the CA wrote them. */
int certificate_subject_id(const X509 *, char id_r[CERTIFICATE_ID_MAX]);

#endif
