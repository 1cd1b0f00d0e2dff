/*
 * certificate.c - reading a certificate, and what it is recognised by.
 */
#include <openssl/evp.h>

#include <stdio.h>
#include <string.h>

#include "auth_smartcard/certificate.h"

static int name_digest(EVP_MD_CTX *, const X509_NAME *);

X509 *
certificate_read(const unsigned char *der, size_t len)
{
	const unsigned char *at = der;
	X509 *certificate = NULL;

	if (len <= CERTIFICATE_MAX)
		certificate = d2i_X509(NULL, &at, (long)len);
	if (certificate != NULL && at != der + len) {
		X509_free(certificate);
		certificate = NULL;
	}
	return certificate;
}

int
certificate_id(const X509 *certificate, char id_r[CERTIFICATE_ID_MAX])
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned int len;

	if (X509_digest(certificate, EVP_sha256(), digest, &len) != 1 ||
	    len != SHA256_SIZE)
		return -1;
	memcpy(id_r, CERTIFICATE_PREFIX, sizeof(CERTIFICATE_PREFIX));
	(void)base64url_encode(digest, SHA256_SIZE,
	    id_r + sizeof(CERTIFICATE_PREFIX) - 1);
	return 0;
}

/* Each name is a DER value, which says its own length. */
int
certificate_subject_id(const X509 *certificate, char id_r[CERTIFICATE_ID_MAX])
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	int r = -1;

	if (ctx != NULL && EVP_DigestInit_ex(ctx, EVP_sha256(), NULL) == 1 &&
	    name_digest(ctx, X509_get_issuer_name(certificate)) == 0 &&
	    name_digest(ctx, X509_get_subject_name(certificate)) == 0 &&
	    EVP_DigestFinal_ex(ctx, digest, NULL) == 1) {
		memcpy(id_r, SUBJECT_PREFIX, sizeof(SUBJECT_PREFIX));
		(void)base64url_encode(digest, SHA256_SIZE,
		    id_r + sizeof(SUBJECT_PREFIX) - 1);
		r = 0;
	}
	EVP_MD_CTX_free(ctx);
	return r;
}

static int
name_digest(EVP_MD_CTX *ctx, const X509_NAME *name)
{
	const unsigned char *der;
	size_t len;

	return X509_NAME_get0_der(name, &der, &len) == 1 &&
		EVP_DigestUpdate(ctx, der, len) == 1
	    ? 0
	    : -1;
}
