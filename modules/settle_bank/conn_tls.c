/*
 * conn_tls.c - what TLS is told: whom to believe, and who we are.
 */
#include <openssl/err.h>
#include <openssl/ssl.h>

#include "settle_bank/conn.h"

static int believe(SSL_CTX *, const struct bank_conf *, struct till_error *);
static int present(SSL_CTX *, const struct bank_conf *, struct till_error *);

int
conn_context(const struct bank_conf *conf, SSL_CTX **context_r,
    struct till_error *err)
{
	SSL_CTX *context;

	*context_r = NULL;
	if (!conf->tls)
		return 0;
	context = SSL_CTX_new(TLS_client_method());
	if (context == NULL ||
	    SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) != 1) {
		SSL_CTX_free(context);
		return till_fail(err, "TLS cannot be begun");
	}
	SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
	SSL_CTX_set_mode(context,
	    SSL_MODE_ENABLE_PARTIAL_WRITE |
		SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_AUTO_RETRY);
	if (believe(context, conf, err) == -1 ||
	    present(context, conf, err) == -1) {
		ERR_clear_error();
		SSL_CTX_free(context);
		return -1;
	}
	*context_r = context;
	return 0;
}

void
conn_context_free(SSL_CTX *context)
{
	SSL_CTX_free(context);
}

static int
believe(SSL_CTX *context, const struct bank_conf *conf, struct till_error *err)
{
	if (conf->tls_ca[0] == '\0')
		return SSL_CTX_set_default_verify_paths(context) == 1
		    ? 0
		    : till_fail(err, "the system has no certificates");
	if (SSL_CTX_load_verify_locations(context, conf->tls_ca, NULL) != 1)
		return till_fail(err, "%s has no certificates in PEM",
		    conf->tls_ca);
	return 0;
}

static int
present(SSL_CTX *context, const struct bank_conf *conf, struct till_error *err)
{
	if (conf->tls_certificate[0] == '\0')
		return 0;
	if (SSL_CTX_use_certificate_chain_file(context,
		conf->tls_certificate) != 1)
		return till_fail(err, "%s is no certificate in PEM",
		    conf->tls_certificate);
	if (SSL_CTX_use_PrivateKey_file(context, conf->tls_key,
		SSL_FILETYPE_PEM) != 1 ||
	    SSL_CTX_check_private_key(context) != 1)
		return till_fail(err, "%s is not the key of %s", conf->tls_key,
		    conf->tls_certificate);
	return 0;
}
