/*
 * certificate.c - certificates that sign themselves.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "support/certificate.h"
#include "support/scratch.h"

#define NAME_MAX_LEN 64
#define DAY_S 86400

static void name_host(X509 *, const char *name);
static FILE *file_of(const char *name, const char *suffix);

void
certificate_make(const char *name)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *certificate = X509_new();
	FILE *to;

	assert_true(key != NULL && certificate != NULL);
	assert_int_equal(X509_set_version(certificate, X509_VERSION_3), 1);
	assert_int_equal(ASN1_INTEGER_set(X509_get_serialNumber(certificate),
			     1),
	    1);
	assert_non_null(
	    X509_gmtime_adj(X509_getm_notBefore(certificate), -DAY_S));
	assert_non_null(
	    X509_gmtime_adj(X509_getm_notAfter(certificate), DAY_S));
	assert_int_equal(X509_set_pubkey(certificate, key), 1);
	name_host(certificate, name);
	assert_true(X509_sign(certificate, key, EVP_sha256()) > 0);
	to = file_of(name, "pem");
	assert_int_equal(PEM_write_X509(to, certificate), 1);
	assert_int_equal(fclose(to), 0);
	to = file_of(name, "key");
	assert_int_equal(PEM_write_PrivateKey(to, key, NULL, NULL, 0, NULL,
			     NULL),
	    1);
	assert_int_equal(fclose(to), 0);
	X509_free(certificate);
	EVP_PKEY_free(key);
}

static void
name_host(X509 *certificate, const char *name)
{
	X509_NAME *subject = X509_get_subject_name(certificate);
	X509_EXTENSION *extension;
	char text[NAME_MAX_LEN];

	(void)snprintf(text, sizeof(text), "%s.example", name);
	assert_int_equal(X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC,
			     (const unsigned char *)text, -1, -1, 0),
	    1);
	assert_int_equal(X509_set_issuer_name(certificate, subject), 1);
	(void)snprintf(text, sizeof(text), "DNS:%s.example", name);
	extension = X509V3_EXT_conf_nid(NULL, NULL, NID_subject_alt_name, text);
	assert_non_null(extension);
	assert_int_equal(X509_add_ext(certificate, extension, -1), 1);
	X509_EXTENSION_free(extension);
}

static FILE *
file_of(const char *name, const char *suffix)
{
	char file[NAME_MAX_LEN];
	FILE *to;

	(void)snprintf(file, sizeof(file), "%s.%s", name, suffix);
	to = fopen(scratch_path(file), "w");
	assert_non_null(to);
	return to;
}
