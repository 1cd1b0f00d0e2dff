/*
 * holder.c - whose certificate is it?
 */
#include <string.h>

#include "auth_smartcard/smartcard.h"

static bool enrolled(const struct till_host *, struct till_context *,
    const X509 *, char id_r[CERTIFICATE_ID_MAX]);
static bool has(const struct till_host *, struct till_context *, const char *id,
    const char *what);

int
card_certificate_find(const struct till_host *host, struct till_context *ctx,
    const struct smartcard *card, const struct till_bytes *der,
    enum key_alg alg, struct key *key, char id_r[CERTIFICATE_ID_MAX],
    struct till_error *why)
{
	struct till_error notice = { "" };
	EVP_PKEY *pkey;
	X509 *certificate;
	int r = -1;

	if (card->trust == NULL)
		return till_fail(why, "certificates are not taken: no ca=");
	certificate = certificate_read(der->data, der->len);
	if (certificate == NULL)
		return till_fail(why, "the certificate is none");
	pkey = X509_get_pubkey(certificate);
	if (pkey == NULL)
		till_error_set(why, "the certificate has no key");
	else if (key_take(pkey, alg, key, why) == 0)
		r = trust_check(card->trust, certificate,
		    host->time_s(card->instance), &notice, why);
	if (notice.text[0] != '\0')
		host->log(ctx, TILL_LOG_ERROR,
		    "what was read before stays, for the file is no good: %s",
		    notice.text);
	if (r == 0 && !enrolled(host, ctx, certificate, id_r))
		r = till_fail(why, "the certificate is none of the customer's");
	X509_free(certificate);
	return r;
}

/* By itself, or by its subject. */
static bool
enrolled(const struct till_host *host, struct till_context *ctx,
    const X509 *certificate, char id_r[CERTIFICATE_ID_MAX])
{
	if (certificate_id(certificate, id_r) == 0 &&
	    has(host, ctx, id_r, "certificate"))
		return true;
	return certificate_subject_id(certificate, id_r) == 0 &&
	    has(host, ctx, id_r, "subject");
}

static bool
has(const struct till_host *host, struct till_context *ctx, const char *id,
    const char *what)
{
	struct till_credential credential = { .size = sizeof(credential) };

	return host->credential_get(ctx, id, &credential) == 0 &&
	    credential.data.len == strlen(what) &&
	    memcmp(credential.data.data, what, credential.data.len) == 0;
}
