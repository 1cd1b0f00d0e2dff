/*
 * check_tls.c - are the TLS files a certificate and its key?
 */
#include <sys/stat.h>

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "super/check_tls.h"

static BIO *open_file(const struct conf_setting *, struct diag *);
static X509 *read_certificate(const struct conf_setting *, struct diag *);
static EVP_PKEY *read_key(const struct conf_setting *, struct diag *);
static int no_password(char *, int, int, void *);

void
check_tls(const struct conf_setting *certificate,
    const struct conf_setting *key, struct diag *diag)
{
	X509 *x509 = read_certificate(certificate, diag);
	EVP_PKEY *pkey = read_key(key, diag);

	if (x509 != NULL && pkey != NULL &&
	    X509_check_private_key(x509, pkey) != 1)
		diag_error(diag, &key->value_place,
		    "%s: %s is not the key of the certificate %s", key->key,
		    key->value, certificate->value);
	X509_free(x509);
	EVP_PKEY_free(pkey);
	ERR_clear_error();
}

/* NULL if there is nothing to read, which has been said where it is wrong. */
static BIO *
open_file(const struct conf_setting *setting, struct diag *diag)
{
	BIO *file = NULL;
	struct stat st;
	int error = 0;

	if (setting == NULL)
		return NULL;
	if (access(setting->value, R_OK) == -1 ||
	    stat(setting->value, &st) == -1)
		error = errno;
	else if (S_ISDIR(st.st_mode))
		error = EISDIR;
	else if (!S_ISREG(st.st_mode))
		error = EINVAL;
	else if ((file = BIO_new_file(setting->value, "r")) == NULL)
		error = errno;
	if (error != 0 && (error != EACCES || geteuid() == 0))
		diag_error(diag, &setting->value_place, "%s: %s: %s",
		    setting->key, setting->value, strerror(error));
	return file;
}

static X509 *
read_certificate(const struct conf_setting *setting, struct diag *diag)
{
	BIO *file = open_file(setting, diag);
	X509 *x509;

	if (file == NULL)
		return NULL;
	x509 = PEM_read_bio_X509(file, NULL, no_password, NULL);
	if (x509 == NULL)
		diag_error(diag, &setting->value_place,
		    "%s: %s holds no certificate in PEM", setting->key,
		    setting->value);
	BIO_free(file);
	return x509;
}

static EVP_PKEY *
read_key(const struct conf_setting *setting, struct diag *diag)
{
	BIO *file = open_file(setting, diag);
	EVP_PKEY *pkey;

	if (file == NULL)
		return NULL;
	pkey = PEM_read_bio_PrivateKey(file, NULL, no_password, NULL);
	if (pkey == NULL)
		diag_error(diag, &setting->value_place,
		    "%s: %s holds no private key in PEM without a password",
		    setting->key, setting->value);
	BIO_free(file);
	return pkey;
}

/* Nobody is there to be asked when a server starts. */
static int
no_password(char *buf, int size, int writing, void *arg)
{
	(void)buf;
	(void)size;
	(void)writing;
	(void)arg;
	return -1;
}
